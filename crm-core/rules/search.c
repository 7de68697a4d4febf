#include "rules/search.h"

#include "base/clock.h"
#include "base/error.h"
#include "mail/record.h"
#include "rules/cursor.h"
#include "rules/vcard.h"
#include "store/contact.h"

#include <string.h>

#define SNIPPET_CHARS 200
#define FIRST_CONTACTS 5    /* above the mail */
#define CONTACT_MATCHES 100 /* contacts that contact: may mean */
#define PREFIX_STEP_US 30000
#define NAMED_MAX 1000 /* contacts that are looked through for one of a name */

static void
hit_free(SearchHit *hit)
{
	history_line_free(hit->line);
	g_free(hit->snippet);
	if (hit->marks != NULL)
		g_array_unref(hit->marks);
	g_free(hit);
}

static void
contact_free_shown(SearchContact *contact)
{
	g_free(contact->name);
	g_free(contact->organisation);
	g_free(contact->address);
	g_free(contact);
}

static SearchPage *
page_new(void)
{
	SearchPage *page = g_new0(SearchPage, 1);

	page->mail = g_ptr_array_new_with_free_func((GDestroyNotify)hit_free);
	page->contacts = g_ptr_array_new_with_free_func((GDestroyNotify)contact_free_shown);
	return page;
}

void
search_page_free(SearchPage *page)
{
	if (page == NULL)
		return;
	g_ptr_array_unref(page->mail);
	g_ptr_array_unref(page->contacts);
	g_free(page->next);
	g_free(page);
}

/* Around the words found: out of the body, or the line's own beginning when they stand elsewhere. */
static bool
add_snippet(
    Session *session, SearchHit *hit, const LetterRow *row, const Query *query, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(GBytes) stored = NULL;
	g_autoptr(Mail) mail = NULL;

	if (query->words->len > 0) {
		stored = letter_parsed(session->store, row, &problem);
		mail = stored != NULL ? record_read(stored, (guint64)row->size, &problem) : NULL;
		if (problem != NULL) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return false;
		}
	}
	if (mail != NULL) {
		hit->snippet = snippet_make(mail->body, query->words, SNIPPET_CHARS, &hit->marks);
		if (hit->marks->len > 0)
			return true;
		g_clear_pointer(&hit->snippet, g_free);
		g_clear_pointer(&hit->marks, g_array_unref);
	}
	hit->snippet =
	    snippet_make(hit->line->summary->snippet, query->words, SNIPPET_CHARS, &hit->marks);
	return true;
}

static bool
add_hit(
    Session *session, SearchPage *page, const LetterRow *row, const Query *query, GError **error)
{
	SearchHit *hit = g_new0(SearchHit, 1);

	hit->line = history_line_new(session, row, error);
	if (hit->line == NULL) {
		g_free(hit);
		return false;
	}
	g_ptr_array_add(page->mail, hit);
	return add_snippet(session, hit, row, query, error);
}

/* The beginning of a word is looked for in the whole index before that is narrowed to what the viewer may
 * see. The time that takes is rounded up, so that it doesn't tell how common the word is elsewhere. */
static void
round_up(const Query *query, gint64 start)
{
	gint64 passed = g_get_monotonic_time() - start;

	if (query->prefix)
		g_usleep((gulong)(PREFIX_STEP_US - passed % PREFIX_STEP_US));
}

static bool
find_mail(Session *session, const Query *query, const char *list, const char *cursor, guint limit,
    SearchPage *page, GError **error)
{
	SearchAsk ask = {.match = query->mail,
	    .without = query->mail_without,
	    .after = query->after,
	    .before = query->before};
	g_autoptr(GArray) contacts = NULL;
	g_autoptr(GPtrArray) rows = NULL;
	gint64 start;
	Cursor at;
	LetterPlace place;

	if (cursor != NULL) {
		if (!cursor_read(session, list, cursor, &at, error))
			return false;
		place = (LetterPlace){at.time, at.id};
	}
	if (query->contact != NULL) {
		contacts = search_match_contact_rows(
		    session->store, session->viewer, query->contact, CONTACT_MATCHES, error);
		if (contacts == NULL)
			return false;
		ask.contacts = contacts;
	}
	start = g_get_monotonic_time();
	rows = letter_search(session->store, session->viewer, &ask, cursor != NULL ? &place : NULL,
	    limit, &page->more, error);
	round_up(query, start);
	if (rows == NULL || !letter_add_filings(session->store, session->viewer, rows, error))
		return false;
	for (guint i = 0; i < rows->len; i++)
		if (!add_hit(session, page, rows->pdata[i], query, error))
			return false;
	if (page->more) {
		const LetterRow *last = rows->pdata[rows->len - 1];
		Cursor end = {last->time, last->id};

		page->next = cursor_write(session, list, &end, error);
		return page->next != NULL;
	}
	return true;
}

static SearchContact *
read_contact(Session *session, const Id *id, GError **error)
{
	g_autoptr(Contact) contact = contact_get(session->store, session->viewer, id, error);
	g_autoptr(Vcard) card = contact != NULL ? vcard_parse(contact->card, error) : NULL;
	g_auto(GStrv) addresses = NULL;
	g_auto(GStrv) organisations = NULL;
	SearchContact *shown;

	if (card == NULL)
		return NULL;
	addresses = vcard_all(card, "EMAIL");
	organisations = vcard_all(card, "ORG");
	shown = g_new0(SearchContact, 1);
	shown->id = *id;
	shown->name = vcard_name(card);
	if (shown->name == NULL)
		shown->name = g_strdup("");
	shown->organisation = g_strdup(organisations[0] != NULL ? organisations[0] : "");
	shown->address = g_strdup(addresses[0] != NULL ? addresses[0] : "");
	return shown;
}

static void
add_contact(Session *session, SearchPage *page, SearchContact *shown)
{
	g_ptr_array_add(page->contacts, shown);
	session_note(session, OBJECT_CONTACT, &shown->id);
}

static bool
find_contacts(Session *session, const SearchContactAsk *ask, const Id *after, guint limit,
    SearchPage *page, GError **error)
{
	g_autoptr(GArray) ids = search_match_contacts(
	    session->store, session->viewer, ask, after, limit, &page->more_contacts, error);

	if (ids == NULL)
		return false;
	for (guint i = 0; i < ids->len; i++) {
		SearchContact *shown = read_contact(session, &g_array_index(ids, Id, i), error);

		if (shown == NULL)
			return false;
		add_contact(session, page, shown);
	}
	return true;
}

/* Somebody's mail waits for the index: more may be found in a moment. */
static bool
add_lag(Session *session, SearchPage *page, GError **error)
{
	if (!search_index_lag(session->store, &page->lag, error))
		return false;
	page->lag = MIN(page->lag, 1);
	return true;
}

SearchPage *
search_all(Session *session, const char *text, const char *cursor, guint limit, GError **error)
{
	g_autoptr(Query) query = query_parse(text, clock_ms(), error);
	g_autoptr(SearchPage) page = page_new();
	g_autofree char *list = g_strconcat("search:", text, NULL);

	if (query == NULL)
		return NULL;
	limit = CLAMP(limit, 1, SEARCH_PAGE);
	if (cursor == NULL && query->in_contacts &&
	    !find_contacts(session,
		&(SearchContactAsk){.match = query->contacts, .without = query->contacts_without},
		NULL, FIRST_CONTACTS, page, error))
		return NULL;
	if (!find_mail(session, query, list, cursor, limit, page, error) ||
	    !add_lag(session, page, error) || !session_record(session, PURPOSE_SEARCH, text, error))
		return NULL;
	return g_steal_pointer(&page);
}

SearchPage *
search_contacts(Session *session, const SearchContacts *wanted, const char *cursor, guint limit,
    GError **error)
{
	SearchContactAsk ask = {.book = wanted->book, .roles = wanted->roles};
	const char *words = wanted->words != NULL ? wanted->words : "";
	g_autoptr(Query) query = NULL;
	g_autoptr(SearchPage) page = page_new();
	g_autofree char *book = wanted->book != NULL ? id_text(wanted->book) : g_strdup("");
	g_autofree char *list = g_strdup_printf("contacts:%s:%u:%s", book, wanted->roles, words);
	Cursor at;

	if (*words != '\0' && (query = query_parse(words, clock_ms(), error)) == NULL)
		return NULL;
	if (cursor != NULL && !cursor_read(session, list, cursor, &at, error))
		return NULL;
	if (query != NULL && !query->in_contacts) {
		error_set(error, ERROR_INVALID,
		    "Contacts are found by words alone: leave out what is about mail");
		return NULL;
	}
	if (query != NULL) {
		ask.match = query->contacts;
		ask.without = query->contacts_without;
	}
	if (!find_contacts(session, &ask, cursor != NULL ? &at.id : NULL,
		CLAMP(limit, 1, SEARCH_PAGE), page, error))
		return NULL;
	if (page->more_contacts) {
		const SearchContact *last = page->contacts->pdata[page->contacts->len - 1];
		Cursor end = {0, last->id};

		page->next = cursor_write(session, list, &end, error);
		if (page->next == NULL)
			return NULL;
	}
	if (!add_lag(session, page, error) || !session_record(session, PURPOSE_SEARCH, words, error))
		return NULL;
	return g_steal_pointer(&page);
}

/* Of these those that are called so, folded. */
static bool
add_named(Session *session, SearchPage *page, const GArray *ids, const char *wanted, GError **error)
{
	for (guint i = 0; i < ids->len && page->contacts->len < SEARCH_PAGE; i++) {
		SearchContact *contact = read_contact(session, &g_array_index(ids, Id, i), error);
		g_autofree char *folded = contact != NULL ? query_folded(contact->name) : NULL;

		if (contact == NULL)
			return false;
		if (strcmp(folded, wanted) != 0) {
			contact_free_shown(contact);
			continue;
		}
		add_contact(session, page, contact);
		if (!visible_contact_rights(session->store, session->viewer, &contact->id, &contact->rights, error))
			return false;
	}
	return true;
}

/* The index finds the words anywhere: of one that is common, contacts of other names may come first. */
GPtrArray *
search_contacts_named(Session *session, const char *name, GError **error)
{
	g_autofree char *plain = g_strdelimit(g_strdup(name), "\"", ' ');
	g_autofree char *phrase = g_strdup_printf("\"%s\"", plain);
	g_autofree char *wanted = query_folded(name);
	g_autoptr(Query) query = query_parse(phrase, clock_ms(), NULL);
	g_autoptr(SearchPage) page = page_new();
	g_autoptr(GArray) ids = NULL;
	bool more = query != NULL; /* NULL: no word in it */
	Id last;

	for (guint seen = 0; more && seen < NAMED_MAX && page->contacts->len < SEARCH_PAGE; seen += ids->len) {
		const SearchContactAsk ask = {.match = query->contacts};

		g_clear_pointer(&ids, g_array_unref);
		ids = search_match_contacts(session->store, session->viewer, &ask, seen > 0 ? &last : NULL,
		    SEARCH_PAGE, &more, error);
		if (ids == NULL || !add_named(session, page, ids, wanted, error))
			return NULL;
		if (ids->len > 0)
			last = g_array_index(ids, Id, ids->len - 1);
	}
	if (query != NULL && !session_record(session, PURPOSE_SEARCH, phrase, error))
		return NULL;
	return g_ptr_array_ref(page->contacts);
}
