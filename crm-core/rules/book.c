#include "rules/book.h"

#include "base/error.h"
#include "rules/collate.h"
#include "rules/rights.h"
#include "store/revision.h"
#include "store/team.h"
#include "store/user.h"

#include <string.h>

static bool
check_name(const char *name, GError **error)
{
	if (name[strspn(name, " ")] == '\0' || strlen(name) > 200)
		return error_set(
		    error, ERROR_INVALID, "The name of an address book has 1 to 200 bytes.");
	for (const char *p = name; *p != '\0'; p = g_utf8_next_char(p))
		if (g_unichar_iscntrl(g_utf8_get_char(p)))
			return error_set(error, ERROR_INVALID,
			    "The name of an address book has no control characters.");
	return true;
}

bool
book_create(Session *session, const char *name, const char *description, Id *ret, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	Id id;

	if (!rights_require_administrator(session, error) || !check_name(name, error) ||
	    !session_begin(session, &tx, NULL, error) ||
	    !book_add(&tx, name, description, &id, error))
		return false;
	session_note(session, OBJECT_BOOK, &id);
	if (!session_commit(session, &tx, PURPOSE_ADMINISTER, "book add", error))
		return false;
	*ret = id;
	return true;
}

bool
book_change_name(
    Session *session, const Id *id, const char *name, const char *description, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (!rights_require_manager(session, id, error) || !check_name(name, error) ||
	    !session_begin(session, &tx, NULL, error) ||
	    !book_rename(&tx, id, name, description, error))
		return false;
	session_note(session, OBJECT_BOOK, id);
	return session_commit(session, &tx, PURPOSE_ADMINISTER, "book rename", error);
}

/* Fills in the rights. */
static bool
is_shown(Session *session, Book *book, bool *ret, GError **error)
{
	if (!visible_book_rights(session->store, session->viewer, &book->id, &book->rights, error))
		return false;
	*ret = book->rights != 0 || session->administrator || viewer_is_system(session->viewer);
	return true;
}

GPtrArray *
book_shown(Session *session, GError **error)
{
	g_autoptr(GPtrArray) all = book_list(session->store, error);
	bool shown;

	for (guint i = all == NULL ? 0 : all->len; i > 0; i--) {
		if (!is_shown(session, all->pdata[i - 1], &shown, error))
			return NULL;
		if (!shown)
			g_ptr_array_remove_index(all, i - 1);
	}
	return g_steal_pointer(&all);
}

GPtrArray *
book_with_right(Session *session, Right right, GError **error)
{
	g_autoptr(GPtrArray) books = book_shown(session, error);

	for (guint i = books == NULL ? 0 : books->len; i > 0; i--)
		if ((((const Book *)books->pdata[i - 1])->rights & 1u << right) == 0)
			g_ptr_array_remove_index(books, i - 1);
	return g_steal_pointer(&books);
}

Book *
book_resolve(Session *session, const char *name_or_id, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(Book) book = book_find(session->store, name_or_id, &why);
	bool shown = false;
	Id id;

	if (book == NULL && why == NULL && id_parse(name_or_id, &id, NULL)) {
		book = book_get(session->store, &id, &why);
		if (book == NULL && error_code(why) == ERROR_NOT_FOUND)
			g_clear_error(&why);
	}
	if (why == NULL && book != NULL)
		is_shown(session, book, &shown, &why);
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return NULL;
	}
	if (!shown) {
		error_set(error, ERROR_NOT_FOUND, "There is no such address book.");
		return NULL;
	}
	return g_steal_pointer(&book);
}

static void
book_grant_free(gpointer data)
{
	BookGrant *grant = data;

	g_free(grant->holder);
	g_free(grant->reason);
	g_free(grant);
}

static char *
holder_name(Session *session, const Grant *grant, GError **error)
{
	g_autoptr(User) user = NULL;
	g_autoptr(Team) team = NULL;

	if (grant->team)
		team = team_get(session->store, &grant->holder, error);
	else
		user = user_get(session->store, &grant->holder, error);
	return g_strdup(team != NULL ? team->name : user != NULL ? user->name : NULL);
}

static gint
by_holder(gconstpointer a, gconstpointer b)
{
	const BookGrant *one = *(BookGrant *const *)a, *two = *(BookGrant *const *)b;
	g_autoptr(GBytes) x = collate_key(one->holder), y = collate_key(two->holder);
	int order = g_bytes_compare(x, y);

	return order != 0 ? order : (int)one->grant.right - (int)two->grant.right;
}

GPtrArray *
book_shown_grants(Session *session, const Id *book, GError **error)
{
	g_autoptr(GPtrArray) shown = g_ptr_array_new_with_free_func(book_grant_free);
	g_autoptr(GArray) grants = NULL;

	if (!rights_require_manager(session, book, error) ||
	    (grants = grant_list(session->store, book, 0, error)) == NULL)
		return NULL;
	for (guint i = 0; i < grants->len; i++) {
		BookGrant *one = g_new0(BookGrant, 1);
		g_autoptr(Revision) revision = NULL;

		g_ptr_array_add(shown, one);
		one->grant = g_array_index(grants, Grant, i);
		if ((one->holder = holder_name(session, &one->grant, error)) == NULL ||
		    (revision = revision_get(session->store, one->grant.begin_revision, error)) ==
			NULL)
			return NULL;
		one->since = revision->time;
		one->reason = g_strdup(revision->reason == NULL ? "" : revision->reason);
	}
	session_note(session, OBJECT_BOOK, book);
	g_ptr_array_sort(shown, by_holder);
	return g_steal_pointer(&shown);
}

/* Nobody grants to himself, or to a team that he is in. */
static bool
check_holder(Session *session, const Id *holder, bool team, GError **error)
{
	g_autoptr(GArray) members = NULL;
	g_autoptr(User) user = NULL;
	const Id *self = &session->actor.user;

	if (!team) {
		user = user_get(session->store, holder, error);
		if (user == NULL)
			return false;
		if (user->state == USER_LEFT)
			return error_set(error, ERROR_CONFLICT, "This user has left.");
		return !id_equal(self, holder) || error_set(error, ERROR_DENIED,
						      "Nobody grants rights to himself: another "
						      "administrator or manager must.");
	}
	members = team_members(session->store, holder, error);
	if (members == NULL)
		return false;
	for (guint i = 0; i < members->len; i++)
		if (id_equal(self, &g_array_index(members, TeamMember, i).user))
			return error_set(error, ERROR_DENIED,
			    "Nobody grants rights to a team that he is in: another administrator "
			    "or "
			    "manager must.");
	return true;
}

bool
book_grant(Session *session, const Id *book, const Id *holder, bool team, Right right, gint64 until,
    const char *reason, Id *ret, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autofree char *detail = g_strdup_printf("grant %s", grant_right_name(right));
	Id id;

	if (!rights_require_manager(session, book, error) ||
	    !rights_require_reason(reason, error) || !check_holder(session, holder, team, error) ||
	    !session_begin(session, &tx, reason, error))
		return false;
	if (until != 0 && until <= tx.now)
		return error_set(error, ERROR_INVALID, "The end must be in the future.");
	if (!grant_add(&tx, book, holder, team, right, until, &id, error))
		return false;
	session_note(session, OBJECT_GRANT, &id);
	session_note(session, OBJECT_BOOK, book);
	session_note(session, team ? OBJECT_TEAM : OBJECT_USER, holder);
	if (!session_commit(session, &tx, PURPOSE_ADMINISTER, detail, error))
		return false;
	*ret = id;
	return true;
}

bool
book_revoke(Session *session, const Id *grant, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(GError) problem = NULL;
	Grant found;

	if (!grant_get(session->store, grant, &found, error))
		return false;
	if (!rights_require_manager(session, &found.book, &problem)) {
		/* on an address book that he doesn't know of: as if there were none */
		if (error_code(problem) == ERROR_NOT_FOUND)
			return grant_set_missing(error);
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	if (!rights_require_reason(reason, error) || !session_begin(session, &tx, reason, error) ||
	    !grant_end(&tx, grant, error))
		return false;
	session_note(session, OBJECT_GRANT, grant);
	session_note(session, OBJECT_BOOK, &found.book);
	session_note(session, found.team ? OBJECT_TEAM : OBJECT_USER, &found.holder);
	return session_commit(session, &tx, PURPOSE_ADMINISTER, "revoke", error);
}
