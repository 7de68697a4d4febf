#include "imapsync/imap-private.h"

#include "base/log.h"
#include "imapsync/mutf7.h"

#include <string.h>

void
imap_folder_free(ImapFolder *folder)
{
	if (folder == NULL)
		return;
	g_free(folder->name);
	g_free(folder->raw);
	g_free(folder);
}

/* INBOX is the one name without case. */
static guint
hash_name(gconstpointer raw)
{
	return g_ascii_strcasecmp(raw, "INBOX") == 0 ? 0 : g_str_hash(raw);
}

static gboolean
equal_names(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b) == 0 ||
	       (g_ascii_strcasecmp(a, "INBOX") == 0 && g_ascii_strcasecmp(b, "INBOX") == 0);
}

static const char *
status_items(const Imap *imap)
{
	return (imap->capabilities & IMAP_CAN_CONDSTORE) != 0
		   ? "MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ"
		   : "MESSAGES UIDNEXT UIDVALIDITY";
}

static char *
decode_name(const char *raw, bool utf8)
{
	char *name = utf8 ? NULL : mutf7_decode(raw);

	if (name != NULL)
		return name;
	/* Many a server sends UTF-8 though nobody has asked for it. */
	return g_utf8_validate(raw, -1, NULL) ? g_strdup(raw) : log_escape(raw);
}

GPtrArray *
imap_list(Imap *imap, bool with_status, GError **error)
{
	g_autoptr(GPtrArray) folders =
	    g_ptr_array_new_with_free_func((GDestroyNotify)imap_folder_free);
	const bool at_once = with_status && (imap->capabilities & IMAP_CAN_LIST_STATUS) != 0;
	g_autoptr(GString) options = g_string_new(NULL);

	if (!imap_alive(imap)) {
		imap_private_die(imap, error, ERROR_TEMPORARY, "There is no connection.");
		return NULL;
	}
	/* RETURN comes with LIST-EXTENDED, which LIST-STATUS implies. Where there is neither, a server that knows SPECIAL-USE tells
	 * the uses anyway. */
	if ((imap->capabilities & IMAP_CAN_SPECIAL_USE) != 0 &&
	    (at_once || imap_private_offers(imap, "LIST-EXTENDED")))
		g_string_append(options, "SPECIAL-USE");
	if (at_once)
		g_string_append_printf(
		    options, "%sSTATUS (%s)", options->len > 0 ? " " : "", status_items(imap));
	imap_private_expect(imap, GUARD_LIST | GUARD_STATUS, 0, 16 * 1024 * 1024, 0);
	imap->folders = folders;
	imap->by_raw = g_hash_table_new(hash_name, equal_names);
	imap_private_send(imap,
	    options->len > 0 ? "LIST \"\" \"*\" RETURN (%s)" : "LIST \"\" \"*\"%s", options->str);
	if (imap_private_answer(imap, ERROR_TEMPORARY, "The folders can't be listed", error) !=
	    ANSWER_OK)
		return NULL;
	for (guint i = 0; i < folders->len; i++) {
		ImapFolder *folder = g_ptr_array_index(folders, i);

		folder->name = decode_name(folder->raw, (imap->capabilities & IMAP_CAN_UTF8) != 0);
	}
	imap->folders = NULL;
	if (with_status && !at_once && !imap_status(imap, folders, error))
		return NULL;
	return g_steal_pointer(&folders);
}

/* Commands that are on their way at once: more could fill both directions of the connection, and nobody would read. */
#define STATUS_AT_ONCE 100

bool
imap_status(Imap *imap, GPtrArray *folders, GError **error)
{
	guint asked = 0;

	if (!imap_alive(imap))
		return imap_private_die(imap, error, ERROR_TEMPORARY, "There is no connection.");
	imap_private_expect(imap, GUARD_STATUS, 0, 16 * 1024 * 1024, 0);
	imap->by_raw = g_hash_table_new(hash_name, equal_names);
	for (guint i = 0; i < folders->len; i++) {
		ImapFolder *folder = g_ptr_array_index(folders, i);

		folder->has_status = false;
		if (folder->selectable)
			g_hash_table_insert(imap->by_raw, folder->raw, folder);
	}
	for (guint i = 0, done = 0; i < folders->len || done < asked;) {
		g_autoptr(GError) refused = NULL;

		for (; i < folders->len && asked - done < STATUS_AT_ONCE; i++) {
			const ImapFolder *folder = g_ptr_array_index(folders, i);
			g_autofree char *quoted = imap_private_quote(folder->raw);

			if (!folder->selectable)
				continue;
			imap_private_send(imap, "STATUS %s (%s)", quoted, status_items(imap));
			asked++;
		}
		if (done++ < asked &&
		    imap_private_answer(imap, ERROR_NOT_FOUND, "The folder's state can't be had",
			&refused) == ANSWER_DEAD) {
			g_propagate_error(error, g_steal_pointer(&refused));
			return false;
		}
	}
	return true;
}
