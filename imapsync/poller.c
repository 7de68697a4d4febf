#include "imapsync/poller.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

#include <string.h>
#include <unistd.h>

#define STATUS_MS 2000
#define STATUS_MODE 0640

struct Poller {
	const Conf *conf;
	MailboxShare share;
	GPtrArray *servers;   /* Server */
	GPtrArray *mailboxes; /* Mailbox */
	PostureList *postures;
	gint64 started, written;
	bool status_failed;
};

static Server *
find_server(Poller *poller, const GPtrArray *accounts, const ConfImapServer *conf)
{
	Server *server;

	for (guint i = 0; i < poller->servers->len; i++)
		if (server_conf(poller->servers->pdata[i]) == conf)
			return poller->servers->pdata[i];
	server = server_new(conf, account_count(accounts, conf));
	g_ptr_array_add(poller->servers, server);
	return server;
}

static bool
add_mailboxes(Poller *poller, const GPtrArray *accounts, const char *only, GError **error)
{
	for (guint i = 0; i < accounts->len; i++) {
		const Account *account = accounts->pdata[i];
		Server *server = find_server(poller, accounts, account->server);
		Mailbox *mailbox;

		if (only != NULL && strcmp(only, account->login) != 0)
			continue;
		mailbox = mailbox_new(&poller->share, account, server, error);
		if (mailbox == NULL)
			return false;
		g_ptr_array_add(poller->mailboxes, mailbox);
	}
	if (poller->mailboxes->len == 0)
		return error_set(error, ERROR_NOT_FOUND, "There is no section [mailbox %s].", only);
	return true;
}

Poller *
poller_new(const Conf *conf, const GPtrArray *accounts, const char *only, bool once, GError **error)
{
	Poller *poller = g_new0(Poller, 1);

	poller->conf = conf;
	poller->started = clock_ms();
	poller->postures = posture_list_new(conf);
	poller->servers = g_ptr_array_new_with_free_func((GDestroyNotify)server_free);
	poller->mailboxes = g_ptr_array_new_with_free_func((GDestroyNotify)mailbox_free);
	poller->share.conf = conf;
	poller->share.once = once;
	poller->share.turns = turns_new((guint)conf->imap.mailboxes);
	poller->share.spool =
	    spool_open(conf->data.spool_directory, conf->imap.spool_name, SPOOL_IMAP, error);
	if (poller->share.spool == NULL) {
		poller_free(poller);
		return NULL;
	}
	poller->share.writer = writer_new(poller->share.spool);
	if (!add_mailboxes(poller, accounts, only, error)) {
		poller_free(poller);
		return NULL;
	}
	return poller;
}

void
poller_free(Poller *poller)
{
	if (poller == NULL)
		return;
	g_ptr_array_unref(poller->mailboxes);
	g_ptr_array_unref(poller->servers);
	writer_free(poller->share.writer);
	spool_free(poller->share.spool);
	turns_free(poller->share.turns);
	posture_list_free(poller->postures);
	g_free(poller);
}

void
poller_start(Poller *poller)
{
	poller_tick(poller);
	for (guint i = 0; i < poller->mailboxes->len; i++)
		mailbox_start(poller->mailboxes->pdata[i]);
}

static gpointer
join_all(gpointer data)
{
	Poller *poller = data;

	for (guint i = 0; i < poller->mailboxes->len; i++)
		mailbox_join(poller->mailboxes->pdata[i]);
	return NULL;
}

typedef struct {
	Poller *poller;
	GMutex lock;
	GCond changed;
	bool done;
} Joining;

static gpointer
run_joining(gpointer data)
{
	Joining *joining = data;

	join_all(joining->poller);
	g_mutex_lock(&joining->lock);
	joining->done = true;
	g_cond_signal(&joining->changed);
	g_mutex_unlock(&joining->lock);
	return NULL;
}

bool
poller_stop(Poller *poller, gint64 ms)
{
	Joining *joining = g_new0(Joining, 1); /* stays when its thread does */
	gint64 until = g_get_monotonic_time() + ms * 1000;
	GThread *thread;
	bool done;

	for (guint i = 0; i < poller->mailboxes->len; i++)
		mailbox_stop(poller->mailboxes->pdata[i]);
	for (guint i = 0; i < poller->servers->len; i++)
		server_close(poller->servers->pdata[i]);
	turns_close(poller->share.turns);
	joining->poller = poller;
	g_mutex_init(&joining->lock);
	g_cond_init(&joining->changed);
	thread = g_thread_new("joining", run_joining, joining);
	g_mutex_lock(&joining->lock);
	while (!joining->done && g_cond_wait_until(&joining->changed, &joining->lock, until))
		;
	done = joining->done;
	g_mutex_unlock(&joining->lock);
	if (!done) {
		g_thread_unref(thread);
		return false;
	}
	g_thread_join(thread);
	g_cond_clear(&joining->changed);
	g_mutex_clear(&joining->lock);
	g_free(joining);
	return true;
}

static void
write_status(Poller *poller)
{
	g_autoptr(PollerStatus) status = poller_status_new();
	g_autoptr(GError) error = NULL;

	status->written = clock_ms();
	status->pid = getpid();
	status->started = poller->started;
	for (guint i = 0; i < poller->mailboxes->len; i++)
		mailbox_report(poller->mailboxes->pdata[i], status);
	if (!poller_status_write(status, poller->conf->imap.status_file, STATUS_MODE, &error) &&
	    !poller->status_failed)
		log_gerror(LOG_LEVEL_WARNING, "status-unwritten", error);
	poller->status_failed = error != NULL;
}

static void
set_postures(Poller *poller)
{
	if (!posture_list_refresh(poller->postures))
		return;
	for (guint i = 0; i < poller->mailboxes->len; i++) {
		Mailbox *mailbox = poller->mailboxes->pdata[i];

		mailbox_set_posture(
		    mailbox, posture_list_find(poller->postures, mailbox_account(mailbox)->login));
	}
}

void
poller_tick(Poller *poller)
{
	gint64 now = clock_monotonic_ms();

	if (poller->written != 0 && now - poller->written < STATUS_MS)
		return;
	poller->written = now;
	set_postures(poller);
	write_status(poller);
}

bool
poller_has_ended(Poller *poller, guint *ret_failed)
{
	*ret_failed = 0;
	for (guint i = 0; i < poller->mailboxes->len; i++) {
		bool success;

		if (!mailbox_has_ended(poller->mailboxes->pdata[i], &success))
			return false;
		*ret_failed += !success;
	}
	return true;
}

void
poller_progress(Poller *poller, gint64 *taken, gint64 *left)
{
	*taken = *left = 0;
	for (guint i = 0; i < poller->mailboxes->len; i++) {
		gint64 some, rest;

		mailbox_progress(poller->mailboxes->pdata[i], &some, &rest);
		*taken += some;
		*left += rest;
	}
}

SpoolKey
poller_last_key(Poller *poller)
{
	return spool_last_key(poller->share.spool);
}

GPtrArray *
poller_mailboxes(Poller *poller)
{
	return poller->mailboxes;
}

Mailbox *
poller_find(Poller *poller, const char *login)
{
	for (guint i = 0; i < poller->mailboxes->len; i++)
		if (strcmp(mailbox_account(poller->mailboxes->pdata[i])->login, login) == 0)
			return poller->mailboxes->pdata[i];
	return NULL;
}
