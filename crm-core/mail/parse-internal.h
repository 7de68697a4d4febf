/* parse-internal: what parse*.c share among themselves, and with nobody else. */
#pragma once

#include "mail/mail.h"

#include <gmime/gmime.h>

/* parse-scan.c: the limits that must hold before GMime sees a byte; finds where the body begins. */
bool parse_scan(GBytes *raw, const MailLimits *limits, guint64 *body_offset, GError **error);

/* parse-header.c: the mail's own headers. False: more addresses than allowed. */
bool parse_headers(Mail *mail, GMimeMessage *message, const MailLimits *limits, GError **error);

/* Header text (decoded or raw bytes) as a Mail holds it: clean, one line, NULL when empty. Takes NULL. */
char *parse_clean(const char *value);

/* "<a@b> <c@d>" -> a@b, c@d added to ids; without any <> what looks like an id. At most 1,000: the last ones. */
void parse_ids(const char *value, GPtrArray *ids);
char *parse_first_id(const char *value);

/* parse-auth.c: called once per Authentication-Results header. Only the topmost is read, the others may contradict. */
void parse_auth(MailAuth *auth, const char *value, bool topmost);

/* parse-parts.c: the tree and its texts. False: a limit is broken. */
bool parse_parts(
    Mail *mail, GMimeMessage *message, GBytes *raw, const MailLimits *limits, GError **error);

/* parse-body.c: body and spans from the parts; objects: the GMimeObject of each. */
void parse_body(Mail *mail, const GPtrArray *objects);

/* parse-report.c: fields of a message/delivery-status or disposition-notification part. */
void parse_report_fields(Mail *mail, const char *text);
/* The header block of the mail that is reported on. */
void parse_report_headers(Mail *mail, const char *text);
/* Reports that follow no standard: looks for the Message-ID of the returned mail in the text. */
void parse_report_guess(Mail *mail);
