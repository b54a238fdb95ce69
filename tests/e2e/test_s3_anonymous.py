"""Callers without a signature: policies of buckets decide on them, and what they did is on record with the owner.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
import itertools
import json

import pytest

from harness import raw
from harness.account import policy

_numbers = itertools.count(1)


@pytest.fixture
def bucket(account):
    name = f"open-{account.id}-{next(_numbers)}"
    account.client("s3").create_bucket(Bucket=name)
    return name


def open_to(account, bucket, actions, **condition):
    """A policy that lets everyone in."""
    s3 = account.client("s3")
    s3.delete_public_access_block(Bucket=bucket)
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": f"arn:aws:s3:::{bucket}", **condition}]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def ask(account, target, method="GET", **more):
    return raw.signed(account.server, None, "s3", method=method, target=target, **more)


def test_nobody_is_let_in_by_default(account, bucket):
    answer = ask(account, f"/{bucket}?location")
    assert (answer.status, answer.code, answer.message) == (403, "AccessDenied", "Access Denied")
    assert answer.headers["x-amz-request-id"] == answer.request_id


def test_the_owner_alone_is_told_why(account, bucket):
    answer = ask(account, f"/{bucket}?location")
    trace = account.server.merlon("explain", answer.request_id).stdout
    assert "s3:GetBucketLocation" in trace and f"arn:aws:s3:::{bucket}" in trace
    assert "arn:aws:s3:::" not in answer.message


def test_another_account_is_told_no_reason(account, other_account, bucket):
    stranger = other_account.user(policy=policy("s3:*")).creds
    answer = raw.signed(account.server, stranger, "s3", method="GET", target=f"/{bucket}?location")
    assert (answer.status, answer.code, answer.message) == (403, "AccessDenied", "Access Denied")
    insider = account.user().creds
    answer = raw.signed(account.server, insider, "s3", method="GET", target=f"/{bucket}?location")
    assert "is not authorized to perform: s3:GetBucketLocation on resource" in answer.message


def test_nobody_lists_or_makes_buckets(account):
    assert ask(account, "/").code == "AccessDenied"
    answer = ask(account, f"/anonymous-{account.id}", "PUT")
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert account.client("s3").list_buckets()["Buckets"] == []


def test_that_there_is_no_such_bucket_is_no_secret(account):
    answer = ask(account, f"/absent-{account.id}?location")
    assert (answer.status, answer.code) == (404, "NoSuchBucket")
    assert f"<BucketName>absent-{account.id}</BucketName>" in answer.text


def test_what_nobody_did_is_in_the_history_of_the_owner(account, bucket):
    open_to(account, bucket, "s3:GetBucketLocation")
    answer = ask(account, f"/{bucket}?location")
    assert answer.status == 200, answer.text
    record = account.event("GetBucketLocation", answer.request_id)
    assert record["userIdentity"] == {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
    assert record["recipientAccountId"] == account.id
    assert "sharedEventID" not in record and "errorCode" not in record
    assert [one["ARN"] for one in record["resources"]] == [f"arn:aws:s3:::{bucket}"]
    assert len([row for row in account.events() if row["requestID"] == answer.request_id]) == 1


def test_what_was_refused_to_nobody_fills_no_history(account, bucket):
    refused = ask(account, f"/{bucket}?location")
    account.client("s3").get_bucket_location(Bucket=bucket)
    account.event("GetBucketLocation")
    assert refused.request_id not in [row["requestID"] for row in account.events()]


@pytest.mark.parametrize("key", ["aws:PrincipalAccount", "aws:userid"])
def test_nobody_has_the_name_anonymous(account, bucket, key):
    open_to(account, bucket, "s3:GetBucketLocation", Condition={"StringEquals": {key: "anonymous"}})
    assert ask(account, f"/{bucket}?location").status == 200
    open_to(account, bucket, "s3:GetBucketLocation", Condition={"StringNotEquals": {key: "anonymous"}})
    assert ask(account, f"/{bucket}?location").code == "AccessDenied"


def test_data_events_are_in_no_history(account, bucket):
    s3 = account.client("s3")
    s3.head_bucket(Bucket=bucket)  # an object-level event, as S3 has it
    s3.get_bucket_location(Bucket=bucket)
    account.event("GetBucketLocation")
    assert "HeadBucket" not in {row["eventName"] for row in account.events()}
