/*
 * login: sign-in by password (Argon2id), throttled by login and by client, and web sessions.
 *
 * A session is a random 128-bit token in a cookie, looked up by its keyed hash; it ends after
 * web/session-lifetime without a request and at the latest after web/session-maximum.
 */
#pragma once

#include "rules/session.h"

#define LOGIN_TOKEN_SIZE 27 /* TOKEN_LENGTH of crypt/token.h and the NUL */

/* By what [web] sign-in says: the user's own password, or that of his mail, which the company's server is asked about. poller:
 * a connection to the poller (wish_connect(): a CGI makes it before it locks itself in), or -1: then no password of mail
 * is right. It stays the caller's. Nothing is kept of the password of mail; whether it was wrong or couldn't be asked about
 * is not told, since only a login that exists is asked about.
 *
 * ret_token: what the cookie holds. Wrong login or password: ERROR_DENIED, the same words and the same
 * time for both; too many tries: ERROR_TOO_BIG. client: numeric address of the browser, counted by
 * net_party(). */
bool login_with_password(Store *store, const char *login, const char *password, const char *client,
    int poller, char ret_token[static LOGIN_TOKEN_SIZE], GError **error);

/* The Session of a token (of a cookie: untrusted). ERROR_DENIED when there is none or it has ended. */
Session *login_session(Store *store, const char *token, GError **error);

/* The token that each form carries: derived from the session's, worthless without it. */
bool login_csrf_token(
    Store *store, const char *token, char ret[static LOGIN_TOKEN_SIZE], GError **error);
/* In constant time; ERROR_DENIED. */
bool login_check_csrf(Store *store, const char *token, const char *csrf, GError **error);

bool login_end(Store *store, const char *token, GError **error);

/* Checks that it is long enough (10 characters), makes the Argon2id string; new. */
char *login_hash_password(const char *password, GError **error);
