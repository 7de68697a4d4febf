/*
 * A store of its own in a temporary folder, for unit tests: test_store_set_up and _tear_down fit
 * g_test_add(..., TestStore, NULL, test_store_set_up, ..., test_store_tear_down).
 */
#pragma once

#include "base/error.h"
#include "store/db.h"

#include <glib.h>

typedef struct {
	char *folder;
	Conf *conf;
	Store *store;
} TestStore;

static const Actor test_actor = {.kind = ACTOR_DAEMON};

static inline Conf *
test_store_conf(const char *folder)
{
	g_autofree char *text = g_strdup_printf("[data]\n"
						"directory = %s/data\n"
						"master-key-file = %s/master.key\n"
						"erasure-ledger-file = %s/erasures\n",
	    folder, folder, folder);
	g_autoptr(GError) error = NULL;
	Conf *conf = conf_parse(text, "test", &error);

	g_assert_no_error(error);
	return conf;
}

static inline void
test_store_set_up(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	t->folder = g_dir_make_tmp("store-XXXXXX", NULL);
	t->conf = test_store_conf(t->folder);
	t->store = store_open(t->conf, STORE_CREATE, &error);
	g_assert_no_error(error);
	g_assert_nonnull(t->store);
}

static inline void
test_store_tear_down(TestStore *t, gconstpointer data)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", t->folder);

	store_free(t->store);
	conf_free(t->conf);
	g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
	g_free(t->folder);
}

/* The one number that a query gives. */
static inline gint64
test_store_number(Store *store, DbFile file, const char *sql)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(DbStmt) stmt = db_stmt(store, file, sql, &error);

	g_assert_no_error(error);
	g_assert_cmpint(db_step(stmt, &error), ==, DB_ROW);
	return db_int(stmt, 0);
}
