/*
 * account-mailbox: the account of what came out of mailboxes, per mailbox, folder and day, and how much of each mailbox the
 * milter sees, too. For account.c, which says who may look.
 */
#pragma once

#include "rules/session.h"
#include "store/item.h"

typedef struct {
	char *mailbox, *folder; /* the owner's login; "-": erased */
	gint64 day;             /* days since 1970, UTC, of intake */
	gint64 counts[ITEM_N_STATES];
} AccountFolderDay;

void account_folder_day_free(gpointer day);

typedef struct {
	char *mailbox;
	guint mails;     /* messages with a copy in it */
	guint by_milter; /* of these: that came through a milter as well */
} AccountMailbox;

void account_mailbox_free(gpointer mailbox);

/* GPtrArrays of both, in order. Opens the detail of every item. */
bool account_mailbox_count(
    Session *session, GPtrArray **ret_days, GPtrArray **ret_mailboxes, GError **error);
