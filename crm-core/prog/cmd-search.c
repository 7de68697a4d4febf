/* Looking things up: search, a contact's history, one message; and the index. */
#include "config.h"

#include "base/error.h"
#include "base/spool.h"
#include "prog/command-find.h"
#include "rules/index.h"
#include "rules/search.h"
#include "rules/view.h"
#include "store/filing.h"
#include "store/item.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *option_after;
static int option_limit = HISTORY_LINES, option_part = -1;
static gboolean option_source, option_html;

static const GOptionEntry page_options[] = {
    {"limit", 0, 0, G_OPTION_ARG_INT, &option_limit, "At most so many lines (1 to 50)", "N"},
    {"after", 0, 0, G_OPTION_ARG_STRING, &option_after, "Go on where a page ended", "CURSOR"},
    {NULL},
};
static const GOptionEntry show_options[] = {
    {"source", 0, 0, G_OPTION_ARG_NONE, &option_source, "Write the message as it came", NULL},
    {"html", 0, 0, G_OPTION_ARG_NONE, &option_html, "Write its HTML text", NULL},
    {"part", 0, 0, G_OPTION_ARG_INT, &option_part, "Write the bytes of a part", "N"},
    {NULL},
};

static const char *
direction_name(HistoryDirection direction)
{
	static const char *const names[] = {"in", "out", "unverified"};

	return names[direction];
}

/* "Jana Nová <jana@x.cz>" */
static char *
person_text(const char *name, const char *address)
{
	return name != NULL ? g_strdup_printf("%s <%s>", name, address) : g_strdup(address);
}

static void
json_people(Json *out, const char *key, GPtrArray *people)
{
	json_open_array(out, key);
	for (guint i = 0; i < people->len; i++) {
		const SummaryPerson *person = people->pdata[i];

		json_open_object(out, NULL);
		json_string(out, "name", person->name);
		json_string(out, "address", person->address);
		json_close(out);
	}
	json_close(out);
}

/* The members of a line, within an open object. */
static void
json_line(Json *out, const HistoryLine *line)
{
	json_id(out, "message", &line->message);
	json_time(out, "time", line->time);
	json_string(out, "direction", direction_name(line->direction));
	json_bool(out, "verified", line->verified);
	json_bool(out, "header_only", (line->flags & MESSAGE_HEADER_ONLY) != 0);
	json_string(out, "subject", line->summary->subject);
	json_people(out, "from", line->summary->from);
	json_people(out, "to", line->summary->to);
	json_people(out, "cc", line->summary->cc);
	json_people(out, "bcc", line->summary->bcc);
	json_open_array(out, "attachments");
	for (guint i = 0; i < line->summary->attachments->len; i++) {
		const SummaryAttachment *attachment = line->summary->attachments->pdata[i];

		json_open_object(out, NULL);
		json_int(out, "part", attachment->part);
		json_string(out, "name", attachment->name);
		json_string(out, "type", attachment->type);
		json_int(out, "size", (gint64)attachment->size);
		json_close(out);
	}
	json_close(out);
	json_open_array(out, "filed");
	for (guint i = 0; i < line->filings->len; i++) {
		const HistoryFiling *filing = &g_array_index(line->filings, HistoryFiling, i);

		json_open_object(out, NULL);
		json_id(out, "contact", &filing->contact);
		json_string(out, "reason", filing_reason_name(filing->reason));
		json_bool(out, "open", filing->open);
		json_close(out);
	}
	json_close(out);
	json_open_array(out, "versions");
	for (guint i = 0; i < line->versions->len; i++)
		json_id(out, NULL, &g_array_index(line->versions, Id, i));
	json_close(out);
}

static void
table_line(CommandTable *table, const HistoryLine *line)
{
	g_autofree char *time = command_time_text(line->time), *id = id_text(&line->message);
	const SummaryPerson *from =
	    line->summary->from->len > 0 ? line->summary->from->pdata[0] : NULL;
	g_autofree char *attachments = line->summary->attachments->len == 0
					   ? g_strdup("")
					   : g_strdup_printf("%u", line->summary->attachments->len);

	command_table_row(table, time, direction_name(line->direction),
	    from == NULL         ? ""
	    : from->name != NULL ? from->name
				 : from->address,
	    line->summary->subject, attachments, id, NULL);
}

static const char *const line_headings[] = {
    "TIME", "", "FROM", "SUBJECT", "FILES", "MESSAGE", NULL};

static bool
check_limit(Command *command, guint most, GError **error)
{
	if (option_limit >= 1 && option_limit <= (int)most)
		return true;
	return command_usage(command, error, "--limit is a number from 1 to %u", most);
}

static void
search_json(Json *out, const SearchPage *page)
{
	json_open_object(out, NULL);
	json_open_array(out, "contacts");
	for (guint i = 0; i < page->contacts->len; i++) {
		const SearchContact *contact = page->contacts->pdata[i];

		json_open_object(out, NULL);
		json_id(out, "contact", &contact->id);
		json_string(out, "name", contact->name);
		json_string(out, "organisation", contact->organisation);
		json_string(out, "address", contact->address);
		json_close(out);
	}
	json_close(out);
	json_open_array(out, "mail");
	for (guint i = 0; i < page->mail->len; i++) {
		const SearchHit *hit = page->mail->pdata[i];

		json_open_object(out, NULL);
		json_line(out, hit->line);
		json_string(out, "snippet", hit->snippet);
		json_close(out);
	}
	json_close(out);
	json_bool(out, "more", page->more);
	json_bool(out, "more_contacts", page->more_contacts);
	json_bool(out, "indexing", page->lag > 0);
	json_string(out, "next", page->next);
	json_close(out);
	json_print(out);
}

static void
search_text(const SearchPage *page)
{
	static const char *const headings[] = {"CONTACT", "ORGANISATION", "ADDRESS", "ID", NULL};
	CommandTable *contacts = command_table_new(headings);
	CommandTable *mail = command_table_new(line_headings);

	for (guint i = 0; i < page->contacts->len; i++) {
		const SearchContact *contact = page->contacts->pdata[i];
		g_autofree char *id = id_text(&contact->id);

		command_table_row(
		    contacts, contact->name, contact->organisation, contact->address, id, NULL);
	}
	command_table_print(contacts);
	for (guint i = 0; i < page->mail->len; i++)
		table_line(mail, ((SearchHit *)page->mail->pdata[i])->line);
	command_table_print(mail);
	if (page->more)
		printf("There is more: --after %s\n", page->next);
	if (page->mail->len == 0 && page->contacts->len == 0)
		puts("Nothing was found.");
}

static bool
run_search(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	g_autofree char *query = g_strjoinv(" ", arguments);
	g_autoptr(SearchPage) page = NULL;

	if (session == NULL || !check_limit(command, SEARCH_PAGE, error))
		return false;
	page = search_all(session, query, option_after, (guint)option_limit, error);
	if (page == NULL)
		return false;
	if (command->json)
		search_json(command->out, page);
	else
		search_text(page);
	return true;
}

static bool
run_history(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	g_autoptr(HistoryPage) page = NULL;
	CommandTable *table;
	Id contact;

	if (session == NULL || !check_limit(command, HISTORY_PAGE, error) ||
	    !command_find_contact(command, arguments[0], &contact, error))
		return false;
	page = history_open(session, &contact, option_after, (guint)option_limit, error);
	if (page == NULL)
		return false;
	if (command->json) {
		json_open_object(command->out, NULL);
		json_open_array(command->out, "lines");
		for (guint i = 0; i < page->lines->len; i++) {
			json_open_object(command->out, NULL);
			json_line(command->out, page->lines->pdata[i]);
			json_close(command->out);
		}
		json_close(command->out);
		json_string(command->out, "next", page->next);
		json_close(command->out);
		json_print(command->out);
		return true;
	}
	table = command_table_new(line_headings);
	for (guint i = 0; i < page->lines->len; i++)
		table_line(table, page->lines->pdata[i]);
	command_table_print(table);
	if (page->next != NULL)
		printf("There is more: --after %s\n", page->next);
	return true;
}

static const char *
via_name(int kind)
{
	static const char *const names[] = {"smtp", "imap", "import", "form"};

	return kind >= SPOOL_SMTP && kind <= SPOOL_FORM ? names[kind] : "?";
}

static void
view_json(Json *out, const View *view)
{
	json_open_object(out, NULL);
	json_line(out, view->line);
	json_string(out, "proof", item_proof_name(view->line->proof));
	json_open_array(out, "people");
	for (guint i = 0; i < view->people->len; i++) {
		const ViewPerson *person = view->people->pdata[i];

		json_open_object(out, NULL);
		json_string(out, "role", mail_role_name(person->role));
		json_string(out, "name", person->name);
		json_string(out, "address", person->address);
		json_id(out, "contact", &person->contact);
		json_close(out);
	}
	json_close(out);
	json_open_array(out, "copies");
	for (guint i = 0; i < view->sightings->len; i++) {
		const Sighting *sighting = view->sightings->pdata[i];

		json_open_object(out, NULL);
		json_time(out, "taken", sighting->taken);
		json_string(out, "source", sighting->source);
		json_string(out, "via", via_name(sighting->kind));
		json_string(out, "proof", item_proof_name(sighting->proof));
		json_string(out, "mailbox", sighting->owner);
		json_string(out, "folder", sighting->folder);
		json_close(out);
	}
	json_close(out);
	json_open_array(out, "thread");
	for (guint i = 0; i < view->thread->len; i++)
		json_id(out, NULL, &((HistoryLine *)view->thread->pdata[i])->message);
	json_close(out);
	json_string(out, "text", view->mail->body);
	json_close(out);
	json_print(out);
}

static void
view_text(const View *view)
{
	g_autofree char *time = command_time_text(view->line->time);

	printf("time: %s\n", time);
	if ((view->line->flags & MESSAGE_HEADER_ONLY) != 0)
		puts("only the header was taken: its mailbox is set up so");
	for (guint i = 0; i < view->people->len; i++) {
		const ViewPerson *person = view->people->pdata[i];
		g_autofree char *text = person_text(person->name, person->address);

		printf("%s: %s\n", mail_role_name(person->role), text);
	}
	printf("subject: %s\n", view->line->summary->subject);
	for (guint i = 0; i < view->line->summary->attachments->len; i++) {
		const SummaryAttachment *attachment = view->line->summary->attachments->pdata[i];

		printf("part %d: %s (%s, %" G_GUINT64_FORMAT " bytes)\n", attachment->part,
		    attachment->name != NULL ? attachment->name : "-", attachment->type,
		    attachment->size);
	}
	printf("\n%s\n", view->mail->body);
}

static bool
write_bytes(GBytes *bytes, GError **error)
{
	gsize size;
	const void *data = g_bytes_get_data(bytes, &size);

	if (fwrite(data, 1, size, stdout) != size || fflush(stdout) != 0)
		return error_set(error, ERROR_TEMPORARY, "The output can't be written");
	return true;
}

static bool
run_show(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	g_autoptr(View) view = NULL;
	g_autoptr(GBytes) bytes = NULL;
	Id id;

	if (session == NULL || !id_parse(arguments[0], &id, error))
		return false;
	if (option_html) {
		char *html = view_html(session, &id, error);

		bytes = html != NULL ? g_bytes_new_take(html, strlen(html)) : NULL;
	} else if (option_source) {
		bytes = view_source(session, &id, error);
	} else if (option_part >= 0) {
		bytes = view_part(session, &id, option_part, NULL, error);
	}
	if (option_html || option_source || option_part >= 0)
		return bytes != NULL && write_bytes(bytes, error);
	view = view_open(session, &id, error);
	if (view == NULL)
		return false;
	if (command->json)
		view_json(command->out, view);
	else
		view_text(view);
	return true;
}

static void
show_progress(gint64 done, gint64 total, gpointer data)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "%s", done, total,
		    done >= total ? "\n" : "");
}

static bool
run_rebuild(Command *command, char **arguments, GError **error)
{
	Store *store = command_store(command, error);
	g_autoptr(Session) session = store != NULL ? session_new_daemon(store, error) : NULL;

	return session != NULL && index_rebuild(session, show_progress, NULL, error);
}

extern const CommandEntry cmd_search_table[];

const CommandEntry cmd_search_table[] = {
    {"search rebuild", NULL, "Make the full-text index again", NULL, 0, 0, COMMAND_PLAIN,
	run_rebuild},
    {"search", "QUERY...", "Search contacts and mail", page_options, 1, -1,
	COMMAND_JSON | COMMAND_AS, run_search},
    {"history", "CONTACT", "List the correspondence with a contact", page_options, 1, 1,
	COMMAND_JSON | COMMAND_AS, run_history},
    {"show", "MESSAGE", "Show a message", show_options, 1, 1, COMMAND_JSON | COMMAND_AS, run_show},
    {NULL},
};
