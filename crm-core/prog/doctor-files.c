#include "config.h"

#include "base/clock.h"
#include "base/spool.h"
#include "prog/doctor.h"
#include "prog/spool-state.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#define FULL (16 << 20) /* bytes: less is as good as none */

/* The uid that opens the database. */
static uid_t
data_uid(const Conf *conf)
{
	const struct passwd *user = *conf->data.user == '\0' ? NULL : getpwnam(conf->data.user);

	return user != NULL ? user->pw_uid : geteuid();
}

static void
check_user(Doctor *doctor, const Conf *conf)
{
	if (*conf->data.user == '\0')
		doctor_say(doctor, DOCTOR_WARN, "user",
		    "data/user isn't set: whoever starts a program opens the records. Set it to "
		    "kartoteka.");
	else if (getpwnam(conf->data.user) == NULL)
		doctor_say(doctor, DOCTOR_FAIL, "user",
		    "There is no user %s (data/user): make one.", conf->data.user);
	else
		doctor_say(doctor, DOCTOR_OK, "user", "%s opens the records.", conf->data.user);
}

/* forbidden: bits of the mode that must not be set. */
static bool
check_path(Doctor *doctor, const char *area, const char *path, bool folder, mode_t forbidden,
    const uid_t *owner)
{
	struct stat st;

	if (lstat(path, &st) != 0) {
		doctor_say(doctor, DOCTOR_FAIL, area, "%s can't be looked at: %s.", path,
		    g_strerror(errno));
		return false;
	}
	if (folder ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode)) {
		doctor_say(doctor, DOCTOR_FAIL, area, "%s is no %s.", path,
		    folder ? "folder" : "plain file");
		return false;
	}
	if (owner != NULL && st.st_uid != *owner && st.st_uid != 0) {
		doctor_say(doctor, DOCTOR_FAIL, area,
		    "%s belongs to uid %u: give it to the user of data/user (chown).", path,
		    (unsigned)st.st_uid);
		return false;
	}
	if (st.st_mode & forbidden) {
		doctor_say(doctor, DOCTOR_FAIL, area,
		    "%s has the mode %04o, so others can get at it: chmod %04o.", path,
		    (unsigned)(st.st_mode & 07777), (unsigned)(st.st_mode & 07777 & ~forbidden));
		return false;
	}
	doctor_say(doctor, DOCTOR_OK, area, "%s", path);
	return true;
}

static bool
is_below(const char *path, const char *folder)
{
	g_autofree char *real = realpath(path, NULL), *above = realpath(folder, NULL);
	gsize length = above == NULL ? 0 : strlen(above);

	return real != NULL && above != NULL && strncmp(real, above, length) == 0 &&
	       (real[length] == '/' || real[length] == '\0');
}

static void
check_master_key(Doctor *doctor, const Conf *conf, uid_t owner)
{
	if (!check_path(doctor, "master key", conf->data.master_key_file, false, 0077, &owner))
		return;
	if (is_below(conf->data.master_key_file, conf->data.directory))
		doctor_say(doctor, DOCTOR_WARN, "master key",
		    "It lies in the data directory: a copy of that folder has the key, too. Keep "
		    "it "
		    "elsewhere.");
}

static void
check_space(Doctor *doctor, const Conf *conf, const char *area, const char *path, bool mark)
{
	const ConfSpace *least = &conf->milter.free_space_minimum;
	gint64 bytes, percent;
	g_autofree char *text = NULL;

	spool_state_free_space(path, &bytes, &percent);
	if (bytes < 0)
		return;
	text = g_format_size((guint64)bytes);
	if (mark && (bytes < least->bytes || percent < least->percent))
		doctor_say(doctor, DOCTOR_FAIL, area,
		    "%s are free (%d %%), less than milter/free-space-minimum: no mail is taken. "
		    "Make "
		    "room.",
		    text, (int)percent);
	else if (bytes < FULL)
		doctor_say(doctor, DOCTOR_FAIL, area, "%s are free (%d %%): nothing can be written. Make room.", text,
		    (int)percent);
	else if (percent < 10)
		doctor_say(doctor, DOCTOR_WARN, area, "%s are free (%d %%): make room in time.",
		    text, (int)percent);
	else
		doctor_say(doctor, DOCTOR_OK, area, "%s are free (%d %%).", text, (int)percent);
}

/* The program that writes to it gives up root before. */
static bool
belongs_to_writer(Doctor *doctor, const Conf *conf, const char *source, const char *path, const struct stat *st)
{
	const char *name = strcmp(source, conf->milter.spool_name) == 0 ? conf->milter.user
			   : strcmp(source, conf->imap.spool_name) == 0 ? conf->imap.user
									: "";
	const struct passwd *writer = *name == '\0' ? NULL : getpwnam(name);

	if (writer == NULL || writer->pw_uid == st->st_uid)
		return true;
	doctor_say(doctor, DOCTOR_FAIL, "spool", "%s belongs to uid %u, and %s can't work there: chown -R %s %s.", path,
	    (unsigned)st->st_uid, name, name, path);
	return false;
}

/* Each source's folder is its own; the group reads and removes. */
static void
check_sources(Doctor *doctor, const Conf *conf)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) sources = spool_sources(conf->data.spool_directory, &error);

	if (sources == NULL) {
		doctor_say(doctor, DOCTOR_FAIL, "spool", "%s", error->message);
		return;
	}
	for (char **source = sources; *source != NULL; source++) {
		g_autofree char *path = g_build_filename(conf->data.spool_directory, *source, NULL);
		struct stat st;

		if (stat(path, &st) != 0)
			continue;
		if (st.st_mode & 0007)
			doctor_say(doctor, DOCTOR_FAIL, "spool",
			    "%s is open to everybody: chmod 2770.", path);
		else if (st.st_uid != data_uid(conf) && (!(st.st_mode & S_ISGID) || (st.st_mode & 0070) != 0070))
			doctor_say(doctor, DOCTOR_WARN, "spool",
			    "%s has the mode %04o; kartotekad needs its group: chmod 2770.", path,
			    (unsigned)(st.st_mode & 07777));
		else if (belongs_to_writer(doctor, conf, *source, path, &st))
			doctor_say(
			    doctor, DOCTOR_OK, "spool", "The source %s has its folder.", *source);
	}
	if (*sources == NULL)
		doctor_say(doctor, DOCTOR_WARN, "spool",
		    "No source has a folder yet: kartoteka-milter makes its own when it starts.");
}

void
doctor_check_files(Doctor *doctor, const Conf *conf)
{
	uid_t owner = data_uid(conf);
	const char *search = *conf->data.search_directory != '\0' ? conf->data.search_directory
								  : conf->data.directory;

	check_user(doctor, conf);
	if (conf->company.domains[0] == NULL)
		doctor_say(doctor, DOCTOR_FAIL, "company",
		    "company/domains is empty: without it nobody is known to be staff.");
	else
		doctor_say(doctor, DOCTOR_OK, "company", "%s is the first of its mail domains.",
		    conf->company.domains[0]);
	check_path(doctor, "data", conf->data.directory, true, 0027, &owner);
	if (strcmp(search, conf->data.directory) != 0)
		check_path(doctor, "search", search, true, 0027, &owner);
	check_master_key(doctor, conf, owner);
	if (is_below(conf->data.erasure_ledger_file, conf->data.directory))
		doctor_say(doctor, DOCTOR_WARN, "erasures",
		    "The ledger of erasures lies in the data directory: it must outlive a restored "
		    "backup. Set data/erasure-ledger-file elsewhere.");
	check_path(doctor, "published", conf->data.published_directory, true, 0022, &owner);
	check_path(doctor, "run", conf->data.run_directory, true, 0022, &owner);
	if (check_path(doctor, "spool", conf->data.spool_directory, true, 0002, NULL))
		check_sources(doctor, conf);
	check_space(doctor, conf, "disk of data", conf->data.directory, false);
	check_space(doctor, conf, "disk of spool", conf->data.spool_directory, true);
}

void
doctor_check_clock(Doctor *doctor)
{
	struct timex state = {.modes = 0};

	if (clock_ms() < G_GINT64_CONSTANT(1735689600000)) /* 2025-01-01 */
		doctor_say(doctor, DOCTOR_FAIL, "clock",
		    "The clock says a year before 2025: set it, times of mail depend on it.");
	else if (adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC))
		doctor_say(doctor, DOCTOR_WARN, "clock",
		    "The clock isn't synchronised: run systemd-timesyncd, chrony or ntpd.");
	else
		doctor_say(doctor, DOCTOR_OK, "clock", "It is synchronised.");
}
