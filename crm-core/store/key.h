/*
 * key: sealing and hashing for the files per kind of record. For store/ alone.
 *
 * A sealed object (a message, a raw mail, an attachment, a card) has a key of its own: claim a
 * number in the transaction that makes it, seal its fields under it, and keep the number in the
 * row's key_id. Keys lie ready in keys.db, enough for two days and made ahead
 * (key_refill), so a filing makes one file durable. When the key is destroyed, so is the object.
 *
 * Lookup values are keyed hashes of 16 bytes; the number of their hash key stands beside them
 * (hash_key). A namespace keeps the hash of an address from equalling that of the same login.
 */
#pragma once

#include "crypt/hash.h"
#include "crypt/sign.h"
#include "store/db.h"

/* The next key's number, gone with the transaction when it rolls back. ERROR_TEMPORARY when the
 * keys that lie ready are used up (the next store_tx_begin() makes more). */
bool key_claim(StoreTx *tx, gint64 *ret, GError **error);

/* Seals for, or opens from, table.field of the row with that public id. The bytes that key_unseal()
 * gives are followed by a NUL that isn't counted. A key that is missing because its object was
 * erased is ERROR_NOT_FOUND, one that is missing otherwise ERROR_INTERNAL: damage. */
GBytes *key_seal(Store *store, gint64 key_id, const char *table, const Id *id, const char *field,
    const void *data, gsize size, GError **error);
GBytes *key_unseal(Store *store, gint64 key_id, const char *table, const Id *id, const char *field,
    const void *sealed, gsize size, GError **error);

/* For a row that has no public id of its own: its internal number as one. */
Id key_row(gint64 id);

/* Namespaces of lookup hashes; stored values depend on them. */
#define KEY_ADDRESS "address" /* canonical form, also of "@domain" */
#define KEY_DOMAIN "domain"
#define KEY_LOGIN "login"
#define KEY_NAME "name" /* of teams and books */
#define KEY_UID "uid"   /* of vCards */
#define KEY_MESSAGE_ID "message-id"
#define KEY_LETTER "letter"
#define KEY_CONTENT "content"
#define KEY_ATTACHMENT "attachment"
#define KEY_PLACE "place"   /* of an item: path, or mailbox and UID */
#define KEY_TOKEN "token"   /* sessions, device passwords */
#define KEY_CLIENT "client" /* throttling of sign-ins */

typedef struct {
	guint8 bytes[HASH_SIZE];
	gint64 key; /* for the column hash_key */
} KeyHash;

bool key_hash(
    Store *store, const char *space, const void *data, gsize size, KeyHash *ret, GError **error);
bool key_hash_text(Store *store, const char *space, const char *text, KeyHash *ret, GError **error);

/* A copy of the key of lookup hashes and its number, for hasher.h. */
bool key_lookup(Store *store, guint8 ret[static HASH_KEY_SIZE], gint64 *ret_number, GError **error);

/* The key of a list that kartotekad publishes ("exclusions"), made when first asked for; outside a
 * transaction. */
bool key_published(
    Store *store, const char *list, guint8 ret[static HASH_KEY_SIZE], GError **error);

/* The seed with which checkpoints are signed, owned by the Store. */
const SealKey *key_checkpoint_seed(Store *store, GError **error);

/* Makes keys until enough lie ready; outside a transaction. store_tx_begin() sees to those that a transaction may
 * want; the reserve, so that a copy of keys.db opens what is sealed in the two days after it, is made when there is
 * time (store_idle), and before a backup in any case. */
typedef enum { KEY_NEED_NOW, KEY_NEED_RESERVE } KeyNeed;
bool key_refill(Store *store, KeyNeed need, GError **error);

/* How many keys a master key wraps that isn't the newest of its file; and wrapping them by the newest, some in each
 * transaction, beside programs that work: it may be stopped at any time and called again. Outside a transaction. */
bool key_rotate_left(Store *store, gint64 *ret, GError **error);
bool key_rotate(Store *store, DbProgress progress, gpointer data, GError **error);

/* Unwraps each key, those of the reserve too: what is damaged there would only be seen when a mail needs it. A sentence
 * for each that can't be. */
bool key_inspect(Store *store, GPtrArray *problems, GError **error);

/* Forgets an unwrapped key whose row is being destroyed. */
void key_forget(Store *store, gint64 key_id);
