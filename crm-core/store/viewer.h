/*
 * viewer: what is in a Viewer. For viewer.c and visible.c alone.
 */
#pragma once

#include "store/visible.h"

struct Viewer {
	bool system;
	Id user;
	gint64 row;      /* of the user; -1: sees nothing */
	gint64 revision; /* G_MAXINT64: now */
	gint64 time;
	ViewerRows *rows; /* empty until visible_rows() fills them */
};
