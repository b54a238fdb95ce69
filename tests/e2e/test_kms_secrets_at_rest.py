"""What is secret is nowhere to be read: not in the data folder, not in the log, not in events and answers of refusals,
not in a dump of the process; and not in its memory once its key is gone."""
import base64
import os
import resource
import signal
import subprocess
import time

import pytest
from botocore.exceptions import ClientError

from harness import memory
from harness.account import Account
from harness.kms_import import create_key, external_key, import_material, imported_key, usual_wrapping
from harness.json_client import newer_kms

SPECS = ("SYMMETRIC_DEFAULT", "HMAC_256", "ECC_NIST_P256", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519",
         "RSA_2048")
RSA_NUMBERS = ("privateExponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient")
CLOSED_S = 20
IN_MARKED_MEMORY = ("SYMMETRIC_DEFAULT", "HMAC_256", "ECC_NIST_P256", "ECC_NIST_P521", "ECC_SECG_P256K1")


# -- Secrets, and the forms in which they might be found

def secrets_of(openssl, spec, material):
    """{name: bytes}: the material itself, or the private numbers in it."""
    if spec.startswith("RSA"):
        numbers = openssl.private_numbers(material)
        return {f"{spec} {name}": numbers[name].lstrip(b"\0") for name in RSA_NUMBERS}
    if spec.startswith("ECC"):
        return {spec: openssl.private_numbers(material)["priv"].lstrip(b"\0")}
    return {spec: material}


def pieces(secrets):
    """Both ends of each, in both orders of bytes: freed memory is often only half overwritten."""
    found = {}
    for name, secret in secrets.items():
        for order, text in (("", secret), (" turned", secret[::-1])):
            found[f"{name}{order}, begin"], found[f"{name}{order}, end"] = text[:16], text[-16:]
    return found


def spellings(secrets):
    """As bytes, hexadecimal and base64 would show them, wherever in a longer text they begin."""
    found = {}
    for name, piece in pieces(secrets).items():
        found[name] = piece
        found[f"{name} in hex"], found[f"{name} in HEX"] = piece.hex().encode(), piece.hex().upper().encode()
        for at in range(3):
            found[f"{name} in base64 {at}"] = base64.b64encode(bytes(at) + piece)[4 if at else 0:-4]
    return found


def make_material(openssl, spec):
    return openssl.private_key(spec) if spec.startswith(("RSA", "ECC")) else os.urandom(32)


def use(kms, key_id, spec):
    if spec == "SYMMETRIC_DEFAULT":
        kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"])
    elif spec.startswith("HMAC"):
        kms.generate_mac(KeyId=key_id, Message=b"x", MacAlgorithm="HMAC_SHA_256")
    else:
        for algorithm in kms.get_public_key(KeyId=key_id)["SigningAlgorithms"]:
            if algorithm != "ED25519_PH_SHA_512":
                kms.sign(KeyId=key_id, Message=b"x", SigningAlgorithm=algorithm)


# -- At rest

def everything_secret(account, openssl):
    """Does with KMS what there is to do, and gives what must not be seen of it."""
    kms, secrets = newer_kms(account), {}
    for spec in SPECS:
        material = make_material(openssl, spec)
        secrets.update(secrets_of(openssl, spec, material))
        use(kms, imported_key(kms, openssl, spec, material), spec)
    key_id, context = create_key(kms), {"purpose": "test"}
    secrets["plaintext"] = os.urandom(64)
    blob = kms.encrypt(KeyId=key_id, Plaintext=secrets["plaintext"], EncryptionContext=context)["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext=context, DestinationKeyId=key_id)
    secrets["data key"] = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")["Plaintext"]
    secrets["random"] = kms.generate_random(NumberOfBytes=64)["Plaintext"]
    for spec in ("RSA_2048", "ECC_NIST_P256"):
        pair = kms.generate_data_key_pair(KeyId=key_id, KeyPairSpec=spec)
        found = secrets_of(openssl, spec, pair["PrivateKeyPlaintext"])
        secrets.update({f"data key pair {name}": secret for name, secret in found.items()})
    agree = create_key(kms, "ECC_NIST_P256", "KEY_AGREEMENT")
    peer = openssl.public_of(openssl.private_key("ECC_NIST_P256"))
    secrets["shared"] = kms.derive_shared_secret(KeyId=agree, KeyAgreementAlgorithm="ECDH", PublicKey=peer)["SharedSecret"]
    rsa = create_key(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    secrets["RSA plaintext"] = os.urandom(64)
    kms.encrypt(KeyId=rsa, Plaintext=secrets["RSA plaintext"], EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    secrets["message"] = os.urandom(64)
    mac = create_key(kms, "HMAC_256")
    kms.generate_mac(KeyId=mac, Message=secrets["message"], MacAlgorithm="HMAC_SHA_256")
    return secrets, key_id


def everything_refused(account, key_id):
    """Calls that fail for one reason or another, with secrets in them; what the answers said is given too."""
    secrets, answers = {"refused plaintext": os.urandom(64)}, []
    clear = secrets["refused plaintext"]
    root, nobody = newer_kms(account), newer_kms(account, creds=account.user().creds)
    for call, arguments in [
            (root.encrypt, {"KeyId": "alias/nothing", "Plaintext": clear}),
            (root.encrypt, {"KeyId": key_id, "Plaintext": clear, "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}),
            (root.encrypt, {"KeyId": key_id, "Plaintext": clear * 65}),
            (root.encrypt, {"KeyId": key_id, "Plaintext": clear, "EncryptionAlgorithm": "no such"}),
            (root.encrypt, {"KeyId": key_id, "Plaintext": clear, "DryRun": True}),
            (root.encrypt, {"KeyId": key_id, "Plaintext": clear, "EncryptionContext": {"a": 5}}),
            (root.sign, {"KeyId": key_id, "Message": clear, "SigningAlgorithm": "ECDSA_SHA_256"}),
            (root.generate_mac, {"KeyId": key_id, "Message": clear, "MacAlgorithm": "HMAC_SHA_256"}),
            (nobody.encrypt, {"KeyId": key_id, "Plaintext": clear}),
            (nobody.sign, {"KeyId": key_id, "Message": clear, "SigningAlgorithm": "ECDSA_SHA_256"})]:
        with pytest.raises(ClientError) as caught:
            call(**arguments)
        answers.append(str(caught.value.response))
    with pytest.raises(ClientError) as caught:  # text where there should be base64
        root.send("Encrypt", b'{"KeyId": "%s", "Plaintext": "%s!"}' % (key_id.encode(), clear.hex().encode()))
    answers.append(str(caught.value.response))
    return secrets, "\n".join(answers).encode()


def files_under(folder):
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def shown(data, needles):
    return sorted(name for name, needle in needles.items() if needle in data)


def test_no_file_and_no_event_shows_a_secret(new_server, tmp_path, home, openssl):
    server = new_server(data=tmp_path / "data", arguments=["--log-level", "debug"])
    account = Account.create(server, home)
    secrets, key_id = everything_secret(account, openssl)
    more, answers = everything_refused(account, key_id)
    needles = spellings({**secrets, **more})
    assert shown(answers, needles) == []
    account.event("DeriveSharedSecret")
    assert shown(str(account.events()).encode(), needles) == []
    server.merlon("snapshot", "save", tmp_path / "snapshot")

    def check():
        files = files_under(server.data)
        assert any(path.stat().st_size > 100_000 for path in files), "this is not where the state is"
        for path in [*files, server.log_path, tmp_path / "snapshot"]:
            assert shown(path.read_bytes(), needles) == [], path
    check()
    kms = account.client("kms")
    for row in kms.list_keys(Limit=1000)["Keys"]:
        kms.schedule_key_deletion(KeyId=row["KeyId"], PendingWindowInDays=7)
    server.admin.advance("8d")
    assert kms.list_keys()["Keys"] == []
    check()
    server.stop()
    check()


def test_the_search_finds_what_is_there(tmp_path):
    """Else the tests of this file prove nothing."""
    secret = os.urandom(64)
    needles = spellings({"it": secret})
    for around in (b"", b"a", b"ab"):
        for form in (secret, secret.hex().encode(), base64.b64encode(around + secret), secret[::-1]):
            assert shown(b"before" + form + b"after", needles)
    with subprocess.Popen(["/usr/bin/python3", "-c", "import sys; kept = sys.stdin.buffer.read(64); print(flush=True); "
                           "sys.stdin.buffer.read()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(secret)
        process.stdin.flush()
        process.stdout.readline()
        assert {find.name for find in memory.find(process.pid, pieces({"it": secret}))} == {"it, begin", "it, end"}


# -- In memory

def test_material_of_deleted_keys_is_nowhere_in_memory(new_server, home, openssl):
    server = new_server()
    account = Account.create(server, home)
    kms, needles, keys = account.client("kms"), {}, {}
    for spec in SPECS:
        material = make_material(openssl, spec)
        needles.update(pieces(secrets_of(openssl, spec, material)))
        keys[spec] = imported_key(kms, openssl, spec, material)
    assert memory.find(server.pid, needles) == [], "importing leaves something behind"
    for spec, key_id in keys.items():
        use(kms, key_id, spec)
    cached = {find.name.split(",")[0].split(" ")[0] for find in memory.find(server.pid, needles)}
    assert cached == set(SPECS), "keys that are in use are in memory: so the search does find them"
    for key_id in keys.values():
        kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    server.admin.advance("8d")
    assert memory.find(server.pid, needles) == []


def test_material_deleted_or_expired_is_nowhere_in_memory(new_server, home, openssl):
    server = new_server()
    account = Account.create(server, home)
    kms, needles, keys = account.client("kms"), {}, {}
    for spec in SPECS:
        material = make_material(openssl, spec)
        needles.update(pieces(secrets_of(openssl, spec, material)))
        keys[spec] = external_key(kms, spec)
        begin = kms.describe_key(KeyId=keys[spec])["KeyMetadata"]["CreationDate"].timestamp()
        import_material(kms, openssl, keys[spec], material, usual_wrapping(spec), ValidTo=begin + 3600)
        use(kms, keys[spec], spec)
    assert memory.find(server.pid, needles)
    for spec in SPECS[::2]:
        kms.delete_imported_key_material(KeyId=keys[spec])
    left = {find.name.split(",")[0].split(" ")[0] for find in memory.find(server.pid, needles)}
    assert left == set(SPECS[1::2])
    server.admin.advance("2h")
    assert memory.find(server.pid, needles) == []


def test_what_was_answered_does_not_stay_in_memory(new_server, home, openssl):
    server = new_server()
    account = Account.create(server, home)
    kms = newer_kms(account)
    key_id = create_key(kms)
    secrets = {"data key": kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")["Plaintext"]}
    for spec in ("ECC_NIST_P256", "ECC_NIST_EDWARDS25519", "RSA_2048"):
        private = kms.generate_data_key_pair(KeyId=key_id, KeyPairSpec=spec)["PrivateKeyPlaintext"]
        secrets.update(secrets_of(openssl, spec, private))
    clear = secrets["plaintext"] = os.urandom(64)
    kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key_id, Plaintext=clear)["CiphertextBlob"])
    end = time.monotonic() + CLOSED_S  # connections are closed after they were answered
    while found := memory.find(server.pid, spellings(secrets)):
        assert time.monotonic() < end, found


# -- In dumps

def test_no_dump_of_the_process_holds_a_key(server, account, openssl):
    """What lies in the memory that libcrypto locks is marked as not for dumps. RSA's numbers and Ed25519's seeds lie in
    ordinary memory, where libcrypto puts them; so no anonymous memory goes into a dump at all: core(5)."""
    kms = account.client("kms")
    assert memory.dump_filter(server.pid) == 0
    needles = {}
    for spec in SPECS:
        material = make_material(openssl, spec)
        use(kms, imported_key(kms, openssl, spec, material), spec)
        needles.update(pieces(secrets_of(openssl, spec, material)))
    finds = memory.find(server.pid, needles)
    assert {find.name.split(",")[0].split(" ")[0] for find in finds} == set(SPECS)
    assert {find.region for find in finds} <= {"", "[heap]"}, "anonymous memory, all of it"
    for find in finds:
        if find.name.startswith(IN_MARKED_MEMORY):
            assert find.is_marked, find


def test_the_kernel_writes_no_core_of_it(new_server):
    """Of a process that does not ask for this it writes one, or nothing is proved where it is told to write none."""
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    _, most = resource.getrlimit(resource.RLIMIT_CORE)

    def allow():
        resource.setrlimit(resource.RLIMIT_CORE, unlimited if most == resource.RLIM_INFINITY else (most, most))

    server = new_server(preexec_fn=allow)
    os.kill(server.pid, signal.SIGABRT)
    end = os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
    assert (end.si_code, end.si_status) == (os.CLD_KILLED, signal.SIGABRT)
    server.kill()
    assert not list(server.folder.glob("core*"))
