#include "rules/review.h"

#include "base/error.h"
#include "mail/address.h"
#include "rules/summary.h"
#include "store/address.h"
#include "store/contact.h"
#include "store/sent.h"

#define LOOK_BACK 1000 /* mails */

void
review_entry_free(ReviewEntry *entry)
{
	if (entry == NULL)
		return;
	g_free(entry->address);
	g_free(entry->name);
	g_free(entry);
}

/* In a book that the session sees, or of staff? A contact that is hidden from him counts as none: the
 * list would tell that it exists. */
static bool
is_known(Session *session, const char *canonical, bool *ret, GError **error)
{
	g_autoptr(GPtrArray) contacts = NULL;
	g_autoptr(GArray) staff = NULL;
	gint64 row;

	*ret = true;
	if (conf_is_own_address(store_conf(session->store), canonical))
		return true;
	contacts = contact_find_address(session->store, session->viewer, canonical, error);
	if (contacts == NULL)
		return false;
	if (contacts->len > 0)
		return true;
	row = address_find(session->store, canonical, error);
	if (row < 0 || (staff = address_staff(session->store, row, error)) == NULL)
		return false;
	*ret = staff->len > 0;
	return true;
}

typedef struct {
	Session *session;
	GHashTable *seen; /* canonical -> ReviewEntry, or NULL for one that is known */
	GPtrArray *entries;
	guint limit;
} Review;

static bool
look_at(Review *review, const Sent *sent, const SummaryPerson *person, GError **error)
{
	g_autofree char *canonical = address_canonical(person->address);
	ReviewEntry *entry;
	gpointer found;
	bool known;

	if (canonical == NULL)
		return true;
	if (g_hash_table_lookup_extended(review->seen, canonical, NULL, &found)) {
		entry = found;
		if (entry != NULL && !id_equal(&entry->message, &sent->message))
			entry->messages++;
		return true;
	}
	if (!is_known(review->session, canonical, &known, error))
		return false;
	entry = NULL;
	if (!known && review->entries->len < review->limit) {
		entry = g_new0(ReviewEntry, 1);
		entry->address = g_strdup(person->address);
		entry->name = g_strdup(person->name == NULL ? "" : person->name);
		entry->messages = 1;
		entry->last = sent->time;
		entry->message = sent->message;
		g_ptr_array_add(review->entries, entry);
	}
	g_hash_table_insert(review->seen, g_steal_pointer(&canonical), entry);
	return true;
}

GPtrArray *
review_list(Session *session, guint limit, GError **error)
{
	g_autoptr(GPtrArray) sent = sent_list(session->store, session->viewer, LOOK_BACK, error);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) entries =
	    g_ptr_array_new_with_free_func((GDestroyNotify)review_entry_free);
	Review review = {.session = session, .seen = seen, .entries = entries, .limit = limit};

	for (guint i = 0; sent != NULL && i < sent->len; i++) {
		const Sent *mail = sent->pdata[i];
		g_autoptr(Summary) summary = summary_read(mail->summary, error);

		if (summary == NULL)
			return NULL;
		GPtrArray *people[] = {summary->to, summary->cc, summary->bcc};

		for (gsize role = 0; role < G_N_ELEMENTS(people); role++)
			for (guint n = 0; n < people[role]->len; n++)
				if (!look_at(&review, mail, people[role]->pdata[n], error))
					return NULL;
	}
	if (sent == NULL)
		return NULL;
	for (guint i = 0; i < entries->len; i++)
		session_note(
		    session, OBJECT_MESSAGE, &((const ReviewEntry *)entries->pdata[i])->message);
	if (!session_record(session, PURPOSE_READ, "review of correspondents", error))
		return NULL;
	return g_steal_pointer(&entries);
}
