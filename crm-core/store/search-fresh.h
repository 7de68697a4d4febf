/*
 * search-fresh: the texts of messages that were just filed, in memory until they are indexed, so that the index
 * needn't unseal, unpack and read again what filing had in hand a moment ago.
 *
 * Bounded: what has no room isn't kept, and whatever isn't here is read from kartoteka.db. An entry counts for
 * the key that its message was sealed under alone: a message that was redacted or destroyed since is read again.
 * The functions may be called from several threads.
 */
#pragma once

#include "store/message.h"
#include "store/search-index.h"

/* most: bytes of texts to keep at once. */
SearchFresh *search_fresh_new(gsize most);
void search_fresh_free(SearchFresh *fresh);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SearchFresh, search_fresh_free)

/* After the commit. Takes the texts over; text is empty afterwards. */
void search_fresh_add(SearchFresh *fresh, const MessageRow *message, SearchMailText *text);

/* Moves the texts of a message out, when they are here and of that key. What is here of another key goes. */
bool search_fresh_take(SearchFresh *fresh, const Id *message, gint64 key, SearchMailText *ret);

/* The message is destroyed. */
void search_fresh_drop(SearchFresh *fresh, const Id *message);
