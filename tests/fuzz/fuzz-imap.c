/* A whole dialogue: what libetpan's answers turn into in our code. The bytes are what the server says, up to each byte 0xff in
 * answer to the next thing that is sent; TLS and network are this file. Tags: 1 logs in, 2 is ID and 3 ENABLE when they are
 * offered, then come LIST, STATUS, EXAMINE, SEARCH, sizes, bodies, IDLE, NOOP, LOGOUT. */
#include "imapsync/imap-private.h"

#include <string.h>

#define NEXT 0xff

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

struct Tls {
	const guint8 *p, *end; /* what may be read now */
	const guint8 *last;    /* of all */
	bool asked;            /* something was sent since the last answer began */
};

static const guint8 *fuzz_data;
static size_t fuzz_size;

static void
go_on(Tls *tls)
{
	const guint8 *mark = tls->end < tls->last
				 ? memchr(tls->end + 1, NEXT, (size_t)(tls->last - tls->end - 1))
				 : NULL;

	tls->p = tls->end < tls->last ? tls->end + 1 : tls->last;
	tls->end = mark != NULL ? mark : tls->last;
}

Tls *
tls_new(void)
{
	Tls *tls = g_new0(Tls, 1);
	const guint8 *mark = memchr(fuzz_data, NEXT, fuzz_size);

	tls->p = fuzz_data;
	tls->last = fuzz_data + fuzz_size;
	tls->end = mark != NULL ? mark : tls->last;
	return tls;
}

void
tls_free(Tls *tls)
{
	g_free(tls);
}

bool
tls_connect(
    Tls *tls, const char *host, guint16 port, bool loopback_only, guint timeout, GError **error)
{
	return true;
}

bool
tls_start(Tls *tls, const char *ca_file, guint timeout, GError **error)
{
	return true;
}

void
tls_set_timeout(Tls *tls, guint silence, guint patience)
{
}

gsize
tls_read(Tls *tls, void *buffer, gsize size, GError **error)
{
	gsize n;

	if (tls->p == tls->end && tls->asked) {
		tls->asked = false;
		go_on(tls);
	}
	n = MIN(size, (gsize)(tls->end - tls->p));
	if (n == 0)
		error_set(error, ERROR_TEMPORARY, "The end.");
	memcpy(buffer, tls->p, n);
	tls->p += n;
	return n;
}

bool
tls_write(Tls *tls, const void *bytes, gsize length, GError **error)
{
	tls->asked = true;
	return true;
}

TlsWait
tls_wait(Tls *tls, int ms)
{
	return tls->p < tls->end ? TLS_WAIT_READABLE : TLS_WAIT_TIMEOUT;
}

void
tls_cancel(Tls *tls)
{
}

void
tls_wake(Tls *tls)
{
}

TlsCounters
tls_counters(const Tls *tls)
{
	return (TlsCounters){0};
}

static bool
take(const ImapPiece *piece, gpointer data, GError **error)
{
	guint64 *bytes = data;

	g_assert(piece->failure != NULL || piece->length == 0 || piece->bytes != NULL);
	for (gsize i = 0; i < piece->length; i++)
		*bytes += piece->bytes[i];
	return true;
}

static void
talk(Imap *imap)
{
	const ImapLogin login = {.user = "ann", .secret = "secret"};
	g_autoptr(GPtrArray) folders = NULL;
	g_autoptr(UidSet) uids = uidset_new();
	g_autoptr(UidSet) vanished = uidset_new();
	g_autoptr(GArray) messages = imap_messages_new();
	const ImapSince since = {1, 1, 1};
	ImapStatus status;
	ImapIdle idle;
	guint64 bytes = 0;
	bool news;

	if (!imap_connect(imap, NULL) || !imap_login(imap, &login, NULL) ||
	    (folders = imap_list(imap, true, NULL)) == NULL)
		return;
	for (guint i = 0; i < folders->len; i++)
		g_assert(
		    g_utf8_validate(((ImapFolder *)g_ptr_array_index(folders, i))->name, -1, NULL));
	imap_examine(imap, "INBOX", &since, &status, vanished, NULL);
	imap_search_all(imap, 1, uids, NULL);
	imap_fetch_sizes(imap, uids, messages, NULL);
	imap_fetch(imap, messages, 0, take, &bytes, NULL);
	imap_idle(imap, 1, &idle, NULL);
	imap_noop(imap, &news, NULL);
	imap_logout(imap);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
	const ImapServer server = {
	    .host = "fuzz", .tls = size % 2 != 0 ? IMAP_TLS_STARTTLS : IMAP_TLS_IMPLICIT};
	g_autoptr(Imap) imap = NULL;

	fuzz_data = data;
	fuzz_size = size;
	imap = imap_new(&server);
	talk(imap);
	return 0;
}
