#include "store/card.h"

#include "base/error.h"
#include "store/key.h"

#include <string.h>

/* Stored little-endian, whatever the machine. */
static GVariant *
swap(GVariant *value)
{
	return G_BYTE_ORDER == G_LITTLE_ENDIAN ? g_variant_ref(value) : g_variant_byteswap(value);
}

GBytes *
card_seal(
    StoreTx *tx, gint64 *key_id, const char *table, const Id *id, GVariant *value, GError **error)
{
	g_autoptr(GVariant) own = g_variant_ref_sink(value);
	g_autoptr(GVariant) stored = swap(own);
	gint64 key = *key_id;
	GBytes *sealed;

	if (key == 0 && !key_claim(tx, &key, error))
		return NULL;
	sealed = key_seal(tx->store, key, table, id, "card", g_variant_get_data(stored),
	    g_variant_get_size(stored), error);
	if (sealed != NULL)
		*key_id = key;
	return sealed;
}

GVariant *
card_open(Store *store, DbStmt *stmt, int key_column, int card_column, const char *table,
    const Id *id, const char *type, GError **error)
{
	g_autoptr(GBytes) plain = NULL;
	g_autoptr(GVariant) stored = NULL, value = NULL;
	const guint8 *sealed;
	gsize size;

	sealed = db_blob(stmt, card_column, &size);
	plain = key_unseal(store, db_int(stmt, key_column), table, id, "card", sealed, size, error);
	if (plain == NULL)
		return NULL;
	stored = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(type), plain, FALSE));
	value = swap(stored);
	if (!g_variant_is_normal_form(value)) {
		error_set(error, ERROR_INTERNAL,
		    "A record of %s is damaged: run \"kartoteka db check\".", table);
		return NULL;
	}
	return g_steal_pointer(&value);
}

char *
card_fold(const char *name)
{
	g_autofree char *normal = g_utf8_normalize(name, -1, G_NORMALIZE_ALL_COMPOSE);
	g_autofree char *folded = g_utf8_casefold(normal == NULL ? name : normal, -1);

	return g_strdup(g_strstrip(folded));
}

char **
card_with(char *const *strings, const char *more)
{
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();

	g_strv_builder_addv(all, (const char **)strings);
	g_strv_builder_add(all, more);
	return g_strv_builder_end(all);
}

char **
card_without(char *const *strings, guint index)
{
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();

	for (guint i = 0; strings[i] != NULL; i++)
		if (i != index)
			g_strv_builder_add(all, strings[i]);
	return g_strv_builder_end(all);
}
