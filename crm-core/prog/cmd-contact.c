/* Contacts: add, show, edit, list, move, delete, export. */
#include "config.h"

#include "base/log.h"
#include "prog/command-find.h"
#include "prog/command-retro.h"
#include "rules/contact-edit.h"

#include <stdio.h>
#include <string.h>

#define VCARD_FILE_MAX (8 * 1024 * 1024)

static char *option_book, *option_name, *option_organisation, *option_title, *option_note,
    *option_kind, *option_uid, *option_vcard, *option_role, *option_from, *option_to;
static char **option_emails, **option_phones, **option_roles, **option_domains, **option_employers;
static int option_version = 40, option_limit;

#define CARD_OPTIONS                                                                               \
	{"name", 0, 0, G_OPTION_ARG_STRING, &option_name, "Full name", "NAME"},                    \
	    {"email", 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_emails,                             \
		"Mail address (may be given several times)", "ADDRESS"},                           \
	    {"phone", 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_phones,                             \
		"Telephone number (may be given several times)", "NUMBER"},                        \
	    {"organisation", 0, 0, G_OPTION_ARG_STRING, &option_organisation, "Where it belongs",  \
		"NAME"},                                                                           \
	    {"title", 0, 0, G_OPTION_ARG_STRING, &option_title, "Position", "TEXT"},               \
	    {"note", 0, 0, G_OPTION_ARG_STRING, &option_note, "A note", "TEXT"},                   \
	    {"kind", 0, 0, G_OPTION_ARG_STRING, &option_kind, "person or organisation", "KIND"},   \
	    {"role", 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_roles,                               \
		"customer, supplier, partner, colleague, former-employee (several times)",         \
		"ROLE"},                                                                           \
	    {"domain", 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_domains,                           \
		"Mail domain of an organisation (several times)", "DOMAIN"},                       \
	    {"employer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_employers,                       \
		"An organisation among the contacts (several times)", "CONTACT"},                  \
	{                                                                                          \
		"vcard", 0, 0, G_OPTION_ARG_FILENAME, &option_vcard,                               \
		    "Take the whole card from this file (- is standard input)", "FILE"             \
	}

static const GOptionEntry add_options[] = {
    {"book", 0, 0, G_OPTION_ARG_STRING, &option_book, "The address book", "BOOK"},
    {"uid", 0, 0, G_OPTION_ARG_STRING, &option_uid, "vCard UID; otherwise a random one", "UID"},
    CARD_OPTIONS,
    COMMAND_RETRO_OPTIONS,
    {NULL},
};
static const GOptionEntry edit_options[] = {CARD_OPTIONS, COMMAND_RETRO_OPTIONS, {NULL}};
static const GOptionEntry list_options[] = {
    {"book", 0, 0, G_OPTION_ARG_STRING, &option_book, "Only of this address book", "BOOK"},
    {"role", 0, 0, G_OPTION_ARG_STRING, &option_role, "Only with one of these roles",
	"ROLE[,ROLE]"},
    {"kind", 0, 0, G_OPTION_ARG_STRING, &option_kind, "person or organisation", "KIND"},
    {"limit", 0, 0, G_OPTION_ARG_INT, &option_limit, "At most so many", "N"},
    {NULL},
};
static const GOptionEntry export_options[] = {
    {"book", 0, 0, G_OPTION_ARG_STRING, &option_book, "Only of this address book", "BOOK"},
    {"role", 0, 0, G_OPTION_ARG_STRING, &option_role, "Only with one of these roles",
	"ROLE[,ROLE]"},
    {"vcard-version", 0, 0, G_OPTION_ARG_INT, &option_version, "30 or 40 (the default)", "N"},
    {NULL},
};
static const GOptionEntry move_options[] = {
    {"from", 0, 0, G_OPTION_ARG_STRING, &option_from, "Out of this address book", "BOOK"},
    {"to", 0, 0, G_OPTION_ARG_STRING, &option_to, "Into this address book", "BOOK"},
    {NULL},
};

static bool
parse_kind(Command *command, int *ret, GError **error)
{
	if (option_kind == NULL)
		return true;
	if (strcmp(option_kind, "person") == 0)
		*ret = CONTACT_PERSON;
	else if (strcmp(option_kind, "organisation") == 0)
		*ret = CONTACT_ORGANISATION;
	else
		return command_usage(command, error, "--kind is person or organisation.");
	return true;
}

static Vcard *
read_card(const char *path, GError **error)
{
	g_autoptr(GBytes) bytes = command_read_file(path, VCARD_FILE_MAX, error);
	g_autoptr(GPtrArray) problems = NULL;
	g_autoptr(GPtrArray) cards = bytes == NULL ? NULL : vcard_read(bytes, &problems, error);

	if (cards == NULL)
		return NULL;
	if (cards->len != 1) {
		error_set(error, ERROR_INVALID,
		    "The file has %u cards: use \"kartoteka contact import\".", cards->len);
		return NULL;
	}
	if (problems->len > 0) {
		const VcardProblem *problem = problems->pdata[0];

		error_set(error, ERROR_INVALID, "Line %u: %s", problem->line, problem->text);
		return NULL;
	}
	return g_ptr_array_steal_index(cards, 0);
}

/* The UIDs of those that the option names; *ret stays NULL without it. */
static bool
find_employers(Command *command, char ***ret, GError **error)
{
	g_autoptr(GStrvBuilder) uids = g_strv_builder_new();

	for (char **name = option_employers; name != NULL && *name != NULL; name++) {
		g_autoptr(ContactView) employer = NULL;
		g_autofree char *uid = NULL;
		Id id;

		if (**name == '\0')
			continue;
		if (!command_find_contact(command, *name, &id, error) ||
		    (employer = contact_show(command->session, &id, error)) == NULL)
			return false;
		uid = vcard_get(employer->card, "UID");
		g_strv_builder_add(uids, uid);
	}
	if (option_employers != NULL)
		*ret = g_strv_builder_end(uids);
	return true;
}

static bool
find_roles(int *ret, GError **error)
{
	guint roles = 0;

	for (char **name = option_roles; name != NULL && *name != NULL; name++) {
		ContactRole role;

		if (**name == '\0')
			continue;
		if (!contact_role_parse(*name, &role, error))
			return false;
		roles |= 1u << role;
	}
	*ret = option_roles == NULL ? -1 : (int)roles;
	return true;
}

static bool
apply_options(Command *command, Vcard *card, GError **error)
{
	g_auto(GStrv) employers = NULL;
	ContactEdit edit = {
	    .name = option_name,
	    .organisation = option_organisation,
	    .title = option_title,
	    .note = option_note,
	    .addresses = option_emails,
	    .phones = option_phones,
	    .domains = option_domains,
	};

	if (!parse_kind(command, &edit.kind, error) || !find_roles(&edit.roles, error) ||
	    !find_employers(command, &employers, error))
		return false;
	edit.employers = employers;
	if (option_uid != NULL)
		vcard_set(card, "UID", *option_uid == '\0' ? NULL : option_uid);
	return contact_edit_apply(&edit, card, error);
}

static bool
run_add(Command *command, char **arguments, GError **error)
{
	g_autoptr(Vcard) card = NULL;
	g_auto(GStrv) addresses = NULL;
	g_autofree char *text = NULL;
	Session *session;
	bool fetch;
	Id book, id;

	if (option_book == NULL)
		return command_usage(command, error, "Say into which address book with --book.");
	if (!command_retro_check(command, error))
		return false;
	card = option_vcard != NULL ? read_card(option_vcard, error) : vcard_new();
	if (card == NULL || (session = command_session(command, error)) == NULL ||
	    !command_find_book(command, option_book, &book, error) ||
	    !apply_options(command, card, error))
		return false;
	addresses = vcard_all(card, "EMAIL");
	if (!command_retro_look(session, addresses, &fetch, error) ||
	    !contact_create(session, &book, card, &id, error))
		return false;
	text = id_text(&id);
	puts(text);
	return !fetch || command_retro_fetch(session, addresses, &id, error);
}

static bool
run_edit(Command *command, char **arguments, GError **error)
{
	g_autoptr(ContactView) view = NULL;
	g_autoptr(Vcard) card = NULL;
	g_auto(GStrv) addresses = NULL;
	g_autofree char *version = NULL;
	Session *session;
	bool fetch;
	Id id;

	if (!command_retro_check(command, error))
		return false;
	if (option_vcard != NULL && (card = read_card(option_vcard, error)) == NULL)
		return false;
	if ((session = command_session(command, error)) == NULL ||
	    !command_find_contact(command, arguments[0], &id, error) ||
	    (view = contact_show(session, &id, error)) == NULL)
		return false;
	version = contact_version(view);
	if (card != NULL) {
		g_autofree char *uid = vcard_get(view->card, "UID");

		vcard_set(card, "UID", uid);
	}
	if (!apply_options(command, card != NULL ? card : view->card, error))
		return false;
	addresses = vcard_all(card != NULL ? card : view->card, "EMAIL");
	return command_retro_look(session, addresses, &fetch, error) &&
	       contact_change(session, &id, card != NULL ? card : view->card, version, error) &&
	       (!fetch || command_retro_fetch(session, addresses, &id, error));
}

static char *
roles_text(guint roles)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (int role = CONTACT_CUSTOMER; role <= CONTACT_ROLE_LAST; role++)
		if (roles & 1u << role)
			g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "",
			    contact_role_name((ContactRole)role));
	return g_strdup(text->str);
}

static void
print_line(const char *what, const char *value)
{
	g_autofree char *safe = log_escape(value);

	if (*value != '\0')
		printf("%-14s %s\n", what, safe);
}

static void
print_lines(const char *what, char *const *values)
{
	for (; *values != NULL; values++)
		print_line(what, *values);
}

static const char *
kind_name(ContactKind kind)
{
	return kind == CONTACT_ORGANISATION ? "organisation" : "person";
}

static void
put_json(Json *json, const ContactView *view)
{
	g_autofree char *uid = vcard_get(view->card, "UID");

	json_open_object(json, NULL);
	json_id(json, "id", &view->id);
	json_string(json, "uid", uid);
	json_string(json, "kind", kind_name(view->kind));
	json_string(json, "name", view->name);
	json_string(json, "organisation", view->organisation);
	json_string(json, "title", view->title);
	json_strings(json, "addresses", view->addresses);
	json_strings(json, "phones", view->phones);
	json_strings(json, "domains", view->domains);
	json_open_array(json, "roles");
	for (int role = CONTACT_CUSTOMER; role <= CONTACT_ROLE_LAST; role++)
		if (view->roles & 1u << role)
			json_string(json, NULL, contact_role_name((ContactRole)role));
	json_close(json);
	json_string(json, "note", view->note);
}

static char **
names_of(GPtrArray *things, bool books)
{
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();

	for (guint i = 0; i < things->len; i++)
		g_strv_builder_add(names, books ? ((const Book *)things->pdata[i])->name
						: ((const ContactView *)things->pdata[i])->name);
	return g_strv_builder_end(names);
}

static bool
run_show(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	g_autoptr(ContactView) view = NULL;
	g_autoptr(GPtrArray) books = NULL, employers = NULL, people = NULL;
	g_auto(GStrv) book_names = NULL, employer_names = NULL, people_names = NULL;
	g_autofree char *id_string = NULL, *roles = NULL;
	Id id;

	if (session == NULL || !command_find_contact(command, arguments[0], &id, error) ||
	    (view = contact_show(session, &id, error)) == NULL ||
	    (books = contact_shown_books(session, &id, error)) == NULL ||
	    (employers = contact_shown_employers(session, &id, error)) == NULL ||
	    (people = contact_shown_people(session, &id, error)) == NULL ||
	    !session_record(session, PURPOSE_READ, "contact show", error))
		return false;
	book_names = names_of(books, true);
	employer_names = names_of(employers, false);
	people_names = names_of(people, false);
	if (command->json) {
		put_json(command->out, view);
		json_strings(command->out, "books", book_names);
		json_strings(command->out, "employers", employer_names);
		json_strings(command->out, "people", people_names);
		json_close(command->out);
		json_print(command->out);
		return true;
	}
	id_string = id_text(&id);
	roles = roles_text(view->roles);
	print_line("id", id_string);
	print_line("kind", kind_name(view->kind));
	print_line("name", view->name);
	print_line("organisation", view->organisation);
	print_line("title", view->title);
	print_lines("email", view->addresses);
	print_lines("phone", view->phones);
	print_lines("domain", view->domains);
	print_line("roles", roles);
	print_lines("employer", employer_names);
	print_lines("people", people_names);
	print_lines("book", book_names);
	print_line("note", view->note);
	return true;
}

/* The query of the options; book must outlive it. */
static bool
make_query(Command *command, Id *book, ContactQuery *query, GError **error)
{
	g_auto(GStrv) roles = option_role == NULL ? NULL : g_strsplit(option_role, ",", -1);

	for (char **name = roles; name != NULL && *name != NULL; name++) {
		ContactRole role;

		if (!contact_role_parse(*name, &role, error))
			return false;
		query->roles |= 1u << role;
	}
	if (option_book != NULL) {
		if (!command_find_book(command, option_book, book, error))
			return false;
		query->book = book;
	}
	if (option_limit < 0)
		return command_usage(command, error, "--limit is a number from 1 on.");
	query->limit = (guint)option_limit;
	return parse_kind(command, &query->kind, error);
}

static bool
run_list(Command *command, char **arguments, GError **error)
{
	static const char *const headings[] = {
	    "ID", "NAME", "ORGANISATION", "ROLES", "ADDRESSES", NULL};
	Session *session = command_session(command, error);
	g_autoptr(GPtrArray) views = NULL;
	ContactQuery query = {0};
	CommandTable *table;
	Id book;

	if (session == NULL || !make_query(command, &book, &query, error) ||
	    (views = contact_browse(session, &query, error)) == NULL ||
	    !session_record(session, PURPOSE_READ, "contact list", error))
		return false;
	table = command_list_new(command, headings);
	for (guint i = 0; i < views->len; i++) {
		const ContactView *view = views->pdata[i];
		g_autofree char *id = id_text(&view->id), *roles = roles_text(view->roles);
		g_autofree char *addresses = g_strjoinv(" ", view->addresses);

		if (command->json) {
			put_json(command->out, view);
			json_close(command->out);
		} else {
			command_table_row(
			    table, id, view->name, view->organisation, roles, addresses, NULL);
		}
	}
	command_list_print(command, table);
	return true;
}

static bool
run_delete(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id, book;

	if (session == NULL || !command_find_contact(command, arguments[0], &id, error))
		return false;
	if (option_book == NULL)
		return contact_remove(session, &id, error);
	return command_find_book(command, option_book, &book, error) &&
	       contact_take_out(session, &id, &book, error);
}

static bool
run_move(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	Id id, from, to;

	if (session == NULL)
		return false;
	if (option_to == NULL)
		return command_usage(command, error, "Say into which address book with --to.");
	if (!command_find_contact(command, arguments[0], &id, error) ||
	    !command_find_book(command, option_to, &to, error))
		return false;
	if (option_from == NULL)
		return contact_put_in(session, &id, &to, error);
	return command_find_book(command, option_from, &from, error) &&
	       contact_move(session, &id, &from, &to, error);
}

static bool
run_export(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	g_autofree char *text = NULL;
	ContactQuery query = {0};
	guint count;
	Id book;

	if (session == NULL)
		return false;
	if (option_version != 30 && option_version != 40)
		return command_usage(command, error, "--vcard-version is 30 or 40.");
	if (!make_query(command, &book, &query, error) ||
	    (text = contact_export(session, &query, option_version, &count, error)) == NULL)
		return false;
	fputs(text, stdout);
	fprintf(stderr, "%u contacts\n", count);
	return true;
}

static const GOptionEntry delete_options[] = {
    {"book", 0, 0, G_OPTION_ARG_STRING, &option_book, "Only out of this address book", "BOOK"},
    {NULL},
};

extern const CommandEntry cmd_contact_table[];
const CommandEntry cmd_contact_table[] = {
    {"contact add", NULL, "Add a contact to an address book", add_options, 0, 0, COMMAND_AS,
	run_add},
    {"contact show", "CONTACT", "Show a contact", NULL, 1, 1, COMMAND_AS | COMMAND_JSON, run_show},
    {"contact edit", "CONTACT", "Change what the options name; an empty value removes it",
	edit_options, 1, 1, COMMAND_AS, run_edit},
    {"contact list", NULL, "List contacts", list_options, 0, 0, COMMAND_AS | COMMAND_JSON,
	run_list},
    {"contact move", "CONTACT", "Put a contact into another address book", move_options, 1, 1,
	COMMAND_AS, run_move},
    {"contact delete", "CONTACT", "Delete a contact; its history stays", delete_options, 1, 1,
	COMMAND_AS, run_delete},
    {"contact export", NULL, "Write contacts as vCards", export_options, 0, 0, COMMAND_AS,
	run_export},
    {NULL},
};
