#include "config.h"

#include "prog/command.h"

#include "base/priv.h"

#include "base/clock.h"
#include "base/file.h"
#include "rules/rights.h"
#include "store/user.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

const Conf *
command_conf(Command *command, GError **error)
{
	if (command->conf == NULL)
		command->conf = conf_load(command->config_path, error);
	return command->conf;
}

Store *
command_store(Command *command, GError **error)
{
	if (command->store == NULL) {
		/* Files that root made would be closed to the programs that run as that user. */
		if (command_conf(command, error) == NULL ||
		    !priv_drop(command->conf->data.user, NULL, error))
			return NULL;
		command->store = store_open(command->conf, STORE_READ_WRITE, error);
	}
	return command->store;
}

char *
command_claim(const char *more)
{
	g_autofree char *loginuid = NULL;

	if (g_file_get_contents("/proc/self/loginuid", &loginuid, NULL, NULL))
		g_strstrip(loginuid);
	if (loginuid == NULL || strcmp(loginuid, "4294967295") == 0) {
		g_free(loginuid);
		loginuid = g_strdup("none");
	}
	return g_strdup_printf("claimed by --as, uid=%u, login uid=%s%s%s", (unsigned)getuid(),
	    loginuid, more == NULL ? "" : "; ", more == NULL ? "" : more);
}

Session *
command_session(Command *command, GError **error)
{
	g_autoptr(User) user = NULL;
	Actor actor = {.kind = ACTOR_COMMAND_LINE};
	Store *store;

	if (command->session != NULL)
		return command->session;
	store = command_store(command, error);
	if (store == NULL)
		return NULL;
	if (command->as == NULL) {
		command_usage(command, error, "Say for whom you act with --as LOGIN.");
		return NULL;
	}
	g_autoptr(GError) why = NULL;

	user = user_find(store, command->as, &why);
	if (user == NULL) {
		if (why != NULL)
			g_propagate_error(error, g_steal_pointer(&why));
		else
			error_set(error, ERROR_DENIED, "There is no user of the login in --as.");
		return NULL;
	}
	actor.user = user->id;
	command->session = session_new(store, &actor, SURFACE_COMMAND_LINE, error);
	if (command->session != NULL)
		command->session->claim = command_claim(NULL);
	return command->session;
}

bool
command_usage(Command *command, GError **error, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	command->status = COMMAND_ERROR_USAGE;
	return error_set(error, ERROR_INVALID, "%s", text);
}

bool
command_time(const char *text, bool end, gint64 *ret, GError **error)
{
	g_autoptr(GTimeZone) local = g_time_zone_new_local();
	g_autoptr(GDateTime) time = NULL;
	g_autofree char *full = NULL;
	gsize length = strlen(text);

	if (length >= 2 && length <= 6 && text[length - 1] == 'd' &&
	    strspn(text, "0123456789") == length - 1) {
		*ret = clock_ms() + (end ? 1 : -1) * g_ascii_strtoll(text, NULL, 10) * CLOCK_DAY;
		return true;
	}
	if (length == 10)
		full = g_strconcat(text, end ? "T23:59:59" : "T00:00:00", NULL);
	else if (length == 16)
		full = g_strconcat(text, ":00", NULL);
	else
		full = g_strdup(text);
	if (full[10] == ' ')
		full[10] = 'T';
	if (length >= 10)
		time = g_date_time_new_from_iso8601(full, local);
	if (time == NULL)
		return error_set(error, ERROR_INVALID,
		    "That is no date: write 2026-12-31, 2026-12-31T17:00 or 30d.");
	*ret = g_date_time_to_unix(time) * CLOCK_SECOND;
	return true;
}

CommandTable *
command_list_new(Command *command, const char *const *headings)
{
	if (command->json)
		json_open_array(command->out, NULL);
	return command_table_new(headings);
}

void
command_list_print(Command *command, CommandTable *table)
{
	if (command->json) {
		json_close(command->out);
		json_print(command->out);
	}
	command_table_print(table);
}

GBytes *
command_read_file(const char *path, gsize most, GError **error)
{
	g_autoptr(GByteArray) all = NULL;
	guint8 part[65536];
	ssize_t n;

	if (strcmp(path, "-") != 0)
		return file_read(path, most, error);
	all = g_byte_array_new();
	while ((n = read(STDIN_FILENO, part, sizeof part)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_set_errno(
			    error, ERROR_INVALID, errno, "Standard input can't be read");
			return NULL;
		}
		if (all->len + (gsize)n > most) {
			error_set(error, ERROR_TOO_BIG,
			    "Standard input has more than %" G_GSIZE_FORMAT " bytes.", most);
			return NULL;
		}
		g_byte_array_append(all, part, (guint)n);
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

static bool
read_line(GString *line)
{
	char c;
	ssize_t n;

	for (;;) {
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return line->len > 0;
		if (c == '\n')
			return true;
		if (line->len >= 1024)
			return false;
		g_string_append_c(line, c);
	}
}

char *
command_read_secret(const char *prompt, GError **error)
{
	GString *line = g_string_sized_new(1100); /* isn't moved, so that one wipe is enough */
	struct termios was, quiet;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &was) == 0, got;

	if (terminal) {
		fprintf(stderr, "%s: ", prompt);
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	got = read_line(line);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
		fputc('\n', stderr);
	}
	if (!got || line->len == 0 || !g_utf8_validate(line->str, (gssize)line->len, NULL)) {
		command_wipe(g_string_free(line, FALSE));
		error_set(error, ERROR_INVALID,
		    "The password is read from standard input: one line of "
		    "UTF-8 with at most 1024 bytes.");
		return NULL;
	}
	return g_string_free(line, FALSE);
}

void
command_wipe(char *secret)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret, strlen(secret));
	g_free(secret);
}

void
command_problems(Command *command, GPtrArray *problems)
{
	for (guint i = 0; !command->json && i < problems->len; i++)
		puts(problems->pdata[i]);
	if (!command->json)
		return;
	json_open_array(command->out, "problems");
	for (guint i = 0; i < problems->len; i++)
		json_string(command->out, NULL, problems->pdata[i]);
	json_close(command->out);
	json_close(command->out);
	json_print(command->out);
}
