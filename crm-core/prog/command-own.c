#include "prog/command-own.h"

#include <unistd.h>

Session *
command_own_session(Command *command, GError **error)
{
	Store *store;

	if (command->as != NULL || command->session != NULL)
		return command_session(command, error);
	store = command_store(command, error);
	if (store == NULL)
		return NULL;
	command->session = session_new_daemon(store, error);
	if (command->session == NULL)
		return NULL;
	command->session->actor.kind = ACTOR_COMMAND_LINE;
	command->session->surface = SURFACE_COMMAND_LINE;
	command->session->administrator = true;
	command->session->claim = g_strdup_printf("without --as, uid=%u", (unsigned)getuid());
	return command->session;
}
