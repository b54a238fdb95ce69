"""Rotation of the master key: what was sealed stays open to its owners, and to nobody who has the old key."""
import secrets

from harness.account import Account, make_client
from harness.credentials import Credentials
from harness.refusals import refused

PREFIX = "merlon-master-key-1 "


def lines_of(server):
    return (server.data / "master.key").read_text().splitlines()


def world(server, home):
    """Something of every kind that is stored sealed."""
    account = Account.create(server, home)
    user = account.user("alice", {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    kms = user.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    pair = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    signature = kms.sign(KeyId=pair, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    return user, blob, pair, signature


def still_opens(user, blob, pair, signature):
    kms = user.client("kms")
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"before"
    assert kms.verify(KeyId=pair, Message=b"m", SigningAlgorithm="ECDSA_SHA_256", Signature=signature)["SignatureValid"]
    assert kms.sign(KeyId=pair, Message=b"n", SigningAlgorithm="ECDSA_SHA_256")["Signature"]


def test_rotation_keeps_what_is_sealed(disk_server, home):
    things = world(disk_server, home)
    before = lines_of(disk_server)
    disk_server.merlon("master-key", "rotate")
    after = lines_of(disk_server)
    assert len(before) == len(after) == 1 and before != after
    still_opens(*things)
    disk_server.stop()
    disk_server.start()
    still_opens(*things)


def test_the_old_key_opens_nothing_any_more(disk_server, home, tmp_path):
    world(disk_server, home)
    old = (disk_server.data / "master.key").read_bytes()
    disk_server.merlon("master-key", "rotate")
    disk_server.stop()
    new = (tmp_path / "data" / "master.key").read_bytes()
    (tmp_path / "data" / "master.key").write_bytes(old)
    done = disk_server.merlon("serve", "--listen", "127.0.0.1:0", "--data", tmp_path / "data", data=False, check=False)
    assert done.returncode != 0 and "is not the key of the store" in done.stderr
    (tmp_path / "data" / "master.key").write_bytes(new)
    disk_server.start()


def test_sessions_end_with_the_key_that_could_forge_them(disk_server, home):
    user, *_ = world(disk_server, home)
    session = Credentials.of(user.client("sts").get_session_token()["Credentials"])
    client = make_client(disk_server, "kms", session)
    client.list_keys()
    disk_server.merlon("master-key", "rotate")
    with refused("UnrecognizedClientException"):
        client.list_keys()


def test_an_interrupted_rotation_is_finished_at_the_next_start(disk_server, home, tmp_path):
    """As a power cut leaves it behind the first step: the new key is in the file, and nothing is sealed under it yet."""
    things = world(disk_server, home)
    disk_server.kill()
    path = tmp_path / "data" / "master.key"
    old = path.read_text()
    path.write_text(PREFIX + secrets.token_hex(32) + "\n" + old)
    disk_server.start()
    assert len(lines_of(disk_server)) == 1
    assert lines_of(disk_server)[0] + "\n" != old
    still_opens(*things)


def test_rotation_while_others_work(disk_server, home):
    """A hundred keys, used by two at once while they are sealed anew."""
    import threading
    user, *_ = world(disk_server, home)
    kms = user.client("kms")
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(100)]
    stop, failures = threading.Event(), []

    def work():
        client = user.client("kms")
        while not stop.is_set():
            for key in keys[::7]:
                try:
                    blob = client.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
                    if client.decrypt(CiphertextBlob=blob)["Plaintext"] != b"x":
                        failures.append(key)
                except Exception as error:
                    failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        disk_server.merlon("master-key", "rotate")
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    for key in keys:
        assert kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
