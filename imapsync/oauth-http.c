#include "imapsync/oauth-http.h"

#include "base/error.h"

#include <curl/curl.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define ANSWER_MAX (64 * 1024)
#define TIMEOUT 30L /* seconds */

char *
oauth_http_form(const char *name, ...)
{
	GString *form = g_string_new(NULL);
	va_list args;

	va_start(args, name);
	for (; name != NULL; name = va_arg(args, const char *)) {
		const char *value = va_arg(args, const char *);

		if (value == NULL)
			continue;
		g_string_append_printf(form, "%s%s=", form->len > 0 ? "&" : "", name);
		g_string_append_uri_escaped(form, value, NULL, FALSE);
	}
	va_end(args);
	return g_string_free(form, FALSE);
}

static size_t
receive(char *bytes, size_t size, size_t count, void *data)
{
	GString *answer = data;

	if (answer->len + size * count > ANSWER_MAX)
		return 0;
	g_string_append_len(answer, bytes, (gssize)(size * count));
	return size * count;
}

static void
wipe(GString *text)
{
	explicit_bzero(text->str, text->len);
	g_string_free(text, TRUE);
}

static ErrorCode
code_of(CURLcode result)
{
	switch (result) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_WRITE_ERROR:
		return ERROR_INVALID;
	default:
		return ERROR_TEMPORARY;
	}
}

static bool
transfer(CURL *curl, const char *url, long *status, GError **error)
{
	char reason[CURL_ERROR_SIZE] = "";
	CURLcode result;

	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
	result = curl_easy_perform(curl);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	if (result != CURLE_OK)
		return error_set(error, code_of(result), "%s can't be asked: %s.", url,
		    *reason != '\0' ? reason : curl_easy_strerror(result));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
	if (*status >= 500 || *status == 429)
		return error_set(
		    error, ERROR_TEMPORARY, "%s says: try again later (status %ld).", url, *status);
	return true;
}

static void
add_member(JsonObject *object, const char *name, JsonNode *node, gpointer data)
{
	GHashTable *table = data;
	const GType type =
	    JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;

	if (type == G_TYPE_STRING)
		g_hash_table_insert(table, g_strdup(name), json_node_dup_string(node));
	else if (type == G_TYPE_INT64)
		g_hash_table_insert(table, g_strdup(name),
		    g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node)));
}

static void
wipe_value(gpointer value)
{
	explicit_bzero(value, strlen(value));
	g_free(value);
}

static GHashTable *
read_object(const GString *answer)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GHashTable) table =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, wipe_value);
	JsonNode *root;

	if (!json_parser_load_from_data(parser, answer->str, (gssize)answer->len, NULL))
		return NULL;
	root = json_parser_get_root(parser);
	if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root))
		return NULL;
	json_object_foreach_member(json_node_get_object(root), add_member, table);
	return g_steal_pointer(&table);
}

static void
prepare(CURL *curl, const char *url, const char *ca_file, const char *form, GString *answer)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	if (ca_file != NULL) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
}

bool
oauth_http_post(const char *url, const char *ca_file, const char *form, GHashTable **ret,
    bool *ret_ok, GError **error)
{
	static gsize once;
	GString *answer = g_string_new(NULL);
	g_autoptr(GHashTable) table = NULL;
	long status = 0;
	CURL *curl;
	bool ok;

	if (g_once_init_enter(&once)) {
		curl_global_init(CURL_GLOBAL_DEFAULT);
		g_once_init_leave(&once, 1);
	}
	curl = curl_easy_init();
	if (curl == NULL)
		g_error("out of memory");
	prepare(curl, url, ca_file, form, answer);
	ok = transfer(curl, url, &status, error);
	curl_easy_cleanup(curl);
	if (ok)
		table = read_object(answer);
	wipe(answer);
	if (!ok)
		return false;
	if (table == NULL)
		return error_set(error, ERROR_INVALID,
		    "%s answers with no JSON object (status %ld).", url, status);
	*ret = g_steal_pointer(&table);
	*ret_ok = status >= 200 && status < 300;
	return true;
}
