#include "rules/account-mailbox.h"

#include "base/clock.h"
#include "base/spool.h"
#include "rules/rights.h"

#include <string.h>

#define UNKNOWN "-" /* erased with the item: counted all the same */

typedef struct {
	GHashTable *days;      /* "owner\nfolder\nday" -> AccountFolderDay */
	GHashTable *mailboxes; /* owner -> GHashTable of message rows */
	GHashTable *by_milter; /* message rows */
} Work;

void
account_folder_day_free(gpointer data)
{
	AccountFolderDay *day = data;

	g_free(day->mailbox);
	g_free(day->folder);
	g_free(day);
}

void
account_mailbox_free(gpointer data)
{
	AccountMailbox *mailbox = data;

	g_free(mailbox->mailbox);
	g_free(mailbox);
}

static void
add_row(GHashTable *rows, gint64 row)
{
	g_hash_table_add(rows, g_memdup2(&row, sizeof row));
}

static void
count_day(Work *work, const ItemLine *line, const char *owner, const char *folder)
{
	gint64 day = line->taken / CLOCK_DAY;
	char *key = g_strdup_printf("%s\n%s\n%" G_GINT64_FORMAT, owner, folder, day);
	AccountFolderDay *found = g_hash_table_lookup(work->days, key);

	if (found == NULL) {
		found = g_new0(AccountFolderDay, 1);
		found->mailbox = g_strdup(owner);
		found->folder = g_strdup(folder);
		found->day = day;
		g_hash_table_insert(work->days, g_strdup(key), found);
	}
	g_free(key);
	if ((guint)line->state < ITEM_N_STATES)
		found->counts[line->state]++;
}

static void
note_message(Work *work, const char *owner, gint64 row)
{
	GHashTable *rows = g_hash_table_lookup(work->mailboxes, owner);

	if (rows == NULL) {
		rows = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
		g_hash_table_insert(work->mailboxes, g_strdup(owner), rows);
	}
	add_row(rows, row);
}

static bool
take(const ItemLine *line, gpointer data, GError **error)
{
	Work *work = data;
	const ItemDetail *detail = line->detail;
	const char *owner = detail != NULL && detail->owner != NULL ? detail->owner : UNKNOWN;
	const char *folder = detail != NULL && detail->folder != NULL ? detail->folder : UNKNOWN;

	if (line->kind == SPOOL_SMTP && line->message.row != 0)
		add_row(work->by_milter, line->message.row);
	if (line->kind != SPOOL_IMAP)
		return true;
	count_day(work, line, owner, folder);
	if (line->message.row != 0 && !line->message.destroyed)
		note_message(work, owner, line->message.row);
	return true;
}

static int
by_place(gconstpointer a, gconstpointer b)
{
	const AccountFolderDay *one = *(AccountFolderDay *const *)a;
	const AccountFolderDay *other = *(AccountFolderDay *const *)b;
	int order = strcmp(one->mailbox, other->mailbox);

	if (order == 0)
		order = strcmp(one->folder, other->folder);
	return order != 0 ? order : one->day < other->day ? -1 : one->day > other->day;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(
	    (*(AccountMailbox *const *)a)->mailbox, (*(AccountMailbox *const *)b)->mailbox);
}

static GPtrArray *
days_of(Work *work)
{
	GPtrArray *days = g_ptr_array_new_with_free_func(account_folder_day_free);
	GHashTableIter iter;
	gpointer day;

	g_hash_table_iter_init(&iter, work->days);
	while (g_hash_table_iter_next(&iter, NULL, &day)) {
		g_ptr_array_add(days, day);
		g_hash_table_iter_steal(&iter);
	}
	g_ptr_array_sort(days, by_place);
	return days;
}

static GPtrArray *
mailboxes_of(Work *work)
{
	GPtrArray *mailboxes = g_ptr_array_new_with_free_func(account_mailbox_free);
	GHashTableIter iter;
	gpointer owner, rows;

	g_hash_table_iter_init(&iter, work->mailboxes);
	while (g_hash_table_iter_next(&iter, &owner, &rows)) {
		AccountMailbox *mailbox = g_new0(AccountMailbox, 1);
		GHashTableIter row_iter;
		gpointer row;

		mailbox->mailbox = g_strdup(owner);
		mailbox->mails = g_hash_table_size(rows);
		g_hash_table_iter_init(&row_iter, rows);
		while (g_hash_table_iter_next(&row_iter, &row, NULL))
			mailbox->by_milter += g_hash_table_contains(work->by_milter, row);
		g_ptr_array_add(mailboxes, mailbox);
	}
	g_ptr_array_sort(mailboxes, by_name);
	return mailboxes;
}

bool
account_mailbox_count(
    Session *session, GPtrArray **ret_days, GPtrArray **ret_mailboxes, GError **error)
{
	g_autoptr(GHashTable) days =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, account_folder_day_free);
	g_autoptr(GHashTable) mailboxes = g_hash_table_new_full(
	    g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
	g_autoptr(GHashTable) by_milter =
	    g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	g_autoptr(Viewer) system = rights_viewer_daemon(session->store, error);
	Work work = {days, mailboxes, by_milter};

	if (system == NULL || !item_each(session->store, system, take, &work, error))
		return false;
	*ret_days = days_of(&work);
	*ret_mailboxes = mailboxes_of(&work);
	return true;
}
