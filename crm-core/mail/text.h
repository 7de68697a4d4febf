/*
 * text: from what stands in a part to what a person reads. No GMime. Input and output are valid
 * UTF-8 with LF, unless a comment says otherwise.
 */
#pragma once

#include "mail/mail.h"

/* HTML becomes plain text: blocks and <br> as lines, links by their text, blockquotes as "> ",
 * lists with "- ", tables by row; scripts, styles, comments, head and hidden elements left out. For
 * reading and search; never HTML again. */
char *text_from_html(const char *html, gsize length);

/* RFC 3676 format=flowed: lines that belong together become one; space-stuffing goes, "> " quotes
 * stay. */
char *text_unflow(const char *text, bool delsp);

/* Marks quoted text (with the line that introduces it, in the languages mail programs write it) and
 * the signature: MailSpan array, in order, not overlapping, beginning at line starts. */
GArray *text_mark(const char *body);

/* The first max_chars characters that the writer wrote (quotes and signature left out, blanks and
 * lines joined), new;
 * "" when there are none. For a line in a list. */
char *text_snippet(const char *body, const GArray *spans, gsize max_chars);

/* A text leaf as the content key sees it: LF, trailing blanks of lines and empty lines at the end
 * cut. */
char *text_normal(const char *text);

/* The first byte of [text, end), NUL or whatever it holds, that isn't part of clean text: valid UTF-8
 * without control characters other than \n and \t. end when all of it is. */
const char *text_unclean(const char *text, const char *end);

/* Nothing but ASCII, control characters included, and no NUL. */
bool text_is_ascii(const char *text, gsize length);

/* Valid UTF-8 in one line: control characters and line breaks become blanks, runs of blanks one,
 * ends trimmed. New. */
char *text_one_line(const char *text);
