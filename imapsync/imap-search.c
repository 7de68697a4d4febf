#include "imapsync/imap-private.h"

#include <string.h>

/* How many mails one SEARCH may tell of: their numbers stand in one line. */
#define AT_ONCE 200000
#define ADDRESSES_AT_ONCE 20
#define SLACK 1000
/* Seconds: a server without an index reads all mails of the folder. */
#define PATIENCE 600

static const char *
return_all(const Imap *imap)
{
	return (imap->capabilities & IMAP_CAN_ESEARCH) != 0 ? "RETURN (ALL) " : "";
}

static bool
search(Imap *imap, UidSet *found, const char *keys, GError **error)
{
	imap_private_expect(imap, GUARD_SEARCH, 0, 16 * 1024 * 1024, 0);
	imap->found = found;
	imap_private_send(imap, "UID SEARCH %s%s", return_all(imap), keys);
	return imap_private_answer(imap, ERROR_TEMPORARY, "The folder can't be searched", error) ==
	       ANSWER_OK;
}

/* A liar may list four thousand million in ten bytes. Some may have come or gone since EXISTS. */
static bool
add_found(Imap *imap, UidSet *ret, const UidSet *found, GError **error)
{
	if (uidset_count(found) > (guint64)guard_exists(imap->guard) + SLACK)
		return error_set(
		    error, ERROR_INVALID, "%s lists more mails than the folder has.", imap->host);
	uidset_add_set(ret, found);
	return true;
}

bool
imap_search_all(Imap *imap, guint32 first, UidSet *ret, GError **error)
{
	g_autoptr(UidSet) found = uidset_new();
	g_autoptr(UidSet) below = uidset_new();
	guint32 exists;

	if (!imap_alive(imap) || !imap->folder_open)
		return imap_private_die(
		    imap, error, ERROR_TEMPORARY, "There is no open folder to search.");
	exists = guard_exists(imap->guard);
	/* From the top: when mails are expunged between two parts, the ones above move down, into the parts that come later. */
	for (guint32 top = exists; first <= 1 && top > AT_ONCE; top -= AT_ONCE) {
		g_autofree char *part = top == exists
					    ? g_strdup_printf("%u:*", top - AT_ONCE + 1)
					    : g_strdup_printf("%u:%u", top - AT_ONCE + 1, top);

		if (!search(imap, found, part, error))
			return false;
	}
	{
		g_autofree char *keys = first > 1 ? g_strdup_printf("UID %u:*", first)
					: exists > AT_ONCE
					    ? g_strdup_printf("1:%u", (exists - 1) % AT_ONCE + 1)
					    : g_strdup("ALL");

		if (!search(imap, found, keys, error))
			return false;
	}
	/* "7:*" is the highest UID even if that is below 7. */
	if (first > 1)
		uidset_add_range(below, 1, first - 1);
	uidset_remove_set(found, below);
	return add_found(imap, ret, found, error);
}

static bool
is_searchable(const char *address)
{
	for (const char *p = address; *p != '\0'; p++)
		if ((guchar)*p < 0x20 || *p == 0x7f)
			return false;
	return *address != '\0' && g_utf8_validate(address, -1, NULL);
}

/* OR OR FROM a TO a ...: n alternatives take n - 1 ORs in front. */
static char *
address_keys(const char *address)
{
	static const char *const fields[] = {
	    "FROM", "TO", "CC", "BCC", "HEADER Sender", "HEADER Reply-To"};
	g_autofree char *quoted = imap_private_quote(address);
	GString *keys = g_string_new(NULL);

	for (gsize i = 1; i < G_N_ELEMENTS(fields); i++)
		g_string_append(keys, "OR ");
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		g_string_append_printf(keys, "%s%s %s", i > 0 ? " " : "", fields[i], quoted);
	return g_string_free(keys, FALSE);
}

static void
send_address(Imap *imap, const char *address)
{
	g_autofree char *keys = address_keys(address);
	const bool plain = (imap->capabilities & IMAP_CAN_UTF8) != 0 || g_str_is_ascii(address);

	/* Servers take quoted UTF-8, though RFC 3501 would want a literal. */
	imap_private_send(
	    imap, "UID SEARCH %s%s%s", return_all(imap), plain ? "" : "CHARSET UTF-8 ", keys);
}

bool
imap_search_addresses(Imap *imap, char *const *addresses, UidSet *ret, GError **error)
{
	g_autoptr(UidSet) found = uidset_new();

	if (!imap_alive(imap) || !imap->folder_open)
		return imap_private_die(
		    imap, error, ERROR_TEMPORARY, "There is no open folder to search.");
	for (gsize i = 0; addresses[i] != NULL; i++)
		if (!is_searchable(addresses[i]))
			return error_set(error, ERROR_INVALID,
			    "An address to search for holds control characters or is no UTF-8.");
	imap_private_expect(imap, GUARD_SEARCH, 0, 16 * 1024 * 1024, PATIENCE);
	imap->found = found;
	/* Each has a command of its own, since a server may limit its length; several are on their way at once. */
	for (guint sent = 0, done = 0; addresses[sent] != NULL || done < sent; done++) {
		for (; addresses[sent] != NULL && sent - done < ADDRESSES_AT_ONCE; sent++)
			send_address(imap, addresses[sent]);
		if (imap_private_answer(imap, ERROR_TEMPORARY, "The folder can't be searched",
			error) != ANSWER_OK) {
			/* What is on its way must not become the answer to something else. */
			imap->unwatched = imap->sent - imap->answered;
			return false;
		}
	}
	return add_found(imap, ret, found, error);
}
