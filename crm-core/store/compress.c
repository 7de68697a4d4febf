#include "store/compress.h"

#include "base/error.h"

#include <zstd.h>

/* Three times as fast as 3 is of no use: sealing and SQLite take longer. */
#define LEVEL 1

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

GBytes *
compress_pack(const void *data, gsize size)
{
	ZSTD_CCtx *context = g_private_get(&compressor);
	gsize room = ZSTD_compressBound(size), packed;
	guint8 *buffer = g_malloc(room);

	if (context == NULL) {
		context = ZSTD_createCCtx();
		g_assert(context != NULL);
		g_private_set(&compressor, context);
	}
	packed = ZSTD_compressCCtx(context, buffer, room, data, size, LEVEL);
	g_assert(!ZSTD_isError(packed));
	return g_bytes_new_take(g_realloc(buffer, packed), packed);
}

GBytes *
compress_unpack(const void *packed, gsize size, gsize most, GError **error)
{
	ZSTD_DCtx *context = g_private_get(&decompressor);
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
	if (context == NULL) {
		context = ZSTD_createDCtx();
		g_assert(context != NULL);
		g_private_set(&decompressor, context);
	}
	buffer = g_malloc(told + 1);
	if (ZSTD_decompressDCtx(context, buffer, told, packed, size) != told) {
		error_set(error, ERROR_INTERNAL, "Compressed data is damaged");
		return NULL;
	}
	buffer[told] = '\0';
	return g_bytes_new_take(g_steal_pointer(&buffer), told);
}
