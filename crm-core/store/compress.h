/*
 * compress: zstd, with contexts that are kept from one call to the next (per thread).
 */
#pragma once

#include <glib.h>

/* A frame that carries its size. */
GBytes *compress_pack(const void *data, gsize size);

/* What compress_pack() was given, followed by a NUL that isn't counted. ERROR_TOO_BIG when it says it
 * is larger than most bytes, ERROR_INTERNAL when it is damaged. */
GBytes *compress_unpack(const void *packed, gsize size, gsize most, GError **error);
