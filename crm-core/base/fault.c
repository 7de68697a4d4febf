#include "base/fault.h"

#ifdef FAULT_POINTS

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
	char *name, *what;
	long nth;
	bool onwards;
	long passed;
} Fault;

static GMutex lock;
static GPtrArray *faults;
static const char *log_path;

static int
errno_of_name(const char *name)
{
	static const struct {
		const char *name;
		int value;
	} table[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EAGAIN", EAGAIN}, {"EMFILE", EMFILE},
	    {"ENOMEM", ENOMEM}, {"EACCES", EACCES}, {"EINTR", EINTR}, {"EDQUOT", EDQUOT},
	    {"EROFS", EROFS}, {"EBUSY", EBUSY}};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		if (strcmp(name, table[i].name) == 0)
			return table[i].value;
	return atoi(name) > 0 ? atoi(name) : EIO;
}

static void
read_environment(void)
{
	const char *text = g_getenv("KARTOTEKA_FAULT");
	g_auto(GStrv) parts = g_strsplit(text != NULL ? text : "", ",", -1);

	faults = g_ptr_array_new();
	log_path = g_getenv("KARTOTEKA_FAULT_LOG");
	for (char **part = parts; *part != NULL; part++) {
		g_auto(GStrv) words = g_strsplit(*part, ":", 3);
		Fault *fault;

		if (g_strv_length(words) < 2)
			continue;
		fault = g_new0(Fault, 1);
		fault->name = g_strdup(words[0]);
		fault->nth = atol(words[1]);
		fault->onwards = g_str_has_suffix(words[1], "+");
		fault->what = g_strdup(words[2] != NULL ? words[2] : "kill");
		g_ptr_array_add(faults, fault);
	}
}

static void
write_log(const char *name)
{
	g_autofree char *line = g_strdup_printf("%s\n", name);
	int fd = open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return;
	if (write(fd, line, strlen(line)) < 0)
		abort();
	close(fd);
}

static int
happen(const char *what)
{
	if (g_str_has_prefix(what, "errno=")) {
		errno = errno_of_name(what + 6);
		return -1;
	}
	if (g_str_has_prefix(what, "sleep=")) {
		g_usleep(strtoul(what + 6, NULL, 10) * 1000);
		return 0;
	}
	if (g_str_has_prefix(what, "exit="))
		_exit(atoi(what + 5));
	raise(SIGKILL);
	return 0;
}

int
fault_point(const char *name)
{
	const char *what = NULL;

	g_mutex_lock(&lock);
	if (faults == NULL)
		read_environment();
	if (log_path != NULL)
		write_log(name);
	for (guint i = 0; i < faults->len; i++) {
		Fault *fault = faults->pdata[i];

		if (strcmp(fault->name, name) != 0)
			continue;
		fault->passed++;
		if (fault->passed == fault->nth || (fault->onwards && fault->passed > fault->nth))
			what = fault->what;
	}
	g_mutex_unlock(&lock);
	return what != NULL ? happen(what) : 0;
}

#else
typedef int fault_is_not_compiled_in;
#endif
