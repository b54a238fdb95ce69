"""A thousand keys in a request, in buckets whose settings are as long as they may be: they are read once, and fit."""
import pytest

from harness.account import policy, statement
from harness.buckets import bucket_policy, grant
from harness.notifications import arn, notify, receiver, rows_of
from harness.replication import replicate, replicating_role, rule, versioned

KEYS = [f"{number:04d}/" + "k" * 1019 for number in range(1000)]


@pytest.fixture
def s3(account):
    return account.client("s3")


def delete(s3, bucket):
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in KEYS]})
    assert "Errors" not in answer
    return answer["Deleted"]


def put_many_rules(account, s3, source, markers):
    target = versioned(account)
    replicate(s3, source, replicating_role(account, source, target), *[
        rule(target, f"{number:04d}" + "n" * 251, number, markers=markers, Filter={"Prefix": f"{number:04d}/" + "k" * 95})
        for number in range(1000)])


def put_many_receivers(account, s3, bucket):
    notify(s3, bucket, *[receiver(arn(account, "sqs", f"queue{number}"), "s3:ObjectRemoved:*", name=f"{number:03d}" + "n" * 252,
                                  prefix=f"{number:03d}", suffix="k" * 800) for number in range(100)])


def put_long_policy(account, s3, bucket):
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(*[
        grant(account.arn("root"), "s3:GetObject", f"{bucket}/{'x' * 900}{number}") for number in range(19)]))


def test_many_rules_of_replication(account, s3):
    bucket = versioned(account)
    put_many_rules(account, s3, bucket, "Enabled")
    assert len(delete(s3, bucket)) == 1000
    markers = s3.list_object_versions(Bucket=bucket)["DeleteMarkers"]
    assert sorted(row["Key"] for row in markers) == KEYS


def test_many_receivers_of_events_and_all_else(account, s3):
    bucket = versioned(account)
    put_many_rules(account, s3, bucket, "Disabled")
    put_many_receivers(account, s3, bucket)
    put_long_policy(account, s3, bucket)
    user = account.user(policy=policy(statement("s3:DeleteObject")))
    assert len(delete(user.client("s3"), bucket)) == 1000
    told = [row["message"]["Records"][0]["s3"] for row in rows_of(account.server, bucket)]
    assert sorted(row["object"]["key"].replace("%2F", "/") for row in told) == KEYS
    assert {row["configurationId"][:3] for row in told} == {f"{number:03d}" for number in range(100)}


def test_a_policy_that_changes_counts_at_once(account, s3):
    bucket = versioned(account)
    put_long_policy(account, s3, bucket)
    user = account.user(policy=policy(statement("s3:DeleteObject")))
    delete(user.client("s3"), bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(
        grant({"AWS": user.arn}, "s3:DeleteObject", f"{bucket}/0*", "Deny")))
    answer = user.client("s3").delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "0"}, {"Key": "1"}]})
    assert [row["Code"] for row in answer["Errors"]] == ["AccessDenied"]
    assert [row["Key"] for row in answer["Deleted"]] == ["1"]
