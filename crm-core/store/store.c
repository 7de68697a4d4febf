#include "store/store.h"
#include "store/core.h"
#include "store/key.h"

#include "base/error.h"
#include "base/file.h"
#include "crypt/master.h"

#include <malloc.h>
#include <unistd.h>

/* Longer than any transaction of ours, shorter than a web server's patience. */
#define WAIT_MS 10000

/* SQLite takes and gives back some 100 KB for each statement with a list; without this the heap's end goes
 * up and down with it, which costs more than the statement. What holds a batch of mails is larger: mapped anew each
 * time, it would be the kernel's work to clear its pages. What is larger than that, as an attachment, the heap would keep. */
static void
keep_heap(void)
{
	static gsize done;

	if (g_once_init_enter(&done)) {
		mallopt(M_TRIM_THRESHOLD, 8 << 20);
		mallopt(M_TOP_PAD, 512 << 10);
		mallopt(M_MMAP_THRESHOLD, 512 << 10);
		g_once_init_leave(&done, 1);
	}
}

Store *
core_new(const Conf *conf, StoreFlags flags)
{
	Store *store = g_new0(Store, 1);
	const char *search = *conf->data.search_directory != '\0' ? conf->data.search_directory
								  : conf->data.directory;

	keep_heap();
	store->conf = conf;
	store->flags = flags;
	store->wait_ms = WAIT_MS;
	store->view = (flags & STORE_ONE_PAGE) != 0;
	for (int file = 0; file < DB_COUNT; file++) {
		store->paths[file] = g_build_filename(
		    file == DB_SEARCH ? search : conf->data.directory, db_name(file), NULL);
		store->locks[file] = lock_new(store->paths[file]);
	}
	return store;
}

void
store_free(Store *store)
{
	if (store == NULL)
		return;
	g_assert(store->tx == NULL);
	for (int file = 0; file < DB_COUNT; file++) {
		if ((store->flags & STORE_KEEP_OPEN) != 0)
			core_cut_log(store, file);
		core_close(store, file);
		lock_free(store->locks[file]);
		g_free(store->paths[file]);
	}
	core_keys_free(store->keys);
	g_free(store);
}

const Conf *
store_conf(const Store *store)
{
	return store->conf;
}

void
store_set_wait(Store *store, gint64 wait_ms)
{
	store->wait_ms = wait_ms;
}

/* kartoteka.db comes last: where it is, the others are, too. */
static const DbFile making_order[] = {DB_KEYS, DB_ACCESS, DB_SEARCH, DB_RECORDS};

static bool
make_files(Store *store, GError **error)
{
	KeyHash ignored;
	guint8 list_key[HASH_KEY_SIZE];

	for (gsize i = 0; i < G_N_ELEMENTS(making_order); i++)
		if (!core_create(store, making_order[i], error))
			return false;
	return key_hash_text(store, KEY_ADDRESS, "", &ignored, error) &&
	       key_published(store, "exclusions", list_key, error) &&
	       key_checkpoint_seed(store, error) != NULL &&
	       key_refill(store, KEY_NEED_RESERVE, error);
}

/* What an error leaves half made goes again, but for the master key, which nobody may have a copy of yet and who
 * tries again takes; a kill leaves files, and the next try names them. */
static bool
create(Store *store, GError **error)
{
	const Conf *conf = store->conf;

	if (!file_make_folder(conf->data.directory, 0700, error) ||
	    (*conf->data.search_directory != '\0' &&
		!file_make_folder(conf->data.search_directory, 0700, error)))
		return false;
	for (gsize i = 0; i < G_N_ELEMENTS(making_order); i++)
		if (making_order[i] != DB_SEARCH &&
		    access(store->paths[making_order[i]], F_OK) == 0)
			return error_set(error, ERROR_CONFLICT,
			    "There is a %s already: name another [data] directory, or remove it "
			    "when an init was interrupted",
			    store->paths[making_order[i]]);
	if (access(conf->data.master_key_file, F_OK) != 0 &&
	    !master_create(conf->data.master_key_file, error))
		return false;
	if (make_files(store, error))
		return true;
	for (gsize i = G_N_ELEMENTS(making_order); i > 0; i--)
		core_remove(store, making_order[i - 1]);
	return false;
}

bool
store_check(Store *store, GError **error)
{
	KeyHash ignored;

	return core_open(store, DB_RECORDS, error) && core_open(store, DB_KEYS, error) &&
	       core_open(store, DB_ACCESS, error) &&
	       key_hash_text(store, KEY_ADDRESS, "", &ignored, error);
}

Store *
store_open(const Conf *conf, StoreFlags flags, GError **error)
{
	g_autoptr(Store) store = core_new(conf, flags);

	if ((flags & STORE_CREATE) != 0 && !create(store, error))
		return NULL;
	if (!core_open(store, DB_RECORDS, error))
		return NULL;
	/* Who stays learns at once what is missing; who shows one page opens what it needs. */
	if ((flags & STORE_KEEP_OPEN) != 0 &&
	    (!store_check(store, error) || !db_exec(store, DB_SEARCH, "SELECT 1", error) ||
		!key_refill(store, KEY_NEED_RESERVE, error)))
		return NULL;
	return g_steal_pointer(&store);
}

bool
store_upgrade(
    const Conf *conf, void (*done)(const char *what, gpointer), gpointer data, GError **error)
{
	g_autoptr(Store) store = core_new(conf, STORE_READ_WRITE);

	for (int file = 0; file < DB_COUNT; file++) {
		if (file == DB_SEARCH && access(store->paths[file], F_OK) != 0)
			continue;
		if (!core_upgrade(store, file, done, data, error))
			return false;
	}
	return true;
}
