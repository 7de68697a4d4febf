#include "rules/refile.h"

#include "rules/file-job.h"
#include "rules/rights.h"

/* A pass over all mail, one transaction of FILE_BATCH messages after the other. */
typedef struct {
	Session *session;
	StoreTx *tx; /* NULL: a preview */
	Matcher *matcher;
	GArray *changes; /* RefileChange */
} Pass;

static void
note(Pass *pass, const MessageRow *message, const Id *contact, FilingReason reason, bool add)
{
	RefileChange change = {.message = message->id,
	    .time = message->time,
	    .contact = *contact,
	    .add = add,
	    .reason = reason};

	g_array_append_val(pass->changes, change);
	session_note(pass->session, OBJECT_MESSAGE, &message->id);
}

static bool
is_filed(const GArray *filings, const Id *contact)
{
	for (guint i = 0; i < filings->len; i++) {
		const Filing *filing = &g_array_index(filings, Filing, i);

		if (filing->ended == 0 && id_equal(&filing->contact, contact))
			return true;
	}
	return false;
}

static bool
matches(const Match *match, const Id *contact)
{
	for (guint i = 0; i < match->contacts->len; i++)
		if (id_equal(&g_array_index(match->contacts, MatchContact, i).contact, contact))
			return true;
	return false;
}

static void
find_new(Pass *pass, const MessageRow *message, const Match *match, const GArray *filings)
{
	for (guint i = 0; i < match->contacts->len; i++) {
		const MatchContact *contact = &g_array_index(match->contacts, MatchContact, i);

		if (!is_filed(filings, &contact->contact) &&
		    !file_taken_back(filings, &contact->contact))
			note(pass, message, &contact->contact, contact->reason, true);
	}
}

/* What the rules filed and wouldn't today. Reports follow their mail, not an address. */
static bool
find_gone(Pass *pass, const MessageRow *message, const Match *match, const GArray *filings,
    GError **error)
{
	for (guint i = 0; i < filings->len; i++) {
		const Filing *filing = &g_array_index(filings, Filing, i);

		if (filing->ended != 0 || filing->reason == FILING_BY_HAND ||
		    filing->reason == FILING_DSN || matches(match, &filing->contact))
			continue;
		note(pass, message, &filing->contact, filing->reason, false);
		if (pass->tx != NULL &&
		    !filing_end(pass->tx, message, &filing->contact, NULL, error))
			return false;
	}
	return true;
}

static bool
pass_one(Pass *pass, const MessageRow *message, GError **error)
{
	g_autoptr(GError) failed = NULL;
	g_autoptr(GArray) filings = filing_list_row(pass->session->store, message, error);
	g_autoptr(Match) match = NULL;
	guint before = pass->changes->len, filed;
	ItemState state;
	ItemReason reason;

	if (filings == NULL)
		return false;
	match = file_match_again(pass->matcher, pass->tx, pass->session->store, message, &failed);
	if (failed != NULL) {
		g_propagate_error(error, g_steal_pointer(&failed));
		return false;
	}
	if (match == NULL)
		return true;
	find_new(pass, message, match, filings);
	if (!find_gone(pass, message, match, filings, error))
		return false;
	if (pass->tx == NULL || pass->changes->len == before)
		return true;
	return file_under(pass->tx, message, match, true, NULL, error) &&
	       file_state(pass->session->store, message, &state, &reason, &filed, error) &&
	       item_set_all(pass->tx, message, state, reason, error);
}

static bool
pass_some(Pass *pass, const GArray *rows, GError **error)
{
	if (!matcher_refresh(pass->matcher, error))
		return false;
	for (guint i = 0; i < rows->len; i++)
		if (!pass_one(pass, &g_array_index(rows, MessageRow, i), error))
			return false;
	return true;
}

/* The rules change it, not the person: what the rules do, they may undo. */
static bool
change_some(Pass *pass, const GArray *rows, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	Actor actor = {.kind = ACTOR_DAEMON, .on_behalf = pass->session->actor.user};
	bool done;

	if (!store_tx_begin(&tx, pass->session->store, &actor, "refile", error))
		return false;
	pass->tx = &tx;
	done = pass_some(pass, rows, error) &&
	       session_record_change(pass->session, &tx, PURPOSE_FILE, "refile", error) &&
	       store_tx_commit(&tx, error);
	pass->tx = NULL;
	return done;
}

GArray *
refile_all(Session *session, bool dry_run, GError **error)
{
	g_autoptr(GArray) changes = g_array_new(FALSE, TRUE, sizeof(RefileChange));
	g_autoptr(Matcher) matcher = NULL;
	Pass pass = {.session = session, .changes = changes};
	gint64 after = 0;

	if (!rights_require_administrator(session, error) ||
	    (matcher = matcher_new(session->store, error)) == NULL)
		return NULL;
	pass.matcher = matcher;
	for (;;) {
		g_autoptr(GArray) rows = message_next(session->store, after, FILE_BATCH, error);

		if (rows == NULL)
			return NULL;
		if (rows->len == 0)
			break;
		after = g_array_index(rows, MessageRow, rows->len - 1).row;
		if (!(dry_run ? pass_some(&pass, rows, error) : change_some(&pass, rows, error)))
			return NULL;
	}
	if (dry_run && !session_record(session, PURPOSE_FILE, "refile --dry-run", error))
		return NULL;
	return g_steal_pointer(&changes);
}
