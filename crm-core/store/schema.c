#include "store/schema.h"

/* By version, beginning with 1. */
static const char *const steps[DB_COUNT][3] = {
    [DB_RECORDS] = {schema_records_1, schema_records_2, schema_records_3},
    [DB_KEYS] = {schema_keys_1},
    [DB_ACCESS] = {schema_access_1},
    [DB_SEARCH] = {schema_search_1},
};

int
schema_version(DbFile file)
{
	int version = 0;

	while (version < (int)G_N_ELEMENTS(steps[file]) && steps[file][version] != NULL)
		version++;
	return version;
}

const char *
schema_step(DbFile file, int version)
{
	g_assert(version >= 1 && version <= schema_version(file));
	return steps[file][version - 1];
}
