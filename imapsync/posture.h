/*
 * posture: how much of each mailbox may be captured, as the company has decided: kartotekad publishes it (base/published.h).
 */
#pragma once

#include "base/conf.h"

typedef enum {
	POSTURE_OFF,     /* nothing is fetched, no folder is opened */
	POSTURE_HEADERS, /* headers alone */
	POSTURE_KNOWN,   /* the core keeps what a contact matches */
	POSTURE_FULL,
} Posture;

typedef struct PostureList PostureList;

PostureList *posture_list_new(const Conf *conf);
void posture_list_free(PostureList *list);

/* Reads the published file again when it has changed. True: it has (or it was read the first time). What can't be read is
 * logged once, and as long as it never could be, every mailbox is off. */
bool posture_list_refresh(PostureList *list);

/* A mailbox of which nobody has decided anything is off. */
Posture posture_list_find(const PostureList *list, const char *login);
