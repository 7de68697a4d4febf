/* The access record: who worked with what, and whether it is whole. */
#include "config.h"

#include "prog/command-find.h"
#include "rules/audit.h"

#include <stdio.h>
#include <string.h>

static char *option_user, *option_object, *option_since, *option_until;
static gint option_limit;

static const GOptionEntry list_options[] = {
    {"user", 0, 0, G_OPTION_ARG_STRING, &option_user, "What this user did", "LOGIN"},
    {"object", 0, 0, G_OPTION_ARG_STRING, &option_object, "Who worked with this", "KIND:ID"},
    {"since", 0, 0, G_OPTION_ARG_STRING, &option_since, "From then on", "DATE"},
    {"until", 0, 0, G_OPTION_ARG_STRING, &option_until, "Up to then", "DATE"},
    {"limit", 0, 0, G_OPTION_ARG_INT, &option_limit, "At most so many rows (1000)", "N"},
    {NULL},
};

static bool
read_object(Command *command, AccessObject *ret, GError **error)
{
	const char *colon = strchr(option_object, ':');
	g_autofree char *kind =
	    g_strndup(option_object, colon != NULL ? (gsize)(colon - option_object) : 0);

	if (!audit_object_parse(kind, &ret->kind, error))
		return false;
	if (ret->kind == OBJECT_CONTACT)
		return command_find_contact(command, colon + 1, &ret->id, error) ||
		       (g_clear_error(error), id_parse(colon + 1, &ret->id, error));
	return id_parse(colon + 1, &ret->id, error);
}

static bool
read_filter(Command *command, AccessFilter *filter, GError **error)
{
	if (option_limit < 0)
		return command_usage(command, error, "--limit is a number above 0.");
	filter->limit = option_limit;
	return (option_object == NULL || read_object(command, &filter->object, error)) &&
	       (option_user == NULL ||
		   command_find_user(command, option_user, &filter->user, error)) &&
	       (option_since == NULL || command_time(option_since, false, &filter->since, error)) &&
	       (option_until == NULL || command_time(option_until, true, &filter->until, error));
}

static char *
who_text(Command *command, const Actor *actor)
{
	g_autofree char *login = id_is_zero(&actor->user)
				     ? NULL
				     : command_holder_name(command->store, &actor->user, false);
	g_autofree char *behalf =
	    id_is_zero(&actor->on_behalf)
		? NULL
		: command_holder_name(command->store, &actor->on_behalf, false);

	return g_strconcat(login != NULL ? login : audit_actor_name(actor->kind),
	    behalf != NULL ? " for " : "", behalf, NULL);
}

static char *
objects_text(const GArray *objects)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < objects->len && i < 3; i++) {
		const AccessObject *object = &g_array_index(objects, AccessObject, i);
		char id[ID_TEXT_SIZE];

		id_to_text(&object->id, id);
		g_string_append_printf(
		    text, "%s%s:%s", i > 0 ? " " : "", audit_object_name(object->kind), id);
	}
	if (objects->len > 3)
		g_string_append_printf(text, " and %u more", objects->len - 3);
	return g_string_free(text, FALSE);
}

static void
write_json(Command *command, const AccessEntry *entry, const char *who)
{
	Json *out = command->out;

	json_open_object(out, NULL);
	json_string(out, "chain", entry->chain == ACCESS_CHANGES ? "changes" : "reads");
	json_int(out, "row", entry->row.seq);
	json_time(out, "time", entry->row.time);
	json_string(out, "actor_kind", audit_actor_name(entry->row.actor.kind));
	json_id(out, "actor", &entry->row.actor.user);
	json_id(out, "on_behalf", &entry->row.actor.on_behalf);
	json_string(out, "who", who);
	json_string(out, "surface", audit_surface_name(entry->row.surface));
	json_string(out, "purpose", audit_purpose_name(entry->row.purpose));
	json_string(out, "result",
	    entry->row.result == 0 ? "done" : error_name((ErrorCode)(entry->row.result - 1)));
	json_string(out, "detail", entry->row.detail);
	json_open_array(out, "objects");
	for (guint i = 0; i < entry->row.objects->len; i++) {
		const AccessObject *object = &g_array_index(entry->row.objects, AccessObject, i);

		json_open_object(out, NULL);
		json_string(out, "kind", audit_object_name(object->kind));
		json_id(out, "id", &object->id);
		json_close(out);
	}
	json_close(out);
	json_close(out);
}

static bool
run_list(Command *command, char **arguments, GError **error)
{
	static const char *const headings[] = {
	    "TIME", "WHO", "HOW", "WHAT FOR", "RESULT", "OBJECTS", "DETAIL", NULL};
	Session *session = command_session(command, error);
	AccessFilter filter = {0};
	g_autoptr(GPtrArray) entries = NULL;
	CommandTable *table;

	if (session == NULL || !read_filter(command, &filter, error) ||
	    (entries = audit_list(session, &filter, error)) == NULL)
		return false;
	table = command_list_new(command, headings);
	for (guint i = 0; i < entries->len; i++) {
		const AccessEntry *entry = entries->pdata[i];
		const AccessRow *row = &entry->row;
		g_autofree char *who = who_text(command, &row->actor);
		g_autofree char *time = command_time_text(row->time);
		g_autofree char *objects = objects_text(row->objects);

		if (command->json) {
			write_json(command, entry, who);
			continue;
		}
		command_table_row(table, time, who, audit_surface_name(row->surface),
		    audit_purpose_name(row->purpose),
		    row->result == 0 ? "done" : error_name((ErrorCode)(row->result - 1)), objects,
		    row->detail != NULL ? row->detail : "", NULL);
	}
	command_list_print(command, table);
	return true;
}

static void
write_report(Json *out, const AccessReport *report)
{
	json_open_object(out, NULL);
	json_int(out, "changes", report->rows[ACCESS_CHANGES]);
	json_int(out, "reads", report->rows[ACCESS_READS]);
	json_int(out, "pruned", report->pruned[ACCESS_CHANGES] + report->pruned[ACCESS_READS]);
	json_int(out, "checkpoints", report->checkpoints);
	json_string(out, "public_key", report->public_key);
}

static bool
run_verify(Command *command, char **arguments, GError **error)
{
	Store *store = command_store(command, error);
	g_autoptr(AccessReport) report = store != NULL ? audit_verify(store, error) : NULL;

	if (report == NULL)
		return false;
	if (command->json)
		write_report(command->out, report);
	command_problems(command, report->problems);
	if (report->problems->len > 0)
		return error_set(error, ERROR_INTERNAL,
		    "The access record isn't as it was written: %u problems.",
		    report->problems->len);
	if (!command->json)
		printf("%" G_GINT64_FORMAT " changes and %" G_GINT64_FORMAT
		       " reads are as they were written, by %" G_GINT64_FORMAT
		       " signed checkpoints (key %s).\n",
		    report->rows[ACCESS_CHANGES], report->rows[ACCESS_READS], report->checkpoints,
		    report->public_key);
	return true;
}

const CommandEntry cmd_audit_table[] = {
    {"audit list", NULL, "Show who worked with what, and when", list_options, 0, 0,
	COMMAND_JSON | COMMAND_AS, run_list},
    {"audit verify", NULL, "Look whether the access record is whole", NULL, 0, 0, COMMAND_JSON,
	run_verify},
    {NULL},
};
