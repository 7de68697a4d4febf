#include "store/search-fresh.h"

#include <string.h>

typedef struct {
	Id message; /* first: it is the key in the table */
	gint64 key;
	gsize size;
	SearchMailText text;
} Entry;

struct SearchFresh {
	GMutex lock; /* all below */
	GHashTable *entries;
	gsize size, most;
};

static guint
entry_hash(gconstpointer entry)
{
	guint hash;

	memcpy(&hash, ((const Entry *)entry)->message.bytes, sizeof hash);
	return hash;
}

static gboolean
entry_equal(gconstpointer a, gconstpointer b)
{
	return id_equal(&((const Entry *)a)->message, &((const Entry *)b)->message);
}

static void
entry_free(gpointer data)
{
	Entry *entry = data;

	search_index_mail_clear(&entry->text);
	g_free(entry);
}

SearchFresh *
search_fresh_new(gsize most)
{
	SearchFresh *fresh = g_new0(SearchFresh, 1);

	g_mutex_init(&fresh->lock);
	fresh->entries = g_hash_table_new_full(entry_hash, entry_equal, NULL, entry_free);
	fresh->most = most;
	return fresh;
}

void
search_fresh_free(SearchFresh *fresh)
{
	if (fresh == NULL)
		return;
	g_hash_table_unref(fresh->entries);
	g_mutex_clear(&fresh->lock);
	g_free(fresh);
}

static gsize
length(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

void
search_fresh_add(SearchFresh *fresh, const MessageRow *message, SearchMailText *text)
{
	Entry *entry = g_new0(Entry, 1);

	entry->message = message->id;
	entry->key = message->key;
	entry->size = sizeof *entry + length(text->subject) + length(text->sender) +
		      length(text->recipient) + length(text->body) + length(text->attachment);
	entry->text = *text;
	*text = (SearchMailText){0};
	g_mutex_lock(&fresh->lock);
	if (fresh->size + entry->size <= fresh->most && g_hash_table_add(fresh->entries, entry)) {
		fresh->size += entry->size;
		entry = NULL;
	}
	g_mutex_unlock(&fresh->lock);
	if (entry != NULL)
		entry_free(entry);
}

/* NULL: it isn't here. */
static Entry *
steal(SearchFresh *fresh, const Id *message)
{
	const Entry sought = {.message = *message};
	gpointer entry = NULL;

	g_mutex_lock(&fresh->lock);
	if (g_hash_table_steal_extended(fresh->entries, &sought, &entry, NULL))
		fresh->size -= ((Entry *)entry)->size;
	g_mutex_unlock(&fresh->lock);
	return entry;
}

bool
search_fresh_take(SearchFresh *fresh, const Id *message, gint64 key, SearchMailText *ret)
{
	Entry *entry = steal(fresh, message);
	bool found = entry != NULL && entry->key == key;

	if (found) {
		*ret = entry->text;
		entry->text = (SearchMailText){0};
	}
	if (entry != NULL)
		entry_free(entry);
	return found;
}

void
search_fresh_drop(SearchFresh *fresh, const Id *message)
{
	Entry *entry = steal(fresh, message);

	if (entry != NULL)
		entry_free(entry);
}
