/*
 * collate: in which order names stand in a list. One order for Czech and English, without the machine's
 * locales: letters before their accented forms, but č, ř, š and ž letters of their own, ch after h (ČSN 97
 * 6030). Case counts last.
 */
#pragma once

#include <glib.h>

/* Bytes that memcmp() orders as the names should stand. */
GBytes *collate_key(const char *name);
