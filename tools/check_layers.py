#!/usr/bin/python3
"""Proves the order of the house: a folder of src/ includes only folders above it, and each foreign library is used
by the folders that own it and by no other. Prints each line that breaks this; exit 1 if there was one."""
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
ORDER = ["base", "crypto", "net", "wire", "auth", "policy", "store", "events", "services", "server", "cli"]

# The policy language is a library of its own: no folder but base is under it.
ONLY = {"policy": {"base", "policy"}}

# What a service's folder may see of another: its directory of things that others ask for.
SERVICE_DOOR = "directory.h"

# First part of an include in <>, and who may use it. What is not here is libc's and everybody's.
LIBRARIES = {
    "openssl": {"crypto"},
    "xxhash.h": {"crypto"},
    "gnutls": {"net"},
    "microhttpd.h": {"net"},
    "lmdb.h": {"store"},
    "libpq-fe.h": {"store"},
    "pcre2.h": {"wire"},
    "jansson.h": {"wire", "policy", "events", "services", "server", "cli"},
    "sqlite3.h": {"services"},
    "zlib.h": {"wire", "auth", "events", "services"},
    "zstd.h": {"wire", "auth", "events", "services"},
    "expat.h": {"wire"},
    "curl": {"net"},
}


def folder_of(path):
    return path.relative_to(TOP / "src").parts[0]


def service_of(parts):
    """The service that a path under src/ belongs to; None for the shared files of src/services."""
    return parts[1] if len(parts) > 2 and parts[0] == "services" else None


def check_own(path, target):
    """Why path may not include "target", or None."""
    parts = path.relative_to(TOP / "src").parts
    if "/" not in target or (path.parent / target).exists():
        return None
    wanted = Path(target).parts
    if wanted[0] == "api":
        return None if ORDER.index(parts[0]) >= ORDER.index("services") else "generated code is for services and above"
    if wanted[0] not in ORDER:
        return f"no folder of src/ is called {wanted[0]}"
    if parts[0] in ONLY and wanted[0] not in ONLY[parts[0]]:
        return f"{parts[0]} uses {' and '.join(sorted(ONLY[parts[0]]))} only"
    if ORDER.index(wanted[0]) > ORDER.index(parts[0]):
        return f"{wanted[0]} stands below {parts[0]}"
    other = service_of(wanted)
    if other and parts[0] == "services" and other != service_of(parts) and wanted[-1] != SERVICE_DOOR:
        return f"another service is seen only through services/{other}/{SERVICE_DOOR}"
    return None


def check_library(path, target):
    owners = LIBRARIES.get(target.split("/")[0])
    if owners is None or folder_of(path) in owners:
        return None
    return f"only {', '.join(sorted(owners))} may use this library"


def check_file(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if not match:
            continue
        why = (check_own if match.group(1) == '"' else check_library)(path, match.group(2))
        if why:
            yield f"{path.relative_to(TOP)}:{number}: {match.group(2)}: {why}"


def main():
    files = sorted(path for path in (TOP / "src").rglob("*.[ch]"))
    broken = [line for path in files for line in check_file(path)]
    print("\n".join(broken + [f"layers: {len(files)} files, {len(broken)} broken"]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
