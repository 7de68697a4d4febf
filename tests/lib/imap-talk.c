/* A dialogue with an IMAP server by the functions of imap.h:
 *	imap-talk [--host H] [--port N] [--tls implicit|starttls|none] [--ca FILE] [--user U] [--master M] [--separator S]
 *	          [--method password|plain|login|sha256|sha1|xoauth2] [--timeout N] [--limit BYTES] ACTION...
 * The password is in the environment as IMAP_SECRET. Actions: login list status examine=RAW resync=RAW,VALIDITY,MODSEQ,FIRST
 * search search=UID find=ADDRESS sizes fetch=FOLDER header=FOLDER pieces=FOLDER idle=SECONDS noop logout caps trips memory.
 * Says what came; "error CODE text" and its exit status when one fails. */
#include "base/error.h"
#include "imapsync/imap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static GPtrArray *folders;
static UidSet *uids;
static GArray *messages;
static FILE *out;

static bool
say_list(Imap *imap, GError **error)
{
	folders = imap_list(imap, true, error);
	for (guint i = 0; folders != NULL && i < folders->len; i++) {
		const ImapFolder *f = g_ptr_array_index(folders, i);

		printf("folder raw=%s name=%s separator=%c use=%d%s", f->raw, f->name,
		    f->separator != '\0' ? f->separator : '-', f->use,
		    f->selectable ? "" : " not-selectable");
		if (f->has_status)
			printf(" uidvalidity=%u uidnext=%u exists=%u modseq=%" G_GUINT64_FORMAT,
			    f->status.uidvalidity, f->status.uidnext, f->status.exists,
			    f->status.highestmodseq);
		printf("\n");
	}
	return folders != NULL;
}

static bool
say_examine(Imap *imap, const char *what, bool again, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(what, ",", 4);
	g_autoptr(UidSet) vanished = uidset_new();
	g_autofree char *gone = NULL;
	ImapSince since = {0};
	ImapStatus status;

	if (again)
		since = (ImapSince){(guint32)strtoul(parts[1], NULL, 10),
		    strtoull(parts[2], NULL, 10), (guint32)strtoul(parts[3], NULL, 10)};
	if (!imap_examine(imap, parts[0], again ? &since : NULL, &status,
		again ? vanished : NULL, error))
		return false;
	gone = uidset_text(vanished);
	printf("examined uidvalidity=%u uidnext=%u exists=%u modseq=%" G_GUINT64_FORMAT "%s%s\n",
	    status.uidvalidity, status.uidnext, status.exists, status.highestmodseq,
	    again ? " vanished=" : "", gone);
	return true;
}

static bool
say_search(Imap *imap, guint32 first, const char *address, GError **error)
{
	char *addresses[] = {(char *)address, NULL};
	g_autofree char *text = NULL;

	uidset_clear(uids);
	if (address != NULL ? !imap_search_addresses(imap, addresses, uids, error)
			    : !imap_search_all(imap, first, uids, error))
		return false;
	text = uidset_text(uids);
	printf("found %" G_GUINT64_FORMAT " %.200s\n", uidset_count(uids), text);
	return true;
}

static bool
say_sizes(Imap *imap, GError **error)
{
	guint64 bytes = 0;

	g_array_set_size(messages, 0);
	if (!imap_fetch_sizes(imap, uids, messages, error))
		return false;
	for (guint i = 0; i < messages->len; i++) {
		const ImapMessage *m = &g_array_index(messages, ImapMessage, i);
		g_autofree char *labels =
		    m->gm_labels != NULL ? g_strjoinv("|", m->gm_labels) : NULL;

		bytes += m->size;
		if (i < 5)
			printf("message uid=%u size=%u date=%" G_GINT64_FORMAT
			       " gm=%" G_GUINT64_FORMAT " labels=%s\n",
			    m->uid, m->size, m->internal_date, m->gm_msgid,
			    labels != NULL ? labels : "-");
	}
	printf("sizes %u bytes=%" G_GUINT64_FORMAT "\n", messages->len, bytes);
	return true;
}

static bool
take(const ImapPiece *piece, gpointer data, GError **error)
{
	g_autofree char *path = g_strdup_printf("%s/%u", (const char *)data, piece->uid);

	if (piece->failure != NULL) {
		printf("failed uid=%u %s %s\n", piece->uid, error_name(error_code(piece->failure)),
		    piece->failure->message);
		return true;
	}
	if (piece->offset == 0)
		out = fopen(path, "w");
	if (out == NULL || fwrite(piece->bytes, 1, piece->length, out) != piece->length)
		return error_set(error, ERROR_INTERNAL, "%s can't be written.", path);
	if (piece->last) {
		fclose(out);
		out = NULL;
	}
	return true;
}

static bool
say_fetch(Imap *imap, const char *folder, guint flags, GError **error)
{
	bool ok = imap_fetch(imap, messages, flags, take, (gpointer)folder, error);

	printf("fetched %s\n", ok ? "all" : "in part");
	return ok;
}

static bool
say_idle(Imap *imap, const char *seconds, GError **error)
{
	static const char *const names[] = {"nothing", "news", "woken"};
	ImapIdle idle;

	if (!imap_idle(imap, (guint)atoi(seconds), &idle, error))
		return false;
	printf("idle %s\n", names[idle]);
	return true;
}

static bool
run(Imap *imap, const char *action, const ImapLogin *login, GError **error)
{
	const char *value = strchr(action, '=') != NULL ? strchr(action, '=') + 1 : "";
	bool news;

	if (g_str_equal(action, "login"))
		return imap_login(imap, login, error);
	if (g_str_equal(action, "list"))
		return say_list(imap, error);
	if (g_str_equal(action, "status"))
		return imap_status(imap, folders, error);
	if (g_str_has_prefix(action, "examine="))
		return say_examine(imap, value, false, error);
	if (g_str_has_prefix(action, "resync="))
		return say_examine(imap, value, true, error);
	if (g_str_has_prefix(action, "search"))
		return say_search(imap, (guint32)MAX(1, atoi(value)), NULL, error);
	if (g_str_has_prefix(action, "find="))
		return say_search(imap, 1, value, error);
	if (g_str_equal(action, "sizes"))
		return say_sizes(imap, error);
	if (g_str_has_prefix(action, "fetch="))
		return say_fetch(imap, value, 0, error);
	if (g_str_has_prefix(action, "header="))
		return say_fetch(imap, value, IMAP_FETCH_HEADER, error);
	if (g_str_has_prefix(action, "pieces="))
		return say_fetch(imap, value, IMAP_FETCH_PIECES, error);
	if (g_str_has_prefix(action, "idle="))
		return say_idle(imap, value, error);
	if (g_str_equal(action, "noop")) {
		bool ok = imap_noop(imap, &news, error);

		printf("noop %s\n", ok && news ? "news" : "nothing");
		return ok;
	}
	if (g_str_equal(action, "logout"))
		imap_logout(imap);
	else if (g_str_equal(action, "caps"))
		printf("capabilities 0x%x\n", imap_capabilities(imap));
	else if (g_str_equal(action, "trips"))
		printf("round trips %u, received %" G_GUINT64_FORMAT ", sent %" G_GUINT64_FORMAT
		       "\n",
		    imap_counters(imap).round_trips, imap_counters(imap).received,
		    imap_counters(imap).sent);
	else
		return error_set(error, ERROR_INVALID, "There is no action %s.", action);
	return true;
}

static int
which(const char *name, const char *const *names)
{
	for (int i = 0; names[i] != NULL; i++)
		if (g_str_equal(names[i], name))
			return i;
	fprintf(stderr, "%s is not known\n", name);
	exit(2);
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = {"implicit", "starttls", "none", NULL};
	static const char *const methods[] = {
	    "password", "plain", "login", "sha256", "sha1", "xoauth2", NULL};
	ImapServer server = {.host = "localhost"};
	ImapLogin login = {.user = "ann", .secret = g_getenv("IMAP_SECRET")};
	g_autoptr(GError) error = NULL;
	g_autoptr(Imap) imap = NULL;
	struct rusage usage;
	bool ok;
	int i = 1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (; i + 1 < argc && g_str_has_prefix(argv[i], "--"); i += 2) {
		const char *name = argv[i] + 2, *value = argv[i + 1];

		if (g_str_equal(name, "host"))
			server.host = value;
		else if (g_str_equal(name, "port"))
			server.port = (guint16)atoi(value);
		else if (g_str_equal(name, "tls"))
			server.tls = (ImapTls)which(value, modes);
		else if (g_str_equal(name, "ca"))
			server.ca_file = value;
		else if (g_str_equal(name, "user"))
			login.user = value;
		else if (g_str_equal(name, "master"))
			login.master = value;
		else if (g_str_equal(name, "separator"))
			login.master_separator = value;
		else if (g_str_equal(name, "timeout"))
			server.timeout = server.connect_timeout = (guint)atoi(value);
		else if (g_str_equal(name, "limit"))
			server.message_limit = strtoull(value, NULL, 10);
		else if (g_str_equal(name, "method"))
			login.method = (ImapLoginMethod)which(value, methods);
	}
	uids = uidset_new();
	messages = imap_messages_new();
	imap = imap_new(&server);
	ok = imap_connect(imap, &error);
	for (; ok && i < argc; i++)
		ok = run(imap, argv[i], &login, &error);
	if (!ok)
		printf("error %s %s\n", error_name(error_code(error)), error->message);
	if (!ok && imap_alive(imap))
		printf("alive\n");
	getrusage(RUSAGE_SELF, &usage);
	printf("memory %ld kB\n", usage.ru_maxrss);
	return ok ? 0 : error_exit_status(error_code(error));
}
