#include "base/poller-status.h"

#include "base/fields.h"
#include "base/file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define VERSION_LINE "kartoteka-poller-status 1"
#define FILE_MAX (64 << 20)
#define MAILBOX_FIELDS 11
#define FOLDER_FIELDS 5

static const char *const state_names[] = {"waits", "connects", "walks", "watches", "failed", "off"};

static void
folder_free(gpointer data)
{
	PollerFolder *folder = data;

	g_free(folder->name);
	g_free(folder->trouble);
	g_free(folder);
}

static void
mailbox_free(gpointer data)
{
	PollerMailbox *mailbox = data;

	g_free(mailbox->login);
	g_free(mailbox->server);
	g_free(mailbox->trouble);
	g_ptr_array_unref(mailbox->folders);
	g_free(mailbox);
}

PollerStatus *
poller_status_new(void)
{
	PollerStatus *status = g_new0(PollerStatus, 1);

	status->mailboxes = g_ptr_array_new_with_free_func(mailbox_free);
	return status;
}

void
poller_status_free(PollerStatus *status)
{
	if (status == NULL)
		return;
	g_ptr_array_unref(status->mailboxes);
	g_free(status);
}

PollerMailbox *
poller_status_add_mailbox(PollerStatus *status, const char *login, const char *server)
{
	PollerMailbox *mailbox = g_new0(PollerMailbox, 1);

	mailbox->login = g_strdup(login);
	mailbox->server = g_strdup(server);
	mailbox->folders = g_ptr_array_new_with_free_func(folder_free);
	g_ptr_array_add(status->mailboxes, mailbox);
	return mailbox;
}

PollerFolder *
poller_status_add_folder(PollerMailbox *mailbox, const char *name)
{
	PollerFolder *folder = g_new0(PollerFolder, 1);

	folder->name = g_strdup(name);
	g_ptr_array_add(mailbox->folders, folder);
	return folder;
}

const char *
poller_status_state_name(PollerState state)
{
	return (guint)state < G_N_ELEMENTS(state_names) ? state_names[state] : "unknown";
}

static const char *
code_name(ErrorCode code, const char *trouble)
{
	return trouble != NULL ? error_name(code) : "-";
}

static void
append_mailbox(GString *out, const PollerMailbox *mailbox)
{
	fields_append(out, "mailbox");
	fields_append(out, mailbox->login);
	fields_append(out, mailbox->server);
	fields_append(out, poller_status_state_name(mailbox->state));
	fields_append_number(out, mailbox->last_success);
	fields_append_number(out, mailbox->since);
	fields_append_number(out, mailbox->backlog);
	fields_append_number(out, mailbox->quarantined);
	fields_append_number(out, mailbox->token_expires);
	fields_append(out, code_name(mailbox->code, mailbox->trouble));
	fields_append(out, mailbox->trouble);
	fields_end(out);
	for (guint i = 0; i < mailbox->folders->len; i++) {
		const PollerFolder *folder = mailbox->folders->pdata[i];

		fields_append(out, "folder");
		fields_append(out, folder->name);
		fields_append_number(out, folder->failures);
		fields_append(out, code_name(folder->code, folder->trouble));
		fields_append(out, folder->trouble);
		fields_end(out);
	}
}

bool
poller_status_write(const PollerStatus *status, const char *path, mode_t mode, GError **error)
{
	g_autoptr(GString) out = g_string_new(VERSION_LINE "\n");
	g_autofree char *partial = g_strconcat(path, ".new", NULL);

	fields_append(out, "poller");
	fields_append_number(out, status->written);
	fields_append_number(out, status->pid);
	fields_append_number(out, status->started);
	fields_end(out);
	for (guint i = 0; i < status->mailboxes->len; i++)
		append_mailbox(out, status->mailboxes->pdata[i]);
	g_string_append(out, "end\n");
	if (!g_file_set_contents_full(
		partial, out->str, (gssize)out->len, G_FILE_SET_CONTENTS_NONE, (int)mode, NULL) ||
	    rename(partial, path) != 0)
		return error_set_errno(
		    error, ERROR_TEMPORARY, errno, "The status file %s can't be written", path);
	return true;
}

/* "-": no trouble, and *trouble becomes NULL. */
static bool
read_code(const char *field, const char *sentence, ErrorCode *code, char **trouble)
{
	if (strcmp(field, "-") == 0)
		return *sentence == '\0';
	for (ErrorCode known = ERROR_TEMPORARY; known <= ERROR_INTERNAL; known++)
		if (strcmp(field, error_name(known)) == 0) {
			*code = known;
			*trouble = g_strdup(sentence);
			return true;
		}
	return false;
}

static bool
read_mailbox(PollerStatus *status, char **fields)
{
	PollerMailbox *mailbox;

	if (g_strv_length(fields) != MAILBOX_FIELDS)
		return false;
	mailbox = poller_status_add_mailbox(status, fields[1], fields[2]);
	for (guint i = 0; i < G_N_ELEMENTS(state_names); i++)
		if (strcmp(fields[3], state_names[i]) == 0) {
			mailbox->state = (PollerState)i;
			return fields_number(fields[4], 0, G_MAXINT64, &mailbox->last_success) &&
			       fields_number(fields[5], 0, G_MAXINT64, &mailbox->since) &&
			       fields_number(fields[6], 0, G_MAXINT64, &mailbox->backlog) &&
			       fields_number(fields[7], 0, G_MAXINT64, &mailbox->quarantined) &&
			       fields_number(fields[8], 0, G_MAXINT64, &mailbox->token_expires) &&
			       read_code(fields[9], fields[10], &mailbox->code, &mailbox->trouble);
		}
	return false;
}

static bool
read_folder(PollerStatus *status, char **fields)
{
	PollerFolder *folder;

	if (g_strv_length(fields) != FOLDER_FIELDS || status->mailboxes->len == 0)
		return false;
	folder = poller_status_add_folder(
	    status->mailboxes->pdata[status->mailboxes->len - 1], fields[1]);
	return fields_number(fields[2], 0, G_MAXINT64, &folder->failures) &&
	       read_code(fields[3], fields[4], &folder->code, &folder->trouble);
}

static bool
read_line(PollerStatus *status, const char *line)
{
	g_auto(GStrv) fields = fields_split(line);

	if (fields == NULL || fields[0] == NULL)
		return false;
	if (strcmp(fields[0], "mailbox") == 0)
		return read_mailbox(status, fields);
	if (strcmp(fields[0], "folder") == 0)
		return read_folder(status, fields);
	return strcmp(fields[0], "poller") == 0 && g_strv_length(fields) == 4 &&
	       fields_number(fields[1], 0, G_MAXINT64, &status->written) &&
	       fields_number(fields[2], 0, G_MAXINT64, &status->pid) &&
	       fields_number(fields[3], 0, G_MAXINT64, &status->started);
}

PollerStatus *
poller_status_read(const char *path, GError **error)
{
	g_autoptr(GBytes) bytes = file_read(path, FILE_MAX, error);
	g_autoptr(PollerStatus) status = poller_status_new();
	g_auto(GStrv) lines = NULL;
	guint i;

	if (bytes == NULL)
		return NULL;
	lines = g_strsplit(g_bytes_get_data(bytes, NULL), "\n", -1);
	for (i = 1; lines[0] != NULL && strcmp(lines[0], VERSION_LINE) == 0 && lines[i] != NULL;
	     i++) {
		if (strcmp(lines[i], "end") == 0)
			return g_steal_pointer(&status);
		if (!read_line(status, lines[i]))
			break;
	}
	error_set(error, ERROR_INVALID,
	    "%s, line %u, is no status of this version of kartoteka-imapsync.", path, i);
	return NULL;
}
