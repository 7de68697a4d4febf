/*
 * card: a contact as a row of a list, and as the card beside its history.
 */
#pragma once

#include "rules/contact.h"
#include "rules/search.h"
#include "webui-minimal/page.h"

const char *card_role(ContactRole role); /* "Customer", in the page's language */

/* <li> of a list of class "people". */
void card_row(Page *page, const ContactView *contact);
void card_found_row(Page *page, const SearchContact *contact);

/* A field "book" with its label: one of these; field: its id on the page. */
void card_book_choice(Page *page, const char *field, const GPtrArray *books, const Id *chosen);

/* The whole card, with its employers or people, the books and the circles it is in. NULL arrays: not shown. */
void card_write(Page *page, const ContactView *contact, const GPtrArray *employers,
    const GPtrArray *people, const GPtrArray *books, const GPtrArray *circles);
