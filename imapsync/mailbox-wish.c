/* What the core wishes of a mailbox: over a connection of its own, or on the cursor. */
#include "base/error.h"
#include "imapsync/choose.h"
#include "imapsync/mailbox-own.h"

typedef struct {
	Mailbox *mailbox;
	const Wish *wish;
	MailboxFound found;
	gpointer data;
	FolderWork work;
	gint64 sum;
} Search;

static bool
search_folder(Search *search, const ImapFolder *folder, GError **error)
{
	g_autoptr(UidSet) uids = uidset_new();
	ImapStatus status;

	if (!imap_examine(search->work.imap, folder->raw, NULL, &status, NULL, error) ||
	    !imap_search_addresses(search->work.imap, search->wish->addresses, uids, error))
		return false;
	if (uidset_is_empty(uids))
		return true;
	search->sum += (gint64)uidset_count(uids);
	if (!search->found(folder->name, (gint64)uidset_count(uids), search->data))
		return error_set(error, ERROR_TEMPORARY, "Nobody waits for the answer any more.");
	return !search->wish->fetch || folder_take_again(&search->work, folder, uids, error);
}

static bool
search_folders(Search *search, GError **error)
{
	Imap *imap = search->work.imap;
	bool gmail, ok = true;
	g_autoptr(GPtrArray) folders = NULL, chosen = NULL;

	if (!session_begin(search->mailbox->session, imap, error) ||
	    (folders = imap_list(imap, false, error)) == NULL)
		return false;
	gmail = (imap_capabilities(imap) & IMAP_CAN_GMAIL) != 0;
	chosen = choose_folders(search->mailbox->account, folders, gmail);
	for (guint i = 0; i < chosen->len && ok; i++)
		ok = search_folder(search, chosen->pdata[i], error);
	if (ok)
		imap_logout(imap);
	return ok;
}

bool
mailbox_search(Mailbox *mailbox, const Wish *wish, MailboxFound found, gpointer data,
    gint64 *ret_sum, GError **error)
{
	Search search = {mailbox, wish, found, data, mailbox->work, 0};
	bool ok;

	g_mutex_lock(&mailbox->lock);
	search.work.posture = mailbox->posture;
	g_mutex_unlock(&mailbox->lock);
	search.work.pieces = false;
	search.work.urgent = NULL;
	search.work.left = search.work.taken = 0;
	if (search.work.posture == POSTURE_OFF) {
		*ret_sum = 0;
		return true;
	}
	if (!server_enter(mailbox->server))
		return error_set(error, ERROR_TEMPORARY, "The program ends.");
	search.work.imap = session_imap(mailbox->session);
	ok = search_folders(&search, error);
	imap_free(search.work.imap);
	server_leave(mailbox->server);
	if (ok)
		*ret_sum = search.sum;
	return ok;
}

/* From now on exactly these are resolved. Returns how many no longer are. */
static gint64
keep_only(Cursor *cursor, CursorFolder *folder, UidSet *uids)
{
	g_autoptr(UidSet) forgotten = uidset_copy(folder->resolved);

	uidset_remove_set(forgotten, uids);
	uidset_clear(folder->resolved);
	uidset_add_set(folder->resolved, uids);
	folder->uidnext = 0;
	folder->checked = 0;
	g_array_set_size(folder->failures, 0);
	cursor->dirty = true;
	return (gint64)uidset_count(forgotten);
}

static gint64
rewind_all(Cursor *cursor)
{
	g_autoptr(UidSet) none = uidset_new();
	gint64 forgotten = 0;

	for (guint i = 0; i < cursor->folders->len; i++)
		forgotten += keep_only(cursor, cursor->folders->pdata[i], none);
	return forgotten;
}

bool
mailbox_rewind(Mailbox *mailbox, const char *name, gint64 uid_validity, const char *uids,
    gint64 *ret, GError **error)
{
	g_autoptr(UidSet) kept = uidset_parse(uids, 0, error);
	CursorFolder *folder;
	bool ok;

	if (kept == NULL)
		return false;
	g_mutex_lock(&mailbox->lock);
	*ret = 0;
	if (*name == '\0') {
		*ret = rewind_all(mailbox->cursor);
	} else {
		folder = cursor_folder(mailbox->cursor, name);
		if (folder->uidvalidity == 0)
			cursor_reset(mailbox->cursor, folder, (guint32)uid_validity);
		/* of UIDs that the server has given up nothing can be kept or forgotten */
		if (folder->uidvalidity == uid_validity)
			*ret = keep_only(mailbox->cursor, folder, kept);
	}
	ok = cursor_save(mailbox->cursor, true, error);
	mailbox->again = true;
	if (mailbox->imap != NULL)
		imap_wake(mailbox->imap);
	g_cond_broadcast(&mailbox->changed);
	g_mutex_unlock(&mailbox->lock);
	return ok;
}

bool
mailbox_check(Mailbox *mailbox, const char *password, bool *ret, GError **error)
{
	bool ok;

	if (!server_enter(mailbox->server))
		return error_set(error, ERROR_TEMPORARY, "The program ends.");
	ok = session_check(mailbox->session, password, ret, error);
	server_leave(mailbox->server);
	return ok;
}
