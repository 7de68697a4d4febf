/*
 * cgi: one request as the web server hands it over (RFC 3875), read with limits and checked.
 *
 * For every CGI program here. Knows nothing of contacts, mail or sessions; the answer is reply.h.
 * Only what the variables of CGI say is read: the method, the path behind the program's own
 * (PATH_INFO), the query, a form of type application/x-www-form-urlencoded, cookies, the client's
 * address. No header of a proxy is believed. All strings are valid UTF-8 without control characters
 * (form values may hold line breaks and tabs) and live until cgi_free().
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Beyond these a request is refused with ERROR_TOO_BIG. */
#define CGI_QUERY_MAX (8 << 10)
#define CGI_FORM_MAX (256 << 10)
#define CGI_COOKIE_MAX (8 << 10)
#define CGI_FIELDS_MAX 500

typedef enum {
	CGI_GET,
	CGI_HEAD,
	CGI_POST,
	CGI_OTHER,
} CgiMethod;

typedef struct {
	char *name;
	char *value;
} CgiField;

typedef struct {
	CgiMethod method;
	char *base;     /* where the program is mounted, "" or "/kartoteka": links begin with it */
	char *path;     /* below that, decoded: begins with "/" */
	char *client;   /* numeric address, or "" */
	char *language; /* Accept-Language, or "" */
	bool https;
	bool cross_site;    /* the browser says that another site made it send this */
	GPtrArray *query;   /* CgiField, in order */
	GPtrArray *form;    /* the same, of a POST */
	GPtrArray *cookies; /* the same */
} Cgi;

/* Reads the request from environment (as in environ(7)) and, for a POST, its body from fd.
 * ERROR_INVALID when something isn't what it must be, ERROR_TOO_BIG. */
Cgi *cgi_read(char **environment, int fd, GError **error);

void cgi_free(Cgi *cgi);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cgi, cgi_free)

/* The first field with that name, or NULL. */
const char *cgi_query(const Cgi *cgi, const char *name);
const char *cgi_form(const Cgi *cgi, const char *name);
/* All of them, in order; NULL-terminated, new. */
char **cgi_form_all(const Cgi *cgi, const char *name);
const char *cgi_cookie(const Cgi *cgi, const char *name);

/* A whole number from the query within [minimum, maximum]; otherwise (absent, no number) the
 * fallback. */
gint64 cgi_query_number(
    const Cgi *cgi, const char *name, gint64 minimum, gint64 maximum, gint64 fallback);

/* The token that the forms of this browser carry: a keyed hash of a secret that only it and we know
 * (its session or, before sign-in, a random cookie). Newly allocated. */
char *cgi_token(const char *secret);

/* Did this POST come from a form of ours? Compares its field "token" in constant time and refuses
 * what the browser calls cross-site. ERROR_DENIED. */
bool cgi_check_token(const Cgi *cgi, const char *secret, GError **error);

/* The best of the languages (NULL-terminated, first one is the fallback) for an Accept-Language
 * header. */
const char *cgi_choose_language(const char *accept, const char *const *languages);
