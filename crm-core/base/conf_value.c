#include "base/conf_table.h"
#include "base/error.h"
#include "base/net.h"
#include "base/spool.h"

#include <string.h>

void *
conf_value_at(const void *base, const ConfRow *row)
{
	return (char *)base + row->offset;
}

bool
conf_value_is_list(ConfType type)
{
	return type == TYPE_LIST || type == TYPE_DOMAINS || type == TYPE_NETWORKS;
}

bool
conf_value_is_string(ConfType type)
{
	return type <= TYPE_CHOICE;
}

static bool
wrong(GError **error, const char *where, const ConfRow *row, const char *value, const char *wanted)
{
	return error_set(error, ERROR_INVALID, "%s: [%s] %s = %s: it must be %s.", where,
	    row->section, row->key, value, wanted);
}

/* A number with one of the suffixes behind it ("KMG", "smhd"); -1 when it is none. */
static gint64
scaled(const char *value, const char *suffixes, const gint64 *factors)
{
	char *end = NULL;
	gint64 n, factor = 1;
	const char *suffix;

	if (!g_ascii_isdigit(*value))
		return -1;
	n = g_ascii_strtoll(value, &end, 10);
	if (*end != '\0') {
		suffix = strchr(suffixes, *end);
		if (suffix == NULL || end[1] != '\0')
			return -1;
		factor = factors[suffix - suffixes];
	}
	return n > G_MAXINT64 / factor ? -1 : n * factor;
}

static gint64
parse_size(const char *value)
{
	static const gint64 factors[] = {1 << 10, 1 << 20, 1 << 30};

	return scaled(value, "KMG", factors);
}

static gint64
parse_time(const char *value)
{
	static const gint64 factors[] = {1, 60, 3600, 86400};

	return scaled(value, "smhd", factors);
}

static gint64
parse_octal(const char *value)
{
	char *end = NULL;
	gint64 n = g_ascii_strtoll(value, &end, 8);

	return g_ascii_isdigit(*value) && *end == '\0' ? n : -1;
}

static gint64
parse_word(const char *value, const char *words)
{
	g_auto(GStrv) list = g_strsplit(words, " ", -1);

	for (gint64 i = 0; list[i] != NULL; i++)
		if (strcmp(list[i], value) == 0)
			return i;
	return -1;
}

static bool
parse_space(const char *value, ConfSpace *ret)
{
	gsize length = strlen(value);
	g_autofree char *number = NULL;
	gint64 n;

	if (length > 1 && value[length - 1] == '%') {
		number = g_strndup(value, length - 1);
		n = scaled(number, "", NULL);
		*ret = (ConfSpace){.percent = n};
		return n >= 0 && n <= 90;
	}
	n = parse_size(value);
	*ret = (ConfSpace){.bytes = n};
	return n >= 0;
}

static char **
parse_list(const char *value)
{
	g_auto(GStrv) parts = g_strsplit(value, ",", -1);
	g_autoptr(GPtrArray) list = g_ptr_array_new();

	for (char **part = parts; *part != NULL; part++)
		if (*g_strstrip(*part) != '\0')
			g_ptr_array_add(list, g_strdup(*part));
	g_ptr_array_add(list, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&list), FALSE);
}

/* Labels of letters, digits and inner hyphens (RFC 1123, 2.1). */
static bool
is_host_name(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		bool inner = p > text && g_ascii_isalnum(p[-1]) && g_ascii_isalnum(p[1]);

		if (!g_ascii_isalnum(*p) && !(*p == '.' && inner) &&
		    !(*p == '-' && p > text && p[-1] != '.' && p[1] != '.' && p[1] != '\0'))
			return false;
	}
	return strlen(text) <= 253;
}

static char *
canonical_domain(const char *domain)
{
	g_autofree char *ascii = NULL;

	if (strcmp(domain, "*") == 0)
		return g_strdup(domain);
	if (*domain == '@')
		domain++;
	if (*domain == '\0' || strpbrk(domain, " \t@/:;") != NULL)
		return NULL;
	ascii = g_hostname_to_ascii(domain);
	return ascii != NULL && is_host_name(ascii) ? g_ascii_strdown(ascii, -1) : NULL;
}

/* Checks each element, makes domains canonical. */
static bool
check_list(char **list, ConfType type)
{
	for (; *list != NULL; list++) {
		if (type == TYPE_NETWORKS && !net_is_valid(*list))
			return false;
		if (type == TYPE_DOMAINS) {
			char *domain = canonical_domain(*list);

			if (domain == NULL)
				return false;
			g_free(*list);
			*list = domain;
		}
	}
	return true;
}

static bool
set_list(void *base, const ConfRow *row, const char *value, const char *where, GError **error)
{
	char ***at = conf_value_at(base, row);
	g_auto(GStrv) list = parse_list(value);

	if (!check_list(list, row->type))
		return wrong(error, where, row, value,
		    row->type == TYPE_DOMAINS ? "domains separated by commas"
					      : "networks like 192.0.2.0/24, separated by commas");
	g_strfreev(*at);
	*at = g_steal_pointer(&list);
	return true;
}

/* Graphic characters alone, the scheme in lower case and a host behind it. */
static bool
is_url(const char *value)
{
	const char *host = g_str_has_prefix(value, "https://")  ? value + strlen("https://")
			   : g_str_has_prefix(value, "http://") ? value + strlen("http://")
								: "";

	for (const char *p = value; *p != '\0'; p++)
		if (!g_ascii_isgraph(*p))
			return false;
	return g_ascii_isalnum(*host) || *host == '[';
}

/* Whether anybody is there, the mail server knows; base/ reads no mail addresses. */
static bool
is_address(const char *value)
{
	const char *at = strrchr(value, '@');
	g_autofree char *domain = at == NULL ? NULL : canonical_domain(at + 1);

	return at != NULL && at > value && domain != NULL && strpbrk(value, " \t,;<>") == NULL;
}

static bool
wrong_word(GError **error, const char *where, const ConfRow *row, const char *value)
{
	g_autofree char *wanted = g_strdup_printf("one of: %s", row->words);

	return wrong(error, where, row, value, wanted);
}

static bool
set_string(void *base, const ConfRow *row, const char *value, const char *where, GError **error)
{
	char **at = conf_value_at(base, row);

	if (!g_utf8_validate(value, -1, NULL))
		return wrong(error, where, row, "(no UTF-8)", "text in UTF-8");
	/* it may be empty where that is the default */
	if (row->type == TYPE_PATH && (*value != '\0' || *row->otherwise != '\0') && !g_path_is_absolute(value))
		return wrong(error, where, row, value, "a path that begins with \"/\"");
	if (row->type == TYPE_NAME && !spool_source_is_valid(value))
		return wrong(error, where, row, value,
		    "a letter, then letters, digits and \"-\", at most 32, in lower case");
	if (row->type == TYPE_URL && *value != '\0' && !is_url(value))
		return wrong(error, where, row, value,
		    "an address that begins with \"https://\" (or \"http://\")");
	if (row->type == TYPE_ADDRESS && *value != '\0' && !is_address(value))
		return wrong(error, where, row, value, "a mail address like name@example.cz");
	if (row->type == TYPE_CHOICE && *value != '\0' && parse_word(value, row->words) < 0)
		return wrong_word(error, where, row, value);
	g_free(*at);
	*at = g_strdup(value);
	return true;
}

static char *
wanted_number(const ConfRow *row)
{
	const char *what = row->type == TYPE_SIZE   ? "a size like 500, 64K, 25M or 2G"
			   : row->type == TYPE_TIME ? "a time like 90, 90s, 15m, 12h or 30d"
						    : "a whole number";

	if (row->type == TYPE_OCTAL)
		return g_strdup("a mode in octal digits like 0660");
	return g_strdup_printf(
	    "%s, from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, what, row->min, row->max);
}

static bool
set_number(void *base, const ConfRow *row, const char *value, const char *where, GError **error)
{
	g_autofree char *wanted = NULL;
	gint64 n = row->type == TYPE_SIZE    ? parse_size(value)
		   : row->type == TYPE_TIME  ? parse_time(value)
		   : row->type == TYPE_OCTAL ? parse_octal(value)
					     : scaled(value, "", NULL);

	if (n < row->min || n > row->max) {
		wanted = wanted_number(row);
		return wrong(error, where, row, value, wanted);
	}
	*(gint64 *)conf_value_at(base, row) = n;
	return true;
}

static bool
set_word(void *base, const ConfRow *row, const char *value, const char *where, GError **error)
{
	gint64 n = parse_word(value, row->words);

	if (n < 0)
		return wrong_word(error, where, row, value);
	*(gint64 *)conf_value_at(base, row) = n;
	return true;
}

bool
conf_value_set(void *base, const ConfRow *row, const char *value, const char *where, GError **error)
{
	ConfSpace space;

	if (conf_value_is_list(row->type))
		return set_list(base, row, value, where, error);
	if (conf_value_is_string(row->type))
		return set_string(base, row, value, where, error);
	if (row->type == TYPE_WORD)
		return set_word(base, row, value, where, error);
	if (row->type != TYPE_SPACE)
		return set_number(base, row, value, where, error);
	if (!parse_space(value, &space))
		return wrong(
		    error, where, row, value, "a share from 0% to 90%, or a size like 500M or 2G");
	*(ConfSpace *)conf_value_at(base, row) = space;
	return true;
}
