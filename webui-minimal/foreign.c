#include "webui-minimal/foreign.h"

#include <string.h>

/* Is this tag one of those? A longer name that begins like one loses its meaning too: no harm. */
static gboolean
is_dropped(const char *name)
{
	static const char *const names[] = {"link", "meta", "base", "iframe", "frame", "object",
	    "embed", "applet", "portal", "fencedframe"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_ascii_strncasecmp(name, names[i], strlen(names[i])) == 0)
			return TRUE;
	return FALSE;
}

/* Renaming leaves no text behind that could close up to another tag, as cutting out would. */
GBytes *
foreign_html(const char *html)
{
	GString *out = g_string_sized_new(strlen(html) + 256);

	for (const char *at = html; *at != '\0'; at++) {
		const char *name = at + 1;

		g_string_append_c(out, *at);
		if (*at != '<')
			continue;
		if (*name == '/') {
			g_string_append_c(out, '/');
			at++;
			name++;
		}
		if (is_dropped(name))
			g_string_append(out, "x-");
	}
	return g_string_free_to_bytes(out);
}
