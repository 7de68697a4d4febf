/*
 * program: how the daemons begin and end: options, configuration, the user that they become, and the status that they leave
 * with. Not for kartoteka(1) and the CGI programs, which begin in ways of their own.
 */
#pragma once

#include "base/conf.h"
#include "base/spool.h"

typedef struct {
	const char *name, *summary;
	const GOptionEntry *entries; /* options beside those that all have; NULL: none */
	const char *command, *what;  /* "authorize" and "LOGIN" may stand behind the options; NULL: nothing may */

	gboolean check;       /* --check was given: leave when the configuration is right */
	const char *argument; /* of the command, or NULL when that wasn't given */
} Program;

/* Logs to standard error, reads the options and then the configuration, but opens no log by that yet. NULL: leave with
 * *ret_status, all is said: it was --version, or there is an error. */
Conf *program_begin(Program *program, int *argc, char ***argv, int *ret_status);

/* Logs why it stops. Returns status, 0: the one that belongs to the error's code. */
int program_fail(const GError *error, int status);

/* Logs that the source begins: its name and start, and more about it as "key=value". section: where a user should be set, when
 * the program is still root. */
void program_started(const char *section, SpoolKey start, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Logs the last number of the source and ends, without exit(): other threads may still be at work. */
void program_end(SpoolKey last, int status) G_GNUC_NORETURN;
