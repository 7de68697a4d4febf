#include "rules/header.h"

#include <string.h>

gsize
header_field(const char *data, gsize size)
{
	gsize at = 0;

	if (size == 0 || data[0] == '\n' || (data[0] == '\r' && size > 1 && data[1] == '\n'))
		return 0;
	do {
		const char *newline = memchr(data + at, '\n', size - at);

		at = newline != NULL ? (gsize)(newline - data) + 1 : size;
	} while (at < size && (data[at] == ' ' || data[at] == '\t'));
	return at;
}

bool
header_is(const char *field, gsize length, const char *name)
{
	gsize at = strlen(name);

	if (length <= at || g_ascii_strncasecmp(field, name, at) != 0)
		return false;
	while (at < length && (field[at] == ' ' || field[at] == '\t'))
		at++;
	return at < length && field[at] == ':';
}
