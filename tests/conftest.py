"""Fixtures of the tests that use a real server. MERLON_BINARY names another build of the program (sanitizers)."""
import json

import pytest

from harness.account import Account
from harness.environment import forget_machine_settings
from harness.openssl import OpenSSL
from harness.server import Server, binary
from harness.tls import make_certificate

forget_machine_settings()


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="also the tests marked long")


def pytest_collection_modifyitems(config, items):
    """Long forms are left out of a short run altogether: a run never reports a skip."""
    if not config.getoption("--long"):
        left_out = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_sessionstart(session):
    if not session.config.option.collectonly and not binary().exists():
        pytest.exit(f"{binary()} is missing: run make build", returncode=3)


@pytest.fixture(scope="session")
def server():
    """The server that most tests share: ephemeral. Its clock stands: nobody's expiries move under them."""
    with Server() as running:
        yield running
        assert json.loads(running.admin.call("GET", "/status"))["clock_advanced_ms"] == 0, "use clock_server"


@pytest.fixture(scope="session")
def clock_server():
    """Another one, whose clock tests may advance."""
    with Server() as running:
        yield running


@pytest.fixture
def traveller(clock_server, home):
    """An account whose clock may be advanced."""
    return Account.create(clock_server, home)


@pytest.fixture
def later(traveller):
    """later("90d"): advances the clock of traveller's server."""
    return traveller.server.admin.advance


@pytest.fixture
def new_server():
    """new_server(data=..., arguments=[...], ...): starts a server of the test's own; stopped at the end."""
    started = []

    def start(**options):
        one = Server(**options)
        started.append(one)
        return one.start()

    yield start
    failures = []
    for one in started:
        try:
            one.close()
        except Exception as error:  # every server is closed before any failure is told
            failures.append(error)
    if failures:
        raise failures[0]


@pytest.fixture
def disk_server(new_server, tmp_path):
    """A server with its state in tmp_path / "data"."""
    return new_server(data=tmp_path / "data")


@pytest.fixture
def home(tmp_path):
    """HOME of the commands that a test runs."""
    return tmp_path / "home"


@pytest.fixture
def openssl(tmp_path):
    """The openssl command, in a folder of its own."""
    return OpenSSL(tmp_path / "openssl")


@pytest.fixture
def account(server, home):
    """A fresh account on the shared server."""
    return Account.create(server, home)


@pytest.fixture
def other_account(server, home):
    """A second fresh account on the same server."""
    return Account.create(server, home)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Files of a certificate of 127.0.0.1 and of its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def tls_server(certificate):
    """A server that listens for TLS too, with that certificate."""
    with Server(arguments=["--tls-listen", "127.0.0.1:0", "--tls-certificate", certificate[0], "--tls-key",
                           certificate[1]]) as running:
        yield running


@pytest.fixture
def tls_account(tls_server, home):
    """An account on it."""
    return Account.create(tls_server, home)


@pytest.fixture
def admin(server):
    return server.admin
