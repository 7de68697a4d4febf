#include "rules/exclude.h"

#include "base/error.h"
#include "base/published.h"
#include "mail/address.h"
#include "rules/rights.h"

#include <string.h>

#define WORD "list"

/* The form that is stored; NULL with ERROR_INVALID. */
static char *
canonical_pattern(const char *pattern, GError **error)
{
	const char *at = strchr(pattern, '@');
	char *canonical = NULL;

	if (at != NULL && at != pattern)
		canonical = address_canonical(pattern);
	else {
		g_autofree char *domain =
		    address_canonical_domain(at != NULL ? pattern + 1 : pattern);

		if (domain != NULL && strchr(domain, '.') != NULL)
			canonical = g_strconcat("@", domain, NULL);
	}
	if (canonical == NULL)
		error_set(error, ERROR_INVALID,
		    "This is neither an address (jana@example.cz) nor a domain (@example.cz)");
	return canonical;
}

static bool
change(Session *session, const char *pattern, const char *reason,
    bool (*act)(StoreTx *, const char *, Id *, GError **), GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autofree char *canonical = NULL;
	Id id;

	if (!rights_require_administrator(session, error) ||
	    !rights_require_reason(reason, error) ||
	    (canonical = canonical_pattern(pattern, error)) == NULL ||
	    !store_tx_begin(&tx, session->store, &session->actor, reason, error) ||
	    !act(&tx, canonical, &id, error))
		return false;
	session_note(session, OBJECT_EXCLUSION, &id);
	return session_record_change(session, &tx, PURPOSE_ADMINISTER, NULL, error) &&
	       store_tx_commit(&tx, error);
}

bool
exclude_add(Session *session, const char *pattern, const char *reason, GError **error)
{
	return change(session, pattern, reason, exclusion_add, error);
}

bool
exclude_remove(Session *session, const char *pattern, const char *reason, GError **error)
{
	return change(session, pattern, reason, exclusion_end, error);
}

GPtrArray *
exclude_list(Session *session, GError **error)
{
	g_autoptr(GPtrArray) list = NULL;

	if (!rights_require_administrator(session, error))
		return NULL;
	list = exclusion_list(session->store, error);
	if (list == NULL)
		return NULL;
	for (guint i = 0; i < list->len; i++)
		session_note(
		    session, OBJECT_EXCLUSION, &((Exclusion *)g_ptr_array_index(list, i))->id);
	return session_record(session, PURPOSE_ADMINISTER, NULL, error) ? g_steal_pointer(&list)
									: NULL;
}

bool
exclude_publish(Store *store, GError **error)
{
	const Conf *conf = store_conf(store);
	g_autofree char *path =
	    g_build_filename(conf->data.published_directory, PUBLISHED_EXCLUSIONS, NULL);
	g_autoptr(GPtrArray) list = exclusion_list(store, error);
	g_autoptr(Published) published = NULL;
	guint8 key[PUBLISHED_KEY_SIZE];

	if (list == NULL || !exclusion_published_key(store, key, error))
		return false;
	published = published_new(PUBLISHED_EXCLUSIONS, key);
	for (guint i = 0; i < list->len; i++) {
		const Exclusion *exclusion = g_ptr_array_index(list, i);
		g_autofree char *subject =
		    exclusion->pattern[0] == '@'
			? g_strdup(exclusion->pattern)
			: published_subject(exclusion->pattern, conf->company.subaddress_domains);

		if (subject != NULL)
			published_add(published, subject, WORD);
	}
	return published_write(published, path, store_conf(store)->milter.user, error);
}
