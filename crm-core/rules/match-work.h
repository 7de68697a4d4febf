/*
 * match-work: one mail being matched. For match.c and proof.c alone.
 */
#pragma once

#include "rules/known.h"
#include "rules/match.h"

struct Matcher {
	Store *store;
	Known *known;
};

typedef struct {
	Matcher *matcher;
	StoreTx *tx;
	const SpoolEntry *entry;
	const Mail *mail;
	Match *match;
	const char *from; /* canonical, the only author; NULL when there is none or many */
} Work;

static inline const KnownAddress *
match_known(Work *work, const char *canonical, GError **error)
{
	return known_address(work->matcher->known, work->tx, canonical, error);
}

/* proof.c: who wrote it and how that is known (proof, verdict, flags, private mark), then who of the
 * staff takes part. */
bool proof_find(Work *work, GError **error);
bool proof_participants(Work *work, GError **error);
