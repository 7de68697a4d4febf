/*
 * mark: by what own staff say that a mail is private: one header field at a time, and the addresses.
 *
 * Whether the sender is staff with proof is not judged here.
 */
#pragma once

#include "base/conf.h"

#define MARK_HEADER "X-Kartoteka"

/* The rule ("header", "subject") when this field marks the mail private, else NULL. The subject mark stands at the
 * beginning of the decoded Subject, after any "Re:", "Fwd:" and their like, and is compared without case. */
const char *mark_of_header(const Conf *conf, const char *name, const char *value);

/* Is this the field that is taken out of all mail? */
bool mark_is_header(const char *name);
