#include "rules/index.h"

#include "mail/record.h"
#include "rules/collate.h"
#include "rules/vcard.h"
#include "store/message.h"

#include <string.h>

/* Raise it when the texts below change: the index is then made anew. */
#define TEXTS_VERSION 1

static void
append(GString *out, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	if (out->len > 0)
		g_string_append_c(out, '\n');
	g_string_append(out, text);
}

/* Names and addresses with one of these roles (mask). Bcc is never among them. */
static char *
people(const Mail *mail, guint roles)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < mail->addresses->len; i++) {
		const MailAddress *person = mail->addresses->pdata[i];

		if ((roles & 1u << person->role) == 0)
			continue;
		append(out, person->name);
		append(out, person->address);
	}
	return g_string_free(out, FALSE);
}

static char *
attachments(const Mail *mail)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < mail->parts->len; i++) {
		const MailPart *part = mail->parts->pdata[i];

		if (part->is_attachment)
			append(out, part->name);
	}
	return g_string_free(out, FALSE);
}

static char *
flag_words(guint32 flags)
{
	static const struct {
		guint32 flag;
		const char *word;
	} words[] = {
	    {MAIL_FLAG_ATTACHMENTS, SEARCH_MARK "attachment"},
	    {MAIL_FLAG_CALENDAR, SEARCH_MARK "calendar"},
	    {MAIL_FLAG_ENCRYPTED, SEARCH_MARK "encrypted"},
	    {MAIL_FLAG_SIGNED, SEARCH_MARK "signed"},
	    {MAIL_FLAG_HTML, SEARCH_MARK "html"},
	    {MAIL_FLAG_LIST, SEARCH_MARK "list"},
	    {MAIL_FLAG_AUTO, SEARCH_MARK "auto"},
	    {MESSAGE_OUTGOING, SEARCH_MARK "outgoing"},
	    {MESSAGE_UNVERIFIED, SEARCH_MARK "unverified"},
	};
	GString *out = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if ((flags & words[i].flag) != 0)
			append(out, words[i].word);
	if ((flags & MESSAGE_OUTGOING) == 0)
		append(out, SEARCH_MARK "incoming");
	return g_string_free(out, FALSE);
}

void
index_mail_texts(Mail *mail, SearchMailText *ret)
{
	ret->subject = g_steal_pointer(&mail->subject);
	ret->sender = people(mail, 1u << MAIL_FROM | 1u << MAIL_SENDER | 1u << MAIL_RESENT_FROM);
	ret->recipient = people(
	    mail, 1u << MAIL_TO | 1u << MAIL_CC | 1u << MAIL_RESENT_TO | 1u << MAIL_RESENT_CC);
	ret->attachment = attachments(mail);
	ret->body = g_steal_pointer(&mail->body);
}

static bool
mail_texts(GBytes *stored, guint64 raw_size, SearchMailText *ret, GError **error)
{
	g_autoptr(Mail) mail = record_read(stored, raw_size, error);

	if (mail == NULL)
		return false;
	index_mail_texts(mail, ret);
	return true;
}

/* All values of some properties, a line each. */
static char *
card_values(const Vcard *card, const char *const *names)
{
	GString *out = g_string_new(NULL);

	for (; *names != NULL; names++) {
		g_auto(GStrv) values = vcard_all(card, *names);

		for (char **value = values; *value != NULL; value++)
			append(out, *value);
	}
	return g_string_free(out, FALSE);
}

static bool
contact_texts(const char *text, gsize length, SearchContactText *ret, GError **error)
{
	static const char *const name[] = {"FN", "NICKNAME", NULL};
	static const char *const organisation[] = {"ORG", NULL};
	static const char *const address[] = {"EMAIL", "X-KARTOTEKA-DOMAIN", NULL};
	static const char *const other[] = {"TITLE", "ROLE", "TEL", "ADR", "NOTE", "URL", NULL};
	g_autofree char *copy = g_strndup(text, length);
	g_autoptr(Vcard) card = vcard_parse(copy, error);
	g_autofree char *shown = NULL;

	if (card == NULL)
		return false;
	shown = vcard_name(card);
	ret->sort_key = collate_key(shown != NULL ? shown : "");
	ret->name = card_values(card, name);
	if (*ret->name == '\0') {
		g_free(ret->name);
		ret->name = g_strdup(shown);
	}
	ret->organisation = card_values(card, organisation);
	ret->address = card_values(card, address);
	ret->other = card_values(card, other);
	return true;
}

static const SearchTexts texts = {
    .version = TEXTS_VERSION,
    .mail = mail_texts,
    .flag = flag_words,
    .contact = contact_texts,
};

bool
index_catch_up(
    Session *session, SearchFresh *fresh, gint64 budget_ms, bool *ret_more, GError **error)
{
	SearchTexts with = texts;

	with.fresh = fresh;
	return search_index_catch_up(session->store, &with, budget_ms, ret_more, error);
}

bool
index_lag(Session *session, gint64 *ret, GError **error)
{
	return search_index_lag(session->store, ret, error);
}

bool
index_idle(Session *session, bool *ret_more, GError **error)
{
	return search_index_merge(session->store, ret_more, error);
}

bool
index_rebuild(Session *session, void (*progress)(gint64 done, gint64 total, gpointer data),
    gpointer data, GError **error)
{
	gint64 total, lag;

	if (!search_index_reset(session->store, error) ||
	    !search_index_lag(session->store, &total, error))
		return false;
	for (bool more = true; more;) {
		if (!index_catch_up(session, NULL, 500, &more, error) ||
		    !search_index_lag(session->store, &lag, error))
			return false;
		if (progress != NULL)
			progress(MAX(0, total - lag), total, data);
	}
	for (bool more = true; more;)
		if (!index_idle(session, &more, error))
			return false;
	return true;
}

bool
index_erase(Session *session, const SearchObject *objects, gsize n_objects, GError **error)
{
	return search_index_erase(session->store, &texts, objects, n_objects, error);
}
