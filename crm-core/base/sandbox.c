#include "base/sandbox.h"

#include "base/error.h"
#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct SandboxFilter {
	struct sock_fprog program; /* len 0: empty */
};

void
sandbox_filter_free(SandboxFilter *filter)
{
	if (filter == NULL)
		return;
	g_free(filter->program.filter);
	g_free(filter);
}

#ifndef WITH_SANITIZERS

/* libseccomp 2.5 exports a filter to a file only: one in memory. */
static SandboxFilter *
export_filter(scmp_filter_ctx context, GError **error)
{
	SandboxFilter *filter = NULL;
	int fd = memfd_create("sandbox", MFD_CLOEXEC);
	off_t length;

	if (fd < 0 || seccomp_export_bpf(context, fd) != 0 ||
	    (length = lseek(fd, 0, SEEK_END)) <= 0) {
		error_set_errno(error, ERROR_INTERNAL, errno, "The sandbox can't be made");
	} else {
		filter = g_new0(SandboxFilter, 1);
		filter->program.len = (unsigned short)(length / (off_t)sizeof(struct sock_filter));
		filter->program.filter = g_malloc((gsize)length);
		if (pread(fd, filter->program.filter, (size_t)length, 0) != length) {
			error_set(error, ERROR_INTERNAL, "The sandbox can't be read back.");
			g_clear_pointer(&filter, sandbox_filter_free);
		}
	}
	if (fd >= 0)
		close(fd);
	return filter;
}

static SandboxFilter *
make_filter(uint32_t otherwise, uint32_t listed, const int *calls, gsize n, GError **error)
{
	scmp_filter_ctx context = seccomp_init(otherwise);
	SandboxFilter *filter;
	int result = context == NULL ? -ENOMEM : 0;

	/* a call of another architecture than the program's is no call of ours */
	if (result == 0)
		result = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (gsize i = 0; i < n && result == 0; i++)
		if (calls[i] >= 0 || calls[i] < -1) /* pseudo numbers: not on this machine */
			result = seccomp_rule_add(context, listed, calls[i], 0);
	if (result != 0) {
		seccomp_release(context);
		error_set_errno(error, ERROR_INTERNAL, -result, "The sandbox can't be made");
		return NULL;
	}
	filter = export_filter(context, error);
	seccomp_release(context);
	return filter;
}

SandboxFilter *
sandbox_filter_parser(GError **error)
{
	static const int allowed[] = {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv),
	    SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(_llseek),
	    SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(mmap2),
	    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise),
	    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	    SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(rt_sigreturn),
	    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(sigreturn), SCMP_SYS(futex),
	    SCMP_SYS(sched_yield), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(restart_syscall),
	    SCMP_SYS(exit), SCMP_SYS(exit_group)};

	return make_filter(
	    SCMP_ACT_ERRNO(EPERM), SCMP_ACT_ALLOW, allowed, G_N_ELEMENTS(allowed), error);
}

SandboxFilter *
sandbox_filter_cgi(GError **error)
{
	static const int refused[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(socket),
	    SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen),
	    SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	    SCMP_SYS(process_vm_writev), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(chroot),
	    SCMP_SYS(pivot_root), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(init_module),
	    SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(bpf),
	    SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
	    SCMP_SYS(add_key), SCMP_SYS(keyctl), SCMP_SYS(request_key), SCMP_SYS(memfd_create)};

	return make_filter(
	    SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM), refused, G_N_ELEMENTS(refused), error);
}

#else /* sanitizers open files and make threads of their own */

SandboxFilter *
sandbox_filter_parser(GError **error)
{
	return g_new0(SandboxFilter, 1);
}

SandboxFilter *
sandbox_filter_cgi(GError **error)
{
	return g_new0(SandboxFilter, 1);
}

#endif

bool
sandbox_enter(const SandboxFilter *filter)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return false;
	if (filter->program.len == 0)
		return true;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter->program) == 0;
}
