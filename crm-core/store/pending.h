/*
 * pending: addresses and domains that came to a contact, with more mail than one transaction should go
 * through. kartotekad goes on with them.
 */
#pragma once

#include "store/message.h"

typedef struct {
	gint64 id;
	gint64 address_row; /* 0: a domain */
	MessageHash domain;
	gint64 after; /* done up to this message row */
} Pending;

/* Exactly one of address_row (not 0) and domain (not NULL). */
bool pending_add(
    StoreTx *tx, gint64 address_row, const MessageHash *domain, gint64 after, GError **error);

/* The oldest; id = 0 when there is none. */
bool pending_first(Store *store, Pending *ret, GError **error);

bool pending_move(StoreTx *tx, const Pending *pending, gint64 after, GError **error);
bool pending_end(StoreTx *tx, const Pending *pending, GError **error);

/* The keyed hash under which the domain of an address is looked up. */
bool pending_domain_hash(Store *store, const char *domain, MessageHash *ret, GError **error);
