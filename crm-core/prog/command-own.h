/*
 * command-own: a session for commands of the machine's own administrator: for the user of --as when there is one, else for
 * whoever may run the program as its user, by his login uid.
 */
#pragma once

#include "prog/command.h"

Session *command_own_session(Command *command, GError **error);
