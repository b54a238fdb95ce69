"""Objects for tests of S3: buckets of unique names, bodies, what lies under a key."""
import base64
import hashlib
import itertools
import os

from harness.raw import signed

_numbers = itertools.count(1)


def make_bucket(account, s3=None, **more):
    """A bucket of the account, made by root or by the given client."""
    name = f"objects-{os.getpid()}-{next(_numbers)}"
    (s3 or account.client("s3")).create_bucket(Bucket=name, **more)
    return name


def body_of(size, seed=0):
    """Bytes that are the same for a size and seed, and different for others."""
    pattern = hashlib.sha512(f"{size}/{seed}".encode()).digest()
    return (pattern * (size // len(pattern) + 1))[:size]


def md5_of(body):
    return hashlib.md5(body).hexdigest()


def content_md5(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


def read(s3, bucket, key, **more):
    return s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read()


def tags_of(s3, bucket, key, **more):
    return {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=bucket, Key=key, **more)["TagSet"]}


def tag_set(**pairs):
    return {"TagSet": [{"Key": key, "Value": value} for key, value in pairs.items()]}


def s3_request(account, method, target, headers=None, body=b"", creds="root"):
    """What boto3 would not send; the path is plain."""
    headers = {"x-amz-content-sha256": hashlib.sha256(body).hexdigest(), **(headers or {})}
    return signed(account.server, account.root if creds == "root" else creds, "s3", body, headers, method, target)


def customer_key(number, prefix=""):
    """The arguments of SSE-C: boto3 encodes the key and adds its MD5."""
    return {f"{prefix}SSECustomerAlgorithm": "AES256", f"{prefix}SSECustomerKey": bytes([number]) * 32}


def versions_of(s3, bucket, key):
    """(version id, is a marker) from the newest on."""
    listed = s3.list_object_versions(Bucket=bucket, Prefix=key)
    rows = [(v["Key"], v["LastModified"], v["VersionId"], v["IsLatest"], False) for v in listed.get("Versions", [])]
    rows += [(m["Key"], m["LastModified"], m["VersionId"], m["IsLatest"], True) for m in listed.get("DeleteMarkers", [])]
    rows = [row for row in rows if row[0] == key]
    rows.sort(key=lambda row: (row[3], row[1]), reverse=True)
    return [(row[2], row[4]) for row in rows]
