/* A mail from a stranger: whatever GMime makes of it, its record is one that the parent accepts. */
#include "mail/decode.h"
#include "mail/parse.h"
#include "mail/record.h"
#include "mail/text.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) raw = g_bytes_new_static(data, size);
	g_autoptr(GBytes) wire = NULL, again = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(Mail) mail = NULL, read = NULL;
	g_autofree char *snippet = NULL;
	MailLimits limits = MAIL_LIMITS_DEFAULT;

	g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
	parse_warm_up();
	g_free(parse_lacking_charsets(raw));
	mail = parse_mail(raw, &limits, &error);
	if (mail == NULL)
		return 0;
	wire = record_write(mail, RECORD_WIRE);
	read = record_read(wire, size, &error);
	g_assert_no_error(error);
	again = record_write(read, RECORD_WIRE);
	g_assert_true(g_bytes_equal(wire, again));
	snippet = text_snippet(read->body, read->spans, 100);
	g_assert_true(g_utf8_validate(snippet, -1, NULL));
	for (guint i = 0; i < read->parts->len; i++) {
		const MailPart *part = read->parts->pdata[i];
		g_autoptr(GBytes) decoded = NULL;
		DecodeLayout layout;

		if (part->encoding != MAIL_ENCODING_BASE64)
			continue;
		decoded = decode_base64(raw, part->offset, part->length, &layout);
		if (decoded != NULL) {
			g_autoptr(GBytes) encoded = decode_base64_again(decoded, &layout);
			g_assert_cmpmem(data + part->offset, part->length,
			    g_bytes_get_data(encoded, NULL), g_bytes_get_size(encoded));
		}
	}
	return 0;
}
