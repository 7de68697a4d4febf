/*
 * indexer: a thread of kartotekad with a Store of its own that keeps the search index up with what is filed.
 */
#pragma once

#include "base/conf.h"
#include "store/search-fresh.h"

typedef struct Indexer Indexer;

/* fresh, lent: where the filer leaves texts. */
Indexer *indexer_new(const Conf *conf, SearchFresh *fresh);
/* Ends the thread; what isn't indexed is done after the next start. */
void indexer_free(Indexer *indexer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Indexer, indexer_free)

/* Something was committed: so many messages, as far as that is known. */
void indexer_wake(Indexer *indexer, guint messages);

/* Somebody will soon wait for what was committed before: it is indexed without a rest. */
void indexer_hurry(Indexer *indexer);

/* After indexer_hurry(): waits until that is done; false when it fails (it is in the log). */
bool indexer_finish(Indexer *indexer);
