/*
 * guard: stands between the socket and libetpan and lets through only what libetpan bears.
 *
 * libetpan holds whole responses in memory, lets {4294967296} wrap, gives up at a response that it doesn't know, and keeps
 * only the last of several STATUS. So this filter looks at each byte first. It ends the connection at literals, lines
 * and answers above the limits of the present command and at what can't be IMAP; it takes out every response that
 * libetpan can't keep (LIST, STATUS, SEARCH, ESEARCH, VANISHED go to a function of ours, response.h reads them), counts
 * EXISTS and EXPUNGE, and drops unknown ones. What libetpan still sees: "+", tagged lines, OK, NO, BAD, PREAUTH,
 * CAPABILITY, ENABLED, and FETCH while one is wanted. Only in FETCH can libetpan meet a "{" then, and only one that was
 * checked here; the codes of status lines that it needn't know ("[ALERT]") begin with "<" for it.
 *
 * Knows no socket and no libetpan. The fuzz target of this folder: tests/fuzz/fuzz-guard.c.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Guard Guard;

typedef enum {
	GUARD_FETCH = 1 << 0, /* pass FETCH to libetpan */
	GUARD_LIST = 1 << 1,
	GUARD_STATUS = 1 << 2,
	GUARD_SEARCH = 1 << 3, /* SEARCH and ESEARCH */
	GUARD_VANISHED = 1 << 4,
	GUARD_BYE = 1 << 5, /* BYE is no failure: LOGOUT */
} GuardKind;

/* A whole response that was taken out: without "* ", the end of its line cut off, literals in it as they came
 * ("{3}\r\nabc"). kind: one of GUARD_LIST ... GUARD_VANISHED. A NUL follows behind length. */
typedef void (*GuardTake)(GuardKind kind, const char *response, gsize length, gpointer data);

Guard *guard_new(GuardTake take, gpointer data);
void guard_free(Guard *guard);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guard, guard_free)

/* What the commands that are sent now may be answered with: wanted kinds, literals of at most literal bytes, bytes in
 * all per tagged answer. */
void guard_expect(Guard *guard, guint wanted, gsize literal, guint64 total);

/* Room that guard_filter() needs in front of the bytes: what was held back comes out there. */
#define GUARD_ROOM 64

/* buffer[GUARD_ROOM] ... [GUARD_ROOM + length - 1] came from the socket; what may pass stands from buffer[0] on
 * afterwards, *ret_length bytes, maybe none. False, for ever: ERROR_TEMPORARY (BYE), INVALID (no IMAP), TOO_BIG (a
 * literal over the limit). */
bool guard_filter(Guard *guard, guint8 *buffer, gsize length, gsize *ret_length, GError **error);

/* Nothing has begun that isn't over: where TLS may start. */
bool guard_is_at_rest(const Guard *guard);

/* Whether messages came or went since this was asked last (EXISTS with a new number, EXPUNGE, VANISHED). */
bool guard_take_news(Guard *guard);
/* The number of the last EXISTS less the EXPUNGEs since. */
guint32 guard_exists(const Guard *guard);
/* Before another folder is opened. */
void guard_forget_folder(Guard *guard);
