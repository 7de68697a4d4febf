/*
 * command-retro: --search-mailboxes of "contact add" and "contact edit": look, show, ask, fetch (rules/retro.h).
 */
#pragma once

#include "prog/command.h"

/* --search-mailboxes, --all-mailboxes, --reason, --yes */
#define COMMAND_RETRO_OPTIONS                                                                      \
	{"search-mailboxes", 0, 0, G_OPTION_ARG_NONE, &command_retro_search,                       \
	    "Look for its past in your own mailbox, and bring it in", NULL},                       \
	    {"all-mailboxes", 0, 0, G_OPTION_ARG_NONE, &command_retro_everybody,                   \
		"In everybody's mailboxes; for the administrator", NULL},                          \
	    {"reason", 0, 0, G_OPTION_ARG_STRING, &command_retro_reason,                           \
		"Why in everybody's; is recorded", "TEXT"},                                        \
	{                                                                                          \
		"yes", 0, 0, G_OPTION_ARG_NONE, &command_retro_yes,                                \
		    "Don't ask before it is brought in", NULL                                      \
	}
extern gboolean command_retro_search, command_retro_everybody, command_retro_yes;
extern char *command_retro_reason;

/* Before anything is changed: do the options fit together? */
bool command_retro_check(Command *command, GError **error);

/* Looks, shows what there is, and asks. *ret: shall it be fetched? Nothing is changed. */
bool command_retro_look(Session *session, char *const *addresses, bool *ret, GError **error);

/* Once the contact is there. An error says that the contact is there all the same. */
bool command_retro_fetch(
    Session *session, char *const *addresses, const Id *contact, GError **error);
