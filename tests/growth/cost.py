"""What calls cost the server: rows of the store, processor time of the process, and time on the wall."""
import socket
import time
from pathlib import Path
from typing import NamedTuple

from growth.calls import LISTS, OBJECTS, Bucket
from growth.fill import fill
from harness.quick_s3 import Answer, Signer

SMALL = 1000
ROUNDS = 15
LISTS_A_ROUND, OBJECTS_A_ROUND = 10, 30
ROWS_OF_LOOK = 3  # that the metrics read for themselves: of the outbox, and how far its subscriber is


class Wire:
    """One connection of blocking calls."""

    def __init__(self, server):
        self.socket = socket.create_connection(server.address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def send(self, request, is_head=False):
        self.socket.sendall(request)
        status, headers = int(self.file.readline()[9:12]), {}
        while (line := self.file.readline().strip()):
            name, _, value = line.decode("latin-1").partition(": ")
            headers[name.lower()] = value
        length = 0 if is_head else int(headers.get("content-length", 0))
        return Answer(status, headers, self.file.read(length))


class Cost(NamedTuple):
    rows_read: float
    rows_written: float
    cpu: float
    wall: float

    def ratio(self, other):
        """Of each, mine to the other's. Of rows one is added on both sides: of nothing there is no ratio."""
        return Cost(*((mine + (place < 2)) / (theirs + (place < 2))
                      for place, (mine, theirs) in enumerate(zip(self, other))))


def cpu_of(pid):
    """Seconds, of all threads."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9


def settled(server):
    """The metrics, when no event is on its way any more, and how often they were looked at for that: what a call leaves to
    subscribers is its cost too, and not that of the next."""
    end, looks = time.monotonic() + 120, 0
    while time.monotonic() < end:
        metrics, looks = server.admin.metrics(), looks + 1
        if not metrics["merlon_events_waiting_bytes"] and not metrics["merlon_events_lag"]:
            return metrics, looks
        time.sleep(0.02)
    raise AssertionError("events do not come to rest")


def cost_of(server, call, bucket, times):
    """Of one call, as it is on average over so many."""
    (before, _), cpu, began = settled(server), cpu_of(server.pid), time.monotonic()
    for _ in range(times):
        call(bucket)
    wall, cpu, (after, looks) = time.monotonic() - began, cpu_of(server.pid) - cpu, settled(server)
    read, written = (after[f"merlon_store_rows_{kind}_total"] - before[f"merlon_store_rows_{kind}_total"]
                     for kind in ("read", "written"))
    return Cost((read - looks * ROWS_OF_LOOK) / times, written / times, cpu / times, wall / times)


def compare(server, call, small, large, rounds, times):
    """(cost in the small bucket, in the large one), of rounds that take turns. The least of each: what else goes on, on the
    machine and in the server, only adds to it."""
    costs = [(cost_of(server, call, small, times), cost_of(server, call, large, times)) for _ in range(rounds)]
    return tuple(Cost(*map(min, zip(*side))) for side in zip(*costs))


def buckets(server, account, count):
    """Two of them, filled: of a thousand objects, and of so many."""
    sizes, client = {"small": SMALL, "large": count}, account.client("s3")
    for name, objects in sizes.items():
        client.create_bucket(Bucket=name)
        fill(server, account.root, name, objects)
    signer, wire = Signer(server, account.root), Wire(server)
    return [Bucket(signer, name, objects, wire.send) for name, objects in sizes.items()]


def comparisons(server, account, count, rounds=ROUNDS, lists=LISTS_A_ROUND, objects=OBJECTS_A_ROUND):
    """(call's name, cost in a bucket of a thousand, cost in one of count) of every call."""
    small, large = buckets(server, account, count)
    for calls, times in ((LISTS, lists), (OBJECTS, objects)):
        for call in calls:
            yield (call.__name__, *compare(server, call, small, large, rounds, times))
