#include "imapsync/imap-private.h"

#include "base/clock.h"
#include "imapsync/response.h"

#include <string.h>

#define FOLDERS_MAX 10000
#define EXISTS_MAX 10000000   /* mails in a folder; a server that says more is taken for a liar */
#define IDLE_MAX (28 * 60)    /* seconds; a server may hang up after 30 minutes (RFC 2177) */
#define POLL_INTERVAL 60      /* seconds, where there is no IDLE */
#define AHEAD_MAX (64 * 1024) /* bytes that a server may chat while we idle */
#define MESSAGE_LIMIT (256 * 1024 * 1024)

/* The responses that the guard takes out
 * --------------------------------------------------------------------------------------------------------
 */

/* A folder whose line can't be read is shown and stops nothing else. */
static ImapFolder *
unreadable(const char *response, gsize length)
{
	ImapFolder *folder = g_new0(ImapFolder, 1);
	g_autofree char *valid = g_utf8_make_valid(response, (gssize)MIN(length, 100));

	folder->raw = g_strescape(valid, NULL);
	folder->unnamable = true;
	return folder;
}

static void
take_list(Imap *imap, const char *response, gsize length)
{
	ImapFolder *folder = response_list(response, length, NULL);

	if (imap->folders->len >= FOLDERS_MAX) {
		imap_folder_free(folder);
		if (imap->take_error == NULL)
			error_set(&imap->take_error, ERROR_TOO_BIG, "%s has more than %d folders.",
			    imap->host, FOLDERS_MAX);
		return;
	}
	if (folder == NULL)
		folder = unreadable(response, length);
	g_ptr_array_add(imap->folders, folder);
	g_hash_table_insert(imap->by_raw, folder->raw, folder);
}

static void
take_status(Imap *imap, const char *response, gsize length)
{
	g_autofree char *raw = NULL;
	ImapStatus status;
	ImapFolder *folder;

	if (!response_status(response, length, &raw, &status, NULL))
		return; /* that one folder has no status then */
	folder = g_hash_table_lookup(imap->by_raw, raw);
	if (folder == NULL)
		return;
	folder->status = status;
	folder->has_status = true;
}

static void
take(GuardKind kind, const char *response, gsize length, gpointer data)
{
	Imap *imap = data;
	GError **error = imap->take_error == NULL ? &imap->take_error : NULL;
	g_autoptr(UidSet) gone = NULL;
	bool earlier;

	if (kind == GUARD_LIST && imap->folders != NULL && imap->by_raw != NULL) {
		take_list(imap, response, length);
	} else if (kind == GUARD_STATUS && imap->by_raw != NULL) {
		take_status(imap, response, length);
	} else if (kind == GUARD_SEARCH && imap->found != NULL) {
		response_search(response, length, imap->found, error);
	} else if (kind == GUARD_VANISHED && imap->vanished != NULL) {
		gone = uidset_new();
		if (response_vanished(response, length, gone, &earlier, error) && earlier)
			uidset_add_set(imap->vanished, gone);
	}
}

/* The connection
 * --------------------------------------------------------------------------------------------------------
 */

Imap *
imap_new(const ImapServer *server)
{
	Imap *imap = g_new0(Imap, 1);

	imap->host = g_strdup(server->host);
	imap->tls_mode = server->tls;
	imap->port = server->port != 0                  ? server->port
		     : server->tls == IMAP_TLS_IMPLICIT ? 993
							: 143;
	imap->ca_file = g_strdup(server->ca_file);
	imap->connect_timeout = server->connect_timeout != 0 ? server->connect_timeout : 30;
	imap->timeout = server->timeout != 0 ? server->timeout : 60;
	imap->message_limit = server->message_limit != 0 ? server->message_limit : MESSAGE_LIMIT;
	imap->tls = tls_new();
	imap->guard = guard_new(take, imap);
	imap->ahead = g_byte_array_new();
	return imap;
}

void
imap_free(Imap *imap)
{
	if (imap == NULL)
		return;
	if (imap->session != NULL) {
		mailstream *stream = imap->session->imap_stream;

		imap->session->imap_stream = NULL; /* or it would log out, and wait */
		if (stream != NULL)
			mailstream_close(stream);
		mailimap_free(imap->session);
	}
	tls_free(imap->tls);
	guard_free(imap->guard);
	g_byte_array_unref(imap->ahead);
	g_clear_pointer(&imap->by_raw, g_hash_table_unref);
	g_clear_error(&imap->take_error);
	g_clear_error(&imap->failure);
	g_free(imap->host);
	g_free(imap->ca_file);
	g_free(imap);
}

static void
on_fetch(struct mailimap_msg_att *message, void *data)
{
	Imap *imap = data;

	if (imap->fetched != NULL)
		imap->fetched(imap, message);
}

static void
on_progress(size_t current, size_t maximum, void *data)
{
}

static bool
greet(Imap *imap, GError **error)
{
	int result;

	imap->session = mailimap_new(0, NULL);
	if (imap->session == NULL)
		g_error("out of memory");
	/* libetpan calls the handler only when there is something to show progress, too. */
	mailimap_set_progress_callback(imap->session, on_progress, on_progress, NULL);
	mailimap_set_msg_att_handler(imap->session, on_fetch, imap);
	imap_private_expect(imap, 0, 0, 64 * 1024, 0);
	result = mailimap_connect(imap->session, imap_private_stream(imap));
	if (result == MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
		return true;
	if (result == MAILIMAP_NO_ERROR_AUTHENTICATED)
		return imap_private_die(imap, error, ERROR_INVALID,
		    "%s greets with PREAUTH, as if somebody had logged in already; nothing was "
		    "sent to it.",
		    imap->host);
	if (result == MAILIMAP_ERROR_STREAM)
		return imap_private_die(
		    imap, error, ERROR_TEMPORARY, "The connection to %s broke.", imap->host);
	return imap_private_die(
	    imap, error, ERROR_INVALID, "%s doesn't greet as an IMAP server does.", imap->host);
}

/* RFC 9051, 6.2.1. Nothing that came in the clear may be taken for something said under TLS. */
static bool
start_tls(Imap *imap, GError **error)
{
	if (!imap_private_need_capabilities(imap, error))
		return false;
	if (!imap_private_offers(imap, "STARTTLS"))
		return imap_private_die(imap, error, ERROR_INVALID,
		    "%s doesn't offer STARTTLS: use implicit TLS, or somebody on the way has taken "
		    "it out.",
		    imap->host);
	imap_private_send(imap, "STARTTLS");
	switch (imap_private_answer(imap, ERROR_INVALID, "STARTTLS isn't possible", error)) {
	case ANSWER_DEAD:
		return false;
	case ANSWER_NO:
		return imap_private_die(
		    imap, NULL, ERROR_INVALID, "%s refuses STARTTLS.", imap->host);
	case ANSWER_OK:
		break;
	}
	if (imap->session->imap_stream->read_buffer_len != 0 || imap->ahead->len != 0 ||
	    !guard_is_at_rest(imap->guard))
		return imap_private_die(imap, error, ERROR_INVALID,
		    "%s sent something between STARTTLS and TLS: somebody on the way may have done "
		    "so.",
		    imap->host);
	if (!tls_start(imap->tls, imap->ca_file, imap->connect_timeout, &imap->failure))
		return imap_private_die(imap, error, ERROR_TEMPORARY, "TLS failed.");
	imap_private_forget_capabilities(imap);
	return true;
}

bool
imap_connect(Imap *imap, GError **error)
{
	g_assert(imap->session == NULL && imap->failure == NULL);
	if (!tls_connect(imap->tls, imap->host, imap->port, imap->tls_mode == IMAP_TLS_NONE,
		imap->connect_timeout, &imap->failure) ||
	    (imap->tls_mode == IMAP_TLS_IMPLICIT &&
		!tls_start(imap->tls, imap->ca_file, imap->connect_timeout, &imap->failure)))
		return imap_private_die(imap, error, ERROR_TEMPORARY, "No connection.");
	return greet(imap, error) &&
	       (imap->tls_mode != IMAP_TLS_STARTTLS || start_tls(imap, error));
}

guint
imap_capabilities(const Imap *imap)
{
	return imap->capabilities;
}

bool
imap_alive(const Imap *imap)
{
	return imap->session != NULL && imap->failure == NULL;
}

void
imap_cancel(Imap *imap)
{
	tls_cancel(imap->tls);
}

void
imap_wake(Imap *imap)
{
	tls_wake(imap->tls);
}

void
imap_logout(Imap *imap)
{
	if (!imap_alive(imap))
		return;
	imap_private_expect(imap, GUARD_BYE, 0, 64 * 1024, 5);
	imap_private_send(imap, "LOGOUT");
	imap_private_answer(imap, ERROR_TEMPORARY, "LOGOUT isn't possible", NULL);
	imap_private_die(
	    imap, NULL, ERROR_TEMPORARY, "The connection to %s was closed by LOGOUT.", imap->host);
}

ImapCounters
imap_counters(const Imap *imap)
{
	TlsCounters counters = tls_counters(imap->tls);

	return (ImapCounters){counters.received, counters.sent, counters.round_trips};
}

/* An open folder
 * --------------------------------------------------------------------------------------------------------
 */

static guint64
highest_modseq(const mailimap *session)
{
	clist *extensions = session->imap_response_info != NULL
				? session->imap_response_info->rsp_extension_list
				: NULL;
	guint64 modseq = 0;

	for (clistiter *i = extensions != NULL ? clist_begin(extensions) : NULL; i != NULL;
	     i = clist_next(i)) {
		const struct mailimap_extension_data *data = clist_content(i);
		const struct mailimap_condstore_resptextcode *code = data->ext_data;

		if (data->ext_extension->ext_id == MAILIMAP_EXTENSION_CONDSTORE &&
		    data->ext_type == MAILIMAP_CONDSTORE_TYPE_RESP_TEXT_CODE && code != NULL &&
		    code->cs_type == MAILIMAP_CONDSTORE_RESPTEXTCODE_HIGHESTMODSEQ)
			modseq = code->cs_data.cs_modseq_value;
	}
	return modseq <= G_MAXINT64 ? modseq : 0; /* RFC 7162: 63 bits */
}

bool
imap_examine(Imap *imap, const char *raw, const ImapSince *since, ImapStatus *ret,
    UidSet *vanished, GError **error)
{
	g_autofree char *quoted = imap_private_quote(raw);
	g_autofree char *how = NULL;
	g_autoptr(UidSet) gone = uidset_new();
	const bool ask = since != NULL && since->uidvalidity != 0 && since->highestmodseq != 0 &&
			 (imap->capabilities & IMAP_CAN_QRESYNC) != 0;
	struct mailimap_selection_info *info;

	if (!imap_alive(imap))
		return imap_private_die(imap, error, ERROR_TEMPORARY, "There is no connection.");
	if (strpbrk(raw, "\r\n") != NULL)
		return error_set(error, ERROR_INVALID,
		    "A folder with a line break in its name can't be opened.");
	if (ask)
		how = g_strdup_printf(" (QRESYNC (%u %" G_GUINT64_FORMAT " %u:%u))",
		    since->uidvalidity, since->highestmodseq, MAX(since->first, 1), G_MAXUINT32);
	imap_private_expect(imap, GUARD_VANISHED, 0, 64 * 1024 * 1024, 0);
	imap->vanished = gone;
	guard_forget_folder(imap->guard);
	imap->news = false;
	if (imap->session->imap_selection_info != NULL)
		mailimap_selection_info_free(imap->session->imap_selection_info);
	info = imap->session->imap_selection_info = mailimap_selection_info_new();
	imap->folder_open = false;
	imap_private_send(imap, "EXAMINE %s%s", quoted,
	    how != NULL                                      ? how
	    : (imap->capabilities & IMAP_CAN_CONDSTORE) != 0 ? " (CONDSTORE)"
							     : "");
	if (imap_private_answer(imap, ERROR_NOT_FOUND, "The folder can't be opened", error) !=
	    ANSWER_OK)
		return false;
	if (info->sel_uidvalidity == 0)
		return error_set(
		    error, ERROR_INVALID, "%s opens a folder without UIDVALIDITY.", imap->host);
	if (guard_exists(imap->guard) > EXISTS_MAX)
		return error_set(
		    error, ERROR_TOO_BIG, "A folder has more than %d mails.", EXISTS_MAX);
	imap->folder_open = true;
	imap->news = false;
	*ret = (ImapStatus){info->sel_uidvalidity, info->sel_uidnext, guard_exists(imap->guard),
	    highest_modseq(imap->session)};
	if (ask && ret->uidvalidity == since->uidvalidity)
		uidset_add_set(vanished, gone);
	return true;
}

bool
imap_noop(Imap *imap, bool *ret_news, GError **error)
{
	if (!imap_alive(imap))
		return imap_private_die(imap, error, ERROR_TEMPORARY, "There is no connection.");
	imap_private_expect(imap, 0, 0, 16 * 1024 * 1024, 0);
	imap_private_send(imap, "NOOP");
	if (imap_private_answer(imap, ERROR_TEMPORARY, "NOOP isn't possible", error) != ANSWER_OK)
		return false;
	*ret_news = imap->news;
	imap->news = false;
	return true;
}

/* Until something happens or ms are over; the server may say what it likes meanwhile. */
static bool
wait_for_news(Imap *imap, int ms, ImapIdle *ret, GError **error)
{
	const gint64 end = clock_monotonic_ms() + ms;

	*ret = IMAP_IDLE_NOTHING;
	for (;;) {
		imap->news = guard_take_news(imap->guard) || imap->news;
		if (imap->news)
			return true;
		switch (tls_wait(imap->tls, (int)MAX(0, end - clock_monotonic_ms()))) {
		case TLS_WAIT_READABLE:
			if (!imap_private_pump(imap, error))
				return false;
			if (imap->ahead->len > AHEAD_MAX)
				return true;
			break;
		case TLS_WAIT_WOKEN:
			*ret = IMAP_IDLE_WOKEN;
			return true;
		case TLS_WAIT_CANCELLED:
			return imap_private_die(imap, error, ERROR_TEMPORARY,
			    "The connection to %s was given up.", imap->host);
		case TLS_WAIT_TIMEOUT:
			return true;
		}
	}
}

static bool
idle(Imap *imap, guint seconds, ImapIdle *ret, GError **error)
{
	const char *text;

	imap_private_expect(imap, 0, 0, 16 * 1024 * 1024, 0);
	imap_private_send(imap, "IDLE");
	if (!imap_private_continuation(imap, &text, error))
		return false;
	if (text == NULL)
		imap->capabilities &=
		    ~(guint)IMAP_CAN_IDLE; /* it said it could: ask by NOOP from now on */
	else if (!wait_for_news(imap, (int)seconds * 1000, ret, error))
		return false;
	imap_private_expect(imap, 0, 0, 16 * 1024 * 1024, 0);
	return (text == NULL || imap_private_write(imap, "DONE\r\n", 6, error)) &&
	       imap_private_answer(imap, ERROR_TEMPORARY, "IDLE isn't possible", error) ==
		   ANSWER_OK;
}

bool
imap_idle(Imap *imap, guint seconds, ImapIdle *ret, GError **error)
{
	const bool can = (imap->capabilities & IMAP_CAN_IDLE) != 0;
	bool news = false;

	if (!imap_alive(imap) || !imap->folder_open)
		return imap_private_die(
		    imap, error, ERROR_TEMPORARY, "There is no open folder to wait for.");
	*ret = IMAP_IDLE_NOTHING;
	if (!imap->news && can && !idle(imap, MIN(seconds, IDLE_MAX), ret, error))
		return false;
	if (!imap->news && !can &&
	    (!wait_for_news(imap, (int)MIN(seconds, POLL_INTERVAL) * 1000, ret, error) ||
		!imap_noop(imap, &news, error)))
		return false;
	if (imap->news || news)
		*ret = IMAP_IDLE_NEWS;
	imap->news = false;
	return true;
}
