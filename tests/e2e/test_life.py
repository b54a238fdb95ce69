"""A server's life: start, stop, restart, TLS, a folder in use, a damaged folder, a full disk."""
import os
import resource
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import threading
import time

import pytest
from botocore.exceptions import ClientError

from harness import raw
from harness.account import Account, make_client
from harness.credentials import Credentials
from harness.server import Server, ServerFailed


def identity(server, creds, **more):
    return make_client(server, "sts", creds, **more).get_caller_identity()


def user_names(account):
    return [user["UserName"] for page in account.iam.get_paginator("list_users").paginate() for user in page["Users"]]


# -- Start and stop

def test_the_first_start_makes_an_account_and_keeps_its_root_key_to_itself(disk_server):
    path = disk_server.data / "root-credentials"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(disk_server.data.stat().st_mode) == 0o700
    creds = disk_server.root_credentials()
    assert identity(disk_server, creds)["Arn"].endswith(":root")


def test_no_secret_lies_in_the_folder_in_clear(disk_server, home):
    account = Account.create(disk_server, home)
    user = account.user("alice")
    account.iam.create_login_profile(UserName="alice", Password="Correct-Horse-9-Battery")
    role = account.role("r")
    session = account.assume(role, account.user("bob", {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}).creds)
    disk_server.stop()
    secrets = [user.creds.secret_key, account.root.secret_key, session.secret_key, "Correct-Horse-9-Battery"]
    for path in disk_server.kept_data.rglob("*"):
        if path.is_file() and path.name != "root-credentials":
            data = path.read_bytes()
            assert not [secret for secret in secrets if secret.encode() in data], path


def test_a_restart_keeps_everything(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    user = account.user("alice", {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}]})
    session = account.client("sts", creds=user.creds).get_session_token()["Credentials"]
    account.event("CreateAccessKey")
    root = server.root_credentials()
    assert server.stop() == 0
    server.start()
    account = Account(server, account.id, account.root, home)
    assert user_names(account) == ["alice"]
    assert server.root_credentials() == root
    assert make_client(server, "iam", user.creds).list_users()["Users"][0]["UserName"] == "alice"
    account.event("CreateUser")
    assert identity(server, Credentials.of(session))["Arn"] == user.arn


def test_sigterm_finishes_what_is_under_way(new_server, tmp_path, home):
    """Every call that was answered with success is there afterwards; the exit status is 0."""
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    acknowledged, end = [], threading.Event()

    def write(thread):
        client = make_client(server, "iam", account.root)
        number = 0
        while not end.is_set():
            name = f"user-{thread}-{number}"
            try:
                client.create_user(UserName=name)
            except Exception:
                return
            acknowledged.append(name)
            number += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    assert server.stop() == 0
    end.set()
    for thread in threads:
        thread.join()
    server.start()
    assert acknowledged and set(acknowledged) <= set(user_names(Account(server, account.id, account.root, home)))


def test_sigint_stops_too(new_server):
    server = new_server()
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(30) == 0


def test_an_ephemeral_server_leaves_nothing(new_server):
    server = new_server()
    data = server.data
    assert data.exists()
    put_long_body(server)
    assert long_files(data)
    server.stop()
    assert not data.exists()


def put_long_body(server):
    s3 = make_client(server, "s3", server.root_credentials())
    s3.create_bucket(Bucket="long-bodies")
    s3.put_object(Bucket="long-bodies", Key="key", Body=b"x" * 1_000_000)


def long_files(folder):
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 500_000 and "blobs" in path.parts]


def test_a_reset_leaves_no_bodies(new_server):
    server = new_server()
    put_long_body(server)
    server.merlon("reset")
    assert server.data.exists() and not long_files(server.data)
    put_long_body(server)
    assert long_files(server.data)


def test_the_health_of_the_api_port_needs_no_key(server):
    answer = raw.send(server, "GET", "/_merlon/health")
    assert answer.status == 200


def test_a_port_in_use_is_named(server, tmp_path):
    host, port = server.address
    second = Server(listen=f"{host}:{port}")
    with pytest.raises(ServerFailed, match=str(port)):
        second.start()
    second.close()


# -- TLS

def test_tls_with_the_servers_own_certificate(new_server, home):
    server = new_server(arguments=["--tls-listen", "127.0.0.1:0"])
    account = Account.create(server, home)
    authorities = [path for path in server.data.rglob("*.pem") if b"BEGIN CERTIFICATE" in path.read_bytes()]
    authority = next(path for path in authorities if "ca" in path.name)
    client = make_client(server, "sts", account.root, endpoint=server.tls_endpoint, verify=str(authority))
    assert client.get_caller_identity()["Account"] == account.id
    details = account.event("GetCallerIdentity")["tlsDetails"]
    assert details["tlsVersion"] in ("TLSv1.2", "TLSv1.3") and details["cipherSuite"]
    assert details["clientProvidedHostHeader"].startswith("127.0.0.1")


def test_tls_is_not_trusted_without_the_authority_and_old_versions_are_refused(new_server):
    server = new_server(arguments=["--tls-listen", "127.0.0.1:0"])
    host, port = server.tls_endpoint.removeprefix("https://").split(":")
    with pytest.raises(ssl.SSLCertVerificationError):
        with socket.create_connection((host, int(port)), timeout=20) as plain:
            ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        with socket.create_connection((host, int(port)), timeout=20) as plain:
            old.wrap_socket(plain)


def test_tls_with_a_certificate_of_the_operators(new_server, tmp_path, home):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "2", "-subj", "/CN=merlon.test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key),
                    "-out", str(certificate)], check=True, capture_output=True)
    server = new_server(arguments=["--tls-listen", "127.0.0.1:0", "--tls-certificate", str(certificate),
                                   "--tls-key", str(key)])
    client = make_client(server, "sts", server.root_credentials(), endpoint=server.tls_endpoint,
                         verify=str(certificate))
    assert client.get_caller_identity()["Arn"].endswith(":root")


def test_a_certificate_that_cannot_be_read_stops_the_start(tmp_path):
    (tmp_path / "bad.pem").write_text("not a certificate\n")
    one = Server(arguments=["--tls-listen", "127.0.0.1:0", "--tls-certificate", str(tmp_path / "bad.pem"),
                            "--tls-key", str(tmp_path / "bad.pem")])
    with pytest.raises(ServerFailed, match="bad.pem"):
        one.start()
    one.close()


# -- The folder

def test_two_servers_on_one_folder(disk_server):
    second = Server(data=disk_server.kept_data)
    with pytest.raises(ServerFailed) as caught:
        second.start()
    second.close()
    assert str(disk_server.kept_data) in str(caught.value) and "in use" in str(caught.value)
    assert identity(disk_server, disk_server.root_credentials())


def store_file(folder):
    """The largest file of the folder is the store."""
    return max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)


def damaged_start(folder):
    one = Server(data=folder)
    try:
        with pytest.raises(ServerFailed) as caught:
            one.start()
    finally:
        one.kill()
        shutil.rmtree(one.folder)
    return str(caught.value)


@pytest.fixture
def stopped_folder(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    for number in range(20):
        account.iam.create_user(UserName=f"user-{number}")
    assert server.stop() == 0
    return tmp_path / "data"


def test_a_store_of_other_bytes(stopped_folder):
    path = store_file(stopped_folder)
    path.write_bytes(b"not a store at all " * 1000)
    said = damaged_start(stopped_folder)
    assert str(stopped_folder) in said, said


def test_a_store_cut_short(stopped_folder):
    path = store_file(stopped_folder)
    os.truncate(path, 6000)
    said = damaged_start(stopped_folder)
    assert str(stopped_folder) in said, said


def test_a_lost_master_key(stopped_folder):
    """Without it nothing secret could be opened: the start is refused, and no new key is made in its place."""
    key = next(path for path in stopped_folder.rglob("*key*") if path.is_file())
    key.unlink()
    said = damaged_start(stopped_folder)
    assert key.name in said, said
    assert not key.exists()


def test_another_master_key(stopped_folder, new_server, tmp_path):
    other = new_server(data=tmp_path / "other")
    other.stop()
    key = next(path for path in stopped_folder.rglob("*key*") if path.is_file())
    foreign = next(path for path in (tmp_path / "other").rglob("*key*") if path.is_file())
    key.write_bytes(foreign.read_bytes())
    said = damaged_start(stopped_folder)
    assert "key" in said, said


def test_a_master_key_that_others_may_read(stopped_folder):
    key = next(path for path in stopped_folder.rglob("*key*") if path.is_file())
    key.chmod(0o644)
    said = damaged_start(stopped_folder)
    assert key.name in said, said


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "data").write_text("hello\n")
    said = damaged_start(tmp_path / "data")
    assert str(tmp_path / "data") in said


# -- A full disk

def limit_file_size():
    """No file may grow beyond this: what a full disk looks like, for one process."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def test_a_full_disk(new_server, tmp_path, home):
    """Writes fail with a clear 5xx, reads go on, and afterwards everything acknowledged is there and nothing else."""
    server = new_server(data=tmp_path / "data", preexec_fn=limit_file_size)
    account = Account.create(server, home)
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    made, failure = [], None
    for number in range(3000):
        name = f"policy-{number}"
        try:
            account.iam.create_policy(PolicyName=name, PolicyDocument=document, Description="x" * 900)
        except ClientError as error:
            failure = error
            break
        made.append(name)
    assert failure is not None, "the disk was never full"
    assert failure.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
    assert failure.response["Error"]["Code"] in ("ServiceFailure", "InternalFailure", "ServiceUnavailable")

    def policies(of):
        pages = of.iam.get_paginator("list_policies").paginate(Scope="Local")
        return {policy["PolicyName"] for page in pages for policy in page["Policies"]}

    assert made and policies(account) == set(made)
    assert account.client("sts").get_caller_identity()["Account"] == account.id
    server.kill()

    server.preexec_fn = None
    server.start()
    after = Account(server, account.id, account.root, home)
    assert policies(after) == set(made)
    after.iam.create_user(UserName="room-again")
    assert "room-again" in user_names(after)
