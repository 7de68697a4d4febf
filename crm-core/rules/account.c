#include "rules/account.h"

#include "base/error.h"
#include "base/spool.h"
#include "mail/mail.h"
#include "rules/maillog.h"
#include "rules/rights.h"
#include "rules/vcard.h"
#include "store/contact.h"
#include "store/filing.h"

#include <string.h>

typedef struct {
	Session *session;
	Viewer *system;
	GHashTable *uids; /* Id -> UID */
	void (*line)(const AccountLine *line, gpointer);
	gpointer data;
} Ledger;

static guint
id_hash(gconstpointer id)
{
	guint hash;

	memcpy(&hash, id, sizeof hash);
	return hash;
}

static gboolean
ids_equal(gconstpointer a, gconstpointer b)
{
	return id_equal(a, b);
}

/* An account names no content, but queue ids and who is filed where: the administrator's, or the machine's own. */
static bool
may_account(Session *session, GError **error)
{
	return id_is_zero(&session->actor.user) || rights_require_administrator(session, error);
}

/* The vCard UID; the public id of a contact whose card can't be read any more. */
static const char *
uid_of(Ledger *ledger, const Id *id)
{
	const char *known = g_hash_table_lookup(ledger->uids, id);
	g_autoptr(Contact) contact = NULL;
	g_autoptr(Vcard) card = NULL;
	char *uid = NULL;

	if (known != NULL)
		return known;
	contact = contact_get(ledger->session->store, ledger->system, id, NULL);
	card = contact != NULL ? vcard_parse(contact->card, NULL) : NULL;
	uid = card != NULL ? vcard_get(card, "UID") : NULL;
	if (uid == NULL)
		uid = id_text(id);
	g_hash_table_insert(ledger->uids, g_memdup2(id, sizeof *id), uid);
	return uid;
}

static char *
reason_text(const Filing *filing)
{
	const char *closed = filing->open_from == FILING_OPEN_NEVER ? " (participants only)" : "";

	if (filing->role == FILING_NO_ROLE || filing->role >= MAIL_N_ROLES)
		return g_strdup_printf("%s%s", filing_reason_name(filing->reason), closed);
	return g_strdup_printf(
	    "%s %s%s", filing_reason_name(filing->reason), mail_role_name(filing->role), closed);
}

static bool
give_line(const ItemLine *item, gpointer data, GError **error)
{
	Ledger *ledger = data;
	g_autoptr(GPtrArray) contacts = g_ptr_array_new(), organisations = g_ptr_array_new();
	g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
	AccountLine line = {item, contacts, organisations, reasons};
	g_autoptr(GArray) filings = NULL;

	if (item->message.row != 0 && item->state == ITEM_FILED) {
		filings = filing_list_row(ledger->session->store, &item->message, error);
		if (filings == NULL)
			return false;
	}
	for (guint i = 0; filings != NULL && i < filings->len; i++) {
		const Filing *filing = &g_array_index(filings, Filing, i);

		if (filing->ended != 0)
			continue;
		g_ptr_array_add(filing->organisation ? organisations : contacts,
		    (char *)uid_of(ledger, &filing->contact));
		g_ptr_array_add(reasons, reason_text(filing));
	}
	ledger->line(&line, ledger->data);
	return true;
}

bool
account_ledger(Session *session, void (*line)(const AccountLine *line, gpointer), gpointer data,
    GError **error)
{
	g_autoptr(GHashTable) uids = g_hash_table_new_full(id_hash, ids_equal, g_free, g_free);
	g_autoptr(Viewer) system = NULL;
	Ledger ledger = {session, NULL, uids, line, data};

	if (!may_account(session, error) ||
	    (system = rights_viewer_daemon(session->store, error)) == NULL ||
	    !session_record(session, PURPOSE_AUDIT, "ledger", error))
		return false;
	ledger.system = system;
	return item_each(session->store, system, give_line, &ledger, error);
}

void
account_free(Account *account)
{
	if (account == NULL)
		return;
	g_clear_pointer(&account->days, g_array_unref);
	g_clear_pointer(&account->folders, g_ptr_array_unref);
	g_clear_pointer(&account->mailboxes, g_ptr_array_unref);
	g_clear_pointer(&account->gaps, g_ptr_array_unref);
	g_clear_pointer(&account->missed, g_ptr_array_unref);
	g_free(account);
}

static void
add_keys(const SpoolPack *pack, GHashTable *keys, guint *count)
{
	for (guint place = 0; place < pack->count; place++) {
		SpoolKey key = spool_pack_key(pack, place);
		char text[SPOOL_ID_SIZE];

		spool_key_text(&key, text);
		g_hash_table_add(keys, g_strdup(text));
		*count += key.n > 0;
	}
}

/* The keys that wait in the spool: they are no gap. */
static GHashTable *
spooled_keys(Session *session, guint *count, GError **error)
{
	const char *directory = store_conf(session->store)->data.spool_directory;
	g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	*count = 0;
	if (!spool_check(directory, error)) /* what can't be seen is no proof */
		return NULL;
	for (SpoolLane lane = SPOOL_LIVE; lane <= SPOOL_BACKLOG; lane++) {
		g_autoptr(GPtrArray) packs = spool_scan(directory, lane, 0, NULL, error);

		if (packs == NULL)
			return NULL;
		for (guint i = 0; i < packs->len; i++)
			add_keys(g_ptr_array_index(packs, i), keys, count);
	}
	return g_steal_pointer(&keys);
}

static bool
all_spooled(GHashTable *spooled, const ItemStart *start, gint64 first, gint64 last)
{
	for (gint64 n = first; n <= last; n++) {
		SpoolKey key = {.start = start->start, .n = n};
		char text[SPOOL_ID_SIZE];

		g_strlcpy(key.source, start->source, sizeof key.source);
		spool_key_text(&key, text);
		if (!g_hash_table_contains(spooled, text))
			return false;
	}
	return true;
}

static bool
find_gaps(Session *session, Account *account, const ItemStart *start, gint64 last,
    GHashTable *spooled, GError **error)
{
	g_autoptr(GArray) gaps = item_gaps(session->store, start, last, error);

	if (gaps == NULL)
		return false;
	for (guint i = 0; i + 1 < gaps->len; i += 2) {
		gint64 from = g_array_index(gaps, gint64, i);
		gint64 to = g_array_index(gaps, gint64, i + 1);

		if (all_spooled(spooled, start, from, to))
			continue;
		g_ptr_array_add(account->gaps,
		    g_strdup_printf("%s, start %" G_GINT64_MODIFIER "x: numbers %" G_GINT64_FORMAT
				    " to %" G_GINT64_FORMAT " never came",
			start->source, start->start, from, to));
	}
	return true;
}

/* The last number that the start after this one names; a start that nobody followed ends with its highest. */
static gint64
last_number(const GArray *starts, guint i)
{
	const ItemStart *start = &g_array_index(starts, ItemStart, i);
	const ItemStart *next =
	    i + 1 < starts->len ? &g_array_index(starts, ItemStart, i + 1) : NULL;

	if (next != NULL && strcmp(next->source, start->source) == 0 &&
	    next->previous == start->start)
		return MAX(next->previous_last, start->highest);
	return start->highest;
}

static bool
check_numbers(Session *session, Account *account, GHashTable *spooled, GError **error)
{
	g_autoptr(GArray) starts = item_starts(session->store, error);

	if (starts == NULL)
		return false;
	for (guint i = 0; i < starts->len; i++) {
		const ItemStart *start = &g_array_index(starts, ItemStart, i);
		bool known = start->previous == 0 || start->previous_last == 0;

		/* An import that goes on passes over what is there already: its numbers have gaps. */
		if (start->kind != SPOOL_SMTP && start->kind != SPOOL_FORM)
			continue;
		for (guint j = 0; j < i && !known; j++) {
			const ItemStart *other = &g_array_index(starts, ItemStart, j);

			known = other->start == start->previous &&
				strcmp(other->source, start->source) == 0;
		}
		if (!known)
			g_ptr_array_add(account->gaps,
			    g_strdup_printf(
				"%s, start %" G_GINT64_MODIFIER
				"x: nothing of the start came, which had %" G_GINT64_FORMAT
				" numbers",
				start->source, start->previous, start->previous_last));
		if (!find_gaps(session, account, start, last_number(starts, i), spooled, error))
			return false;
	}
	return true;
}

static bool
take_queue_id(const ItemLine *line, gpointer data, GError **error)
{
	if (line->kind == SPOOL_SMTP && line->detail != NULL && line->detail->key != NULL)
		g_hash_table_add(data, g_strdup(line->detail->key));
	return true;
}

/* Mail that waits in the spool came by the milter as well. One that is filed meanwhile is found among the items. */
static bool
take_spooled_queue_ids(Session *session, GHashTable *known, GError **error)
{
	const char *directory = store_conf(session->store)->data.spool_directory;
	g_autoptr(GPtrArray) packs = spool_scan(directory, SPOOL_LIVE, 0, NULL, error);

	for (guint i = 0; packs != NULL && i < packs->len; i++) {
		const SpoolPack *pack = packs->pdata[i];
		g_autoptr(SpoolData) data = spool_load(pack, 1, NULL); /* its first lines are enough */

		for (guint place = 0; data != NULL && place < pack->count; place++) {
			g_autoptr(SpoolEntry) entry = NULL;
			g_autoptr(GBytes) bytes = NULL;

			spool_read(data, place, &entry, &bytes, NULL);
			if (entry != NULL && entry->via == SPOOL_SMTP && entry->queue_id != NULL)
				g_hash_table_add(known, g_strdup(entry->queue_id));
		}
	}
	return packs != NULL;
}

static bool
compare_log(Session *session, Account *account, const char *maillog, GError **error)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(Viewer) system = rights_viewer_daemon(session->store, error);
	g_autoptr(GPtrArray) logged = NULL;

	if (system == NULL || (logged = maillog_read(maillog, error)) == NULL ||
	    !take_spooled_queue_ids(session, known, error) ||
	    !item_each(session->store, system, take_queue_id, known, error))
		return false;
	account->compared = logged->len;
	for (guint i = 0; i < logged->len; i++)
		if (!g_hash_table_contains(known, g_ptr_array_index(logged, i)))
			g_ptr_array_add(account->missed, g_strdup(g_ptr_array_index(logged, i)));
	return true;
}

/* Does each item of a mailbox stand in one line of its folder? Items that came while it was counted are more. */
static bool
count_mailboxes(Session *session, Account *account, bool *sound, GError **error)
{
	gint64 by_source = 0, by_folder = 0;

	for (guint i = 0; i < account->days->len; i++) {
		const ItemDay *day = &g_array_index(account->days, ItemDay, i);

		for (int j = 0; j < ITEM_N_STATES; j++)
			by_source += day->kind == SPOOL_IMAP ? day->counts[j] : 0;
	}
	if (by_source == 0)
		return true;
	if (!account_mailbox_count(session, &account->folders, &account->mailboxes, error))
		return false;
	for (guint i = 0; i < account->folders->len; i++)
		for (int j = 0; j < ITEM_N_STATES; j++)
			by_folder += ((AccountFolderDay *)account->folders->pdata[i])->counts[j];
	*sound = by_folder >= by_source;
	return true;
}

Account *
account_reconcile(Session *session, const char *maillog, GError **error)
{
	g_autoptr(Account) account = g_new0(Account, 1);
	g_autoptr(GHashTable) spooled = NULL;
	gint64 totals[ITEM_N_STATES], sum = 0, days = 0;
	bool folders_sound = true;

	account->gaps = g_ptr_array_new_with_free_func(g_free);
	account->missed = g_ptr_array_new_with_free_func(g_free);
	if (!may_account(session, error) ||
	    !session_record(session, PURPOSE_AUDIT, "reconcile", error))
		return NULL;
	/* The spool first: what is filed meanwhile is then seen twice, never not at all. */
	spooled = spooled_keys(session, &account->spooled, error);
	if (spooled == NULL || (account->days = item_days(session->store, error)) == NULL ||
	    !item_totals(session->store, totals, error) ||
	    !count_mailboxes(session, account, &folders_sound, error) ||
	    !check_numbers(session, account, spooled, error) ||
	    (maillog != NULL && !compare_log(session, account, maillog, error)))
		return NULL;
	for (int i = 0; i < ITEM_N_STATES; i++)
		sum += totals[i];
	for (guint i = 0; i < account->days->len; i++)
		for (int j = 0; j < ITEM_N_STATES; j++)
			days += g_array_index(account->days, ItemDay, i).counts[j];
	account->taken = sum;
	account->sound =
	    folders_sound && days <= sum && account->gaps->len == 0 && account->missed->len == 0;
	return g_steal_pointer(&account);
}
