/*
 * message: one mail on its way through the milter: envelope, marks, and the spool file that its bytes stream into.
 *
 * Nothing here knows libmilter. Failures are kept until message_finish(), because only then does the MTA take an answer
 * for the whole mail. Of mail that may turn out to be private (from own staff with proof) the header is held in memory
 * until its end, so that a private mail never touches the disk; everything else goes straight to the file, and so does a
 * header that is too large to be held: when it has a mark after all, its unfinished file is removed.
 */
#pragma once

#include "base/conf.h"
#include "base/spool.h"
#include "milter/exclusions.h"

/* What all messages share. */
typedef struct {
	const Conf *conf;
	Spool *spool;
	Exclusions *exclusions;
} Milter;

typedef struct Message Message;

typedef enum {
	MESSAGE_SPOOLED,     /* durable: say yes */
	MESSAGE_TEMPFAIL,    /* come again */
	MESSAGE_NOT_SPOOLED, /* say yes all the same; the alarm is given */
} MessageResult;

/* Takes entry, which has everything about client and sender. */
Message *message_new(const Milter *milter, SpoolEntry *entry);
void message_free(Message *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Message, message_free)

void message_add_recipient(Message *message, const char *address, const char *params);

/* value is everything between ":" and the end of the field's last line, with LF or CRLF inside when it is folded. */
void message_add_header(Message *message, const char *name, const char *value);
void message_end_header(Message *message);
void message_add_body(Message *message, const void *data, gsize length);

/* How many fields are to be taken out of the mail that goes on. */
guint message_count_marks(const Message *message);

/* Makes the mail, or the record of a private one, durable, or does what [milter] cannot-spool says; logs it. */
MessageResult message_finish(Message *message, const char *queue_id);
