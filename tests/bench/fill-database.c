/*
 * fill-database FOLDER COUNT [MAILS]: a company with COUNT mails in a store of its own, for the benches.
 *
 * 40 address books of 25 contacts, 20 users who write and receive, "few" with two books, "boss" with all of them,
 * "none" with none. Each mail goes through parser, matching and filing as a mail from SMTP does; its text is that of
 * a mail in the folder MAILS, or made of invented words. The first contact has every twentieth mail. FOLDER/names
 * gets the ids and the session tokens that the benches need. Prints what a mail cost.
 */
#include "config.h"

#include "mail/parse.h"
#include "rules/book.h"
#include "rules/contact.h"
#include "rules/file.h"
#include "rules/index.h"
#include "rules/login.h"
#include "rules/user.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOOKS 40
#define CONTACTS 1000
#define STAFF 20
#define WORDS 30000
#define DAY (G_GINT64_CONSTANT(86400) * 1000)
#define PASSWORD "a bench's password"

typedef struct {
	Store *store;
	GRand *rand;
	GPtrArray *texts; /* char *: bodies, when there is a folder of them */
	Id contacts[CONTACTS];
	gint64 first; /* ms: time of the first mail */
} Fill;

static void
stop_on(GError *error)
{
	if (error == NULL)
		return;
	fprintf(stderr, "fill-database: %s\n", error->message);
	exit(1);
}

static Session *
session_of(Fill *fill, const Id *user)
{
	g_autoptr(GError) error = NULL;
	Actor actor = {.kind = ACTOR_USER, .user = *user};
	Session *session = session_new(fill->store, &actor, SURFACE_COMMAND_LINE, &error);

	stop_on(error);
	return session;
}

static Id
add_user(Session *session, const char *login, bool administrator)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *address = g_strconcat(login, "@own.example", NULL);
	const char *addresses[] = {address, NULL};
	UserNew user = {
	    .login = login, .name = login, .addresses = addresses, .administrator = administrator};
	Id id = {{0}};

	user_create(session, &user, &id, &error);
	stop_on(error);
	user_change_password(session, &id, PASSWORD, &error);
	stop_on(error);
	return id;
}

static void
grant(Session *session, const Id *book, const Id *user, int last)
{
	g_autoptr(GError) error = NULL;
	Id id;

	for (int right = RIGHT_SEE; right <= last; right++) {
		book_grant(session, book, user, false, (Right)right, 0, "bench", &id, &error);
		stop_on(error);
	}
}

static void
add_contact(Fill *fill, Session *session, const Id *book, int n)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Vcard) card = vcard_new();
	g_autofree char *name = g_strdup_printf("Contact Number%d", n);
	g_autofree char *address = g_strdup_printf("contact%d@customer%d.example", n, n / 5);

	vcard_append(card, "FN", name);
	vcard_append(card, "EMAIL", address);
	contact_create(session, book, card, &fill->contacts[n], &error);
	stop_on(error);
}

/* Books and contacts belong to boss; few has "history" on two books. */
static void
add_books(Fill *fill, Session *admin, const Id *boss, const Id *few)
{
	for (int b = 0; b < BOOKS; b++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Session) session = NULL;
		g_autofree char *name = g_strdup_printf("Book %d", b);
		Id book;

		book_create(admin, name, NULL, &book, &error);
		stop_on(error);
		grant(admin, &book, boss, RIGHT_LAST);
		if (b < 2)
			grant(admin, &book, few, RIGHT_HISTORY);
		session = session_of(fill, boss);
		for (int n = b; n < CONTACTS; n += BOOKS)
			add_contact(fill, session, &book, n);
	}
}

static void
add_company(Fill *fill, const char *folder)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) first = session_new_first(fill->store, &error);
	g_autoptr(Session) admin = NULL;
	g_autofree char *path = g_build_filename(folder, "names", NULL);
	g_autoptr(GString) names = g_string_new(NULL);
	Id id, boss, few;

	stop_on(error);
	id = add_user(first, "admin", true);
	admin = session_of(fill, &id);
	for (int i = 0; i < STAFF; i++) {
		g_autofree char *login = g_strdup_printf("staff%d", i);

		add_user(admin, login, false);
	}
	boss = add_user(admin, "boss", false);
	few = add_user(admin, "few", false);
	id = add_user(admin, "none", false);
	add_books(fill, admin, &boss, &few);
	for (int i = 0; i < 3; i++) {
		static const char *const logins[] = {"boss", "few", "none"};
		char token[LOGIN_TOKEN_SIZE];

		login_with_password(
		    fill->store, logins[i], PASSWORD, "127.0.0.1", -1, token, &error);
		stop_on(error);
		g_string_append_printf(names, "token-%s=%s\n", logins[i], token);
	}
	for (int i = 0; i < 3; i++) {
		g_autofree char *text = id_text(&fill->contacts[i]);

		g_string_append_printf(names, "contact%d=%s\n", i, text);
	}
	g_file_set_contents(path, names->str, -1, &error);
	stop_on(error);
}

/* A word by Zipf's law, made of its number. */
static void
append_word(Fill *fill, GString *out)
{
	static const char *const syllables[] = {"ka", "to", "re", "mi", "lo", "pra", "stu", "ven",
	    "di", "ně", "ho", "čas", "val", "ký", "ser", "bo"};
	guint n = (guint)(pow(WORDS, g_rand_double(fill->rand)) - 1);

	for (guint rest = n + 16; rest > 0; rest /= 16)
		g_string_append(out, syllables[rest % 16]);
}

static char *
make_body(Fill *fill, int n)
{
	GString *out = g_string_new(NULL);
	int length = g_rand_int_range(fill->rand, 50, 500);

	if (fill->texts->len > 0) {
		g_string_append(out, fill->texts->pdata[n % fill->texts->len]);
	} else {
		for (int i = 0; i < length; i++) {
			append_word(fill, out);
			g_string_append_c(out, i % 12 == 11 ? '\n' : ' ');
		}
	}
	g_string_append_printf(out, "\nRef-%d\n", n);
	return g_string_free(out, FALSE);
}

static GBytes *
make_mail(Fill *fill, int n, const char *from, const char *to, gint64 time)
{
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time / 1000);
	g_autofree char *date_text = g_date_time_format(date, "%a, %d %b %Y %H:%M:%S +0000");
	g_autofree char *body = make_body(fill, n);
	g_autofree char *answer =
	    n % 3 == 0 ? g_strdup("")
		       : g_strdup_printf("In-Reply-To: <m%d@own.example>\r\n", n - n % 3);
	g_autoptr(GString) subject = g_string_new(NULL);
	char *text;

	for (int i = 0; i < 4; i++) {
		append_word(fill, subject);
		g_string_append_c(subject, ' ');
	}
	text = g_strdup_printf("From: %s\r\nTo: %s\r\nSubject: %s%d\r\nDate: %s\r\n"
			       "Message-ID: <m%d@own.example>\r\n%s"
			       "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
			       "Content-Transfer-Encoding: 8bit\r\n\r\n%s",
	    from, to, subject->str, n, date_text, n, answer, body);
	return g_bytes_new_take(text, strlen(text));
}

static FileJob *
make_job(Fill *fill, Filer *filer, int n)
{
	static const MailLimits limits = MAIL_LIMITS_DEFAULT;
	int contact = n % 20 == 0 ? 0 : g_rand_int_range(fill->rand, 0, CONTACTS);
	bool out = g_rand_boolean(fill->rand);
	g_autofree char *theirs =
	    g_strdup_printf("contact%d@customer%d.example", contact, contact / 5);
	g_autofree char *ours =
	    g_strdup_printf("staff%d@own.example", g_rand_int_range(fill->rand, 0, STAFF));
	gint64 time = fill->first + (gint64)n * 60 * 1000;
	g_autoptr(GBytes) raw = make_mail(fill, n, out ? ours : theirs, out ? theirs : ours, time);
	g_autoptr(GError) error = NULL;
	Mail *mail = parse_mail(raw, &limits, &error);
	SpoolEntry *entry = spool_entry_new(SPOOL_MAIL, SPOOL_SMTP);

	stop_on(error);
	g_strlcpy(entry->key.source, "bench", sizeof entry->key.source);
	entry->key.start = fill->first;
	entry->key.n = n + 1;
	entry->time = time;
	entry->size = (gint64)g_bytes_get_size(raw);
	entry->sender = g_strdup(out ? ours : theirs);
	spool_entry_add_recipient(entry, out ? theirs : ours, NULL);
	if (out)
		entry->login = g_strndup(ours, strcspn(ours, "@"));
	return file_prepare(filer_preparer(filer), entry, raw, mail);
}

static void
file_all(Fill *fill, Session *session, int count)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Filer) filer = filer_new(session, NULL, &error);

	stop_on(error);
	for (int n = 0; n < count;) {
		g_autoptr(GPtrArray) jobs =
		    g_ptr_array_new_with_free_func((GDestroyNotify)file_job_free);

		for (; n < count && jobs->len < FILE_BATCH; n++)
			g_ptr_array_add(jobs, make_job(fill, filer, n));
		file_batch(filer, jobs, &error);
		stop_on(error);
	}
}

static void
index_all(Session *session)
{
	g_autoptr(GError) error = NULL;

	for (bool more = true; more && error == NULL;)
		index_catch_up(session, NULL, 500, &more, &error);
	stop_on(error);
}

/* As kartotekad does when nothing else is to be done. */
static void
merge_all(Session *session)
{
	g_autoptr(GError) error = NULL;

	for (bool more = true; more && error == NULL;)
		index_idle(session, &more, &error);
	stop_on(error);
}

static void
load_texts(Fill *fill, const char *folder)
{
	static const MailLimits limits = MAIL_LIMITS_DEFAULT;
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL), *data = NULL;
		gsize size;

		if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
			load_texts(fill, path);
		} else if (g_file_get_contents(path, &data, &size, NULL)) {
			g_autoptr(GBytes) raw = g_bytes_new(data, size);
			g_autoptr(Mail) mail = parse_mail(raw, &limits, NULL);

			if (mail != NULL)
				g_ptr_array_add(fill->texts,
				    g_strndup(mail->body, MIN(strlen(mail->body), 8000)));
		}
	}
}

static Conf *
write_conf(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, "kartoteka.conf", NULL);
	g_autofree char *text =
	    g_strdup_printf("[company]\nname = Bench\ndomains = own.example\n"
			    "[data]\nuser =\ndirectory = %s/data\nmaster-key-file = "
			    "%s/master.key\nspool-directory = %s/spool\n"
			    "published-directory = %s/published\nrun-directory = %s/run\n"
			    "erasure-ledger-file = %s/erasures\n",
		folder, folder, folder, folder, folder, folder);
	g_autoptr(GError) error = NULL;
	Conf *conf;

	g_file_set_contents(path, text, -1, &error);
	stop_on(error);
	conf = conf_load(path, &error);
	stop_on(error);
	return conf;
}

static double
seconds_since(gint64 start)
{
	return (double)(g_get_monotonic_time() - start) / 1e6;
}

int
main(int argc, char **argv)
{
	Fill fill = {.rand = g_rand_new_with_seed(1)};
	g_autoptr(Conf) conf = NULL;
	g_autoptr(Session) session = NULL;
	g_autoptr(GError) error = NULL;
	gint64 start;
	int count;

	if (argc < 3 || (count = atoi(argv[2])) < 1) {
		fputs("usage: fill-database FOLDER COUNT [MAILS]\n", stderr);
		return 64;
	}
	parse_warm_up();
	conf = write_conf(argv[1]);
	fill.store = store_open(conf, STORE_CREATE | STORE_KEEP_OPEN, &error);
	stop_on(error);
	fill.texts = g_ptr_array_new_with_free_func(g_free);
	fill.first = g_get_real_time() / 1000 - (gint64)count * 60 * 1000 - DAY;
	if (argc > 3)
		load_texts(&fill, argv[3]);
	add_company(&fill, argv[1]);
	session = session_new_daemon(fill.store, &error);
	stop_on(error);
	start = g_get_monotonic_time();
	file_all(&fill, session, count);
	printf("parse, match, file, one thread  %8.0f mails/s\n", count / seconds_since(start));
	start = g_get_monotonic_time();
	index_all(session);
	printf("index                           %8.0f mails/s\n", count / seconds_since(start));
	start = g_get_monotonic_time();
	merge_all(session);
	printf("merge the index                 %8.1f s\n", seconds_since(start));
	session_free(g_steal_pointer(&session));
	store_free(fill.store);
	g_ptr_array_unref(fill.texts);
	g_rand_free(fill.rand);
	return 0;
}
