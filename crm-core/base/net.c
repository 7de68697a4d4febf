#include "base/net.h"

#include <gio/gio.h>
#include <string.h>

bool
net_is_valid(const char *network)
{
	g_autoptr(GInetAddressMask) mask = g_inet_address_mask_new_from_string(network, NULL);

	return mask != NULL;
}

/* ::ffff:192.0.2.1 as 192.0.2.1, everything else as it is. */
static GInetAddress *
unmapped(GInetAddress *address)
{
	static const guint8 prefix[12] = {[10] = 0xff, [11] = 0xff};
	const guint8 *bytes = g_inet_address_to_bytes(address);

	if (g_inet_address_get_family(address) != G_SOCKET_FAMILY_IPV6 ||
	    memcmp(bytes, prefix, sizeof prefix) != 0)
		return g_object_ref(address);
	return g_inet_address_new_from_bytes(bytes + sizeof prefix, G_SOCKET_FAMILY_IPV4);
}

static GInetAddress *
parse(const char *text)
{
	g_autofree char *copy = NULL;
	g_autoptr(GInetAddress) address = NULL;
	gsize length;

	if (g_ascii_strncasecmp(text, "IPv6:", 5) == 0)
		text += 5;
	length = strlen(text);
	if (length > 2 && text[0] == '[' && text[length - 1] == ']')
		copy = g_strndup(text + 1, length - 2);
	address = g_inet_address_new_from_string(copy != NULL ? copy : text);
	return address != NULL ? unmapped(address) : NULL;
}

bool
net_contains(char *const *networks, const char *address)
{
	g_autoptr(GInetAddress) client = NULL;

	if (networks == NULL || networks[0] == NULL || address == NULL)
		return false;
	client = parse(address);
	if (client == NULL)
		return false;
	for (; *networks != NULL; networks++) {
		g_autoptr(GInetAddressMask) mask =
		    g_inet_address_mask_new_from_string(*networks, NULL);

		if (mask != NULL && g_inet_address_mask_matches(mask, client))
			return true;
	}
	return false;
}
