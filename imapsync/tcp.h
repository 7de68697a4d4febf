/*
 * tcp: a TCP connection to a name or an address.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Tries all addresses of host in turn, timeout seconds each; ends when cancel_fd becomes readable. loopback_only: an address
 * that isn't this machine is ERROR_INVALID. A non-blocking socket with keep-alives, or -1 with ERROR_TEMPORARY. */
int tcp_connect(const char *host, guint16 port, bool loopback_only, guint timeout, int cancel_fd,
    GError **error);
