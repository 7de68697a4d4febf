#include "base/id.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define POOL 16

/* From the kernel in portions: a batch of mail draws hundreds. Not shared with a forked child. */
Id
id_new(void)
{
	static _Thread_local Id ready[POOL];
	static _Thread_local guint left;
	static _Thread_local pid_t owner;

	if (left == 0 || owner != getpid()) {
		/* Up to 256 bytes getrandom() neither blocks (after boot) nor returns short. */
		if (getrandom(ready, sizeof ready, 0) != sizeof ready)
			g_error("getrandom: %s", g_strerror(errno));
		owner = getpid();
		left = POOL;
	}
	return ready[--left];
}

bool
id_equal(const Id *a, const Id *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool
id_is_zero(const Id *id)
{
	static const Id zero;

	return id_equal(id, &zero);
}

void
id_to_text(const Id *id, char text[static ID_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof id->bytes; i++) {
		text[2 * i] = digits[id->bytes[i] >> 4];
		text[2 * i + 1] = digits[id->bytes[i] & 15];
	}
	text[ID_TEXT_SIZE - 1] = '\0';
}

char *
id_text(const Id *id)
{
	char *text = g_malloc(ID_TEXT_SIZE);

	id_to_text(id, text);
	return text;
}

bool
id_parse(const char *text, Id *ret, GError **error)
{
	Id id;

	if (text == NULL || strlen(text) != ID_TEXT_SIZE - 1)
		return error_set(error, ERROR_INVALID, "An id has 32 hexadecimal digits.");
	for (size_t i = 0; i < sizeof id.bytes; i++) {
		int high = g_ascii_xdigit_value(text[2 * i]);
		int low = g_ascii_xdigit_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return error_set(error, ERROR_INVALID, "An id has 32 hexadecimal digits.");
		id.bytes[i] = (guint8)(high << 4 | low);
	}
	*ret = id;
	return true;
}
