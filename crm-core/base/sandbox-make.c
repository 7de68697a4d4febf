/*
 * sandbox-make >sandbox-filters.c: the seccomp filters of sandbox.h as finished programs (the only libseccomp).
 *
 * Runs when Kartoteka is built, so that a program which starts for one page or one mail has nothing to
 * make and libseccomp to load.
 */
#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The parser: what a child needs that reads bytes and writes a record, and nothing else. */
static const int parser[] = {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev),
    SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(close), SCMP_SYS(fstat),
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(sigreturn),
    SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)};

/* A CGI: what would get out of it, or into another process or the kernel. */
static const int cgi[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(socket),
    SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept),
    SCMP_SYS(accept4), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(chroot), SCMP_SYS(pivot_root), SCMP_SYS(unshare),
    SCMP_SYS(setns), SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load), SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup), SCMP_SYS(add_key), SCMP_SYS(keyctl), SCMP_SYS(request_key),
    SCMP_SYS(memfd_create)};

static void
fail(const char *what, int number)
{
	fprintf(stderr, "sandbox-make: %s: %s\n", what, strerror(number));
	exit(1);
}

/* libseccomp 2.5 exports a filter to a file only: one in memory. */
static void
print(const char *name, scmp_filter_ctx context)
{
	int fd = memfd_create(name, 0);
	struct sock_filter step;
	int result = seccomp_export_bpf(context, fd);

	if (result != 0 || lseek(fd, 0, SEEK_SET) != 0)
		fail(name, result != 0 ? -result : errno);
	printf("\nstatic const struct sock_filter %s[] = {\n", name);
	while (read(fd, &step, sizeof(step)) == sizeof(step))
		printf("    {0x%02x, %u, %u, 0x%08x},\n", step.code, step.jt, step.jf, step.k);
	printf("};\nconst SandboxFilter sandbox_%s = {sizeof(%s) / sizeof(%s[0]), %s};\n", name,
	    name, name, name);
	close(fd);
}

static void
make(const char *name, uint32_t otherwise, uint32_t listed, const int *calls, size_t n)
{
	scmp_filter_ctx context = seccomp_init(otherwise);
	int result = context == NULL ? -ENOMEM : 0;

	/* a call of another architecture than the program's is no call of ours */
	if (result == 0)
		result = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* the kernel tries it out for each call there is when it is put on: a tree is sooner through */
	if (result == 0)
		result = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < n && result == 0; i++)
		if (calls[i] >= 0 || calls[i] < -1) /* pseudo numbers: not on this machine */
			result = seccomp_rule_add(context, listed, calls[i], 0);
	if (result != 0)
		fail(name, -result);
	print(name, context);
	seccomp_release(context);
}

int
main(void)
{
	puts("/* Made by sandbox-make. */\n#include \"base/sandbox.h\"\n\n#include "
	     "<linux/filter.h>");
	make("parser", SCMP_ACT_ERRNO(EPERM), SCMP_ACT_ALLOW, parser,
	    sizeof(parser) / sizeof(parser[0]));
	make("cgi", SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM), cgi, sizeof(cgi) / sizeof(cgi[0]));
	if (fflush(stdout) != 0)
		fail("stdout", errno);
	return 0;
}
