/* Addresses and encoded words: the canonical form is stable, and nothing becomes invalid text. */
#include "mail/address.h"
#include "mail/decode.h"
#include "mail/text.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autofree char *canonical = address_canonical(text);
	g_autofree char *words = decode_words(text);
	g_autofree char *line = text_one_line(words);
	g_autofree char *html = NULL, *flowed = NULL, *name = NULL, *address = NULL;
	g_autoptr(GArray) spans = NULL;

	g_assert_true(g_utf8_validate(words, -1, NULL));
	if (canonical != NULL) {
		g_autofree char *again = address_canonical(canonical);
		g_autofree char *untagged = address_untag(canonical);
		g_autofree char *domain = address_canonical_domain(address_domain(canonical));

		g_assert_cmpstr(canonical, ==, again);
		g_assert_cmpstr(domain, ==, address_domain(canonical));
		g_assert_true(untagged == NULL || strchr(untagged, '@') != NULL);
	}
	if (address_split(text, &name, &address)) {
		g_autofree char *found = address_canonical(address);
		g_assert_nonnull(found);
	}
	html = text_from_html(words, strlen(words));
	flowed = text_unflow(words, false);
	g_assert_true(g_utf8_validate(html, -1, NULL) && g_utf8_validate(flowed, -1, NULL));
	spans = text_mark(words);
	for (guint i = 0; i < spans->len; i++) {
		const MailSpan *span = &g_array_index(spans, MailSpan, i);
		g_assert_true(
		    span->length > 0 && (gsize)span->offset + span->length <= strlen(words));
	}
	return 0;
}
