/*
 * contact-import: lists of contacts from vCard, CSV and LDIF files into an address book, with duplicates
 * found, a preview and an undo.
 *
 * Read a file, plan (what would become of each entry), run. Imported contacts bear the import's id
 * (X-KARTOTEKA-IMPORT) until somebody changes them, and the undo takes back those that still do.
 */
#pragma once

#include "rules/contact.h"
#include "rules/field.h"

typedef enum {
	CONTACT_IMPORT_NEW,
	CONTACT_IMPORT_KNOWN,     /* the same UID is there already, or stood before in the file */
	CONTACT_IMPORT_DUPLICATE, /* somebody with that address, or of that name and organisation */
	CONTACT_IMPORT_UNUSABLE,
} ContactImportOutcome;

typedef struct {
	guint line;
	char *name; /* "" when it has none */
	Vcard *card;
	ContactImportOutcome outcome;
	char *why;   /* a sentence, or "" */
	Id existing; /* the duplicate, when it is a contact that one may see */
} ContactImportEntry;

typedef struct {
	Id id;
	GPtrArray *entries;  /* of ContactImportEntry, in the order of the file */
	GPtrArray *problems; /* of VcardProblem: lines that could not be read */
	char **unused;       /* columns that nobody knows */
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
bool contact_import_plan(Session *session, ContactImport *import, const Id *book, GError **error);

/* Adds the new ones (and duplicates, too, when asked), 50 to a transaction. On an error those that were
 * added stay, and can be undone by the import's id. */
bool contact_import_run(Session *session, ContactImport *import, const Id *book, bool duplicates,
    guint *ret_added, GError **error);

/* Deletes the unchanged contacts of an import. ERROR_NOT_FOUND when there are none. */
bool contact_import_undo(Session *session, const Id *id, guint *ret_removed, GError **error);
