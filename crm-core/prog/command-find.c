#include "prog/command-find.h"

#include "mail/address.h"
#include "rules/book.h"
#include "store/team.h"
#include "store/user.h"

#include <string.h>

/* error is set when found is NULL: by what failed, or that there is no such thing. */
static bool
found_or(gconstpointer found, GError **why, const char *missing, GError **error)
{
	if (found != NULL)
		return true;
	if (*why != NULL) {
		g_propagate_error(error, g_steal_pointer(why));
		return false;
	}
	return error_set(error, ERROR_NOT_FOUND, "%s", missing);
}

bool
command_find_user(Command *command, const char *login, Id *ret, GError **error)
{
	Store *store = command_store(command, error);
	g_autoptr(GError) why = NULL;
	g_autoptr(User) user = NULL;

	if (store == NULL)
		return false;
	user = user_find(store, login, &why);
	if (!found_or(user, &why, "There is no user of that login.", error))
		return false;
	*ret = user->id;
	return true;
}

bool
command_find_team(Command *command, const char *name, Id *ret, GError **error)
{
	Store *store = command_store(command, error);
	g_autoptr(GError) why = NULL;
	g_autoptr(Team) team = NULL;

	if (store == NULL)
		return false;
	team = team_find(store, name, &why);
	if (!found_or(team, &why, "There is no team of that name.", error))
		return false;
	*ret = team->id;
	return true;
}

bool
command_find_holder(Command *command, const char *text, Id *ret, bool *ret_team, GError **error)
{
	*ret_team = g_str_has_prefix(text, "team:");
	return *ret_team ? command_find_team(command, text + strlen("team:"), ret, error)
			 : command_find_user(command, text, ret, error);
}

bool
command_find_book(Command *command, const char *name_or_id, Id *ret, GError **error)
{
	Session *session = command_session(command, error);
	g_autoptr(Book) book = session == NULL ? NULL : book_resolve(session, name_or_id, error);

	if (book == NULL)
		return false;
	*ret = book->id;
	return true;
}

static bool
find_by_address(Session *session, const char *text, Id *ret, GError **error)
{
	g_autofree char *canonical = address_canonical(text);
	g_autoptr(GPtrArray) contacts =
	    contact_find_address(session->store, session->viewer, canonical, error);

	if (contacts == NULL)
		return false;
	if (contacts->len == 0)
		return error_set(error, ERROR_NOT_FOUND, "There is no such contact.");
	if (contacts->len > 1)
		return error_set(error, ERROR_CONFLICT,
		    "%u contacts have that address: name one by its id.", contacts->len);
	*ret = ((const Contact *)contacts->pdata[0])->id;
	return true;
}

bool
command_find_contact(Command *command, const char *text, Id *ret, GError **error)
{
	Session *session = command_session(command, error);
	g_autoptr(GError) why = NULL;
	g_autoptr(Contact) contact = NULL;
	Id id;

	if (session == NULL)
		return false;
	if (id_parse(text, &id, NULL))
		contact = contact_get(session->store, session->viewer, &id, &why);
	if (why != NULL && error_code(why) == ERROR_NOT_FOUND)
		g_clear_error(&why);
	if (contact == NULL && why == NULL)
		contact = contact_find_uid(session->store, session->viewer, text, &why);
	if (contact == NULL && why == NULL)
		return find_by_address(session, text, ret, error);
	if (!found_or(contact, &why, "There is no such contact.", error))
		return false;
	*ret = contact->id;
	return true;
}

char *
command_holder_name(Store *store, const Id *id, bool is_team)
{
	if (is_team) {
		g_autoptr(Team) team = team_get(store, id, NULL);

		return g_strconcat("team:", team == NULL ? "?" : team->name, NULL);
	}
	g_autoptr(User) user = user_get(store, id, NULL);

	return g_strdup(user == NULL ? "?" : user->login);
}

bool
command_until(const char *text, gint64 *ret, GError **error)
{
	if (text != NULL)
		return command_time(text, true, ret, error);
	*ret = 0;
	return true;
}
