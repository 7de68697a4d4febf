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

/* Two, of which the second says much of the first again (what the parser made of a mail, and the mail), in one frame
 * with a byte of its own before it. */
GBytes *compress_pack_two(GBytes *one, GBytes *other);
bool compress_is_two(const void *packed, gsize size);
bool compress_unpack_two(const void *packed, gsize size, gsize most, GBytes **ret_one,
    GBytes **ret_other, GError **error);

/* How that was kept before (kartoteka.db, version 2): apart, as the difference to "before", which is needed to unpack
 * it. */
bool compress_needs_before(const void *packed, gsize size);
GBytes *compress_unpack_after(
    GBytes *before, const void *packed, gsize size, gsize most, GError **error);
