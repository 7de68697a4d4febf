#include "base/log.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static struct {
	char *program;
	LogTarget target;
	LogLevel level;
} settings = {NULL, LOG_TARGET_STDERR, LOG_LEVEL_INFO};

static GPrivate item_of_thread = G_PRIVATE_INIT(g_free);

void
log_open(const char *program, LogTarget target, LogLevel level)
{
	g_free(settings.program);
	settings.program = g_strdup(program);
	settings.target = target;
	settings.level = level;
	if (target == LOG_TARGET_SYSLOG)
		openlog(settings.program, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

void
log_set_item(const char *item)
{
	g_private_replace(&item_of_thread, g_strdup(item));
}

/* How many bytes of well-formed UTF-8 without control characters stand at p; 0: none. */
static int
plain_bytes(const char *p, const char *end)
{
	gunichar c = g_utf8_get_char_validated(p, end - p);

	if (c == (gunichar)-1 || c == (gunichar)-2 || g_unichar_iscntrl(c))
		return 0;
	/* line and paragraph separator, and what turns the direction of a terminal's text */
	if ((c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return 0;
	return g_unichar_to_utf8(c, NULL);
}

static void
append_escaped(GString *out, const char *value, const char *backslashed)
{
	const char *end = value + strlen(value);

	for (const char *p = value; p < end;) {
		int n = plain_bytes(p, end);

		if (n == 0)
			g_string_append_printf(out, "\\x%02x", (guint8)*p++);
		else if (n == 1 && strchr(backslashed, *p) != NULL) {
			g_string_append_c(out, '\\');
			g_string_append_c(out, *p++);
		} else {
			g_string_append_len(out, p, n);
			p += n;
		}
	}
}

char *
log_quote(const char *value)
{
	GString *out;

	if (value == NULL)
		return g_strdup("-");
	out = g_string_new("\"");
	append_escaped(out, value, "\"\\");
	g_string_append_c(out, '"');
	return g_string_free(out, FALSE);
}

char *
log_escape(const char *value)
{
	GString *out = g_string_new(NULL);

	append_escaped(out, value, "\\");
	return g_string_free(out, FALSE);
}

static int
syslog_priority(LogLevel level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return LOG_ERR;
	case LOG_LEVEL_WARNING:
		return LOG_WARNING;
	case LOG_LEVEL_INFO:
		return LOG_INFO;
	case LOG_LEVEL_DEBUG:
		break;
	}
	return LOG_DEBUG;
}

static void
write_line(LogLevel level, const char *line)
{
	static const char *const names[] = {"error: ", "warning: ", "", "debug: "};
	g_autofree char *text = NULL;

	if (settings.target == LOG_TARGET_SYSLOG) {
		syslog(syslog_priority(level), "%s%s", names[level], line);
		return;
	}
	/* one write, so that the lines of several threads and programs don't mix */
	text = g_strdup_printf("%s%s%s%s\n", settings.program != NULL ? settings.program : "",
	    settings.program != NULL ? ": " : "", names[level], line);
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return; /* there is nowhere left to say so */
}

void
log_line(LogLevel level, const char *event, const char *format, ...)
{
	const char *item = g_private_get(&item_of_thread);
	g_autoptr(GString) line = NULL;
	g_autofree char *values = NULL;
	va_list args;

	if (level > settings.level)
		return;
	line = g_string_new(NULL);
	if (item != NULL) {
		append_escaped(line, item, "");
		g_string_append_c(line, ' ');
	}
	append_escaped(line, event, "");
	va_start(args, format);
	values = g_strdup_vprintf(format, args);
	va_end(args);
	if (*values != '\0') {
		g_string_append_c(line, ' ');
		/* backslashes are there already where log_quote() was used */
		append_escaped(line, values, "");
	}
	write_line(level, line->str);
}

void
log_gerror(LogLevel level, const char *event, const GError *error)
{
	g_autofree char *text = log_quote(error->message);

	log_line(level, event, "error=%s text=%s", error_name(error_code(error)), text);
}
