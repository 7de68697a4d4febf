/*
 * part: one spool file on its way to a job: read, parsed, prepared. For intake.c.
 */
#pragma once

#include "base/spool.h"
#include "prog/parser.h"
#include "rules/file.h"

/* Zeroed but for item, which it owns. */
typedef struct {
	SpoolItem *item;
	SpoolEntry *entry; /* taken by the job */
	GBytes *raw;
	FileJob *job;    /* NULL until it is ready, and when the parser can't be had */
	bool unreadable; /* the file can't be read now */
} Part;

void part_clear(gpointer part);
SpoolItem *part_item(const SpoolItem *item); /* a copy */

typedef struct {
	const Conf *conf;
	const FilePreparer *preparer;
	ParserClient *parser;
} PartMaker;

/* Reads the file. False: it is gone. */
bool part_read(const PartMaker *maker, Part *part);

/* Parses and prepares all that were read (GArray of Part). trouble hears why the parser can't be used, or NULL when it
 * can. */
typedef void (*PartTrouble)(const GError *error, gpointer data);
void part_parse(const PartMaker *maker, GArray *parts, PartTrouble trouble, gpointer data);
