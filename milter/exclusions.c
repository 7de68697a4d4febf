#include "milter/exclusions.h"

#include "base/error.h"
#include "base/log.h"
#include "base/published.h"

#include <errno.h>
#include <sys/stat.h>

struct Exclusions {
	const Conf *conf;
	char *path;
	GMutex lock;     /* over all below */
	Published *list; /* NULL: no file, or none that could be read */
	bool unreadable; /* there is a file, and list is NULL or older than it */
	struct stat seen;
};

Exclusions *
exclusions_new(const Conf *conf)
{
	Exclusions *exclusions = g_new0(Exclusions, 1);

	exclusions->conf = conf;
	exclusions->path =
	    g_build_filename(conf->data.published_directory, PUBLISHED_EXCLUSIONS, NULL);
	g_mutex_init(&exclusions->lock);
	return exclusions;
}

void
exclusions_free(Exclusions *exclusions)
{
	if (exclusions == NULL)
		return;
	published_free(exclusions->list);
	g_mutex_clear(&exclusions->lock);
	g_free(exclusions->path);
	g_free(exclusions);
}

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void
read_list(Exclusions *exclusions)
{
	g_autoptr(GError) failed = NULL;
	Published *list = published_read(exclusions->path, PUBLISHED_EXCLUSIONS, &failed);

	exclusions->unreadable = list == NULL;
	if (list == NULL) {
		log_gerror(LOG_LEVEL_ERROR, "exclusions-unreadable", failed);
		return;
	}
	published_free(exclusions->list);
	exclusions->list = list;
	log_info("exclusions-read", "rows=%" G_GSIZE_FORMAT, published_count(list));
}

/* Reads the file when it is another one than last time. */
static void
refresh(Exclusions *exclusions)
{
	struct stat now = {0};

	if (stat(exclusions->path, &now) != 0 && errno == ENOENT) {
		g_clear_pointer(&exclusions->list, published_free);
		exclusions->unreadable = false;
		exclusions->seen = (struct stat){0};
		return;
	}
	if (is_same_file(&now, &exclusions->seen) && now.st_ino != 0)
		return;
	exclusions->seen = now;
	read_list(exclusions);
}

bool
exclusions_find(Exclusions *exclusions, const char *address, char **word, GError **error)
{
	g_autofree char *subject =
	    published_subject(address, exclusions->conf->company.subaddress_domains);
	g_autofree char *domain = published_domain(address);
	const char *found = NULL;
	char *copy;
	bool known;

	g_mutex_lock(&exclusions->lock);
	refresh(exclusions);
	known = exclusions->list != NULL || !exclusions->unreadable;
	if (exclusions->list != NULL && subject != NULL)
		found = published_find(exclusions->list, subject);
	if (exclusions->list != NULL && found == NULL && domain != NULL)
		found = published_find(exclusions->list, domain);
	copy = g_strdup(found);
	g_mutex_unlock(&exclusions->lock);
	if (!known)
		return error_set(error, ERROR_TEMPORARY,
		    "The exclusion list can't be read, so it isn't known what is private.");
	*word = copy;
	return true;
}
