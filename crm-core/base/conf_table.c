#include "base/conf_table.h"

#define KB G_GINT64_CONSTANT(1024)
#define MB (1024 * KB)
#define GB (1024 * MB)
#define DAY G_GINT64_CONSTANT(86400)

#define AT(member) offsetof(Conf, member)

/* clang-format off */
const ConfRow conf_table[] = {
	{"company", "name", TYPE_TEXT, AT(company.name), "", 0, 0, NULL,
	 "The company's name, as pages and letters show it."},
	{"company", "domains", TYPE_DOMAINS, AT(company.domains), "", 0, 0, NULL,
	 "The company's own mail domains: addresses there are staff, never contacts."},
	{"company", "own-networks", TYPE_NETWORKS, AT(company.own_networks), "", 0, 0, NULL,
	 "Clients in these networks prove a staff sender without a login."},
	{"company", "subaddress-domains", TYPE_DOMAINS, AT(company.subaddress_domains), "", 0, 0, NULL,
	 "Domains where \"+tag\" is no part of the address; \"*\" for all."},
	{"company", "free-mail-domains-file", TYPE_PATH, AT(company.free_mail_domains_file),
	 PKGDATADIR "/free-mail-domains", 0, 0, NULL,
	 "A domain per line that never stands for an organisation."},

	{"data", "user", TYPE_TEXT, AT(data.user), "", 0, 0, NULL,
	 "The user that opens the database; empty: whoever starts the program."},
	{"data", "directory", TYPE_PATH, AT(data.directory), LOCALSTATEDIR "/lib/kartoteka", 0, 0, NULL,
	 "Holds kartoteka.db, keys.db and access.db."},
	{"data", "search-directory", TYPE_PATH, AT(data.search_directory), "", 0, 0, NULL,
	 "Holds search.db, in plain text; empty: the data directory."},
	{"data", "master-key-file", TYPE_PATH, AT(data.master_key_file),
	 SYSCONFDIR "/kartoteka/master.key", 0, 0, NULL,
	 "The key that wraps all others; keep a copy away from the backups."},
	{"data", "spool-directory", TYPE_PATH, AT(data.spool_directory),
	 LOCALSTATEDIR "/spool/kartoteka", 0, 0, NULL, "Holds one folder per source of mail."},
	{"data", "published-directory", TYPE_PATH, AT(data.published_directory),
	 LOCALSTATEDIR "/lib/kartoteka-published", 0, 0, NULL,
	 "Lists that kartotekad writes for the milter and the forms."},
	{"data", "run-directory", TYPE_PATH, AT(data.run_directory), "/run/kartoteka", 0, 0, NULL,
	 "Holds pid files and sockets."},
	{"data", "erasure-ledger-file", TYPE_PATH, AT(data.erasure_ledger_file),
	 LOCALSTATEDIR "/lib/kartoteka-ledger/erasures", 0, 0, NULL,
	 "The list of erasures, without names; keep it outside all backups."},

	{"milter", "socket", TYPE_TEXT, AT(milter.socket), "unix:/run/kartoteka/milter.sock", 0, 0, NULL,
	 "Where the MTA finds the milter: unix:/path, inet:port@host or inet6:port@host."},
	{"milter", "socket-mode", TYPE_OCTAL, AT(milter.socket_mode), "0660", 0, 0777, NULL,
	 "The mode of the UNIX socket."},
	{"milter", "user", TYPE_TEXT, AT(milter.user), "", 0, 0, NULL,
	 "The user that the milter becomes after opening its socket; empty: it stays."},
	{"milter", "group", TYPE_TEXT, AT(milter.group), "", 0, 0, NULL,
	 "The group of the UNIX socket, that of the MTA; empty: the user's."},
	{"milter", "spool-name", TYPE_NAME, AT(milter.spool_name), "smtp", 0, 0, NULL,
	 "The name of this milter as a source; each milter has its own."},
	{"milter", "cannot-spool", TYPE_WORD, AT(milter.cannot_spool), "tempfail", 0, 0,
	 "tempfail accept",
	 "What the MTA hears when a mail can't be spooled: come again, or yes with an alarm in the log."},
	{"milter", "free-space-minimum", TYPE_SPACE, AT(milter.free_space_minimum), "5%", 0, 0, NULL,
	 "Below this much free space the setting cannot-spool applies: a size, or a share like 5%."},
	{"milter", "trusted-authserv-ids", TYPE_LIST, AT(milter.trusted_authserv_ids), "", 0, 0, NULL,
	 "Whose Authentication-Results count; the MTA must remove forged ones."},
	{"milter", "proof-networks", TYPE_NETWORKS, AT(milter.proof_networks), "", 0, 0, NULL,
	 "Private marks from clients there count without a login, too."},
	{"milter", "private-subject-mark", TYPE_TEXT, AT(milter.private_subject_mark), "", 0, 0, NULL,
	 "A subject that begins with it makes own mail private, as in \"[private]\"; empty: none."},
	{"milter", "timeout", TYPE_TIME, AT(milter.timeout), "2h", 10, DAY, NULL,
	 "How long a silent MTA is waited for."},

	{"imap", "control-socket", TYPE_PATH, AT(imap.control_socket), "/run/kartoteka-imapsync/control", 0, 0,
	 NULL, "Where the core asks the IMAP poller to search, to begin anew, or about a password."},

	{"filing", "waiting-days", TYPE_NUMBER, AT(filing.waiting_days), "30", 0, 3650, NULL,
	 "Mail that no contact matches is destroyed after so many days."},
	{"filing", "batch", TYPE_NUMBER, AT(filing.batch), "64", 1, 1000, NULL,
	 "At most so many mails are filed in one transaction."},
	{"filing", "login-from", TYPE_WORD, AT(filing.login_from), "own", 0, 0, "own company any",
	 "Which From a login proves: the user's own addresses, any of the company's, or any."},
	{"filing", "trusted-dmarc", TYPE_LIST, AT(filing.trusted_dmarc), "pass", 0, 0, NULL,
	 "DMARC results of a trusted server that prove a sender."},

	{"parser", "bytes", TYPE_SIZE, AT(parser.bytes), "50M", 64 * KB, GB, NULL,
	 "A larger mail is quarantined unread."},
	{"parser", "header-lines", TYPE_NUMBER, AT(parser.header_lines), "2000", 50, 100000, NULL,
	 "A mail with more header lines is quarantined."},
	{"parser", "parts", TYPE_NUMBER, AT(parser.parts), "1000", 10, 100000, NULL,
	 "A mail with more MIME parts is quarantined."},
	{"parser", "nesting", TYPE_NUMBER, AT(parser.nesting), "20", 3, 100, NULL,
	 "A mail whose parts are nested deeper is quarantined."},
	{"parser", "addresses", TYPE_NUMBER, AT(parser.addresses), "1000", 50, 100000, NULL,
	 "A mail with more addresses in its header is quarantined."},
	{"parser", "memory", TYPE_SIZE, AT(parser.memory), "256M", 64 * MB, 4 * GB, NULL,
	 "The memory of a parser child."},
	{"parser", "seconds", TYPE_TIME, AT(parser.seconds), "5", 1, 600, NULL,
	 "The processor time of a parser child for one mail."},
	{"parser", "children", TYPE_NUMBER, AT(parser.children), "2", 1, 64, NULL,
	 "So many parser children run at once."},

	{"web", "session-lifetime", TYPE_TIME, AT(web.session_lifetime), "8h", 60, 30 * DAY, NULL,
	 "A session ends after so long without a request."},
	{"web", "session-maximum", TYPE_TIME, AT(web.session_maximum), "16h", 60, 90 * DAY, NULL,
	 "A session ends so long after the sign-in, used or not."},
	{"web", "public-url", TYPE_TEXT, AT(web.public_url), "", 0, 0, NULL,
	 "The address of the pages, for links that leave the program."},
	{"web", "language", TYPE_TEXT, AT(web.language), "", 0, 0, NULL,
	 "The language of the pages, \"cs\" or \"en\"; empty: what the browser asks for."},

	{"log", "target", TYPE_WORD, AT(log.target), "stderr", 0, 0, "stderr syslog",
	 "Where the log goes: standard error, or syslog (facility mail)."},
	{"log", "level", TYPE_WORD, AT(log.level), "info", 0, 0, "error warning info debug",
	 "How much is logged."},
};
/* clang-format on */

const gsize conf_table_length = G_N_ELEMENTS(conf_table);
