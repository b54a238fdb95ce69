"""A hundred clients at once for some seconds, each with all that S3 has: none finds anything but what it was told, and the
server has no more at the end than at the beginning. make soak does it for half an hour."""
from harness.account import Account
from soak.load import OPERATIONS, SMALL_QUARANTINE, Load

SECONDS = 20
WARMING_UP = {"allocated": 16 << 20, "resident": 256 << 20}  # what is kept for later is not all there so soon


def test_a_hundred_clients(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data", env=SMALL_QUARANTINE)
    load = Load(server, Account.create(server, home), SECONDS, WARMING_UP)
    load.run()
    counts = load.counts()
    assert set(counts) == {operation.__name__ for operation in OPERATIONS}
    print(f"{sum(counts.values())} operations; memory {load.memory}")
