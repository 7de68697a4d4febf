#include "config.h"

#include "webui-minimal/intl.h"

#include "base/error.h"

#include <locale.h>
#include <string.h>
#include <time.h>

const char *const intl_languages[] = {"en", "cs", NULL};
static const char *language = "en";
static bool opened;

static const char *
translate(const char *text)
{
	return _(text);
}

void
intl_open(const char *wanted)
{
	const char *folder = g_getenv("KARTOTEKA_LOCALE_DIRECTORY"); /* tests: not installed yet */

	if (opened)
		return;
	opened = true;
	if (wanted == NULL || strcmp(wanted, "en") == 0 || !g_strv_contains(intl_languages, wanted))
		return;
	language = g_intern_string(wanted);
	g_setenv("LANGUAGE", language, TRUE);
	setlocale(LC_MESSAGES, "C.UTF-8"); /* in plain "C" gettext looks at nothing */
	bindtextdomain(PACKAGE, folder ? folder : LOCALEDIR);
	bind_textdomain_codeset(PACKAGE, "UTF-8");
	textdomain(PACKAGE);
	error_translate_by(translate);
}

const char *
intl_language(void)
{
	return language;
}

const char *
intl_context(const char *key, const char *text)
{
	const char *found = gettext(key);

	return found == key ? text : found;
}

static struct tm
local(gint64 when)
{
	time_t seconds = (time_t)(when / 1000 - (when % 1000 < 0));
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	localtime_r(&seconds, &tm);
	tm.tm_wday = CLAMP(tm.tm_wday, 0, 6);
	tm.tm_mon = CLAMP(tm.tm_mon, 0, 11);
	return tm;
}

static const char *
weekday(const struct tm *tm)
{
	static const char *const names[] = {N_("Sunday"), N_("Monday"), N_("Tuesday"),
	    N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday")};

	return _(names[tm->tm_wday]);
}

/* Standing alone: "listopad". */
static const char *
month_alone(const struct tm *tm)
{
	switch (tm->tm_mon) {
	case 0:
		return pgettext("alone", "January");
	case 1:
		return pgettext("alone", "February");
	case 2:
		return pgettext("alone", "March");
	case 3:
		return pgettext("alone", "April");
	case 4:
		return pgettext("alone", "May");
	case 5:
		return pgettext("alone", "June");
	case 6:
		return pgettext("alone", "July");
	case 7:
		return pgettext("alone", "August");
	case 8:
		return pgettext("alone", "September");
	case 9:
		return pgettext("alone", "October");
	case 10:
		return pgettext("alone", "November");
	default:
		return pgettext("alone", "December");
	}
}

/* Behind a day: "18. listopadu". */
static const char *
month_of_day(const struct tm *tm)
{
	static const char *const names[] = {N_("January"), N_("February"), N_("March"), N_("April"),
	    N_("May"), N_("June"), N_("July"), N_("August"), N_("September"), N_("October"),
	    N_("November"), N_("December")};

	return _(names[tm->tm_mon]);
}

static const char *
month_short(const struct tm *tm)
{
	static const char *const names[] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	return names[tm->tm_mon];
}

static bool
is_czech(void)
{
	return language[0] == 'c';
}

/* Days since some day, by the calendar here. */
static gint64
day_number(const struct tm *tm)
{
	gint64 year = tm->tm_year + G_GINT64_CONSTANT(1899); /* the year before has ended */

	return year * 365 + year / 4 - year / 100 + year / 400 + tm->tm_yday;
}

char *
intl_heading(gint64 when, gint64 now)
{
	struct tm then = local(when), today = local(now);
	gint64 days = day_number(&today) - day_number(&then);

	if (days == 0)
		return g_strdup(_("Today"));
	if (days == 1)
		return g_strdup(_("Yesterday"));
	if (days > 1 && days < 7)
		return g_strdup_printf(is_czech() ? "%s %d. %s" : "%s %d %s", weekday(&then),
		    then.tm_mday, month_of_day(&then));
	return g_strdup_printf("%s %d", month_alone(&then), then.tm_year + 1900);
}

char *
intl_short(gint64 when, gint64 now)
{
	struct tm then = local(when), today = local(now);

	if (day_number(&today) == day_number(&then))
		return g_strdup_printf("%d:%02d", then.tm_hour, then.tm_min);
	if (is_czech())
		return then.tm_year == today.tm_year
			   ? g_strdup_printf("%d.\u00a0%d. %d:%02d", then.tm_mday, then.tm_mon + 1,
				 then.tm_hour, then.tm_min)
			   : g_strdup_printf("%d.\u00a0%d.\u00a0%d", then.tm_mday, then.tm_mon + 1,
				 then.tm_year + 1900);
	return then.tm_year == today.tm_year ? g_strdup_printf("%d\u00a0%s %d:%02d", then.tm_mday,
						   month_short(&then), then.tm_hour, then.tm_min)
					     : g_strdup_printf("%d\u00a0%s\u00a0%d", then.tm_mday,
						   month_short(&then), then.tm_year + 1900);
}

char *
intl_full(gint64 when)
{
	struct tm tm = local(when);

	return g_strdup_printf(
	    is_czech() ? "%s %d.\u00a0%s %d, %d:%02d" : "%s %d\u00a0%s %d, %d:%02d", weekday(&tm),
	    tm.tm_mday, month_of_day(&tm), tm.tm_year + 1900, tm.tm_hour, tm.tm_min);
}

char *
intl_machine(gint64 when)
{
	struct tm tm = local(when);
	long minutes = tm.tm_gmtoff / 60;

	return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02d%c%02ld:%02ld", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, minutes < 0 ? '-' : '+',
	    labs(minutes) / 60, labs(minutes) % 60);
}

char *
intl_size(guint64 bytes)
{
	if (bytes < 1000)
		return g_strdup_printf("%d\u00a0B", (int)bytes);
	if (bytes < 1000 * 1000 - 500)
		return g_strdup_printf("%d\u00a0KB", (int)((bytes + 500) / 1000));
	bytes = (bytes + 50000) / 100000;
	return g_strdup_printf("%" G_GUINT64_FORMAT "%c%d\u00a0MB", bytes / 10,
	    is_czech() ? ',' : '.', (int)(bytes % 10));
}
