#include "store/item-detail.h"

#include "base/error.h"
#include "store/compress.h"

#include <stdio.h>
#include <string.h>

#define FORM "(msaymsasmsmsmsmsmsay)"
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

static GVariant *
bytes_of(const void *data, gsize size)
{
	return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, data, size, 1);
}

GBytes *
item_detail_pack(const ItemDetail *detail)
{
	g_autoptr(GBytes) header = NULL;
	g_autoptr(GVariant) value = NULL;
	GVariant *recipients = g_variant_new_strv(
	    (const char *const *)detail->recipients->pdata, detail->recipients->len);

	if (detail->header != NULL)
		header = compress_pack(
		    g_bytes_get_data(detail->header, NULL), g_bytes_get_size(detail->header));
	value = g_variant_ref_sink(g_variant_new("(ms@ayms@asmsmsmsmsms@ay)", detail->key,
	    bytes_of(detail->sha256, detail->has_sha256 ? sizeof detail->sha256 : 0),
	    detail->sender, recipients, detail->login, detail->client, detail->owner,
	    detail->folder, detail->note,
	    bytes_of(header != NULL ? g_bytes_get_data(header, NULL) : NULL,
		header != NULL ? g_bytes_get_size(header) : 0)));
	return g_variant_get_data_as_bytes(value);
}

ItemDetail *
item_detail_unpack(GBytes *bytes, GError **error)
{
	g_autoptr(ItemDetail) detail = item_detail_new();
	g_autoptr(GVariant) value =
	    g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(FORM), bytes, FALSE));
	g_autoptr(GVariant) sha = NULL, header = NULL;
	g_auto(GStrv) recipients = NULL;
	const void *data;
	gsize size;

	if (!g_variant_is_normal_form(value)) {
		error_set(error, ERROR_INTERNAL, "The stored detail of an item is damaged");
		return NULL;
	}
	g_variant_get(value, "(ms@ayms^asmsmsmsmsms@ay)", &detail->key, &sha, &detail->sender,
	    &recipients, &detail->login, &detail->client, &detail->owner, &detail->folder,
	    &detail->note, &header);
	for (char **recipient = recipients; *recipient != NULL; recipient++)
		g_ptr_array_add(detail->recipients, g_strdup(*recipient));
	data = g_variant_get_fixed_array(sha, &size, 1);
	if (size == sizeof detail->sha256) {
		memcpy(detail->sha256, data, size);
		detail->has_sha256 = true;
	}
	data = g_variant_get_fixed_array(header, &size, 1);
	if (size > 0 && (detail->header = compress_unpack(data, size, HEADER_MAX, error)) == NULL)
		return NULL;
	return g_steal_pointer(&detail);
}
