/*
 * socket: where the MTA finds the milter.
 */
#pragma once

#include "base/conf.h"

/* Opens [milter] socket with its mode and group, and takes away a UNIX socket that a dead milter left. ERROR_INVALID: no
 * such form of a socket. ERROR_CONFLICT: somebody listens there. */
bool socket_open(const Conf *conf, GError **error);

/* Takes the UNIX socket away, so that nobody comes in any more; a folder that forbids it is no error. */
void socket_remove(const Conf *conf);
