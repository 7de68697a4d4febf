/* What a server sends, through the guard: the same comes out however the bytes are cut, and nothing that libetpan can't bear. */
#include "imapsync/guard.h"

#include <string.h>

#define LITERAL 1000

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

static void
take(GuardKind kind, const char *response, gsize length, gpointer data)
{
	g_assert(response[length] == '\0');
	g_string_append_printf(data, "%d:", kind);
	g_string_append_len(data, response, (gssize)length);
}

/* What passed, then what was taken, in pieces of chunk bytes; *ret_failed: at which byte it was refused. */
static GString *
run(const guint8 *data, size_t size, size_t chunk, guint wanted, size_t *ret_failed)
{
	GString *passed = g_string_new(NULL);
	g_autoptr(GString) taken = g_string_new(NULL);
	g_autoptr(Guard) guard = guard_new(take, taken);
	g_autofree guint8 *buffer = g_malloc(GUARD_ROOM + chunk);

	guard_expect(guard, wanted, LITERAL, 100000);
	*ret_failed = 0;
	for (size_t at = 0; at < size && *ret_failed == 0; at += chunk) {
		gsize n = MIN(chunk, size - at), length;

		memcpy(buffer + GUARD_ROOM, data + at, n);
		if (guard_filter(guard, buffer, n, &length, NULL))
			g_string_append_len(passed, (char *)buffer, (gssize)length);
		else
			*ret_failed = at + 1;
	}
	g_string_append_len(passed, taken->str, (gssize)taken->len);
	return passed;
}

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
	const guint wanted = size > 0 ? data[size - 1] & 31 : 0;
	size_t failed_whole, failed_single;
	g_autoptr(GString) whole = run(data, size, size + 1, wanted, &failed_whole);
	g_autoptr(GString) single = run(data, size, 1, wanted, &failed_single);

	g_assert((failed_whole != 0) == (failed_single != 0));
	/* Refused bytes are lost with what came in one piece with them. */
	if (failed_whole == 0)
		g_assert(g_string_equal(whole, single));
	return 0;
}
