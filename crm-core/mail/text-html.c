/* HTML mail as plain text: one pass over the bytes, no tree, nothing that could run. */
#include "mail/text.h"

#include "mail/text-entities.h"
#include "mail/text-tags.h"

#include <stdlib.h>
#include <string.h>

#define MAX_QUOTE 10 /* deeper blockquotes look like this depth */

typedef struct {
	GString *out;
	guint breaks;    /* line breaks to write before the next text: 0, 1, 2 */
	bool blank;      /* a blank to write before the next text, unless a line begins */
	bool line_open;  /* something stands on the current line */
	guint quote;     /* blockquote depth */
	guint pre;       /* depth of <pre> */
	char hidden[16]; /* element whose content is left out, "" = none */
	guint hidden_depth;
} Writer;

static void
begin_line(Writer *w)
{
	guint depth = MIN(w->quote, MAX_QUOTE);

	for (guint i = 0; i < depth; i++)
		g_string_append_c(w->out, '>');
	if (depth)
		g_string_append_c(w->out, ' ');
	w->line_open = true;
	w->blank = false;
}

static void
flush_breaks(Writer *w)
{
	if (w->out->len > 0) {
		for (; w->breaks > 0; w->breaks--) {
			if (!w->line_open)
				begin_line(w);
			while (w->out->len > 0 && w->out->str[w->out->len - 1] == ' ')
				g_string_truncate(w->out, w->out->len - 1);
			g_string_append_c(w->out, '\n');
			w->line_open = false;
		}
	}
	w->breaks = 0;
}

static void
put_text(Writer *w, const char *text, gsize length)
{
	flush_breaks(w);
	if (!w->line_open)
		begin_line(w);
	else if (w->blank)
		g_string_append_c(w->out, ' ');
	w->blank = false;
	g_string_append_len(w->out, text, (gssize)length);
}

static void
want_breaks(Writer *w, guint n)
{
	w->breaks = MAX(w->breaks, n);
	w->blank = false;
}

static int
compare_entity(const void *key, const void *entry)
{
	return strcmp(key, entry);
}

/* "&eacute;" at the start of text; its length, or 0 when that is no entity. */
static gsize
read_entity(const char *text, const char *end, char to[static 8])
{
	char name[10];
	gsize n = 0;
	const char *p = text + 1;

	if (p < end && *p == '#') {
		guint base = 10;
		guint64 code;
		char *stop;
		char digits[12] = "";

		p++;
		if (p < end && (*p == 'x' || *p == 'X')) {
			base = 16;
			p++;
		}
		while (p + n < end && n < 8 && g_ascii_isxdigit(p[n])) {
			digits[n] = p[n];
			n++;
		}
		code = g_ascii_strtoull(digits, &stop, base);
		if (stop == digits)
			return 0;
		p += stop - digits;
		if (code == 0x93 || code == 0x94)
			code = code - 0x93 + 0x201c; /* Windows' quotes */
		if (!g_unichar_validate((gunichar)code) || code < 0x20 ||
		    (code >= 0x7f && code < 0xa0))
			code = code == 9 || code == 10 ? ' ' : 0xfffd;
		to[g_unichar_to_utf8((gunichar)code, to)] = '\0';
		return (gsize)(p - text) + (p < end && *p == ';');
	}
	while (p + n < end && n < sizeof(name) - 1 && g_ascii_isalnum(p[n])) {
		name[n] = p[n];
		n++;
	}
	name[n] = '\0';
	if (n > 1) {
		const char *found = bsearch(
		    name, entities, G_N_ELEMENTS(entities), sizeof(entities[0]), compare_entity);
		if (found) {
			g_strlcpy(to, found + sizeof(entities[0].name), 8);
			return n + 1 + (p + n < end && p[n] == ';');
		}
	}
	return 0;
}

/* Text between tags. */
static void
put_content(Writer *w, const char *text, const char *end)
{
	while (text < end) {
		const char *run = text;
		char entity[8];

		while (text < end && *text != '&' && !g_ascii_isspace(*text) &&
		       strncmp(text, "\xc2\xa0", 2) != 0)
			text++;
		if (text > run)
			put_text(w, run, (gsize)(text - run));
		if (text == end)
			break;
		if (*text == '&') {
			gsize length = read_entity(text, end, entity);
			if (length == 0) {
				put_text(w, "&", 1);
				text++;
			} else {
				if (strcmp(entity, "\xc2\xa0") == 0)
					put_text(w, " ", 1);
				else if (strcmp(entity, "\xc2\xad") != 0) /* soft hyphen */
					put_text(w, entity, strlen(entity));
				text += length;
			}
		} else if (*text == '\xc2') {
			put_text(w, " ", 1);
			text += 2;
		} else if (w->pre && *text == '\n') {
			flush_breaks(w);
			if (!w->line_open)
				begin_line(w);
			g_string_append_c(w->out, '\n');
			w->line_open = false;
			text++;
		} else if (w->pre) {
			put_text(w, text++, 1);
		} else {
			w->blank = true;
			text++;
		}
	}
}

typedef struct {
	char name[16];
	bool closing;
	bool empty; /* <br/> */
	const char *attributes;
	const char *end; /* of the attributes */
} Tag;

/* The tag at text ("<..."); returns what is behind it. Quoted ">" belong to it. */
static const char *
read_tag(const char *text, const char *end, Tag *tag)
{
	gsize n = 0;
	char quote = 0;
	const char *p = text + 1;

	tag->closing = p < end && *p == '/';
	if (tag->closing)
		p++;
	while (p < end && (g_ascii_isalnum(*p) || *p == ':')) {
		if (n < sizeof(tag->name) - 1)
			tag->name[n++] = g_ascii_tolower(*p);
		p++;
	}
	tag->name[n] = '\0';
	tag->attributes = p;
	for (; p < end; p++) {
		if (quote) {
			if (*p == quote)
				quote = 0;
		} else if ((*p == '"' || *p == '\'') && p > tag->attributes && p[-1] == '=') {
			quote = *p;
		} else if (*p == '>') {
			break;
		}
	}
	if (p == end && quote) { /* a quote that never ends: the tag ends at the first ">" */
		const char *close = memchr(tag->attributes, '>', (gsize)(end - tag->attributes));
		p = close ? close : end;
	}
	tag->end = p;
	tag->empty = p > tag->attributes && p[-1] == '/';
	return p < end ? p + 1 : end;
}

static TagKind
kind_of(const char *name)
{
	const char *found =
	    bsearch(name, tags, G_N_ELEMENTS(tags), sizeof(tags[0]), compare_entity);

	return found ? (TagKind)tags[(found - tags[0].name) / (gssize)sizeof(tags[0])].kind
		     : TAG_OTHER;
}

static bool
hides_itself(const Tag *tag)
{
	gsize length = (gsize)(tag->end - tag->attributes);
	const char *display;

	if (length < 12)
		return false;
	display = g_strstr_len(tag->attributes, (gssize)length, "display:");
	if (!display)
		return false;
	display += 8;
	while (display < tag->end && *display == ' ')
		display++;
	return tag->end - display >= 4 && g_ascii_strncasecmp(display, "none", 4) == 0;
}

/* An image says what its alt text says. */
static void
put_image(Writer *w, const Tag *tag)
{
	const char *alt = g_strstr_len(tag->attributes, tag->end - tag->attributes, "alt=\"");
	const char *stop;

	if (!alt)
		return;
	alt += 5;
	stop = memchr(alt, '"', (gsize)(tag->end - alt));
	if (stop && stop > alt && stop - alt < 200)
		put_content(w, alt, stop);
}

static void
begin_blockquote(Writer *w, bool closing)
{
	want_breaks(w, 2);
	if (!closing) {
		flush_breaks(w);
		w->quote++;
	} else if (w->quote) {
		w->quote--;
	}
}

static void
break_line(Writer *w)
{
	flush_breaks(w);
	if (!w->line_open)
		begin_line(w);
	g_string_append_c(w->out, '\n');
	w->line_open = false;
	w->blank = false;
}

static void
apply_tag(Writer *w, const Tag *tag)
{
	TagKind kind = kind_of(tag->name);

	if (!tag->closing && !tag->empty &&
	    (kind == TAG_DROPPED || (hides_itself(tag) && kind < TAG_BREAK))) {
		g_strlcpy(w->hidden, tag->name, sizeof(w->hidden));
		w->hidden_depth = 1;
		return;
	}
	switch (kind) {
	case TAG_PARAGRAPH:
		want_breaks(w, 2);
		break;
	case TAG_BLOCK:
		want_breaks(w, 1);
		break;
	case TAG_BLOCKQUOTE:
		begin_blockquote(w, tag->closing);
		break;
	case TAG_PRE:
		want_breaks(w, 2);
		w->pre = tag->closing ? (w->pre ? w->pre - 1 : 0) : w->pre + 1;
		break;
	case TAG_ITEM:
		want_breaks(w, 1);
		if (!tag->closing)
			put_text(w, "- ", 2);
		break;
	case TAG_CELL:
		w->blank = true;
		break;
	case TAG_BREAK:
		break_line(w);
		break;
	case TAG_RULE:
		want_breaks(w, 1);
		put_text(w, "---", 3);
		want_breaks(w, 1);
		break;
	case TAG_IMAGE:
		put_image(w, tag);
		break;
	default:
		break;
	}
}

/* Inside something hidden only its own end counts. */
static void
skip_tag(Writer *w, const Tag *tag)
{
	if (strcmp(tag->name, w->hidden) != 0 || tag->empty)
		return;
	if (tag->closing)
		w->hidden_depth--;
	else if (strcmp(tag->name, "script") != 0 && strcmp(tag->name, "style") != 0 &&
		 strcmp(tag->name, "head") != 0)
		w->hidden_depth++;
	if (w->hidden_depth == 0)
		w->hidden[0] = '\0';
}

/* At "<": a comment, a declaration or a tag; returns what is behind it, or NULL when it is just a
 * "<". */
static const char *
take_markup(Writer *w, const char *at, const char *end)
{
	Tag tag;

	if (end - at >= 4 && strncmp(at, "<!--", 4) == 0) {
		const char *close = g_strstr_len(at + 4, end - at - 4, "-->");
		return close ? close + 3 : end;
	}
	if (end - at >= 2 && (at[1] == '!' || at[1] == '?')) {
		const char *close = memchr(at, '>', (gsize)(end - at));
		return close ? close + 1 : end;
	}
	if (end - at < 2 ||
	    !(g_ascii_isalpha(at[1]) || (at[1] == '/' && end - at > 2 && g_ascii_isalpha(at[2]))))
		return NULL;
	at = read_tag(at, end, &tag);
	if (!w->hidden[0])
		apply_tag(w, &tag);
	else if (strcmp(tag.name, "body") == 0 && strcmp(w->hidden, "head") == 0) {
		w->hidden[0] = '\0'; /* a head that was never closed */
		apply_tag(w, &tag);
	} else
		skip_tag(w, &tag);
	return at;
}

/* Trailing blanks of lines go, and never more than one empty line stays. */
static char *
tidy(GString *text)
{
	char *out = text->str;
	const char *in = text->str, *end = text->str + text->len;
	guint empty = 2; /* none at the start */

	while (in < end) {
		const char *stop = memchr(in, '\n', (gsize)(end - in));
		gsize length = (gsize)((stop ? stop : end) - in);
		gsize kept = length;

		while (kept > 0 && in[kept - 1] == ' ')
			kept--;
		empty = kept ? 0 : empty + 1;
		if (empty < 2) {
			memmove(out, in, kept);
			out += kept;
			*out++ = '\n';
		}
		in += length + 1;
	}
	while (out > text->str && out[-1] == '\n')
		out--;
	g_string_truncate(text, (gsize)(out - text->str));
	if (text->len > 0)
		g_string_append_c(text, '\n');
	return g_string_free(text, FALSE);
}

char *
text_from_html(const char *html, gsize length)
{
	Writer w = {.out = g_string_sized_new(length / 2 + 16)};
	const char *end = html + length;
	gsize max = 2 * length + 65536; /* quote marks before each line make it longer */

	while (html < end && w.out->len <= max) {
		const char *open = memchr(html, '<', (gsize)(end - html));
		const char *behind;

		if (!open)
			open = end;
		if (open > html && !w.hidden[0])
			put_content(&w, html, open);
		if (open == end)
			break;
		behind = take_markup(&w, open, end);
		if (!behind) {
			if (!w.hidden[0])
				put_text(&w, "<", 1);
			behind = open + 1;
		}
		html = behind;
	}
	return tidy(w.out);
}
