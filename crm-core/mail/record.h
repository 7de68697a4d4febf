/*
 * record: a Mail as bytes. No GMime.
 *
 * RECORD_WIRE is what the sandboxed child hands to its parent: nothing in it is believed.
 * RECORD_STORED is what is sealed beside the raw bytes so that no page parses MIME; it leaves out
 * the parts' texts.
 *
 * Form: a version byte, a kind byte, then the fields in a fixed order: numbers as LEB128, strings
 * with their length + 1 before them (0 = NULL), arrays with their count. A stored record of an
 * older version stays readable; an unknown version is refused.
 */
#pragma once

#include "mail/mail.h"

typedef enum {
	RECORD_WIRE,
	RECORD_STORED,
} RecordKind;

GBytes *record_write(const Mail *mail, RecordKind kind);

/* The same behind what is in `to`. */
void record_append(GByteArray *to, const Mail *mail, RecordKind kind);

/* Reads either kind and checks all of it: version, lengths, counts, UTF-8 without NUL or control
 * characters, enumerations, flags, offset + length within raw_size, parent index < own index, spans
 * in order within the body at line starts; in the wire form also that no envelope address is there,
 * which the spool alone may add. ERROR_INVALID names what is wrong. */
Mail *record_read(GBytes *bytes, guint64 raw_size, GError **error);
