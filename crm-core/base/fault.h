/*
 * fault: named steps at which a test stops a program or lets a call fail.
 *
 *	if (fault_point("spool-fsync") != 0 || fsync(fd) != 0)
 *		return error_set_errno(error, ERROR_INTERNAL, errno, "The spool file can't be made
 *durable");
 *
 * KARTOTEKA_FAULT="name:n[:what]", several separated by commas. The n-th passage (1 is the first;
 *"n+": that one and all after it) of the point is hit. what: "kill" (SIGKILL to itself, the
 *default), "errno=ENOSPC" (the point returns -1 and sets errno; EIO ENOSPC EAGAIN EMFILE ENOMEM
 *EACCES EINTR EDQUOT EROFS EBUSY or a number), "exit=N" or "sleep=MS". KARTOTEKA_FAULT_LOG=FILE
 *gets a line "name" per passage, so that a test can list the steps.
 *
 * Names are "file-step", in lower case. Compiled in with --enable-fault-points only; otherwise
 *nothing is left.
 */
#pragma once

#include "config.h"

#ifdef FAULT_POINTS
/* 0, or -1 with errno set. */
int fault_point(const char *name);
#else
static inline int
fault_point(const char *name)
{
	(void)name;
	return 0;
}
#endif
