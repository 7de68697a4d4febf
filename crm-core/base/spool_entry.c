#include "base/spool_entry.h"

#include "base/error.h"

#include <stddef.h>
#include <string.h>

#define VERSION_LINE "Kartoteka-Spool: 1\n"
G_STATIC_ASSERT(sizeof VERSION_LINE - 1 == SPOOL_LATE_OFFSET);

#define VALUE_MAX 65536
#define RECIPIENTS_MAX 100000

static const char *const kind_names[] = {"mail", "private", "start", "vanished", "unfetched"};
static const char *const via_names[] = {"smtp", "imap", "import", "form"};

static const struct {
	const char *key;
	size_t offset;
} text_keys[] = {
    {"Login", offsetof(SpoolEntry, login)},
    {"Login-Type", offsetof(SpoolEntry, login_type)},
    {"Client-Address", offsetof(SpoolEntry, client_address)},
    {"Client-Name", offsetof(SpoolEntry, client_name)},
    {"Helo", offsetof(SpoolEntry, helo)},
    {"Owner", offsetof(SpoolEntry, owner)},
    {"Folder", offsetof(SpoolEntry, folder)},
    {"Path", offsetof(SpoolEntry, path)},
    {"Special-Use", offsetof(SpoolEntry, special_use)},
    {"Posture", offsetof(SpoolEntry, posture)},
    {"Rule", offsetof(SpoolEntry, rule)},
    {"Message-Id", offsetof(SpoolEntry, message_id)},
};

static const struct {
	const char *key;
	size_t offset;
} number_keys[] = {
    {"Uid-Validity", offsetof(SpoolEntry, uid_validity)},
    {"Uid", offsetof(SpoolEntry, uid)},
    {"Internal-Date", offsetof(SpoolEntry, internal_date)},
    {"Wished", offsetof(SpoolEntry, wished)},
    {"Previous-Start", offsetof(SpoolEntry, previous_start)},
    {"Previous-Number", offsetof(SpoolEntry, previous_number)},
};

#define TEXT_AT(entry, i) ((char **)((char *)(entry) + text_keys[i].offset))
#define NUMBER_AT(entry, i) ((gint64 *)((char *)(entry) + number_keys[i].offset))

/* Keys and ids ----------------------------------------------------------------------------------
 */

bool
spool_source_is_valid(const char *source)
{
	gsize length = strlen(source);

	return length >= 1 && length <= 32 && g_ascii_islower(*source) &&
	       strspn(source, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

void
spool_key_text(const SpoolKey *key, char text[static SPOOL_ID_SIZE])
{
	g_snprintf(text, SPOOL_ID_SIZE, "%s.%" G_GINT64_MODIFIER "x.%" G_GINT64_FORMAT, key->source,
	    key->start, key->n);
}

/* A number in base 10 or 16, digits only, not negative, up to end. */
static bool
parse_number(const char *text, const char *end, guint base, gint64 *ret)
{
	gint64 n = 0;

	if (text == end || end - text > 20)
		return false;
	for (; text < end; text++) {
		int digit = g_ascii_isupper(*text) ? -1 : g_ascii_xdigit_value(*text);

		if (digit < 0 || digit >= (int)base || n > (G_MAXINT64 - digit) / (gint64)base)
			return false;
		n = n * base + digit;
	}
	*ret = n;
	return true;
}

bool
spool_key_parse(const char *text, SpoolKey *ret, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text, ".", 4);
	SpoolKey key = {.n = 0};

	if (g_strv_length(parts) != 3 || !spool_source_is_valid(parts[0]) ||
	    !parse_number(parts[1], parts[1] + strlen(parts[1]), 16, &key.start) ||
	    !parse_number(parts[2], parts[2] + strlen(parts[2]), 10, &key.n))
		return error_set(
		    error, ERROR_INVALID, "A spool id looks like smtp.19d3a5b7c21.17.");
	g_strlcpy(key.source, parts[0], sizeof key.source);
	*ret = key;
	return true;
}

/* Entries ---------------------------------------------------------------------------------------
 */

static void
recipient_free(gpointer data)
{
	SpoolRecipient *recipient = data;

	g_free(recipient->address);
	g_free(recipient->params);
	g_free(recipient);
}

SpoolEntry *
spool_entry_new(SpoolKind kind, SpoolVia via)
{
	SpoolEntry *entry = g_new0(SpoolEntry, 1);

	entry->kind = kind;
	entry->via = via;
	entry->recipients = g_ptr_array_new_with_free_func(recipient_free);
	entry->authserv_ids = g_new0(char *, 1);
	return entry;
}

void
spool_entry_add_recipient(SpoolEntry *entry, const char *address, const char *params)
{
	SpoolRecipient *recipient = g_new0(SpoolRecipient, 1);

	recipient->address = g_strdup(address);
	recipient->params = params != NULL && *params != '\0' ? g_strdup(params) : NULL;
	g_ptr_array_add(entry->recipients, recipient);
}

void
spool_entry_free(SpoolEntry *entry)
{
	if (entry == NULL)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(text_keys); i++)
		g_free(*TEXT_AT(entry, i));
	g_free(entry->sender);
	g_free(entry->sender_params);
	g_free(entry->queue_id);
	g_strfreev(entry->authserv_ids);
	g_ptr_array_unref(entry->recipients);
	g_free(entry);
}

/* Writing ---------------------------------------------------------------------------------------
 */

/* value as UTF-8 with control characters, "%" and what is in also as %XX. */
static void
append_escaped(GString *out, const char *value, const char *also)
{
	g_autofree char *valid = g_utf8_make_valid(value, -1);

	for (const char *p = valid; *p != '\0'; p++) {
		guint8 c = (guint8)*p;

		if (c < 0x20 || c == 0x7f || c == '%' || strchr(also, c) != NULL)
			g_string_append_printf(out, "%%%02X", c);
		else
			g_string_append_c(out, *p);
	}
}

static void
append_address(GString *out, const char *key, const char *address, const char *params)
{
	g_string_append_printf(out, "%s: ", key);
	if (*address == '\0')
		g_string_append(out, "<>");
	else
		append_escaped(out, address, " <>");
	if (params != NULL && *params != '\0') {
		g_string_append_c(out, ' ');
		append_escaped(out, params, "");
	}
	g_string_append_c(out, '\n');
}

void
spool_entry_format_late(gint64 size, gint64 time, const char *queue_id, GString *out)
{
	g_autofree char *id = g_strndup(queue_id != NULL ? queue_id : "", SPOOL_QUEUE_ID_MAX);

	for (char *p = id; *p != '\0'; p++)
		if (!g_ascii_isgraph(*p))
			*p = '_';
	g_string_append_printf(out,
	    "Size: %020" G_GINT64_FORMAT "\nTime: %020" G_GINT64_FORMAT "\nQueue-Id: %-63s\n", size,
	    time, id);
}

void
spool_entry_format(const SpoolEntry *entry, GString *out)
{
	g_string_append(out, VERSION_LINE);
	spool_entry_format_late(entry->size, entry->time, entry->queue_id, out);
	g_string_append_printf(out,
	    "Kind: %s\nVia: %s\nSource: %s\nStart: %" G_GINT64_MODIFIER "x\n",
	    kind_names[entry->kind], via_names[entry->via], entry->key.source, entry->key.start);
	if (entry->sender != NULL)
		append_address(out, "Sender", entry->sender, entry->sender_params);
	for (guint i = 0; i < entry->recipients->len; i++) {
		const SpoolRecipient *recipient = entry->recipients->pdata[i];

		append_address(out, "Recipient", recipient->address, recipient->params);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(text_keys); i++) {
		const char *value = *TEXT_AT(entry, i);

		if (value == NULL)
			continue;
		g_string_append_printf(out, "%s: ", text_keys[i].key);
		append_escaped(out, value, "");
		g_string_append_c(out, '\n');
	}
	for (size_t i = 0; i < G_N_ELEMENTS(number_keys); i++)
		if (*NUMBER_AT(entry, i) != 0)
			g_string_append_printf(out, "%s: %" G_GINT64_FORMAT "\n",
			    number_keys[i].key, *NUMBER_AT(entry, i));
	for (char **id = entry->authserv_ids; *id != NULL; id++) {
		g_string_append(out, "Authserv-Id: ");
		append_escaped(out, *id, "");
		g_string_append_c(out, '\n');
	}
	g_string_append_c(out, '\n');
}

/* Reading: every byte is somebody else's --------------------------------------------------------
 */

static bool
damaged(GError **error, const char *what)
{
	return error_set(error, ERROR_INVALID, "The spool file is damaged: %s.", what);
}

static int
hex_pair(const char *p, const char *end)
{
	int high, low;

	if (end - p < 2)
		return -1;
	high = g_ascii_xdigit_value(p[0]);
	low = g_ascii_xdigit_value(p[1]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* The value without its %XX; NULL when it is no clean text. */
static char *
unescape(const char *p, const char *end)
{
	g_autoptr(GString) out = g_string_sized_new((gsize)(end - p));

	for (; p < end; p++) {
		int c = (guint8)*p;

		if (c < 0x20 || c == 0x7f)
			return NULL;
		if (c == '%') {
			c = hex_pair(p + 1, end);
			if (c <= 0)
				return NULL;
			p += 2;
		}
		g_string_append_c(out, (char)c);
	}
	if (!g_utf8_validate(out->str, (gssize)out->len, NULL))
		return NULL;
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "address params" into both; false when it is none. */
static bool
parse_address(const char *p, const char *end, char **address, char **params)
{
	const char *blank = memchr(p, ' ', (gsize)(end - p));
	const char *address_end = blank != NULL ? blank : end;
	g_autofree char *first = NULL;
	g_autofree char *second = NULL;

	if (address_end - p == 2 && memcmp(p, "<>", 2) == 0)
		first = g_strdup("");
	else if (address_end > p)
		first = unescape(p, address_end);
	if (blank != NULL)
		second = unescape(blank + 1, end);
	if (first == NULL || (blank != NULL && (second == NULL || *second == '\0')))
		return false;
	*address = g_steal_pointer(&first);
	*params = g_steal_pointer(&second);
	return true;
}

static bool
parse_name(const char *p, const char *end, const char *const *names, guint n, guint *ret)
{
	for (guint i = 0; i < n; i++)
		if (strlen(names[i]) == (gsize)(end - p) && memcmp(names[i], p, end - p) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

/* One line after the fixed ones. False: unknown, repeated or no good value. */
static bool
parse_line(SpoolEntry *entry, const char *key, const char *p, const char *end)
{
	char *address = NULL, *params = NULL;
	GPtrArray *ids;

	if (strcmp(key, "Sender") == 0)
		return entry->sender == NULL &&
		       parse_address(p, end, &entry->sender, &entry->sender_params);
	if (strcmp(key, "Recipient") == 0) {
		if (entry->recipients->len >= RECIPIENTS_MAX ||
		    !parse_address(p, end, &address, &params))
			return false;
		spool_entry_add_recipient(entry, address, params);
		g_free(address);
		g_free(params);
		return true;
	}
	if (strcmp(key, "Authserv-Id") == 0) {
		char *id = unescape(p, end);

		if (id == NULL || g_strv_length(entry->authserv_ids) >= 100)
			return g_free(id), false;
		ids = g_ptr_array_new();
		for (char **old = entry->authserv_ids; *old != NULL; old++)
			g_ptr_array_add(ids, *old);
		g_ptr_array_add(ids, id);
		g_ptr_array_add(ids, NULL);
		g_free(entry->authserv_ids);
		entry->authserv_ids = (char **)g_ptr_array_free(ids, FALSE);
		return true;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(text_keys); i++)
		if (strcmp(key, text_keys[i].key) == 0) {
			if (*TEXT_AT(entry, i) != NULL)
				return false;
			*TEXT_AT(entry, i) = unescape(p, end);
			return *TEXT_AT(entry, i) != NULL;
		}
	for (size_t i = 0; i < G_N_ELEMENTS(number_keys); i++)
		if (strcmp(key, number_keys[i].key) == 0)
			return *NUMBER_AT(entry, i) == 0 &&
			       parse_number(p, end, 10, NUMBER_AT(entry, i));
	return false;
}

typedef struct {
	const char *p, *end;
} Cursor;

/* The next "key: value" line; false when there is none. */
static bool
next_line(Cursor *cursor, char key[static 24], const char **value, const char **value_end)
{
	const char *newline = memchr(cursor->p, '\n', (gsize)(cursor->end - cursor->p));
	const char *colon;

	if (newline == NULL || newline - cursor->p > VALUE_MAX)
		return false;
	colon = memchr(cursor->p, ':', (gsize)(newline - cursor->p));
	if (colon == NULL || colon - cursor->p > 23 || colon + 1 >= newline || colon[1] != ' ')
		return false;
	memcpy(key, cursor->p, (gsize)(colon - cursor->p));
	key[colon - cursor->p] = '\0';
	*value = colon + 2;
	*value_end = newline;
	cursor->p = newline + 1;
	return true;
}

/* The lines with a fixed place, up to Start. */
static bool
parse_head(Cursor *cursor, SpoolEntry *entry, GError **error)
{
	static const char *const keys[] = {
	    "Kartoteka-Spool", "Size", "Time", "Queue-Id", "Kind", "Via", "Source", "Start"};
	const char *value[8], *end[8];
	char key[24];
	guint kind, via;

	for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
		if (!next_line(cursor, key, &value[i], &end[i]) || strcmp(key, keys[i]) != 0)
			return damaged(error, "its first lines are not those of a spool file");
	if (end[0] - value[0] != 1 || *value[0] != '1')
		return damaged(error, "it is of a version that this program doesn't know");
	while (end[3] > value[3] && end[3][-1] == ' ')
		end[3]--;
	if (!parse_number(value[1], end[1], 10, &entry->size) ||
	    !parse_number(value[2], end[2], 10, &entry->time) ||
	    !parse_name(value[4], end[4], kind_names, G_N_ELEMENTS(kind_names), &kind) ||
	    !parse_name(value[5], end[5], via_names, G_N_ELEMENTS(via_names), &via) ||
	    end[6] - value[6] > 32 || !parse_number(value[7], end[7], 16, &entry->key.start))
		return damaged(error, "size, time, kind, via, source or start are wrong");
	memcpy(entry->key.source, value[6], (gsize)(end[6] - value[6]));
	if (!spool_source_is_valid(entry->key.source))
		return damaged(error, "its source has no valid name");
	entry->kind = (SpoolKind)kind;
	entry->via = (SpoolVia)via;
	if (end[3] - value[3] > SPOOL_QUEUE_ID_MAX)
		return damaged(error, "its queue id is too long");
	if (end[3] > value[3] && (entry->queue_id = unescape(value[3], end[3])) == NULL)
		return damaged(error, "its queue id is no text");
	return true;
}

/* What must and what must not be there, by kind. */
static bool
check(const SpoolEntry *entry, gsize bytes, GError **error)
{
	bool has_people = entry->sender != NULL || entry->recipients->len > 0 ||
			  entry->login != NULL || entry->owner != NULL;

	if ((guint64)entry->size != bytes)
		return damaged(error, "its length is not what its first lines say");
	switch (entry->kind) {
	case SPOOL_MAIL:
		if (entry->via == SPOOL_SMTP &&
		    (entry->sender == NULL || entry->recipients->len == 0))
			return damaged(error, "a mail by SMTP without sender or recipient");
		return entry->posture == NULL || strcmp(entry->posture, "headers") == 0 ||
		       strcmp(entry->posture, "known") == 0 ||
		       damaged(error, "its posture is unknown");
	case SPOOL_PRIVATE:
		if (entry->rule == NULL || has_people || bytes != 0)
			return damaged(error, "a private mail's record has no rule, or too much");
		return true;
	case SPOOL_START:
		if (has_people || bytes != 0)
			return damaged(error, "a start has no mail");
		return true;
	case SPOOL_VANISHED:
	case SPOOL_UNFETCHED:
		if (entry->via != SPOOL_IMAP || entry->uid == 0 || bytes != 0)
			return damaged(error, "what wasn't fetched has no UID, or bytes");
		return true;
	}
	g_assert_not_reached();
}

bool
spool_parse_keys(
    const char *data, gsize length, gsize size, SpoolEntry **ret, gsize *offset, GError **error)
{
	g_autoptr(SpoolEntry) entry = spool_entry_new(SPOOL_MAIL, SPOOL_SMTP);
	Cursor cursor = {data, data + MIN(length, SPOOL_KEYS_MAX)};
	const char *value, *end;
	char key[24];

	if (!parse_head(&cursor, entry, error))
		return false;
	while (cursor.p < cursor.end && *cursor.p != '\n')
		if (!next_line(&cursor, key, &value, &end) || !parse_line(entry, key, value, end))
			return damaged(error, "a line is unknown, repeated or no clean text");
	if (cursor.p == cursor.end)
		return damaged(error, "it ends before its bytes");
	cursor.p++;
	if (!check(entry, size - (gsize)(cursor.p - data), error))
		return false;
	*offset = (gsize)(cursor.p - data);
	*ret = g_steal_pointer(&entry);
	return true;
}

bool
spool_parse(const char *data, gsize length, SpoolEntry **ret, gsize *offset, GError **error)
{
	return spool_parse_keys(data, length, length, ret, offset, error);
}
