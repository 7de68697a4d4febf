/*
 * people: fills an empty store with staff and contacts, for tests and benches of filing that shall not depend on the
 * command line.
 *
 *	people CONFIG LOGIN:ADDRESS... -- FILE.vcf...
 *
 * Reads UID, EMAIL and X-KARTOTEKA-DOMAIN (an organisation) of the cards, nothing else. Creates the store.
 */
#include "base/error.h"
#include "mail/address.h"
#include "store/book.h"
#include "store/contact.h"
#include "store/user.h"

#include <stdio.h>
#include <string.h>

static const Actor actor = {.kind = ACTOR_DAEMON};

typedef struct {
	char *uid;
	GPtrArray *addresses, *domains;
	GString *card;
} Card;

static bool
add_user(Store *store, const char *text, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_auto(GStrv) words = g_strsplit(text, ":", 0);
	Id id;

	if (!store_tx_begin(&tx, store, &actor, "test", error) ||
	    !user_add(&tx, words[0], words[0], "en", &id, error))
		return false;
	for (char **address = words + 1; *address != NULL; address++) {
		g_autofree char *canonical = address_canonical(*address);

		if (canonical != NULL && !user_add_address(&tx, &id, canonical, *address, error))
			return false;
	}
	return store_tx_commit(&tx, error);
}

static bool
add_book(Store *store, Id *ret, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	return store_tx_begin(&tx, store, &actor, "test", error) &&
	       book_add(&tx, "Test", "", ret, error) && store_tx_commit(&tx, error);
}

static bool
add_contact(Store *store, const Id *book, Card *card, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	ContactRecord record = {.kind = CONTACT_PERSON, .uid = card->uid, .card = card->card->str};
	Id id;

	if (card->domains->len > 0)
		record.kind = CONTACT_ORGANISATION;
	g_ptr_array_add(card->addresses, NULL);
	g_ptr_array_add(card->domains, NULL);
	record.addresses = (char *const *)card->addresses->pdata;
	record.domains = (char *const *)card->domains->pdata;
	return store_tx_begin(&tx, store, &actor, "test", error) &&
	       contact_add(&tx, &record, book, &id, error) && store_tx_commit(&tx, error);
}

static void
card_clear(Card *card)
{
	g_clear_pointer(&card->uid, g_free);
	if (card->addresses != NULL) {
		g_ptr_array_unref(card->addresses);
		g_ptr_array_unref(card->domains);
		g_string_free(card->card, TRUE);
	}
	card->addresses = g_ptr_array_new_with_free_func(g_free);
	card->domains = g_ptr_array_new_with_free_func(g_free);
	card->card = g_string_new(NULL);
}

static bool
add_file(Store *store, const Id *book, const char *path, GError **error)
{
	g_autoptr(GRegex) folds = g_regex_new("\\r?\\n[ \\t]", 0, 0, NULL);
	g_autofree char *text = NULL, *unfolded = NULL;
	g_auto(GStrv) lines = NULL;
	Card card = {0};

	if (!g_file_get_contents(path, &text, NULL, error))
		return false;
	unfolded = g_regex_replace_literal(folds, text, -1, 0, "", 0, error);
	if (unfolded == NULL)
		return false;
	lines = g_strsplit(unfolded, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		const char *value = strrchr(g_strchomp(*line), ':');
		char *canonical;

		if (g_str_has_prefix(*line, "BEGIN:VCARD"))
			card_clear(&card);
		if (card.card == NULL || **line == '\0')
			continue;
		g_string_append_printf(card.card, "%s\r\n",
		    g_str_has_prefix(*line, "VERSION:") ? "VERSION:4.0" : *line);
		if (g_str_has_prefix(*line, "UID:"))
			card.uid = g_strdup(*line + 4);
		else if (g_str_has_prefix(*line, "EMAIL") &&
			 (canonical = address_canonical(value + 1)) != NULL)
			g_ptr_array_add(card.addresses, canonical);
		else if (g_str_has_prefix(*line, "X-KARTOTEKA-DOMAIN:") &&
			 (canonical = address_canonical_domain(value + 1)) != NULL)
			g_ptr_array_add(card.domains, canonical);
		else if (g_str_has_prefix(*line, "END:VCARD") &&
			 !add_contact(store, book, &card, error))
			return false;
	}
	return true;
}

static bool
fill(const char *config, char **words, GError **error)
{
	g_autoptr(Conf) conf = conf_load(config, error);
	g_autoptr(Store) store = conf != NULL ? store_open(conf, STORE_CREATE, error) : NULL;
	Id book;

	if (store == NULL)
		return false;
	for (; *words != NULL && strcmp(*words, "--") != 0; words++)
		if (!add_user(store, *words, error))
			return false;
	if (!add_book(store, &book, error))
		return false;
	for (words += *words != NULL; *words != NULL; words++)
		if (!add_file(store, &book, *words, error))
			return false;
	return true;
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (argc < 2 || !fill(argv[1], argv + 2, &error)) {
		fprintf(stderr, "people: %s\n",
		    error != NULL ? error->message : "a configuration is wanted");
		return 1;
	}
	return 0;
}
