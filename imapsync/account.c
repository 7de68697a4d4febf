#include "imapsync/account.h"

#include "base/error.h"
#include "base/file.h"

#include <string.h>

#define MAILBOXES_FILE_MAX (4 << 20)

static void
account_free(gpointer data)
{
	Account *account = data;

	g_free(account->login);
	g_free(account->user_name);
	g_free(account);
}

const Account *
account_find(const GPtrArray *accounts, const char *login)
{
	for (guint i = 0; i < accounts->len; i++)
		if (strcmp(((const Account *)accounts->pdata[i])->login, login) == 0)
			return accounts->pdata[i];
	return NULL;
}

guint
account_count(const GPtrArray *accounts, const ConfImapServer *server)
{
	guint count = 0;

	for (guint i = 0; i < accounts->len; i++)
		count += ((const Account *)accounts->pdata[i])->server == server;
	return count;
}

/* With what the server says for all its mailboxes. */
static Account *
account_new(const ConfImapServer *server, const char *login, const char *user_name)
{
	Account *account = g_new0(Account, 1);

	account->server = server;
	account->login = g_strdup(login);
	account->user_name = g_strdup(*user_name != '\0' ? user_name : login);
	account->secret_file = server->secret_file;
	account->secret_command = server->secret_command;
	account->master = *server->master_user != '\0';
	account->take = server->folders.take;
	account->leave = server->folders.leave;
	account->private[0] = server->folders.private;
	return account;
}

/* Takes account over. */
static bool
add(GPtrArray *accounts, Account *account, GError **error)
{
	g_autofree char *login = g_strdup(account->login);
	bool twice = account_find(accounts, login) != NULL;
	bool token = account->server->auth == CONF_AUTH_XOAUTH2;
	bool secret = *account->secret_file != '\0' || *account->secret_command != '\0';

	g_ptr_array_add(accounts, account);
	if (twice)
		return error_set(error, ERROR_INVALID,
		    "The mailbox %s stands in the configuration twice.", login);
	if (*account->secret_file != '\0' && *account->secret_command != '\0')
		return error_set(error, ERROR_INVALID,
		    "The mailbox %s has a secret-file and a secret-command; keep one of them.",
		    login);
	if (!secret && !token)
		return error_set(error, ERROR_INVALID,
		    "The mailbox %s has no secret: set secret-file or secret-command of it or of "
		    "its "
		    "imap-server.",
		    login);
	return true;
}

static bool
check_server(const ConfImapServer *server, GError **error)
{
	if (*server->host == '\0')
		return error_set(
		    error, ERROR_INVALID, "[imap-server %s] has no host.", server->name);
	if (*server->master_user != '\0' && server->auth == CONF_AUTH_XOAUTH2)
		return error_set(error, ERROR_INVALID,
		    "[imap-server %s]: a master-user can't log in by xoauth2.", server->name);
	if (*server->master_separator != '\0' && *server->master_user == '\0')
		return error_set(error, ERROR_INVALID,
		    "[imap-server %s] has a master-separator and no master-user.", server->name);
	return true;
}

static const ConfImapServer *
find_server(const Conf *conf, const ConfMailbox *mailbox, GError **error)
{
	if (*mailbox->server == '\0' && conf->imap_servers->len == 1)
		return conf->imap_servers->pdata[0];
	for (guint i = 0; i < conf->imap_servers->len; i++) {
		const ConfImapServer *server = conf->imap_servers->pdata[i];

		if (strcmp(server->name, mailbox->server) == 0)
			return server;
	}
	if (*mailbox->server == '\0')
		error_set(error, ERROR_INVALID,
		    "[mailbox %s] must name its server: there are %u sections [imap-server NAME].",
		    mailbox->login, conf->imap_servers->len);
	else
		error_set(error, ERROR_INVALID,
		    "[mailbox %s] server = %s: there is no section [imap-server %s].",
		    mailbox->login, mailbox->server, mailbox->server);
	return NULL;
}

static bool
add_mailbox(GPtrArray *accounts, const Conf *conf, const ConfMailbox *mailbox, GError **error)
{
	const ConfImapServer *server = find_server(conf, mailbox, error);
	Account *account;

	if (server == NULL)
		return false;
	account = account_new(server, mailbox->login, mailbox->user_name);
	if (*mailbox->secret_file != '\0' || *mailbox->secret_command != '\0') {
		account->secret_file = mailbox->secret_file;
		account->secret_command = mailbox->secret_command;
		account->master = false;
	}
	if (mailbox->folders.take[0] != NULL)
		account->take = mailbox->folders.take;
	if (mailbox->folders.leave[0] != NULL)
		account->leave = mailbox->folders.leave;
	account->private[1] = mailbox->folders.private;
	return add(accounts, account, error);
}

/* "LOGIN" or "LOGIN NAME" in a line. */
static bool
read_mailboxes(GPtrArray *accounts, const ConfImapServer *server, GError **error)
{
	g_autoptr(GBytes) bytes = file_read(server->mailboxes_file, MAILBOXES_FILE_MAX, error);
	g_auto(GStrv) lines = NULL;

	if (bytes == NULL)
		return false;
	lines = g_strsplit(g_bytes_get_data(bytes, NULL), "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		char *line = g_strstrip(lines[i]), *name = strpbrk(line, " \t");

		if (*line == '\0' || *line == '#')
			continue;
		if (name != NULL)
			*name++ = '\0';
		name = name != NULL ? g_strchug(name) : line + strlen(line);
		if (!g_utf8_validate(line, -1, NULL) || !g_utf8_validate(name, -1, NULL) ||
		    strpbrk(name, " \t") != NULL)
			return error_set(error, ERROR_INVALID,
			    "%s, line %u: it must be a login, or a login, a blank and its name at "
			    "the server.",
			    server->mailboxes_file, i + 1);
		if (!add(accounts, account_new(server, line, name), error))
			return false;
	}
	return true;
}

GPtrArray *
account_list(const Conf *conf, GError **error)
{
	g_autoptr(GPtrArray) accounts = g_ptr_array_new_with_free_func(account_free);

	for (guint i = 0; i < conf->imap_servers->len; i++)
		if (!check_server(conf->imap_servers->pdata[i], error))
			return NULL;
	for (guint i = 0; i < conf->mailboxes->len; i++)
		if (!add_mailbox(accounts, conf, conf->mailboxes->pdata[i], error))
			return NULL;
	for (guint i = 0; i < conf->imap_servers->len; i++) {
		const ConfImapServer *server = conf->imap_servers->pdata[i];

		if (*server->mailboxes_file != '\0' && !read_mailboxes(accounts, server, error))
			return NULL;
	}
	if (accounts->len == 0) {
		error_set(error, ERROR_INVALID,
		    "%s names no mailbox: add a section [imap-server NAME] and sections [mailbox "
		    "LOGIN].",
		    conf->path);
		return NULL;
	}
	return g_steal_pointer(&accounts);
}
