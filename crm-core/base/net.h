/*
 * net: client addresses: is one in one of our networks, and whose is it?
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

/* What to count tries by, when one that guesses must not begin anew with each address that he has: an IPv4 address as
 * it is (also when written as ::ffff:192.0.2.1), of an IPv6 address the network, "2001:db8:1:2::/64". The lower 64 bits
 * are the interface identifier (RFC 4291, 2.5.1), which a host draws itself, as often as it likes (RFC 8981). A
 * site has a /56 or a /48 of such networks (RFC 6177), but its neighbours in a house or an office have the
 * same: a wider count would let one guest lock out all of them, and guesses at one login are counted by the login, too.
 * Addresses that stand for IPv4 behind a translator (64:ff9b::192.0.2.1, RFC 6052) count as that address: all of them
 * lie in one /64. What is no address: as it is. New. */
char *net_party(const char *address);
