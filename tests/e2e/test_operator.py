"""The operator's verbs against a running server, and its admin interface."""
import json
import os
import shutil
import socket
import stat
import subprocess
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from harness import raw
from harness.account import Account, make_client, policy, statement
from harness.admin import AdminError
from harness.credentials import Credentials
from harness.environment import clean_environment
from harness.server import binary


def run(*arguments, **more):
    return subprocess.run([str(binary()), *map(str, arguments)], capture_output=True, text=True, timeout=60, **more)


# -- env

def test_env_is_what_a_shell_needs(server, home):
    home.mkdir()
    shell = 'eval "$("$MERLON" env --data "$DATA")" && env'
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True, cwd=home,
                          env=clean_environment(home, MERLON=str(binary()), DATA=str(server.data)))
    env = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert env["AWS_ENDPOINT_URL"] == server.endpoint
    creds = Credentials(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
    assert make_client(server, "sts", creds).get_caller_identity()["Arn"].endswith(":root")
    assert env.get("AWS_REGION", env.get("AWS_DEFAULT_REGION")) == "us-east-1"


def test_env_without_a_server(tmp_path):
    done = run("env", "--data", tmp_path / "none")
    assert done.returncode != 0 and "none" in done.stderr


# -- account

def test_accounts_are_made_and_listed(server, home):
    one, two = Account.create(server, home, "blue"), Account.create(server, home, "green")
    assert one.id != two.id and one.id.isdigit() and len(one.id) == 12
    listed = server.merlon("account", "list").stdout
    assert one.id in listed and two.id in listed and "blue" in listed
    assert one.root.secret_key not in listed
    assert one.client("sts").get_caller_identity()["Account"] == one.id


def test_account_create_for_people(server):
    said = server.merlon("account", "create", "--name", "by-hand").stdout
    assert "AKIA" in said


# -- status, health, metrics

def test_status(server):
    said = server.merlon("status").stdout
    assert server.endpoint.removeprefix("http://") in said


def test_the_admin_socket_is_the_operators_alone(server):
    mode = (server.data / "admin.sock").stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600


def test_health_and_metrics(server, account, admin):
    assert admin.health()
    before = admin.metrics()
    account.client("sts").get_caller_identity()
    with pytest.raises(ClientError):
        account.client("sts", creds=account.root._replace(secret_key="x" * 40)).get_caller_identity()
    after = admin.metrics()

    def requests(metrics):
        return sum(value for name, value in metrics.items() if "calls_total" in name)

    assert requests(after) >= requests(before) + 2
    assert any("lag" in name for name in after)


def test_admin_over_loopback_only_when_asked(new_server):
    quiet, open_one = new_server(), new_server(arguments=["--admin-listen", "127.0.0.1:0"])
    assert not quiet.ready.get("admin_endpoint")
    host, port = open_one.ready["admin_endpoint"].removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_web_page_cannot_reach_the_admin_interface(new_server):
    """Another site's page in the operator's browser may send requests to loopback; by Host or Origin they show."""
    server = new_server(arguments=["--admin-listen", "127.0.0.1:0"])
    host, port = server.ready["admin_endpoint"].removeprefix("http://").split(":")
    for header in (b"Host: evil.example", b"Host: 127.0.0.1\r\nOrigin: https://evil.example"):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(b"POST /reset HTTP/1.1\r\n" + header +
                               b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            assert connection.recv(4096).split()[1] in (b"400", b"403", b"421")


@pytest.mark.parametrize("method, path, body", [
    ("GET", "/nothing", None), ("GET", "/reset", None), ("POST", "/clock", {"advance": "yesterday"}),
    ("POST", "/clock", {"advance": "-1d"}), ("POST", "/clock", {}), ("POST", "/clock", [1]), ("DELETE", "/health", None),
])
def test_admin_requests_that_cannot_be(admin, method, path, body):
    status, text = admin.request(method, path, body)
    assert 400 <= status < 500, text


# -- clock

def test_the_clock_moves_what_waits_and_not_signatures(new_server, home):
    server = new_server()
    account = Account.create(server, home)
    user = account.user("alice")
    session = Credentials.of(user.client("sts").get_session_token(DurationSeconds=900)["Credentials"])
    account.client("sts", creds=session).get_caller_identity()
    server.merlon("clock", "advance", "20m")
    with pytest.raises(ClientError) as caught:
        account.client("sts", creds=session).get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "ExpiredToken"
    user.client("sts").get_caller_identity()
    server.admin.advance("365d")
    created = account.iam.create_user(UserName="of-next-year")["User"]["CreateDate"]
    earlier = account.iam.get_user(UserName="alice")["User"]["CreateDate"]
    assert 365 <= (created - earlier).days <= 366


def test_what_has_expired_stays_expired_after_a_restart(disk_server, home):
    account = Account.create(disk_server, home)
    sts = account.client("sts", creds=account.user("alice").creds)
    session = Credentials.of(sts.get_session_token(DurationSeconds=900)["Credentials"])
    disk_server.admin.advance("20m")
    assert disk_server.stop() == 0
    disk_server.test_clock = False  # nobody may advance it now, and it stays where it was
    disk_server.start()
    with pytest.raises(ClientError) as caught:
        account.client("sts", creds=session, endpoint=disk_server.endpoint).get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "ExpiredToken"


def test_a_presigned_url_ages_by_the_clock_from_its_signing(new_server, home):
    server = new_server()
    account = Account.create(server, home)

    def presigned():
        return account.client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")

    def status(url):
        try:
            return urllib.request.urlopen(url, timeout=20).status
        except urllib.error.HTTPError as error:
            return error.code

    before = presigned()
    assert status(before) == 200
    server.admin.advance("7d")
    assert status(before) == 400
    second = int(time.time())
    while int(time.time()) == second:  # signatures name whole seconds: this one's is behind the advance
        time.sleep(0.01)
    after = presigned()
    assert status(after) == 200
    server.admin.advance("2m")
    assert status(after) == 400


def test_the_clock_stands_without_test_clock(new_server, tmp_path):
    server = new_server(test_clock=False)
    with pytest.raises(AdminError) as caught:
        server.admin.advance("1d")
    assert 400 <= caught.value.status < 500
    assert server.merlon("clock", "advance", "1d", check=False).returncode != 0


# -- reset, snapshot

def test_reset_empties_an_ephemeral_server(new_server, home):
    server = new_server()
    account = Account.create(server, home)
    root = server.root_credentials()
    make_client(server, "iam", root).create_user(UserName="alice")
    server.merlon("reset")
    with pytest.raises(ClientError) as caught:
        account.client("sts").get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "InvalidClientTokenId"
    assert server.root_credentials() == root  # the management account is there again, under the key that users hold
    assert make_client(server, "iam", root).list_users()["Users"] == []


def test_resets_from_both_admin_listeners_at_once(new_server):
    """From the first moment on, the two of them over and over: each answered, and the same server after them."""
    server = new_server(arguments=["--admin-listen", "127.0.0.1:0"])
    address, root = server.ready["admin_endpoint"] + "/reset", server.root_credentials()

    def by_loopback(_=None):
        return urllib.request.urlopen(urllib.request.Request(address, method="POST"), timeout=60).status

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(by_loopback, range(20))) == {200}
        both = [pool.submit(by_loopback) if turn % 2 else pool.submit(server.admin.reset) for turn in range(40)]
        assert {str(one.result()) for one in both[1::2]} == {"200"} and all(one.result() for one in both[::2])
    assert server.root_credentials() == root
    make_client(server, "iam", root).create_user(UserName="alice")


def test_reset_is_refused_where_something_is_kept(disk_server, home):
    kept = Account.create(disk_server, home)
    assert disk_server.merlon("reset", check=False).returncode != 0
    assert kept.client("sts").get_caller_identity()["Account"] == kept.id


def test_a_snapshot_brings_back_the_past(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    user = account.user("before", policy("iam:*"))
    saved = tmp_path / "saved.merlon"
    server.merlon("snapshot", "save", saved)
    assert saved.exists() and stat.S_IMODE(saved.stat().st_mode) & 0o077 == 0
    account.iam.create_user(UserName="after")
    server.stop()

    done = run("snapshot", "load", saved, "--data", tmp_path / "restored")
    assert done.returncode == 0, done.stderr
    shutil.copy(tmp_path / "data" / "master.key", tmp_path / "restored")  # never in a snapshot
    restored = new_server(data=tmp_path / "restored")
    names = [u["UserName"] for u in make_client(restored, "iam", user.creds).list_users()["Users"]]
    assert names == ["before"]


def test_a_snapshot_is_not_loaded_over_a_folder_with_something_in_it(new_server, tmp_path):
    server = new_server(data=tmp_path / "data")
    saved = tmp_path / "saved.merlon"
    server.merlon("snapshot", "save", saved)
    done = run("snapshot", "load", saved, "--data", tmp_path / "data")
    assert done.returncode != 0 and done.stderr
    assert make_client(server, "sts", server.root_credentials()).get_caller_identity()


def test_a_damaged_snapshot_is_refused(new_server, tmp_path):
    server = new_server(data=tmp_path / "data")
    saved = tmp_path / "saved.merlon"
    server.merlon("snapshot", "save", saved)
    data = bytearray(saved.read_bytes())
    os.truncate(saved, len(data) // 2)
    done = run("snapshot", "load", saved, "--data", tmp_path / "restored")
    assert done.returncode != 0 and done.stderr


# -- explain

def test_explain_tells_why(server, account):
    user = account.user("alice", policy("s3:*", statement("iam:DeleteUser", "Deny")))
    with pytest.raises(ClientError) as caught:
        user.client("iam").delete_user(UserName="bob")
    request_id = caught.value.response["ResponseMetadata"]["RequestId"]
    said = server.merlon("explain", request_id).stdout
    for word in ("iam:DeleteUser", user.arn, "inline"):
        assert word in said, said
    assert "deny" in said.lower()


def test_explain_of_an_implicit_denial_names_each_policy(server, account):
    user = account.user("alice", policy("s3:*"))
    user.put_policy(policy(statement("iam:ListUsers", resource="arn:aws:iam::999999999999:*")), name="second")
    with pytest.raises(ClientError) as caught:
        user.client("iam").list_users()
    said = server.merlon("explain", caught.value.response["ResponseMetadata"]["RequestId"]).stdout
    assert "inline" in said and "second" in said


def test_explain_of_an_unknown_request(server):
    done = server.merlon("explain", "00000000-0000-0000-0000-000000000000", check=False)
    assert done.returncode != 0 and done.stderr


def test_the_encoded_message_is_for_those_who_may_decode(account):
    """sts:DecodeAuthorizationMessage opens what a denial carries, where AWS's own denials carry one."""
    with pytest.raises(ClientError) as caught:
        account.client("sts").decode_authorization_message(EncodedMessage="nonsense")
    assert caught.value.response["Error"]["Code"] == "InvalidAuthorizationMessageException"


# -- policy evaluate

def questions(*rows):
    done = run("policy", "evaluate", input="".join(json.dumps(row) + "\n" for row in rows))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_policies_are_evaluated_offline():
    alice = "arn:aws:iam::111122223333:user/alice"
    base = {"principal": alice, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k",
            "resource_account": "111122223333"}
    allow, deny = policy("s3:*"), policy(statement("s3:Get*", "Deny"))
    answers = questions(
        {"id": "1", **base, "identity": [allow]},
        {"id": "2", **base},
        {"id": "3", **base, "identity": [allow, deny]},
        {"id": "4", **base, "identity": [allow], "boundary": policy("iam:*")},
        {"id": "5", **base, "identity": [allow], "scps": [[policy("*")], [policy("iam:*")]]})
    assert [(one["id"], one["decision"]) for one in answers] == [
        ("1", "Allow"), ("2", "ImplicitDeny"), ("3", "ExplicitDeny"), ("4", "ImplicitDeny"), ("5", "ImplicitDeny")]
    assert answers[2]["by"] and answers[3]["by"] != answers[4]["by"]


def test_a_question_that_cannot_be_is_not_answered_with_allow():
    done = run("policy", "evaluate", input='{"id":"1"}\nnot json\n')
    assert '"Allow"' not in done.stdout
    assert done.returncode != 0 or "error" in done.stdout.lower()


# -- policy import-managed

def test_a_file_of_managed_policies_that_cannot_be_changes_nothing(server, account, tmp_path):
    file = tmp_path / "managed.json"
    file.write_text('{"Broken": {"arn": "arn:aws:iam::aws:policy/Broken", "version": "v1", "document": {"a": 1}}}')
    done = server.merlon("policy", "import-managed", file, check=False)
    assert done.returncode != 0 and "Broken" in done.stderr
    with pytest.raises(ClientError):
        account.iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/Broken")


def test_managed_policies_may_be_imported(new_server, tmp_path, home):
    server = new_server()
    account = Account.create(server, home)
    arn = "arn:aws:iam::aws:policy/TestOnlyImportedPolicy"
    file = tmp_path / "managed.json"
    file.write_text(json.dumps({"TestOnlyImportedPolicy": {
        "arn": arn, "version": "v3", "createdate": "2020-01-01T00:00:00+00:00",
        "updatedate": "2021-01-01T00:00:00+00:00", "document": policy("iam:ListUsers")}}))
    server.merlon("policy", "import-managed", file)
    user = account.user("alice")
    account.iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    user.client("iam").list_users()
    assert account.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v3"
    with pytest.raises(ClientError):
        account.iam.delete_policy(PolicyArn=arn)


def test_the_health_path_is_all_that_the_api_port_tells_without_a_key(server):
    assert raw.send(server, "GET", "/_merlon/health").status == 200
    assert raw.send(server, "GET", "/_merlon/status").status >= 400
