/*
 * turns: so many may do something at once, the others wait for their turn.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Turns Turns;

Turns *turns_new(guint count);
void turns_free(Turns *turns);

/* False: closed. */
bool turns_enter(Turns *turns);
void turns_leave(Turns *turns);

/* Nobody waits any more. */
void turns_close(Turns *turns);
