#!/usr/bin/env python3
"""embed.py managed_policies.txt managed_policies.c: the table as constant C data, read only where it is used."""
import base64
import datetime
import hashlib
import re
import sys

ARN = "arn:aws:iam::aws:policy/"


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?") + '"'


def milliseconds(date):
    moment = datetime.datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * 1000


def unique_id(name):
    """A stable id for a policy whose own is not known."""
    return "ANPA" + base64.b32encode(hashlib.sha256((ARN + name).encode()).digest()).decode()[:17]


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="ascii") as f:
        lines = [line.rstrip("\n") for line in f if not line.startswith("#")]
    heads, documents = lines[0::2], lines[1::2]
    if len(heads) != len(documents):
        sys.exit(f"{source}: a policy lacks its document")
    rows, last = [], ""
    for head, document in zip(heads, documents):
        match = re.fullmatch(r"((?:[\w-]+/)*)([\w+=,.@-]+) (v[1-9][0-9]*) (\S+Z) (\S+Z)(?: (ANPA[A-Z2-7]{17}))?", head)
        if not match or not document.startswith('{"Version":"20'):
            sys.exit(f"{source}: not understood: {head}")
        path, name, version, created, updated, known_id = match.groups()
        if name.lower() <= last:
            sys.exit(f"{source}: not sorted at {name}")
        last = name.lower()
        rows.append(f"        {{STR_INIT({c_string('/' + path)}), STR_INIT({c_string(name)}), "
                    f"STR_INIT({c_string(known_id or unique_id(path + name))}), {version[1:]}, "
                    f"INT64_C({milliseconds(created)}), INT64_C({milliseconds(updated)}),\n"
                    f"         STR_INIT({c_string(document)})}},\n")
    with open(target, "w", encoding="ascii") as f:
        f.write('#include "services/iam/managed.h"\n\nconst struct managed_policy managed_policies[] = {\n')
        f.writelines(rows)
        f.write("};\nconst size_t managed_policy_count = ARRAY_LEN(managed_policies);\n")


if __name__ == "__main__":
    main()
