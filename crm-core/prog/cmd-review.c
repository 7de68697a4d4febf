/* People that one writes to and who are in no address book. */
#include "config.h"

#include "prog/command-find.h"
#include "rules/review.h"

static int option_limit = 100;

static const GOptionEntry review_options[] = {
    {"limit", 0, 0, G_OPTION_ARG_INT, &option_limit, "At most so many (100)", "N"},
    {NULL},
};

static bool
run_review(Command *command, char **arguments, GError **error)
{
	static const char *const headings[] = {"ADDRESS", "NAME", "MAILS", "LAST", NULL};
	Session *session = command_session(command, error);
	g_autoptr(GPtrArray) entries = NULL;
	CommandTable *table;

	if (session == NULL)
		return false;
	if (option_limit < 1)
		return command_usage(command, error, "--limit is a number from 1 on.");
	entries = review_list(session, (guint)option_limit, error);
	if (entries == NULL)
		return false;
	table = command_list_new(command, headings);
	for (guint i = 0; i < entries->len; i++) {
		const ReviewEntry *entry = entries->pdata[i];
		g_autofree char *count = g_strdup_printf("%u", entry->messages);
		g_autofree char *last = command_time_text(entry->last);

		if (!command->json) {
			command_table_row(table, entry->address, entry->name, count, last, NULL);
			continue;
		}
		json_open_object(command->out, NULL);
		json_string(command->out, "address", entry->address);
		json_string(command->out, "name", entry->name);
		json_int(command->out, "messages", entry->messages);
		json_time(command->out, "last", entry->last);
		json_id(command->out, "message", &entry->message);
		json_close(command->out);
	}
	command_list_print(command, table);
	return true;
}

extern const CommandEntry cmd_review_table[];
const CommandEntry cmd_review_table[] = {
    {"review", NULL, "List whom you write to and who is in no address book", review_options, 0, 0,
	COMMAND_AS | COMMAND_JSON, run_review},
    {NULL},
};
