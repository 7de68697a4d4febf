/*
 * log: one line per event, to syslog or to standard error.
 *
 * A line is "[item ]event key=value key=value": it begins with the spool id while one is set, the
 *same id in every program, so that one grep shows the way of a message. Ids instead of names and
 *addresses. Control characters and broken UTF-8 are escaped (\xNN); a value that may hold blanks
 *goes through log_quote().
 *
 *	log_info("filed", "contacts=%d reason=%s", n, reason);
 *
 * Programs log; libraries return errors. Safe to call from any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
	LOG_LEVEL_ERROR, /* somebody must act: alarms */
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
} LogLevel;

typedef enum {
	LOG_TARGET_STDERR,
	LOG_TARGET_SYSLOG, /* facility mail */
} LogTarget;

/* Before it is called, lines of level info and above go to standard error. The name is kept. */
void log_open(const char *program, LogTarget target, LogLevel level);

/* The spool id (or any id) that the lines of this thread begin with from now on; NULL: none.
 * Copied. */
void log_set_item(const char *item);

#define log_error(event, ...) log_line(LOG_LEVEL_ERROR, event, __VA_ARGS__)
#define log_warning(event, ...) log_line(LOG_LEVEL_WARNING, event, __VA_ARGS__)
#define log_info(event, ...) log_line(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_debug(event, ...) log_line(LOG_LEVEL_DEBUG, event, __VA_ARGS__)

/* format may be "" for a line without values. */
void log_line(LogLevel level, const char *event, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* "event error=temporary text="...": an error of ours as a line. Doesn't take or clear the error.
 */
void log_gerror(LogLevel level, const char *event, const GError *error);

/* value in double quotes, inner quotes and backslashes escaped, newly allocated; NULL gives "-". */
char *log_quote(const char *value);

/* value with control characters, backslashes and broken UTF-8 as \xNN; newly allocated. */
char *log_escape(const char *value);
