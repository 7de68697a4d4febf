#include "config.h"

#include "webui-minimal/body.h"

#include <string.h>

#define SHORT_LINES 12 /* a quotation that is answered below it stays open when it isn't longer */

static bool
ends_address(char c)
{
	return (guchar)c <= 0x20 || c == '<' || c == '>' || c == '"' || c == '\'';
}

/* The length of a web address that begins here; 0: none does. */
static gsize
address_length(const char *text, gsize length)
{
	static const char *const schemes[] = {"https://", "http://"};
	gsize n = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(schemes) && n == 0; i++)
		if (length > strlen(schemes[i]) &&
		    g_ascii_strncasecmp(text, schemes[i], strlen(schemes[i])) == 0 &&
		    !ends_address(text[strlen(schemes[i])]))
			n = strlen(schemes[i]);
	if (n == 0)
		return 0;
	while (n < length && !ends_address(text[n]))
		n++;
	while (n > 0 && strchr(".,;:!?)]}*_", text[n - 1]) != NULL)
		n--;
	return n;
}

static void
write_linked(Html *h, const char *text, gsize length)
{
	gsize start = 0;

	for (gsize i = 0; i < length; i++) {
		gsize n =
		    text[i] == 'h' || text[i] == 'H' ? address_length(text + i, length - i) : 0;
		g_autofree char *address = NULL;

		if (n == 0 || (i > 0 && g_ascii_isalnum(text[i - 1])))
			continue;
		html_text_length(h, text + start, i - start);
		address = g_strndup(text + i, n);
		html_open(h, "a", "href", address, "rel", "noreferrer noopener nofollow", NULL);
		html_text(h, address);
		html_close(h);
		start = i + n;
		i = start - 1;
	}
	html_text_length(h, text + start, length - start);
}

/* Without the empty lines at both ends; nothing when nothing is left. */
static void
write_paragraph(Html *h, const char *text, gsize length)
{
	while (length > 0 && g_ascii_isspace(text[length - 1]))
		length--;
	for (gsize i = 0; i < length && g_ascii_isspace(text[i]); i++)
		if (text[i] == '\n') {
			text += i + 1;
			length -= i + 1;
			i = (gsize)-1;
		}
	if (length == 0)
		return;
	html_open(h, "div", "class", "p", NULL);
	write_linked(h, text, length);
	html_close(h);
}

static guint
count_lines(const char *text, gsize length)
{
	guint lines = 1;

	for (gsize i = 0; i + 1 < length; i++)
		lines += text[i] == '\n';
	return lines;
}

static bool
is_blank(const char *text, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if (!g_ascii_isspace(text[i]))
			return false;
	return true;
}

static void
write_span(Html *h, const Mail *mail, guint index)
{
	const MailSpan *span = &g_array_index(mail->spans, MailSpan, index);
	const char *text = mail->body + span->offset;
	guint lines = count_lines(text, span->length);
	gsize end = (gsize)span->offset + span->length, next = strlen(mail->body);
	bool answered;

	if (index + 1 < mail->spans->len)
		next = g_array_index(mail->spans, MailSpan, index + 1).offset;
	answered = !is_blank(mail->body + end, next - end);
	html_open(h, "details", "class", "fold", "open",
	    span->kind == MAIL_SPAN_QUOTED && answered && lines <= SHORT_LINES ? "" : NULL, NULL);
	html_open(h, "summary", NULL);
	if (span->kind == MAIL_SPAN_SIGNATURE)
		html_text(h, _("Signature"));
	else
		html_textf(h, ngettext("%u quoted line", "%u quoted lines", lines), lines);
	html_close(h);
	write_paragraph(h, text, span->length);
	html_close(h);
}

void
body_write(Page *page, const Mail *mail)
{
	Html *h = page->h;
	gsize at = 0, length = strlen(mail->body);

	html_open(h, "div", "class", "text", NULL);
	if (is_blank(mail->body, length))
		html_element(h, "p", "soft",
		    (mail->flags & MAIL_FLAG_ENCRYPTED) != 0
			? _("This mail is encrypted: only the mail program of whom it was written "
			    "to can open it. Below it is as it came.")
			: _("This mail has no text."));
	for (guint i = 0; i < mail->spans->len; i++) {
		const MailSpan *span = &g_array_index(mail->spans, MailSpan, i);

		if (span->offset < at || (gsize)span->offset + span->length > length)
			continue;
		write_paragraph(h, mail->body + at, span->offset - at);
		write_span(h, mail, i);
		at = (gsize)span->offset + span->length;
	}
	write_paragraph(h, mail->body + at, length - at);
	if ((mail->defects & MAIL_DEFECT_TRUNCATED) != 0)
		html_element(h, "p", "note warn",
		    _("The text was too long to be kept whole; the rest is in the source."));
	html_close(h);
}
