/* What a report says about another mail: RFC 3464, RFC 8098, and what mail systems made up before. */
#include "mail/parse-internal.h"

#include "mail/decode.h"

#include <string.h>

#define MAX_RECIPIENTS 1000

/* The next "Name: value" with its folded lines; NULL at an empty line or the end. *text moves
 * behind it. */
static char *
next_field(const char **text, char name[static 64])
{
	g_autoptr(GString) value = g_string_new(NULL);
	const char *line = *text;
	const char *colon;
	gsize length = strcspn(line, "\n");

	name[0] = '\0';
	if (length == 0)
		return NULL;
	colon = memchr(line, ':', length);
	if (colon) {
		g_autofree char *trimmed = g_strstrip(g_strndup(line, (gsize)(colon - line)));
		g_strlcpy(name, trimmed, 64);
		g_string_append_len(value, colon + 1, line + length - colon - 1);
	}
	line += length + (line[length] == '\n');
	while (*line == ' ' || *line == '\t') {
		length = strcspn(line, "\n");
		g_string_append_len(value, line, (gssize)length);
		line += length + (line[length] == '\n');
	}
	*text = line;
	return g_strstrip(g_strdup(value->str));
}

/* "rfc822; a@b.cz" -> "a@b.cz" */
static char *
typed_address(const char *value)
{
	const char *semicolon = strchr(value, ';');
	g_autofree char *address = g_strstrip(g_strdup(semicolon ? semicolon + 1 : value));
	gsize length = strlen(address);

	if (length > 2 && address[0] == '<' && address[length - 1] == '>') {
		address[length - 1] = '\0';
		return parse_clean(address + 1);
	}
	return parse_clean(address);
}

static MailAction
action_of(const char *value)
{
	static const struct {
		const char *word;
		MailAction action;
	} words[] = {
	    {"failed", MAIL_ACTION_FAILED},
	    {"delayed", MAIL_ACTION_DELAYED},
	    {"delivered", MAIL_ACTION_DELIVERED},
	    {"relayed", MAIL_ACTION_RELAYED},
	    {"expanded", MAIL_ACTION_EXPANDED},
	    {"displayed", MAIL_ACTION_DISPLAYED},
	    {"deleted", MAIL_ACTION_DELETED},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		if (g_ascii_strncasecmp(value, words[i].word, strlen(words[i].word)) == 0)
			return words[i].action;
	}
	return MAIL_ACTION_UNKNOWN;
}

static void
take_field(MailReport *report, MailReportRecipient *to, const char *name, const char *value,
    bool *original)
{
	if (g_ascii_strcasecmp(name, "Original-Envelope-Id") == 0 && !report->envelope_id) {
		report->envelope_id = parse_clean(value);
	} else if (g_ascii_strcasecmp(name, "Original-Message-ID") == 0 && !report->message_id) {
		report->message_id = parse_first_id(value);
	} else if (g_ascii_strcasecmp(name, "Original-Recipient") == 0) {
		g_free(to->address);
		to->address = typed_address(value);
		*original = to->address != NULL;
	} else if (g_ascii_strcasecmp(name, "Final-Recipient") == 0 && !*original) {
		g_free(to->address);
		to->address = typed_address(value);
	} else if (g_ascii_strcasecmp(name, "Action") == 0) {
		to->action = action_of(value);
	} else if (g_ascii_strcasecmp(name, "Disposition") == 0) {
		const char *semicolon = strchr(value, ';');
		g_autofree char *what = g_strstrip(g_strdup(semicolon ? semicolon + 1 : value));
		to->action = action_of(what);
	} else if (g_ascii_strcasecmp(name, "Status") == 0 && !to->status) {
		g_autofree char *status = g_strndup(value, strspn(value, "0123456789."));
		to->status = parse_clean(status);
	} else if (g_ascii_strcasecmp(name, "Diagnostic-Code") == 0 && !to->detail) {
		const char *semicolon = strchr(value, ';');
		to->detail = parse_clean(semicolon ? semicolon + 1 : value);
	}
}

static void
add_recipient(Mail *mail, MailReportRecipient *to)
{
	if ((to->address || to->status) &&
	    mail_make_report(mail)->recipients->len < MAX_RECIPIENTS) {
		MailReportRecipient *added =
		    mail_add_report_recipient(mail, to->address, to->action);
		added->status = g_steal_pointer(&to->status);
		added->detail = g_steal_pointer(&to->detail);
	}
	g_clear_pointer(&to->address, g_free);
	g_clear_pointer(&to->status, g_free);
	g_clear_pointer(&to->detail, g_free);
	to->action = MAIL_ACTION_UNKNOWN;
}

void
parse_report_fields(Mail *mail, const char *text)
{
	MailReport *report = mail_make_report(mail);
	MailReportRecipient to = {0};
	bool original = false;

	while (*text) {
		char name[64];
		g_autofree char *value = next_field(&text, name);

		if (value) {
			take_field(report, &to, name, value, &original);
			continue;
		}
		add_recipient(mail, &to); /* an empty line: the next group */
		original = false;
		text++;
	}
	add_recipient(mail, &to);
}

void
parse_report_headers(Mail *mail, const char *text)
{
	MailReport *report = mail_make_report(mail);

	while (*text == '\n')
		text++;
	while (*text) {
		char name[64];
		g_autofree char *value = next_field(&text, name);

		if (!value)
			return;
		if (g_ascii_strcasecmp(name, "Message-ID") == 0 && !report->message_id) {
			report->message_id = parse_first_id(value);
		} else if (g_ascii_strcasecmp(name, "Subject") == 0 && !report->subject) {
			g_autofree char *decoded = decode_words(value);
			report->subject = parse_clean(decoded);
		}
	}
}

void
parse_report_guess(Mail *mail)
{
	MailReport *report = mail_make_report(mail);

	for (const char *line = mail->body; *line && !report->message_id;) {
		gsize length = strcspn(line, "\n");
		const char *start = line;
		gsize left;

		while (start < line + length && strchr("> \t|", *start))
			start++;
		left = (gsize)(line + length - start);
		if (left > 12 && g_ascii_strncasecmp(start, "Message-ID:", 11) == 0) {
			g_autofree char *value = g_strndup(start + 11, left - 11);
			if (strchr(value, '<'))
				report->message_id = parse_first_id(value);
			else if (line[length] == '\n') { /* folded */
				const char *next = line + length + 1;
				g_autofree char *folded = g_strndup(next, strcspn(next, "\n"));
				if (strchr(folded, '<'))
					report->message_id = parse_first_id(folded);
			}
		}
		line += length + (line[length] == '\n');
	}
}
