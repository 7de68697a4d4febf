#include "base/folder-names.h"

#include <glib.h>
#include <string.h>

/* In lower case. */
static const struct {
	const char *use, *name;
} known[] = {
    {"sent", "sent"},
    {"sent", "sent items"},
    {"sent", "sent messages"},
    {"sent", "sent mail"},
    {"sent", "sent-mail"},
    {"sent", "sent_mail"},
    {"sent", "_sent_mail"},
    {"sent", "_sent"},
    {"sent", "sent_items"},
    {"sent", "odeslané"},
    {"sent", "odeslaná pošta"},
    {"sent", "odeslaná"},
    {"sent", "odoslané"},
    {"sent", "odoslaná pošta"},
    {"sent", "gesendet"},
    {"sent", "gesendete objekte"},
    {"sent", "gesendete elemente"},
    {"drafts", "drafts"},
    {"drafts", "draft"},
    {"drafts", "koncepty"},
    {"drafts", "rozepsané"},
    {"drafts", "entwürfe"},
    {"trash", "trash"},
    {"trash", "deleted items"},
    {"trash", "deleted messages"},
    {"trash", "deleted"},
    {"trash", "koš"},
    {"trash", "odstraněná pošta"},
    {"trash", "odstraněné"},
    {"trash", "kôš"},
    {"trash", "vymazané"},
    {"trash", "odstránená pošta"},
    {"trash", "papierkorb"},
    {"trash", "gelöschte elemente"},
    {"trash", "gelöschte objekte"},
    {"junk", "junk"},
    {"junk", "spam"},
    {"junk", "junk e-mail"},
    {"junk", "junk email"},
    {"junk", "junk mail"},
    {"junk", "bulk mail"},
    {"junk", "nevyžádaná pošta"},
    {"junk", "nevyžádané"},
    {"junk", "nevyžiadaná pošta"},
    {"junk", "junk-e-mail"},
    {"junk", "spamverdacht"},
};

const char *
folder_names_use(const char *name)
{
	g_autofree char *folded = g_utf8_strdown(name, -1);
	g_auto(GStrv) parts = g_strsplit_set(folded, "/.", -1);

	for (char **part = parts; *part != NULL; part++)
		for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
			if (strcmp(*part, known[i].name) == 0)
				return known[i].use;
	return NULL;
}
