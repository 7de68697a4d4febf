/*
 * noop-milter SOCKET [quiet]: what a milter costs that reads everything and does nothing: each step answered by "go on".
 * With "quiet" it spares the MTA all answers but the last one, as kartoteka-milter does, so that the two differ in the
 * spool alone.
 */
#include <libmilter/mfapi.h>
#include <signal.h>
#include <stdio.h>

#define QUIET_STAGES                                                                               \
	(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR |            \
	    SMFIP_NR_EOH | SMFIP_NR_BODY)

static sfsistat answer = SMFIS_CONTINUE;

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long f2,
    unsigned long f3, unsigned long *pf0, unsigned long *pf1, unsigned long *pf2,
    unsigned long *pf3)
{
	*pf0 = 0;
	*pf1 = steps & (SMFIP_HDR_LEADSPC | SMFIP_NOUNKNOWN | SMFIP_NODATA);
	if (answer == SMFIS_NOREPLY)
		*pf1 |= steps & QUIET_STAGES;
	*pf2 = *pf3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	return answer;
}

static sfsistat
on_word(SMFICTX *ctx, char *word)
{
	return answer;
}

static sfsistat
on_words(SMFICTX *ctx, char **words)
{
	return answer;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	return answer;
}

static sfsistat
on_end_of_header(SMFICTX *ctx)
{
	return answer;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *data, size_t length)
{
	return answer;
}

static sfsistat
on_end(SMFICTX *ctx)
{
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	static struct smfiDesc description = {
	    .xxfi_name = "noop",
	    .xxfi_version = SMFI_VERSION,
	    .xxfi_connect = on_connect,
	    .xxfi_helo = on_word,
	    .xxfi_envfrom = on_words,
	    .xxfi_envrcpt = on_words,
	    .xxfi_header = on_header,
	    .xxfi_eoh = on_end_of_header,
	    .xxfi_body = on_body,
	    .xxfi_eom = on_end,
	    .xxfi_negotiate = on_negotiate,
	};

	if (argc == 3)
		answer = SMFIS_NOREPLY;
	if (argc < 2 || smfi_register(description) != MI_SUCCESS ||
	    smfi_setconn(argv[1]) != MI_SUCCESS || smfi_opensocket(true) != MI_SUCCESS) {
		fputs("usage: noop-milter unix:/path [quiet]\n", stderr);
		return 64;
	}
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
