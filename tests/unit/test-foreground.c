/* Two processes: one that somebody waits for, and one that gives way. */
#include "base/foreground.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_US 100000 /* as the header says */
#define AFTER_US 5000

static char *folder;

/* A child that has entered, leaves when told so, and ends with its parent. */
typedef struct {
	pid_t pid;
	int channel;
} Page;

static void
say(int channel)
{
	g_assert_cmpint(write(channel, "x", 1), ==, 1);
}

static void
hear(int channel)
{
	char byte;

	if (read(channel, &byte, 1) != 1)
		_exit(1);
}

static Page
page_new(void)
{
	int pair[2];
	Page page;

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
	page.channel = pair[0];
	page.pid = fork();
	g_assert_cmpint(page.pid, >=, 0);
	if (page.pid == 0) {
		close(pair[0]);
		foreground_enter(folder);
		say(pair[1]);
		hear(pair[1]);
		foreground_leave();
		say(pair[1]);
		hear(pair[1]);
	}
	close(pair[1]);
	hear(page.channel);
	return page;
}

static void
page_kill(Page *page)
{
	kill(page->pid, SIGKILL);
	g_assert_cmpint(waitpid(page->pid, NULL, 0), ==, page->pid);
	close(page->channel);
}

/* What becomes of the page in the pause, and how often the pause was asked whether it is enough. */
typedef struct {
	Page page;
	enum { STAYS, IS_KILLED, LEAVES } page_does;
	bool enough;
	int asked;
} Pause;

static bool
ask(void *data)
{
	Pause *p = data;

	if (++p->asked == 1 && p->page_does == IS_KILLED)
		page_kill(&p->page);
	if (p->asked == 1 && p->page_does == LEAVES) {
		say(p->page.channel);
		hear(p->page.channel);
	}
	return p->enough;
}

/* How long it paused, in us. */
static gint64
let_by(Pause *p)
{
	gint64 begun = g_get_monotonic_time();

	p->asked = 0;
	foreground_let_by(ask, p);
	return g_get_monotonic_time() - begun;
}

static void
test_no_file(void)
{
	Pause p = {.page_does = STAYS};

	foreground_watch(folder, false);
	p.page = page_new();
	let_by(&p);
	g_assert_cmpint(p.asked, ==, 0);
	page_kill(&p.page);
}

static void
test_nobody(void)
{
	Pause p = {.page_does = STAYS};

	foreground_watch(folder, true);
	let_by(&p);
	g_assert_cmpint(p.asked, ==, 0);
}

static void
check_end(Pause *p)
{
	foreground_watch(folder, true);
	p->page = page_new();
	g_assert_cmpint(let_by(p), >=, AFTER_US);
	g_assert_cmpint(p->asked, >=, 1);
	let_by(p);
	g_assert_cmpint(p->asked, ==, 0);
}

static void
test_killed(void)
{
	check_end(&(Pause){.page_does = IS_KILLED});
}

static void
test_leaves(void)
{
	Pause p = {.page_does = LEAVES};

	check_end(&p);
	page_kill(&p.page);
}

static void
test_enough(void)
{
	Pause p = {.enough = true};

	foreground_watch(folder, true);
	p.page = page_new();
	let_by(&p);
	g_assert_cmpint(p.asked, ==, 1);
	page_kill(&p.page);
}

/* A page that hangs, or pages without end. */
static void
test_hangs(void)
{
	Pause p = {.page_does = STAYS};

	foreground_watch(folder, true);
	p.page = page_new();
	for (int turn = 0; turn < 3; turn++) {
		gint64 paused = let_by(&p), ended = g_get_monotonic_time();

		g_assert_cmpint(paused, >=, MOST_US);
		/* that was enough: it works now until it has worked as long */
		let_by(&p);
		if (g_get_monotonic_time() - ended < MOST_US) /* on a busy machine it has, perhaps */
			g_assert_cmpint(p.asked, ==, 1);
		g_usleep((gulong)paused + MOST_US);
	}
	page_kill(&p.page);
}

typedef void (*Case)(void);

/* Each in a process of its own: one watches once. */
static void
in_child(gconstpointer data)
{
	Case run = *(const Case *)data;
	pid_t child = fork();
	int status;

	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		run();
		_exit(0);
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_cmpint(status, ==, 0);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *path;
		Case run;
	} cases[] = {
	    {"/foreground/no-file", test_no_file}, /* the others make it */
	    {"/foreground/nobody", test_nobody},
	    {"/foreground/killed", test_killed},
	    {"/foreground/leaves", test_leaves},
	    {"/foreground/enough", test_enough},
	    {"/foreground/hangs", test_hangs},
	};
	g_autofree char *file = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	folder = g_dir_make_tmp("foreground-XXXXXX", NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_test_add_data_func(cases[i].path, &cases[i].run, in_child);
	status = g_test_run();
	file = g_build_filename(folder, "foreground", NULL);
	g_unlink(file);
	g_rmdir(folder);
	g_free(folder);
	return status;
}
