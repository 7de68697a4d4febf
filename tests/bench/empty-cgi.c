/*
 * empty-cgi: a page without anything, to compare other pages with.
 */
#include <stdio.h>

int
main(void)
{
	fputs("Content-Type: text/plain\r\n\r\nempty\n", stdout);
	return 0;
}
