/*
 * choose: which of the folders that a server lists are read, and in which order.
 *
 * The rules are those of kartoteka.conf(5): folders, not-folders, private-folders, drafts, junk, trash. A folder that
 * only shows mail of others (\Flagged, \All) is left out; but where Gmail's labels make folders, \All is read
 * instead of them, so that a message is taken once, with \Sent (which proves who sent it), Trash and Junk beside it.
 */
#pragma once

#include "imapsync/account.h"
#include "imapsync/imap.h"

/* What a folder is for: what the server says, or, when it says so of no folder at all, what the name says. */
ImapUse choose_use(const ImapFolder *folder, const GPtrArray *folders);

/* Those of folders (ImapFolder) that are read, lent: INBOX (or \All), Sent, then the others as the server lists them. */
GPtrArray *choose_folders(const Account *account, const GPtrArray *folders, bool gmail);

/* Does it match the account's private-folders? */
bool choose_is_private(const Account *account, const ImapFolder *folder);
