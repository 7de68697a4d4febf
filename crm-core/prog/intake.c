#include "prog/intake.h"

#include "base/clock.h"
#include "base/log.h"
#include "prog/part.h"

#define QUEUE_MAX 20000 /* of the backlog: the rest is found by the next scan */
#define PAUSE_US 500000 /* when the parser can't be had for the moment */

typedef struct {
	SpoolItem *item;
	gint64 since;
} Known;

struct Intake {
	const Conf *conf;
	GPtrArray *threads;
	GPtrArray *workers;
	Ready *ready;

	GMutex lock; /* all below */
	GCond wake;  /* there is work */
	bool ending;
	GQueue live, backlog; /* SpoolItem, lent by known */
	GQueue unreadable;    /* the same; the next scan puts them back */
	GHashTable *known;    /* path -> Known: queued, in work or ready */
	bool more_backlog;    /* the last scan left something */
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

	spool_item_free(known->item);
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

/* With the lock held: what the next batch is made of. Empty: nothing to do. */
static void
choose(Intake *intake, GPtrArray *items)
{
	SpoolItem *item = g_queue_pop_head(&intake->live);

	if (item != NULL) {
		g_ptr_array_add(items, part_item(item));
		return;
	}
	while (items->len < PARSER_BATCH && (item = g_queue_pop_head(&intake->backlog)) != NULL)
		g_ptr_array_add(items, part_item(item));
}

static GQueue *
queue_of(Intake *intake, const SpoolItem *item)
{
	return item->lane == SPOOL_LIVE ? &intake->live : &intake->backlog;
}

/* Puts back, in order, what had no room in the batch. */
static void
put_back(Intake *intake, GPtrArray *items, guint from)
{
	g_mutex_lock(&intake->lock);
	for (guint i = items->len; i > from; i--) {
		const SpoolItem *item = g_ptr_array_index(items, i - 1);
		Known *known = g_hash_table_lookup(intake->known, item->path);

		if (known != NULL)
			g_queue_push_head(queue_of(intake, item), known->item);
	}
	g_cond_signal(&intake->wake);
	g_mutex_unlock(&intake->lock);
}

/* So that mail beside it isn't delayed. */
static void
set_aside(Intake *intake, const SpoolItem *item)
{
	Known *known;

	g_mutex_lock(&intake->lock);
	known = g_hash_table_lookup(intake->known, item->path);
	if (known != NULL)
		g_queue_push_tail(&intake->unreadable, known->item);
	g_mutex_unlock(&intake->lock);
}

static void
forget(Intake *intake, const SpoolItem *item)
{
	g_mutex_lock(&intake->lock);
	g_hash_table_remove(intake->known, item->path);
	g_mutex_unlock(&intake->lock);
}

static GArray *
read_parts(Worker *worker, GPtrArray *items)
{
	Intake *intake = worker->intake;
	GArray *parts = g_array_new(FALSE, TRUE, sizeof(Part));
	gsize bytes = 0;

	g_array_set_clear_func(parts, part_clear);
	for (guint i = 0; i < items->len; i++) {
		Part part = {.item = part_item(g_ptr_array_index(items, i))};

		if (bytes > READY_BYTES) {
			part_clear(&part);
			put_back(intake, items, i);
			break;
		}
		if (!part_read(&worker->maker, &part)) {
			forget(intake, part.item);
			part_clear(&part);
			continue;
		}
		bytes += part.raw != NULL ? g_bytes_get_size(part.raw) : 0;
		g_array_append_val(parts, part);
	}
	return parts;
}

static void
hand_over(Intake *intake, GArray *parts)
{
	ReadyBatch *batch = NULL;
	g_autoptr(GPtrArray) again = g_ptr_array_new();

	for (guint i = 0; i < parts->len; i++) {
		Part *part = &g_array_index(parts, Part, i);

		if (part->unreadable) {
			set_aside(intake, part->item);
			continue;
		}
		if (part->job == NULL) {
			g_ptr_array_add(again, part->item);
			continue;
		}
		if (batch == NULL)
			batch = ready_batch_new(part->item->lane);
		batch->bytes += part->raw != NULL ? g_bytes_get_size(part->raw) : 0;
		g_ptr_array_add(batch->items, g_steal_pointer(&part->item));
		g_ptr_array_add(batch->jobs, g_steal_pointer(&part->job));
	}
	if (again->len > 0) {
		g_usleep(PAUSE_US);
		put_back(intake, again, 0);
	}
	if (batch != NULL)
		ready_put(intake->ready, batch);
}

static gpointer
work(gpointer data)
{
	Worker *worker = data;
	Intake *intake = worker->intake;

	for (;;) {
		g_autoptr(GPtrArray) items =
		    g_ptr_array_new_with_free_func((GDestroyNotify)spool_item_free);
		g_autoptr(GArray) parts = NULL;

		g_mutex_lock(&intake->lock);
		for (;;) {
			if (intake->ending) {
				g_mutex_unlock(&intake->lock);
				return NULL;
			}
			choose(intake, items);
			if (items->len > 0)
				break;
			g_cond_wait(&intake->wake, &intake->lock);
		}
		g_mutex_unlock(&intake->lock);
		parts = read_parts(worker, items);
		part_parse(&worker->maker, parts, set_trouble, intake);
		hand_over(intake, parts);
	}
}

Intake *
intake_new(const Conf *conf, GPtrArray *parsers, const FilePreparer *preparer)
{
	Intake *intake = g_new0(Intake, 1);

	intake->conf = conf;
	intake->ready = ready_new(conf->filing.batch);
	g_mutex_init(&intake->lock);
	g_cond_init(&intake->wake);
	intake->known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, known_free);
	intake->threads = g_ptr_array_new();
	intake->workers = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < parsers->len; i++) {
		Worker *worker = g_new0(Worker, 1);

		worker->intake = intake;
		worker->maker = (PartMaker){conf, preparer, g_ptr_array_index(parsers, i)};
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
	g_queue_clear(&intake->live);
	g_queue_clear(&intake->backlog);
	g_queue_clear(&intake->unreadable);
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
add(Intake *intake, SpoolItem *item)
{
	Known *known;

	if (g_hash_table_contains(intake->known, item->path)) {
		spool_item_free(item);
		return;
	}
	if (item->lane == SPOOL_BACKLOG && intake->backlog.length >= QUEUE_MAX) {
		intake->more_backlog = true;
		spool_item_free(item);
		return;
	}
	known = g_new0(Known, 1);
	known->item = item;
	known->since = clock_ms();
	g_hash_table_insert(intake->known, item->path, known);
	g_queue_push_tail(queue_of(intake, item), item);
	g_cond_signal(&intake->wake);
}

void
intake_add(Intake *intake, SpoolItem *item)
{
	g_mutex_lock(&intake->lock);
	add(intake, item);
	g_mutex_unlock(&intake->lock);
}

static void
try_again(Intake *intake)
{
	SpoolItem *item;

	g_mutex_lock(&intake->lock);
	while ((item = g_queue_pop_head(&intake->unreadable)) != NULL)
		g_queue_push_tail(queue_of(intake, item), item);
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
		g_autoptr(GPtrArray) items =
		    spool_scan(intake->conf->data.spool_directory, lane, max, NULL, error);

		if (items == NULL)
			return false;
		g_ptr_array_set_free_func(items, NULL);
		found += items->len;
		g_mutex_lock(&intake->lock);
		if (lane == SPOOL_BACKLOG)
			intake->more_backlog = items->len >= QUEUE_MAX;
		for (guint i = 0; i < items->len; i++)
			add(intake, g_ptr_array_index(items, i));
		g_mutex_unlock(&intake->lock);
	}
	if (ret != NULL)
		*ret = found;
	return true;
}

void
intake_done(Intake *intake, const SpoolItem *item)
{
	forget(intake, item);
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

		if (known->item->lane == SPOOL_LIVE && (oldest == 0 || known->since < oldest))
			oldest = known->since;
	}
	count = g_hash_table_size(intake->known);
	*rescan = intake->more_backlog && intake->backlog.length < QUEUE_MAX / 2;
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
	count = intake->unreadable.length;
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
