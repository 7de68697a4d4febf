#include "base/wish.h"

#include "base/error.h"

#include <string.h>

#define FIELDS_MAX 2000 /* of a request; a search names hardly more than ten addresses */
#define FOUND_MAX 100000

static const char *const verb_names[] = {"search", "rewind", "check-password"};

static void
wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	g_free(text);
}

Wish *
wish_new(WishVerb verb)
{
	Wish *wish = g_new0(Wish, 1);

	wish->verb = verb;
	return wish;
}

void
wish_free(Wish *wish)
{
	if (wish == NULL)
		return;
	wipe(wish->password);
	g_free(wish->login);
	g_strfreev(wish->addresses);
	g_free(wish->folder);
	g_free(wish->uids);
	g_free(wish);
}

void
wish_reply_free(WishReply *reply)
{
	if (reply == NULL)
		return;
	g_ptr_array_unref(reply->found);
	g_free(reply->value);
	g_free(reply);
}

static void
found_free(gpointer data)
{
	WishFound *found = data;

	g_free(found->login);
	g_free(found->folder);
	g_free(found);
}

/* Fields ------------------------------------------------------------------------------------------
 */

void
wish_append_field(GString *line, const char *value)
{
	if (line->len > 0)
		g_string_append_c(line, '\t');
	for (; *value != '\0'; value++) {
		guint8 c = (guint8)*value;

		if (c < 0x20 || c == 0x7f || c == '%')
			g_string_append_printf(line, "%%%02X", c);
		else
			g_string_append_c(line, *value);
	}
}

static void
field_free(gpointer field)
{
	wipe(field);
}

/* The field without its %XX; NULL when it is no clean text. */
static char *
unescape(const char *p, const char *end)
{
	char *out = g_malloc0((gsize)(end - p) + 1), *to = out;

	for (; p < end; p++) {
		int high, low;

		if ((guint8)*p < 0x20 || *p == 0x7f)
			return wipe(out), NULL;
		if (*p != '%') {
			*to++ = *p;
			continue;
		}
		high = end - p > 2 ? g_ascii_xdigit_value(p[1]) : -1;
		low = high >= 0 ? g_ascii_xdigit_value(p[2]) : -1;
		if (low < 0 || high + low == 0)
			return wipe(out), NULL;
		*to++ = (char)(high << 4 | low);
		p += 2;
	}
	return g_utf8_validate(out, to - out, NULL) ? out : (wipe(out), NULL);
}

/* The fields of a line, wiped when they are freed; NULL when one is no clean text. */
static GPtrArray *
split(const char *p, gsize length)
{
	g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(field_free);
	const char *end = p + length, *tab;
	char *field;

	for (tab = p; tab != NULL; p = tab != NULL ? tab + 1 : end) {
		tab = memchr(p, '\t', (gsize)(end - p));
		field = unescape(p, tab != NULL ? tab : end);
		if (field == NULL || fields->len >= FIELDS_MAX)
			return wipe(field), NULL;
		g_ptr_array_add(fields, field);
	}
	return g_steal_pointer(&fields);
}

static bool
parse_count(const char *text, guint64 max, gint64 *ret)
{
	guint64 n;

	if (!g_ascii_string_to_unsigned(text, 10, 0, max, &n, NULL))
		return false;
	*ret = (gint64)n;
	return true;
}

bool
wish_uids_are_valid(const char *uids)
{
	bool in_range = false;

	for (const char *p = uids; *p != '\0';) {
		char *end;
		guint64 n = g_ascii_strtoull(p, &end, 10);

		if (!g_ascii_isdigit(*p) || end - p > 10 || n == 0 || n > G_MAXUINT32)
			return false;
		if (*end == '\0')
			return true;
		if (*end != ',' && (*end != ':' || in_range))
			return false;
		in_range = *end == ':';
		p = end + 1;
		if (*p == '\0')
			return false;
	}
	return true;
}

/* Requests ----------------------------------------------------------------------------------------
 */

GString *
wish_format(const Wish *wish)
{
	/* grown at once: a GString that grows leaves the password where it was */
	GString *line =
	    g_string_sized_new(wish->password != NULL ? 3 * strlen(wish->password) + 4096 : 256);

	wish_append_field(line, verb_names[wish->verb]);
	if (wish->verb == WISH_SEARCH)
		wish_append_field(line, wish->fetch ? "fetch" : "count");
	wish_append_field(line, wish->login != NULL ? wish->login : "*");
	switch (wish->verb) {
	case WISH_SEARCH:
		for (char **address = wish->addresses; *address != NULL; address++)
			wish_append_field(line, *address);
		break;
	case WISH_REWIND: {
		g_autofree char *validity =
		    g_strdup_printf("%" G_GINT64_FORMAT, wish->uid_validity);

		wish_append_field(line, wish->folder);
		wish_append_field(line, validity);
		wish_append_field(line, wish->uids);
		break;
	}
	case WISH_CHECK_PASSWORD:
		wish_append_field(line, wish->password);
		break;
	}
	g_string_append_c(line, '\n');
	return line;
}

static char *
mailbox_of(const char *field)
{
	return strcmp(field, "*") != 0 ? g_strdup(field) : NULL;
}

static Wish *
parse_search(GPtrArray *fields)
{
	g_autoptr(Wish) wish = wish_new(WISH_SEARCH);
	const char *how = fields->len > 3 ? fields->pdata[1] : "";

	wish->fetch = strcmp(how, "fetch") == 0;
	if (!wish->fetch && strcmp(how, "count") != 0)
		return NULL;
	wish->login = mailbox_of(fields->pdata[2]);
	wish->addresses = g_new0(char *, fields->len - 2);
	for (guint i = 3; i < fields->len; i++) {
		const char *address = fields->pdata[i];

		if (*address == '\0')
			return NULL;
		wish->addresses[i - 3] = g_strdup(address);
	}
	return g_steal_pointer(&wish);
}

static Wish *
parse_rewind(GPtrArray *fields)
{
	g_autoptr(Wish) wish = wish_new(WISH_REWIND);

	if (fields->len != 5 || !parse_count(fields->pdata[3], G_MAXUINT32, &wish->uid_validity) ||
	    !wish_uids_are_valid(fields->pdata[4]))
		return NULL;
	wish->login = mailbox_of(fields->pdata[1]);
	wish->folder = g_strdup(fields->pdata[2]);
	wish->uids = g_strdup(fields->pdata[4]);
	/* everything of everybody, or one folder of one mailbox */
	if ((wish->login == NULL) != (*wish->folder == '\0') ||
	    (wish->login == NULL && *wish->uids != '\0'))
		return NULL;
	return g_steal_pointer(&wish);
}

static Wish *
parse_check_password(GPtrArray *fields)
{
	g_autoptr(Wish) wish = wish_new(WISH_CHECK_PASSWORD);

	if (fields->len != 3 || (wish->login = mailbox_of(fields->pdata[1])) == NULL)
		return NULL;
	wish->password = g_strdup(fields->pdata[2]);
	return g_steal_pointer(&wish);
}

Wish *
wish_parse(const char *line, gsize length, GError **error)
{
	static Wish *(*const parse[])(GPtrArray *) = {
	    parse_search, parse_rewind, parse_check_password};
	g_autoptr(GPtrArray) fields = split(line, length);
	Wish *wish = NULL;

	for (guint i = 0; fields != NULL && i < G_N_ELEMENTS(verb_names); i++)
		if (strcmp(fields->pdata[0], verb_names[i]) == 0)
			wish = parse[i](fields);
	if (wish != NULL && wish->login != NULL && *wish->login == '\0')
		g_clear_pointer(&wish, wish_free);
	if (wish == NULL)
		error_set(error, ERROR_INVALID,
		    "The control socket takes search, rewind and check-password, as "
		    "kartoteka-imapsync(8) tells; this was none of them.");
	return wish;
}

/* Replies -----------------------------------------------------------------------------------------
 */

static ErrorCode
code_named(const char *name)
{
	for (ErrorCode code = ERROR_TEMPORARY; code < ERROR_INTERNAL; code++)
		if (strcmp(error_name(code), name) == 0)
			return code;
	return ERROR_INTERNAL;
}

static bool
add_found(WishReply *reply, GPtrArray *fields)
{
	g_autofree WishFound *found = g_new0(WishFound, 1);

	if (fields->len != 4 || reply->found->len >= FOUND_MAX ||
	    !parse_count(fields->pdata[3], G_MAXUINT32, &found->count))
		return false;
	found->login = g_strdup(fields->pdata[1]);
	found->folder = g_strdup(fields->pdata[2]);
	g_ptr_array_add(reply->found, g_steal_pointer(&found));
	return true;
}

static WishReply *
no_reply(GError **error)
{
	error_set(error, ERROR_INTERNAL,
	    "What kartoteka-imapsync answered is no reply; is it of the same version?");
	return NULL;
}

WishReply *
wish_reply_parse(const char *text, gsize length, GError **error)
{
	g_autoptr(WishReply) reply = g_new0(WishReply, 1);
	const char *p = text, *end = text + length, *newline;

	reply->found = g_ptr_array_new_with_free_func(found_free);
	for (; (newline = memchr(p, '\n', (gsize)(end - p))) != NULL; p = newline + 1) {
		g_autoptr(GPtrArray) fields = split(p, (gsize)(newline - p));
		const char *word = fields != NULL ? fields->pdata[0] : "";
		bool is_last = newline + 1 == end;

		if (strcmp(word, "found") == 0 && !is_last && add_found(reply, fields))
			continue;
		if (strcmp(word, "ok") == 0 && fields->len == 2 && is_last) {
			reply->value = g_strdup(fields->pdata[1]);
			return g_steal_pointer(&reply);
		}
		if (strcmp(word, "error") == 0 && fields->len == 3 && is_last) {
			error_set(error, code_named(fields->pdata[1]), "%s",
			    (const char *)fields->pdata[2]);
			return NULL;
		}
		return no_reply(error);
	}
	return no_reply(error);
}
