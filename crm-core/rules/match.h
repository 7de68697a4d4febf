/*
 * match: which contacts does a mail concern, and who of the staff takes part?
 *
 * Pure decision: nothing is written. Addresses count by their canonical form; one that has none
 * matches nothing. A contact's own address wins; only an address that belongs to no contact in any
 * book or circle is looked at by its domain, the longest listed one wins, free-mail domains never
 * match. Reply-To is never an identity; where a mailing list rewrote From, it (or Cc) is a hint.
 *
 * Proof belongs to the sighting, in this order: login, own network, mailbox owner's Sent folder,
 * trusted DMARC verdict, none. See design.md "Identity".
 */
#pragma once

#include "base/spool.h"
#include "mail/mail.h"
#include "store/address.h"
#include "store/filing.h"
#include "store/item.h"

typedef struct Matcher Matcher;

/* Reads the free-mail list of the settings (or the shipped one). */
Matcher *matcher_new(Store *store, GError **error);
void matcher_free(Matcher *matcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Matcher, matcher_free)

/* At the beginning of each transaction. */
bool matcher_refresh(Matcher *matcher, GError **error);
/* Before its commit: its own revision makes nothing stale. */
void matcher_keep(Matcher *matcher, const StoreTx *tx);

typedef struct {
	char *canonical; /* never NULL: what has no canonical form isn't here */
	MailRole role;
	gint64 row; /* for store/ alone; 0 in a preview of what was never seen */
	bool own;   /* of the company: own domain, staff or team address */
} MatchAddress;

typedef struct {
	Id contact;
	bool organisation;
	FilingReason reason;
	MailRole role;
	gint64 address_row; /* for store/ alone */
	gint64 since;
} MatchContact;

typedef struct {
	Id user, team; /* one of them is zero */
	ParticipantSide side;
} MatchParticipant;

typedef struct {
	GArray *addresses;    /* MatchAddress, doubles by (address, role) dropped */
	GArray *contacts;     /* MatchContact, each contact once, by its best reason */
	GArray *participants; /* MatchParticipant */
	SenderProof proof;
	MailVerdict verdict; /* as far as trusted */
	guint32 flags;       /* MESSAGE_* that follow */
	bool internal;       /* nobody outside stands in it */
	bool staff_proved;   /* From is staff with proof: private marks count */
	char *hint;          /* the author as a list's mail hints at */
	bool marked_private; /* by staff with proof: header or subject mark */
	char *excluded;      /* NULL, or the address or @domain of the exclusion list that stands
				  in it */
} Match;

/* tx: new addresses get their rows; NULL for a preview. */
Match *match_mail(
    Matcher *matcher, StoreTx *tx, const SpoolEntry *entry, const Mail *mail, GError **error);
void match_free(Match *match);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Match, match_free)

/* After a transaction that wasn't committed: what was learnt in it is forgotten. */
void matcher_forget(Matcher *matcher);

/* The row (for store/ alone) of an address as written; 0: it has no canonical form, or was never seen. */
bool matcher_row(Matcher *matcher, StoreTx *tx, const char *address, gint64 *ret, GError **error);

/* Adds the contacts of one more address, by its own or by its domain, with that reason. */
bool matcher_add_contacts(Matcher *matcher, StoreTx *tx, const char *address, FilingReason reason,
    int role, Match *match, GError **error);

/* Message time, set once: Date if at most 7 days before arrival and not after it, else arrival (*far
 * is set when Date says something else). ms. */
gint64 match_time(const SpoolEntry *entry, const Mail *mail, bool *far);
