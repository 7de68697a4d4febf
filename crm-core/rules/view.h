/*
 * view: one message as a viewer may see it: text, people, parts, where it came from, its
 * neighbours; its attachments, its HTML and its source.
 *
 * A message that the viewer may not see is ERROR_NOT_FOUND, as one that isn't there. Each function
 * writes its row of the access record before it returns anything. Parsing is done: nothing here
 * looks for MIME structure in hostile bytes.
 */
#pragma once

#include "mail/mail.h"
#include "rules/history.h"
#include "store/sighting.h"

typedef struct {
	char *name, *address; /* name may be NULL */
	MailRole role;        /* MAIL_BCC also for who stands in the envelope alone */
	Id contact;           /* the contact it belongs to, if the viewer may see that; else zero */
} ViewPerson;

typedef struct {
	HistoryLine *line;
	Mail *mail;           /* text, spans, parts; people of Bcc are taken out unless shown */
	GPtrArray *people;    /* ViewPerson, by role, as far as this viewer may know */
	GPtrArray *sightings; /* Sighting of store/sighting.h: how its copies came in */
	GPtrArray *versions;  /* HistoryLine: other versions of the letter */
	GPtrArray *thread;    /* HistoryLine, oldest first, with this one; at most VIEW_THREAD */
	bool thread_more;
	bool sender_side; /* the viewer is on the sender's side: Bcc is shown */
	bool has_html;
	bool has_source; /* the raw bytes are still kept */
} View;

#define VIEW_THREAD 100

View *view_open(Session *session, const Id *message, GError **error);
void view_free(View *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(View, view_free)

/* A part's decoded bytes. *ret_part: a copy of what the mail says about it (free with
 * mail_part_free()); its type and name are the sender's and not to be believed. ERROR_NOT_FOUND
 * when the mail has no such part. */
GBytes *view_part(
    Session *session, const Id *message, int part, MailPart **ret_part, GError **error);

/* The HTML body in UTF-8 with its cid: images as data: URLs (at most VIEW_HTML_MAX in all; the rest
 * stays away). Not sanitised: serve it sandboxed, as facts and web/ say. ERROR_NOT_FOUND: it has
 * none. */
#define VIEW_HTML_MAX (16u << 20)
char *view_html(Session *session, const Id *message, GError **error);

/* The source (message/rfc822). Bcc headers are left out unless the viewer is on the sender's side.
 */
GBytes *view_source(Session *session, const Id *message, GError **error);
