/*
 * status-poller: the poller's part of "kartoteka status", in its three forms. Nothing where there are no mailboxes.
 */
#pragma once

#include "prog/json.h"
#include "prog/poller-view.h"

void status_poller_text(const Conf *conf, const PollerView *view, gint64 rewind_due);
void status_poller_json(Json *json, const Conf *conf, const PollerView *view, gint64 rewind_due);
void status_poller_prometheus(const Conf *conf, const PollerView *view);
