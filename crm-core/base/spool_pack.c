#include "base/spool_pack.h"

#include "base/error.h"

#include <string.h>

#define FIRST_LINE "Kartoteka-Pack: 1\n"
#define ENTRY "Entry: "

G_STATIC_ASSERT(
    sizeof FIRST_LINE + SPOOL_PACK_ITEMS * (sizeof ENTRY + sizeof "65536") <= SPOOL_TABLE_MAX);

void
spool_pack_name(gint64 start, gint64 n, guint count, char name[static SPOOL_NAME_SIZE])
{
	int length = g_snprintf(
	    name, SPOOL_NAME_SIZE, "%" G_GINT64_MODIFIER "x.%010" G_GINT64_FORMAT, start, n);

	if (count > 1)
		g_snprintf(name + length, (gulong)(SPOOL_NAME_SIZE - length), "+%u", count);
}

/* Digits alone, the first of them no 0, up to end; at most max. */
static bool
parse_count(const char *text, const char *end, guint max, guint *ret)
{
	guint count = 0;

	if (text == end || *text == '0')
		return false;
	for (; text < end; text++) {
		if (!g_ascii_isdigit(*text))
			return false;
		count = count * 10 + (guint)(*text - '0');
		if (count > max)
			return false;
	}
	*ret = count;
	return true;
}

bool
spool_pack_parse_name(const char *name, SpoolPack *pack)
{
	const char *plus = strchr(name, '+');
	g_autofree char *id = plus != NULL ? g_strdup_printf("x.%.*s", (int)(plus - name), name)
					   : g_strconcat("x.", name, NULL);
	SpoolKey key;
	guint count = 1;

	if (!spool_key_parse(id, &key, NULL))
		return false;
	if (plus != NULL &&
	    (!parse_count(plus + 1, plus + strlen(plus), SPOOL_PACK_ITEMS, &count) || count == 1 ||
		key.n > G_MAXINT64 - count))
		return false;
	pack->first.start = key.start;
	pack->first.n = key.n;
	pack->count = count;
	return true;
}

void
spool_pack_format(const gsize *lengths, guint count, GString *out)
{
	g_string_append(out, FIRST_LINE);
	for (guint i = 0; i < count; i++)
		g_string_append_printf(out, ENTRY "%" G_GSIZE_FORMAT "\n", lengths[i]);
	g_string_append_c(out, '\n');
}

static bool
damaged(GError **error)
{
	return error_set(error, ERROR_INVALID, "The spool file is damaged: its table is wrong.");
}

/* The length in the next line of the table. */
static bool
parse_entry(const char **at, const char *end, guint *ret)
{
	const gsize prefix = strlen(ENTRY);
	const char *newline = memchr(*at, '\n', (gsize)(end - *at));

	if (newline == NULL || (gsize)(newline - *at) < prefix || memcmp(*at, ENTRY, prefix) != 0 ||
	    !parse_count(*at + prefix, newline, SPOOL_PACKED_MAX, ret))
		return false;
	*at = newline + 1;
	return true;
}

bool
spool_pack_parse(const char *data, gsize length, guint count, SpoolPlace *ret, GError **error)
{
	const char *at = data + strlen(FIRST_LINE), *end = data + MIN(length, SPOOL_TABLE_MAX);
	SpoolPlace places[SPOOL_PACK_ITEMS];
	gsize offset;
	guint taken[SPOOL_PACK_ITEMS];

	g_assert(count <= SPOOL_PACK_ITEMS);
	if (length > SPOOL_PACK_MAX || length < strlen(FIRST_LINE) ||
	    memcmp(data, FIRST_LINE, strlen(FIRST_LINE)) != 0)
		return damaged(error);
	for (guint i = 0; i < count; i++)
		if (!parse_entry(&at, end, &taken[i]))
			return damaged(error);
	if (at == end || *at != '\n')
		return damaged(error);
	offset = (gsize)(at + 1 - data);
	for (guint i = 0; i < count; i++) {
		places[i].offset = MIN(offset, length);
		places[i].length = MIN(taken[i], length - places[i].offset);
		offset += taken[i];
	}
	if (offset < length)
		return damaged(error);
	memcpy(ret, places, count * sizeof *ret);
	return true;
}
