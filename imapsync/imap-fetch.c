#include "imapsync/imap-private.h"

#include "imapsync/mutf7.h"

#include <string.h>

#define BATCH_COUNT 50
#define BATCH_BYTES (4 * 1024 * 1024)
#define WHOLE_MAX (2 * 1024 * 1024)   /* a larger message comes in pieces */
#define LITERAL_MAX (8 * 1024 * 1024) /* sizes that servers tell are often somewhat wrong */
#define PIECE_SIZE (1024 * 1024)
#define CHATTER (8 * 1024 * 1024) /* bytes that an answer may have beside what was asked for */
#define HEADER_GUESS (16 * 1024)
#define SIZES_AT_ONCE 700 /* UIDs in one command: at worst 8 KB, a line that every server takes */

/* What one FETCH response told
 * --------------------------------------------------------------------------------------------------------
 */

typedef struct {
	ImapMessage message;
	const struct mailimap_msg_att_body_section *body;
	bool has_size; /* an empty mail has 0 bytes */
} Told;

/* libetpan has checked the form, not the values. */
static gint64
to_ms(const struct mailimap_date_time *date)
{
	const int hours = ABS(date->dt_zone) / 100, minutes = ABS(date->dt_zone) % 100;
	const gint64 zone = (hours * 60 + minutes) * (date->dt_zone < 0 ? -60 : 60);
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) time = NULL;

	/* A leap second counts as the second before. */
	time = g_date_time_new(utc, date->dt_year, date->dt_month, date->dt_day, date->dt_hour,
	    date->dt_min, MIN(date->dt_sec, 59));
	return time != NULL && hours < 24 && minutes < 60
		   ? (g_date_time_to_unix(time) - zone) * 1000
		   : 0;
}

static char **
labels_of(const struct mailimap_msg_att_xgmlabels *labels)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

	for (clistiter *i = clist_begin(labels->att_labels); i != NULL; i = clist_next(i)) {
		const char *raw = clist_content(i);
		g_autofree char *name = raw != NULL ? mutf7_decode(raw) : NULL;

		if (raw != NULL && name == NULL)
			name = g_utf8_make_valid(raw, -1);
		if (name != NULL)
			g_strv_builder_add(builder, name);
	}
	return g_strv_builder_end(builder);
}

static void
read_static(const struct mailimap_msg_att_static *item, Told *told)
{
	if (item == NULL)
		return;
	switch (item->att_type) {
	case MAILIMAP_MSG_ATT_UID:
		told->message.uid = item->att_data.att_uid;
		break;
	case MAILIMAP_MSG_ATT_RFC822_SIZE:
		told->message.size = item->att_data.att_rfc822_size;
		told->has_size = true;
		break;
	case MAILIMAP_MSG_ATT_INTERNALDATE:
		if (item->att_data.att_internal_date != NULL)
			told->message.internal_date = to_ms(item->att_data.att_internal_date);
		break;
	case MAILIMAP_MSG_ATT_BODY_SECTION:
		told->body = item->att_data.att_body_section;
		break;
	default:
		break;
	}
}

static void
read_extension(const struct mailimap_extension_data *item, Told *told)
{
	if (item == NULL || item->ext_data == NULL)
		return;
	if (item->ext_extension->ext_id == MAILIMAP_EXTENSION_XGMMSGID) {
		told->message.gm_msgid = *(const uint64_t *)item->ext_data;
	} else if (item->ext_extension->ext_id == MAILIMAP_EXTENSION_XGMLABELS) {
		g_strfreev(told->message.gm_labels);
		told->message.gm_labels = labels_of(item->ext_data);
	}
}

static void
read_response(const struct mailimap_msg_att *response, Told *told)
{
	for (clistiter *i = clist_begin(response->att_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);

		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC)
			read_static(item->att_data.att_static, told);
		else if (item->att_type == MAILIMAP_MSG_ATT_ITEM_EXTENSION)
			read_extension(item->att_data.att_extension_data, told);
	}
}

/* Sizes
 * --------------------------------------------------------------------------------------------------------
 */

void
imap_message_clear(ImapMessage *message)
{
	g_clear_pointer(&message->gm_labels, g_strfreev);
}

GArray *
imap_messages_new(void)
{
	GArray *messages = g_array_new(FALSE, TRUE, sizeof(ImapMessage));

	g_array_set_clear_func(messages, (GDestroyNotify)imap_message_clear);
	return messages;
}

typedef struct {
	UidSet *missing; /* asked for and not told yet */
	GArray *ret;
} Sizes;

static void
take_size(Imap *imap, const struct mailimap_msg_att *response)
{
	Sizes *sizes = imap->fetch;
	Told told = {0};

	read_response(response, &told);
	/* Other UIDs may come at any time, with news of flags. */
	if (!told.has_size || !uidset_contains(sizes->missing, told.message.uid)) {
		imap_message_clear(&told.message);
		return;
	}
	uidset_remove(sizes->missing, told.message.uid);
	g_array_append_val(sizes->ret, told.message);
}

static int
by_uid(gconstpointer a, gconstpointer b)
{
	const ImapMessage *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static void
send_sizes(Imap *imap, UidSet *rest)
{
	g_autoptr(UidSet) part = uidset_take_first(rest, SIZES_AT_ONCE);
	g_autofree char *text = uidset_text(part);

	imap_private_send(imap, "UID FETCH %s (UID RFC822.SIZE INTERNALDATE%s)", text,
	    (imap->capabilities & IMAP_CAN_GMAIL) != 0 ? " X-GM-MSGID X-GM-LABELS" : "");
}

bool
imap_fetch_sizes(Imap *imap, const UidSet *uids, GArray *ret, GError **error)
{
	g_autoptr(UidSet) rest = uidset_copy(uids);
	g_autoptr(UidSet) missing = uidset_copy(uids);
	g_autoptr(GArray) messages = imap_messages_new();
	Sizes sizes = {missing, messages};
	guint sent = 0;

	if (!imap_alive(imap) || !imap->folder_open)
		return imap_private_die(
		    imap, error, ERROR_TEMPORARY, "There is no open folder to fetch from.");
	for (guint done = 0; done < sent || !uidset_is_empty(rest); done++) {
		for (; sent < done + 2 && !uidset_is_empty(rest); sent++)
			send_sizes(imap, rest);
		imap_private_expect(imap, GUARD_FETCH, CHATTER, CHATTER, 0);
		imap->fetched = take_size;
		imap->fetch = &sizes;
		if (imap_private_answer(
			imap, ERROR_TEMPORARY, "Sizes of mails can't be had", error) != ANSWER_OK) {
			imap->unwatched = imap->sent - imap->answered;
			imap->fetched = NULL;
			return false;
		}
	}
	imap->fetched = NULL;
	g_array_sort(messages, by_uid);
	g_array_append_vals(ret, messages->data, messages->len);
	/* Their labels belong to ret now. */
	g_array_set_clear_func(messages, NULL);
	return true;
}

/* Bodies
 * --------------------------------------------------------------------------------------------------------
 */

typedef struct {
	const GArray *messages;
	guint next; /* index of the first message that isn't asked for */
	const char *section;
	guint flags;
	ImapPieceFunc take;
	gpointer data;

	UidSet *missing; /* asked for whole and not come yet */
	/* A message in pieces: what is asked for now. */
	guint32 uid;
	guint64 offset;
	gsize length; /* of the piece that came */
	bool came;
	bool over; /* the message is */
} Fetch;

static const ImapMessage *
message_at(const Fetch *fetch, guint i)
{
	return &g_array_index(fetch->messages, ImapMessage, i);
}

static bool
hand_over(Imap *imap, const ImapPiece *piece)
{
	const Fetch *fetch = imap->fetch;
	g_autoptr(GError) error = NULL;

	if (imap->failure != NULL)
		return false;
	if (fetch->take(piece, fetch->data, &error))
		return true;
	g_propagate_error(&imap->failure, g_steal_pointer(&error));
	return false;
}

static bool
hand_over_failure(Imap *imap, guint32 uid, ErrorCode code, const char *why)
{
	g_autoptr(GError) failure = NULL;
	ImapPiece piece = {.uid = uid};

	error_set(&failure, code, "The mail with UID %u %s.", uid, why);
	piece.failure = failure;
	return hand_over(imap, &piece);
}

static void
take_whole(Imap *imap, const struct mailimap_msg_att *response)
{
	Fetch *fetch = imap->fetch;
	Told told = {0};

	read_response(response, &told);
	imap_message_clear(&told.message);
	if (told.body == NULL || imap->failure != NULL)
		return;
	if (!uidset_contains(fetch->missing, told.message.uid)) {
		for (guint i = 0; i < fetch->messages->len; i++)
			if (told.message.uid != 0 && message_at(fetch, i)->uid == told.message.uid)
				return; /* once more: once is enough */
		imap_private_die(
		    imap, NULL, ERROR_INVALID, "%s sent a mail that wasn't asked for.", imap->host);
		return;
	}
	uidset_remove(fetch->missing, told.message.uid);
	if (told.body->sec_body_part == NULL) {
		hand_over_failure(
		    imap, told.message.uid, ERROR_TEMPORARY, "has no content on the server");
	} else if (told.body->sec_length > imap->message_limit) {
		hand_over_failure(
		    imap, told.message.uid, ERROR_TOO_BIG, "is larger than the limit for mails");
	} else {
		hand_over(imap, &(ImapPiece){.uid = told.message.uid,
				    .bytes = (const guint8 *)told.body->sec_body_part,
				    .length = told.body->sec_length,
				    .last = true});
	}
}

static void
take_piece(Imap *imap, const struct mailimap_msg_att *response)
{
	Fetch *fetch = imap->fetch;
	Told told = {0};

	read_response(response, &told);
	imap_message_clear(&told.message);
	if (told.body == NULL || imap->failure != NULL || fetch->came)
		return;
	if (told.message.uid != fetch->uid ||
	    (fetch->offset > 0 && told.body->sec_origin_octet != fetch->offset)) {
		imap_private_die(imap, NULL, ERROR_INVALID,
		    "%s sent a piece that wasn't asked for.", imap->host);
		return;
	}
	fetch->came = true;
	if (told.body->sec_body_part == NULL && fetch->offset == 0) {
		fetch->over = true;
		hand_over_failure(
		    imap, fetch->uid, ERROR_TEMPORARY, "has no content on the server");
		return;
	}
	fetch->length = told.body->sec_body_part != NULL ? told.body->sec_length : 0;
	if (fetch->offset + fetch->length > imap->message_limit) {
		fetch->over = true;
		hand_over_failure(
		    imap, fetch->uid, ERROR_TOO_BIG, "is larger than the limit for mails");
		return;
	}
	fetch->over = fetch->length < PIECE_SIZE; /* a full piece may be followed by an empty one */
	hand_over(imap, &(ImapPiece){.uid = fetch->uid,
			    .offset = fetch->offset,
			    .bytes = (const guint8 *)told.body->sec_body_part,
			    .length = fetch->length,
			    .last = fetch->over});
}

/* One message in pieces, each asked for when the one before has come. */
static bool
fetch_pieces(Imap *imap, Fetch *fetch, guint32 uid, GError **error)
{
	fetch->uid = uid;
	fetch->over = false;
	for (fetch->offset = 0; !fetch->over; fetch->offset += fetch->length) {
		fetch->came = false;
		fetch->length = 0;
		imap_private_expect(imap, GUARD_FETCH, PIECE_SIZE, PIECE_SIZE + CHATTER, 0);
		imap->fetched = take_piece;
		imap->fetch = fetch;
		imap_private_send(imap,
		    "UID FETCH %u (UID BODY.PEEK[%s]<%" G_GUINT64_FORMAT ".%d>)", uid,
		    fetch->section, fetch->offset, PIECE_SIZE);
		switch (imap_private_answer(
		    imap, ERROR_TEMPORARY, "The mail can't be fetched", error)) {
		case ANSWER_DEAD:
			return false;
		case ANSWER_NO:
			g_clear_error(error);
			return hand_over_failure(
				   imap, uid, ERROR_TEMPORARY, "is refused by the server") ||
			       imap_private_die(
				   imap, error, ERROR_TEMPORARY, "The fetch was ended.");
		case ANSWER_OK:
			break;
		}
		if (!fetch->came)
			return true; /* it has gone */
	}
	return true;
}

static bool
is_whole(const Fetch *fetch, const ImapMessage *message)
{
	return (fetch->flags & IMAP_FETCH_PIECES) == 0 && message->size > 0 &&
	       (message->size <= WHOLE_MAX || (fetch->flags & IMAP_FETCH_HEADER) != 0);
}

/* Asks for the next messages that come whole. False: the next one doesn't, or there is none. */
static bool
send_batch(Imap *imap, Fetch *fetch)
{
	g_autoptr(UidSet) batch = uidset_new();
	g_autofree char *text = NULL;
	gsize bytes = 0;

	for (guint count = 0; fetch->next < fetch->messages->len && count < BATCH_COUNT; count++) {
		const ImapMessage *message = message_at(fetch, fetch->next);

		if (!is_whole(fetch, message) || (count > 0 && bytes + message->size > BATCH_BYTES))
			break;
		bytes += (fetch->flags & IMAP_FETCH_HEADER) != 0 ? MIN(message->size, HEADER_GUESS)
								 : message->size;
		uidset_add(batch, message->uid);
		fetch->next++;
	}
	if (uidset_is_empty(batch))
		return false;
	text = uidset_text(batch);
	imap_private_send(imap, "UID FETCH %s (UID BODY.PEEK[%s])", text, fetch->section);
	uidset_add_set(fetch->missing, batch);
	return true;
}

/* Messages that come whole, up to one that doesn't: the next command is on its way while one is answered. A server may
 * work on both at once, and answer the second before it says that the first is done. */
static bool
fetch_batches(Imap *imap, Fetch *fetch, GError **error)
{
	g_autoptr(UidSet) missing = uidset_new();
	bool more = true;
	Answer answer = ANSWER_OK;

	fetch->missing = missing;
	for (guint sent = 0, done = 0; answer == ANSWER_OK && (more || done < sent); done++) {
		while (more && sent < done + 2) {
			more = send_batch(imap, fetch);
			sent += more;
		}
		if (done == sent)
			break;
		imap_private_expect(imap, GUARD_FETCH, LITERAL_MAX, 4 * BATCH_BYTES + CHATTER, 0);
		imap->fetched = take_whole;
		imap->fetch = fetch;
		answer =
		    imap_private_answer(imap, ERROR_TEMPORARY, "Mails can't be fetched", error);
	}
	fetch->missing = NULL;
	if (answer == ANSWER_NO)
		imap->unwatched = imap->sent - imap->answered;
	return answer == ANSWER_OK;
}

bool
imap_fetch(Imap *imap, const GArray *messages, guint flags, ImapPieceFunc take, gpointer data,
    GError **error)
{
	Fetch fetch = {.messages = messages,
	    .section = (flags & IMAP_FETCH_HEADER) != 0 ? "HEADER" : "",
	    .flags = flags,
	    .take = take,
	    .data = data};
	bool ok = true;

	if (!imap_alive(imap) || !imap->folder_open)
		return imap_private_die(
		    imap, error, ERROR_TEMPORARY, "There is no open folder to fetch from.");
	while (ok && fetch.next < messages->len) {
		const ImapMessage *message = message_at(&fetch, fetch.next);

		if (is_whole(&fetch, message)) {
			ok = fetch_batches(imap, &fetch, error);
			continue;
		}
		fetch.next++;
		imap->fetch = &fetch;
		if (message->size <= imap->message_limit)
			ok = fetch_pieces(imap, &fetch, message->uid, error);
		else if (!hand_over_failure(imap, message->uid, ERROR_TOO_BIG,
			     "is larger than the limit for mails"))
			ok = imap_private_die(imap, error, ERROR_TEMPORARY, "The fetch was ended.");
	}
	imap->fetched = NULL;
	imap->fetch = NULL;
	return ok;
}
