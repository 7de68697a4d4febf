/* What became of each mail, from what the child wrote and how it ended. */
#include "prog/parser-reply.h"

#include "base/error.h"
#include "mail/record.h"
#include "prog/parser-wire.h"

#include <string.h>
#include <sys/wait.h>

void
parser_result_free(ParserResult *result)
{
	if (!result)
		return;
	mail_free(result->mail);
	g_clear_error(&result->error);
	g_free(result);
}

void
parser_reply_decide(ParserResult *result, ParserOutcome outcome, ErrorCode code, const char *why)
{
	result->outcome = outcome;
	g_clear_error(&result->error);
	error_set(&result->error, code, "%s", why);
}

/* The child's own sentence about a limit: shown, so only plain characters, and not many. */
static void
decide_limit(ParserResult *result, const guint8 *text, gsize length)
{
	g_autofree char *plain = g_strndup((const char *)text, MIN(length, 160));

	for (char *p = plain; *p; p++) {
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	}
	parser_reply_decide(
	    result, PARSER_LIMIT, ERROR_TOO_BIG, *plain ? plain : "The mail is over a limit");
}

/* The names go to the next child, which looks them up in glibc's list. */
static void
decide_again(ParserResult *result, const guint8 *names, gsize length)
{
	g_autofree char *plain = g_strndup((const char *)names, MIN(length, PARSE_CHARSETS));

	parser_reply_decide(result, PARSER_AGAIN, ERROR_TEMPORARY, *plain ? plain : "-");
}

bool
parser_reply_take(const GByteArray *got, const guint64 *lengths, guint count, bool asked_again,
    ParserResult *const *results)
{
	const guint8 *at = got->data, *end = at + got->len;

	for (guint i = 0; i < count; i++) {
		ParserResult *result = results[i];
		ParserReply reply;

		if ((gsize)(end - at) < sizeof(reply))
			return false;
		memcpy(&reply, at, sizeof(reply));
		at += sizeof(reply);
		if (reply.length > (gsize)(end - at))
			return false;
		if (reply.code == PARSER_REPLY_RECORD) {
			g_autoptr(GBytes) bytes = g_bytes_new_static(at, reply.length);
			result->mail = record_read(bytes, lengths[i], &result->error);
			result->outcome = result->mail ? PARSER_DONE : PARSER_BAD;
		} else if (reply.code == PARSER_REPLY_CHARSET && !asked_again) {
			decide_again(result, at, reply.length);
		} else {
			decide_limit(result, at, reply.length);
		}
		at += reply.length;
	}
	return at == end;
}

void
parser_reply_forget(ParserResult *const *results, guint count)
{
	for (guint i = 0; i < count; i++) {
		ParserResult *result = results[i];

		g_clear_pointer(&result->mail, mail_free);
		g_clear_error(&result->error);
		result->outcome = PARSER_CRASH;
	}
}

void
parser_reply_blame(ParserResult *result, const ParserStatus *status)
{
	g_autofree char *why = NULL;
	int how = status->wait_status;

	if (status->timed_out || (WIFSIGNALED(how) && WTERMSIG(how) == SIGXCPU)) {
		parser_reply_decide(
		    result, PARSER_TIMEOUT, ERROR_TOO_BIG, "The mail takes too long to parse");
		return;
	}
	if (WIFSIGNALED(how))
		why = g_strdup_printf("The parser died of signal %d (%s) on this mail",
		    WTERMSIG(how), g_strsignal(WTERMSIG(how)));
	else
		why = g_strdup_printf(
		    "The parser ended with status %d on this mail", WEXITSTATUS(how));
	parser_reply_decide(result, PARSER_CRASH, ERROR_TOO_BIG, why);
}
