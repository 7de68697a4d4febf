/*
 * wish: the wire of the poller's control socket, both ends.
 *
 * The core may wish three things of kartoteka-imapsync, one per connection, on the UNIX socket [imap] control-socket,
 * which only the user of the database may use. A request is one line of fields with TABs between them:
 *
 *	search	count|fetch	LOGIN or *	ADDRESS	[ADDRESS ...]
 *	rewind	LOGIN or *	FOLDER	UIDVALIDITY	UIDSET
 *	check-password	LOGIN	PASSWORD
 *
 * and the reply is lines that end with "ok" or "error":
 *
 *	found	LOGIN	FOLDER	COUNT		of search, one per folder that has such mail, as soon as it is known
 *	ok	VALUE				the sum of a search, how many UIDs were forgotten, "yes" or "no"
 *	error	CODE	SENTENCE		CODE as error_name() has it
 *
 * In a field "%", control characters and DEL are %XX; fields are UTF-8. A secret (the password) is wiped from all
 * memory that this file had it in.
 *
 * search: mail from or to one of the addresses, in each folder that the poller reads; "count" only counts, "fetch" has
 * it spooled (those that were spooled before are counted but not spooled again) and answers when all is durable.
 * rewind: exactly UIDSET ("1:5,9", as in RFC 9051; may be empty) counts as spooled from that folder from now on, so that
 * the poller takes in again whatever else the server lists; with LOGIN "*" and FOLDER "" everything is forgotten.
 * check-password: does the mailbox's server take this password for that login? Nothing is kept.
 *
 * Not for: who may wish what (rules/ decide), and what the poller does with a wish.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define WISH_REQUEST_MAX (4 << 20) /* bytes of a request's line */
#define WISH_REPLY_MAX (16 << 20)  /* bytes of a reply */

typedef enum { WISH_SEARCH, WISH_REWIND, WISH_CHECK_PASSWORD } WishVerb;

/* Made zeroed by wish_new(); members are set by hand. Freed, it is wiped. */
typedef struct {
	WishVerb verb;
	char *login; /* of the mailbox; NULL: every mailbox ("*"; not for check-password) */
	/* search */
	bool fetch;
	char **addresses; /* at least one */
	/* rewind */
	char *folder; /* as the server names it, in UTF-8; "" with every mailbox alone */
	gint64 uid_validity;
	char *uids; /* what counts as spooled; "": nothing */
	/* check-password */
	char *password;
} Wish;

Wish *wish_new(WishVerb verb);
void wish_free(Wish *wish);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Wish, wish_free)

typedef struct {
	char *login, *folder;
	gint64 count;
} WishFound;

typedef struct {
	GPtrArray *found; /* of WishFound */
	char *value;      /* behind "ok" */
} WishReply;

void wish_reply_free(WishReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WishReply, wish_reply_free)

/* The core's end ------------------------------------------------------------------------------- */

/* Connects, for programs that can't do so later (a CGI that locks itself in); -1: ERROR_TEMPORARY, the poller doesn't
 * run, or can't be reached by this user. O_CLOEXEC. */
int wish_connect(const char *socket, GError **error);

/* Sends the wish and reads the whole reply. silence: seconds without a byte from the poller after which it is given up
 * (ERROR_TEMPORARY). What the poller calls an error is one, with its code; what is no reply is ERROR_INTERNAL. fd stays
 * the caller's. */
WishReply *wish_ask_on(int fd, const Wish *wish, guint silence, GError **error);

/* Both, and closes. */
WishReply *wish_ask(const char *socket, const Wish *wish, guint silence, GError **error);

/* The poller's end ----------------------------------------------------------------------------- */

/* Is who connected the user of that name ("": the user of this process)? By SO_PEERCRED, so it is who connected, not who
 * holds the socket now. ERROR_DENIED; root is nobody special. */
bool wish_peer_is(int fd, const char *user, GError **error);

/* Reads the request; all of it within so many milliseconds. ERROR_INVALID: no wish, ERROR_TOO_BIG, ERROR_TEMPORARY: it
 * didn't come. */
Wish *wish_receive(int fd, guint milliseconds, GError **error);

/* Lines of a reply, sent at once. False: nobody listens any more, errno says why (never a SIGPIPE). A peer that doesn't
 * read is given up after some seconds. */
bool wish_send_found(int fd, const char *login, const char *folder, gint64 count);
bool wish_send_ok(int fd, const char *value);
bool wish_send_ok_number(int fd, gint64 value);
bool wish_send_error(int fd, const GError *error);

/* Text ----------------------------------------------------------------------------------------- */

/* The request's line with its LF. Caller wipes it when it holds a password. */
GString *wish_format(const Wish *wish);

/* length bytes without the LF. ERROR_INVALID. For the fuzzer, too. */
Wish *wish_parse(const char *line, gsize length, GError **error);
WishReply *wish_reply_parse(const char *text, gsize length, GError **error);

/* Appends a field, and the TAB before it when the line has one already. */
void wish_append_field(GString *line, const char *value);

/* "1:5,9": numbers from 1 to 4294967295, ranges that may run backwards; "" is the empty set. */
bool wish_uids_are_valid(const char *uids);
