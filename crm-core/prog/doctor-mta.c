#include "config.h"

#include "prog/doctor.h"

#include <gio/gio.h>
#include <string.h>

/* The value of a setting as postconf prints it, what stands in it as $name filled in; or what it prints with the option -P
 * or -M alone; new. NULL when it can't be asked. */
static char *
postconf(const char *program, const char *config, const char *key)
{
	bool option = *key == '-'; /* -h would hide the names that it prints */
	const char *with[] = {
	    program, "-c", config, option ? key : "-hx", option ? NULL : key, NULL};
	const char *without[] = {program, option ? key : "-hx", option ? NULL : key, NULL};
	g_autoptr(GSubprocess) process = g_subprocess_newv(config != NULL ? with : without,
	    G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);
	char *value = NULL;

	if (process == NULL ||
	    !g_subprocess_communicate_utf8(process, NULL, NULL, &value, NULL, NULL))
		return NULL;
	if (!g_subprocess_get_successful(process)) {
		g_free(value);
		return NULL;
	}
	return value == NULL ? NULL : g_strstrip(value);
}

/* "unix:kartoteka/milter.sock" (below the queue directory) and "inet:host:port" are our socket? */
static bool
is_ours(const char *socket, const char *postfix_form, const char *queue)
{
	if (g_str_has_prefix(socket, "unix:") &&
	    (g_str_has_prefix(postfix_form, "unix:") || g_str_has_prefix(postfix_form, "local:"))) {
		const char *path = strchr(postfix_form, ':') + 1;
		g_autofree char *below = g_build_filename(queue, path, NULL);

		return strcmp(path, socket + strlen("unix:")) == 0 ||
		       strcmp(below, socket + strlen("unix:")) == 0;
	}
	if (g_str_has_prefix(socket, "inet") && g_str_has_prefix(postfix_form, "inet")) {
		const char *address = strchr(socket, ':') + 1,
			   *other = strchr(postfix_form, ':') + 1;
		const char *at = strchr(address, '@'), *colon = strrchr(other, ':');
		g_autofree char *port = g_strndup(address, at == NULL ? 0 : (gsize)(at - address));

		return at != NULL && colon != NULL && strcmp(colon + 1, port) == 0;
	}
	return false;
}

/* Splits at commas and blanks outside braces ("{inet:host:port, default_action=accept}"). */
static char **
split_milters(const char *value)
{
	g_autoptr(GStrvBuilder) milters = g_strv_builder_new();
	g_autoptr(GString) word = g_string_new(NULL);
	int depth = 0;

	for (const char *p = value;; p++) {
		if (*p == '\0' || (depth == 0 && strchr(", \t\n", *p) != NULL)) {
			if (word->len > 0)
				g_strv_builder_add(milters, word->str);
			g_string_truncate(word, 0);
			if (*p == '\0')
				break;
		} else if (*p == '{') {
			depth++;
		} else if (*p == '}') {
			depth--;
		} else if (depth == 0 || strchr(" \t\n", *p) == NULL || word->len > 0) {
			g_string_append_c(word, *p);
		}
	}
	return g_strv_builder_end(milters);
}

/* key: a list of milters, value: what stands there; reach: who goes by it, and whatever else is known. */
static void
check_list(Doctor *doctor, const Conf *conf, const char *key, const char *value, DoctorReach reach)
{
	g_auto(GStrv) milters = split_milters(value);
	int n = (int)g_strv_length(milters), ours = -1, times = 0;

	for (int i = 0; i < n; i++) {
		g_auto(GStrv) words = g_strsplit_set(milters[i], ", \t", 2);

		if (!is_ours(conf->milter.socket, words[0], reach.queue))
			continue;
		ours = i;
		times++;
		reach.milter = words[0];
		if (times == 1 && strncmp(words[0], "inet", 4) != 0)
			doctor_check_reach(doctor, &reach);
	}
	if (times > 1)
		doctor_say(doctor, DOCTOR_WARN, "Postfix",
		    "%s names Kartoteka %d times, and each mail is taken in as often: leave the last one. (Is $%s in it?)",
		    key, times, strcmp(key, "smtpd_milters") == 0 ? "non_smtpd_milters" : "smtpd_milters");
	if (ours < 0)
		doctor_say(doctor, DOCTOR_FAIL, "Postfix",
		    "%s doesn't name %s: mail goes past Kartoteka. Add it as the last one.", key,
		    conf->milter.socket);
	else if (ours < n - 1)
		doctor_say(doctor, DOCTOR_FAIL, "Postfix",
		    "Kartoteka isn't the last in %s: a later milter may still refuse or change the "
		    "mail. Move it to the end.",
		    key);
	else
		doctor_say(doctor, DOCTOR_OK, "Postfix", "Kartoteka is the last in %s.", key);
}

static bool
has_word(const char *value, const char *wanted)
{
	g_auto(GStrv) words = g_strsplit_set(value, ", \t", -1);

	return g_strv_contains((const char *const *)words, wanted);
}

/* "-o smtpd_milters=..." of single services in master.cf: meant for those behind a content filter. */
static void
check_services(Doctor *doctor, const Conf *conf, const char *overrides, const char *queue)
{
	g_auto(GStrv) lines = g_strsplit(overrides, "\n", -1);

	for (char **line = lines; *line != NULL; line++) {
		const char *found = strstr(*line, "/smtpd_milters =");
		g_auto(GStrv) milters = NULL;
		bool ours = false;

		if (found == NULL)
			continue;
		milters = split_milters(found + strlen("/smtpd_milters ="));
		for (char **milter = milters; *milter != NULL; milter++)
			ours = ours || is_ours(conf->milter.socket, *milter, queue);
		if (!ours)
			doctor_say(doctor, DOCTOR_WARN, "Postfix",
			    "The service %.*s has milters of its own, and Kartoteka isn't among "
			    "them: "
			    "right only where its mail has come by another service already.",
			    (int)(found - *line), *line);
	}
}

void
doctor_check_postfix(Doctor *doctor, const Conf *conf, const char *config)
{
	g_autofree char *program = g_find_program_in_path("postconf");
	g_autofree char *overrides = NULL, *services = NULL, *owner = NULL;
	g_autofree char *queue = NULL, *smtpd = NULL, *local = NULL, *classes = NULL,
			*action = NULL;
	DoctorReach reach = {.socket = conf->milter.socket};

	if (program == NULL && g_file_test("/usr/sbin/postconf", G_FILE_TEST_IS_EXECUTABLE))
		program = g_strdup("/usr/sbin/postconf");
	if (program == NULL) {
		if (config != NULL)
			doctor_say(doctor, DOCTOR_FAIL, "Postfix", "There is no postconf here.");
		return;
	}
	queue = postconf(program, config, "queue_directory");
	smtpd = postconf(program, config, "smtpd_milters");
	local = postconf(program, config, "non_smtpd_milters");
	classes = postconf(program, config, "internal_mail_filter_classes");
	action = postconf(program, config, "milter_default_action");
	owner = postconf(program, config, "mail_owner");
	services = postconf(program, config, "-M");
	if (queue == NULL || owner == NULL || services == NULL || smtpd == NULL || local == NULL || classes == NULL || action == NULL) {
		doctor_say(doctor, DOCTOR_FAIL, "Postfix",
		    "postconf can't read its configuration: run \"postfix check\".");
		return;
	}
	reach.services = services;
	reach.owner = owner;
	reach.queue = queue;
	reach.command = "smtpd";
	check_list(doctor, conf, "smtpd_milters", smtpd, reach);
	overrides = postconf(program, config, "-P");
	if (overrides != NULL)
		check_services(doctor, conf, overrides, queue);
	reach.command = "cleanup";
	check_list(doctor, conf, "non_smtpd_milters", local, reach);
	if (has_word(classes, "bounce"))
		doctor_say(doctor, DOCTOR_OK, "Postfix", "Its own bounces reach the milter.");
	else
		doctor_say(doctor, DOCTOR_WARN, "Postfix",
		    "Its own bounces reach no milter: set internal_mail_filter_classes = bounce.");
	if (strcmp(action, "tempfail") == 0)
		doctor_say(doctor, DOCTOR_OK, "Postfix", "Mail waits while the milter is down.");
	else
		doctor_say(doctor, DOCTOR_WARN, "Postfix",
		    "milter_default_action is %s: mail goes past Kartoteka while the milter is "
		    "down. "
		    "Set tempfail.",
		    action);
}

/* "Xkartoteka, S=inet:8898@127.0.0.1, F=T, T=..." of our socket; its name, new, and its flags. */
static char *
find_filter(char *const *lines, const char *socket, char *ret_flag)
{
	for (; *lines != NULL; lines++) {
		g_auto(GStrv) fields = NULL;
		bool ours = false;

		if (**lines != 'X')
			continue;
		fields = g_strsplit(*lines + 1, ",", -1);
		*ret_flag = '\0';
		for (char **field = fields + 1; *fields != NULL && *field != NULL; field++) {
			const char *text = g_strstrip(*field);

			if (g_str_has_prefix(text, "S=local:"))
				ours = ours || (g_str_has_prefix(socket, "unix:") &&
						   strcmp(text + strlen("S=local:"),
						       socket + strlen("unix:")) == 0);
			else if (g_str_has_prefix(text, "S="))
				ours = ours || strcmp(text + 2, socket) == 0;
			else if (g_str_has_prefix(text, "F="))
				*ret_flag = text[2];
		}
		if (ours)
			return g_strdup(g_strstrip(fields[0]));
	}
	return NULL;
}

void
doctor_check_sendmail(Doctor *doctor, const Conf *conf, const char *cf)
{
	static const char option[] = "O InputMailFilters=";
	const char *path = cf != NULL ? cf : "/etc/mail/sendmail.cf";
	g_autofree char *text = NULL, *name = NULL, *last = NULL;
	g_auto(GStrv) lines = NULL;
	char flag = '\0';

	if (!g_file_get_contents(path, &text, NULL, NULL)) {
		if (cf != NULL)
			doctor_say(doctor, DOCTOR_FAIL, "Sendmail", "%s can't be read.", path);
		return;
	}
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++)
		if (g_str_has_prefix(*line, option)) {
			const char *list = *line + strlen(option), *comma = strrchr(list, ',');

			g_free(last);
			last = g_strstrip(g_strdup(comma == NULL ? list : comma + 1));
		}
	name = find_filter(lines, conf->milter.socket, &flag);
	if (name == NULL || last == NULL)
		doctor_say(doctor, DOCTOR_FAIL, "Sendmail",
		    "%s has no INPUT_MAIL_FILTER with %s: mail goes past Kartoteka.", path,
		    conf->milter.socket);
	else if (strcmp(name, last) != 0)
		doctor_say(doctor, DOCTOR_FAIL, "Sendmail",
		    "Kartoteka isn't the last filter: a later one may still refuse or change the "
		    "mail. Move its INPUT_MAIL_FILTER to the end.");
	else
		doctor_say(doctor, DOCTOR_OK, "Sendmail", "Kartoteka is the last filter.");
	if (name != NULL && flag != 'T')
		doctor_say(doctor, DOCTOR_WARN, "Sendmail",
		    "Its filter isn't F=T: mail goes past Kartoteka, or is refused, while the "
		    "milter "
		    "is down.");
}
