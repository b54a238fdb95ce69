"""Connections that dawdle, and many of them: others are served meanwhile, and dawdlers are cut off."""
import resource
import socket
import threading
import time

import pytest

from harness.account import Account


@pytest.fixture
def brisk_server(new_server):
    """Gives headers and bodies two seconds."""
    return new_server(arguments=["--header-timeout", "2", "--body-timeout", "2", "--idle-timeout", "2"])


def open_many(server, count, first_bytes):
    connections = []
    for number in range(count):
        # Loopback has many addresses: the limit of connections is one of each address.
        source = f"127.0.{1 + number // 250}.{1 + number % 250}"
        connection = socket.create_connection(server.address, timeout=20, source_address=(source, 0))
        connection.sendall(first_bytes)
        connections.append(connection)
    return connections


def is_closed(connection):
    connection.settimeout(0.01)
    try:
        return connection.recv(65536) == b"" or is_closed(connection)
    except TimeoutError:
        return False
    except OSError:
        return True


def wait_closed(connections, seconds, drip=None):
    """How many are still open when all were closed or the time is over; each gets a byte now and then."""
    end = time.monotonic() + seconds
    while connections and time.monotonic() < end:
        connections = [one for one in connections if not is_closed(one)]
        for one in connections if drip else ():
            try:
                one.sendall(drip)
            except OSError:
                pass
        time.sleep(0.2)
    return len(connections)


def served_within(server, home, seconds=10):
    account = Account.create(server, home)
    began = time.monotonic()
    account.iam.create_user(UserName="meanwhile")
    assert account.client("sts").get_caller_identity()["Account"] == account.id
    assert time.monotonic() - began < seconds


def slow_headers(server, home, count):
    connections = open_many(server, count, b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    served_within(server, home)
    assert wait_closed(connections, 60, drip=b"a") == 0
    served_within(server, home)


def test_a_byte_of_a_header_now_and_then(brisk_server, home):
    slow_headers(brisk_server, home, 300)


def test_a_byte_of_a_body_now_and_then(brisk_server, home):
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    connections = open_many(brisk_server, 300, head)
    served_within(brisk_server, home)
    assert wait_closed(connections, 60, drip=b"a") == 0


def test_connections_that_say_nothing(brisk_server, home):
    connections = open_many(brisk_server, 300, b"")
    served_within(brisk_server, home)
    assert wait_closed(connections, 60) == 0


def test_one_address_gets_only_its_share(new_server, home):
    server = new_server(arguments=["--max-connections-per-address", "10"])
    greedy = [socket.create_connection(server.address, timeout=5, source_address=("127.0.9.9", 0))
              for _ in range(30)]
    open_ones = [one for one in greedy if not is_closed(one)]
    time.sleep(0.5)
    open_ones = [one for one in open_ones if not is_closed(one)]
    assert len(open_ones) <= 10
    served_within(server, home)
    for one in greedy:
        one.close()


def ask(server, together, answers):
    with socket.create_connection(server.address, timeout=60) as connection:
        together.wait()
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answers.append(connection.makefile("rb").readline())


def test_more_than_there_is_room_for_wait_and_are_answered(new_server, home):
    server = new_server(arguments=["--max-connections", "8"])
    together, answers = threading.Barrier(100), []
    clients = [threading.Thread(target=ask, args=(server, together, answers)) for _ in range(100)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert len(answers) == 100 and len(set(answers)) == 1 and answers[0].startswith(b"HTTP/1.1 ")
    served_within(server, home)
    assert server.stop() == 0


@pytest.mark.long
def test_ten_thousand_connections_at_a_byte_a_second(new_server, home):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 25000), hard))
    server = new_server()
    connections = open_many(server, 10000, b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    served_within(server, home)
    with open(f"/proc/{server.pid}/status", encoding="ascii") as status:
        memory_kb = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    assert memory_kb < 1_000_000
    for _ in range(5):
        for one in connections:
            try:
                one.sendall(b"a")
            except OSError:
                pass
        time.sleep(1)
        served_within(server, home)
    assert wait_closed(connections, 60) == 0
    served_within(server, home)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
