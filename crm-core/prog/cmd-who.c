/* Who can see something, and why; now or at a past moment. */
#include "config.h"

#include "prog/command-find.h"
#include "rules/who.h"

#include <stdio.h>
#include <string.h>

static char *option_at;

static const GOptionEntry who_options[] = {
    {"at", 0, 0, G_OPTION_ARG_STRING, &option_at, "At this past moment", "DATE"},
    {NULL},
};

/* By id for the administrator, who sees no contact; otherwise as everywhere. */
static bool
find_object(Command *command, char **arguments, ObjectKind *kind, Id *ret, GError **error)
{
	if (strcmp(arguments[0], "book") == 0) {
		*kind = OBJECT_BOOK;
		return command_find_book(command, arguments[1], ret, error);
	}
	if (strcmp(arguments[0], "message") == 0) {
		*kind = OBJECT_MESSAGE;
		return id_parse(arguments[1], ret, error);
	}
	if (strcmp(arguments[0], "contact") != 0)
		return command_usage(command, error,
		    "The form is \"kartoteka who-can-see contact|message|book WHICH\".");
	*kind = OBJECT_CONTACT;
	return id_parse(arguments[1], ret, NULL) ||
	       command_find_contact(command, arguments[1], ret, error);
}

static bool
run_who(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	g_autoptr(GPtrArray) entries = NULL;
	gint64 time = 0;
	ObjectKind kind = OBJECT_CONTACT;
	Id id;

	if (session == NULL || !find_object(command, arguments, &kind, &id, error) ||
	    (option_at != NULL && !command_time(option_at, false, &time, error)) ||
	    (entries = who_can_see(session, kind, &id, time, error)) == NULL)
		return false;
	if (command->json)
		json_open_array(command->out, NULL);
	for (guint i = 0; i < entries->len; i++) {
		const WhoEntry *entry = entries->pdata[i];

		if (command->json) {
			json_open_object(command->out, NULL);
			json_string(command->out, "login", entry->login);
			json_string(command->out, "name", entry->name);
			json_strings(command->out, "reasons", entry->reasons);
			json_close(command->out);
			continue;
		}
		printf("%s (%s)\n", entry->login, entry->name);
		for (char **reason = entry->reasons; *reason != NULL; reason++)
			printf("    %s\n", *reason);
	}
	if (command->json) {
		json_close(command->out);
		json_print(command->out);
	} else if (entries->len == 0) {
		puts("Nobody.");
	}
	return true;
}

extern const CommandEntry cmd_who_table[];
const CommandEntry cmd_who_table[] = {
    {"who-can-see", "contact|message|book WHICH", "Say who can see it, and why", who_options, 2, 2,
	COMMAND_AS | COMMAND_JSON, run_who},
    {NULL},
};
