/*
 * spool_entry: the Key lines of a spool file as text, for spool_file.c and the readers alone.
 *
 * The first lines have a fixed place, because what they say is known only when the bytes are
 *complete:
 *
 *	Kartoteka-Spool: 1
 *	Size: 00000000000000005123
 *	Time: 00000001763919999123
 *	Queue-Id: 4XyZkd1q2Sz9             (filled up with blanks to 63)
 *	Kind: mail
 *	Via: smtp
 *	Source: mx1
 *	Start: 19d3a5b7c21
 *	Sender: boss@firma.example SIZE=5123 BODY=8BITMIME
 *	Recipient: jana@zakaznik.example NOTIFY=NEVER
 *
 * and so on, an empty line, the bytes. In an address " ", "<" and ">" are %XX, too; "<>" is the
 *null sender.
 */
#pragma once

#include "base/spool.h"

#define SPOOL_QUEUE_ID_MAX 63
#define SPOOL_LATE_OFFSET 19 /* of the "Size:" line */
#define SPOOL_KEYS_MAX (4 << 20)

/* All Key lines and the empty line; size, time and queue id as they are in entry. */
void spool_entry_format(const SpoolEntry *entry, GString *out);

/* The lines of size, time and queue id alone, always of one length. queue_id may be NULL. */
void spool_entry_format_late(gint64 size, gint64 time, const char *queue_id, GString *out);

/* spool_parse(), when data is only the beginning of a file of size bytes. */
bool spool_parse_keys(
    const char *data, gsize length, gsize size, SpoolEntry **ret, gsize *offset, GError **error);

/* Raises newest to the highest start and number that a file of the source has, in either lane. However many wait, this
 * needs no memory. */
void spool_scan_newest(const char *directory, const char *source, SpoolKey *newest);
