"""A call costs the same in a bucket of twenty thousand objects as in one of a thousand. What is compared is no time but
the rows of the store that it reads and writes, which is the same on every machine; make growth prints times too."""
from growth.cost import comparisons
from harness.account import Account

LARGE = 20_000
CALLS = 10
ROUNDS = 2  # their least: in one of them may be what falls due now and then
MOST = 1.2  # what is done later, for several calls at once, is shared by more of them or by fewer
SPARE_ROWS = 3


def test_calls_cost_by_what_they_touch(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    for name, small, large in comparisons(server, account, LARGE, ROUNDS, lists=CALLS, objects=CALLS):
        print(f"{name:24} {small.rows_read:8.1f} {large.rows_read:8.1f} {small.rows_written:6.1f} {large.rows_written:6.1f}")
        assert large.rows_read <= small.rows_read * MOST + SPARE_ROWS, name
        assert large.rows_written <= small.rows_written * MOST + SPARE_ROWS, name
