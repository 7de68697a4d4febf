/*
 * sandbox: seccomp filters (the only libseccomp), made once and put on in a child without
 * allocating.
 *
 * A forbidden call fails with EPERM instead of a kill, so that glibc's lazy charset loading fails
 * like an unknown charset does; only what would get out (execve, ptrace, new sockets in the parser)
 * is among the refused, there is nothing to kill for. Built with sanitizers the filters are empty.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct SandboxFilter SandboxFilter;

/* For a parser child: read, write, close, lseek, fstat, memory, clocks, signals' return, futex,
 * exit; no open, no socket, no exec, no fork, no kill of others. Descriptors that are open stay
 * usable. */
SandboxFilter *sandbox_filter_parser(GError **error);

/* For a CGI after it has opened its files: everything but exec, new sockets, ptrace, mounts, kernel
 * modules. */
SandboxFilter *sandbox_filter_cgi(GError **error);

void sandbox_filter_free(SandboxFilter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SandboxFilter, sandbox_filter_free)

/* Puts the filter on this thread (and what it will fork), for good. Sets no_new_privs.
 * Async-signal-safe: errno is set on failure. */
bool sandbox_enter(const SandboxFilter *filter);
