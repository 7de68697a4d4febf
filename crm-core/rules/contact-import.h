/*
 * contact-import: lists of contacts from vCard, CSV and LDIF files into an address book, with duplicates
 * found, a preview and an undo.
 *
 * Read a file, plan (what would become of each entry), run. What is there already, by UID, mail address, or name
 * and organisation, is left out, added all the same, or merged: what the contact lacks is added to it (see
 * contact-merge.h), what differs stays as it was, and both are said. Entries of one file merge with each other,
 * too. Merged is only what is certain and allowed:
 *
 *   by UID or mail address with one contact alone, of the same kind, whose name has a word in common;
 *   by name and organisation alone only where not both have mail addresses: then it may be somebody else;
 *   where the session has "edit" on it. A contact that it may not see isn't there.
 *
 * A merged contact stays in the books that it is in. The undo takes back what nobody has changed since: new
 * contacts go, of merged ones goes what was added; the others are left and named. It goes by the marks that the
 * import leaves on the cards (contact-mark.h).
 */
#pragma once

#include "rules/contact.h"
#include "rules/field.h"

typedef enum {
	CONTACT_IMPORT_NEW,
	CONTACT_IMPORT_KNOWN,     /* the same UID is there already, or stood before in the file */
	CONTACT_IMPORT_DUPLICATE, /* somebody with that address, or of that name and organisation */
	CONTACT_IMPORT_MERGE,     /* one of these two, which adds something to that contact */
	CONTACT_IMPORT_UNUSABLE,
} ContactImportOutcome;

typedef struct {
	guint line;
	char *name; /* "" when it has none */
	Vcard *card;
	ContactImportOutcome outcome;
	char *why;          /* a sentence, or "" */
	char *adds, *keeps; /* CONTACT_IMPORT_MERGE: as in contact-merge.h; else "" */
	Id existing;        /* the duplicate, when it is a contact that one may see */
} ContactImportEntry;

typedef enum {
	CONTACT_DUPLICATES_SKIP,
	CONTACT_DUPLICATES_ADD, /* but never a second one of the same UID */
	CONTACT_DUPLICATES_MERGE,
} ContactDuplicates;

/* "skip", "add", "merge"; ERROR_INVALID names them. */
bool contact_duplicates_parse(const char *text, ContactDuplicates *ret, GError **error);

typedef struct {
	Id id;
	GPtrArray *entries;           /* of ContactImportEntry, in the order of the file */
	GPtrArray *problems;          /* of VcardProblem: lines that could not be read */
	char **unused;                /* columns that nobody knows */
	ContactDuplicates duplicates; /* as planned */
	guint counts[CONTACT_IMPORT_UNUSABLE + 1];
} ContactImport;

void contact_import_free(ContactImport *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ContactImport, contact_import_free)

typedef struct {
	const char *format;    /* "vcard", "csv", "ldif"; NULL: by what is in it */
	char separator;        /* of CSV; 0: guess */
	char *const *mappings; /* "COLUMN=field", may be NULL */
} ContactImportOptions;

/* ERROR_INVALID with the line when it can't be read at all. */
ContactImport *contact_import_read(
    GBytes *bytes, const ContactImportOptions *options, GError **error);

/* Needs "edit" on the book. Decides what becomes of each entry. */
bool contact_import_plan(Session *session, ContactImport *import, const Id *book,
    ContactDuplicates duplicates, GError **error);

/* What became of it so far. */
typedef struct {
	guint added, merged;
} ContactImportResult;

/* Does what was planned, 32 to a transaction. On an error what was done stays, and can be undone by the import's
 * id. *ret is valid in any case. */
bool contact_import_run(Session *session, ContactImport *import, const Id *book,
    ContactImportResult *ret, GError **error);

/* A contact that an undo left as it is. */
typedef struct {
	Id id;
	char *name;
	const char *why; /* a sentence */
} ContactUndoLeft;

typedef struct {
	guint removed, restored; /* new contacts that are gone; merged ones that are as before */
	GPtrArray *left;         /* of ContactUndoLeft */
} ContactUndo;

void contact_undo_free(ContactUndo *undo);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ContactUndo, contact_undo_free)

/* ERROR_NOT_FOUND when there is no contact of such an import. Repeated, it goes on where an error ended it. */
ContactUndo *contact_import_undo(Session *session, const Id *id, GError **error);
