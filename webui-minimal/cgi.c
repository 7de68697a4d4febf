#include "webui-minimal/cgi.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void
field_free(gpointer data)
{
	CgiField *field = data;

	g_free(field->name);
	g_free(field->value);
	g_free(field);
}

void
cgi_free(Cgi *cgi)
{
	if (cgi == NULL)
		return;
	g_free(cgi->base);
	g_free(cgi->path);
	g_free(cgi->client);
	g_free(cgi->language);
	g_clear_pointer(&cgi->query, g_ptr_array_unref);
	g_clear_pointer(&cgi->form, g_ptr_array_unref);
	g_clear_pointer(&cgi->cookies, g_ptr_array_unref);
	g_free(cgi);
}

/* Valid UTF-8 without control characters; lines: line breaks and tabs are allowed. */
static bool
is_text(const char *text, gsize length, bool lines)
{
	if (!g_utf8_validate(text, (gssize)length, NULL))
		return false;
	for (gsize i = 0; i < length; i++) {
		guchar c = (guchar)text[i];

		if (c == 0x7f || (c < 0x20 && !(lines && (c == '\n' || c == '\r' || c == '\t'))))
			return false;
	}
	return true;
}

/* "a%20b+c" to "a b c"; NULL when a percent sign isn't followed by two digits or the result is no
 * text. */
static char *
decode(const char *text, gsize length)
{
	GString *out = g_string_sized_new(length);

	for (gsize i = 0; i < length; i++) {
		char c = text[i];

		if (c == '+')
			c = ' ';
		else if (c == '%') {
			if (i + 2 >= length || !g_ascii_isxdigit(text[i + 1]) ||
			    !g_ascii_isxdigit(text[i + 2])) {
				g_string_free(out, TRUE);
				return NULL;
			}
			c = (char)(g_ascii_xdigit_value(text[i + 1]) << 4 |
				   g_ascii_xdigit_value(text[i + 2]));
			i += 2;
		}
		g_string_append_c(out, c);
	}
	if (!is_text(out->str, out->len, true)) {
		g_string_free(out, TRUE);
		return NULL;
	}
	return g_string_free(out, FALSE);
}

static bool
add_field(GPtrArray *fields, char *name, char *value, GError **error)
{
	CgiField *field = g_new(CgiField, 1);

	field->name = name;
	field->value = value;
	g_ptr_array_add(fields, field);
	if (name == NULL || value == NULL)
		return error_set(error, ERROR_INVALID, "A field of the request can't be read");
	if (fields->len > CGI_FIELDS_MAX)
		return error_set(error, ERROR_TOO_BIG,
		    "The request has more than %d fields: send fewer", CGI_FIELDS_MAX);
	return true;
}

/* application/x-www-form-urlencoded: a query or a form. */
static bool
read_fields(GPtrArray *fields, const char *text, gsize length, GError **error)
{
	const char *at = text, *end = text + length;

	while (at < end) {
		const char *next = memchr(at, '&', (gsize)(end - at));
		const char *stop = next ? next : end;
		const char *equals = memchr(at, '=', (gsize)(stop - at));
		const char *value = equals ? equals + 1 : stop;

		if (stop > at &&
		    !add_field(fields, decode(at, (gsize)((equals ? equals : stop) - at)),
			decode(value, (gsize)(stop - value)), error))
			return false;
		at = next ? next + 1 : end;
	}
	return true;
}

/* RFC 6265: "name=value; name=value". A cookie that is no text is somebody else's: left out. */
static bool
read_cookies(Cgi *cgi, const char *text, GError **error)
{
	g_auto(GStrv) pairs = NULL;

	if (strlen(text) > CGI_COOKIE_MAX)
		return error_set(
		    error, ERROR_TOO_BIG, "The cookies are too big: delete those of this site");
	pairs = g_strsplit(text, ";", CGI_FIELDS_MAX);
	for (char **pair = pairs; *pair != NULL; pair++) {
		char *equals = strchr(*pair, '=');

		if (equals == NULL || !is_text(*pair, strlen(*pair), false))
			continue;
		*equals = '\0';
		if (!add_field(cgi->cookies, g_strdup(g_strstrip(*pair)),
			g_strdup(g_strstrip(equals + 1)), error))
			return false;
	}
	return true;
}

static bool
read_form(Cgi *cgi, const char *type, const char *length, int fd, GError **error)
{
	static const char form_type[] = "application/x-www-form-urlencoded";
	g_autofree char *body = NULL;
	guint64 size = 0;
	gsize got = 0;
	bool ok;

	if (!g_ascii_string_to_unsigned(length, 10, 0, G_MAXINT64, &size, NULL))
		return error_set(error, ERROR_INVALID, "The request doesn't say how long it is");
	if (size > CGI_FORM_MAX)
		return error_set(error, ERROR_TOO_BIG, "A form may have %d KB", CGI_FORM_MAX >> 10);
	if (g_ascii_strncasecmp(type, form_type, strlen(form_type)) != 0 ||
	    strchr("; \t", type[strlen(form_type)]) == NULL)
		return error_set(error, ERROR_INVALID, "Only forms of type %s are read", form_type);
	body = g_malloc(size + 1);
	while (got < size) {
		ssize_t n = read(fd, body + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(
			    error, ERROR_INTERNAL, errno, "The form can't be read");
		if (n == 0)
			return error_set(error, ERROR_INVALID, "The form came only in part");
		got += (gsize)n;
	}
	ok = read_fields(cgi->form, body, size, error);
	memset(body, 0, size); /* may hold a password */
	return ok;
}

static CgiMethod
method_of(const char *text)
{
	if (strcmp(text, "GET") == 0)
		return CGI_GET;
	if (strcmp(text, "HEAD") == 0)
		return CGI_HEAD;
	return strcmp(text, "POST") == 0 ? CGI_POST : CGI_OTHER;
}

/* The variable when it is plain text of at most max bytes, otherwise "". */
static const char *
variable(char **environment, const char *name, gsize max)
{
	const char *value = g_environ_getenv(environment, name);

	if (value == NULL || strlen(value) > max || !is_text(value, strlen(value), false))
		return "";
	return value;
}

static bool
read_path(Cgi *cgi, char **environment, GError **error)
{
	const char *base = variable(environment, "SCRIPT_NAME", 1024);
	const char *path = g_environ_getenv(environment, "PATH_INFO");

	if (path == NULL || *path == '\0')
		path = "/";
	if (strlen(path) > CGI_QUERY_MAX)
		return error_set(error, ERROR_TOO_BIG, "The address of the page is too long");
	if (*path != '/' || !is_text(path, strlen(path), false))
		return error_set(error, ERROR_INVALID, "The address of the page can't be read");
	/* "//" at the beginning of a link would name another host */
	while (base[0] == '/' && (base[1] == '/' || base[1] == '\0'))
		base++;
	cgi->base = *base == '/' ? g_uri_escape_string(base, "/", TRUE) : g_strdup("");
	cgi->path = g_strdup(path);
	return true;
}

Cgi *
cgi_read(char **environment, int fd, GError **error)
{
	g_autoptr(Cgi) cgi = g_new0(Cgi, 1);
	const char *query = g_environ_getenv(environment, "QUERY_STRING");
	const char *cookies = g_environ_getenv(environment, "HTTP_COOKIE");
	const char *site = variable(environment, "HTTP_SEC_FETCH_SITE", 32);
	const char *https = variable(environment, "HTTPS", 8);

	cgi->query = g_ptr_array_new_with_free_func(field_free);
	cgi->form = g_ptr_array_new_with_free_func(field_free);
	cgi->cookies = g_ptr_array_new_with_free_func(field_free);
	cgi->method = method_of(variable(environment, "REQUEST_METHOD", 32));
	cgi->client = g_strdup(variable(environment, "REMOTE_ADDR", 64));
	cgi->language = g_strdup(variable(environment, "HTTP_ACCEPT_LANGUAGE", 256));
	cgi->https = g_ascii_strcasecmp(https, "on") == 0 || strcmp(https, "1") == 0;
	cgi->cross_site =
	    *site != '\0' && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
	if (!read_path(cgi, environment, error))
		return NULL;
	if (query != NULL && strlen(query) > CGI_QUERY_MAX) {
		error_set(error, ERROR_TOO_BIG, "The address of the page is too long");
		return NULL;
	}
	if (query != NULL && !read_fields(cgi->query, query, strlen(query), error))
		return NULL;
	if (cookies != NULL && !read_cookies(cgi, cookies, error))
		return NULL;
	if (cgi->method == CGI_POST && !read_form(cgi, variable(environment, "CONTENT_TYPE", 256),
					   variable(environment, "CONTENT_LENGTH", 32), fd, error))
		return NULL;
	return g_steal_pointer(&cgi);
}

static const char *
find(const GPtrArray *fields, const char *name)
{
	for (guint i = 0; i < fields->len; i++) {
		const CgiField *field = g_ptr_array_index(fields, i);

		if (strcmp(field->name, name) == 0)
			return field->value;
	}
	return NULL;
}

const char *
cgi_query(const Cgi *cgi, const char *name)
{
	return find(cgi->query, name);
}

const char *
cgi_form(const Cgi *cgi, const char *name)
{
	return find(cgi->form, name);
}

char **
cgi_form_all(const Cgi *cgi, const char *name)
{
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();

	for (guint i = 0; cgi->form != NULL && i < cgi->form->len; i++) {
		const CgiField *field = g_ptr_array_index(cgi->form, i);

		if (strcmp(field->name, name) == 0)
			g_strv_builder_add(all, field->value);
	}
	return g_strv_builder_end(all);
}

const char *
cgi_cookie(const Cgi *cgi, const char *name)
{
	return find(cgi->cookies, name);
}

gint64
cgi_query_number(const Cgi *cgi, const char *name, gint64 minimum, gint64 maximum, gint64 fallback)
{
	const char *text = cgi_query(cgi, name);
	gint64 number;

	if (text == NULL || !g_ascii_string_to_signed(text, 10, minimum, maximum, &number, NULL))
		return fallback;
	return number;
}

char *
cgi_token(const char *secret)
{
	return g_compute_hmac_for_string(
	    G_CHECKSUM_SHA256, (const guchar *)secret, strlen(secret), "kartoteka form", -1);
}

bool
cgi_check_token(const Cgi *cgi, const char *secret, GError **error)
{
	g_autofree char *wanted = cgi_token(secret);
	const char *token = cgi_form(cgi, "token");
	guint difference = 0;

	for (gsize i = 0; token != NULL && token[i] != '\0' && wanted[i] != '\0'; i++)
		difference |= (guint)(token[i] ^ wanted[i]);
	if (token == NULL || strlen(token) != strlen(wanted) || difference != 0 || cgi->cross_site)
		return error_set(error, ERROR_DENIED,
		    "This form was opened in another session: open its page again");
	return true;
}

/* "cs;q=0.8" to its weight; 0 when it isn't this language. */
static double
weight_of(const char *range, const char *language)
{
	gsize length = strlen(language);
	const char *q = strstr(range, ";q=");

	while (*range == ' ' || *range == '\t')
		range++;
	if (g_ascii_strncasecmp(range, language, length) != 0 ||
	    strchr("-;, \t", range[length]) == NULL)
		return 0;
	return q == NULL ? 1 : CLAMP(g_ascii_strtod(q + 3, NULL), 0, 1);
}

const char *
cgi_choose_language(const char *accept, const char *const *languages)
{
	g_auto(GStrv) ranges = g_strsplit(accept, ",", 32);
	const char *best = languages[0];
	double best_weight = 0;

	for (char **range = ranges; *range != NULL; range++)
		for (const char *const *language = languages; *language != NULL; language++) {
			double weight = weight_of(*range, *language);

			if (weight > best_weight) {
				best = *language;
				best_weight = weight;
			}
		}
	return best;
}
