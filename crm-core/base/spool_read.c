#include "base/error.h"
#include "base/fault.h"
#include "base/spool_entry.h"
#include "base/spool_pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHOLE_MAX (G_GINT64_CONSTANT(1) << 30)

struct SpoolData {
	const SpoolPack *pack;
	gint64 max_bytes;
	gint64 size;   /* of the file */
	GBytes *bytes; /* all of it, or its beginning */
	SpoolPlace places[SPOOL_PACK_ITEMS];
};

/* -1 with error set. Links and special files are refused: the folder belongs to somebody else. */
static int
open_pack(const SpoolPack *pack, gint64 *size, GError **error)
{
	struct stat st;
	int fd = fault_point("spool-read") != 0
		     ? -1
		     : open(pack->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		ErrorCode code = errno == ENOENT                    ? ERROR_NOT_FOUND
				 : errno == ELOOP || errno == ENXIO ? ERROR_INVALID
								    : ERROR_TEMPORARY;

		error_set_errno(error, code, errno, "The spool file %s can't be opened",
		    pack->path);
		return -1;
	}
	if (fault_point("spool-stat") != 0 || fstat(fd, &st) != 0)
		error_set_errno(error, ERROR_TEMPORARY, errno, "The spool file can't be looked at");
	else if (!S_ISREG(st.st_mode))
		error_set(error, ERROR_INVALID, "The spool file is no regular file.");
	else {
		*size = st.st_size;
		return fd;
	}
	close(fd);
	return -1;
}

/* Up to want bytes; fewer at the end of the file. */
static char *
read_up_to(int fd, gsize want, gsize *ret, GError **error)
{
	g_autofree char *data = g_try_malloc(want + 1);
	gsize have = 0;

	if (data == NULL) {
		error_set(error, ERROR_TEMPORARY, "There is no memory to read a spool file.");
		return NULL;
	}
	while (have < want) {
		ssize_t n = read(fd, data + have, want - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_set_errno(
			    error, ERROR_TEMPORARY, errno, "The spool file can't be read");
			return NULL;
		}
		if (n == 0)
			break;
		have += (gsize)n;
	}
	data[have] = '\0';
	*ret = have;
	return g_steal_pointer(&data);
}

void
spool_data_free(SpoolData *data)
{
	if (data == NULL)
		return;
	g_clear_pointer(&data->bytes, g_bytes_unref);
	g_free(data);
}

/* How much of a file is wanted: what the limit allows, or the Key lines of what is over it. */
static gint64
wanted(const SpoolPack *pack, gint64 size, gint64 max_bytes)
{
	if (pack->count > 1)
		return MIN(size, SPOOL_PACK_MAX + 1);
	return max_bytes > 0 && size > max_bytes + SPOOL_KEYS_MAX ? SPOOL_KEYS_MAX : size;
}

/* Where the items of what was read lie. */
static bool
find_places(SpoolData *data, GError **error)
{
	gsize length;
	const char *p = g_bytes_get_data(data->bytes, &length);

	data->places[0] = (SpoolPlace){0, length};
	return data->pack->count == 1 ||
	       spool_pack_parse(p, length, data->pack->count, data->places, error);
}

SpoolData *
spool_load(const SpoolPack *pack, gint64 max_bytes, GError **error)
{
	g_autoptr(SpoolData) data = NULL;
	gint64 size, want;
	gsize length;
	char *text;
	int fd = open_pack(pack, &size, error);

	if (fd < 0)
		return NULL;
	want = wanted(pack, size, max_bytes);
	text = read_up_to(fd, (gsize)want, &length, error);
	close(fd);
	if (text == NULL)
		return NULL;
	data = g_new0(SpoolData, 1);
	data->pack = pack;
	data->max_bytes = max_bytes;
	data->bytes = g_bytes_new_take(text, length);
	/* what grew or shrank meanwhile no longer fits its own first lines */
	data->size = want < size ? size : (gint64)length;
	return find_places(data, error) ? g_steal_pointer(&data) : NULL;
}

static bool
take_key(SpoolEntry *entry, const SpoolPack *pack, guint place, GError **error)
{
	SpoolKey key = spool_pack_key(pack, place);

	if (strcmp(entry->key.source, key.source) != 0 || entry->key.start != key.start ||
	    (entry->kind == SPOOL_START) != (key.n == 0))
		return error_set(error, ERROR_INVALID,
		    "The spool file's lines contradict its name or its folder.");
	entry->key = key;
	entry->lane = pack->lane;
	return true;
}

bool
spool_read(const SpoolData *data, guint place, SpoolEntry **ret, GBytes **bytes, GError **error)
{
	g_autoptr(SpoolEntry) entry = NULL;
	const char *p = g_bytes_get_data(data->bytes, NULL);
	const SpoolPlace *at = &data->places[place];
	/* of what isn't held to its end the size is known all the same */
	gsize size = data->pack->count > 1 ? at->length : (gsize)data->size, offset;

	g_assert(place < data->pack->count);
	*ret = NULL;
	*bytes = NULL;
	if (!spool_parse_keys(p + at->offset, at->length, size, &entry, &offset, error) ||
	    !take_key(entry, data->pack, place, error))
		return false;
	if (data->max_bytes > 0 && entry->size > data->max_bytes) {
		*ret = g_steal_pointer(&entry);
		return error_set(
		    error, ERROR_TOO_BIG, "The mail has more bytes than the limit allows.");
	}
	*bytes = g_bytes_new_from_bytes(data->bytes, at->offset + offset, at->length - offset);
	*ret = g_steal_pointer(&entry);
	return true;
}

/* Takes the file over. */
static GBytes *
whole_item(char *data, gsize length, const SpoolPack *pack, guint place)
{
	g_autofree char *text = data;
	SpoolPlace places[SPOOL_PACK_ITEMS] = {{0, length}};

	if (pack->count > 1 && !spool_pack_parse(text, length, pack->count, places, NULL))
		places[0] = (SpoolPlace){0, length};
	if (places[place].length == length)
		return g_bytes_new_take(g_steal_pointer(&text), length);
	return g_bytes_new(text + places[place].offset, places[place].length);
}

GBytes *
spool_read_whole(const SpoolPack *pack, guint place, GError **error)
{
	g_autoptr(GError) failed = NULL;
	gint64 size;
	gsize length;
	char *data;
	int fd = open_pack(pack, &size, &failed);

	if (fd < 0 && g_error_matches(failed, ERROR_DOMAIN, ERROR_INVALID))
		return g_bytes_new_static("", 0);
	if (fd < 0) {
		g_propagate_error(error, g_steal_pointer(&failed));
		return NULL;
	}
	data = size <= WHOLE_MAX ? read_up_to(fd, (gsize)size, &length, error) : NULL;
	close(fd);
	if (size > WHOLE_MAX)
		error_set(error, ERROR_TEMPORARY, "The spool file has more than 1 GB.");
	return data != NULL ? whole_item(data, length, pack, place) : NULL;
}

bool
spool_unlink(const SpoolPack *pack, GError **error)
{
	if (fault_point("spool-unlink") != 0 || (unlink(pack->path) != 0 && errno != ENOENT))
		return error_set_errno(
		    error, ERROR_TEMPORARY, errno, "A spool file can't be removed");
	return true;
}
