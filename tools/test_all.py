#!/usr/bin/python3
"""Builds and runs the test suites and counts what they say.

    tools/test_all.py [SUITE...]     default: those of make test, all but ELSEWHERE
    tools/test_all.py build FOLDER   only builds it, with its tests

What runs where: each test once where it proves most, and again only where it can prove something else.

- unit: all, on the ordinary build. asan-unit: all but those in which nothing runs that was compiled; of the policy
  language's random questions a tenth, as questions prove decisions, and not memory. tsan-unit: the programs that start a
  thread; in one that starts none there is nothing that the thread sanitizer could see.
- e2e tests run against the build with AddressSanitizer and UndefinedBehaviorSanitizer (asan-e2e): what they assert holds
  for any build, and there every path of the server that they reach is watched. Against the ordinary build, the one that
  people run, run those of ORDINARY_TOO, where optimised code, memory or bytes at rest are themselves the subject; and
  there alone run those of ORDINARY and the single tests that are marked so: their time goes into the start of other
  programs, into libraries that no sanitizer watches, or into one path of the server a thousand times over.
  test-e2e, on demand, runs all of them against it.
- tsan-e2e: THREADS, one file at least for each way in which threads of the server meet; and tsan-soak, in which all of
  S3's operations meet each other. Tests elsewhere send one request after another: threads meet there as in these.
- soak, growth, crash: their short forms; make soak, growth, crash are the long ones.

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
# One more than can compute at once: some wait, for a disk, a clock, a client's start.
JOBS = str((os.cpu_count() or 2) + 1)

ORDINARY = ["labs", "readme", "s3_clients_*", "kms_known_answers", "kms_openssl", "kms_secrets_at_rest"]
ORDINARY_TOO = ["life", "s3_at_rest", "s3_bad_bodies", "s3_objects", "slow_clients"]
THREADS = [
    "bad_input", "slow_clients", "life",               # connections, time-outs, starts and ends
    "operator", "lookup_events", "events",             # admin interface, recorder, dispatcher
    "iam_passwords", "signin", "master_key",           # workers; the key check at start
    "kms_rotation", "kms_deletion",                    # timers; caches of keys
    "s3_bad_bodies", "s3_objects", "s3_copy", "s3_multipart",   # bodies on their way in, out, and from object to object
    "s3_replication_run", "s3_access_logs", "scrub",   # what falls due, also slowly; what is noted, and read, beside calls
    "s3_readers", "sqs_long_polls", "sqs_move_tasks",  # files that readers keep; calls that wait
    "eventbridge_delivery", "eventbridge_archives", "cloudtrail_delivery",   # subscribers, and what they hand on
    "sns_delivery", "sns_http",                        # couriers to others
    "audit_chain",                                     # a call, its event, a filter, an alarm, a topic, a queue
    "logs_metric_filters", "logs_insights", "cloudtrail_lake",   # what is done behind an upload; lanes of timers
]

# Instrumented code makes gcc warn of what is not there; the ordinary build is the one without a warning.
# Of debug information it needs lines alone.
SANITIZED = ["-Db_lundef=false", "-Doptimization=1", "-Dwerror=false", "-Dc_args=-g1"]
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


def build(folder, targets=()):
    """Configures once with the tests, and compiles all, or these targets. A build that fails ends the run: nothing can be
    counted."""
    options = [*BUILDS[folder], "-Dtests=enabled"]
    if (TOP / folder / "build.ninja").exists():
        commands = [["meson", "configure", folder, *options]]
    else:
        commands = [["meson", "setup", folder, *options]]
    for command in [*commands, ["ninja", "-C", folder, *targets]]:
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


class UnitTest:
    """As meson describes it. programs: what it runs of what was compiled, as paths in the build folder."""

    def __init__(self, described, targets):
        self.name = described["name"]
        self.programs = [targets[one] for one in described["depends"]]

    def starts_threads(self, folder):
        return any("pthread_create" in subprocess.run(["nm", "-u", TOP / folder / program], stdout=subprocess.PIPE,
                                                      text=True, check=True).stdout for program in self.programs)


def unit_tests(folder):
    facts = TOP / folder / "meson-info"
    targets = {one["id"]: os.path.relpath(one["filename"][0], TOP / folder)
               for one in json.loads((facts / "intro-targets.json").read_text())}
    return [UnitTest(one, targets) for one in json.loads((facts / "intro-tests.json").read_text())]


def watched_tests(folder):
    """The unit tests in which the sanitizer of this build can see something. The ordinary build says which."""
    build("build")
    tests = [one for one in unit_tests("build") if one.programs]
    return [one for one in tests if one.starts_threads("build")] if folder == "build-tsan" else tests


def sanitized_unit(folder):
    tests = watched_tests(folder)
    return unit(folder, tests, ["merlon", *sorted({program for one in tests for program in one.programs})])


def unit(folder, tests=(), targets=()):
    build(folder, targets)
    log = TOP / folder / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    slow = 1 if folder == "build" else 10
    run(["meson", "test", "-C", folder, "--no-rebuild", "--print-errorlogs", "--timeout-multiplier", slow, "-q",
         *(one.name for one in tests)])
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


def files_of(names):
    """A name without a file is a mistake: what it stood for would run nowhere."""
    found = {name: list((TOP / "tests/e2e").glob(f"test_{name}.py")) for name in names}
    assert all(found.values()), found
    return sorted({str(path.relative_to(TOP)) for paths in found.values() for path in paths})


def pytest(build_folder, *arguments):
    build(build_folder, ["merlon"])
    report = TOP / build_folder / "pytest.xml"
    report.unlink(missing_ok=True)
    env = {"MERLON_BINARY": str(TOP / build_folder / "merlon")}
    done = run([PYTHON, "-m", "pytest", "-q", "-n", JOBS, "--dist", "loadfile", f"--junitxml={report}",
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


def ordinary_e2e():
    """The files, and of the others what is marked."""
    files = files_of([*ORDINARY, *ORDINARY_TOO])
    marked = [str(path.relative_to(TOP)) for path in sorted((TOP / "tests/e2e").glob("test_*.py"))
              if "mark.ordinary" in path.read_text()]
    total = pytest("build", *files)
    total.add(pytest("build", "-m", "ordinary", *(path for path in marked if path not in files)))
    return total


def watched_e2e(folder, *arguments):
    return pytest(folder, "-m", "not ordinary", *arguments)


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
    "e2e": ordinary_e2e,
    "sdk": lambda: node("build"),
    "crash": lambda: pytest("build", "tests/crash"),
    "growth": lambda: pytest("build", "tests/growth"),
    "asan-unit": lambda: sanitized_unit("build-asan"),
    "asan-e2e": lambda: watched_e2e("build-asan", "tests/e2e", *(f"--ignore={path}" for path in files_of(ORDINARY))),
    "soak": lambda: pytest("build-asan", "tests/soak"),
    "tsan-unit": lambda: sanitized_unit("build-tsan"),
    "tsan-e2e": lambda: watched_e2e("build-tsan", *files_of(THREADS)),
    "tsan-soak": lambda: pytest("build-tsan", "tests/soak"),
    "test-e2e": lambda: pytest("build", "tests/e2e"),
}
ELSEWHERE = ["tsan-unit", "tsan-e2e", "tsan-soak", "test-e2e"]   # make test-tsan, which .ci/run runs too; make test-e2e


def main(names):
    if names[:1] == ["build"] and len(names) == 2:
        build(names[1])
        return 0
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        print(f"no suite is called {unknown[0]}: {' '.join(SUITES)}", file=sys.stderr)
        return 2
    total, rows = Count(), []
    for name in names or [one for one in SUITES if one not in ELSEWHERE]:
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
