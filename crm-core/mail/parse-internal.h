/* parse-internal: what parse*.c share among themselves, and with nobody else. */
#pragma once

#include "mail/mail.h"

#include <gmime/gmime.h>

/* One header field of the mail's own block, borrowed from the raw bytes. */
typedef struct {
	const char *name;
	guint name_length;
	guint length;
	const char *value; /* still folded, without the last line break */
} ParseHeader;

/* parse-scan.c: the limits that must hold before GMime sees a byte, and the header block taken
 * apart: ParseHeader array. A line that is no header ends the block, unless a header follows it at
 * once. */
bool parse_scan(GBytes *raw, const MailLimits *limits, Mail *mail, GArray *headers, GError **error);

/* parse-header.c: everything but MIME, which is GMime's. Appends the lines that GMime needs to
 * `needed`. False: more addresses than allowed. */
bool parse_headers(Mail *mail, const GArray *headers, const MailLimits *limits, GByteArray *needed,
    GError **error);

/* parse-address.c: the addresses of one header, in their order. False: more than *left. */
bool parse_addresses(Mail *mail, MailRole role, const char *value, guint *left);

/* Mail of a mail system that is about another mail, whatever its form. */
bool parse_looks_like_report(const Mail *mail);

/* Header text (decoded or raw bytes) as a Mail holds it: clean, one line, NULL when empty. Takes
 * NULL. */
char *parse_clean(const char *value);

/* The same with its encoded words decoded. */
char *parse_words(const char *value);

/* "<a@b> <c@d>" -> a@b, c@d added to ids; without any <> what looks like an id. At most 1,000: the
 * last ones. */
void parse_ids(const char *value, GPtrArray *ids);
char *parse_first_id(const char *value);

/* parse-auth.c: called once per Authentication-Results header. Only the topmost is read, the
 * others may contradict. */
void parse_auth(MailAuth *auth, const char *value, bool topmost);

/* parse-parts.c: the tree and the texts. What GMime calls offset x is raw byte x + shift. False: a
 * limit is broken. */
typedef struct {
	Mail *mail;
	GBytes *raw;
	gint64 shift;
	const MailLimits *limits;
	guint64 text_left;
	GPtrArray *objects; /* GMimeObject of each part, borrowed */
} ParseTree;
bool parse_parts(ParseTree *tree, GMimeMessage *message, GError **error);

/* parse-body.c: what a person reads, out of the parts' texts. */
void parse_body(const ParseTree *tree);

/* parse-report.c: fields of a message/delivery-status or disposition-notification part. */
void parse_report_fields(Mail *mail, const char *text);
/* The header block of the mail that is reported on. */
void parse_report_headers(Mail *mail, const char *text);
/* Reports that follow no standard: looks for the Message-ID of the returned mail in the text. */
void parse_report_guess(Mail *mail);
