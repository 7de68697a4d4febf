/*
 * parser: hands mail to kartoteka-parse, the sandboxed program, and gets checked Mails back.
 *
 * parser_start() must come before keys, lock or database are opened: the program would inherit
 * them. It forks a child per request: mail from outside is handed over one by one; up to
 * PARSER_BATCH mails go together only within one import or one mailbox's back-fill. What comes back
 * is untrusted and went through record_read() before the caller sees it.
 *
 * A child that dies, hangs or breaks a limit costs its own mail only: a batch is repeated mail by
 * mail, the program is started again when it is gone. A client is used by one thread at a time (any
 * thread).
 */
#pragma once

#include "mail/mail.h"

#define PARSER_BATCH 64

typedef struct ParserClient ParserClient;

/* Executes kartoteka-parse (path NULL: the installed one; builds with fault points also look at
 * KARTOTEKA_PARSE) and waits until it is warm and locked in. ERROR_NOT_FOUND, ERROR_INTERNAL. */
ParserClient *parser_start(const char *path, GError **error);
void parser_free(ParserClient *client); /* ends the program and waits for it */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ParserClient, parser_free)

typedef enum {
	PARSER_DONE,
	PARSER_LIMIT,   /* over a limit that error names: quarantine */
	PARSER_TIMEOUT, /* took longer than timeout_ms: quarantine */
	PARSER_CRASH,   /* two children died of it; error names the signal: quarantine */
	PARSER_BAD,     /* its record was no record: quarantine */
} ParserOutcome;

typedef struct {
	ParserOutcome outcome;
	Mail *mail;    /* PARSER_DONE */
	GError *error; /* all others; no personal data in it */
} ParserResult;

void parser_result_free(ParserResult *result);

typedef struct {
	MailLimits mail;
	/* Of processor time per mail (four times that on the wall); a batch gets some times as much for
	 * all of it and is then repeated one by one. */
	guint timeout_ms;
	guint64 memory; /* RLIMIT_AS of a child above what the warmed program has */
} ParserLimits;

#define PARSER_LIMITS_DEFAULT                                                                      \
	((ParserLimits){.mail = MAIL_LIMITS_DEFAULT, .timeout_ms = 5000, .memory = 256 << 20})

/* Parses 1 to PARSER_BATCH mails (GBytes). *results: one ParserResult per mail, in the same order.
 * False only when the program can't be started any more (ERROR_TEMPORARY, ERROR_NOT_FOUND): nothing
 * was decided about the mails. */
bool parser_run(ParserClient *client, GPtrArray *raw, const ParserLimits *limits,
    GPtrArray **results, GError **error);
