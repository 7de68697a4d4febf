#include "store/compress.h"

#include "base/error.h"

#include <string.h>
#include <zstd.h>

/* A higher one takes longer than sealing and SQLite together, and saves some percent. */
#define LEVEL 1

/* Before a frame that needs what stood before; a frame itself begins with another byte. */
#define AFTER 1

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

static GBytes *
pack(ZSTD_CCtx *context, gsize head, const void *data, gsize size)
{
	gsize room = ZSTD_compressBound(size), packed;
	guint8 *buffer = g_malloc(head + room);

	packed = ZSTD_compress2(context, buffer + head, room, data, size);
	g_assert(!ZSTD_isError(packed));
	if (head > 0)
		buffer[0] = AFTER;
	return g_bytes_new_take(g_realloc(buffer, head + packed), head + packed);
}

GBytes *
compress_pack(const void *data, gsize size)
{
	return pack(get_compressor(), 0, data, size);
}

GBytes *
compress_pack_after(GBytes *before, const void *data, gsize size)
{
	ZSTD_CCtx *context = get_compressor();
	gsize length;
	const void *prefix = g_bytes_get_data(before, &length);

	if (length > COMPRESS_BEFORE_MOST)
		return pack(context, 0, data, size);
	/* The window must reach back to the beginning of what stood before. */
	ZSTD_CCtx_setParameter(
	    context, ZSTD_c_windowLog, CLAMP((int)g_bit_storage(length + size), 10, 20));
	ZSTD_CCtx_refPrefix(context, prefix, length);
	return pack(context, 1, data, size);
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
