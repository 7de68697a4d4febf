#include "prog/rewind-print.h"

#include "rules/rewind.h"

#include <stdio.h>

bool
rewind_print(Session *session, GError **error)
{
	RewindResult result;

	if (!rewind_poller(session, &result, error))
		return false;
	printf("The poller was told of %u folders with %" G_GINT64_FORMAT
	       " mails; it takes in again whatever else the mailboxes hold.\n",
	    result.folders, result.kept);
	return true;
}
