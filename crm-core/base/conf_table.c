#include "base/conf_table.h"

#include <string.h>

#define KB G_GINT64_CONSTANT(1024)
#define MB (1024 * KB)
#define GB (1024 * MB)
#define DAY G_GINT64_CONSTANT(86400)

#define AT(member) offsetof(Conf, member)
#define AT_SERVER(member) offsetof(ConfImapServer, member)
#define AT_MAILBOX(member) offsetof(ConfMailbox, member)

const ConfNamed conf_named[] = {
    {"imap-server", AT(imap_servers), sizeof(ConfImapServer), AT_SERVER(name), "NAME"},
    {"mailbox", AT(mailboxes), sizeof(ConfMailbox), AT_MAILBOX(login), "LOGIN"},
};

const gsize conf_named_length = G_N_ELEMENTS(conf_named);

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
	{"data", "sendmail", TYPE_PATH, AT(data.sendmail), "/usr/sbin/sendmail", 0, 0, NULL,
	 "The program through which letters of our own leave."},

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

	{"imap", "user", TYPE_TEXT, AT(imap.user), "", 0, 0, NULL,
	 "The user that the poller becomes; empty: it stays."},
	{"imap", "group", TYPE_TEXT, AT(imap.group), "", 0, 0, NULL,
	 "The group of its socket and of its status, that of the database's user; empty: the user's."},
	{"imap", "spool-name", TYPE_NAME, AT(imap.spool_name), "imap", 0, 0, NULL,
	 "The name of the poller as a source."},
	{"imap", "directory", TYPE_PATH, AT(imap.directory), LOCALSTATEDIR "/lib/kartoteka-imapsync", 0, 0, NULL,
	 "Holds what was taken from each mailbox, and tokens."},
	{"imap", "control-socket", TYPE_PATH, AT(imap.control_socket), "/run/kartoteka-imapsync/control", 0, 0,
	 NULL, "Where the core asks the IMAP poller to search, to begin anew, or about a password."},
	{"imap", "status-file", TYPE_PATH, AT(imap.status_file), "/run/kartoteka-imapsync/status", 0, 0, NULL,
	 "Where the poller says how it is."},
	{"imap", "free-space-minimum", TYPE_SPACE, AT(imap.free_space_minimum), "5%", 0, 0, NULL,
	 "Below this much free space of the spool nothing is fetched: a size, or a share like 5%."},
	{"imap", "mailboxes", TYPE_NUMBER, AT(imap.mailboxes), "8", 1, 1000, NULL,
	 "So many mailboxes are worked on at once; those that only wait for news do not count."},
	{"imap", "interval", TYPE_TIME, AT(imap.interval), "3m", 1, DAY, NULL,
	 "Folders that are not watched are asked for news so often."},
	{"imap", "message-bytes", TYPE_SIZE, AT(imap.message_bytes), "256M", 64 * KB, 2 * GB, NULL,
	 "A larger message is not fetched, but put into quarantine by its number."},
	{"imap", "tries", TYPE_NUMBER, AT(imap.tries), "5", 1, 100, NULL,
	 "A message that can not be had so often is put into quarantine by its number."},
	{"imap", "alarm-after", TYPE_TIME, AT(imap.alarm_after), "1h", 60, 30 * DAY, NULL,
	 "A mailbox that could not be read for so long is an alarm."},
	{"imap", "alarm-address", TYPE_ADDRESS, AT(imap.alarm_address), "", 0, 0, NULL,
	 "Who gets a mail about alarms; empty: nobody."},

	{"imap-server", "host", TYPE_TEXT, AT_SERVER(host), "", 0, 0, NULL,
	 "The server's name, which its certificate must bear."},
	{"imap-server", "port", TYPE_NUMBER, AT_SERVER(port), "0", 0, 65535, NULL,
	 "Its port; 0: 993 with implicit TLS, else 143."},
	{"imap-server", "security", TYPE_WORD, AT_SERVER(tls), "tls", 0, 0, "tls starttls none",
	 "How the connection is protected; none only on this machine."},
	{"imap-server", "ca-file", TYPE_PATH, AT_SERVER(ca_file), "", 0, 0, NULL,
	 "Certificates to trust instead of the system's, in PEM."},
	{"imap-server", "auth", TYPE_WORD, AT_SERVER(auth), "password", 0, 0,
	 "password plain login scram-sha-256 scram-sha-1 xoauth2",
	 "How the poller logs in; password: by a password, in the way that the server offers."},
	{"imap-server", "master-user", TYPE_TEXT, AT_SERVER(master_user), "", 0, 0, NULL,
	 "The account that may read all mailboxes; empty: each mailbox has its own secret."},
	{"imap-server", "master-separator", TYPE_TEXT, AT_SERVER(master_separator), "", 0, 0, NULL,
	 "Log in as one name, mailbox, separator and master user, like \"*\" for Dovecot."},
	{"imap-server", "secret-file", TYPE_PATH, AT_SERVER(secret_file), "", 0, 0, NULL,
	 "Holds the password in its first line; nobody else may read it."},
	{"imap-server", "secret-command", TYPE_TEXT, AT_SERVER(secret_command), "", 0, 0, NULL,
	 "A command that prints the password; %u in it is the mailbox's name at the server."},
	{"imap-server", "oauth-provider", TYPE_CHOICE, AT_SERVER(oauth.provider), "", 0, 0, "microsoft google",
	 "Whose tokens are used with xoauth2: microsoft or google; empty: the settings below say all."},
	{"imap-server", "oauth-tenant", TYPE_TEXT, AT_SERVER(oauth.tenant), "", 0, 0, NULL,
	 "The company's tenant at Microsoft; empty: common."},
	{"imap-server", "oauth-client-id", TYPE_TEXT, AT_SERVER(oauth.client_id), "", 0, 0, NULL,
	 "The number under which this program is registered with the provider."},
	{"imap-server", "oauth-client-secret-file", TYPE_PATH, AT_SERVER(oauth.client_secret_file), "", 0, 0, NULL,
	 "Holds the program's secret with the provider in its first line; empty: it has none."},
	{"imap-server", "oauth-token-url", TYPE_URL, AT_SERVER(oauth.token_url), "", 0, 0, NULL,
	 "Where tokens are had; empty: the provider's."},
	{"imap-server", "oauth-device-url", TYPE_URL, AT_SERVER(oauth.device_url), "", 0, 0, NULL,
	 "Where the device flow begins; empty: the provider's."},
	{"imap-server", "oauth-authorize-url", TYPE_URL, AT_SERVER(oauth.authorize_url), "", 0, 0, NULL,
	 "Where the code flow begins; empty: the provider's."},
	{"imap-server", "oauth-scope", TYPE_TEXT, AT_SERVER(oauth.scope), "", 0, 0, NULL,
	 "What is asked for; empty: what the provider wants for IMAP."},
	{"imap-server", "oauth-application", TYPE_WORD, AT_SERVER(oauth.application), "no", 0, 0, "no yes",
	 "With yes the program itself may read the mailboxes, and nobody has to authorize it for one."},
	{"imap-server", "connections", TYPE_NUMBER, AT_SERVER(connections), "40", 1, 10000, NULL,
	 "At most so many connections at once."},
	{"imap-server", "timeout", TYPE_TIME, AT_SERVER(timeout), "1m", 1, 3600, NULL,
	 "A server that is silent for so long is given up, and asked again later."},
	{"imap-server", "rate", TYPE_SIZE, AT_SERVER(rate), "0", 0, 10 * GB, NULL,
	 "At most so many bytes a second are fetched from it; 0: as fast as it can."},
	{"imap-server", "mailboxes-file", TYPE_PATH, AT_SERVER(mailboxes_file), "", 0, 0, NULL,
	 "More mailboxes of this server: a login per line, a blank, and its name at the server where that is another one."},
	{"imap-server", "folders", TYPE_LIST, AT_SERVER(folders.take), "*", 0, 0, NULL,
	 "Only these folders are read; \"*\" and \"?\" stand for any letters, \"/\" separates levels."},
	{"imap-server", "not-folders", TYPE_LIST, AT_SERVER(folders.leave), "", 0, 0, NULL,
	 "These folders are not read."},
	{"imap-server", "private-folders", TYPE_LIST, AT_SERVER(folders.private), "", 0, 0, NULL,
	 "These folders and all below them are never opened."},
	{"imap-server", "drafts", TYPE_WORD, AT_SERVER(drafts), "leave", 0, 0, "leave take",
	 "What becomes of the folder of drafts."},
	{"imap-server", "junk", TYPE_WORD, AT_SERVER(junk), "leave", 0, 0, "leave take",
	 "What becomes of the folder of junk."},
	{"imap-server", "trash", TYPE_WORD, AT_SERVER(trash), "take", 0, 0, "leave take",
	 "What becomes of the folder of deleted mail."},

	{"mailbox", "server", TYPE_TEXT, AT_MAILBOX(server), "", 0, 0, NULL,
	 "The name of its imap-server; empty: the only one."},
	{"mailbox", "user-name", TYPE_TEXT, AT_MAILBOX(user_name), "", 0, 0, NULL,
	 "Its name at the server; empty: the login."},
	{"mailbox", "secret-file", TYPE_PATH, AT_MAILBOX(secret_file), "", 0, 0, NULL,
	 "Holds its password in its first line; empty: the server's secret."},
	{"mailbox", "secret-command", TYPE_TEXT, AT_MAILBOX(secret_command), "", 0, 0, NULL,
	 "A command that prints its password; empty: the server's secret."},
	{"mailbox", "folders", TYPE_LIST, AT_MAILBOX(folders.take), "", 0, 0, NULL,
	 "Only these folders are read; empty: those of the server."},
	{"mailbox", "not-folders", TYPE_LIST, AT_MAILBOX(folders.leave), "", 0, 0, NULL,
	 "These folders are not read; empty: those of the server."},
	{"mailbox", "private-folders", TYPE_LIST, AT_MAILBOX(folders.private), "", 0, 0, NULL,
	 "These folders and all below them are never opened, beside those of the server."},

	{"filing", "waiting-days", TYPE_NUMBER, AT(filing.waiting_days), "30", 0, 3650, NULL,
	 "Mail that no contact matches is destroyed after so many days."},
	{"filing", "batch", TYPE_NUMBER, AT(filing.batch), "512", 1, 1000, NULL,
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

	{"web", "sign-in", TYPE_WORD, AT(web.sign_in), "password", 0, 0, "password mail both",
	 "What lets staff in: a password of their own for Kartoteka, that of their mail, or either."},
	{"web", "session-lifetime", TYPE_TIME, AT(web.session_lifetime), "8h", 60, 30 * DAY, NULL,
	 "A session ends after so long without a request."},
	{"web", "session-maximum", TYPE_TIME, AT(web.session_maximum), "16h", 60, 90 * DAY, NULL,
	 "A session ends so long after the sign-in, used or not."},
	{"web", "public-url", TYPE_URL, AT(web.public_url), "", 0, 0, NULL,
	 "The address of the pages, for links that leave the program."},
	{"web", "language", TYPE_CHOICE, AT(web.language), "", 0, 0, "cs en",
	 "The language of the pages, \"cs\" or \"en\"; empty: what the browser asks for."},

	{"log", "target", TYPE_WORD, AT(log.target), "stderr", 0, 0, "stderr syslog",
	 "Where the log goes: standard error, or syslog (facility mail)."},
	{"log", "level", TYPE_WORD, AT(log.level), "info", 0, 0, "error warning info debug",
	 "How much is logged."},
};
/* clang-format on */

const gsize conf_table_length = G_N_ELEMENTS(conf_table);

const ConfNamed *
conf_find_named(const char *section)
{
	for (gsize i = 0; i < conf_named_length; i++)
		if (strcmp(conf_named[i].section, section) == 0)
			return &conf_named[i];
	return NULL;
}

GPtrArray *
conf_named_list(const Conf *conf, const ConfNamed *named)
{
	return *(GPtrArray **)((char *)conf + named->list);
}
