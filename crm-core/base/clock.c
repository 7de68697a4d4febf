#include "base/clock.h"

#include "config.h"

#include <time.h>

static gint64
read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000000;
}

gint64
clock_ms(void)
{
#ifdef FAULT_POINTS
	const char *moved = g_getenv("KARTOTEKA_CLOCK");

	if (moved != NULL && (*moved == '+' || *moved == '-'))
		return read_clock(CLOCK_REALTIME) + g_ascii_strtoll(moved, NULL, 10) * CLOCK_SECOND;
	if (moved != NULL && *moved != '\0')
		return g_ascii_strtoll(moved, NULL, 10);
#endif
	return read_clock(CLOCK_REALTIME);
}

gint64
clock_ms_after(gint64 floor)
{
	return MAX(clock_ms(), floor);
}

gint64
clock_monotonic_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

char *
clock_text(gint64 ms)
{
	gint64 seconds = ms / 1000 - (ms % 1000 < 0);
	int rest = (int)(ms - seconds * 1000);
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
	g_autofree char *text = NULL;

	if (time == NULL) /* beyond the year 9999 */
		return g_strdup_printf("%" G_GINT64_FORMAT "ms", ms);
	text = g_date_time_format(time, "%Y-%m-%dT%H:%M:%S");
	return g_strdup_printf("%s.%03dZ", text, rest);
}
