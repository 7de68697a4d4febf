#include "rules/query-date.h"

#include <stdio.h>
#include <string.h>

/* Reads length digits; -1 when there are others. */
static int
digits(const char *text, int length)
{
	int value = 0;

	for (int i = 0; i < length; i++) {
		if (!g_ascii_isdigit(text[i]))
			return -1;
		value = value * 10 + text[i] - '0';
	}
	return value;
}

/* The first moment of a local day, in seconds. Days before 1970 count as 1970: no mail is older. */
static gint64
day_begin(GDateTime *day)
{
	g_autoptr(GDateTime) begin = g_date_time_new_local(g_date_time_get_year(day),
	    g_date_time_get_month(day), g_date_time_get_day_of_month(day), 0, 0, 0);

	return begin == NULL ? 0 : MAX(0, g_date_time_to_unix(begin));
}

static bool
span(GDateTime *first, int years, int months, int days, gint64 *begin, gint64 *end)
{
	g_autoptr(GDateTime) after = NULL;

	if (first == NULL)
		return false;
	after = g_date_time_add_full(first, years, months, days, 0, 0, 0);
	if (after == NULL)
		return false;
	*begin = day_begin(first);
	*end = day_begin(after);
	return true;
}

static bool
relative(const char *text, gint64 now, gint64 *begin, gint64 *end)
{
	g_autoptr(GDateTime) today = g_date_time_new_from_unix_local(now / 1000);
	g_autoptr(GDateTime) day = NULL;
	gint64 back = 0;

	const char *rest = text;

	if (g_ascii_strcasecmp(text, "yesterday") == 0 ||
	    g_ascii_strcasecmp(text, "v\304\215era") == 0 ||
	    g_ascii_strcasecmp(text, "vcera") == 0) {
		back = 1;
		rest += strlen(rest);
	} else if (g_ascii_strncasecmp(text, "today", 5) == 0) {
		rest += 5;
	} else if (g_ascii_strncasecmp(text, "dnes", 4) == 0) {
		rest += 4;
	} else
		return false;
	if (*rest == '-') {
		gsize length = strlen(rest + 1);

		if (length == 0 || length > 5 || (back = digits(rest + 1, (int)length)) < 0)
			return false;
	} else if (*rest != '\0') {
		return false;
	}
	day = g_date_time_add_days(today, -(int)back);
	return span(day, 0, 0, 1, begin, end);
}

bool
query_date_parse(const char *text, gint64 now, gint64 *begin, gint64 *end)
{
	gsize length = strlen(text);
	g_autoptr(GDateTime) first = NULL;
	int year, month = 1, day = 1;
	char rest;

	if (length <= 10 && sscanf(text, "%2d.%2d.%4d%c", &day, &month, &year, &rest) == 3 &&
	    year > 999 && month > 0 && day > 0) {
		first = g_date_time_new_local(year, month, day, 0, 0, 0);
		return span(first, 0, 0, 1, begin, end);
	}
	month = day = 1;
	if (length != 4 && length != 7 && length != 10)
		return relative(text, now, begin, end);
	year = digits(text, 4);
	if (length >= 7)
		month = text[4] == '-' ? digits(text + 5, 2) : -1;
	if (length == 10)
		day = text[7] == '-' ? digits(text + 8, 2) : -1;
	if (year < 1 || month < 1 || day < 1)
		return relative(text, now, begin, end);
	first = g_date_time_new_local(year, month, day, 0, 0, 0);
	return span(first, length == 4, length == 7, length == 10, begin, end);
}
