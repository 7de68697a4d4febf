/*
 * history: the correspondence of a contact in time order, newest first, as far as a viewer may see
 * it.
 *
 * A line is one letter: versions of it (a footer, another server's encoding) are folded into one
 * line that names them. Threads, neighbours and counts come from what the viewer may see alone. Of
 * an organisation it shows what is filed under it. Blind recipients are shown to the sender's side
 * only.
 *
 * Nothing here writes the access record by itself but what says so: history_open() collects a page,
 * writes the row, then returns.
 */
#pragma once

#include "rules/session.h"
#include "rules/summary.h"
#include "store/letter.h"

#define HISTORY_PAGE 50  /* lines of a page at most */
#define HISTORY_LINES 25 /* when nobody says otherwise */

typedef enum {
	HISTORY_IN,         /* from outside */
	HISTORY_OUT,        /* from our staff, proved */
	HISTORY_UNVERIFIED, /* says that it is from our staff, without proof */
} HistoryDirection;

/* Why a message is filed under a contact. */
typedef struct {
	Id contact;
	FilingReason reason;
	MailRole role; /* where the address stood */
	bool hint;     /* weak (Reply-To, a list's author): show it as a hint */
	bool open;     /* open to whoever has "history"; else to its participants alone */
} HistoryFiling;

typedef struct {
	Id message;
	gint64 time; /* ms */
	gint64 date; /* what the mail says, ms; 0 when it says nothing or the same */
	HistoryDirection direction;
	bool verified;      /* the sender is proved: log-in, own network, Sent folder, or DMARC */
	SenderProof proof;  /* the best one of its copies; in a View alone */
	guint32 flags;      /* MAIL_FLAG_* and MESSAGE_* */
	Summary *summary;   /* its bcc is emptied when the viewer isn't on the sender's side */
	GArray *filings;    /* HistoryFiling; of contacts that the viewer may see. In a history:
			       under that contact alone */
	GArray *versions;   /* Id: other versions that the viewer may see */
	guint thread;       /* lines of one page with the same number are one thread; 0: alone */
	guint thread_lines; /* how many lines of this page are in it */
} HistoryLine;

/* From a row that the session's viewer may see. ERROR_INVALID when its summary is damaged. */
HistoryLine *history_line_new(Session *session, const LetterRow *row, GError **error);
void history_line_free(HistoryLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HistoryLine, history_line_free)

typedef struct {
	GPtrArray *lines; /* HistoryLine, newest first */
	char *next;       /* cursor of the older page, or NULL */
} HistoryPage;

/* cursor: HistoryPage.next of the page before, or NULL. limit: 1 to HISTORY_PAGE. ERROR_NOT_FOUND:
 * no such contact, or none that the viewer may know of. Writes the access record's row. */
HistoryPage *history_open(
    Session *session, const Id *contact, const char *cursor, guint limit, GError **error);
void history_page_free(HistoryPage *page);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HistoryPage, history_page_free)
