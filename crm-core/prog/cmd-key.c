/* The master key: a new one, and all keys wrapped by it. */
#include "config.h"

#include "prog/command.h"

#include "base/priv.h"
#include "crypt/master.h"
#include "store/key.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define IN_ORDER 0
#define GOES_ON 1 /* a rotation was begun */

static void
show_progress(gint64 done, gint64 total, gpointer data)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%d %%%s", total > 0 ? (int)(done * 100 / total) : 100,
		    done >= total ? "\r\033[K" : "");
}

static int
look(const Conf *conf, GError **error)
{
	g_autoptr(Store) store = NULL;
	gint64 left;

	if (!priv_drop(conf->data.user, NULL, error) ||
	    (store = store_open(conf, 0, error)) == NULL || !key_rotate_left(store, &left, error))
		return 2 + error_exit_status(error_code(*error));
	return left > 0 ? GOES_ON : IN_ORDER;
}

/* Was a rotation begun that isn't at its end? Asked by a child, since the database is opened as [data] user alone,
 * and the file of the master key is for root to replace. */
static bool
is_begun(const Conf *conf, bool *ret, GError **error)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return error_set_errno(error, ERROR_TEMPORARY, errno, "No process can be made");
	if (child == 0) {
		g_autoptr(GError) problem = NULL;
		int answer = look(conf, &problem);

		if (problem != NULL)
			fprintf(stderr, "kartoteka: %s\n", problem->message);
		_exit(answer);
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
	    WEXITSTATUS(status) > GOES_ON)
		return error_set(error, ERROR_INTERNAL, "Nothing was changed.");
	*ret = WEXITSTATUS(status) == GOES_ON;
	return true;
}

static bool
run_rotate(Command *command, char **arguments, GError **error)
{
	const Conf *conf = command_conf(command, error);
	const char *path = conf != NULL ? conf->data.master_key_file : NULL;
	Store *store;
	bool begun = false;

	if (conf == NULL || !is_begun(conf, &begun, error) ||
	    (!begun && !master_add(path, error)) ||
	    (store = command_store(command, error)) == NULL ||
	    !key_rotate(store, show_progress, NULL, error))
		return false;
	printf("%s: all keys are wrapped by the newest master key in %s.\n",
	    begun ? "The rotation that was begun is done" : "Done", path);
	puts("Copy its last line to paper now. The lines before open the backups of the keys made "
	     "until today: keep them on paper, take them out of the file, and destroy the paper "
	     "when "
	     "the last of those backups is gone.");
	return true;
}

const CommandEntry cmd_key_table[] = {
    {"key rotate", NULL, "Make a new master key and wrap all keys by it", NULL, 0, 0, COMMAND_PLAIN,
	run_rotate},
    {NULL},
};
