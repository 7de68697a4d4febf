#include "rules/file-job.h"

#include "mail/address.h"
#include "rules/known.h"

#include <string.h>

#define ORIGINALS_MAX 8 /* copies of the mail that is reported on */

static void
add_contact(Match *match, const Id *contact, gint64 address_row)
{
	MatchContact new = {.contact = *contact,
	    .reason = FILING_DSN,
	    .role = FILING_NO_ROLE,
	    .address_row = address_row};

	for (guint i = 0; i < match->contacts->len; i++)
		if (id_equal(&g_array_index(match->contacts, MatchContact, i).contact, contact))
			return;
	g_array_append_val(match->contacts, new);
}

/* The rows of the addresses that the report names. */
static GArray *
recipient_rows(Filer *filer, StoreTx *tx, const MailReport *report, GError **error)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(gint64));

	for (guint i = 0; i < report->recipients->len; i++) {
		const MailReportRecipient *recipient = g_ptr_array_index(report->recipients, i);
		gint64 row;

		if (recipient->address == NULL)
			continue;
		if (!matcher_row(filer->matcher, tx, recipient->address, &row, error))
			return NULL;
		if (row != 0)
			g_array_append_val(rows, row);
	}
	return g_steal_pointer(&rows);
}

static bool
contains(const GArray *rows, gint64 row)
{
	for (guint i = 0; i < rows->len; i++)
		if (g_array_index(rows, gint64, i) == row)
			return true;
	return false;
}

/* The contacts that the original is filed under: those whose address the report names, or all. */
static bool
add_from_original(Store *store, const MessageRow *original, const GArray *rows, Match *match,
    bool *closed, GError **error)
{
	g_autoptr(GArray) filings = filing_list_row(store, original, error);
	bool named = false;

	if (filings == NULL)
		return false;
	for (guint i = 0; i < filings->len; i++) {
		const Filing *filing = &g_array_index(filings, Filing, i);

		if (filing->ended == 0 && contains(rows, filing->address_row))
			named = true;
	}
	for (guint i = 0; i < filings->len; i++) {
		const Filing *filing = &g_array_index(filings, Filing, i);

		if (filing->ended != 0 || (named && !contains(rows, filing->address_row)))
			continue;
		add_contact(match, &filing->contact, filing->address_row);
		if (filing->open_from == FILING_OPEN_NEVER)
			*closed = true;
	}
	/* What is closed to others stays so in what its report quotes. */
	if (original->flags & MESSAGE_PRIVATE)
		match->flags |= MESSAGE_PRIVATE;
	return true;
}

static bool
add_recipients(Filer *filer, StoreTx *tx, const MailReport *report, Match *match, GError **error)
{
	for (guint i = 0; i < report->recipients->len; i++) {
		const MailReportRecipient *recipient = g_ptr_array_index(report->recipients, i);

		if (recipient->address != NULL &&
		    !matcher_add_contacts(filer->matcher, tx, recipient->address, FILING_DSN,
			FILING_NO_ROLE, match, error))
			return false;
	}
	return true;
}

bool
report_find(Filer *filer, StoreTx *tx, FileJob *job, Match *match, bool *closed, GError **error)
{
	Store *store = filer->session->store;
	const MailReport *report = job->mail->report;
	guint before = match->contacts->len;
	g_autoptr(GArray) rows = NULL, originals = NULL;
	MessageHash mid;

	/* A report has the null sender (RFC 3464, RFC 8098); what comes from somebody is a letter in its form, and
	 * matches by its addresses alone. */
	if (report == NULL || (job->entry->sender != NULL && *job->entry->sender != '\0'))
		return true;
	rows = recipient_rows(filer, tx, report, error);
	if (rows == NULL)
		return false;
	if (report->message_id != NULL) {
		bool private = false;

		fingerprint_mid(filer->preparer.hasher, report->message_id, &mid);
		originals = message_by_mid(store, &mid, ORIGINALS_MAX, error);
		if (originals == NULL || !message_is_private(tx, &mid, &private, error))
			return false;
		if (private)
			match->flags |= MESSAGE_PRIVATE;
		for (guint i = 0; i < originals->len; i++)
			if (!add_from_original(store, &g_array_index(originals, MessageRow, i),
				rows, match, closed, error))
				return false;
	}
	return match->contacts->len > before || add_recipients(filer, tx, report, match, error);
}
