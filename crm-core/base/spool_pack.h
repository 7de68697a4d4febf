/*
 * spool_pack: the name and the table of a pack as text, for spool_*.c alone.
 *
 * Before the entries of a pack stands how much each of them takes, lines and bytes; there are as many as the name
 * says:
 *
 *	Kartoteka-Pack: 1
 *	Entry: 5561
 *	Entry: 2304
 *
 * and an empty line. So an entry that is damaged leaves the others where they are.
 */
#pragma once

#include "base/spool.h"

#define SPOOL_NAME_SIZE 72
/* An entry that takes more has a file of its own: a pack is held in memory as one piece. */
#define SPOOL_PACKED_MAX (64 << 10)
#define SPOOL_TABLE_MAX 1024
#define SPOOL_PACK_MAX (SPOOL_TABLE_MAX + SPOOL_PACK_ITEMS * SPOOL_PACKED_MAX)

/* "19d3a5b7c21.0000000017", with "+64" behind it when there are several. */
void spool_pack_name(gint64 start, gint64 n, guint count, char name[static SPOOL_NAME_SIZE]);
/* Sets start, n and count; false, with *pack as it was: no spool file's name. */
bool spool_pack_parse_name(const char *name, SpoolPack *pack);

typedef struct {
	gsize offset, length;
} SpoolPlace;

void spool_pack_format(const gsize *lengths, guint count, GString *out);

/* data is the whole file, or more than SPOOL_PACK_MAX of it. Sets count places: what is there of each entry, nothing of one that lies behind the end of a
 * file that was cut off. ERROR_INVALID: the table can't be told, or doesn't speak of all that is there. */
bool spool_pack_parse(const char *data, gsize length, guint count, SpoolPlace *ret, GError **error);
