#include "store/access-chain.h"
#include "store/core.h"
#include "store/counter.h"
#include "store/key.h"

#include "base/clock.h"
#include "base/error.h"

#include <string.h>

void
access_report_free(AccessReport *report)
{
	if (report == NULL)
		return;
	g_clear_pointer(&report->problems, g_ptr_array_unref);
	g_free(report->public_key);
	g_free(report);
}

/* Checkpoints ------------------------------------------------------------------------------------ */

typedef struct {
	gint64 id, time;
	gint64 seq[ACCESS_CHAINS];
	guint8 chain[ACCESS_CHAINS][HASH_DIGEST_SIZE];
	guint8 signature[SIGN_SIZE];
} Checkpoint;

/* What is signed: everything but the signature. */
static GByteArray *
checkpoint_text(const Checkpoint *point)
{
	static const char head[] = "kartoteka access checkpoint 1";
	GByteArray *text = g_byte_array_new();
	gint64 numbers[] = {GINT64_TO_BE(point->id), GINT64_TO_BE(point->time),
	    GINT64_TO_BE(point->seq[ACCESS_CHANGES]), GINT64_TO_BE(point->seq[ACCESS_READS])};

	g_byte_array_append(text, (const guint8 *)head, sizeof head);
	g_byte_array_append(text, (const guint8 *)numbers, sizeof numbers);
	g_byte_array_append(text, point->chain[0], sizeof point->chain);
	return text;
}

static void
checkpoint_from_row(Checkpoint *point, DbStmt *stmt)
{
	*point = (Checkpoint){.id = db_int(stmt, 0), .time = db_int(stmt, 1)};
	for (int chain = 0; chain < ACCESS_CHAINS; chain++) {
		gsize size;
		const guint8 *digest = db_blob(stmt, 3 + 2 * chain, &size);

		point->seq[chain] = db_int(stmt, 2 + 2 * chain);
		if (size == HASH_DIGEST_SIZE)
			memcpy(point->chain[chain], digest, size);
	}
	{
		gsize size;
		const guint8 *signature = db_blob(stmt, 6, &size);

		if (size == SIGN_SIZE)
			memcpy(point->signature, signature, size);
	}
}

#define CHECKPOINT_COLUMNS "id, time, changes_seq, changes_chain, reads_seq, reads_chain, signature"

static bool
last_checkpoint(Store *store, Checkpoint *ret, GError **error)
{
	static const char sql[] =
	    "SELECT " CHECKPOINT_COLUMNS " FROM access_checkpoint ORDER BY id DESC LIMIT 1";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_ACCESS, sql, error);
	DbStep step;

	if (stmt == NULL || (step = db_step(stmt, error)) == DB_ERROR)
		return false;
	if (step == DB_ROW)
		checkpoint_from_row(ret, stmt);
	return true;
}

static bool
insert_checkpoint(Store *store, const Checkpoint *point, GError **error)
{
	static const char sql[] =
	    "INSERT INTO access_checkpoint (" CHECKPOINT_COLUMNS ") VALUES ($id, $time, "
	    "$changes_seq, $changes_chain, $reads_seq, $reads_chain, $signature)";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_ACCESS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", point->id);
	db_bind_int(stmt, "$time", point->time);
	db_bind_int(stmt, "$changes_seq", point->seq[ACCESS_CHANGES]);
	db_bind_blob(stmt, "$changes_chain", point->chain[ACCESS_CHANGES], HASH_DIGEST_SIZE);
	db_bind_int(stmt, "$reads_seq", point->seq[ACCESS_READS]);
	db_bind_blob(stmt, "$reads_chain", point->chain[ACCESS_READS], HASH_DIGEST_SIZE);
	db_bind_blob(stmt, "$signature", point->signature, sizeof point->signature);
	return db_run(stmt, error);
}

/* The records know which checkpoints there must be, so that access.db can't be put back to an older state of itself.
 * Always the one before the newest: a copy of access.db that a backup made a moment before it copied the records may lack
 * that one. */
static bool
remember(Store *store, gint64 id, GError **error)
{
	g_auto(DbTx) tx = DB_TX_INIT;

	return db_tx_begin(&tx, store, DB_RECORDS, error) &&
	       counter_set(store, DB_RECORDS, "access-checkpoint", id, error) &&
	       db_tx_commit(&tx, error);
}

bool
access_checkpoint(Store *store, GError **error)
{
	g_auto(DbTx) tx = DB_TX_INIT;
	g_autoptr(GByteArray) text = NULL;
	Checkpoint last = {0}, point = {0};
	const SealKey *seed = key_checkpoint_seed(store, error);

	if (seed == NULL || !db_tx_begin(&tx, store, DB_ACCESS, error) ||
	    !last_checkpoint(store, &last, error))
		return false;
	for (AccessChain chain = 0; chain < ACCESS_CHAINS; chain++) {
		g_auto(AccessLink) end = {0};

		if (!access_chain_end(store, chain, &end, error))
			return false;
		point.seq[chain] = end.seq;
		memcpy(point.chain[chain], end.chain, sizeof end.chain);
	}
	if (last.id != 0 && memcmp(last.seq, point.seq, sizeof last.seq) == 0)
		return true;
	point.id = last.id + 1;
	point.time = clock_ms_after(last.time);
	text = checkpoint_text(&point);
	sign_make(seed, text->data, text->len, point.signature);
	return insert_checkpoint(store, &point, error) && db_tx_commit(&tx, error) &&
	       remember(store, last.id, error);
}

/* Verifying -------------------------------------------------------------------------------------- */

static void G_GNUC_PRINTF(2, 3) problem(AccessReport *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(report->problems, g_strdup_vprintf(format, args));
	va_end(args);
}

/* What a row of that number must have as its digest, by segment heads and checkpoints. */
typedef struct {
	gint64 seq;
	guint8 chain[HASH_DIGEST_SIZE];
	char *by;
} Witness;

static void
witness_clear(gpointer data)
{
	g_free(((Witness *)data)->by);
}

static int
by_seq(gconstpointer a, gconstpointer b)
{
	const Witness *one = a, *two = b;

	return (one->seq > two->seq) - (one->seq < two->seq);
}

static bool
read_checkpoints(
    Store *store, AccessReport *report, GArray *witnesses[static ACCESS_CHAINS], GError **error)
{
	static const char sql[] =
	    "SELECT " CHECKPOINT_COLUMNS " FROM access_checkpoint ORDER BY id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_ACCESS, sql, error);
	const SealKey *seed = key_checkpoint_seed(store, error);
	guint8 public_key[SIGN_PUBLIC_SIZE];
	GString *hex = g_string_new(NULL);
	DbStep step;

	if (stmt == NULL || seed == NULL) {
		g_string_free(hex, TRUE);
		return false;
	}
	sign_public(seed, public_key);
	for (gsize i = 0; i < sizeof public_key; i++)
		g_string_append_printf(hex, "%02x", public_key[i]);
	report->public_key = g_string_free(hex, FALSE);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		g_autoptr(GByteArray) text = NULL;
		Checkpoint point;

		checkpoint_from_row(&point, stmt);
		text = checkpoint_text(&point);
		if (point.id != ++report->checkpoints) {
			problem(report, "Checkpoint %" G_GINT64_FORMAT " is missing",
			    report->checkpoints);
			report->checkpoints = point.id;
		}
		if (!sign_verify(public_key, text->data, text->len, point.signature)) {
			problem(report,
			    "The signature of checkpoint %" G_GINT64_FORMAT " is not ours",
			    point.id);
			continue;
		}
		for (int chain = 0; chain < ACCESS_CHAINS; chain++) {
			Witness witness = {.seq = point.seq[chain],
			    .by = g_strdup_printf("checkpoint %" G_GINT64_FORMAT, point.id)};

			memcpy(witness.chain, point.chain[chain], sizeof witness.chain);
			g_array_append_val(witnesses[chain], witness);
		}
	}
	return step == DB_DONE;
}

/* Heads of closed months; ret gets where the rows begin: behind the last pruned one. */
static bool
read_segments(Store *store, AccessChain chain, AccessReport *report, GArray *witnesses,
    AccessLink *ret, GError **error)
{
	static const char sql[] =
	    "SELECT segment, first, last, head, pruned FROM access_segment ORDER BY segment";
	g_autoptr(DbStmt) stmt = db_stmt(store, access_chain_file(chain), sql, error);
	gint64 next = 1;
	DbStep step;

	if (stmt == NULL)
		return false;
	access_chain_start(chain, ret->chain);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Witness witness = {.seq = db_int(stmt, 2),
		    .by = g_strdup_printf("the head of %" G_GINT64_FORMAT, db_int(stmt, 0))};
		gsize size;
		const guint8 *head = db_blob(stmt, 3, &size);

		if (size == sizeof witness.chain)
			memcpy(witness.chain, head, size);
		if (db_int(stmt, 1) != next)
			problem(report,
			    "Before the month %" G_GINT64_FORMAT " of %s a month is missing",
			    db_int(stmt, 0), access_chain_name(chain));
		next = witness.seq + 1;
		if (db_int(stmt, 4) != 0) {
			report->pruned[chain] += witness.seq - db_int(stmt, 1) + 1;
			ret->seq = witness.seq;
			memcpy(ret->chain, witness.chain, sizeof ret->chain);
		}
		g_array_append_val(witnesses, witness);
	}
	return step == DB_DONE;
}

/* Compares with everything that bears witness of that row; *next is the first not yet asked. */
static void
ask_witnesses(AccessReport *report, AccessChain chain, const GArray *witnesses, guint *next,
    gint64 seq, const guint8 digest[static HASH_DIGEST_SIZE])
{
	for (; *next < witnesses->len; (*next)++) {
		const Witness *witness = &g_array_index(witnesses, Witness, *next);

		if (witness->seq > seq)
			return;
		if (witness->seq == seq && memcmp(witness->chain, digest, HASH_DIGEST_SIZE) != 0)
			problem(report, "Row %" G_GINT64_FORMAT " of %s isn't what %s says", seq,
			    access_chain_name(chain), witness->by);
	}
}

/* The index by object, by which the record is asked of a contact: what was left out of it would never be found. */
typedef struct {
	DbStmt *find;
	gint64 indexed, first; /* up to that row; the first that it lacks, 0: none */
} Index;

static void
index_clear(Index *index)
{
	g_clear_pointer(&index->find, db_stmt_release);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Index, index_clear)

static bool
index_open(Store *store, AccessChain chain, Index *ret, GError **error)
{
	static const char sql[] =
	    "SELECT 1 FROM access_object WHERE kind = $kind AND pid = $pid AND seq = $seq";
	DbFile file = access_chain_file(chain);

	ret->find = db_stmt(store, file, sql, error);
	return ret->find != NULL &&
	       counter_get(store, file, access_index_name(chain), 0, &ret->indexed, error);
}

static bool
ask_index(Index *index, const AccessLink *link, GError **error)
{
	gsize size;
	const guint8 *object = g_bytes_get_data(link->objects, &size);

	if (link->seq > index->indexed || index->first != 0)
		return true;
	for (; size >= ACCESS_OBJECT_SIZE; size -= ACCESS_OBJECT_SIZE) {
		DbStep step;

		db_bind_int(index->find, "$kind", object[0]);
		db_bind_blob(index->find, "$pid", object + 1, ACCESS_OBJECT_SIZE - 1);
		db_bind_int(index->find, "$seq", link->seq);
		step = db_step(index->find, error);
		db_reset(index->find);
		if (step == DB_ERROR)
			return false;
		if (step == DB_DONE)
			index->first = link->seq;
		object += ACCESS_OBJECT_SIZE;
	}
	return true;
}

static bool
verify_chain(
    Store *store, AccessChain chain, AccessReport *report, GArray *witnesses, GError **error)
{
	static const char sql[] = "SELECT " ACCESS_LINK_COLUMNS " FROM access ORDER BY seq";
	g_auto(AccessLink) link = {0};
	g_auto(Index) index = {0};
	AccessLink before = {0};
	const char *name = access_chain_name(chain);
	g_autoptr(DbStmt) stmt = db_stmt(store, access_chain_file(chain), sql, error);
	guint next = 0;
	DbStep step;

	if (stmt == NULL || !index_open(store, chain, &index, error) ||
	    !read_segments(store, chain, report, witnesses, &before, error))
		return false;
	g_array_sort(witnesses, by_seq);
	ask_witnesses(report, chain, witnesses, &next, before.seq, before.chain);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		guint8 digest[HASH_DIGEST_SIZE];

		access_link_from_row(&link, stmt);
		if (!ask_index(&index, &link, error))
			return false;
		if (link.seq != before.seq + 1)
			problem(report,
			    "Rows %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " of %s are missing",
			    before.seq + 1, link.seq - 1, name);
		access_link_digest(&link, before.chain, digest);
		if (link.seq == before.seq + 1 && memcmp(digest, link.chain, sizeof digest) != 0)
			problem(
			    report, "Row %" G_GINT64_FORMAT " of %s was changed", link.seq, name);
		before.seq = link.seq;
		memcpy(before.chain, link.chain, sizeof before.chain);
		ask_witnesses(report, chain, witnesses, &next, link.seq, link.chain);
		report->rows[chain]++;
	}
	if (index.first != 0)
		problem(report, "The index by object lacks row %" G_GINT64_FORMAT " of %s",
		    index.first, name);
	for (; step == DB_DONE && next < witnesses->len; next++) {
		const Witness *witness = &g_array_index(witnesses, Witness, next);

		problem(report,
		    "%s ends with row %" G_GINT64_FORMAT ", but %s knows of row %" G_GINT64_FORMAT,
		    name, before.seq, witness->by, witness->seq);
	}
	return step == DB_DONE;
}

AccessReport *
access_verify(Store *store, GError **error)
{
	g_autoptr(AccessReport) report = g_new0(AccessReport, 1);
	g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(Witness));
	g_autoptr(GArray) reads = g_array_new(FALSE, FALSE, sizeof(Witness));
	GArray *witnesses[ACCESS_CHAINS] = {changes, reads};
	gint64 remembered;

	report->problems = g_ptr_array_new_with_free_func(g_free);
	g_array_set_clear_func(changes, witness_clear);
	g_array_set_clear_func(reads, witness_clear);
	if (!read_checkpoints(store, report, witnesses, error))
		return NULL;
	if (!counter_get(store, DB_RECORDS, "access-checkpoint", 0, &remembered, error))
		return NULL;
	if (report->checkpoints < remembered)
		problem(report,
		    "access.db is older than the records: they know of checkpoint %" G_GINT64_FORMAT
		    ", it ends with %" G_GINT64_FORMAT,
		    remembered, report->checkpoints);
	for (AccessChain chain = 0; chain < ACCESS_CHAINS; chain++)
		if (!verify_chain(store, chain, report, witnesses[chain], error))
			return NULL;
	return g_steal_pointer(&report);
}
