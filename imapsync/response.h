/*
 * response: reads the responses that guard.h takes out of the dialogue: LIST, STATUS, SEARCH, ESEARCH, VANISHED.
 *
 * A response comes without "* " and without its end of line, literals in it as they came; a NUL follows it. What can't be
 * read is ERROR_INVALID: the server talks nonsense. Words are compared without case.
 */
#pragma once

#include "imapsync/imap.h"

/* LIST (RFC 9051, 6154): a folder without its status, and with its raw name alone. One whose name holds a line break or
 * NUL isn't selectable. */
ImapFolder *response_list(const char *response, gsize length, GError **error);

/* STATUS: whose, newly allocated, and what; items that we don't know are skipped. */
bool response_status(
    const char *response, gsize length, char **ret_raw, ImapStatus *ret, GError **error);

/* SEARCH or ESEARCH (RFC 4731): adds the UIDs. */
bool response_search(const char *response, gsize length, UidSet *ret, GError **error);

/* VANISHED (RFC 7162): adds the UIDs; *ret_earlier: they were gone before this folder was opened. */
bool response_vanished(
    const char *response, gsize length, UidSet *ret, bool *ret_earlier, GError **error);
