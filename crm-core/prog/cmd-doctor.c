/* Looks whether everything is set up as it must be. */
#include "config.h"

#include "base/log.h"
#include "prog/doctor.h"

#include <stdio.h>
#include <string.h>

static char *option_postfix, *option_sendmail, *option_forge_to, *option_forge_from, *option_smtp;
static gboolean option_quiet, option_no_mta;

static const GOptionEntry doctor_options[] = {
    {"postfix", 0, 0, G_OPTION_ARG_FILENAME, &option_postfix,
	"Look into this configuration folder of Postfix", "FOLDER"},
    {"sendmail-cf", 0, 0, G_OPTION_ARG_FILENAME, &option_sendmail, "Look into this sendmail.cf",
	"FILE"},
    {"no-mta", 0, 0, G_OPTION_ARG_NONE, &option_no_mta, "Don't look at any MTA", NULL},
    {"forge-to", 0, 0, G_OPTION_ARG_STRING, &option_forge_to,
	"Send a forged Authentication-Results to this address of the company", "ADDRESS"},
    {"forge-from", 0, 0, G_OPTION_ARG_STRING, &option_forge_from,
	"From this address (kartoteka-doctor@example.com)", "ADDRESS"},
    {"smtp", 0, 0, G_OPTION_ARG_STRING, &option_smtp, "By this listener of the MTA (127.0.0.1:25)",
	"HOST:PORT"},
    {"quiet", 0, 0, G_OPTION_ARG_NONE, &option_quiet, "Only what isn't right", NULL},
    {NULL},
};

typedef struct {
	DoctorLevel level;
	char *area, *text;
} Finding;

struct Doctor {
	GPtrArray *findings;
	guint counts[DOCTOR_FAIL + 1];
};

static const char *const level_names[] = {"OK", "WARN", "FAIL"};

static void
finding_free(gpointer data)
{
	Finding *finding = data;

	g_free(finding->area);
	g_free(finding->text);
	g_free(finding);
}

void
doctor_say(Doctor *doctor, DoctorLevel level, const char *area, const char *format, ...)
{
	Finding *finding = g_new0(Finding, 1);
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	finding->level = level;
	finding->area = g_strdup(area);
	finding->text = log_escape(text);
	g_ptr_array_add(doctor->findings, finding);
	doctor->counts[level]++;
}

static void
check_mta(Doctor *doctor, const Conf *conf)
{
	guint before = doctor->findings->len;

	if (option_no_mta)
		return;
	if (option_sendmail == NULL)
		doctor_check_postfix(doctor, conf, option_postfix);
	if (option_postfix == NULL && (option_sendmail != NULL || doctor->findings->len == before))
		doctor_check_sendmail(doctor, conf, option_sendmail);
	if (doctor->findings->len == before)
		doctor_say(doctor, DOCTOR_WARN, "MTA",
		    "There is neither Postfix nor Sendmail: name one with --postfix or "
		    "--sendmail-cf.");
}

static bool
is_plain_address(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL && at > address && at[1] != '\0' &&
	       strpbrk(address, " <>\r\n\t\\") == NULL && strlen(address) < 250;
}

/* *ret->to NULL: not asked for. */
static bool
read_forge(Command *command, DoctorForge *ret, GError **error)
{
	ret->to = option_forge_to;
	ret->from = option_forge_from != NULL ? option_forge_from : "kartoteka-doctor@example.com";
	ret->smtp = option_smtp != NULL ? option_smtp : "127.0.0.1:25";
	if (ret->to == NULL && (option_forge_from != NULL || option_smtp != NULL))
		return command_usage(command, error, "--forge-from and --smtp need --forge-to.");
	if (ret->to == NULL)
		return true;
	if (!is_plain_address(ret->to) || !is_plain_address(ret->from))
		return command_usage(
		    command, error, "--forge-to and --forge-from are mail addresses.");
	if (!conf_is_own_address(command->conf, ret->to) ||
	    conf_is_own_address(command->conf, ret->from))
		return command_usage(command, error,
		    "--forge-to is an address of the company, --forge-from is not.");
	return true;
}

static void
print(Command *command, const Doctor *doctor)
{
	if (command->json) {
		json_open_object(command->out, NULL);
		json_string(command->out, "worst",
		    doctor->counts[DOCTOR_FAIL] > 0   ? "FAIL"
		    : doctor->counts[DOCTOR_WARN] > 0 ? "WARN"
						      : "OK");
		json_open_array(command->out, "findings");
	}
	for (guint i = 0; i < doctor->findings->len; i++) {
		const Finding *finding = doctor->findings->pdata[i];

		if (option_quiet && finding->level == DOCTOR_OK)
			continue;
		if (!command->json) {
			printf("%-4s  %-14s %s\n", level_names[finding->level], finding->area,
			    finding->text);
			continue;
		}
		json_open_object(command->out, NULL);
		json_string(command->out, "level", level_names[finding->level]);
		json_string(command->out, "area", finding->area);
		json_string(command->out, "text", finding->text);
		json_close(command->out);
	}
	if (command->json) {
		json_close(command->out);
		json_close(command->out);
		json_print(command->out);
	}
}

static bool
run_doctor(Command *command, char **arguments, GError **error)
{
	const Conf *conf = command_conf(command, error);
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(finding_free);
	Doctor doctor = {.findings = findings};
	DoctorForge forge;

	if (conf == NULL || !read_forge(command, &forge, error))
		return false;
	doctor_say(&doctor, DOCTOR_OK, "configuration", "%s", conf->path);
	doctor_check_files(&doctor, conf);
	doctor_check_clock(&doctor);
	doctor_check_programs(&doctor, conf); /* the parser before the records are open */
	doctor_check_poller(&doctor, conf);
	check_mta(&doctor, conf);
	doctor_check_store(&doctor, command);
	if (forge.to != NULL)
		doctor_check_forged(&doctor, command, &forge);
	print(command, &doctor);
	if (doctor.counts[DOCTOR_FAIL] > 0)
		command->status = 1;
	return true;
}

extern const CommandEntry cmd_doctor_table[];
const CommandEntry cmd_doctor_table[] = {
    {"doctor", NULL, "Look whether everything is set up as it must be", doctor_options, 0, 0,
	COMMAND_JSON, run_doctor},
    {NULL},
};
