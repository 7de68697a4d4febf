#include "rules/match.h"

#include "base/clock.h"
#include "mail/address.h"
#include "rules/match-work.h"

#include <string.h>

#define DATE_BEFORE (7 * CLOCK_DAY)
#define DATE_FAR (600 * CLOCK_SECOND)

Matcher *
matcher_new(Store *store, GError **error)
{
	g_autoptr(Matcher) matcher = g_new0(Matcher, 1);

	matcher->store = store;
	matcher->known = known_new(store, error);
	return matcher->known != NULL ? g_steal_pointer(&matcher) : NULL;
}

void
matcher_free(Matcher *matcher)
{
	if (matcher == NULL)
		return;
	known_free(matcher->known);
	g_free(matcher);
}

bool
matcher_refresh(Matcher *matcher, GError **error)
{
	return known_refresh(matcher->known, error);
}

void
matcher_forget(Matcher *matcher)
{
	known_forget(matcher->known);
}

void
matcher_keep(Matcher *matcher, const StoreTx *tx)
{
	known_keep(matcher->known, tx);
}

static void
match_address_clear(gpointer data)
{
	g_free(((MatchAddress *)data)->canonical);
}

static Match *
match_new(void)
{
	Match *match = g_new0(Match, 1);

	match->addresses = g_array_new(FALSE, TRUE, sizeof(MatchAddress));
	g_array_set_clear_func(match->addresses, match_address_clear);
	match->contacts = g_array_new(FALSE, TRUE, sizeof(MatchContact));
	match->participants = g_array_new(FALSE, TRUE, sizeof(MatchParticipant));
	return match;
}

void
match_free(Match *match)
{
	if (match == NULL)
		return;
	g_array_unref(match->addresses);
	g_array_unref(match->contacts);
	g_array_unref(match->participants);
	g_free(match->hint);
	g_free(match->excluded);
	g_free(match);
}

static bool
add_address(Work *work, const char *address, MailRole role, GError **error)
{
	g_autofree char *canonical = known_canonical(work->matcher->known, address);
	const KnownAddress *known;
	MatchAddress found = {.role = role};

	if (canonical == NULL)
		return true;
	for (guint i = 0; i < work->match->addresses->len; i++) {
		const MatchAddress *other = &g_array_index(work->match->addresses, MatchAddress, i);

		if (other->role == role && strcmp(other->canonical, canonical) == 0)
			return true;
	}
	known = match_known(work, canonical, error);
	if (known == NULL)
		return false;
	found.row = known->row;
	found.own = known->own;
	found.canonical = g_steal_pointer(&canonical);
	g_array_append_val(work->match->addresses, found);
	return true;
}

static bool
collect_addresses(Work *work, GError **error)
{
	const SpoolEntry *entry = work->entry;

	for (guint i = 0; i < work->mail->addresses->len; i++) {
		const MailAddress *address = g_ptr_array_index(work->mail->addresses, i);

		if (!add_address(work, address->address, address->role, error))
			return false;
	}
	if (entry->sender != NULL && entry->sender[0] != '\0' &&
	    !add_address(work, entry->sender, MAIL_ENVELOPE_FROM, error))
		return false;
	for (guint i = 0; i < entry->recipients->len; i++) {
		const SpoolRecipient *recipient = g_ptr_array_index(entry->recipients, i);

		if (!add_address(work, recipient->address, MAIL_ENVELOPE_TO, error))
			return false;
	}
	return true;
}

/* --- Which contacts? ------------------------------------------------------------------------------ */

static void
add_contacts(Work *work, const GArray *owners, FilingReason reason, const MatchAddress *address)
{
	for (guint i = 0; i < owners->len; i++) {
		const AddressOwner *owner = &g_array_index(owners, AddressOwner, i);
		MatchContact new = {.contact = owner->id,
		    .reason = reason,
		    .role = address->role,
		    .address_row = address->row,
		    .since = owner->since};
		guint j;

		for (j = 0; j < work->match->contacts->len; j++) {
			MatchContact *other =
			    &g_array_index(work->match->contacts, MatchContact, j);

			if (!id_equal(&other->contact, &new.contact))
				continue;
			if (new.reason < other->reason)
				*other = new;
			else if (new.reason == other->reason &&new.since < other->since)
				other->since = new.since;
			break;
		}
		if (j == work->match->contacts->len)
			g_array_append_val(work->match->contacts, new);
	}
}

static bool
match_address(Work *work, const MatchAddress *address, GError **error)
{
	const KnownAddress *known = match_known(work, address->canonical, error);
	const GArray *organisations;

	if (known == NULL)
		return false;
	if (known->contacts->len > 0) {
		add_contacts(work, known->contacts, FILING_ADDRESS, address);
		return true;
	}
	/* An envelope sender's domain is that of whoever carries bulk mail, not of who writes. */
	if (known->own || address->role == MAIL_ENVELOPE_FROM)
		return true;
	organisations = known_domain(work->matcher->known, address->canonical, error);
	if (organisations == NULL)
		return false;
	add_contacts(work, organisations, FILING_DOMAIN, address);
	return true;
}

/* Did a mailing list put itself into From? Then From is the address that the list is written to, or, where each
 * author gets an address of the list's, one at its domain with "via" in the name. */
static bool
list_rewrote_from(Work *work)
{
	const MailAddress *written = mail_first_address(work->mail, MAIL_FROM);
	g_autofree char *post = known_canonical(work->matcher->known, work->mail->list_post);

	if (work->from == NULL || post == NULL)
		return false;
	if (strcmp(post, work->from) == 0)
		return true;
	return written->name != NULL && strstr(written->name, " via ") != NULL &&
	       strcmp(address_domain(post), address_domain(work->from)) == 0;
}

static bool
match_hints(Work *work, GError **error)
{
	if (!list_rewrote_from(work))
		return true;
	work->match->flags |= MESSAGE_HINT;
	for (guint i = 0; i < work->match->addresses->len; i++) {
		const MatchAddress *address =
		    &g_array_index(work->match->addresses, MatchAddress, i);
		const KnownAddress *known;

		if (address->role != MAIL_REPLY_TO || strcmp(address->canonical, work->from) == 0)
			continue;
		known = match_known(work, address->canonical, error);
		if (known == NULL)
			return false;
		add_contacts(work, known->contacts, FILING_HINT, address);
		if (work->match->hint == NULL)
			work->match->hint = g_strdup(address->canonical);
	}
	return true;
}

static bool
find_contacts(Work *work, GError **error)
{
	for (guint i = 0; i < work->match->addresses->len; i++) {
		const MatchAddress *address =
		    &g_array_index(work->match->addresses, MatchAddress, i);

		if (address->role != MAIL_REPLY_TO && !match_address(work, address, error))
			return false;
	}
	return match_hints(work, error);
}

/* A report is about those whom it names. */
static bool
report_is_internal(Work *work)
{
	const MailReport *report = work->mail->report;

	if (report == NULL)
		return !(work->mail->flags & (MAIL_FLAG_DSN | MAIL_FLAG_MDN));
	for (guint i = 0; i < report->recipients->len; i++) {
		const MailReportRecipient *recipient = g_ptr_array_index(report->recipients, i);
		g_autofree char *canonical =
		    known_canonical(work->matcher->known, recipient->address);

		if (canonical != NULL && !known_own_domain(work->matcher->known, canonical))
			return false;
	}
	return report->recipients->len > 0;
}

static void
find_exclusions(Work *work)
{
	Match *match = work->match;

	match->internal = match->addresses->len > 0 && report_is_internal(work);
	for (guint i = 0; i < match->addresses->len; i++) {
		const MatchAddress *address = &g_array_index(match->addresses, MatchAddress, i);
		const char *pattern = known_excluded(work->matcher->known, address->canonical);

		if (!address->own)
			match->internal = false;
		if (pattern != NULL && match->excluded == NULL)
			match->excluded = g_strdup(pattern);
	}
}

Match *
match_mail(Matcher *matcher, StoreTx *tx, const SpoolEntry *entry, const Mail *mail, GError **error)
{
	g_autoptr(Match) match = match_new();
	Work work = {.matcher = matcher, .tx = tx, .entry = entry, .mail = mail, .match = match};

	if (!collect_addresses(&work, error))
		return NULL;
	if (!proof_find(&work, error))
		return NULL;
	find_exclusions(&work);
	if (!proof_participants(&work, error) || !find_contacts(&work, error))
		return NULL;
	return g_steal_pointer(&match);
}

bool
matcher_row(Matcher *matcher, StoreTx *tx, const char *address, gint64 *ret, GError **error)
{
	g_autofree char *canonical = known_canonical(matcher->known, address);
	const KnownAddress *known;

	*ret = 0;
	if (canonical == NULL)
		return true;
	known = known_address(matcher->known, tx, canonical, error);
	if (known == NULL)
		return false;
	*ret = known->row;
	return true;
}

bool
matcher_add_contacts(Matcher *matcher, StoreTx *tx, const char *address, FilingReason reason,
    int role, Match *match, GError **error)
{
	g_autofree char *canonical = known_canonical(matcher->known, address);
	Work work = {.matcher = matcher, .tx = tx, .match = match};
	MatchAddress found = {.canonical = canonical, .role = role};
	const KnownAddress *known;
	const GArray *owners;

	if (canonical == NULL)
		return true;
	known = known_address(matcher->known, tx, canonical, error);
	if (known == NULL)
		return false;
	found.row = known->row;
	owners = known->contacts;
	if (owners->len == 0 && !known->own)
		owners = known_domain(matcher->known, canonical, error);
	if (owners == NULL)
		return false;
	add_contacts(&work, owners, reason, &found);
	return true;
}

gint64
match_time(const SpoolEntry *entry, const Mail *mail, bool *far)
{
	gint64 date = mail->has_date ? mail->date * CLOCK_SECOND : 0, arrival = 0, time;

	if (entry->via == SPOOL_SMTP || entry->via == SPOOL_FORM)
		arrival = entry->time;
	else if (entry->internal_date != 0)
		arrival = entry->internal_date;
	else if (mail->received != 0)
		arrival = mail->received * CLOCK_SECOND;
	if (arrival == 0) /* an import that says nothing else: Date, unless it is to come */
		time = mail->has_date && date <= entry->time ? date : entry->time;
	else
		time = mail->has_date && date <= arrival && date >= arrival - DATE_BEFORE ? date
											  : arrival;
	*far = mail->has_date && ABS(time - date) > DATE_FAR;
	return time;
}
