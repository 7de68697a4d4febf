#include "rules/snippet.h"

#include "rules/query.h"

#include <stdbool.h>
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

/* Words to look for, and the letters that they begin with: most words of a text are passed over. */
typedef struct {
	GPtrArray *words;
	bool first[0x80];
} Wanted;

static Wanted
want(GPtrArray *words)
{
	Wanted wanted = {.words = words};

	for (guint i = 0; i < words->len; i++) {
		guint8 letter = *(const guint8 *)words->pdata[i];

		if (letter < 0x80)
			wanted.first[letter] = true;
	}
	return wanted;
}

/* Reads the word at p into word (folded); its end. */
static const char *
read_word(const char *p, GString *word)
{
	g_string_truncate(word, 0);
	while (*p != '\0') {
		gunichar letter = g_utf8_get_char(p), folded;

		if (!query_is_word(letter))
			break;
		folded = query_fold(letter);
		if (folded != 0)
			g_string_append_unichar(word, folded);
		p = g_utf8_next_char(p);
	}
	return p;
}

/* The next word from *p on that is wanted: its beginning, *p becomes its end; NULL at the end of the text. */
static const char *
next_match(const Wanted *wanted, const char **p, const char *limit, GString *word)
{
	const char *at = *p;

	while (at < limit && *at != '\0') {
		guint8 byte = (guint8)*at;
		const char *begin = at;

		if (byte < 0x80 && !g_ascii_isalnum(*at)) {
			at++;
		} else if (byte < 0x80 && !wanted->first[(guint8)g_ascii_tolower(*at)]) {
			while (g_ascii_isalnum(*at))
				at++;
			if ((guint8)*at >= 0x80) /* the rest of this word */
				at = read_word(at, word);
		} else {
			at = read_word(at, word);
			if (at == begin)
				at = g_utf8_next_char(at);
			else if (matches(word->str, wanted->words)) {
				*p = at;
				return begin;
			}
		}
	}
	return NULL;
}

/* Where the snippet begins: a little before the first word found, at a word's beginning. */
static const char *
find_begin(const char *text, const Wanted *wanted)
{
	g_autoptr(GString) word = g_string_new(NULL);
	const char *p = text, *begin = next_match(wanted, &p, text + LOOK_AT, word);

	if (begin == NULL)
		return text;
	for (int i = 0; i < BEFORE_CHARS && begin > text; i++)
		begin = g_utf8_prev_char(begin);
	while (begin > text && *begin != ' ' && *begin != '\n' && begin < p)
		begin = g_utf8_next_char(begin);
	return begin;
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
	Wanted wanted = want(words);
	char *line = flatten(find_begin(text, &wanted), max_chars);
	GArray *marks = g_array_new(FALSE, FALSE, sizeof(SnippetMark));
	g_autoptr(GString) word = g_string_new(NULL);
	const char *p = line, *begin, *limit = line + strlen(line);

	while ((begin = next_match(&wanted, &p, limit, word)) != NULL) {
		SnippetMark mark = {(guint)(begin - line), (guint)(p - begin)};

		g_array_append_val(marks, mark);
	}
	*ret_marks = marks;
	return line;
}
