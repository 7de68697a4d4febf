/*
 * contact-filter: the condition "in this book, with one of these roles" on contacts, for the SQL of store/ alone.
 *
 * A book that the viewer may not see must not show by what is in it.
 */
#pragma once

#include "store/db.h"
#include "store/visible.h"

/* contact: alias of the table. To be bound by contact_filter_bind() and visible_bind(). */
#define CONTACT_FILTER(contact)                                                                    \
	"($book IS NULL OR EXISTS (SELECT 1 FROM contact_book fcb"                                 \
	" JOIN book fb ON fb.id = fcb.book_id WHERE fcb.contact_id = " contact                     \
	".id AND fb.pid = $book AND " VISIBLE_VALID(                                               \
	    "fcb") " AND ($viewer_system = 1 OR fcb.book_id IN " VISIBLE_BOOKS("1") ")))"          \
	" AND ($roles = 0 OR EXISTS (SELECT 1 FROM contact_role fcr"                               \
	" WHERE fcr.contact_id = " contact                                                         \
	".id AND ((1 << fcr.role) & $roles) <> 0 AND " VISIBLE_VALID("fcr") "))"

/* book NULL: any; roles: mask of 1 << ContactRole, 0: any. */
static inline void
contact_filter_bind(DbStmt *stmt, const Id *book, guint roles)
{
	db_bind_id(stmt, "$book", book);
	db_bind_int(stmt, "$roles", roles);
}
