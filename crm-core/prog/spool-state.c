#include "prog/spool-state.h"

#include "base/clock.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

bool
spool_state_read(const Conf *conf, SpoolLane lane, SpoolState *ret, guint *strange, GError **error)
{
	g_autoptr(GPtrArray) items =
	    spool_scan(conf->data.spool_directory, lane, 0, strange, error);
	gint64 now = clock_ms();
	SpoolState state = {0};

	if (items == NULL)
		return false;
	state.files = items->len;
	for (guint i = 0; i < items->len; i++) {
		const SpoolItem *item = items->pdata[i];
		struct stat st;

		if (stat(item->path, &st) == 0)
			state.oldest = MAX(state.oldest, now - (gint64)st.st_mtime * CLOCK_SECOND);
	}
	*ret = state;
	return true;
}

void
spool_state_free_space(const char *path, gint64 *ret_bytes, gint64 *ret_percent)
{
	struct statvfs fs;

	*ret_bytes = *ret_percent = -1;
	if (statvfs(path, &fs) != 0 || fs.f_blocks == 0)
		return;
	*ret_bytes = (gint64)fs.f_bavail * (gint64)fs.f_frsize;
	*ret_percent = (gint64)(100.0 * (double)fs.f_bavail / (double)fs.f_blocks);
}
