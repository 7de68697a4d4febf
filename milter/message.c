#include "milter/message.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mark.h"
#include "base/net.h"

#include <string.h>

#define HELD_MAX (256 << 10) /* more than any honest header has */
#define MESSAGE_ID_MAX 998   /* it can't be folded: RFC 5322, 2.1.1 */

struct Message {
	const Milter *milter;
	SpoolEntry *entry;
	bool staff;       /* marks count */
	bool begun;       /* the file is opened, or there shall be none */
	char *rule;       /* why it is private; NULL: it isn't, so far */
	char *message_id; /* of staff mail alone */
	guint marks;
	GString *held;   /* of the header, while it may still become private */
	SpoolFile *file; /* once begun, unless private */
	GError *failed;  /* the first failure */
};

/* Own staff with proof: a login, or a client in the proof networks that uses one of our addresses. */
static bool
is_staff(const Conf *conf, const SpoolEntry *entry)
{
	if (entry->login != NULL)
		return true;
	return net_contains(conf->milter.proof_networks, entry->client_address) &&
	       conf_is_own_address(conf, entry->sender);
}

Message *
message_new(const Milter *milter, SpoolEntry *entry)
{
	Message *message = g_new0(Message, 1);

	message->milter = milter;
	message->entry = entry;
	message->staff = is_staff(milter->conf, entry);
	message->held = g_string_new(NULL);
	return message;
}

void
message_free(Message *message)
{
	if (message == NULL)
		return;
	spool_file_free(message->file);
	spool_entry_free(message->entry);
	g_string_free(message->held, TRUE);
	g_clear_error(&message->failed);
	g_free(message->message_id);
	g_free(message->rule);
	g_free(message);
}

void
message_add_recipient(Message *message, const char *address, const char *params)
{
	spool_entry_add_recipient(message->entry, address, params);
}

guint
message_count_marks(const Message *message)
{
	return message->marks;
}

static void
check_address(Message *message, const char *address)
{
	g_autofree char *word = NULL;

	if (message->rule != NULL || message->failed != NULL || *address == '\0')
		return;
	if (exclusions_find(message->milter->exclusions, address, &word, &message->failed) &&
	    word != NULL)
		message->rule = g_strconcat("list:", word, NULL);
}

/* One excluded address is enough: what one of them got, nobody else shall find here. */
static void
check_addresses(Message *message)
{
	check_address(message, message->entry->sender);
	for (guint i = 0; i < message->entry->recipients->len; i++) {
		const SpoolRecipient *recipient = message->entry->recipients->pdata[i];

		check_address(message, recipient->address);
	}
}

static void
write_bytes(Message *message, const void *data, gsize length)
{
	if (message->file != NULL && message->failed == NULL)
		spool_file_write(message->file, data, length, &message->failed);
}

/* Opens the file. Not before all recipients are known. */
static void
begin(Message *message)
{
	const Milter *milter = message->milter;

	message->begun = true;
	if (message->staff)
		check_addresses(message);
	if (message->rule == NULL && message->failed == NULL &&
	    spool_has_room(
		milter->spool, &milter->conf->milter.free_space_minimum, &message->failed))
		message->file =
		    spool_file_new(milter->spool, message->entry, SPOOL_LIVE, &message->failed);
}

/* What is held goes to the file. */
static void
release(Message *message)
{
	if (!message->begun)
		begin(message);
	write_bytes(message, message->held->str, message->held->len);
	g_string_truncate(message->held, 0);
}

/* name, ":", value, CRLF; the LFs of folding become CRLF, as they were on the wire. */
static void
append_field(GString *out, const char *name, const char *value)
{
	g_string_append(out, name);
	g_string_append_c(out, ':');
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\n' && (p == value || p[-1] != '\r'))
			g_string_append_c(out, '\r');
		g_string_append_c(out, *p);
	}
	g_string_append(out, "\r\n");
}

/* "<id>" without the comments around it, or whatever stands there; NULL when it can be no id. */
static char *
id_of(const char *value)
{
	const char *open = strchr(value, '<'), *close = open != NULL ? strchr(open, '>') : NULL;
	g_autofree char *id = close != NULL ? g_strndup(open, (gsize)(close - open) + 1)
					    : g_strstrip(g_strdup(value));

	return strlen(id) <= MESSAGE_ID_MAX ? g_steal_pointer(&id) : NULL;
}

/* With the first mark goes what was held, and what was written already of a header that is too large to be held. */
static void
look_for_marks(Message *message, const char *name, const char *value)
{
	if (message->message_id == NULL && g_ascii_strcasecmp(name, "Message-ID") == 0)
		message->message_id = id_of(value);
	if (message->rule != NULL)
		return;
	message->rule = g_strdup(mark_of_header(message->milter->conf, name, value));
	if (message->rule == NULL)
		return;
	g_string_truncate(message->held, 0);
	g_clear_pointer(&message->file, spool_file_free);
}

void
message_add_header(Message *message, const char *name, const char *value)
{
	if (mark_is_header(name))
		message->marks++;
	if (message->staff)
		look_for_marks(message, name, value);
	if (message->rule != NULL)
		return;
	append_field(message->held, name, value);
	if (!message->staff || message->held->len > HELD_MAX)
		release(message);
}

void
message_end_header(Message *message)
{
	release(message);
	write_bytes(message, "\r\n", 2);
	g_string_free(message->held, TRUE);
	message->held = g_string_new(NULL);
}

void
message_add_body(Message *message, const void *data, gsize length)
{
	if (!message->begun)
		message_end_header(message);
	write_bytes(message, data, length);
}

static bool
record_private(Message *message, const char *queue_id, SpoolKey *key)
{
	g_autoptr(SpoolEntry) entry = spool_entry_new(SPOOL_PRIVATE, SPOOL_SMTP);

	entry->rule = g_strdup(message->rule);
	entry->message_id = g_strdup(message->message_id);
	entry->queue_id = g_strdup(queue_id);
	return spool_record(message->milter->spool, entry, key, &message->failed);
}

static MessageResult
cannot_spool(const Message *message, const char *queue)
{
	const Milter *milter = message->milter;
	bool accept = milter->conf->milter.cannot_spool == CONF_CANNOT_SPOOL_ACCEPT;
	g_autofree char *text = log_quote(message->failed->message);

	log_error(accept ? "accepted-unspooled" : "cannot-spool", "queue=%s error=%s text=%s",
	    queue, error_name(error_code(message->failed)), text);
	if (!accept)
		return MESSAGE_TEMPFAIL;
	spool_note_missed(milter->spool);
	return MESSAGE_NOT_SPOOLED;
}

MessageResult
message_finish(Message *message, const char *queue_id)
{
	const char *queue = queue_id != NULL && *queue_id != '\0' ? queue_id : "-";
	char id[SPOOL_ID_SIZE];
	SpoolKey key;
	bool ok;

	if (!message->begun)
		message_end_header(message);
	if (fault_point("milter-finish") != 0)
		error_set(&message->failed, ERROR_TEMPORARY, "A test let the milter fail.");
	if (message->failed != NULL)
		ok = false;
	else if (message->rule != NULL)
		ok = record_private(message, queue_id, &key);
	else
		ok = spool_file_commit(message->file, queue_id, &key, &message->failed);
	if (!ok)
		return cannot_spool(message, queue);
	spool_key_text(&key, id);
	log_set_item(id);
	log_info(message->rule != NULL ? "private" : "spooled", "queue=%s recipients=%u%s%s", queue,
	    message->rule != NULL ? 0 : message->entry->recipients->len,
	    message->rule != NULL ? " rule=" : "", message->rule != NULL ? message->rule : "");
	log_set_item(NULL);
	fault_point("milter-answer");
	return MESSAGE_SPOOLED;
}
