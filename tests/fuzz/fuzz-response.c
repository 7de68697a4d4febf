/* The responses that the guard takes out of the dialogue. */
#include "imapsync/response.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autofree char *raw = NULL;
	g_autoptr(UidSet) set = uidset_new();
	g_autoptr(UidSet) again = NULL;
	g_autofree char *uids = NULL;
	g_autoptr(ImapFolder) folder = NULL;
	ImapStatus status;
	bool earlier;

	/* with its NULs, and what behind the last byte may be read */
	memcpy(text, data, size);
	folder = response_list(text, size, NULL);
	if (folder != NULL)
		g_assert(folder->raw != NULL && *folder->raw != '\0');
	response_status(text, size, &raw, &status, NULL);
	response_search(text, size, set, NULL);
	response_vanished(text, size, set, &earlier, NULL);
	uids = uidset_text(set);
	again = uidset_parse(uids, 0, NULL);
	g_assert(uidset_count(again) == uidset_count(set) && !uidset_contains(set, 0));
	return 0;
}
