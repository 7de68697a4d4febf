#include "base/mark.h"

#include "base/rfc2047.h"

#include <string.h>

bool
mark_is_header(const char *name)
{
	return g_ascii_strcasecmp(name, MARK_HEADER) == 0;
}

bool
mark_is_private(const char *value)
{
	g_autofree char *word = g_strdup(value);

	return g_ascii_strcasecmp(g_strstrip(word), "private") == 0;
}

static const char *
skip_blanks(const char *p)
{
	while (g_unichar_isspace(g_utf8_get_char(p)))
		p = g_utf8_next_char(p);
	return p;
}

/* Past "Re: ", "Fwd: ", "AW[2]: ", "Odp.: ": up to five letters, a count, a colon. */
static const char *
skip_prefix(const char *p)
{
	const char *q = p;
	int letters = 0;

	while (g_unichar_isalpha(g_utf8_get_char(q)) && letters++ < 5)
		q = g_utf8_next_char(q);
	if (letters == 0 || letters > 5)
		return p;
	if (*q == '.')
		q++;
	if (*q == '[' || *q == '(') {
		q += 1 + strspn(q + 1, "0123456789");
		if (*q != ']' && *q != ')')
			return p;
		q++;
	}
	q = skip_blanks(q); /* French: "RE : " */
	return *q == ':' ? skip_blanks(q + 1) : p;
}

static bool
begins_with(const char *text, const char *beginning)
{
	g_autofree char *a = g_utf8_casefold(text, -1);
	g_autofree char *b = g_utf8_casefold(beginning, -1);

	return g_str_has_prefix(a, b);
}

bool
mark_is_in_subject(const char *mark, const char *subject)
{
	const char *p = skip_blanks(subject), *before;

	if (*mark == '\0')
		return false;
	do {
		if (begins_with(p, mark))
			return true;
		before = p;
		p = skip_prefix(p);
	} while (p != before);
	return false;
}

const char *
mark_of_header(const Conf *conf, const char *name, const char *value)
{
	if (mark_is_header(name))
		return mark_is_private(value) ? "header" : NULL;
	if (g_ascii_strcasecmp(name, "Subject") == 0) {
		g_autofree char *subject = rfc2047_decode(value);

		return mark_is_in_subject(conf->milter.private_subject_mark, subject) ? "subject"
										      : NULL;
	}
	return NULL;
}
