/*
 * header: field after field of a header block in raw bytes.
 *
 * For what rules/ does with the bytes themselves; what a header says is in Mail (mail/mail.h).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The length of the field at data, its folded lines and line break included; 0: the block ends here. */
gsize header_field(const char *data, gsize size);

/* Is it a field of that name? */
bool header_is(const char *field, gsize length, const char *name);
