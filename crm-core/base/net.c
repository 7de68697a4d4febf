#include "base/net.h"

#include <arpa/inet.h>
#include <string.h>

/* By hand, because GInetAddress would make every CGI load and relocate GIO. */
typedef struct {
	guint8 bytes[16];
	guint length; /* 4 or 16 */
} Address;

static bool
parse(const char *text, Address *ret)
{
	ret->length = 4;
	if (inet_pton(AF_INET, text, ret->bytes) == 1)
		return true;
	ret->length = 16;
	return inet_pton(AF_INET6, text, ret->bytes) == 1;
}

/* An IPv6 address that begins so is the IPv4 address behind it. */
static void
unwrap(Address *address, const guint8 prefix[static 12])
{
	if (address->length == 16 && memcmp(address->bytes, prefix, 12) == 0) {
		memmove(address->bytes, address->bytes + 12, 4);
		address->length = 4;
	}
}

/* As MTAs write it: "IPv6:...", "[...]"; ::ffff:192.0.2.1 becomes 192.0.2.1. */
static bool
parse_client(const char *text, Address *ret)
{
	static const guint8 mapped[12] = {[10] = 0xff, [11] = 0xff};
	g_autofree char *copy = NULL;
	gsize length;

	if (g_ascii_strncasecmp(text, "IPv6:", 5) == 0)
		text += 5;
	length = strlen(text);
	if (length > 2 && text[0] == '[' && text[length - 1] == ']')
		copy = g_strndup(text + 1, length - 2);
	if (!parse(copy != NULL ? copy : text, ret))
		return false;
	unwrap(ret, mapped);
	return true;
}

/* Do the first bits agree? */
static bool
is_within(const Address *address, const Address *network, guint bits)
{
	guint whole = bits / 8;
	guint8 mask = (guint8)(0xff00 >> bits % 8);

	return address->length == network->length &&
	       memcmp(address->bytes, network->bytes, whole) == 0 &&
	       (bits % 8 == 0 || ((address->bytes[whole] ^ network->bytes[whole]) & mask) == 0);
}

/* "192.0.2.0/24" or one address; bits behind the prefix must be 0. */
static bool
parse_network(const char *text, Address *ret, guint *ret_bits)
{
	const char *slash = strchr(text, '/');
	g_autofree char *address = slash ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
	guint64 bits;

	if (!parse(address, ret))
		return false;
	bits = ret->length * 8;
	if (slash != NULL && !g_ascii_string_to_unsigned(slash + 1, 10, 0, bits, &bits, NULL))
		return false;
	for (guint i = 0; i < ret->length * 8; i++) {
		bool set = (ret->bytes[i / 8] & (0x80 >> i % 8)) != 0;

		if (set && i >= bits)
			return false;
	}
	*ret_bits = (guint)bits;
	return true;
}

bool
net_is_valid(const char *network)
{
	Address address;
	guint bits;

	return parse_network(network, &address, &bits);
}

bool
net_contains(char *const *networks, const char *address)
{
	Address client, network;
	guint bits;

	if (networks == NULL || address == NULL || !parse_client(address, &client))
		return false;
	for (; *networks != NULL; networks++)
		if (parse_network(*networks, &network, &bits) && is_within(&client, &network, bits))
			return true;
	return false;
}

char *
net_party(const char *address)
{
	static const guint8 translated[12] = {0x00, 0x64, 0xff, 0x9b};
	char text[INET6_ADDRSTRLEN];
	Address client;

	if (!parse_client(address, &client))
		return g_strdup(address);
	unwrap(&client, translated);
	if (client.length == 4)
		return g_strdup(inet_ntop(AF_INET, client.bytes, text, sizeof text));
	memset(client.bytes + 8, 0, 8);
	inet_ntop(AF_INET6, client.bytes, text, sizeof text);
	return g_strconcat(text, "/64", NULL);
}
