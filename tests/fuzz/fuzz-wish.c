/* A wish and its reply: what each end of the control socket hears. */
#include "base/wish.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
	g_autoptr(Wish) wish = wish_parse((const char *)data, size, NULL);
	g_autoptr(WishReply) reply = wish_reply_parse((const char *)data, size, NULL);

	if (wish != NULL) {
		g_autoptr(GString) line = wish_format(wish);
		g_autoptr(Wish) again = wish_parse(line->str, line->len - 1, NULL);
		g_autoptr(GString) second = again != NULL ? wish_format(again) : NULL;

		/* what was understood is written the same way, and understood again */
		if (second == NULL || strcmp(line->str, second->str) != 0)
			g_error("%s", line->str);
	}
	return 0;
}
