/*
 * message: what stands beside a letter on its page: where it is filed and why, its conversation,
 * its versions, how it came in, and what a delivery report says.
 */
#pragma once

#include "rules/view.h"
#include "webui-minimal/page.h"

/* What a delivery report or a read receipt says, above its text; nothing for other mail. */
void message_report(Page *page, const Mail *mail);

/* The names of the contacts it is filed under, in the order of its filings ("" when gone since), and
 * their row in the access record. GPtrArray of char. */
GPtrArray *message_contacts(Page *page, const View *view, GError **error);

/* One filing: the contact by its name, why, and whether only a hint or closed. */
void message_filing(Page *page, const HistoryFiling *filing, const char *name);

/* The boxes of the side; id: of the message, as text; contacts: their names;
 * circles: those around it (Circle). */
void message_aside(Page *page, const View *view, const char *id, const GPtrArray *contacts,
    const GPtrArray *circles);
