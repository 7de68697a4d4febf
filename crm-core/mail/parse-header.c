/* The mail's own headers. */
#include "mail/parse-internal.h"

#include "base/error.h"
#include "base/mark.h"
#include "mail/decode.h"
#include "mail/text.h"

#include <string.h>

#define MAX_IDS 1000 /* of References: the newest are kept */

static char *
line_or_null(const char *text)
{
	char *line = text_one_line(text);

	if (!*line)
		g_clear_pointer(&line, g_free);
	return line;
}

char *
parse_clean(const char *value)
{
	g_autofree char *text = NULL;
	gsize length = value ? strlen(value) : 0;

	if (length == 0)
		return NULL;
	if (!text_is_ascii(value, length) && !g_utf8_validate(value, -1, NULL))
		value = text = decode_charset(value, length, NULL, NULL);
	return line_or_null(value);
}

char *
parse_words(const char *value)
{
	const char *end = value + strlen(value);
	g_autofree char *decoded = NULL;

	/* Most is such that decoding would give the same (and has no byte-order mark). */
	if (text_unclean(value, end) == end && (guchar)*value != 0xef && !strstr(value, "=?"))
		return line_or_null(value);
	decoded = decode_words(value);
	return line_or_null(decoded);
}

static void
add_id(GPtrArray *ids, const char *start, gsize length)
{
	g_autofree char *copy = g_strndup(start, length);
	char *id = parse_clean(copy);

	if (id && ids->len == MAX_IDS)
		g_ptr_array_remove_index(ids, 0);
	if (id)
		g_ptr_array_add(ids, id);
}

void
parse_ids(const char *value, GPtrArray *ids)
{
	const char *open = strchr(value, '<');

	if (!open) { /* old programs write them bare, or prose around them */
		while (*value) {
			gsize length = strcspn(value, " \t\r\n,;\"");
			if (length > 2 && memchr(value, '@', length))
				add_id(ids, value, length);
			value += length + (value[length] != '\0');
		}
		return;
	}
	while (open) {
		gsize length = strcspn(open + 1, "<>");

		if (open[1 + length] != '<') /* "<a <b@c>": the inner one */
			add_id(ids, open + 1, length);
		open = strchr(open + 1, '<');
	}
}

char *
parse_first_id(const char *value)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);

	parse_ids(value, ids);
	if (ids->len > 0)
		return g_strdup(ids->pdata[0]);
	return strchr(value, '<') ? NULL : parse_clean(value);
}

/* Among the flags while the header is read: Return-Path is <>. */
#define NULL_SENDER (1U << 31)

static gint64
read_date(const char *value)
{
	g_autoptr(GDateTime) date = value ? g_mime_utils_header_decode_date(value) : NULL;
	gint64 seconds = date ? g_date_time_to_unix(date) : 0;

	/* Nothing was mailed before 1970, and nobody lives in the year 3000. */
	return seconds > 0 && seconds < G_GINT64_CONSTANT(32503680000) ? seconds : 0;
}

static void
take_list_headers(Mail *mail, const char *name, const char *value)
{
	if (g_ascii_strcasecmp(name, "List-Id") == 0) {
		const char *open = strrchr(value, '<');
		g_autofree char *id =
		    open ? g_strndup(open + 1, strcspn(open + 1, ">")) : g_strdup(value);
		g_autofree char *lower = g_ascii_strdown(id, -1);

		mail->flags |= MAIL_FLAG_LIST;
		if (!mail->list_id)
			mail->list_id = parse_clean(lower);
	} else if (g_ascii_strcasecmp(name, "List-Post") == 0) {
		const char *to = strstr(value, "mailto:");

		mail->flags |= MAIL_FLAG_LIST;
		if (to && !mail->list_post) {
			g_autofree char *address = g_strndup(to + 7, strcspn(to + 7, "?>, \t\r\n"));
			g_autofree char *plain = g_uri_unescape_string(address, NULL);
			mail->list_post = parse_clean(plain ? plain : address);
		}
	} else if (g_ascii_strcasecmp(name, "List-Unsubscribe") == 0) {
		mail->flags |= MAIL_FLAG_BULK;
	}
}

static void
take_mark_headers(Mail *mail, const char *name, const char *value)
{
	g_autofree char *lower = g_ascii_strdown(value, -1);

	g_strstrip(lower);
	if (g_ascii_strcasecmp(name, "Auto-Submitted") == 0) {
		if (!g_str_has_prefix(lower, "no"))
			mail->flags |= MAIL_FLAG_AUTO;
	} else if (g_ascii_strcasecmp(name, "Precedence") == 0) {
		if (g_str_has_prefix(lower, "bulk") || g_str_has_prefix(lower, "junk"))
			mail->flags |= MAIL_FLAG_BULK;
		else if (g_str_has_prefix(lower, "auto"))
			mail->flags |= MAIL_FLAG_AUTO;
		else if (g_str_has_prefix(lower, "list"))
			mail->flags |= MAIL_FLAG_LIST;
	} else if (g_ascii_strcasecmp(name, "Feedback-ID") == 0) {
		mail->flags |= MAIL_FLAG_BULK;
	} else if (g_ascii_strcasecmp(name, "X-Failed-Recipients") == 0) {
		g_auto(GStrv) failed = g_strsplit(value, ",", 100);

		mail->flags |= MAIL_FLAG_DSN;
		for (char **address = failed; *address; address++) {
			g_autofree char *clean = parse_clean(*address);
			if (clean)
				mail_add_report_recipient(mail, clean, MAIL_ACTION_FAILED);
		}
	} else if (g_ascii_strcasecmp(name, "X-Kartoteka") == 0) {
		if (mail->private_mark && mark_is_private(mail->private_mark))
			return;
		g_free(mail->private_mark);
		mail->private_mark = parse_clean(value);
	} else {
		mail->flags |= MAIL_FLAG_AUTO; /* X-Autoreply and its like */
	}
}

typedef enum {
	HEADER_DATE,
	HEADER_SUBJECT,
	HEADER_MESSAGE_ID,
	HEADER_FROM,
	HEADER_ONCE, /* those above may stand once */
	HEADER_IN_REPLY_TO = HEADER_ONCE,
	HEADER_REFERENCES,
	HEADER_RECEIVED,
	HEADER_RETURN_PATH,
	HEADER_AUTH,
	HEADER_ADDRESS,
	HEADER_LIST,
	HEADER_MARK,
	HEADER_NONE,
} HeaderKind;

static const struct {
	const char *name;
	HeaderKind kind;
	MailRole role;
} header_names[] = {
    {"date", HEADER_DATE},
    {"subject", HEADER_SUBJECT},
    {"message-id", HEADER_MESSAGE_ID},
    {"from", HEADER_FROM, MAIL_FROM},
    {"in-reply-to", HEADER_IN_REPLY_TO},
    {"references", HEADER_REFERENCES},
    {"received", HEADER_RECEIVED},
    {"return-path", HEADER_RETURN_PATH},
    {"authentication-results", HEADER_AUTH},
    {"sender", HEADER_ADDRESS, MAIL_SENDER},
    {"reply-to", HEADER_ADDRESS, MAIL_REPLY_TO},
    {"to", HEADER_ADDRESS, MAIL_TO},
    {"cc", HEADER_ADDRESS, MAIL_CC},
    {"bcc", HEADER_ADDRESS, MAIL_BCC},
    {"resent-from", HEADER_ADDRESS, MAIL_RESENT_FROM},
    {"resent-sender", HEADER_ADDRESS, MAIL_RESENT_SENDER},
    {"resent-to", HEADER_ADDRESS, MAIL_RESENT_TO},
    {"resent-cc", HEADER_ADDRESS, MAIL_RESENT_CC},
    {"resent-bcc", HEADER_ADDRESS, MAIL_RESENT_BCC},
    {"list-id", HEADER_LIST},
    {"list-post", HEADER_LIST},
    {"list-unsubscribe", HEADER_LIST},
    {"auto-submitted", HEADER_MARK},
    {"precedence", HEADER_MARK},
    {"feedback-id", HEADER_MARK},
    {"x-failed-recipients", HEADER_MARK},
    {"x-kartoteka", HEADER_MARK},
    {"x-autoreply", HEADER_MARK},
    {"x-autorespond", HEADER_MARK},
    {"x-autoresponder", HEADER_MARK},
};

static guint
find_header(const ParseHeader *header)
{
	char first = g_ascii_tolower(*header->name);
	guint i;

	for (i = 0; i < G_N_ELEMENTS(header_names); i++) {
		if (*header_names[i].name == first &&
		    strlen(header_names[i].name) == header->name_length &&
		    g_ascii_strncasecmp(header_names[i].name, header->name, header->name_length) ==
			0)
			break;
	}
	return i;
}

static void
take_header(Mail *mail, guint index, const char *value, guint nth)
{
	HeaderKind kind = header_names[index].kind;
	const char *name = header_names[index].name;

	if (kind < HEADER_ONCE && nth > 0) {
		mail->defects |=
		    kind == HEADER_FROM ? MAIL_DEFECT_MANY_FROM : MAIL_DEFECT_MANY_HEADERS;
		return;
	}
	switch (kind) {
	case HEADER_DATE:
		mail->date = read_date(value);
		mail->has_date = mail->date != 0;
		break;
	case HEADER_SUBJECT:
		mail->subject = parse_words(value);
		break;
	case HEADER_MESSAGE_ID:
		mail->message_id = parse_first_id(value);
		break;
	case HEADER_IN_REPLY_TO:
		parse_ids(value, mail->in_reply_to);
		break;
	case HEADER_REFERENCES:
		parse_ids(value, mail->references);
		break;
	case HEADER_RECEIVED:
		if (nth == 0 && strrchr(value, ';'))
			mail->received = read_date(strrchr(value, ';') + 1);
		break;
	case HEADER_AUTH:
		parse_auth(&mail->auth, value, nth == 0);
		break;
	case HEADER_RETURN_PATH:
		if (g_str_has_prefix(value, "<>"))
			mail->flags |= NULL_SENDER;
		break;
	case HEADER_ADDRESS:
		if (header_names[index].role == MAIL_RESENT_FROM)
			mail->flags |= MAIL_FLAG_RESENT;
		break;
	case HEADER_LIST:
		take_list_headers(mail, name, value);
		break;
	case HEADER_MARK:
		take_mark_headers(mail, name, value);
		break;
	default:
		break;
	}
}

bool
parse_looks_like_report(const Mail *mail)
{
	static const char *const subjects[] = {"undeliver", "returned mail", "failure notice",
	    "delivery status notif", "delivery fail", "delivery error", "mail delivery", "nedoru",
	    "unzustellbar", "non remis", "not delivered", "warning: could not send", NULL};
	const MailAddress *from = mail_first_address(mail, MAIL_FROM);
	g_autofree char *subject = NULL;

	if (from && g_ascii_strncasecmp(from->address, "mailer-daemon", 13) == 0)
		return true;
	if (!(mail->flags & NULL_SENDER) &&
	    !(from && g_ascii_strncasecmp(from->address, "postmaster@", 11) == 0))
		return false;
	subject = g_utf8_strdown(mail->subject ? mail->subject : "", -1);
	for (gsize i = 0; subjects[i]; i++) {
		if (strstr(subject, subjects[i]))
			return true;
	}
	return false;
}

/* Line breaks as they are: GMime unfolds. */
static void
pass_on(const ParseHeader *header, GByteArray *needed)
{
	const char *end = header->value + header->length;

	g_byte_array_append(needed, (const guint8 *)header->name, header->name_length);
	g_byte_array_append(needed, (const guint8 *)": ", 2);
	g_byte_array_append(needed, (const guint8 *)header->value, (guint)(end - header->value));
	g_byte_array_append(needed, (const guint8 *)"\n", 1);
}

bool
parse_headers(
    Mail *mail, const GArray *headers, const MailLimits *limits, GByteArray *needed, GError **error)
{
	guint left = limits->addresses;
	guint seen[G_N_ELEMENTS(header_names)] = {0};

	for (guint i = 0; i < headers->len; i++) {
		const ParseHeader *header = &g_array_index(headers, ParseHeader, i);
		guint index = find_header(header);
		g_autofree char *value = NULL;

		if (index == G_N_ELEMENTS(header_names)) {
			if (header->name_length > 8 &&
			    g_ascii_strncasecmp(header->name, "content-", 8) == 0)
				pass_on(header, needed);
			continue;
		}
		value = g_strndup(header->value, header->length);
		if ((header_names[index].kind == HEADER_FROM ||
			header_names[index].kind == HEADER_ADDRESS) &&
		    !parse_addresses(mail, header_names[index].role, value, &left))
			return error_set(error, ERROR_TOO_BIG,
			    "The mail has more than %u addresses", limits->addresses);
		take_header(mail, index, value, seen[index]++);
	}
	if (!mail->has_date)
		mail->defects |= MAIL_DEFECT_NO_DATE;
	if (!mail_first_address(mail, MAIL_FROM))
		mail->defects |= MAIL_DEFECT_NO_FROM;
	return true;
}
