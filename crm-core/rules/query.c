#include "rules/query.h"

#include "base/error.h"
#include "rules/query-date.h"
#include "store/search-index.h"

#include <string.h>

/* One thing to look for, as it was typed. */
typedef struct {
	const char *column; /* of mail_text, or NULL: any */
	char *text;
	bool negative, prefix;
} Term;

typedef struct {
	Query *query;
	GString *mail, *contacts;        /* groups joined by AND */
	GString *group, *contacts_group; /* of what stands between OR */
	bool or_pending;
	guint terms, prefixes;
} Builder;

gunichar
query_fold(gunichar letter)
{
	gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];

	if (letter < 0x80)
		return g_ascii_tolower((gchar)letter);
	if (g_unichar_ismark(letter))
		return 0;
	if (g_unichar_fully_decompose(letter, false, parts, G_N_ELEMENTS(parts)) > 0)
		letter = parts[0];
	return g_unichar_tolower(letter);
}

char *
query_folded(const char *text)
{
	GString *key = g_string_new(NULL);

	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar letter = query_fold(g_utf8_get_char(text));

		if (letter != 0)
			g_string_append_unichar(key, letter);
	}
	return g_string_free(key, FALSE);
}

bool
query_is_word(gunichar letter)
{
	if (letter < 0x80)
		return g_ascii_isalnum((gchar)letter);
	return g_unichar_isalnum(letter) || g_unichar_ismark(letter) ||
	       g_unichar_type(letter) == G_UNICODE_LETTER_NUMBER ||
	       g_unichar_type(letter) == G_UNICODE_OTHER_NUMBER;
}

/* The words of a text go to query->words; returns the letters of the last one, 0 when there is no
 * word in it. */
static guint
collect_words(Query *query, const char *text, bool prefix, bool keep)
{
	g_autoptr(GString) word = g_string_new(NULL);
	guint letters = 0;

	for (const char *p = text;; p = g_utf8_next_char(p)) {
		gunichar letter = g_utf8_get_char(p);

		if (letter != 0 && query_is_word(letter)) {
			gunichar folded = query_fold(letter);

			if (word->len == 0)
				letters = 0;
			letters++;
			if (folded != 0)
				g_string_append_unichar(word, folded);
			continue;
		}
		if (word->len > 0 && keep && (letter != 0 || !prefix || letters < QUERY_PREFIX))
			g_ptr_array_add(query->words, g_strdup(word->str));
		if (letter == 0)
			break;
		g_string_truncate(word, 0);
	}
	if (prefix && keep && word->len > 0 && letters >= QUERY_PREFIX)
		g_ptr_array_add(query->words, g_strconcat(word->str, "*", NULL));
	return letters;
}

/* Appends the term as a quoted string, which is all that ever reaches the index's language. */
static void
append_quoted(GString *out, const char *column, const char *text, bool prefix)
{
	if (column != NULL)
		g_string_append_printf(out, "%s : ", column);
	g_string_append_c(out, '"');
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, *p);
	}
	g_string_append(out, prefix ? "\" *" : "\"");
}

static void
append_or(GString *out, bool first)
{
	if (!first)
		g_string_append(out, " OR ");
}

static void
add_to(char **list, const char *expression)
{
	char *old = *list;

	*list = old == NULL ? g_strdup(expression) : g_strconcat(old, " OR ", expression, NULL);
	g_free(old);
}

/* Ends a group of alternatives: everything before and after it must match as well. */
static void
end_group(Builder *builder)
{
	if (builder->group->len > 0)
		g_string_append_printf(builder->mail, "%s(%s)",
		    builder->mail->len > 0 ? " AND " : "", builder->group->str);
	if (builder->contacts_group->len > 0)
		g_string_append_printf(builder->contacts, "%s(%s)",
		    builder->contacts->len > 0 ? " AND " : "", builder->contacts_group->str);
	g_string_truncate(builder->group, 0);
	g_string_truncate(builder->contacts_group, 0);
}

static void
begin_item(Builder *builder)
{
	if (!builder->or_pending)
		end_group(builder);
	builder->or_pending = false;
}

static void
add_flag(Builder *builder, const char *flag, bool negative)
{
	g_autofree char *expression = g_strdup_printf("flag : \"" SEARCH_MARK "%s\"", flag);

	builder->query->in_contacts = false;
	if (negative) {
		add_to(&builder->query->mail_without, expression);
		return;
	}
	begin_item(builder);
	append_or(builder->group, builder->group->len == 0);
	g_string_append(builder->group, expression);
}

static bool
add_term(Builder *builder, const Term *term, GError **error)
{
	Query *query = builder->query;
	g_autoptr(GString) mail = g_string_new(NULL), contacts = g_string_new(NULL);
	guint letters = collect_words(query, term->text, term->prefix, !term->negative);
	bool prefix = term->prefix && letters >= QUERY_PREFIX;

	if (letters == 0)
		return true; /* signs alone: nothing that the index knows */
	if (++builder->terms > QUERY_TERMS)
		return error_set(
		    error, ERROR_INVALID, "Search for at most %d words at once", QUERY_TERMS);
	if (prefix && ++builder->prefixes > QUERY_PREFIXES)
		return error_set(error, ERROR_INVALID,
		    "Search for at most %d beginnings of words at once", QUERY_PREFIXES);
	append_quoted(mail, term->column, term->text, prefix);
	/* Contacts are few, and people type the beginning of a name. */
	append_quoted(contacts, NULL, term->text, prefix || letters >= 2);
	query->prefix = query->prefix || prefix;
	if (term->column != NULL)
		query->in_contacts = false;
	if (term->negative) {
		builder->or_pending = false;
		add_to(&query->mail_without, mail->str);
		add_to(&query->contacts_without, contacts->str);
		return true;
	}
	begin_item(builder);
	append_or(builder->group, builder->group->len == 0);
	g_string_append(builder->group, mail->str);
	append_or(builder->contacts_group, builder->contacts_group->len == 0);
	g_string_append(builder->contacts_group, contacts->str);
	return true;
}

static bool
add_contact(Builder *builder, const char *text, GError **error)
{
	g_autoptr(GString) expression = g_string_new(NULL);
	guint letters = collect_words(builder->query, text, false, false);
	char *old = builder->query->contact;

	builder->query->in_contacts = false;
	if (letters == 0)
		return error_set(error, ERROR_INVALID, "\"contact:\" needs a name or an address");
	append_quoted(expression, NULL, text, letters >= 2);
	builder->query->contact = old == NULL ? g_strdup(expression->str)
					      : g_strconcat(old, " AND ", expression->str, NULL);
	g_free(old);
	return true;
}

static bool
add_date(Builder *builder, const char *field, const char *text, gint64 now, GError **error)
{
	Query *query = builder->query;
	gint64 begin, end;

	if (!query_date_parse(text, now, &begin, &end))
		return error_set(error, ERROR_INVALID,
		    "\"%s:\" needs a date: 2024, 2024-05, 2024-05-01, today or today-7", field);
	query->in_contacts = false;
	if (field[0] != 'b')
		query->after = MAX(query->after, begin);
	if (field[0] != 'a')
		query->before = MIN(query->before, field[0] == 'b' ? begin : end);
	return true;
}

static bool
add_has(Builder *builder, const char *text, bool negative, GError **error)
{
	/* The other words are folded. */
	static const char *const names[][3] = {{"attachment", "attachments", "prilohu"},
	    {"outgoing", NULL, "odeslana"}, {"incoming", NULL, "prijata"},
	    {"unverified", NULL, "neoverena"}, {"list", NULL, "konference"},
	    {"auto", NULL, "automaticka"}, {"calendar", NULL, "pozvanku"},
	    {"encrypted", NULL, "sifrovana"}, {"signed", NULL, "podepsana"}, {"html", NULL, NULL}};
	g_autofree char *folded = query_folded(text);

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		if (strcmp(folded, names[i][0]) == 0 || g_strcmp0(names[i][1], folded) == 0 ||
		    g_strcmp0(names[i][2], folded) == 0) {
			add_flag(builder, names[i][0], negative);
			return true;
		}
	}
	return error_set(error, ERROR_INVALID,
	    "\"has:\" knows attachment, calendar, encrypted, signed, html; \"is:\" knows outgoing, "
	    "incoming, unverified, list, auto");
}

/* What stands before a colon, when it is one of our words. */
static const char *
find_field(const char *text, gsize length, const char **column)
{
	static const struct {
		const char *name, *column, *czech; /* czech: folded */
	} fields[] = {{"from", "sender", "od"}, {"to", "recipient", "komu"},
	    {"subject", "subject", "predmet"}, {"filename", "attachment", "soubor"},
	    {"contact", NULL, "kontakt"}, {"has", NULL, "ma"}, {"is", NULL, "je"},
	    {"before", NULL, "pred"}, {"after", NULL, "po"}, {"on", NULL, "dne"}};
	g_autofree char *word = g_strndup(text, length), *folded = query_folded(word);

	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
		if (strcmp(folded, fields[i].name) == 0 || strcmp(folded, fields[i].czech) == 0) {
			*column = fields[i].column;
			return fields[i].name;
		}
	}
	return NULL;
}

static bool
add_value(Builder *builder, const char *field, Term *term, gint64 now, GError **error)
{
	if (field == NULL || term->column != NULL)
		return add_term(builder, term, error);
	if (strcmp(field, "contact") == 0)
		return add_contact(builder, term->text, error);
	if (strcmp(field, "has") == 0 || strcmp(field, "is") == 0)
		return add_has(builder, term->text, term->negative, error);
	return add_date(builder, field, term->text, now, error);
}

/* Reads one item at *text: -field:"phrase" or -field:word*. */
static bool
read_item(Builder *builder, const char **text, gint64 now, GError **error)
{
	const char *p = *text, *field = NULL, *colon, *end;
	Term term = {0};
	bool ok, quoted;

	if (strncmp(p, "OR", 2) == 0 && (p[2] == '\0' || p[2] == ' ')) {
		builder->or_pending = builder->group->len > 0 || builder->contacts_group->len > 0;
		*text = p + 2;
		return true;
	}
	if (*p == '-') {
		term.negative = true;
		p++;
	}
	colon = p + strcspn(p, ": \"");
	if (*colon == ':' && (field = find_field(p, colon - p, &term.column)) != NULL)
		p = colon + 1;
	quoted = *p == '"';
	if (quoted)
		p++;
	end = p + strcspn(p, quoted ? "\"" : " \"");
	term.text = g_strndup(p, end - p);
	if (quoted && *end == '"')
		end++;
	if (quoted && *end == '*') {
		term.prefix = true;
		end++;
	} else if (!quoted && g_str_has_suffix(term.text, "*")) {
		term.prefix = true;
		term.text[strlen(term.text) - 1] = '\0';
	}
	*text = end;
	ok = add_value(builder, field, &term, now, error);
	g_free(term.text);
	return ok;
}

/* Valid UTF-8, white space and control characters as blanks, our own marks out. */
static char *
clean(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *out = g_string_new(NULL);

	for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar letter = g_utf8_get_char(p);

		if (g_unichar_isspace(letter) || g_unichar_iscntrl(letter))
			g_string_append_c(out, ' ');
		else if (g_unichar_type(letter) != G_UNICODE_PRIVATE_USE)
			g_string_append_unichar(out, letter);
	}
	return g_string_free(out, FALSE);
}

static char *
take(GString *string)
{
	return g_string_free(string, string->len == 0);
}

Query *
query_parse(const char *text, gint64 now, GError **error)
{
	g_autoptr(Query) query = g_new0(Query, 1);
	g_autofree char *cleaned = NULL;
	Builder builder = {.query = query};
	bool ok = true;

	query->words = g_ptr_array_new_with_free_func(g_free);
	query->in_contacts = true;
	query->before = G_MAXINT64;
	if (strlen(text) > QUERY_BYTES) {
		error_set(
		    error, ERROR_INVALID, "Search for at most %d characters at once", QUERY_BYTES);
		return NULL;
	}
	cleaned = clean(text);
	builder.mail = g_string_new(NULL);
	builder.contacts = g_string_new(NULL);
	builder.group = g_string_new(NULL);
	builder.contacts_group = g_string_new(NULL);
	for (const char *p = cleaned; ok && *(p += strspn(p, " ")) != '\0';)
		ok = read_item(&builder, &p, now, error);
	end_group(&builder);
	query->mail = take(builder.mail);
	query->contacts = take(builder.contacts);
	g_string_free(builder.group, TRUE);
	g_string_free(builder.contacts_group, TRUE);
	if (!ok)
		return NULL;
	if (query->contacts == NULL)
		query->in_contacts = false;
	if (query->mail == NULL && query->mail_without == NULL && query->contact == NULL &&
	    query->after == 0 && query->before == G_MAXINT64) {
		error_set(error, ERROR_INVALID, "Type a word, a name or an address to search for");
		return NULL;
	}
	return g_steal_pointer(&query);
}

void
query_free(Query *query)
{
	if (query == NULL)
		return;
	g_free(query->mail);
	g_free(query->mail_without);
	g_free(query->contacts);
	g_free(query->contacts_without);
	g_free(query->contact);
	g_ptr_array_unref(query->words);
	g_free(query);
}

char *
query_beginnings(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_auto(GStrv) all = g_strsplit(valid, " ", -1);
	g_autoptr(GString) out = g_string_new(NULL);
	guint prefixes = 0;

	if (strpbrk(text, "\"*:-") != NULL)
		return NULL;
	for (char **word = all; *word != NULL; word++) {
		glong letters = g_utf8_strlen(*word, -1);
		bool cut = letters > QUERY_PREFIX && prefixes < QUERY_PREFIXES;
		g_autofree char *begin =
		    g_utf8_substring(*word, 0, cut ? MAX(QUERY_PREFIX, letters - 2) : letters);

		if (letters == 0)
			continue;
		g_string_append_printf(
		    out, "%s%s%s", out->len > 0 ? " " : "", begin, cut ? "*" : "");
		prefixes += cut;
	}
	return prefixes > 0 ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}
