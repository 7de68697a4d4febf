/*
 * command: the frame of the command line. Each cmd-*.c offers a table of commands; kartoteka.c finds the
 * one that was asked for, reads its options (GOptionContext, so that every command has --help), opens
 * what it needs and turns an error into one sentence and an exit status (base/error.h; 64 for a wrong
 * command line).
 *
 * Every command knows --config FILE, --as USER and --json. A new command is a row in a table, and a new
 * table a line in command-table.c; kartoteka.1 has a paragraph for each (a lint test compares them).
 */
#pragma once

#include "base/error.h"
#include "prog/json.h"
#include "rules/session.h"

#define COMMAND_ERROR_USAGE 64

typedef struct {
	const char *config_path; /* --config, or NULL */
	const char *as;          /* --as, or NULL */
	bool json;               /* --json */
	Json *out;               /* for commands that write JSON */
	int status;              /* exit status when the command succeeds; normally 0 */

	/* Opened by the functions below, freed by the frame. */
	Conf *conf;
	Store *store;
	Session *session;
} Command;

typedef enum {
	COMMAND_PLAIN = 0,
	COMMAND_JSON = 1 << 0, /* --json makes a difference */
	COMMAND_AS = 1 << 1,   /* touches personal data: --as is required */
} CommandFlags;

typedef struct {
	const char *words;           /* "user add" */
	const char *arguments;       /* "LOGIN NAME", or NULL */
	const char *summary;         /* one sentence without full stop: "Add a member of staff" */
	const GOptionEntry *options; /* of its own, or NULL; into static variables */
	int least, most;             /* positional arguments; most -1: any number */
	CommandFlags flags;
	/* arguments: positional ones, NULL-terminated. */
	bool (*run)(Command *command, char **arguments, GError **error);
} CommandEntry;

/* Tables, each ended by an entry without words, in the order of "kartoteka help". */
extern const CommandEntry *const command_tables[];

/* The configuration, the Store (opened read-write, root having become [data] user), the Session of
 * --as: opened at the first call, lent. command_session: ERROR_DENIED without --as or for an unknown or left user; the row that it
 * records later says that --as is a claim, with the login uid. */
const Conf *command_conf(Command *command, GError **error);
Store *command_store(Command *command, GError **error);
Session *command_session(Command *command, GError **error);

/* Prints the sentences of a report, a line each; with --json as the array "problems", which ends the report's object. */
void command_problems(Command *command, GPtrArray *problems);

/* "user=claimed uid=1000 tty=..." for the detail of an access row, with more behind it (may be NULL);
 * new. */
char *command_claim(const char *more);

/* A wrong command line: ERROR_INVALID, and the exit status becomes 64. */
bool command_usage(Command *command, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* "2026-12-31", "2026-12-31T17:00", "2026-12-31T17:00:00Z" (local time without Z), "30d" from now on;
 * ms. end: a bare date means its end. ERROR_INVALID. */
bool command_time(const char *text, bool end, gint64 *ret, GError **error);

/* ms as "2026-11-23 17:40" in local time, new; 0: "-". */
char *command_time_text(gint64 ms);

/* A whole file, or standard input for "-", at most so many bytes. Call it before command_store(): as root
 * that gives root's rights up. */
GBytes *command_read_file(const char *path, gsize most, GError **error);

/* One line from the terminal without echo, or from standard input; wiped by command_wipe. */
char *command_read_secret(const char *prompt, GError **error);
void command_wipe(char *secret);

/* A table on standard output: rows of cells, columns aligned, control characters escaped. */
typedef struct CommandTable CommandTable;
CommandTable *command_table_new(const char *const *headings); /* NULL-terminated */
void command_table_row(CommandTable *table, const char *first, ...) G_GNUC_NULL_TERMINATED;
void command_table_free(CommandTable *table);
void command_table_print(
    CommandTable *table); /* and frees it; prints nothing when it has no rows */

/* A list, as a table or (--json) as an array: the caller adds rows to the one or elements to command->out. */
CommandTable *command_list_new(Command *command, const char *const *headings);
void command_list_print(Command *command, CommandTable *table); /* and frees the table */
