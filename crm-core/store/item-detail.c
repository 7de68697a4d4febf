#include "store/item-detail.h"

#include "base/error.h"
#include "base/pack.h"
#include "store/compress.h"

#include <stdio.h>
#include <string.h>

#define VERSION 1
#define RECIPIENTS_MAX 1000000
#define HEADER_MAX (4 << 20)

char *
item_imap_key(const char *owner, const char *folder, gint64 validity, gint64 uid)
{
	return g_strdup_printf("%s/%s;UIDVALIDITY=%" G_GINT64_FORMAT "/;UID=%" G_GINT64_FORMAT,
	    owner != NULL ? owner : "", folder != NULL ? folder : "", validity, uid);
}

bool
item_imap_key_parse(const char *key, gint64 *ret_validity, gint64 *ret_uid)
{
	const char *last = NULL;

	/* a folder may be named like that, too */
	for (const char *p = key; (p = strstr(p, ";UIDVALIDITY=")) != NULL; p++)
		last = p;
	return last != NULL &&
	       sscanf(last, ";UIDVALIDITY=%" G_GINT64_FORMAT "/;UID=%" G_GINT64_FORMAT,
		   ret_validity, ret_uid) == 2;
}

ItemDetail *
item_detail_new(void)
{
	ItemDetail *detail = g_new0(ItemDetail, 1);

	detail->recipients = g_ptr_array_new_with_free_func(g_free);
	return detail;
}

void
item_detail_free(ItemDetail *detail)
{
	if (detail == NULL)
		return;
	g_free(detail->key);
	g_free(detail->sender);
	g_clear_pointer(&detail->recipients, g_ptr_array_unref);
	g_free(detail->login);
	g_free(detail->client);
	g_free(detail->owner);
	g_free(detail->folder);
	g_free(detail->note);
	g_clear_pointer(&detail->header, g_bytes_unref);
	g_free(detail);
}

GBytes *
item_detail_pack(const ItemDetail *detail)
{
	GByteArray *to = g_byte_array_sized_new(512);
	g_autoptr(GBytes) header = NULL;
	const void *data = NULL;
	gsize size = 0;

	pack_number(to, VERSION);
	pack_text(to, detail->key);
	pack_bytes(to, detail->has_sha256 ? detail->sha256 : NULL, sizeof detail->sha256);
	pack_text(to, detail->sender);
	pack_number(to, detail->recipients->len);
	for (guint i = 0; i < detail->recipients->len; i++)
		pack_text(to, g_ptr_array_index(detail->recipients, i));
	pack_text(to, detail->login);
	pack_text(to, detail->client);
	pack_text(to, detail->owner);
	pack_text(to, detail->folder);
	pack_text(to, detail->note);
	if (detail->header != NULL) {
		header = compress_pack(
		    g_bytes_get_data(detail->header, NULL), g_bytes_get_size(detail->header));
		data = g_bytes_get_data(header, &size);
	}
	pack_bytes(to, data, size);
	return g_byte_array_free_to_bytes(to);
}

static void
unpack_sha256(Unpack *in, ItemDetail *detail)
{
	gsize size;
	const void *sha256 = unpack_bytes(in, &size);

	if (sha256 == NULL)
		return;
	if (size != sizeof detail->sha256) {
		unpack_refuse(in, "a digest has another size");
		return;
	}
	memcpy(detail->sha256, sha256, size);
	detail->has_sha256 = true;
}

ItemDetail *
item_detail_unpack(GBytes *bytes, GError **error)
{
	g_autoptr(ItemDetail) detail = item_detail_new();
	Unpack in = unpack_begin(bytes);
	const void *header;
	gsize size;

	if (unpack_number(&in, VERSION, "its version is unknown") != VERSION)
		unpack_refuse(&in, "its version is unknown");
	detail->key = unpack_text(&in);
	unpack_sha256(&in, detail);
	detail->sender = unpack_text(&in);
	for (guint n = unpack_count(&in, RECIPIENTS_MAX); n > 0; n--)
		g_ptr_array_add(detail->recipients, unpack_text(&in));
	detail->login = unpack_text(&in);
	detail->client = unpack_text(&in);
	detail->owner = unpack_text(&in);
	detail->folder = unpack_text(&in);
	detail->note = unpack_text(&in);
	header = unpack_bytes(&in, &size);
	if (!unpack_end(&in)) {
		error_set(
		    error, ERROR_INTERNAL, "The stored detail of an item is damaged: %s", in.wrong);
		return NULL;
	}
	if (header != NULL &&
	    (detail->header = compress_unpack(header, size, HEADER_MAX, error)) == NULL)
		return NULL;
	return g_steal_pointer(&detail);
}
