/*
 * sandbox: seccomp filters, put on without allocating. sandbox-make.c makes them when Kartoteka is built.
 *
 * A forbidden call fails with EPERM instead of a kill, so that glibc's lazy charset loading fails
 * like an unknown charset does; only what would get out (execve, ptrace, new sockets in the parser)
 * is among the refused, there is nothing to kill for. Built with sanitizers they aren't put on.
 */
#pragma once

#include <stdbool.h>

struct sock_filter;

typedef struct {
	unsigned short length;
	const struct sock_filter *steps;
} SandboxFilter;

/* For a parser child: read, write, close, lseek, fstat, memory, clocks, signals' return, futex,
 * exit; no open, no socket, no exec, no fork, no kill of others. Descriptors that are open stay
 * usable. */
extern const SandboxFilter sandbox_parser;

/* For a CGI after it has opened its files: everything but exec, new sockets, ptrace, mounts, kernel
 * modules. */
extern const SandboxFilter sandbox_cgi;

/* Puts the filter on this thread (and what it will fork), for good. Sets no_new_privs.
 * Async-signal-safe: errno is set on failure. */
bool sandbox_enter(const SandboxFilter *filter);
