/*
 * session: libmilter's callbacks, one Session per connection of the MTA.
 *
 * They collect what the MTA says and hand it to a Message; the only answer that can be other than "go on" is that at the
 * end of a message. Each connection has a thread of its own.
 */
#pragma once

#include "milter/message.h"

/* Tells libmilter what to call, milter must live as long as the program. */
bool session_register(const Milter *milter, GError **error);

/* Is an answer being worked out right now? */
bool session_busy(void);
