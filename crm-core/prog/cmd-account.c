/* The account of all mail: ledger, reconcile. */
#include "config.h"

#include "base/clock.h"
#include "base/spool.h"
#include "prog/command.h"
#include "prog/command-own.h"
#include "rules/account.h"

#include <stdio.h>

static char *option_maillog;

static const GOptionEntry reconcile_options[] = {
    {"maillog", 0, 0, G_OPTION_ARG_FILENAME, &option_maillog,
	"Compare queue ids with this log of the MTA", "FILE"},
    {NULL},
};

static char *
sha_text(const ItemDetail *detail)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (detail == NULL || !detail->has_sha256)
		return NULL;
	for (gsize i = 0; i < sizeof detail->sha256; i++)
		g_string_append_printf(text, "%02x", detail->sha256[i]);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
print_strings(Json *out, const char *key, const GPtrArray *strings)
{
	json_open_array(out, key);
	for (guint i = 0; i < strings->len; i++)
		json_string(out, NULL, g_ptr_array_index(strings, i));
	json_close(out);
}

static void
print_json(Json *out, const AccountLine *line)
{
	const ItemLine *item = line->item;
	g_autofree char *sha = sha_text(item->detail);
	g_autofree char *number = g_strdup_printf(
	    "%s.%" G_GINT64_MODIFIER "x.%" G_GINT64_FORMAT, item->source, item->start, item->n);

	json_open_object(out, NULL);
	json_string(out, "item", number);
	json_string(out, "source", item->source);
	json_string(out, "key", item->detail != NULL ? item->detail->key : NULL);
	json_string(out, "sha256", item->message.destroyed ? NULL : sha);
	json_time(out, "taken", item->taken);
	json_string(out, "state", item_state_name(item->state));
	json_string(out, "reason",
	    item->reason != ITEM_REASON_NONE ? item_reason_name(item->reason) : NULL);
	json_string(out, "proof", item_proof_name(item->proof));
	json_id(out, "message", &item->message.id);
	print_strings(out, "contacts", line->contacts);
	print_strings(out, "organisations", line->organisations);
	print_strings(out, "reasons", line->reasons);
	json_close(out);
	json_print(out);
}

static char *
join(const GPtrArray *strings)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < strings->len; i++)
		g_string_append_printf(
		    text, "%s%s", i > 0 ? " " : "", (char *)g_ptr_array_index(strings, i));
	return g_strdup(text->len > 0 ? text->str : "-");
}

static void
print_line(const AccountLine *line, gpointer data)
{
	Command *command = data;
	g_autofree char *contacts = NULL, *organisations = NULL, *time = NULL;

	if (command->json) {
		print_json(command->out, line);
		return;
	}
	contacts = join(line->contacts);
	organisations = join(line->organisations);
	time = command_time_text(line->item->taken);
	printf("%s  %-11s %-12s %s  %s  %s\n", time, item_state_name(line->item->state),
	    item_reason_name(line->item->reason),
	    line->item->detail != NULL && line->item->detail->key != NULL ? line->item->detail->key
									  : "-",
	    contacts, organisations);
}

static bool
run_ledger(Command *command, char **arguments, GError **error)
{
	Session *session = command_own_session(command, error);

	return session != NULL && account_ledger(session, print_line, command, error);
}

static void
print_day(CommandTable *table, const char *where, gint64 day, const gint64 counts[ITEM_N_STATES])
{
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(day * 86400);
	g_autofree char *text = g_date_time_format(date, "%Y-%m-%d");
	char *numbers[ITEM_N_STATES];
	g_autofree char *in = NULL;
	gint64 sum = 0;

	for (int i = 0; i < ITEM_N_STATES; i++) {
		numbers[i] = g_strdup_printf("%" G_GINT64_FORMAT, counts[i]);
		sum += counts[i];
	}
	in = g_strdup_printf("%" G_GINT64_FORMAT, sum);
	command_table_row(table, where, text, in, numbers[0], numbers[1], numbers[2], numbers[3],
	    numbers[4], numbers[5], NULL);
	for (int i = 0; i < ITEM_N_STATES; i++)
		g_free(numbers[i]);
}

static void
print_folders(const Account *account)
{
	static const char *const headings[] = {"mailbox and folder", "day", "in", "filed",
	    "waiting", "excluded", "quarantined", "erased", "vanished", NULL};
	CommandTable *table = command_table_new(headings);

	for (guint i = 0; i < account->folders->len; i++) {
		const AccountFolderDay *day = account->folders->pdata[i];
		g_autofree char *where = g_strconcat(day->mailbox, "/", day->folder, NULL);

		print_day(table, where, day->day, day->counts);
	}
	putchar('\n');
	command_table_print(table);
	putchar('\n');
}

/* What the milter doesn't see is sent or received by another way: the mailbox alone brings it in. */
static void
print_mailboxes(const Account *account)
{
	for (guint i = 0; i < account->mailboxes->len; i++) {
		const AccountMailbox *mailbox = account->mailboxes->pdata[i];

		printf("%s: %u mails, %u of them came through the milter, too (%u %%)\n",
		    mailbox->mailbox, mailbox->mails, mailbox->by_milter,
		    mailbox->mails > 0 ? mailbox->by_milter * 100 / mailbox->mails : 0);
	}
}

static void
print_account(const Account *account, bool maillog)
{
	static const char *const headings[] = {"source", "day", "in", "filed", "waiting",
	    "excluded", "quarantined", "erased", "vanished", NULL};
	CommandTable *table = command_table_new(headings);

	for (guint i = 0; i < account->days->len; i++)
		print_day(table, g_array_index(account->days, ItemDay, i).source,
		    g_array_index(account->days, ItemDay, i).day,
		    g_array_index(account->days, ItemDay, i).counts);
	command_table_print(table);
	if (account->folders != NULL) {
		print_folders(account);
		print_mailboxes(account);
	}
	for (guint i = 0; i < account->gaps->len; i++)
		printf("MISSING: %s\n", (char *)g_ptr_array_index(account->gaps, i));
	for (guint i = 0; i < account->missed->len; i++)
		printf("PAST THE MILTER: queue id %s stands in the log and in no item\n",
		    (char *)g_ptr_array_index(account->missed, i));
	if (maillog)
		printf("%u queue ids of the log compared\n", account->compared);
	printf("%" G_GINT64_FORMAT " items, %u more in the spool: %s\n", account->taken,
	    account->spooled, account->sound ? "nothing is missing" : "SOMETHING IS MISSING");
}

static void
print_counts_json(Json *out, gint64 day, const gint64 counts[ITEM_N_STATES])
{
	json_int(out, "day", day);
	for (int i = 0; i < ITEM_N_STATES; i++)
		json_int(out, item_state_name(i), counts[i]);
}

static void
print_mailboxes_json(Json *out, const Account *account)
{
	json_open_array(out, "folders");
	for (guint i = 0; account->folders != NULL && i < account->folders->len; i++) {
		const AccountFolderDay *day = account->folders->pdata[i];

		json_open_object(out, NULL);
		json_string(out, "mailbox", day->mailbox);
		json_string(out, "folder", day->folder);
		print_counts_json(out, day->day, day->counts);
		json_close(out);
	}
	json_close(out);
	json_open_array(out, "mailboxes");
	for (guint i = 0; account->mailboxes != NULL && i < account->mailboxes->len; i++) {
		const AccountMailbox *mailbox = account->mailboxes->pdata[i];

		json_open_object(out, NULL);
		json_string(out, "mailbox", mailbox->mailbox);
		json_int(out, "mails", mailbox->mails);
		json_int(out, "by_milter", mailbox->by_milter);
		json_close(out);
	}
	json_close(out);
}

static void
print_account_json(Json *out, const Account *account)
{
	json_open_object(out, NULL);
	json_bool(out, "sound", account->sound);
	json_int(out, "items", account->taken);
	json_int(out, "spooled", account->spooled);
	json_int(out, "compared", account->compared);
	print_strings(out, "gaps", account->gaps);
	print_strings(out, "missed", account->missed);
	json_open_array(out, "days");
	for (guint i = 0; i < account->days->len; i++) {
		const ItemDay *day = &g_array_index(account->days, ItemDay, i);

		json_open_object(out, NULL);
		json_string(out, "source", day->source);
		print_counts_json(out, day->day, day->counts);
		json_close(out);
	}
	json_close(out);
	print_mailboxes_json(out, account);
	json_close(out);
	json_print(out);
}

static bool
run_reconcile(Command *command, char **arguments, GError **error)
{
	Session *session = command_own_session(command, error);
	g_autoptr(Account) account = NULL;

	if (session == NULL ||
	    (account = account_reconcile(session, option_maillog, error)) == NULL)
		return false;
	if (command->json)
		print_account_json(command->out, account);
	else
		print_account(account, option_maillog != NULL);
	command->status = account->sound ? 0 : 1;
	return true;
}

const CommandEntry cmd_account_table[] = {
    {"ledger", NULL, "Print a line for each item ever taken in", NULL, 0, 0, COMMAND_JSON,
	run_ledger},
    {"reconcile", NULL, "Prove that no mail is missing", reconcile_options, 0, 0, COMMAND_JSON,
	run_reconcile},
    {NULL},
};
