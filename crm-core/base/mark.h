/*
 * mark: by what own staff say that a mail is private, for the milter and for the core, which takes in what
 * didn't pass the milter.
 *
 * Whether the sender is staff with proof is not judged here.
 */
#pragma once

#include "base/conf.h"

#define MARK_HEADER "X-Kartoteka"

/* Is this the field that is taken out of all mail? */
bool mark_is_header(const char *name);

/* Does the field with this value mark the mail private? */
bool mark_is_private(const char *value);

/* Does the subject mark of the settings ("": none) stand at the beginning of this decoded Subject, after any
 * "Re:", "Fwd:" and their like? Compared without case. */
bool mark_is_in_subject(const char *mark, const char *subject);

/* The rule ("header", "subject") when this field, as it stands in the mail, marks it private, else NULL. */
const char *mark_of_header(const Conf *conf, const char *name, const char *value);
