"""Fixtures of a file whose tests advance the clock of a server of their own: import server, past_the_jump and later."""
import pytest

from harness.server import Server


@pytest.fixture(scope="module")
def server():
    """Its clock is advanced, by weeks."""
    with Server() as running:
        yield running


@pytest.fixture(autouse=True)
def past_the_jump(server):
    server.admin.past_the_jump()


@pytest.fixture
def later(server):
    """later("2m"): the clock is so much further, and calls can be signed again."""
    def move(duration):
        server.admin.advance(duration)
        server.admin.past_the_jump()
    return move
