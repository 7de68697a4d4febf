/* Charsets: glibc's iconv, asked so that no file has to be opened after decode_warm_up(). */
#include "config.h"

#include "mail/decode.h"

#include "mail/text.h"

#include <errno.h>
#include <iconv.h>
#include <link.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* What mail says and what is meant by it. The first two say "ASCII or UTF-8"; ISO charsets whose C1
 * range is used are Windows' (that is seen in the bytes, below). */
static const struct {
	const char *name;
	const char *means;
} aliases[] = {
    {"utf-8", "utf-8"},
    {"utf8", "utf-8"},
    {"us-ascii", "us-ascii"},
    {"ascii", "us-ascii"},
    {"ansi_x3.4-1968", "us-ascii"},
    {"iso646-us", "us-ascii"},
    {"latin1", "iso-8859-1"},
    {"latin-1", "iso-8859-1"},
    {"latin2", "iso-8859-2"},
    {"latin-2", "iso-8859-2"},
    {"iso_8859-1", "iso-8859-1"},
    {"iso8859-1", "iso-8859-1"},
    {"iso_8859-2", "iso-8859-2"},
    {"iso8859-2", "iso-8859-2"},
    {"iso-8859-8-i", "iso-8859-8"},
    {"iso-8859-8-e", "iso-8859-8"},
    {"iso-8859-6-i", "iso-8859-6"},
    {"gb2312", "gb18030"},
    {"gbk", "gb18030"},
    {"x-gbk", "gb18030"},
    {"gb_2312-80", "gb18030"},
    {"ks_c_5601-1987", "cp949"},
    {"ks_c_5601", "cp949"},
    {"euc-kr", "cp949"},
    {"shift_jis", "cp932"},
    {"shift-jis", "cp932"},
    {"x-sjis", "cp932"},
    {"sjis", "cp932"},
    {"big5", "big5-hkscs"},
    {"tis-620", "cp874"},
    {"windows-874", "cp874"},
    {"windows-31j", "cp932"},
    {"windows-932", "cp932"},
    {"windows-949", "cp949"},
    {"windows-936", "gb18030"},
    {"windows-950", "big5-hkscs"},
    {"x-windows-949", "cp949"},
    {"iso-8859-9", "cp1254"},
    {"iso-8859-11", "cp874"},
    {"unicode-1-1-utf-7", "utf-7"},
    {"x-unicode-2-0-utf-7", "utf-7"},
    {"x-user-defined", "windows-1252"},
    {"x-mac-roman", "macintosh"},
    {"x-mac-ce", "macce"},
    {"x-mac-centraleurroman", "macce"},
    {"x-cp1250", "windows-1250"},
    {"x-cp1251", "windows-1251"},
    {"x-cp1252", "windows-1252"},
};

/* The name without language suffix and quotes, and what it means. */
static const char *
meaning(const char *charset, char name[static 64])
{
	gsize n = 0;

	for (; charset && *charset && *charset != '*' && n < 63; charset++) {
		if (!strchr(" \t\"'", *charset))
			name[n++] = g_ascii_tolower(*charset);
	}
	name[n] = '\0';
	if (n == 0)
		return NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(aliases); i++) {
		if (strcmp(aliases[i].name, name) == 0)
			return aliases[i].means;
	}
	return name;
}

static bool
is_unicode(const char *means)
{
	return strcmp(means, "us-ascii") == 0 || strcmp(means, "utf-8") == 0;
}

/* Every charset and alias that glibc's own list names, lower case; for decode_has_charset(). */
static GHashTable *known;

/* iconv descriptors by lower-case name; NULL values are charsets nobody knows. One table per
 * thread. */
static GPrivate converters = G_PRIVATE_INIT((GDestroyNotify)g_hash_table_unref);

static void
close_converter(gpointer data)
{
	if (data)
		iconv_close((iconv_t)data);
}

static GHashTable *
converter_table(void)
{
	GHashTable *table = g_private_get(&converters);

	if (!table) {
		table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, close_converter);
		g_private_set(&converters, table);
	}
	return table;
}

/* Names come from mail: the table of the unknown must not grow for ever. */
static iconv_t
find_converter(const char *name)
{
	GHashTable *table = converter_table();
	gpointer found = NULL;
	iconv_t made;

	if (g_hash_table_lookup_extended(table, name, NULL, &found))
		return found;
	if (strchr(name, '/') || strlen(name) > 60)
		return NULL;
	made = iconv_open("UTF-8", name);
	if (made == (iconv_t)-1)
		made = NULL;
	if (made || g_hash_table_size(table) < 4096)
		g_hash_table_insert(table, g_strdup(name), made);
	return made;
}

static int
folder_of_converters(struct dl_phdr_info *info, size_t size, void *data)
{
	char **folder = data;
	const char *slash = info->dlpi_name ? strrchr(info->dlpi_name, '/') : NULL;

	if (!slash || slash - info->dlpi_name < 6 || strncmp(slash - 6, "/gconv", 6) != 0)
		return 0;
	*folder = g_strndup(info->dlpi_name, (gsize)(slash - info->dlpi_name));
	return 1;
}

/* "ISO-8859-2//" -> "iso-8859-2" added to the charsets that glibc knows. */
static void
know(const char *word)
{
	const char *end = strstr(word, "//");

	if (end && end > word)
		g_hash_table_add(known, g_ascii_strdown(word, end - word));
}

static void
read_known(const char *path)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return;
	lines = g_strsplit(g_strdelimit(text, "\t", ' '), "\n", -1);
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = NULL;

		/* module  ISO-8859-2//  INTERNAL  ISO8859-2  1, and alias  LATIN2//  ISO-8859-2// */
		if (!g_str_has_prefix(*line, "module ") && !g_str_has_prefix(*line, "alias "))
			continue;
		words = g_strsplit(*line, " ", -1);
		for (char **word = words + 1; *word; word++)
			know(*word);
	}
}

void
decode_warm_up(void)
{
	static const char *const common[] = {"iso-8859-1", "iso-8859-2", "iso-8859-15",
	    "windows-1250", "windows-1251", "windows-1252", "cp1254", "koi8-r", "gb18030",
	    "iso-2022-jp", "cp932", "utf-16"};
	static const char *const files[] = {
	    "gconv-modules", "gconv-modules.d/gconv-modules-extra.conf"};
	g_autofree char *folder = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(common); i++)
		find_converter(common[i]);
	if (known)
		return;
	known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	dl_iterate_phdr(folder_of_converters, &folder);
	for (gsize i = 0; folder && i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(folder, files[i], NULL);
		read_known(path);
	}
}

void
decode_open_charset(const char *charset)
{
	char name[64];
	const char *means = meaning(charset, name);

	if (!means || !known || !g_hash_table_contains(known, means))
		return;
	g_hash_table_remove(converter_table(), means); /* a failure may be remembered */
	find_converter(means);
}

bool
decode_has_charset(const char *charset)
{
	char name[64];
	const char *means = meaning(charset, name);

	return !means || is_unicode(means) || find_converter(means) || !known ||
	       !g_hash_table_contains(known, means);
}

/* What a control character at in leaves in the text: a line break, or nothing; *ret_length bytes of it
 * are passed over. False: it is none, nor anything else in UTF-8. */
static bool
pass_control(const char *in, const char *end, gsize *ret_length, bool *ret_break, guint32 *defects)
{
	guchar c = (guchar)*in, next = end - in > 1 ? (guchar)in[1] : 0;
	bool c1 = c == 0xc2 && next >= 0x80 && next < 0xa0;

	if (c == '\0' || (c >= 0x80 && !c1)) /* NUL is nothing that text has */
		return false;
	*ret_length = c1 ? 2 : 1;
	*ret_break = c == '\f' || c == '\v' || (c == '\r' && next != '\n') || (c1 && next == 0x85);
	if (!*ret_break && c != '\r')
		*defects |= MAIL_DEFECT_CONTROL;
	return true;
}

/* UTF-8 -> LF, no controls; NULL: it isn't valid. Most text needs no change: runs are copied whole. */
static char *
clean(const char *text, gsize length, guint32 *defects)
{
	char *to = g_malloc(length + 1), *out = to;
	const char *end = text + length;
	guint32 found = 0;

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	for (;;) {
		const char *stop = text_unclean(text, end);
		gsize skip;
		bool line_break;

		memcpy(out, text, (gsize)(stop - text));
		out += stop - text;
		if (stop == end)
			break;
		if (!pass_control(stop, end, &skip, &line_break, &found)) {
			g_free(to);
			return NULL;
		}
		if (line_break)
			*out++ = '\n';
		text = stop + skip;
	}
	*out = '\0';
	*defects |= found;
	return to;
}

static char *
repair_utf8(const char *bytes, gsize length, guint32 *defects)
{
	GString *text = g_string_sized_new(length + 16);
	const char *end;

	*defects |= MAIL_DEFECT_BAD_CHARSET;
	while (!g_utf8_validate_len(bytes, length, &end)) {
		g_string_append_len(text, bytes, end - bytes);
		if (*end)
			g_string_append(text, REPLACEMENT);
		else
			*defects |=
			    MAIL_DEFECT_CONTROL; /* a NUL, which GLib doesn't count as valid */
		length -= (gsize)(end + 1 - bytes);
		bytes = end + 1;
	}
	g_string_append_len(text, bytes, (gssize)length);
	length = text->len;
	bytes = g_string_free(text, FALSE);
	end = clean(bytes, length, defects);
	g_free((char *)bytes);
	return (char *)end;
}

static char *
convert(iconv_t converter, const char *bytes, gsize length, guint32 *defects)
{
	g_autofree char *text = NULL;
	gsize size = length + length / 2 + 16, used = 0;
	char *in = (char *)bytes, *made;

	text = g_malloc(size);
	iconv(converter, NULL, NULL, NULL, NULL);
	for (;;) {
		char *out = text + used;
		gsize left = size - used;
		gsize done = iconv(converter, &in, &length, &out, &left);

		used = (gsize)(out - text);
		if (done != (gsize)-1)
			break;
		if (errno != E2BIG) {
			*defects |= MAIL_DEFECT_BAD_CHARSET;
			if (left >= 3) {
				memcpy(out, REPLACEMENT, 3);
				used += 3;
				in++;
				length--;
				if (length == 0)
					break;
				continue;
			}
		}
		size += size / 2 + 64;
		text = g_realloc(text, size);
	}
	made = clean(text, used, defects);
	return made ? made : repair_utf8(text, used, defects); /* glibc lets surrogates and NUL through */
}

static bool
has_c1(const char *bytes, gsize length)
{
	for (gsize i = 0; i < length; i++) {
		if (((guchar)bytes[i] & 0xe0) == 0x80)
			return true;
	}
	return false;
}

char *
decode_charset(const char *bytes, gsize length, const char *charset, guint32 *defects)
{
	char name[64];
	const char *means = meaning(charset, name);
	bool ascii = !means || strcmp(means, "us-ascii") == 0;
	bool utf8 = means && strcmp(means, "utf-8") == 0;
	iconv_t converter = NULL;
	guint32 ignored = 0;

	if (length == 0)
		return g_strdup(""); /* bytes may be NULL then, as those of an empty GBytes are */
	if (!defects)
		defects = &ignored;
	if (ascii || utf8) {
		char *text = clean(bytes, length, defects);

		if (text)
			return text;
		if (utf8 || memchr(bytes, '\0', length))
			return repair_utf8(bytes, length, defects);
	} else {
		if (has_c1(bytes, length)) {
			if (strcmp(means, "iso-8859-1") == 0)
				means = "windows-1252";
			else if (strcmp(means, "iso-8859-2") == 0)
				means = "windows-1250";
		}
		converter = find_converter(means);
	}
	if (!converter) {
		char *text = clean(bytes, length, defects);

		*defects |= MAIL_DEFECT_BAD_CHARSET;
		if (text)
			return text;
		converter = find_converter("windows-1252");
		if (!converter)
			return repair_utf8(bytes, length, defects);
	}
	return convert(converter, bytes, length, defects);
}
