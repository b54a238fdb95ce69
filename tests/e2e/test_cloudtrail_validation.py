"""Digests: hourly, chained and signed, so that the AWS CLI's own command finds every file as it was delivered, or tells
which is not.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html"""
import base64
import datetime
import gzip
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.front import Front, make_s3_certificate
from harness.refusals import refusal
from harness.server import Server
from harness.trails import (digest_keys, log_keys, new_trail, new_trail_bucket, read_json, records, validate)

HOUR = datetime.timedelta(hours=1)
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_s3_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def server(certificate):
    with Server(arguments=["--tls-listen", "127.0.0.1:0", "--tls-certificate", certificate[0], "--tls-key",
                           certificate[1]]) as running:
        yield running


@pytest.fixture(scope="module")
def front(server, certificate):
    with Front(server, certificate) as running:
        yield running


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def later(server):
    return server.admin.advance


def now(account):
    """By the server's clock."""
    return account.iam.create_group(GroupName=f"clock-{len(account.iam.list_groups()['Groups'])}")["Group"]["CreateDate"]


def as_time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


# -- Public keys (first: others' trails would have digests of a month)

def test_keys_by_time_and_region(account, s3, later):
    bucket = new_trail_bucket(account)
    new_trail(account, bucket, EnableLogFileValidation=True, region="eu-north-1")
    trails = account.client("cloudtrail", region="eu-north-1")
    assert trails.list_public_keys()["PublicKeyList"] == []
    later("61m")
    (first,) = trails.list_public_keys()["PublicKeyList"]
    assert first["ValidityEndTime"] - first["ValidityStartTime"] == datetime.timedelta(days=30)
    trails.stop_logging(Name="trail")
    later("30d")
    trails.start_logging(Name="trail")
    later("61m")
    begin, end = first["ValidityStartTime"], first["ValidityEndTime"]
    everything = trails.list_public_keys(StartTime=begin, EndTime=end + 4 * HOUR)["PublicKeyList"]
    assert len(everything) == 2 and everything[0] == first
    assert trails.list_public_keys(StartTime=begin, EndTime=begin + HOUR)["PublicKeyList"] == [first]
    assert trails.list_public_keys(StartTime=begin - 2 * HOUR, EndTime=begin - HOUR)["PublicKeyList"] == []
    assert trails.list_public_keys()["PublicKeyList"] == everything[1:] and len(everything) == 2
    refusal("InvalidTimeRangeException", trails.list_public_keys, StartTime=end, EndTime=begin)
    assert account.client("cloudtrail", region="eu-south-1").list_public_keys(
        StartTime=begin, EndTime=end)["PublicKeyList"] == []


# -- What a digest says

def test_a_chain_of_digests(account, s3, later):
    bucket = new_trail_bucket(account)
    arn = new_trail(account, bucket, EnableLogFileValidation=True)
    account.iam.create_user(UserName="bob")
    later("3h1m")
    keys = digest_keys(s3, bucket, account)
    digests = [read_json(s3, bucket, key) for key in keys]
    assert len(keys) == 3
    (log,) = log_keys(s3, bucket)
    body = gzip.decompress(s3.get_object(Bucket=bucket, Key=log)["Body"].read())
    first, second, third = digests
    assert list(first) == ["awsAccountId", "digestStartTime", "digestEndTime", "digestS3Bucket", "digestS3Object",
                           "digestPublicKeyFingerprint", "digestSignatureAlgorithm", "newestEventTime", "oldestEventTime",
                           "previousDigestS3Bucket", "previousDigestS3Object", "previousDigestHashValue",
                           "previousDigestHashAlgorithm", "previousDigestSignature", "logFiles"]
    times = sorted(row["eventTime"] for row in json.loads(body)["Records"])
    assert first["logFiles"] == [{
        "s3Bucket": bucket, "s3Object": log, "hashValue": hashlib.sha256(body).hexdigest(), "hashAlgorithm": "SHA-256",
        "newestEventTime": times[-1], "oldestEventTime": times[0]}]
    assert [first[f"previousDigest{what}"] for what in
            ("S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature")] == [None] * 5
    assert second["logFiles"] == [] and second["newestEventTime"] is None and second["oldestEventTime"] is None
    keys_of_hour = account.client("cloudtrail").list_public_keys(StartTime=as_time(first["digestEndTime"]),
                                                                 EndTime=as_time(third["digestEndTime"]))["PublicKeyList"]
    for before, key, digest, head in zip([None, *digests], keys, digests, [
            s3.head_object(Bucket=bucket, Key=one)["Metadata"] for one in keys]):
        assert (digest["digestS3Bucket"], digest["digestS3Object"], digest["awsAccountId"]) == (bucket, key, account.id)
        assert as_time(digest["digestEndTime"]) - as_time(digest["digestStartTime"]) == HOUR
        assert head["signature-algorithm"] == digest["digestSignatureAlgorithm"] == "SHA256withRSA"
        assert digest["digestPublicKeyFingerprint"] in [one["Fingerprint"] for one in keys_of_hour]
        if before:
            text = gzip.decompress(s3.get_object(Bucket=bucket, Key=before["digestS3Object"])["Body"].read())
            assert digest["digestStartTime"] == before["digestEndTime"]
            assert digest["previousDigestS3Object"] == before["digestS3Object"]
            assert digest["previousDigestHashValue"] == hashlib.sha256(text).hexdigest()
            assert digest["previousDigestSignature"] == s3.head_object(
                Bucket=bucket, Key=before["digestS3Object"])["Metadata"]["signature"]
    status = account.client("cloudtrail").get_trail_status(Name=arn)
    assert status["LatestDigestDeliveryTime"] and "LatestDigestDeliveryError" not in status


def test_the_signature_by_openssl(account, s3, later, openssl):
    """As the guide describes it for who does without the CLI."""
    bucket = new_trail_bucket(account)
    new_trail(account, bucket, region="eu-central-1", EnableLogFileValidation=True)  # whose first digest this is
    later("61m")
    (key,) = digest_keys(s3, bucket, account)
    answer = s3.get_object(Bucket=bucket, Key=key)
    body = gzip.decompress(answer["Body"].read())
    digest = json.loads(body)
    text = f"{digest['digestEndTime']}\n{bucket}/{key}\n{hashlib.sha256(body).hexdigest()}\nnull"
    public = {one["Fingerprint"]: one for one in account.client("cloudtrail", region="eu-central-1").list_public_keys(
        StartTime=as_time(digest["digestEndTime"]), EndTime=as_time(digest["digestEndTime"]))["PublicKeyList"]}[
            digest["digestPublicKeyFingerprint"]]
    assert hashlib.md5(public["Value"]).hexdigest() == public["Fingerprint"]
    pem = base64.encodebytes(public["Value"]).decode()
    openssl.folder.mkdir(parents=True, exist_ok=True)
    (openssl.folder / "key.pem").write_text(f"-----BEGIN RSA PUBLIC KEY-----\n{pem}-----END RSA PUBLIC KEY-----\n")
    (openssl.folder / "text").write_text(text)
    (openssl.folder / "signature").write_bytes(bytes.fromhex(answer["Metadata"]["signature"]))
    openssl.run("rsa", "-RSAPublicKey_in", "-in", "key.pem", "-pubout", "-out", "public.pem")
    openssl.run("dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "text")


# -- Chains

def test_chains_end_and_begin(account, s3, later):
    bucket = new_trail_bucket(account)
    trails = account.client("cloudtrail")
    new_trail(account, bucket, EnableLogFileValidation=True)
    later("2h")
    trails.stop_logging(Name="trail")
    later("5h")
    ended = digest_keys(s3, bucket, account)
    assert len(ended) in (3, 4)
    last = read_json(s3, bucket, ended[-1])
    assert "StopLogging" in [row["eventName"] for one in last["logFiles"]
                             for row in read_json(s3, bucket, one["s3Object"])["Records"]] or len(ended) == 4
    trails.start_logging(Name="trail")
    later("61m")
    begun = [key for key in digest_keys(s3, bucket, account) if key not in ended]
    assert len(begun) == 1 and read_json(s3, bucket, begun[0])["previousDigestS3Object"] is None
    trails.update_trail(Name="trail", EnableLogFileValidation=False)
    later("3h")
    assert len([key for key in digest_keys(s3, bucket, account) if key not in ended]) == 2
    listed = {one["s3Object"] for key in digest_keys(s3, bucket, account) for one in read_json(s3, bucket, key)["logFiles"]}
    account.iam.create_user(UserName="unproven")
    later("2h")
    assert set(log_keys(s3, bucket)) > listed


def test_a_digest_that_is_refused_comes_later(account, s3, later):
    bucket = new_trail_bucket(account)
    trails = account.client("cloudtrail")
    new_trail(account, bucket, EnableLogFileValidation=True)
    allowed = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    later("3h")
    assert digest_keys(s3, bucket, account) == []
    assert trails.get_trail_status(Name="trail")["LatestDigestDeliveryError"] == "AccessDenied"
    s3.put_bucket_policy(Bucket=bucket, Policy=allowed)
    later("2h")
    assert "LatestDigestDeliveryError" not in trails.get_trail_status(Name="trail")
    digests = [read_json(s3, bucket, key) for key in digest_keys(s3, bucket, account)]
    assert digests[0]["previousDigestS3Object"] is None
    for before, digest in zip(digests, digests[1:]):
        assert digest["digestStartTime"] == before["digestEndTime"]
    listed = [one["s3Object"] for digest in digests for one in digest["logFiles"]]
    assert listed == sorted(set(listed)) and set(listed) <= set(log_keys(s3, bucket))


# -- The AWS CLI's word

def act(account, number):
    for region in REGIONS:
        account.client("kms", region=region).create_key(Description=str(number))
    account.iam.create_user(UserName=f"user-{number}")


def prove(account, front, asked):
    """A proof for each of (arn, begin, end, region, more); the command is slow to start, so two run at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda one: validate(account, *one[:3], front, region=one[3], **one[4]), asked))


@pytest.mark.parametrize("steps, step, regions", [
    (4, "2h", ("eu-west-1",)), pytest.param(7, "1d", REGIONS, marks=pytest.mark.long)])
def test_a_week_of_three_regions_and_two_accounts(account, other_account, s3, later, front, steps, step, regions):
    """Into one bucket, whose owner has it proven: the member's as well, which the member cannot read."""
    bucket = new_trail_bucket(account, other_account)
    begin = now(account) - HOUR
    arns = {one: new_trail(one, bucket, IsMultiRegionTrail=True, EnableLogFileValidation=True) for one in (account, other_account)}
    for number in range(steps):
        for one in arns:
            act(one, number)
        later(step)
    later("61m")
    end = now(account) + HOUR
    places = [(one, region) for one in arns for region in regions]
    proofs = prove(account, front, [(arns[one], begin, end, region, {"s3_bucket": bucket, "account_id": one.id})
                                    for one, region in places])
    for (one, region), proof in zip(places, proofs):
        assert proof.ok and not proof.invalid, proof.text
        files = digest_keys(s3, bucket, one, f"{region}/") + log_keys(s3, bucket, one, f"{region}/")
        assert len(proof.valid) == len(files) and "No log files were delivered" not in proof.text, proof.text
    made = [row for row in records(s3, bucket) if row["eventName"] == "CreateKey"]
    assert len(made) == steps * 6 and len({row["eventID"] for row in made}) == len(made)


def put_again(s3, bucket, key, body, source=None):
    """Another body under the same key, with the metadata of the object that is there."""
    head = s3.head_object(Bucket=bucket, Key=source or key)
    s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=head["Metadata"])


def changed(s3, bucket, key, change):
    """The file with its JSON changed."""
    value = read_json(s3, bucket, key)
    change(value)
    put_again(s3, bucket, key, gzip.compress(json.dumps(value).encode()))


def test_every_kind_of_tampering_is_told(account, s3, later, front):
    bucket = new_trail_bucket(account)
    begin = now(account) - HOUR
    arn = new_trail(account, bucket, EnableLogFileValidation=True)
    for number in range(9):
        account.iam.create_user(UserName=f"user-{number}")
        later("1h")
    later("5m")
    logs, digests = log_keys(s3, bucket), digest_keys(s3, bucket, account)
    assert len(logs) >= 8 and len(digests) == 9

    def hide(value):
        value["Records"] = [row for row in value["Records"] if row["eventName"] != "CreateUser"]

    def admit(value):
        value["logFiles"] = []

    changed(s3, bucket, logs[0], hide)
    s3.delete_object(Bucket=bucket, Key=logs[1])
    put_again(s3, bucket, logs[2], gzip.compress(b'{"Records":[]}'))
    put_again(s3, bucket, logs[4], b"no gzip")
    changed(s3, bucket, digests[5], admit)
    s3.delete_object(Bucket=bucket, Key=digests[3])
    put_again(s3, bucket, digests[7], s3.get_object(Bucket=bucket, Key=digests[8])["Body"].read(), digests[8])
    proof = validate(account, arn, begin, now(account) + HOUR, front)
    assert not proof.ok
    assert proof.says(logs[0], "hash value doesn't match") and proof.says(logs[2], "hash value doesn't match")
    assert proof.says(logs[1], "not found") and proof.says(logs[4], "invalid format")
    assert proof.says(digests[5], "signature verification failed")
    assert proof.says(digests[3], "not found")
    assert proof.says(digests[7], "has been moved from its original location")
    assert len(proof.invalid) == 7, proof.text
    assert "6/9 digest files valid, 3/9 digest files INVALID" in proof.text


def test_a_chain_that_somebody_else_signed(account, s3, later, front, openssl):
    """With a key of his own: it is none of the region's; and under the name of the region's it does not fit."""
    bucket = new_trail_bucket(account)
    begin = now(account) - HOUR
    arn = new_trail(account, bucket, EnableLogFileValidation=True)
    later("2h1m")
    openssl.run("genrsa", "-out", "forger.pem", "2048")
    for key, fingerprint in zip(digest_keys(s3, bucket, account), ("0" * 32, None)):
        digest = read_json(s3, bucket, key)
        digest.update(logFiles=[], digestPublicKeyFingerprint=fingerprint or digest["digestPublicKeyFingerprint"])
        body = json.dumps(digest).encode()
        text = "\n".join([digest["digestEndTime"], f"{bucket}/{key}", hashlib.sha256(body).hexdigest(),
                          digest["previousDigestSignature"] or "null"])
        signature = openssl.run("dgst", "-sha256", "-sign", "forger.pem", openssl.file(text.encode()))
        s3.put_object(Bucket=bucket, Key=key, Body=gzip.compress(body), Metadata={
            "signature": signature.hex(), "signature-algorithm": "SHA256withRSA"})
    first, second = digest_keys(s3, bucket, account)
    proof = validate(account, arn, begin, now(account) + HOUR, front)
    assert proof.says(first, "public key not found in region us-east-1") and not proof.valid
    assert proof.says(second, "signature verification failed")


def test_a_trail_of_one_region_has_no_digests_elsewhere(account, s3, later, front):
    """The last ones tell of what came before; a trail that spreads again begins anew."""
    bucket = new_trail_bucket(account)
    begin = now(account)
    arn = new_trail(account, bucket, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    kms = account.client("kms", region="eu-west-1")
    kms.create_key()
    account.event("CreateKey", region="eu-west-1")
    later("61m")
    kms.create_key()
    account.event("CreateKey", region="eu-west-1")
    account.client("cloudtrail").update_trail(Name="trail", IsMultiRegionTrail=False)
    later("5h")
    assert len(digest_keys(s3, bucket, account, "us-east-1")) >= 6
    away = digest_keys(s3, bucket, account, "eu-west-1")
    assert len(away) == 2
    files = [one["s3Object"] for key in away for one in read_json(s3, bucket, key)["logFiles"]]
    assert sorted(files) == log_keys(s3, bucket, account, "eu-west-1") and len(files) == 2
    account.client("cloudtrail").update_trail(Name="trail", IsMultiRegionTrail=True)
    later("61m")
    *_, newest = sorted(digest_keys(s3, bucket, account, "eu-west-1"))
    assert newest not in away and read_json(s3, bucket, newest)["previousDigestS3Object"] is None
    assert validate(account, arn, begin, now(account), front).ok
