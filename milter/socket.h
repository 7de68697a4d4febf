/*
 * socket: where the MTA finds the milter.
 */
#pragma once

#include "base/conf.h"

/* ERROR_INVALID: [milter] socket has no form that there is. */
bool socket_check(const Conf *conf, GError **error);

/* Opens [milter] socket with its mode and group, and takes away a UNIX socket that a dead milter left. Checked
 * before. ERROR_CONFLICT: somebody listens there. */
bool socket_open(const Conf *conf, GError **error);

/* Takes the UNIX socket away, so that nobody comes in any more; a folder that forbids it is no error. */
void socket_remove(const Conf *conf);
