/* vCards come from strangers' phones and mail: whatever is read can be written, and read again. */
#include "rules/vcard.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
	g_autoptr(GPtrArray) problems = NULL;
	g_autoptr(GPtrArray) cards = vcard_read(bytes, &problems, NULL);

	for (guint i = 0; cards != NULL && i < cards->len; i++) {
		g_autofree char *name = vcard_name(cards->pdata[i]);
		g_autofree char *old = vcard_write(cards->pdata[i], 30);
		g_autofree char *text = vcard_write(cards->pdata[i], 40);
		g_autoptr(Vcard) again = vcard_parse(text, NULL);

		g_assert_true(g_utf8_validate(text, -1, NULL) && g_utf8_validate(old, -1, NULL));
		g_assert_nonnull(again);
		g_assert_true(name == NULL || *name != '\0' || again->properties->len > 0);
	}
	return 0;
}
