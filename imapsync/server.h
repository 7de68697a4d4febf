/*
 * server: what all mailboxes of one IMAP server share: how many connections it gets, and how many bytes a second.
 *
 * All functions may be called from any thread.
 */
#pragma once

#include "base/conf.h"

typedef struct Server Server;

/* mailboxes: how many of them there are; conf must outlive it. */
Server *server_new(const ConfImapServer *conf, guint mailboxes);
void server_free(Server *server);

const ConfImapServer *server_conf(const Server *server);

/* Has it room for a connection of each mailbox that stays open, so that news are heard at once (with one left for wishes)?
 * And for a second one of each? */
bool server_may_watch(const Server *server);
bool server_may_watch_two(const Server *server);

/* Takes one of its connections, waits for one. False: the server is closed. */
bool server_enter(Server *server);
void server_leave(Server *server);

/* So many bytes have come: waits as long as the rate wants it. */
void server_account(Server *server, gsize bytes);

/* Nobody waits any more. */
void server_close(Server *server);
