/* The plan carried out, and taken back. */
#include "rules/contact-import.h"

#include "base/error.h"
#include "rules/contact-mark.h"
#include "rules/contact-merge.h"
#include "rules/contact-record.h"
#include "rules/rights.h"

#include <string.h>

#define BATCH 32 /* about 10 ms of merges */

/* Carries out one step within a transaction. */
typedef bool (*Step)(gpointer job, StoreTx *tx, gpointer thing, GError **error);

/* Each of the things, BATCH to a transaction. done (may be NULL) is called after each commit. */
static bool
in_batches(Session *session, GPtrArray *things, const char *detail, Step step,
    void (*done)(gpointer job), gpointer job, GError **error)
{
	for (guint i = 0; i < things->len;) {
		g_auto(StoreTx) tx = STORE_TX_INIT;
		guint end = MIN(i + BATCH, things->len);

		if (!session_begin(session, &tx, NULL, error))
			return false;
		for (; i < end; i++)
			if (!step(job, &tx, things->pdata[i], error))
				return false;
		if (!session_commit(session, &tx, PURPOSE_IMPORT, detail, error))
			return false;
		if (done != NULL)
			done(job);
	}
	return true;
}

/* The card as it is now. */
static Vcard *
read_card(Session *session, const Id *id, GError **error)
{
	g_autoptr(Contact) contact = contact_get(session->store, session->viewer, id, error);

	return contact == NULL ? NULL : vcard_parse(contact->card, error);
}

static bool
save_card(Session *session, StoreTx *tx, const Id *id, Vcard *card, GError **error)
{
	g_autoptr(ContactWork) work = contact_work_new(session, card, id, NULL, error);

	return work != NULL && contact_work_save(session, tx, work, id, error);
}

typedef struct {
	Session *session;
	const Id *book;
	char *mark;
	ContactImportResult pending, *result;
} Import;

static bool
add_entry(Import *job, StoreTx *tx, ContactImportEntry *entry, GError **error)
{
	g_autoptr(ContactWork) work = NULL;
	Id id;

	contact_mark_set(entry->card, job->mark, CONTACT_MARK_NEW);
	if ((work = contact_work_new(job->session, entry->card, NULL, NULL, error)) == NULL ||
	    !contact_work_add(job->session, tx, work, job->book, &id, error))
		return false;
	job->pending.added++;
	return true;
}

static bool
merge_entry(Import *job, StoreTx *tx, ContactImportEntry *entry, GError **error)
{
	g_auto(ContactMerge) merge = CONTACT_MERGE_INIT;
	g_autoptr(Vcard) card = NULL;

	if (!rights_require_contact(job->session, &entry->existing, RIGHT_EDIT, error) ||
	    (card = read_card(job->session, &entry->existing, error)) == NULL)
		return false;
	contact_merge(card, entry->card, job->mark, &merge);
	if (*merge.adds == '\0') /* somebody has added it meanwhile */
		return true;
	if (contact_mark_find(card, job->mark) == CONTACT_MARK_NONE)
		contact_mark_set(card, job->mark, CONTACT_MARK_MERGED);
	if (!save_card(job->session, tx, &entry->existing, card, error))
		return false;
	job->pending.merged++;
	return true;
}

static bool
import_step(gpointer data, StoreTx *tx, gpointer thing, GError **error)
{
	Import *job = data;
	ContactImportEntry *entry = thing;

	session_note(job->session, OBJECT_BOOK, job->book);
	return entry->outcome == CONTACT_IMPORT_MERGE ? merge_entry(job, tx, entry, error)
						      : add_entry(job, tx, entry, error);
}

static void
import_done(gpointer data)
{
	Import *job = data;

	*job->result = job->pending;
}

/* What merges with an entry of the same file stands on that one's card since the plan. */
static bool
is_wanted(const ContactImport *import, const ContactImportEntry *entry)
{
	return entry->outcome == CONTACT_IMPORT_NEW ||
	       (entry->outcome == CONTACT_IMPORT_MERGE && !id_is_zero(&entry->existing)) ||
	       (entry->outcome == CONTACT_IMPORT_DUPLICATE &&
		   import->duplicates == CONTACT_DUPLICATES_ADD);
}

bool
contact_import_run(Session *session, ContactImport *import, const Id *book,
    ContactImportResult *ret, GError **error)
{
	g_autofree char *mark = id_text(&import->id);
	g_autoptr(GPtrArray) wanted = g_ptr_array_new();
	Import job = {.session = session, .book = book, .mark = mark, .result = ret};

	*ret = (ContactImportResult){0};
	if (!rights_require(session, book, RIGHT_EDIT, error))
		return false;
	/* Organisations first, so that employers are found. */
	for (int organisation = true; organisation >= false; organisation--)
		for (guint i = 0; i < import->entries->len; i++) {
			ContactImportEntry *entry = import->entries->pdata[i];

			if (vcard_is_organisation(entry->card) == organisation &&
			    is_wanted(import, entry))
				g_ptr_array_add(wanted, entry);
		}
	return in_batches(session, wanted, "contact import", import_step, import_done, &job, error);
}

static void
left_free(gpointer data)
{
	ContactUndoLeft *left = data;

	g_free(left->name);
	g_free(left);
}

void
contact_undo_free(ContactUndo *undo)
{
	if (undo == NULL)
		return;
	g_ptr_array_unref(undo->left);
	g_free(undo);
}

typedef struct {
	Session *session;
	char *mark;
	ContactUndo *undo;
} Undo;

static void
leave(Undo *job, const Id *id, const Vcard *card, const char *why)
{
	ContactUndoLeft *left = g_new0(ContactUndoLeft, 1);

	left->id = *id;
	left->name = vcard_name(card);
	left->why = why;
	g_ptr_array_add(job->undo->left, left);
	session_note(job->session, OBJECT_CONTACT, id);
}

/* Why it must stay as it is; NULL: it may be undone. */
static const char *
obstacle(Undo *job, const Vcard *card, ContactMark mark)
{
	if (mark == CONTACT_MARK_EDITED)
		return "Somebody has changed it since.";
	if (mark == CONTACT_MARK_NEW && contact_mark_has_other(card, job->mark))
		return "Another import has added to it since.";
	return NULL;
}

/* Where the session's rights have become less since the import, the contact is left, too. */
static bool
undo_step(gpointer data, StoreTx *tx, gpointer thing, GError **error)
{
	Undo *job = data;
	const Id *id = thing;
	g_autoptr(Vcard) card = read_card(job->session, id, error);
	g_autoptr(GError) why = NULL;
	ContactMark mark;
	const char *stays;

	if (card == NULL)
		return false;
	mark = contact_mark_find(card, job->mark);
	if ((stays = obstacle(job, card, mark)) != NULL) {
		leave(job, id, card, stays);
		return true;
	}
	if (mark == CONTACT_MARK_NEW && contact_work_remove(job->session, tx, id, &why)) {
		job->undo->removed++;
		return true;
	}
	if (mark == CONTACT_MARK_MERGED &&
	    rights_require_contact(job->session, id, RIGHT_EDIT, &why)) {
		contact_mark_take_back(card, job->mark);
		job->undo->restored++;
		return save_card(job->session, tx, id, card, error);
	}
	if (why != NULL && error_code(why) != ERROR_DENIED) {
		g_propagate_error(error, g_steal_pointer(&why));
		return false;
	}
	if (why != NULL)
		leave(job, id, card, "You may not change it in all of its address books.");
	return true;
}

/* The contacts that bear the import's mark: GPtrArray of Id. */
static GPtrArray *
marked(Session *session, const char *mark, GError **error)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	ContactQuery query = {0};
	g_autoptr(GPtrArray) contacts =
	    contact_list(session->store, session->viewer, &query, error);

	for (guint i = 0; contacts != NULL && i < contacts->len; i++) {
		const Contact *contact = contacts->pdata[i];
		g_autoptr(Vcard) card = vcard_parse(contact->card, NULL);

		if (card != NULL && contact_mark_find(card, mark) != CONTACT_MARK_NONE)
			g_ptr_array_add(ids, g_memdup2(&contact->id, sizeof contact->id));
	}
	return contacts == NULL ? NULL : g_steal_pointer(&ids);
}

ContactUndo *
contact_import_undo(Session *session, const Id *id, GError **error)
{
	g_autofree char *mark = id_text(id);
	g_autoptr(GPtrArray) ids = marked(session, mark, error);
	g_autoptr(ContactUndo) undo = g_new0(ContactUndo, 1);
	Undo job = {.session = session, .mark = mark, .undo = undo};

	undo->left = g_ptr_array_new_with_free_func(left_free);
	if (ids == NULL)
		return NULL;
	if (ids->len == 0) {
		error_set(error, ERROR_NOT_FOUND, "There is no contact of such an import.");
		return NULL;
	}
	if (!in_batches(session, ids, "undo of an import", undo_step, NULL, &job, error))
		return NULL;
	return g_steal_pointer(&undo);
}
