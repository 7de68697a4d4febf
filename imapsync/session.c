#include "imapsync/session.h"

#include "base/error.h"
#include "imapsync/secret.h"

#define CHECK_TIMEOUT 15 /* seconds: somebody waits in front of a page */

static const ImapLoginMethod methods[] = {
    [CONF_AUTH_PASSWORD] = IMAP_LOGIN_PASSWORD,
    [CONF_AUTH_PLAIN] = IMAP_LOGIN_PLAIN,
    [CONF_AUTH_LOGIN] = IMAP_LOGIN_LOGIN,
    [CONF_AUTH_SCRAM_SHA_256] = IMAP_LOGIN_SCRAM_SHA_256,
    [CONF_AUTH_SCRAM_SHA_1] = IMAP_LOGIN_SCRAM_SHA_1,
    [CONF_AUTH_XOAUTH2] = IMAP_LOGIN_XOAUTH2,
};

static Imap *
new_imap(const Conf *conf, const Account *account, guint timeout)
{
	static const ImapTls tls[] = {
	    [CONF_TLS_IMPLICIT] = IMAP_TLS_IMPLICIT,
	    [CONF_TLS_STARTTLS] = IMAP_TLS_STARTTLS,
	    [CONF_TLS_NONE] = IMAP_TLS_NONE,
	};
	const ConfImapServer *server = account->server;
	ImapServer settings = {
	    .host = server->host,
	    .port = (guint16)server->port,
	    .tls = tls[server->tls],
	    .ca_file = *server->ca_file != '\0' ? server->ca_file : NULL,
	    .connect_timeout = timeout,
	    .timeout = timeout,
	    .message_limit = (guint64)conf->imap.message_bytes,
	};

	return imap_new(&settings);
}

Imap *
session_new(const Conf *conf, const Account *account)
{
	return new_imap(conf, account, 0);
}

static char *
get_secret(const Account *account, GError **error)
{
	if (*account->secret_file != '\0')
		return secret_from_file(account->secret_file, error);
	return secret_from_command(account->secret_command, account->user_name, error);
}

bool
session_begin(Imap *imap, const Account *account, GError **error)
{
	const ConfImapServer *server = account->server;
	ImapLogin login = {
	    .method = methods[server->auth],
	    .user = account->user_name,
	    .master = account->master ? server->master_user : NULL,
	    .master_separator = account->master && *server->master_separator != '\0'
				    ? server->master_separator
				    : NULL,
	};
	char *secret;
	bool ok;

	if (!imap_connect(imap, error) || (secret = get_secret(account, error)) == NULL)
		return false;
	login.secret = secret;
	ok = imap_login(imap, &login, error);
	secret_free(secret);
	return ok;
}

bool
session_check(
    const Conf *conf, const Account *account, const char *password, bool *ret, GError **error)
{
	g_autoptr(Imap) imap = new_imap(conf, account, CHECK_TIMEOUT);
	g_autoptr(GError) refused = NULL;
	ImapLogin login = {.user = account->user_name, .secret = password};
	ConfAuth auth = (ConfAuth)account->server->auth;

	if (*password == '\0') {
		*ret = false;
		return true;
	}
	login.method = auth == CONF_AUTH_XOAUTH2 ? IMAP_LOGIN_PASSWORD : methods[auth];
	if (!imap_connect(imap, error))
		return false;
	*ret = imap_login(imap, &login, &refused);
	if (*ret)
		imap_logout(imap);
	else if (!g_error_matches(refused, ERROR_DOMAIN, ERROR_DENIED)) {
		g_propagate_error(error, g_steal_pointer(&refused));
		return false;
	}
	return true;
}
