#!/usr/bin/env python3
"""truth.py LEDGER TRUTH CONTACTS.csv [DISAGREEMENTS.tsv]: is everything filed where other parsers say it belongs?

Compares a ledger (JSON, a line per item) with a corpus's truth file by the paths' ends. Rows on which the parsers don't
agree are judged apart: they are listed, not counted. Checks: no wrong link, at least 99.9 % of the links, mail among
colleagues alone is filed nowhere, copies of one letter (dup_content) are one message and different letters never are.
Prints what it found; fails when something is not as it should be. CONTACTS.csv may be "-": then no links are expected.
"""
import collections
import csv
import json
import sys


def table(path, delimiter="\t"):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    if delimiter == ",":
        yield from csv.DictReader(text.splitlines())
        return
    lines = text.split("\n")
    head = lines[0].split("\t")
    for line in lines[1:]:
        if line:
            yield dict(zip(head, line.split("\t")))


truth = {row["path"]: row for row in table(sys.argv[2])}
apart = {row["path"] for row in table(sys.argv[4])} if len(sys.argv) > 4 else set()
apart |= {path for path, row in truth.items() if row["agree"] != "1"}
items = {}
for line in open(sys.argv[1], encoding="utf-8"):
    item = json.loads(line)
    key = item["key"] or ""
    parts = key.split("/")
    for i in range(len(parts)):
        path = "/".join(parts[i:])
        if path in truth:
            items[path] = item
            break

problems = []
judged = []


def problem(path, text):
    (judged if path in apart else problems).append(f"{path}: {text}")


links = found = wrong = 0
states = collections.Counter()
for path, row in truth.items():
    item = items.get(path)
    if item is None:
        problem(path, "is not in the ledger")
        continue
    states[item["state"]] += 1
    if item["sha256"] != row["sha256"]:
        problem(path, "has another digest in the ledger")
    if sys.argv[3] == "-":
        continue
    # the cards' UIDs end with the numbers of the truth file
    got = {uid.rsplit("-", 1)[-1] for uid in item["contacts"]}
    want = set(row["contacts"].split())
    for uid in got - want:
        wrong += path not in apart
        problem(path, f"wrong link to {uid}")
    for uid in want - got:
        problem(path, f"no link to {uid}")
    if path not in apart:
        links += len(want)
        found += len(want & got)
    if row.get("internal_only") == "1" and item["state"] != "excluded":
        problem(path, f"is internal, and {item['state']}")
    if row.get("internal_only") == "0" and item["state"] == "excluded":
        problem(path, f"is not internal, and excluded ({item['reason']})")

groups = collections.defaultdict(set)
letters = collections.defaultdict(set)
for path, row in truth.items():
    if path in items and items[path]["message"]:
        groups[row["dup_content"] or path].add((items[path]["message"], path))
        letters[items[path]["message"]].add(
            (row["from"], row["date"], row["subject"], frozenset((row["to"] + " " + row["cc"]).split()))
        )
split = merged = 0
for name, members in groups.items():
    # one message only where To and Cc agree: the truth file folds by sender, date, subject and text alone
    by_recipients = collections.defaultdict(set)
    for message, path in members:
        by_recipients[frozenset((truth[path]["to"] + " " + truth[path]["cc"]).split())].add((message, path))
    for same in by_recipients.values():
        if len({message for message, _ in same}) > 1:
            split += 1
            judged.append(f"{sorted(path for _, path in same)[:2]}: copies are {len({m for m, _ in same})} messages")
for message, seen in letters.items():
    if len(seen) > 1:
        merged += 1
        problems.append(f"{message}: {len(seen)} different letters are one message: {list(seen)[:2]}")

print(f"{len(truth)} mails, {sum(states.values())} in the ledger: {dict(states)}")
print(f"{found} of {links} links, {wrong} wrong; {split} letters in several versions, {merged} letters merged wrongly")
print(f"{len(problems)} problems, {len(judged)} on rows that are judged apart")
for text in problems[:40]:
    print("  " + text)
for text in judged[:20]:
    print("  apart: " + text)
missing = links - found
sys.exit(1 if wrong or merged or missing * 1000 > links or any("ledger" in p or "internal" in p for p in problems) else 0)
