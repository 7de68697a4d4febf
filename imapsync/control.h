/*
 * control: the socket on which the core wishes something of the poller (base/wish.h).
 *
 * Only the user that opens the database may use it, by what the kernel says of who connected; a wish is one connection and
 * one thread. Passwords that are checked are neither kept nor logged, and wrong ones make the next checks of that login
 * wait.
 */
#pragma once

#include "imapsync/poller.h"

typedef struct Control Control;

/* Makes the socket with the rights of the caller: before it gives them up. -1 on failure. */
int control_listen(const Conf *conf, GError **error);

/* Serves it in a thread of its own, takes fd over. poller must outlive it. */
Control *control_new(const Conf *conf, Poller *poller, int fd);
/* Takes no more wishes, and removes the socket; those at work end with the program. */
void control_close(Control *control);
