#include "rules/file-job.h"

#include "mail/record.h"
#include "store/circle.h"

bool
file_taken_back(const GArray *filings, const Id *contact)
{
	bool taken = false;

	for (guint i = 0; i < filings->len; i++) {
		const Filing *filing = &g_array_index(filings, Filing, i);

		if (id_equal(&filing->contact, contact))
			taken = filing->ended != 0 && filing->ended_by != ACTOR_DAEMON;
	}
	return taken;
}

/* By an address that belonged to somebody in a circle before: whoever gives it to a contact of his own must not read by
 * that what the circle keeps to itself. Those inside find the mail under the contact in the circle. */
static bool
is_kept(StoreTx *tx, const MessageRow *message, const Match *match, const MatchContact *contact,
    bool *ret, GError **error)
{
	*ret = false;
	for (guint i = 0; i < match->contacts->len && !*ret; i++) {
		const MatchContact *other = &g_array_index(match->contacts, MatchContact, i);

		if (other->address_row != contact->address_row || other->since > contact->since ||
		    id_equal(&other->contact, &contact->contact))
			continue;
		if (!circle_keeps(tx, message, &other->contact, &contact->contact, ret, error))
			return false;
	}
	return true;
}

bool
file_under(StoreTx *tx, const MessageRow *message, const Match *match, bool closed, guint *added,
    GError **error)
{
	g_autoptr(GArray) before = NULL;

	if (!message->fresh && (before = filing_list_row(tx->store, message, error)) == NULL)
		return false;
	for (guint i = 0; i < match->contacts->len; i++) {
		const MatchContact *contact = &g_array_index(match->contacts, MatchContact, i);
		Filing filing = {
		    .contact = contact->contact,
		    .reason = contact->reason,
		    .role = contact->role,
		    .address_row = contact->address_row,
		    .open_from =
			closed || tx->now < contact->since ? FILING_OPEN_NEVER : FILING_OPEN_ALWAYS,
		};
		bool new = false, kept;

		if (before != NULL && file_taken_back(before, &contact->contact))
			continue;
		if (!is_kept(tx, message, match, contact, &kept, error))
			return false;
		if (kept)
			filing.open_from = FILING_OPEN_NEVER;
		if (!filing_add(tx, message, &filing, &new, error))
			return false;
		if (new &&added != NULL)
			(*added)++;
	}
	return true;
}

bool
file_state(Store *store, const MessageRow *message, ItemState *state, ItemReason *reason,
    guint *filed, GError **error)
{
	g_autoptr(GArray) filings = filing_list_row(store, message, error);
	bool taken_back = false;

	if (filings == NULL)
		return false;
	*filed = 0;
	for (guint i = 0; i < filings->len; i++) {
		const Filing *filing = &g_array_index(filings, Filing, i);

		if (filing->ended == 0)
			(*filed)++;
		else if (file_taken_back(filings, &filing->contact))
			taken_back = true;
	}
	*state = *filed > 0 ? ITEM_FILED : taken_back ? ITEM_EXCLUDED : ITEM_WAITING;
	*reason = *filed == 0 && taken_back ? ITEM_REASON_TAKEN_BACK : ITEM_REASON_NONE;
	return true;
}

/* A spool entry as far as matching contacts needs it. */
static SpoolEntry *
entry_of(const ItemSighting *sighting)
{
	SpoolEntry *entry = spool_entry_new(SPOOL_MAIL, sighting->kind);

	entry->sender = g_strdup(sighting->detail->sender);
	for (guint i = 0; i < sighting->detail->recipients->len; i++)
		spool_entry_add_recipient(
		    entry, g_ptr_array_index(sighting->detail->recipients, i), NULL);
	entry->owner = g_strdup(sighting->detail->owner);
	entry->folder = g_strdup(sighting->detail->folder);
	return entry;
}

static void
merge_contacts(Match *all, const Match *match)
{
	for (guint i = 0; i < match->contacts->len; i++) {
		const MatchContact *contact = &g_array_index(match->contacts, MatchContact, i);
		guint j;

		for (j = 0; j < all->contacts->len; j++)
			if (id_equal(&g_array_index(all->contacts, MatchContact, j).contact,
				&contact->contact))
				break;
		if (j == all->contacts->len)
			g_array_append_val(all->contacts, *contact);
	}
}

Match *
file_match_again(
    Matcher *matcher, StoreTx *tx, Store *store, const MessageRow *message, GError **error)
{
	g_autoptr(GPtrArray) sightings = NULL;
	g_autoptr(GBytes) record = NULL;
	g_autoptr(Mail) mail = NULL;
	g_autoptr(Match) all = NULL;

	if (message->destroyed)
		return NULL;
	sightings = item_sightings(store, message, error);
	if (sightings == NULL ||
	    (record = message_parsed_row(store, message->row, error)) == NULL ||
	    (mail = record_read(record, message->size, error)) == NULL)
		return NULL;
	for (guint i = 0; i < sightings->len; i++) {
		g_autoptr(SpoolEntry) entry = entry_of(g_ptr_array_index(sightings, i));
		g_autoptr(Match) match = match_mail(matcher, tx, entry, mail, error);

		if (match == NULL)
			return NULL;
		if (all == NULL)
			all = g_steal_pointer(&match);
		else
			merge_contacts(all, match);
	}
	return g_steal_pointer(&all);
}
