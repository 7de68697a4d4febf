#include "prog/outcome.h"

ParserLimits
outcome_limits(const Conf *conf)
{
	ParserLimits limits = PARSER_LIMITS_DEFAULT;

	limits.mail.bytes = conf->parser.bytes;
	limits.mail.header_lines = conf->parser.header_lines;
	limits.mail.parts = conf->parser.parts;
	limits.mail.nesting = conf->parser.nesting;
	limits.mail.addresses = conf->parser.addresses;
	limits.memory = conf->parser.memory;
	limits.timeout_ms = conf->parser.seconds * 1000;
	return limits;
}

FileJob *
outcome_job(const FilePreparer *preparer, SpoolEntry *entry, GBytes *raw, ParserResult *result,
    GBytes *whole)
{
	static const ItemReason reasons[] = {
	    [PARSER_LIMIT] = ITEM_REASON_LIMIT,
	    [PARSER_TIMEOUT] = ITEM_REASON_TIMEOUT,
	    [PARSER_CRASH] = ITEM_REASON_CRASH,
	    [PARSER_BAD] = ITEM_REASON_RECORD,
	};

	if (result->outcome == PARSER_DONE)
		return file_prepare(preparer, entry, raw, g_steal_pointer(&result->mail));
	return file_prepare_quarantine(preparer, entry, whole, reasons[result->outcome],
	    result->error != NULL ? result->error->message : NULL);
}
