"""Bodies that cost no memory: pieces of one long row of random bytes."""
import random
from typing import NamedTuple

_ALL = random.Random(1).randbytes(8 << 20)
INLINE_MAX = 16 * 1024  # a longer body, or part of one, has a file of its own


class Body(NamedTuple):
    at: int
    size: int

    @property
    def bytes(self):
        return _ALL[self.at:self.at + self.size]

    def part(self, first, end):
        return Body(self.at + first, min(end, self.size) - first)

    @property
    def files(self):
        return int(self.size > INLINE_MAX)


def body(source, size):
    return Body(source.randrange(len(_ALL) - size), size)


def some_body(source):
    """Most are small, some have a file, few are long."""
    kind = source.random()
    low, high = (0, 2000) if kind < 0.7 else (16_000, 120_000) if kind < 0.97 else (500_000, 1_500_000)
    return body(source, source.randint(low, high))
