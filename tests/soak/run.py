#!/usr/bin/python3
"""A hundred clients at once for MINUTES (30), against MERLON_BINARY: a build with sanitizers, for make soak.

    run.py [MINUTES]"""
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.account import Account  # noqa: E402 (the folder has to be known first)
from harness.environment import forget_machine_settings  # noqa: E402
from harness.server import Server, binary  # noqa: E402
from soak.load import SMALL_QUARANTINE, Load  # noqa: E402


def main(minutes):
    forget_machine_settings()
    # Beside the build: a temporary folder may lie in memory.
    with (tempfile.TemporaryDirectory(dir=binary().parent) as folder,
          Server(data=Path(folder) / "data", env=SMALL_QUARANTINE) as server):
        load = Load(server, Account.create(server, server.folder / "home"), minutes * 60)
        load.run()
        counts = load.counts()
        for name, count in sorted(counts.items()):
            print(f"{name:30} {count:9}")
        print(f"{sum(counts.values())} operations of {len(load.clients)} clients in {minutes:g} minutes, none with a surprise")
        print(f"memory {load.memory}")
        print("{} files of bodies when all ended, of which versions had {}; {} at most".format(*load.files_at_end, load.memory.most_files))
        print(f"{server.admin.metrics()['merlon_store_bytes'] / 1e6:.0f} MB in the store at the end")
    print("the server ended with 0, and the sanitizers were silent")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
