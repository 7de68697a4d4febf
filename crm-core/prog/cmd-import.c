/* Existing mail into the spool: Maildir, mbox, EML. */
#include "config.h"

#include "base/clock.h"
#include "base/foreground.h"
#include "base/log.h"
#include "base/priv.h"
#include "base/spool.h"
#include "prog/command-own.h"
#include "prog/mailbox.h"
#include "rules/file.h"
#include "rules/rights.h"
#include "store/user.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define BATCH (4 * SPOOL_PACK_ITEMS)
#define BATCH_BYTES (16 << 20)
#define SPOOLED_MAX 8192  /* wait when so many mails lie in the backlog of the spool */
#define PATIENCE_MS 15000 /* and nothing takes them */

static char *option_mailbox_of, *option_source;
static gboolean option_quiet;

static const GOptionEntry import_options[] = {
    {"mailbox-of", 0, 0, G_OPTION_ARG_STRING, &option_mailbox_of,
	"It is this user's own mailbox: open to those who take part alone", "LOGIN"},
    {"source", 0, 0, G_OPTION_ARG_STRING, &option_source, "Name of the source", "NAME"},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &option_quiet, "No progress bar", NULL},
    {NULL},
};

static volatile sig_atomic_t stopped;

static void
stop(int signal)
{
	stopped = 1;
}

typedef struct {
	const Conf *conf;
	Store *store;
	Filer *filer;
	Spool *spool;
	const char *source;
	GPtrArray *files; /* SpoolFile of the batch at hand */
	gsize bytes;      /* of the batch */
	gint64 done, total, began; /* bytes of whole files, of all; when */
	gint64 within;             /* bytes of the file at hand */
	gint64 shown;              /* when the bar was drawn last */
	guint taken, already, left_out;
	bool impatient; /* nobody takes it: don't wait again */
} Import;

#define SHOW_MS 200

static bool
has_bar(void)
{
	return !option_quiet && isatty(STDERR_FILENO);
}

static void
show(Import *import, bool end)
{
	gint64 elapsed = clock_monotonic_ms() - import->began;
	double done = import->done + import->within;
	double part = import->total > 0 ? MIN(1, done / import->total) : 1;
	gint64 left = part > 0.01 ? elapsed / part - elapsed : 0;
	int filled = part * 30;

	if (!has_bar() || (!end && clock_monotonic_ms() - import->shown < SHOW_MS))
		return;
	import->shown = clock_monotonic_ms();
	fprintf(stderr, "\r[%.*s%*s] %3.0f %%  %u mails, about %" G_GINT64_FORMAT " s left ",
	    filled, "##############################", 30 - filled, "", part * 100, import->taken,
	    left / 1000);
	if (end)
		fputc('\n', stderr);
}

/* A file or a folder whose mail isn't taken: said at once, counted, and told by the exit status. */
static void
leave_out(Import *import, const char *why)
{
	g_autofree char *safe = log_escape(why);

	fprintf(stderr, "%skartoteka: %s\n", has_bar() && import->shown > 0 ? "\n" : "", safe);
	import->left_out++;
}

static bool
spooled(const Import *import, guint *ret, GError **error)
{
	g_autoptr(GPtrArray) packs = spool_scan(
	    import->conf->data.spool_directory, SPOOL_BACKLOG, SPOOLED_MAX + 1, NULL, error);

	if (packs == NULL)
		return false;
	*ret = spool_count(packs);
	return true;
}

/* The spool is no archive: waits while it is full, unless nobody empties it. */
static bool
wait_for_room(Import *import, GError **error)
{
	gint64 since = clock_monotonic_ms();
	guint before = G_MAXUINT, now;

	if (!spool_has_room(import->spool, &import->conf->milter.free_space_minimum, error))
		return false;
	while (!stopped && !import->impatient) {
		if (!spooled(import, &now, error))
			return false;
		if (now < SPOOLED_MAX)
			return true;
		if (now < before)
			since = clock_monotonic_ms();
		import->impatient = clock_monotonic_ms() - since > PATIENCE_MS;
		before = now;
		g_usleep(200000);
	}
	return true;
}

static bool
flush(Import *import, GError **error)
{
	if (import->files->len == 0)
		return true;
	if (!spool_commit_all(import->spool, import->files, error))
		return false;
	import->taken += import->files->len;
	g_ptr_array_set_size(import->files, 0);
	import->bytes = 0;
	return wait_for_room(import, error);
}

static bool
take(const MailboxFile *file, const char *key, GBytes *bytes, gpointer data, GError **error)
{
	Import *import = data;
	g_autoptr(SpoolEntry) entry = spool_entry_new(SPOOL_MAIL, SPOOL_IMPORT);
	g_autoptr(SpoolFile) spool_file = NULL;
	MessageHash place;
	bool there = false;
	gsize size;
	const void *content = g_bytes_get_data(bytes, &size);

	foreground_let_by(NULL, NULL);
	show(import, false);
	import->within = MIN(file->size, import->within + (gint64)size);
	entry->path = g_utf8_make_valid(key, -1);
	entry->owner = g_strdup(option_mailbox_of);
	entry->folder = g_strdup(file->folder);
	if (file_place(filer_preparer(import->filer), entry, &place) &&
	    !item_has_place(import->store, import->source, &place, &there, error))
		return false;
	if (there) {
		import->already++;
		return !stopped;
	}
	spool_file = spool_file_new(import->spool, entry, SPOOL_BACKLOG, error);
	if (spool_file == NULL || !spool_file_write(spool_file, content, size, error))
		return false;
	g_ptr_array_add(import->files, g_steal_pointer(&spool_file));
	import->bytes += size;
	if ((import->files->len >= BATCH || import->bytes > BATCH_BYTES) && !flush(import, error))
		return false;
	return !stopped;
}

static bool
take_all(Import *import, GPtrArray *files, GError **error)
{
	for (guint i = 0; i < files->len && !stopped; i++) {
		const MailboxFile *file = g_ptr_array_index(files, i);
		g_autoptr(GError) failed = NULL;

		if (!mailbox_read(file, take, import, &failed) && failed != NULL) {
			if (!g_error_matches(failed, ERROR_DOMAIN, ERROR_NOT_FOUND)) {
				g_propagate_error(error, g_steal_pointer(&failed));
				return false;
			}
			leave_out(import, failed->message);
		}
		if (!stopped) {
			import->done += file->size;
			import->within = 0;
		}
	}
	return flush(import, error);
}

static bool
may_import(Session *session, GError **error)
{
	g_autoptr(GError) failed = NULL;
	g_autoptr(User) user = NULL;

	if (option_mailbox_of == NULL)
		return rights_require_administrator(session, error);
	user = user_find(session->store, option_mailbox_of, &failed);
	if (failed != NULL) {
		g_propagate_error(error, g_steal_pointer(&failed));
		return false;
	}
	if (user == NULL)
		return error_set(error, ERROR_NOT_FOUND, "There is no user with the login %s",
		    option_mailbox_of);
	return id_equal(&user->id, &session->actor.user) ||
	       rights_require_administrator(session, error);
}

static void
catch_signals(void)
{
	struct sigaction action = {.sa_handler = stop};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* Returns the exit status. */
static int
report(const Import *import)
{
	printf("%u mails laid into the spool, %u were there already%s\n", import->taken,
	    import->already, stopped ? "; stopped: run it again to go on" : "");
	if (import->left_out > 0)
		fprintf(stderr,
		    "kartoteka: %u files or folders were left out, as said above; all is read as the user %s.\n",
		    import->left_out, g_get_user_name());
	return stopped ? 75 : import->left_out > 0 ? 66 : 0;
}

static bool
run_import(Command *command, char **arguments, GError **error)
{
	Session *session = command_own_session(command, error);
	g_autoptr(GPtrArray) found = NULL, left_out = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) files =
	    g_ptr_array_new_with_free_func((GDestroyNotify)spool_file_free);
	g_autoptr(Filer) filer = NULL;
	g_autoptr(Spool) spool = NULL;
	Import import = {.source = option_source != NULL ? option_source : "import",
	    .files = files,
	    .began = clock_monotonic_ms()};

	if (session == NULL || !may_import(session, error) ||
	    (found = mailbox_find(arguments, left_out, error)) == NULL ||
	    (filer = filer_new(session, NULL, error)) == NULL ||
	    !session_record(session, PURPOSE_IMPORT, option_mailbox_of, error))
		return false;
	import.conf = command_conf(command, error);
	import.spool = spool =
	    spool_open(import.conf->data.spool_directory, import.source, SPOOL_IMPORT, error);
	if (spool == NULL)
		return false;
	import.store = session->store;
	import.filer = filer;
	for (guint i = 0; i < found->len; i++)
		import.total += ((MailboxFile *)g_ptr_array_index(found, i))->size;
	for (guint i = 0; i < left_out->len; i++)
		leave_out(&import, left_out->pdata[i]);
	catch_signals();
	priv_give_way();
	foreground_watch(import.conf->data.run_directory, false);
	if (!take_all(&import, found, error))
		return false;
	show(&import, true);
	command->status = report(&import);
	return true;
}

const CommandEntry cmd_import_table[] = {
    {"import", "PATH...", "Take in a Maildir, an mbox or a folder of mail files", import_options, 1,
	-1, COMMAND_PLAIN, run_import},
    {NULL},
};
