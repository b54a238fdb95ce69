"""Fixtures of the tests of buckets' settings, which import them; documents that no SDK writes."""
import base64
import hashlib
import itertools

import pytest

from harness import raw
from harness.account import policy

_numbers = itertools.count(1)


@pytest.fixture
def s3(account):
    return account.client("s3", parameter_validation=False)


@pytest.fixture
def make_bucket(account, s3):
    def make(client=None, **more):
        name = f"settings-{account.id}-{next(_numbers)}"
        (client or s3).create_bucket(Bucket=name, **more)
        return name
    return make


@pytest.fixture
def bucket(make_bucket):
    return make_bucket()


def arn_of(bucket):
    return f"arn:aws:s3:::{bucket}"


def without_metadata(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


@pytest.fixture
def nobody(account):
    return account.user(policy=policy("s3:ListBucket")).client("s3", parameter_validation=False)


def body_headers(body):
    return {"x-amz-content-sha256": "UNSIGNED-PAYLOAD",
            "Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}


def signed(account, bucket, query, body, method="PUT", headers=None):
    """A request of any body, to put documents that no SDK writes."""
    target = f"/{bucket}?{query}"
    url = f"{account.server.endpoint}{target}"
    given = {**body_headers(body), **(headers or {})}
    given, _ = raw.sign(url, account.root, "s3", method=method, headers=given, body=body)
    return raw.send(account.server, method, target, given, body)
