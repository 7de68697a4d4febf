/*
 * snippet: the place of a text where the words that were looked for stand, for a line of hits.
 */
#pragma once

#include <glib.h>

typedef struct {
	guint offset, length; /* in bytes of the snippet */
} SnippetMark;

/* About max_chars characters of text in one line around the first of words (folded; "pre*" is a
 * beginning), and where they stand in it. The text's beginning when there is none. ret_marks: GArray of
 * SnippetMark, new. */
char *snippet_make(const char *text, GPtrArray *words, guint max_chars, GArray **ret_marks);
