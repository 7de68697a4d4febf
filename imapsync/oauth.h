/*
 * oauth: access tokens for XOAUTH2, renewed by a refresh token (RFC 6749), and the two ways to a refresh token: the device flow
 * (RFC 8628), and the code flow with PKCE and a redirect to this machine (RFC 7636, 8252).
 *
 * The refresh token lies in a file of mode 0600 with the access token that it gave last; the file is replaced by rename
 * whenever the server sends another. HTTPS alone, verified, without redirects; proxies as the environment says. Not for
 * the log-in itself: imap.h.
 *
 * ERRORS. DENIED: the server doesn't accept the refresh token (any more): authorize again. INVALID: it doesn't know this
 * client, or a setting can't be. TEMPORARY: no answer, or "later". NOT_FOUND: no token file yet.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* All strings belong to the caller and must live as long as an Oauth uses them. */
typedef struct {
	const char *token_url;     /* https:// */
	const char *device_url;    /* NULL: no device flow */
	const char *authorize_url; /* NULL: no code flow */
	const char *scope;
	const char *client_id;
	const char *client_secret; /* NULL: a public client */
	const char *ca_file; /* PEM, instead of the system's certificates; NULL: the system's */
	/* No person and no refresh token: the program itself may read the mailboxes (grant client_credentials; Microsoft's
	 * IMAP.AccessAsApp). No token file is needed then. */
	bool application;
} OauthClient;

/* Fills what is NULL of the URLs and scope for "microsoft" or "google". tenant: Microsoft's, NULL: "common". The texts it
 * fills in are never freed. ERROR_INVALID for another name. */
bool oauth_preset(OauthClient *client, const char *provider, const char *tenant, GError **error);

typedef struct Oauth Oauth;

/* Reads the token file (0600 or it is refused: DENIED). token_file may be NULL for an application. */
Oauth *oauth_new(const OauthClient *client, const char *token_file, GError **error);
void oauth_free(Oauth *oauth);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Oauth, oauth_free)

/* An access token that is good for a minute at least, asked for when need be; newly allocated, wipe it. refused: the token that
 * the IMAP server has just refused, or NULL: another one is asked for then. Safe to call from several threads: one asks,
 * the others wait for it. */
char *oauth_token(Oauth *oauth, const char *refused, GError **error);

/* When the refresh token ends (ms since the epoch) as far as the server has said; 0: it hasn't. */
gint64 oauth_expires(Oauth *oauth);

/* What the person who authorizes has to do. */
typedef struct {
	const char *url;  /* to be opened in a browser */
	const char *code; /* to be typed in there; NULL with the code flow */
	guint seconds;    /* it must be done within */
} OauthTask;

typedef void (*OauthTell)(const OauthTask *task, gpointer data);

/* Both tell what to do, wait until it is done, and write token_file. DENIED: the person has refused; TEMPORARY: too late. */
bool oauth_authorize_device(const OauthClient *client, const char *token_file, OauthTell tell,
    gpointer data, GError **error);

/* The browser is sent back to http://127.0.0.1:PORT/ on this machine (port 0: any free one). When it runs on another machine its
 * last address can't be opened there: a line with that address may be written to input (a file descriptor, -1: none). */
bool oauth_authorize_code(const OauthClient *client, const char *token_file, guint16 port,
    int input, OauthTell tell, gpointer data, GError **error);
