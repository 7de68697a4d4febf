/*
 * published: small read-only lists that kartotekad hands to the programs that face strangers.
 *
 * A published file is replaced by rename, so a reader sees the old or the new one. It holds keyed
 *hashes and a word for each, never an address; the key stands in the file, is random, belongs to
 *this list alone and is of no use elsewhere, so the reader can ask "is this address on the list?"
 *but can't read the list aloud. Each file is readable by the one program that needs it.
 *
 *	kartoteka-published 1
 *	kind: exclusions
 *	key: <64 hex digits>
 *	<64 hex digits> <word>
 *	...
 *	end <number of rows>
 *
 * Rows are sorted by hash: HMAC-SHA-256 of a text. For "exclusions" the text is what
 * published_subject() makes of an address, or "@domain" for all addresses of one; the word is the
 * rule's name for the record. For "postures" the text is what published_login() makes of a mailbox's
 * login, the word is off, headers, known or full; a mailbox that isn't there is off.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Names in [data] published-directory, and kinds. */
#define PUBLISHED_EXCLUSIONS "exclusions"
#define PUBLISHED_POSTURES "postures"

#define PUBLISHED_HASH_SIZE 32
#define PUBLISHED_KEY_SIZE 32

typedef struct Published Published;

/* An empty list of that kind ("exclusions"), with this key. */
Published *published_new(const char *kind, const guint8 key[static PUBLISHED_KEY_SIZE]);
void published_free(Published *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Published, published_free)

/* word: letters, digits, "-", "_", ".", ":" only (anything else becomes "_"). */
void published_add(Published *list, const char *text, const char *word);

/* Writes the file at once (file_publish). reader: the user of the program that needs it, whose group gets it, so that this
 * user must be a member of that; "": the group of this process. ERROR_NOT_FOUND: no such user; ERROR_DENIED: no member. */
bool published_write(Published *list, const char *path, const char *reader, GError **error);

/* Reads and checks a whole file; ERROR_INVALID names the line. NOT_FOUND when there is none. */
Published *published_read(const char *path, const char *kind, GError **error);

gsize published_count(const Published *list);

/* The word of that text, owned by the list; NULL when it isn't there. */
const char *published_find(const Published *list, const char *text);

/* The text whose hash stands for an address, in the one form of all that lead to the same mailbox: "<" ">" and the quotes
 * of the local part taken off, case folded, the domain in its ASCII (IDNA) form without a last ".", "+tag" cut off in the
 * subaddress_domains (may be NULL). NULL when it has no "@" or an empty side. published_domain() gives "@domain" of the same address.
 * Newly allocated. */
char *published_subject(const char *address, char *const *subaddress_domains);
char *published_domain(const char *address);

/* The text whose hash stands for a login: in NFC, without case, without blanks around. Newly
 * allocated. */
char *published_login(const char *login);
