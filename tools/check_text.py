#!/usr/bin/python3
"""What every committed text file keeps: it ends with one newline, has no trailing blanks or tabs where they do not
belong, no left-over notes, no path of somebody's machine, no host of a package registry; and C code calls nothing of
the banned list that the compiler cannot poison. Prints each line that breaks this; exit 1 if there was one."""
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]

# Written in parts, so that this file does not find itself.
EVERYWHERE = {
    "a left-over note": r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b",
    "a path of a machine": r"(?<![\w./~-])/(wo" r"rk|ro" r"ot|ho" r"me)/\w",
    "a package host": r"(registry\.npm" r"js|npm" r"js\.org|py" r"pi\.org|python" r"hosted|deb\.deb" r"ian\.org|"
                      r"archive\.ubu" r"ntu\.com)",
    "trailing blanks": r"[ \t]+$",
}
IN_C = {"a tab": r"\t",
        "a value that is cleaned up before it is set": r"_cleanup_\(\w+\) (struct )?\w+ \**\w+;"}
IN_SOURCE = {
    "a banned call": r"(?<![\w.>])(alloca|system|popen|mktemp|tmpnam|tempnam|strdupa|signal|setjmp|longjmp|gethostbyname|"
                     r"getenv_unsafe|scanf|sscanf|fscanf)\s*\(",
}
# Secrets are compared in constant time there; public bytes through str_eq and its kin.
IN_SECRET_FOLDERS = {"memcmp (secret_equal, str_eq)": r"\bmemcmp\s*\("}
SECRET_FOLDERS = ("src/auth/", "src/crypto/", "src/services/sts/")


def committed_files():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=TOP,
                            stdout=subprocess.PIPE, check=True).stdout
    return sorted(name for name in listed.decode().split("\0") if name and (TOP / name).is_file())


def rules_of(name):
    rules = dict(EVERYWHERE)
    if name.endswith(".md") or "/corpus/" in name:
        rules.pop("trailing blanks")
    if name.endswith((".c", ".h")):
        rules.update(IN_C)
        if name.startswith("src/"):
            rules.update(IN_SOURCE)
        if name.startswith(SECRET_FOLDERS):
            rules.update(IN_SECRET_FOLDERS)
    return rules


def check_file(name):
    data = (TOP / name).read_bytes()
    if "/corpus/" in name or b"\0" in data:
        return
    if data and (not data.endswith(b"\n") or data.endswith(b"\n\n")):
        yield f"{name}: does not end with one newline"
    if b"\r" in data:
        yield f"{name}: a carriage return"
    rules = {what: re.compile(pattern) for what, pattern in rules_of(name).items()}
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        for what, pattern in rules.items():
            if pattern.search(line):
                yield f"{name}:{number}: {what}: {line.strip()[:100]}"


def main():
    files = committed_files()
    broken = [line for name in files for line in check_file(name)]
    print("\n".join(broken + [f"text: {len(files)} files, {len(broken)} broken"]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
