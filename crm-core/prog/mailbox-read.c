#include "prog/mailbox.h"

#include "base/error.h"

#include <string.h>

#define HEAD 16384 /* bytes in which a mail has begun */

/* "From jana@x.cz Mon Nov 23 17:40:12 2026": the envelope line between two mails of an mbox. */
static bool
is_from_line(const char *line, const char *end)
{
	const char *newline = memchr(line, '\n', end - line);
	const char *stop = newline != NULL ? newline : end;

	if (stop - line < 16 || memcmp(line, "From ", 5) != 0)
		return false;
	for (const char *at = line + 5; at + 5 <= stop; at++) /* a time of day */
		if (g_ascii_isdigit(at[0]) && g_ascii_isdigit(at[1]) && at[2] == ':' &&
		    g_ascii_isdigit(at[3]) && g_ascii_isdigit(at[4]))
			return true;
	return false;
}

static const char *
next_line(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', end - at);

	return newline != NULL ? newline + 1 : end;
}

static bool
is_empty(const char *line, const char *next)
{
	return next - line == 1 || (next - line == 2 && line[0] == '\r');
}

/* Content-Length of the header block at mail; -1 when there is none. *body: where the body begins. */
static gint64
content_length(const char *mail, const char *end, const char **body)
{
	static const char name[] = "content-length:";
	gint64 length = -1;

	for (const char *line = mail; line < end;) {
		const char *next = next_line(line, end);

		if (is_empty(line, next)) {
			*body = next;
			return length;
		}
		if (next - line > (gssize)sizeof name &&
		    g_ascii_strncasecmp(line, name, sizeof name - 1) == 0) {
			g_autofree char *text =
			    g_strndup(line + sizeof name - 1, next - line - sizeof name + 1);

			length = g_ascii_strtoll(text, NULL, 10);
		}
		line = next;
	}
	*body = end;
	return -1;
}

/* Where the mail that begins at mail ends; *counted: by its Content-Length. */
static const char *
find_end(const char *mail, const char *end, bool *counted)
{
	const char *body;
	gint64 length = content_length(mail, end, &body);

	*counted = false;
	if (length >= 0 && length <= end - body) {
		const char *stop = body + length, *after = stop;

		while (after < end && (*after == '\n' || *after == '\r'))
			after++;
		*counted = after == end || (after > body && is_from_line(after, end));
		if (*counted)
			return stop;
	}
	for (const char *line = mail; line < end;) {
		const char *next = next_line(line, end);

		if (is_empty(line, next) && next < end && is_from_line(next, end))
			return next;
		line = next;
	}
	return end;
}

/* Without the ">" of ">From ", and without the empty line that ends a mail of an mbox. */
static GBytes *
take_mail(const char *mail, const char *stop, bool counted)
{
	g_autoptr(GByteArray) out = NULL;

	if (!counted && stop - mail >= 2 &&
	    stop[-1] == '\n') { /* the separator is none of its lines */
		const char *before = stop - 1;

		if (before > mail && before[-1] == '\r')
			before--;
		if (before > mail && before[-1] == '\n')
			stop = before;
	}
	out = g_byte_array_sized_new(stop - mail);
	for (const char *line = mail; line < stop;) {
		const char *next = next_line(line, stop), *at = line;

		while (!counted && at < next && *at == '>')
			at++;
		if (at > line && next - at >= 5 && memcmp(at, "From ", 5) == 0)
			line++;
		g_byte_array_append(out, (const guint8 *)line, next - line);
		line = next;
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

/* The first mail begins at at; data: the beginning of the file. */
static bool
read_mbox(const MailboxFile *file, const char *data, const char *at, const char *end, MailboxMail mail,
    gpointer user_data, GError **error)
{
	while (at < end) {
		const char *begin = next_line(at, end), *stop;
		g_autofree char *key =
		    g_strdup_printf("%s#%" G_GSIZE_FORMAT, file->path, at - data);
		g_autoptr(GBytes) bytes = NULL;
		bool counted;

		stop = find_end(begin, end, &counted);
		bytes = take_mail(begin, stop, counted);
		if (g_bytes_get_size(bytes) > 0 && !mail(file, key, bytes, user_data, error))
			return false;
		for (at = stop; at < end && (*at == '\n' || *at == '\r');)
			at++;
	}
	return true;
}

/* As Dovecot's zlib plugin leaves it, and those who put old mail away. */
static bool
is_compressed(const char *data, gsize size)
{
	static const char *const marks[] = {"\x1f\x8b", "BZh", "\xfd\x37zXZ", "\x28\xb5\x2f\xfd", "\x04\x22\x4d\x18", "PK\x03\x04"};

	for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
		if (size >= strlen(marks[i]) && memcmp(data, marks[i], strlen(marks[i])) == 0)
			return true;
	return false;
}

/* What some editors and programs that export put before a mail: it would hide its first field. */
const char *
mailbox_skip_blank(const char *at, const char *end)
{
	if (end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (at < end && g_ascii_isspace(*at))
		at++;
	return at;
}

/* "Name:", as far as a name of RFC 5322 goes. */
static bool
is_field(const char *line, const char *end)
{
	const char *at = line;

	while (at < end && *at > ' ' && *at < 127 && *at != ':')
		at++;
	if (at == line)
		return false;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at < end && *at == ':';
}

/* The field's place among those that hardly any mail lacks and hardly anything else has two of; -1: none of them. */
static int
usual_field(const char *line, const char *end)
{
	static const char *const names[] = {"From:", "To:", "Date:", "Subject:", "Message-ID:", "Received:",
	    "Return-Path:", "Delivered-To:", "MIME-Version:"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if ((gsize)(end - line) >= strlen(names[i]) &&
		    g_ascii_strncasecmp(line, names[i], strlen(names[i])) == 0)
			return (int)i;
	return -1;
}

/* A first line that is none, as others leave it there (Apple Mail its size, a log its "MAIL FROM"), keeps the parser from
 * nothing: is there a header all the same? Binary before it: another format, and what follows isn't the mail alone. */
static bool
has_header(const char *at, const char *end)
{
	guint found = 0;

	for (const char *line = at, *next; line < end && !is_empty(line, next = next_line(line, end)); line = next) {
		int field = usual_field(line, next);

		for (const char *c = line; found == 0 && field < 0 && c < next; c++)
			if (*c > 0 && *c < ' ' && !g_ascii_isspace(*c))
				return false;
		if (field >= 0)
			found |= 1u << field;
		if ((found & (found - 1)) != 0)
			return true;
	}
	return false;
}

/* Does it begin with a header field, or an envelope line, or is there a header within its first lines? So each mail does,
 * however broken, and hardly anything else. */
static bool
begins_as_mail(const char *at, const char *end)
{
	if (end - at > HEAD)
		end = at + HEAD;
	if (end - at >= 7 && g_ascii_strncasecmp(at, "BEGIN:V", 7) == 0) /* a vCard, a calendar */
		return false;
	if (at < end && *at == '>')
		at++;
	return (end - at >= 5 && memcmp(at, "From ", 5) == 0) || is_field(at, end) || has_header(at, end);
}

/* Is it one? Otherwise says why not. */
static bool
check_mail(const char *path, const char *data, gsize size, GError **error)
{
	const char *end = data + size;

	if (size > 0 && is_compressed(data, size))
		return error_set(error, ERROR_NOT_FOUND, "%s is compressed: unpack it first.", path);
	return size == 0 || begins_as_mail(mailbox_skip_blank(data, end), end) ||
	       error_set(error, ERROR_NOT_FOUND, "%s is no mail: it doesn't begin with a header field.", path);
}

bool
mailbox_read(const MailboxFile *file, MailboxMail mail, gpointer data, GError **error)
{
	g_autoptr(GError) failed = NULL;
	g_autoptr(GMappedFile) mapped = g_mapped_file_new(file->path, FALSE, &failed);
	g_autoptr(GBytes) whole = NULL, bytes = NULL;
	const char *content, *begin;
	gsize size;

	if (mapped == NULL)
		return error_set(error, ERROR_NOT_FOUND, "The file can't be read. %s", failed->message);
	size = g_mapped_file_get_length(mapped);
	content = size > 0 ? g_mapped_file_get_contents(mapped) : "";
	if (!check_mail(file->path, content, size, error))
		return false;
	begin = mailbox_skip_blank(content, content + size);
	if (file->mbox)
		return read_mbox(file, content, begin, content + size, mail, data, error);
	whole = g_mapped_file_get_bytes(mapped);
	bytes = g_bytes_new_from_bytes(whole, begin - content, size - (begin - content));
	return mail(file, file->key, bytes, data, error);
}
