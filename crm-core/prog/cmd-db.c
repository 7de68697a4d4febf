/* The files: making them, raising them to a new form, looking for damage, backup and restore. */
#include "config.h"

#include "prog/command.h"
#include "prog/rewind-print.h"

#include "base/file.h"
#include "base/priv.h"
#include "crypt/master.h"
#include "rules/destroy.h"
#include "store/backup.h"
#include "store/check.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean option_keys, option_without_ledger;

static const GOptionEntry backup_options[] = {
    {"keys", 0, 0, G_OPTION_ARG_NONE, &option_keys, "The keys instead of the records", NULL},
    {NULL},
};
static const GOptionEntry restore_options[] = {
    {"without-ledger", 0, 0, G_OPTION_ARG_NONE, &option_without_ledger,
	"The ledger of erasures is lost: what was erased since returns", NULL},
    {NULL},
};

/* On a terminal only, over itself. */
static void
show_progress(const char *what, gint64 done, gint64 total, gpointer data)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s %d %%%s", what,
		    total > 0 ? (int)(done * 100 / total) : 100, done >= total ? "\r\033[K" : "");
}

static bool
give_to(const char *path, const char *user, GError **error)
{
	struct passwd *pw = getpwnam(user);

	if (pw == NULL)
		return error_set(
		    error, ERROR_INVALID, "There is no user %s, whom [data] user names.", user);
	return chown(path, pw->pw_uid, pw->pw_gid) == 0 ||
	       error_set_errno(error, ERROR_INTERNAL, errno, "%s can't be given to %s", path, user);
}

/* As root: what only root may make, in folders that are root's. Then nothing as root any longer. */
static bool
prepare(const Conf *conf, bool with_key, GError **error)
{
	const char *user = conf->data.user, *key = conf->data.master_key_file;
	const char *folders[] = {conf->data.directory, conf->data.search_directory};

	if (geteuid() != 0 || *user == '\0')
		return true;
	for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
		if (*folders[i] != '\0' && access(folders[i], F_OK) != 0 &&
		    (!file_make_folder(folders[i], 0700, error) ||
			!give_to(folders[i], user, error)))
			return false;
	if (with_key && access(key, F_OK) != 0 &&
	    (!master_create(key, error) || !give_to(key, user, error)))
		return false;
	return true;
}

static bool
run_init(Command *command, char **arguments, GError **error)
{
	const Conf *conf = command_conf(command, error);
	bool had_key = conf != NULL && access(conf->data.master_key_file, F_OK) == 0;
	g_autoptr(Store) store = NULL;

	if (conf == NULL || !prepare(conf, true, error) ||
	    !priv_drop(conf->data.user, NULL, error) ||
	    (store = store_open(conf, STORE_CREATE, error)) == NULL)
		return false;
	printf(
	    "Made kartoteka.db, keys.db, access.db and search.db in %s.\n", conf->data.directory);
	if (!had_key)
		printf("Made the master key %s. Whoever loses it loses everything: keep a copy of "
		       "it on paper, away from this machine.\n",
		    conf->data.master_key_file);
	puts("Next: kartoteka user add LOGIN NAME --administrator --password");
	return true;
}

static void
say(const char *what, gpointer data)
{
	puts(what);
}

static bool
run_upgrade(Command *command, char **arguments, GError **error)
{
	const Conf *conf = command_conf(command, error);

	if (conf == NULL || !priv_drop(conf->data.user, NULL, error) ||
	    !store_upgrade(conf, say, NULL, error))
		return false;
	puts("All files have this program's form.");
	return true;
}

static void
write_check(Json *out, const CheckReport *report)
{
	json_open_object(out, NULL);
	json_int(out, "sealed", report->sealed);
	json_int(out, "erased", report->erased);
	json_int(out, "access_rows", report->access_rows);
}

static bool
run_check(Command *command, char **arguments, GError **error)
{
	Store *store = command_store(command, error);
	g_autoptr(CheckReport) report =
	    store != NULL ? check_run(store, show_progress, NULL, error) : NULL;

	if (report == NULL)
		return false;
	if (command->json)
		write_check(command->out, report);
	command_problems(command, report->problems);
	if (report->problems->len > 0)
		return error_set(error, ERROR_INTERNAL,
		    "%u problems were found: restore a backup, or ask whoever looks after this "
		    "system.",
		    report->problems->len);
	if (!command->json)
		printf("All is whole: %" G_GINT64_FORMAT " sealed values open, %" G_GINT64_FORMAT
		       " rows of the access record are as they were written.\n",
		    report->sealed, report->access_rows);
	return true;
}

static void
show_files(const BackupManifest *manifest)
{
	for (guint i = 0; i < manifest->files->len; i++)
		printf("%s %s\n", (char *)manifest->digests->pdata[i],
		    (char *)manifest->files->pdata[i]);
}

/* As root: a folder beside others that are root's. What can't be made here is said by who fills it. */
static bool
prepare_backup(const Conf *conf, const char *folder, GError **error)
{
	const char *user = conf->data.user;
	g_autofree char *above = g_path_get_dirname(folder);

	if (geteuid() != 0 || *user == '\0')
		return true;
	if (mkdir(folder, 0700) == 0)
		return give_to(folder, user, error);
	return errno != ENOENT || error_set(error, ERROR_NOT_FOUND,
				      "There is no folder %s to make %s in: make it first (mkdir -p %s).", above, folder,
				      above);
}

static bool
run_backup(Command *command, char **arguments, GError **error)
{
	const Conf *conf = command_conf(command, error);
	Store *store;
	g_autoptr(BackupManifest) manifest = NULL;

	if (conf == NULL || !prepare_backup(conf, arguments[0], error) ||
	    (store = command_store(command, error)) == NULL ||
	    !backup_make(store, option_keys ? BACKUP_KEYS : BACKUP_RECORDS, arguments[0],
		show_progress, NULL, error) ||
	    (manifest = backup_manifest_read(arguments[0], error)) == NULL)
		return false;
	show_files(manifest);
	if (!option_keys)
		puts("The keys are in a backup of their own: kartoteka backup --keys FOLDER");
	return true;
}

static void
show_sources(const BackupManifest *manifest)
{
	g_autofree char *time = command_time_text(manifest->time);

	printf("This is how it was at %s.\n", time);
	for (guint i = 0; i < manifest->sources->len; i++) {
		const BackupSource *source = &g_array_index(manifest->sources, BackupSource, i);

		printf("Source %s: whatever came after number %" G_GINT64_FORMAT
		       " (start %" G_GINT64_FORMAT ") is missing.\n",
		    source->name, source->highest, source->start);
	}
}

/* The mail is back all the same: what fails here is still to be done. */
static void
rewind_mailboxes(Session *session)
{
	g_autoptr(GError) error = NULL;

	if (store_conf(session->store)->imap_servers->len > 0 && !rewind_print(session, &error))
		printf("The mailboxes are still to be told what was restored: %s When "
		       "kartoteka-imapsync runs: kartoteka mailbox rewind\n",
		    error->message);
}

static bool
run_restore(Command *command, char **arguments, GError **error)
{
	const Conf *conf = command_conf(command, error);
	g_autoptr(BackupManifest) manifest = NULL;
	g_autoptr(Session) session = NULL;
	Store *store;
	gint64 erasures;
	bool has_ledger;

	if (conf == NULL || !prepare(conf, false, error) ||
	    !priv_drop(conf->data.user, NULL, error))
		return false;
	/* one that the backup knows must be there; a backup from before the first erasure knows of none */
	has_ledger = access(conf->data.erasure_ledger_file, F_OK) == 0;
	if (!backup_restore(conf, arguments[0], arguments[1], option_without_ledger, show_progress,
		NULL, &manifest, &erasures, error) ||
	    (store = command_store(command, error)) == NULL ||
	    (session = session_new_daemon(store, error)) == NULL ||
	    !destroy_continue(session, error))
		return false;
	show_files(manifest);
	show_sources(manifest);
	if (erasures > 0)
		printf(
		    "Erased again what was erased since: %" G_GINT64_FORMAT " times.\n", erasures);
	if (!has_ledger)
		printf("There is no ledger of erasures %s. If anything was ever erased here, it is "
		       "back now: put the ledger in its place and restore again.\n",
		    conf->data.erasure_ledger_file);
	puts("The search index is made anew by kartotekad, or by: kartoteka search rebuild");
	rewind_mailboxes(session);
	return true;
}

const CommandEntry cmd_db_table[] = {
    {"init", NULL, "Make the files, and the master key unless there is one", NULL, 0, 0,
	COMMAND_PLAIN, run_init},
    {"db upgrade", NULL, "Raise the files to this program's form", NULL, 0, 0, COMMAND_PLAIN,
	run_upgrade},
    {"db check", NULL, "Look for damage: structure, sealed values, access record", NULL, 0, 0,
	COMMAND_JSON, run_check},
    {"backup", "FOLDER", "Copy the records, or the keys, into an empty folder", backup_options, 1,
	1, COMMAND_PLAIN, run_backup},
    {"restore", "RECORDS KEYS", "Bring two backups back into an empty data directory",
	restore_options, 2, 2, COMMAND_PLAIN, run_restore},
    {NULL},
};
