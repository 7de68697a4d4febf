/*
 * parser-wire: what parser.c and kartoteka-parse say to each other. Both are of one build on one
 * machine, so structs cross as they are; the version catches a half-done upgrade.
 *
 * Control socket (descriptor 0 of the program, SOCK_SEQPACKET):
 * 	program -> client	ParserHello, once, when it is warm
 * 	client -> program	ParserRequest with one descriptor: the channel of this request
 * 	program -> client	ParserStatus, when the child is gone
 * Channel (a stream socket that only this request's child gets, so that a child that was taken
 * over can't speak for the next mail):
 * 	client -> child		guint64 length of each mail, then their bytes
 * 	child -> client		per mail a ParserReply and its bytes
 */
#pragma once

#include "mail/parse.h"

#define PARSER_WIRE_VERSION 3

/* So many times its processor time may pass on the wall before a child is killed. */
#define PARSER_WALL_CLOCK 4

typedef struct {
	guint32 version;
	guint32 count;
	guint32 timeout_ms; /* of processor time, for all of them */
	guint64 memory;
	MailLimits limits;
	char charsets[PARSE_CHARSETS +
		      8]; /* names separated by blanks: open these converters, too */
} ParserRequest;

typedef struct {
	guint32 version;
} ParserHello;

typedef struct {
	gint32 wait_status; /* of waitpid(2) */
	guint16 timed_out;
	guint16 no_child; /* fork(2) failed: nothing was tried */
} ParserStatus;

typedef enum {
	PARSER_REPLY_RECORD,  /* a wire record follows */
	PARSER_REPLY_LIMIT,   /* a sentence follows */
	PARSER_REPLY_CHARSET, /* names of charsets follow: ask again with them */
} ParserReplyCode;

typedef struct {
	guint32 code;
	guint32 length;
} ParserReply;
