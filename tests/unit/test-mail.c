/* mail/ without GMime: addresses, transfer encodings, charsets, encoded words, texts. */
#include "mail/address.h"
#include "mail/decode.h"
#include "mail/text.h"

#include <string.h>

static void
check_canonical(const char *address, const char *expected)
{
	g_autofree char *canonical = address_canonical(address);
	g_autofree char *blank = g_strconcat(" ", address, NULL); /* keeps it from the short way */
	g_autofree char *again = address_canonical(blank);

	g_assert_cmpstr(canonical, ==, again);

	g_assert_cmpstr(canonical, ==, expected);
}

static void
test_address_same(void)
{
	check_canonical("Jana.Nova@Pekarna.EXAMPLE", "jana.nova@pekarna.example");
	check_canonical("  <jana@pekarna.example.> ", "jana@pekarna.example");
	check_canonical("jana@PŘÍKLAD.example", "jana@xn--pklad-zsa96e.example");
	check_canonical("jana@xn--pklad-zsa96e.example", "jana@xn--pklad-zsa96e.example");
	check_canonical("ŽOFIE@x.example", "žofie@x.example");
	check_canonical("a..b@x.example", "a..b@x.example");
	check_canonical(".a@x.example", ".a@x.example");
	check_canonical("a.@x.example", "a.@x.example");
	check_canonical("a+b@-x.example", "a+b@-x.example");
	check_canonical("a@x_y.example", "a@x_y.example");
	check_canonical("a@localhost", "a@localhost");
	check_canonical("a@XN--99ZZZZ.example", "a@xn--99zzzz.example");
	check_canonical("Z\xcc\x8cofie@x.example", "žofie@x.example"); /* decomposed */
	check_canonical("\"jana\"@x.example", "jana@x.example");
	check_canonical("\"a b\"@x.example", "\"a b\"@x.example");
	check_canonical("a..b@x.example", "a..b@x.example");
	check_canonical("a@[127.0.0.1]", "a@[127.0.0.1]");
}

static void
test_address_none(void)
{
	static const char *const bad[] = {"", "<>", " ", "@", "jana", "jana@", "@x.example",
	    "a@b@c.example", "a b@x.example", "a@x..example", "a@x example", "a@<x>",
	    "\"\"@x.example", "a@.", "a@x..", "a\xff@x.example", "a@b;c@d.example",
	    "undisclosed-recipients:;"};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		check_canonical(bad[i], NULL);
	check_canonical(NULL, NULL);
}

/* What is plain has a way of its own, that brackets around it shut. */
static void
test_address_ways(void)
{
	static const char letters[] = "aB9.-_+@@.";
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	guint some = 0;

	for (guint i = 0; i < 20000; i++) {
		char address[12] = "", bracketed[16];
		g_autofree char *one = NULL, *other = NULL;

		for (gint n = g_rand_int_range(rand, 1, sizeof address); n > 0; n--)
			address[n - 1] = letters[g_rand_int_range(rand, 0, sizeof letters - 1)];
		g_snprintf(bracketed, sizeof bracketed, "<%s>", address);
		one = address_canonical(address);
		other = address_canonical(bracketed);
		g_assert_cmpstr(one, ==, other);
		some += one != NULL;
	}
	g_assert_cmpuint(some, >, 1000);
	for (gsize length = 250; length < 260; length++) {
		g_autofree char *part = g_strnfill(length, 'a');
		g_autofree char *local = g_strconcat(part, "@x.example", NULL);
		g_autofree char *domain = g_strconcat("a@", part, NULL);

		check_canonical(local, length <= 256 ? local : NULL);
		check_canonical(domain, length <= 255 ? domain : NULL);
	}
}

static void
test_address_parts(void)
{
	g_autofree char *untagged = address_untag("jana+sklad@x.example");
	g_autofree char *plain = address_untag("jana@x.example");
	g_autofree char *only_tag = address_untag("+a@x.example");
	g_autofree char *name = NULL, *address = NULL;

	g_assert_cmpstr(untagged, ==, "jana@x.example");
	g_assert_null(plain);
	g_assert_null(only_tag);
	g_assert_cmpstr(address_domain("jana@a.b.example"), ==, "a.b.example");
	g_assert_cmpstr(address_parent_domain("a.b.example"), ==, "b.example");
	g_assert_cmpstr(address_parent_domain("example"), ==, NULL);
	g_assert_true(address_split("\"Nová, Jana\" <Jana@x.example>", &name, &address));
	g_assert_cmpstr(name, ==, "Nová, Jana");
	g_assert_cmpstr(address, ==, "Jana@x.example");
	g_assert_false(address_split("Jana <>", &name, &address));
}

static void
check_transfer(const char *text, MailEncoding encoding, const char *expected, bool valid)
{
	g_autoptr(GBytes) raw = g_bytes_new_static(text, strlen(text));
	bool is_valid;
	g_autoptr(GBytes) bytes = decode_transfer(raw, 0, strlen(text), encoding, &is_valid);

	g_assert_cmpmem(
	    g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), expected, strlen(expected));
	g_assert_cmpint(is_valid, ==, valid);
	if (encoding == MAIL_ENCODING_BASE64) {
		g_assert_cmpuint(
		    decode_base64_size(raw, 0, strlen(text), &is_valid), ==, strlen(expected));
		g_assert_cmpint(is_valid, ==, valid);
	}
}

static void
test_transfer(void)
{
	check_transfer("YWJj\r\nZGU=\r\n", MAIL_ENCODING_BASE64, "abcde", true);
	check_transfer("YW Jj*ZA", MAIL_ENCODING_BASE64, "abcd", false);
	check_transfer("YQ==YmM=", MAIL_ENCODING_BASE64, "abc", false);
	check_transfer("", MAIL_ENCODING_BASE64, "", true);
	check_transfer("a=C5=99=\nb=3D  \nc=\r\nd", MAIL_ENCODING_QUOTED_PRINTABLE,
	    "a\xc5\x99"
	    "b=\ncd",
	    true);
	check_transfer("a=zz=C", MAIL_ENCODING_QUOTED_PRINTABLE, "a=zz=C", false);
	check_transfer("a=20 \t\r\n", MAIL_ENCODING_QUOTED_PRINTABLE, "a \r\n", true);
}

static void
check_layout(const char *encoded, bool same)
{
	g_autoptr(GBytes) raw = g_bytes_new_static(encoded, strlen(encoded));
	DecodeLayout layout;
	g_autoptr(GBytes) bytes = decode_base64(raw, 0, strlen(encoded), &layout);

	g_assert_cmpint(bytes != NULL, ==, same);
	if (bytes) {
		g_autoptr(GBytes) again = decode_base64_again(bytes, &layout);
		g_assert_true(g_bytes_equal(raw, again));
	}
}

/* The hole in the raw bytes is filled again with exactly what was there, or there is no hole. */
static void
test_base64_layout(void)
{
	check_layout("YWJjZGVm", true);
	check_layout("YWJj\nZGVm\n", true);
	check_layout("YWJj\r\nZGU=", true);
	check_layout("YWJjZGVm\nYWJj\n", true);
	check_layout("YWJj\nZGVmYWJj\n", false); /* a longer line follows */
	check_layout("YWJj\r\nZGVm\nYWJj\r\n", false);
	check_layout("YWJj\n\nZGVm\n", false);
	check_layout("YWJj \nZGVm\n", false);
	check_layout("YR==", false); /* bits that decoding drops */
	check_layout("", true);
}

static void
check_charset(const char *bytes, const char *charset, const char *expected, guint32 defects)
{
	guint32 found = 0;
	g_autofree char *text = decode_charset(bytes, strlen(bytes), charset, &found);

	g_assert_cmpstr(text, ==, expected);
	g_assert_cmpuint(found, ==, defects);
}

static void
test_charset(void)
{
	check_charset("\xbelu\xbbou\xe8k\xfd", "ISO-8859-2", "žluťoučký", 0);
	check_charset("\x9elu\x9dou\xe8k\xfd", "windows-1250", "žluťoučký", 0);
	check_charset("\x8akoda", "iso-8859-2", "Škoda", 0); /* really windows-1250 */
	check_charset("\x93x\x94", "iso-8859-1", "“x”", 0);
	check_charset("\xfelu", "no-such", "þlu", MAIL_DEFECT_BAD_CHARSET);
	check_charset("a\xc5\x99", "no-such", "ař", MAIL_DEFECT_BAD_CHARSET);
	check_charset("a\xff", "utf-8", "a\xef\xbf\xbd", MAIL_DEFECT_BAD_CHARSET);
	check_charset("a\r\nb\rc\x07", NULL, "a\nb\nc", MAIL_DEFECT_CONTROL);
	check_charset("\x1b$B$3$s\x1b(B", "iso-2022-jp", "こん", 0);
	check_charset("\xef\xbb\xbfx", "\"UTF-8\"", "x", 0);
	check_charset("\xa7", "cp852*cs", "ž", 0);
}

static void
check_words(const char *value, const char *expected)
{
	g_autofree char *text = decode_words(value);

	g_assert_cmpstr(text, ==, expected);
}

static void
test_words(void)
{
	check_words("a =?iso-8859-2?q?=BE?= b", "a ž b");
	check_words("=?utf-8?q?=C5?= =?UTF-8?q?=BE?=", "ž");
	check_words("=?utf-8?q?a?=\r\n =?iso-8859-2?q?=BE?=", "až");
	check_words("(=?utf-8?b?xb4=?=)", "(ž)");
	check_words("=?utf-8?q?a=?utf-8?q?b?=", "=?utf-8?q?ab");
	check_words("=?utf-8?q?"
		    "?=x",
	    "x");
	check_words("p\xf8\xedli\xb9", "pøíli¹");
}

static void
test_words_vectors(void)
{
	g_autofree char *path = g_test_build_filename(
	    G_TEST_DIST, "../../shared/corpora/mime/rfc2047-vectors.tsv", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL)) {
		g_test_skip("the shared corpora are not beside the project");
		return;
	}
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines + 1; *line && **line; line++) {
		g_auto(GStrv) cells = g_strsplit(*line, "\t", 3);
		check_words(cells[0], cells[1]);
	}
}

static void
check_html(const char *html, const char *expected)
{
	g_autofree char *text = text_from_html(html, strlen(html));

	g_assert_cmpstr(text, ==, expected);
}

static void
test_html(void)
{
	check_html("<p>a</p><p>b  c<br>d</p>", "a\n\nb c\nd\n");
	check_html(
	    "<title>no</title><style>x{}</style>a<!-- <b>no</b> -->b<script>no</script>", "ab\n");
	check_html(
	    "&lt;b&gt; &amp;amp; &#382;&#x17E;&nbsp;&nosuch; &", "<b> &amp; žž &nosuch; &\n");
	check_html("<div>x<div>y</div></div>z", "x\ny\nz\n");
	check_html("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n>\n>> b\n\nc\n");
	check_html("<ul><li>a<li>b</ul>", "- a\n- b\n");
	check_html("<pre>a  b\n  c</pre>", "a  b\n  c\n");
	check_html("<div style='display: none'>no<div>no</div></div>yes", "yes\n");
	check_html("<a title=\"1 > 0\" href=x>link</a> 1 < 2", "link 1 < 2\n");
	check_html("<head><body>no end of head</body>", "no end of head\n");
	check_html("<img alt=\"logo\"><script>never closed", "logo\n");
	check_html("", "");
}

static void
test_flowed(void)
{
	g_autofree char *text = text_unflow("a \nb\n > no\n> q \n>> r \n>> s\n-- \nsig\n", false);
	g_autofree char *japanese = text_unflow("日 \n本\n", true);

	g_assert_cmpstr(text, ==, "a b\n> no\n> q \n>> r s\n-- \nsig\n");
	g_assert_cmpstr(japanese, ==, "日本\n");
}

/* "o" own, "q" quoted, "s" signature: a letter per line. */
static void
check_marks(const char *body, const char *expected)
{
	g_autoptr(GArray) spans = text_mark(body);
	g_autoptr(GString) letters = g_string_new(NULL);

	for (gsize at = 0; body[at]; at += strcspn(body + at, "\n") + 1) {
		char letter = 'o';
		for (guint i = 0; i < spans->len; i++) {
			const MailSpan *span = &g_array_index(spans, MailSpan, i);
			if (at >= span->offset && at < (gsize)span->offset + span->length)
				letter = span->kind == MAIL_SPAN_QUOTED ? 'q' : 's';
		}
		g_string_append_c(letters, letter);
	}
	g_assert_cmpstr(letters->str, ==, expected);
}

static void
test_marks(void)
{
	check_marks("hi\n> old\n>\n> old\nnew\n", "oqqqo");
	check_marks("On 1. 2. 2024 Jan wrote:\n> old\n\nnew\n-- \nJan\n", "qqooss");
	check_marks(
	    "ano\n\nDne 6. 3. 2024 v 8:00 Jan <jan@x.example>\nnapsal(a):\n\n> stary\n", "ooqqqq");
	check_marks("ok\n-----Původní zpráva-----\nOd: a\nano\n", "oqqq");
	check_marks("ok\n\nOd: a\nOdesláno: b\nKomu: c\ntext\n", "ooqqqq");
	check_marks("ok\n-- \nJan\n\n> old\n", "osssq");
	check_marks("viz\n---------- Forwarded message ---------\nFrom: a\nTo: b\nSubject: c\nx\n",
	    "oooooo");
	check_marks("He wrote: come at 5:\nI came.\n", "oo");
	check_marks("", "");
}

/* The same by the slow way. */
static gsize
clean_length(const char *text, gsize length)
{
	const char *end;

	g_utf8_validate_len(text, length, &end);
	for (const char *at = text; at < end; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0))
			return (gsize)(at - text);
	}
	return (gsize)(end - text);
}

/* All pairs of bytes with what may follow, where blocks begin and end. */
static void
test_unclean(void)
{
	static const char *const tails[] = {"aa", "\x80\x61", "\xbf\x80", "\n\xff"};
	static const gsize places[] = {0, 15, 16, 30, 31};

	for (guint pair = 0; pair < 1 << 16; pair++) {
		for (gsize i = 0; i < G_N_ELEMENTS(tails) * G_N_ELEMENTS(places); i++) {
			char text[] = "0123456789abcdef0123456789abcdef23";
			char *at = text + places[i / G_N_ELEMENTS(tails)];
			gsize length = sizeof(text) - 1;

			at[0] = (char)(pair >> 8);
			at[1] = (char)pair;
			for (gsize k = 2; k < 4 && at + k < text + length; k++)
				at[k] = tails[i % G_N_ELEMENTS(tails)][k - 2];
			g_assert_cmpuint((gsize)(text_unclean(text, text + length) - text), ==,
			    clean_length(text, length));
			g_assert_cmpint(text_is_ascii(text, length), ==,
			    strlen(text) == length && g_str_is_ascii(text));
		}
	}
}

static void
test_small_texts(void)
{
	g_autofree char *normal = text_normal("a \t\r\nb\n\n \n");
	g_autofree char *line = text_one_line("  a\r\n\tb\x01 c ");
	g_autoptr(GArray) spans = text_mark("Dobrý  den,\n> stary\nposílám\n-- \nJana\n");
	g_autofree char *snippet =
	    text_snippet("Dobrý  den,\n> stary\nposílám\n-- \nJana\n", spans, 100);
	g_autofree char *cut = text_snippet("řřřřř", spans, 3);
	g_autoptr(GArray) none = text_mark("");
	g_autofree char *exact = text_snippet("ab cd", none, 2);
	g_autofree char *blank = text_snippet(" \n", none, 9);

	g_assert_cmpstr(normal, ==, "a\nb");
	g_assert_cmpstr(line, ==, "a b c");
	g_assert_cmpstr(snippet, ==, "Dobrý den, posílám");
	g_assert_cmpstr(cut, ==, "řřř");
	g_assert_cmpstr(exact, ==, "ab");
	g_assert_cmpstr(blank, ==, "");
}

/* The trimmer's own examples: what both call the writer's words, over what either does. */
static void
test_replies(void)
{
	g_autofree char *archive = g_test_build_filename(
	    G_TEST_DIST, "../../shared/corpora/replies/email_reply_trimmer.tar.zst", NULL);
	g_autofree char *folder = NULL, *emails = NULL, *command = NULL, *clean_up = NULL;
	g_autoptr(GDir) dir = NULL;
	const char *name;
	guint files = 0;
	gsize both = 0, either = 0;

	if (!g_file_test(archive, G_FILE_TEST_EXISTS)) {
		g_test_skip("the shared corpora are not beside the project");
		return;
	}
	folder = g_dir_make_tmp("kartoteka-replies-XXXXXX", NULL);
	command = g_strdup_printf("sh -c 'zstd -dc \"%s\" | tar -x -C \"%s\"'", archive, folder);
	g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
	emails = g_build_filename(folder, "email_reply_trimmer/trimmed", NULL);
	dir = g_dir_open(emails, 0, NULL);
	g_assert_nonnull(dir);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path =
		    g_build_filename(folder, "email_reply_trimmer/emails", name, NULL);
		g_autofree char *kept = g_build_filename(emails, name, NULL);
		g_autofree char *raw = NULL, *theirs = NULL, *text = NULL, *ours = NULL,
				*their_line = NULL;
		g_autoptr(GArray) spans = NULL;
		gsize size;

		if (!g_file_get_contents(path, &raw, &size, NULL) ||
		    !g_file_get_contents(kept, &theirs, NULL, NULL))
			continue;
		text = decode_charset(raw, size, "utf-8", NULL);
		spans = text_mark(text);
		ours = text_snippet(text, spans, 1 << 20);
		their_line = text_one_line(theirs);
		files++;
		both += MIN(strlen(ours), strlen(their_line));
		either += MAX(strlen(ours), strlen(their_line));
		if (g_test_verbose() && strcmp(ours, their_line) != 0)
			g_test_message("%s\n  ours:   %s\n  theirs: %s", name, ours, their_line);
	}
	clean_up = g_strdup_printf("rm -rf \"%s\"", folder);
	g_spawn_command_line_sync(clean_up, NULL, NULL, NULL, NULL);
	g_test_message("%u replies, %.2f of the words agree", files, (double)both / (double)either);
	g_assert_cmpuint(files, >, 50);
	g_assert_cmpfloat((double)both / (double)either, >, 0.6);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/address/same", test_address_same);
	g_test_add_func("/address/none", test_address_none);
	g_test_add_func("/address/parts", test_address_parts);
	g_test_add_func("/address/ways", test_address_ways);
	g_test_add_func("/decode/transfer", test_transfer);
	g_test_add_func("/decode/base64-layout", test_base64_layout);
	g_test_add_func("/decode/charset", test_charset);
	g_test_add_func("/decode/words", test_words);
	g_test_add_func("/decode/words-vectors", test_words_vectors);
	g_test_add_func("/text/html", test_html);
	g_test_add_func("/text/flowed", test_flowed);
	g_test_add_func("/text/marks", test_marks);
	g_test_add_func("/text/unclean", test_unclean);
	g_test_add_func("/text/small", test_small_texts);
	g_test_add_func("/text/replies", test_replies);
	return g_test_run();
}
