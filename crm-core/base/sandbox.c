#include "base/sandbox.h"

#include "config.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

bool
sandbox_enter(const SandboxFilter *filter)
{
	struct sock_fprog program = {filter->length, (struct sock_filter *)filter->steps};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return false;
#ifdef WITH_SANITIZERS /* they open files and make threads of their own */
	return program.len > 0;
#else
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
#endif
}
