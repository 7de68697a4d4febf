/* Address books, grants on them, and teams. */
#include "config.h"

#include "prog/command-find.h"
#include "rules/book.h"
#include "rules/user.h"
#include "store/revision.h"

#include <stdio.h>

static char *option_reason, *option_until, *option_description, *option_book;

static const GOptionEntry add_options[] = {
    {"description", 0, 0, G_OPTION_ARG_STRING, &option_description, "What it is for", "TEXT"},
    {NULL},
};
static const GOptionEntry grant_options[] = {
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_reason, "Why; is recorded", "TEXT"},
    {"until", 0, 0, G_OPTION_ARG_STRING, &option_until, "When it ends by itself", "DATE"},
    {NULL},
};
static const GOptionEntry reason_options[] = {
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_reason, "Why; is recorded", "TEXT"},
    {NULL},
};
static const GOptionEntry book_options[] = {
    {"book", 0, 0, G_OPTION_ARG_STRING, &option_book, "Only of this address book", "BOOK"},
    {NULL},
};

static void
print_id(Command *command, const Id *id)
{
	g_autofree char *text = id_text(id);

	if (!command->json) {
		puts(text);
		return;
	}
	json_open_object(command->out, NULL);
	json_string(command->out, "id", text);
	json_close(command->out);
	json_print(command->out);
}

static bool
run_book_add(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id;

	if (session == NULL || !book_create(session, arguments[0], option_description, &id, error))
		return false;
	print_id(command, &id);
	return true;
}

static bool
run_book_rename(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id;

	return session != NULL && command_find_book(command, arguments[0], &id, error) &&
	       book_change_name(session, &id, arguments[1], option_description, error);
}

/* What the session itself may do with it. */
static char *
rights_text(guint mask)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (int right = RIGHT_SEE; right <= RIGHT_LAST; right++)
		if (mask & 1u << right)
			g_string_append_printf(
			    text, "%s%s", text->len > 0 ? " " : "", grant_right_name((Right)right));
	return g_strdup(text->len > 0 ? text->str : "-");
}

static bool
run_book_list(Command *command, char **arguments, GError **error)
{
	static const char *const headings[] = {"ID", "NAME", "YOUR RIGHTS", "DESCRIPTION", NULL};
	Session *session = command_session(command, error);
	g_autoptr(GPtrArray) books = session == NULL ? NULL : book_shown(session, error);
	CommandTable *table;

	if (books == NULL || !session_record(session, PURPOSE_ADMINISTER, "book list", error))
		return false;
	table = command_list_new(command, headings);
	for (guint i = 0; i < books->len; i++) {
		const Book *book = books->pdata[i];
		g_autofree char *id = id_text(&book->id);
		g_autofree char *rights = rights_text(book->rights);

		if (!command->json) {
			command_table_row(table, id, book->name, rights, book->description, NULL);
			continue;
		}
		json_open_object(command->out, NULL);
		json_string(command->out, "id", id);
		json_string(command->out, "name", book->name);
		json_string(command->out, "description", book->description);
		json_string(command->out, "rights", rights);
		json_close(command->out);
	}
	command_list_print(command, table);
	return true;
}

/* Several rights at once are several grants: "see,history". */
static bool
run_grant_add(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	g_auto(GStrv) names = g_strsplit(arguments[1], ",", -1);
	Id book, holder, id;
	gint64 until;
	bool team;
	Right right;

	if (session == NULL || !command_find_book(command, arguments[0], &book, error) ||
	    !command_find_holder(command, arguments[2], &holder, &team, error) ||
	    !command_until(option_until, &until, error))
		return false;
	for (char **name = names; *name != NULL; name++)
		if (!grant_right_parse(*name, &right, error))
			return false;
	for (char **name = names; *name != NULL; name++) {
		grant_right_parse(*name, &right, NULL);
		if (!book_grant(
			session, &book, &holder, team, right, until, option_reason, &id, error))
			return false;
		print_id(command, &id);
	}
	return true;
}

static bool
run_grant_end(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id;

	return session != NULL && id_parse(arguments[0], &id, error) &&
	       book_revoke(session, &id, option_reason, error);
}

static void
print_grant(Command *command, CommandTable *table, const Grant *grant)
{
	g_autofree char *id = id_text(&grant->id), *until = command_time_text(grant->until);
	g_autofree char *holder = command_holder_name(command->store, &grant->holder, grant->team);
	g_autoptr(Book) book = book_get(command->store, &grant->book, NULL);
	g_autoptr(Revision) revision = revision_get(command->store, grant->begin_revision, NULL);
	const char *name = book == NULL ? "?" : book->name;
	const char *reason = revision == NULL || revision->reason == NULL ? "-" : revision->reason;

	if (!command->json) {
		command_table_row(
		    table, id, name, grant_right_name(grant->right), holder, until, reason, NULL);
		return;
	}
	json_open_object(command->out, NULL);
	json_string(command->out, "id", id);
	json_string(command->out, "book", name);
	json_string(command->out, "right", grant_right_name(grant->right));
	json_string(command->out, "holder", holder);
	json_time(command->out, "since", revision == NULL ? 0 : revision->time);
	json_time(command->out, "until", grant->until);
	json_string(command->out, "reason", reason);
	json_close(command->out);
}

static bool
run_grant_list(Command *command, char **arguments, GError **error)
{
	static const char *const headings[] = {
	    "ID", "BOOK", "RIGHT", "HOLDER", "UNTIL", "REASON", NULL};
	Session *session = command_session(command, error);
	g_autoptr(GPtrArray) books = NULL;
	CommandTable *table;
	Id only;

	if (session == NULL || (books = book_shown(session, error)) == NULL ||
	    (option_book != NULL && !command_find_book(command, option_book, &only, error)))
		return false;
	table = command_list_new(command, headings);
	for (guint b = 0; b < books->len; b++) {
		const Book *book = books->pdata[b];
		g_autoptr(GArray) grants = NULL;

		if (option_book != NULL && !id_equal(&book->id, &only))
			continue;
		session_note(session, OBJECT_BOOK, &book->id);
		grants = grant_list(session->store, &book->id, 0, error);
		if (grants == NULL) {
			command_table_free(table);
			return false;
		}
		for (guint i = 0; i < grants->len; i++)
			print_grant(command, table, &g_array_index(grants, Grant, i));
	}
	if (!session_record(session, PURPOSE_ADMINISTER, "grant list", error)) {
		command_table_free(table);
		return false;
	}
	command_list_print(command, table);
	return true;
}

static bool
run_team_add(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id;

	if (session == NULL || !user_create_team(session, arguments[0], &id, error))
		return false;
	print_id(command, &id);
	return true;
}

static bool
run_team_join(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	gint64 until;
	Id team, user;

	return session != NULL && command_find_team(command, arguments[0], &team, error) &&
	       command_find_user(command, arguments[1], &user, error) &&
	       command_until(option_until, &until, error) &&
	       user_join_team(session, &team, &user, until, option_reason, error);
}

static bool
run_team_leave(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id team, user;

	return session != NULL && command_find_team(command, arguments[0], &team, error) &&
	       command_find_user(command, arguments[1], &user, error) &&
	       user_leave_team(session, &team, &user, option_reason, error);
}

static bool
run_team_address_add(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id team;

	return session != NULL && command_find_team(command, arguments[0], &team, error) &&
	       user_claim_team_address(session, &team, arguments[1], error);
}

static bool
run_team_address_remove(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id team;

	return session != NULL && command_find_team(command, arguments[0], &team, error) &&
	       user_drop_team_address(session, &team, arguments[1], option_reason, error);
}

static char *
member_names(Store *store, const Id *team)
{
	g_autoptr(GArray) members = team_members(store, team, NULL);
	g_autoptr(GString) names = g_string_new(NULL);

	for (guint i = 0; members != NULL && i < members->len; i++) {
		g_autofree char *name =
		    command_holder_name(store, &g_array_index(members, TeamMember, i).user, false);

		g_string_append_printf(names, "%s%s", i > 0 ? " " : "", name);
	}
	return g_strdup(names->str);
}

static bool
run_team_list(Command *command, char **arguments, GError **error)
{
	static const char *const headings[] = {"ID", "NAME", "MEMBERS", "ADDRESSES", NULL};
	Session *session = command_session(command, error);
	g_autoptr(GPtrArray) teams = session == NULL ? NULL : team_list(session->store, error);
	CommandTable *table;

	if (teams == NULL || !session_record(session, PURPOSE_ADMINISTER, "team list", error))
		return false;
	table = command_list_new(command, headings);
	for (guint i = 0; i < teams->len; i++) {
		const Team *team = teams->pdata[i];
		g_autofree char *id = id_text(&team->id);
		g_autofree char *members = member_names(session->store, &team->id);
		g_autofree char *addresses = g_strjoinv(" ", team->addresses);
		g_auto(GStrv) logins = g_strsplit(members, " ", -1);

		if (!command->json) {
			command_table_row(table, id, team->name, members, addresses, NULL);
			continue;
		}
		json_open_object(command->out, NULL);
		json_string(command->out, "id", id);
		json_string(command->out, "name", team->name);
		json_strings(command->out, "members", logins);
		json_strings(command->out, "addresses", team->addresses);
		json_close(command->out);
	}
	command_list_print(command, table);
	return true;
}

extern const CommandEntry cmd_book_table[];
const CommandEntry cmd_book_table[] = {
    {"team add", "NAME", "Make a team", NULL, 1, 1, COMMAND_AS | COMMAND_JSON, run_team_add},
    {"team list", NULL, "List the teams", NULL, 0, 0, COMMAND_AS | COMMAND_JSON, run_team_list},
    {"team join", "TEAM LOGIN", "Put a user into a team", grant_options, 2, 2, COMMAND_AS,
	run_team_join},
    {"team leave", "TEAM LOGIN", "Take a user out of a team", reason_options, 2, 2, COMMAND_AS,
	run_team_leave},
    {"team address-add", "TEAM ADDRESS", "Give a team a role address", NULL, 2, 2, COMMAND_AS,
	run_team_address_add},
    {"team address-remove", "TEAM ADDRESS", "End that an address is a team's", reason_options, 2, 2,
	COMMAND_AS, run_team_address_remove},
    {"book add", "NAME", "Make an address book", add_options, 1, 1, COMMAND_AS | COMMAND_JSON,
	run_book_add},
    {"book rename", "BOOK NAME", "Rename an address book", add_options, 2, 2, COMMAND_AS,
	run_book_rename},
    {"book list", NULL, "List the address books that you may know of", NULL, 0, 0,
	COMMAND_AS | COMMAND_JSON, run_book_list},
    {"grant add", "BOOK RIGHT[,RIGHT] LOGIN|team:NAME",
	"Grant see, history, edit, sync, export or manage", grant_options, 3, 3,
	COMMAND_AS | COMMAND_JSON, run_grant_add},
    {"grant end", "ID", "Revoke a grant", reason_options, 1, 1, COMMAND_AS, run_grant_end},
    {"grant list", NULL, "List who may do what", book_options, 0, 0, COMMAND_AS | COMMAND_JSON,
	run_grant_list},
    {NULL},
};
