/*
 * summary: what one line of a history needs, in a small form that is sealed beside each message.
 *
 * Written once when a message is filed (and again when a sighting adds blind recipients), read for
 * each line of each page: a page of 50 lines unseals 50 of these and parses nothing. What it holds
 * is bounded (texts cut at a character, at most SUMMARY_PEOPLE people a role).
 *
 * bcc holds who got the mail without standing in To or Cc (from the envelope and from Bcc headers):
 * whoever shows it must know that the viewer is on the sender's side; rules/history.c does.
 */
#pragma once

#include "mail/mail.h"

#define SUMMARY_PEOPLE 20
#define SUMMARY_SUBJECT 300
#define SUMMARY_SNIPPET 200

typedef struct {
	char *name;    /* or NULL */
	char *address; /* never NULL */
} SummaryPerson;

typedef struct {
	int part; /* index of the part in the stored mail */
	char *name, *type;
	guint64 size;
} SummaryAttachment;

typedef struct {
	char *subject;                   /* never NULL */
	char *snippet;                   /* never NULL */
	gint64 date;                     /* Date in UTC seconds as the mail says it; 0: none */
	GPtrArray *from, *to, *cc, *bcc; /* SummaryPerson; never NULL */
	guint more_recipients;           /* that had no room */
	GPtrArray *attachments;          /* SummaryAttachment; never NULL */
} Summary;

/* bcc: char *, addresses as written, or NULL. */
GBytes *summary_write(const Mail *mail, GPtrArray *bcc);

/* ERROR_INVALID when it is damaged. */
Summary *summary_read(GBytes *bytes, GError **error);
void summary_free(Summary *summary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Summary, summary_free)
