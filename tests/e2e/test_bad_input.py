"""Bytes that no SDK would send: the client is told so, the server goes on, nothing is half done."""
import html
import http.client
import socket
from urllib.parse import quote

import pytest

from harness import raw
from harness.account import Account, policy, statement
from harness.credentials import Credentials
from harness.server import Server

IAM = ("iam", "2010-05-08")


def form(server, creds, body, content_type=raw.FORM, **more):
    return raw.signed(server, creds, "iam", body, {"Content-Type": content_type}, **more)


@pytest.fixture(scope="module")
def brisk():
    """A server that waits a second for the rest of a request, so that its tests do not wait longer."""
    with Server(arguments=["--header-timeout", "1", "--body-timeout", "1", "--idle-timeout", "1"]) as running:
        yield running


@pytest.fixture(autouse=True)
def the_server_goes_on(account):
    """After each of these tests the server still answers a plain call."""
    yield
    assert account.client("sts").get_caller_identity()["Account"] == account.id


# -- Names that do not exist

def test_unknown_action(server, account):
    answer = raw.query(server, account.root, *IAM, "LaunchMissiles")
    assert (answer.status, answer.code) == (400, "InvalidAction")
    assert "LaunchMissiles" in answer.message


def test_unknown_action_is_told_only_to_those_who_sign(server):
    answer = raw.query(server, None, *IAM, "LaunchMissiles")
    assert (answer.status, answer.code) == (403, "MissingAuthenticationToken")


def test_an_action_of_no_end_is_neither_quoted_nor_recorded_whole(server, account):
    answer = raw.query(server, account.root, *IAM, "é" * 100000)
    assert (answer.status, answer.code) == (400, "InvalidAction")
    assert len(answer.body) < 1000
    assert account.event("é" * 64)["errorCode"] == "InvalidAction"


def test_an_access_key_id_of_no_end(server):
    answer = raw.query(server, Credentials("A" * 4000, "secret"), *IAM, "ListUsers")
    assert (answer.status, answer.code) == (403, "InvalidClientTokenId")


def test_names_longer_than_any_record_has(server, account):
    arn = account.arn("policy/" + "p" * 1900)
    answer = raw.query(server, account.root, *IAM, "GetPolicy", {"PolicyArn": arn})
    assert (answer.status, answer.code) == (404, "NoSuchEntity")


def test_unknown_json_operation(server, account):
    target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LaunchMissiles"
    answer = raw.json_call(server, account.root, "cloudtrail", target)
    assert (answer.status, answer.code) == (400, "UnknownOperationException")


def test_unknown_json_target(server, account):
    answer = raw.json_call(server, account.root, "cloudtrail", "Missiles_20260101.Launch")
    assert 400 <= answer.status < 500 and answer.code


def test_unknown_service(server, account):
    answer = raw.query(server, account.root, "missiles", "2026-01-01", "Launch")
    assert 400 <= answer.status < 500 and "missiles" in answer.text


def test_unknown_version(server, account):
    answer = raw.query(server, account.root, "iam", "1999-01-01", "ListUsers")
    assert (answer.status, answer.code) == (400, "InvalidAction")


def test_no_action(server, account):
    answer = form(server, account.root, b"Version=2010-05-08")
    assert (answer.status, answer.code) == (400, "MissingAction")


def test_a_wrong_content_type(server, account):
    answer = form(server, account.root, b"Action=ListUsers&Version=2010-05-08", "text/plain")
    assert 400 <= answer.status < 500


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_methods_that_the_query_protocol_does_not_have(server, account, method):
    answer = form(server, account.root, b"Action=ListUsers&Version=2010-05-08", method=method)
    assert 400 <= answer.status < 502 and answer.status != 500


def test_a_path_that_is_nothing(server, account):
    answer = raw.query(server, account.root, *IAM, "ListUsers", target="/a/b")
    assert answer.status != 500


# -- Parameters

def test_of_repeated_parameters_the_last_counts_for_permission_and_effect_alike(server, account):
    only_two = account.user("only-two", policy(statement("iam:CreateUser", resource=account.arn("user/two")))).creds
    answer = form(server, only_two, b"Action=CreateUser&Version=2010-05-08&UserName=two&UserName=one")
    assert answer.code == "AccessDenied", answer.text
    answer = form(server, only_two, b"Action=CreateUser&Version=2010-05-08&UserName=one&UserName=two")
    assert answer.status == 200, answer.text
    assert {user["UserName"] for user in account.iam.list_users()["Users"]} == {"only-two", "two"}


def test_two_actions(server, account):
    answer = form(server, account.root, b"Action=ListUsers&Action=DeleteUser&Version=2010-05-08&UserName=one")
    assert 400 <= answer.status < 500, answer.text


def test_unknown_parameters_change_nothing(server, account):
    """AWS's query services pass over what they do not know."""
    answer = raw.query(server, account.root, *IAM, "CreateUser", {"UserName": "one", "Colour": "blue"})
    assert answer.status in (200, 400)


@pytest.mark.parametrize("body", [
    b"Action=CreateUser&Version=2010-05-08&UserName=%ff%fe",
    b"Action=CreateUser&Version=2010-05-08&UserName=\xff\xfe",
    b"Action=CreateUser&Version=2010-05-08&UserName=a%00b",
    b"Action=CreateUser&Version=2010-05-08&UserName=%zz",
    b"Action=CreateUser&Version=2010-05-08&UserName=%e2%82",
    b"Action=CreateUser&Version=2010-05-08&UserName=%ed%a0%80",
    b"\xff" * 1000,
    b"\0" * 1000,
    b"%" * 1000,
    b"&" * 1000,
    b"=" * 1000,
    b"Action",
    b"",
])
def test_bytes_that_are_no_form(server, account, body):
    answer = form(server, account.root, body)
    assert 400 <= answer.status < 500, answer.text
    assert account.iam.list_users()["Users"] == []


@pytest.mark.parametrize("service, version, action, name", [
    (*IAM, "CreateRole", "MaxSessionDuration"), ("sts", "2011-06-15", "AssumeRole", "DurationSeconds"),
])
def test_a_form_that_cannot_be_read_is_no_malformed_policy(server, account, service, version, action, name):
    """Though the operation has an error of that name, for the policy in it."""
    answer = raw.query(server, account.root, service, version, action, {name: "abc"})
    assert (answer.status, answer.code) == (400, "MalformedInput"), answer.text


@pytest.mark.parametrize("name", [
    "Tags.member.0.Key", "Tags.member.-1.Key", "Tags.member.99999999999999999999.Key", "Tags.member.x.Key",
    "Tags.member.1.Key.member.1", "Tags", "Tags.member", "Tags..1.Key", "Tags.member.1000000.Key",
    ".".join(["Tags"] * 1000),
])
def test_lists_that_cannot_be(server, account, name):
    answer = raw.query(server, account.root, *IAM, "CreateUser", {"UserName": "one", name: "k"})
    assert answer.status in (200, 400), answer.text


def test_more_parameters_than_any_call_has(server, account):
    pairs = [(f"Tags.member.{i}.Key", "k") for i in range(1, 20000)]
    answer = raw.query(server, account.root, *IAM, "CreateUser", [("UserName", "one"), *pairs])
    assert 400 <= answer.status < 500
    assert account.iam.list_users()["Users"] == []


# -- Values: AWS's words

def test_a_missing_value(server, account):
    answer = raw.query(server, account.root, *IAM, "CreateUser")
    assert (answer.status, answer.code) == (400, "ValidationError")
    assert html.unescape(answer.message) == (
        "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null")


def test_a_value_of_another_form(server, account):
    answer = raw.query(server, account.root, *IAM, "CreateUser", {"UserName": "no spaces"})
    assert (answer.status, answer.code) == (400, "ValidationError")
    assert answer.message == ("The specified value for userName is invalid. It must contain only alphanumeric "
                              "characters and/or the following: +=,.@_-")


def test_all_that_is_wrong_is_counted(server, account):
    answer = raw.query(server, account.root, *IAM, "CreateUser", {"UserName": "a" * 65, "Path": f"/{'a' * 600}/"})
    assert answer.message.startswith("2 validation errors detected: "), answer.message


def test_a_value_too_long(server, account):
    answer = raw.query(server, account.root, *IAM, "CreateUser", {"UserName": "a" * 65})
    assert answer.code == "ValidationError" and "length less than or equal to 64" in answer.message


def test_validation_comes_before_permission_and_after_the_signature(server, account):
    nobody = account.user("nobody").creds
    assert raw.query(server, nobody, *IAM, "CreateUser").code in ("ValidationError", "AccessDenied")
    wrong = nobody._replace(secret_key="x" * 40)
    assert raw.query(server, wrong, *IAM, "CreateUser").code == "SignatureDoesNotMatch"


# -- JSON

TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"


@pytest.mark.parametrize("body", [
    b"", b"{", b"}", b"[]", b"null", b'"text"', b"{}}", b'{"MaxResults": 1,}', b'{"MaxResults": "one"}',
    b'{"MaxResults": 1e400}', b'{"MaxResults": 99999999999999999999}', b'{"LookupAttributes": {}}',
    b'{"a": "\xff"}', b'{"a": "\\ud800"}', b"\0", b"[" * 100000, b'{"a":' * 100000, b"{" + b'"a":1,' * 100000 + b"}",
], ids=lambda body: repr(body[:20]))
def test_bytes_that_are_no_json(server, account, body):
    answer = raw.json_call(server, account.root, "cloudtrail", TARGET, body)
    assert 400 <= answer.status < 500, answer.text
    assert answer.code in ("SerializationException", "ValidationException"), answer.text


@pytest.mark.parametrize("signing, target, body", [
    ("kms", "TrentService.CreateKey", b'{"Description": 1}'),
    ("logs", "Logs_20140328.StartQuery", b'{"queryString": 1}'),
])
def test_a_request_that_cannot_be_read_is_no_malformed_document(server, account, signing, target, body):
    """Though the operation has an error of that name, for the policy or the query in it."""
    answer = raw.json_call(server, account.root, signing, target, body)
    assert (answer.status, answer.code) == (400, "SerializationException"), answer.text


def test_of_a_json_member_given_twice_the_last_counts(server, account):
    answer = raw.json_call(server, account.root, "cloudtrail", TARGET, b'{"MaxResults": 1, "MaxResults": 2}')
    assert answer.status == 200, answer.text
    answer = raw.json_call(server, account.root, "cloudtrail", TARGET, b'{"MaxResults": 1, "MaxResults": 0}')
    assert answer.status == 400, answer.text


# -- Sizes

def test_a_body_over_the_limit(server, account):
    answer = form(server, account.root, b"Action=ListUsers&x=" + b"a" * (5 << 20))
    assert answer.status == 413


def test_a_body_that_says_it_is_over_the_limit_is_not_waited_for(server):
    head = (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: " + raw.FORM.encode() +
            b"\r\nContent-Length: 99999999999\r\n\r\n")
    assert b" 413 " in raw.raw_bytes(server, head, finish=False, timeout=20)[:20]


def test_a_body_over_the_limit_that_may_be_for_s3(server):
    """Which answers so: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
    received = raw.raw_bytes(server, head, finish=False, timeout=20)
    assert b" 400 " in received[:20] and b"<Code>MaxMessageLengthExceeded</Code>" in received


def test_a_chunked_body_over_the_limit(server):
    head = (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: " + raw.FORM.encode() +
            b"\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    received = b""
    with socket.create_connection(server.address, timeout=20) as connection:
        try:
            connection.sendall(head)
            for _ in range(80):
                connection.sendall(chunk)
            connection.sendall(b"0\r\n\r\n")
        except OSError:
            pass  # the server may close before all was sent
        try:
            received = connection.recv(65536)
        except ConnectionResetError:
            pass
    assert received == b"" or b" 413 " in received[:20]


def test_headers_over_the_limit(server):
    answer = raw.send(server, "POST", "/", {f"X-Header-{i}": "a" * 1000 for i in range(90)})
    assert answer.status == 431


def test_a_header_of_a_megabyte(server):
    head = b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * (1 << 20) + b"\r\n\r\n"
    received = b""
    try:
        received = raw.raw_bytes(server, head, timeout=20)
    except OSError:
        pass
    assert received == b"" or b" 431 " in received[:20] or b" 400 " in received[:20]


def test_a_target_over_the_limit(server, account):
    answer = raw.send(server, "GET", "/?" + "a" * 100_000)
    assert answer.status in (414, 431)


# -- HTTP itself

@pytest.mark.parametrize("data", [
    b"\r\n\r\n\r\n", b"GET", b"GET /", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nBroken header\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n: empty\r\n\r\n",
    b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\0" * 100,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
], ids=lambda data: repr(data[:30]))
def test_bytes_that_are_no_request(brisk, data):
    received = raw.raw_bytes(brisk, data, timeout=20)
    assert raw.send(brisk, "GET", "/_merlon/health").status == 200
    assert not received or received.startswith(b"HTTP/1."), received
    assert b" 200 " not in received[:15] and b" 500 " not in received[:15]


def test_a_body_cut_short(brisk, home):
    """The connection ends before Content-Length says so: nothing of it is done."""
    server, account = brisk, Account.create(brisk, home)
    body = b"Action=CreateUser&Version=2010-05-08&UserName=cut"
    headers, _ = raw.sign(server.endpoint + "/", account.root, "iam", headers={"Content-Type": raw.FORM}, body=body)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    host, port = server.address
    head = "\r\n".join(["POST / HTTP/1.1", f"Host: {host}:{port}", *lines, f"Content-Length: {len(body)}", "", ""])
    received = raw.raw_bytes(server, head.encode() + body[:-3])
    assert b" 200 " not in received[:15]
    assert account.iam.list_users()["Users"] == []


def test_a_body_changed_on_its_way(server, account):
    body = b"Action=CreateUser&Version=2010-05-08&UserName=alice"
    headers, _ = raw.sign(server.endpoint + "/", account.root, "iam", headers={"Content-Type": raw.FORM}, body=body)
    answer = raw.send(server, headers=headers, body=body.replace(b"alice", b"mallo"))
    assert answer.code == "SignatureDoesNotMatch"
    assert account.iam.list_users()["Users"] == []


def test_a_body_that_is_not_signed(server, account):
    """Only S3 takes one; here it could be changed on its way."""
    body = b"Action=CreateUser&Version=2010-05-08&UserName=alice"
    headers = {"Content-Type": raw.FORM, "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    headers, _ = raw.sign(server.endpoint + "/", account.root, "iam", headers=headers, body=body)
    assert raw.send(server, headers=headers, body=body.replace(b"alice", b"mallo")).code == "SignatureDoesNotMatch"
    assert account.iam.list_users()["Users"] == []


def test_expect_continue(server, account):
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    headers, _ = raw.sign(server.endpoint + "/", account.root, "sts", headers={"Content-Type": raw.FORM}, body=body)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    host, port = server.address
    head = "\r\n".join(["POST / HTTP/1.1", f"Host: {host}:{port}", *lines, f"Content-Length: {len(body)}",
                        "Expect: 100-continue", "Connection: close", "", ""])
    with socket.create_connection(server.address, timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 200 ") and account.id.encode() in received


def test_one_connection_serves_many_calls_and_mistakes_between(server, account):
    connection = http.client.HTTPConnection(*server.address, timeout=20)
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    statuses = []
    for number in range(30):
        headers, _ = raw.sign(server.endpoint + "/", account.root, "sts", headers={"Content-Type": raw.FORM}, body=body)
        if number % 3 == 1:
            headers["Authorization"] = "nonsense"
        if number % 3 == 2:
            del headers["Authorization"]
        connection.request("POST", "/", body=body, headers=headers)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()
    assert statuses[::3] == [200] * 10
    assert set(statuses[1::3]) <= {400, 403} and set(statuses[2::3]) == {403}


def test_head_has_no_body(server):
    answer = raw.send(server, "HEAD", "/_merlon/health")
    assert answer.status == 200 and answer.body == b""


@pytest.mark.parametrize("path", ["/health", "/metrics", "/reset", "/clock", "/_merlon/metrics", "/_merlon/reset"])
def test_the_api_port_does_not_serve_the_admin_interface(server, path):
    for method in ("GET", "POST"):
        answer = raw.send(server, method, path, body=b'{"advance":"1d"}' if method == "POST" else b"")
        assert 400 <= answer.status < 500, answer.text


def test_an_authorization_header_of_nonsense(server, account):
    for value in ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=", "Basic YTpi", "AWS4-HMAC-SHA256 " + "," * 5000,
                  "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=" + "0" * 64,
                  quote("AWS4-HMAC-SHA256 Credential")):
        answer = raw.send(server, headers={"Authorization": value, "Content-Type": raw.FORM},
                          body=b"Action=ListUsers&Version=2010-05-08")
        assert answer.status in (400, 403) and answer.code, (value[:60], answer.text)
