#include "imapsync/oauth-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "imapsync/oauth-http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE 600 /* seconds that somebody has for the code flow */
#define REQUEST_MAX 8192
#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

static void
wipe(char *text)
{
	explicit_bzero(text, strlen(text));
	g_free(text);
}

/* The person has done it. */
static bool
keep(const char *token_file, const OauthTokens *tokens, GError **error)
{
	if (tokens->refresh == NULL)
		return error_set(error, ERROR_INVALID,
		    "The server gave no refresh token: the scope must allow access without the "
		    "user being there.");
	return oauth_private_write(token_file, tokens, error);
}

/* The device flow
 * --------------------------------------------------------------------------------------------------------
 */

static guint
seconds_of(GHashTable *answer, const char *name, guint otherwise, guint max)
{
	const char *text = g_hash_table_lookup(answer, name);
	const guint64 seconds = text != NULL ? g_ascii_strtoull(text, NULL, 10) : 0;

	return seconds > 0 ? (guint)MIN(seconds, max) : otherwise;
}

static bool
wait_for_device(const OauthClient *client, const char *device_code, guint interval, guint seconds,
    OauthTokens *ret, GError **error)
{
	const gint64 end = clock_monotonic_ms() + seconds * CLOCK_SECOND;

	while (clock_monotonic_ms() < end) {
		g_autofree char *pending = NULL;
		char *form = oauth_http_form("grant_type", DEVICE_GRANT, "device_code", device_code,
		    "client_id", client->client_id, "client_secret", client->client_secret, NULL);
		g_autoptr(GError) failed = NULL;
		bool ok;

		g_usleep((gulong)interval * G_USEC_PER_SEC);
		ok = oauth_private_ask(client, form, ret, &pending, &failed);
		wipe(form);
		if (ok && pending == NULL)
			return true;
		/* A network that fails now and then doesn't end it (RFC 8628, 3.5). */
		if (!ok && error_code(failed) != ERROR_TEMPORARY) {
			g_propagate_error(error, g_steal_pointer(&failed));
			return false;
		}
		if (!ok || g_str_equal(pending, "slow_down"))
			interval += 5;
	}
	return error_set(error, ERROR_TEMPORARY, "Nobody has entered the code in time: try again.");
}

bool
oauth_authorize_device(const OauthClient *client, const char *token_file, OauthTell tell,
    gpointer data, GError **error)
{
	g_autofree char *form =
	    oauth_http_form("client_id", client->client_id, "scope", client->scope, NULL);
	g_autoptr(GHashTable) answer = NULL;
	g_auto(OauthTokens) tokens = {0};
	const char *device_code;
	OauthTask task;
	bool ok;

	if (client->device_url == NULL)
		return error_set(
		    error, ERROR_INVALID, "This provider has no device flow: use the code flow.");
	if (!oauth_http_post(client->device_url, client->ca_file, form, &answer, &ok, error))
		return false;
	if (!ok)
		return oauth_private_refusal(answer, client->device_url, error);
	device_code = g_hash_table_lookup(answer, "device_code");
	task.code = g_hash_table_lookup(answer, "user_code");
	task.url = g_hash_table_lookup(answer, "verification_uri");
	if (task.url == NULL)
		task.url =
		    g_hash_table_lookup(answer, "verification_url"); /* Google's name for it */
	task.seconds = seconds_of(answer, "expires_in", 900, 3600);
	if (device_code == NULL || task.code == NULL || task.url == NULL)
		return error_set(
		    error, ERROR_INVALID, "%s answers without a code.", client->device_url);
	tell(&task, data);
	return wait_for_device(client, device_code, seconds_of(answer, "interval", 5, 60),
		   task.seconds, &tokens, error) &&
	       keep(token_file, &tokens, error);
}

/* The code flow
 * --------------------------------------------------------------------------------------------------------
 */

/* Random, of letters that need no escape anywhere. */
static char *
random_text(void)
{
	guint8 bytes[32];
	GString *text = g_string_new(NULL);

	if (getentropy(bytes, sizeof bytes) != 0)
		g_error("no random numbers");
	for (gsize i = 0; i < sizeof bytes; i++)
		g_string_append_printf(text, "%02x", bytes[i]);
	return g_string_free(text, FALSE);
}

/* base64url(SHA-256(verifier)): RFC 7636, 4.2 */
static char *
challenge_of(const char *verifier)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	guint8 digest[32];
	gsize size = sizeof digest;
	char *text;

	g_checksum_update(checksum, (const guint8 *)verifier, -1);
	g_checksum_get_digest(checksum, digest, &size);
	text = g_base64_encode(digest, size);
	g_strdelimit(text, "+", '-');
	g_strdelimit(text, "/", '_');
	text[strcspn(text, "=")] = '\0';
	return text;
}

static int
listen_on(guint16 *port, GError **error)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 4) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
		error_set_errno(error, ERROR_TEMPORARY, errno,
		    "Port %u of 127.0.0.1 can't be listened on", *port);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*port = ntohs(address.sin_port);
	return fd;
}

/* The code in "http://127.0.0.1:1/?code=...&state=..." or "/?code=...": newly allocated. NULL without error: it is none of
 * ours; with error: the person has refused. */
static char *
code_in(const char *address, const char *state, GError **error)
{
	const char *query = strchr(address, '?');
	g_autoptr(GHashTable) fields = NULL;
	g_autofree char *text = NULL;
	const char *given, *code, *refused;

	if (query == NULL)
		return NULL;
	text = g_strndup(query + 1, strcspn(query + 1, " #\r\n"));
	fields = g_uri_parse_params(text, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
	given = fields != NULL ? g_hash_table_lookup(fields, "state") : NULL;
	if (given == NULL || !g_str_equal(given, state))
		return NULL;
	code = g_hash_table_lookup(fields, "code");
	refused = g_hash_table_lookup(fields, "error");
	if (code == NULL)
		oauth_private_refusal(fields, "The browser", error);
	return code != NULL && refused == NULL ? g_strdup(code) : NULL;
}

/* A request of a browser: what it asks for, and an answer to it. Somebody else on this machine may connect, too. */
static char *
serve(int listener, const char *state, GError **error)
{
	static const char page[] =
	    "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: "
	    "close\r\nContent-Length: %zu\r\n\r\n%s";
	const gint64 end = clock_monotonic_ms() + 5 * CLOCK_SECOND;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	g_autofree char *answer = NULL, *code = NULL;
	const char *text = "This is not what Kartoteka waits for.\n";
	char request[REQUEST_MAX + 1];
	gsize have = 0;
	g_autoptr(GError) refused = NULL;

	while (fd >= 0 && have < REQUEST_MAX) {
		struct pollfd wait = {fd, POLLIN, 0};
		ssize_t n;

		if (poll(&wait, 1, (int)MAX(0, end - clock_monotonic_ms())) <= 0 ||
		    (n = recv(fd, request + have, REQUEST_MAX - have, 0)) <= 0)
			break;
		have += (gsize)n;
		request[have] = '\0';
		if (strstr(request, "\r\n\r\n") != NULL)
			break;
	}
	request[have] = '\0';
	request[strcspn(request, "\r\n")] = '\0';
	if (g_str_has_prefix(request, "GET /"))
		code = code_in(request, state, &refused);
	if (code != NULL)
		text = "Kartoteka may now read this mailbox. You can close this page.\n";
	else if (refused != NULL)
		text = "Kartoteka may not read this mailbox. You can close this page.\n";
	answer = g_strdup_printf(
	    page, code != NULL || refused != NULL ? "200 OK" : "404 Not Found", strlen(text), text);
	if (fd >= 0) {
		send(fd, answer, strlen(answer), MSG_NOSIGNAL);
		close(fd);
	}
	if (refused != NULL)
		g_propagate_error(error, g_steal_pointer(&refused));
	return g_steal_pointer(&code);
}

/* A line that somebody has pasted. *over: no more will come. */
static char *
read_pasted(int input, const char *state, bool *over, GError **error)
{
	char line[REQUEST_MAX + 1];
	ssize_t n = read(input, line, REQUEST_MAX);

	*over = n <= 0;
	if (n <= 0)
		return NULL;
	line[n] = '\0';
	return code_in(line, state, error);
}

static char *
wait_for_code(int listener, int input, const char *state, GError **error)
{
	const gint64 end = clock_monotonic_ms() + PATIENCE * CLOCK_SECOND;

	for (bool over = false;;) {
		struct pollfd fds[] = {{listener, POLLIN, 0}, {over ? -1 : input, POLLIN, 0}};
		g_autoptr(GError) refused = NULL;
		g_autofree char *code = NULL;

		if (poll(fds, G_N_ELEMENTS(fds), (int)MAX(0, end - clock_monotonic_ms())) == 0) {
			error_set(
			    error, ERROR_TEMPORARY, "Nobody has authorized in time: try again.");
			return NULL;
		}
		if (fds[0].revents != 0)
			code = serve(listener, state, &refused);
		else if (fds[1].revents != 0)
			code = read_pasted(input, state, &over, &refused);
		if (refused != NULL) {
			g_propagate_error(error, g_steal_pointer(&refused));
			return NULL;
		}
		if (code != NULL)
			return g_steal_pointer(&code);
	}
}

static bool
exchange(const OauthClient *client, const char *code, const char *redirect, const char *verifier,
    OauthTokens *ret, GError **error)
{
	g_autofree char *pending = NULL;
	char *form = oauth_http_form("grant_type", "authorization_code", "code", code,
	    "redirect_uri", redirect, "client_id", client->client_id, "client_secret",
	    client->client_secret, "code_verifier", verifier, NULL);
	bool ok = oauth_private_ask(client, form, ret, &pending, error);

	wipe(form);
	return ok && (pending == NULL || error_set(error, ERROR_INVALID, "%s says: %s.",
					     client->token_url, pending));
}

bool
oauth_authorize_code(const OauthClient *client, const char *token_file, guint16 port, int input,
    OauthTell tell, gpointer data, GError **error)
{
	g_autofree char *verifier = random_text(), *state = random_text(),
			*challenge = challenge_of(verifier);
	g_autofree char *redirect = NULL, *query = NULL, *url = NULL, *code = NULL;
	g_auto(OauthTokens) tokens = {0};
	int listener;

	if (client->authorize_url == NULL)
		return error_set(
		    error, ERROR_INVALID, "This provider has no code flow: use the device flow.");
	listener = listen_on(&port, error);
	if (listener < 0)
		return false;
	redirect = g_strdup_printf("http://127.0.0.1:%u/", port);
	query = oauth_http_form("response_type", "code", "client_id", client->client_id,
	    "redirect_uri", redirect, "scope", client->scope, "state", state, "code_challenge",
	    challenge, "code_challenge_method", "S256", NULL);
	url = g_strconcat(client->authorize_url,
	    strchr(client->authorize_url, '?') != NULL ? "&" : "?", query, NULL);
	tell(&(OauthTask){.url = url, .seconds = PATIENCE}, data);
	code = wait_for_code(listener, input, state, error);
	close(listener);
	return code != NULL && exchange(client, code, redirect, verifier, &tokens, error) &&
	       keep(token_file, &tokens, error);
}
