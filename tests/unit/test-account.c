/* Which mailboxes are read, and which of their folders. */
#include "base/error.h"
#include "imapsync/account.h"
#include "imapsync/choose.h"
#include "imapsync/secret.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define SERVER "[imap-server main]\nhost = imap.firma.example\nsecret-file = /s\n"

static GPtrArray *
accounts_of(const char *text, Conf **conf, GError **error)
{
	*conf = conf_parse(text, "k.conf", error);
	g_assert_no_error(*error);
	return account_list(*conf, error);
}

static void
test_list(void)
{
	g_autofree char *dir = g_dir_make_tmp("kartoteka-account-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "mailboxes", NULL);
	g_autofree char *text =
	    g_strdup_printf(SERVER "master-user = all\nmailboxes-file = %s\n"
				   "private-folders = Private\n[mailbox boss]\n"
				   "secret-command = pass %%u\nfolders = INBOX\n"
				   "private-folders = Mine\n",
		path);
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = NULL;
	g_autoptr(GPtrArray) accounts = NULL;
	const Account *account;

	g_assert_true(g_file_set_contents(
	    path, "# staff\neva\n\n jan   jan.novak@firma.example \n", -1, NULL));
	accounts = accounts_of(text, &conf, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(accounts->len, ==, 3);
	g_assert_cmpuint(account_count(accounts, conf->imap_servers->pdata[0]), ==, 3);
	account = account_find(accounts, "boss");
	g_assert_cmpstr(account->user_name, ==, "boss");
	g_assert_cmpstr(account->secret_command, ==, "pass %u");
	g_assert_cmpstr(account->secret_file, ==, "");
	g_assert_false(account->master);
	g_assert_cmpstr(account->take[0], ==, "INBOX");
	g_assert_cmpstr(account->private[0][0], ==, "Private");
	g_assert_cmpstr(account->private[1][0], ==, "Mine");
	account = account_find(accounts, "jan");
	g_assert_cmpstr(account->user_name, ==, "jan.novak@firma.example");
	g_assert_true(account->master);
	g_assert_cmpstr(account->take[0], ==, "*");
	g_assert_null(account_find(accounts, "petr"));
	g_unlink(path);
	g_rmdir(dir);
}

static void
test_refused(void)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
	    {"", "names no mailbox"},
	    {"[mailbox a]\n", "[mailbox a] must name its server: there are 0"},
	    {SERVER "[imap-server other]\nhost = x\n[mailbox a]\n",
		"must name its server: there are 2"},
	    {SERVER "[mailbox a]\nserver = mian\n", "there is no section [imap-server mian]"},
	    {"[imap-server x]\n", "[imap-server x] has no host"},
	    {"[imap-server x]\nhost = h\n[mailbox a]\n", "The mailbox a has no secret"},
	    {SERVER "secret-command = x\n[mailbox a]\n", "has a secret-file and a secret-command"},
	    {SERVER "master-separator = *\n", "has a master-separator and no master-user"},
	    {SERVER "auth = xoauth2\nmaster-user = m\n", "can't log in by xoauth2"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Conf) conf = NULL;

		g_assert_null(accounts_of(bad[i].text, &conf, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
		if (strstr(error->message, bad[i].says) == NULL)
			g_error("\"%s\" doesn't say \"%s\"", error->message, bad[i].says);
	}
}

static ImapFolder *
folder(const char *name, char separator, ImapUse use)
{
	ImapFolder *new = g_new0(ImapFolder, 1);

	new->name = g_strdup(name);
	new->raw = g_strdup(name);
	new->separator = separator;
	new->use = use;
	new->selectable = use != IMAP_USE_NONE || strcmp(name, "[Gmail]") != 0;
	return new;
}

/* names: "INBOX=inbox Sent Work/A ..."; the separator is the first letter. */
static char *
chosen(const char *more, const char *list, bool gmail)
{
	static const struct {
		const char *word;
		ImapUse use;
	} uses[] = {{"inbox", IMAP_USE_INBOX}, {"sent", IMAP_USE_SENT}, {"drafts", IMAP_USE_DRAFTS},
	    {"trash", IMAP_USE_TRASH}, {"junk", IMAP_USE_JUNK}, {"all", IMAP_USE_ALL},
	    {"flagged", IMAP_USE_FLAGGED}, {"archive", IMAP_USE_ARCHIVE}};
	g_autofree char *text = g_strconcat(SERVER, more, NULL);
	g_autoptr(GPtrArray) folders =
	    g_ptr_array_new_with_free_func((GDestroyNotify)imap_folder_free);
	g_autoptr(GPtrArray) accounts = NULL, picked = NULL;
	g_auto(GStrv) names = g_strsplit(list + 1, ",", -1);
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = NULL;

	accounts = accounts_of(text, &conf, &error);
	g_assert_no_error(error);
	for (char **name = names; *name != NULL; name++) {
		char *use = strchr(*name, '=');
		ImapUse kind = IMAP_USE_NONE;

		if (use != NULL)
			*use++ = '\0';
		for (gsize i = 0; use != NULL && i < G_N_ELEMENTS(uses); i++)
			if (strcmp(uses[i].word, use) == 0)
				kind = uses[i].use;
		g_ptr_array_add(folders, folder(*name, *list, kind));
	}
	picked = choose_folders(accounts->pdata[0], folders, gmail);
	for (guint i = 0; i < picked->len; i++)
		g_string_append_printf(
		    out, "%s%s", i > 0 ? "," : "", ((ImapFolder *)picked->pdata[i])->name);
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
check(const char *more, const char *list, bool gmail, const char *wanted)
{
	g_autofree char *got = chosen(more, list, gmail);

	g_assert_cmpstr(got, ==, wanted);
}

static void
test_choose(void)
{
#define A "[mailbox a]\n"
	/* by what the server says, INBOX and Sent first */
	check(A,
	    "/Work,Drafts=drafts,Junk=junk,Gone=trash,Out=sent,INBOX=inbox,Star=flagged,Every=all",
	    false, "INBOX,Out,Work,Gone");
	/* by names, where it says nothing; what it says counts more */
	check(A,
	    ".INBOX=inbox,INBOX.Koncepty,INBOX.Odeslaná pošta,INBOX.Nevyžádaná pošta,INBOX.Koš",
	    false, "INBOX,INBOX.Odeslaná pošta,INBOX.Koš");
	check(A, "/INBOX=inbox,Spam,Unwanted=junk", false, "INBOX,Spam");
	/* rules, without case, with any separator, below INBOX or not */
	check(A "folders = inbox, projekty/*\nnot-folders = */alt\n",
	    ".INBOX=inbox,INBOX.Projekty.Nové,INBOX.Projekty.Alt,Projekty.Žár,Jiné", false,
	    "INBOX,INBOX.Projekty.Nové,Projekty.Žár");
	/* private: it and all below it, and a mailbox can't open what its server closes */
	check("private-folders = soukromé\n" A "private-folders = Rodina\n",
	    "/INBOX=inbox,Soukromé,Soukromé/x/y,Soukromé2,Rodina/1", false, "INBOX,Soukromé2");
	check("drafts = take\njunk = take\ntrash = leave\n" A, "/D=drafts,J=junk,T=trash", false,
	    "D,J");
	/* Gmail: each message once */
	check(A,
	    "/INBOX=inbox,Label,[Gmail],[Gmail]/All=all,[Gmail]/Sent=sent,[Gmail]/"
	    "Bin=trash,[Gmail]/Spam=junk",
	    true, "[Gmail]/All,[Gmail]/Sent,[Gmail]/Bin");
	/* with All Mail hidden from IMAP the labels are all there is */
	check(A, "/INBOX=inbox,Label,[Gmail]/Sent=sent", true, "INBOX,[Gmail]/Sent,Label");
}

static void
test_secret(void)
{
	g_autofree char *dir = g_dir_make_tmp("kartoteka-secret-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "s", NULL);
	g_autoptr(GError) error = NULL;
	char *secret;

	g_assert_null(secret_from_file(path, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_clear_error(&error);
	g_assert_true(g_file_set_contents(path, "tajné heslo \r\nsecond\n", -1, NULL));
	g_chmod(path, 0640);
	g_assert_null(secret_from_file(path, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	g_clear_error(&error);
	g_chmod(path, 0600);
	secret = secret_from_file(path, &error);
	g_assert_cmpstr(secret, ==, "tajné heslo ");
	secret_free(secret);
	g_assert_true(g_file_set_contents(path, "\nx", -1, NULL));
	g_chmod(path, 0600);
	g_assert_null(secret_from_file(path, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);

	secret = secret_from_command("echo of %u; echo more", "it's me; false", &error);
	g_assert_cmpstr(secret, ==, "of it's me; false");
	secret_free(secret);
	g_assert_null(secret_from_command("echo x; exit 3", "eva", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
	g_clear_error(&error);
	g_assert_null(secret_from_command("yes x | tr -d '\\n'", "eva", &error));
	g_clear_error(&error);
	secret_free(NULL);
	g_unlink(path);
	g_rmdir(dir);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/account/list", test_list);
	g_test_add_func("/account/refused", test_refused);
	g_test_add_func("/account/choose", test_choose);
	g_test_add_func("/account/secret", test_secret);
	return g_test_run();
}
