#include "webui-minimal/reply.h"

#include "base/file.h"

#include <string.h>

struct Reply {
	int status;
	ReplyKind kind;
	char *type;
	GBytes *body;
	GString *headers;
};

static const char page_policy[] =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
static const char foreign_policy[] =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox";
static const char bare_policy[] = "default-src 'none'; frame-ancestors 'none'; sandbox";

static const char common_headers[] = "X-Content-Type-Options: nosniff\r\n"
				     "Referrer-Policy: no-referrer\r\n"
				     "Cross-Origin-Resource-Policy: same-origin\r\n"
				     "Cross-Origin-Opener-Policy: same-origin\r\n"
				     "X-Robots-Tag: noindex, nofollow\r\n";

Reply *
reply_new(void)
{
	Reply *reply = g_new0(Reply, 1);

	reply->status = 200;
	reply->type = g_strdup("text/html; charset=utf-8");
	reply->body = g_bytes_new_static("", 0);
	reply->headers = g_string_new(NULL);
	return reply;
}

void
reply_free(Reply *reply)
{
	if (reply == NULL)
		return;
	g_free(reply->type);
	g_clear_pointer(&reply->body, g_bytes_unref);
	g_string_free(reply->headers, TRUE);
	g_free(reply);
}

void
reply_status(Reply *reply, int status)
{
	reply->status = status;
}

int
reply_get_status(const Reply *reply)
{
	return reply->status;
}

static bool
is_header_value(const char *value)
{
	for (; *value != '\0'; value++)
		if ((guchar)*value < 0x20 || (guchar)*value >= 0x7f)
			return false;
	return true;
}

void
reply_header(Reply *reply, const char *name, const char *value)
{
	g_assert(is_header_value(name) && is_header_value(value));
	g_string_append_printf(reply->headers, "%s: %s\r\n", name, value);
}

char *
reply_cookie_name(const char *name, bool https)
{
	return g_strconcat(https ? "__Host-" : "", name, NULL);
}

void
reply_cookie(Reply *reply, const char *name, const char *value, bool https)
{
	g_autofree char *full = reply_cookie_name(name, https);
	g_autofree char *line = g_strdup_printf("%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", full,
	    value ? value : "", https ? "; Secure" : "", value ? "" : "; Max-Age=0");

	reply_header(reply, "Set-Cookie", line);
}

void
reply_body(Reply *reply, ReplyKind kind, const char *type, GBytes *body)
{
	g_bytes_ref(body);
	g_bytes_unref(reply->body);
	reply->kind = kind;
	reply->body = body;
	g_free(reply->type);
	reply->type = g_strdup(is_header_value(type) ? type : "application/octet-stream");
}

#define NAME_LONGEST 120 /* characters */
#define ENDING_LONGEST 12

/* Cuts the middle out: what stands behind the last dot says which program opens the file. */
static void
shorten(GString *name)
{
	glong length = g_utf8_strlen(name->str, -1);
	char *dot = strrchr(name->str, '.');
	glong ending = dot == NULL ? 0 : g_utf8_strlen(dot, -1);
	gsize from, to;

	if (length <= NAME_LONGEST)
		return;
	if (ending > ENDING_LONGEST)
		ending = 0;
	from = (gsize)(g_utf8_offset_to_pointer(name->str, NAME_LONGEST - ending) - name->str);
	to = (gsize)(g_utf8_offset_to_pointer(name->str, length - ending) - name->str);
	g_string_erase(name, (gssize)from, (gssize)(to - from));
}

char *
reply_file_name(const char *name)
{
	GString *out = g_string_new(NULL);
	g_autofree char *valid = g_utf8_make_valid(name ? name : "", -1);

	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (c == '/' || c == '\\') {
			g_string_truncate(out, 0); /* only what stands behind the last one */
			continue;
		}
		if (!g_unichar_isprint(c) || g_unichar_type(c) == G_UNICODE_FORMAT ||
		    (c < 0x80 && strchr("\"<>|:*?", (int)c) != NULL))
			continue;
		if (c == '.' && out->len == 0)
			continue; /* no hidden file, no ".." */
		g_string_append_unichar(out, c);
	}
	shorten(out);
	if (*g_strstrip(out->str) == '\0')
		g_string_assign(out, "attachment");
	return g_string_free(out, FALSE);
}

void
reply_download(Reply *reply, const char *file_name, const char *type, GBytes *body)
{
	g_autofree char *name = reply_file_name(file_name);
	g_autofree char *ascii = g_strdup(name);
	g_autofree char *encoded = g_uri_escape_string(name, NULL, FALSE);
	g_autofree char *disposition = NULL;

	for (char *c = ascii; *c != '\0'; c++)
		if ((guchar)*c >= 0x7f || *c == '%' || *c == ';')
			*c = '_';
	disposition =
	    g_strdup_printf("attachment; filename=\"%s\"; filename*=UTF-8''%s", ascii, encoded);
	reply_header(reply, "Content-Disposition", disposition);
	reply_body(reply, REPLY_DOWNLOAD, type, body);
}

void
reply_redirect(Reply *reply, const char *location)
{
	g_assert(location[0] == '/' && location[1] != '/' && location[1] != '\\');
	reply->status = 303;
	reply_header(reply, "Location", location);
}

static const char *
phrase(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 303:
		return "See Other";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 412:
		return "Precondition Failed";
	case 413:
		return "Content Too Large";
	case 429:
		return "Too Many Requests";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

GBytes *
reply_bytes(const Reply *reply, bool head)
{
	static const char *const policies[] = {
	    page_policy, foreign_policy, bare_policy, bare_policy};
	GString *out = g_string_sized_new(1024 + g_bytes_get_size(reply->body));

	g_string_printf(out,
	    "Status: %d %s\r\nContent-Type: %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n",
	    reply->status, phrase(reply->status), reply->type, g_bytes_get_size(reply->body));
	g_string_append_printf(out, "Content-Security-Policy: %s\r\nX-Frame-Options: %s\r\n",
	    policies[reply->kind], reply->kind == REPLY_FOREIGN ? "SAMEORIGIN" : "DENY");
	g_string_append(out, common_headers);
	g_string_append(out, reply->kind == REPLY_STATIC
				 ? "Cache-Control: public, max-age=31536000, immutable\r\n"
				 : "Cache-Control: no-store\r\n");
	g_string_append_len(out, reply->headers->str, (gssize)reply->headers->len);
	g_string_append(out, "\r\n");
	if (!head)
		g_string_append_len(out, g_bytes_get_data(reply->body, NULL),
		    (gssize)g_bytes_get_size(reply->body));
	return g_string_free_to_bytes(out);
}

bool
reply_send(const Reply *reply, int fd, bool head)
{
	g_autoptr(GBytes) bytes = reply_bytes(reply, head);
	gsize size;
	const void *data = g_bytes_get_data(bytes, &size);

	return file_write_all(fd, data, size);
}
