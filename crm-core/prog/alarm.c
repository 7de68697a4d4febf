#include "prog/alarm.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fields.h"
#include "base/file.h"
#include "base/log.h"
#include "prog/letter-out.h"
#include "prog/poller-view.h"

#include <string.h>

#define LOOK_MS (60 * CLOCK_SECOND)
#define GAP_MS (600 * CLOCK_SECOND)   /* between two mails */
#define GRACE_MS (300 * CLOCK_SECOND) /* for a poller that is just being started */
#define FOLDER_FAILURES 3
#define NOTES_MAX (1 << 20)
#define SAID_MAX 50 /* sentences in a mail */

typedef struct {
	char *key, *text;
} Trouble;

struct Alarm {
	const Conf *conf;
	char *path;
	GHashTable *told; /* key -> gint64: when a mail named it */
	gint64 began, looked, sent;
	GThread *sending;
	gint is_sending; /* atomic */
};

static void
trouble_free(gpointer data)
{
	Trouble *trouble = data;

	g_free(trouble->key);
	g_free(trouble->text);
	g_free(trouble);
}

/* Takes both over. */
static void
add(GPtrArray *troubles, char *key, char *text)
{
	Trouble *trouble = g_new0(Trouble, 1);

	trouble->key = key;
	trouble->text = text;
	g_ptr_array_add(troubles, trouble);
}

/* --- What was told -------------------------------------------------------------------------------------- */

static void
read_notes(Alarm *alarm)
{
	g_autoptr(GBytes) bytes = file_read(alarm->path, NOTES_MAX, NULL);
	g_auto(GStrv) lines = NULL;

	if (bytes == NULL)
		return;
	lines = g_strsplit(g_bytes_get_data(bytes, NULL), "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		g_auto(GStrv) fields = fields_split(*line);
		gint64 when;

		if (fields == NULL || g_strv_length(fields) != 2 ||
		    !fields_number(fields[1], 0, G_MAXINT64, &when))
			continue;
		g_hash_table_insert(
		    alarm->told, g_strdup(fields[0]), g_memdup2(&when, sizeof when));
	}
}

static void
write_notes(Alarm *alarm)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	GHashTableIter iter;
	gpointer key, when;

	g_hash_table_iter_init(&iter, alarm->told);
	while (g_hash_table_iter_next(&iter, &key, &when)) {
		fields_append(text, key);
		fields_append_number(text, *(gint64 *)when);
		fields_end(text);
	}
	if (!file_publish(alarm->path, text->str, text->len, 0600, &error))
		log_gerror(LOG_LEVEL_WARNING, "alarms-unnoted", error);
}

static bool
is_new(Alarm *alarm, const Trouble *trouble, gint64 now)
{
	const gint64 *when = g_hash_table_lookup(alarm->told, trouble->key);

	return when == NULL || now - *when > CLOCK_DAY || *when > now;
}

static gboolean
is_old(gpointer key, gpointer when, gpointer now)
{
	return *(gint64 *)now - *(gint64 *)when > 2 * CLOCK_DAY;
}

static void
note_told(Alarm *alarm, const GPtrArray *troubles, gint64 now)
{
	for (guint i = 0; i < troubles->len; i++) {
		const Trouble *trouble = troubles->pdata[i];

		g_hash_table_replace(
		    alarm->told, g_strdup(trouble->key), g_memdup2(&now, sizeof now));
	}
	g_hash_table_foreach_remove(alarm->told, is_old, &now);
	write_notes(alarm);
}

/* --- What is wrong -------------------------------------------------------------------------------------- */

static void
find_in_mailbox(const Conf *conf, const PollerMailbox *mailbox, gint64 now, GPtrArray *troubles)
{
	bool must;
	char *text = poller_view_mailbox(conf, mailbox, now, &must);

	if (text != NULL && must)
		add(troubles,
		    g_strdup_printf("mailbox %s %s", mailbox->login,
			mailbox->trouble != NULL ? error_name(mailbox->code) : "late"),
		    text);
	else
		g_free(text);
	for (guint i = 0; i < mailbox->folders->len; i++) {
		const PollerFolder *folder = mailbox->folders->pdata[i];

		if (folder->failures >= FOLDER_FAILURES)
			add(troubles,
			    g_strdup_printf("folder %s %s %s", mailbox->login,
				error_name(folder->code), folder->name),
			    poller_view_folder(mailbox, folder));
	}
}

static GPtrArray *
find_troubles(Alarm *alarm, gint64 now)
{
	GPtrArray *troubles = g_ptr_array_new_with_free_func(trouble_free);
	g_auto(PollerView) view = {.status = NULL};

	poller_view_read(alarm->conf, &view);
	if (!view.wanted)
		return troubles;
	if (!view.running) {
		if (clock_monotonic_ms() - alarm->began > GRACE_MS)
			add(troubles, g_strdup("poller"),
			    g_strdup("kartoteka-imapsync doesn't run: nothing is fetched from any "
				     "mailbox."));
		return troubles;
	}
	for (guint i = 0; i < view.status->mailboxes->len; i++)
		find_in_mailbox(alarm->conf, view.status->mailboxes->pdata[i], now, troubles);
	return troubles;
}

/* --- The mail --------------------------------------------------------------------------------------------- */

typedef struct {
	Alarm *alarm;
	char *program;
	GString *text;
} Letter;

static gpointer
send(gpointer data)
{
	Letter *letter = data;
	g_autoptr(GError) error = NULL;

	if (!letter_out_send(letter->program, letter->text->str, letter->text->len, &error))
		log_gerror(LOG_LEVEL_ERROR, "alarm-unsent", error);
	g_atomic_int_set(&letter->alarm->is_sending, 0);
	g_string_free(letter->text, TRUE);
	g_free(letter->program);
	g_free(letter);
	return NULL;
}

static GString *
write_letter(const Conf *conf, const GPtrArray *troubles)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text,
	    "To: %s\nSubject: Kartoteka: mailboxes need somebody (%u)\nAuto-Submitted: "
	    "auto-generated\n"
	    "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 8bit\n\n",
	    conf->imap.alarm_address, troubles->len);
	for (guint i = 0; i < troubles->len && i < SAID_MAX; i++)
		g_string_append_printf(text, "- %s\n", ((const Trouble *)troubles->pdata[i])->text);
	if (troubles->len > SAID_MAX)
		g_string_append_printf(text, "- and %u more\n", troubles->len - SAID_MAX);
	g_string_append(text,
	    "\n\"kartoteka status\" and \"kartoteka doctor\" tell how it is now. As long as it "
	    "stays so, a mail like this comes once a day.\n");
	return text;
}

static void
tell(Alarm *alarm, const GPtrArray *troubles, gint64 now)
{
	Letter *letter = g_new0(Letter, 1);

	letter->alarm = alarm;
	letter->program = g_strdup(alarm->conf->data.sendmail);
	letter->text = write_letter(alarm->conf, troubles);
	note_told(alarm, troubles, now);
	log_warning("alarm", "troubles=%u", troubles->len);
	g_clear_pointer(&alarm->sending, g_thread_join);
	g_atomic_int_set(&alarm->is_sending, 1);
	alarm->sending = g_thread_new("alarm", send, letter);
	alarm->sent = clock_monotonic_ms();
}

Alarm *
alarm_new(const Conf *conf)
{
	Alarm *alarm = g_new0(Alarm, 1);

	alarm->conf = conf;
	alarm->path = g_build_filename(conf->data.directory, "alarms", NULL);
	alarm->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	alarm->began = clock_monotonic_ms();
	read_notes(alarm);
	return alarm;
}

void
alarm_free(Alarm *alarm)
{
	if (alarm == NULL)
		return;
	g_clear_pointer(&alarm->sending, g_thread_join);
	g_hash_table_unref(alarm->told);
	g_free(alarm->path);
	g_free(alarm);
}

void
alarm_tick(Alarm *alarm)
{
	gint64 tick = clock_monotonic_ms(), now = clock_ms();
	g_autoptr(GPtrArray) troubles = NULL;
	bool news = false;

	if (*alarm->conf->imap.alarm_address == '\0' || g_atomic_int_get(&alarm->is_sending) ||
	    (alarm->looked != 0 && tick - alarm->looked < LOOK_MS) ||
	    (alarm->sent != 0 && tick - alarm->sent < GAP_MS))
		return;
	alarm->looked = tick;
	troubles = find_troubles(alarm, now);
	for (guint i = 0; i < troubles->len; i++)
		news = news || is_new(alarm, troubles->pdata[i], now);
	if (news)
		tell(alarm, troubles, now);
}
