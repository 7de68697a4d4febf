/* Changing contacts. */
#include "rules/contact.h"

#include "base/error.h"
#include "rules/contact-mark.h"
#include "rules/contact-record.h"
#include "rules/rights.h"

#include <string.h>

bool
contact_check(
    Session *session, Vcard *card, const ContactView *before, ContactWrong *wrong, GError **error)
{
	ContactStrict strict = {.before = before == NULL ? NULL : before->card};
	g_autoptr(ContactWork) work =
	    contact_work_new(session, card, before == NULL ? NULL : &before->id, &strict, error);

	if (work == NULL)
		*wrong = strict.wrong;
	return work != NULL;
}

bool
contact_create(Session *session, const Id *book, Vcard *card, Id *ret, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(ContactWork) work = NULL;
	ContactStrict strict = {0};
	Id id;

	if (!rights_require(session, book, RIGHT_EDIT, error) ||
	    (work = contact_work_new(session, card, NULL, &strict, error)) == NULL ||
	    !session_begin(session, &tx, NULL, error) ||
	    !contact_work_add(session, &tx, work, book, &id, error))
		return false;
	session_note(session, OBJECT_BOOK, book);
	if (!session_commit(session, &tx, PURPOSE_EDIT, "contact add", error))
		return false;
	*ret = id;
	return true;
}

/* Within the transaction: nobody saves between this and the change. */
static bool
check_version(Session *session, const Id *id, const char *version, GError **error)
{
	g_autoptr(ContactView) view = NULL;
	g_autofree char *present = NULL;

	if (version == NULL)
		return true;
	view = contact_show(session, id, error);
	if (view == NULL)
		return false;
	present = contact_version(view);
	return strcmp(present, version) == 0 ||
	       error_set(error, ERROR_CONFLICT,
		   "Somebody else has changed this contact meanwhile: look at it again.");
}

bool
contact_change(Session *session, const Id *id, Vcard *card, const char *version, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(ContactWork) work = NULL;
	g_autoptr(ContactView) present = NULL;
	g_autofree char *uid = NULL;
	ContactStrict strict = {0};

	if (!rights_require_contact(session, id, RIGHT_EDIT, error) ||
	    (present = contact_show(session, id, error)) == NULL)
		return false;
	uid = vcard_get(present->card, "UID");
	vcard_set(card, "UID", uid); /* it stays what devices know it by */
	contact_mark_edit(card, present->card);
	strict.before = present->card;
	return (work = contact_work_new(session, card, id, &strict, error)) != NULL &&
	       session_begin(session, &tx, NULL, error) &&
	       check_version(session, id, version, error) &&
	       contact_work_save(session, &tx, work, id, error) &&
	       session_commit(session, &tx, PURPOSE_EDIT, "contact edit", error);
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

bool
contact_remove(Session *session, const Id *id, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	return rights_require_contact(session, id, RIGHT_EDIT, error) &&
	       session_begin(session, &tx, NULL, error) &&
	       contact_work_remove(session, &tx, id, error) &&
	       session_commit(session, &tx, PURPOSE_EDIT, "contact delete", error);
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
		contact_mark_clear(view->card);
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
