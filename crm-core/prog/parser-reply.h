/*
 * parser-reply: what parser.c decides about each mail of an exchange. For parser.c alone.
 */
#pragma once

#include "prog/parser-wire.h"
#include "prog/parser.h"

#include "base/error.h"

/* Of one exchange only, never a result: ask again, with converters open for the charsets that
 * error names. */
#define PARSER_AGAIN ((ParserOutcome)-1)

/* Takes the replies for count mails of these lengths apart. False when they aren't what a sane
 * child writes; the results are then to be forgotten. */
bool parser_reply_take(const GByteArray *got, const guint64 *lengths, guint count, bool asked_again,
    ParserResult *const *results);

/* As if nothing had come back. */
void parser_reply_forget(ParserResult *const *results, guint count);

/* The child of this mail alone died, hung or was over a limit. */
void parser_reply_blame(ParserResult *result, const ParserStatus *status);

void parser_reply_decide(
    ParserResult *result, ParserOutcome outcome, ErrorCode code, const char *why);
