/*
 * staff: the fields by which a form names colleagues: who, until when, and why. And what was sent in them.
 */
#pragma once

#include "webui-minimal/page.h"

/* What was typed; texts of the request, "" when absent. */
typedef struct {
	const char *who, *until, *reason;
	Id id; /* of staff_who() */
	bool team;
	gint64 until_ms;     /* of staff_until(): the end of that day; 0: none */
	const char *problem; /* why it was refused, or NULL */
} Staff;

/* Nothing was typed: for a form that isn't the one that was sent. */
extern const Staff staff_none;

Staff staff_read(const Cgi *cgi);

/* "2026-11-18" as the end of that day here; "" or NULL is 0. ERROR_INVALID. */
bool staff_day(const char *text, gint64 *ret, GError **error);

/* Fills in id, team and until_ms. ERROR_INVALID. */
bool staff_parse(Staff *staff, GError **error);

/* A field for one of the users who haven't left (without_me: not the reader), and of the teams (NULL: none). */
void staff_write_who(
    Page *page, const Staff *staff, const GPtrArray *users, const GPtrArray *teams);
void staff_write_until(Page *page, const Staff *staff);
/* The end of a form: why, and the button, whose "do" is action. */
void staff_write_do(Page *page, const Staff *staff, const char *action, const char *text);

/* A form, folded away unless it was refused, that ends something for a reason: field=value says what, action is the
 * "do" of the button. */
void staff_write_end(Page *page, const Staff *staff, const char *path, const char *field,
    const char *value, const char *action, const char *text);

/* The names of the circles (GPtrArray of Circle) that a contact or mail is in, leading to the page that changes it;
 * nothing when there are none. path: of ours. */
void staff_write_circles(Page *page, const GPtrArray *circles, const char *path);

/* The sentence of what was refused, on top of a page. */
void staff_write_problem(Page *page, const char *problem);

/* What somebody can do something about: the page is shown again, with it, and the reply's status set. */
bool staff_can_mend(Page *page, const GError *problem);
