#include "imapsync/control.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/wish.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define AT_ONCE 16 /* wishes */
#define RECEIVE_MS 10000
#define FREE_FAILURES 3 /* wrong passwords that cost nothing */
#define WAIT_FIRST_MS 1000
#define WAIT_LAST_MS (15 * 60000)
#define FORGET_MS (60 * 60000)

typedef struct {
	guint failures;
	gint64 last; /* clock_monotonic_ms() */
} Throttle;

struct Control {
	const Conf *conf;
	Poller *poller;
	int fd, ending;
	GThread *thread;
	gint serving; /* atomic */
	GMutex lock;
	GHashTable *throttles; /* login -> Throttle */
};

typedef struct {
	Control *control;
	int fd;
} Guest;

/* --- The socket --------------------------------------------------------------------------------------- */

static bool
give_to_group(const Conf *conf, const char *path, GError **error)
{
	const char *name = *conf->imap.group != '\0' ? conf->imap.group : NULL;
	const struct group *group = name != NULL ? getgrnam(name) : NULL;

	if (name != NULL && group == NULL)
		return error_set(
		    error, ERROR_NOT_FOUND, "[imap] group = %s: there is no such group.", name);
	if (group != NULL && chown(path, (uid_t)-1, group->gr_gid) != 0)
		return error_set_errno(error, ERROR_DENIED, errno,
		    "The socket %s can't be given to the group %s", path, name);
	if (chmod(path, 0660) != 0)
		return error_set_errno(
		    error, ERROR_DENIED, errno, "The mode of %s can't be set", path);
	return true;
}

/* A socket that nobody listens at is left over from a program that was killed. */
static bool
is_served(int fd, const struct sockaddr_un *address)
{
	return connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
}

int
control_listen(const Conf *conf, GError **error)
{
	const char *path = conf->imap.control_socket;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int probe, fd;
	bool served;

	if (strlen(path) >= sizeof address.sun_path) {
		error_set(error, ERROR_INVALID,
		    "[imap] control-socket = %s is too long for a socket.", path);
		return -1;
	}
	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	served = probe >= 0 && is_served(probe, &address);
	if (probe >= 0)
		close(probe);
	if (served) {
		error_set(error, ERROR_CONFLICT, "Another poller listens at %s.", path);
	} else if (fd >= 0) {
		unlink(path);
		if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
		    listen(fd, AT_ONCE) == 0) {
			if (give_to_group(conf, path, error))
				return fd;
		} else
			error_set_errno(
			    error, ERROR_INTERNAL, errno, "The socket %s can't be made", path);
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* --- Wishes ------------------------------------------------------------------------------------------- */

typedef struct {
	int fd;
	const char *login;
} Reply;

static bool
send_found(const char *folder, gint64 count, gpointer data)
{
	const Reply *reply = data;

	return wish_send_found(reply->fd, reply->login, folder, count);
}

static bool
each_mailbox(Control *control, const Wish *wish,
    bool (*act)(Mailbox *mailbox, const Wish *wish, int fd, gint64 *sum, GError **error), int fd,
    GError **error)
{
	GPtrArray *mailboxes = poller_mailboxes(control->poller);
	Mailbox *one = wish->login != NULL ? poller_find(control->poller, wish->login) : NULL;
	gint64 sum = 0;

	if (wish->login != NULL && one == NULL)
		return error_set(error, ERROR_NOT_FOUND, "There is no mailbox of that login.");
	for (guint i = 0; i < mailboxes->len; i++)
		if ((one == NULL || one == mailboxes->pdata[i]) &&
		    !act(mailboxes->pdata[i], wish, fd, &sum, error))
			return false;
	wish_send_ok_number(fd, sum);
	return true;
}

static bool
search(Mailbox *mailbox, const Wish *wish, int fd, gint64 *sum, GError **error)
{
	Reply reply = {fd, mailbox_account(mailbox)->login};
	gint64 found;

	if (!mailbox_search(mailbox, wish, send_found, &reply, &found, error))
		return false;
	*sum += found;
	return true;
}

static bool
begin_anew(Mailbox *mailbox, const Wish *wish, int fd, gint64 *sum, GError **error)
{
	gint64 forgotten;

	if (!mailbox_rewind(
		mailbox, wish->folder, wish->uid_validity, wish->uids, &forgotten, error))
		return false;
	log_info("rewound", "mailbox=%s forgotten=%" G_GINT64_FORMAT,
	    mailbox_account(mailbox)->login, forgotten);
	*sum += forgotten;
	return true;
}

static gint64
wait_after(const Throttle *throttle)
{
	guint over = throttle->failures > FREE_FAILURES ? throttle->failures - FREE_FAILURES : 0;

	return over == 0 ? 0 : MIN((gint64)WAIT_FIRST_MS << MIN(over, 20), WAIT_LAST_MS);
}

static gboolean
forget_old(gpointer key, gpointer value, gpointer now)
{
	return *(gint64 *)now - ((Throttle *)value)->last > FORGET_MS;
}

/* Counts a try before it is made, so that many at once are no way around. */
static bool
may_try(Control *control, const char *login, GError **error)
{
	gint64 now = clock_monotonic_ms();
	Throttle *throttle;
	bool may;

	g_mutex_lock(&control->lock);
	g_hash_table_foreach_remove(control->throttles, forget_old, &now);
	throttle = g_hash_table_lookup(control->throttles, login);
	if (throttle == NULL) {
		throttle = g_new0(Throttle, 1);
		g_hash_table_insert(control->throttles, g_strdup(login), throttle);
	}
	may = now - throttle->last >= wait_after(throttle);
	if (may) {
		throttle->failures++;
		throttle->last = now;
	}
	g_mutex_unlock(&control->lock);
	return may || error_set(error, ERROR_TEMPORARY,
			  "There were too many wrong passwords of this login; try again later.");
}

static bool
check_password(Control *control, const Wish *wish, int fd, GError **error)
{
	Mailbox *mailbox = wish->login != NULL ? poller_find(control->poller, wish->login) : NULL;
	bool right = false;

	/* a login without a mailbox and a wrong password are answered alike */
	if (mailbox != NULL && (!may_try(control, wish->login, error) ||
				   !mailbox_check(mailbox, wish->password, &right, error)))
		return false;
	if (right) {
		g_mutex_lock(&control->lock);
		g_hash_table_remove(control->throttles, wish->login);
		g_mutex_unlock(&control->lock);
	}
	wish_send_ok(fd, right ? "yes" : "no");
	return true;
}

static bool
fulfil(Control *control, int fd, GError **error)
{
	g_autoptr(Wish) wish = NULL;

	if (!wish_peer_is(fd, control->conf->data.user, error) ||
	    (wish = wish_receive(fd, RECEIVE_MS, error)) == NULL)
		return false;
	switch (wish->verb) {
	case WISH_SEARCH:
		return each_mailbox(control, wish, search, fd, error);
	case WISH_REWIND:
		return each_mailbox(control, wish, begin_anew, fd, error);
	case WISH_CHECK_PASSWORD:
		return check_password(control, wish, fd, error);
	}
	return error_set(error, ERROR_INVALID, "That can't be wished.");
}

/* What is closed with unread bytes in it takes the answer away from the peer. */
static void
hear_out(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char waste[4096];

	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 1024 && poll(&ready, 1, 1000) > 0; i++)
		if (read(fd, waste, sizeof waste) <= 0)
			break;
	explicit_bzero(waste, sizeof waste);
}

static gpointer
serve(gpointer data)
{
	Guest *guest = data;
	g_autoptr(GError) error = NULL;

	if (!fulfil(guest->control, guest->fd, &error)) {
		log_gerror(LOG_LEVEL_WARNING, "wish-failed", error);
		wish_send_error(guest->fd, error);
		hear_out(guest->fd);
	}
	close(guest->fd);
	g_atomic_int_add(&guest->control->serving, -1);
	g_free(guest);
	return NULL;
}

/* --- The thread --------------------------------------------------------------------------------------- */

static void
let_in(Control *control)
{
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC);
	g_autoptr(GError) error = NULL;
	Guest *guest;

	if (fd < 0)
		return;
	if (g_atomic_int_get(&control->serving) >= AT_ONCE) {
		error_set(&error, ERROR_TEMPORARY,
		    "The poller is busy with other wishes; try again later.");
		wish_send_error(fd, error);
		close(fd);
		return;
	}
	guest = g_new0(Guest, 1);
	guest->control = control;
	guest->fd = fd;
	g_atomic_int_add(&control->serving, 1);
	g_thread_unref(g_thread_new("wish", serve, guest));
}

static gpointer
run(gpointer data)
{
	Control *control = data;

	for (;;) {
		struct pollfd fds[] = {{.fd = control->fd, .events = POLLIN},
		    {.fd = control->ending, .events = POLLIN}};

		if (poll(fds, G_N_ELEMENTS(fds), -1) < 0 && errno != EINTR)
			g_usleep(100000);
		if (fds[1].revents != 0)
			return NULL;
		if (fds[0].revents != 0)
			let_in(control);
	}
}

Control *
control_new(const Conf *conf, Poller *poller, int fd)
{
	Control *control = g_new0(Control, 1);

	control->conf = conf;
	control->poller = poller;
	control->fd = fd;
	control->ending = eventfd(0, EFD_CLOEXEC);
	g_assert(control->ending >= 0);
	control->throttles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_mutex_init(&control->lock);
	control->thread = g_thread_new("control", run, control);
	return control;
}

/* Not freed: a wish may be at work, and the program is about to end. */
void
control_close(Control *control)
{
	guint64 one = 1;

	if (write(control->ending, &one, sizeof one) < 0)
		return;
	g_thread_join(control->thread);
	close(control->fd);
	unlink(control->conf->imap.control_socket);
}
