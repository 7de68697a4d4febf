#include "rules/contact-record.h"

#include "base/clock.h"
#include "base/error.h"
#include "mail/address.h"
#include "rules/file.h"
#include "rules/rights.h"

#include <string.h>

#define CARD_MAX_BYTES (4 * 1024 * 1024)
#define ADDRESSES_MAX 200

void
contact_work_free(ContactWork *work)
{
	if (work == NULL)
		return;
	g_free(work->uid);
	g_free(work->card);
	g_ptr_array_unref(work->addresses);
	g_ptr_array_unref(work->domains);
	g_array_unref(work->employers);
	g_free(work);
}

static void
add_once(GPtrArray *strings, char *string)
{
	if (g_ptr_array_find_with_equal_func(strings, string, g_str_equal, NULL))
		g_free(string);
	else
		g_ptr_array_add(strings, string);
}

static void
note_wrong(ContactStrict *strict, ContactWrongKind kind, gssize index)
{
	strict->wrong = (ContactWrong){kind, (guint)index};
}

/* Must this value be usable? Not one that stood there before. */
static bool
is_checked(const ContactStrict *strict, const char *name, const char *value)
{
	g_auto(GStrv) before = NULL;

	if (strict == NULL || strict->before == NULL)
		return strict != NULL;
	before = vcard_all(strict->before, name);
	return !g_strv_contains((const char *const *)before, value);
}

static bool
take_addresses(ContactWork *work, const Vcard *card, ContactStrict *strict, GError **error)
{
	g_auto(GStrv) all = vcard_all(card, "EMAIL");

	for (char **address = all; *address != NULL; address++) {
		char *canonical = address_canonical(*address);

		if (canonical != NULL) {
			add_once(work->addresses, canonical);
		} else if (is_checked(strict, "EMAIL", *address)) {
			note_wrong(strict, CONTACT_WRONG_ADDRESS, address - all);
			return error_set(error, ERROR_INVALID,
			    "That is no mail address: write name@example.cz.");
		} else
			work->unusable++;
	}
	return work->addresses->len <= ADDRESSES_MAX ||
	       error_set(
		   error, ERROR_TOO_BIG, "A contact has at most %d mail addresses.", ADDRESSES_MAX);
}

static bool
take_domains(
    Session *session, ContactWork *work, const Vcard *card, ContactStrict *strict, GError **error)
{
	g_auto(GStrv) all = vcard_all(card, "X-KARTOTEKA-DOMAIN");

	for (char **domain = all; *domain != NULL; domain++) {
		g_autofree char *canonical = address_canonical_domain(*domain);
		bool usable = canonical != NULL && strchr(canonical, '.') != NULL;

		if (usable && !conf_is_own_domain(store_conf(session->store), canonical))
			add_once(work->domains, g_steal_pointer(&canonical));
		else if (is_checked(strict, "X-KARTOTEKA-DOMAIN", *domain)) {
			note_wrong(strict, CONTACT_WRONG_DOMAIN, domain - all);
			return error_set(error, ERROR_INVALID,
			    usable ? "The company's own domain can't belong to a contact."
				   : "That is no mail domain: write example.cz.");
		}
	}
	if (work->domains->len == 0 || work->record.kind == CONTACT_ORGANISATION || strict == NULL)
		return true;
	note_wrong(strict, CONTACT_WRONG_DOMAIN, 0);
	return error_set(error, ERROR_INVALID, "Only an organisation has mail domains.");
}

static bool
take_roles(ContactWork *work, const Vcard *card, ContactStrict *strict, GError **error)
{
	g_auto(GStrv) all = vcard_all(card, "X-KARTOTEKA-ROLE");

	for (char **role = all; *role != NULL; role++) {
		bool checked = is_checked(strict, "X-KARTOTEKA-ROLE", *role);
		ContactRole found;

		if (contact_role_parse(*role, &found, checked ? error : NULL)) {
			work->record.roles |= 1u << found;
		} else if (checked) {
			note_wrong(strict, CONTACT_WRONG_ROLE, role - all);
			return false;
		}
	}
	return true;
}

/* An employer whom this session may not see goes on as one, as long as the card names it. */
static bool
keep_hidden_employers(
    Session *session, ContactWork *work, char *const *uids, const Id *present, GError **error)
{
	g_autoptr(Viewer) everything = rights_viewer_daemon(session->store, error);
	g_autoptr(GPtrArray) employers =
	    everything == NULL ? NULL
			       : contact_employers(session->store, everything, present, error);

	for (guint i = 0; employers != NULL && i < employers->len; i++) {
		const Contact *employer = employers->pdata[i];
		g_autoptr(Vcard) card = vcard_parse(employer->card, error);
		g_autofree char *uid = card == NULL ? NULL : vcard_get(card, "UID");
		guint rights;

		if (card == NULL || !visible_contact_rights(session->store, session->viewer,
					&employer->id, &rights, error))
			return false;
		if (rights == 0 && uid != NULL && g_strv_contains((const char *const *)uids, uid))
			g_array_append_val(work->employers, employer->id);
	}
	return employers != NULL;
}

static bool
take_employers(Session *session, ContactWork *work, const Vcard *card, const Id *present,
    ContactStrict *strict, GError **error)
{
	g_auto(GStrv) all = vcard_all(card, "X-KARTOTEKA-EMPLOYER");
	bool hidden = false;

	for (char **uid = all; *uid != NULL; uid++) {
		g_autoptr(GError) why = NULL;
		g_autoptr(Contact) employer =
		    contact_find_uid(session->store, session->viewer, *uid, &why);

		if (why != NULL) {
			g_propagate_error(error, g_steal_pointer(&why));
			return false;
		}
		if (employer != NULL && employer->kind == CONTACT_ORGANISATION) {
			g_array_append_val(work->employers, employer->id);
		} else if (is_checked(strict, "X-KARTOTEKA-EMPLOYER", *uid)) {
			note_wrong(strict, CONTACT_WRONG_EMPLOYER, uid - all);
			return error_set(error, ERROR_INVALID,
			    "The employer is no organisation that you may see.");
		} else
			hidden = true;
	}
	return !hidden || present == NULL ||
	       keep_hidden_employers(session, work, all, present, error);
}

/* A UID that only a hidden contact has must not tell so by being refused: the card gets one of its own. */
static bool
evade_hidden_uid(Session *session, Vcard *card, GError **error)
{
	g_autofree char *uid = vcard_get(card, "UID");
	g_autoptr(Contact) seen = NULL;
	g_autoptr(GError) why = NULL;
	bool taken = false;

	if (uid == NULL || !contact_has_uid(session->store, uid, &taken, error))
		return uid == NULL;
	if (taken)
		seen = contact_find_uid(session->store, session->viewer, uid, &why);
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return false;
	}
	if (taken && seen == NULL)
		vcard_set(card, "UID", NULL);
	return true;
}

/* What every card of ours has. */
static void
complete(Vcard *card, ContactKind kind)
{
	g_autofree char *name = vcard_get(card, "FN"), *best = vcard_name(card);
	g_autofree char *uid = vcard_get(card, "UID");
	g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(clock_ms() / CLOCK_SECOND);
	g_autofree char *rev = g_date_time_format(now, "%Y%m%dT%H%M%SZ");

	if (name == NULL || *g_strstrip(name) == '\0')
		vcard_set(card, "FN", best);
	if (uid == NULL || *g_strstrip(uid) == '\0') {
		g_autofree char *random = g_uuid_string_random();
		g_autofree char *urn = g_strconcat("urn:uuid:", random, NULL);

		vcard_set(card, "UID", urn);
	}
	if (kind == CONTACT_ORGANISATION)
		vcard_set(card, "KIND", "org");
	vcard_set(card, "REV", rev);
}

ContactWork *
contact_work_new(
    Session *session, Vcard *card, const Id *present, ContactStrict *strict, GError **error)
{
	g_autoptr(ContactWork) work = g_new0(ContactWork, 1);
	g_autofree char *name = vcard_name(card);

	work->addresses = g_ptr_array_new_with_free_func(g_free);
	work->domains = g_ptr_array_new_with_free_func(g_free);
	work->employers = g_array_new(FALSE, FALSE, sizeof(Id));
	if (name == NULL) {
		if (strict != NULL)
			note_wrong(strict, CONTACT_WRONG_NAME, 0);
		error_set(error, ERROR_INVALID,
		    "A contact needs a name, an organisation or a mail address.");
		return NULL;
	}
	work->record.kind = vcard_is_organisation(card) ? CONTACT_ORGANISATION : CONTACT_PERSON;
	if (!take_addresses(work, card, strict, error) ||
	    !take_domains(session, work, card, strict, error) ||
	    !take_roles(work, card, strict, error) ||
	    !take_employers(session, work, card, present, strict, error))
		return NULL;
	if (work->record.kind != CONTACT_ORGANISATION)
		g_ptr_array_set_size(work->domains, 0);
	g_ptr_array_add(work->addresses, NULL);
	g_ptr_array_add(work->domains, NULL);
	if (!evade_hidden_uid(session, card, error))
		return NULL;
	complete(card, work->record.kind);
	work->uid = vcard_get(card, "UID");
	work->card = vcard_write(card, 40);
	if (strlen(work->card) > CARD_MAX_BYTES || strlen(work->uid) > 1000) {
		error_set(error, ERROR_TOO_BIG, "A card has at most %d MB.",
		    CARD_MAX_BYTES / (1024 * 1024));
		return NULL;
	}
	work->record.uid = work->uid;
	work->record.card = work->card;
	work->record.addresses = (char *const *)work->addresses->pdata;
	work->record.domains = (char *const *)work->domains->pdata;
	work->record.employers = (const Id *)(const void *)work->employers->data;
	work->record.n_employers = work->employers->len;
	return g_steal_pointer(&work);
}

bool
contact_work_add(
    Session *session, StoreTx *tx, const ContactWork *work, const Id *book, Id *ret, GError **error)
{
	Id id;

	if (!contact_add(tx, &work->record, book, &id, error) ||
	    !file_waiting(session, tx, (const char *const *)work->addresses->pdata,
		(const char *const *)work->domains->pdata, error))
		return false;
	session_note(session, OBJECT_CONTACT, &id);
	*ret = id;
	return true;
}

bool
contact_work_save(
    Session *session, StoreTx *tx, const ContactWork *work, const Id *id, GError **error)
{
	g_autoptr(GPtrArray) addresses = NULL, domains = NULL;

	if (!contact_save(tx, id, &work->record, &addresses, &domains, error))
		return false;
	g_ptr_array_add(addresses, NULL);
	g_ptr_array_add(domains, NULL);
	session_note(session, OBJECT_CONTACT, id);
	return file_waiting(session, tx, (const char *const *)addresses->pdata,
	    (const char *const *)domains->pdata, error);
}

static bool
leave_all(StoreTx *tx, const Id *id, const GArray *books, GError **error)
{
	for (guint i = 0; i < books->len; i++) {
		g_autoptr(GError) why = NULL;

		if (contact_leave_book(tx, id, &g_array_index(books, Id, i), &why))
			continue;
		if (error_code(why) == ERROR_CONFLICT) /* the last one */
			return contact_delete(tx, id, error);
		g_propagate_error(error, g_steal_pointer(&why));
		return false;
	}
	return true;
}

bool
contact_work_remove(Session *session, StoreTx *tx, const Id *id, GError **error)
{
	g_autoptr(GArray) books = NULL;

	if (!rights_require_contact(session, id, RIGHT_EDIT, error) ||
	    (books = visible_contact_books(session->store, session->viewer, id, error)) == NULL)
		return false;
	for (guint i = 0; i < books->len; i++)
		if (!rights_require(session, &g_array_index(books, Id, i), RIGHT_EDIT, error))
			return false;
	session_note(session, OBJECT_CONTACT, id);
	return leave_all(tx, id, books, error);
}
