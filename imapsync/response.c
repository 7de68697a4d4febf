#include "imapsync/response.h"

#include "base/error.h"

#include <string.h>

/* What is left of a response. After something that wasn't as it must be, failed stays true and nothing more is read. */
typedef struct {
	const char *p, *end;
	bool failed;
} Reader;

#define RANGES_MAX 500000 /* of UIDs in one response */

static bool
fail(Reader *r)
{
	r->failed = true;
	return false;
}

static bool
finish(const Reader *r, const char *what, GError **error)
{
	return !r->failed ||
	       error_set(error, ERROR_INVALID, "The server's %s can't be read.", what);
}

static bool
take_char(Reader *r, char c)
{
	if (r->failed || r->p >= r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static bool
need_char(Reader *r, char c)
{
	return take_char(r, c) || fail(r);
}

/* An atom, or what else stands up to a blank or a parenthesis; newly allocated. */
static char *
take_atom(Reader *r)
{
	const char *begin = r->p;

	while (
	    !r->failed && r->p < r->end && strchr(" ()\"{", *r->p) == NULL && (guchar)*r->p > 0x1f)
		r->p++;
	if (r->p == begin)
		fail(r);
	return g_strndup(begin, (gsize)(r->p - begin));
}

static guint64
take_number(Reader *r)
{
	guint64 number = 0;
	const char *begin = r->p;

	while (!r->failed && r->p < r->end && g_ascii_isdigit(*r->p)) {
		guint digit = (guint)(*r->p++ - '0');

		if (number > (G_MAXUINT64 - digit) / 10)
			fail(r);
		number = number * 10 + digit;
	}
	if (r->p == begin)
		fail(r);
	return r->failed ? 0 : number;
}

static guint32
take_number32(Reader *r)
{
	guint64 number = take_number(r);

	if (number > G_MAXUINT32)
		fail(r);
	return r->failed ? 0 : (guint32)number;
}

static GString *
take_quoted(Reader *r)
{
	GString *text = g_string_new(NULL);

	need_char(r, '"');
	while (!r->failed && r->p < r->end && *r->p != '"') {
		if (*r->p == '\\' && r->p + 1 < r->end)
			r->p++;
		g_string_append_c(text, *r->p++);
	}
	need_char(r, '"');
	return text;
}

static GString *
take_literal(Reader *r)
{
	guint64 length;
	GString *text;

	need_char(r, '{');
	length = take_number(r);
	need_char(r, '}');
	take_char(r, '\r');
	need_char(r, '\n');
	if (!r->failed && length > (guint64)(r->end - r->p))
		fail(r);
	text = g_string_new_len(r->p, r->failed ? 0 : (gssize)length);
	r->p += text->len;
	return text;
}

/* A name: atom, quoted string or literal; it may hold anything. Never NULL. */
static GString *
take_astring(Reader *r)
{
	g_autofree char *atom = NULL;

	if (!r->failed && r->p < r->end && *r->p == '"')
		return take_quoted(r);
	if (!r->failed && r->p < r->end && *r->p == '{')
		return take_literal(r);
	/* Brackets and parentheses that some servers forget to quote end the atom, and so make the response invalid. */
	atom = take_atom(r);
	return g_string_new(atom);
}

/* The word that the response is called by. */
static bool
take_keyword(Reader *r, const char *word)
{
	const gsize length = strlen(word);

	if ((gsize)(r->end - r->p) < length || g_ascii_strncasecmp(r->p, word, length) != 0)
		return false;
	r->p += length;
	return true;
}

/* LIST
 * --------------------------------------------------------------------------------------------------------
 */

static void
apply_attribute(ImapFolder *folder, const char *name)
{
	static const struct {
		const char *name;
		ImapUse use;
	} uses[] = {{"\\Sent", IMAP_USE_SENT}, {"\\Drafts", IMAP_USE_DRAFTS},
	    {"\\Trash", IMAP_USE_TRASH}, {"\\Junk", IMAP_USE_JUNK}, {"\\Archive", IMAP_USE_ARCHIVE},
	    {"\\All", IMAP_USE_ALL}, {"\\AllMail", IMAP_USE_ALL}, {"\\Spam", IMAP_USE_JUNK},
	    {"\\Flagged", IMAP_USE_FLAGGED}};

	if (g_ascii_strcasecmp(name, "\\Noselect") == 0 ||
	    g_ascii_strcasecmp(name, "\\NonExistent") == 0)
		folder->selectable = false;
	for (gsize i = 0; i < G_N_ELEMENTS(uses); i++)
		if (folder->use == IMAP_USE_NONE && g_ascii_strcasecmp(name, uses[i].name) == 0)
			folder->use = uses[i].use;
}

static void
take_attributes(Reader *r, ImapFolder *folder)
{
	need_char(r, '(');
	while (!r->failed && !take_char(r, ')')) {
		g_autofree char *name = take_atom(r);

		apply_attribute(folder, name);
		while (take_char(r, ' '))
			;
	}
}

static void
take_separator(Reader *r, ImapFolder *folder)
{
	g_autoptr(GString) text = NULL;

	if (take_keyword(r, "NIL"))
		return;
	text = take_quoted(r);
	if (text->len > 1)
		fail(r);
	folder->separator = text->str[0];
}

ImapFolder *
response_list(const char *response, gsize length, GError **error)
{
	Reader r = {response, response + length, false};
	g_autoptr(ImapFolder) folder = g_new0(ImapFolder, 1);
	g_autoptr(GString) raw = NULL;

	folder->selectable = true;
	if (!take_keyword(&r, "LIST "))
		fail(&r);
	take_attributes(&r, folder);
	need_char(&r, ' ');
	take_separator(&r, folder);
	need_char(&r, ' ');
	raw = take_astring(&r);
	/* Behind the name may follow what LIST-EXTENDED adds; nothing of it matters here. */
	if (raw->len == 0 || (!r.failed && r.p < r.end && *r.p != ' '))
		fail(&r);
	if (!finish(&r, "list of folders", error))
		return NULL;
	folder->unnamable = strlen(raw->str) != raw->len || strpbrk(raw->str, "\r\n") != NULL;
	folder->selectable = folder->selectable && !folder->unnamable;
	for (gsize i = 0; i < raw->len; i++)
		if (raw->str[i] == '\0')
			raw->str[i] = '?';
	folder->raw = g_strdup(raw->str);
	if (g_ascii_strcasecmp(raw->str, "INBOX") == 0)
		folder->use = IMAP_USE_INBOX;
	return g_steal_pointer(&folder);
}

/* The others
 * --------------------------------------------------------------------------------------------------------
 */

static void
skip_value(Reader *r)
{
	guint depth = 0;

	do {
		if (take_char(r, '(')) {
			depth++;
		} else if (depth > 0 && take_char(r, ')')) {
			depth--;
		} else if (depth == 0 || !take_char(r, ' ')) {
			GString *skipped = take_astring(r);

			g_string_free(skipped, TRUE);
		}
	} while (depth > 0 && !r->failed);
}

static void
take_status_item(Reader *r, ImapStatus *status)
{
	g_autofree char *item = take_atom(r);

	need_char(r, ' ');
	if (g_ascii_strcasecmp(item, "MESSAGES") == 0)
		status->exists = take_number32(r);
	else if (g_ascii_strcasecmp(item, "UIDNEXT") == 0)
		status->uidnext = take_number32(r);
	else if (g_ascii_strcasecmp(item, "UIDVALIDITY") == 0)
		status->uidvalidity = take_number32(r);
	else if (g_ascii_strcasecmp(item, "HIGHESTMODSEQ") == 0)
		status->highestmodseq = take_number(r);
	else
		skip_value(r);
}

bool
response_status(const char *response, gsize length, char **ret_raw, ImapStatus *ret, GError **error)
{
	Reader r = {response, response + length, false};
	g_autoptr(GString) raw = NULL;
	ImapStatus status = {0};

	if (!take_keyword(&r, "STATUS "))
		fail(&r);
	raw = take_astring(&r);
	need_char(&r, ' ');
	need_char(&r, '(');
	while (!r.failed && !take_char(&r, ')')) {
		take_status_item(&r, &status);
		while (take_char(&r, ' '))
			;
	}
	if (!finish(&r, "state of a folder", error))
		return false;
	*ret_raw = g_strdup(raw->str);
	*ret = status;
	return true;
}

/* "1:5,9" up to a blank or the end. */
static void
take_set(Reader *r, UidSet *ret)
{
	const char *begin = r->p;
	g_autofree char *text = NULL;
	g_autoptr(UidSet) set = NULL;

	while (
	    !r->failed && r->p < r->end && *r->p != '\0' && strchr("0123456789:,", *r->p) != NULL)
		r->p++;
	text = g_strndup(begin, (gsize)(r->p - begin));
	set = r->p > begin ? uidset_parse(text, RANGES_MAX, NULL) : NULL;
	if (set != NULL)
		uidset_add_set(ret, set);
	else
		fail(r);
}

/* " (TAG "A1") UID ALL 1:5 MODSEQ 7" */
static void
take_esearch(Reader *r, UidSet *ret)
{
	bool uid = false;

	while (!r->failed && take_char(r, ' ')) {
		g_autofree char *word = NULL;

		if (r->p < r->end && *r->p == '(') {
			skip_value(r);
			continue;
		}
		word = take_atom(r);
		if (g_ascii_strcasecmp(word, "UID") == 0) {
			uid = true;
			continue;
		}
		need_char(r, ' ');
		if (g_ascii_strcasecmp(word, "ALL") != 0)
			skip_value(r);
		else if (uid)
			take_set(r, ret);
		else
			fail(r); /* message numbers */
	}
}

bool
response_search(const char *response, gsize length, UidSet *ret, GError **error)
{
	Reader r = {response, response + length, false};
	g_autoptr(UidSet) set = uidset_new();

	if (take_keyword(&r, "ESEARCH")) {
		take_esearch(&r, set);
	} else if (take_keyword(&r, "SEARCH")) {
		while (!r.failed && take_char(&r, ' ')) {
			if (r.p < r.end && *r.p == '(')
				skip_value(&r); /* (MODSEQ 7) */
			else if (r.p < r.end)   /* a blank at the end is usual */
				uidset_add(set, take_number32(&r));
		}
	} else {
		fail(&r);
	}
	if (r.p < r.end)
		fail(&r);
	if (!finish(&r, "answer to a search", error))
		return false;
	uidset_add_set(ret, set);
	return true;
}

bool
response_vanished(
    const char *response, gsize length, UidSet *ret, bool *ret_earlier, GError **error)
{
	Reader r = {response, response + length, false};
	g_autoptr(UidSet) set = uidset_new();

	if (!take_keyword(&r, "VANISHED "))
		fail(&r);
	*ret_earlier = take_keyword(&r, "(EARLIER) ");
	take_set(&r, set);
	if (r.p < r.end)
		fail(&r);
	if (!finish(&r, "list of vanished mails", error))
		return false;
	uidset_add_set(ret, set);
	return true;
}
