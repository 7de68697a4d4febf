/*
 * rewind-print: rules/rewind.h for the commands that do it: "restore" and "mailbox rewind".
 */
#pragma once

#include "rules/session.h"

/* Tells the poller, and says on standard output what came of it. */
bool rewind_print(Session *session, GError **error);
