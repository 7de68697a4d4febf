/*
 * oauth-http: posts a form by HTTPS and reads the JSON that comes back; the only libcurl and the only JSON-GLib.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Fields for oauth_http_post(): name and value in turn, NULL at the end; a pair whose value is NULL is left out. Newly
 * allocated, URL-encoded; wipe it. */
char *oauth_http_form(const char *name, ...) G_GNUC_NULL_TERMINATED;

/* Posts form to an https:// URL. *ret gets the texts and whole numbers of the answer's object (both as text), *ret_ok whether
 * the status was 2xx; a 4xx with an object is no failure here. TEMPORARY: no answer within 30 seconds, 5xx, 429;
 * INVALID: a certificate that isn't right, or anything else. Answers of more than 64 KB are refused. */
bool oauth_http_post(const char *url, const char *ca_file, const char *form, GHashTable **ret,
    bool *ret_ok, GError **error);
