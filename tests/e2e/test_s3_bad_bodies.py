"""Bodies that are not what was said of them, clients that leave, a full disk: no object comes of it, the one that was there
stays as it was, and nothing is left on the disk. What costs memory does not depend on how long a body is."""
import base64
import hashlib
import http.client
import os
import re
import resource
import signal
import socket
import time
import zlib

import pytest
from botocore.exceptions import ClientError

from harness import raw
from harness.account import Account, make_client
from harness.buckets import new_bucket
from harness.chunks import SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER, Chunked, sha256, sign_put
from harness.trees import KIB, MIB
from harness.server import Server

SMALL, LARGE = 100, 200 * KIB  # gathered in memory and kept in the store; streamed into a file
BOTH = pytest.mark.parametrize("size", [SMALL, LARGE])
UNSIGNED = "UNSIGNED-PAYLOAD"
GONE_S = 20


def base64_of(data):
    return base64.b64encode(data).decode()


def crc32(data):
    return base64_of(zlib.crc32(data).to_bytes(4, "big"))


def body_files(server):
    """Files of bodies, whole and begun ones."""
    return sorted(path for path in server.data.rglob("*") if path.is_file() and path.open("rb").read(8) == b"mrlnblob")


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    with Server(data=tmp_path_factory.mktemp("own") / "data") as running:
        yield running


class Place:
    """A bucket with one object, which must stay as it is whatever a test sends there."""

    def __init__(self, server, home):
        self.server, self.account = server, Account.create(server, home)
        self.bucket, self.s3 = new_bucket(self.account), self.account.client("s3")
        self.target, self.before = f"/{self.bucket}/k", os.urandom(LARGE)
        self.etag = self.s3.put_object(Bucket=self.bucket, Key="k", Body=self.before)["ETag"]
        self.files = body_files(server)

    def sign(self, payload=UNSIGNED, headers=None):
        return sign_put(self.server, self.account.root, self.target, payload, headers)

    def put(self, body, headers=None, declared=None, payload=UNSIGNED):
        """declared: Content-Length, when it is another than the body's; payload: x-amz-content-sha256."""
        return self.send(self.sign(payload, headers), body, declared)

    def send(self, headers, body, declared=None, is_left=False):
        """The answer as bytes. is_left: the client closes the connection, and hears nothing."""
        length = len(body) if declared is None else declared
        lines = [f"PUT {self.target} HTTP/1.1", "Host: %s:%d" % self.server.address, f"Content-Length: {length}",
                 *(f"{name}: {value}" for name, value in headers.items()), "Connection: close", "", ""]
        with socket.create_connection(self.server.address, timeout=60) as connection:
            answer = b""
            try:
                connection.sendall("\r\n".join(lines).encode() + body)
                if is_left:
                    return b""
                if declared is not None and declared > len(body):
                    connection.shutdown(socket.SHUT_WR)
                while came := connection.recv(65536):
                    answer += came
            except (BrokenPipeError, ConnectionResetError):  # refused before all of it was sent
                pass
        return answer

    def check(self):
        """Soon: who has left is noticed a moment later."""
        end = time.monotonic() + GONE_S
        while set(body_files(self.server)) - set(self.files):
            assert time.monotonic() < end, "something is left behind"
            time.sleep(0.02)
        rows = self.s3.list_object_versions(Bucket=self.bucket)
        assert [(row["Key"], row["ETag"]) for row in rows["Versions"]] == [("k", self.etag)]
        assert self.s3.get_object(Bucket=self.bucket, Key="k")["Body"].read() == self.before


@pytest.fixture
def place(own_server, home):
    one = Place(own_server, home)
    yield one
    one.check()


def refused(answer, *codes):
    status = int(re.match(rb"HTTP/1\.1 (\d+)", answer).group(1)) if answer else None
    code = re.search(rb"<Code>([^<]*)</Code>", answer)
    assert status and 400 <= status < 500 and code and code.group(1).decode() in codes, answer[:2000]


# -- Sums

@BOTH
def test_a_wrong_content_md5(place, size):
    refused(place.put(os.urandom(size), {"Content-MD5": base64_of(os.urandom(16))}), "BadDigest")


@BOTH
@pytest.mark.parametrize("value", ["", "x", base64_of(b"short"), base64_of(bytes(17)), "0" * 32])
def test_a_content_md5_that_is_none(place, size, value):
    refused(place.put(os.urandom(size), {"Content-MD5": value}), "InvalidDigest")


@BOTH
@pytest.mark.parametrize("name, length", [("crc32", 4), ("crc32c", 4), ("crc64nvme", 8), ("sha1", 20), ("sha256", 32)])
def test_a_wrong_checksum(place, size, name, length):
    refused(place.put(os.urandom(size), {f"x-amz-checksum-{name}": base64_of(os.urandom(length))}), "BadDigest")


@BOTH
@pytest.mark.parametrize("value", ["", "x", "AAA=", base64_of(bytes(5))])
def test_a_checksum_that_is_none(place, size, value):
    refused(place.put(os.urandom(size), {"x-amz-checksum-crc32": value}), "InvalidRequest")


@BOTH
def test_two_checksums(place, size):
    data = os.urandom(size)
    refused(place.put(data, {"x-amz-checksum-crc32": crc32(data), "x-amz-checksum-sha256": base64_of(
        hashlib.sha256(data).digest())}), "InvalidRequest")


@BOTH
def test_another_body_than_was_signed(place, size):
    data = os.urandom(size)
    refused(place.put(data, payload=sha256(data + b"x")), "XAmzContentSHA256Mismatch")


# -- Lengths

@BOTH
@pytest.mark.parametrize("missing", [1, 50])
def test_a_body_that_is_too_short(place, size, missing):
    """The server waits for the rest, and the client ends the connection."""
    answer = place.put(os.urandom(size - missing), declared=size)
    assert not answer.startswith(b"HTTP/1.1 2"), answer[:500]


@BOTH
def test_a_body_that_is_too_long(place, size):
    """What is behind the length is no part of the body, whose hash fits no more."""
    data = os.urandom(size)
    refused(place.put(data, payload=sha256(data), declared=size - 1), "XAmzContentSHA256Mismatch")


def test_without_a_length(place):
    headers = {**place.sign(), "Transfer-Encoding": "chunked"}
    lines = [f"PUT {place.target} HTTP/1.1", "Host: %s:%d" % place.server.address,
             *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    answer = raw.raw_bytes(place.server, "\r\n".join(lines).encode() + b"5\r\nhello\r\n0\r\n\r\n", finish=False,
                           timeout=3)
    assert answer.startswith(b"HTTP/1.1 501") and b"<Code>NotImplemented</Code>" in answer
    assert b"<Header>Transfer-Encoding</Header>" in answer


# -- Chunks

def upload(place, pieces, spoil=None, **more):
    """An aws-chunked upload, spoilt in this way, and the answer."""
    chunked = Chunked(place.server, place.account.root, place.target, pieces, **more)
    if spoil:
        spoil(chunked)
    return place.send(chunked.headers, chunked.body)


def three(size=64 * KIB):
    return [os.urandom(size), os.urandom(size), os.urandom(size // 2)]


def flip(chunked, number, at):
    chunk = bytearray(chunked.chunks[number])
    chunk[at] ^= 1
    chunked.chunks[number] = bytes(chunk)


def flip_signature(number):
    def spoil(chunked):
        at = chunked.chunks[number].index(b"chunk-signature=") + 20
        chunk = bytearray(chunked.chunks[number])
        chunk[at:at + 1] = b"0" if chunk[at:at + 1] != b"0" else b"1"
        chunked.chunks[number] = bytes(chunk)
    return spoil


@pytest.mark.parametrize("payload, trailer", [(SIGNED, False), (SIGNED_TRAILER, True), (UNSIGNED_TRAILER, True)])
def test_chunks_that_are_right(own_server, home, payload, trailer):
    """Else what follows proves nothing."""
    place, pieces = Place(own_server, home), three()
    more = {"trailer": ("x-amz-checksum-crc32", crc32(b"".join(pieces)))} if trailer else {}
    answer = upload(place, pieces, payload=payload, **more)
    assert answer.startswith(b"HTTP/1.1 200"), answer
    assert place.s3.get_object(Bucket=place.bucket, Key="k")["Body"].read() == b"".join(pieces)


@pytest.mark.parametrize("number", range(4))
def test_a_wrong_chunk_signature(place, number):
    refused(upload(place, three(), flip_signature(number)), "SignatureDoesNotMatch")


@pytest.mark.parametrize("number", range(3))
def test_a_changed_byte_in_a_chunk(place, number):
    refused(upload(place, three(), lambda chunked: flip(chunked, number, -100)), "SignatureDoesNotMatch")


def swap(chunked):
    chunked.chunks[0], chunked.chunks[1] = chunked.chunks[1], chunked.chunks[0]


def drop(number):
    def spoil(chunked):
        del chunked.chunks[number]
    return spoil


@pytest.mark.parametrize("spoil", [swap, drop(0), drop(1), lambda chunked: chunked.chunks.insert(1, chunked.chunks[0])])
def test_chunks_in_another_order_left_out_or_doubled(place, spoil):
    refused(upload(place, three(), spoil), "SignatureDoesNotMatch", "IncompleteBody")


def test_without_the_last_chunk(place):
    refused(upload(place, three(), drop(3)), "IncompleteBody")


@pytest.mark.parametrize("more", [-1, 1, 1000])
def test_another_decoded_length(place, more):
    pieces = three()
    refused(upload(place, pieces, declared=sum(map(len, pieces)) + more), "IncompleteBody")


def test_something_behind_the_last_chunk(place):
    def spoil(chunked):
        chunked.end += b"more"
    refused(upload(place, three(), spoil), "IncompleteBody")


@pytest.mark.parametrize("payload", [SIGNED_TRAILER, UNSIGNED_TRAILER])
@pytest.mark.parametrize("name, length", [("crc32", 4), ("crc32c", 4), ("crc64nvme", 8), ("sha1", 20), ("sha256", 32)])
def test_a_wrong_checksum_behind_the_body(place, payload, name, length):
    trailer = (f"x-amz-checksum-{name}", base64_of(os.urandom(length)))
    refused(upload(place, three(), payload=payload, trailer=trailer), "BadDigest")


def test_a_wrong_signature_of_the_trailer(place):
    pieces = three()

    def spoil(chunked):
        chunked.end = re.sub(rb"(signature:)([0-9a-f]{64})", lambda match: match[1] + match[2][::-1], chunked.end)
    refused(upload(place, pieces, spoil, payload=SIGNED_TRAILER, trailer=("x-amz-checksum-crc32", crc32(b"".join(pieces)))),
            "SignatureDoesNotMatch")


@pytest.mark.parametrize("payload", [SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_a_trailer_that_does_not_come(place, payload):
    pieces = three()

    def spoil(chunked):
        chunked.end = b"\r\n"
    refused(upload(place, pieces, spoil, payload=payload, trailer=("x-amz-checksum-crc32", crc32(b"".join(pieces)))),
            "MalformedTrailerError", "IncompleteBody")


def test_a_small_body_in_chunks_is_proven_too(place):
    refused(upload(place, [b"hello"], flip_signature(0)), "SignatureDoesNotMatch")
    refused(upload(place, [b"hello"], payload=UNSIGNED_TRAILER, trailer=("x-amz-checksum-crc32", crc32(b"hellO"))),
            "BadDigest")


# -- Clients that leave

@pytest.mark.parametrize("part", [0, 1, 16 * KIB + 1, 3 * MIB])
def test_a_client_that_leaves(place, part):
    place.send(place.sign(), os.urandom(part), declared=4 * MIB, is_left=True)


def test_a_client_that_leaves_amid_chunks(place):
    pieces = [os.urandom(MIB) for _ in range(4)]
    chunked = Chunked(place.server, place.account.root, place.target, pieces)
    place.send(chunked.headers, chunked.body[:2 * MIB + 100], declared=len(chunked.body), is_left=True)


def test_a_client_that_does_not_read_the_answer(place):
    headers, _ = raw.sign(place.server.endpoint + place.target, place.account.root, "s3", method="GET", body=b"")
    for _ in range(5):
        with socket.create_connection(place.server.address, timeout=60) as connection:
            lines = [f"GET {place.target} HTTP/1.1", "Host: %s:%d" % place.server.address,
                     *(f"{name}: {value}" for name, value in headers.items()), "", ""]
            connection.sendall("\r\n".join(lines).encode())
            connection.recv(100)


# -- Presigned uploads, whose payload nobody signed

def presigned_put(place, **more):
    url = make_client(place.server, "s3", place.account.root, signature_version="s3v4").generate_presigned_url(
        "put_object", {"Bucket": place.bucket, "Key": "k", **more})
    return url.removeprefix(place.server.endpoint)


@BOTH
def test_a_presigned_upload_takes_any_body(own_server, home, size):
    place, data = Place(own_server, home), os.urandom(size)
    assert raw.send(place.server, "PUT", presigned_put(place), body=data).status == 200
    assert place.s3.get_object(Bucket=place.bucket, Key="k")["Body"].read() == data


@BOTH
def test_a_presigned_upload_that_says_its_sum_is_held_to_it(place, size):
    data = os.urandom(size)
    for name, value, code in (("Content-MD5", base64_of(os.urandom(16)), "BadDigest"),
                              ("x-amz-checksum-crc32", crc32(data + b"x"), "BadDigest")):
        answer = raw.send(place.server, "PUT", presigned_put(place), {name: value}, data)
        assert (answer.status, answer.code) in ((400, code), (403, "AccessDenied")), answer


def test_a_presigned_upload_ends_early(place):
    target = place.target
    place.target = presigned_put(place)
    assert not place.send({}, os.urandom(LARGE - 1), declared=LARGE).startswith(b"HTTP/1.1 2")
    place.target = target


# -- A full disk

def limit_file_size():
    """No file may grow beyond this: what a full disk looks like, for one process."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 * MIB, 8 * MIB))


def test_a_disk_that_is_full_amid_an_upload(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data", preexec_fn=limit_file_size)
    place = Place(server, home)
    for size in (9 * MIB, 20 * MIB):
        with pytest.raises(ClientError) as caught:
            place.s3.put_object(Bucket=place.bucket, Key="k", Body=os.urandom(size))
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
        assert caught.value.response["Error"]["Code"] in ("InternalError", "ServiceUnavailable", "SlowDown")
        place.check()
    data = os.urandom(MIB)
    place.s3.put_object(Bucket=place.bucket, Key="small", Body=data)
    assert place.s3.get_object(Bucket=place.bucket, Key="small")["Body"].read() == data
    server.kill()
    server.preexec_fn = None
    server.start()
    account = Account(server, place.account.id, place.account.root, home)
    data = os.urandom(20 * MIB)
    account.client("s3").put_object(Bucket=place.bucket, Key="k", Body=data)
    assert account.client("s3").get_object(Bucket=place.bucket, Key="k")["Body"].read() == data


# -- Memory

def peak_kib(server):
    status = open(f"/proc/{server.pid}/status").read()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status).group(1))


@pytest.mark.ordinary
def test_memory_does_not_grow_with_a_body(new_server, tmp_path, home):
    """A GiB comes and goes."""
    server = new_server(data=tmp_path / "data")
    place = Place(server, home)
    place.check()
    before, piece, count = peak_kib(server), os.urandom(4 * MIB), 256
    headers = {**place.sign(), "Content-Length": str(count * len(piece))}
    connection = http.client.HTTPConnection(*server.address, timeout=300)
    connection.request("PUT", place.target, body=(piece for _ in range(count)), headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    answer.read()
    expected, md5 = hashlib.md5(), hashlib.md5()
    for _ in range(count):
        expected.update(piece)
    body = place.s3.get_object(Bucket=place.bucket, Key="k")["Body"]
    while came := body.read(MIB):
        md5.update(came)
    assert answer.headers["ETag"] == f'"{expected.hexdigest()}"' and md5.digest() == expected.digest()
    assert peak_kib(server) - before < 32 * KIB
