/* All folders of a mailbox, and waiting for news of them. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "imapsync/choose.h"
#include "imapsync/mailbox-own.h"

#include <string.h>

#define WATCHER_SECONDS 1700
#define WATCHER_BACKOFF_MS 60000

typedef struct {
	Mailbox *mailbox;
	GPtrArray *chosen;
	const ImapFolder *current;
} Urgency;

static guint32
known_uidnext(Mailbox *mailbox, const ImapFolder *folder)
{
	const CursorFolder *known;
	guint32 uidnext;

	g_mutex_lock(&mailbox->lock);
	known = cursor_find(mailbox->cursor, folder->name);
	uidnext =
	    known != NULL && known->uidvalidity == folder->status.uidvalidity ? known->uidnext : 0;
	g_mutex_unlock(&mailbox->lock);
	return uidnext;
}

/* Where staff waits for its mail to appear: INBOX and Sent, the first of the chosen. */
static bool
is_hot(const ImapFolder *folder)
{
	return folder->use == IMAP_USE_INBOX || folder->use == IMAP_USE_ALL ||
	       folder->use == IMAP_USE_SENT;
}

static bool
has_news(Mailbox *mailbox, const ImapFolder *folder)
{
	guint32 known = folder->has_status ? known_uidnext(mailbox, folder) : 0;

	return known != 0 && folder->status.uidnext > known;
}

/* While a folder is being walked: has something come into another one whose first walk is over? */
static bool
is_urgent(gpointer data)
{
	Urgency *urgency = data;
	g_autoptr(GPtrArray) hot = g_ptr_array_new();
	bool urgent = false;

	for (guint i = 0; i < urgency->chosen->len; i++) {
		ImapFolder *folder = urgency->chosen->pdata[i];

		if (folder != urgency->current && is_hot(folder) &&
		    known_uidnext(urgency->mailbox, folder) != 0)
			g_ptr_array_add(hot, folder);
	}
	if (hot->len == 0 || !imap_status(urgency->mailbox->work.imap, hot, NULL))
		return false;
	for (guint i = 0; i < hot->len; i++)
		urgent = urgent || has_news(urgency->mailbox, hot->pdata[i]);
	return urgent;
}

static void
note_folder(Mailbox *mailbox, const ImapFolder *folder, const GError *error)
{
	MailboxFailing *failing = NULL;
	g_autofree char *name = NULL, *text = NULL;

	g_mutex_lock(&mailbox->lock);
	for (guint i = 0; i < mailbox->failing->len && failing == NULL; i++)
		if (strcmp(((MailboxFailing *)mailbox->failing->pdata[i])->name, folder->name) == 0)
			failing = mailbox->failing->pdata[i];
	if (error == NULL && failing != NULL)
		g_ptr_array_remove_fast(mailbox->failing, failing);
	if (error != NULL && failing == NULL) {
		failing = g_new0(MailboxFailing, 1);
		failing->name = g_strdup(folder->name);
		g_ptr_array_add(mailbox->failing, failing);
		name = log_quote(folder->name);
		text = log_quote(error->message);
		log_warning("folder-failed", "mailbox=%s folder=%s error=%s text=%s",
		    mailbox->account->login, name, error_name(error_code(error)), text);
	}
	if (error != NULL) {
		g_clear_error(&failing->error);
		failing->error = g_error_copy(error);
		failing->failures++;
	}
	g_mutex_unlock(&mailbox->lock);
}

/* What can't be the folder's fault ends the visit. */
static bool
is_folders_own(Mailbox *mailbox, const GError *error)
{
	return imap_alive(mailbox->work.imap) &&
	       (g_error_matches(error, ERROR_DOMAIN, ERROR_NOT_FOUND) ||
		   g_error_matches(error, ERROR_DOMAIN, ERROR_DENIED) ||
		   g_error_matches(error, ERROR_DOMAIN, ERROR_INVALID));
}

static bool
take_folder(Mailbox *mailbox, const ImapFolder *folder, FolderEnd *end, GError **error)
{
	g_autoptr(GError) failed = NULL;

	if (folder_take(&mailbox->work, folder, end, &failed)) {
		note_folder(mailbox, folder, NULL);
		return true;
	}
	*end = FOLDER_COMPLETE;
	if (!is_folders_own(mailbox, failed)) {
		g_propagate_error(error, g_steal_pointer(&failed));
		return false;
	}
	note_folder(mailbox, folder, failed);
	return true;
}

/* The hot folders that have news, whatever else is going on. */
static bool
take_hot(Mailbox *mailbox, GPtrArray *chosen, GError **error)
{
	for (guint i = 0; i < chosen->len; i++) {
		const ImapFolder *folder = chosen->pdata[i];
		FolderEnd end;

		if (is_hot(folder) && has_news(mailbox, folder) &&
		    !take_folder(mailbox, folder, &end, error))
			return false;
	}
	return true;
}

static gint64
estimate(Mailbox *mailbox, const ImapFolder *folder)
{
	const CursorFolder *known;
	gint64 left = 0;

	if (!folder->has_status)
		return 0;
	g_mutex_lock(&mailbox->lock);
	known = cursor_find(mailbox->cursor, folder->name);
	if (known == NULL || known->uidvalidity != folder->status.uidvalidity)
		left = folder->status.exists;
	else if (known->uidnext == 0)
		left = (gint64)folder->status.exists - (gint64)uidset_count(known->resolved);
	g_mutex_unlock(&mailbox->lock);
	return MAX(left, 0);
}

static void
set_later(Mailbox *mailbox, gint64 later)
{
	g_mutex_lock(&mailbox->lock);
	mailbox->later = later;
	g_mutex_unlock(&mailbox->lock);
}

static bool
walk_chosen(Mailbox *mailbox, GPtrArray *chosen, GError **error)
{
	Urgency urgency = {mailbox, chosen, NULL};
	FolderWork *work = &mailbox->work;
	gint64 later = 0;
	bool ok = true;

	for (guint i = 0; i < chosen->len; i++)
		later += estimate(mailbox, chosen->pdata[i]);
	for (guint i = 0; i < chosen->len && ok; i++) {
		const ImapFolder *folder = urgency.current = chosen->pdata[i];
		FolderEnd end = FOLDER_URGENT;

		later -= estimate(mailbox, folder);
		set_later(mailbox, later);
		while (ok && end == FOLDER_URGENT) {
			work->urgent = is_urgent;
			work->data = &urgency;
			ok = take_folder(mailbox, folder, &end, error);
			work->urgent = NULL;
			if (ok && end == FOLDER_URGENT)
				ok = take_hot(mailbox, chosen, error);
		}
	}
	set_later(mailbox, 0);
	return ok;
}

static void
note_success(Mailbox *mailbox, GPtrArray *chosen)
{
	g_mutex_lock(&mailbox->lock);
	mailbox->cursor->last_success = clock_ms();
	g_clear_error(&mailbox->trouble);
	g_free(mailbox->sent);
	mailbox->sent = NULL;
	mailbox->waiting = 0;
	for (guint i = 0; i < chosen->len; i++) {
		const ImapFolder *folder = chosen->pdata[i];
		const CursorFolder *known = cursor_find(mailbox->cursor, folder->name);

		mailbox->waiting += known != NULL ? known->failures->len : 0;
	}
	for (guint i = 0; i < chosen->len && mailbox->sent == NULL; i++) {
		const ImapFolder *folder = chosen->pdata[i];

		if (choose_use(folder, chosen) == IMAP_USE_SENT)
			mailbox->sent = g_strdup(folder->raw);
	}
	g_cond_broadcast(&mailbox->changed);
	g_mutex_unlock(&mailbox->lock);
}

/* Of the folders that were complete at the last look: their state now. Asked before the list: to a Dovecot that has just
 * listed folders a STATUS costs a look at each message of a Maildir. */
static GPtrArray *
ask_known(Mailbox *mailbox, GError **error)
{
	g_autoptr(GPtrArray) known =
	    g_ptr_array_new_with_free_func((GDestroyNotify)imap_folder_free);

	g_mutex_lock(&mailbox->lock);
	for (guint i = 0; i < mailbox->cursor->folders->len; i++) {
		const CursorFolder *folder = mailbox->cursor->folders->pdata[i];
		ImapFolder *asked;

		if (folder->uidnext == 0 || *folder->raw == '\0')
			continue;
		asked = g_new0(ImapFolder, 1);
		asked->name = g_strdup(folder->name);
		asked->raw = g_strdup(folder->raw);
		asked->selectable = true;
		g_ptr_array_add(known, asked);
	}
	g_mutex_unlock(&mailbox->lock);
	if (known->len > 0 && !imap_status(mailbox->work.imap, known, error))
		return NULL;
	return g_steal_pointer(&known);
}

/* The folders, and the state of those that are asked for or cost nothing more. */
static GPtrArray *
list_folders(Mailbox *mailbox, GError **error)
{
	g_autoptr(GPtrArray) known = ask_known(mailbox, error);
	GPtrArray *folders;

	if (known == NULL)
		return NULL;
	folders = imap_list(mailbox->work.imap, known->len == 0, error);
	for (guint i = 0; folders != NULL && i < folders->len; i++) {
		ImapFolder *folder = folders->pdata[i];

		for (guint j = 0; j < known->len && !folder->has_status; j++) {
			const ImapFolder *asked = known->pdata[j];

			if (!asked->has_status || strcmp(asked->raw, folder->raw) != 0)
				continue;
			folder->has_status = true;
			folder->status = asked->status;
		}
	}
	return folders;
}

/* Those that no command can name fail; those that are there no longer don't. */
static void
note_folders(Mailbox *mailbox, const GPtrArray *folders)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GError) error = NULL;

	error_set(&error, ERROR_INVALID,
	    "The folder can't be opened: its name can't be read, or holds a line break or a NUL.");
	for (guint i = 0; i < folders->len; i++) {
		const ImapFolder *folder = folders->pdata[i];

		g_hash_table_add(names, folder->name);
		if (folder->unnamable && !choose_is_private(mailbox->account, folder))
			note_folder(mailbox, folder, error);
	}
	g_mutex_lock(&mailbox->lock);
	for (guint i = mailbox->failing->len; i-- > 0;) {
		const MailboxFailing *failing = mailbox->failing->pdata[i];

		if (!g_hash_table_contains(names, failing->name))
			g_ptr_array_remove_index_fast(mailbox->failing, i);
	}
	g_mutex_unlock(&mailbox->lock);
}

bool
mailbox_walk(Mailbox *mailbox, GPtrArray **folders, GPtrArray **chosen, GError **error)
{
	bool gmail = (imap_capabilities(mailbox->work.imap) & IMAP_CAN_GMAIL) != 0;

	*folders = list_folders(mailbox, error);
	if (*folders == NULL)
		return false;
	note_folders(mailbox, *folders);
	*chosen = choose_folders(mailbox->account, *folders, gmail);
	if (!walk_chosen(mailbox, *chosen, error))
		return false;
	note_success(mailbox, *chosen);
	return true;
}

/* --- News --------------------------------------------------------------------------------------------- */

/* Did the watcher hear something? */
static bool
take_sent_news(Mailbox *mailbox)
{
	bool news;

	g_mutex_lock(&mailbox->lock);
	news = mailbox->sent_news;
	mailbox->sent_news = false;
	g_mutex_unlock(&mailbox->lock);
	return news;
}

static bool
shall_leave(Mailbox *mailbox)
{
	bool leave;

	g_mutex_lock(&mailbox->lock);
	leave = mailbox->again || mailbox->stopping;
	mailbox->again = false;
	g_mutex_unlock(&mailbox->lock);
	return leave;
}

/* Whatever its status was: something has come since. */
static bool
take_now(Mailbox *mailbox, ImapFolder *folder, GError **error)
{
	FolderEnd end;

	folder->has_status = false;
	return take_folder(mailbox, folder, &end, error);
}

static ImapFolder *
find_sent(GPtrArray *chosen)
{
	for (guint i = 0; i < chosen->len; i++)
		if (choose_use(chosen->pdata[i], chosen) == IMAP_USE_SENT)
			return chosen->pdata[i];
	return NULL;
}

bool
mailbox_watch(Mailbox *mailbox, GPtrArray *folders, GPtrArray *chosen, GError **error)
{
	gint64 interval = mailbox->share->conf->imap.interval * CLOCK_SECOND;
	gint64 until = clock_monotonic_ms() + interval * g_random_int_range(90, 111) / 100;
	ImapFolder *target = chosen->pdata[0], *sent = find_sent(chosen);
	ImapIdle heard = IMAP_IDLE_NEWS;

	mailbox_set_state(mailbox, POLLER_WATCHES);
	while (!shall_leave(mailbox)) {
		gint64 left = until - clock_monotonic_ms();

		if (sent != NULL && sent != target && take_sent_news(mailbox)) {
			if (!take_now(mailbox, sent, error))
				return false;
			heard = IMAP_IDLE_NEWS; /* the target must be opened again */
		}
		if (left <= 0)
			break;
		if (heard == IMAP_IDLE_NEWS && !take_now(mailbox, target, error))
			return false;
		if (!imap_idle(mailbox->work.imap, (guint)(left / CLOCK_SECOND) + 1, &heard, error))
			return false;
	}
	return true;
}

/* --- The watcher --------------------------------------------------------------------------------------- */

static bool
set_watching(Mailbox *mailbox, Imap *imap)
{
	bool go_on;

	g_mutex_lock(&mailbox->lock);
	mailbox->watching = imap;
	go_on = !mailbox->stopping && mailbox->posture != POSTURE_OFF;
	g_mutex_unlock(&mailbox->lock);
	return go_on;
}

static void
wake_walker(Mailbox *mailbox)
{
	g_mutex_lock(&mailbox->lock);
	mailbox->sent_news = true;
	if (mailbox->imap != NULL)
		imap_wake(mailbox->imap);
	g_mutex_unlock(&mailbox->lock);
}

static bool
watch_sent(Mailbox *mailbox, Imap *imap, const char *raw, GError **error)
{
	ImapStatus status;
	ImapIdle heard;

	if (!session_begin(mailbox->session, imap, error) ||
	    !imap_examine(imap, raw, NULL, &status, NULL, error))
		return false;
	wake_walker(mailbox); /* what came between its walk and now */
	while (!mailbox_is_stopping(mailbox)) {
		if (!imap_idle(imap, WATCHER_SECONDS, &heard, error))
			return false;
		if (heard == IMAP_IDLE_NEWS)
			wake_walker(mailbox);
	}
	return true;
}

/* The name of the folder, as soon as a walk has found it. NULL: it shall stop. */
static char *
wait_for_name(Mailbox *mailbox)
{
	char *raw;

	g_mutex_lock(&mailbox->lock);
	while (!mailbox->stopping && (mailbox->sent == NULL || mailbox->posture == POSTURE_OFF))
		g_cond_wait(&mailbox->changed, &mailbox->lock);
	raw = mailbox->stopping ? NULL : g_strdup(mailbox->sent);
	g_mutex_unlock(&mailbox->lock);
	return raw;
}

gpointer
mailbox_run_watcher(gpointer data)
{
	Mailbox *mailbox = data;
	char *raw;

	while ((raw = wait_for_name(mailbox)) != NULL) {
		g_autofree char *name = raw;
		Imap *imap;

		if (!server_enter(mailbox->server))
			return NULL;
		imap = session_imap(mailbox->session);
		/* the walker finds by itself, a little later, what this one misses: no word of failures */
		if (set_watching(mailbox, imap))
			watch_sent(mailbox, imap, name, NULL);
		set_watching(mailbox, NULL);
		imap_free(imap);
		server_leave(mailbox->server);
		if (!mailbox_is_stopping(mailbox))
			mailbox_pause(mailbox, WATCHER_BACKOFF_MS);
	}
	return NULL;
}
