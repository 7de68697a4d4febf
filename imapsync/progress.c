#include "imapsync/progress.h"

#include "base/clock.h"

#include <stdio.h>

#define WIDTH 30

static void
print_time(gint64 ms)
{
	gint64 s = ms / CLOCK_SECOND;

	if (s >= 3600)
		fprintf(stderr, "about %" G_GINT64_FORMAT " h %02" G_GINT64_FORMAT " min left",
		    s / 3600, s % 3600 / 60);
	else if (s >= 60)
		fprintf(stderr, "about %" G_GINT64_FORMAT " min left", s / 60);
	else
		fprintf(stderr, "about %" G_GINT64_FORMAT " s left", s);
}

void
progress_show(gint64 taken, gint64 left, gint64 began)
{
	gint64 total = taken + left, elapsed = clock_monotonic_ms() - began;
	double share = total > 0 ? (double)taken / (double)total : 0;
	int filled = (int)(share * WIDTH);

	fprintf(stderr,
	    "\r[%.*s%*s] %3.0f %%  %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " messages, ", filled,
	    "##############################", WIDTH - filled, "", share * 100, taken, total);
	if (taken > 0 && elapsed > CLOCK_SECOND)
		print_time(elapsed * left / taken);
	else
		fputs("looking", stderr);
	fputs("\033[K", stderr);
	fflush(stderr);
}

void
progress_end(void)
{
	fputc('\n', stderr);
}
