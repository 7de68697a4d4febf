/*
 * mailbox: the mails of a Maildir (with Dovecot's subfolders), an mbox or a folder of EML files, one after the other.
 *
 * An mbox is split at lines "From " that follow an empty line and look like an envelope's; a Content-Length that leads
 * to such a line (or to the end) is believed. One ">" is taken from ">From " at the beginning of a line, as mboxrd
 * and mboxo writers put it there; not where Content-Length counted. A byte order mark and blanks at the beginning of a
 * file are no part of its mail.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
	char *path;   /* of the file, absolute */
	char *key;    /* path, or "path#offset" in an mbox */
	char *folder; /* "INBOX", "Sent", "a/b"; NULL: none is known */
	gint64 size;  /* of the whole file */
	bool mbox;
} MailboxFile;

void mailbox_file_free(MailboxFile *file);

/* Everything below these paths, in a steady order (GPtrArray of MailboxFile). ERROR_NOT_FOUND names a path that isn't
 * there. What lies below one and can't be taken adds a sentence to left_out (strings). */
GPtrArray *mailbox_find(char *const *paths, GPtrArray *left_out, GError **error);

/* Calls mail for each mail of a file; it returns false (with error) to stop. ERROR_NOT_FOUND: the file can't be read, or
 * holds no mail as it is; the others can. */
typedef bool (*MailboxMail)(
    const MailboxFile *file, const char *key, GBytes *bytes, gpointer data, GError **error);
bool mailbox_read(const MailboxFile *file, MailboxMail mail, gpointer data, GError **error);

/* Behind a byte order mark and blanks. */
const char *mailbox_skip_blank(const char *at, const char *end);
