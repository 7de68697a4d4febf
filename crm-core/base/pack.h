/*
 * pack: numbers, texts and bytes one after the other, and a reader that trusts nothing.
 *
 * A number is a varint: 7 bits a byte, low ones first, in the shortest form. A text or bytes: length + 1, then so
 * many bytes; 0 is NULL. No names, no types, no alignment: writer and reader agree by a version that stands first.
 * For what is stored sealed and for what a parser child answers.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

void pack_number(GByteArray *to, guint64 number);
void pack_signed(GByteArray *to, gint64 number); /* zigzag */
void pack_text(GByteArray *to, const char *text);
void pack_bytes(GByteArray *to, const void *data, gsize size);

/* A cursor over packed bytes. The first thing that is wrong is kept in `wrong`; from then on every get gives zero
 * or NULL, so that callers need not look after each step, and a loop over a count ends. */
typedef struct {
	const guint8 *at;
	const guint8 *end;
	const char *wrong; /* a few words, lent; NULL: all is well */
} Unpack;

Unpack unpack_begin(GBytes *bytes); /* lends them */
void unpack_refuse(Unpack *in, const char *what);

/* At most max, or `what` is wrong. */
guint64 unpack_number(Unpack *in, guint64 max, const char *what);
gint64 unpack_signed(Unpack *in);

/* Of a list: never more than there are bytes left. */
guint unpack_count(Unpack *in, guint max);

/* Lent, until the bytes go; *size is set to 0 with NULL. Not looked at: it may hold anything. */
const void *unpack_bytes(Unpack *in, gsize *size);

/* UTF-8 without NUL, newly allocated, or NULL. */
char *unpack_text(Unpack *in);

/* Everything was read, and nothing was wrong. */
bool unpack_end(Unpack *in);
