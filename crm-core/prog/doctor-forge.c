/*
 * Does a forged Authentication-Results survive the way through the MTA? One is sent in a mail of our own, as a
 * stranger would by SMTP, and looked for in what was taken in.
 */
#include "config.h"

#include "base/clock.h"
#include "mail/record.h"
#include "prog/doctor.h"
#include "rules/fingerprint.h"
#include "store/message.h"

#include <gio/gio.h>
#include <string.h>

#define TIMEOUT 30 /* seconds for the MTA, and again for the way into the records */

/* One answer (its last line); ERROR_INVALID with its text unless it is a good one. */
static bool
expect(GDataInputStream *in, const char *step, GError **error)
{
	g_autofree char *line = NULL;

	do {
		g_free(line);
		line = g_data_input_stream_read_line(in, NULL, NULL, error);
		if (line == NULL)
			return (error == NULL || *error != NULL) ||
			       error_set(error, ERROR_TEMPORARY, "it closed the connection.");
	} while (strlen(line) > 3 && line[3] == '-');
	if (*line == '2' || *line == '3')
		return true;
	return error_set(error, ERROR_INVALID, "it answered to %s: %s", step, line);
}

static bool
say(GOutputStream *out, GDataInputStream *in, const char *text, const char *step, GError **error)
{
	return g_output_stream_write_all(out, text, strlen(text), NULL, NULL, error) &&
	       expect(in, step, error);
}

static bool
send_mail(const DoctorForge *forge, const char *body, GError **error)
{
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_autoptr(GSocketConnection) connection = NULL;
	g_autoptr(GDataInputStream) in = NULL;
	g_autofree char *from = g_strdup_printf("MAIL FROM:<%s>\r\n", forge->from);
	g_autofree char *to = g_strdup_printf("RCPT TO:<%s>\r\n", forge->to);
	GOutputStream *out;

	g_socket_client_set_timeout(client, TIMEOUT);
	connection = g_socket_client_connect_to_host(client, forge->smtp, 25, NULL, error);
	if (connection == NULL)
		return false;
	in = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
	g_data_input_stream_set_newline_type(in, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
	out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
	return expect(in, "the connection", error) &&
	       say(out, in, "EHLO doctor.kartoteka.invalid\r\n", "EHLO", error) &&
	       say(out, in, from, "MAIL", error) && say(out, in, to, "RCPT", error) &&
	       say(out, in, "DATA\r\n", "DATA", error) && say(out, in, body, "the mail", error) &&
	       say(out, in, "QUIT\r\n", "QUIT", NULL);
}

/* The mail as it was taken in; NULL without an error when it isn't there yet. */
static Mail *
find_mail(Store *store, const char *message_id, GError **error)
{
	g_autoptr(Hasher) hasher = hasher_new(store, error);
	g_autoptr(GArray) rows = NULL;
	g_autoptr(GBytes) record = NULL;
	const MessageRow *row;
	MessageHash mid;

	if (hasher == NULL)
		return NULL;
	fingerprint_mid(hasher, message_id, &mid);
	rows = message_by_mid(store, &mid, 1, error);
	if (rows == NULL || rows->len == 0)
		return NULL;
	row = &g_array_index(rows, MessageRow, 0);
	record = message_parsed_row(store, row->row, error);
	return record == NULL ? NULL : record_read(record, (guint64)row->size, error);
}

static Mail *
wait_for_mail(Store *store, const char *message_id, GError **error)
{
	gint64 end = clock_monotonic_ms() + TIMEOUT * CLOCK_SECOND;
	g_autoptr(GError) why = NULL;
	Mail *mail;

	while ((mail = find_mail(store, message_id, &why)) == NULL) {
		if (why != NULL) {
			g_propagate_error(error, g_steal_pointer(&why));
			return NULL;
		}
		if (clock_monotonic_ms() > end) {
			error_set(error, ERROR_TEMPORARY,
			    "the MTA took it, but it wasn't taken in within %d seconds.", TIMEOUT);
			return NULL;
		}
		g_usleep(200000);
	}
	return mail;
}

static void
judge(Doctor *doctor, const Conf *conf, const char *id, const Mail *mail)
{
	bool trusted = g_strv_contains((const char *const *)conf->milter.trusted_authserv_ids, id);

	if (mail->auth.authserv_id == NULL || g_ascii_strcasecmp(mail->auth.authserv_id, id) != 0)
		doctor_say(doctor, DOCTOR_OK, "forgery",
		    "A forged Authentication-Results of %s doesn't survive.", id);
	else if (trusted)
		doctor_say(doctor, DOCTOR_FAIL, "forgery",
		    "A forged Authentication-Results of %s survives, and "
		    "milter/trusted-authserv-ids "
		    "trusts it: take it out, or let the MTA remove such headers.",
		    id);
	else
		doctor_say(doctor, DOCTOR_WARN, "forgery",
		    "A forged Authentication-Results of %s survives: don't add it to "
		    "milter/trusted-authserv-ids.",
		    id);
}

static void
try_one(Doctor *doctor, Command *command, const DoctorForge *forge, const char *id)
{
	g_autofree char *random = g_uuid_string_random();
	g_autofree char *message_id = g_strconcat(random, "@doctor.kartoteka.invalid", NULL);
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *date = g_date_time_format(now, "%a, %d %b %Y %H:%M:%S +0000");
	const char *domain = strrchr(forge->from, '@') + 1;
	g_autofree char *body = g_strdup_printf(
	    "Authentication-Results: %s; dmarc=pass header.from=%s\r\nFrom: <%s>\r\nTo: <%s>\r\n"
	    "Date: %s\r\nMessage-ID: <%s>\r\nSubject: Test by kartoteka doctor\r\n\r\n"
	    "This mail tests whether a forged header survives. It may be deleted.\r\n.\r\n",
	    id, domain, forge->from, forge->to, date, message_id);
	g_autoptr(GError) error = NULL;
	g_autoptr(Mail) mail = NULL;

	if (send_mail(forge, body, &error))
		mail = wait_for_mail(command->store, message_id, &error);
	if (mail == NULL)
		doctor_say(doctor, DOCTOR_FAIL, "forgery",
		    "The test mail did not come through %s: %s", forge->smtp,
		    error == NULL ? "unknown" : error->message);
	else
		judge(doctor, command->conf, id, mail);
}

void
doctor_check_forged(Doctor *doctor, Command *command, const DoctorForge *forge)
{
	char *const *ids;
	char *host[] = {(char *)g_get_host_name(), NULL};

	if (command->store == NULL)
		return; /* said by doctor_check_store() */
	ids = command->conf->milter.trusted_authserv_ids;
	for (ids = *ids == NULL ? host : ids; *ids != NULL; ids++)
		try_one(doctor, command, forge, *ids);
}
