/*
 * tls: a TCP connection, plain at first, then under verified TLS; the only OpenSSL.
 *
 * TLS 1.2 or newer, the chain verified against the system's certificates or one file, the name or address that was asked
 * for in the certificate, usable for servers. A handshake that isn't right is an error before any byte of the
 * application is sent. All waiting ends by time-outs and by tls_cancel(). Ignores SIGPIPE for the whole process.
 *
 * One thread at a time, but for tls_cancel() and tls_wake(). Not for servers.
 *
 * ERRORS. TEMPORARY: no connection, a time-out, an end where none should be. INVALID: a certificate that isn't right, no
 * TLS at all, a host that can't be. Freeing closes at once.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Tls Tls;

Tls *tls_new(void);
void tls_free(Tls *tls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tls, tls_free)

/* TCP to a name or a numeric address, all its addresses in turn, timeout seconds for each. loopback_only: any other
 * address is ERROR_INVALID. host is kept for the certificate. */
bool tls_connect(
    Tls *tls, const char *host, guint16 port, bool loopback_only, guint timeout, GError **error);

/* Takes over a connected socket, as if tls_connect() had made it: for tests. fd is closed with tls. */
void tls_adopt(Tls *tls, int fd, const char *host);

/* The handshake. ca_file (PEM) replaces the system's certificates; an intermediate or the server's own certificate
 * in it is trusted as well. NULL: the system's. */
bool tls_start(Tls *tls, const char *ca_file, guint timeout, GError **error);
bool tls_is_encrypted(const Tls *tls);

/* From now on: seconds of silence that a read or write bears, and of all waiting together; each 16 KB that come allow for one
 * more, so that a slow line is served and a server that sends byte by byte isn't. */
void tls_set_timeout(Tls *tls, guint silence, guint patience);

/* At least one byte, as many as are there; 0 with error set. An orderly end is ERROR_TEMPORARY. */
gsize tls_read(Tls *tls, void *buffer, gsize size, GError **error);
/* All of them. */
bool tls_write(Tls *tls, const void *bytes, gsize length, GError **error);

typedef enum {
	TLS_WAIT_READABLE, /* tls_read() won't block (it may fail) */
	TLS_WAIT_TIMEOUT,
	TLS_WAIT_WOKEN, /* tls_wake() */
	TLS_WAIT_CANCELLED,
} TlsWait;

/* Waits up to ms (-1: for ever) until there is something to read. */
TlsWait tls_wait(Tls *tls, int ms);

/* From any thread: everything that waits, now or later, ends with ERROR_TEMPORARY. */
void tls_cancel(Tls *tls);
/* From any thread: ends this or the next tls_wait(). */
void tls_wake(Tls *tls);

typedef struct {
	guint64 received, sent; /* bytes on the wire, without TCP's own */
	guint round_trips;      /* waits for an answer to something sent; TCP's handshake is one */
} TlsCounters;

TlsCounters tls_counters(const Tls *tls);
