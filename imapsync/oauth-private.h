/*
 * oauth-private: what oauth.c and oauth-authorize.c share.
 */
#pragma once

#include "imapsync/oauth.h"

/* What a token endpoint gave, and what lies in a token file. */
typedef struct {
	char *access, *refresh; /* NULL: none */
	gint64 access_expires;  /* ms */
	gint64 refresh_expires; /* ms, 0: unknown */
} OauthTokens;

void oauth_tokens_clear(OauthTokens *tokens);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OauthTokens, oauth_tokens_clear)

/* Posts to the token endpoint. *ret_error, newly allocated, is the code of a refusal that means "go on waiting" in the device
 * flow ("authorization_pending", "slow_down"), otherwise NULL; with it nothing else is set and true is returned. */
bool oauth_private_ask(const OauthClient *client, const char *form, OauthTokens *ret,
    char **ret_error, GError **error);

/* The refusal in an answer as an error. Returns false. */
bool oauth_private_refusal(GHashTable *answer, const char *url, GError **error);

bool oauth_private_write(const char *token_file, const OauthTokens *tokens, GError **error);
