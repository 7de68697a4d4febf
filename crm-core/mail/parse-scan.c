/*
 * The look at hostile bytes before GMime sees them: a few passes with memchr, no allocation that
 * grows with them. It counts rather too much than too little where it can't know the structure;
 * what it lets through is counted exactly afterwards.
 */
#include "config.h"

#include "mail/parse.h"
#include "mail/parse-internal.h"

#include "base/error.h"
#include "mail/decode.h"

#include <string.h>

#define MAX_HEADER_BYTES (2 << 20) /* of the mail's own header block */
#define MAX_BOUNDARIES 2000
#define MAX_ADDRESS_HEADERS 200

static bool
too_big(GError **error, const char *what, guint64 limit)
{
	return error_set(error, ERROR_TOO_BIG,
	    "The mail has more than %" G_GUINT64_FORMAT
	    " %s; look at it and raise the limit or drop it",
	    limit, what);
}

static bool
starts_with(const char *line, const char *end, const char *word)
{
	gsize length = strlen(word);

	return (gsize)(end - line) >= length && g_ascii_strncasecmp(line, word, length) == 0;
}

static const char *
line_end(const char *line, const char *end)
{
	const char *newline = memchr(line, '\n', (gsize)(end - line));

	return newline ? newline + 1 : end;
}

/* The end of the header that begins at line, folded lines included. */
static const char *
header_end(const char *line, const char *end)
{
	do
		line = line_end(line, end);
	while (line < end && (*line == ' ' || *line == '\t'));
	return line;
}

static bool
is_address_header(const char *line, const char *end)
{
	static const char *const names[] = {"from", "sender", "reply-to", "to", "cc", "bcc", NULL};

	if (starts_with(line, end, "resent-"))
		line += strlen("resent-");
	for (gsize i = 0; names[i]; i++) {
		const char *p = line + strlen(names[i]);

		if (line == end || g_ascii_tolower(*line) != *names[i] ||
		    !starts_with(line, end, names[i]))
			continue;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		if (p < end && *p == ':')
			return true;
	}
	return false;
}

/* Addresses in a header value, if quotes and comments are balanced; colons whether they are or
 * not: each may open a group, and GMime recurses into groups. */
static void
count_addresses(const char *at, const char *end, guint *addresses, guint *colons)
{
	bool quoted = false;
	guint comment = 0;

	++*addresses;
	for (; at < end; at++) {
		if (*at == ':')
			++*colons;
		if (*at == '\\' && (quoted || comment)) {
			at++;
		} else if (*at == '"' && !comment) {
			quoted = !quoted;
		} else if (quoted) {
			continue;
		} else if (*at == '(') {
			comment++;
		} else if (*at == ')' && comment) {
			comment--;
		} else if (*at == ',' && !comment) {
			++*addresses;
		}
	}
}

/* "Name:" at the start of a line; what is before the colon, or 0. Blanks before it are old, and
 * read by all. */
static gsize
header_name(const char *line, const char *end)
{
	const char *p = line;

	while (p<end && * p> ' ' && *p < 0x7f && *p != ':')
		p++;
	if (p == line)
		return 0;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p < end && *p == ':' ? (gsize)(p - line) : 0;
}

static bool
is_empty_line(const char *line, const char *end)
{
	return *line == '\n' || (*line == '\r' && line + 1 < end && line[1] == '\n');
}

static void
keep_header(GArray *headers, const char *line, gsize name_length, const char *next)
{
	ParseHeader header = {.name = line, .value = line + name_length + 1};

	while (next > header.value && g_ascii_isspace(next[-1]))
		next--;
	while (header.value < next && g_ascii_isspace(*header.value))
		header.value++;
	header.length = (guint)(next - header.value);
	while (name_length > 0 && g_ascii_isspace(line[name_length - 1]))
		name_length--;
	header.name_length = (guint)name_length;
	g_array_append_val(headers, header);
}

/* mbox's first line, and what some programs made of it. */
static bool
is_from_line(const char *line, const char *end)
{
	return starts_with(line, end, "From ") || starts_with(line, end, ">From ");
}

static bool
scan_header(const char *data, const char *end, const MailLimits *limits, Mail *mail,
    GArray *headers, GError **error)
{
	const char *line = data;
	guint lines = 0, addresses = 0, address_headers = 0;

	while (line < end && !is_empty_line(line, end)) {
		const char *next = header_end(line, end);
		gsize name = header_name(line, next);
		guint colons = 0;

		for (const char *p = line; p < next; p = line_end(p, next))
			lines++;
		if (lines > limits->header_lines)
			return too_big(error, "header lines", limits->header_lines);
		if (next - data > MAX_HEADER_BYTES)
			return too_big(error, "bytes in its header", MAX_HEADER_BYTES);
		if (name) {
			keep_header(headers, line, name, next);
		} else if (!(line == data && is_from_line(line, next))) {
			mail->defects |= MAIL_DEFECT_BAD_HEADER;
			if (next == end || !header_name(next, header_end(next, end))) {
				mail->body_offset = (guint64)(line - data);
				return true;
			}
		}
		if (is_address_header(line, next)) {
			count_addresses(line, next, &addresses, &colons);
			/* GMime reads all To headers again with each that it finds. */
			if (addresses > limits->addresses || colons > limits->addresses ||
			    ++address_headers > MAX_ADDRESS_HEADERS)
				return too_big(error, "addresses", limits->addresses);
		}
		line = next;
	}
	mail->body_offset = (guint64)(line_end(line, end) - data);
	return true;
}

/* Multiparts and attached messages stand in the Content-Type, and nowhere else. */
static bool
has_structure(const GArray *headers)
{
	for (guint i = 0; i < headers->len; i++) {
		const ParseHeader *header = &g_array_index(headers, ParseHeader, i);

		if (header->name_length == 12 &&
		    g_ascii_strncasecmp(header->name, "content-type", 12) == 0 &&
		    !starts_with(header->value, header->value + header->length, "text/"))
			return true;
	}
	return false;
}

typedef struct {
	const char *text;
	gsize length;
} Piece;

/* The value behind "boundary" ("=x", "*0=\"x\""). False: none. */
static bool
read_boundary(const char *at, const char *end, Piece *ret)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '*' || g_ascii_isdigit(*at)))
		at++;
	if (at == end || *at++ != '=')
		return false;
	while (at < end && g_ascii_isspace(*at))
		at++;
	ret->text = at;
	if (at < end && *at == '"') {
		ret->text = ++at;
		while (at < end && *at != '"' && *at != '\\' && *at != '\n')
			at++;
	} else {
		while (at < end && !g_ascii_isspace(*at) && *at != ';' && *at != '%' && *at != '\'')
			at++;
	}
	ret->length = MIN((gsize)(at - ret->text), 70);
	return true;
}

/* The word (lower case) in [at, end) in any case, or NULL. For headers: short. */
static const char *
find_word(const char *at, const char *end, const char *word)
{
	for (gsize length = strlen(word); (gsize)(end - at) >= length; at++) {
		if ((*at | 0x20) == *word && g_ascii_strncasecmp(at, word, length) == 0)
			return at;
	}
	return NULL;
}

typedef struct {
	const MailLimits *limits;
	Piece *boundaries;
	guint n_boundaries;
	guint parts;
	guint messages;
	bool nested; /* an attached message may have begun */
} BodyScan;

/* Content-Type of the mail or of a part: what it declares is used further down, never above. */
static bool
scan_content_type(BodyScan *scan, const char *at, const char *end, GError **error)
{
	if (find_word(at, end, "digest"))
		scan->nested = true;
	if (find_word(at, end, "message/")) {
		scan->nested = true;
		if (++scan->messages > 2 * scan->limits->parts)
			return too_big(error, "attached messages", scan->limits->parts);
	}
	while ((at = find_word(at, end, "boundary"))) {
		Piece piece;

		at += strlen("boundary");
		if (!read_boundary(at, end, &piece))
			continue;
		if (scan->n_boundaries == MAX_BOUNDARIES)
			return too_big(error, "multiparts", MAX_BOUNDARIES);
		if (!scan->boundaries)
			scan->boundaries = g_new(Piece, MAX_BOUNDARIES);
		scan->boundaries[scan->n_boundaries++] = piece;
	}
	return true;
}

/* "--" and what some boundary begins with: may begin a part. */
static bool
scan_dashes(BodyScan *scan, const char *line, const char *end, GError **error)
{
	for (guint i = 0; i < scan->n_boundaries; i++) {
		const Piece *boundary = &scan->boundaries[i];

		if ((gsize)(end - line - 2) < boundary->length ||
		    memcmp(line + 2, boundary->text, boundary->length) != 0)
			continue;
		/* n multiparts end, too */
		if (++scan->parts > 2 * scan->limits->parts + 2 * scan->n_boundaries)
			return too_big(error, "parts", scan->limits->parts);
		break;
	}
	return true;
}

/* Attached messages bring address headers of their own. */
static bool
scan_nested_addresses(const BodyScan *scan, const char *line, const char *end, GError **error)
{
	guint addresses = 0, colons = 0;

	count_addresses(line, header_end(line, end), &addresses, &colons);
	if (colons > scan->limits->addresses || addresses > 20 * scan->limits->addresses)
		return too_big(error, "addresses in an attached message", scan->limits->addresses);
	return true;
}

/* Every line that GMime might take for the begin of a part or for a header, whether it is one or
 * not. */
static bool
scan_body(const char *data, const char *end, const MailLimits *limits, GError **error)
{
	BodyScan scan = {.limits = limits};
	bool ok = true;

	for (const char *line = data; ok && line < end; line = line_end(line, end)) {
		switch (*line) {
		case '-':
			if (scan.n_boundaries && end - line > 2 && line[1] == '-')
				ok = scan_dashes(&scan, line, end, error);
			break;
		case 'C':
		case 'c':
			if (starts_with(line, end, "content-type"))
				ok = scan_content_type(&scan, line, header_end(line, end), error);
			/* fallthrough */
		case 'B':
		case 'F':
		case 'R':
		case 'S':
		case 'T':
		case 'b':
		case 'f':
		case 'r':
		case 's':
		case 't':
			if (ok && scan.nested && is_address_header(line, end))
				ok = scan_nested_addresses(&scan, line, end, error);
			break;
		}
	}
	g_free(scan.boundaries);
	return ok;
}

bool
parse_scan(GBytes *raw, const MailLimits *limits, Mail *mail, GArray *headers, GError **error)
{
	gsize size;
	const char *data = g_bytes_get_data(raw, &size);
	const char *end = data + size;

	if (size > limits->bytes)
		return too_big(error, "bytes", limits->bytes);
	if (size == 0)
		return true;
	if (!scan_header(data, end, limits, mail, headers, error))
		return false;
	return !has_structure(headers) || scan_body(data, end, limits, error);
}

/* The charset whose name stands at at, stop behind it, is added to the lacking ones when it is
 * one. */
static void
note_lacking(GString *lacking, const char *at, const char *end, char stop)
{
	char name[43] = " ";
	gsize n = 1;

	while (at < end && n < 41 &&
	       (g_ascii_isalnum(*at) || *at == '-' || *at == '_' || *at == '.' || *at == ':'))
		name[n++] = g_ascii_tolower(*at++);
	if (n < 4 || (stop && at == end) || (stop && *at != stop && *at != '*') ||
	    decode_has_charset(name + 1))
		return;
	name[n] = ' ';
	if (lacking->len + n <= PARSE_CHARSETS && !strstr(lacking->str, name))
		g_string_append(lacking, name + (lacking->len ? 1 : 0));
}

/* Of one header, folded lines included. */
static void
note_lacking_in(GString *lacking, const char *line, const char *end)
{
	const char *at = line;

	for (at = line; (at = memchr(at, '=', (gsize)(end - at))); at++) {
		if (end - at > 1 && at[1] == '?') /* =?iso-8859-2?q?...?= */
			note_lacking(lacking, at + 2, end, '?');
		else if (at > line && at[-1] == '*') /* name*=iso-8859-2''... */
			note_lacking(lacking, at + 1, end, '\'');
	}
	if (!starts_with(line, end, "content-"))
		return;
	for (at = line; (at = find_word(at, end, "charset"));) {
		at += strlen("charset");
		while (at < end && (g_ascii_isspace(*at) || *at == '=' || *at == '"'))
			at++;
		note_lacking(lacking, at, end, '\0');
	}
}

char *
parse_lacking_charsets(GBytes *raw)
{
	gsize size;
	const char *data = g_bytes_get_data(raw, &size);
	const char *line = data, *end = data + size;
	g_autoptr(GString) lacking = g_string_new(NULL);

	while (line < end && !is_empty_line(line, end)) {
		const char *next = header_end(line, end);
		note_lacking_in(lacking, line, next);
		line = next;
	}
	for (; line < end; line = line_end(line, end)) {
		if ((*line == 'C' || *line == 'c') && starts_with(line, end, "content-"))
			note_lacking_in(lacking, line, header_end(line, end));
	}
	return lacking->len ? g_strdup(g_strstrip(lacking->str)) : NULL;
}
