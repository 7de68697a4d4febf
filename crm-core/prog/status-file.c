#include "prog/status-file.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODE 0644
#define FILE_MAX 4096

static char *
status_path(const Conf *conf)
{
	return g_build_filename(conf->data.run_directory, STATUS_FILE, NULL);
}

void
status_file_write(const Conf *conf, const StatusNumbers *numbers)
{
	g_autofree char *path = status_path(conf), *partial = g_strconcat(path, ".new", NULL);
	g_autofree char *text =
	    g_strdup_printf("written %" G_GINT64_FORMAT "\npid %d\ntaken %" G_GINT64_FORMAT
			    "\nspooled %" G_GINT64_FORMAT "\nlag %" G_GINT64_FORMAT
			    "\ntrouble %d\nparser-failed %d\npublish-failed %d\n",
		clock_ms(), (int)getpid(), numbers->taken, numbers->spooled, numbers->lag,
		numbers->trouble, numbers->parser_failed, numbers->publish_failed);

	/* Every second, and of no worth after a crash: no fsync. */
	if (!g_file_set_contents_full(partial, text, -1, G_FILE_SET_CONTENTS_NONE, MODE, NULL) ||
	    rename(partial, path) != 0)
		log_debug("status-file", "path=%s", path);
}

static gint64
number(const char *text, const char *key)
{
	g_autofree char *wanted = g_strconcat(key, " ", NULL);
	const char *found = g_str_has_prefix(text, wanted) ? text : NULL;
	g_autofree char *line = g_strconcat("\n", wanted, NULL);

	if (found == NULL && (found = strstr(text, line)) != NULL)
		found++;
	return found != NULL ? g_ascii_strtoll(found + strlen(wanted), NULL, 10) : 0;
}

bool
status_file_read(const Conf *conf, StatusNumbers *ret, GError **error)
{
	g_autofree char *path = status_path(conf), *text = NULL;
	g_autoptr(GBytes) bytes = file_read(path, FILE_MAX, error);

	if (bytes == NULL)
		return false;
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	*ret = (StatusNumbers){
	    .written = number(text, "written"),
	    .pid = number(text, "pid"),
	    .taken = number(text, "taken"),
	    .spooled = number(text, "spooled"),
	    .lag = number(text, "lag"),
	    .trouble = number(text, "trouble") != 0,
	    .parser_failed = number(text, "parser-failed") != 0,
	    .publish_failed = number(text, "publish-failed") != 0,
	};
	return true;
}
