#include "base/published.h"

#include "base/error.h"
#include "base/file.h"

#include <pwd.h>
#include <string.h>

#define PUBLISHED_MAX_BYTES (64 << 20)
#define MODE 0640
#define BUFFER_SIZE 16384
#define HEX_SIZE (2 * PUBLISHED_HASH_SIZE)

typedef struct {
	guint8 hash[PUBLISHED_HASH_SIZE];
	char *word;
} Row;

struct Published {
	char *kind;
	guint8 key[PUBLISHED_KEY_SIZE];
	GArray *rows; /* of Row, sorted once it is read or written */
};

static void
row_clear(gpointer row)
{
	g_free(((Row *)row)->word);
}

Published *
published_new(const char *kind, const guint8 key[static PUBLISHED_KEY_SIZE])
{
	Published *list = g_new0(Published, 1);

	list->kind = g_strdup(kind);
	memcpy(list->key, key, sizeof list->key);
	list->rows = g_array_new(FALSE, FALSE, sizeof(Row));
	g_array_set_clear_func(list->rows, row_clear);
	return list;
}

void
published_free(Published *list)
{
	if (list == NULL)
		return;
	explicit_bzero(list->key, sizeof list->key);
	g_array_unref(list->rows);
	g_free(list->kind);
	g_free(list);
}

gsize
published_count(const Published *list)
{
	return list->rows->len;
}

static void
hash_text(const Published *list, const char *text, guint8 hash[static PUBLISHED_HASH_SIZE])
{
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, list->key, sizeof list->key);
	gsize length = PUBLISHED_HASH_SIZE;

	g_hmac_update(hmac, (const guchar *)text, -1);
	g_hmac_get_digest(hmac, hash, &length);
	g_hmac_unref(hmac);
}

static void
add_row(Published *list, const guint8 hash[static PUBLISHED_HASH_SIZE], const char *word)
{
	Row row = {.word = g_strdup(word != NULL && *word != '\0' ? word : "-")};

	memcpy(row.hash, hash, sizeof row.hash);
	g_strcanon(row.word, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.:", '_');
	g_array_append_val(list->rows, row);
}

void
published_add(Published *list, const char *text, const char *word)
{
	guint8 hash[PUBLISHED_HASH_SIZE];

	hash_text(list, text, hash);
	add_row(list, hash, word);
}

static int
compare_rows(const void *a, const void *b)
{
	return memcmp(((const Row *)a)->hash, ((const Row *)b)->hash, PUBLISHED_HASH_SIZE);
}

static void
append_hex(GString *out, const guint8 *bytes, gsize length)
{
	for (gsize i = 0; i < length; i++)
		g_string_append_printf(out, "%02x", bytes[i]);
}

static bool
group_of(const char *user, gid_t *ret, GError **error)
{
	g_autofree char *buffer = g_malloc(BUFFER_SIZE);
	struct passwd entry, *found = NULL;

	*ret = (gid_t)-1;
	if (*user == '\0')
		return true;
	if (getpwnam_r(user, &entry, buffer, BUFFER_SIZE, &found) != 0 || found == NULL)
		return error_set(error, ERROR_NOT_FOUND,
		    "There is no user %s, who is to read a published list.", user);
	*ret = found->pw_gid;
	return true;
}

bool
published_write(Published *list, const char *path, const char *reader, GError **error)
{
	g_autoptr(GString) out = g_string_new("kartoteka-published 1\n");
	gid_t group;

	if (!group_of(reader, &group, error))
		return false;
	g_array_sort(list->rows, compare_rows);
	g_string_append_printf(out, "kind: %s\nkey: ", list->kind);
	append_hex(out, list->key, sizeof list->key);
	g_string_append_c(out, '\n');
	for (guint i = 0; i < list->rows->len; i++) {
		const Row *row = &g_array_index(list->rows, Row, i);

		append_hex(out, row->hash, sizeof row->hash);
		g_string_append_printf(out, " %s\n", row->word);
	}
	g_string_append_printf(out, "end %u\n", list->rows->len);
	return file_publish_for(path, out->str, out->len, MODE, group, error);
}

static bool
parse_hex(const char *text, guint8 *bytes, gsize length)
{
	for (gsize i = 0; i < length; i++) {
		int high = g_ascii_xdigit_value(text[2 * i]);
		int low = high < 0 ? -1 : g_ascii_xdigit_value(text[2 * i + 1]);

		if (low < 0)
			return false;
		bytes[i] = (guint8)(high << 4 | low);
	}
	return true;
}

static bool
parse_row(Published *list, const char *line)
{
	guint8 hash[PUBLISHED_HASH_SIZE];

	if (!parse_hex(line, hash, sizeof hash) || line[HEX_SIZE] != ' ' ||
	    line[HEX_SIZE + 1] == '\0')
		return false;
	add_row(list, hash, line + HEX_SIZE + 1);
	return true;
}

static Published *
parse(char **lines, const char *path, const char *kind, GError **error)
{
	g_autoptr(Published) list = NULL;
	g_autofree char *kind_line = g_strconcat("kind: ", kind, NULL);
	guint8 key[PUBLISHED_KEY_SIZE];
	guint n = g_strv_length(lines), i;

	if (n < 3 || strcmp(lines[0], "kartoteka-published 1") != 0 ||
	    strcmp(lines[1], kind_line) != 0 || !g_str_has_prefix(lines[2], "key: ") ||
	    !parse_hex(lines[2] + 5, key, sizeof key) || lines[2][5 + HEX_SIZE] != '\0') {
		error_set(error, ERROR_INVALID,
		    "%s is no published list \"%s\" of this version; kartotekad writes it anew.",
		    path, kind);
		return NULL;
	}
	list = published_new(kind, key);
	for (i = 3; i < n && !g_str_has_prefix(lines[i], "end "); i++)
		if (!parse_row(list, lines[i])) {
			error_set(error, ERROR_INVALID, "%s, line %u, is damaged.", path, i + 1);
			return NULL;
		}
	if (i >= n || g_ascii_strtoull(lines[i] + 4, NULL, 10) != list->rows->len) {
		error_set(error, ERROR_INVALID, "%s has lost its end.", path);
		return NULL;
	}
	g_array_sort(list->rows, compare_rows);
	return g_steal_pointer(&list);
}

Published *
published_read(const char *path, const char *kind, GError **error)
{
	g_autoptr(GBytes) bytes = file_read(path, PUBLISHED_MAX_BYTES, error);
	g_auto(GStrv) lines = NULL;

	if (bytes == NULL)
		return NULL;
	lines = g_strsplit(g_bytes_get_data(bytes, NULL), "\n", -1);
	return parse(lines, path, kind, error);
}

const char *
published_find(const Published *list, const char *text)
{
	Row row = {.word = NULL};
	guint at;

	hash_text(list, text, row.hash);
	if (!g_array_binary_search(list->rows, &row, compare_rows, &at))
		return NULL;
	return g_array_index(list->rows, Row, at).word;
}

/* A local part in the one form of all that mean the same: without quotes, case folded, composed. */
static char *
plain_local(char *local)
{
	gsize length = strlen(local);
	g_autofree char *composed = NULL;
	char *out = local;

	if (length > 2 && local[0] == '"' && local[length - 1] == '"') {
		local[length - 1] = '\0';
		for (const char *p = local + 1; *p != '\0'; p++)
			if (*p != '\\' || *++p != '\0')
				*out++ = *p;
		*out = '\0';
	}
	composed = g_utf8_normalize(local, -1, G_NORMALIZE_NFC);
	return g_utf8_casefold(composed, -1);
}

/* Splits off the canonical domain; NULL when the address is none. */
static char *
split(const char *address, char **ret_local)
{
	gsize length = strlen(address);
	g_autofree char *bare = NULL;
	g_autofree char *ascii = NULL;
	char *at;

	if (length >= 2 && address[0] == '<' && address[length - 1] == '>')
		bare = g_strndup(address + 1, length - 2);
	else
		bare = g_strdup(address);
	if (g_str_has_suffix(bare, ".")) /* of the domain's root */
		bare[strlen(bare) - 1] = '\0';
	at = strrchr(bare, '@');
	if (at == NULL || at == bare || at[1] == '\0' || !g_utf8_validate(bare, -1, NULL))
		return NULL;
	*at = '\0';
	ascii = g_hostname_to_ascii(at + 1);
	if (ret_local != NULL)
		*ret_local = plain_local(bare);
	return g_ascii_strdown(ascii != NULL ? ascii : at + 1, -1);
}

char *
published_subject(const char *address, char *const *subaddress_domains)
{
	g_autofree char *local = NULL;
	g_autofree char *domain = split(address, &local);
	char *plus;

	if (domain == NULL)
		return NULL;
	plus = strchr(local, '+');
	for (; plus != NULL && plus != local && subaddress_domains != NULL &&
	       *subaddress_domains != NULL;
	     subaddress_domains++)
		if (strcmp(*subaddress_domains, "*") == 0 ||
		    g_ascii_strcasecmp(*subaddress_domains, domain) == 0)
			*plus = '\0';
	return g_strdup_printf("%s@%s", local, domain);
}

char *
published_domain(const char *address)
{
	g_autofree char *domain = split(address, NULL);

	return domain != NULL ? g_strdup_printf("@%s", domain) : NULL;
}

char *
published_login(const char *login)
{
	g_autofree char *valid = g_utf8_make_valid(login, -1);
	g_autofree char *normal = g_utf8_normalize(valid, -1, G_NORMALIZE_ALL_COMPOSE);
	g_autofree char *folded = g_utf8_casefold(normal, -1);

	return g_strdup(g_strstrip(folded));
}
