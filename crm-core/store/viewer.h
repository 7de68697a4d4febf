/*
 * viewer: what is in a Viewer. For viewer.c and visible.c alone.
 */
#pragma once

#include "store/visible.h"

typedef struct {
	gint64 row;
	Id id;
	guint rights; /* mask */
} ViewerBook;

struct Viewer {
	bool system;
	Id user;
	gint64 row;      /* of the user; -1: sees nothing */
	gint64 revision; /* G_MAXINT64: now */
	gint64 time;
	GArray *books;                    /* of ViewerBook */
	GArray *by_right[RIGHT_LAST + 1]; /* of Id */
	ViewerRows rows;
};
