/*
 * part: one item of the spool on its way to a job: read, parsed, prepared. For intake.c.
 */
#pragma once

#include "base/foreground.h"
#include "base/spool.h"
#include "prog/parser.h"
#include "rules/file.h"

typedef struct {
	const SpoolPack *pack; /* lent */
	guint place;           /* in it */
	SpoolEntry *entry;     /* taken by the job */
	GBytes *raw;
	FileJob *job;    /* NULL until it is ready, and when the parser can't be had */
	bool unreadable; /* it can't be read now */
} Part;

void part_clear(gpointer part);

typedef struct {
	const Conf *conf;
	const FilePreparer *preparer;
	ParserClient *parser;
	ForegroundEnough is_wanted; /* ends the pauses of a backlog */
	void *data;
} PartMaker;

/* Reads a file and appends a Part for each of its items but those whose bit is in `without`. False: it is gone. */
bool part_read(const PartMaker *maker, const SpoolPack *pack, guint64 without, GArray *parts);

/* Parses and prepares all that were read (GArray of Part). trouble hears why the parser can't be used, or NULL when it
 * can. */
typedef void (*PartTrouble)(const GError *error, gpointer data);
void part_parse(const PartMaker *maker, GArray *parts, PartTrouble trouble, gpointer data);
