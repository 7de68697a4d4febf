#include "store/compress.h"

#include "base/error.h"

#include <string.h>
#include <zstd.h>

/* A higher one takes longer than sealing and SQLite together, and saves some percent. */
#define LEVEL 1

/* Before a frame that needs what stood before, and before one of two (then the length of the first); a frame itself
 * begins with another byte. */
enum { AFTER = 1, TWO };
#define TWO_HEAD 5

static void
free_compressor(gpointer context)
{
	ZSTD_freeCCtx(context);
}

static void
free_decompressor(gpointer context)
{
	ZSTD_freeDCtx(context);
}

static GPrivate compressor = G_PRIVATE_INIT(free_compressor);
static GPrivate decompressor = G_PRIVATE_INIT(free_decompressor);

static ZSTD_CCtx *
get_compressor(void)
{
	ZSTD_CCtx *context = g_private_get(&compressor);

	if (context == NULL) {
		context = ZSTD_createCCtx();
		g_assert(context != NULL);
		g_private_set(&compressor, context);
	}
	ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
	ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL);
	return context;
}

static ZSTD_DCtx *
get_decompressor(void)
{
	ZSTD_DCtx *context = g_private_get(&decompressor);

	if (context == NULL) {
		context = ZSTD_createDCtx();
		g_assert(context != NULL);
		g_private_set(&decompressor, context);
	}
	ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
	return context;
}

/* Behind so many bytes for the caller. */
static guint8 *
pack(gsize head, const void *data, gsize size, gsize *ret_size)
{
	gsize room = ZSTD_compressBound(size), packed;
	guint8 *buffer = g_malloc(head + room);

	packed = ZSTD_compress2(get_compressor(), buffer + head, room, data, size);
	g_assert(!ZSTD_isError(packed));
	*ret_size = head + packed;
	return g_realloc(buffer, head + packed);
}

GBytes *
compress_pack(const void *data, gsize size)
{
	gsize packed_size;
	guint8 *packed = pack(0, data, size, &packed_size);

	return g_bytes_new_take(packed, packed_size);
}

GBytes *
compress_pack_two(GBytes *one, GBytes *other)
{
	gsize one_size, other_size, size;
	const void *first = g_bytes_get_data(one, &one_size);
	const void *second = g_bytes_get_data(other, &other_size);
	g_autofree guint8 *both = g_malloc(one_size + other_size);
	guint8 *packed;

	if (one_size > 0) /* of nothing the data is NULL */
		memcpy(both, first, one_size);
	if (other_size > 0)
		memcpy(both + one_size, second, other_size);
	packed = pack(TWO_HEAD, both, one_size + other_size, &size);
	packed[0] = TWO;
	for (guint i = 1; i < TWO_HEAD; i++, one_size >>= 8)
		packed[i] = (guint8)one_size;
	return g_bytes_new_take(packed, size);
}

static GBytes *
unpack(ZSTD_DCtx *context, const void *packed, gsize size, gsize most, GError **error)
{
	unsigned long long told = ZSTD_getFrameContentSize(packed, size);
	g_autofree guint8 *buffer = NULL;

	if (told == ZSTD_CONTENTSIZE_ERROR || told == ZSTD_CONTENTSIZE_UNKNOWN) {
		error_set(error, ERROR_INTERNAL, "Compressed data is damaged");
		return NULL;
	}
	if (told > most) {
		error_set(error, ERROR_TOO_BIG,
		    "Compressed data of %" G_GSIZE_FORMAT " bytes holds more than %" G_GSIZE_FORMAT,
		    size, most);
		return NULL;
	}
	buffer = g_malloc(told + 1);
	if (ZSTD_decompressDCtx(context, buffer, told, packed, size) != told) {
		error_set(error, ERROR_INTERNAL, "Compressed data is damaged");
		return NULL;
	}
	buffer[told] = '\0';
	return g_bytes_new_take(g_steal_pointer(&buffer), told);
}

GBytes *
compress_unpack(const void *packed, gsize size, gsize most, GError **error)
{
	return unpack(get_decompressor(), packed, size, most, error);
}

bool
compress_needs_before(const void *packed, gsize size)
{
	return size > 0 && *(const guint8 *)packed == AFTER;
}

GBytes *
compress_unpack_after(GBytes *before, const void *packed, gsize size, gsize most, GError **error)
{
	ZSTD_DCtx *context = get_decompressor();
	gsize length;
	const void *prefix = g_bytes_get_data(before, &length);

	g_assert(compress_needs_before(packed, size));
	ZSTD_DCtx_refPrefix(context, prefix, length);
	return unpack(context, (const guint8 *)packed + 1, size - 1, most, error);
}

bool
compress_is_two(const void *packed, gsize size)
{
	return size >= TWO_HEAD && *(const guint8 *)packed == TWO;
}

bool
compress_unpack_two(const void *packed, gsize size, gsize most, GBytes **ret_one,
    GBytes **ret_other, GError **error)
{
	const guint8 *head = packed;
	g_autoptr(GBytes) both = NULL;
	gsize length = 0, both_size;

	g_assert(compress_is_two(packed, size));
	for (guint i = TWO_HEAD - 1; i > 0; i--)
		length = length << 8 | head[i];
	both = compress_unpack(head + TWO_HEAD, size - TWO_HEAD, most, error);
	if (both == NULL)
		return false;
	both_size = g_bytes_get_size(both);
	if (length > both_size)
		return error_set(error, ERROR_INTERNAL, "Compressed data is damaged");
	*ret_one = g_bytes_new_from_bytes(both, 0, length);
	*ret_other = g_bytes_new_from_bytes(both, length, both_size - length);
	return true;
}
