"""Uploads in parts over time: disk space that comes back, servers that die, buckets that go, locks that begin."""
import hashlib
import http.client
import time
from datetime import datetime, timedelta, timezone

import pytest

from harness.account import Account
from harness.multipart import PART_MIN, begin, complete, etag_of, part_numbers, put_in_parts, send, uploads_of
from harness.objects import body_of, make_bucket, md5_of, read, s3_request
from harness.raw import sign
from harness.refusals import refused


def files(server):
    """The blobs on its disk."""
    return {path.name for path in (server.data / "blobs").rglob("*") if path.is_file()}


@pytest.fixture
def alone(new_server, home):
    """An account of a server of its own: nobody else's files lie there."""
    return Account.create(new_server(), home)


@pytest.fixture
def s3(alone):
    return alone.client("s3")


@pytest.fixture
def bucket(alone):
    return make_bucket(alone)


def settle(account):
    account.server.admin.advance("1m")


# -- Space

def test_what_is_given_up_is_gone_from_the_disk(alone, s3, bucket):
    before = files(alone.server)
    upload = begin(s3, bucket, "k")
    for number in (1, 2, 3):
        send(s3, bucket, "k", upload, number, body_of(100000, number))
    send(s3, bucket, "k", upload, 4, b"small")
    assert len(files(alone.server) - before) == 3
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    settle(alone)
    assert files(alone.server) == before
    assert uploads_of(s3, bucket) == []
    with refused("NoSuchUpload", status=404):
        s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)


def test_what_is_replaced_refused_or_left_out_is_gone_from_the_disk(alone, s3, bucket):
    before = files(alone.server)
    upload = begin(s3, bucket, "k")
    send(s3, bucket, "k", upload, 1, body_of(PART_MIN, 1))
    kept = send(s3, bucket, "k", upload, 1, body_of(PART_MIN, 2))
    send(s3, bucket, "k", upload, 2, body_of(100000))
    with refused("BadDigest", status=400):
        send(s3, bucket, "k", upload, 3, body_of(100000), ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    with refused("NoSuchUpload", status=404):
        send(s3, bucket, "k", upload + "x", 4, body_of(100000))
    complete(s3, bucket, "k", upload, [kept])
    settle(alone)
    assert len(files(alone.server) - before) == 1
    assert read(s3, bucket, "k") == body_of(PART_MIN, 2)
    s3.delete_object(Bucket=bucket, Key="k")
    settle(alone)
    assert files(alone.server) == before


def test_a_bucket_goes_with_its_uploads(alone, s3, bucket):
    before = files(alone.server)
    for key in ("a", "b", "b", "k" * 700):
        upload = begin(s3, bucket, key)
        for number in (1, 2):
            send(s3, bucket, key, upload, number, body_of(70000, number))
    s3.delete_bucket(Bucket=bucket)
    with refused("NoSuchBucket", status=404):
        s3.list_multipart_uploads(Bucket=bucket)
    settle(alone)
    assert files(alone.server) == before
    s3.create_bucket(Bucket=bucket)
    assert uploads_of(s3, bucket) == []


def test_given_up_only_if_begun_then(alone, s3, bucket):
    upload = begin(s3, bucket, "k")
    initiated = s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["Initiated"]

    def abort(when):
        return s3_request(alone, "DELETE", f"/{bucket}/k?uploadId={upload}",
                          {"x-amz-if-match-initiated-time": when.strftime("%a, %d %b %Y %H:%M:%S GMT")})

    initiated = initiated.astimezone(timezone.utc)
    assert abort(initiated - timedelta(hours=1)).status == 412
    assert uploads_of(s3, bucket) == [("k", upload)]
    assert abort(initiated).status == 204
    assert uploads_of(s3, bucket) == []


# -- Parts that are still on their way

class HalfSent:
    """A part whose second half is still to be sent."""

    def __init__(self, account, target, body):
        headers = {"x-amz-content-sha256": hashlib.sha256(body).hexdigest(), "Content-Length": str(len(body))}
        headers, _ = sign(account.server.endpoint + target, account.root, "s3", method="PUT", headers=headers, body=body)
        self.connection = http.client.HTTPConnection(*account.server.address, timeout=60)
        self.rest = body[len(body) // 2:]
        self.connection.putrequest("PUT", target, skip_accept_encoding=True)
        for name, value in headers.items():
            self.connection.putheader(name, value)
        self.connection.endheaders(body[:len(body) // 2])

    def finish(self):
        self.connection.send(self.rest)
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()


def wait_for_file(account, before):
    end = time.monotonic() + 60
    while files(account.server) == before:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("how", ["aborted", "completed", "bucket"])
def test_an_upload_that_ends_amid_a_part(alone, s3, bucket, how):
    upload = begin(s3, bucket, "k")
    part = send(s3, bucket, "k", upload, 1, b"first")
    before = files(alone.server)
    coming = HalfSent(alone, f"/{bucket}/k?partNumber=2&uploadId={upload}", body_of(PART_MIN))
    wait_for_file(alone, before)
    if how == "completed":
        complete(s3, bucket, "k", upload, [part])
    elif how == "aborted":
        s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    else:
        s3.delete_bucket(Bucket=bucket)
    status, text = coming.finish()
    assert (status, f"<Code>{'NoSuchBucket' if how == 'bucket' else 'NoSuchUpload'}</Code>" in text) == (404, True), text
    settle(alone)
    assert files(alone.server) == before
    if how == "completed":
        assert read(s3, bucket, "k") == b"first"


def test_a_part_that_is_broken_off(alone, s3, bucket):
    upload = begin(s3, bucket, "k")
    before = files(alone.server)
    coming = HalfSent(alone, f"/{bucket}/k?partNumber=2&uploadId={upload}", body_of(PART_MIN))
    wait_for_file(alone, before)
    coming.connection.close()
    end = time.monotonic() + 60
    while files(alone.server) != before:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert part_numbers(s3, bucket, "k", upload) == []


# -- Death

def test_killed_in_the_middle_it_goes_on(disk_server, home):
    account = Account.create(disk_server, home)
    bodies = [body_of(PART_MIN, 1), body_of(PART_MIN + 9, 2), b"the end"]
    s3, bucket = account.client("s3"), make_bucket(account)
    upload = begin(s3, bucket, "k", Metadata={"a": "b"})
    parts = [send(s3, bucket, "k", upload, 1, bodies[0])]
    disk_server.kill()
    disk_server.start()
    s3 = account.client("s3")
    assert part_numbers(s3, bucket, "k", upload) == [1]
    parts += [send(s3, bucket, "k", upload, number, bodies[number - 1]) for number in (2, 3)]
    disk_server.kill()
    disk_server.start()
    s3 = account.client("s3")
    assert complete(s3, bucket, "k", upload, parts)["ETag"] == etag_of(bodies)
    disk_server.kill()
    disk_server.start()
    s3 = account.client("s3")
    assert read(s3, bucket, "k") == b"".join(bodies)
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"a": "b"}
    assert complete(s3, bucket, "k", upload, parts)["ETag"] == etag_of(bodies)


def test_no_part_lies_in_the_clear(disk_server, home):
    account = Account.create(disk_server, home)
    s3, bucket = account.client("s3"), make_bucket(account)
    upload = begin(s3, bucket, "k")
    for number, size in ((1, 300), (2, 200000)):
        send(s3, bucket, "k", upload, number, (b"plain-%d-" % number) * (size // 8))
    for path in disk_server.data.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"plain-1-" not in data and b"plain-2-" not in data, path


# -- Locks

def test_the_default_lock_counts_from_the_completion(alone, s3):
    bucket = make_bucket(alone, ObjectLockEnabledForBucket=True)
    rule = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 10}}}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=rule)
    upload = begin(s3, bucket, "k")
    part = send(s3, bucket, "k", upload, 1, b"body")
    alone.server.admin.advance("3d")
    complete(s3, bucket, "k", upload, [part])
    head = s3.head_object(Bucket=bucket, Key="k")
    assert head["ObjectLockMode"] == "GOVERNANCE"
    assert head["ObjectLockRetainUntilDate"] - head["LastModified"] >= timedelta(days=10) - timedelta(seconds=2)
    with refused("AccessDenied", status=403):
        s3.delete_object(Bucket=bucket, Key="k", VersionId=head["VersionId"])


def test_the_lock_that_was_asked_for(alone, s3, bucket):
    until = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=2)
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until, "ObjectLockLegalHoldStatus": "ON"}
    with refused("InvalidRequest", status=400):
        begin(s3, bucket, "k", **lock)
    locking = make_bucket(alone, ObjectLockEnabledForBucket=True)
    put_in_parts(s3, locking, "k", [b"body"], **lock)
    head = s3.head_object(Bucket=locking, Key="k")
    assert (head["ObjectLockMode"], head["ObjectLockRetainUntilDate"], head["ObjectLockLegalHoldStatus"]) == (
        "COMPLIANCE", until, "ON")
    assert md5_of(read(s3, locking, "k")) == md5_of(b"body")
