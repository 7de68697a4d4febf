/*
 * conf: the one configuration file, read into one plain struct.
 *
 * /etc/kartoteka/kartoteka.conf, or the file named by --config, or by the environment variable
 * KARTOTEKA_CONFIG, in this order. "[section]" lines, "key = value" lines, "#" comments. Every
 * setting is one row of the table in conf.c (section, key, type, place in Conf, default, limits,
 * sentence): to add one, add a member here, a row there and a paragraph in kartoteka.conf.5 (a lint
 * test compares them). An unknown section or key is an error that names it, its line and the
 * nearest known one; a wrong value names its limits.
 *
 * "[imap-server NAME]" and "[mailbox LOGIN]" may stand there once for each name: their rows have their place in
 * ConfImapServer and ConfMailbox.
 *
 * Sizes are written "500", "64K", "25M", "2G"; times "90", "90s", "15m", "12h", "30d"; lists are
 * separated by commas; secrets are paths of files. A relative path is an error.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Free space to keep: in bytes or in percent of the file system; the other one is 0. */
typedef struct {
	gint64 bytes;
	gint64 percent;
} ConfSpace;

typedef enum { CONF_CANNOT_SPOOL_TEMPFAIL, CONF_CANNOT_SPOOL_ACCEPT } ConfCannotSpool;

/* Which From a SASL login may use and still count as proved. */
typedef enum {
	CONF_LOGIN_FROM_OWN,     /* the addresses of the user that the login belongs to */
	CONF_LOGIN_FROM_COMPANY, /* any address of the company's domains */
	CONF_LOGIN_FROM_ANY,
} ConfLoginFrom;

typedef enum { CONF_TLS_IMPLICIT, CONF_TLS_STARTTLS, CONF_TLS_NONE } ConfTls;

typedef enum {
	CONF_AUTH_PASSWORD, /* what the server offers: PLAIN, LOGIN, SCRAM */
	CONF_AUTH_PLAIN,
	CONF_AUTH_LOGIN,
	CONF_AUTH_SCRAM_SHA_256,
	CONF_AUTH_SCRAM_SHA_1,
	CONF_AUTH_XOAUTH2,
} ConfAuth;

/* Which folders are read: patterns with "*" and "?", levels separated by "/". */
typedef struct {
	char **take;    /* only these; an empty list: see ConfMailbox */
	char **leave;   /* not these */
	char **private; /* never opened, nor what is below them */
} ConfFolders;

/* [imap-server NAME]. Members are never NULL, here and in ConfMailbox. */
typedef struct {
	char *name, *host;
	gint64 port; /* 0: the usual one */
	gint64 tls;  /* ConfTls */
	char *ca_file;
	gint64 auth; /* ConfAuth */
	char *master_user, *master_separator;
	char *secret_file,
	    *secret_command; /* of the master user, or of every mailbox that has none */
	struct {
		char *provider; /* "microsoft", "google"; "": all of it is said below */
		char *tenant;   /* Microsoft's */
		char *client_id, *client_secret_file;
		char *token_url, *device_url, *authorize_url, *scope; /* "": the provider's */
		gint64 application; /* 1: the program itself may read the mailboxes */
	} oauth;                    /* with CONF_AUTH_XOAUTH2 */
	gint64 connections;         /* at once */
	gint64 timeout;             /* seconds */
	gint64 rate;                /* bytes fetched a second; 0: as fast as it can */
	char *mailboxes_file;       /* more mailboxes, a line each */
	ConfFolders folders;
	gint64 drafts, junk, trash; /* 1: taken, too */
} ConfImapServer;

/* [mailbox LOGIN]: LOGIN is that of a user of Kartoteka. */
typedef struct {
	char *login;
	char *server;                       /* "": the only one */
	char *user_name;                    /* at the server; "": the login */
	char *secret_file, *secret_command; /* "": the server's */
	ConfFolders folders;                /* empty lists: the server's; private: both */
} ConfMailbox;

/* Which password lets staff into the pages. */
typedef enum { CONF_SIGN_IN_PASSWORD, CONF_SIGN_IN_MAIL, CONF_SIGN_IN_BOTH } ConfSignIn;

/* Members are never NULL: an empty string or an empty list means "not set". */
typedef struct {
	char *path; /* the file that was read */

	struct {
		char *name;
		char **domains;            /* our own mail domains, lower case, IDNA as ASCII */
		char **own_networks;       /* clients there without a login prove a staff sender */
		char **subaddress_domains; /* where "+tag" is no part of the address; "*":
					      everywhere */
		char *free_mail_domains_file;
	} company;
	struct {
		char *user; /* the user that opens the database; "": whoever starts the program */
		char *directory;        /* kartoteka.db, keys.db, access.db */
		char *search_directory; /* search.db; "" = directory */
		char *master_key_file;
		char *spool_directory;     /* one folder per source */
		char *published_directory; /* written by kartotekad for milter and forms */
		char *run_directory;       /* pid files, status socket */
		char *erasure_ledger_file; /* outside all backups */
		char *sendmail;            /* through it letters of our own leave */
	} data;
	struct {
		char *socket;        /* "unix:/path", "inet:port@host", "inet6:port@host" */
		gint64 socket_mode;  /* of the UNIX socket, octal in the file */
		char *user;          /* to become after opening the socket; "": stay */
		char *group;         /* of the UNIX socket, and kept by the program */
		char *spool_name;    /* the source's name: one per milter */
		gint64 cannot_spool; /* ConfCannotSpool */
		ConfSpace free_space_minimum;
		char **
		    trusted_authserv_ids; /* whose Authentication-Results count for this listener */
		char **proof_networks;    /* private marks count from there without a login, too */
		char *private_subject_mark; /* at the beginning of the decoded Subject, without
					       case; "": none */
		gint64 timeout;             /* seconds that libmilter waits for the MTA */
	} milter;
	struct {
		char *control_socket; /* where the core finds the poller (base/wish.h); a path */
		char *user;           /* to become; "": stay */
		char
		    *group; /* kept by the program, and of its files for the core: "": the user's */
		char *spool_name;  /* the source's name */
		char *directory;   /* a cursor per mailbox, tokens */
		char *status_file; /* base/poller-status.h */
		ConfSpace free_space_minimum;
		gint64 mailboxes; /* worked on at once; those that only wait for news don't count */
		gint64 interval;  /* seconds between two looks at a folder without IDLE */
		gint64 message_bytes; /* a larger message is put down as one that can't be had */
		gint64 tries;         /* of one message, before it is put into quarantine */
		gint64 alarm_after;  /* seconds without success of a mailbox until it is an alarm */
		char *alarm_address; /* "": no mail */
	} imap;
	struct {
		gint64 waiting_days;  /* mail without a contact is destroyed after that */
		gint64 batch;         /* at most so many mails per transaction */
		gint64 login_from;    /* ConfLoginFrom */
		char **trusted_dmarc; /* DMARC results that prove a sender: "pass" */
	} filing;
	struct {
		gint64 bytes, header_lines, parts, nesting, addresses;
		gint64 memory;   /* bytes of address space of a child */
		gint64 seconds;  /* processor time per mail */
		gint64 children; /* at once */
	} parser;
	struct {
		gint64 sign_in;          /* ConfSignIn */
		gint64 session_lifetime; /* seconds without a request */
		gint64 session_maximum;  /* seconds since sign-in */
		char *public_url;        /* base of links that leave the program */
		char *language;          /* "cs", "en"; "": what the browser asks for */
	} web;
	struct {
		gint64 target; /* LogTarget */
		gint64 level;  /* LogLevel */
	} log;
	GPtrArray *imap_servers; /* ConfImapServer, in the order of the file */
	GPtrArray *mailboxes;    /* ConfMailbox */
} Conf;

/* path: of --config, or NULL. ERROR_NOT_FOUND, ERROR_INVALID. */
Conf *conf_load(const char *path, GError **error);

/* The same from text in memory, for tests; name stands for the file in messages. */
Conf *conf_parse(const char *text, const char *name, GError **error);

void conf_free(Conf *conf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Conf, conf_free)

/* log_open() with what [log] says. */
void conf_open_log(const Conf *conf, const char *program);

/* The whole table as text, one setting per line:
 * "section<TAB>key<TAB>type<TAB>default<TAB>limits<TAB>sentence". Newly allocated. */
char *conf_describe(void);

/* Is the domain (or the domain of the address) one of [company] domains? NULL and "" are not. */
bool conf_is_own_domain(const Conf *conf, const char *domain);
bool conf_is_own_address(const Conf *conf, const char *address);
