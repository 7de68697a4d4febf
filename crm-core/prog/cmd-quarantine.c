/* Mail that could not be parsed, and mail that stays away. */
#include "config.h"

#include "base/log.h"
#include "base/spool.h"
#include "prog/command-own.h"
#include "prog/outcome.h"
#include "rules/exclude.h"

#include <stdio.h>
#include <string.h>

static char *option_reason;

static const GOptionEntry reason_options[] = {
    {"reason", 0, 0, G_OPTION_ARG_STRING, &option_reason, "Why; is recorded", "TEXT"},
    {NULL},
};

static void
key_of(const ItemQuarantined *item, char text[static SPOOL_ID_SIZE])
{
	SpoolKey key = {.start = item->start, .n = item->n};

	g_strlcpy(key.source, item->source, sizeof key.source);
	spool_key_text(&key, text);
}

static void
print_item(Command *command, CommandTable *table, const ItemQuarantined *item)
{
	g_autofree char *time = command_time_text(item->taken);
	g_autofree char *tries = g_strdup_printf("%d", item->tries);
	char key[SPOOL_ID_SIZE];

	key_of(item, key);
	if (!command->json) {
		command_table_row(table, key, time, item_reason_name(item->reason), tries, NULL);
		return;
	}
	json_open_object(command->out, NULL);
	json_string(command->out, "item", key);
	json_time(command->out, "taken", item->taken);
	json_string(command->out, "reason", item_reason_name(item->reason));
	json_int(command->out, "tries", item->tries);
	json_close(command->out);
	json_print(command->out);
}

static bool
run_list(Command *command, char **arguments, GError **error)
{
	static const char *const headings[] = {"item", "taken", "reason", "tries", NULL};
	Session *session = command_own_session(command, error);
	g_autoptr(GArray) items = NULL;
	CommandTable *table;

	if (session == NULL || (items = item_quarantine_list(session->store, error)) == NULL ||
	    !session_record(session, PURPOSE_AUDIT, "quarantine list", error))
		return false;
	table = command_table_new(headings);
	for (guint i = 0; i < items->len; i++)
		print_item(command, table, &g_array_index(items, ItemQuarantined, i));
	command_table_print(table);
	return true;
}

/* The spool file of an item again: entry (with its key) and bytes. False: it can't be read any more. */
static bool
open_entry(
    GBytes *whole, const ItemQuarantined *item, SpoolEntry **entry, GBytes **raw, GError **error)
{
	gsize offset, size;
	const char *data = g_bytes_get_data(whole, &size);

	if (!spool_parse(data, size, entry, &offset, error))
		return false;
	g_strlcpy((*entry)->key.source, item->source, sizeof(*entry)->key.source);
	(*entry)->key.start = item->start;
	(*entry)->key.n = item->n;
	*raw = g_bytes_new_from_bytes(whole, offset, size - offset);
	return true;
}

static bool
retry(Session *session, Filer *filer, ParserClient *parser, const ItemQuarantined *item,
    bool *filed, GError **error)
{
	ParserLimits limits = outcome_limits(store_conf(session->store));
	g_autoptr(GBytes) whole = item_quarantine_entry(session->store, item, error);
	g_autoptr(GPtrArray) mails = g_ptr_array_new(), results = NULL;
	g_autoptr(SpoolEntry) entry = NULL;
	g_autoptr(GBytes) raw = NULL;
	g_autoptr(FileJob) job = NULL;

	if (whole == NULL || !open_entry(whole, item, &entry, &raw, error))
		return false;
	if (entry->kind == SPOOL_UNFETCHED)
		return error_set(error, ERROR_NOT_FOUND, "it was never fetched: %s",
		    entry->rule != NULL ? entry->rule : "its server doesn't give it out");
	g_ptr_array_add(mails, raw);
	if (!parser_run(parser, mails, &limits, &results, error))
		return false;
	job = outcome_job(filer_preparer(filer), g_steal_pointer(&entry), raw,
	    g_ptr_array_index(results, 0), whole);
	if (!file_retry(filer, item, job, error))
		return false;
	if (file_job_result(job)->state == ITEM_QUARANTINED)
		return error_set(error, ERROR_TOO_BIG, "it stays in quarantine (%s): %s",
		    item_reason_name(file_job_result(job)->reason), file_job_note(job));
	*filed = file_job_entry(job)->kind == SPOOL_MAIL;
	return true;
}

static bool
retry_all(Session *session, ParserClient *parser, const char *which, GError **error)
{
	g_autoptr(Filer) filer = filer_new(session, NULL, error);
	g_autoptr(GArray) items = NULL;
	guint filed = 0, tried = 0;

	if (filer == NULL || (items = item_quarantine_list(session->store, error)) == NULL)
		return false;
	for (guint i = 0; i < items->len; i++) {
		const ItemQuarantined *item = &g_array_index(items, ItemQuarantined, i);
		g_autoptr(GError) failed = NULL;
		char key[SPOOL_ID_SIZE];
		bool done = false;

		key_of(item, key);
		if (which != NULL && strcmp(which, key) != 0)
			continue;
		tried++;
		if (!retry(session, filer, parser, item, &done, &failed))
			printf("%s: %s\n", key, failed->message);
		else
			filed += done;
	}
	if (which != NULL && tried == 0)
		return error_set(error, ERROR_NOT_FOUND, "There is no such item in quarantine");
	printf("%u tried, %u left quarantine\n", tried, filed);
	return true;
}

static bool
run_retry(Command *command, char **arguments, GError **error)
{
	/* Before the store is opened: it must not inherit that. */
	g_autoptr(ParserClient) parser = parser_start(NULL, error);
	Session *session = parser != NULL ? command_own_session(command, error) : NULL;

	return session != NULL && retry_all(session, parser, arguments[0], error);
}

static bool
run_exclude_add(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);

	return session != NULL && exclude_add(session, arguments[0], option_reason, error);
}

static bool
run_exclude_remove(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);

	return session != NULL && exclude_remove(session, arguments[0], option_reason, error);
}

static bool
run_exclude_list(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	g_autoptr(GPtrArray) list = session != NULL ? exclude_list(session, error) : NULL;

	if (list == NULL)
		return false;
	for (guint i = 0; i < list->len; i++) {
		const Exclusion *exclusion = g_ptr_array_index(list, i);

		if (command->json) {
			json_open_object(command->out, NULL);
			json_string(command->out, "pattern", exclusion->pattern);
			json_close(command->out);
			json_print(command->out);
		} else
			puts(exclusion->pattern);
	}
	return true;
}

const CommandEntry cmd_quarantine_table[] = {
    {"quarantine list", NULL, "List mail that could not be parsed", NULL, 0, 0, COMMAND_JSON,
	run_list},
    {"quarantine retry", "[ITEM]", "Try to file it again", NULL, 0, 1, COMMAND_PLAIN, run_retry},
    {"exclude add", "ADDRESS|@DOMAIN", "Keep mail with an address or a domain away", reason_options,
	1, 1, COMMAND_AS, run_exclude_add},
    {"exclude remove", "ADDRESS|@DOMAIN", "Let it in again", reason_options, 1, 1, COMMAND_AS,
	run_exclude_remove},
    {"exclude list", NULL, "List what stays away", NULL, 0, 0, COMMAND_JSON | COMMAND_AS,
	run_exclude_list},
    {NULL},
};
