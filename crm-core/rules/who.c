#include "rules/who.h"

#include "base/clock.h"
#include "base/error.h"
#include "rules/rights.h"
#include "store/book.h"
#include "store/contact.h"
#include "store/filing.h"
#include "store/grant.h"
#include "store/reason.h"
#include "store/revision.h"
#include "store/team.h"
#include "store/user.h"
#include "store/visible.h"

static void
part_free(gpointer data)
{
	WhoReason *part = data;

	g_free(part->book);
	g_free(part->team);
	g_free(part->other);
	g_free(part->words);
	g_free(part);
}

static void
entry_free(gpointer data)
{
	WhoEntry *entry = data;

	g_free(entry->login);
	g_free(entry->name);
	g_ptr_array_unref(entry->parts);
	g_strfreev(entry->reasons);
	g_free(entry);
}

/* What nobody but an administrator learns of an address book that the object doesn't stand in for him: that a right on
 * it is the reason, and nothing more. */
static WhoReason *
part_withheld(Store *store, const Reason *reason)
{
	g_autoptr(User) other =
	    id_is_zero(&reason->other) ? NULL : user_get(store, &reason->other, NULL);
	WhoReason *part = g_new0(WhoReason, 1);

	part->kind = reason->kind;
	part->right = (Right)reason->right;
	part->other = other == NULL ? NULL : g_strdup(other->login);
	part->withheld = true;
	return part;
}

static WhoReason *
part_new(Store *store, const Reason *reason)
{
	g_autoptr(Book) book =
	    id_is_zero(&reason->book) ? NULL : book_get(store, &reason->book, NULL);
	g_autoptr(Team) team =
	    id_is_zero(&reason->team) ? NULL : team_get(store, &reason->team, NULL);
	g_autoptr(User) other =
	    id_is_zero(&reason->other) ? NULL : user_get(store, &reason->other, NULL);
	g_autoptr(Revision) revision = revision_get(store, reason->revision, NULL);
	WhoReason *part = g_new0(WhoReason, 1);

	part->kind = reason->kind;
	part->right = (Right)reason->right;
	part->book = book == NULL ? NULL : g_strdup(book->name);
	part->team = team == NULL ? NULL : g_strdup(team->name);
	part->other = other == NULL ? NULL : g_strdup(other->login);
	part->until = reason->until;
	part->since = revision == NULL ? 0 : revision->time;
	part->words = revision == NULL ? NULL : g_strdup(revision->reason);
	return part;
}

/* " (since 2026-11-23, until 2026-12-31: head of sales)" */
static void
add_circumstances(const WhoReason *part, GString *text)
{
	g_autofree char *since = part->since == 0 ? NULL : clock_text(part->since);
	g_autofree char *until = part->until == 0 ? NULL : clock_text(part->until);

	if (since == NULL)
		return;
	g_string_append_printf(text, " (since %.10s", since);
	if (until != NULL)
		g_string_append_printf(text, ", until %.10s", until);
	if (part->words != NULL)
		g_string_append_printf(text, ": %s", part->words);
	g_string_append_c(text, ')');
}

static void
add_book(const WhoReason *part, GString *text)
{
	if (part->withheld)
		g_string_append(text, "an address book that isn't open to you");
	else
		g_string_append_printf(
		    text, "the address book %s", part->book == NULL ? "?" : part->book);
}

static char *
sentence(const WhoReason *part)
{
	GString *text = g_string_new(NULL);

	switch (part->kind) {
	case REASON_GRANT:
		g_string_append_printf(text, "%s on ", grant_right_name(part->right));
		add_book(part, text);
		break;
	case REASON_PART:
		g_string_append(text, "takes part in it");
		return g_string_free(text, FALSE);
	case REASON_TEAM:
		g_string_append(text, "an address of the team takes part in it");
		break;
	case REASON_HANDOVER:
		g_string_append_printf(
		    text, "was handed over from %s", part->other == NULL ? "?" : part->other);
		if (part->book != NULL || part->withheld) {
			g_string_append(text, " for ");
			add_book(part, text);
		}
		break;
	}
	if (part->team != NULL)
		g_string_append_printf(text, ", by the team %s", part->team);
	add_circumstances(part, text);
	return g_string_free(text, FALSE);
}

/* The one who decides, for one user at that moment. */
static bool
may_see(
    Store *store, const Viewer *viewer, ObjectKind kind, const Id *id, bool *ret, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(Contact) contact = NULL;
	guint rights;

	if (kind == OBJECT_BOOK) {
		if (!visible_book_rights(store, viewer, id, &rights, error))
			return false;
		*ret = rights != 0;
		return true;
	}
	if (kind == OBJECT_CONTACT) {
		contact = contact_get(store, viewer, id, &why);
		*ret = contact != NULL;
	} else {
		*ret = visible_message_check(store, viewer, id, &why);
	}
	if (why != NULL && error_code(why) != ERROR_NOT_FOUND) {
		g_propagate_error(error, g_steal_pointer(&why));
		return false;
	}
	return true;
}

/* The address books in which the object stands for the asker; NULL with no error for the administrator, who knows all.
 * A right on another one would tell him of a contact that is hidden from him, or of the book itself. */
static bool
open_books(Session *session, ObjectKind kind, const Id *id, GArray **ret, GError **error)
{
	g_autoptr(GArray) books = NULL, filings = NULL;

	*ret = NULL;
	if (session->administrator)
		return true;
	if (kind == OBJECT_CONTACT)
		return (*ret = visible_contact_books(session->store, session->viewer, id, error)) !=
		       NULL;
	books = g_array_new(FALSE, FALSE, sizeof(Id));
	if (kind == OBJECT_BOOK)
		g_array_append_val(books, *id);
	else if ((filings = filing_list(session->store, session->viewer, id, error)) == NULL)
		return false;
	for (guint i = 0; filings != NULL && i < filings->len; i++) {
		g_autoptr(GArray) more = visible_contact_books(session->store, session->viewer,
		    &g_array_index(filings, Filing, i).contact, error);

		if (more == NULL)
			return false;
		g_array_append_vals(books, more->data, more->len);
	}
	*ret = g_steal_pointer(&books);
	return true;
}

/* May the asker learn of that reason? books: of open_books(). */
static bool
is_open(const Session *session, const GArray *books, const Reason *reason)
{
	if (books == NULL || id_is_zero(&reason->book) ||
	    id_equal(&reason->user, &session->actor.user))
		return true;
	for (guint i = 0; i < books->len; i++)
		if (id_equal(&g_array_index(books, Id, i), &reason->book))
			return true;
	return false;
}

/* Is one like it withheld already? How many there are isn't told. */
static bool
is_told(const WhoEntry *entry, const Reason *reason)
{
	for (guint i = 0; i < entry->parts->len; i++) {
		const WhoReason *part = entry->parts->pdata[i];

		if (part->withheld && part->kind == reason->kind &&
		    part->right == (Right)reason->right)
			return true;
	}
	return false;
}

static WhoEntry *
make_entry(const Session *session, const User *user, const GArray *reasons, const GArray *books)
{
	WhoEntry *entry = g_new0(WhoEntry, 1);
	g_autoptr(GStrvBuilder) sentences = g_strv_builder_new();

	entry->user = user->id;
	entry->login = g_strdup(user->login);
	entry->name = g_strdup(user->name);
	entry->parts = g_ptr_array_new_with_free_func(part_free);
	for (guint i = 0; i < reasons->len; i++) {
		const Reason *reason = &g_array_index(reasons, Reason, i);

		bool open = is_open(session, books, reason);
		g_autofree char *text = NULL;
		WhoReason *part;

		if (!id_equal(&reason->user, &user->id) || (!open && is_told(entry, reason)))
			continue;
		part =
		    open ? part_new(session->store, reason) : part_withheld(session->store, reason);
		text = sentence(part);
		g_ptr_array_add(entry->parts, part);
		g_strv_builder_add(sentences, text);
	}
	entry->reasons = g_strv_builder_end(sentences);
	return entry;
}

/* The administrator learns who, of anything; others of what they see themselves. */
static bool
check_asker(Session *session, ObjectKind kind, const Id *id, GError **error)
{
	static const char *const missing[] = {
	    [OBJECT_MESSAGE] = "There is no such message.",
	    [OBJECT_CONTACT] = "There is no such contact.",
	    [OBJECT_BOOK] = "There is no such address book.",
	};
	bool seen;

	g_assert(kind == OBJECT_CONTACT || kind == OBJECT_MESSAGE || kind == OBJECT_BOOK);
	if (session->administrator)
		return true;
	if (!may_see(session->store, session->viewer, kind, id, &seen, error))
		return false;
	return seen || error_set(error, ERROR_NOT_FOUND, "%s", missing[kind]);
}

GPtrArray *
who_can_see(Session *session, ObjectKind kind, const Id *id, gint64 time, GError **error)
{
	Store *store = session->store;
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
	g_autoptr(GPtrArray) users = NULL;
	g_autoptr(GArray) reasons = NULL, books = NULL;
	gint64 revision = time == 0 ? G_MAXINT64 : revision_at(store, time, error);

	if (revision < 0 || !check_asker(session, kind, id, error) ||
	    (users = user_list(store, error)) == NULL)
		return NULL;
	if (time == 0)
		time = clock_ms();
	if (revision == 0) /* before anything was */
		return g_steal_pointer(&entries);
	if (!open_books(session, kind, id, &books, error) ||
	    (reasons = reason_list(store, kind, id, revision, time, error)) == NULL)
		return NULL;
	for (guint i = 0; i < users->len; i++) {
		const User *user = users->pdata[i];
		g_autoptr(Viewer) viewer = rights_viewer(store, &user->id, revision, time, error);
		bool seen;

		if (viewer == NULL || !may_see(store, viewer, kind, id, &seen, error))
			return NULL;
		if (seen)
			g_ptr_array_add(entries, make_entry(session, user, reasons, books));
	}
	session_note(session, kind, id);
	if (!session_record(session, PURPOSE_ADMINISTER, "who can see", error))
		return NULL;
	return g_steal_pointer(&entries);
}
