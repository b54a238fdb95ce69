#!/usr/bin/python3
"""Builds and runs the test suites and counts what they say.

    tools/test_all.py [SUITE...]     default: all of SUITES

Ends with a table and the line "N passed, N failed". A skipped, deselected-by-accident or empty suite is a failure:
a server or client that is missing must be seen.
"""
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
PYTHON = "/usr/bin/python3"
JOBS = str(os.cpu_count() or 2)

# Most of their time is the start of the clients, and the server does in them what it does in the others.
SANITIZED_E2E_LEAVES_OUT = ["--ignore=tests/e2e/test_labs.py", "--ignore=tests/e2e/test_readme.py",
                            "--ignore-glob=tests/e2e/test_s3_clients_*.py"]
# Thousands of requests, one after another: threads meet there no more than in the rest.
THREADS_E2E_LEAVE_OUT = [f"--ignore=tests/e2e/{name}.py" for name in (
    "test_matrix", "test_s3_acl", "test_s3_bucket_configurations", "test_s3_bucket_policy", "test_s3_bucket_settings")]

# Instrumented code makes gcc warn of what is not there; the ordinary build is the one without a warning.
SANITIZED = ["-Db_lundef=false", "-Doptimization=1", "-Dwerror=false"]
BUILDS = {
    "build": [],
    "build-asan": ["-Db_sanitize=address,undefined", *SANITIZED],
    "build-tsan": ["-Db_sanitize=thread", *SANITIZED],
}
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


class Count:
    def __init__(self, passed=0, failed=0, notes=()):
        self.passed, self.failed, self.notes = passed, failed, list(notes)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.notes += other.notes


def run(command, env=None, quiet=False, **more):
    """Runs a command in the repository's top; its output is shown as it comes unless quiet."""
    if not quiet:
        print("$", " ".join(map(str, command)), flush=True)
    return subprocess.run(list(map(str, command)), cwd=TOP, env={**os.environ, **SANITIZER_OPTIONS, **(env or {})},
                          stdin=subprocess.DEVNULL, **more)


def build(folder):
    """Configures once with the tests, and compiles. A build that fails ends the run: nothing can be counted."""
    options = [*BUILDS[folder], "-Dtests=enabled"]
    if (TOP / folder / "build.ninja").exists():
        commands = [["meson", "configure", folder, *options]]
    else:
        commands = [["meson", "setup", folder, *options]]
    for command in [*commands, ["ninja", "-C", folder]]:
        done = run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            print(done.stdout)
            print("the build failed\n0 passed, 1 failed")
            sys.exit(1)


def of_output(text):
    """What a test program said of itself, in the words of cmocka, unittest or pytest; None: nothing known."""
    passed = sum(map(int, re.findall(r"^\[  PASSED  \] (\d+) test\(s\)", text, re.M)))
    failed = sum(map(int, re.findall(r"^\[  FAILED  \] (\d+) test\(s\)", text, re.M)))
    skipped = sum(map(int, re.findall(r"^\[  SKIPPED \] (\d+) test\(s\)", text, re.M)))
    ran = re.search(r"^Ran (\d+) tests? in", text, re.M)
    if ran:
        bad = sum(map(int, re.findall(r"(?:failures|errors)=(\d+)", text)))
        skipped += sum(map(int, re.findall(r"skipped=(\d+)", text)))
        passed, failed = passed + int(ran.group(1)) - bad - skipped, failed + bad
    for line in re.findall(r"^.*\b\d+ (?:passed|failed|error)s?\b.* in [\d.]+s.*$", text, re.M):
        passed += sum(map(int, re.findall(r"(\d+) passed", line)))
        failed += sum(map(int, re.findall(r"(\d+) (?:failed|errors?)", line)))
        skipped += sum(map(int, re.findall(r"(\d+) (?:skipped|xfailed|xpassed)", line)))
    if passed + failed + skipped == 0:
        return None
    notes = [f"{skipped} skipped, counted as failed"] if skipped else []
    return Count(passed, failed + skipped, notes)


def unit(folder):
    build(folder)
    log = TOP / folder / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    slow = 1 if folder == "build" else 10
    run(["meson", "test", "-C", folder, "--no-rebuild", "--print-errorlogs", "--timeout-multiplier", slow, "-q"])
    total = Count()
    for line in log.read_text().splitlines() if log.exists() else ():
        test = json.loads(line)
        said = of_output(test.get("stdout", "") + "\n" + test.get("stderr", ""))
        fine = test["result"] in ("OK", "EXPECTEDFAIL")
        if said is None:
            said = Count(passed=int(fine), failed=int(not fine))
        elif not fine and said.failed == 0:
            said.failed = 1  # it died beside its tests: a sanitizer's report, a signal, a time-out
        if not fine:
            said.notes.append(f"{test['name']}: {test['result']}")
        total.add(said)
    return total


def pytest(folder, build_folder, *arguments):
    build(build_folder)
    report = TOP / build_folder / f"pytest-{folder.replace('/', '-')}.xml"
    report.unlink(missing_ok=True)
    env = {"MERLON_BINARY": str(TOP / build_folder / "merlon")}
    done = run([PYTHON, "-m", "pytest", "-q", "-n", JOBS, "--dist", "loadfile", f"--junitxml={report}", folder,
                *arguments], env=env)
    return of_junit(report, done.returncode)


def of_junit(report, status):
    if not report.exists():
        return Count(failed=1, notes=[f"no report (exit {status})"])
    head = re.search(r"<testsuite [^>]*>", report.read_text()).group(0)
    number = {name: int(re.search(rf'\b{name}="(\d+)"', head).group(1))
              for name in ("tests", "errors", "failures", "skipped")}
    bad = number["errors"] + number["failures"] + number["skipped"]
    if bad == 0 and status != 0:
        return Count(number["tests"], 1, [f"pytest exit {status}"])
    notes = [f"{number['skipped']} skipped, counted as failed"] if number["skipped"] else []
    return Count(number["tests"] - bad, bad, notes)


def node(build_folder):
    build(build_folder)
    files = sorted(map(str, (TOP / "tests/sdk").glob("*.test.mjs")))
    done = run(["node", "--test", "--test-reporter=tap", *files], stdout=subprocess.PIPE, text=True,
               env={"MERLON_BINARY": str(TOP / build_folder / "merlon")})
    number = {name: int(value) for name, value in re.findall(r"^# (\w+) (\d+)$", done.stdout, re.M)}
    bad = number.get("fail", 0) + number.get("cancelled", 0) + number.get("skipped", 0) + number.get("todo", 0)
    if bad or done.returncode != 0 or not number.get("pass"):
        print(done.stdout)
        bad = max(bad, 1)
    return Count(number.get("pass", 0), bad)


SUITES = {
    "unit": lambda: unit("build"),
    "e2e": lambda: pytest("tests/e2e", "build"),
    "sdk": lambda: node("build"),
    "crash": lambda: pytest("tests/crash", "build"),
    "asan-unit": lambda: unit("build-asan"),
    "asan-e2e": lambda: pytest("tests/e2e", "build-asan", *SANITIZED_E2E_LEAVES_OUT),
    "tsan-unit": lambda: unit("build-tsan"),
    "tsan-e2e": lambda: pytest("tests/e2e", "build-tsan", *SANITIZED_E2E_LEAVES_OUT, *THREADS_E2E_LEAVE_OUT),
}


def main(names):
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        print(f"no suite is called {unknown[0]}: {' '.join(SUITES)}", file=sys.stderr)
        return 2
    total, rows = Count(), []
    for name in names or SUITES:
        began = time.monotonic()
        count = SUITES[name]()
        if count.passed + count.failed == 0:
            count = Count(failed=1, notes=["ran no test"])
        rows.append((name, count, time.monotonic() - began))
        total.add(count)
    print()
    for name, count, seconds in rows:
        print(f"{name:10} {count.passed:6} passed {count.failed:4} failed {seconds:6.0f} s  {'; '.join(count.notes)}")
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
