/* Why mail is where it is; taking it back, filing it by hand, opening it; filing all of it anew. */
#include "config.h"

#include "prog/command-find.h"
#include "rules/refile.h"

#include <stdio.h>

static char *option_reason;
static gboolean option_dry_run;

static const GOptionEntry reason_options[] = {
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_reason, "Why; is recorded", "TEXT"},
    {NULL},
};
static const GOptionEntry refile_options[] = {
    {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &option_dry_run, "Only show what would change", NULL},
    {NULL},
};

static void
print_why(Json *out, const RefileWhy *why)
{
	json_open_object(out, NULL);
	json_id(out, "contact", &why->contact);
	json_string(out, "name", why->name);
	json_string(out, "reason", filing_reason_name(why->filing.reason));
	json_string(out, "address", why->address);
	json_string(out, "text", why->text);
	json_time(out, "begun", why->filing.begun);
	json_time(out, "ended", why->filing.ended);
	json_bool(out, "open", why->filing.open_from != FILING_OPEN_NEVER);
	json_close(out);
}

static bool
run_why(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	g_autoptr(GPtrArray) list = NULL;
	Id message;

	if (session == NULL || !refile_find(session, arguments[0], &message, error) ||
	    (list = refile_why(session, &message, error)) == NULL)
		return false;
	if (command->json) {
		json_open_array(command->out, NULL);
		for (guint i = 0; i < list->len; i++)
			print_why(command->out, g_ptr_array_index(list, i));
		json_close(command->out);
		json_print(command->out);
		return true;
	}
	for (guint i = 0; i < list->len; i++) {
		const RefileWhy *why = g_ptr_array_index(list, i);
		g_autofree char *id = id_text(&why->contact);

		printf("%s: %s\n", why->name != NULL ? why->name : id, why->text);
	}
	if (list->len == 0)
		puts("It is filed under no contact that you may see.");
	return true;
}

typedef bool (*Change)(Session *, const Id *, const Id *, const char *, GError **);

static bool
change(Command *command, char **arguments, Change act, GError **error)
{
	Session *session = command_session(command, error);
	Id message, contact;

	return session != NULL && refile_find(session, arguments[0], &message, error) &&
	       command_find_contact(command, arguments[1], &contact, error) &&
	       act(session, &message, &contact, option_reason, error);
}

static bool
run_unfile(Command *command, char **arguments, GError **error)
{
	return change(command, arguments, refile_unfile, error);
}

static bool
run_file(Command *command, char **arguments, GError **error)
{
	return change(command, arguments, refile_by_hand, error);
}

static bool
run_open(Command *command, char **arguments, GError **error)
{
	return change(command, arguments, refile_open, error);
}

static bool
run_refile(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	g_autoptr(GArray) changes = NULL;

	if (session == NULL || (changes = refile_all(session, option_dry_run, error)) == NULL)
		return false;
	if (command->json)
		json_open_array(command->out, NULL);
	for (guint i = 0; i < changes->len; i++) {
		const RefileChange *one = &g_array_index(changes, RefileChange, i);
		g_autofree char *message = id_text(&one->message),
				*contact = id_text(&one->contact);

		if (command->json) {
			json_open_object(command->out, NULL);
			json_bool(command->out, "add", one->add);
			json_string(command->out, "message", message);
			json_string(command->out, "contact", contact);
			json_string(command->out, "reason", filing_reason_name(one->reason));
			json_close(command->out);
			continue;
		}
		printf("%c %s %s %s\n", one->add ? '+' : '-', message, contact,
		    filing_reason_name(one->reason));
	}
	if (command->json) {
		json_close(command->out);
		json_print(command->out);
	} else
		printf("%u changes%s\n", changes->len, option_dry_run ? " would be made" : "");
	return true;
}

const CommandEntry cmd_file_table[] = {
    {"why", "MESSAGE", "Say why a message is filed where it is", NULL, 1, 1,
	COMMAND_JSON | COMMAND_AS, run_why},
    {"unfile", "MESSAGE CONTACT", "Take a message back from a contact", reason_options, 2, 2,
	COMMAND_AS, run_unfile},
    {"file", "MESSAGE CONTACT", "File a message under a contact by hand", reason_options, 2, 2,
	COMMAND_AS, run_file},
    {"open", "MESSAGE CONTACT", "Open your own message to those who see the contact's history",
	reason_options, 2, 2, COMMAND_AS, run_open},
    {"refile", NULL, "File all mail by the contacts of today", refile_options, 0, 0,
	COMMAND_JSON | COMMAND_AS, run_refile},
    {NULL},
};
