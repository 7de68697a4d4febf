/* Which lines did the writer of a mail not write this time? Rules of thumb, tried on real replies:
 * what is marked is folded on the page, never lost, so a miss costs little. */
#include "mail/text.h"

#include <string.h>

#define MAX_SPANS 10000 /* behind them all is the writer's own */

typedef struct {
	const char *text;
	gsize length; /* without the line break and blanks around it */
	gsize offset; /* of the line in the body */
	bool quoted;
} Line;

/* Every line is asked for many words: the first byte says no to nearly all. */
static bool
starts_with_any(const Line *line, const char *const *words)
{
	for (; *words; words++) {
		gsize length;

		if (*line->text != **words)
			continue;
		length = strlen(*words);
		if (line->length >= length && strncmp(line->text, *words, length) == 0)
			return true;
	}
	return false;
}

static bool
has_any(const Line *line, const char *const *words)
{
	for (; *words; words++) {
		if (g_strstr_len(line->text, (gssize)line->length, *words))
			return true;
	}
	return false;
}

static GArray *
split_lines(const char *body)
{
	GArray *lines = g_array_sized_new(false, false, sizeof(Line), 128);
	const char *at = body;

	while (*at) {
		const char *end = strchr(at, '\n');
		Line line = {.text = at, .offset = (gsize)(at - body)};

		if (!end)
			end = at + strlen(at);
		line.quoted = *at == '>';
		line.length = (gsize)(end - at);
		while (line.length > 0 && g_ascii_isspace(line.text[line.length - 1]))
			line.length--;
		while (line.length > 0 && g_ascii_isspace(*line.text)) {
			line.text++;
			line.length--;
		}
		g_array_append_val(lines, line);
		at = *end ? end + 1 : end;
	}
	return lines;
}

static const char *const verbs[] = {"wrote", "writes", "napsal", "napísal", "píše", "schrieb",
    "écrit", "escribió", "scritto", "napisał", "pisze", "schreef", "geschreven", "skrev",
    "escreveu", "kirjoitti", "написал", "пишет", "пише", "写道", "írta", NULL};

/* "Dne 3. 5. 2021 v 10:15 Jana Nová napsal(a):" */
static bool
is_intro(const Line *line)
{
	static const char wide[] = "：";
	char last;

	if (line->length < 6 || line->length > 400 || line->quoted)
		return false;
	last = line->text[line->length - 1];
	if (last == '>') /* Google's "2013/7/20 Some One <a@b>" */
		return strncmp(line->text, "20", 2) == 0 &&
		       g_strstr_len(line->text, (gssize)line->length, "@");
	if (last != ':' &&
	    (last != wide[2] || strncmp(line->text + line->length - 3, wide, 3) != 0))
		return false;
	return has_any(line, verbs) || (g_strstr_len(line->text, (gssize)line->length, "@") &&
					   strncmp(line->text, "20", 2) == 0);
}

/* Strong enough to stand for itself, with no ">" behind it: it also tells when. */
static bool
is_strong_intro(const Line *line)
{
	guint digits = 0;

	if (!is_intro(line))
		return false;
	for (gsize i = 0; i < line->length; i++)
		digits += g_ascii_isdigit(line->text[i]);
	return digits >= 5 || (g_strstr_len(line->text, (gssize)line->length, "@") && digits == 0);
}

/* Intros are broken in the middle when they are long. */
static guint
intro_start(const GArray *lines, guint intro, guint first)
{
	static const char *const starts[] = {"On ", "Dne ", "Dňa ", "Am ", "Le ", "El ", "Il ",
	    "W dniu ", "Op ", "Den ", "Em ", "20", "At ", "V ", NULL};

	for (guint back = 0; back < 3 && intro >= first + back; back++) {
		const Line *line = &g_array_index(lines, Line, intro - back);
		if (line->length == 0 || line->quoted)
			break;
		if (starts_with_any(line, starts))
			return intro - back;
	}
	return intro;
}

/* "-----Původní zpráva-----" */
static bool
is_separator(const Line *line)
{
	static const char *const words[] = {"riginal", "ůvodní", "rspr", "origine", "ôvodn",
	    "ryginaln", "orspronk", "prindelig", "Исходное", NULL};
	const char *text = line->text;
	gsize length = line->length;

	if (length > 0 && *text == '*') {
		text++;
		length--;
	}
	return length > 10 && length < 120 && *text == '-' && strncmp(text, "----", 4) == 0 &&
	       has_any(line, words);
}

/* "From:", "*Od:*" ... the header lines that Outlook puts before what it quotes. */
static const char *const from_labels[] = {
    "From:", "Od:", "Von:", "De:", "Da:", "Van:", "Från:", "Fra:", "От:", NULL};
static const char *const other_labels[] = {"Sent:", "Date:", "To:", "Cc:", "CC:", "Subject:",
    "Reply-To:", "Odesláno:", "Datum:", "Komu:", "Kopie:", "Předmět:", "Odoslané:", "Kópia:",
    "Predmet:", "Gesendet:", "An:", "Betreff:", "Envoyé:", "À:", "Objet:", "Enviado", "Para:",
    "Asunto:", "Data:", "Do:", "Temat:", "Wysłano:", "Inviato:", "A:", "Oggetto:", "Verzonden:",
    "Aan:", "Onderwerp:", "Skickat:", "Till:", "Ämne:", "Sendt:", "Til:", "Emne:", "Кому:",
    "Тема:", "Отправлено:", NULL};

static bool
has_label(const Line *line, const char *const *labels)
{
	Line plain = *line;

	while (plain.length > 0 && *plain.text == '*') {
		plain.text++;
		plain.length--;
	}
	return plain.length >= 2 && !line->quoted && starts_with_any(&plain, labels) &&
	       memchr(plain.text, ':', MIN(plain.length, 24));
}

static bool
is_header_block(const GArray *lines, guint at)
{
	guint found = 1;

	if (!has_label(&g_array_index(lines, Line, at), from_labels))
		return false;
	for (guint i = at + 1; i < lines->len && i < at + 6; i++)
		found += has_label(&g_array_index(lines, Line, i), from_labels) ||
			 has_label(&g_array_index(lines, Line, i), other_labels);
	return found >= 3;
}

static bool
is_forward_mark(const Line *line)
{
	static const char *const words[] = {
	    "orwarded message", "řeposlaná", "eitergeleitete", "orwarded by", NULL};
	return line->length < 100 && has_any(line, words);
}

static bool
is_signature_start(const Line *line)
{
	static const char *const phones[] = {"Sent from my ", "Sent from Outlook",
	    "Get Outlook for", "Odesláno z ", "Odoslané z ", "Von meinem ", "Enviado desde mi ",
	    "Envoyé de mon ", "Sent using ", NULL};

	if (line->length == 2 && line->text[0] == '-' && line->text[1] == '-')
		return true;
	return line->length < 80 && line->length > 10 && strchr("SGOVE", *line->text) &&
	       starts_with_any(line, phones);
}

/* "_____________" before what a list or a company appends. */
static bool
is_footer_start(const GArray *lines, guint at)
{
	const Line *line = &g_array_index(lines, Line, at);

	if (lines->len - at > 14 || line->length < 20)
		return false;
	for (gsize i = 0; i < line->length; i++) {
		if (line->text[i] != '_')
			return false;
	}
	return true;
}

typedef struct {
	GArray *lines;
	GArray *spans;
	gsize size;     /* of the body */
	bool own_words; /* the writer has said something already */
} Marker;

static void
mark(Marker *marker, guint from, guint to, MailSpanKind kind)
{
	const GArray *lines = marker->lines;
	MailSpan span = {.kind = kind};
	MailSpan *last;
	gsize end;

	if (from >= to)
		return;
	span.offset = (guint32)g_array_index(lines, Line, from).offset;
	end = to < lines->len ? g_array_index(lines, Line, to).offset : marker->size;
	span.length = (guint32)(end - span.offset);
	if (marker->spans->len > 0) {
		last = &g_array_index(marker->spans, MailSpan, marker->spans->len - 1);
		if (last->kind == kind && last->offset + last->length == span.offset) {
			last->length += span.length;
			return;
		}
	}
	g_array_append_val(marker->spans, span);
}

static guint
skip_blank(const GArray *lines, guint at)
{
	while (at < lines->len && g_array_index(lines, Line, at).length == 0)
		at++;
	return at;
}

/* From a quoted line on: the end of the quote, blank lines inside included. */
static guint
quote_end(const GArray *lines, guint at)
{
	guint end = at;

	while (at < lines->len) {
		if (g_array_index(lines, Line, at).quoted)
			end = ++at;
		else if (g_array_index(lines, Line, at).length == 0)
			at++;
		else
			break;
	}
	return end;
}

/* What begins at this line: *end is where it ends, *start where it really begins. False: the
 * writer's own words. */
static bool
find_block(
    const Marker *marker, guint at, guint first, guint *start, guint *end, MailSpanKind *kind)
{
	const GArray *lines = marker->lines;
	const Line *line = &g_array_index(lines, Line, at);
	guint next;

	*start = at;
	*kind = MAIL_SPAN_QUOTED;
	if (line->quoted) {
		*end = quote_end(lines, at);
		return true;
	}
	if (line->length == 0)
		return false;
	if (is_intro(line)) {
		next = skip_blank(lines, at + 1);
		*start = intro_start(lines, at, first);
		if (next < lines->len && g_array_index(lines, Line, next).quoted) {
			*end = quote_end(lines, next);
			return true;
		}
		if (is_strong_intro(line) || *start < at) {
			/* Below an intro without ">" stands the answer, when nothing was written
			 * above. */
			*end = marker->own_words ? lines->len : at + 1;
			return true;
		}
		*start = at;
	}
	if (is_separator(line) ||
	    (is_header_block(lines, at) &&
		!(at > 0 && is_forward_mark(&g_array_index(lines, Line, at - 1))))) {
		*end = lines->len;
		return true;
	}
	*kind = MAIL_SPAN_SIGNATURE;
	*end = lines->len;
	return is_signature_start(line) || is_footer_start(lines, at);
}

GArray *
text_mark(const char *body)
{
	Marker marker = {.size = strlen(body)};
	guint own = 0; /* first line that no span holds yet */

	marker.spans = g_array_new(false, false, sizeof(MailSpan));
	if (marker.size > G_MAXUINT32)
		return marker.spans;
	marker.lines = split_lines(body);
	for (guint at = 0; at < marker.lines->len && marker.spans->len < MAX_SPANS;) {
		guint start, end, inner_start, inner_end;
		MailSpanKind kind, inner;

		if (!find_block(&marker, at, own, &start, &end, &kind)) {
			marker.own_words |= g_array_index(marker.lines, Line, at).length > 0;
			at++;
			continue;
		}
		/* Some write above their signature, and the quote follows it. */
		for (guint i = at + 1; kind == MAIL_SPAN_SIGNATURE && i < end; i++) {
			if (find_block(&marker, i, at + 1, &inner_start, &inner_end, &inner) &&
			    inner == MAIL_SPAN_QUOTED)
				end = inner_start;
		}
		mark(&marker, start, end, kind);
		own = at = end;
	}
	g_array_unref(marker.lines);
	return marker.spans;
}
