/*
 * raw-again: reads the raw bytes of every stored message and compares their digest with that of the ledger.
 *
 *	raw-again CONFIG
 */
#include "base/error.h"
#include "crypt/sha256.h"
#include "rules/raw.h"
#include "rules/rights.h"
#include "store/item.h"

#include <stdio.h>
#include <string.h>

typedef struct {
	Store *store;
	Viewer *viewer;
	GHashTable *same; /* messages of which one copy had these bytes */
	guint messages, wrong;
} Check;

static bool
check(const ItemLine *line, gpointer data, GError **error)
{
	Check *c = data;
	g_autoptr(GBytes) raw = NULL;
	guint8 digest[SHA256_SIZE];
	gpointer row = GSIZE_TO_POINTER(line->message.row);
	bool same;

	if (line->message.row == 0 || line->detail == NULL || !line->detail->has_sha256)
		return true;
	raw = raw_read(c->store, c->viewer, &line->message.id, error);
	if (raw == NULL)
		return false;
	sha256_make(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw), digest);
	same = memcmp(digest, line->detail->sha256, sizeof digest) == 0;
	/* A further copy may have other bytes; the first one's are kept. */
	if (same)
		g_hash_table_add(c->same, row);
	else if (line->detail->header == NULL)
		c->wrong++;
	c->messages++;
	return true;
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = conf_load(argv[1], &error);
	g_autoptr(Store) store = conf != NULL ? store_open(conf, STORE_READ_WRITE, &error) : NULL;
	g_autoptr(Viewer) viewer = store != NULL ? rights_viewer_daemon(store, &error) : NULL;
	g_autoptr(GHashTable) same = g_hash_table_new(NULL, NULL);
	Check c = {store, viewer, same, 0, 0};

	if (viewer == NULL || !item_each(store, viewer, check, &c, &error)) {
		fprintf(stderr, "raw-again: %s\n", error->message);
		return 1;
	}
	printf("%u copies, %u messages with their bytes, %u wrong\n", c.messages,
	    g_hash_table_size(same), c.wrong);
	return c.wrong != 0 || c.messages == 0;
}
