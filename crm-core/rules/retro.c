#include "rules/retro.h"

#include "base/error.h"
#include "rules/rights.h"
#include "store/user.h"

#include <string.h>

/* Seconds of silence of the poller: a server may take long over a search, a big folder long to come. */
#define SILENCE_COUNT 120
#define SILENCE_FETCH 900

static bool
may_ask(Session *session, const RetroAsk *ask, GError **error)
{
	if (ask->addresses == NULL || *ask->addresses == NULL)
		return error_set(
		    error, ERROR_INVALID, "The contact has no mail address to look for.");
	if (!ask->everybody)
		return !id_is_zero(&session->actor.user) ||
		       error_set(error, ERROR_DENIED, "Only a user has a mailbox of his own.");
	return rights_require_administrator(session, error) &&
	       rights_require_reason(ask->reason, error);
}

/* The row comes first: what can't be recorded isn't asked. */
static bool
record(Session *session, const RetroAsk *ask, bool fetch, GError **error)
{
	g_autofree char *addresses = g_strjoinv(" ", (char **)ask->addresses);
	g_autofree char *detail = g_strdup_printf("mailbox search, %s, %s: %s%s%s",
	    fetch ? "fetch" : "count", ask->everybody ? "everybody's" : "own", addresses,
	    ask->everybody ? "; " : "", ask->everybody ? ask->reason : "");

	session_note(session, OBJECT_USER, &session->actor.user);
	return session_record(session, fetch ? PURPOSE_IMPORT : PURPOSE_SEARCH, detail, error);
}

/* Whatever it says of others when it was asked for one mailbox is nobody's business. */
static void
keep_own(WishReply *reply, const char *login)
{
	for (guint i = reply->found->len; i > 0; i--)
		if (strcmp(((WishFound *)reply->found->pdata[i - 1])->login, login) != 0)
			g_ptr_array_remove_index(reply->found, i - 1);
}

static WishReply *
search(Session *session, const RetroAsk *ask, bool fetch, GError **error)
{
	g_autoptr(Wish) wish = wish_new(WISH_SEARCH);
	g_autoptr(User) user = NULL;
	WishReply *reply;

	if (!ask->everybody) {
		user = user_get(session->store, &session->actor.user, error);
		if (user == NULL)
			return NULL;
		wish->login = g_strdup(user->login);
	}
	if (!record(session, ask, fetch, error))
		return NULL;
	wish->fetch = fetch;
	wish->addresses = g_strdupv((char **)ask->addresses);
	reply = wish_ask(store_conf(session->store)->imap.control_socket, wish,
	    fetch ? SILENCE_FETCH : SILENCE_COUNT, error);
	if (reply != NULL && wish->login != NULL)
		keep_own(reply, wish->login);
	return reply;
}

WishReply *
retro_count(Session *session, const RetroAsk *ask, GError **error)
{
	return may_ask(session, ask, error) ? search(session, ask, false, error) : NULL;
}

WishReply *
retro_fetch(Session *session, const RetroAsk *ask, const Id *contact, GError **error)
{
	if (!may_ask(session, ask, error) ||
	    !rights_require_contact(session, contact, RIGHT_EDIT, error))
		return NULL;
	session_note(session, OBJECT_CONTACT, contact);
	return search(session, ask, true, error);
}
