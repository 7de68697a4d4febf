/*
 * intake: threads that take files out of the spool, have them parsed, and make them ready to file.
 *
 * One thread per parser. Live mail goes first: a thread that becomes free takes one live file if there
 * is any, else files of the backlog with up to PARSER_BATCH mails. Mail from outside is parsed by a child each, a
 * batch of one import or of one mailbox's back-fill by one child. What is ready lies in intake_ready(),
 * no more than it has room for, so a backlog costs no memory.
 *
 * A file that is here is taken up once, however often it is named. It stays in the spool until the filer
 * has committed its last item (intake_done). Items of a pack that can't be read or parsed for the moment are taken up
 * again later, when the others may be filed already.
 */
#pragma once

#include "base/spool.h"
#include "prog/parser.h"
#include "prog/ready.h"

typedef struct Intake Intake;

/* parsers: GPtrArray of ParserClient, lent. preparer must outlive it. */
Intake *intake_new(const Conf *conf, GPtrArray *parsers, const FilePreparer *preparer);
/* Ends the threads; what isn't filed stays in the spool. */
void intake_free(Intake *intake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Intake, intake_free)

/* Where what is ready to file lies: for the filer. */
Ready *intake_ready(const Intake *intake);

/* Takes pack over. */
void intake_add(Intake *intake, SpoolPack *pack);

/* Looks through both lanes of the spool, and tries again what couldn't be read. *ret (may be NULL): how many items were
 * found. */
bool intake_scan(Intake *intake, guint *ret, GError **error);

/* After the commit of one of its items. True: it was the last, the file may go. */
bool intake_done(Intake *intake, const SpoolPack *pack);
/* After that: the file may be named again (and won't be there). */
void intake_forget(Intake *intake, const SpoolPack *pack);

/* How many items are known and not done; the time (ms) at which the oldest of the live ones became known
 * (0: none; may be NULL, since it looks at all); whether the backlog has room for what the last scan left. */
guint intake_waiting(Intake *intake, gint64 *oldest_live, bool *rescan);

/* How many of those couldn't be read, and wait for the next scan. */
guint intake_unreadable(Intake *intake);

/* NULL, or why the parsers can't be used at the moment. New. */
char *intake_trouble(Intake *intake);
