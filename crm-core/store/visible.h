/*
 * visible: a Viewer, and the only SQL that turns one into visible rows.
 *
 * Every function of store/ that returns personal data takes a Viewer. Only rules/rights.c may make
 * one (visible_viewer_new; a lint test says so). The SQL fragments below are pasted into the
 * statements of store/ (string literals concatenated), with $viewer_* bound by visible_bind(). See
 * design.md "Who may see what":
 *
 *   a contact is visible with "see" on a book it is in;
 *   a message to its participants (directly or by team or by hand-over), and to those with
 * "history" on a book of a contact that it is filed under once the filing is open (open_from),
 * unless it is private; what is in a circle doesn't exist for those outside; an administrator as
 * such sees no contact and no mail.
 */
#pragma once

#include "store/store.h"

typedef enum { /* stored in book_grant.right: never renumber */
	RIGHT_SEE = 1,
	RIGHT_HISTORY,
	RIGHT_EDIT,
	RIGHT_SYNC,
	RIGHT_EXPORT,
	RIGHT_MANAGE,
} Right;
#define RIGHT_LAST RIGHT_MANAGE

typedef struct Viewer Viewer;
void viewer_free(Viewer *viewer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Viewer, viewer_free)

/* Resolves user (zero: nobody in particular, sees nothing) at a revision (0: now). For
 * rules/rights.c alone. */
Viewer *visible_viewer_new(Store *store, const Id *user, gint64 revision, GError **error);

/* The daemon's own eye, for filing, indexing and reconciling alone: sees everything, never reaches
 * a surface. For rules/rights.c alone. */
Viewer *visible_viewer_system(Store *store, GError **error);
