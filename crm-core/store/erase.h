/*
 * erase: destroys what nobody may have any longer, so that neither file, log, index nor backup gives
 * it back. See design.md "Erasing".
 *
 * Four steps, each harmless to repeat, so that a program that dies in between goes on with
 * erase_continue():
 *   1. kartoteka.db, in the caller's transaction: the intent with its key numbers; hidden at once;
 *   2. search.db, while the text can still be opened (deleted, merged, log emptied); before it, a
 *      line in the ledger of erasures, which lies outside all backups and holds no names;
 *   3. keys.db: the keys are deleted, its log emptied;
 *   4. kartoteka.db: what was sealed is cleared; the keyed hashes stay, so that a new walk through a
 *      mailbox can't bring a message back.
 * A restored backup gets the ledger's erasures again (erase_replay()).
 */
#pragma once

#include "store/access.h"
#include "store/store.h"

typedef enum {              /* stored: never renumber */
	ERASURE_WAITED = 1, /* mail that waited longer than waiting-days */
	ERASURE_RECORD,     /* months of the access record: keys alone */
} ErasureKind;

/* Step 1 for these messages (internal ids, gint64): ends their participants and filings, accounts
 * for their items as excluded (waited too long), takes the keys down that only they use. */
bool erase_messages(StoreTx *tx, ErasureKind kind, const GArray *messages, GError **error);

/* Step 1 for keys alone (gint64). */
bool erase_keys(StoreTx *tx, ErasureKind kind, const GArray *keys, GError **error);

/* How step 2 takes messages (internal ids, gint64) out of the index without a remnant:
 * search_index_erase() with what rules/ knows of texts. */
typedef bool (*EraseForget)(Store *store, const GArray *messages, gpointer data, GError **error);

/* Goes on with every erasure that isn't done, step by step; outside a transaction. kartotekad calls it
 * when it starts and after each step 1. ERROR_TEMPORARY: somebody reads; call it again later. */
bool erase_continue(Store *store, EraseForget forget, gpointer data, GError **error);

/* How many erasures aren't done. */
bool erase_pending(Store *store, gint64 *ret, GError **error);

/* Into a restored store: step 1 for every line of the ledger that it doesn't know yet; their keys are
 * deleted in any case. *ret: how many. ERROR_INVALID when a line can't be read. */
bool erase_replay(Store *store, gint64 *ret, GError **error);
