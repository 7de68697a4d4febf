/*
 * mail: what one message says, as a plain struct.
 *
 * A Mail is made by mail/parse.c in the sandboxed child, crosses to the parent as a record
 * (mail/record.h) and is what rules/, the search index and the pages work on. It holds nothing of
 * GMime, no SQL, no decision: who a sender really is, whose mail it may be and where it is filed is
 * for rules/ to say.
 *
 * Strings: all are valid UTF-8 without NUL and without control characters other than \n and \t (\n
 * only in body and part texts). What is absent is NULL unless a comment says otherwise; what is
 * present is never empty. Arrays are never NULL. Everything belongs to the Mail and lives until
 * mail_free().
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Where an address stood. The envelope's two come from the spool; the parser never sets them. */
typedef enum {
	MAIL_FROM,
	MAIL_SENDER,
	MAIL_REPLY_TO,
	MAIL_TO,
	MAIL_CC,
	MAIL_BCC,
	MAIL_RESENT_FROM,
	MAIL_RESENT_SENDER,
	MAIL_RESENT_TO,
	MAIL_RESENT_CC,
	MAIL_RESENT_BCC,
	MAIL_ENVELOPE_FROM,
	MAIL_ENVELOPE_TO,
	MAIL_N_ROLES,
} MailRole;

typedef struct {
	MailRole role;
	char *name;    /* display name, decoded; NULL when there is none */
	char *address; /* as written, "local@domain" in UTF-8, unchecked; match by
			  address_canonical() */
	char *group;   /* RFC 5322 group that it stood in ("Team: a@x, b@x;"), or NULL */
} MailAddress;

/* RFC 8601 results. */
typedef enum {
	MAIL_VERDICT_NONE, /* not said, or "none" */
	MAIL_VERDICT_PASS,
	MAIL_VERDICT_FAIL, /* fail, hardfail, reject */
	MAIL_VERDICT_SOFTFAIL,
	MAIL_VERDICT_NEUTRAL,
	MAIL_VERDICT_POLICY,
	MAIL_VERDICT_TEMPERROR,
	MAIL_VERDICT_PERMERROR,
	MAIL_N_VERDICTS,
} MailVerdict;

/* The topmost Authentication-Results header, and no other. Whether its authserv-id is trusted is a
 * setting of the source; the parser only repeats what it says. */
typedef struct {
	char *authserv_id; /* NULL: there is no such header (or it can't be read) */
	MailVerdict dmarc;
	MailVerdict spf;
	MailVerdict dkim;
	char *dmarc_domain; /* header.from of the dmarc result, or NULL */
	char *spf_domain;   /* domain of smtp.mailfrom (or smtp.helo), or NULL */
	char *dkim_domain;  /* header.d (or the domain of header.i) of the dkim result that was
			       taken, or NULL */
	bool disagree; /* results within it, or in another header with this authserv-id, contradict
			  it: counts as none */
} MailAuth;

/* What happened to a recipient, RFC 3464 (and the disposition of an MDN, RFC 8098). */
typedef enum {
	MAIL_ACTION_UNKNOWN,
	MAIL_ACTION_FAILED,
	MAIL_ACTION_DELAYED,
	MAIL_ACTION_DELIVERED,
	MAIL_ACTION_RELAYED,
	MAIL_ACTION_EXPANDED,
	MAIL_ACTION_DISPLAYED, /* MDN: shown to the reader */
	MAIL_ACTION_DELETED,   /* MDN: deleted, perhaps unread */
	MAIL_N_ACTIONS,
} MailAction;

typedef struct {
	char *address; /* Original-Recipient if given, else Final-Recipient; may be NULL */
	MailAction action;
	char *status; /* "5.1.1", or NULL */
	char *detail; /* Diagnostic-Code, or NULL */
} MailReportRecipient;

typedef struct {
	char *message_id;      /* of the mail that is reported on, without <>; NULL when the report
				  doesn't say */
	char *subject;         /* of that mail, or NULL */
	char *envelope_id;     /* Original-Envelope-Id, or NULL */
	GPtrArray *recipients; /* MailReportRecipient */
} MailReport;

/* Flags of a mail; stored, so numbers stay. */
typedef enum {
	MAIL_FLAG_AUTO = 1 << 0,      /* RFC 3834 auto-reply or another machine's answer */
	MAIL_FLAG_DSN = 1 << 1,       /* delivery report, standard or not */
	MAIL_FLAG_MDN = 1 << 2,       /* read receipt */
	MAIL_FLAG_LIST = 1 << 3,      /* came through a mailing list: List-Id or List-Post */
	MAIL_FLAG_BULK = 1 << 4,      /* Precedence: bulk/junk, List-Unsubscribe, Feedback-ID ... */
	MAIL_FLAG_CALENDAR = 1 << 5,  /* has a text/calendar part */
	MAIL_FLAG_SIGNED = 1 << 6,    /* OpenPGP or S/MIME; nothing is verified */
	MAIL_FLAG_ENCRYPTED = 1 << 7, /* OpenPGP or S/MIME */
	MAIL_FLAG_HTML = 1 << 8,      /* has a text/html part that belongs to the body */
	MAIL_FLAG_ATTACHMENTS = 1 << 9, /* has a part with is_attachment and without in_message */
	MAIL_FLAG_RESENT = 1 << 10,     /* has Resent-From */
	MAIL_ALL_FLAGS = (1 << 11) - 1,
} MailFlags;

/* What was wrong with it; nothing of this keeps it from being filed. Stored, so numbers stay. */
typedef enum {
	MAIL_DEFECT_NO_FROM = 1 << 0,     /* no From, or no address in it */
	MAIL_DEFECT_MANY_FROM = 1 << 1,   /* more than one From header */
	MAIL_DEFECT_NO_DATE = 1 << 2,     /* no Date, or none that can be read */
	MAIL_DEFECT_BAD_ADDRESS = 1 << 3, /* an address that matches nothing */
	MAIL_DEFECT_RAW_HEADERS = 1 << 4, /* 8-bit bytes in headers that aren't UTF-8 */
	MAIL_DEFECT_BAD_CHARSET = 1 << 5, /* an unknown charset, or bytes that aren't in it */
	MAIL_DEFECT_BAD_ENCODING =
	    1 << 6, /* base64 or quoted-printable that isn't, unknown encoding */
	MAIL_DEFECT_NO_BOUNDARY =
	    1 << 7,                   /* a multipart without boundary, or whose parts are missing */
	MAIL_DEFECT_CONTROL = 1 << 8, /* NUL or other control characters were taken out */
	MAIL_DEFECT_TRUNCATED = 1 << 9,   /* a text was longer than the limit and was cut */
	MAIL_DEFECT_BAD_HEADER = 1 << 10, /* a line in the header block that is no header */
	MAIL_DEFECT_MANY_HEADERS =
	    1 << 11, /* a header that may stand once stands several times (first one counts) */
	MAIL_ALL_DEFECTS = (1 << 12) - 1,
} MailDefects;

typedef enum {
	MAIL_ENCODING_IDENTITY, /* 7bit, 8bit, binary, or unknown */
	MAIL_ENCODING_BASE64,
	MAIL_ENCODING_QUOTED_PRINTABLE,
	MAIL_ENCODING_UUENCODE, /* x-uuencode: kept encoded */
	MAIL_N_ENCODINGS,
} MailEncoding;

/* One node of the MIME tree, in the order in which they stand; 0 is the root. */
typedef struct {
	int parent; /* index of the multipart or message/rfc822 it is in, always < own index; -1 for
		       the root */
	char *type; /* "text/plain", lower case; never NULL */
	char *charset;     /* as written, lower case */
	char *name;        /* file name (RFC 2231, RFC 2047 and raw forms), without any path */
	char *disposition; /* "attachment", "inline" ..., lower case */
	char *content_id;  /* without <> */
	MailEncoding encoding;
	/* The encoded body within the raw bytes, without the line break before a boundary. Of an
	 * attached message: all of it, header and body. 0, 0 for a multipart. */
	guint64 offset;
	guint64 length;
	guint64 size; /* decoded; never more than length; 0 for a multipart */
	/* To be offered for download: a leaf (or attached message) that is no part of the body for
	 * reading. Signatures, the other parts of reports and text alternatives that weren't taken
	 * are none. */
	bool is_attachment;
	/* Lies inside an attached message: it is that message's, not the mail's own. */
	bool in_message;
	/* Of text leaves that are neither attachment nor in_message: decoded, LF. Only in the wire
	 * form: a stored record has NULL, for it can be had again by mail/decode.h. */
	char *text;
} MailPart;

void mail_part_free(MailPart *part);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailPart, mail_part_free)

typedef enum {
	MAIL_SPAN_QUOTED,    /* what they wrote before: "> ..." with the line that introduces it */
	MAIL_SPAN_SIGNATURE, /* from "-- " on, or what looks like it */
	MAIL_N_SPANS,
} MailSpanKind;

typedef struct {
	guint32 offset; /* in bytes of body */
	guint32 length;
	MailSpanKind kind;
} MailSpan;

typedef struct {
	GPtrArray *addresses;   /* MailAddress, in header order within a role */
	char *subject;          /* decoded, unfolded */
	gint64 date;            /* Date in UTC seconds; only when has_date */
	bool has_date;          /* Date is there and readable */
	gint64 received;        /* time of the topmost Received; 0 when none */
	char *message_id;       /* without <> */
	GPtrArray *in_reply_to; /* char *, without <> */
	GPtrArray *references;  /* char *, without <>, oldest first */
	guint32 flags;          /* MailFlags */
	guint32 defects;        /* MailDefects */
	char *list_id;          /* what stands in List-Id's <>, lower case */
	char *list_post;        /* address of List-Post's mailto: */
	MailAuth auth;
	char *private_mark; /* value of X-Kartoteka; of several, the one that says private */
	MailReport *report; /* DSN or MDN; NULL otherwise */
	GPtrArray *parts;   /* MailPart; at least one */
	char *body; /* for reading and search: best alternatives, HTML as text, flowed lines joined;
		       never NULL */
	GArray *spans;       /* MailSpan within body, in order, not overlapping, at line starts */
	guint64 body_offset; /* length of the header block with its empty line = where the body
				begins in the raw bytes */
} Mail;

/* Beyond these a mail is quarantined (ERROR_TOO_BIG), never cut. */
typedef struct {
	guint64 bytes;        /* raw size */
	guint32 header_lines; /* of the mail, and of each part */
	guint32 parts;
	guint32 nesting;
	guint32 addresses;
	guint32 text; /* bytes of decoded text per mail; more is cut with MAIL_DEFECT_TRUNCATED */
} MailLimits;

#define MAIL_LIMITS_DEFAULT                                                                        \
	((MailLimits){.bytes = 64 << 20,                                                           \
	    .header_lines = 2000,                                                                  \
	    .parts = 1000,                                                                         \
	    .nesting = 20,                                                                         \
	    .addresses = 1000,                                                                     \
	    .text = 8 << 20})

/* An empty Mail: arrays there, body "". For parse, record and tests. */
Mail *mail_new(void);
void mail_free(Mail *mail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mail, mail_free)

/* Adds an address; copies the strings. Empty name or group become NULL. */
MailAddress *mail_add_address(
    Mail *mail, MailRole role, const char *name, const char *address, const char *group);

/* Adds a part with that parent and type (copied), everything else zero. */
MailPart *mail_add_part(Mail *mail, int parent, const char *type);

/* Makes the report when there is none yet. */
MailReport *mail_make_report(Mail *mail);
MailReportRecipient *mail_add_report_recipient(Mail *mail, const char *address, MailAction action);

/* The first address with this role, or NULL. */
const MailAddress *mail_first_address(const Mail *mail, MailRole role);

/* "from", "reply-to", "envelope-to" ...: for reasons, records and JSON. */
const char *mail_role_name(MailRole role);
