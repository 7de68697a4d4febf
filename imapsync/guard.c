#include "imapsync/guard.h"

#include "base/error.h"

#include <string.h>

#define PASSED_MAX                                                                                 \
	(4 * 1024 *                                                                                \
	    1024) /* bytes of one answer that libetpan sees, literals aside: it keeps them */
#define LINE_MAX_PASSED (256 * 1024) /* of one response of these */
#define TAKEN_MAX (4 * 1024 * 1024)  /* of a response that is taken out */
#define STATUS_LINES_MAX 1000        /* OK, NO ... in one answer: libetpan makes a list of them */
#define NESTING_MAX                                                                                \
	3 /* of parentheses in FETCH; what we ask for needs 2, and libetpan goes into them by recursion */

typedef enum {
	AT_START,  /* of a response: its first bytes are held back until they tell what it is */
	IN_STATUS, /* passes; no literal can begin here */
	IN_FETCH,  /* passes, with quoted strings and literals */
	IN_TAKEN,
	IN_DROPPED,
	IN_LITERAL, /* of the response in around */
} State;

/* Where we are in "{123}\r\n". */
typedef enum { BRACE_NONE, BRACE_OPEN, BRACE_DIGITS, BRACE_CLOSED, BRACE_CR } Brace;

struct Guard {
	GuardTake take;
	gpointer data;
	guint wanted;
	gsize literal_max;
	guint64 total_max;

	State state, around;
	bool failed;
	char head[GUARD_ROOM]; /* held back */
	gsize held;
	guint8 *out; /* where the next byte that passes goes */

	/* the response */
	bool tagged;
	bool coded;     /* its first "[" has come */
	GuardKind kind; /* of a response that is taken out */
	gsize line;     /* its bytes, literals aside */
	bool quoted, escaped;
	guint nesting;
	Brace brace;
	guint64 literal; /* announced, then what is left of it */
	GString *taken;

	/* the answer: everything up to a tagged line */
	gsize passed; /* bytes to libetpan, literals aside */
	guint64 total;
	guint status_lines;

	guint32 exists;
	bool news;
};

Guard *
guard_new(GuardTake take, gpointer data)
{
	Guard *guard = g_new0(Guard, 1);

	guard->take = take;
	guard->data = data;
	guard->taken = g_string_new(NULL);
	guard_expect(guard, 0, 0, 1024 * 1024);
	return guard;
}

void
guard_free(Guard *guard)
{
	if (guard == NULL)
		return;
	g_string_free(guard->taken, TRUE);
	g_free(guard);
}

void
guard_expect(Guard *guard, guint wanted, gsize literal, guint64 total)
{
	guard->wanted = wanted;
	guard->literal_max = literal;
	guard->total_max = total;
}

bool
guard_is_at_rest(const Guard *guard)
{
	return guard->state == AT_START && guard->held == 0;
}

bool
guard_take_news(Guard *guard)
{
	bool news = guard->news;

	guard->news = false;
	return news;
}

void
guard_forget_folder(Guard *guard)
{
	guard->exists = 0;
	guard->news = false;
}

guint32
guard_exists(const Guard *guard)
{
	return guard->exists;
}

/* What a response is
 * --------------------------------------------------------------------------------------------------------
 */

/* word stands at text, up to a blank or the end */
static bool
is_word(const char *text, const char *word)
{
	const gsize length = strlen(word);

	return g_ascii_strncasecmp(text, word, length) == 0 &&
	       strchr(" \r\n", text[length]) != NULL;
}

static State
classify_numbered(Guard *guard, const char *text)
{
	char *word;
	const guint64 number = g_ascii_strtoull(text, &word, 10);

	word += strspn(word, " ");
	if (is_word(word, "FETCH") && (guard->wanted & GUARD_FETCH) != 0)
		return IN_FETCH;
	if (is_word(word, "EXISTS") && number <= G_MAXUINT32) {
		guard->news = guard->news || guard->exists != number;
		guard->exists = (guint32)number;
	} else if (is_word(word, "EXPUNGE")) {
		guard->news = true;
		guard->exists -= guard->exists > 0;
	}
	return IN_DROPPED;
}

static State
classify(Guard *guard, const char *word)
{
	static const char *const passing[] = {
	    "OK", "NO", "BAD", "PREAUTH", "CAPABILITY", "ENABLED"};
	static const struct {
		const char *word;
		GuardKind kind;
	} taken[] = {{"BYE", GUARD_BYE}, {"LIST", GUARD_LIST}, {"STATUS", GUARD_STATUS},
	    {"SEARCH", GUARD_SEARCH}, {"ESEARCH", GUARD_SEARCH}, {"VANISHED", GUARD_VANISHED}};

	if (g_ascii_isdigit(*word))
		return classify_numbered(guard, word);
	for (gsize i = 0; i < G_N_ELEMENTS(passing); i++)
		if (is_word(word, passing[i]))
			return IN_STATUS;
	for (gsize i = 0; i < G_N_ELEMENTS(taken); i++) {
		if (!is_word(word, taken[i].word))
			continue;
		guard->kind = taken[i].kind;
		guard->news = guard->news || guard->kind == GUARD_VANISHED;
		return guard->kind == GUARD_BYE || (guard->wanted & guard->kind) != 0 ? IN_TAKEN
										      : IN_DROPPED;
	}
	return IN_DROPPED;
}

/* Is enough held back to know what begins here? For "* 5 FETCH" that is the end of the second word. */
static bool
is_decided(const Guard *guard)
{
	const char *head = guard->head, last = head[guard->held - 1];

	if (*head != '*' || (guard->held == 2 && last != ' ') || guard->held >= GUARD_ROOM - 1 ||
	    last == '\n')
		return true;
	if (guard->held < 3 || (last != ' ' && last != '\r'))
		return false;
	return last == '\r' || !g_ascii_isdigit(head[2]) ||
	       memchr(head + 2, ' ', guard->held - 2) != head + guard->held - 1;
}

static bool
begin(Guard *guard, GError **error)
{
	const char *head = guard->head;

	guard->line = 0;
	guard->nesting = 0;
	guard->quoted = guard->escaped = guard->coded = false;
	guard->brace = BRACE_NONE;
	guard->tagged = g_ascii_isalnum(*head);
	if (guard->tagged || *head == '+')
		guard->state = IN_STATUS;
	else if (head[0] == '*' && guard->held > 1 && head[1] == ' ')
		guard->state = classify(guard, head + 2);
	else
		return error_set(error, ERROR_INVALID,
		    "The server talks no IMAP: a line begins with byte %u.",
		    (guint8)(*head == '*' ? head[1] : *head));
	if (guard->state == IN_TAKEN)
		g_string_truncate(guard->taken, 0);
	if (guard->state == IN_STATUS && ++guard->status_lines > STATUS_LINES_MAX)
		return error_set(error, ERROR_INVALID,
		    "The server sent more than %d lines of status in answer to one command.",
		    STATUS_LINES_MAX);
	return true;
}

/* The bytes of a response
 * --------------------------------------------------------------------------------------------------------
 */

/* Its end of line, and no more: a literal may stand before that. */
static void
cut(GString *taken, char last)
{
	if (taken->len > 0 && taken->str[taken->len - 1] == last)
		g_string_truncate(taken, taken->len - 1);
}

/* A response is complete. */
static bool
finish(Guard *guard, GError **error)
{
	g_autofree char *said = NULL;

	if (guard->tagged) {
		guard->passed = guard->status_lines = 0;
		guard->total = 0;
	}
	if (guard->state == IN_TAKEN) {
		cut(guard->taken, '\n');
		cut(guard->taken, '\r');
		if (guard->kind == GUARD_BYE && (guard->wanted & GUARD_BYE) == 0) {
			said = g_utf8_make_valid(guard->taken->str, MIN(guard->taken->len, 200));
			return error_set(error, ERROR_TEMPORARY,
			    "The server ends the connection: %s",
			    said + MIN(strlen(said), strlen("* BYE ")));
		}
		if (guard->kind != GUARD_BYE && guard->taken->len > 2)
			guard->take(
			    guard->kind, guard->taken->str + 2, guard->taken->len - 2, guard->data);
		if (guard->taken->allocated_len > 64 * 1024) {
			g_string_free(guard->taken, TRUE);
			guard->taken = g_string_new(NULL);
		}
	}
	guard->state = AT_START;
	return true;
}

static bool
begin_literal(Guard *guard, GError **error)
{
	const guint64 max = guard->state == IN_FETCH   ? guard->literal_max
			    : guard->state == IN_TAKEN ? TAKEN_MAX - guard->taken->len
						       : guard->total_max;

	if (guard->literal > max)
		return error_set(error, ERROR_TOO_BIG,
		    "The server announces %" G_GUINT64_FORMAT
		    " bytes where at most %" G_GUINT64_FORMAT " may come.",
		    guard->literal, max);
	guard->brace = BRACE_NONE;
	if (guard->literal > 0) {
		guard->around = guard->state;
		guard->state = IN_LITERAL;
	}
	return true;
}

/* Follows "{123}\r\n"; false: this byte doesn't go on with what the bytes before began. */
static bool
brace(Guard *guard, guint8 c)
{
	const Brace before = guard->brace;

	guard->brace = c == '{' ? BRACE_OPEN : BRACE_NONE;
	if (before == BRACE_NONE || c == '{')
		return before == BRACE_NONE;
	if ((before == BRACE_OPEN || before == BRACE_DIGITS) && g_ascii_isdigit(c)) {
		guard->literal = before == BRACE_OPEN ? 0 : guard->literal;
		guard->literal =
		    MIN(guard->literal * 10 + c - '0', G_MAXUINT32 * G_GUINT64_CONSTANT(1000));
		guard->brace = BRACE_DIGITS;
	} else if (before == BRACE_DIGITS && c == '}') {
		guard->brace = BRACE_CLOSED;
	} else if (before == BRACE_CLOSED && c == '\r') {
		guard->brace = BRACE_CR;
	}
	return guard->brace != BRACE_NONE ||
	       ((before == BRACE_CLOSED || before == BRACE_CR) && c == '\n');
}

/* A byte of FETCH, as libetpan will read it. */
static bool
look_fetch(Guard *guard, guint8 c, GError **error)
{
	if (guard->quoted && (c == '\r' || c == '\n'))
		return error_set(
		    error, ERROR_INVALID, "The server broke a line within a quoted string.");
	if (guard->quoted) {
		guard->quoted = c != '"' || guard->escaped;
		guard->escaped = c == '\\' && !guard->escaped;
		return true;
	}
	if (!brace(guard, c))
		return error_set(
		    error, ERROR_INVALID, "The server sent a \"{\" that begins no literal.");
	guard->quoted = c == '"';
	guard->nesting += c == '(';
	guard->nesting -= c == ')' && guard->nesting > 0;
	if (guard->nesting > NESTING_MAX)
		return error_set(error, ERROR_INVALID,
		    "The server sent parts of a message that weren't asked for.");
	return true;
}

static bool
pass(Guard *guard, guint8 c, GError **error)
{
	if (++guard->passed > PASSED_MAX || guard->line > LINE_MAX_PASSED)
		return error_set(
		    error, ERROR_INVALID, "The server sent a line or an answer without end.");
	*guard->out++ = c;
	return true;
}

/* libetpan reads the codes of status lines by the rules of a dozen extensions, and falls over some in a greeting. It gets those
 * that are of use; another begins with "<" for it. In a status line it must meet no literal, either. */
static bool
pass_status(Guard *guard, guint8 c, GError **error)
{
	static const char *const useful[] = {
	    "[CAPABILITY", "[UIDVALIDITY", "[UIDNEXT", "[HIGHESTMODSEQ"};
	bool keep = false;

	if (guard->held == 0 && (c != '[' || guard->coded))
		return pass(guard, c == '{' ? '(' : c, error);
	guard->coded = true;
	if (guard->held < GUARD_ROOM / 2 && strchr(" ]\r\n", c) == NULL) {
		guard->head[guard->held++] = (char)(c == '{' ? '(' : c);
		guard->head[guard->held] = '\0';
		return true;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(useful); i++)
		keep = keep || (c == ' ' && g_ascii_strcasecmp(guard->head, useful[i]) == 0);
	if (!keep)
		guard->head[0] = '<';
	for (gsize i = 0; i < guard->held; i++)
		if (!pass(guard, (guint8)guard->head[i], error))
			return false;
	guard->held = 0;
	return pass(guard, c == '{' ? '(' : c, error);
}

/* One byte that is no part of a literal. */
static bool
look(Guard *guard, guint8 c, GError **error)
{
	const bool ends = c == '\n';
	bool literal;

	if (c == '\0')
		return error_set(
		    error, ERROR_INVALID, "The server talks no IMAP: a line with a NUL.");
	guard->line++;
	literal = ends && (guard->brace == BRACE_CLOSED || guard->brace == BRACE_CR);
	switch (guard->state) {
	case IN_STATUS:
		if (!pass_status(guard, c, error))
			return false;
		break;
	case IN_FETCH:
		if (!look_fetch(guard, c, error) || !pass(guard, c, error))
			return false;
		break;
	default:
		brace(guard, c);
		if (guard->state == IN_DROPPED)
			break;
		if (guard->taken->len >= TAKEN_MAX)
			return error_set(error, ERROR_TOO_BIG,
			    "The server sent a line of more than %d MB.", TAKEN_MAX / 1024 / 1024);
		g_string_append_c(guard->taken, (char)c);
		literal = literal && guard->kind != GUARD_BYE;
	}
	if (literal)
		return begin_literal(guard, error);
	return !ends || finish(guard, error);
}

/* A byte where a response begins. */
static bool
hold(Guard *guard, guint8 c, GError **error)
{
	char head[GUARD_ROOM];
	gsize held;

	if (guard->held == 0 && (c == '\r' || c == '\n'))
		return true; /* some servers send empty lines */
	guard->head[guard->held++] = (char)c;
	guard->head[guard->held] = '\0';
	if (!is_decided(guard))
		return true;
	if (!begin(guard, error))
		return false;
	held = guard->held;
	guard->held = 0;
	memcpy(head, guard->head, held);
	for (gsize i = 0; i < held; i++)
		if (!look(guard, (guint8)head[i], error))
			return false;
	return true;
}

static gsize
skip_literal(Guard *guard, const guint8 *p, gsize length)
{
	const gsize n = (gsize)MIN(length, guard->literal);

	if (guard->around == IN_FETCH) {
		memmove(guard->out, p, n);
		guard->out += n;
	} else if (guard->around == IN_TAKEN) {
		g_string_append_len(guard->taken, (const char *)p, (gssize)n);
	}
	guard->literal -= n;
	if (guard->literal == 0)
		guard->state = guard->around;
	return n;
}

bool
guard_filter(Guard *guard, guint8 *buffer, gsize length, gsize *ret_length, GError **error)
{
	const guint8 *p = buffer + GUARD_ROOM, *end = p + length;

	if (guard->failed)
		return error_set(error, ERROR_TEMPORARY, "The connection has failed before.");
	guard->out = buffer;
	while (p < end) {
		const bool in_literal = guard->state == IN_LITERAL;
		const gsize n = in_literal ? skip_literal(guard, p, (gsize)(end - p)) : 1;

		guard->total += n;
		if (guard->total > guard->total_max)
			error_set(error, ERROR_TOO_BIG,
			    "The server sent more than %" G_GUINT64_FORMAT
			    " bytes in answer to one command.",
			    guard->total_max);
		else if (in_literal || (guard->state == AT_START ? hold : look)(guard, *p, error)) {
			p += n;
			continue;
		}
		guard->failed = true;
		return false;
	}
	*ret_length = (gsize)(guard->out - buffer);
	return true;
}
