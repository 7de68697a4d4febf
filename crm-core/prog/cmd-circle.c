/* Circles: what is in one doesn't exist for anybody outside. */
#include "config.h"

#include "prog/command-find.h"
#include "rules/circle.h"

#include <stdio.h>
#include <string.h>

static char *option_reason, *option_until;

static const GOptionEntry reason_options[] = {
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_reason, "Why; is recorded", "TEXT"},
    {NULL},
};
static const GOptionEntry invite_options[] = {
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_reason, "Why; is recorded", "TEXT"},
    {"until", 0, 0, G_OPTION_ARG_STRING, &option_until, "When it ends by itself", "DATE"},
    {NULL},
};

static bool
run_add(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	g_autofree char *text = NULL;
	Id id;

	if (session == NULL || !circle_create(session, arguments[0], &id, error))
		return false;
	text = id_text(&id);
	puts(text);
	return true;
}

static bool
run_list(Command *command, char **arguments, GError **error)
{
	static const char *const headings[] = {"ID", "NAME", "MEMBERS", NULL};
	Session *session = command_session(command, error);
	g_autoptr(GPtrArray) circles = session == NULL ? NULL : circle_shown(session, error);
	CommandTable *table;

	if (circles == NULL)
		return false;
	for (guint i = 0; i < circles->len; i++)
		session_note(session, OBJECT_CIRCLE, &((const Circle *)circles->pdata[i])->id);
	if (!session_record(session, PURPOSE_READ, "circle list", error))
		return false;
	table = command_list_new(command, headings);
	for (guint i = 0; i < circles->len; i++) {
		const Circle *circle = circles->pdata[i];
		g_autofree char *id = id_text(&circle->id), *all = NULL;
		g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
		g_auto(GStrv) logins = NULL;

		for (guint m = 0; m < circle->members->len; m++) {
			g_autofree char *login = command_holder_name(
			    session->store, &g_array_index(circle->members, Id, m), false);

			g_strv_builder_add(builder, login);
		}
		logins = g_strv_builder_end(builder);
		all = g_strjoinv(" ", logins);
		if (!command->json) {
			command_table_row(table, id, circle->name, all, NULL);
			continue;
		}
		json_open_object(command->out, NULL);
		json_string(command->out, "id", id);
		json_string(command->out, "name", circle->name);
		json_strings(command->out, "members", logins);
		json_close(command->out);
	}
	command_list_print(command, table);
	return true;
}

static bool
run_invite(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	gint64 until;
	Id id, user;

	return session != NULL && id_parse(arguments[0], &id, error) &&
	       command_find_user(command, arguments[1], &user, error) &&
	       command_until(option_until, &until, error) &&
	       circle_invite(session, &id, &user, until, option_reason, error);
}

static bool
run_dismiss(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id, user;

	return session != NULL && id_parse(arguments[0], &id, error) &&
	       command_find_user(command, arguments[1], &user, error) &&
	       circle_dismiss(session, &id, &user, option_reason, error);
}

/* CIRCLE contact|message WHICH */
static bool
find_object(
    Command *command, char **arguments, Id *id, ObjectKind *kind, Id *object, GError **error)
{
	if (command_session(command, error) == NULL || !id_parse(arguments[0], id, error))
		return false;
	if (strcmp(arguments[1], "message") == 0) {
		*kind = OBJECT_MESSAGE;
		return id_parse(arguments[2], object, error);
	}
	if (strcmp(arguments[1], "contact") != 0)
		return command_usage(command, error, "A circle holds a contact or a message.");
	*kind = OBJECT_CONTACT;
	return command_find_contact(command, arguments[2], object, error);
}

static bool
run_enclose(Command *command, char **arguments, GError **error)
{
	ObjectKind kind = OBJECT_CONTACT;
	Id id, object;

	return find_object(command, arguments, &id, &kind, &object, error) &&
	       circle_enclose(command->session, &id, kind, &object, option_reason, error);
}

static bool
run_release(Command *command, char **arguments, GError **error)
{
	ObjectKind kind = OBJECT_CONTACT;
	Id id, object;

	return find_object(command, arguments, &id, &kind, &object, error) &&
	       circle_release(command->session, &id, kind, &object, option_reason, error);
}

extern const CommandEntry cmd_circle_table[];
const CommandEntry cmd_circle_table[] = {
    {"circle add", "NAME", "Make a circle, and be its first member", NULL, 1, 1, COMMAND_AS,
	run_add},
    {"circle list", NULL, "List the circles that you are in", NULL, 0, 0, COMMAND_AS | COMMAND_JSON,
	run_list},
    {"circle invite", "CIRCLE LOGIN", "Let a user into a circle", invite_options, 2, 2, COMMAND_AS,
	run_invite},
    {"circle dismiss", "CIRCLE LOGIN", "Put a user out of a circle", reason_options, 2, 2,
	COMMAND_AS, run_dismiss},
    {"circle enclose", "CIRCLE contact|message WHICH", "Hide it from everybody outside",
	reason_options, 3, 3, COMMAND_AS, run_enclose},
    {"circle release", "CIRCLE contact|message WHICH", "Take it out again", reason_options, 3, 3,
	COMMAND_AS, run_release},
    {NULL},
};
