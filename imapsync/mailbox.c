#include "imapsync/mailbox-own.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define BACKOFF_FIRST_MS 2000
#define BACKOFF_LAST_MS 45000  /* with its jitter less than a minute */
#define REFUSED_FIRST_MS 15000 /* a server that refuses the log-in may count how often */
#define REFUSED_LAST_MS (10 * 60000)
#define ONCE_TRIES 3

void
mailbox_failing_free(gpointer data)
{
	MailboxFailing *failing = data;

	g_free(failing->name);
	g_clear_error(&failing->error);
	g_free(failing);
}

Mailbox *
mailbox_new(const MailboxShare *share, const Account *account, Server *server, GError **error)
{
	bool damaged = false;
	Cursor *cursor = cursor_open(share->conf->imap.directory, account->login, &damaged, error);
	Mailbox *mailbox;

	if (cursor == NULL)
		return NULL;
	if (damaged)
		log_error("cursor-damaged",
		    "mailbox=%s text=\"It was put aside; everything is walked again.\"",
		    account->login);
	mailbox = g_new0(Mailbox, 1);
	mailbox->share = share;
	mailbox->account = account;
	mailbox->server = server;
	mailbox->session = session_new(share->conf, account);
	mailbox->cursor = cursor;
	mailbox->posture = POSTURE_OFF;
	mailbox->state = POLLER_WAITS;
	mailbox->started = clock_ms();
	mailbox->failing = g_ptr_array_new_with_free_func(mailbox_failing_free);
	g_mutex_init(&mailbox->lock);
	g_cond_init(&mailbox->changed);
	if (cursor->since == 0) {
		cursor->since = mailbox->started;
		cursor->dirty = true;
	}
	mailbox->work = (FolderWork){
	    .conf = share->conf,
	    .account = account,
	    .server = server,
	    .spool = share->spool,
	    .writer = share->writer,
	    .cursor = cursor,
	    .lock = &mailbox->lock,
	};
	return mailbox;
}

void
mailbox_free(Mailbox *mailbox)
{
	if (mailbox == NULL)
		return;
	g_clear_error(&mailbox->trouble);
	g_ptr_array_unref(mailbox->failing);
	g_free(mailbox->sent);
	cursor_free(mailbox->cursor);
	session_free(mailbox->session);
	g_cond_clear(&mailbox->changed);
	g_mutex_clear(&mailbox->lock);
	g_free(mailbox);
}

const Account *
mailbox_account(const Mailbox *mailbox)
{
	return mailbox->account;
}

bool
mailbox_is_stopping(Mailbox *mailbox)
{
	bool stopping;

	g_mutex_lock(&mailbox->lock);
	stopping = mailbox->stopping;
	g_mutex_unlock(&mailbox->lock);
	return stopping;
}

void
mailbox_set_state(Mailbox *mailbox, PollerState state)
{
	g_mutex_lock(&mailbox->lock);
	mailbox->state = state;
	g_mutex_unlock(&mailbox->lock);
}

bool
mailbox_pause(Mailbox *mailbox, gint64 ms)
{
	gint64 until = g_get_monotonic_time() + ms * 1000;
	bool stopping;

	g_mutex_lock(&mailbox->lock);
	while (!mailbox->stopping && !mailbox->again)
		if (!g_cond_wait_until(&mailbox->changed, &mailbox->lock, until))
			break;
	stopping = mailbox->stopping;
	g_mutex_unlock(&mailbox->lock);
	return !stopping;
}

/* --- One visit -------------------------------------------------------------------------------------- */

/* Walks, and stays to hear of news as long as the server has room for that. */
static bool
stay(Mailbox *mailbox, GError **error)
{
	bool watches = !mailbox->share->once && server_may_watch(mailbox->server);
	bool ok = true;

	while (ok) {
		g_autoptr(GPtrArray) folders = NULL, chosen = NULL;

		mailbox_set_state(mailbox, POLLER_WALKS);
		ok = mailbox_walk(mailbox, &folders, &chosen, error);
		if (!ok || !watches || chosen->len == 0)
			break;
		turns_leave(mailbox->share->turns);
		ok = mailbox_watch(mailbox, folders, chosen, error);
		/* closed only when the program ends, and then the connection is cancelled, too */
		if (!turns_enter(mailbox->share->turns))
			return ok && error_set(error, ERROR_TEMPORARY, "The program ends.");
	}
	turns_leave(mailbox->share->turns);
	return ok;
}

static bool
set_imap(Mailbox *mailbox, Imap *imap)
{
	bool go_on;

	g_mutex_lock(&mailbox->lock);
	mailbox->imap = mailbox->work.imap = imap;
	mailbox->work.posture = mailbox->posture;
	go_on = !mailbox->stopping && mailbox->posture != POSTURE_OFF;
	g_mutex_unlock(&mailbox->lock);
	return go_on;
}

static void
log_visit(const Mailbox *mailbox, Imap *imap)
{
	ImapCounters counters = imap_counters(imap);

	log_debug("visited",
	    "mailbox=%s round-trips=%u received=%" G_GUINT64_FORMAT " sent=%" G_GUINT64_FORMAT,
	    mailbox->account->login, counters.round_trips, counters.received, counters.sent);
}

/* A turn is taken after the log-in: servers that don't answer must not keep the others from walking. */
static bool
visit_connected(Mailbox *mailbox, GError **error)
{
	Imap *imap = session_imap(mailbox->session);
	bool ok = false;

	mailbox_set_state(mailbox, POLLER_CONNECTS);
	if (!set_imap(mailbox, imap)) {
		ok = true;
	} else if (session_begin(mailbox->session, imap, error)) {
		ok = !turns_enter(mailbox->share->turns) || stay(mailbox, error);
		if (imap_alive(imap))
			imap_logout(imap);
		log_visit(mailbox, imap);
	}
	set_imap(mailbox, NULL);
	imap_free(imap);
	return ok;
}

static bool
visit(Mailbox *mailbox, GError **error)
{
	bool ok;

	if (!server_enter(mailbox->server))
		return true;
	ok = visit_connected(mailbox, error);
	server_leave(mailbox->server);
	return ok;
}

/* --- The thread --------------------------------------------------------------------------------------- */

static gint64
with_jitter(gint64 ms)
{
	return ms * g_random_int_range(75, 126) / 100;
}

static gint64
backoff(const GError *error, guint failures)
{
	bool refused = g_error_matches(error, ERROR_DOMAIN, ERROR_DENIED);
	gint64 first = refused ? REFUSED_FIRST_MS : BACKOFF_FIRST_MS;

	return with_jitter(
	    MIN(first << MIN(failures - 1, 16), refused ? REFUSED_LAST_MS : BACKOFF_LAST_MS));
}

/* Says it when it is new, and not each time. */
static void
note_trouble(Mailbox *mailbox, const GError *error)
{
	bool new;

	g_mutex_lock(&mailbox->lock);
	new = error != NULL &&
	      (mailbox->trouble == NULL || strcmp(mailbox->trouble->message, error->message) != 0);
	if (error == NULL && mailbox->trouble != NULL)
		log_info("mailbox-again", "mailbox=%s", mailbox->account->login);
	g_clear_error(&mailbox->trouble);
	mailbox->trouble = error != NULL ? g_error_copy(error) : NULL;
	if (error != NULL)
		mailbox->state = POLLER_FAILED;
	g_mutex_unlock(&mailbox->lock);
	if (new) {
		g_autofree char *text = log_quote(error->message);

		log_warning("mailbox-failed", "mailbox=%s error=%s text=%s",
		    mailbox->account->login, error_name(error_code(error)), text);
	}
}

/* Clears what made it walk again; false while nothing may be captured of it. */
static bool
may_begin(Mailbox *mailbox)
{
	bool may;

	g_mutex_lock(&mailbox->lock);
	mailbox->again = false;
	may = mailbox->posture != POSTURE_OFF;
	if (!may)
		mailbox->state = POLLER_OFF;
	else if (mailbox->state == POLLER_OFF) /* it was, until now */
		mailbox->state = POLLER_WAITS;
	g_mutex_unlock(&mailbox->lock);
	if (!may)
		log_info("mailbox-off", "mailbox=%s", mailbox->account->login);
	return may;
}

static void
end(Mailbox *mailbox, bool success)
{
	g_mutex_lock(&mailbox->lock);
	if (mailbox->share->once && success && mailbox->waiting > 0)
		log_warning("messages-left",
		    "mailbox=%s messages=%u text=\"They failed and are tried again later.\"",
		    mailbox->account->login, mailbox->waiting);
	mailbox->ended = true;
	mailbox->success = success && mailbox->failing->len == 0 && mailbox->waiting == 0;
	g_mutex_unlock(&mailbox->lock);
	if (mailbox->share->once)
		kill(getpid(), SIGUSR1);
}

static gpointer
run(gpointer data)
{
	Mailbox *mailbox = data;
	bool once = mailbox->share->once;
	gint64 interval = mailbox->share->conf->imap.interval * CLOCK_SECOND;
	guint failures = 0;

	while (!mailbox_is_stopping(mailbox)) {
		g_autoptr(GError) error = NULL;
		bool off = !may_begin(mailbox);

		if (off || visit(mailbox, &error)) {
			failures = 0;
			if (once) {
				end(mailbox, true);
				return NULL;
			}
			if (!off)
				mailbox_set_state(mailbox, POLLER_WAITS);
			mailbox_pause(mailbox, off ? CLOCK_DAY : with_jitter(interval));
			continue;
		}
		failures++;
		if (mailbox_is_stopping(mailbox))
			break;
		note_trouble(mailbox, error);
		if (once && (failures >= ONCE_TRIES ||
				!g_error_matches(error, ERROR_DOMAIN, ERROR_TEMPORARY)))
			break;
		mailbox_pause(mailbox, backoff(error, failures));
	}
	end(mailbox, false);
	return NULL;
}

void
mailbox_start(Mailbox *mailbox)
{
	mailbox->thread = g_thread_new("mailbox", run, mailbox);
	if (!mailbox->share->once && server_may_watch_two(mailbox->server))
		mailbox->watcher = g_thread_new("watcher", mailbox_run_watcher, mailbox);
}

void
mailbox_stop(Mailbox *mailbox)
{
	g_mutex_lock(&mailbox->lock);
	mailbox->stopping = true;
	if (mailbox->imap != NULL)
		imap_cancel(mailbox->imap);
	if (mailbox->watching != NULL)
		imap_cancel(mailbox->watching);
	g_cond_broadcast(&mailbox->changed);
	g_mutex_unlock(&mailbox->lock);
}

void
mailbox_join(Mailbox *mailbox)
{
	g_autoptr(GError) error = NULL;

	g_clear_pointer(&mailbox->thread, g_thread_join);
	g_clear_pointer(&mailbox->watcher, g_thread_join);
	g_mutex_lock(&mailbox->lock);
	cursor_save(mailbox->cursor, true, &error);
	g_mutex_unlock(&mailbox->lock);
	if (error != NULL)
		log_gerror(LOG_LEVEL_WARNING, "cursor-unsaved", error);
}

bool
mailbox_has_ended(Mailbox *mailbox, bool *ret_success)
{
	bool ended;

	g_mutex_lock(&mailbox->lock);
	ended = mailbox->ended;
	*ret_success = mailbox->success;
	g_mutex_unlock(&mailbox->lock);
	return ended;
}

void
mailbox_set_posture(Mailbox *mailbox, Posture posture)
{
	g_mutex_lock(&mailbox->lock);
	if (mailbox->posture != posture) {
		mailbox->posture = posture;
		mailbox->again = true;
		/* what is on its way comes under the posture that was */
		if (mailbox->imap != NULL)
			imap_cancel(mailbox->imap);
		if (mailbox->watching != NULL)
			imap_cancel(mailbox->watching);
		g_cond_broadcast(&mailbox->changed);
	}
	g_mutex_unlock(&mailbox->lock);
}

/* --- How it is ---------------------------------------------------------------------------------------- */

void
mailbox_progress(Mailbox *mailbox, gint64 *taken, gint64 *left)
{
	g_mutex_lock(&mailbox->lock);
	*left = mailbox->later + MAX(g_atomic_int_get(&mailbox->work.left), 0);
	g_mutex_unlock(&mailbox->lock);
	*taken = g_atomic_int_get(&mailbox->work.taken);
}

void
mailbox_report(Mailbox *mailbox, PollerStatus *status)
{
	PollerMailbox *report = poller_status_add_mailbox(
	    status, mailbox->account->login, mailbox->account->server->name);
	gint64 taken;

	mailbox_progress(mailbox, &taken, &report->backlog);
	g_mutex_lock(&mailbox->lock);
	report->state = mailbox->state;
	report->since = mailbox->started;
	report->last_success = mailbox->cursor->last_success;
	report->quarantined = mailbox->cursor->quarantined;
	report->token_expires = session_expires(mailbox->session);
	if (mailbox->trouble != NULL) {
		report->code = error_code(mailbox->trouble);
		report->trouble = g_strdup(mailbox->trouble->message);
	}
	for (guint i = 0; i < mailbox->failing->len; i++) {
		const MailboxFailing *failing = mailbox->failing->pdata[i];
		PollerFolder *folder = poller_status_add_folder(report, failing->name);

		folder->failures = failing->failures;
		folder->code = error_code(failing->error);
		folder->trouble = g_strdup(failing->error->message);
	}
	g_mutex_unlock(&mailbox->lock);
}
