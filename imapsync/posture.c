#include "imapsync/posture.h"

#include "base/error.h"
#include "base/log.h"
#include "base/published.h"

#include <string.h>
#include <sys/stat.h>

struct PostureList {
	char *path;
	Published *published;
	struct timespec changed;
	bool begun, failed;
};

PostureList *
posture_list_new(const Conf *conf)
{
	PostureList *list = g_new0(PostureList, 1);

	list->path = g_build_filename(conf->data.published_directory, PUBLISHED_POSTURES, NULL);
	return list;
}

void
posture_list_free(PostureList *list)
{
	if (list == NULL)
		return;
	published_free(list->published);
	g_free(list->path);
	g_free(list);
}

bool
posture_list_refresh(PostureList *list)
{
	g_autoptr(GError) error = NULL;
	struct stat st;
	Published *published;
	bool first = !list->begun;

	list->begun = true;
	if (stat(list->path, &st) == 0 && list->published != NULL &&
	    memcmp(&st.st_mtim, &list->changed, sizeof st.st_mtim) == 0)
		return false;
	published = published_read(list->path, PUBLISHED_POSTURES, &error);
	if (published == NULL) {
		if (!list->failed)
			log_gerror(LOG_LEVEL_ERROR, "postures-unread", error);
		list->failed = true;
		return first;
	}
	list->failed = false;
	published_free(list->published);
	list->published = published;
	list->changed = st.st_mtim;
	return true;
}

Posture
posture_list_find(const PostureList *list, const char *login)
{
	g_autofree char *text = published_login(login);
	const char *word = list->published != NULL ? published_find(list->published, text) : NULL;

	if (g_strcmp0(word, "full") == 0)
		return POSTURE_FULL;
	if (g_strcmp0(word, "known") == 0)
		return POSTURE_KNOWN;
	return g_strcmp0(word, "headers") == 0 ? POSTURE_HEADERS : POSTURE_OFF;
}
