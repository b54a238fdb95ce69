#!/usr/bin/env python3
"""Brings managed_policies.txt up to date with AWS's present policies.

    refresh.py FACTS [NAME ...]

FACTS is a JSON object of policies by name, each with "arn", "version", "createdate", "updatedate" and
"document" (the shape that `merlon policy import-managed` reads too). Policies that the table holds already are
refreshed; those named further (path and name, as in the ARN) are added. Ids and creation dates that the table
knows better than FACTS stay.
"""
import json
import os
import sys

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "managed_policies.txt")
ARN = "arn:aws:iam::aws:policy/"
HEAD = """\
# AWS managed policies: for each, a line with its path and name, default version, creation date, date of that
# version, and its unique id where known; then its document. Sorted by name. Made by refresh.py.
"""
ORDER = ["Version", "Id", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
         "Resource", "NotResource", "Condition"]


def order_of(key):
    return ORDER.index(key) if key in ORDER else len(ORDER)


def minify(document):
    """The document in the order in which AWS writes its elements."""
    def statement(s):
        return {k: s[k] for k in sorted(s, key=order_of)}

    statements = document["Statement"]
    if isinstance(statements, dict):
        statements = [statements]
    ordered = {k: document[k] for k in sorted(document, key=order_of)}
    ordered["Statement"] = [statement(s) for s in statements]
    return json.dumps(ordered, separators=(",", ":"), ensure_ascii=True)


def iso(date):
    return date[:19] + "Z"


def read_table():
    rows = {}
    if not os.path.exists(TABLE):
        return rows
    with open(TABLE, encoding="ascii") as f:
        lines = [line.rstrip("\n") for line in f if not line.startswith("#")]
    for head, document in zip(lines[0::2], lines[1::2]):
        name, version, created, updated, *unique_id = head.split(" ")
        rows[name] = [version, created, updated, unique_id[0] if unique_id else "", document]
    return rows


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as f:
        facts = {p["arn"][len(ARN):]: p for p in json.load(f).values() if p.get("arn")}
    rows = read_table()
    for name in sorted(set(rows) | set(sys.argv[2:])):
        if name not in facts:
            if name not in rows:
                sys.exit(f"{name}: not among the facts")
            continue
        fact = facts[name]
        old = rows.get(name)
        created = min(iso(fact["createdate"]), old[1] if old else "9")
        rows[name] = [fact["version"], created, iso(fact["updatedate"]), old[3] if old else "",
                      minify(fact["document"])]
    with open(TABLE, "w", encoding="ascii") as f:
        f.write(HEAD)
        for name in sorted(rows, key=lambda n: n.rsplit("/", 1)[-1].lower()):
            version, created, updated, unique_id, document = rows[name]
            f.write(" ".join(filter(None, [name, version, created, updated, unique_id])) + "\n" + document + "\n")


if __name__ == "__main__":
    main()
