/*
 * kartoteka-imapsync: brings in what lies in IMAP mailboxes. See kartoteka-imapsync(8).
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/priv.h"
#include "base/program.h"
#include "imapsync/control.h"
#include "imapsync/poller.h"
#include "imapsync/progress.h"
#include "imapsync/session.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#define TICK_MS 200
#define STOP_MS 5000
#define FILES_WANTED 65536

typedef struct {
	char *mailbox;
	gboolean once, verbose;
} Options;

static void
tell(const OauthTask *task, gpointer data)
{
	printf("Open this address in a browser, and sign in as who may read the mailbox:\n\n    "
	       "%s\n\n",
	    task->url);
	if (task->code != NULL)
		printf("and enter the code  %s\n\n", task->code);
	else
		puts("When the browser runs on another machine, paste the address at which it ends "
		     "here.\n");
	printf("It must be done within %u minutes.\n", MAX(task->seconds / 60, 1));
	fflush(stdout);
}

/* The token file belongs to the user that the poller is. */
static int
authorize(const Conf *conf, const GPtrArray *accounts, const char *login)
{
	const Account *account = account_find(accounts, login);
	g_autoptr(Session) session = NULL;
	g_autoptr(GError) error = NULL;

	if (account == NULL)
		error_set(&error, ERROR_NOT_FOUND, "There is no section [mailbox %s].", login);
	else if (priv_drop(conf->imap.user, conf->imap.group, &error) &&
		 priv_harden(0077, &error)) {
		session = session_new(conf, account);
		if (session_authorize(session, tell, NULL, &error)) {
			puts("Done: the poller may read the mailbox.");
			return EXIT_SUCCESS;
		}
	}
	return program_fail(error, 0);
}

static void
block_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGHUP);
	sigaddset(signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Until a signal comes, or all is done. Returns how many mailboxes failed. */
static guint
serve(Poller *poller, const Options *options, const sigset_t *signals, bool *interrupted)
{
	const struct timespec tick = {0, TICK_MS * 1000000L};
	bool shown = options->verbose && options->once && isatty(STDERR_FILENO);
	gint64 began = clock_monotonic_ms(), taken, left;
	guint failed = 0;
	bool ended = false;

	*interrupted = false;
	while (!ended && !*interrupted) {
		int signal = sigtimedwait(signals, NULL, &tick);

		*interrupted = signal > 0 && signal != SIGUSR1;
		poller_tick(poller);
		ended = options->once && poller_has_ended(poller, &failed);
		poller_progress(poller, &taken, &left);
		if (shown)
			progress_show(taken, left, began);
	}
	if (shown)
		progress_end();
	return failed;
}

/* Files that wait to be made durable are open: hundreds for each mailbox that is being walked. */
static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FILES_WANTED)
		return;
	limit.rlim_cur = MIN(limit.rlim_max, FILES_WANTED);
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_warning("limit", "files=%lu", (unsigned long)limit.rlim_cur);
}

static int
run(const Conf *conf, const GPtrArray *accounts, const Options *options)
{
	g_autoptr(GError) error = NULL;
	Poller *poller = NULL;
	Control *control = NULL;
	sigset_t signals;
	int fd = -1;
	bool interrupted, stopped;
	guint failed;
	SpoolKey key;

	block_signals(&signals);
	raise_limit();
	if ((!options->once && (fd = control_listen(conf, &error)) < 0) ||
	    !priv_drop(conf->imap.user, conf->imap.group, &error) || !priv_harden(0007, &error) ||
	    (poller = poller_new(conf, accounts, options->mailbox, options->once, &error)) == NULL)
		return program_fail(error, 0);
	program_started("imap", poller_last_key(poller), "mailboxes=%u", poller_mailboxes(poller)->len);
	poller_start(poller);
	if (fd >= 0)
		control = control_new(conf, poller, fd);
	failed = serve(poller, options, &signals, &interrupted);
	if (control != NULL)
		control_close(control);
	stopped = poller_stop(poller, STOP_MS);
	key = poller_last_key(poller);
	if (stopped && control == NULL)
		poller_free(poller);
	/* a wish may be at work, or a look-up of a name */
	program_end(key, failed > 0 || (interrupted && options->once) ? EX_TEMPFAIL : EXIT_SUCCESS);
}

int
main(int argc, char **argv)
{
	Options options = {0};
	const GOptionEntry entries[] = {
	    {"once", 0, 0, G_OPTION_ARG_NONE, &options.once, "Take in what is there, and leave",
		NULL},
	    {"mailbox", 'm', 0, G_OPTION_ARG_STRING, &options.mailbox, "Read this mailbox alone",
		"LOGIN"},
	    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options.verbose,
		"Log more; with --once on a terminal, show how far it is", NULL},
	    {0},
	};
	Program program = {.name = "kartoteka-imapsync",
	    .summary = "Brings what lies in IMAP mailboxes into Kartoteka's spool.",
	    .entries = entries,
	    .command = "authorize",
	    .what = "LOGIN"};
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = NULL;
	g_autoptr(GPtrArray) accounts = NULL;
	int status;

	/* Threads for each mailbox: one heap, or each keeps what it once needed. */
	mallopt(M_ARENA_MAX, 1);
	conf = program_begin(&program, &argc, &argv, &status);
	if (conf == NULL)
		return status;
	if ((accounts = account_list(conf, &error)) == NULL)
		return program_fail(error, EX_CONFIG);
	if (program.check)
		return EXIT_SUCCESS;
	if (program.argument != NULL)
		return authorize(conf, accounts, program.argument);
	if (options.verbose)
		conf->log.level = LOG_LEVEL_DEBUG;
	conf_open_log(conf, program.name);
	return run(conf, accounts, &options);
}
