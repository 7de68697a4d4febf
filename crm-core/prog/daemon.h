/*
 * daemon: what kartotekad does once everything is open: it files what is ready, goes on with what waits,
 * publishes lists, keeps the files in order, and says how it is.
 *
 * Nothing that was accepted is ever given up: what can't be filed now stays in the spool and is tried
 * again, with pauses that grow.
 */
#pragma once

#include "base/conf.h"
#include "prog/intake.h"

typedef struct Daemon Daemon;

/* parsers (ParserClient, lent) were started before: they must not inherit what this opens. signals: a
 * descriptor that becomes readable when the program shall end, or -1. */
Daemon *daemon_new(const Conf *conf, GPtrArray *parsers, int signals, GError **error);
void daemon_free(Daemon *daemon);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Daemon, daemon_free)

/* Until a signal comes. once: until all that lies in the spool is filed and indexed; fails when that
 * can't be done now. */
bool daemon_run(Daemon *daemon, bool once, GError **error);
