#!/usr/bin/python3
"""The growth row of the design: what calls cost in a bucket of a million objects, as ratios to a bucket of a thousand.

    run.py [OBJECTS]     (MERLON_BINARY or build/merlon: an optimised build)

The two buckets are of one server and take turns. Ends with status 1 when a ratio of processor time is above LIMIT."""
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from growth.cost import comparisons  # noqa: E402 (the folder has to be known first)
from harness.account import Account  # noqa: E402
from harness.environment import forget_machine_settings  # noqa: E402
from harness.server import Server, binary  # noqa: E402

OBJECTS = 1_000_000
LIMIT = 1.5


def row(name, small, large):
    ratio = large.ratio(small)
    print(f"{name:24} {ratio.cpu:6.2f} {ratio.wall:6.2f} {ratio.rows_read:6.2f} {ratio.rows_written:6.2f}   "
          f"({large.cpu * 1e6:.0f} against {small.cpu * 1e6:.0f} us of processor time)", flush=True)
    return ratio.cpu


def main(count):
    forget_machine_settings()
    # Beside the build: a temporary folder may lie in memory.
    with tempfile.TemporaryDirectory(dir=binary().parent) as folder, Server(data=Path(folder) / "data") as server:
        account = Account.create(server, server.folder / "home")
        print(f"{count} objects against 1000: processor time, wall, rows read, rows written")
        worst = max(row(*one) for one in comparisons(server, account, count))
        size = server.admin.metrics()["merlon_store_bytes"]
    print(f"worst ratio of processor time {worst:.2f}, limit {LIMIT}; the store has {size / 1e6:.0f} MB")
    return worst > LIMIT


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else OBJECTS))
