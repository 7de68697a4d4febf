/*
 * posture: what is taken from whose mailbox. The company decides it for each mailbox and tells the employee; until it has,
 * nothing is taken.
 *
 * off: the mailbox isn't read; headers: the header of each mail alone; known: mail that concerns a contact, of the rest
 * nothing is kept; full: all mail (what concerns no contact waits, and is destroyed after waiting-days). kartotekad publishes
 * the postures for the poller (base/published.h). A change holds for what is fetched from then on.
 */
#pragma once

#include "rules/session.h"
#include "store/mailbox-posture.h"

const char *posture_name(Posture posture); /* "off", "headers", "known", "full" */
bool posture_parse(const char *name, Posture *ret, GError **error); /* ERROR_INVALID */

/* For the administrator, with a reason. ERROR_CONFLICT when it is so already. */
bool posture_change(
    Session *session, const Id *user, Posture posture, const char *reason, GError **error);

typedef struct {
	Id user;
	char *login;
	Posture posture;
	gint64 since; /* ms; 0: nobody has decided anything */
	char *reason;
	bool configured; /* [mailbox LOGIN] names it; a list in mailboxes-file isn't looked at */
} PostureMailbox;

/* GPtrArray of PostureMailbox by login: all users for the administrator, oneself for anybody else. Recorded. */
GPtrArray *posture_list(Session *session, GError **error);

/* Writes the published file anew. */
bool posture_publish(Store *store, GError **error);
