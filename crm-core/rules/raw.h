/*
 * raw: exact bytes in, exact bytes out, with holes for attachments that are stored once.
 *
 * A hole is a base64 body whose re-encoding gives the same bytes (mail/decode.h). Everything else
 * stays in the packed form as it is.
 *
 * Packed: a version byte, the number of holes, per hole (varints) its offset, its encoded length,
 * its part and its layout; then the bytes that are left.
 */
#pragma once

#include "mail/decode.h"
#include "mail/mail.h"
#include "store/message.h"

#define RAW_HOLE_MINIMUM 1024 /* smaller bodies stay where they are */

typedef struct {
	guint part;
	gsize offset, length; /* in the raw bytes */
	DecodeLayout layout;
	GBytes *decoded; /* owned; only when packing */
} RawHole;

/* *holes: GArray of RawHole (clear function set). */
GBytes *raw_pack(GBytes *raw, const Mail *mail, GArray **holes);

/* fetch gives the decoded bytes of a part. ERROR_INTERNAL when the packed form is damaged. */
GBytes *raw_unpack(GBytes *packed, GBytes *(*fetch)(guint part, gpointer data, GError **error),
    gpointer data, GError **error);

/* The exact raw bytes of a stored message, Bcc header fields and all: whoever shows them takes those out
 * (raw_without_bcc) for all but the sender's side. */
GBytes *raw_read(Store *store, const Viewer *viewer, const Id *message, GError **error);

/* Without what gives away a blind recipient: Bcc and Resent-Bcc, Delivered-To and its like, and the
 * "for <address>" of Received. */
GBytes *raw_without_bcc(GBytes *raw);
