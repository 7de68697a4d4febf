/* A mail that is one text and says so in the words that most programs use: GMime would make thirty
 * objects of it and find the same. What is written in any other way is GMime's to read. */
#include "mail/parse-internal.h"

#include <string.h>

typedef struct {
	const char *at;
	const char *end;
} Value;

static void
skip_blanks(Value *v)
{
	while (v->at < v->end && g_ascii_isspace(*v->at))
		v->at++;
}

static bool
take(Value *v, char c)
{
	if (v->at == v->end || *v->at != c)
		return false;
	v->at++;
	return true;
}

static bool
take_text(Value *v, const char *text)
{
	gsize length = strlen(text);

	if ((gsize)(v->end - v->at) < length || g_ascii_strncasecmp(v->at, text, length) != 0)
		return false;
	v->at += length;
	return true;
}

/* Letters, digits and what else names of charsets are made of, perhaps in quotes. False: none, or
 * too many. */
static bool
take_word(Value *v, char word[static PARSE_WORD])
{
	bool quoted = take(v, '"');
	gsize n = 0;

	while (v->at < v->end && n < PARSE_WORD - 1 &&
	       (g_ascii_isalnum(*v->at) || *v->at == '-' || *v->at == '_' || *v->at == '.'))
		word[n++] = g_ascii_tolower(*v->at++);
	word[n] = '\0';
	return n > 0 && (quoted ? take(v, '"')
				: v->at == v->end || *v->at == ';' || g_ascii_isspace(*v->at));
}

/* "charset=utf-8", "format=flowed", "delsp=yes", each once. */
static bool
take_parameter(Value *v, ParsePlain *plain, guint *seen)
{
	static const struct {
		const char *name, *value;
		ParseFlow flow;
	} parameters[] = {
	    {"charset=", NULL}, {"format=", "flowed", PARSE_FLOWED}, {"delsp=", "yes", PARSE_DELSP}};
	char word[PARSE_WORD];

	for (guint i = 0; i < G_N_ELEMENTS(parameters); i++) {
		if (!take_text(v, parameters[i].name))
			continue;
		if (*seen & 1U << i || !take_word(v, parameters[i].value ? word : plain->charset))
			return false;
		*seen |= 1U << i;
		if (parameters[i].value && strcmp(word, parameters[i].value) == 0)
			plain->flow |= parameters[i].flow;
		return true;
	}
	return false;
}

static bool
read_type(Value v, ParsePlain *plain)
{
	guint seen = 0;

	if (take_text(&v, "text/plain"))
		plain->type = "text/plain";
	else if (take_text(&v, "text/html"))
		plain->type = "text/html";
	else
		return false;
	for (;;) {
		skip_blanks(&v);
		if (v.at == v.end)
			return true;
		if (!take(&v, ';'))
			return false;
		skip_blanks(&v);
		if (v.at < v.end && !take_parameter(&v, plain, &seen))
			return false;
	}
}

static bool
read_encoding(Value v, ParsePlain *plain)
{
	static const struct {
		const char *name;
		MailEncoding encoding;
	} encodings[] = {{"7bit", MAIL_ENCODING_IDENTITY}, {"8bit", MAIL_ENCODING_IDENTITY},
	    {"quoted-printable", MAIL_ENCODING_QUOTED_PRINTABLE}, {"base64", MAIL_ENCODING_BASE64}};

	for (guint i = 0; i < G_N_ELEMENTS(encodings); i++) {
		if (!take_text(&v, encodings[i].name))
			continue;
		plain->encoding = encodings[i].encoding;
		return v.at == v.end;
	}
	return false;
}

static bool
read_disposition(Value v, ParsePlain *plain)
{
	plain->disposition = "inline";
	return take_text(&v, "inline") && v.at == v.end;
}

/* The others say nothing that a Mail holds, but for Content-ID. */
static const struct {
	const char *name; /* behind "Content-" */
	bool (*read)(Value v, ParsePlain *plain);
} readers[] = {{"type", read_type}, {"transfer-encoding", read_encoding},
    {"disposition", read_disposition}, {"id", NULL}};

bool
parse_plain(const GArray *headers, ParsePlain *plain)
{
	guint seen = 0;

	*plain = (ParsePlain){.type = "text/plain"};
	for (guint i = 0; i < headers->len; i++) {
		const ParseHeader *header = &g_array_index(headers, ParseHeader, i);
		Value name = {header->name, header->name + header->name_length};
		Value value = {header->value, header->value + header->length};

		if (!take_text(&name, "content-"))
			continue;
		for (guint k = 0; k < G_N_ELEMENTS(readers); k++) {
			Value rest = name;

			if (!take_text(&rest, readers[k].name) || rest.at != rest.end)
				continue;
			if (seen & 1U << k || !readers[k].read || !readers[k].read(value, plain))
				return false;
			seen |= 1U << k;
		}
	}
	return true;
}
