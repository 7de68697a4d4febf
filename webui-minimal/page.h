/*
 * page: one page of kartoteka.cgi: its request, its answer, who asks, and the frame around it.
 *
 * A page's function collects what it shows through rules/ (which writes the access record before it
 * returns anything), opens the frame with page_begin(), writes, and closes with page_end(). When it
 * returns false, nothing of what it wrote leaves: the error's own page is sent instead. Pages own
 * no state; ids in addresses are public ids, and one that the viewer may not know of is answered
 * exactly like one that doesn't exist.
 */
#pragma once

#include "base/conf.h"
#include "base/error.h"
#include "rules/session.h"
#include "webui-minimal/cgi.h"
#include "webui-minimal/html.h"
#include "webui-minimal/intl.h"
#include "webui-minimal/reply.h"

#define PAGE_SESSION_COOKIE "kartoteka"

typedef struct {
	Cgi *cgi;
	Conf *conf;
	Store *store; /* NULL where a page needs none (style sheet) */
	Reply *reply;
	Html *h;
	gint64 now;
	bool https;       /* cookies go by TLS alone */
	Session *session; /* NULL: nobody has signed in */
	int poller;       /* the way to the mail server, for a sign-in; -1: none */
	bool stale; /* the form is of another session: it may be shown again, but nothing is done */
	char *secret; /* what the tokens of forms are made from; NULL: none yet */
	Id id;        /* what ":id" in the address stood for */
	char *rest;   /* and ":rest"; or NULL */
} Page;

typedef enum {
	PAGE_TAB_NONE,
	PAGE_TAB_HOME,
	PAGE_TAB_CONTACTS,
	PAGE_TAB_REVIEW,
	PAGE_TAB_RECORD,
} PageTab;

/* The frame up to <main>; title may be somebody else's text. query: what stands in the search
 * field, or NULL. */
void page_begin(Page *page, const char *title, PageTab tab, const char *query);

/* Closes it and makes it the reply's body. */
void page_end(Page *page);

/* The page that says what went wrong; id: to quote, or NULL. Replaces whatever was written. */
void page_error(Page *page, const GError *error, const char *id);

/* An address of ours: the program's own, then the path. New. */
char *page_path(const Page *page, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* <a href=path class=...>text</a>; text is ours. */
void page_link(Page *page, const char *class, const char *text, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* <form method=post> with its token; close it with html_close(). */
void page_form(Page *page, const char *class, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* <time> as in a line, the whole date in its title. */
void page_time(Page *page, gint64 when);
/* <time> with the whole date as text. */
void page_full_time(Page *page, gint64 when);

/* The round mark of a person, the square one of an organisation: initials in a colour of their own.
 * size: "" or "big". Decoration: hidden from screen readers. */
void page_avatar(Page *page, const char *name, bool organisation, const char *size);

/* An icon in front of a text for screen readers (may be NULL: decoration). icon: "i i-in" ... */
void page_icon(Page *page, const char *icon, const char *text);

/* Opens a narrow column with the way back, its heading, and what it is for: lead, or NULL. back is a path of ours,
 * foreign: the title is somebody else's text. Close it with html_close(). */
void page_column(Page *page, const char *back_text, const char *back, const char *title,
    bool foreign, const char *lead);

/* A box that says why there is nothing, and what to do. Both are ours. */
void page_empty(Page *page, const char *title, const char *text);

/* "Newest" and "Older" at the end of a list of letters; older: path with its query, NULL: there are
 * none. newest: the path of the first page, NULL when this is it. */
void page_pager(Page *page, const char *older, const char *newest);
