/*
 * pages: what kartoteka.cgi shows, one function per address. The route table is in kartoteka.c.
 *
 * Each takes the Page, writes its frame and content (or a redirect, or a download) into its reply
 * and returns true; on false the caller shows the error's page instead.
 */
#pragma once

#include "webui-minimal/page.h"

/* The search behind the first page; the access record tells it from what somebody typed. */
#define PAGES_RECENT "after:today-30"

typedef bool (*PagesFunc)(Page *page, GError **error);

bool pages_sign_in(Page *page, GError **error);         /* GET and POST; before sign-in */
bool pages_sign_out(Page *page, GError **error);        /* POST */
bool pages_signed_out(Page *page, GError **error);      /* keeps what was sent, and does nothing */
bool pages_password(Page *page, GError **error);        /* GET and POST */
bool pages_home(Page *page, GError **error);            /* what came lately */
bool pages_search(Page *page, GError **error);          /* ?q= */
bool pages_contacts(Page *page, GError **error);        /* ?book= ?role= ?q= */
bool pages_contact(Page *page, GError **error);         /* card and history */
bool pages_contact_new(Page *page, GError **error);     /* GET and POST */
bool pages_contact_edit(Page *page, GError **error);    /* GET and POST */
bool pages_contact_books(Page *page, GError **error);   /* GET and POST */
bool pages_contact_delete(Page *page, GError **error);  /* GET and POST */
bool pages_contact_circles(Page *page, GError **error); /* GET and POST */
bool pages_message(Page *page, GError **error);         /* ?view=html */
bool pages_message_filing(Page *page, GError **error);  /* GET and POST; ?words= */
bool pages_message_circles(Page *page, GError **error); /* GET and POST */
bool pages_message_html(Page *page, GError **error);    /* for the sandboxed frame */
bool pages_attachment(Page *page, GError **error);
bool pages_source(Page *page, GError **error);
bool pages_review(Page *page, GError **error);      /* GET and POST */
bool pages_access(Page *page, GError **error);      /* books and their rights */
bool pages_book_rights(Page *page, GError **error); /* GET and POST */
bool pages_circles(Page *page, GError **error);     /* GET and POST */
bool pages_circle(Page *page, GError **error);      /* GET and POST */
bool pages_record(Page *page, GError **error);      /* ?all= ?contact= ?message= */
bool pages_who_contact(Page *page, GError **error);
bool pages_who_message(Page *page, GError **error);
bool pages_who_book(Page *page, GError **error);
