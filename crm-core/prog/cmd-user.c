/* Users and what hangs on them: passwords, addresses, state, hand-overs. */
#include "config.h"

#include "prog/command-find.h"
#include "rules/user.h"

#include <stdio.h>
#include <string.h>

static char *option_language, *option_reason, *option_until, *option_book, *option_to;
static char **option_addresses;
static gboolean option_administrator, option_password, option_end;

static const GOptionEntry add_options[] = {
    {"address", 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_addresses,
	"A mail address of this user (may be given several times)", "ADDRESS"},
    {"administrator", 0, 0, G_OPTION_ARG_NONE, &option_administrator, "Make an administrator",
	NULL},
    {"language", 0, 0, G_OPTION_ARG_STRING, &option_language, "Of the pages: cs or en", "CODE"},
    {"password", 0, 0, G_OPTION_ARG_NONE, &option_password,
	"Read a password (from the terminal or standard input)", NULL},
    {NULL},
};
static const GOptionEntry reason_options[] = {
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_reason, "Why; is recorded", "TEXT"},
    {NULL},
};
static const GOptionEntry state_options[] = {
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_reason, "Why; is recorded", "TEXT"},
    {"until", 0, 0, G_OPTION_ARG_STRING, &option_until, "Planned end", "DATE"},
    {NULL},
};
static const GOptionEntry role_options[] = {
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_reason, "Why; is recorded", "TEXT"},
    {"end", 0, 0, G_OPTION_ARG_NONE, &option_end, "Take the role away", NULL},
    {NULL},
};
static const GOptionEntry hand_over_options[] = {
    {"to", 0, 0, G_OPTION_ARG_STRING, &option_to, "The successor", "LOGIN|team:NAME"},
    {"book", 0, 0, G_OPTION_ARG_STRING, &option_book,
	"Only mail filed under contacts of this address book", "BOOK"},
    {"until", 0, 0, G_OPTION_ARG_STRING, &option_until, "When it ends", "DATE"},
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_reason, "Why; is recorded", "TEXT"},
    {NULL},
};

/* Without --as only into an empty system, as its first administrator. */
static Session *
session_for_add(Command *command, GError **error)
{
	Store *store;

	if (command->as != NULL || command->session != NULL)
		return command_session(command, error);
	store = command_store(command, error);
	if (store == NULL)
		return NULL;
	command->session = session_new_first(store, error);
	if (command->session != NULL && !option_administrator) {
		command_usage(
		    command, error, "There is no user yet: the first one needs --administrator.");
		return NULL;
	}
	if (command->session != NULL)
		command->session->claim = command_claim("the first user");
	return command->session;
}

static bool
run_add(Command *command, char **arguments, GError **error)
{
	Session *session = session_for_add(command, error);
	UserNew user = {
	    .login = arguments[0],
	    .name = arguments[1],
	    .language = option_language,
	    .addresses = (const char *const *)option_addresses,
	    .administrator = option_administrator,
	};
	char *password = NULL;
	bool done;
	Id id;

	if (session == NULL)
		return false;
	if (option_password && (password = command_read_secret("Password", error)) == NULL)
		return false;
	user.password = password;
	done = user_create(session, &user, &id, error);
	command_wipe(password);
	if (done && command->json) {
		json_open_object(command->out, NULL);
		json_id(command->out, "id", &id);
		json_string(command->out, "login", user.login);
		json_close(command->out);
		json_print(command->out);
	}
	return done;
}

static const char *
state_name(UserState state)
{
	return state == USER_ACTIVE ? "active" : state == USER_AWAY ? "away" : "left";
}

static void
print_user_json(Json *json, const User *user)
{
	json_open_object(json, NULL);
	json_id(json, "id", &user->id);
	json_string(json, "login", user->login);
	json_string(json, "name", user->name);
	json_string(json, "language", user->language);
	json_string(json, "state", state_name(user->state));
	json_time(json, "until", user->until);
	json_bool(json, "administrator", user->administrator);
	json_strings(json, "addresses", user->addresses);
	json_close(json);
}

static bool
run_list(Command *command, char **arguments, GError **error)
{
	static const char *const headings[] = {"LOGIN", "NAME", "STATE", "ROLE", "ADDRESSES", NULL};
	Session *session = command_session(command, error);
	g_autoptr(GPtrArray) users = session == NULL ? NULL : user_list(session->store, error);
	CommandTable *table;

	if (users == NULL)
		return false;
	for (guint i = 0; i < users->len; i++)
		session_note(session, OBJECT_USER, &((const User *)users->pdata[i])->id);
	if (!session_record(session, PURPOSE_ADMINISTER, "user list", error))
		return false;
	if (command->json) {
		json_open_array(command->out, NULL);
		for (guint i = 0; i < users->len; i++)
			print_user_json(command->out, users->pdata[i]);
		json_close(command->out);
		json_print(command->out);
		return true;
	}
	table = command_table_new(headings);
	for (guint i = 0; i < users->len; i++) {
		const User *user = users->pdata[i];
		g_autofree char *addresses = g_strjoinv(" ", user->addresses);

		command_table_row(table, user->login, user->name, state_name(user->state),
		    user->administrator ? "administrator" : "-", addresses, NULL);
	}
	command_table_print(table);
	return true;
}

static bool
run_rename(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id;

	return session != NULL && command_find_user(command, arguments[0], &id, error) &&
	       user_change_name(session, &id, arguments[1], NULL, error);
}

static bool
run_password(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	char *password;
	bool done;
	Id id;

	if (session == NULL || !command_find_user(command, arguments[0], &id, error) ||
	    (password = command_read_secret("New password", error)) == NULL)
		return false;
	done = user_change_password(session, &id, password, error);
	command_wipe(password);
	return done;
}

static bool
run_address_add(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id;

	return session != NULL && command_find_user(command, arguments[0], &id, error) &&
	       user_claim_address(session, &id, arguments[1], error);
}

static bool
run_address_remove(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id;

	return session != NULL && command_find_user(command, arguments[0], &id, error) &&
	       user_drop_address(session, &id, arguments[1], option_reason, error);
}

static bool
change_state(Command *command, const char *login, UserState state, GError **error)
{
	Session *session = command_session(command, error);
	gint64 until;
	Id id;

	return session != NULL && command_until(option_until, &until, error) &&
	       command_find_user(command, login, &id, error) &&
	       user_change_state(session, &id, state, until, option_reason, error);
}

static bool
run_away(Command *command, char **arguments, GError **error)
{
	return change_state(command, arguments[0], USER_AWAY, error);
}

static bool
run_active(Command *command, char **arguments, GError **error)
{
	return change_state(command, arguments[0], USER_ACTIVE, error);
}

static bool
run_leave(Command *command, char **arguments, GError **error)
{
	return change_state(command, arguments[0], USER_LEFT, error);
}

static bool
run_administrator(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id;

	return session != NULL && command_find_user(command, arguments[0], &id, error) &&
	       user_change_administrator(session, &id, !option_end, option_reason, error);
}

static bool
run_hand_over(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Handover handover = {0};
	char text[ID_TEXT_SIZE];
	Id id;

	if (session == NULL)
		return false;
	if (option_to == NULL)
		return command_usage(command, error, "Name the successor with --to.");
	if (!command_find_user(command, arguments[0], &handover.from, error) ||
	    !command_find_holder(command, option_to, &handover.to, &handover.team, error) ||
	    (option_book != NULL &&
		!command_find_book(command, option_book, &handover.book, error)) ||
	    !command_until(option_until, &handover.until, error) ||
	    !user_hand_over(session, &handover, option_reason, &id, error))
		return false;
	id_to_text(&id, text);
	puts(text);
	return true;
}

static bool
run_hand_over_end(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id;

	return session != NULL && id_parse(arguments[0], &id, error) &&
	       user_end_hand_over(session, &id, option_reason, error);
}

static void
print_hand_over(Command *command, CommandTable *table, const Handover *h)
{
	g_autofree char *from = command_holder_name(command->store, &h->from, false);
	g_autofree char *to = command_holder_name(command->store, &h->to, h->team);
	g_autoptr(Book) book =
	    id_is_zero(&h->book) ? NULL : book_get(command->store, &h->book, NULL);
	g_autofree char *until = command_time_text(h->until), *id = id_text(&h->id);

	if (!command->json) {
		command_table_row(
		    table, id, from, to, book == NULL ? "all" : book->name, until, NULL);
		return;
	}
	json_open_object(command->out, NULL);
	json_id(command->out, "id", &h->id);
	json_string(command->out, "from", from);
	json_string(command->out, "to", to);
	json_string(command->out, "book", book == NULL ? NULL : book->name);
	json_time(command->out, "until", h->until);
	json_close(command->out);
}

/* Others than the administrator learn of what concerns themselves. */
static bool
is_concerned(const Session *session, const Handover *h)
{
	const Id *self = &session->actor.user;
	g_autoptr(GArray) members = NULL;
	bool found = session->administrator || id_equal(self, &h->from) || id_equal(self, &h->to);

	if (!found && h->team)
		members = team_members(session->store, &h->to, NULL);
	for (guint i = 0; members != NULL && i < members->len; i++)
		found = found || id_equal(self, &g_array_index(members, TeamMember, i).user);
	return found;
}

static bool
run_hand_over_list(Command *command, char **arguments, GError **error)
{
	static const char *const headings[] = {"ID", "FROM", "TO", "BOOK", "UNTIL", NULL};
	Session *session = command_session(command, error);
	g_autoptr(GArray) list = NULL;
	CommandTable *table;

	if (session == NULL || (list = handover_list(session->store, 0, error)) == NULL)
		return false;
	for (guint i = list->len; i > 0; i--)
		if (!is_concerned(session, &g_array_index(list, Handover, i - 1)))
			g_array_remove_index(list, i - 1);
	for (guint i = 0; i < list->len; i++)
		session_note(session, OBJECT_HANDOVER, &g_array_index(list, Handover, i).id);
	if (!session_record(session, PURPOSE_ADMINISTER, "hand-over list", error))
		return false;
	table = command_list_new(command, headings);
	for (guint i = 0; i < list->len; i++)
		print_hand_over(command, table, &g_array_index(list, Handover, i));
	command_list_print(command, table);
	return true;
}

extern const CommandEntry cmd_user_table[];
const CommandEntry cmd_user_table[] = {
    {"user add", "LOGIN NAME", "Add a member of staff", add_options, 2, 2, COMMAND_JSON, run_add},
    {"user list", NULL, "List all users, those who have left too", NULL, 0, 0,
	COMMAND_AS | COMMAND_JSON, run_list},
    {"user rename", "LOGIN NAME", "Change a user's full name", NULL, 2, 2, COMMAND_AS, run_rename},
    {"user password", "LOGIN", "Set a password, read from standard input", NULL, 1, 1, COMMAND_AS,
	run_password},
    {"user address-add", "LOGIN ADDRESS", "Prove an address to be a user's", NULL, 2, 2, COMMAND_AS,
	run_address_add},
    {"user address-remove", "LOGIN ADDRESS", "End that an address is a user's", reason_options, 2,
	2, COMMAND_AS, run_address_remove},
    {"user away", "LOGIN", "Mark a user as absent", state_options, 1, 1, COMMAND_AS, run_away},
    {"user active", "LOGIN", "Mark a user as present again", reason_options, 1, 1, COMMAND_AS,
	run_active},
    {"user leave", "LOGIN", "Let a user leave: rights end, the history stays", reason_options, 1, 1,
	COMMAND_AS, run_leave},
    {"user administrator", "LOGIN", "Give a user the role of administrator, or end it",
	role_options, 1, 1, COMMAND_AS, run_administrator},
    {"handover add", "LOGIN", "Hand a user's correspondence over to a successor", hand_over_options,
	1, 1, COMMAND_AS, run_hand_over},
    {"handover end", "ID", "End a hand-over before its time", reason_options, 1, 1, COMMAND_AS,
	run_hand_over_end},
    {"handover list", NULL, "List the hand-overs in force", NULL, 0, 0, COMMAND_AS | COMMAND_JSON,
	run_hand_over_list},
    {NULL},
};
