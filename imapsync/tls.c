#include "imapsync/tls.h"

#include "base/clock.h"
#include "base/error.h"
#include "imapsync/tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is read from the socket at once: several records, with one system call instead of two for each. */
#define READ_AHEAD (64 * 1024)
#define SLOWEST 16 /* bytes a ms */

struct Tls {
	int fd;
	int cancel_fd, wake_fd; /* eventfds */
	char *host;
	guint16 port;
	SSL_CTX *context;
	SSL *ssl;
	guint silence, patience; /* seconds */
	gint64 waited;           /* ms since they were set */
	guint64 came;            /* bytes since then */
	guint64 plain_received, plain_sent;
	guint round_trips;
	bool asked; /* something was sent since the last read */
};

Tls *
tls_new(void)
{
	static gsize once;
	Tls *tls = g_new0(Tls, 1);

	if (g_once_init_enter(&once)) {
		signal(SIGPIPE, SIG_IGN);
		g_once_init_leave(&once, 1);
	}
	tls->fd = -1;
	tls->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	tls->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	tls_set_timeout(tls, 60, 60);
	return tls;
}

void
tls_free(Tls *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->context);
	if (tls->fd >= 0)
		close(tls->fd);
	close(tls->cancel_fd);
	close(tls->wake_fd);
	g_free(tls->host);
	g_free(tls);
}

static void
ring(int fd)
{
	guint64 one = 1;

	if (write(fd, &one, sizeof one) < 0)
		return; /* it rings already */
}

void
tls_cancel(Tls *tls)
{
	ring(tls->cancel_fd);
}

void
tls_wake(Tls *tls)
{
	ring(tls->wake_fd);
}

void
tls_set_timeout(Tls *tls, guint silence, guint patience)
{
	tls->silence = silence;
	tls->patience = patience;
	tls->waited = 0;
	tls->came = 0;
}

bool
tls_is_encrypted(const Tls *tls)
{
	return tls->ssl != NULL;
}

TlsCounters
tls_counters(const Tls *tls)
{
	TlsCounters counters = {tls->plain_received, tls->plain_sent, tls->round_trips};

	if (tls->ssl != NULL) {
		counters.received += BIO_number_read(SSL_get_rbio(tls->ssl));
		counters.sent += BIO_number_written(SSL_get_wbio(tls->ssl));
	}
	return counters;
}

/* Waiting
 * --------------------------------------------------------------------------------------------------------
 */

static TlsWait
wait_for(Tls *tls, short events, int ms, bool wakeable)
{
	const gint64 end = clock_monotonic_ms() + ms;
	struct pollfd fds[] = {{tls->fd, events, 0}, {tls->cancel_fd, POLLIN, 0},
	    {wakeable ? tls->wake_fd : -1, POLLIN, 0}};
	guint64 rung;

	for (int left = ms;; left = (int)MAX(0, end - clock_monotonic_ms())) {
		int n = poll(fds, G_N_ELEMENTS(fds), ms < 0 ? -1 : left);

		if (n < 0 && errno == EINTR)
			continue;
		if (fds[1].revents != 0)
			return TLS_WAIT_CANCELLED;
		if (fds[0].revents != 0)
			return TLS_WAIT_READABLE;
		if (fds[2].revents == 0)
			return TLS_WAIT_TIMEOUT;
		return read(tls->wake_fd, &rung, sizeof rung) > 0 ? TLS_WAIT_WOKEN
								  : TLS_WAIT_TIMEOUT;
	}
}

/* Until the socket is ready, or this read or write has lasted too long. */
static bool
wait_io(Tls *tls, short events, GError **error)
{
	const gint64 begin = clock_monotonic_ms(), silence = (gint64)tls->silence * 1000;
	const gint64 left =
	    (gint64)tls->patience * 1000 + (gint64)(tls->came / SLOWEST) - tls->waited;
	TlsWait result = wait_for(tls, events, (int)CLAMP(MIN(silence, left), 0, G_MAXINT), false);

	tls->waited += clock_monotonic_ms() - begin;
	switch (result) {
	case TLS_WAIT_READABLE:
		return true;
	case TLS_WAIT_CANCELLED:
		return error_set(
		    error, ERROR_TEMPORARY, "The connection to %s was given up.", tls->host);
	default:
		return left < silence && tls->came > 0
			   ? error_set(error, ERROR_TEMPORARY,
				 "%s answers too slowly and was given up.", tls->host)
			   : error_set(error, ERROR_TEMPORARY, "%s has been silent for %u seconds.",
				 tls->host, tls->silence);
	}
}

/* TCP
 * --------------------------------------------------------------------------------------------------------
 */

bool
tls_connect(
    Tls *tls, const char *host, guint16 port, bool loopback_only, guint timeout, GError **error)
{
	g_assert(tls->fd < 0);
	tls->host = g_strdup(host);
	tls->port = port;
	tls->fd = tcp_connect(host, port, loopback_only, timeout, tls->cancel_fd, error);
	tls->round_trips++;
	return tls->fd >= 0;
}

void
tls_adopt(Tls *tls, int fd, const char *host)
{
	g_assert(tls->fd < 0);
	tls->fd = fd;
	tls->host = g_strdup(host);
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		g_assert_not_reached();
}

/* TLS
 * --------------------------------------------------------------------------------------------------------
 */

/* The certificates of authorities, as they were when the file was last read. */
typedef struct {
	X509_STORE *store;
	ino_t inode;
	struct timespec changed;
} Authorities;

static void
authorities_free(gpointer data)
{
	Authorities *authorities = data;

	X509_STORE_free(authorities->store);
	g_free(authorities);
}

static X509_STORE *
read_authorities(const char *ca_file, GError **error)
{
	X509_STORE *store = X509_STORE_new();

	if (store != NULL && ca_file != NULL && X509_STORE_load_file(store, ca_file) != 1)
		error_set(error, ERROR_INVALID,
		    "%s has no certificates in PEM form that can be read.", ca_file);
	else if (store == NULL || (ca_file == NULL && X509_STORE_set_default_paths(store) != 1))
		error_set(error, ERROR_INTERNAL, "The system's certificates can't be read.");
	else
		return store;
	X509_STORE_free(store);
	return NULL;
}

/* A system trusts more than a hundred: they take 20 ms and a megabyte to read. So all connections share them, until the
 * file is another one. */
static bool
use_authorities(SSL_CTX *context, const char *ca_file, GError **error)
{
	static GMutex lock;
	static GHashTable *known; /* path -> Authorities */
	const char *named = g_getenv(X509_get_default_cert_file_env());
	const char *path = ca_file != NULL ? ca_file
			   : named != NULL ? named
					   : X509_get_default_cert_file();
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&lock);
	struct stat st = {0};
	Authorities *authorities;
	X509_STORE *store;

	if (known == NULL)
		known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, authorities_free);
	authorities = g_hash_table_lookup(known, path);
	if (stat(path, &st) != 0 || authorities == NULL || authorities->inode != st.st_ino ||
	    authorities->changed.tv_sec != st.st_mtim.tv_sec ||
	    authorities->changed.tv_nsec != st.st_mtim.tv_nsec) {
		if ((store = read_authorities(ca_file, error)) == NULL)
			return false;
		authorities = g_new0(Authorities, 1);
		*authorities = (Authorities){store, st.st_ino, st.st_mtim};
		g_hash_table_replace(known, g_strdup(path), authorities);
	}
	SSL_CTX_set1_cert_store(context, authorities->store);
	return true;
}

static bool
prepare(Tls *tls, const char *ca_file, GError **error)
{
	X509_VERIFY_PARAM *verify;

	ERR_clear_error();
	tls->context = SSL_CTX_new(TLS_client_method());
	if (tls->context == NULL || !SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION))
		return error_set(error, ERROR_INTERNAL, "OpenSSL can't be set up.");
	SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(tls->context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					   SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(tls->context, 1);
	SSL_CTX_set_default_read_buffer_len(tls->context, READ_AHEAD);
	SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
	if (!use_authorities(tls->context, ca_file, error))
		return false;
	tls->ssl = SSL_new(tls->context);
	if (tls->ssl == NULL || SSL_set_fd(tls->ssl, tls->fd) != 1)
		return error_set(error, ERROR_INTERNAL, "OpenSSL can't be set up.");
	verify = SSL_get0_param(tls->ssl);
	X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (ca_file != NULL)
		X509_VERIFY_PARAM_set_flags(verify, X509_V_FLAG_PARTIAL_CHAIN);
	/* A name is asked for by SNI, an address isn't (RFC 6066). */
	if (X509_VERIFY_PARAM_set1_ip_asc(verify, tls->host) == 1)
		return true;
	ERR_clear_error();
	if (SSL_set1_host(tls->ssl, tls->host) != 1 ||
	    SSL_set_tlsext_host_name(tls->ssl, tls->host) != 1)
		return error_set(
		    error, ERROR_INVALID, "%s can't be the name of a server.", tls->host);
	return true;
}

/* Why OpenSSL's last call failed. */
static bool
report(Tls *tls, int reason, int errnum, GError **error)
{
	const unsigned long code = ERR_peek_error();
	const long verified = SSL_get_verify_result(tls->ssl);

	if (verified != X509_V_OK)
		return error_set(error, ERROR_INVALID,
		    "The certificate of %s isn't right: %s; nothing was sent to it.", tls->host,
		    X509_verify_cert_error_string(verified));
	if (reason == SSL_ERROR_ZERO_RETURN ||
	    (reason == SSL_ERROR_SYSCALL && errnum == 0 && code == 0) ||
	    (reason == SSL_ERROR_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING))
		return error_set(
		    error, ERROR_TEMPORARY, "%s has closed the connection.", tls->host);
	if (reason == SSL_ERROR_SYSCALL)
		return error_set_errno(
		    error, ERROR_TEMPORARY, errnum, "The connection to %s broke", tls->host);
	if (!SSL_is_init_finished(tls->ssl) && ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
		return error_set(error, ERROR_INVALID, "%s, port %u doesn't speak TLS there.",
		    tls->host, tls->port);
	return error_set(error, SSL_is_init_finished(tls->ssl) ? ERROR_TEMPORARY : ERROR_INVALID,
	    "TLS with %s failed: %s.", tls->host,
	    code != 0 ? ERR_reason_error_string(code) : "no reason given");
}

/* After a call of OpenSSL that returned result: true when it should be repeated. */
static bool
again(Tls *tls, int result, int errnum, GError **error)
{
	const int reason = SSL_get_error(tls->ssl, result);

	if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE)
		return wait_io(tls, reason == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, error);
	return report(tls, reason, errnum, error);
}

bool
tls_start(Tls *tls, const char *ca_file, guint timeout, GError **error)
{
	int result;

	g_assert(tls->fd >= 0 && tls->ssl == NULL);
	if (!prepare(tls, ca_file, error))
		return false;
	tls_set_timeout(tls, timeout, timeout);
	for (;;) {
		ERR_clear_error();
		errno = 0;
		result = SSL_connect(tls->ssl);
		if (result == 1)
			break;
		if (!again(tls, result, errno, error))
			return false;
	}
	tls->round_trips += SSL_version(tls->ssl) >= TLS1_3_VERSION ? 1 : 2;
	return true;
}

static gsize
read_plain(Tls *tls, void *buffer, gsize size, GError **error)
{
	for (;;) {
		ssize_t n = recv(tls->fd, buffer, size, 0);

		if (n > 0) {
			tls->plain_received += (guint64)n;
			tls->came += (guint64)n;
			return (gsize)n;
		}
		if (n == 0) {
			error_set(
			    error, ERROR_TEMPORARY, "%s has closed the connection.", tls->host);
			return 0;
		}
		if (errno != EAGAIN && errno != EINTR) {
			error_set_errno(
			    error, ERROR_TEMPORARY, errno, "The connection to %s broke", tls->host);
			return 0;
		}
		if (!wait_io(tls, POLLIN, error))
			return 0;
	}
}

gsize
tls_read(Tls *tls, void *buffer, gsize size, GError **error)
{
	tls->round_trips += tls->asked;
	tls->asked = false;
	if (tls->ssl == NULL)
		return read_plain(tls, buffer, size, error);
	for (;;) {
		int n;

		ERR_clear_error();
		errno = 0;
		n = SSL_read(tls->ssl, buffer, (int)MIN(size, G_MAXINT));
		if (n > 0) {
			tls->came += (guint64)n;
			return (gsize)n;
		}
		if (!again(tls, n, errno, error))
			return 0;
	}
}

static bool
write_plain(Tls *tls, const char *bytes, gsize length, GError **error)
{
	while (length > 0) {
		ssize_t n = send(tls->fd, bytes, length, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return error_set_errno(
			    error, ERROR_TEMPORARY, errno, "The connection to %s broke", tls->host);
		if (n < 0 && !wait_io(tls, POLLOUT, error))
			return false;
		if (n > 0) {
			bytes += n;
			length -= (gsize)n;
			tls->plain_sent += (guint64)n;
		}
	}
	return true;
}

bool
tls_write(Tls *tls, const void *bytes, gsize length, GError **error)
{
	const char *p = bytes;

	tls->asked = true;
	if (tls->ssl == NULL)
		return write_plain(tls, bytes, length, error);
	while (length > 0) {
		int n;

		ERR_clear_error();
		errno = 0;
		n = SSL_write(tls->ssl, p, (int)MIN(length, G_MAXINT));
		if (n <= 0 && !again(tls, n, errno, error))
			return false;
		if (n > 0) {
			p += n;
			length -= (gsize)n;
		}
	}
	return true;
}

TlsWait
tls_wait(Tls *tls, int ms)
{
	const gint64 end = clock_monotonic_ms() + ms;
	TlsWait result;
	char byte;

	for (;;) {
		/* What came with an earlier record is no more to be seen on the socket. Only an application's byte
		 * counts: a session ticket makes the socket readable, too. */
		if (tls->ssl != NULL) {
			int n, reason;

			ERR_clear_error();
			n = SSL_peek(tls->ssl, &byte, 1);
			reason = SSL_get_error(tls->ssl, n);
			if (n > 0 ||
			    (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE))
				return TLS_WAIT_READABLE;
		}
		result = wait_for(
		    tls, POLLIN, ms < 0 ? -1 : (int)MAX(0, end - clock_monotonic_ms()), true);
		if (result != TLS_WAIT_READABLE || tls->ssl == NULL)
			return result;
	}
}
