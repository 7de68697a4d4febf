/* The Key lines of a spool file: what faces strangers wrote them. */
#include "base/error.h"
#include "base/spool_entry.h"

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
	g_autoptr(SpoolEntry) entry = NULL;
	g_autoptr(SpoolEntry) again = NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	gsize offset;

	if (!spool_parse((const char *)data, size, &entry, &offset, &error))
		return 0;
	/* what was understood is written the same way, and understood again */
	entry->size = 0;
	spool_entry_format(entry, text);
	if (!spool_parse(text->str, text->len, &again, &offset, &error))
		g_error("%s\n%s", error->message, text->str);
	return 0;
}
