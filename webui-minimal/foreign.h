/*
 * foreign: somebody's HTML mail, made fit for the sandboxed frame.
 *
 * This is no sanitiser. What keeps scripts and requests out is the answer it is sent in
 * (REPLY_FOREIGN: Content-Security-Policy with sandbox) inside <iframe sandbox="">. Here only those
 * elements lose their meaning that make a browser open connections ahead of the policy, or that
 * change what addresses mean.
 */
#pragma once

#include <glib.h>

/* link, meta, base, iframe, frame, frameset, object, embed, applet and portal get names that no
 * browser knows. html is UTF-8. New. */
GBytes *foreign_html(const char *html);
