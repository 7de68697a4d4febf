#include "store/backup.h"

#include "base/error.h"
#include "base/file.h"
#include "crypt/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST_MOST (1024 * 1024)

void
backup_manifest_free(BackupManifest *manifest)
{
	if (manifest == NULL)
		return;
	for (guint i = 0; manifest->sources != NULL && i < manifest->sources->len; i++)
		g_free(g_array_index(manifest->sources, BackupSource, i).name);
	g_clear_pointer(&manifest->sources, g_array_unref);
	g_clear_pointer(&manifest->files, g_ptr_array_unref);
	g_clear_pointer(&manifest->digests, g_ptr_array_unref);
	g_free(manifest->ledger_digest);
	g_free(manifest);
}

char *
backup_digest(const char *path, gint64 size, gint64 *ret_size, GError **error)
{
	g_autoptr(HashDigest) digest = hash_digest_new();
	g_autofree guint8 *buffer = g_malloc(256 * 1024);
	g_autoptr(GString) hex = g_string_new(NULL);
	guint8 sum[HASH_DIGEST_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	gint64 done = 0;
	gssize got = 1;

	if (fd < 0) {
		error_set_errno(error, ERROR_NOT_FOUND, errno, "%s can't be read", path);
		return NULL;
	}
	while (got > 0 && (size < 0 || done < size)) {
		gsize want = size < 0 ? 256 * 1024 : (gsize)MIN(size - done, 256 * 1024);

		got = read(fd, buffer, want);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0) {
			hash_digest_add(digest, buffer, (gsize)got);
			done += got;
		}
	}
	if (got < 0)
		error_set_errno(error, ERROR_TEMPORARY, errno, "%s can't be read", path);
	close(fd);
	if (got < 0)
		return NULL;
	hash_digest_end(digest, sum);
	for (gsize i = 0; i < sizeof sum; i++)
		g_string_append_printf(hex, "%02x", sum[i]);
	*ret_size = done;
	return g_string_free(g_steal_pointer(&hex), FALSE);
}

static bool
read_source(BackupManifest *manifest, const char *value)
{
	g_auto(GStrv) words = g_strsplit(value, " ", 0);
	BackupSource source;

	if (g_strv_length(words) != 3)
		return false;
	source.name = g_strdup(words[0]);
	source.start = g_ascii_strtoll(words[1], NULL, 10);
	source.highest = g_ascii_strtoll(words[2], NULL, 10);
	g_array_append_val(manifest->sources, source);
	return true;
}

static bool
read_pair(const char *value, char **first, char **second)
{
	g_auto(GStrv) words = g_strsplit(value, " ", 0);

	if (g_strv_length(words) != 2)
		return false;
	*first = g_strdup(words[0]);
	*second = g_strdup(words[1]);
	return true;
}

static bool
read_line(BackupManifest *manifest, const char *key, const char *value)
{
	g_autofree char *first = NULL, *second = NULL;

	if (strcmp(key, "kind") == 0)
		manifest->kind = strcmp(value, "keys") == 0 ? BACKUP_KEYS : BACKUP_RECORDS;
	else if (strcmp(key, "time") == 0)
		manifest->time = g_ascii_strtoll(value, NULL, 10);
	else if (strcmp(key, "revision") == 0)
		manifest->revision = g_ascii_strtoll(value, NULL, 10);
	else if (strcmp(key, "source") == 0)
		return read_source(manifest, value);
	else if (strcmp(key, "file") == 0) {
		if (!read_pair(value, &first, &second) || strchr(first, '/') != NULL)
			return false;
		g_ptr_array_add(manifest->files, g_steal_pointer(&first));
		g_ptr_array_add(manifest->digests, g_steal_pointer(&second));
	} else if (strcmp(key, "ledger") == 0) {
		if (!read_pair(value, &first, &second))
			return false;
		manifest->ledger_size = g_ascii_strtoll(first, NULL, 10);
		g_free(manifest->ledger_digest);
		manifest->ledger_digest = g_steal_pointer(&second);
	}
	return true;
}

BackupManifest *
backup_manifest_read(const char *folder, GError **error)
{
	g_autoptr(BackupManifest) manifest = g_new0(BackupManifest, 1);
	g_autofree char *path = g_build_filename(folder, "MANIFEST", NULL), *text = NULL;
	g_autoptr(GBytes) bytes = file_read(path, MANIFEST_MOST, error);
	char *rest, *line;
	bool whole = false;

	if (bytes == NULL)
		return NULL;
	manifest->files = g_ptr_array_new_with_free_func(g_free);
	manifest->digests = g_ptr_array_new_with_free_func(g_free);
	manifest->sources = g_array_new(FALSE, FALSE, sizeof(BackupSource));
	rest = text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	line = strsep(&rest, "\n");
	if (strcmp(line, "kartoteka-backup 1") != 0) {
		error_set(error, ERROR_INVALID, "%s is not the manifest of a backup", path);
		return NULL;
	}
	while (!whole && (line = strsep(&rest, "\n")) != NULL) {
		char *value = strstr(line, ": ");

		whole = strcmp(line, "end") == 0;
		if (value != NULL)
			*value = '\0';
		if (!whole && (value == NULL || !read_line(manifest, line, value + 2)))
			break;
	}
	if (!whole || manifest->files->len == 0) {
		error_set(error, ERROR_INVALID, "%s isn't whole: take another backup", path);
		return NULL;
	}
	return g_steal_pointer(&manifest);
}
