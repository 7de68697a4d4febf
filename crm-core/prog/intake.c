#include "prog/intake.h"

#include "base/clock.h"
#include "base/log.h"
#include "prog/part.h"

#define QUEUE_MAX 20000 /* items of the backlog: the rest is found by the next scan */
#define PAUSE_US 500000 /* when the parser can't be had for the moment */

G_STATIC_ASSERT(SPOOL_PACK_ITEMS <= 64 && SPOOL_PACK_ITEMS <= PARSER_BATCH);

/* A file. It stays known, and where it is, until each of its items is done. */
typedef struct {
	SpoolPack *pack;
	gint64 since;
	guint64 handed; /* a bit for each item that was handed over to be filed */
	guint left;     /* items that aren't done */
} Known;

typedef struct {
	GQueue files; /* Known, lent */
	guint items;  /* of them that aren't handed over */
} Queue;

struct Intake {
	const Conf *conf;
	GPtrArray *threads;
	GPtrArray *workers;
	Ready *ready;

	GMutex lock; /* all below; ready's may be taken while it is held, but nobody waits for room then */
	GCond wake;  /* there is work */
	bool ending;
	guint busy;        /* threads that have something to do */
	Queue lanes[2];    /* by SpoolLane */
	Queue unreadable;  /* the next scan puts them back */
	GHashTable *known; /* path -> Known: queued, in work or ready */
	guint waiting;     /* items of all known that aren't done */
	bool more_backlog; /* the last scan left something */
	char *trouble;
};

typedef struct {
	Intake *intake;
	PartMaker maker;
} Worker;

static void
known_free(gpointer data)
{
	Known *known = data;

	spool_pack_free(known->pack);
	g_free(known);
}

static void
set_trouble(const GError *error, gpointer data)
{
	Intake *intake = data;

	g_mutex_lock(&intake->lock);
	if (error != NULL && g_strcmp0(intake->trouble, error->message) != 0)
		log_gerror(LOG_LEVEL_ERROR, "parser-unavailable", error);
	g_free(intake->trouble);
	intake->trouble = error != NULL ? g_strdup(error->message) : NULL;
	g_mutex_unlock(&intake->lock);
}

/* --- The threads ------------------------------------------------------------------------------------ */

/* Items that aren't handed over. */
static guint
rest(const Known *known)
{
	return known->pack->count - (guint)__builtin_popcountll(known->handed);
}

static void
push_head(Queue *queue, Known *known)
{
	g_queue_push_head(&queue->files, known);
	queue->items += rest(known);
}

static void
push_tail(Queue *queue, Known *known)
{
	g_queue_push_tail(&queue->files, known);
	queue->items += rest(known);
}

static Known *
pop(Queue *queue)
{
	Known *known = g_queue_pop_head(&queue->files);

	if (known != NULL)
		queue->items -= rest(known);
	return known;
}

static Queue *
lane_of(Intake *intake, const Known *known)
{
	return &intake->lanes[known->pack->lane];
}

/* With the lock held: what the next batch is made of. Empty: nothing to do. */
static void
choose(Intake *intake, GPtrArray *files)
{
	Queue *backlog = &intake->lanes[SPOOL_BACKLOG];
	Known *known = pop(&intake->lanes[SPOOL_LIVE]);
	guint items = 0;

	if (known != NULL) {
		g_ptr_array_add(files, known);
		return;
	}
	while ((known = g_queue_peek_head(&backlog->files)) != NULL &&
	       items + rest(known) <= PARSER_BATCH) {
		items += rest(known);
		g_ptr_array_add(files, pop(backlog));
	}
}

/* Puts back, in order, what had no room in the batch. */
static void
put_back(Intake *intake, GPtrArray *files, guint from)
{
	g_mutex_lock(&intake->lock);
	for (guint i = files->len; i > from; i--) {
		Known *known = g_ptr_array_index(files, i - 1);

		push_head(lane_of(intake, known), known);
	}
	g_cond_signal(&intake->wake);
	g_mutex_unlock(&intake->lock);
	g_ptr_array_set_size(files, (int)from);
}

/* With the lock held. */
static bool
count_done(Intake *intake, Known *known, guint items)
{
	known->left -= items;
	intake->waiting -= items;
	return known->left == 0;
}

/* The file is gone: with it whatever isn't handed over. */
static void
give_up(Intake *intake, Known *known)
{
	g_mutex_lock(&intake->lock);
	if (count_done(intake, known, rest(known)))
		g_hash_table_remove(intake->known, known->pack->path);
	g_mutex_unlock(&intake->lock);
}

static GArray *
read_parts(Worker *worker, GPtrArray *files)
{
	Intake *intake = worker->intake;
	GArray *parts = g_array_new(FALSE, TRUE, sizeof(Part));
	gsize bytes = 0;

	g_array_set_clear_func(parts, part_clear);
	for (guint i = 0; i < files->len;) {
		Known *known = g_ptr_array_index(files, i);
		guint from = parts->len;

		if (bytes > READY_BYTES) {
			put_back(intake, files, i);
			break;
		}
		if (!part_read(&worker->maker, known->pack, known->handed, parts)) {
			give_up(intake, known);
			g_ptr_array_remove_index(files, i);
			continue;
		}
		for (guint k = from; k < parts->len; k++) {
			const Part *part = &g_array_index(parts, Part, k);

			bytes += part->raw != NULL ? g_bytes_get_size(part->raw) : 0;
		}
		i++;
	}
	return parts;
}

/* Moves what is ready of one file into the batch, from parts[first] on. *aside, *again: something of it couldn't be
 * read, or parsed. Returns where the next file begins. */
static guint
take_ready(Known *known, GArray *parts, guint first, ReadyBatch *batch, bool *aside, bool *again)
{
	guint i = first;

	*aside = *again = false;
	for (; i < parts->len; i++) {
		Part *part = &g_array_index(parts, Part, i);

		if (part->pack != known->pack)
			break;
		if (part->job == NULL) {
			*(part->unreadable ? aside : again) = true;
			continue;
		}
		known->handed |= G_GUINT64_CONSTANT(1) << part->place;
		batch->bytes += part->raw != NULL ? g_bytes_get_size(part->raw) : 0;
		g_ptr_array_add(batch->jobs, g_steal_pointer(&part->job));
		g_ptr_array_add(batch->packs, known->pack);
	}
	return i;
}

static void
hand_over(Intake *intake, GPtrArray *files, GArray *parts)
{
	g_autoptr(ReadyBatch) batch = NULL;
	g_autoptr(GPtrArray) again = g_ptr_array_new();

	for (guint i = 0, at = 0; i < files->len; i++) {
		Known *known = g_ptr_array_index(files, i);
		bool unreadable, unparsed;

		if (batch == NULL)
			batch = ready_batch_new(known->pack->lane);
		g_mutex_lock(&intake->lock);
		at = take_ready(known, parts, at, batch, &unreadable, &unparsed);
		/* so that mail beside it isn't delayed */
		if (unreadable)
			push_tail(&intake->unreadable, known);
		g_mutex_unlock(&intake->lock);
		if (unparsed && !unreadable)
			g_ptr_array_add(again, known);
	}
	if (again->len > 0) {
		g_usleep(PAUSE_US);
		put_back(intake, again, 0);
	}
	if (batch != NULL && batch->jobs->len > 0)
		ready_put(intake->ready, g_steal_pointer(&batch));
}

/* Is there something better to do than to pause? */
static bool
is_wanted(gpointer data)
{
	Intake *intake = data;
	bool wanted;

	g_mutex_lock(&intake->lock);
	wanted = intake->ending || intake->lanes[SPOOL_LIVE].items > 0;
	g_mutex_unlock(&intake->lock);
	return wanted;
}

static gpointer
work(gpointer data)
{
	Worker *worker = data;
	Intake *intake = worker->intake;

	for (;;) {
		g_autoptr(GPtrArray) files =
		    g_ptr_array_new(); /* Known: theirs as long as not all is done */
		g_autoptr(GArray) parts = NULL;

		g_mutex_lock(&intake->lock);
		for (;;) {
			if (intake->ending) {
				g_mutex_unlock(&intake->lock);
				return NULL;
			}
			choose(intake, files);
			if (files->len > 0)
				break;
			if (--intake->busy == 0)
				ready_flush(intake->ready);
			g_cond_wait(&intake->wake, &intake->lock);
			intake->busy++;
		}
		g_mutex_unlock(&intake->lock);
		parts = read_parts(worker, files);
		part_parse(&worker->maker, parts, set_trouble, intake);
		hand_over(intake, files, parts);
	}
}

Intake *
intake_new(const Conf *conf, GPtrArray *parsers, const FilePreparer *preparer)
{
	Intake *intake = g_new0(Intake, 1);

	intake->conf = conf;
	intake->ready = ready_new(conf->filing.batch);
	intake->busy = parsers->len;
	g_mutex_init(&intake->lock);
	g_cond_init(&intake->wake);
	intake->known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, known_free);
	intake->threads = g_ptr_array_new();
	intake->workers = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < parsers->len; i++) {
		Worker *worker = g_new0(Worker, 1);

		worker->intake = intake;
		worker->maker = (PartMaker){
		    conf, preparer, g_ptr_array_index(parsers, i), is_wanted, intake};
		g_ptr_array_add(intake->workers, worker);
		g_ptr_array_add(intake->threads, g_thread_new("intake", work, worker));
	}
	return intake;
}

void
intake_free(Intake *intake)
{
	if (intake == NULL)
		return;
	g_mutex_lock(&intake->lock);
	intake->ending = true;
	g_cond_broadcast(&intake->wake);
	g_mutex_unlock(&intake->lock);
	ready_end(intake->ready);
	for (guint i = 0; i < intake->threads->len; i++)
		g_thread_join(g_ptr_array_index(intake->threads, i));
	g_ptr_array_unref(intake->threads);
	g_ptr_array_unref(intake->workers);
	for (SpoolLane lane = SPOOL_LIVE; lane <= SPOOL_BACKLOG; lane++)
		g_queue_clear(&intake->lanes[lane].files);
	g_queue_clear(&intake->unreadable.files);
	g_hash_table_unref(intake->known);
	ready_free(intake->ready);
	g_free(intake->trouble);
	g_cond_clear(&intake->wake);
	g_mutex_clear(&intake->lock);
	g_free(intake);
}

Ready *
intake_ready(const Intake *intake)
{
	return intake->ready;
}

/* With the lock held. */
static void
add(Intake *intake, SpoolPack *pack)
{
	Known *known;

	if (g_hash_table_contains(intake->known, pack->path)) {
		spool_pack_free(pack);
		return;
	}
	if (pack->lane == SPOOL_BACKLOG && intake->lanes[SPOOL_BACKLOG].items >= QUEUE_MAX) {
		intake->more_backlog = true;
		spool_pack_free(pack);
		return;
	}
	known = g_new0(Known, 1);
	known->pack = pack;
	known->since = clock_ms();
	known->left = pack->count;
	g_hash_table_insert(intake->known, pack->path, known);
	intake->waiting += pack->count;
	push_tail(lane_of(intake, known), known);
	g_cond_signal(&intake->wake);
}

void
intake_add(Intake *intake, SpoolPack *pack)
{
	g_mutex_lock(&intake->lock);
	add(intake, pack);
	g_mutex_unlock(&intake->lock);
}

static void
try_again(Intake *intake)
{
	Known *known;

	g_mutex_lock(&intake->lock);
	while ((known = pop(&intake->unreadable)) != NULL)
		push_tail(lane_of(intake, known), known);
	g_cond_broadcast(&intake->wake);
	g_mutex_unlock(&intake->lock);
}

bool
intake_scan(Intake *intake, guint *ret, GError **error)
{
	guint found = 0;

	try_again(intake);
	for (SpoolLane lane = SPOOL_LIVE; lane <= SPOOL_BACKLOG; lane++) {
		guint max = lane == SPOOL_LIVE ? 0 : QUEUE_MAX;
		g_autoptr(GPtrArray) packs =
		    spool_scan(intake->conf->data.spool_directory, lane, max, NULL, error);
		guint items;

		if (packs == NULL)
			return false;
		g_ptr_array_set_free_func(packs, NULL);
		items = spool_count(packs);
		found += items;
		g_mutex_lock(&intake->lock);
		if (lane == SPOOL_BACKLOG)
			intake->more_backlog = items >= QUEUE_MAX;
		for (guint i = 0; i < packs->len; i++)
			add(intake, g_ptr_array_index(packs, i));
		g_mutex_unlock(&intake->lock);
	}
	if (ret != NULL)
		*ret = found;
	return true;
}

bool
intake_done(Intake *intake, const SpoolPack *pack)
{
	bool last;

	g_mutex_lock(&intake->lock);
	last = count_done(intake, g_hash_table_lookup(intake->known, pack->path), 1);
	g_mutex_unlock(&intake->lock);
	return last;
}

void
intake_forget(Intake *intake, const SpoolPack *pack)
{
	g_mutex_lock(&intake->lock);
	g_hash_table_remove(intake->known, pack->path);
	g_mutex_unlock(&intake->lock);
}

guint
intake_waiting(Intake *intake, gint64 *oldest_live, bool *rescan)
{
	GHashTableIter iter;
	gpointer value;
	gint64 oldest = 0;
	guint count;

	g_mutex_lock(&intake->lock);
	if (oldest_live != NULL)
		g_hash_table_iter_init(&iter, intake->known);
	while (oldest_live != NULL && g_hash_table_iter_next(&iter, NULL, &value)) {
		const Known *known = value;

		if (known->pack->lane == SPOOL_LIVE && (oldest == 0 || known->since < oldest))
			oldest = known->since;
	}
	count = intake->waiting;
	*rescan = intake->more_backlog && intake->lanes[SPOOL_BACKLOG].items < QUEUE_MAX / 2;
	g_mutex_unlock(&intake->lock);
	if (oldest_live != NULL)
		*oldest_live = oldest;
	return count;
}

guint
intake_unreadable(Intake *intake)
{
	guint count;

	g_mutex_lock(&intake->lock);
	count = intake->unreadable.items;
	g_mutex_unlock(&intake->lock);
	return count;
}

char *
intake_trouble(Intake *intake)
{
	char *trouble;

	g_mutex_lock(&intake->lock);
	trouble = g_strdup(intake->trouble);
	g_mutex_unlock(&intake->lock);
	return trouble;
}
