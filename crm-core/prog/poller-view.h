/*
 * poller-view: how the poller is (base/poller-status.h), judged: for status, doctor and whatever alarms.
 */
#pragma once

#include "base/conf.h"
#include "base/poller-status.h"

typedef struct {
	bool wanted; /* the configuration has an [imap-server] */
	bool running;
	PollerStatus *status; /* as it said last; NULL: error says why it is unknown */
	GError *error;        /* ERROR_NOT_FOUND: it has never run here */
} PollerView;

void poller_view_read(const Conf *conf, PollerView *ret);
void poller_view_clear(PollerView *view);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PollerView, poller_view_clear)

/* Not read to its end for [imap] alarm-after; never for a mailbox that is off. */
bool poller_view_is_late(const Conf *conf, const PollerMailbox *mailbox, gint64 now);

/* Must somebody authorize it again within a week (or should have)? */
bool poller_view_token_ends(const PollerMailbox *mailbox, gint64 now);

/* One sentence for whoever must act, newly allocated; NULL: all is well with it, or it has only just begun to fail.
 * *ret_alarm: must somebody act? Folders that fail are told by poller_view_folder(). */
char *poller_view_mailbox(
    const Conf *conf, const PollerMailbox *mailbox, gint64 now, bool *ret_alarm);
char *poller_view_folder(const PollerMailbox *mailbox, const PollerFolder *folder);
