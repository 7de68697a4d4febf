#include "prog/command-retro.h"

#include "base/log.h"
#include "rules/retro.h"

#include <stdio.h>
#include <unistd.h>

gboolean command_retro_search, command_retro_everybody, command_retro_yes;
char *command_retro_reason;

bool
command_retro_check(Command *command, GError **error)
{
	if (!command_retro_search &&
	    (command_retro_everybody || command_retro_yes || command_retro_reason != NULL))
		return command_usage(command, error,
		    "--all-mailboxes, --reason and --yes belong to --search-mailboxes.");
	if (command_retro_search && !command_retro_yes && !isatty(STDIN_FILENO))
		return command_usage(command, error,
		    "Nobody can be asked here whether the mail shall be brought in: say --yes.");
	return true;
}

static RetroAsk
ask_of(char *const *addresses)
{
	return (RetroAsk){.everybody = command_retro_everybody,
	    .reason = command_retro_reason,
	    .addresses = addresses};
}

/* On standard error: standard output has the contact's id. */
static gint64
show(const WishReply *reply)
{
	gint64 sum = 0;

	for (guint i = 0; i < reply->found->len; i++) {
		const WishFound *found = reply->found->pdata[i];
		g_autofree char *login = log_escape(found->login);
		g_autofree char *folder = log_escape(found->folder);

		if (found->count > 0)
			fprintf(
			    stderr, "%8" G_GINT64_FORMAT "  %s/%s\n", found->count, login, folder);
		sum += found->count;
	}
	fprintf(stderr, "%8" G_GINT64_FORMAT "  mails in %s\n", sum,
	    command_retro_everybody ? "all mailboxes" : "your mailbox");
	return sum;
}

static bool
is_wanted(void)
{
	char answer[16] = "";

	if (command_retro_yes)
		return true;
	fputs("Bring them in? They stay closed to all but those who took part in them. [y/N] ",
	    stderr);
	return fgets(answer, sizeof answer, stdin) != NULL &&
	       (answer[0] == 'y' || answer[0] == 'Y');
}

bool
command_retro_look(Session *session, char *const *addresses, bool *ret, GError **error)
{
	RetroAsk ask = ask_of(addresses);
	g_autoptr(WishReply) reply = NULL;

	*ret = false;
	if (!command_retro_search)
		return true;
	reply = retro_count(session, &ask, error);
	if (reply == NULL)
		return false;
	*ret = show(reply) > 0 && is_wanted();
	return true;
}

bool
command_retro_fetch(Session *session, char *const *addresses, const Id *contact, GError **error)
{
	RetroAsk ask = ask_of(addresses);
	g_autoptr(GError) failed = NULL;
	g_autoptr(WishReply) reply = retro_fetch(session, &ask, contact, &failed);
	g_autofree char *id = id_text(contact);

	if (reply == NULL)
		return error_set(error, error_code(failed),
		    "The contact is there, its past not yet: %s Try again with \"kartoteka "
		    "contact edit %s --search-mailboxes\".",
		    failed->message, id);
	fprintf(stderr, "%8s  brought in, to be filed in a moment\n", reply->value);
	return true;
}
