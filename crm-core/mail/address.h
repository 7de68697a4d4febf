/*
 * address: when are two e-mail addresses the same? One canonical form, used for every lookup. No
 * GMime.
 *
 * Canonical: domain lower-case in its ASCII (IDNA) form without trailing dot; local part NFC and
 * case-folded, quotes taken away where they aren't needed. Surrounding blanks and <> don't count.
 * What has no local part or no possible domain has no canonical form: NULL, and matches nothing,
 * never everything.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* New string, or NULL for an empty or unparsable address (which is no error: there is nothing to
 * look up). */
char *address_canonical(const char *address);

/* Where the domain of a canonical address begins (in the same string). */
const char *address_domain(const char *canonical);

/* A canonical address without its "+tag", new; NULL when it has none. Only for domains whose
 * setting says that tags mean the same person. */
char *address_untag(const char *canonical);

/* The canonical form of a domain alone ("Příklad.CZ." -> "xn--pklad-zsa96e.cz"), new, or NULL. */
char *address_canonical_domain(const char *domain);

/* The next shorter suffix of a canonical domain ("a.b.cz" -> "b.cz" -> "cz" -> NULL), in the same
 * string: the longest listed one wins. */
const char *address_parent_domain(const char *domain);

/* Reads what a person typed: "Jana Nová <jana@x.cz>" or "jana@x.cz". Both results new (name NULL
 * when there is none), address as written. False when there is no address in it. */
bool address_split(const char *text, char **ret_name, char **ret_address);
