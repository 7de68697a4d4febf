#include "rules/file-job.h"

#include "crypt/sha256.h"
#include "mail/address.h"
#include "mail/record.h"
#include "rules/raw.h"
#include "rules/summary.h"
#include "store/attachment.h"

#include <string.h>

#define REFERENCES_EACH 10 /* the first and the last so many */

static void
attachment_clear(gpointer data)
{
	MessageAttachment *attachment = data;

	g_clear_pointer(&attachment->bytes, g_bytes_unref);
}

void
file_job_free(FileJob *job)
{
	if (job == NULL)
		return;
	spool_entry_free(job->entry);
	mail_free(job->mail);
	g_clear_pointer(&job->draft.summary, g_bytes_unref);
	g_clear_pointer(&job->draft.body, g_bytes_unref);
	g_clear_pointer(&job->draft.parsed, g_bytes_unref);
	g_clear_pointer(&job->draft.references, g_array_unref);
	g_clear_pointer(&job->draft.attachments, g_array_unref);
	item_detail_free(job->detail);
	g_clear_pointer(&job->bcc, g_ptr_array_unref);
	g_clear_pointer(&job->header, g_bytes_unref);
	g_clear_pointer(&job->whole, g_bytes_unref);
	g_free(job);
}

const SpoolEntry *
file_job_entry(const FileJob *job)
{
	return job->entry;
}

const FileResult *
file_job_result(const FileJob *job)
{
	return &job->result;
}

const char *
file_job_note(const FileJob *job)
{
	return job->detail != NULL && job->detail->note != NULL ? job->detail->note : "";
}

/* A Maildir renames its files: from new to cur, and for each flag. */
static char *
steady_path(const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
	char *flags = strstr(name, ":2,");

	if (flags == NULL && !g_str_has_suffix(folder, "/new"))
		return g_strdup(path);
	if (flags != NULL)
		*flags = '\0';
	if (g_str_has_suffix(folder, "/new") || g_str_has_suffix(folder, "/cur"))
		folder[strlen(folder) - 4] = '\0';
	return g_strconcat(folder, "/", name, NULL);
}

/* The place of an import or of an IMAP copy: it is taken in once. */
bool
file_place(const FilePreparer *preparer, const SpoolEntry *entry, MessageHash *ret)
{
	g_autofree char *text = NULL;

	if (entry->via == SPOOL_IMPORT && entry->path != NULL)
		text = steady_path(entry->path);
	else if (entry->via == SPOOL_IMAP && entry->uid != 0)
		text = g_strdup_printf("%s\n%s\n%" G_GINT64_FORMAT "\n%" G_GINT64_FORMAT,
		    entry->owner != NULL ? entry->owner : "",
		    entry->folder != NULL ? entry->folder : "", entry->uid_validity, entry->uid);
	if (text == NULL)
		return false;
	hasher_make(preparer->hasher, "place", text, strlen(text), ret);
	return true;
}

static ItemDetail *
make_detail(const SpoolEntry *entry, GBytes *raw)
{
	ItemDetail *detail = item_detail_new();

	if (entry->via == SPOOL_IMAP)
		detail->key =
		    item_imap_key(entry->owner, entry->folder, entry->uid_validity, entry->uid);
	else
		detail->key = g_strdup(entry->via == SPOOL_SMTP ? entry->queue_id : entry->path);
	detail->sender = g_strdup(entry->sender);
	for (guint i = 0; i < entry->recipients->len; i++) {
		const SpoolRecipient *recipient = g_ptr_array_index(entry->recipients, i);

		g_ptr_array_add(detail->recipients, g_strdup(recipient->address));
	}
	detail->login = g_strdup(entry->login);
	detail->client = g_strdup(entry->client_address);
	detail->owner = g_strdup(entry->owner);
	detail->folder = g_strdup(entry->folder);
	if (raw != NULL) {
		sha256_make(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw), detail->sha256);
		detail->has_sha256 = true;
	}
	return detail;
}

static FileJob *
job_new(const FilePreparer *preparer, SpoolEntry *entry, GBytes *raw)
{
	FileJob *job = g_new0(FileJob, 1);

	job->entry = entry;
	job->detail = make_detail(entry, raw);
	job->has_place = file_place(preparer, entry, &job->place);
	return job;
}

static void
add_reference(const FilePreparer *preparer, FileJob *job, const char *message_id)
{
	MessageHash hash;

	fingerprint_mid(preparer->hasher, message_id, &hash);
	g_array_append_val(job->draft.references, hash);
}

static void
find_references(const FilePreparer *preparer, FileJob *job)
{
	const Mail *mail = job->mail;

	job->draft.references = g_array_new(FALSE, FALSE, sizeof(MessageHash));
	for (guint i = 0; i < mail->in_reply_to->len && i < REFERENCES_EACH; i++)
		add_reference(preparer, job, g_ptr_array_index(mail->in_reply_to, i));
	for (guint i = 0; i < mail->references->len; i++)
		if (i < REFERENCES_EACH || i + REFERENCES_EACH >= mail->references->len)
			add_reference(preparer, job, g_ptr_array_index(mail->references, i));
	if (mail->message_id == NULL)
		return;
	fingerprint_mid(preparer->hasher, mail->message_id, &job->draft.mid);
	job->draft.has_mid = true;
}

/* Who got it without standing in a header. */
static void
find_bcc(FileJob *job)
{
	const SpoolEntry *entry = job->entry;
	g_autoptr(GHashTable) named = NULL;

	job->bcc = g_ptr_array_new_with_free_func(g_free);
	if (entry->recipients->len == 0)
		return;
	named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (guint i = 0; i < job->mail->addresses->len; i++) {
		const MailAddress *address = g_ptr_array_index(job->mail->addresses, i);
		char *canonical = address_canonical(address->address);

		if (canonical != NULL && address->role != MAIL_FROM &&
		    address->role != MAIL_SENDER && address->role != MAIL_REPLY_TO)
			g_hash_table_add(named, canonical);
		else
			g_free(canonical);
	}
	for (guint i = 0; i < entry->recipients->len; i++) {
		const SpoolRecipient *recipient = g_ptr_array_index(entry->recipients, i);
		g_autofree char *canonical = address_canonical(recipient->address);

		if (canonical != NULL && g_hash_table_add(named, g_steal_pointer(&canonical)))
			g_ptr_array_add(job->bcc, g_strdup(recipient->address));
	}
}

static void
pack_body(const FilePreparer *preparer, FileJob *job, GBytes *raw, GBytes *record)
{
	g_autoptr(GArray) holes = NULL;
	g_autoptr(GBytes) packed = raw_pack(raw, job->mail, &holes);

	message_draft_pack(&job->draft, packed, record);
	job->draft.attachments = g_array_new(FALSE, FALSE, sizeof(MessageAttachment));
	g_array_set_clear_func(job->draft.attachments, attachment_clear);
	for (guint i = 0; i < holes->len; i++) {
		const RawHole *hole = &g_array_index(holes, RawHole, i);
		gsize size = g_bytes_get_size(hole->decoded);
		MessageAttachment attachment = {.part = hole->part, .size = size};

		hasher_make(preparer->hasher, "attachment", g_bytes_get_data(hole->decoded, NULL),
		    size, &attachment.digest);
		attachment.bytes = attachment_pack(hole->decoded);
		g_array_append_val(job->draft.attachments, attachment);
	}
}

FileJob *
file_prepare(const FilePreparer *preparer, SpoolEntry *entry, GBytes *raw, Mail *mail)
{
	FileJob *job = job_new(preparer, entry, mail != NULL ? raw : NULL);
	g_autoptr(GBytes) record = NULL;
	Fingerprint fingerprint;
	bool far;

	if (mail == NULL) {
		if (entry->message_id != NULL)
			job->draft.has_mid = true;
		if (entry->message_id != NULL) {
			g_autofree char *id = g_strdup(entry->message_id);
			gsize length = strlen(id);

			/* the spool has it with its brackets */
			if (length > 2 && id[0] == '<' && id[length - 1] == '>')
				id[length - 1] = '\0';
			fingerprint_mid(
			    preparer->hasher, id[0] == '<' ? id + 1 : id, &job->draft.mid);
		}
		return job;
	}
	job->mail = mail;
	fingerprint_make(preparer->hasher, mail, raw, &fingerprint);
	job->draft.hash_key = hasher_number(preparer->hasher);
	job->draft.letter = fingerprint.letter;
	job->draft.content = fingerprint.content;
	if (g_strcmp0(entry->posture, "headers") == 0) {
		/* A version of its own: who has the header alone gets no body by it. */
		hasher_make(preparer->hasher, "content-header", fingerprint.content.bytes,
		    sizeof fingerprint.content.bytes, &job->draft.content);
		job->draft.flags |= MESSAGE_HEADER_ONLY;
	}
	job->draft.size = g_bytes_get_size(raw);
	job->draft.time = match_time(entry, mail, &far);
	job->draft.flags |= mail->flags | (far ? MESSAGE_DATE_FAR : 0);
	find_references(preparer, job);
	find_bcc(job);
	job->draft.summary = summary_write(mail, job->bcc);
	record = record_write(mail, RECORD_STORED);
	pack_body(preparer, job, raw, record);
	job->header =
	    g_bytes_new_from_bytes(raw, 0, MIN((gsize)mail->body_offset, g_bytes_get_size(raw)));
	return job;
}

void
file_job_quarantine(FileJob *job, GBytes *whole, ItemReason reason, const char *why)
{
	job->quarantine = reason;
	g_clear_pointer(&job->whole, g_bytes_unref);
	job->whole = g_bytes_ref(whole);
	g_free(job->detail->note);
	job->detail->note = g_strdup(why);
}

FileJob *
file_prepare_quarantine(const FilePreparer *preparer, SpoolEntry *entry, GBytes *whole,
    ItemReason reason, const char *why)
{
	FileJob *job = job_new(preparer, entry, NULL);

	file_job_quarantine(job, whole, reason, why);
	return job;
}
