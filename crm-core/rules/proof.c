#include "rules/match-work.h"

#include "base/mark.h"
#include "base/folder-names.h"
#include "mail/address.h"

#include <string.h>

static void
find_author(Work *work)
{
	for (guint i = 0; i < work->match->addresses->len; i++) {
		const MatchAddress *address =
		    &g_array_index(work->match->addresses, MatchAddress, i);

		if (address->role != MAIL_FROM)
			continue;
		if (work->from !=
		    NULL) { /* several authors: proof for one is none for the others */
			work->from = NULL;
			return;
		}
		work->from = address->canonical;
	}
	if (work->mail->defects & MAIL_DEFECT_MANY_FROM)
		work->from = NULL;
}

static bool
is_staff(const KnownAddress *known, const Id *user)
{
	for (guint i = 0; i < known->staff->len; i++) {
		const AddressOwner *owner = &g_array_index(known->staff, AddressOwner, i);

		if (!owner->team && (user == NULL || id_equal(&owner->id, user)))
			return true;
	}
	return false;
}

/* May a log-in use this From? */
static bool
login_may_use(Work *work, const KnownAddress *from, const Id *user)
{
	switch (store_conf(work->matcher->store)->filing.login_from) {
	case CONF_LOGIN_FROM_OWN:
		if (id_is_zero(user))
			return false;
		if (is_staff(from, user))
			return true;
		/* A role address is used by all who have a log-in of staff. */
		return from->staff->len > 0 && !is_staff(from, NULL);
	case CONF_LOGIN_FROM_COMPANY:
		return from->own;
	case CONF_LOGIN_FROM_ANY:
		return true;
	}
	return false;
}

/* What the server says of it, or else what its name says. */
static bool
is_sent_folder(const char *folder, const char *special_use)
{
	if (special_use == NULL && folder != NULL)
		special_use = folder_names_use(folder);
	return g_strcmp0(special_use, "sent") == 0;
}

static bool
has(char *const *list, const char *word)
{
	for (; *list != NULL; list++)
		if (g_ascii_strcasecmp(*list, word) == 0)
			return true;
	return false;
}

static bool
verdict_is_trusted(Work *work)
{
	const MailAuth *auth = &work->mail->auth;

	return auth->authserv_id != NULL && !auth->disagree &&
	       has(work->entry->authserv_ids, auth->authserv_id);
}

static bool
dmarc_proves(Work *work)
{
	const MailAuth *auth = &work->mail->auth;
	g_autofree char *domain = NULL;

	if (work->match->verdict != MAIL_VERDICT_PASS || auth->dmarc_domain == NULL ||
	    !has(store_conf(work->matcher->store)->filing.trusted_dmarc, "pass"))
		return false;
	domain = address_canonical_domain(auth->dmarc_domain);
	return domain != NULL && strcmp(domain, address_domain(work->from)) == 0;
}

static void
find_private_mark(Work *work)
{
	const char *mark = store_conf(work->matcher->store)->milter.private_subject_mark;
	const Mail *mail = work->mail;

	work->match->marked_private =
	    work->match->staff_proved &&
	    ((mail->private_mark != NULL && mark_is_private(mail->private_mark)) ||
		(mail->subject != NULL && mark_is_in_subject(mark, mail->subject)));
}

bool
proof_find(Work *work, GError **error)
{
	const SpoolEntry *entry = work->entry;
	const KnownAddress *from = NULL;
	Match *match = work->match;
	Id user = {{0}}, owner = {{0}};
	bool login = entry->login != NULL && entry->login[0] != '\0';

	find_author(work);
	match->verdict = verdict_is_trusted(work) ? work->mail->auth.dmarc : MAIL_VERDICT_NONE;
	if (match->verdict == MAIL_VERDICT_FAIL)
		match->flags |= MESSAGE_FAILED;
	if (work->from == NULL)
		return true;
	from = match_known(work, work->from, error);
	if (from == NULL ||
	    (login && !known_login(work->matcher->known, entry->login, &user, error)) ||
	    (entry->owner != NULL &&
		!known_login(work->matcher->known, entry->owner, &owner, error)))
		return false;
	if (login)
		match->proof = login_may_use(work, from, &user) ? PROOF_LOGIN : PROOF_NONE;
	else if (from->own && known_own_network(work->matcher->known, entry->client_address))
		match->proof = PROOF_NETWORK;
	else if (entry->owner != NULL && is_sent_folder(entry->folder, entry->special_use) &&
		 is_staff(from, &owner))
		match->proof = PROOF_SENT_FOLDER;
	else if (dmarc_proves(work))
		match->proof = PROOF_DMARC;
	if (match->proof != PROOF_NONE)
		match->flags |= MESSAGE_VERIFIED;
	if (from->own)
		match->flags |= match->proof != PROOF_NONE ? MESSAGE_OUTGOING : MESSAGE_UNVERIFIED;
	match->staff_proved = from->own && match->proof != PROOF_NONE;
	find_private_mark(work);
	return true;
}

/* --- Who takes part? ------------------------------------------------------------------------------ */

static void
add_participant(Work *work, const Id *id, bool team, ParticipantSide side)
{
	MatchParticipant new = {.side = side};

	*(team ? &new.team : &new.user) = *id;
	for (guint i = 0; i < work->match->participants->len; i++) {
		const MatchParticipant *other =
		    &g_array_index(work->match->participants, MatchParticipant, i);

		if (other->side == side && id_equal(&other->user, &new.user) &&
		    id_equal(&other->team, &new.team))
			return;
	}
	g_array_append_val(work->match->participants, new);
}

static void
add_staff(Work *work, const KnownAddress *known, ParticipantSide side)
{
	for (guint i = 0; i < known->staff->len; i++) {
		const AddressOwner *owner = &g_array_index(known->staff, AddressOwner, i);

		add_participant(work, &owner->id, owner->team, side);
	}
}

bool
proof_participants(Work *work, GError **error)
{
	const SpoolEntry *entry = work->entry;
	Id id = {{0}};

	for (guint i = 0; i < work->match->addresses->len; i++) {
		const MatchAddress *address =
		    &g_array_index(work->match->addresses, MatchAddress, i);
		const KnownAddress *known;

		if (!address->own ||
		    (address->role != MAIL_ENVELOPE_TO && address->role != MAIL_ENVELOPE_FROM &&
			address->role != MAIL_FROM))
			continue;
		/* What claims to come from somebody doesn't make him take part. */
		if (address->role != MAIL_ENVELOPE_TO && !work->match->staff_proved)
			continue;
		known = match_known(work, address->canonical, error);
		if (known == NULL)
			return false;
		add_staff(work, known,
		    address->role == MAIL_ENVELOPE_TO ? PARTICIPANT_RECIPIENT : PARTICIPANT_SENDER);
	}
	if (entry->login != NULL) {
		if (!known_login(work->matcher->known, entry->login, &id, error))
			return false;
		if (!id_is_zero(&id))
			add_participant(work, &id, false, PARTICIPANT_SENDER);
	}
	if (entry->owner != NULL) {
		if (!known_login(work->matcher->known, entry->owner, &id, error))
			return false;
		if (!id_is_zero(&id))
			add_participant(work, &id, false, PARTICIPANT_OWNER);
	}
	return true;
}
