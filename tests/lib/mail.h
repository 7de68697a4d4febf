/*
 * mail: what several tests need around mails: the invented corpus in tests/corpus/mail, and
 * parse_mail() that must not fail. Needs parse_warm_up().
 */
#pragma once

#include "mail/parse.h"

#include <string.h>
#include <time.h>

static inline GBytes *
mail_corpus(const char *name)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "corpus/mail", name, NULL);
	g_autoptr(GError) error = NULL;
	char *data;
	gsize size;

	g_file_get_contents(path, &data, &size, &error);
	g_assert_no_error(error);
	return g_bytes_new_take(data, size);
}

static inline Mail *
mail_parse(GBytes *raw)
{
	g_autoptr(GError) error = NULL;
	MailLimits limits = MAIL_LIMITS_DEFAULT;
	Mail *mail = parse_mail(raw, &limits, &error);

	g_assert_no_error(error);
	return mail;
}

static inline Mail *
mail_parse_file(const char *name)
{
	g_autoptr(GBytes) raw = mail_corpus(name);

	return mail_parse(raw);
}

static inline Mail *
mail_parse_text(const char *text)
{
	g_autoptr(GBytes) raw = g_bytes_new_static(text, strlen(text));

	return mail_parse(raw);
}

static inline const MailPart *
mail_part(const Mail *mail, guint index)
{
	g_assert_cmpuint(index, <, mail->parts->len);
	return mail->parts->pdata[index];
}

/* Microseconds of processor time of this program: what a busy machine doesn't change. */
static inline gint64
mail_cpu_time(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (gint64)used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}
