/* Changing contacts. */
#include "rules/contact.h"

#include "base/error.h"
#include "rules/contact-record.h"
#include "rules/file.h"
#include "rules/rights.h"

bool
contact_create(Session *session, const Id *book, Vcard *card, Id *ret, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(ContactWork) work = NULL;
	Id id;

	if (!rights_require(session, book, RIGHT_EDIT, error) ||
	    (work = contact_work_new(session, card, true, error)) == NULL ||
	    !session_begin(session, &tx, NULL, error) ||
	    !contact_work_add(session, &tx, work, book, &id, error))
		return false;
	session_note(session, OBJECT_BOOK, book);
	if (!session_commit(session, &tx, PURPOSE_EDIT, "contact add", error))
		return false;
	*ret = id;
	return true;
}

bool
contact_change(Session *session, const Id *id, Vcard *card, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(ContactWork) work = NULL;
	g_autoptr(GPtrArray) addresses = NULL, domains = NULL;
	g_autoptr(ContactView) present = NULL;
	g_autofree char *uid = NULL;

	if (!rights_require_contact(session, id, RIGHT_EDIT, error) ||
	    (present = contact_show(session, id, error)) == NULL)
		return false;
	uid = vcard_get(present->card, "UID");
	vcard_set(card, "UID", uid);              /* it stays what devices know it by */
	vcard_remove(card, "X-KARTOTEKA-IMPORT"); /* it is ours from now on: no undo takes it */
	if ((work = contact_work_new(session, card, true, error)) == NULL ||
	    !session_begin(session, &tx, NULL, error) ||
	    !contact_save(&tx, id, &work->record, &addresses, &domains, error))
		return false;
	g_ptr_array_add(addresses, NULL);
	g_ptr_array_add(domains, NULL);
	if (!file_waiting(session, &tx, (const char *const *)addresses->pdata,
		(const char *const *)domains->pdata, error))
		return false;
	session_note(session, OBJECT_CONTACT, id);
	return session_commit(session, &tx, PURPOSE_EDIT, "contact edit", error);
}

bool
contact_put_in(Session *session, const Id *id, const Id *book, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (!rights_require_contact(session, id, RIGHT_EDIT, error) ||
	    !rights_require(session, book, RIGHT_EDIT, error) ||
	    !session_begin(session, &tx, NULL, error) || !contact_enter_book(&tx, id, book, error))
		return false;
	session_note(session, OBJECT_CONTACT, id);
	session_note(session, OBJECT_BOOK, book);
	return session_commit(session, &tx, PURPOSE_EDIT, "contact into book", error);
}

bool
contact_take_out(Session *session, const Id *id, const Id *book, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (!rights_require_contact(session, id, RIGHT_EDIT, error) ||
	    !rights_require(session, book, RIGHT_EDIT, error) ||
	    !session_begin(session, &tx, NULL, error) || !contact_leave_book(&tx, id, book, error))
		return false;
	session_note(session, OBJECT_CONTACT, id);
	session_note(session, OBJECT_BOOK, book);
	return session_commit(session, &tx, PURPOSE_EDIT, "contact out of book", error);
}

bool
contact_move(Session *session, const Id *id, const Id *from, const Id *to, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (!rights_require_contact(session, id, RIGHT_EDIT, error) ||
	    !rights_require(session, from, RIGHT_EDIT, error) ||
	    !rights_require(session, to, RIGHT_EDIT, error) ||
	    !session_begin(session, &tx, NULL, error) || !contact_enter_book(&tx, id, to, error) ||
	    !contact_leave_book(&tx, id, from, error))
		return false;
	session_note(session, OBJECT_CONTACT, id);
	session_note(session, OBJECT_BOOK, from);
	session_note(session, OBJECT_BOOK, to);
	return session_commit(session, &tx, PURPOSE_EDIT, "contact moved", error);
}

/* Takes it out of every book that shows it; where it stands in a book that this session doesn't know
 * of, it goes on there, and nothing tells so. */
static bool
remove_everywhere(StoreTx *tx, const Id *id, const GArray *books, GError **error)
{
	for (guint i = 0; i < books->len; i++) {
		g_autoptr(GError) why = NULL;

		if (contact_leave_book(tx, id, &g_array_index(books, Id, i), &why))
			continue;
		if (error_code(why) == ERROR_CONFLICT) /* the last one */
			return contact_delete(tx, id, error);
		g_propagate_error(error, g_steal_pointer(&why));
		return false;
	}
	return true;
}

bool
contact_remove(Session *session, const Id *id, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(GArray) books = NULL;

	if (!rights_require_contact(session, id, RIGHT_EDIT, error) ||
	    (books = visible_contact_books(session->store, session->viewer, id, error)) == NULL)
		return false;
	for (guint i = 0; i < books->len; i++)
		if (!rights_require(session, &g_array_index(books, Id, i), RIGHT_EDIT, error))
			return false;
	if (!session_begin(session, &tx, NULL, error) || !remove_everywhere(&tx, id, books, error))
		return false;
	session_note(session, OBJECT_CONTACT, id);
	return session_commit(session, &tx, PURPOSE_EDIT, "contact delete", error);
}

char *
contact_export(
    Session *session, const ContactQuery *query, int version, guint *ret_count, GError **error)
{
	g_autoptr(GPtrArray) contacts = NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	guint count = 0;

	if (query->book != NULL && !rights_require(session, query->book, RIGHT_EXPORT, error))
		return NULL;
	contacts = contact_list(session->store, session->viewer, query, error);
	for (guint i = 0; contacts != NULL && i < contacts->len; i++) {
		const Contact *contact = contacts->pdata[i];
		g_autoptr(ContactView) view = NULL;
		g_autofree char *card = NULL;
		guint rights;

		if (!visible_contact_rights(
			session->store, session->viewer, &contact->id, &rights, error))
			return NULL;
		if (!(rights & 1u << RIGHT_EXPORT))
			continue;
		view = contact_view_new(contact, error);
		if (view == NULL)
			return NULL;
		vcard_remove(view->card, "X-KARTOTEKA-IMPORT");
		card = vcard_write(view->card, version);
		g_string_append(text, card);
		session_note(session, OBJECT_CONTACT, &contact->id);
		count++;
	}
	if (contacts == NULL || !session_record(session, PURPOSE_EXPORT, "vCard", error))
		return NULL;
	*ret_count = count;
	return g_strdup(text->str);
}
