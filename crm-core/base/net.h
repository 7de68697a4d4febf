/*
 * net: is this client address in one of our networks?
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* network is "192.0.2.0/24", "2001:db8::/32" or one address. */
bool net_is_valid(const char *network);

/* address is a numeric IPv4 or IPv6 address ("IPv6:..." and "[...]" as MTAs write them are
 * understood, and
 * ::ffff:192.0.2.1 is 192.0.2.1); anything else, NULL too, is in no network. networks may be NULL.
 */
bool net_contains(char *const *networks, const char *address);
