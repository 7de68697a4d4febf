#include "prog/spool-state.h"

#include "base/clock.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

bool
spool_state_read(const Conf *conf, SpoolLane lane, SpoolState *ret, guint *strange, GError **error)
{
	g_autoptr(GPtrArray) packs =
	    spool_scan(conf->data.spool_directory, lane, 0, strange, error);
	gint64 now = clock_ms();
	SpoolState state = {0};

	if (packs == NULL)
		return false;
	state.items = spool_count(packs);
	for (guint i = 0; i < packs->len; i++) {
		const SpoolPack *pack = packs->pdata[i];
		struct stat st;

		if (stat(pack->path, &st) == 0)
			state.oldest = MAX(state.oldest, now - (gint64)st.st_mtime * CLOCK_SECOND);
	}
	*ret = state;
	return true;
}

gint64
spool_state_missed(const Conf *conf, gint64 *ret_last)
{
	g_auto(GStrv) sources = spool_sources(conf->data.spool_directory, NULL);
	gint64 count = 0;

	*ret_last = 0;
	for (char **source = sources; source != NULL && *source != NULL; source++) {
		gint64 last;

		count += spool_missed(conf->data.spool_directory, *source, &last);
		*ret_last = MAX(*ret_last, last);
	}
	return count;
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
