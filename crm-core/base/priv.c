#include "base/priv.h"

#include "base/error.h"
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define GIVE_WAY 10 /* nice: a tenth of what others get, when they want all of it */

static bool
find_group(const char *group, gid_t *ret, GError **error)
{
	const struct group *entry;

	errno = 0;
	entry = getgrnam(group);
	if (entry == NULL)
		return error_set(error, ERROR_NOT_FOUND,
		    "There is no group %s on this machine; make it, or change the setting.", group);
	*ret = entry->gr_gid;
	return true;
}

/* As root, with user and group found: all ids, and the proof that they are all. */
static bool
become(const struct passwd *user, const gid_t *extra, GError **error)
{
	gid_t groups[256];
	int n = G_N_ELEMENTS(groups) - 1;

	if (getgrouplist(user->pw_name, user->pw_gid, groups, &n) < 0)
		return error_set(
		    error, ERROR_INVALID, "The user %s is in too many groups.", user->pw_name);
	if (extra != NULL)
		groups[n++] = *extra;
	if (setgroups((size_t)n, groups) != 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
		return error_set_errno(error, ERROR_INTERNAL, errno,
		    "The program can't become the user %s", user->pw_name);
	if (user->pw_uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return error_set(error, ERROR_INTERNAL,
		    "The program became the user %s but could become root again.", user->pw_name);
	return true;
}

bool
priv_drop(const char *user, const char *group, GError **error)
{
	const struct passwd *entry;
	gid_t extra = 0;
	bool has_extra = group != NULL && *group != '\0';

	if (user == NULL || *user == '\0')
		return true;
	entry = getpwnam(user);
	if (entry == NULL)
		return error_set(error, ERROR_NOT_FOUND,
		    "There is no user %s on this machine; make it, or change the setting.", user);
	if (geteuid() != 0) {
		if (geteuid() == entry->pw_uid)
			return true;
		return error_set(
		    error, ERROR_DENIED, "Start the program as root or as the user %s.", user);
	}
	if (has_extra && !find_group(group, &extra, error))
		return false;
	return become(entry, has_extra ? &extra : NULL, error);
}

bool
priv_is_owner(const char *user, const char *folder, GError **error)
{
	struct stat st;

	if (user == NULL || *user == '\0' || stat(folder, &st) != 0)
		return true; /* what opens the folder will say what is wrong with it */
	if (geteuid() == st.st_uid && (geteuid() != 0 || strcmp(user, "root") == 0))
		return true;
	return error_set(error, ERROR_DENIED,
	    "Let the web server start the pages as the user %s, whose folder %s is.", user, folder);
}

bool
priv_harden(unsigned umask_bits, GError **error)
{
	umask((mode_t)umask_bits);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set_errno(error, ERROR_INTERNAL, errno, "no_new_privs can't be set");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return error_set_errno(
		    error, ERROR_INTERNAL, errno, "Core files can't be forbidden");
	return true;
}

bool
priv_die_with_parent(int parent_pid)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent_pid;
}

void
priv_give_way(void)
{
	setpriority(PRIO_PROCESS, 0, GIVE_WAY);
}

static bool
limit(int resource, gint64 value, const char *name, GError **error)
{
	struct rlimit now, wanted;

	if (getrlimit((__rlimit_resource_t)resource, &now) != 0)
		return error_set_errno(error, ERROR_INTERNAL, errno, "The limit of %s", name);
	wanted.rlim_cur = wanted.rlim_max = MIN((rlim_t)value, now.rlim_max);
	if (setrlimit((__rlimit_resource_t)resource, &wanted) != 0)
		return error_set_errno(
		    error, ERROR_INTERNAL, errno, "The limit of %s can't be set", name);
	return true;
}

bool
priv_limit(const PrivLimits *limits, GError **error)
{
	if (!limit(RLIMIT_CORE, 0, "core files", error))
		return false;
#ifndef WITH_SANITIZERS
	if (limits->memory > 0 && !limit(RLIMIT_AS, limits->memory, "memory", error))
		return false;
#endif
	if (limits->cpu_seconds > 0 &&
	    !limit(RLIMIT_CPU, limits->cpu_seconds, "processor time", error))
		return false;
	if (limits->files >= 0 && !limit(RLIMIT_NOFILE, limits->files, "open files", error))
		return false;
	return limits->file_size < 0 || limit(RLIMIT_FSIZE, limits->file_size, "file size", error);
}
