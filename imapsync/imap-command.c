#include "imapsync/imap-private.h"

#include "base/log.h"

#include <string.h>

bool
imap_private_die(Imap *imap, GError **error, ErrorCode code, const char *format, ...)
{
	if (imap->failure == NULL) {
		va_list args;
		g_autofree char *text = NULL;

		va_start(args, format);
		text = g_strdup_vprintf(format, args);
		va_end(args);
		error_set(&imap->failure, code, "%s", text);
	}
	if (error != NULL && *error == NULL)
		*error = g_error_copy(imap->failure);
	return false;
}

void
imap_private_expect(Imap *imap, guint kinds, gsize literal, guint64 total, guint silence)
{
	const guint seconds = silence != 0 ? silence : imap->timeout;

	guard_expect(imap->guard, kinds, literal, total);
	tls_set_timeout(imap->tls, seconds, seconds);
	imap->folders = NULL;
	g_clear_pointer(&imap->by_raw, g_hash_table_unref);
	imap->found = NULL;
	imap->vanished = NULL;
	imap->fetched = NULL;
	imap->fetch = NULL;
	g_clear_error(&imap->take_error);
}

void
imap_private_begin(Imap *imap, const char *text)
{
	imap->session->imap_tag = (int)imap->sent++;
	/* A failure of the stream stays in imap->failure. */
	if (imap->failure == NULL && mailimap_send_current_tag(imap->session) == MAILIMAP_NO_ERROR)
		mailstream_write(imap->session->imap_stream, text, strlen(text));
}

void
imap_private_send(Imap *imap, const char *format, ...)
{
	g_autofree char *line = NULL;
	va_list args;

	va_start(args, format);
	line = g_strdup_vprintf(format, args);
	va_end(args);
	imap_private_begin(imap, line);
	if (imap->failure == NULL)
		mailstream_write(imap->session->imap_stream, "\r\n", 2);
	explicit_bzero(line, strlen(line)); /* it may have been a password */
}

bool
imap_private_write(Imap *imap, const char *bytes, gsize length, GError **error)
{
	mailstream *stream = imap->session->imap_stream;

	if (imap->failure == NULL && mailstream_write(stream, bytes, length) >= 0 &&
	    mailstream_flush(stream) >= 0)
		return true;
	return imap_private_die(
	    imap, error, ERROR_TEMPORARY, "The connection to %s broke.", imap->host);
}

/* The server's own words: "[CODE] text" without its end of line. */
static char *
said(const char *status)
{
	const char *text = status + strcspn(status, " \r\n");
	g_autofree char *valid = NULL;

	text += strspn(text, " ");
	valid = g_utf8_make_valid(text, (gssize)MIN(strcspn(text, "\r\n"), 200));
	if (*valid == '<')
		*valid = '[';
	return log_escape(valid);
}

static ErrorCode
code_of(const char *status, ErrorCode unsaid)
{
	static const struct {
		const char *code; /* RFC 9051, 5530 */
		ErrorCode error;
	} table[] = {{"UNAVAILABLE", ERROR_TEMPORARY}, {"INUSE", ERROR_TEMPORARY},
	    {"LIMIT", ERROR_TEMPORARY}, {"SERVERBUG", ERROR_TEMPORARY},
	    {"OVERQUOTA", ERROR_TEMPORARY}, {"AUTHENTICATIONFAILED", ERROR_DENIED},
	    {"AUTHORIZATIONFAILED", ERROR_DENIED}, {"EXPIRED", ERROR_DENIED},
	    {"PRIVACYREQUIRED", ERROR_DENIED}, {"CONTACTADMIN", ERROR_DENIED},
	    {"NOPERM", ERROR_DENIED}, {"NONEXISTENT", ERROR_NOT_FOUND},
	    {"TRYCREATE", ERROR_NOT_FOUND}, {"CLIENTBUG", ERROR_INVALID}, {"CANNOT", ERROR_INVALID},
	    {"ALREADYEXISTS", ERROR_CONFLICT}};
	const char *code = strchr(status, '<'); /* the guard's "[" */

	if (g_ascii_strncasecmp(status, "BAD", 3) == 0)
		return ERROR_INVALID;
	for (gsize i = 0; code != NULL && i < G_N_ELEMENTS(table); i++) {
		const gsize length = strlen(table[i].code);

		if (g_ascii_strncasecmp(code + 1, table[i].code, length) == 0 &&
		    strchr("] ", code[1 + length]) != NULL)
			return table[i].error;
	}
	return unsaid;
}

/* What ENABLE has switched on. */
static void
note_enabled(Imap *imap)
{
	clist *extensions = imap->session->imap_response_info != NULL
				? imap->session->imap_response_info->rsp_extension_list
				: NULL;

	for (clistiter *i = extensions != NULL ? clist_begin(extensions) : NULL; i != NULL;
	     i = clist_next(i)) {
		const struct mailimap_extension_data *data = clist_content(i);
		const struct mailimap_capability_data *enabled = data->ext_data;

		if (data->ext_extension->ext_id != MAILIMAP_EXTENSION_ENABLE || enabled == NULL ||
		    enabled->cap_list == NULL)
			continue;
		for (clistiter *j = clist_begin(enabled->cap_list); j != NULL; j = clist_next(j)) {
			const struct mailimap_capability *one = clist_content(j);
			const char *name =
			    one->cap_type == MAILIMAP_CAPABILITY_NAME ? one->cap_data.cap_name : "";

			if (g_ascii_strcasecmp(name, "QRESYNC") == 0)
				imap->capabilities |= IMAP_CAN_QRESYNC;
			else if (g_ascii_strcasecmp(name, "UTF8=ACCEPT") == 0)
				imap->capabilities |= IMAP_CAN_UTF8;
		}
	}
}

/* The tagged line that ended the answer which libetpan has read last, without its tag; NULL when it isn't that. It stands behind
 * all lines of the answer. */
static const char *
last_status(const Imap *imap)
{
	const MMAPString *lines = imap->session->imap_stream_buffer;
	const char *line =
	    lines->len > 1 ? g_strrstr_len(lines->str, (gssize)lines->len - 1, "\n") : NULL;
	char *end;

	line = line != NULL ? line + 1 : lines->str;
	return g_ascii_strtoull(line, &end, 10) == imap->answered && *end == ' ' ? end + 1 : NULL;
}

/* One answer; *ret_status is its tagged line without the tag. */
static bool
read_answer(Imap *imap, const char **ret_status, GError **error)
{
	mailimap *session = imap->session;
	struct mailimap_response *response = NULL;
	int result;

	session->imap_tag = (int)++imap->answered;
	result = imap->line_read || mailimap_read_line(session) != NULL
		     ? mailimap_parse_response(session, &response)
		     : MAILIMAP_ERROR_STREAM;
	imap->line_read = false;
	if (response != NULL)
		mailimap_response_free(response);
	*ret_status = last_status(imap);
	if (imap->failure == NULL && *ret_status != NULL &&
	    (result == MAILIMAP_NO_ERROR || (result == MAILIMAP_ERROR_PROTOCOL &&
						g_ascii_strncasecmp(*ret_status, "BAD", 3) == 0)))
		return true;
	if (result == MAILIMAP_ERROR_STREAM)
		return imap_private_die(
		    imap, error, ERROR_TEMPORARY, "The connection to %s broke.", imap->host);
	return imap_private_die(
	    imap, error, ERROR_INVALID, "%s talks nonsense: an answer can't be read.", imap->host);
}

Answer
imap_private_answer(Imap *imap, ErrorCode unsaid, const char *refused, GError **error)
{
	g_autofree char *text = NULL;
	const char *status = NULL;

	if (!imap_private_write(imap, "", 0, error))
		return ANSWER_DEAD;
	for (; imap->unwatched > 0; imap->unwatched--) {
		if (!read_answer(imap, &status, error))
			return ANSWER_DEAD;
		note_enabled(imap);
	}
	if (!read_answer(imap, &status, error))
		return ANSWER_DEAD;
	imap->news = guard_take_news(imap->guard) || imap->news;
	if (g_ascii_strncasecmp(status, "OK", 2) != 0) {
		text = said(status);
		error_set(error, code_of(status, unsaid), "%s: the server says: %s", refused, text);
		return ANSWER_NO;
	}
	if (imap->take_error != NULL) {
		g_propagate_error(error, g_steal_pointer(&imap->take_error));
		return ANSWER_NO;
	}
	return ANSWER_OK;
}

bool
imap_private_continuation(Imap *imap, const char **ret_text, GError **error)
{
	mailimap *session = imap->session;

	if (!imap_private_write(imap, "", 0, error))
		return false;
	for (;;) {
		char *line = mailimap_read_line(session);

		if (line == NULL || session->imap_stream_buffer->len == 0)
			return imap_private_die(imap, error, ERROR_TEMPORARY,
			    "The connection to %s broke.", imap->host);
		if (*line == '*')
			continue; /* only status lines come here: the guard takes out everything else */
		imap->line_read = *line != '+';
		*ret_text = NULL;
		if (*line == '+') {
			line[strcspn(line, "\r\n")] = '\0';
			*ret_text = line + 1 + strspn(line + 1, " ");
		}
		return true;
	}
}

char *
imap_private_quote(const char *text)
{
	GString *quoted = g_string_new("\"");

	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_c(quoted, '\\');
		g_string_append_c(quoted, *text);
	}
	g_string_append_c(quoted, '"');
	return g_string_free(quoted, FALSE);
}
