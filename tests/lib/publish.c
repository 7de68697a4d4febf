/* Writes a list of exclusions for shell tests: publish FILE TEXT=WORD... */
#include "base/published.h"

#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	static const guint8 key[PUBLISHED_KEY_SIZE] = "a key of 32 bytes, for this test";
	g_autoptr(Published) list = published_new(PUBLISHED_EXCLUSIONS, key);
	g_autoptr(GError) error = NULL;

	for (int i = 2; i < argc; i++) {
		g_auto(GStrv) pair = g_strsplit(argv[i], "=", 2);

		published_add(list, pair[0], pair[1]);
	}
	if (published_write(list, argv[1], "", &error))
		return 0;
	fprintf(stderr, "%s\n", error->message);
	return 1;
}
