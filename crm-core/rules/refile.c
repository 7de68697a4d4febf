#include "rules/refile.h"

#include "base/error.h"
#include "mail/address.h"
#include "mail/record.h"
#include "rules/contact.h"
#include "rules/file-job.h"
#include "rules/rights.h"
#include "store/address.h"

#include <string.h>

void
refile_why_free(RefileWhy *why)
{
	if (why == NULL)
		return;
	g_free(why->name);
	g_free(why->address);
	g_free(why->text);
	g_free(why);
}

typedef struct {
	const char *key;
	Id message;
} FindKey;

static bool
compare_key(const ItemLine *line, gpointer data, GError **error)
{
	FindKey *find = data;

	if (line->detail == NULL || g_strcmp0(line->detail->key, find->key) != 0 ||
	    line->message.row == 0)
		return true;
	find->message = line->message.id;
	return false;
}

bool
refile_find(Session *session, const char *text, Id *ret, GError **error)
{
	FindKey find = {.key = text};
	g_autoptr(Viewer) system = NULL;
	g_autoptr(Message) message = NULL;

	if (!id_parse(text, &find.message, NULL)) {
		system = rights_viewer_daemon(session->store, error);
		if (system == NULL || !item_each(session->store, system, compare_key, &find, error))
			return false;
	}
	message = message_get(session->store, session->viewer, &find.message, error);
	if (message == NULL)
		return false;
	*ret = message->id;
	return true;
}

/* --- Why? ------------------------------------------------------------------------------------------- */

/* The address as the mail has it; NULL when it isn't in its headers, or is a blind one. */
static char *
find_address(Session *session, const Mail *mail, const Filing *filing, bool sender_side)
{
	bool blind = filing->role == MAIL_BCC || filing->role == MAIL_RESENT_BCC ||
		     filing->role == MAIL_ENVELOPE_TO;

	if (filing->address_row == 0 || (blind && !sender_side))
		return NULL;
	for (guint i = 0; i < mail->addresses->len; i++) {
		const MailAddress *address = g_ptr_array_index(mail->addresses, i);
		g_autofree char *canonical = address_canonical(address->address);

		if (canonical != NULL &&
		    address_find(session->store, canonical, NULL) == filing->address_row)
			return g_strdup(address->address);
	}
	return NULL;
}

static char *
sentence(const RefileWhy *why)
{
	const Filing *filing = &why->filing;
	const char *role = filing->role < MAIL_N_ROLES ? mail_role_name(filing->role) : "it";
	const char *address = why->address != NULL ? why->address : "an address";
	g_autoptr(GString) text = g_string_new(NULL);

	switch (filing->reason) {
	case FILING_ADDRESS:
		g_string_append_printf(
		    text, "%s in %s is an address of this contact", address, role);
		break;
	case FILING_DOMAIN:
		g_string_append_printf(text,
		    "%s in %s is nobody's, and its domain belongs to this organisation", address,
		    role);
		break;
	case FILING_HINT:
		g_string_append_printf(text,
		    "%s in %s hints at the author: a mailing list rewrote From", address, role);
		break;
	case FILING_DSN:
		g_string_append(text, "it reports on a mail to this contact");
		break;
	case FILING_BY_HAND:
		g_string_append(text, "somebody filed it here by hand");
		break;
	}
	if (filing->open_from == FILING_OPEN_NEVER)
		g_string_append(text, "; open to those who take part in it alone");
	if (filing->ended != 0)
		g_string_append(text, "; taken back since");
	return g_string_free(g_steal_pointer(&text), FALSE);
}

GPtrArray *
refile_why(Session *session, const Id *message, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)refile_why_free);
	g_autoptr(Message) found = message_get(session->store, session->viewer, message, error);
	g_autoptr(GArray) filings = NULL;
	g_autoptr(GBytes) record = NULL;
	g_autoptr(Mail) mail = NULL;

	if (found == NULL ||
	    (filings = filing_list(session->store, session->viewer, message, error)) == NULL ||
	    (record = message_parsed(session->store, session->viewer, message, error)) == NULL ||
	    (mail = record_read(record, found->size, error)) == NULL)
		return NULL;
	session_note(session, OBJECT_MESSAGE, message);
	for (guint i = 0; i < filings->len; i++) {
		RefileWhy *why = g_new0(RefileWhy, 1);
		g_autoptr(ContactView) contact = NULL;

		g_ptr_array_add(list, why);
		why->filing = g_array_index(filings, Filing, i);
		why->contact = why->filing.contact;
		contact = contact_show(session, &why->contact, NULL);
		why->name = contact != NULL ? g_strdup(contact->name) : NULL;
		why->address = find_address(session, mail, &why->filing, found->sender_side);
		why->text = sentence(why);
	}
	return session_record(session, PURPOSE_READ, "why", error) ? g_steal_pointer(&list) : NULL;
}

/* --- By hand ---------------------------------------------------------------------------------------- */

/* The message within the transaction, if the session may see it. */
static bool
begin(Session *session, StoreTx *tx, const Id *message, const char *reason, MessageRow *ret,
    GError **error)
{
	return rights_require_reason(reason, error) &&
	       visible_message_check(session->store, session->viewer, message, error) &&
	       store_tx_begin(tx, session->store, &session->actor, reason, error) &&
	       message_find_id(session->store, message, ret, error);
}

static bool
end(Session *session, StoreTx *tx, const MessageRow *message, const Id *contact, GError **error)
{
	ItemState state;
	ItemReason reason;
	guint filed;

	if (!file_state(session->store, message, &state, &reason, &filed, error) ||
	    !item_set_all(tx, message, state, reason, error))
		return false;
	session_note(session, OBJECT_MESSAGE, &message->id);
	session_note(session, OBJECT_CONTACT, contact);
	return session_record_change(session, tx, PURPOSE_FILE, NULL, error) &&
	       store_tx_commit(tx, error);
}

bool
refile_unfile(
    Session *session, const Id *message, const Id *contact, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	MessageRow row;
	bool ended;

	if (!rights_require_contact(session, contact, RIGHT_EDIT, error) ||
	    !begin(session, &tx, message, reason, &row, error) ||
	    !filing_end(&tx, &row, contact, &ended, error))
		return false;
	if (!ended)
		return error_set(
		    error, ERROR_NOT_FOUND, "The message isn't filed under this contact");
	return end(session, &tx, &row, contact, error);
}

bool
refile_by_hand(
    Session *session, const Id *message, const Id *contact, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	Filing filing = {
	    .contact = *contact,
	    .reason = FILING_BY_HAND,
	    .role = FILING_NO_ROLE,
	    .open_from = FILING_OPEN_NEVER,
	};
	MessageRow row;
	bool added;
	guint why;

	/* Who takes part gives his own mail away; who doesn't must not open it to others by filing it. */
	if (!rights_require_contact(session, contact, RIGHT_EDIT, error) ||
	    !visible_message_why(session->store, session->viewer, message, &why, error))
		return false;
	if (why & (VISIBLE_PARTICIPANT | VISIBLE_TEAM))
		filing.open_from = FILING_OPEN_ALWAYS;
	if (!begin(session, &tx, message, reason, &row, error) ||
	    !filing_add(&tx, &row, &filing, &added, error))
		return false;
	if (!added)
		return error_set(
		    error, ERROR_CONFLICT, "The message is filed under this contact already");
	return end(session, &tx, &row, contact, error);
}

bool
refile_open(
    Session *session, const Id *message, const Id *contact, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	MessageRow row;
	guint why;

	if (!visible_message_why(session->store, session->viewer, message, &why, error))
		return false;
	if (why == 0)
		return error_set(error, ERROR_NOT_FOUND, "There is no such message");
	if (!(why & (VISIBLE_PARTICIPANT | VISIBLE_TEAM)))
		return error_set(error, ERROR_DENIED,
		    "Only somebody who takes part in the message can open it to others");
	return begin(session, &tx, message, reason, &row, error) &&
	       filing_open(&tx, &row, contact, tx.now, error) &&
	       end(session, &tx, &row, contact, error);
}
