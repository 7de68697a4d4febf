#include "rules/rewind.h"

#include "base/spool.h"
#include "base/wish.h"
#include "rules/rights.h"
#include "store/item.h"
#include "store/numbers.h"

#define SILENCE 60 /* seconds that the poller may take over one folder */

/* What the records hold of one folder, of its newest UIDVALIDITY: UIDs of an older one are of no use any more. */
typedef struct {
	char *owner, *folder;
	gint64 validity;
	GArray *uids; /* gint64, in the order of intake */
} Folder;

static void
folder_free(gpointer data)
{
	Folder *folder = data;

	g_free(folder->owner);
	g_free(folder->folder);
	g_array_unref(folder->uids);
	g_free(folder);
}

static bool
collect(const ItemLine *line, gpointer data, GError **error)
{
	GHashTable *folders = data;
	const ItemDetail *detail = line->detail;
	g_autofree char *place = NULL;
	gint64 validity, uid;
	Folder *folder;

	if (line->kind != SPOOL_IMAP || detail == NULL || detail->owner == NULL ||
	    detail->folder == NULL || detail->key == NULL ||
	    !item_imap_key_parse(detail->key, &validity, &uid) || uid <= 0 || uid > G_MAXUINT32)
		return true;
	place = g_strdup_printf("%s\n%s", detail->owner, detail->folder);
	folder = g_hash_table_lookup(folders, place);
	if (folder == NULL) {
		folder = g_new0(Folder, 1);
		folder->owner = g_strdup(detail->owner);
		folder->folder = g_strdup(detail->folder);
		folder->uids = g_array_new(FALSE, FALSE, sizeof(gint64));
		g_hash_table_insert(folders, g_steal_pointer(&place), folder);
	}
	if (validity > folder->validity) {
		g_array_set_size(folder->uids, 0);
		folder->validity = validity;
	}
	if (validity == folder->validity)
		g_array_append_val(folder->uids, uid);
	return true;
}

static int
by_number(gconstpointer a, gconstpointer b)
{
	gint64 one = *(const gint64 *)a, other = *(const gint64 *)b;

	return one < other ? -1 : one > other;
}

/* "1:5,9" */
static char *
uids_text(GArray *uids, gint64 *count)
{
	g_autoptr(GString) text = g_string_new(NULL);
	guint i = 0;

	g_array_sort(uids, by_number);
	while (i < uids->len) {
		gint64 first = g_array_index(uids, gint64, i), last = first;

		for (; i < uids->len && g_array_index(uids, gint64, i) <= last + 1; i++)
			last = g_array_index(uids, gint64, i);
		g_string_append_printf(
		    text, "%s%" G_GINT64_FORMAT, text->len > 0 ? "," : "", first);
		if (last > first)
			g_string_append_printf(text, ":%" G_GINT64_FORMAT, last);
		*count += last - first + 1;
	}
	return g_strdup(text->str);
}

static bool
ask(Session *session, const Wish *wish, gint64 *forgotten, GError **error)
{
	g_autoptr(WishReply) reply =
	    wish_ask(store_conf(session->store)->imap.control_socket, wish, SILENCE, error);

	if (reply == NULL)
		return false;
	*forgotten += g_ascii_strtoll(reply->value, NULL, 10);
	return true;
}

/* Everything is forgotten first: of folders of which the records know nothing, too. */
static bool
forget(Session *session, RewindResult *result, GError **error)
{
	g_autoptr(Wish) wish = wish_new(WISH_REWIND);

	wish->folder = g_strdup("");
	wish->uids = g_strdup("");
	return ask(session, wish, &result->forgotten, error);
}

static bool
tell(Session *session, const Folder *folder, RewindResult *result, GError **error)
{
	g_autoptr(Wish) wish = wish_new(WISH_REWIND);
	gint64 none = 0;

	wish->login = g_strdup(folder->owner);
	wish->folder = g_strdup(folder->folder);
	wish->uid_validity = folder->validity;
	wish->uids = uids_text(folder->uids, &result->kept);
	result->folders++;
	return ask(session, wish, &none, error);
}

static bool
tell_all(Session *session, GHashTable *folders, RewindResult *result, GError **error)
{
	GHashTableIter iter;
	gpointer folder;

	if (!forget(session, result, error))
		return false;
	g_hash_table_iter_init(&iter, folders);
	while (g_hash_table_iter_next(&iter, NULL, &folder))
		if (!tell(session, folder, result, error))
			return false;
	result->forgotten = MAX(0, result->forgotten - result->kept);
	return true;
}

bool
rewind_poller(Session *session, RewindResult *ret, GError **error)
{
	g_autoptr(GHashTable) folders =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, folder_free);
	g_autoptr(Viewer) system = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;
	RewindResult result = {0};

	if ((!id_is_zero(&session->actor.user) && !rights_require_administrator(session, error)) ||
	    (system = rights_viewer_daemon(session->store, error)) == NULL ||
	    !item_each(session->store, system, collect, folders, error) ||
	    !tell_all(session, folders, &result, error) ||
	    !session_begin(session, &tx, NULL, error) ||
	    !session_commit(session, &tx, PURPOSE_ADMINISTER, "mailbox rewind", error) ||
	    !numbers_set_rewind_due(session->store, 0, error))
		return false;
	*ret = result;
	return true;
}
