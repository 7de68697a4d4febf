/* Prints the table of settings for tests/lint/conf.sh; with --paths what in it depends on ./configure. */
#include "base/conf.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
	g_autofree char *table = conf_describe();

	if (argc > 1)
		printf("%s\t/etc\n%s\t/var\n%s\t/usr/share/kartoteka\n", SYSCONFDIR, LOCALSTATEDIR,
		    PKGDATADIR);
	else
		fputs(table, stdout);
	return 0;
}
