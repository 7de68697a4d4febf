/* What comes out of the sandbox is untrusted: a record is refused, or has one form only. The first
 * eight bytes are the size of the mail that it claims to describe. */
#include "mail/record.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) bytes = NULL, again = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(Mail) mail = NULL;
	guint64 raw_size;

	g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
	if (size < sizeof(raw_size) + 2)
		return 0;
	memcpy(&raw_size, data, sizeof(raw_size));
	bytes = g_bytes_new_static(data + sizeof(raw_size), size - sizeof(raw_size));
	mail = record_read(bytes, raw_size, &error);
	g_assert_true((mail == NULL) == (error != NULL));
	if (mail == NULL)
		return 0;
	again = record_write(
	    mail, data[sizeof(raw_size) + 1] == RECORD_WIRE ? RECORD_WIRE : RECORD_STORED);
	g_assert_true(g_bytes_equal(bytes, again));
	for (guint i = 0; i < mail->spans->len; i++) {
		const MailSpan *span = &g_array_index(mail->spans, MailSpan, i);
		g_assert_true(g_utf8_validate_len(mail->body + span->offset, span->length, NULL));
	}
	return 0;
}
