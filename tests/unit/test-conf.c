#include "base/conf.h"
#include "base/error.h"
#include "base/log.h"

#include <string.h>

static void
test_defaults(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = conf_parse("", "k.conf", &error);

	g_assert_no_error(error);
	g_assert_cmpint(conf->parser.nesting, ==, 20);
	g_assert_cmpint(conf->parser.bytes, ==, 50 << 20);
	g_assert_cmpint(conf->milter.socket_mode, ==, 0660);
	g_assert_cmpint(conf->milter.cannot_spool, ==, CONF_CANNOT_SPOOL_TEMPFAIL);
	g_assert_cmpint(conf->milter.free_space_minimum.percent, ==, 5);
	g_assert_cmpint(conf->milter.free_space_minimum.bytes, ==, 0);
	g_assert_cmpstr(conf->data.search_directory, ==, conf->data.directory);
	g_assert_nonnull(conf->company.domains);
	g_assert_null(conf->company.domains[0]);
}

static void
test_values(void)
{
	static const char text[] =
	    "# first\n[company]\ndomains = Firma.example , žluťoučký.example,\n"
	    "name=Firma s.r.o. # and sons\n\n[milter]\n"
	    "cannot-spool = accept\nfree-space-minimum = 2G\n"
	    "socket-mode=0666\nproof-networks = 192.0.2.0/24, ::1\n"
	    "[web]\nsession-lifetime = 15m\n[parser]\nbytes=25M\n"
	    "[log]\nlevel = debug\n";
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = conf_parse(text, "k.conf", &error);

	g_assert_no_error(error);
	g_assert_cmpstr(conf->company.domains[0], ==, "firma.example");
	g_assert_cmpstr(conf->company.domains[1], ==, "xn--luouk-uva4it5a4g.example");
	g_assert_null(conf->company.domains[2]);
	g_assert_cmpstr(conf->company.name, ==, "Firma s.r.o. # and sons");
	g_assert_cmpint(conf->milter.cannot_spool, ==, CONF_CANNOT_SPOOL_ACCEPT);
	g_assert_cmpint(conf->milter.free_space_minimum.bytes, ==, G_GINT64_CONSTANT(2) << 30);
	g_assert_cmpint(conf->milter.free_space_minimum.percent, ==, 0);
	g_assert_cmpint(conf->milter.socket_mode, ==, 0666);
	g_assert_cmpstr(conf->milter.proof_networks[1], ==, "::1");
	g_assert_cmpint(conf->web.session_lifetime, ==, 900);
	g_assert_cmpint(conf->parser.bytes, ==, 25 << 20);
	g_assert_cmpint(conf->log.level, ==, LOG_LEVEL_DEBUG);
	g_assert_true(conf_is_own_address(conf, "boss@FIRMA.example"));
	g_assert_true(conf_is_own_domain(conf, "Žluťoučký.example"));
	g_assert_true(conf_is_own_address(conf, "boss@firma.example."));
	g_assert_false(conf_is_own_address(conf, "boss@sub.firma.example"));
	g_assert_false(conf_is_own_address(conf, "firma.example"));
	g_assert_false(conf_is_own_address(conf, NULL));
	g_assert_false(conf_is_own_domain(conf, ""));
	g_assert_false(conf_is_own_domain(conf, "."));
}

/* Sections that stand there once for each name. */
static void
test_named(void)
{
	static const char text[] = "[imap-server main]\nhost = imap.firma.example\nport=1993\n"
				   "[mailbox eva]\nuser-name = eva@firma.example\n"
				   "[imap-server  other one ]\nsecurity = starttls\nrate = 1M\n"
				   "[mailbox Žofie]\nfolders = INBOX, Projekty/*\n"
				   "[imap-server main]\nca-file = /ca.pem\n";
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = conf_parse(text, "k.conf", &error);
	const ConfImapServer *server;
	const ConfMailbox *mailbox;

	g_assert_no_error(error);
	g_assert_cmpuint(conf->imap_servers->len, ==, 2);
	server = conf->imap_servers->pdata[0];
	g_assert_cmpstr(server->name, ==, "main");
	g_assert_cmpint(server->port, ==, 1993);
	g_assert_cmpstr(server->ca_file, ==, "/ca.pem");
	g_assert_cmpstr(server->folders.take[0], ==, "*");
	g_assert_cmpint(server->trash, ==, 1);
	g_assert_cmpint(server->junk, ==, 0);
	server = conf->imap_servers->pdata[1];
	g_assert_cmpstr(server->name, ==, "other one");
	g_assert_cmpstr(server->host, ==, "");
	g_assert_cmpint(server->tls, ==, CONF_TLS_STARTTLS);
	g_assert_cmpint(server->rate, ==, 1 << 20);
	g_assert_cmpuint(conf->mailboxes->len, ==, 2);
	mailbox = conf->mailboxes->pdata[0];
	g_assert_cmpstr(mailbox->login, ==, "eva");
	g_assert_cmpstr(mailbox->user_name, ==, "eva@firma.example");
	g_assert_null(mailbox->folders.take[0]);
	mailbox = conf->mailboxes->pdata[1];
	g_assert_cmpstr(mailbox->login, ==, "Žofie");
	g_assert_cmpstr(mailbox->folders.take[1], ==, "Projekty/*");
	g_assert_null(mailbox->folders.take[2]);
}

static void
test_refused(void)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
	    {"[company]\nname = x\n[miltre]\n",
		"line 3: there is no section [miltre]; did you mean milter?"},
	    {"[milter]\nscoket = unix:/x\n",
		"line 2: there is no setting scoket in [milter]; did you mean socket?"},
	    {"[milter]\nelephants = 3\n", "line 2: there is no setting elephants in [milter]."},
	    {"[company]\nname = a\n\nname = b\n", "line 4: [company] name is set a second time"},
	    {"[mailbox]\n", "line 1: it must be [mailbox LOGIN]"},
	    {"[mailbox ]\n", "line 1: it must be [mailbox LOGIN]"},
	    {"[milter mx]\n", "line 1: [milter] stands without a name."},
	    {"[mailbox a]\nserver = x\n[mailbox b]\nserver = x\n[mailbox a]\nserver = y\n",
		"line 6: [mailbox] server is set a second time"},
	    {"[imap-server a]\nhots = x\n",
		"line 2: there is no setting hots in [imap-server]; did you mean host?"},
	    {"[imap-sever a]\n",
		"line 1: there is no section [imap-sever]; did you mean imap-server?"},
	    {"[foo]\nx = 1\n", "line 1: there is no section [foo]."},
	    {"# x\nname = a\n", "line 2: a section must come first"},
	    {"[company]\nname = a\n; b\n", "line 3: it must be [section], key = value, or # and a comment."},
	    {"\xef\xbb\xbf[company]\ncolour = a\n", "line 2: there is no setting colour"},
	    {"[data]\ndirectory =\n", "line 2: [data] directory = : it must be a path that begins with"},
	    {"[parser]\nnesting = 2\n", "a whole number, from 3 to 100"},
	    {"[parser]\nnesting = 20x\n", "a whole number, from 3 to 100"},
	    {"[parser]\nnesting = 99999999999999999999999\n", "a whole number"},
	    {"[parser]\nbytes = 9999999999G\n", "a size like"},
	    {"[parser]\nbytes = -1\n", "a size like"},
	    {"[web]\nsession-lifetime = 1y\n", "a time like"},
	    {"[data]\ndirectory = data\n", "a path that begins with"},
	    {"[web]\npublic-url = kartoteka.firma.example\n", "begins with \"https://\""},
	    {"[web]\npublic-url = HTTPS://firma.example\n", "begins with \"https://\""},
	    {"[web]\npublic-url = https://\n", "begins with \"https://\""},
	    {"[web]\nlanguage = de\n", "one of: cs en"},
	    {"[imap]\nalarm-address = postmaster\n", "a mail address"},
	    {"[imap]\nalarm-address = a@x.example, b@x.example\n", "a mail address"},
	    {"[imap-server m]\noauth-provider = yahoo\n", "one of: microsoft google"},
	    {"[company]\ndomains = firma..example\n", "domains separated by commas"},
	    {"[company]\ndomains = -firma.example\n", "domains separated by commas"},
	    {"[company]\ndomains = \"firma.example\"\n", "domains separated by commas"},
	    {"[milter]\ncannot-spool = reject\n", "one of: tempfail accept"},
	    {"[milter]\nspool-name = MX 1\n", "a letter, then letters"},
	    {"[milter]\nsocket-mode = 0888\n", "octal"},
	    {"[milter]\nfree-space-minimum = 95%\n", "a share from 0% to 90%"},
	    {"[company]\nown-networks = 192.0.2.0/33\n", "networks like"},
	    {"[company]\ndomains = boss@firma.example\n", "domains separated"},
	    {"[company]\nname = \xff\n", "UTF-8"},
	    {"name = x\n", "k.conf"},
	    {"[company\n", "k.conf"},
	    {"[company]\nname\n", "k.conf"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(conf_parse(bad[i].text, "k.conf", &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
		if (strstr(error->message, bad[i].says) == NULL)
			g_error("\"%s\" doesn't say \"%s\"", error->message, bad[i].says);
	}
}

static void
test_missing(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(conf_load("/nonexistent/kartoteka.conf", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/conf/defaults", test_defaults);
	g_test_add_func("/conf/values", test_values);
	g_test_add_func("/conf/named", test_named);
	g_test_add_func("/conf/refused", test_refused);
	g_test_add_func("/conf/missing", test_missing);
	return g_test_run();
}
