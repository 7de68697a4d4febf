#include "mail/address.h"

#include <string.h>

/* RFC 5321: 64 and 255; longer ones exist in the wild by mistake only, and would cost time
 * everywhere. */
#define MAX_LOCAL 256
#define MAX_DOMAIN 255

/* What an unquoted local part can't hold. */
#define SPECIALS " \t()<>,;:\\\"[]@"

char *
address_canonical_domain(const char *domain)
{
	g_autofree char *trimmed = NULL, *ascii = NULL;
	gsize length;

	if (!domain || !g_utf8_validate(domain, -1, NULL))
		return NULL;
	trimmed = g_strstrip(g_strdup(domain));
	length = strlen(trimmed);
	if (length > 0 && trimmed[length - 1] == '.')
		trimmed[--length] = '\0';
	if (length == 0 || length > MAX_DOMAIN || trimmed[length - 1] == '.')
		return NULL;
	if (*trimmed == '[') { /* an address literal: as it is */
		if (length < 4 || trimmed[length - 1] != ']')
			return NULL;
		for (const char *p = trimmed + 1; p < trimmed + length - 1; p++) {
			if (!g_ascii_isalnum(*p) && !strchr(".:-", *p))
				return NULL;
		}
		return g_ascii_strdown(trimmed, -1);
	}
	if (g_str_is_ascii(trimmed))
		ascii = g_ascii_strdown(trimmed, -1);
	else
		ascii = g_hostname_to_ascii(trimmed);
	/* IDNA maps characters to nothing, and other full stops to dots. */
	length = ascii ? strlen(ascii) : 0;
	if (length == 0 || length > MAX_DOMAIN || *ascii == '.' || ascii[length - 1] == '.' ||
	    strstr(ascii, ".."))
		return NULL;
	for (char *p = ascii; *p; p++) {
		if (!g_ascii_isalnum(*p) && *p != '-' && *p != '.' && *p != '_')
			return NULL;
		*p = g_ascii_tolower(*p);
	}
	return g_steal_pointer(&ascii);
}

/* Puts quotes back where a local part can't be without. */
static char *
quote_local(const char *plain)
{
	GString *quoted;

	if (!plain[strcspn(plain, SPECIALS)])
		return g_strdup(plain);
	quoted = g_string_new("\"");
	for (const char *p = plain; *p; p++) {
		if (*p == '"' || *p == '\\')
			g_string_append_c(quoted, '\\');
		g_string_append_c(quoted, *p);
	}
	g_string_append_c(quoted, '"');
	return g_string_free(quoted, FALSE);
}

/* The local part without comments that some write into it; quotes go with their backslashes. NULL:
 * impossible. */
static char *
canonical_local(const char *local, gsize length)
{
	g_autoptr(GString) plain = g_string_sized_new(length);
	g_autofree char *folded = NULL, *normal = NULL;
	const char *end = local + length;

	if (length == 0 || length > MAX_LOCAL)
		return NULL;
	if (*local == '"') {
		if (length < 3 || end[-1] != '"')
			return NULL;
		for (const char *p = local + 1; p < end - 1; p++) {
			if (*p == '"' || (*p == '\\' && ++p == end - 1))
				return NULL;
			g_string_append_c(plain, *p);
		}
	} else {
		for (const char *p = local; p < end; p++) {
			if (strchr(SPECIALS, *p))
				return NULL;
		}
		g_string_append_len(plain, local, (gssize)length);
	}
	for (const char *p = plain->str; p < plain->str + plain->len; p++) {
		if ((guchar)*p < 0x20 || *p == 0x7f)
			return NULL;
	}
	if (g_str_is_ascii(plain->str)) {
		folded = g_ascii_strdown(plain->str, (gssize)plain->len);
		return quote_local(folded);
	}
	/* Folding may leave what NFC composes again, so the second one makes the form stable. */
	{
		g_autofree char *first = g_utf8_normalize(plain->str, -1, G_NORMALIZE_NFC);
		folded = first ? g_utf8_casefold(first, -1) : NULL;
	}
	normal = folded ? g_utf8_normalize(folded, -1, G_NORMALIZE_NFC) : NULL;
	return normal ? quote_local(normal) : NULL;
}

static bool
is_plain(char c)
{
	return g_ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
}

/* Of what nearly all addresses look like: ASCII, nothing to take away, nothing to quote. NULL says nothing. */
static char *
canonical_plain(const char *address)
{
	char plain[MAX_LOCAL + 1 + MAX_DOMAIN + 1];
	gsize n = 0, domain;

	for (; is_plain(*address) || *address == '+'; address++) {
		if (n == MAX_LOCAL)
			return NULL;
		plain[n++] = g_ascii_tolower(*address);
	}
	if (n == 0 || *address++ != '@')
		return NULL;
	plain[n++] = '@';
	domain = n;
	for (; *address != '\0'; address++) {
		if (n - domain == MAX_DOMAIN || !is_plain(*address) ||
		    (*address == '.' && (n == domain || plain[n - 1] == '.')))
			return NULL;
		plain[n++] = g_ascii_tolower(*address);
	}
	return n > domain && plain[n - 1] != '.' ? g_strndup(plain, n) : NULL;
}

char *
address_canonical(const char *address)
{
	g_autofree char *copy = NULL, *local = NULL, *domain = NULL;
	char *start, *at, *plain = address != NULL ? canonical_plain(address) : NULL;
	gsize length;

	if (plain != NULL)
		return plain;
	if (!address || !g_utf8_validate(address, -1, NULL))
		return NULL;
	copy = g_strdup(address);
	start = g_strstrip(copy);
	length = strlen(start);
	if (length > 2 && start[0] == '<' && start[length - 1] == '>') {
		start[length - 1] = '\0';
		start = g_strstrip(start + 1);
	}
	at = strrchr(start, '@');
	if (!at)
		return NULL;
	local = canonical_local(start, (gsize)(at - start));
	if (!local || !*local)
		return NULL;
	domain = address_canonical_domain(at + 1);
	return domain ? g_strconcat(local, "@", domain, NULL) : NULL;
}

const char *
address_domain(const char *canonical)
{
	const char *at = strrchr(canonical, '@');

	return at ? at + 1 : canonical + strlen(canonical);
}

char *
address_untag(const char *canonical)
{
	const char *at = strrchr(canonical, '@');
	const char *plus = strchr(canonical, '+');

	if (!at || !plus || plus == canonical || *canonical == '"' || plus > at)
		return NULL;
	return g_strdup_printf("%.*s%s", (int)(plus - canonical), canonical, at);
}

const char *
address_parent_domain(const char *domain)
{
	const char *dot = strchr(domain, '.');

	return dot && dot[1] ? dot + 1 : NULL;
}

bool
address_split(const char *text, char **ret_name, char **ret_address)
{
	g_autofree char *copy = NULL, *canonical = NULL;
	char *open, *address, *name = NULL;
	gsize length;

	if (!text || !g_utf8_validate(text, -1, NULL))
		return false;
	copy = g_strstrip(g_strdup(text));
	length = strlen(copy);
	open = strrchr(copy, '<');
	address = copy;
	if (open && length > 0 && copy[length - 1] == '>') {
		copy[length - 1] = '\0';
		*open = '\0';
		address = g_strstrip(open + 1);
		name = g_strstrip(copy);
		length = strlen(name);
		if (length >= 2 && name[0] == '"' && name[length - 1] == '"') {
			name[length - 1] = '\0';
			name++;
		}
	}
	canonical = address_canonical(address);
	if (!canonical)
		return false;
	*ret_name = name && *name ? g_strdup(name) : NULL;
	*ret_address = g_strdup(address);
	return true;
}
