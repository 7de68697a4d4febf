/*
 * decode: transfer encodings and charsets of one part, from the raw bytes. No GMime.
 *
 * For the parser (in the sandbox), for the parent that stores an attachment once and leaves a hole
 * for it in the raw bytes, and for pages that show an HTML part or send an attachment.
 */
#pragma once

#include "mail/mail.h"

/* Decodes raw[offset, offset + length), which must lie within raw. Never fails: what isn't valid is
 * skipped (base64) or kept (quoted-printable), as mail programs do; *ret_valid (may be NULL) says
 * whether all was well-formed. IDENTITY and UUENCODE give the bytes as they are. */
GBytes *decode_transfer(
    GBytes *raw, gsize offset, gsize length, MailEncoding encoding, bool *ret_valid);

/* The size alone that decode_transfer() would give for base64: no memory for large attachments. */
gsize decode_base64_size(GBytes *raw, gsize offset, gsize length, bool *ret_valid);

/* How a base64 body was laid out, so that encoding again gives the same bytes. */
typedef struct {
	guint32 line;    /* characters per line, a multiple of 4; 0 = all in one line */
	bool crlf;       /* line breaks are CRLF */
	bool last_break; /* the last line ends with a line break too */
} DecodeLayout;

/* Decodes base64 and finds the layout with which decode_base64_again() gives exactly the same
 * bytes. NULL when there is none (then the raw bytes are kept whole). */
GBytes *decode_base64(GBytes *raw, gsize offset, gsize length, DecodeLayout *ret);
GBytes *decode_base64_again(GBytes *decoded, const DecodeLayout *layout);

/* Bytes in a charset (NULL: guess UTF-8, else windows-1252) become valid UTF-8 with LF line breaks,
 * without NUL and control characters. Never fails: an unknown charset is read as UTF-8 or
 * windows-1252, bytes that aren't in the charset become U+FFFD. *defects (may be NULL) gets
 * MAIL_DEFECT_BAD_CHARSET, MAIL_DEFECT_CONTROL added. */
char *decode_charset(const char *bytes, gsize length, const char *charset, guint32 *defects);

/* A header value with its encoded words (RFC 2047) decoded; other 8-bit bytes are UTF-8, else
 * windows-1252. New, valid UTF-8; folding stays as it is (text_one_line()). A broken word stays as
 * written. */
char *decode_words(const char *value);

/* For programs that forbid themselves to open files: opens the converters of the charsets that
 * mail uses most and keeps them. All of glibc's would make each fork(2) of such a program four
 * times as long. */
void decode_warm_up(void);

/* Opens one more, if it is one that glibc knows (after decode_warm_up()). */
void decode_open_charset(const char *charset);

/* False when glibc knows the charset and only an unopened converter is in the way: parse again in
 * a process that opened it. Names that nobody knows need no second try: true. */
bool decode_has_charset(const char *charset);
