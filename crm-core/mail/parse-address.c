/*
 * Address headers, RFC 5322 with the obsolete forms, RFC 6532, and what programs write instead:
 * "a..b@c", "Nova, Jana <a@b>" without quotes costs a name and not the address, ";" between
 * addresses, a missing ">".
 *
 * GMime's own reader drops local parts with two dots or a last one, which real people have, and
 * recurses into groups. This one is a loop over the bytes. Nothing inside quotes, comments or
 * encoded words can become an address.
 */
#include "mail/parse-internal.h"

#include "mail/address.h"
#include "mail/decode.h"

#include <string.h>

typedef struct {
	Mail *mail;
	MailRole role;
	guint *left;     /* addresses that may still come */
	GString *phrase; /* words before "<", quotes resolved */
	GString *bare;   /* the same as written, without comments: an address without "<>" */
	GString *angle;  /* within "<>" */
	GString *comment;
	char *group;
	bool has_angle;
} List;

/* Most addresses are plain: no need to make the canonical form of those. */
static bool
matches_something(const char *address)
{
	const char *p = address;
	g_autofree char *canonical = NULL;

	while (g_ascii_isalnum(*p) || (*p && strchr("._+-", *p)))
		p++;
	if (p > address && *p == '@' && g_ascii_isalnum(p[1])) {
		for (p++; g_ascii_isalnum(*p) || *p == '-' || (*p == '.' && g_ascii_isalnum(p[1]));
		     p++)
			;
		if (!*p)
			return true;
	}
	canonical = address_canonical(address);
	return canonical != NULL;
}

/* "local @ domain . cz" -> without the blanks; "Jana jana@x.cz" keeps the word with the @, the
 * rest is a name. */
static char *
bare_address(const char *bare, char **rest)
{
	g_autoptr(GString) tight = g_string_new(NULL);
	char *at, *blank;
	bool quoted = false;

	for (const char *p = bare; *p; p++) {
		if (*p == '"')
			quoted = !quoted;
		if (!quoted && g_ascii_isspace(*p)) {
			const char *next = p + strspn(p, " \t\r\n");
			char before = tight->len ? tight->str[tight->len - 1] : '@';

			if (!*next || strchr("@.", *next) || strchr("@.", before))
				continue;
		}
		g_string_append_c(tight, *p == '\t' || *p == '\r' || *p == '\n' ? ' ' : *p);
	}
	while (
	    tight->len > 1 && tight->str[tight->len - 1] == '>') /* "a@b>" without its beginning */
		g_string_truncate(tight, tight->len - 1);
	at = strrchr(tight->str, '@');
	if (!at || *tight->str == '"')
		return parse_clean(tight->str);
	blank = strchr(at, ' ');
	if (blank)
		*blank = '\0';
	while (at > tight->str && at[-1] != ' ')
		at--;
	if (at > tight->str) {
		at[-1] = '\0';
		*rest = parse_words(tight->str);
	}
	return parse_clean(at);
}

/* What stands in "<>", without a source route, blanks, "mailto:" and the quotes that some put
 * around. */
static char *
angle_address(const char *angle)
{
	g_autofree char *text = parse_clean(angle);
	char *start = text;
	gsize length;

	if (!start)
		return NULL;
	if (*start == '@' && strchr(start, ':'))
		start = strchr(start, ':') + 1;
	if (g_ascii_strncasecmp(start, "mailto:", 7) == 0)
		start += 7;
	length = strlen(start);
	if (length > 2 && start[0] == '\'' && start[length - 1] == '\'') {
		start[length - 1] = '\0';
		start++;
	}
	if (*start != '"' && strchr(start, ' ')) { /* folded inside, or "a b@c": blanks go */
		char *out = start;
		for (char *p = start; *p; p++) {
			if (*p != ' ')
				*out++ = *p;
		}
		*out = '\0';
	}
	return start == text ? g_steal_pointer(&text) : parse_clean(start);
}

/* The end of one mailbox. False: too many. */
static bool
finish(List *l)
{
	g_autofree char *name = parse_words(l->phrase->str);
	g_autofree char *address = NULL, *rest = NULL;

	if (l->has_angle) {
		address = angle_address(l->angle->str);
	} else if (strchr(l->bare->str, '@') ||
		   (name && !strchr(name, ' ') && !strstr(l->bare->str, "=?"))) {
		address = bare_address(l->bare->str, &rest);
		g_clear_pointer(&name, g_free);
		name = g_steal_pointer(&rest);
	}
	if (!name && l->comment->len)
		name = parse_words(l->comment->str);
	if (address && name && g_ascii_strcasecmp(address, name) == 0)
		g_clear_pointer(&name, g_free);
	if (address ? !matches_something(address) : l->has_angle || l->phrase->len > 0)
		l->mail->defects |= MAIL_DEFECT_BAD_ADDRESS;
	if (address) {
		MailAddress *added;

		if ((*l->left)-- == 0)
			return false;
		added = mail_add_address(l->mail, l->role, NULL, NULL, l->group);
		added->name = g_steal_pointer(&name);
		added->address = g_steal_pointer(&address);
	}
	g_string_truncate(l->phrase, 0);
	g_string_truncate(l->bare, 0);
	g_string_truncate(l->angle, 0);
	g_string_truncate(l->comment, 0);
	l->has_angle = false;
	return true;
}

/* "..." at p (the opening quote); where it ends. Without an end it is a quote character like any
 * other. */
static const char *
take_quoted(List *l, const char *p)
{
	const char *start = p;
	gsize mark = l->phrase->len;

	for (p++; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			p++;
		g_string_append_c(l->phrase, *p);
	}
	if (!*p) {
		g_string_truncate(l->phrase, mark);
		g_string_append_c(l->bare, '"');
		return start + 1;
	}
	g_string_append_len(l->bare, start, p + 1 - start);
	return p + 1;
}

/* Comments nest. One that never ends goes to the end of the value. */
static const char *
take_comment(List *l, const char *p)
{
	guint depth = 1;

	if (l->comment->len)
		g_string_append_c(l->comment, ' ');
	for (p++; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
		g_string_append_c(l->comment, *p);
	}
	return p;
}

static const char *
take_angle(List *l, const char *p)
{
	const char *start = p + 1;
	bool quoted = false;

	l->has_angle = true;
	for (p++; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == '>' || *p == '<'))
			break;
		else if (!quoted && *p == ',' && *start != '@') /* the ">" is missing */
			break;
	}
	g_string_assign(l->angle, "");
	g_string_append_len(l->angle, start, p - start);
	return *p == '>' ? p + 1 : p;
}

/* "=?...?=" goes as one piece: what it holds is no syntax. */
static const char *
take_encoded(List *l, const char *p)
{
	const char *end = p + 2;
	guint marks = 0;

	while (*end > ' ' && !(marks >= 2 && end[0] == '?' && end[1] == '='))
		marks += *end++ == '?';
	end = *end == '?' ? end + 2 : p + 2;
	g_string_append_len(l->phrase, p, end - p);
	g_string_append_len(l->bare, p, end - p);
	return end;
}

/* What means nothing else, up to where something may. */
static const char *
take_plain(List *l, const char *p)
{
	const char *end = p + 1 + strcspn(p + 1, "\"(<:,;=");

	if (!l->has_angle) {
		g_string_append_len(l->phrase, p, end - p);
		g_string_append_len(l->bare, p, end - p);
	}
	return end;
}

static bool
parse_list(List *l, const char *p)
{
	while (*p) {
		switch (*p) {
		case '"':
			p = take_quoted(l, p);
			break;
		case '(':
			p = take_comment(l, p);
			break;
		case '<':
			p = take_angle(l, p);
			break;
		case ':':
			if (strchr(l->bare->str, '@') || l->has_angle) {
				g_string_append_c(l->bare, *p++);
				break;
			}
			g_free(l->group);
			l->group = parse_words(l->phrase->str);
			g_string_truncate(l->phrase, 0);
			g_string_truncate(l->bare, 0);
			p++;
			break;
		case ',':
		case ';':
			if (!finish(l))
				return false;
			if (*p++ == ';')
				g_clear_pointer(&l->group, g_free);
			break;
		case '=':
			if (p[1] == '?') {
				p = take_encoded(l, p);
				break;
			}
			/* fallthrough */
		default:
			p = take_plain(l, p);
		}
	}
	return finish(l);
}

bool
parse_addresses(Mail *mail, MailRole role, const char *value, guint *left)
{
	List l = {.mail = mail,
	    .role = role,
	    .left = left,
	    .phrase = g_string_new(NULL),
	    .bare = g_string_new(NULL),
	    .angle = g_string_new(NULL),
	    .comment = g_string_new(NULL)};
	bool ok = parse_list(&l, value);

	g_string_free(l.phrase, TRUE);
	g_string_free(l.bare, TRUE);
	g_string_free(l.angle, TRUE);
	g_string_free(l.comment, TRUE);
	g_free(l.group);
	return ok;
}
