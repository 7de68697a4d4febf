#include "rules/contact-merge.h"

#include "mail/address.h"
#include "rules/contact-mark.h"

#include <string.h>

#define TELEPHONE_DIGITS                                                                           \
	9 /* that many in common at the end make a number the same as one with its country */

typedef enum { SEVERAL, ONE, NEVER } Cardinality;

/* What isn't here may occur several times and is called by its own name. */
static const struct {
	const char *name, *word;
	Cardinality cardinality;
} properties[] = {
    {"FN", "name", ONE},
    {"N", "name", ONE},
    {"NICKNAME", "nickname", SEVERAL},
    {"EMAIL", "mail address", SEVERAL},
    {"TEL", "telephone", SEVERAL},
    {"ADR", "postal address", SEVERAL},
    {"URL", "web page", SEVERAL},
    {"ORG", "organisation", SEVERAL},
    {"TITLE", "title", ONE},
    {"ROLE", "function", ONE},
    {"NOTE", "note", ONE},
    {"BDAY", "birthday", ONE},
    {"ANNIVERSARY", "anniversary", ONE},
    {"GENDER", "gender", ONE},
    {"PHOTO", "photo", ONE},
    {"LOGO", "logo", ONE},
    {"X-KARTOTEKA-ROLE", "role", SEVERAL},
    {"X-KARTOTEKA-EMPLOYER", "employer", SEVERAL},
    {"X-KARTOTEKA-DOMAIN", "mail domain", SEVERAL},
    {"UID", "", NEVER},
    {"REV", "", NEVER},
    {"PRODID", "", NEVER},
    {"KIND", "", NEVER},
    {"CLIENTPIDMAP", "", NEVER},
    {"X-KARTOTEKA-IMPORT", "", NEVER},
};

void
contact_merge_clear(ContactMerge *merge)
{
	g_clear_pointer(&merge->adds, g_free);
	g_clear_pointer(&merge->keeps, g_free);
}

static Cardinality
cardinality(const Vcard *card, const char *name, const char **ret_word)
{
	*ret_word = name;
	for (gsize i = 0; i < G_N_ELEMENTS(properties); i++)
		if (strcmp(properties[i].name, name) == 0) {
			*ret_word = properties[i].word;
			/* an organisation's ORG is its name */
			return strcmp(name, "ORG") == 0 && vcard_is_organisation(card)
				   ? ONE
				   : properties[i].cardinality;
		}
	return SEVERAL;
}

static char *
fold(const char *text)
{
	g_autofree char *composed = g_utf8_normalize(text, -1, G_NORMALIZE_ALL_COMPOSE);
	char *folded = g_utf8_casefold(composed == NULL ? text : composed, -1);

	return g_strstrip(folded);
}

/* "00420 777-123 456" as "+420777123456" */
static char *
telephone(const char *text)
{
	GString *digits = g_string_new(NULL);

	for (const char *p = text; *p != '\0'; p++)
		if (g_ascii_isdigit(*p) || (*p == '+' && digits->len == 0))
			g_string_append_c(digits, *p);
	if (g_str_has_prefix(digits->str, "00"))
		g_string_replace(digits, "00", "+", 1);
	return g_string_free(digits, FALSE);
}

static bool
same_telephone(const char *a, const char *b)
{
	bool country_a = *a == '+', country_b = *b == '+';

	if (country_a == country_b)
		return strcmp(a, b) == 0;
	if (country_b)
		return same_telephone(b, a);
	return strlen(b) >= TELEPHONE_DIGITS && g_str_has_suffix(a, b);
}

/* What makes two values of a property the same one; NULL: it has none. */
static char *
essence(const VcardProperty *property)
{
	g_autofree char *text = vcard_unescape(property->value);
	const char *value = g_strstrip(text);

	if (strcmp(property->name, "EMAIL") == 0) {
		char *canonical;

		if (g_ascii_strncasecmp(value, "mailto:", strlen("mailto:")) == 0)
			value += strlen("mailto:");
		canonical = address_canonical(value);
		if (canonical != NULL)
			return canonical;
	} else if (strcmp(property->name, "TEL") == 0) {
		g_autofree char *digits = telephone(value);

		if (strlen(digits) > 2)
			return g_steal_pointer(&digits);
	}
	return strspn(value, ";, ") == strlen(value) ? NULL : fold(value);
}

typedef enum { MISSING, DIFFERS, THERE } Found; /* the more, the surer */

/* Two organisations of one name: another unit of it is no other organisation. */
static Found
compare_organisation(const VcardProperty *own, const VcardProperty *wanted)
{
	g_autofree char *name = vcard_field(own, 0), *other = vcard_field(wanted, 0);
	g_autofree char *folded = name == NULL ? NULL : fold(name);
	g_autofree char *folded_other = other == NULL ? NULL : fold(other);
	g_autofree char *unit = vcard_field(wanted, 1);

	if (g_strcmp0(folded, folded_other) != 0)
		return MISSING;
	return unit == NULL ? THERE : DIFFERS;
}

static Found
look_for(
    const Vcard *card, const VcardProperty *wanted, const char *essence_wanted, Cardinality many)
{
	Found found = MISSING;

	for (guint i = 0; i < card->properties->len; i++) {
		const VcardProperty *property = card->properties->pdata[i];
		g_autofree char *own = NULL;
		Found here = many == ONE ? DIFFERS : MISSING;

		if (strcmp(property->name, wanted->name) != 0 || (own = essence(property)) == NULL)
			continue;
		if (strcmp(own, essence_wanted) == 0 ||
		    (strcmp(wanted->name, "TEL") == 0 && same_telephone(own, essence_wanted)))
			return THERE;
		if (strcmp(wanted->name, "ORG") == 0)
			here = MAX(here, compare_organisation(property, wanted));
		found = MAX(found, here);
	}
	return found;
}

/* Another organisation's title would be told of this one. */
static bool
works_elsewhere(const Vcard *card, const Vcard *other)
{
	const VcardProperty *org = vcard_find(other, "ORG");
	g_autofree char *wanted = org == NULL ? NULL : essence(org);

	return wanted != NULL && vcard_find(card, "ORG") != NULL &&
	       look_for(card, org, wanted, SEVERAL) == MISSING;
}

static bool
has_group(const Vcard *card, const char *group)
{
	for (guint i = 0; i < card->properties->len; i++) {
		const VcardProperty *property = card->properties->pdata[i];

		if (property->group != NULL && g_ascii_strcasecmp(property->group, group) == 0)
			return true;
	}
	return false;
}

/* One merge: words that were said, groups (of the other card, of this one) of what was added. */
typedef struct {
	Vcard *card;
	const char *import;
	bool elsewhere, other_name;
	GHashTable *groups;
	GString *adds, *keeps;
} Work;

static void
say(GString *words, const char *word)
{
	g_auto(GStrv) said = g_strsplit(words->str, ", ", -1);

	if (!g_strv_contains((const char *const *)said, word))
		g_string_append_printf(words, "%s%s", words->len > 0 ? ", " : "", word);
}

static const char *
own_group(Work *work, const char *group)
{
	const char *own = g_hash_table_lookup(work->groups, group);
	char *free_one = g_strdup(group);

	if (own != NULL) {
		g_free(free_one);
		return own;
	}
	for (guint n = 1; has_group(work->card, free_one); n++) {
		g_free(free_one);
		free_one = g_strdup_printf("item%u", n);
	}
	g_hash_table_insert(work->groups, g_strdup(group), free_one);
	return free_one;
}

static void
add(Work *work, const VcardProperty *property)
{
	VcardProperty *copy = vcard_property_copy(property);

	if (copy->group != NULL) {
		const char *group = own_group(work, copy->group);

		g_free(copy->group);
		copy->group = g_strdup(group);
	}
	if (work->import != NULL)
		contact_mark_property(copy, work->import);
	g_ptr_array_add(work->card->properties, copy);
}

static void
consider(Work *work, const VcardProperty *property)
{
	g_autofree char *wanted = essence(property);
	const char *word;
	Cardinality many = cardinality(work->card, property->name, &word);
	Found found;

	if (many == NEVER || wanted == NULL)
		return;
	found = look_for(work->card, property, wanted, many);
	if (found == MISSING && ((strcmp(property->name, "N") == 0 && work->other_name) ||
				    (work->elsewhere && (strcmp(property->name, "TITLE") == 0 ||
							    strcmp(property->name, "ROLE") == 0))))
		found = DIFFERS;
	if (found == DIFFERS)
		say(work->keeps, word);
	if (found != MISSING)
		return;
	say(work->adds, word);
	add(work, property);
}

/* Apple's label of a property in the same group. */
static bool
is_label(const VcardProperty *property)
{
	return property->group != NULL && g_str_has_prefix(property->name, "X-AB");
}

void
contact_merge(Vcard *card, const Vcard *other, const char *import, ContactMerge *ret)
{
	const VcardProperty *name = vcard_find(other, "FN");
	g_autofree char *essence_name = name == NULL ? NULL : essence(name);
	g_autoptr(GHashTable) groups =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	Work work = {
	    .card = card,
	    .import = import,
	    .elsewhere = works_elsewhere(card, other),
	    .other_name =
		essence_name != NULL && look_for(card, name, essence_name, ONE) == DIFFERS,
	    .groups = groups,
	    .adds = g_string_new(NULL),
	    .keeps = g_string_new(NULL),
	};

	for (guint i = 0; i < other->properties->len; i++)
		if (!is_label(other->properties->pdata[i]))
			consider(&work, other->properties->pdata[i]);
	for (guint i = 0; i < other->properties->len; i++) {
		const VcardProperty *label = other->properties->pdata[i];

		if (is_label(label) && g_hash_table_contains(groups, label->group))
			add(&work, label);
	}
	ret->adds = g_string_free(work.adds, FALSE);
	ret->keeps = g_string_free(work.keeps, FALSE);
}

/* The words of a name, each as it is and without diacritics; abbreviated ones ("Ing.", "J.") are no words. Empty
 * when the card is only called by its mail address. */
static char **
name_words(const Vcard *card)
{
	g_autofree char *name = vcard_name(card);
	g_auto(GStrv) written = g_strsplit_set(name == NULL ? "" : name, " \t\n", -1);
	g_autoptr(GStrvBuilder) words = g_strv_builder_new();

	for (char **word = written; *word != NULL && strchr(name, '@') == NULL; word++) {
		g_auto(GStrv) ascii = NULL, folded = NULL;

		if (g_str_has_suffix(*word, "."))
			continue;
		folded = g_str_tokenize_and_fold(*word, "", &ascii);
		g_strv_builder_addv(words, (const char **)folded);
		g_strv_builder_addv(words, (const char **)ascii);
	}
	return g_strv_builder_end(words);
}

bool
contact_merge_may_be_same(const Vcard *card, const Vcard *other)
{
	g_auto(GStrv) words = name_words(card), others = name_words(other);

	if (words[0] == NULL || others[0] == NULL)
		return true;
	for (char **word = words; *word != NULL; word++)
		if (g_strv_contains((const char *const *)others, *word))
			return true;
	return false;
}
