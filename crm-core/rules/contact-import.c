/* What becomes of each entry. */
#include "rules/contact-import.h"

#include "base/error.h"
#include "mail/address.h"
#include "rules/contact-merge.h"
#include "rules/rights.h"

#include <string.h>

static const char *const duplicates_names[] = {
    [CONTACT_DUPLICATES_SKIP] = "skip",
    [CONTACT_DUPLICATES_ADD] = "add",
    [CONTACT_DUPLICATES_MERGE] = "merge",
};

bool
contact_duplicates_parse(const char *text, ContactDuplicates *ret, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(duplicates_names); i++)
		if (strcmp(text, duplicates_names[i]) == 0) {
			*ret = (ContactDuplicates)i;
			return true;
		}
	return error_set(error, ERROR_INVALID, "What becomes of duplicates is skip, add or merge.");
}

/* A contact that is there already, or one that an entry of the file will make. */
typedef struct {
	Id id;       /* zero: of an entry */
	Vcard *card; /* as merged so far; of a contact: read when it is first needed */
	bool own;    /* it goes with this */
} Owner;

static void
owner_free(gpointer data)
{
	Owner *owner = data;

	if (owner->own)
		vcard_free(owner->card);
	g_free(owner);
}

typedef struct {
	Session *session;
	ContactDuplicates duplicates;
	/* "u:UID", "a:address" and "n:name\norganisation" -> Owner; &several: of more than one. */
	GHashTable *keys;
	GPtrArray *owners;
} Plan;

static Owner several;

static void
plan_clear(Plan *plan)
{
	g_clear_pointer(&plan->keys, g_hash_table_unref);
	g_clear_pointer(&plan->owners, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Plan, plan_clear)

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

static char *
uid_key(const Vcard *card)
{
	g_autofree char *uid = vcard_get(card, "UID");

	return uid == NULL || *g_strstrip(uid) == '\0' ? NULL : g_strconcat("u:", uid, NULL);
}

/* NULL-terminated, without those that are no addresses. */
static char **
address_keys(const Vcard *card)
{
	g_auto(GStrv) addresses = vcard_all(card, "EMAIL");
	g_autoptr(GStrvBuilder) keys = g_strv_builder_new();

	for (char **address = addresses; *address != NULL; address++) {
		g_autofree char *canonical = address_canonical(*address);
		g_autofree char *key = g_strconcat("a:", canonical, NULL);

		if (canonical != NULL)
			g_strv_builder_add(keys, key);
	}
	return g_strv_builder_end(keys);
}

static void
learn_key(Plan *plan, const char *key, Owner *owner)
{
	Owner *present = key == NULL ? owner : g_hash_table_lookup(plan->keys, key);

	if (present != owner)
		g_hash_table_insert(plan->keys, g_strdup(key), present == NULL ? owner : &several);
}

static void
learn(Plan *plan, const Vcard *card, Owner *owner)
{
	g_autofree char *uid = uid_key(card), *person = person_key(card);
	g_auto(GStrv) addresses = address_keys(card);

	learn_key(plan, uid, owner);
	learn_key(plan, person, owner);
	for (char **address = addresses; *address != NULL; address++)
		learn_key(plan, *address, owner);
}

static Owner *
add_owner(Plan *plan, const Id *id, Vcard *card)
{
	Owner *owner = g_new0(Owner, 1);

	if (id != NULL)
		owner->id = *id;
	owner->card = card;
	g_ptr_array_add(plan->owners, owner);
	return owner;
}

static bool
learn_all(Plan *plan, GError **error)
{
	ContactQuery query = {0};
	g_autoptr(GPtrArray) contacts =
	    contact_list(plan->session->store, plan->session->viewer, &query, error);

	plan->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	plan->owners = g_ptr_array_new_with_free_func(owner_free);
	for (guint i = 0; contacts != NULL && i < contacts->len; i++) {
		const Contact *contact = contacts->pdata[i];
		g_autoptr(Vcard) card = vcard_parse(contact->card, NULL);

		if (card != NULL)
			learn(plan, card, add_owner(plan, &contact->id, NULL));
	}
	return contacts != NULL;
}

static Owner *
lookup(const Plan *plan, const char *key)
{
	return key == NULL ? NULL : g_hash_table_lookup(plan->keys, key);
}

static void
decide(ContactImportEntry *entry, ContactImportOutcome outcome, const char *why)
{
	entry->outcome = outcome;
	g_free(entry->why);
	entry->why = g_strdup(why);
}

/* The same name and organisation make a duplicate only of what has no mail address or UID to tell it
 * apart. */
static Owner *
find_owner(const Plan *plan, ContactImportEntry *entry)
{
	g_autofree char *uid = uid_key(entry->card), *person = person_key(entry->card);
	g_auto(GStrv) addresses = address_keys(entry->card);
	Owner *by_uid = lookup(plan, uid), *owner = by_uid;

	for (char **address = addresses; *address != NULL; address++) {
		Owner *other = lookup(plan, *address);

		if (other != NULL)
			owner = owner == NULL || owner == other ? other : &several;
	}
	if (by_uid != NULL)
		decide(entry, CONTACT_IMPORT_KNOWN, "A contact of this UID is there already.");
	else if (owner != NULL)
		decide(entry, CONTACT_IMPORT_DUPLICATE, "The mail address is there already.");
	else if ((addresses[0] == NULL || uid == NULL) && (owner = lookup(plan, person)) != NULL)
		decide(entry, CONTACT_IMPORT_DUPLICATE,
		    "Somebody of that name and organisation is there already.");
	else
		decide(entry, CONTACT_IMPORT_NEW, "");
	return owner;
}

static bool
read_owner(Plan *plan, Owner *owner, GError **error)
{
	g_autoptr(Contact) contact = NULL;

	if (owner->card != NULL)
		return true;
	contact = contact_get(plan->session->store, plan->session->viewer, &owner->id, error);
	owner->card = contact == NULL ? NULL : vcard_parse(contact->card, error);
	owner->own = true;
	return owner->card != NULL;
}

/* Why it isn't merged, a sentence; NULL: it is. */
static const char *
refusal(const Plan *plan, const Owner *owner, const Vcard *card, guint rights)
{
	g_auto(GStrv) own = address_keys(owner->card), addresses = address_keys(card);
	g_autofree char *uid = uid_key(card);
	bool by_name = lookup(plan, uid) == NULL;

	for (char **address = addresses; *address != NULL && by_name; address++)
		by_name = lookup(plan, *address) == NULL;
	if (!id_is_zero(&owner->id) && !(rights & 1u << RIGHT_EDIT))
		return "You may not change that contact.";
	if (vcard_is_organisation(owner->card) != vcard_is_organisation(card))
		return "One is a person, the other an organisation.";
	if (by_name && own[0] != NULL && addresses[0] != NULL)
		return "The mail addresses differ: it may be somebody else.";
	if (lookup(plan, uid) == NULL && !contact_merge_may_be_same(owner->card, card))
		return "The name is quite another one.";
	return NULL;
}

static void
explain(ContactImportEntry *entry, const char *sentence)
{
	g_autofree char *why = g_strconcat(entry->why, " ", sentence, NULL);

	decide(entry, entry->outcome, why);
}

static bool
plan_merge(Plan *plan, ContactImportEntry *entry, Owner *owner, GError **error)
{
	g_auto(ContactMerge) merge = CONTACT_MERGE_INIT;
	guint rights = 0;
	const char *why;

	if (owner == &several) {
		explain(entry, "It may be any of several contacts.");
		return true;
	}
	if (!read_owner(plan, owner, error) ||
	    (!id_is_zero(&owner->id) && !visible_contact_rights(plan->session->store,
					    plan->session->viewer, &owner->id, &rights, error)))
		return false;
	if ((why = refusal(plan, owner, entry->card, rights)) != NULL) {
		explain(entry, why);
		return true;
	}
	contact_merge(owner->card, entry->card, NULL, &merge);
	learn(plan, entry->card, owner);
	if (*merge.adds == '\0')
		explain(entry, "Nothing in it is new.");
	else
		entry->outcome = CONTACT_IMPORT_MERGE;
	g_free(entry->adds);
	g_free(entry->keeps);
	entry->adds = g_steal_pointer(&merge.adds);
	entry->keeps = g_steal_pointer(&merge.keeps);
	return true;
}

static bool
plan_entry(Plan *plan, ContactImportEntry *entry, GError **error)
{
	Owner *owner;

	if (*entry->name == '\0') {
		decide(entry, CONTACT_IMPORT_UNUSABLE,
		    "It has no name, organisation or mail address.");
		return true;
	}
	owner = find_owner(plan, entry);
	if (owner == NULL) {
		learn(plan, entry->card, add_owner(plan, NULL, entry->card));
		return true;
	}
	entry->existing = owner->id;
	if (plan->duplicates == CONTACT_DUPLICATES_MERGE)
		return plan_merge(plan, entry, owner, error);
	learn(plan, entry->card, owner);
	return true;
}

bool
contact_import_plan(Session *session, ContactImport *import, const Id *book,
    ContactDuplicates duplicates, GError **error)
{
	g_auto(Plan) plan = {.session = session, .duplicates = duplicates};

	if (!rights_require(session, book, RIGHT_EDIT, error) || !learn_all(&plan, error))
		return false;
	import->duplicates = duplicates;
	memset(import->counts, 0, sizeof import->counts);
	for (guint i = 0; i < import->entries->len; i++) {
		ContactImportEntry *entry = import->entries->pdata[i];

		if (!plan_entry(&plan, entry, error))
			return false;
		if (!id_is_zero(&entry->existing))
			session_note(session, OBJECT_CONTACT, &entry->existing);
		import->counts[entry->outcome]++;
	}
	return session_record(session, PURPOSE_IMPORT, "preview of an import", error);
}
