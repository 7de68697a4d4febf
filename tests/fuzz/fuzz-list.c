/* Lists of contacts (CSV, LDIF) come from anywhere: each entry is a card that can be written and read. */
#include "rules/contact-import.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = {NULL, "csv", "ldif"};
	g_autoptr(GBytes) bytes = g_bytes_new_static(data + (size > 0), size - (size > 0));
	ContactImportOptions options = {.format = size == 0 ? NULL : formats[data[0] % 3]};
	g_autoptr(ContactImport) import = contact_import_read(bytes, &options, NULL);

	for (guint i = 0; import != NULL && i < import->entries->len; i++) {
		const ContactImportEntry *entry = import->entries->pdata[i];
		g_autofree char *text = vcard_write(entry->card, 40);
		g_autoptr(Vcard) again = vcard_parse(text, NULL);

		g_assert_true(g_utf8_validate(text, -1, NULL));
		g_assert_nonnull(again);
	}
	return 0;
}
