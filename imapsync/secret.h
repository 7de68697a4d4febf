/*
 * secret: passwords out of files and commands, for as long as a log-in takes.
 *
 * Messages never hold what was read.
 */
#pragma once

#include <glib.h>

/* The first line of the file, which neither group nor others may touch (ERROR_DENIED). Free with secret_free(). */
char *secret_from_file(const char *path, GError **error);

/* What the command prints, up to its first line's end; /bin/sh runs it, "%u" in it is user (quoted), and it has 30
 * seconds. ERROR_TEMPORARY when it fails: it may ask somebody who is away. */
char *secret_from_command(const char *command, const char *user, GError **error);

/* Wipes it. NULL is fine. */
void secret_free(char *secret);
