#include "rules/known.h"

#include "base/error.h"
#include "base/file.h"
#include "base/net.h"
#include "mail/address.h"
#include "store/exclusion.h"
#include "store/revision.h"
#include "store/user.h"

#include <string.h>

#define MAX_ADDRESSES 50000 /* then the memory is given back and filled anew */
#define FREE_MAIL_MAX (4 << 20)

struct Known {
	Store *store;
	gint64 revision;       /* the newest that the tables below know of */
	bool stale;            /* a transaction went on without known_keep() */
	GHashTable *addresses; /* canonical -> KnownAddress */
	GHashTable *domains;   /* canonical domain -> GArray */
	GHashTable *logins;    /* login -> Id */
	GHashTable *excluded;  /* pattern set */
	GHashTable *free_mail; /* domain set */
	GArray *nobody;
};

static void
address_free(gpointer data)
{
	KnownAddress *address = data;

	g_clear_pointer(&address->contacts, g_array_unref);
	g_clear_pointer(&address->staff, g_array_unref);
	g_free(address);
}

static void
add_free_mail(Known *known, char *line)
{
	char *domain, *comment = strchr(line, '#');

	if (comment != NULL)
		*comment = '\0';
	domain = *g_strstrip(line) != '\0' ? address_canonical_domain(line) : NULL;
	if (domain != NULL)
		g_hash_table_add(known->free_mail, domain);
}

static bool
read_free_mail(Known *known, GError **error)
{
	const char *path = store_conf(known->store)->company.free_mail_domains_file;
	g_autoptr(GBytes) bytes = NULL;
	g_auto(GStrv) lines = NULL;
	g_autofree char *text = NULL;

	if (path[0] == '\0' || (strcmp(path, PKGDATADIR "/free-mail-domains") == 0 &&
				   !g_file_test(path, G_FILE_TEST_EXISTS))) {
		for (const char *const *domain = known_free_mail; *domain != NULL; domain++)
			g_hash_table_add(known->free_mail, g_strdup(*domain));
		return true;
	}
	bytes = file_read(path, FREE_MAIL_MAX, error);
	if (bytes == NULL)
		return false;
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++)
		add_free_mail(known, *line);
	return true;
}

Known *
known_new(Store *store, GError **error)
{
	g_autoptr(Known) known = g_new0(Known, 1);

	known->store = store;
	known->stale = true;
	known->addresses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, address_free);
	known->domains =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
	known->logins = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	known->excluded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	known->free_mail = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	known->nobody = g_array_new(FALSE, FALSE, sizeof(AddressOwner));
	return read_free_mail(known, error) ? g_steal_pointer(&known) : NULL;
}

void
known_free(Known *known)
{
	if (known == NULL)
		return;
	g_clear_pointer(&known->addresses, g_hash_table_unref);
	g_clear_pointer(&known->domains, g_hash_table_unref);
	g_clear_pointer(&known->logins, g_hash_table_unref);
	g_clear_pointer(&known->excluded, g_hash_table_unref);
	g_clear_pointer(&known->free_mail, g_hash_table_unref);
	g_clear_pointer(&known->nobody, g_array_unref);
	g_free(known);
}

static bool
read_excluded(Known *known, GError **error)
{
	g_autoptr(GPtrArray) list = exclusion_list(known->store, error);

	if (list == NULL)
		return false;
	g_hash_table_remove_all(known->excluded);
	for (guint i = 0; i < list->len; i++) {
		const Exclusion *exclusion = g_ptr_array_index(list, i);

		g_hash_table_add(known->excluded, g_strdup(exclusion->pattern));
	}
	return true;
}

bool
known_refresh(Known *known, GError **error)
{
	gint64 newest = revision_at(known->store, G_MAXINT64, error);

	if (newest < 0)
		return false;
	if (known->stale || newest != known->revision ||
	    g_hash_table_size(known->addresses) > MAX_ADDRESSES) {
		g_hash_table_remove_all(known->addresses);
		g_hash_table_remove_all(known->domains);
		g_hash_table_remove_all(known->logins);
		if (!read_excluded(known, error))
			return false;
		known->revision = newest;
	}
	known->stale = true;
	return true;
}

void
known_keep(Known *known, const StoreTx *tx)
{
	if (tx->revision != 0)
		known->revision = tx->revision;
	known->stale = false;
}

void
known_forget(Known *known)
{
	known->stale = true;
}

static bool
in_list(char *const *list, const char *domain)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, "*") == 0 || strcmp(*list, domain) == 0)
			return true;
	return false;
}

char *
known_canonical(const Known *known, const char *address)
{
	char *canonical = address != NULL ? address_canonical(address) : NULL;
	char *untagged;

	if (canonical == NULL || !in_list(store_conf(known->store)->company.subaddress_domains,
				     address_domain(canonical)))
		return canonical;
	untagged = address_untag(canonical);
	if (untagged == NULL)
		return canonical;
	g_free(canonical);
	return untagged;
}

bool
known_own_domain(const Known *known, const char *canonical)
{
	for (const char *domain = address_domain(canonical); domain != NULL;
	     domain = address_parent_domain(domain))
		if (conf_is_own_domain(store_conf(known->store), domain))
			return true;
	return false;
}

static bool
fill_address(
    Known *known, StoreTx *tx, KnownAddress *address, const char *canonical, GError **error)
{
	address->row = tx != NULL ? address_claim(tx, canonical, error)
				  : address_find(known->store, canonical, error);
	if (address->row < 0)
		return false;
	address->own = known_own_domain(known, canonical);
	address->staff = address->row != 0 ? address_staff(known->store, address->row, error)
					   : g_array_ref(known->nobody);
	if (address->staff == NULL)
		return false;
	if (address->staff->len > 0)
		address->own = true;
	/* A colleague's address in a contact would open the colleague's mail: it never matches. */
	address->contacts = !address->own && address->row != 0
				? address_contacts(known->store, address->row, error)
				: g_array_ref(known->nobody);
	return address->contacts != NULL;
}

const KnownAddress *
known_address(Known *known, StoreTx *tx, const char *canonical, GError **error)
{
	KnownAddress *address = g_hash_table_lookup(known->addresses, canonical);

	if (address != NULL && (address->row != 0 || tx == NULL))
		return address;
	address = g_new0(KnownAddress, 1);
	if (!fill_address(known, tx, address, canonical, error)) {
		address_free(address);
		return NULL;
	}
	g_hash_table_insert(known->addresses, g_strdup(canonical), address);
	return address;
}

const GArray *
known_domain(Known *known, const char *canonical, GError **error)
{
	const char *domain = address_domain(canonical), *listed = NULL;
	GArray *owners = g_hash_table_lookup(known->domains, domain);

	if (owners != NULL)
		return owners;
	owners = address_domain_owners(known->store, domain, &listed, error);
	if (owners == NULL)
		return NULL;
	if (owners->len > 0 && listed != NULL && g_hash_table_contains(known->free_mail, listed)) {
		g_array_unref(owners);
		owners = g_array_ref(known->nobody);
	}
	g_hash_table_insert(known->domains, g_strdup(domain), owners);
	return owners;
}

/* Many a server's log-ins are mail addresses: the user whose proved address it is, zero when there is none. */
static bool
find_login_by_address(Known *known, const char *login, Id *ret, GError **error)
{
	g_autofree char *canonical = known_canonical(known, login);
	const KnownAddress *address;

	if (canonical == NULL)
		return true;
	address = known_address(known, NULL, canonical, error);
	for (guint i = 0; address != NULL && i < address->staff->len; i++) {
		const AddressOwner *owner = &g_array_index(address->staff, AddressOwner, i);

		if (!owner->team)
			*ret = owner->id;
	}
	return address != NULL;
}

bool
known_login(Known *known, const char *login, Id *ret, GError **error)
{
	const Id *id = g_hash_table_lookup(known->logins, login);
	g_autoptr(GError) failed = NULL;
	g_autoptr(User) user = NULL;
	Id found = {{0}};

	if (id != NULL) {
		*ret = *id;
		return true;
	}
	user = user_find(known->store, login, &failed);
	if (failed != NULL) {
		g_propagate_error(error, g_steal_pointer(&failed));
		return false;
	}
	if (user != NULL)
		found = user->id;
	else if (!find_login_by_address(known, login, &found, error))
		return false;
	g_hash_table_insert(known->logins, g_strdup(login), g_memdup2(&found, sizeof(found)));
	*ret = found;
	return true;
}

const char *
known_excluded(const Known *known, const char *canonical)
{
	gpointer found = NULL;
	g_autofree char *domain = NULL;

	if (g_hash_table_size(known->excluded) == 0)
		return NULL;
	if (g_hash_table_lookup_extended(known->excluded, canonical, &found, NULL))
		return found;
	domain = g_strconcat("@", address_domain(canonical), NULL);
	return g_hash_table_lookup_extended(known->excluded, domain, &found, NULL) ? found : NULL;
}

bool
known_own_network(const Known *known, const char *client)
{
	return net_contains(store_conf(known->store)->company.own_networks, client);
}
