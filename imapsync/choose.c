#include "imapsync/choose.h"

#include "base/folder-names.h"

#include <string.h>

static ImapUse
use_of_name(const char *name)
{
	static const struct {
		const char *word;
		ImapUse use;
	} words[] = {{"sent", IMAP_USE_SENT}, {"drafts", IMAP_USE_DRAFTS},
	    {"trash", IMAP_USE_TRASH}, {"junk", IMAP_USE_JUNK}};
	const char *word = folder_names_use(name);

	for (gsize i = 0; word != NULL && i < G_N_ELEMENTS(words); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].use;
	return IMAP_USE_NONE;
}

ImapUse
choose_use(const ImapFolder *folder, const GPtrArray *folders)
{
	ImapUse use = folder->use;

	if (use != IMAP_USE_NONE)
		return use;
	use = use_of_name(folder->name);
	for (guint i = 0; i < folders->len; i++)
		if (((const ImapFolder *)folders->pdata[i])->use == use)
			return IMAP_USE_NONE;
	return use;
}

/* Levels separated by "/", without case. */
static char *
folded_name(const ImapFolder *folder)
{
	g_autofree char *name = g_strdup(folder->name);

	if (folder->separator != '\0' && folder->separator != '/')
		g_strdelimit(name, (char[]){folder->separator, '\0'}, '/');
	return g_utf8_casefold(name, -1);
}

static bool
matches_one(const char *pattern, const char *name)
{
	g_autofree char *folded = g_utf8_casefold(pattern, -1);

	/* some servers put everything below INBOX */
	return g_pattern_match_simple(folded, name) ||
	       (g_str_has_prefix(name, "inbox/") && g_pattern_match_simple(folded, name + 6));
}

static bool
matches(char *const *patterns, const char *name)
{
	for (; patterns != NULL && *patterns != NULL; patterns++)
		if (matches_one(*patterns, name))
			return true;
	return false;
}

bool
choose_is_private(const Account *account, const ImapFolder *folder)
{
	g_autofree char *name = folded_name(folder);

	/* it, and all that it is below */
	for (;;) {
		char *slash;

		if (matches(account->private[0], name) || matches(account->private[1], name))
			return true;
		slash = strrchr(name, '/');
		if (slash == NULL)
			return false;
		*slash = '\0';
	}
}

static bool
use_is_wanted(const Account *account, ImapUse use, bool gmail)
{
	switch (use) {
	case IMAP_USE_DRAFTS:
		return account->server->drafts == 1;
	case IMAP_USE_JUNK:
		return account->server->junk == 1;
	case IMAP_USE_TRASH:
		return account->server->trash == 1;
	case IMAP_USE_SENT:
		return true;
	case IMAP_USE_ALL:
		return gmail;
	case IMAP_USE_FLAGGED:
		return false;
	case IMAP_USE_NONE:
	case IMAP_USE_INBOX:
	case IMAP_USE_ARCHIVE:
		return !gmail;
	}
	return false;
}

static int
rank(ImapUse use)
{
	return use == IMAP_USE_INBOX || use == IMAP_USE_ALL ? 0 : use == IMAP_USE_SENT ? 1 : 2;
}

GPtrArray *
choose_folders(const Account *account, const GPtrArray *folders, bool gmail)
{
	GPtrArray *chosen = g_ptr_array_new();
	bool all = false;

	for (guint i = 0; i < folders->len; i++)
		all =
		    all || (gmail && ((const ImapFolder *)folders->pdata[i])->use == IMAP_USE_ALL);
	for (int wanted = 0; wanted <= 2; wanted++)
		for (guint i = 0; i < folders->len; i++) {
			ImapFolder *folder = folders->pdata[i];
			ImapUse use = choose_use(folder, folders);
			g_autofree char *name = folded_name(folder);

			if (folder->selectable && rank(use) == wanted &&
			    use_is_wanted(account, use, all) &&
			    !choose_is_private(account, folder) && matches(account->take, name) &&
			    !matches(account->leave, name))
				g_ptr_array_add(chosen, folder);
		}
	return chosen;
}
