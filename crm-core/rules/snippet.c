#include "rules/snippet.h"

#include "rules/query.h"

#include <string.h>

/* No more of a text is looked at: a page shows 50 of them. */
#define LOOK_AT (256 * 1024)
#define BEFORE_CHARS 40

/* Does the word (folded) match one of words? */
static bool
matches(const char *folded, GPtrArray *words)
{
	for (guint i = 0; i < words->len; i++) {
		const char *word = words->pdata[i];
		gsize length = strlen(word);

		if (length > 0 && word[length - 1] == '*') {
			if (strncmp(folded, word, length - 1) == 0)
				return true;
		} else if (strcmp(folded, word) == 0) {
			return true;
		}
	}
	return false;
}

/* The next word from *p on: its folded form in word, its end; false at the end of the text. */
static bool
next_word(const char **p, const char *limit, GString *word, const char **begin)
{
	const char *at = *p;

	g_string_truncate(word, 0);
	while (at < limit && *at != '\0' && !query_is_word(g_utf8_get_char(at)))
		at = g_utf8_next_char(at);
	*begin = at;
	while (at < limit && *at != '\0') {
		gunichar letter = g_utf8_get_char(at), folded;

		if (!query_is_word(letter))
			break;
		folded = query_fold(letter);
		if (folded != 0)
			g_string_append_unichar(word, folded);
		at = g_utf8_next_char(at);
	}
	*p = at;
	return at > *begin;
}

/* Where the snippet begins: a little before the first word found, at a word's beginning. */
static const char *
find_begin(const char *text, GPtrArray *words)
{
	g_autoptr(GString) word = g_string_new(NULL);
	const char *p = text, *begin, *limit = text + LOOK_AT;

	while (next_word(&p, limit, word, &begin)) {
		if (!matches(word->str, words))
			continue;
		for (int i = 0; i < BEFORE_CHARS && begin > text; i++)
			begin = g_utf8_prev_char(begin);
		while (begin > text && *begin != ' ' && *begin != '\n' && begin < p)
			begin = g_utf8_next_char(begin);
		return begin;
	}
	return text;
}

/* In one line, runs of blanks as one. */
static char *
flatten(const char *text, guint max_chars)
{
	GString *out = g_string_new(NULL);
	bool blank = false;

	for (guint i = 0; i < max_chars && *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar letter = g_utf8_get_char(text);

		if (g_unichar_isspace(letter) || g_unichar_iscntrl(letter)) {
			blank = out->len > 0;
			continue;
		}
		if (blank)
			g_string_append_c(out, ' ');
		blank = false;
		g_string_append_unichar(out, letter);
		i++;
	}
	return g_string_free(out, FALSE);
}

char *
snippet_make(const char *text, GPtrArray *words, guint max_chars, GArray **ret_marks)
{
	char *line = flatten(find_begin(text, words), max_chars);
	GArray *marks = g_array_new(FALSE, FALSE, sizeof(SnippetMark));
	g_autoptr(GString) word = g_string_new(NULL);
	const char *p = line, *begin, *limit = line + strlen(line);

	while (next_word(&p, limit, word, &begin)) {
		SnippetMark mark = {(guint)(begin - line), (guint)(p - begin)};

		if (matches(word->str, words))
			g_array_append_val(marks, mark);
	}
	*ret_marks = marks;
	return line;
}
