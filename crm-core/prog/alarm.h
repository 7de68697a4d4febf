/*
 * alarm: one mail to the admin when mailboxes need somebody, and not a flood.
 *
 * kartotekad looks once a minute at what the poller says of itself (prog/poller-view.h), or no longer says: a poller that died
 * can't raise an alarm. A mail names all that is wrong; the next one comes when something else goes wrong, at the earliest
 * after ten minutes, and once a day for as long as it stays so. What was told stands in DATA/alarms, so that neither a
 * restart nor a mailbox that comes and goes makes mails.
 */
#pragma once

#include "base/conf.h"

typedef struct Alarm Alarm;

Alarm *alarm_new(const Conf *conf);
/* Waits for a mail that is on its way. */
void alarm_free(Alarm *alarm);

/* Any time; never waits for sendmail, which runs beside. */
void alarm_tick(Alarm *alarm);
