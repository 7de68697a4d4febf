/*
 * imap-private: what the files behind imap.h share; the only place that includes libetpan.
 *
 * Commands are written with imap_private_send() and answered one after the other with imap_private_answer(): several may be
 * on their way at once, which is one round trip. Below libetpan's stream are guard.h and tls.h (imap-stream.c).
 */
#pragma once

#include "base/error.h"
#include "imapsync/guard.h"
#include "imapsync/imap.h"
#include "imapsync/tls.h"

#include <libetpan/libetpan.h>

typedef enum {
	ANSWER_OK,
	ANSWER_NO,   /* the server refuses; the connection goes on */
	ANSWER_DEAD, /* the connection is over */
} Answer;

typedef void (*ImapFetchFunc)(Imap *imap, const struct mailimap_msg_att *message);

struct Imap {
	char *host;
	guint16 port;
	ImapTls tls_mode;
	char *ca_file;
	guint connect_timeout, timeout;
	guint64 message_limit;

	Tls *tls;
	Guard *guard;
	mailimap *session;
	GError *failure;   /* why the connection is over */
	GByteArray *ahead; /* passed by the guard while we idled, for libetpan to read next */
	bool logged_in, folder_open;
	guint capabilities;
	guint sent, answered; /* the last tags */
	bool line_read;       /* the first line of an answer is in the session's buffer already */
	guint unwatched;      /* answers that come first and that nobody waits for: ID, ENABLE */
	bool news;

	/* What the commands that are being answered want of the responses that the guard takes out. */
	GPtrArray *folders;    /* of ImapFolder: LIST adds, STATUS fills */
	GHashTable *by_raw;    /* raw name to ImapFolder; STATUS finds by it */
	UidSet *found;         /* SEARCH */
	UidSet *vanished;      /* VANISHED (EARLIER) */
	GError *take_error;    /* one of them can't be read, or is too much */
	ImapFetchFunc fetched; /* each FETCH */
	gpointer fetch;
};

/* imap-stream.c
 * --------------------------------------------------------------------------------------------------------
 */

/* guard and tls as a stream of libetpan. */
mailstream *imap_private_stream(Imap *imap);

/* Reads what is there through the guard, for the next answer to be found; blocks when nothing is. */
bool imap_private_pump(Imap *imap, GError **error);

/* imap-command.c
 * --------------------------------------------------------------------------------------------------------
 */

/* What the answers to the next commands may hold: kinds for the guard, the largest literal, bytes in all for each; silence:
 * seconds that the server may think (0: the connection's). What the commands before wanted is forgotten. */
void imap_private_expect(Imap *imap, guint kinds, gsize literal, guint64 total, guint silence);

/* Writes "TAG ...CRLF". Nothing has to go out before imap_private_answer(). A failure is found there. */
void imap_private_send(Imap *imap, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* "TAG text" without its end: imap_private_write() goes on with it. */
void imap_private_begin(Imap *imap, const char *text);
/* Bytes as they are, at once: what a command goes on with. */
bool imap_private_write(Imap *imap, const char *bytes, gsize length, GError **error);

/* Reads up to the tagged line of the oldest command that isn't answered. ANSWER_NO: error begins with refused ("The folder
 * can't be opened") and has a code by what the server said, unsaid when it gave no reason that a program understands.
 * ANSWER_DEAD: error tells why. */
Answer imap_private_answer(Imap *imap, ErrorCode unsaid, const char *refused, GError **error);

/* The server's "+": its text, owned by the session until the next line, in *ret_text. *ret_text is NULL when the tagged line
 * came instead: imap_private_answer() reads it. False: the connection is over. */
bool imap_private_continuation(Imap *imap, const char **ret_text, GError **error);

/* The connection is over, for this reason or the one that was found before. Returns false. */
bool imap_private_die(Imap *imap, GError **error, ErrorCode code, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* text as a quoted string; newly allocated. It must not hold a line break or NUL. */
char *imap_private_quote(const char *text);

/* imap-login.c
 * --------------------------------------------------------------------------------------------------------
 */

/* Forgets the capabilities. */
void imap_private_forget_capabilities(Imap *imap);
/* name: a capability, "AUTH=PLAIN" for a way to log in. */
bool imap_private_offers(const Imap *imap, const char *name);
/* Asks for them, unless the server has just told. */
bool imap_private_need_capabilities(Imap *imap, GError **error);
