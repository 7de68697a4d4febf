/*
 * html: the one writer of markup. Everything that comes from data goes through it and is escaped,
 * always.
 *
 *	html_open(h, "a", "href", url, "class", "quiet", NULL);
 *	html_text(h, name);
 *	html_close(h);
 *
 * It keeps the stack of open elements, so that what is written is well-formed whatever happens; an
 * element that HTML never closes (input, br) is closed like all others. Names of elements and
 * attributes are literals of ours and live for ever. The same writer speaks XML for DAV (HTML_XML).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
	HTML_HTML,
	HTML_XML,
} HtmlKind;

typedef struct Html Html;

Html *html_new(HtmlKind kind); /* begins with the doctype or the XML declaration */
void html_free(Html *h);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Html, html_free)

/* Opens an element; pairs of attribute name and value follow, NULL ends them. A NULL value leaves
 * its attribute out, "" writes it with an empty value. */
void html_open(Html *h, const char *element, ...) G_GNUC_NULL_TERMINATED;

/* One more attribute of the element just opened, before any content. href, src and action take only
 * addresses of our own ("/..." "?..." "#..."), http:, https:, mailto:, tel: and data:image/; others
 * become "#". */
void html_attr(Html *h, const char *name, const char *value);
void html_attrf(Html *h, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Text. Broken UTF-8 and control characters become U+FFFD; in HTML the marks that turn the direction
 * of writing are left out. NULL writes nothing. */
void html_text(Html *h, const char *text);
void html_text_length(Html *h, const char *text, gsize length);
void html_textf(Html *h, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* One line of somebody else's (name, subject, file name): in a <bdi> of its own, so that its direction
 * of writing doesn't reach beyond itself. */
void html_foreign(Html *h, const char *text);

/* Closes the innermost element. */
void html_close(Html *h);

/* open + text + close; class may be NULL. */
void html_element(Html *h, const char *element, const char *class, const char *text);

/* A field of a form that isn't shown. */
void html_hidden(Html *h, const char *name, const char *value);

/* For giving up a half-written part: how many elements are open, and closing down to that. */
guint html_depth(const Html *h);
void html_close_to(Html *h, guint depth);

/* What was written; all elements are closed. The writer is empty afterwards. */
GBytes *html_finish(Html *h);

/* One part of a query string or path, percent-encoded; newly allocated. */
char *html_url_part(const char *text);
