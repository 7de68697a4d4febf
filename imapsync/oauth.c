#include "imapsync/oauth-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "imapsync/oauth-http.h"

#include <string.h>
#include <sys/stat.h>

#define GROUP "token"
#define AT_LEAST (60 * CLOCK_SECOND) /* that a token must be good for */
#define USUALLY 3600                 /* seconds, when the server doesn't say how long */

struct Oauth {
	const OauthClient *client;
	char *token_file;
	GMutex mutex;
	OauthTokens tokens;
};

static void
wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	g_free(text);
}

void
oauth_tokens_clear(OauthTokens *tokens)
{
	g_clear_pointer(&tokens->access, wipe);
	g_clear_pointer(&tokens->refresh, wipe);
}

/* Providers
 * --------------------------------------------------------------------------------------------------------
 */

bool
oauth_preset(OauthClient *client, const char *provider, const char *tenant, GError **error)
{
	static const char microsoft[] = "https://login.microsoftonline.com/%s/oauth2/v2.0/%s";
	g_autofree char *escaped =
	    g_uri_escape_string(tenant != NULL ? tenant : "common", NULL, FALSE);

	if (g_str_equal(provider, "microsoft")) {
		if (client->token_url == NULL)
			client->token_url = g_strdup_printf(microsoft, escaped, "token");
		if (client->device_url == NULL)
			client->device_url = g_strdup_printf(microsoft, escaped, "devicecode");
		if (client->authorize_url == NULL)
			client->authorize_url = g_strdup_printf(microsoft, escaped, "authorize");
		if (client->scope == NULL)
			client->scope =
			    client->application
				? "https://outlook.office365.com/.default"
				: "https://outlook.office.com/IMAP.AccessAsUser.All offline_access";
		return true;
	}
	if (!g_str_equal(provider, "google"))
		return error_set(error, ERROR_INVALID,
		    "There is no preset for \"%s\": use microsoft or google, or set the addresses.",
		    provider);
	if (client->token_url == NULL)
		client->token_url = "https://oauth2.googleapis.com/token";
	/* The device flow isn't allowed for the scope of mail there. */
	if (client->authorize_url == NULL)
		client->authorize_url = "https://accounts.google.com/o/oauth2/v2/"
					"auth?access_type=offline&prompt=consent";
	if (client->scope == NULL)
		client->scope = "https://mail.google.com/";
	return true;
}

/* The token endpoint
 * --------------------------------------------------------------------------------------------------------
 */

bool
oauth_private_refusal(GHashTable *answer, const char *url, GError **error)
{
	static const struct {
		const char *name; /* RFC 6749, 5.2; RFC 8628, 3.5 */
		ErrorCode code;
		const char *text;
	} table[] = {
	    {"invalid_grant", ERROR_DENIED,
		"the authorization has ended or was taken back: authorize again"},
	    {"interaction_required", ERROR_DENIED,
		"somebody must log in there again: authorize again"},
	    {"access_denied", ERROR_DENIED, "it was refused there"},
	    {"expired_token", ERROR_TEMPORARY, "it took too long: try again"},
	    {"temporarily_unavailable", ERROR_TEMPORARY, "try again later"},
	    {"invalid_client", ERROR_INVALID,
		"it doesn't know this client id or secret (it may have expired)"},
	    {"unauthorized_client", ERROR_INVALID, "this client may not do that there"},
	    {"invalid_scope", ERROR_INVALID, "the scope isn't allowed"},
	};
	const char *name = g_hash_table_lookup(answer, "error");
	g_autofree char *cut = g_strndup(name != NULL ? name : "no reason", 100);
	g_autofree char *valid = g_utf8_make_valid(cut, -1);
	g_autofree char *said = log_escape(valid);

	for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(table); i++)
		if (g_str_equal(name, table[i].name))
			return error_set(
			    error, table[i].code, "%s: %s (%s).", url, table[i].text, said);
	return error_set(error, ERROR_INVALID, "%s refuses: %s.", url, said);
}

/* ms from now on, as the answer says in seconds; 0: it doesn't. */
static gint64
expiry(GHashTable *answer, const char *name)
{
	const char *text = g_hash_table_lookup(answer, name);
	const gint64 seconds = text != NULL ? g_ascii_strtoll(text, NULL, 10) : 0;

	return seconds > 0 ? clock_ms() + MIN(seconds, G_MAXINT32) * CLOCK_SECOND : 0;
}

/* A token goes into a line of SASL and of a file. */
static bool
is_token(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (!g_ascii_isgraph(*p))
			return false;
	return *text != '\0';
}

bool
oauth_private_ask(
    const OauthClient *client, const char *form, OauthTokens *ret, char **ret_error, GError **error)
{
	g_autoptr(GHashTable) answer = NULL;
	const char *access, *refresh, *refused;
	bool ok;

	*ret_error = NULL;
	if (!oauth_http_post(client->token_url, client->ca_file, form, &answer, &ok, error))
		return false;
	refused = g_hash_table_lookup(answer, "error");
	if (!ok && refused != NULL &&
	    (g_str_equal(refused, "authorization_pending") || g_str_equal(refused, "slow_down"))) {
		*ret_error = g_strdup(refused);
		return true;
	}
	if (!ok)
		return oauth_private_refusal(answer, client->token_url, error);
	access = g_hash_table_lookup(answer, "access_token");
	refresh = g_hash_table_lookup(answer, "refresh_token");
	if (access == NULL || !is_token(access) || (refresh != NULL && !is_token(refresh)))
		return error_set(
		    error, ERROR_INVALID, "%s answers without a token.", client->token_url);
	oauth_tokens_clear(ret);
	ret->access = g_strdup(access);
	ret->refresh = g_strdup(refresh);
	ret->access_expires = expiry(answer, "expires_in");
	if (ret->access_expires == 0)
		ret->access_expires = clock_ms() + USUALLY * CLOCK_SECOND;
	ret->refresh_expires = expiry(answer, "refresh_token_expires_in");
	return true;
}

/* The file
 * --------------------------------------------------------------------------------------------------------
 */

bool
oauth_private_write(const char *token_file, const OauthTokens *tokens, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	char *text;
	gsize length;
	bool ok;

	g_key_file_set_string(file, GROUP, "refresh-token", tokens->refresh);
	g_key_file_set_int64(file, GROUP, "refresh-expires", tokens->refresh_expires);
	if (tokens->access != NULL) {
		g_key_file_set_string(file, GROUP, "access-token", tokens->access);
		g_key_file_set_int64(file, GROUP, "access-expires", tokens->access_expires);
	}
	text = g_key_file_to_data(file, &length, NULL);
	ok = file_publish(token_file, text, length, 0600, error);
	wipe(text);
	return ok;
}

static bool
read_file(const char *token_file, OauthTokens *ret, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GBytes) bytes = NULL;
	struct stat st;

	bytes = file_read(token_file, 64 * 1024, error);
	if (bytes == NULL)
		return false;
	if (stat(token_file, &st) != 0 || (st.st_mode & 077) != 0)
		return error_set(error, ERROR_DENIED,
		    "%s is a secret that others can reach; use: chmod 0600 %s", token_file,
		    token_file);
	if (!g_key_file_load_from_bytes(file, bytes, G_KEY_FILE_NONE, NULL) ||
	    (ret->refresh = g_key_file_get_string(file, GROUP, "refresh-token", NULL)) == NULL)
		return error_set(
		    error, ERROR_INVALID, "%s is no token file: authorize again.", token_file);
	ret->refresh_expires = g_key_file_get_int64(file, GROUP, "refresh-expires", NULL);
	ret->access = g_key_file_get_string(file, GROUP, "access-token", NULL);
	ret->access_expires = g_key_file_get_int64(file, GROUP, "access-expires", NULL);
	return true;
}

/* Tokens
 * --------------------------------------------------------------------------------------------------------
 */

Oauth *
oauth_new(const OauthClient *client, const char *token_file, GError **error)
{
	g_autoptr(Oauth) oauth = g_new0(Oauth, 1);

	g_mutex_init(&oauth->mutex);
	oauth->client = client;
	oauth->token_file = g_strdup(token_file);
	if (!client->application && !read_file(token_file, &oauth->tokens, error))
		return NULL;
	return g_steal_pointer(&oauth);
}

void
oauth_free(Oauth *oauth)
{
	if (oauth == NULL)
		return;
	g_mutex_clear(&oauth->mutex);
	oauth_tokens_clear(&oauth->tokens);
	g_free(oauth->token_file);
	g_free(oauth);
}

static bool
renew(Oauth *oauth, GError **error)
{
	const OauthClient *client = oauth->client;
	g_auto(OauthTokens) fresh = {0};
	g_autofree char *pending = NULL;
	char *form = oauth_http_form("grant_type",
	    client->application ? "client_credentials" : "refresh_token", "refresh_token",
	    client->application ? NULL : oauth->tokens.refresh, "client_id", client->client_id,
	    "client_secret", client->client_secret, "scope", client->scope, NULL);
	bool ok = oauth_private_ask(client, form, &fresh, &pending, error);

	wipe(form);
	if (!ok)
		return false;
	if (pending != NULL)
		return error_set(
		    error, ERROR_TEMPORARY, "%s says: try again later.", client->token_url);
	if (fresh.refresh == NULL && oauth->tokens.refresh != NULL) {
		fresh.refresh = g_strdup(oauth->tokens.refresh);
		if (fresh.refresh_expires == 0)
			fresh.refresh_expires = oauth->tokens.refresh_expires;
	}
	/* The old one may be worth nothing any more: in memory the new one counts, even if the disk is full. */
	oauth_tokens_clear(&oauth->tokens);
	oauth->tokens = fresh;
	fresh = (OauthTokens){0};
	return client->application || oauth_private_write(oauth->token_file, &oauth->tokens, error);
}

char *
oauth_token(Oauth *oauth, const char *refused, GError **error)
{
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&oauth->mutex);
	const OauthTokens *tokens = &oauth->tokens;

	if ((tokens->access == NULL || tokens->access_expires < clock_ms() + AT_LEAST ||
		(refused != NULL && g_str_equal(refused, tokens->access))) &&
	    !renew(oauth, error))
		return NULL;
	return g_strdup(tokens->access);
}

gint64
oauth_expires(Oauth *oauth)
{
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&oauth->mutex);

	return oauth->tokens.refresh_expires;
}
