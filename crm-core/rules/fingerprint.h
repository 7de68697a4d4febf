/*
 * fingerprint: when are two copies one message, and two messages versions of one letter?
 *
 * Letter key: From, Date (UTC second), decoded Subject, the set of To and Cc addresses. Content key:
 * letter key, the decoded leaves (text as UTF-8, LF, trailing blanks cut), From, Date, Subject, To and Cc of
 * attached messages, and of Date and Subject what stands there a second time, which some programs show
 * instead of the first. Both are keyed hashes. Message-ID has no part in it: it threads, it never merges.
 * Without a readable From or Date only identical bytes (trace headers aside) merge. See design.md
 * "Identity". Made from the bytes by the parent: the parser isn't believed here.
 */
#pragma once

#include "store/hasher.h"
#include "mail/mail.h"
#include "store/message.h"

typedef struct {
	MessageHash letter;
	MessageHash content;
	bool bytes_only; /* no readable From or Date */
} Fingerprint;

void fingerprint_make(const Hasher *hasher, const Mail *mail, GBytes *raw, Fingerprint *ret);

/* Of a Message-ID without <>, for threads. */
void fingerprint_mid(const Hasher *hasher, const char *message_id, MessageHash *ret);
