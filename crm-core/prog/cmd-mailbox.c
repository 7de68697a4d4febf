/* Mailboxes: what is taken from whose. */
#include "config.h"

#include "prog/command-find.h"
#include "prog/command-own.h"
#include "prog/rewind-print.h"
#include "rules/posture.h"

#include <stdio.h>

static char *option_reason;

static const GOptionEntry posture_options[] = {
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_reason, "Why; is recorded", "TEXT"},
    {NULL},
};

static bool
run_posture(Command *command, char **arguments, GError **error)
{
	Posture posture;
	Session *session;
	Id user;

	return posture_parse(arguments[1], &posture, error) &&
	       (session = command_session(command, error)) != NULL &&
	       command_find_user(command, arguments[0], &user, error) &&
	       posture_change(session, &user, posture, option_reason, error);
}

static void
print_json(Json *out, const PostureMailbox *mailbox)
{
	json_open_object(out, NULL);
	json_id(out, "user", &mailbox->user);
	json_string(out, "login", mailbox->login);
	json_string(out, "posture", posture_name(mailbox->posture));
	json_time(out, "since", mailbox->since);
	json_string(out, "reason", mailbox->reason);
	json_bool(out, "configured", mailbox->configured);
	json_close(out);
}

static bool
run_list(Command *command, char **arguments, GError **error)
{
	static const char *const headings[] = {"LOGIN", "POSTURE", "SINCE", "REASON", NULL};
	Session *session = command_session(command, error);
	g_autoptr(GPtrArray) list = session != NULL ? posture_list(session, error) : NULL;
	CommandTable *table;

	if (list == NULL)
		return false;
	table = command_list_new(command, headings);
	for (guint i = 0; i < list->len; i++) {
		const PostureMailbox *mailbox = list->pdata[i];
		g_autofree char *since = command_time_text(mailbox->since);

		if (command->json)
			print_json(command->out, mailbox);
		else
			command_table_row(table, mailbox->login, posture_name(mailbox->posture),
			    since, mailbox->reason != NULL ? mailbox->reason : "-", NULL);
	}
	command_list_print(command, table);
	return true;
}

static bool
run_rewind(Command *command, char **arguments, GError **error)
{
	Session *session = command_own_session(command, error);

	return session != NULL && rewind_print(session, error);
}

extern const CommandEntry cmd_mailbox_table[];
const CommandEntry cmd_mailbox_table[] = {
    {"mailbox list", NULL, "List what is taken from whose mailbox", NULL, 0, 0,
	COMMAND_AS | COMMAND_JSON, run_list},
    {"mailbox posture", "LOGIN off|headers|known|full", "Decide what is taken from a mailbox",
	posture_options, 2, 2, COMMAND_AS, run_posture},
    {"mailbox rewind", NULL, "Tell the poller what the records hold, after a restore", NULL, 0, 0,
	COMMAND_PLAIN, run_rewind},
    {NULL},
};
