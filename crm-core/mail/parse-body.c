/* The body for reading: of alternatives the best, HTML as text, flowed lines joined. */
#include "mail/parse-internal.h"

#include "mail/text.h"

#include <string.h>

static MailPart *
part_at(const ParseTree *tree, guint index)
{
	return tree->mail->parts->pdata[index];
}

static bool
has_type(const MailPart *part, const char *type)
{
	return strcmp(part->type, type) == 0;
}

static bool
parameter_is(GMimeObject *object, const char *name, const char *value)
{
	const char *found = object ? g_mime_object_get_content_type_parameter(object, name) : NULL;

	return found && g_ascii_strcasecmp(found, value) == 0;
}

/* A text leaf as a person reads it. */
static char *
readable(const ParseTree *tree, guint index)
{
	const MailPart *part = part_at(tree, index);
	GMimeObject *object = tree->objects->pdata[index];

	if (has_type(part, "text/html") || has_type(part, "text/enriched"))
		return text_from_html(part->text, strlen(part->text));
	if (has_type(part, "text/plain") && parameter_is(object, "format", "flowed"))
		return text_unflow(part->text, parameter_is(object, "delsp", "yes"));
	return g_strdup(part->text);
}

static gsize
visible_chars(const char *text)
{
	gsize n = 0;

	for (; *text; text++)
		n += !g_ascii_isspace(*text);
	return n;
}

static guint
next_child(const ParseTree *tree, guint parent, guint after)
{
	for (guint i = after + 1; i < tree->mail->parts->len; i++) {
		if (part_at(tree, i)->parent == (int)parent)
			return i;
		if (part_at(tree, i)->parent < (int)parent)
			break; /* parts stand in the order of the tree */
	}
	return 0;
}

/* Of alternatives: a person can do nothing with the others. */
static bool
is_readable(const MailPart *part)
{
	return !g_str_has_prefix(part->type, "text/") || has_type(part, "text/plain") ||
	       has_type(part, "text/html") || has_type(part, "text/enriched") ||
	       has_type(part, "text/markdown");
}

static char *body_of(const ParseTree *tree, guint index);

/* Plain text, if it says as much as the HTML: some programs put "your program can't show this"
 * there. */
static char *
best_alternative(const ParseTree *tree, guint index)
{
	g_autofree char *plain = NULL, *other = NULL;

	for (guint i = next_child(tree, index, index); i; i = next_child(tree, index, i)) {
		char *text = is_readable(part_at(tree, i)) ? body_of(tree, i) : NULL;
		if (!text)
			continue;
		if (has_type(part_at(tree, i), "text/plain") && !plain) {
			plain = text;
		} else {
			g_free(other);
			other = text;
		}
	}
	if (plain && other) {
		gsize much = visible_chars(plain);
		if (much == 0 || (much < 200 && visible_chars(other) > 5 * much))
			return g_steal_pointer(&other);
	}
	return plain ? g_steal_pointer(&plain) : g_steal_pointer(&other);
}

/* The text of a part and what is in it; NULL: nothing to read. */
static char *
body_of(const ParseTree *tree, guint index)
{
	const MailPart *part = part_at(tree, index);
	GString *all = NULL;

	if (part->is_attachment || part->in_message || has_type(part, "text/rfc822-headers"))
		return NULL;
	if (part->text)
		return readable(tree, index);
	if (has_type(part, "multipart/alternative"))
		return best_alternative(tree, index);
	for (guint i = next_child(tree, index, index); i; i = next_child(tree, index, i)) {
		g_autofree char *text = body_of(tree, i);

		if (text && *text) {
			if (!all)
				all = g_string_new(NULL);
			else
				g_string_append(
				    all, all->str[all->len - 1] == '\n' ? "\n" : "\n\n");
			g_string_append(all, text);
		}
		if (has_type(part, "multipart/related") || has_type(part, "multipart/signed"))
			break; /* the root; the signed part */
	}
	return all ? g_string_free(all, FALSE) : NULL;
}

static void
take_inline_pgp(Mail *mail)
{
	const char *begin = strstr(mail->body, "-----BEGIN PGP ");

	if (!begin || (begin > mail->body && begin[-1] != '\n'))
		return;
	if (g_str_has_prefix(begin + 15, "SIGNED MESSAGE-----"))
		mail->flags |= MAIL_FLAG_SIGNED;
	else if (g_str_has_prefix(begin + 15, "MESSAGE-----"))
		mail->flags |= MAIL_FLAG_ENCRYPTED;
}

void
parse_body(const ParseTree *tree)
{
	Mail *mail = tree->mail;
	char *body = body_of(tree, 0);

	if (body) {
		g_free(mail->body);
		mail->body = body;
	}
	g_array_unref(mail->spans);
	mail->spans = text_mark(mail->body);
	take_inline_pgp(mail);
	if (parse_looks_like_report(mail))
		mail->flags |= MAIL_FLAG_DSN;
	if (mail->flags & MAIL_FLAG_DSN && (!mail->report || !mail->report->message_id))
		parse_report_guess(mail);
}
