/*
 * reply: what goes back for one request: status, headers and body, collected and sent at the end.
 *
 * Nothing is written before reply_send(), so that an error late in a page is still a clean page and
 * the access record's row is there before the first byte leaves. Every answer carries the headers
 * that keep a page to itself: no script, nothing from elsewhere, in no foreign frame, in no cache.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
	REPLY_PAGE,    /* a page of ours: own style sheet, own forms, own frames */
	REPLY_FOREIGN, /* somebody's HTML mail: opaque origin, no script, no request, for a frame of
			  ours */
	REPLY_DOWNLOAD, /* a file as it is, never shown by the browser */
	REPLY_STATIC,   /* our style sheet: may be kept, its address changes with it */
} ReplyKind;

typedef struct Reply Reply;

Reply *reply_new(void); /* 200, an empty REPLY_PAGE */
void reply_free(Reply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reply, reply_free)

void reply_status(Reply *reply, int status);
int reply_get_status(const Reply *reply);

/* A header of the page's own. A value with control characters is a bug of the caller (g_assert). */
void reply_header(Reply *reply, const char *name, const char *value);

/* A cookie: HttpOnly, SameSite=Lax, Path=/, Secure (and then with the prefix "__Host-" before its
 * name, see reply_cookie_name) when https; until the browser is closed. value NULL deletes it. */
void reply_cookie(Reply *reply, const char *name, const char *value, bool https);

/* The name under which the browser sends that cookie back. Newly allocated. */
char *reply_cookie_name(const char *name, bool https);

/* What it is; type is a media type without line breaks ("text/html; charset=utf-8"). */
void reply_body(Reply *reply, ReplyKind kind, const char *type, GBytes *body);

/* Body as a download under a safe file name: RFC 6266 with an ASCII fallback and the UTF-8 name. */
void reply_download(Reply *reply, const char *file_name, const char *type, GBytes *body);

/* The name as a file system and a header take it: no path, control character, quote or direction
 * mark, at most 120 characters; "attachment" when nothing is left. Newly allocated. */
char *reply_file_name(const char *name);

/* 303 to that address (of ours: begins with "/" and one only), with an empty body. */
void reply_redirect(Reply *reply, const char *location);

/* The whole answer as the web server takes it; head: without the body. */
GBytes *reply_bytes(const Reply *reply, bool head);

/* Writes it; false when the web server went away. */
bool reply_send(const Reply *reply, int fd, bool head);
