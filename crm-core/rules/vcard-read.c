/*
 * The way of a line: physical lines are put together (folding and soft breaks are undone on bytes, since
 * some writers split a character), the head is taken apart, the value is decoded, and what 2.1 and 3.0
 * say differently is said as in 4.0.
 */
#include "rules/vcard-value.h"

#include "base/error.h"
#include "mail/decode.h"

#include <string.h>

#define PROPERTIES_MAX 5000
#define PROBLEMS_MAX 1000

typedef struct {
	const char *data;
	gsize size, at;
	guint line; /* of what was read last */
	guint next_line;
	GPtrArray *problems;
} Reader;

static void
raw_free(gpointer data)
{
	RawProperty *raw = data;

	vcard_property_free(raw->property);
	g_string_free(raw->raw, TRUE);
	g_free(raw);
}

static void
complain(Reader *r, guint line, const char *text)
{
	VcardProblem *problem;

	if (r->problems == NULL || r->problems->len >= PROBLEMS_MAX)
		return;
	problem = g_new0(VcardProblem, 1);
	problem->line = line;
	problem->text = text;
	g_ptr_array_add(r->problems, problem);
}

/* One physical line, without its end; false at the end of the file. */
static bool
physical_line(Reader *r, const char **ret, gsize *ret_size)
{
	const char *begin = r->data + r->at;
	gsize left = r->size - r->at, n = 0;

	if (left == 0)
		return false;
	while (n < left && begin[n] != '\n' && begin[n] != '\r')
		n++;
	*ret = begin;
	*ret_size = n;
	r->at += n;
	if (r->at < r->size && r->data[r->at] == '\r')
		r->at++;
	if (r->at < r->size && r->data[r->at] == '\n')
		r->at++;
	r->next_line++;
	return true;
}

/* Does a parameter before the first colon, outside quotes, say that the value is quoted-printable? */
static bool
is_quoted_printable(const GString *line)
{
	static const char *const said[] = {"QUOTED-PRINTABLE", "ENCODING=QUOTED-PRINTABLE"};
	bool quoted = false;
	gsize from = 0;

	for (gsize n = 0; n < line->len; n++) {
		char c = line->str[n];

		if (c == '"')
			quoted = !quoted;
		if (quoted || (c != ';' && c != ':'))
			continue;
		for (gsize i = 0; i < G_N_ELEMENTS(said) && from > 0; i++)
			if (n - from == strlen(said[i]) &&
			    g_ascii_strncasecmp(line->str + from, said[i], n - from) == 0)
				return memchr(line->str + n, ':', line->len - n) != NULL;
		if (c == ':')
			return false;
		from = n + 1;
	}
	return false;
}

/* A whole line; NULL at the end of the file. */
static GString *
logical_line(Reader *r)
{
	g_autoptr(GString) line = NULL;
	const char *part;
	gsize size;

	r->line = r->next_line;
	if (!physical_line(r, &part, &size))
		return NULL;
	line = g_string_new_len(part, (gssize)size);
	for (;;) {
		if (line->len > 0 && line->str[line->len - 1] == '=' && is_quoted_printable(line)) {
			if (!physical_line(r, &part, &size))
				break;
			g_string_truncate(line, line->len - 1);
		} else if (r->at < r->size && (r->data[r->at] == ' ' || r->data[r->at] == '\t')) {
			physical_line(r, &part, &size);
			part++;
			size--;
		} else {
			break;
		}
		g_string_append_len(line, part, (gssize)size);
		if (line->len > VCARD_MAX_BYTES)
			break;
	}
	return g_steal_pointer(&line);
}

static bool
is_name(const char *begin, gsize size)
{
	for (gsize i = 0; i < size; i++)
		if (!g_ascii_isalnum(begin[i]) && begin[i] != '-' && begin[i] != '_')
			return false;
	return size > 0;
}

/* Takes a line apart; NULL when it is no property. */
static RawProperty *
read_property(const GString *line)
{
	const char *end = line->str + line->len, *p = line->str, *from = p, *dot;
	VcardProperty *property;
	RawProperty *raw;
	bool quoted = false;

	while (p < end && *p != ':' && *p != ';')
		p++;
	dot = memchr(from, '.', (gsize)(p - from));
	if (p == end || (dot != NULL && !is_name(from, (gsize)(dot - from))))
		return NULL;
	if (dot != NULL)
		from = dot + 1;
	while (from < p && *from == ' ')
		from++;
	if (!is_name(from, (gsize)(p - from)))
		return NULL;
	property = vcard_property_new();
	if (dot != NULL)
		property->group = g_strndup(line->str, (gsize)(dot - line->str));
	property->name = g_ascii_strup(from, (gssize)(p - from));
	while (p < end && *p == ';') {
		from = ++p;
		while (p < end && (quoted || (*p != ':' && *p != ';'))) {
			if (*p == '"')
				quoted = !quoted;
			p++;
		}
		if (p > from)
			vcard_read_param(property, from, (gsize)(p - from));
	}
	if (p == end) {
		vcard_property_free(property);
		return NULL;
	}
	raw = g_new0(RawProperty, 1);
	raw->property = property;
	raw->raw = g_string_new_len(p + 1, (gssize)(end - p - 1));
	return raw;
}

static Vcard *
finish_card(Reader *r, GPtrArray *raws, guint line)
{
	g_autoptr(Vcard) card = vcard_new();
	bool old = true;

	card->line = line;
	for (guint i = 0; i < raws->len; i++) {
		RawProperty *raw = raws->pdata[i];

		if (strcmp(raw->property->name, "VERSION") == 0)
			old = strncmp(raw->raw->str, "2", 1) == 0;
	}
	for (guint i = 0; i < raws->len; i++) {
		RawProperty *raw = raws->pdata[i];

		if (strcmp(raw->property->name, "VERSION") == 0)
			continue;
		vcard_decode_value(raw, old);
		vcard_modernise(raw->property);
		g_ptr_array_add(card->properties, g_steal_pointer(&raw->property));
	}
	if (card->properties->len == 0) {
		complain(r, line, "The card is empty.");
		return NULL;
	}
	return g_steal_pointer(&card);
}

static bool
is_line(const GString *line, const char *text)
{
	g_autofree char *copy = g_strstrip(g_strndup(line->str, line->len));

	return g_ascii_strcasecmp(copy, text) == 0;
}

/* The lines from behind BEGIN to END; NULL when the card is no good. *again: it ended with the BEGIN of
 * the next one. */
static Vcard *
read_card(Reader *r, bool *again)
{
	g_autoptr(GPtrArray) raws = g_ptr_array_new_with_free_func(raw_free);
	guint begin = r->line, nested = 0;
	gsize size = 0;
	GString *next;

	*again = false;
	while ((next = logical_line(r)) != NULL) {
		g_autoptr(GString) line = next;
		RawProperty *raw, *last = raws->len == 0 ? NULL : raws->pdata[raws->len - 1];

		size += line->len;
		if (is_line(line, "BEGIN:VCARD")) {
			if (nested > 0 || (last != NULL && last->raw->len == 0 &&
					      strcmp(last->property->name, "AGENT") == 0)) {
				nested++;
				continue;
			}
			complain(r, begin, "The card has no END:VCARD and was left out.");
			*again = true;
			return NULL;
		}
		if (is_line(line, "END:VCARD")) {
			if (nested > 0) {
				nested--;
				continue;
			}
			return finish_card(r, raws, begin);
		}
		if (nested > 0 || line->len == 0)
			continue;
		if (size > VCARD_MAX_BYTES || raws->len >= PROPERTIES_MAX) {
			complain(r, begin, "The card is too big and was left out.");
			return NULL;
		}
		raw = read_property(line);
		if (raw != NULL && (strcmp(raw->property->name, "BEGIN") == 0 ||
				       strcmp(raw->property->name, "END") == 0))
			g_clear_pointer(&raw, raw_free);
		if (raw == NULL) {
			complain(r, r->line, "The line is no property and was left out.");
			continue;
		}
		g_ptr_array_add(raws, raw);
	}
	complain(r, begin, "The card has no END:VCARD and was left out.");
	return NULL;
}

/* UTF-16 with a byte-order mark becomes UTF-8, a UTF-8 mark goes. New. */
static char *
without_mark(GBytes *bytes, gsize *ret_size)
{
	gsize size;
	const char *data = g_bytes_get_data(bytes, &size);
	char *text;

	if (size >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0)) {
		text = decode_charset(
		    data + 2, size - 2, (guchar)data[0] == 0xff ? "utf-16le" : "utf-16be", NULL);
		*ret_size = strlen(text);
		return text;
	}
	if (size >= 2 && (data[0] == '\0') != (data[1] == '\0')) { /* without a mark */
		text = decode_charset(data, size, data[0] == '\0' ? "utf-16be" : "utf-16le", NULL);
		*ret_size = strlen(text);
		return text;
	}
	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		size -= 3;
	}
	*ret_size = size;
	return g_memdup2(size == 0 ? "" : data, MAX(size, 1));
}

GPtrArray *
vcard_read(GBytes *bytes, GPtrArray **problems, GError **error)
{
	g_autoptr(GPtrArray) cards = g_ptr_array_new_with_free_func((GDestroyNotify)vcard_free);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	Reader r = {.next_line = 1, .problems = found};
	g_autofree char *data = without_mark(bytes, &r.size);
	GString *next;
	bool again = false;

	r.data = data;
	while (again || (next = logical_line(&r)) != NULL) {
		if (!again) {
			g_autoptr(GString) line = next;

			if (!is_line(line, "BEGIN:VCARD")) {
				if (!is_line(line, ""))
					complain(&r, r.line, "The line is outside of any card.");
				continue;
			}
		}
		Vcard *card = read_card(&r, &again);

		if (card != NULL)
			g_ptr_array_add(cards, card);
	}
	if (cards->len == 0) {
		const VcardProblem *first = found->len == 0 ? NULL : found->pdata[0];

		error_set(error, ERROR_INVALID, "There is no vCard in it. Line %u: %s",
		    first == NULL ? 1 : first->line, first == NULL ? "It is empty." : first->text);
		return NULL;
	}
	if (problems != NULL)
		*problems = g_steal_pointer(&found);
	return g_steal_pointer(&cards);
}

Vcard *
vcard_parse(const char *text, GError **error)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
	g_autoptr(GPtrArray) problems = NULL;
	g_autoptr(GPtrArray) cards = vcard_read(bytes, &problems, error);

	if (cards == NULL)
		return NULL;
	if (cards->len != 1) {
		error_set(error, ERROR_INVALID, "There is more than one card.");
		return NULL;
	}
	return g_ptr_array_steal_index(cards, 0);
}
