#!/usr/bin/python3
"""clang-tidy over the C files of src/, as many at once as there are cores. A file whose text, headers and flags were
found clean before is not looked at again: the proof is kept in BUILD/tidy.

    tools/check_tidy.py BUILD [--deep]

Most of the time goes into the analyzer, which follows the paths through each function until it has seen all, or so
many states: as few as NODES, unless it is to look deep (make analyse), and then as many as it takes by itself, more than
twice of that.
"""
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
PROGRAM = "clang-tidy-14"
# Flags of gcc that clang does not know.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-optimization-argument"]
NODES = [f"--extra-arg={word}" for word in ("-Xclang", "-analyzer-config", "-Xclang", "max-nodes=100000")]


def entries(build):
    """(file, command) of each C file of ours in the build, once."""
    seen = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = (Path(entry["directory"]) / entry["file"]).resolve()
        if path.suffix == ".c" and (TOP / "src") in path.parents:
            seen.setdefault(path, entry)
    return sorted(seen.items())


def proof_of(path, entry, options):
    """A name for exactly this translation unit and these checks: the hash of what the preprocessor makes of it."""
    words = [word for word in entry["command"].split() if not word.startswith(("-M", "-o", "-W"))]
    words = [word for word in words if not word.endswith((".o", ".d"))]
    done = subprocess.run([*words, "-E", "-P"], cwd=entry["directory"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False)
    checks = (TOP / ".clang-tidy").read_bytes() + " ".join(options).encode()
    return hashlib.sha256(checks + path.read_bytes() + done.stdout).hexdigest()


def look_at(build, options, path, entry):
    proof = build / "tidy" / proof_of(path, entry, options)
    if proof.exists():
        return ""
    done = subprocess.run([PROGRAM, "--quiet", "-p", str(build), *options, str(path)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode == 0 and "warning:" not in done.stdout:
        proof.touch()
        return ""
    return done.stdout or done.stderr


def main():
    build = (TOP / sys.argv[1]).resolve()
    (build / "tidy").mkdir(exist_ok=True)
    options = EXTRA if "--deep" in sys.argv[2:] else [*EXTRA, *NODES]
    files = entries(build)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        said = list(pool.map(lambda item: look_at(build, options, *item), files))
    broken = [text for text in said if text]
    print("\n".join(broken + [f"clang-tidy: {len(files)} files, {len(broken)} with findings"]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
