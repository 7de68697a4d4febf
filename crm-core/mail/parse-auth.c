/* Authentication-Results, RFC 8601, as liberal as the servers that write it. */
#include "mail/parse-internal.h"

#include <string.h>

#define MAX_VALUE 8192 /* what is longer says more than any server has to say */

/* Comments out (they nest), one line. */
static char *
without_comments(const char *value)
{
	GString *out = g_string_new(NULL);
	guint depth = 0;
	bool quoted = false;

	for (; *value; value++) {
		if (*value == '"' && depth == 0)
			quoted = !quoted;
		else if (!quoted && *value == '(')
			depth++;
		if (depth == 0 && *value != '"')
			g_string_append_c(out, (guchar)*value < 0x20 ? ' ' : *value);
		if (!quoted && *value == ')' && depth > 0) {
			depth--;
			g_string_append_c(out, ' ');
		}
	}
	return g_string_free(out, FALSE);
}

static MailVerdict
verdict_of(const char *word)
{
	static const struct {
		const char *word;
		MailVerdict verdict;
	} words[] = {
	    {"pass", MAIL_VERDICT_PASS},
	    {"fail", MAIL_VERDICT_FAIL},
	    {"hardfail", MAIL_VERDICT_FAIL},
	    {"reject", MAIL_VERDICT_FAIL},
	    {"softfail", MAIL_VERDICT_SOFTFAIL},
	    {"neutral", MAIL_VERDICT_NEUTRAL},
	    {"policy", MAIL_VERDICT_POLICY},
	    {"temperror", MAIL_VERDICT_TEMPERROR},
	    {"permerror", MAIL_VERDICT_PERMERROR},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		if (g_ascii_strcasecmp(words[i].word, word) == 0)
			return words[i].verdict;
	}
	return MAIL_VERDICT_NONE;
}

/* The domain in "<a@x.cz>", "@x.cz" or "x.cz"; NULL when nothing is left. */
static char *
domain_of(const char *value)
{
	const char *at = strrchr(value, '@');
	g_autofree char *domain = g_ascii_strdown(at ? at + 1 : value, -1);

	domain[strcspn(domain, "<>,; ")] = '\0';
	return parse_clean(domain);
}

static void
keep_domain(char **domain, const char *const *words, const char *key)
{
	gsize length = strlen(key);

	for (; *words; words++) {
		if (g_ascii_strncasecmp(*words, key, length) == 0 && (*words)[length] == '=' &&
		    !*domain)
			*domain = domain_of(*words + length + 1);
	}
}

/* Two results of one method in one header: the same is no news, DKIM's pass of any signature
 * stands, others contradict each other. */
static void
keep_verdict(MailAuth *auth, MailVerdict *kept, MailVerdict verdict)
{
	if (*kept != MAIL_VERDICT_NONE && verdict != MAIL_VERDICT_NONE && *kept != verdict)
		auth->disagree = true;
	if (*kept == MAIL_VERDICT_NONE)
		*kept = verdict;
}

static void
take_result(MailAuth *auth, const char *result)
{
	g_auto(GStrv) words = NULL;
	const char *const *rest;
	g_autoptr(GString) text = g_string_new(result);
	char *equals;
	MailVerdict verdict;

	g_string_replace(text, " =", "=", 0);
	g_string_replace(text, "= ", "=", 0);
	words = g_strsplit_set(g_strstrip(text->str), " \t", -1);
	equals = words[0] ? strchr(words[0], '=') : NULL;
	if (!equals)
		return;
	*equals = '\0';
	verdict = verdict_of(equals + 1);
	words[0][strcspn(words[0], "/")] = '\0'; /* method/version */
	rest = (const char *const *)words + 1;
	if (g_ascii_strcasecmp(words[0], "dmarc") == 0) {
		keep_verdict(auth, &auth->dmarc, verdict);
		keep_domain(&auth->dmarc_domain, rest, "header.from");
	} else if (g_ascii_strcasecmp(words[0], "spf") == 0) {
		keep_verdict(auth, &auth->spf, verdict);
		keep_domain(&auth->spf_domain, rest, "smtp.mailfrom");
		keep_domain(&auth->spf_domain, rest, "smtp.helo");
	} else if (g_ascii_strcasecmp(words[0], "dkim") == 0) {
		if (auth->dkim == MAIL_VERDICT_PASS)
			return;
		if (auth->dkim == MAIL_VERDICT_NONE || verdict == MAIL_VERDICT_PASS) {
			g_clear_pointer(&auth->dkim_domain, g_free);
			auth->dkim = verdict;
			keep_domain(&auth->dkim_domain, rest, "header.d");
			keep_domain(&auth->dkim_domain, rest, "header.i");
		}
	}
}

static void
read_header(MailAuth *auth, const char *value)
{
	g_autofree char *start = g_strndup(value, MAX_VALUE);
	g_autofree char *text = without_comments(start);
	g_auto(GStrv) results = g_strsplit(text, ";", -1);

	if (!results[0])
		return;
	g_strstrip(results[0]);
	results[0][strcspn(results[0], " \t")] = '\0'; /* authserv-id version */
	if (strchr(results[0], '='))                   /* some leave the id out: nothing to trust */
		return;
	auth->authserv_id = parse_clean(results[0]);
	for (char **result = results + 1; auth->authserv_id && *result; result++)
		take_result(auth, *result);
}

static bool
contradict(MailVerdict a, MailVerdict b)
{
	return a != MAIL_VERDICT_NONE && b != MAIL_VERDICT_NONE && a != b;
}

void
parse_auth(MailAuth *auth, const char *value, bool topmost)
{
	MailAuth other = {0};

	if (topmost)
		read_header(auth, value);
	if (topmost || !auth->authserv_id)
		return;
	read_header(&other, value);
	if (other.authserv_id && g_ascii_strcasecmp(other.authserv_id, auth->authserv_id) == 0 &&
	    (contradict(auth->dmarc, other.dmarc) || contradict(auth->spf, other.spf) ||
		contradict(auth->dkim, other.dkim)))
		auth->disagree = true;
	g_free(other.authserv_id);
	g_free(other.dmarc_domain);
	g_free(other.spf_domain);
	g_free(other.dkim_domain);
}
