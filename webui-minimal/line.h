/*
 * line: one letter in a list: which way it went, who wrote to whom, what about, what must be known
 * of it, and why it stands here. And a whole list of them, by day and month, threads folded.
 */
#pragma once

#include "rules/search.h"
#include "webui-minimal/page.h"

/* contact: whose history it is, so that only the reason of that filing is told; NULL: none is. hit:
 * the snippet to show instead of the beginning, or NULL. */
void line_write(
    Page *page, const HistoryLine *line, const Id *contact, const SearchHit *hit, bool current);

/* HistoryLine pointers, newest first; what is one thread on this page is folded under its newest
 * line. */
void line_list(Page *page, const GPtrArray *lines, const Id *contact);

/* "the address stands in To": why a message is filed under a contact. In the page's language. */
const char *line_reason(const HistoryFiling *filing);

/* Tags for what must be known of a letter: forged, unverified, automatic, a report, private ... */
void line_tags(Page *page, const HistoryLine *line);

/* The name of a person as shown: the name, else the address; never NULL. */
const char *line_name(const SummaryPerson *person);
