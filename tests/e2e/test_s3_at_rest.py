"""What lies on the disk: of bodies nothing is to be read there, and what was changed there is found, never given."""
import base64
import hmac
import http.client
import os
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from harness import raw
from harness.account import Account
from harness.buckets import new_bucket
from harness.key_policies import new_key
from harness.trees import KIB, MIB
from harness.server import Server
from harness.tls import tls_client

FRAME, TAG, HEADER = 64 * KIB, 16, 32  # of a blob's file: src/store/blob_format.h
NEEDLE = 16


def files_under(folder):
    return [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]


def blob_files(server):
    """Files of bodies: they begin so."""
    return [path for path in files_under(server.data) if path.open("rb").read(8) == b"mrlnblob"]


# -- Nothing is to be read

def pieces_of(bodies):
    """{name: bytes}: from the beginning, the middle and the end of each."""
    return {f"{name} at {at}": data[at:at + NEEDLE] for name, data in bodies.items()
            for at in (0, len(data) // 2, len(data) - NEEDLE)}


def shown(data, needles):
    return sorted(name for name, needle in needles.items() if needle in data)


def data_keys_in(data, blob, clear):
    """32 bytes of data that the blob's file, of this clear text, is sealed under. Every place of data is tried."""
    header, first = blob[:HEADER], blob[HEADER:HEADER + NEEDLE]
    is_last = len(blob) - HEADER - TAG <= FRAME
    counter = bytes(11) + bytes([is_last]) + b"\0\0\0\2"
    stream = bytes(one ^ other for one, other in zip(first, clear[:NEEDLE]))
    found = []
    for at in range(len(data) - 31):
        key = data[at:at + 32]
        if key.count(0) > 4:  # no random key has so many: most of a store is empty
            continue
        frames_key = hmac.digest(key, header, "sha256")
        if Cipher(algorithms.AES(frames_key), modes.ECB()).encryptor().update(counter) == stream:
            found.append(at)
    return found


@pytest.fixture
def tls_disk_server(new_server, tmp_path, certificate):
    return new_server(data=tmp_path / "data", arguments=["--log-level", "debug", "--tls-listen", "127.0.0.1:0",
                                                         "--tls-certificate", certificate[0], "--tls-key", certificate[1]])


def upload_in_parts(s3, bucket, key, headers):
    """The body: a part that lies in a file, and a small one."""
    data = os.urandom(5 * MIB + 100)
    customers = headers if "SSECustomerKey" in headers else {}
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **headers)["UploadId"]
    parts = []
    for number, part in enumerate((data[:5 * MIB], data[5 * MIB:]), 1):
        etag = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=part, **customers)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=bucket, Key=key, **customers)["Body"].read() == data
    return data


def test_no_body_and_no_key_is_to_be_found(tls_disk_server, home, tmp_path, certificate):
    """Small bodies lie in the store, others in files: neither shows anything, nor does the log, nor a snapshot."""
    server = tls_disk_server
    account = Account.create(server, home)
    bucket, s3, customers = new_bucket(account), tls_client(account, certificate), os.urandom(32)
    kinds = {"s3": {}, "kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": new_key(account)},
             "dsse": {"ServerSideEncryption": "aws:kms:dsse"},
             "customer": {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": customers}}
    bodies = {}
    for kind, headers in kinds.items():
        for size in (NEEDLE, 16 * KIB, 16 * KIB + 1, MIB):
            name = f"{kind} {size}"
            bodies[name] = os.urandom(size)
            s3.put_object(Bucket=bucket, Key=name, Body=bodies[name], **headers)
            got = s3.get_object(Bucket=bucket, Key=name, **(headers if kind == "customer" else {}))
            assert got["Body"].read() == bodies[name]
        bodies[f"{kind} in parts"] = upload_in_parts(s3, bucket, f"{kind} in parts", headers)
    for name in ("s3 16384", "s3 16385"):  # under other keys, and so sealed anew
        s3.copy_object(Bucket=bucket, Key=f"copy of {name}", CopySource={"Bucket": bucket, "Key": name},
                       MetadataDirective="REPLACE", ServerSideEncryption="aws:kms")
        assert s3.get_object(Bucket=bucket, Key=f"copy of {name}")["Body"].read() == bodies[name]
    needles = pieces_of(bodies)
    needles.update({"customer's key": customers, "customer's key in base64": base64.b64encode(customers),
                    "customer's key in hex": customers.hex().encode()})
    server.merlon("snapshot", "save", tmp_path / "snapshot")
    assert len(blob_files(server)) == 3 * len(kinds) + 1

    def check():
        for path in [*files_under(server.kept_data), server.log_path, tmp_path / "snapshot"]:
            assert shown(path.read_bytes(), needles) == [], path
    check()
    server.stop()
    check()


def test_a_body_that_was_refused_leaves_nothing(tls_disk_server, home):
    account = Account.create(tls_disk_server, home)
    bucket, bodies = new_bucket(account), {}
    for size in (16 * KIB, 200 * KIB):
        bodies[str(size)] = os.urandom(size)
        answer = raw.signed(account.server, account.root, "s3", bodies[str(size)], method="PUT", target=f"/{bucket}/k",
                            headers={"Content-MD5": base64.b64encode(bytes(16)).decode()})
        assert (answer.status, answer.code) == (400, "BadDigest")
    assert blob_files(account.server) == []
    for path in [*files_under(account.server.data), account.server.log_path]:
        assert shown(path.read_bytes(), pieces_of(bodies)) == [], path


def test_no_data_key_lies_in_the_clear(disk_server, home):
    """Every 32 bytes of the store, of the log and of all other files are tried on a body's file."""
    account = Account.create(disk_server, home)
    bucket, data, s3 = new_bucket(account), os.urandom(20 * KIB), account.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    s3.get_object(Bucket=bucket, Key="k")["Body"].read()
    disk_server.stop()
    blobs = [path for path in files_under(disk_server.kept_data) if path.open("rb").read(8) == b"mrlnblob"]
    assert len(blobs) == 1
    for path in [*files_under(disk_server.kept_data), disk_server.log_path]:
        assert data_keys_in(path.read_bytes(), blobs[0].read_bytes(), data) == [], path


def test_the_search_for_a_data_key_finds_one():
    """Else that proves nothing."""
    key, header, clear = os.urandom(32), b"mrlnblob" + os.urandom(24), os.urandom(100)
    counter = bytes(11) + b"\1\0\0\0\2"
    stream = Cipher(algorithms.AES(hmac.digest(key, header, "sha256")), modes.ECB()).encryptor().update(counter)
    blob = header + bytes(one ^ other for one, other in zip(stream, clear)) + bytes(84 + TAG)
    assert data_keys_in(os.urandom(1000) + key + bytes(5000), blob, clear) == [1000]


# -- What was changed is found

class Reader:
    """GETs of one object over one connection, by a request that was signed once."""

    def __init__(self, account, bucket, key):
        self.server, self.target = account.server, f"/{bucket}/{key}"
        self.headers, _ = raw.sign(self.server.endpoint + self.target, account.root, "s3", method="GET")
        self.connection = None

    def get(self):
        """(status, bytes, whether all came that was promised)"""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(*self.server.address, timeout=30)
        try:
            self.connection.request("GET", self.target, headers=self.headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read(), True
        except http.client.IncompleteRead as error:
            self.connection = self.connection.close()
            return answer.status, error.partial, False
        except (ConnectionError, http.client.HTTPException):
            self.connection = self.connection.close()
            return None, b"", False


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    with Server(data=tmp_path_factory.mktemp("own") / "data") as running:
        yield running


@pytest.fixture
def stored(own_server, home):
    """stored(size): (bytes, the file that they lie in, their reader)"""
    account = Account.create(own_server, home)
    bucket = new_bucket(account)

    def store(size, key="k"):
        data, before = os.urandom(size), set(blob_files(own_server))
        account.client("s3").put_object(Bucket=bucket, Key=key, Body=data)
        path, = set(blob_files(own_server)) - before
        return data, path, Reader(account, bucket, key)

    return store


def assert_found(reader, data, what):
    """The damage is an error, or the answer ends before it; what came is right."""
    status, came, is_whole = reader.get()
    if status == 200:
        assert not is_whole and data.startswith(came) and len(came) < len(data), what
    else:
        assert status in (None, 500, 503) and b"InternalError" in came, what


@pytest.mark.ordinary
def test_every_flipped_bit_of_a_file_is_found(stored):
    """One bit in each byte of the file."""
    data, path, reader = stored(20 * KIB)
    sealed = path.read_bytes()
    assert len(sealed) == HEADER + len(data) + TAG
    with open(path, "r+b", buffering=0) as file:
        for at, byte in enumerate(sealed):
            os.pwrite(file.fileno(), bytes([byte ^ 1 << at % 8]), at)
            assert_found(reader, data, at)
            os.pwrite(file.fileno(), bytes([byte]), at)
    assert reader.get() == (200, data, True)


def test_flipped_bits_of_a_longer_file(stored):
    """At the edges of its frames, and anywhere."""
    data, path, reader = stored(5 * FRAME + 1000)
    sealed = path.read_bytes()
    edges = [HEADER + number * (FRAME + TAG) + more for number in range(6) for more in (-17, -16, -1, 0, 1)]
    places = [at for at in edges if at < len(sealed)] + random.sample(range(len(sealed)), 300) + [len(sealed) - 1]
    with open(path, "r+b", buffering=0) as file:
        for at in places:
            os.pwrite(file.fileno(), bytes([sealed[at] ^ 0x80]), at)
            assert_found(reader, data, at)
            os.pwrite(file.fileno(), sealed[at:at + 1], at)
    assert reader.get() == (200, data, True)


@pytest.mark.parametrize("size", [20 * KIB, 2 * FRAME, 2 * FRAME + 1000])
def test_files_cut_short(stored, size):
    data, path, reader = stored(size)
    sealed = path.read_bytes()
    whole = [HEADER + number * (FRAME + TAG) for number in range(size // FRAME + 1)]
    lengths = {0, 1, HEADER - 1, HEADER + 1, HEADER + TAG, len(sealed) - 1, len(sealed) - TAG, len(sealed) - TAG - 1,
               len(sealed) // 2, *whole, *(one + TAG for one in whole), *(one - 1 for one in whole)}
    for length in (one for one in lengths if one < len(sealed)):
        path.write_bytes(sealed[:length])
        assert_found(reader, data, length)
    path.write_bytes(sealed)
    assert reader.get() == (200, data, True)


@pytest.mark.parametrize("size", [20 * KIB, 2 * FRAME])
def test_files_made_longer(stored, size):
    data, path, reader = stored(size)
    sealed = path.read_bytes()
    for more in (b"\0", b"x" * TAG, os.urandom(1000), sealed[HEADER:], sealed[-TAG:], os.urandom(FRAME + TAG)):
        path.write_bytes(sealed + more)
        assert_found(reader, data, len(more))
    path.write_bytes(sealed)
    assert reader.get() == (200, data, True)


def test_frames_in_another_order_doubled_or_left_out(stored):
    data, path, reader = stored(4 * FRAME)
    sealed = path.read_bytes()
    head, size = sealed[:HEADER], FRAME + TAG
    one, two, three, four = (sealed[HEADER + number * size:HEADER + (number + 1) * size] for number in range(4))
    for frames in ((two, one, three, four), (one, one, three, four), (one, two, four), (one, two, three),
                   (one, two, three, four, four), (four, two, three, one), (two, three, four), (one, two, three, three)):
        path.write_bytes(head + b"".join(frames))
        assert_found(reader, data, [frames.index(frame) for frame in frames])


def test_the_file_of_another_object(stored):
    data, path, reader = stored(20 * KIB, "k")
    other, other_path, other_reader = stored(20 * KIB, "other")
    sealed, other_sealed = path.read_bytes(), other_path.read_bytes()
    path.write_bytes(other_sealed)
    other_path.write_bytes(sealed)
    assert_found(reader, data, "swapped")
    assert_found(other_reader, other, "swapped")
    path.write_bytes(other_sealed[:HEADER] + sealed[HEADER:])
    assert_found(reader, data, "under its header")


def test_a_file_that_is_gone(stored):
    data, path, reader = stored(20 * KIB)
    path.unlink()
    assert_found(reader, data, "gone")


def test_what_is_damaged_far_behind_is_no_error_of_a_range_before_it(stored):
    data, path, reader = stored(4 * FRAME)
    with open(path, "r+b") as file:
        os.pwrite(file.fileno(), b"\0" * 8, HEADER + 2 * (FRAME + TAG) + 5)
    reader.headers["Range"] = f"bytes=10-{FRAME - 1}"
    assert reader.get() == (206, data[10:FRAME], True)
    reader.headers["Range"] = f"bytes={2 * FRAME}-{2 * FRAME + 9}"
    status, came, is_whole = reader.get()
    assert (status == 500 and b"InternalError" in came) or (came == b"" and not is_whole)
