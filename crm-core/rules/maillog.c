#include "rules/maillog.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	GHashTable *seen, *refused; /* queue ids */
	GPtrArray *order;
} Log;

/* The text behind "PROGRAM[PID]: ", and the program; NULL when the line has no such thing. */
static const char *
message_of(const char *line, char *program, gsize size)
{
	const char *end = strstr(line, "]: "), *open, *begin;

	if (end == NULL)
		return NULL;
	for (open = end; open > line && *open != '['; open--)
		;
	for (begin = open; begin > line && begin[-1] != ' '; begin--)
		;
	if (open == begin || (gsize)(open - begin) >= size)
		return NULL;
	memcpy(program, begin, open - begin);
	program[open - begin] = '\0';
	return end + 3;
}

/* "4A2F1C0042: ..." or "xANHfG1x012345: ..."; new, or NULL. */
static char *
queue_id(const char *message)
{
	gsize length =
	    strspn(message, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

	return length >= 5 && length < 64 && message[length] == ':' ? g_strndup(message, length)
								    : NULL;
}

static void
note(Log *log, const char *line)
{
	char program[64] = "";
	const char *message = message_of(line, program, sizeof program);
	g_autofree char *id = message != NULL ? queue_id(message) : NULL;
	bool postfix = strstr(program, "postfix") != NULL || strchr(program, '/') != NULL;

	if (id == NULL)
		return;
	message += strlen(id) + 2;
	if (strstr(message, "milter-reject:") != NULL ||
	    strstr(message, "milter-discard:") != NULL || strstr(message, "Milter: ") != NULL ||
	    strstr(message, "reject=") != NULL)
		g_hash_table_add(log->refused, g_strdup(id));
	if (postfix
		? !g_str_has_suffix(program, "cleanup") || !g_str_has_prefix(message, "message-id=")
		: !g_str_has_prefix(message, "from=") || strstr(message, ", size=") == NULL)
		return;
	if (!g_hash_table_contains(log->seen, id)) {
		g_ptr_array_add(log->order, g_strdup(id));
		g_hash_table_add(log->seen, g_steal_pointer(&id));
	}
}

GPtrArray *
maillog_read(const char *path, GError **error)
{
	FILE *file = fopen(path, "re");
	g_autoptr(GPtrArray) accepted = g_ptr_array_new_with_free_func(g_free);
	Log log = {0};
	char *line = NULL;
	size_t size = 0;

	if (file == NULL) {
		error_set_errno(error, ERROR_NOT_FOUND, errno, "The log %s can't be read", path);
		return NULL;
	}
	log.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	log.refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	log.order = g_ptr_array_new_with_free_func(g_free);
	while (getline(&line, &size, file) >= 0)
		note(&log, line);
	for (guint i = 0; i < log.order->len; i++) {
		const char *id = g_ptr_array_index(log.order, i);

		if (!g_hash_table_contains(log.refused, id))
			g_ptr_array_add(accepted, g_strdup(id));
	}
	free(line);
	fclose(file);
	g_hash_table_unref(log.seen);
	g_hash_table_unref(log.refused);
	g_ptr_array_unref(log.order);
	return g_steal_pointer(&accepted);
}
