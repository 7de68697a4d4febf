#include "imapsync/session.h"

#include "base/error.h"
#include "imapsync/secret.h"

#include <string.h>
#include <unistd.h>

#define CONNECT_TIMEOUT 30
#define CHECK_TIMEOUT 15 /* seconds: somebody waits in front of a page */

struct Session {
	const Conf *conf;
	const Account *account;
	char *token_file;
	GMutex lock; /* all below */
	Oauth *oauth;
	OauthClient client;
	char *client_secret;
	gint refused; /* atomic: the server refused the last token, too */
};

static const ImapLoginMethod methods[] = {
    [CONF_AUTH_PASSWORD] = IMAP_LOGIN_PASSWORD,
    [CONF_AUTH_PLAIN] = IMAP_LOGIN_PLAIN,
    [CONF_AUTH_LOGIN] = IMAP_LOGIN_LOGIN,
    [CONF_AUTH_SCRAM_SHA_256] = IMAP_LOGIN_SCRAM_SHA_256,
    [CONF_AUTH_SCRAM_SHA_1] = IMAP_LOGIN_SCRAM_SHA_1,
    [CONF_AUTH_XOAUTH2] = IMAP_LOGIN_XOAUTH2,
};

Session *
session_new(const Conf *conf, const Account *account)
{
	Session *session = g_new0(Session, 1);
	g_autofree char *escaped = g_uri_escape_string(account->login, "@+", FALSE);

	session->conf = conf;
	session->account = account;
	session->token_file = g_strdup_printf("%s/%s.token", conf->imap.directory, escaped);
	g_mutex_init(&session->lock);
	return session;
}

void
session_free(Session *session)
{
	if (session == NULL)
		return;
	oauth_free(session->oauth);
	secret_free(session->client_secret);
	g_free(session->token_file);
	g_mutex_clear(&session->lock);
	g_free(session);
}

static Imap *
new_imap(const Session *session, guint timeout)
{
	static const ImapTls tls[] = {
	    [CONF_TLS_IMPLICIT] = IMAP_TLS_IMPLICIT,
	    [CONF_TLS_STARTTLS] = IMAP_TLS_STARTTLS,
	    [CONF_TLS_NONE] = IMAP_TLS_NONE,
	};
	const ConfImapServer *server = session->account->server;
	ImapServer settings = {
	    .host = server->host,
	    .port = (guint16)server->port,
	    .tls = tls[server->tls],
	    .ca_file = *server->ca_file != '\0' ? server->ca_file : NULL,
	    .connect_timeout = MIN(timeout, CONNECT_TIMEOUT),
	    .timeout = timeout,
	    .message_limit = (guint64)session->conf->imap.message_bytes,
	};

	return imap_new(&settings);
}

Imap *
session_imap(const Session *session)
{
	return new_imap(session, (guint)session->account->server->timeout);
}

/* --- Tokens, with the lock held --------------------------------------------------------------------- */

static const char *
or_null(const char *text)
{
	return *text != '\0' ? text : NULL;
}

static bool
make_client(Session *session, GError **error)
{
	const ConfImapServer *server = session->account->server;
	OauthClient *client = &session->client;

	*client = (OauthClient){
	    .token_url = or_null(server->oauth.token_url),
	    .device_url = or_null(server->oauth.device_url),
	    .authorize_url = or_null(server->oauth.authorize_url),
	    .scope = or_null(server->oauth.scope),
	    .client_id = server->oauth.client_id,
	    .application = server->oauth.application == 1,
	};
	if (*server->oauth.client_id == '\0')
		return error_set(
		    error, ERROR_INVALID, "[imap-server %s] has no oauth-client-id.", server->name);
	if (*server->oauth.provider != '\0' &&
	    !oauth_preset(client, server->oauth.provider, or_null(server->oauth.tenant), error))
		return false;
	if (client->token_url == NULL)
		return error_set(error, ERROR_INVALID,
		    "[imap-server %s] has no oauth-provider and no oauth-token-url.", server->name);
	if (session->client_secret == NULL && *server->oauth.client_secret_file != '\0')
		session->client_secret = secret_from_file(server->oauth.client_secret_file, error);
	client->client_secret = session->client_secret;
	return session->client_secret != NULL || *server->oauth.client_secret_file == '\0';
}

static bool
open_oauth(Session *session, GError **error)
{
	const char *file;
	g_autoptr(GError) failed = NULL;

	if (session->oauth != NULL)
		return true;
	if (!make_client(session, error))
		return false;
	file = session->client.application ? NULL : session->token_file;
	session->oauth = oauth_new(&session->client, file, &failed);
	if (session->oauth != NULL)
		return true;
	if (g_error_matches(failed, ERROR_DOMAIN, ERROR_NOT_FOUND))
		return error_set(error, ERROR_DENIED,
		    "Nobody has authorized the mailbox yet: kartoteka-imapsync authorize %s",
		    session->account->login);
	g_propagate_error(error, g_steal_pointer(&failed));
	return false;
}

/* refused: the one that the server has just refused, or NULL. */
static char *
get_token(Session *session, const char *refused, GError **error)
{
	g_autoptr(GError) failed = NULL;
	char *token = NULL;

	g_mutex_lock(&session->lock);
	if (open_oauth(session, &failed))
		token = oauth_token(session->oauth, refused, &failed);
	/* the admin may authorize again: look into the file the next time */
	if (token == NULL && g_error_matches(failed, ERROR_DOMAIN, ERROR_DENIED))
		g_clear_pointer(&session->oauth, oauth_free);
	g_mutex_unlock(&session->lock);
	if (failed != NULL)
		g_propagate_error(error, g_steal_pointer(&failed));
	return token;
}

gint64
session_expires(Session *session)
{
	gint64 expires = 0;

	/* who asks for a token meanwhile may wait for a server for long */
	if (session->account->server->auth != CONF_AUTH_XOAUTH2 || !g_mutex_trylock(&session->lock))
		return 0;
	if (session->oauth != NULL)
		expires = oauth_expires(session->oauth);
	g_mutex_unlock(&session->lock);
	return expires;
}

bool
session_authorize(Session *session, OauthTell tell, gpointer data, GError **error)
{
	if (session->account->server->auth != CONF_AUTH_XOAUTH2)
		return error_set(error, ERROR_INVALID,
		    "The mailbox %s logs in without a token: its server has no auth = xoauth2.",
		    session->account->login);
	if (!make_client(session, error))
		return false;
	if (session->client.application)
		return error_set(error, ERROR_INVALID,
		    "With oauth-application nobody has to authorize the mailbox %s.",
		    session->account->login);
	if (session->client.device_url != NULL)
		return oauth_authorize_device(
		    &session->client, session->token_file, tell, data, error);
	return oauth_authorize_code(
	    &session->client, session->token_file, 0, STDIN_FILENO, tell, data, error);
}

/* --- Log-in -------------------------------------------------------------------------------------------- */

static char *
get_secret(Session *session, GError **error)
{
	const Account *account = session->account;

	if (account->server->auth == CONF_AUTH_XOAUTH2)
		return get_token(session, NULL, error);
	if (*account->secret_file != '\0')
		return secret_from_file(account->secret_file, error);
	return secret_from_command(account->secret_command, account->user_name, error);
}

/* A token may have been taken back before its time: the next try has another one. */
static bool
renew(Session *session, const char *token, GError *refused, GError **error)
{
	char *other = NULL;

	if (session->account->server->auth == CONF_AUTH_XOAUTH2 &&
	    g_error_matches(refused, ERROR_DOMAIN, ERROR_DENIED) &&
	    g_atomic_int_compare_and_exchange(&session->refused, 0, 1))
		other = get_token(session, token, NULL);
	if (other == NULL) {
		g_propagate_error(error, refused);
		return false;
	}
	secret_free(other);
	g_error_free(refused);
	return error_set(
	    error, ERROR_TEMPORARY, "The server refused the token; another one was asked for.");
}

bool
session_begin(Session *session, Imap *imap, GError **error)
{
	const Account *account = session->account;
	const ConfImapServer *server = account->server;
	ImapLogin login = {
	    .method = methods[server->auth],
	    .user = account->user_name,
	    .master = account->master ? server->master_user : NULL,
	    .master_separator = account->master ? or_null(server->master_separator) : NULL,
	};
	GError *refused = NULL;
	char *secret;

	if (!imap_connect(imap, error) || (secret = get_secret(session, error)) == NULL)
		return false;
	login.secret = secret;
	if (imap_login(imap, &login, &refused))
		g_atomic_int_set(&session->refused, 0);
	else
		renew(session, secret, refused, error);
	secret_free(secret);
	return refused == NULL;
}

bool
session_check(const Session *session, const char *password, bool *ret, GError **error)
{
	const Account *account = session->account;
	g_autoptr(Imap) imap = new_imap(session, CHECK_TIMEOUT);
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
