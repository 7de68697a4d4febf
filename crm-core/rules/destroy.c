#include "rules/destroy.h"

#include "rules/index.h"
#include "store/erase.h"

static bool
forget(Store *store, const GArray *messages, gpointer data, GError **error)
{
	g_autoptr(GArray) objects = g_array_new(FALSE, FALSE, sizeof(SearchObject));

	for (guint i = 0; i < messages->len; i++) {
		SearchObject object = {
		    .kind = OBJECT_MESSAGE, .id = g_array_index(messages, gint64, i)};

		g_array_append_val(objects, object);
	}
	return index_erase(data, (const SearchObject *)objects->data, objects->len, error);
}

bool
destroy_continue(Session *session, GError **error)
{
	return erase_continue(session->store, forget, session, error);
}
