#include "base/conf.h"

#include "base/conf_table.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

#include <string.h>

#define CONF_MAX_BYTES (1 << 20)
#define CONF_DEFAULT_PATH SYSCONFDIR "/kartoteka/kartoteka.conf"

static const char *const type_names[] = {
    [TYPE_TEXT] = "text",
    [TYPE_PATH] = "path",
    [TYPE_NAME] = "name",
    [TYPE_URL] = "url",
    [TYPE_ADDRESS] = "address",
    [TYPE_CHOICE] = "choice",
    [TYPE_LIST] = "list",
    [TYPE_DOMAINS] = "domains",
    [TYPE_NETWORKS] = "networks",
    [TYPE_NUMBER] = "number",
    [TYPE_SIZE] = "size",
    [TYPE_TIME] = "time",
    [TYPE_OCTAL] = "octal",
    [TYPE_WORD] = "word",
    [TYPE_SPACE] = "space",
};

/* Frees what the settings of a section (NULL: of all that have no names) have in base. */
static void
clear_values(void *base, const char *section)
{
	for (gsize i = 0; i < conf_table_length; i++) {
		const ConfRow *row = &conf_table[i];
		void *at = conf_value_at(base, row);

		if (section != NULL ? strcmp(section, row->section) != 0
				    : conf_find_named(row->section) != NULL)
			continue;
		if (conf_value_is_list(row->type))
			g_strfreev(*(char ***)at);
		else if (conf_value_is_string(row->type))
			g_free(*(char **)at);
	}
}

static void
named_free(const ConfNamed *named, void *element)
{
	clear_values(element, named->section);
	g_free(*(char **)((char *)element + named->name));
	g_free(element);
}

void
conf_free(Conf *conf)
{
	if (conf == NULL)
		return;
	for (gsize i = 0; i < conf_named_length; i++) {
		GPtrArray *list = conf_named_list(conf, &conf_named[i]);

		for (guint j = 0; j < list->len; j++)
			named_free(&conf_named[i], list->pdata[j]);
		g_ptr_array_unref(list);
	}
	clear_values(conf, NULL);
	g_free(conf->path);
	g_free(conf);
}

static bool
set_defaults(void *base, const char *section, GError **error)
{
	for (gsize i = 0; i < conf_table_length; i++) {
		const ConfRow *row = &conf_table[i];

		if (section != NULL ? strcmp(section, row->section) != 0
				    : conf_find_named(row->section) != NULL)
			continue;
		if (!conf_value_set(base, row, row->otherwise, "The default", error))
			return false;
	}
	return true;
}

/* The element of that name, made when there is none. */
static void *
named_get(Conf *conf, const ConfNamed *named, const char *name)
{
	GPtrArray *list = conf_named_list(conf, named);
	g_autoptr(GError) error = NULL;
	char *element;

	for (guint i = 0; i < list->len; i++)
		if (strcmp(*(char **)((char *)list->pdata[i] + named->name), name) == 0)
			return list->pdata[i];
	element = g_malloc0(named->size);
	*(char **)(element + named->name) = g_strdup(name);
	set_defaults(element, named->section, &error);
	g_assert_no_error(error);
	g_ptr_array_add(list, element);
	return element;
}

/* What is being read, for messages. */
typedef struct {
	const char *name; /* of the file */
	const char *text;
	Conf *conf;
	char *section;    /* of the lines that follow */
	void *base;       /* where its settings have their place */
	GHashTable *seen; /* places that have been set */
} Reader;

/* The number of single-letter changes between two names: small means "did you mean". */
static guint
distance(const char *a, const char *b)
{
	gsize n = strlen(b);
	g_autofree guint *row = g_new(guint, n + 1);

	for (gsize j = 0; j <= n; j++)
		row[j] = (guint)j;
	for (gsize i = 0; a[i] != '\0'; i++) {
		guint diagonal = row[0];

		row[0] = (guint)i + 1;
		for (gsize j = 0; j < n; j++) {
			guint change = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = MIN(change, MIN(row[j], row[j + 1]) + 1);
		}
	}
	return row[n];
}

/* The known name nearest to it: sections when section is NULL, else keys. NULL: none is near. */
static const char *
nearest(const char *section, const char *name)
{
	const char *best = NULL;
	guint least = (guint)strlen(name) / 3 + (strlen(name) > 3 ? 2 : 1);

	for (gsize i = 0; i < conf_table_length; i++) {
		const ConfRow *row = &conf_table[i];
		const char *known = section == NULL ? row->section : row->key;

		if (section != NULL && strcmp(section, row->section) != 0)
			continue;
		if (distance(name, known) < least) {
			least = distance(name, known);
			best = known;
		}
	}
	return best;
}

static bool
unknown(GError **error, const Reader *reader, guint line, const char *section, const char *key)
{
	const char *near = nearest(key == NULL ? NULL : section, key == NULL ? section : key);
	g_autofree char *hint =
	    near != NULL ? g_strdup_printf("; did you mean %s?", near) : g_strdup(".");

	if (key == NULL)
		return error_set(error, ERROR_INVALID, "%s, line %u: there is no section [%s]%s",
		    reader->name, line, section, hint);
	return error_set(error, ERROR_INVALID, "%s, line %u: there is no setting %s in [%s]%s",
	    reader->name, line, key, section, hint);
}

static const ConfRow *
find_row(const char *section, const char *key)
{
	for (gsize i = 0; i < conf_table_length; i++)
		if (strcmp(conf_table[i].section, section) == 0 &&
		    (key == NULL || strcmp(conf_table[i].key, key) == 0))
			return &conf_table[i];
	return NULL;
}

/* "[section]" or "[section NAME]". */
static bool
read_heading(Reader *reader, const char *text, guint line, GError **error)
{
	g_autofree char *heading = g_strndup(text + 1, strlen(text) - 2);
	char *blank = strchr(heading, ' ');
	const ConfNamed *named;

	g_free(reader->section);
	reader->section =
	    g_strndup(heading, blank != NULL ? (gsize)(blank - heading) : strlen(heading));
	named = conf_find_named(reader->section);
	reader->base = reader->conf;
	if (find_row(reader->section, NULL) == NULL)
		return unknown(error, reader, line, reader->section, NULL);
	if (named == NULL)
		return blank == NULL ||
		       error_set(error, ERROR_INVALID, "%s, line %u: [%s] stands without a name.",
			   reader->name, line, reader->section);
	if (blank == NULL || *g_strstrip(blank) == '\0' || !g_utf8_validate(blank, -1, NULL))
		return error_set(error, ERROR_INVALID, "%s, line %u: it must be [%s %s].",
		    reader->name, line, named->section, named->what);
	reader->base = named_get(reader->conf, named, blank);
	return true;
}

/* One line of the file, which GKeyFile has found well-formed. */
static bool
read_line(Reader *reader, char *text, guint line, GError **error)
{
	g_autofree char *where = NULL;
	char *equals, *key;
	const ConfRow *row;

	g_strstrip(text);
	if (*text == '\0' || *text == '#')
		return true;
	if (*text == '[')
		return read_heading(reader, text, line, error);
	equals = strchr(text, '=');
	g_assert(equals != NULL && reader->section != NULL);
	*equals = '\0';
	key = g_strstrip(text);
	row = find_row(reader->section, key);
	if (row == NULL)
		return unknown(error, reader, line, reader->section, key);
	if (!g_hash_table_add(reader->seen, conf_value_at(reader->base, row)))
		return error_set(error, ERROR_INVALID,
		    "%s, line %u: [%s] %s is set a second time; keep one of them.", reader->name,
		    line, reader->section, key);
	where = g_strdup_printf("%s, line %u", reader->name, line);
	return conf_value_set(reader->base, row, g_strstrip(equals + 1), where, error);
}

/* GKeyFile finds what is wrong in the form of a file, but not where. */
static bool
wrong_form(const Reader *reader, char *const *lines, const GError *syntax, GError **error)
{
	bool headed = false;

	for (guint i = 0; lines[i] != NULL; i++) {
		g_autofree char *line = g_strstrip(g_strdup(lines[i]));
		bool heading = *line == '[' && g_str_has_suffix(line, "]");

		if (*line == '\0' || *line == '#')
			continue;
		if (!heading && !headed)
			return error_set(error, ERROR_INVALID,
			    "%s, line %u: a section must come first, like [company].", reader->name, i + 1);
		headed = true;
		if (!heading && (*line == '=' || strchr(line, '=') == NULL))
			return error_set(error, ERROR_INVALID,
			    "%s, line %u: it must be [section], key = value, or # and a comment.", reader->name, i + 1);
	}
	return error_set(error, ERROR_INVALID, "%s: %s", reader->name, syntax->message);
}

static bool
read_text(Reader *reader, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) syntax = NULL;
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	g_auto(GStrv) lines = g_strsplit(reader->text, "\n", -1);
	bool ok = true;

	if (!g_key_file_load_from_data(file, reader->text, (gsize)-1, G_KEY_FILE_NONE, &syntax))
		return wrong_form(reader, lines, syntax, error);
	reader->seen = seen;
	for (guint i = 0; lines[i] != NULL && ok; i++)
		ok = read_line(reader, lines[i], i + 1, error);
	g_free(reader->section);
	return ok;
}

Conf *
conf_parse(const char *text, const char *name, GError **error)
{
	g_autoptr(Conf) conf = g_new0(Conf, 1);
	static const char mark[] = "\xef\xbb\xbf"; /* some editors begin a file with it */
	Reader reader = {.name = name,
	    .text = g_str_has_prefix(text, mark) ? text + strlen(mark) : text,
	    .conf = conf};

	conf->path = g_strdup(name);
	conf->imap_servers = g_ptr_array_new();
	conf->mailboxes = g_ptr_array_new();
	if (!set_defaults(conf, NULL, error))
		return NULL;
	if (!read_text(&reader, error))
		return NULL;
	if (*conf->data.search_directory == '\0') {
		g_free(conf->data.search_directory);
		conf->data.search_directory = g_strdup(conf->data.directory);
	}
	return g_steal_pointer(&conf);
}

Conf *
conf_load(const char *path, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;

	if (path == NULL)
		path = g_getenv("KARTOTEKA_CONFIG");
	if (path == NULL || *path == '\0')
		path = CONF_DEFAULT_PATH;
	bytes = file_read(path, CONF_MAX_BYTES, error);
	if (bytes == NULL)
		return NULL;
	if (strlen(g_bytes_get_data(bytes, NULL)) != g_bytes_get_size(bytes)) {
		error_set(error, ERROR_INVALID, "%s has a NUL byte in it.", path);
		return NULL;
	}
	return conf_parse(g_bytes_get_data(bytes, NULL), path, error);
}

void
conf_open_log(const Conf *conf, const char *program)
{
	log_open(program, (LogTarget)conf->log.target, (LogLevel)conf->log.level);
}

char *
conf_describe(void)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (gsize i = 0; i < conf_table_length; i++) {
		const ConfRow *row = &conf_table[i];
		g_autofree char *limits = NULL;

		if (row->words != NULL)
			limits = g_strdup(row->words);
		else if (row->max > 0)
			limits = g_strdup_printf(
			    "%" G_GINT64_FORMAT "..%" G_GINT64_FORMAT, row->min, row->max);
		g_string_append_printf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", row->section, row->key,
		    type_names[row->type], row->otherwise, limits != NULL ? limits : "-",
		    row->sentence);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

bool
conf_is_own_domain(const Conf *conf, const char *domain)
{
	g_autofree char *bare = NULL;
	g_autofree char *ascii = NULL;

	if (domain == NULL || *domain == '\0')
		return false;
	bare = g_strndup(domain, strlen(domain) - (g_str_has_suffix(domain, ".") ? 1 : 0));
	ascii = g_hostname_to_ascii(bare);
	for (char **own = conf->company.domains; *own != NULL; own++)
		if (g_ascii_strcasecmp(*own, ascii != NULL ? ascii : bare) == 0)
			return true;
	return false;
}

bool
conf_is_own_address(const Conf *conf, const char *address)
{
	const char *at = address != NULL ? strrchr(address, '@') : NULL;

	return at != NULL && conf_is_own_domain(conf, at + 1);
}
