/* Lists a spool for shell tests: "id kind size rule message-id sender[ params] > rcpt[ params], ... login client queue",
 * a line per item, tab-separated. With an id behind the folder, prints the bytes of that item. Fails on a damaged file. */
#include "base/error.h"
#include "base/spool.h"

#include <stdio.h>
#include <string.h>

static const char *
or_dash(const char *text)
{
	return text != NULL ? text : "-";
}

static void
print_entry(const char *id, const SpoolEntry *entry)
{
	static const char *const kinds[] = {"mail", "private", "start", "vanished", "unfetched"};

	printf("%s\t%s\t%" G_GINT64_FORMAT "\t%s\t%s\t", id, kinds[entry->kind], entry->size,
	    or_dash(entry->rule), or_dash(entry->message_id));
	printf("<%s> %s >", or_dash(entry->sender), or_dash(entry->sender_params));
	for (guint i = 0; i < entry->recipients->len; i++) {
		const SpoolRecipient *recipient = entry->recipients->pdata[i];

		printf(" <%s> %s", recipient->address, or_dash(recipient->params));
	}
	printf("\t%s\t%s\t%s\t%" G_GINT64_MODIFIER "x.%" G_GINT64_FORMAT "\n",
	    or_dash(entry->login), or_dash(entry->client_address), or_dash(entry->queue_id),
	    entry->previous_start, entry->previous_number);
}

static bool
print_pack(const SpoolPack *pack, const char *wanted, GError **error)
{
	g_autoptr(SpoolData) data = spool_load(pack, 0, error);

	for (guint place = 0; data != NULL && place < pack->count; place++) {
		SpoolKey key = spool_pack_key(pack, place);
		g_autoptr(SpoolEntry) entry = NULL;
		g_autoptr(GBytes) bytes = NULL;
		char id[SPOOL_ID_SIZE];

		spool_key_text(&key, id);
		if (wanted != NULL && strcmp(wanted, id) != 0)
			continue;
		if (!spool_read(data, place, &entry, &bytes, error))
			return false;
		if (wanted == NULL)
			print_entry(id, entry);
		else
			fwrite(g_bytes_get_data(bytes, NULL), 1, g_bytes_get_size(bytes), stdout);
	}
	return data != NULL;
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	guint strange = 0;

	for (SpoolLane lane = SPOOL_LIVE; lane <= SPOOL_BACKLOG && error == NULL; lane++) {
		g_autoptr(GPtrArray) packs = spool_scan(argv[1], lane, 0, &strange, &error);

		for (guint i = 0; packs != NULL && i < packs->len; i++)
			if (!print_pack(packs->pdata[i], argc > 2 ? argv[2] : NULL, &error))
				break;
	}
	if (error != NULL)
		fprintf(stderr, "%s\n", error->message);
	return error != NULL || strange > 0;
}
