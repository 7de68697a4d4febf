/* oauth.h by hand:   oauth-talk BASE-URL CA CLIENT-SECRET|- VERB FILE [REFUSED]
 * Verbs: token (prints it and when the refresh token ends), application, device, code, twice (two threads ask at once). */
#include "base/error.h"
#include "imapsync/oauth.h"

#include <stdio.h>
#include <string.h>

static void
tell(const OauthTask *task, gpointer data)
{
	printf("open %s\n", task->url);
	if (task->code != NULL)
		printf("enter %s\n", task->code);
	fflush(stdout);
}

static gpointer
ask(gpointer data)
{
	return oauth_token(data, NULL, NULL);
}

static bool
say_token(
    const OauthClient *client, const char *file, const char *refused, bool twice, GError **error)
{
	g_autoptr(Oauth) oauth = oauth_new(client, file, error);
	g_autofree char *token = NULL;
	GThread *other;

	if (oauth == NULL)
		return false;
	if (twice) {
		g_autofree char *second = NULL;

		other = g_thread_new("ask", ask, oauth);
		token = oauth_token(oauth, refused, error);
		second = g_thread_join(other);
		printf("other %s\n", second);
	} else {
		token = oauth_token(oauth, refused, error);
	}
	if (token != NULL)
		printf(
		    "token %s refresh-expires %" G_GINT64_FORMAT "\n", token, oauth_expires(oauth));
	return token != NULL;
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	OauthClient client = {0};
	const char *verb = argc > 5 ? argv[4] : "", *file = argc > 5 ? argv[5] : "";
	g_autofree char *token_url = NULL, *device_url = NULL, *authorize_url = NULL;
	bool ok = false;

	if (argc < 6)
		return 2;
	client.token_url = token_url = g_strconcat(argv[1], "/token", NULL);
	client.device_url = device_url = g_strconcat(argv[1], "/device", NULL);
	client.authorize_url = authorize_url = g_strconcat(argv[1], "/authorize", NULL);
	client.scope = "mail offline";
	client.client_id = "kartoteka";
	client.client_secret = g_str_equal(argv[3], "-") ? NULL : argv[3];
	client.ca_file = argv[2];
	client.application = g_str_equal(verb, "application");
	if (g_str_equal(verb, "token") || client.application || g_str_equal(verb, "twice"))
		ok = say_token(&client, client.application ? NULL : file, argv[6],
		    g_str_equal(verb, "twice"), &error);
	else if (g_str_equal(verb, "device"))
		ok = oauth_authorize_device(&client, file, tell, NULL, &error);
	else if (g_str_equal(verb, "code"))
		ok = oauth_authorize_code(&client, file, 0, 0, tell, NULL, &error);
	if (!ok)
		printf("error %s %s\n", error_name(error_code(error)), error->message);
	return ok ? 0 : error_exit_status(error_code(error));
}
