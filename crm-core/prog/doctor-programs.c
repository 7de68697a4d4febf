#include "config.h"

#include "base/clock.h"
#include "base/spool.h"
#include "prog/doctor.h"
#include "prog/parser.h"
#include "prog/status-file.h"
#include "store/numbers.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>

#define FRESH (15 * CLOCK_SECOND)

/* "unix:/path", "inet:port@host", "inet6:port@host". */
static GSocketAddress *
parse_socket(const char *text, GError **error)
{
	g_auto(GStrv) parts = NULL;

	if (g_str_has_prefix(text, "unix:"))
		return g_unix_socket_address_new(text + strlen("unix:"));
	if (g_str_has_prefix(text, "inet")) {
		parts = g_strsplit(strchr(text, ':') + 1, "@", 2);
		if (g_strv_length(parts) == 2) {
			const char *host =
			    strcmp(parts[1], "localhost") == 0 ? "127.0.0.1" : parts[1];

			return g_inet_socket_address_new_from_string(
			    host, (guint)g_ascii_strtoull(parts[0], NULL, 10));
		}
	}
	error_set(error, ERROR_INVALID, "milter/socket can't be read.");
	return NULL;
}

static void
check_milter(Doctor *doctor, const Conf *conf)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GSocketAddress) address = parse_socket(conf->milter.socket, &error);
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_autoptr(GSocketConnection) connection = NULL;

	g_socket_client_set_timeout(client, 5);
	if (address != NULL)
		connection =
		    g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, &error);
	if (connection == NULL)
		doctor_say(doctor, DOCTOR_FAIL, "milter",
		    "Nobody answers at %s (%s): start kartoteka-milter.", conf->milter.socket,
		    error == NULL ? "no such address" : error->message);
	else
		doctor_say(doctor, DOCTOR_OK, "milter", "It answers at %s.", conf->milter.socket);
	if (conf->milter.cannot_spool == CONF_CANNOT_SPOOL_ACCEPT)
		doctor_say(doctor, DOCTOR_WARN, "milter",
		    "milter/cannot-spool is accept: mail passes unseen while the spool can't be "
		    "written.");
}

static void
check_daemon(Doctor *doctor, const Conf *conf)
{
	g_autoptr(GError) error = NULL;
	StatusNumbers status;

	if (!status_file_read(conf, &status, &error))
		doctor_say(doctor, DOCTOR_FAIL, "kartotekad",
		    "It has never run with this configuration: start it.");
	else if (clock_ms() - status.written >= FRESH)
		doctor_say(doctor, DOCTOR_FAIL, "kartotekad",
		    "It doesn't run: start it; mail waits in the spool until then.");
	else if (status.trouble || status.parser_failed || status.publish_failed)
		doctor_say(doctor, DOCTOR_FAIL, "kartotekad", "It runs, but %s: its log says why.",
		    status.parser_failed ? "can't start the parser"
		    : status.trouble     ? "filing fails and is tried again"
					 : "can't publish its lists");
	else
		doctor_say(doctor, DOCTOR_OK, "kartotekad", "It runs.");
}

/* A mail of our own making goes all the way through the sandbox. */
static void
check_parser(Doctor *doctor)
{
	static const char mail[] = "From: a@example.cz\r\nTo: b@example.cz\r\n"
				   "Subject: =?windows-1250?Q?=8Ei=9Eka?=\r\n\r\nx\r\n";
	const ParserLimits limits = PARSER_LIMITS_DEFAULT;
	g_autoptr(GError) error = NULL;
	g_autoptr(ParserClient) parser = parser_start(NULL, &error);
	g_autoptr(GPtrArray) raw = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(GPtrArray) results = NULL;
	const ParserResult *result = NULL;

	g_ptr_array_add(raw, g_bytes_new_static(mail, strlen(mail)));
	if (parser != NULL && parser_run(parser, raw, &limits, &results, &error))
		result = results->pdata[0];
	if (result != NULL && result->outcome == PARSER_DONE &&
	    g_strcmp0(result->mail->subject, "Žižka") == 0)
		doctor_say(doctor, DOCTOR_OK, "parser", "It reads a mail in its sandbox.");
	else
		doctor_say(doctor, DOCTOR_FAIL, "parser",
		    "kartoteka-parse can't read a mail in its sandbox: %s",
		    error != NULL                             ? error->message
		    : result != NULL && result->error != NULL ? result->error->message
							      : "it read something else.");
}

#ifdef STATIC_PAGES
/* Is this a library that kartoteka.cgi carries, and came to this machine (ctime) after that was built? This
 * program has loaded the same ones. */
static int
is_newer(struct dl_phdr_info *info, size_t size, void *pages)
{
	static const char *const carried[] = {"libsqlite3.so", "libsodium.so", "libzstd.so",
	    "libglib-2.0.so", "libpcre2-8.so", "libc.so", "libm.so"};
	const char *slash = strrchr(info->dlpi_name, '/');
	struct stat st;

	for (gsize i = 0; slash != NULL && i < G_N_ELEMENTS(carried); i++)
		if (g_str_has_prefix(slash + 1, carried[i]))
			return stat(info->dlpi_name, &st) == 0 &&
			       st.st_ctime > ((const struct stat *)pages)->st_mtime;
	return 0;
}

/* It links these libraries into itself, so an update of theirs reaches it by a new build alone. */
static void
check_pages(Doctor *doctor)
{
	const char *path = g_getenv("KARTOTEKA_CGI"); /* tests: not installed */
	struct stat st;

	if (path == NULL)
		path = LIBEXECDIR "/kartoteka.cgi";
	if (stat(path, &st) != 0)
		return; /* the pages may be another machine's business */
	if (dl_iterate_phdr(is_newer, &st) != 0)
		doctor_say(doctor, DOCTOR_WARN, "pages",
		    "A library was updated since kartoteka.cgi was built, which carries a copy: "
		    "build and install Kartoteka again.");
	else
		doctor_say(doctor, DOCTOR_OK, "pages", "No library is newer than kartoteka.cgi.");
}
#else
static void
check_pages(Doctor *doctor)
{
}
#endif

void
doctor_check_programs(Doctor *doctor, const Conf *conf)
{
	doctor_say(doctor, DOCTOR_OK, "version", "%s, GLib %u.%u.%u", PACKAGE_STRING,
	    glib_major_version, glib_minor_version, glib_micro_version);
	check_parser(doctor);
	check_pages(doctor);
	check_milter(doctor, conf);
	check_daemon(doctor, conf);
}

/* Before the first erasure there is none. */
static void
check_ledger(Doctor *doctor, const char *path, gint64 erasures)
{
	if (erasures > 0 && access(path, F_OK) != 0)
		doctor_say(doctor, DOCTOR_FAIL, "erasures",
		    "The ledger of erasures %s can't be found, and without it a restored backup "
		    "brings back what was erased: bring it back from its copy.",
		    path);
}

void
doctor_check_store(Doctor *doctor, Command *command)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) closed = NULL;
	Store *store = command_store(command, &error);
	Numbers numbers;

	/* as the user that the daemon is, too */
	if (store != NULL && access(command->conf->path, R_OK) != 0)
		doctor_say(doctor, DOCTOR_FAIL, "configuration",
		    "%s can't be read by the user %s, and kartotekad won't start again: chmod 644.",
		    command->conf->path, command->conf->data.user);
	if (command->conf != NULL && !spool_check(command->conf->data.spool_directory, &closed))
		doctor_say(doctor, DOCTOR_FAIL, "spool", "%s", closed->message);
	if (store == NULL || !store_check(store, &error) ||
	    !numbers_read(store, &numbers, &error)) {
		doctor_say(doctor, DOCTOR_FAIL, "records", "%s", error->message);
		return;
	}
	doctor_say(
	    doctor, DOCTOR_OK, "records", "They can be read, and the master key opens their keys.");
	if (numbers.last_revision > clock_ms() + 60 * CLOCK_SECOND)
		doctor_say(doctor, DOCTOR_FAIL, "clock",
		    "It ran back: the last change is from the future. Set it, and look into the "
		    "log.");
	check_ledger(doctor, store_conf(store)->data.erasure_ledger_file, numbers.erasures);
	if (numbers.rewind_due != 0 && store_conf(store)->imap_servers->len > 0)
		doctor_say(doctor, DOCTOR_WARN, "mailboxes",
		    "The records were restored, and the poller hasn't heard yet what they hold: "
		    "\"kartoteka mailbox rewind\" while it runs.");
	if (numbers.items[ITEM_QUARANTINED] > 0)
		doctor_say(doctor, DOCTOR_WARN, "quarantine",
		    "%d mails are in quarantine: \"kartoteka quarantine list\" shows why.",
		    (int)numbers.items[ITEM_QUARANTINED]);
}
