#include "rules/file-job.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/foreground.h"
#include "mail/address.h"
#include "rules/index.h"
#include "rules/summary.h"

#include <errno.h>
#include <string.h>

Filer *
filer_new(Session *session, SearchFresh *fresh, GError **error)
{
	g_autoptr(Filer) filer = g_new0(Filer, 1);

	filer->session = session;
	filer->fresh = fresh;
	filer->matcher = matcher_new(session->store, error);
	if (filer->matcher == NULL)
		return NULL;
	filer->preparer.hasher = hasher_new(session->store, error);
	return filer->preparer.hasher != NULL ? g_steal_pointer(&filer) : NULL;
}

void
filer_free(Filer *filer)
{
	if (filer == NULL)
		return;
	matcher_free(filer->matcher);
	hasher_free(filer->preparer.hasher);
	g_free(filer);
}

const FilePreparer *
filer_preparer(const Filer *filer)
{
	return &filer->preparer;
}

/* One transaction over several items. */
typedef struct {
	Filer *filer;
	StoreTx *tx;
	GHashTable *noted; /* AccessObject: once each */
	GArray *objects;   /* AccessObject, for the access record */
	GArray *addresses; /* MessageAddress, written at the end */
} Batch;

static guint
object_hash(gconstpointer object)
{
	guint hash;

	memcpy(&hash, ((const AccessObject *)object)->id.bytes, sizeof hash);
	return hash;
}

static gboolean
object_equal(gconstpointer a, gconstpointer b)
{
	return id_equal(&((const AccessObject *)a)->id, &((const AccessObject *)b)->id);
}

static void
note(Batch *batch, ObjectKind kind, const Id *id)
{
	AccessObject object = {kind, *id};

	if (g_hash_table_contains(batch->noted, &object))
		return;
	g_hash_table_add(batch->noted, g_memdup2(&object, sizeof object));
	g_array_append_val(batch->objects, object);
}

/* Excluded mail leaves only its line in the account. */
static bool
find_exclusion(Batch *batch, FileJob *job, const Match *match, ItemReason *ret, GError **error)
{
	bool private = false;

	*ret = ITEM_REASON_NONE;
	if (job->draft.has_mid && !message_is_private(batch->tx, &job->draft.mid, &private, error))
		return false;
	if (match->marked_private)
		*ret = ITEM_REASON_PRIVATE;
	else if (private)
		*ret = ITEM_REASON_PRIVATE_COPY;
	else if (match->excluded != NULL)
		*ret = ITEM_REASON_LISTED;
	else if (match->internal)
		*ret = ITEM_REASON_INTERNAL;
	if (*ret == ITEM_REASON_PRIVATE && job->draft.has_mid)
		return message_mark_private(batch->tx, job->draft.hash_key, &job->draft.mid, error);
	return true;
}

/* Does it answer private mail? Then it is its participants' alone. */
static bool
find_private_answer(Batch *batch, FileJob *job, Match *match, GError **error)
{
	for (guint i = 0; i < job->draft.references->len; i++) {
		bool private = false;

		if (!message_is_private(batch->tx,
			&g_array_index(job->draft.references, MessageHash, i), &private, error))
			return false;
		if (private)
			match->flags |= MESSAGE_PRIVATE;
	}
	return true;
}

static void
fill_item(const FileJob *job, const Match *match, ItemNew *item)
{
	*item = (ItemNew){
	    .kind = job->entry->via,
	    .start = job->entry->key.start,
	    .n = job->entry->key.n,
	    .hash_key = job->draft.hash_key,
	    .has_place = job->has_place,
	    .place = job->place,
	    .proof = match != NULL ? match->proof : PROOF_NONE,
	    .verdict = match != NULL ? (int)match->verdict : 0,
	    .detail = job->detail,
	};
	g_strlcpy(item->source, job->entry->key.source, sizeof item->source);
}

/* The end of every item: its one line in the account. */
static bool
put_item(Batch *batch, FileJob *job, ItemNew *item, ItemState state, ItemReason reason,
    const MessageRow *message, GError **error)
{
	ItemRow row;

	item->state = job->result.state = state;
	item->reason = job->result.reason = reason;
	if (job->again.row != 0) {
		row = job->again;
		if (!item_replace(batch->tx, &row, item, message, error))
			return false;
	} else if (!item_add(batch->tx, item, message, &row, error))
		return false;
	if (job->again.row != 0 && !item_quarantine_end(batch->tx, &row, error))
		return false;
	if (job->quarantine != ITEM_REASON_NONE &&
	    !item_quarantine(batch->tx, &row, job->whole, error))
		return false;
	if (message != NULL)
		note(batch, OBJECT_MESSAGE, &message->id);
	else
		note(batch, OBJECT_ITEM, &row.id);
	return true;
}

/* A further sighting may show blind recipients that the ones before didn't. */
static bool
merge_summary(Batch *batch, FileJob *job, const MessageRow *message, GError **error)
{
	g_autoptr(GBytes) old = NULL, new = NULL;
	g_autoptr(Summary) summary = NULL;
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	guint known = 0;

	if (job->bcc->len == 0)
		return true;
	old = message_summary_row(batch->tx->store, message, error);
	summary = old != NULL ? summary_read(old, error) : NULL;
	if (summary == NULL)
		return false;
	for (guint i = 0; i < summary->bcc->len; i++)
		g_ptr_array_add(
		    all, ((SummaryPerson *)g_ptr_array_index(summary->bcc, i))->address);
	for (guint i = 0; i < job->bcc->len; i++) {
		char *address = g_ptr_array_index(job->bcc, i);

		if (g_ptr_array_find_with_equal_func(all, address, g_str_equal, NULL))
			known++;
		else
			g_ptr_array_add(all, address);
	}
	if (known == job->bcc->len)
		return true;
	new = summary_write(job->mail, all);
	return message_set_summary(batch->tx, message, new, error);
}

/* What proof a further sighting brings stays; what was doubtful isn't any more. Only own staff makes private
 * what the company has already: a stranger could send a mail again and thereby hide it. */
static bool
merge_flags(Batch *batch, MessageRow *message, const Match *match, GError **error)
{
	guint32 kept = MESSAGE_VERIFIED | MESSAGE_OUTGOING;
	guint32 with = match->flags & (match->staff_proved ? kept | MESSAGE_PRIVATE : kept);
	guint32 without = with & MESSAGE_VERIFIED ? MESSAGE_UNVERIFIED | MESSAGE_FAILED : 0;

	return message_set_flags(batch->tx, message, with, without, error);
}

static bool
find_message(Batch *batch, FileJob *job, Match *match, MessageRow *ret, GError **error)
{
	if (!message_find(batch->tx->store, &job->draft.content, ret, error))
		return false;
	if (ret->destroyed && ret->row != 0)
		return true;
	if (ret->row == 0) {
		job->draft.flags |= match->flags;
		return message_add(batch->tx, &job->draft, ret, error);
	}
	job->result.merged = true;
	job->detail->header = g_bytes_ref(job->header);
	return merge_flags(batch, ret, match, error) && merge_summary(batch, job, ret, error);
}

static bool
attach(Batch *batch, const MessageRow *message, const Match *match, GError **error)
{
	for (guint i = 0; i < match->addresses->len; i++) {
		const MatchAddress *address = &g_array_index(match->addresses, MatchAddress, i);
		MessageAddress new = {address->row, message->row, address->role};

		g_array_append_val(batch->addresses, new);
	}
	for (guint i = 0; i < match->participants->len; i++) {
		const MatchParticipant *participant =
		    &g_array_index(match->participants, MatchParticipant, i);

		if (!message_add_participant(batch->tx, message, &participant->user,
			&participant->team, participant->side, error))
			return false;
	}
	return true;
}

/* Mail fetched afterwards from somebody's own mailbox is his, until he opens it. */
static bool
is_owners(const SpoolEntry *entry)
{
	return entry->owner != NULL &&
	       (entry->via == SPOOL_IMPORT || entry->lane == SPOOL_BACKLOG || entry->wished != 0);
}

static bool
file_message(Batch *batch, FileJob *job, Match *match, ItemNew *item, GError **error)
{
	bool closed = is_owners(job->entry);
	MessageRow message;
	ItemState state;
	ItemReason reason;
	guint filed;

	if (!find_private_answer(batch, job, match, error) ||
	    !report_find(batch->filer, batch->tx, job, match, &closed, error) ||
	    !find_message(batch, job, match, &message, error))
		return false;
	if (message.destroyed)
		return put_item(
		    batch, job, item, ITEM_EXCLUDED, ITEM_REASON_DESTROYED, NULL, error);
	if (!attach(batch, &message, match, error) ||
	    !file_under(batch->tx, &message, match, closed, NULL, error))
		return false;
	filed = match->contacts->len;
	state = filed > 0 ? ITEM_FILED : ITEM_WAITING;
	reason = ITEM_REASON_NONE;
	if (!message.fresh &&
	    !file_state(batch->tx->store, &message, &state, &reason, &filed, error))
		return false;
	for (guint i = 0; i < match->contacts->len; i++)
		note(batch, OBJECT_CONTACT,
		    &g_array_index(match->contacts, MatchContact, i).contact);
	if (message.fresh)
		job->message = message;
	job->result.message = message.id;
	job->result.contacts = filed;
	return put_item(batch, job, item, state, reason, &message, error) &&
	       (message.fresh || item_set_all(batch->tx, &message, state, reason, error));
}

/* Where only mail with contacts is kept, nothing else of the rest is: neither who wrote to whom nor what. */
static bool
exclude_unknown(Batch *batch, FileJob *job, ItemNew *item, GError **error)
{
	ItemDetail *detail = item_detail_new();

	detail->key = g_steal_pointer(&job->detail->key);
	detail->owner = g_steal_pointer(&job->detail->owner);
	detail->folder = g_steal_pointer(&job->detail->folder);
	item_detail_free(job->detail);
	item->detail = job->detail = detail;
	item->proof = PROOF_NONE;
	item->verdict = MAIL_VERDICT_NONE;
	return put_item(batch, job, item, ITEM_EXCLUDED, ITEM_REASON_POSTURE, NULL, error);
}

static bool
file_mail(Batch *batch, FileJob *job, ItemNew *item, GError **error)
{
	Matcher *matcher = batch->filer->matcher;
	bool known_only = g_strcmp0(job->entry->posture, "known") == 0, closed;
	/* What may not stay is looked at without a trace: addresses get no rows. */
	g_autoptr(Match) match =
	    match_mail(matcher, known_only ? NULL : batch->tx, job->entry, job->mail, error);
	ItemReason reason;

	if (match == NULL || !find_exclusion(batch, job, match, &reason, error))
		return false;
	item->proof = match->proof;
	item->verdict = match->verdict;
	if (reason != ITEM_REASON_NONE)
		return put_item(batch, job, item, ITEM_EXCLUDED, reason, NULL, error);
	if (known_only) {
		if (!report_find(batch->filer, NULL, job, match, &closed, error))
			return false;
		if (match->contacts->len == 0)
			return exclude_unknown(batch, job, item, error);
		match_free(match);
		match = match_mail(matcher, batch->tx, job->entry, job->mail, error);
		if (match == NULL)
			return false;
	}
	return file_message(batch, job, match, item, error);
}

static bool
file_private(Batch *batch, FileJob *job, ItemNew *item, GError **error)
{
	g_free(job->detail->note);
	job->detail->note = g_strdup(job->entry->rule);
	if (job->draft.has_mid &&
	    !message_mark_private(
		batch->tx, hasher_number(batch->filer->preparer.hasher), &job->draft.mid, error))
		return false;
	return put_item(batch, job, item, ITEM_EXCLUDED, ITEM_REASON_PRIVATE, NULL, error);
}

/* What no contact matched then may come once more, for who looked for it, and what couldn't be had then for everybody. */
static bool
find_again(Batch *batch, FileJob *job, const ItemNew *item, GError **error)
{
	if (!item_there_for(batch->tx, item, ITEM_REASON_UNFETCHED, &job->again, error) ||
	    (job->again.row == 0 && job->entry->wished != 0 &&
		!item_there_for(batch->tx, item, ITEM_REASON_POSTURE, &job->again, error)))
		return false;
	job->result.already = job->again.row == 0;
	return true;
}

static bool
file_one(Batch *batch, FileJob *job, GError **error)
{
	const SpoolEntry *entry = job->entry;
	ItemNew item;

	job->result = (FileResult){0};
	job->message = (MessageRow){0};
	fill_item(job, NULL, &item);
	if (entry->kind == SPOOL_START && job->quarantine == ITEM_REASON_NONE)
		return item_add_start(batch->tx, entry->key.source, entry->via, entry->key.start,
		    entry->previous_start, entry->previous_number, error);
	if (job->retry == NULL && !item_is_there(batch->tx, &item, &job->result.already, error))
		return false;
	if (job->result.already && entry->kind == SPOOL_MAIL &&
	    !find_again(batch, job, &item, error))
		return false;
	if (job->result.already)
		return true;
	if (job->quarantine != ITEM_REASON_NONE)
		return put_item(batch, job, &item, ITEM_QUARANTINED, job->quarantine, NULL, error);
	if (entry->kind == SPOOL_PRIVATE)
		return file_private(batch, job, &item, error);
	if (entry->kind == SPOOL_VANISHED)
		return put_item(batch, job, &item, ITEM_VANISHED, ITEM_REASON_NONE, NULL, error);
	return file_mail(batch, job, &item, error);
}

static bool
record(Batch *batch, GError **error)
{
	AccessRow row = {
	    .actor = batch->filer->session->actor,
	    .surface = batch->filer->session->surface,
	    .purpose = PURPOSE_FILE,
	    .objects = batch->objects,
	};

	return batch->objects->len == 0 || access_change(batch->tx, &row, error);
}

/* What was filed: its texts are at hand for the index. */
static void
remember(Filer *filer, FileJob *const *jobs, guint count)
{
	for (guint i = 0; filer->fresh != NULL && i < count; i++) {
		FileJob *job = jobs[i];
		SearchMailText text = {0};

		if (job->message.row == 0)
			continue;
		index_mail_texts(job->mail, &text);
		search_fresh_add(filer->fresh, &job->message, &text);
	}
}

typedef struct {
	StoreTx *tx;
	FileIsUrgent is_urgent;
	gpointer data;
} End;

static bool
must_end(gpointer data)
{
	const End *end = data;

	return store_tx_is_wanted(end->tx) ||
	       (end->is_urgent != NULL && end->is_urgent(end->data));
}

bool
file_some(Filer *filer, FileJob *const *jobs, guint count, FileIsUrgent is_urgent, gpointer data,
    guint *ret_filed, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(GHashTable) noted =
	    g_hash_table_new_full(object_hash, object_equal, g_free, NULL);
	g_autoptr(GArray) objects = g_array_new(FALSE, FALSE, sizeof(AccessObject));
	g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(MessageAddress));
	Batch batch = {filer, &tx, noted, objects, addresses};
	End end = {&tx, is_urgent, data};
	guint filed = 0;

	g_assert(count > 0);
	if (!store_tx_begin(&tx, filer->session->store, &filer->session->actor, NULL, error) ||
	    !matcher_refresh(filer->matcher, error))
		return false;
	do {
		if (fault_point("file-item") != 0)
			return error_set_errno(
			    error, ERROR_TEMPORARY, errno, "The mail can't be filed now");
		if (!file_one(&batch, jobs[filed], error))
			return false;
		if (is_urgent != NULL)
			foreground_let_by(must_end, &end);
	} while (++filed < MIN(count, FILE_MOST) && !must_end(&end));
	if (!message_add_addresses(&tx, addresses, error) || !record(&batch, error))
		return false;
	matcher_keep(filer->matcher, &tx);
	if (store_tx_commit(&tx, error)) {
		remember(filer, jobs, filed);
		*ret_filed = filed;
		return true;
	}
	matcher_forget(filer->matcher);
	return false;
}

bool
file_batch(Filer *filer, GPtrArray *jobs, GError **error)
{
	for (guint from = 0, filed = 0; from < jobs->len; from += filed)
		if (!file_some(filer, (FileJob *const *)jobs->pdata + from, jobs->len - from, NULL,
			NULL, &filed, error))
			return false;
	return true;
}

bool
file_retry(Filer *filer, const ItemQuarantined *item, FileJob *job, GError **error)
{
	g_autoptr(GPtrArray) jobs = NULL;

	if (job->quarantine != ITEM_REASON_NONE) {
		g_auto(StoreTx) tx = STORE_TX_INIT;

		job->result = (FileResult){.state = ITEM_QUARANTINED, .reason = job->quarantine};
		return store_tx_begin(
			   &tx, filer->session->store, &filer->session->actor, NULL, error) &&
		       item_quarantine_again(&tx, &item->item, job->quarantine, error) &&
		       store_tx_commit(&tx, error);
	}
	job->retry = item;
	job->again = item->item;
	jobs = g_ptr_array_new();
	g_ptr_array_add(jobs, job);
	return file_batch(filer, jobs, error);
}
