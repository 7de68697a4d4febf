#include "base/error.h"

#include <errno.h>
#include <sysexits.h>

G_DEFINE_QUARK(kartoteka - error, error)

static const struct {
	const char *name;
	int exit_status, http_status;
} error_table[] = {
    [ERROR_TEMPORARY] = {"temporary", EX_TEMPFAIL, 503},
    [ERROR_INVALID] = {"invalid", EX_DATAERR, 400},
    [ERROR_DENIED] = {"denied", EX_NOPERM, 403},
    [ERROR_NOT_FOUND] = {"not-found", EX_NOINPUT, 404},
    [ERROR_CONFLICT] = {"conflict", EX_CANTCREAT, 412},
    [ERROR_TOO_BIG] = {"too-big", EX_UNAVAILABLE, 413},
    [ERROR_INTERNAL] = {"internal", EX_SOFTWARE, 500},
};

static const char *
as_it_is(const char *format)
{
	return format;
}

static const char *(*translated)(const char *format) = as_it_is;

void
error_translate_by(const char *(*translate)(const char *format))
{
	translated = translate;
}

/* The same placeholders in the same order, which the compiler is told and po/ is checked for. */
static const char *translation(const char *format) G_GNUC_FORMAT(1);

static const char *
translation(const char *format)
{
	return translated(format);
}

bool
error_set(GError **error, ErrorCode code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (error != NULL)
		g_propagate_error(
		    error, g_error_new_valist(ERROR_DOMAIN, code, translation(format), args));
	va_end(args);
	return false;
}

static ErrorCode
code_of_errno(int errnum, ErrorCode otherwise)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EINTR:
	case EIO:
		return ERROR_TEMPORARY;
	default:
		return otherwise;
	}
}

bool
error_set_errno(GError **error, ErrorCode code, int errnum, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	return error_set(error, code_of_errno(errnum, code), "%s: %s", what, g_strerror(errnum));
}

ErrorCode
error_code(const GError *error)
{
	if (error->domain != ERROR_DOMAIN || error->code < 0 || error->code > ERROR_INTERNAL)
		return ERROR_INTERNAL;
	return (ErrorCode)error->code;
}

int
error_exit_status(ErrorCode code)
{
	return error_table[code].exit_status;
}

int
error_http_status(ErrorCode code)
{
	return error_table[code].http_status;
}

const char *
error_name(ErrorCode code)
{
	return error_table[code].name;
}
