"""Requests that name one service in one place and another in the next: an operation of each by every way of naming one, at the host
and in the signature's scope of each. Whoever sends them, they are refused, and the server is there for the next."""
from urllib.parse import urlencode

import pytest

from harness import api, raw
from harness.account import Account

HOSTS = sorted({f"{one.service.words.get('endpoint', one.service.name)}.us-east-1.amazonaws.com" for one in api.operations()})


def samples():
    """Of each service the first and the last that are there."""
    chosen = {}
    for one in api.operations():
        if not one.is_planned:
            chosen.setdefault(one.service.name, []).append(one)
    return [one for of_one in chosen.values() for one in {str(one): one for one in (of_one[0], of_one[-1])}.values()]


def forms(operation):
    named = urlencode({"Action": operation.name, "Version": operation.service.words.get("version", "")})
    return [("POST", "/", {"Content-Type": raw.FORM}, named.encode()), ("GET", f"/?{named}", {}, b""),
            ("PUT", f"/bucket/key?{named}", {}, b"body"), ("POST", "/_merlon/signin/", {"Content-Type": raw.FORM}, named.encode())]


def targets(operation):
    words = operation.service.targets or [operation.service.name]
    return [("POST", "/", {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"{word}.{operation.name}"}, b"{}")
            for word in words]


def smithy(operation):
    return [("POST", f"/service/{operation.service.name}/operation/{operation.name}",
             {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, b"\xa0")]


def requests():
    for operation in samples():
        for request in (*forms(operation), *targets(operation), *smithy(operation), api.encode(operation)):
            yield operation, request


@pytest.fixture(scope="module")
def stranger(server, tmp_path_factory):
    return Account.create(server, tmp_path_factory.mktemp("home")).user("stranger")


def may_succeed(operation, creds, answer):
    """What is about nobody but the caller, and what is shown to everybody."""
    return operation.is_free and creds or operation.is_public or b"<!DOCTYPE html>" in answer.body


@pytest.mark.parametrize("host", HOSTS)
def test_at_the_host_of_another(server, stranger, host):
    for operation, (method, target, headers, body) in requests():
        for creds in (None, stranger.creds):
            answer = raw.signed(server, creds, host.split(".")[0], body, headers, method, target, host=host)
            what = (method, target, headers, body, answer)
            assert answer.status < 500 or answer.status == 501, what
            assert answer.status >= 300 or may_succeed(operation, creds, answer), what
