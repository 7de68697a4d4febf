#include "rules/contact-import.h"

#include "base/error.h"
#include "mail/address.h"
#include "rules/contact-record.h"
#include "rules/rights.h"

#include <string.h>

#define BATCH 50
#define MARK "X-KARTOTEKA-IMPORT"

/* What is there already: "u:UID", "a:address" and "n:name\norganisation" -> Id (zero: earlier in the
 * file). */
typedef GHashTable Known;

static char *
person_key(const Vcard *card)
{
	g_autofree char *name = vcard_name(card);
	const VcardProperty *property = vcard_find(card, "ORG");
	g_autofree char *organisation = property == NULL ? NULL : vcard_field(property, 0);
	g_autofree char *joined = NULL, *folded = NULL;

	if (name == NULL || organisation == NULL)
		return NULL;
	joined = g_strconcat("n:", name, "\n", organisation, NULL);
	folded = g_utf8_normalize(joined, -1, G_NORMALIZE_ALL_COMPOSE);
	return g_utf8_casefold(folded, -1);
}

static void
learn(Known *known, const Vcard *card, const Id *id)
{
	g_auto(GStrv) addresses = vcard_all(card, "EMAIL");
	g_autofree char *uid = vcard_get(card, "UID");
	char *person = person_key(card);

	if (uid != NULL)
		g_hash_table_insert(known, g_strconcat("u:", uid, NULL), g_memdup2(id, sizeof *id));
	for (char **address = addresses; *address != NULL; address++) {
		g_autofree char *canonical = address_canonical(*address);

		if (canonical != NULL)
			g_hash_table_insert(
			    known, g_strconcat("a:", canonical, NULL), g_memdup2(id, sizeof *id));
	}
	if (person != NULL)
		g_hash_table_insert(known, person, g_memdup2(id, sizeof *id));
}

static Known *
learn_all(Session *session, GError **error)
{
	g_autoptr(GHashTable) known =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	ContactQuery query = {0};
	g_autoptr(GPtrArray) contacts =
	    contact_list(session->store, session->viewer, &query, error);

	if (contacts == NULL)
		return NULL;
	for (guint i = 0; i < contacts->len; i++) {
		const Contact *contact = contacts->pdata[i];
		g_autoptr(Vcard) card = vcard_parse(contact->card, NULL);

		if (card != NULL)
			learn(known, card, &contact->id);
	}
	return g_steal_pointer(&known);
}

static void
decide(ContactImportEntry *entry, ContactImportOutcome outcome, const char *why, const Id *existing)
{
	entry->outcome = outcome;
	g_free(entry->why);
	entry->why = g_strdup(why);
	if (existing != NULL)
		entry->existing = *existing;
}

/* The same name and organisation make a duplicate only of what has no mail address or UID to tell it
 * apart. */
static void
plan_entry(Known *known, ContactImportEntry *entry)
{
	g_autofree char *uid = vcard_get(entry->card, "UID"), *person = person_key(entry->card);
	g_autofree char *uid_key = uid == NULL ? NULL : g_strconcat("u:", uid, NULL);
	g_auto(GStrv) addresses = vcard_all(entry->card, "EMAIL");
	const Id *existing;

	if (*entry->name == '\0') {
		decide(entry, CONTACT_IMPORT_UNUSABLE,
		    "It has no name, organisation or mail address.", NULL);
		return;
	}
	existing = uid == NULL ? NULL : g_hash_table_lookup(known, uid_key);
	if (existing != NULL) {
		decide(entry, CONTACT_IMPORT_KNOWN, "A contact of this UID is there already.",
		    existing);
		return;
	}
	for (char **address = addresses; *address != NULL && existing == NULL; address++) {
		g_autofree char *canonical = address_canonical(*address);
		g_autofree char *key = g_strconcat("a:", canonical, NULL);

		existing = canonical == NULL ? NULL : g_hash_table_lookup(known, key);
	}
	if (existing != NULL)
		decide(entry, CONTACT_IMPORT_DUPLICATE, "The mail address is there already.",
		    existing);
	else if (person != NULL && (addresses[0] == NULL || uid == NULL) &&
		 (existing = g_hash_table_lookup(known, person)) != NULL)
		decide(entry, CONTACT_IMPORT_DUPLICATE,
		    "Somebody of that name and organisation is there already.", existing);
	else
		decide(entry, CONTACT_IMPORT_NEW, "", NULL);
}

bool
contact_import_plan(Session *session, ContactImport *import, const Id *book, GError **error)
{
	g_autoptr(GHashTable) known = NULL;
	static const Id earlier;

	if (!rights_require(session, book, RIGHT_EDIT, error) ||
	    (known = learn_all(session, error)) == NULL)
		return false;
	memset(import->counts, 0, sizeof import->counts);
	for (guint i = 0; i < import->entries->len; i++) {
		ContactImportEntry *entry = import->entries->pdata[i];

		plan_entry(known, entry);
		if (!id_is_zero(&entry->existing))
			session_note(session, OBJECT_CONTACT, &entry->existing);
		import->counts[entry->outcome]++;
		learn(known, entry->card, &earlier);
	}
	return session_record(session, PURPOSE_IMPORT, "preview of an import", error);
}

static bool
is_wanted(const ContactImportEntry *entry, bool duplicates)
{
	return entry->outcome == CONTACT_IMPORT_NEW ||
	       (duplicates && entry->outcome == CONTACT_IMPORT_DUPLICATE);
}

/* Adds up to BATCH of the wanted from *at on. */
static bool
run_batch(Session *session, ContactImport *import, const Id *book, bool duplicates, guint *at,
    guint *added, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(GPtrArray) works =
	    g_ptr_array_new_with_free_func((GDestroyNotify)contact_work_free);
	g_autofree char *mark = id_text(&import->id);
	guint next = *at;

	for (; next < import->entries->len && works->len < BATCH; next++) {
		ContactImportEntry *entry = import->entries->pdata[next];
		ContactWork *work;

		if (!is_wanted(entry, duplicates))
			continue;
		vcard_set(entry->card, MARK, mark);
		work = contact_work_new(session, entry->card, false, error);
		if (work == NULL)
			return false;
		g_ptr_array_add(works, work);
	}
	if (works->len > 0 && !session_begin(session, &tx, NULL, error))
		return false;
	for (guint i = 0; i < works->len; i++) {
		Id id;

		if (!contact_work_add(session, &tx, works->pdata[i], book, &id, error))
			return false;
	}
	if (works->len > 0) {
		session_note(session, OBJECT_BOOK, book);
		if (!session_commit(session, &tx, PURPOSE_IMPORT, "contact import", error))
			return false;
	}
	*at = next;
	*added += works->len;
	return true;
}

bool
contact_import_run(Session *session, ContactImport *import, const Id *book, bool duplicates,
    guint *ret_added, GError **error)
{
	guint at = 0;

	*ret_added = 0;
	if (!rights_require(session, book, RIGHT_EDIT, error))
		return false;
	/* Organisations first, so that employers are found. */
	for (guint i = 0, to = 0; i < import->entries->len; i++) {
		ContactImportEntry *entry = import->entries->pdata[i];

		if (!vcard_is_organisation(entry->card))
			continue;
		g_ptr_array_steal_index(import->entries, i);
		g_ptr_array_insert(import->entries, (gint)to++, entry);
	}
	while (at < import->entries->len)
		if (!run_batch(session, import, book, duplicates, &at, ret_added, error))
			return false;
	return true;
}

bool
contact_import_undo(Session *session, const Id *id, guint *ret_removed, GError **error)
{
	ContactQuery query = {0};
	g_autoptr(GPtrArray) contacts =
	    contact_list(session->store, session->viewer, &query, error);
	g_autofree char *mark = id_text(id);
	guint removed = 0;

	if (contacts == NULL)
		return false;
	for (guint i = 0; i < contacts->len; i++) {
		const Contact *contact = contacts->pdata[i];
		g_autoptr(Vcard) card = vcard_parse(contact->card, NULL);
		g_autofree char *own = card == NULL ? NULL : vcard_get(card, MARK);

		if (own == NULL || strcmp(own, mark) != 0)
			continue;
		if (!contact_remove(session, &contact->id, error))
			return false;
		removed++;
	}
	if (removed == 0)
		return error_set(error, ERROR_NOT_FOUND,
		    "There is no contact of such an import that nobody has changed since.");
	*ret_removed = removed;
	return true;
}
