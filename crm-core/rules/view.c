#include "rules/view.h"

#include "base/error.h"
#include "mail/address.h"
#include "mail/record.h"
#include "store/contact.h"

#include <string.h>

static void
person_free(ViewPerson *person)
{
	g_free(person->name);
	g_free(person->address);
	g_free(person);
}

void
view_free(View *view)
{
	if (view == NULL)
		return;
	history_line_free(view->line);
	mail_free(view->mail);
	g_ptr_array_unref(view->people);
	g_clear_pointer(&view->sightings, g_ptr_array_unref);
	g_ptr_array_unref(view->versions);
	g_ptr_array_unref(view->thread);
	g_free(view);
}

static View *
view_new(void)
{
	View *view = g_new0(View, 1);

	view->people = g_ptr_array_new_with_free_func((GDestroyNotify)person_free);
	view->versions = g_ptr_array_new_with_free_func((GDestroyNotify)history_line_free);
	view->thread = g_ptr_array_new_with_free_func((GDestroyNotify)history_line_free);
	return view;
}

static bool
is_blind(MailRole role)
{
	return role == MAIL_BCC || role == MAIL_RESENT_BCC || role == MAIL_ENVELOPE_TO;
}

/* Takes out what only the sender's side may know. */
static void
hide_blind(Mail *mail)
{
	for (guint i = mail->addresses->len; i > 0; i--)
		if (is_blind(((MailAddress *)mail->addresses->pdata[i - 1])->role))
			g_ptr_array_remove_index(mail->addresses, i - 1);
}

/* The contact of an address that the viewer may see, if there is one. */
static bool
find_contact(Session *session, const char *address, Id *ret, GError **error)
{
	g_autofree char *canonical = address_canonical(address);
	g_autoptr(GPtrArray) contacts = NULL;

	if (canonical == NULL)
		return true;
	contacts = contact_find_address(session->store, session->viewer, canonical, error);
	if (contacts == NULL)
		return false;
	if (contacts->len > 0)
		*ret = ((Contact *)contacts->pdata[0])->id;
	return true;
}

static bool
add_person(Session *session, View *view, const char *name, const char *address, MailRole role,
    GError **error)
{
	ViewPerson *person = g_new0(ViewPerson, 1);

	person->name = g_strdup(name);
	person->address = g_strdup(address != NULL ? address : "");
	person->role = role;
	g_ptr_array_add(view->people, person);
	return find_contact(session, person->address, &person->contact, error);
}

/* Who got it without standing in it, from the envelopes of its copies. */
static bool
add_envelope(Session *session, View *view, GHashTable *known, GError **error)
{
	for (guint i = 0; i < view->sightings->len; i++) {
		const Sighting *sighting = view->sightings->pdata[i];

		for (guint j = 0; j < sighting->recipients->len; j++) {
			const char *address = sighting->recipients->pdata[j];
			char *canonical = address_canonical(address);

			if (canonical == NULL || !g_hash_table_add(known, canonical))
				continue;
			if (!add_person(session, view, NULL, address, MAIL_BCC, error))
				return false;
		}
	}
	return true;
}

static bool
add_people(Session *session, View *view, GError **error)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (int role = 0; role < MAIL_ENVELOPE_FROM; role++) {
		for (guint i = 0; i < view->mail->addresses->len; i++) {
			const MailAddress *address = view->mail->addresses->pdata[i];
			char *canonical;

			if (address->role != (MailRole)role)
				continue;
			if (!add_person(session, view, address->name, address->address,
				address->role, error))
				return false;
			canonical = address_canonical(address->address);
			if (canonical != NULL)
				g_hash_table_add(known, canonical);
		}
	}
	return !view->sender_side || add_envelope(session, view, known, error);
}

static bool
add_versions(Session *session, View *view, const LetterRow *row, GError **error)
{
	for (guint i = 0; i < row->versions->len; i++) {
		g_autoptr(LetterRow) other = letter_find(
		    session->store, session->viewer, &g_array_index(row->versions, Id, i), error);
		HistoryLine *line = other != NULL ? history_line_new(session, other, error) : NULL;

		if (line == NULL)
			return false;
		g_ptr_array_add(view->versions, line);
	}
	return true;
}

/* Its own Message-ID and all that it refers to. */
static char **
thread_ids(const Mail *mail)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new();

	if (mail->message_id != NULL)
		g_ptr_array_add(ids, g_strdup(mail->message_id));
	for (guint i = 0; i < mail->in_reply_to->len && i < 10; i++)
		g_ptr_array_add(ids, g_strdup(mail->in_reply_to->pdata[i]));
	for (guint i = 0; i < mail->references->len; i++)
		if (i < 10 || i + 10 >= mail->references->len)
			g_ptr_array_add(ids, g_strdup(mail->references->pdata[i]));
	g_ptr_array_add(ids, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&ids), FALSE);
}

static bool
add_thread(Session *session, View *view, GError **error)
{
	g_auto(GStrv) ids = thread_ids(view->mail);
	g_autoptr(GPtrArray) rows = letter_thread(
	    session->store, session->viewer, ids, VIEW_THREAD, &view->thread_more, error);

	if (rows == NULL)
		return false;
	for (guint i = 0; i < rows->len; i++) {
		HistoryLine *line = history_line_new(session, rows->pdata[i], error);

		if (line == NULL)
			return false;
		g_ptr_array_add(view->thread, line);
	}
	return true;
}

static bool
not_found(GError **error)
{
	return error_set(error, ERROR_NOT_FOUND, "There is no such message");
}

/* The row and what it says, as far as the viewer may know. */
static LetterRow *
read_mail(
    Session *session, const Id *message, Mail **ret_mail, bool *ret_sender_side, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(LetterRow) row = letter_find(session->store, session->viewer, message, &problem);
	g_autoptr(GPtrArray) rows = g_ptr_array_new();
	g_autoptr(GBytes) stored = NULL;
	Mail *mail;

	if (row == NULL) {
		if (problem != NULL)
			g_propagate_error(error, g_steal_pointer(&problem));
		else
			not_found(error);
		return NULL;
	}
	g_ptr_array_add(rows, row);
	if (!letter_add_filings(session->store, session->viewer, rows, error) ||
	    !letter_sender_side(session->store, session->viewer, row, ret_sender_side, error))
		return NULL;
	stored = letter_parsed(session->store, row, &problem);
	mail = stored != NULL ? record_read(stored, (guint64)row->size, &problem) : NULL;
	if (mail == NULL) {
		if (problem != NULL)
			g_propagate_error(error, g_steal_pointer(&problem));
		else
			not_found(error);
		return NULL;
	}
	if (!*ret_sender_side)
		hide_blind(mail);
	*ret_mail = mail;
	session_note(session, OBJECT_MESSAGE, message);
	return g_steal_pointer(&row);
}

static const MailPart *
html_part(const Mail *mail)
{
	for (guint i = 0; i < mail->parts->len; i++) {
		const MailPart *part = mail->parts->pdata[i];

		if (!part->is_attachment && !part->in_message &&
		    strcmp(part->type, "text/html") == 0)
			return part;
	}
	return NULL;
}

static View *
collect(Session *session, const Id *message, GError **error)
{
	g_autoptr(View) view = view_new();
	g_autoptr(LetterRow) row =
	    read_mail(session, message, &view->mail, &view->sender_side, error);

	if (row == NULL)
		return NULL;
	view->has_html = html_part(view->mail) != NULL;
	view->has_source = true;
	view->line = history_line_new(session, row, error);
	if (view->line == NULL)
		return NULL;
	view->sightings =
	    sighting_list(session->store, session->viewer, message, view->sender_side, error);
	if (view->sightings == NULL || !add_people(session, view, error) ||
	    !add_versions(session, view, row, error) || !add_thread(session, view, error))
		return NULL;
	return g_steal_pointer(&view);
}

View *
view_open(Session *session, const Id *message, GError **error)
{
	g_autoptr(View) view = NULL;

	if (!store_read_begin(session->store, error))
		return NULL;
	view = collect(session, message, error);
	store_read_end(session->store);
	if (view == NULL || !session_record(session, PURPOSE_READ, NULL, error))
		return NULL;
	return g_steal_pointer(&view);
}
