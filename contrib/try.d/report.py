#!/usr/bin/env python3
"""report.py SENT LEDGER [--count] [--sent-only]: what became of the mails, beside what mails.tsv says should.

SENT holds what send.py printed, LEDGER what `kartoteka ledger --json` did. Prints a table and fails when
anything is not as it should be. --count: prints nothing, fails while items are missing. --sent-only:
looks at the mails that SENT names, and at nothing else in the ledger.
"""
import csv
import email
import email.policy
import json
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
table = [
    row
    for row in csv.reader(
        (line for line in open(here / "mails.tsv", encoding="utf-8") if line[0] != "#"), delimiter="\t"
    )
]
sent = [line.rstrip("\n").split("\t") for line in open(sys.argv[1], encoding="utf-8")]
items = {}
for line in open(sys.argv[2], encoding="utf-8"):
    if line.strip():
        item = json.loads(line)
        if item["source"] != "imap":  # mailboxes.sh looks at those
            items[item["key"]] = item

sent_only = "--sent-only" in sys.argv
if sent_only:
    table = [row for row in table if row[0] in {name for name, _ in sent}]

own = {queue_id for _, queue_id in sent}
others = [] if sent_only else [key for key in items if key not in own]
queue_ids = {}
for name, queue_id in sent:
    queue_ids.setdefault(name, []).append(queue_id)


def find(row):
    if row[2]:
        waiting = queue_ids.get(row[0], [])
        return items.get(waiting.pop(0)) if waiting else None
    return items.get(others.pop(0)) if others else None


def subject(row):
    if not row[2]:
        return "Undelivered Mail Returned to Sender"
    with open(here / "mail" / (row[0] + ".eml"), "rb") as file:
        return str(email.message_from_binary_file(file, policy=email.policy.default)["subject"])


def names(value):
    return ",".join(sorted(value or [])) or "-"


if "--count" in sys.argv:
    sys.exit(not own <= items.keys() or not sent_only and len(items) < len(table))

wrong = 0
for row in table:
    item = find(row)
    name, _, _, _, state, contacts, organisations = row
    got = (item["state"], names(item["contacts"]), names(item["organisations"])) if item else ("missing", "-", "-")
    # Organisations are listed where the mail is filed under them alone; others may be there as well.
    good = got[0] == state and got[1] == contacts and (organisations == "-" or got[2] == organisations)
    wrong += not good
    under = ", ".join(part for part in got[1:] if part != "-") or "-"
    if item and item["reason"]:
        under = "(" + item["reason"] + ")"
    print(f"{'' if good else '!! '}{name:<22} {got[0]:<9} {under}")
    print(f"    {subject(row)}")
    if item and item["reasons"]:
        print("    because " + "; ".join(map(str, item["reasons"])))
    if not good:
        print(f"    should be: {state} {contacts} {organisations}")
if others:
    wrong += len(others)
    print("!! items that nobody sent:", ", ".join(others))
print()
print(f"{len(table) - wrong} of {len(table)} mails are where they belong.")
sys.exit(wrong > 0)
