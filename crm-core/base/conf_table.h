/*
 * conf_table: the table of all settings, and what a value may look like; for conf.c alone.
 *
 * A section whose headings carry a name is a row of conf_named, too: its settings have their place in an element of a
 * list. To add a setting: a member in conf.h, a row in conf_table.c, a paragraph in kartoteka.conf.5.
 */
#pragma once

#include "base/conf.h"

#include <stddef.h>

typedef enum {
	TYPE_TEXT,     /* char * */
	TYPE_PATH,     /* char *, absolute */
	TYPE_NAME,     /* char *: a spool source's name */
	TYPE_URL,      /* char *: of a page, with http:// or https:// before it, or empty */
	TYPE_ADDRESS,  /* char *: a mail address, or empty */
	TYPE_CHOICE,   /* char *: one of words, or empty */
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
	const char *words;     /* of TYPE_WORD and TYPE_CHOICE: "one two" */
	const char *sentence;
} ConfRow;

extern const ConfRow conf_table[];
extern const gsize conf_table_length;

typedef struct {
	const char *section;
	size_t list;      /* of the GPtrArray in Conf */
	size_t size;      /* of an element */
	size_t name;      /* of its name, a char *, in the element */
	const char *what; /* the name is, for messages and the man page: "LOGIN" */
} ConfNamed;

extern const ConfNamed conf_named[];
extern const gsize conf_named_length;

/* NULL: the section has no names. */
const ConfNamed *conf_find_named(const char *section);
/* The list of its elements in conf. */
GPtrArray *conf_named_list(const Conf *conf, const ConfNamed *named);

/* The place of the setting in base: a Conf, or an element of a list. */
void *conf_value_at(const void *base, const ConfRow *row);
bool conf_value_is_list(ConfType type);   /* a char ** */
bool conf_value_is_string(ConfType type); /* a char * */

/* Reads and checks value, replaces what the setting had; where ("FILE, line 3") begins the message
 * otherwise. */
bool conf_value_set(
    void *base, const ConfRow *row, const char *value, const char *where, GError **error);
