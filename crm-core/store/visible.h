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

/* Resolves user (zero: nobody in particular, sees nothing; one who has left sees nothing) at a
 * revision and time (revision 0: now; time 0: the revision's). For rules/rights.c alone. */
Viewer *visible_viewer_new(
    Store *store, const Id *user, gint64 revision, gint64 time, GError **error);

/* The daemon's own eye, for filing, indexing and reconciling alone: sees everything, never reaches
 * a surface. For rules/rights.c alone. */
Viewer *visible_viewer_system(Store *store, GError **error);

bool viewer_is_system(const Viewer *viewer);
Id viewer_user(const Viewer *viewer); /* zero: none */

/* The rights on a book as a mask of 1 << Right; 0: none, the book doesn't exist for this viewer. */
bool visible_book_rights(
    Store *store, const Viewer *viewer, const Id *book, guint *ret, GError **error);

/* What the search index's column "who" is asked for: internal ids, GArray of gint64. users: the viewer
 * and those whose correspondence was handed over to him; books: those with "history"; see_books: with
 * "see"; circles: those he is in. A hit is then asked of kartoteka.db by the fragments below. */
typedef struct {
	GArray *users, *teams, *books, *see_books, *circles;
} ViewerRows;

/* Looked up when first asked for, since most pages never ask. Lent by the viewer. */
const ViewerRows *visible_rows(Store *store, const Viewer *viewer, GError **error);

/* The books of a contact on which the viewer has "see": GArray of Id in the order of their making,
 * empty when the contact is hidden or isn't there. */
GArray *visible_contact_books(
    Store *store, const Viewer *viewer, const Id *contact, GError **error);

/* The union of rights on the books of a contact (mask); 0 when it is hidden or isn't there. */
bool visible_contact_rights(
    Store *store, const Viewer *viewer, const Id *contact, guint *ret, GError **error);

/* ERROR_NOT_FOUND unless the viewer may see the message. */
bool visible_message_check(Store *store, const Viewer *viewer, const Id *message, GError **error);

/* Why the viewer may see a message: a mask. */
typedef enum {
	VISIBLE_PARTICIPANT = 1 << 0, /* takes part himself */
	VISIBLE_TEAM = 1 << 1,        /* a role address of his team takes part */
	VISIBLE_HANDOVER = 1 << 2,
	VISIBLE_HISTORY = 1 << 3, /* "history" on a book of a contact that it is filed under */
} VisibleWhy;
bool visible_message_why(
    Store *store, const Viewer *viewer, const Id *message, guint *ret, GError **error);

/* Bit of message.flags: marked private, open to its participants only (MESSAGE_PRIVATE). */
#define VISIBLE_PRIVATE_FLAG "65536"
#define VISIBLE_PRIVATE (1 << 16)

/* SQL, for store/ alone -------------------------------------------------------------------------------
 *
 * Conditions on a row, for WHERE. Bind with visible_bind(stmt, viewer) whatever of $viewer_system,
 * $viewer_user, $viewer_revision and $viewer_time the statement has. The sub-selects that don't depend
 * on the row are made once per statement.
 *
 *	"SELECT c.card FROM contact c WHERE c.pid = $pid AND " VISIBLE_CONTACT("c")
 */
#define VISIBLE_VALID(t)                                                                           \
	"(" t ".begin_revision <= $viewer_revision AND (" t ".end_revision IS NULL OR " t          \
	".end_revision > $viewer_revision))"
#define VISIBLE_UNTIL(t) "(" t ".until IS NULL OR " t ".until > $viewer_time)"

#define VISIBLE_TEAMS                                                                              \
	"(SELECT vtm.team_id FROM team_member vtm WHERE vtm.user_id = $viewer_user "               \
	"AND " VISIBLE_VALID("vtm") " AND " VISIBLE_UNTIL("vtm") ")"
#define VISIBLE_CIRCLES                                                                            \
	"(SELECT vcm.circle_id FROM circle_member vcm WHERE vcm.user_id = $viewer_user "           \
	"AND " VISIBLE_VALID("vcm") " AND " VISIBLE_UNTIL("vcm") ")"

/* g: alias of book_grant. Given to the viewer or to a team of his, now. */
#define VISIBLE_GRANT(g)                                                                           \
	"((" g ".user_id = $viewer_user OR " g ".team_id IN " VISIBLE_TEAMS                        \
	") AND " VISIBLE_VALID(g) " AND " VISIBLE_UNTIL(g) ")"

/* right: the number of a Right as text: "1" see, "2" history. */
#define VISIBLE_BOOKS(right_number)                                                                \
	"(SELECT vbg.book_id FROM book_grant vbg WHERE vbg.right = " right_number                  \
	" AND vbg.user_id = $viewer_user AND " VISIBLE_VALID("vbg") " AND " VISIBLE_UNTIL(         \
	    "vbg") " UNION SELECT vtg.book_id FROM book_grant vtg WHERE vtg.right = " right_number \
		   " AND vtg.team_id IN " VISIBLE_TEAMS                                            \
		   " AND " VISIBLE_VALID("vtg") " AND " VISIBLE_UNTIL("vtg") ")"

/* id: an expression of contact.id. The contact is in no circle that the viewer is outside of. */
#define VISIBLE_CONTACT_CIRCLE(id)                                                                 \
	"NOT EXISTS (SELECT 1 FROM circle_object vco WHERE vco.contact_id = " id                   \
	" AND " VISIBLE_VALID("vco") " AND vco.circle_id NOT IN " VISIBLE_CIRCLES ")"

/* c: alias of contact. */
#define VISIBLE_CONTACT(c)                                                                         \
	"($viewer_system = 1 OR (EXISTS (SELECT 1 FROM contact_book vcb WHERE vcb.contact_id = " c \
	".id AND " VISIBLE_VALID("vcb") " AND vcb.book_id IN " VISIBLE_BOOKS(                      \
	    "1") ") AND " VISIBLE_CONTACT_CIRCLE(c ".id") "))"

/* m: alias of message. The four reasons; a private mail is for its participants alone. */
#define VISIBLE_BY_SELF(m)                                                                         \
	"EXISTS (SELECT 1 FROM participant vpu WHERE vpu.message_id = " m                          \
	".id AND vpu.user_id = $viewer_user AND " VISIBLE_VALID("vpu") ")"
#define VISIBLE_BY_TEAM(m)                                                                         \
	"EXISTS (SELECT 1 FROM participant vpt WHERE vpt.message_id = " m                          \
	".id AND vpt.team_id IN " VISIBLE_TEAMS " AND " VISIBLE_VALID("vpt") ")"
#define VISIBLE_BY_HANDOVER(m)                                                                     \
	"((" m ".flags & " VISIBLE_PRIVATE_FLAG ") = 0 AND EXISTS (SELECT 1 FROM participant vph " \
	"JOIN handover vho ON vho.from_user_id = vph.user_id WHERE vph.message_id = " m            \
	".id AND " VISIBLE_VALID("vph") " AND " VISIBLE_VALID("vho") " AND " VISIBLE_UNTIL(        \
	    "vho") " AND (vho.to_user_id = $viewer_user OR vho.to_team_id IN " VISIBLE_TEAMS       \
		   ") AND (vho.book_id IS NULL OR EXISTS (SELECT 1 FROM filing vhf JOIN "          \
		   "contact_book vhb "                                                             \
		   "ON vhb.contact_id = vhf.contact_id WHERE vhf.message_id = " m                  \
		   ".id AND vhb.book_id = vho.book_id AND " VISIBLE_VALID(                         \
		       "vhf") " AND " VISIBLE_VALID("vhb") "))))"
#define VISIBLE_BY_HISTORY(m)                                                                      \
	"((" m ".flags & " VISIBLE_PRIVATE_FLAG ") = 0 AND EXISTS (SELECT 1 FROM filing vfi JOIN " \
	"contact_book vfb ON vfb.contact_id = vfi.contact_id WHERE vfi.message_id = " m            \
	".id AND vfi.open_from <= $viewer_time AND " VISIBLE_VALID("vfi") " AND " VISIBLE_VALID(   \
	    "vfb") " AND vfb.book_id IN " VISIBLE_BOOKS("2") " AND " VISIBLE_CONTACT_CIRCLE("vfi." \
											    "cont" \
											    "act_" \
											    "id") "))"
#define VISIBLE_MESSAGE_CIRCLE(m)                                                                  \
	"NOT EXISTS (SELECT 1 FROM circle_object vmo WHERE vmo.message_id = " m                    \
	".id AND " VISIBLE_VALID("vmo") " AND vmo.circle_id NOT IN " VISIBLE_CIRCLES ")"
#define VISIBLE_MESSAGE(m)                                                                         \
	"($viewer_system = 1 OR (" VISIBLE_MESSAGE_CIRCLE(m) " AND (" VISIBLE_BY_SELF(             \
	    m) " OR " VISIBLE_BY_TEAM(m) " OR " VISIBLE_BY_HISTORY(m) " OR " VISIBLE_BY_HANDOVER(m) ")))"

/* Certain at a glance: neither private nor ever put into a circle. Whoever has "history" on a contact that
 * such a mail is openly filed under sees it, and nothing more need be asked. Not bound to a viewer. */
#define VISIBLE_PLAIN(m)                                                                           \
	"((" m ".flags & " VISIBLE_PRIVATE_FLAG ") = 0 AND NOT EXISTS (SELECT 1 FROM "             \
	"circle_object vmo WHERE vmo.message_id = " m ".id))"

/* The viewer takes part as the sender, himself or by a team: Bcc may be shown. */
#define VISIBLE_SENDER_SIDE(m)                                                                     \
	"EXISTS (SELECT 1 FROM participant vps WHERE vps.message_id = " m                          \
	".id AND vps.side = 1 AND (vps.user_id = $viewer_user OR vps.team_id IN " VISIBLE_TEAMS    \
	") AND " VISIBLE_VALID("vps") ")"

struct DbStmt;
/* Binds whatever of the viewer's parameters the statement has. */
void visible_bind(struct DbStmt *stmt, const Viewer *viewer);
