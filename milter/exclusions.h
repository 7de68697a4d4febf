/*
 * exclusions: the published list of addresses whose mail with own staff is private.
 *
 * The file is looked at before each question (one stat) and read anew when kartotekad has replaced it. No file is an
 * empty list. A file that can't be read or is damaged leaves the list as it was; when there never was one, the question
 * can't be answered, and the mail is treated like one that can't be spooled. Safe to use from any thread.
 */
#pragma once

#include "base/conf.h"

typedef struct Exclusions Exclusions;

/* conf must outlive it. */
Exclusions *exclusions_new(const Conf *conf);
void exclusions_free(Exclusions *exclusions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Exclusions, exclusions_free)

/* Is the address, or its whole domain, on the list? *word becomes the rule's word (caller frees), or NULL. */
bool exclusions_find(Exclusions *exclusions, const char *address, char **word, GError **error);
