#!/usr/bin/python3
"""The policy rows of make bench: a decision against a full re-parse, and against Cedar on the same questions.

    policy.py BUILD-FOLDER

Both engines must decide each question alike, else nothing is printed but the difference.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def row(name, ratio, of, detail=""):
    print(f"{name:34} {ratio:8.2f}  {of}{'  (' + detail + ')' if detail else ''}", flush=True)


def run(*command, tries=1):
    """What the command printed. A signal may end it (node's compiler dies now and then): so many tries."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE)
    if done.returncode < 0 and tries > 1:
        return run(*command, tries=tries - 1)
    done.check_returncode()
    return json.loads(done.stdout)


def main():
    program = next(Path(sys.argv[1]).rglob("policy_bench"), None)
    if program is None or not program.is_file():
        sys.exit("policy.py: policy_bench is not built")
    with tempfile.TemporaryDirectory() as folder:
        questions, translated = Path(folder, "questions"), Path(folder, "cedar")
        for form, path in (("questions", questions), ("cedar", translated)):
            subprocess.run([sys.executable, "-B", HERE / "policy_questions.py", form, path], check=True)
        ours = run(program, questions)
        theirs = run("node", HERE / "cedar" / "bench.js", translated, tries=3)
    different = [i for i, (a, b) in enumerate(zip(ours["decisions"], theirs["decisions"])) if a != b]
    if different:
        sys.exit("policy.py: the engines differ on the questions %s" % different)
    ns = ours["decide_ns"]
    row("policy decision, 10 x 20 statements", ns / 1000, "of a microsecond, at the median", f"{ns:.0f} ns")
    row("", ours["parse_and_decide_ns"] / ns, "times faster than a full re-parse",
        f"{ours['parse_and_decide_ns'] / 1000:.0f} us")
    row("", theirs["parsed_ns"] / ns, "times faster than Cedar WASM, policies parsed beforehand",
        f"{theirs['parsed_ns'] / 1000:.0f} us")
    row("", theirs["unparsed_ns"] / ours["parse_and_decide_ns"], "times faster than Cedar WASM, both parsing each time",
        f"{theirs['unparsed_ns'] / 1000:.0f} us")


if __name__ == "__main__":
    main()
