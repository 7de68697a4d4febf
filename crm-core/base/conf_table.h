/*
 * conf_table: the table of all settings, and what a value may look like; for conf.c alone.
 *
 * To add a setting: a member in conf.h, a row in conf_table.c, a paragraph in kartoteka.conf.5.
 */
#pragma once

#include "base/conf.h"

#include <stddef.h>

typedef enum {
	TYPE_TEXT,     /* char * */
	TYPE_PATH,     /* char *, absolute */
	TYPE_NAME,     /* char *: a spool source's name */
	TYPE_LIST,     /* char ** */
	TYPE_DOMAINS,  /* char **, lower case, IDNA as ASCII; "*" allowed */
	TYPE_NETWORKS, /* char ** */
	TYPE_NUMBER,   /* gint64, like all below */
	TYPE_SIZE,
	TYPE_TIME,  /* seconds */
	TYPE_OCTAL, /* a file mode */
	TYPE_WORD,  /* one of words: its place among them */
	TYPE_SPACE, /* ConfSpace */
} ConfType;

typedef struct {
	const char *section, *key;
	ConfType type;
	size_t offset;
	const char *otherwise; /* the default, as it would be written */
	gint64 min, max;       /* of numbers, sizes and times */
	const char *words;     /* of TYPE_WORD: "one two" */
	const char *sentence;
} ConfRow;

extern const ConfRow conf_table[];
extern const gsize conf_table_length;

/* The place of the setting in conf. */
void *conf_value_at(const Conf *conf, const ConfRow *row);
bool conf_value_is_list(ConfType type);   /* a char ** */
bool conf_value_is_string(ConfType type); /* a char * */

/* Reads and checks value, replaces what the setting had; where ("FILE, line 3") begins the message
 * otherwise. */
bool conf_value_set(
    Conf *conf, const ConfRow *row, const char *value, const char *where, GError **error);
