/* Dates, RFC 5322. Nearly all programs write them in one form, which is read here; the others, and what
 * never was a form, are GMime's. */
#include "mail/parse-internal.h"

#include <string.h>

#define DAYS_TO_1970 719163 /* as GDate counts them */

static bool
take_blanks(const char **at)
{
	gsize n = strspn(*at, " \t");

	*at += n;
	return n > 0;
}

static bool
take_digits(const char **at, guint least, guint most, guint *ret)
{
	guint n = 0;

	for (*ret = 0; n < most && g_ascii_isdigit(**at); n++)
		*ret = *ret * 10 + (guint)g_ascii_digit_value(*(*at)++);
	return n >= least;
}

/* Which of these names of three letters it is, from 1; 0: none. */
static guint
take_name(const char **at, const char *names)
{
	for (guint i = 0; names[3 * i]; i++) {
		if (strncmp(*at, names + 3 * i, 3) != 0)
			continue;
		*at += 3;
		return i + 1;
	}
	return 0;
}

static bool
take(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}

/* "05 Feb 2024" in days since 1970. */
static bool
take_day(const char **at, gint64 *ret)
{
	GDate date;
	guint day, month, year;

	if (!take_digits(at, 1, 2, &day) || !take_blanks(at))
		return false;
	month = take_name(at, "JanFebMarAprMayJunJulAugSepOctNovDec");
	if (!month || !take_blanks(at) || !take_digits(at, 4, 4, &year) || year < 1970 ||
	    !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
		return false;
	g_date_clear(&date, 1);
	g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
	*ret = (gint64)g_date_get_julian(&date) - DAYS_TO_1970;
	return true;
}

/* "10:15:00 +0100" in seconds since that day began in UTC. */
static bool
take_time(const char **at, gint64 *ret)
{
	guint hour, minute, second, zone;
	bool west;

	if (!take_digits(at, 2, 2, &hour) || !take(at, ':') || !take_digits(at, 2, 2, &minute) ||
	    !take(at, ':') || !take_digits(at, 2, 2, &second) || !take_blanks(at) || hour > 23 ||
	    minute > 59 || second > 59)
		return false;
	west = take(at, '-');
	if ((!west && !take(at, '+')) || !take_digits(at, 4, 4, &zone) || zone >= 1200 ||
	    zone % 100 > 59)
		return false;
	zone = zone / 100 * 60 + zone % 100;
	*ret = (gint64)hour * 3600 + minute * 60 + second + (west ? 60 : -60) * (gint64)zone;
	return true;
}

/* "Mon, 05 Feb 2024 10:15:00 +0100 (CET)" */
static bool
read_usual(const char *at, gint64 *ret)
{
	gint64 days, seconds;
	gsize folded = strspn(at, " \t\r\n");

	at += folded;
	if (folded > 0 && at[-1] != ' ' && at[-1] != '\t')
		return false;
	if (take_name(&at, "MonTueWedThuFriSatSun") && (!take(&at, ',') || !take_blanks(&at)))
		return false;
	if (!take_day(&at, &days) || !take_blanks(&at) || !take_time(&at, &seconds))
		return false;
	if (take_blanks(&at) && take(&at, '(')) {
		at += strcspn(at, "()\\");
		if (!take(&at, ')'))
			return false;
	}
	*ret = days * 86400 + seconds;
	return *at == '\0';
}

gint64
parse_date(const char *value)
{
	gint64 seconds = 0;

	if (!read_usual(value, &seconds)) {
		g_autoptr(GDateTime) date = g_mime_utils_header_decode_date(value);

		seconds = date ? g_date_time_to_unix(date) : 0;
	}
	/* Nothing was mailed before 1970, and nobody lives in the year 3000. */
	return seconds > 0 && seconds < G_GINT64_CONSTANT(32503680000) ? seconds : 0;
}
