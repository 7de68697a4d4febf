/*
 * address: whose address is it? The address table (keyed hash to internal id), the domains of
 * addresses, and who owns an address: staff, teams, contacts.
 *
 * Every address and domain given here is canonical (mail/address.h makes it so; store/ can't). NULL
 * and "" belong to nobody. These functions serve filing, which acts for the daemon: they tell that
 * an address belongs to a contact to nobody who may not know, so pages and commands never call them.
 *
 * row is the internal id: opaque, for handing back to functions of store/, never shown.
 */
#pragma once

#include "store/store.h"

/* The row of an address: address_find gives 0 when it was never seen, address_claim makes one (with
 * its domain and all parent domains but the top-level one). -1 on error. */
gint64 address_find(Store *store, const char *canonical, GError **error);
gint64 address_claim(StoreTx *tx, const char *canonical, GError **error);

typedef struct {
	Id id;
	gint64 row;
	gint64 since; /* contacts: mail taken in before this time (ms) isn't open to the books */
	bool team;    /* of staff: a team's role address, otherwise a user's */
} AddressOwner;

/* Users and teams whose proved address it is now; an empty array when none. GArray of AddressOwner. */
GArray *address_staff(Store *store, gint64 row, GError **error);

/* Contacts (not deleted) that have the address now. GArray of AddressOwner. */
GArray *address_contacts(Store *store, gint64 row, GError **error);

/* Organisations that the domain of this address belongs to; the longest listed domain wins. domain:
 * canonical, without "@". GArray of AddressOwner, *ret_domain (may be NULL) points into domain. */
GArray *address_domain_owners(
    Store *store, const char *domain, const char **ret_domain, GError **error);
