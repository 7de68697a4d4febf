/*
 * known: what is known of an address, kept in memory for whoever matches many mails.
 *
 * Ours or not, whose, and which organisation its domain belongs to. Throws itself away when somebody
 * else has changed staff, contacts, domains or exclusions, and after a transaction of one's own that
 * didn't come to its end. For rules/match.c alone.
 */
#pragma once

#include "store/address.h"

typedef struct Known Known;

typedef struct {
	gint64 row;       /* for store/ alone; 0: never seen (preview) */
	bool own;         /* of the company: own domain, or an address of staff or a team */
	GArray *contacts; /* AddressOwner; never NULL; always empty for an own address */
	GArray *staff;    /* AddressOwner; never NULL */
} KnownAddress;

/* The shipped list, NULL-terminated; made from free-mail-domains. */
extern const char *const known_free_mail[];

/* Reads the free-mail list: the one of the settings, else the shipped one. */
Known *known_new(Store *store, GError **error);
void known_free(Known *known);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Known, known_free)

/* At the beginning of a transaction, and before its commit. */
bool known_refresh(Known *known, GError **error);
void known_keep(Known *known, const StoreTx *tx);
/* After a commit that failed. */
void known_forget(Known *known);

/* The canonical address under which this one is known: "+tag" cut off where the setting says so. NULL
 * when it has no canonical form. New. */
char *known_canonical(const Known *known, const char *address);

/* Belongs to the known one until the next refresh; NULL only on error. tx: gets a row when new. */
const KnownAddress *known_address(Known *known, StoreTx *tx, const char *canonical, GError **error);

/* The organisations (AddressOwner) of the longest listed domain of this canonical address; empty when
 * none lists it or it is a free-mail domain. Lent. NULL only on error. */
const GArray *known_domain(Known *known, const char *canonical, GError **error);

/* A user's login, or a proved address of a user. Zero when there is no such user. */
bool known_login(Known *known, const char *login, Id *ret, GError **error);

/* Is it, or its domain, on the exclusion list? The pattern (lent) or NULL. */
const char *known_excluded(const Known *known, const char *canonical);

/* Own domain or a subdomain of one. */
bool known_own_domain(const Known *known, const char *canonical);

/* Is a client with this numeric address in one of [company] own_networks? */
bool known_own_network(const Known *known, const char *client);
