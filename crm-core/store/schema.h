/*
 * schema: the SQL of store/schema/ inside the program, and which version each file has.
 *
 * NAME-VERSION.sql raises the file NAME from VERSION-1 to VERSION; a landed one is never edited once
 * released. A new one is a line in local.mk, here and in schema_step(). For store/ alone.
 */
#pragma once

#include "store/db.h"

extern const char schema_records_1[];
extern const char schema_records_2[];
extern const char schema_records_3[];
extern const char schema_keys_1[];
extern const char schema_access_1[];
extern const char schema_search_1[];

int schema_version(DbFile file);                   /* that this program speaks */
const char *schema_step(DbFile file, int version); /* the SQL that leads to version */
