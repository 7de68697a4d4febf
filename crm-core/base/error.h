/*
 * error: what went wrong, in the seven kinds that tell a caller what to do.
 *
 * Every function of ours that can fail takes a GError ** as its last parameter, returns false or NULL, and
 * leaves its results untouched. The message is one sentence that says what to do; it holds no personal data
 * (ids instead of names and addresses), so that a program may log it as it is. Libraries return errors,
 * programs log them. A bug is no error: g_assert.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
	ERROR_TEMPORARY, /* nothing is wrong with the request: try again later */
	ERROR_INVALID,	 /* the request or the data is not what it must be */
	ERROR_DENIED,	 /* known, but this actor may not */
	ERROR_NOT_FOUND, /* there is no such thing, or none that this viewer may know of */
	ERROR_CONFLICT,	 /* it would contradict what is there */
	ERROR_TOO_BIG,	 /* over a limit that the message names */
	ERROR_INTERNAL,	 /* a defect of ours or of the machine; the log has more */
} ErrorCode;

#define ERROR_DOMAIN (error_quark())
GQuark error_quark(void);

/* Sets *error (when error is not NULL) and returns false, so that "return error_set(...)" reads well. */
bool error_set(GError **error, ErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* From now on sentences are made in another language: translate gives the format in it, or the same one. For
 * programs that show them to their reader. */
void error_translate_by(const char *(*translate)(const char *format));

/* The same with ": strerror(errnum)" behind it. ENOSPC, EDQUOT, EAGAIN, EMFILE and their like become
 * ERROR_TEMPORARY whatever code says, ENOENT stays code. */
bool error_set_errno(GError **error, ErrorCode code, int errnum, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* The kind of an error; errors of other domains (GLib's own) count as ERROR_INTERNAL. */
ErrorCode error_code(const GError *error);

/* One table turns a kind into what each surface says. */
int error_exit_status(ErrorCode code);	     /* sysexits.h: 75, 65, 77, 66, 73, 69, 70 */
int error_http_status(ErrorCode code);	     /* 503, 400, 403, 404, 412, 413, 500 */
const char *error_name(ErrorCode code);	     /* "temporary" ...: for logs and JSON */
