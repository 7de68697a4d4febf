/*
 * compress: zstd, with contexts that are kept from one call to the next (per thread).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A frame that carries its size. */
GBytes *compress_pack(const void *data, gsize size);

/* What compress_pack() was given, followed by a NUL that isn't counted. ERROR_TOO_BIG when it says it
 * is larger than most bytes, ERROR_INTERNAL when it is damaged. */
GBytes *compress_unpack(const void *packed, gsize size, gsize most, GError **error);

/* The same for data that says much of what stands in "before" again (what the parser made of a mail, and
 * the mail): only the difference takes room, but "before" is needed to unpack it. */
#define COMPRESS_BEFORE_MOST (256 * 1024) /* bytes; with more it is packed alone */
GBytes *compress_pack_after(GBytes *before, const void *data, gsize size);
bool compress_needs_before(const void *packed, gsize size);
GBytes *compress_unpack_after(
    GBytes *before, const void *packed, gsize size, gsize most, GError **error);
