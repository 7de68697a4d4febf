#include "rules/file-job.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "rules/destroy.h"
#include "store/address.h"
#include "store/erase.h"
#include "store/pending.h"

/* Files these messages under what matches today, open to their participants alone. */
static bool
file_rows(Session *session, StoreTx *tx, const GArray *messages, GError **error)
{
	g_autoptr(Matcher) matcher = matcher_new(tx->store, error);

	if (matcher == NULL || !matcher_refresh(matcher, error))
		return false;
	for (guint i = 0; i < messages->len; i++) {
		const MessageRow *message = &g_array_index(messages, MessageRow, i);
		g_autoptr(GError) failed = NULL;
		g_autoptr(Match) match = file_match_again(matcher, tx, tx->store, message, &failed);
		ItemState state;
		ItemReason reason;
		guint added = 0, filed;

		if (failed != NULL) {
			g_propagate_error(error, g_steal_pointer(&failed));
			return false;
		}
		if (match == NULL)
			continue;
		if (!file_under(tx, message, match, true, &added, error))
			return false;
		if (added == 0)
			continue;
		session_note(session, OBJECT_MESSAGE, &message->id);
		if (!file_state(tx->store, message, &state, &reason, &filed, error) ||
		    !item_set_all(tx, message, state, reason, error))
			return false;
	}
	return true;
}

/* Some of the messages of an address or a domain; more than FILE_BATCH: there are others. */
static GArray *
find_rows(Store *store, const Pending *pending, GError **error)
{
	return pending->address_row != 0 ? message_with_address(store, pending->address_row,
					       pending->after, FILE_BATCH + 1, error)
					 : message_with_domain(store, &pending->domain,
					       pending->after, FILE_BATCH + 1, error);
}

/* Goes through the first FILE_BATCH of them. *last: 0 when these were all. */
static bool
file_first(Session *session, StoreTx *tx, const Pending *pending, gint64 *last, GError **error)
{
	g_autoptr(GArray) rows = find_rows(tx->store, pending, error);

	*last = 0;
	if (rows == NULL)
		return false;
	if (rows->len > FILE_BATCH) {
		g_array_set_size(rows, FILE_BATCH);
		*last = g_array_index(rows, MessageRow, FILE_BATCH - 1).row;
	}
	return rows->len == 0 || file_rows(session, tx, rows, error);
}

static bool
file_or_leave(Session *session, StoreTx *tx, const Pending *pending, GError **error)
{
	gint64 last;

	if (!file_first(session, tx, pending, &last, error))
		return false;
	return last == 0 || pending_add(tx, pending->address_row, &pending->domain, last, error);
}

bool
file_waiting(Session *session, StoreTx *tx, const char *const *addresses,
    const char *const *domains, GError **error)
{
	for (; addresses != NULL && *addresses != NULL; addresses++) {
		Pending pending = {.address_row = address_find(tx->store, *addresses, error)};

		if (pending.address_row < 0 ||
		    (pending.address_row > 0 && !file_or_leave(session, tx, &pending, error)))
			return false;
	}
	for (; domains != NULL && *domains != NULL; domains++) {
		Pending pending = {0};

		if (!pending_domain_hash(tx->store, *domains, &pending.domain, error) ||
		    !file_or_leave(session, tx, &pending, error))
			return false;
	}
	return true;
}

bool
file_pending(Session *session, bool *more, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	Pending pending;
	gint64 last;

	*more = false;
	if (!pending_first(session->store, &pending, error))
		return false;
	if (pending.id == 0)
		return true;
	if (!store_tx_begin(&tx, session->store, &session->actor, NULL, error) ||
	    !file_first(session, &tx, &pending, &last, error) ||
	    !(last != 0 ? pending_move(&tx, &pending, last, error)
			: pending_end(&tx, &pending, error)) ||
	    !session_record_change(session, &tx, PURPOSE_FILE, NULL, error) ||
	    !store_tx_commit(&tx, error))
		return false;
	*more = true;
	return fault_point("pending-filed") == 0 || error_set_errno(error, ERROR_TEMPORARY, errno, "What waits, waits");
}

bool
file_expire(Session *session, bool *more, GError **error)
{
	gint64 days = store_conf(session->store)->filing.waiting_days;
	g_autoptr(GArray) rows = NULL;

	*more = false;
	rows = item_waiting(session->store, clock_ms() - days * CLOCK_DAY, FILE_BATCH, error);
	if (rows == NULL)
		return false;
	if (rows->len > 0) {
		g_auto(StoreTx) tx = STORE_TX_INIT;

		if (!store_tx_begin(&tx, session->store, &session->actor, NULL, error) ||
		    !erase_messages(&tx, ERASURE_WAITED, rows, error) ||
		    !session_record_change(session, &tx, PURPOSE_DESTROY, NULL, error) ||
		    !store_tx_commit(&tx, error))
			return false;
		*more = true;
	}
	return destroy_continue(session, error);
}
