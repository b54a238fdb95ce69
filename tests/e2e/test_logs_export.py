"""Export tasks: a group's events in files of a bucket whose policy lets CloudWatch Logs in.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasks.html"""
import gzip
import json

import pytest

from harness.account import policy, statement
from harness.buckets import new_bucket
from harness.logs import HOUR_MS, all_pages, event, make_stream, now_ms, put
from harness.metrics import awaited
from harness.refusals import denied, refused

SERVICE = "logs.us-east-1.amazonaws.com"


class World:
    def __init__(self, account):
        self.account, self.s3, self.logs = account, account.client("s3"), account.client("logs")
        self.bucket = new_bucket(account)
        make_stream(self.logs, "g")

    def let(self, actions=("s3:GetBucketAcl", "s3:PutObject"), group="*", source=None):
        arn = f"arn:aws:s3:::{self.bucket}"
        condition = {"StringEquals": {"aws:SourceAccount": source or self.account.id},
                     "ArnLike": {"aws:SourceArn": f"arn:aws:logs:us-east-1:{self.account.id}:log-group:{group}"}}
        rows = [statement(action, Principal={"Service": SERVICE}, Resource=arn if action.endswith("Acl") else arn + "/*",
                          Condition=condition) for action in actions]
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(policy(*rows)))

    def create(self, **more):
        more = {"logGroupName": "g", "fromTime": now_ms() - 3 * HOUR_MS, "to": now_ms() + HOUR_MS, "destination": self.bucket,
                **more}
        return self.logs.create_export_task(**more)["taskId"]

    def task(self, task_id):
        return self.logs.describe_export_tasks(taskId=task_id)["exportTasks"][0]

    def end_of(self, task_id, code="COMPLETED"):
        assert awaited(lambda: self.task(task_id)["status"]["code"], code) == code
        return self.task(task_id)

    def files(self):
        found = all_keys(self.s3, self.bucket)
        return {key: gzip.decompress(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()).decode()
                for key in found if key.endswith(".gz")}


def all_keys(s3, bucket):
    return [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


@pytest.fixture
def world(account):
    return World(account)


def test_every_event_is_in_a_file(world):
    world.let()
    at = 1000 * (now_ms() // 1000) - HOUR_MS
    world.logs.create_log_stream(logGroupName="g", logStreamName="a/b")
    world.logs.create_log_stream(logGroupName="g", logStreamName="empty")
    put(world.logs, "g", [event("one", at), event("two", at + 7)])
    put(world.logs, "g", [event("other", at)], stream="a/b")
    put(world.logs, "g", [event("too old", at - 5 * HOUR_MS)])
    task = world.create(taskName="t", destinationPrefix="p")
    shown = world.end_of(task)
    files = world.files()
    assert sorted(files) == [f"p/{task}/a-b/000000.gz", f"p/{task}/one/000000.gz"]
    lines = files[f"p/{task}/one/000000.gz"].splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["one", "two"] and lines[1].split(" ")[0].endswith(".007Z")
    assert world.s3.get_object(Bucket=world.bucket, Key="p/aws-logs-write-test")["Body"].read() == b"Permission Check Successful"
    assert shown["taskName"] == "t" and shown["destination"] == world.bucket and shown["destinationPrefix"] == "p"
    assert shown["executionInfo"]["completionTime"] >= shown["executionInfo"]["creationTime"]
    prefixed = world.create(logStreamNamePrefix="a")
    world.end_of(prefixed)
    assert [key for key in world.files() if prefixed in key] == [f"exportedlogs/{prefixed}/a-b/000000.gz"]


def test_large_streams_are_in_several_files(world):
    world.let()
    at = now_ms() - HOUR_MS
    for number in range(7):
        put(world.logs, "g", [event(f"{number}.{row} " + "x" * 9000, at + number) for row in range(100)])
    task = world.create()
    world.end_of(task)
    files = world.files()
    assert sorted(files) == [f"exportedlogs/{task}/one/{number:06}.gz" for number in range(len(files))] and len(files) > 1
    found = [line.split(" ")[1] for key in sorted(files) for line in files[key].splitlines()]
    assert found == [f"{number}.{row}" for number in range(7) for row in range(100)]


def test_what_the_bucket_does_not_let_in(world, other_account):
    put(world.logs, "g", [event("secret")])
    for given in ({"actions": ()}, {"actions": ("s3:PutObject",)}, {"group": "other"}, {"source": other_account.id}):
        if given.get("actions") != ():
            world.let(**given)
        with refused("InvalidParameterException", "GetBucketAcl call on the given bucket failed. Please check if CloudWatch "
                     "Logs has been granted permission to perform this operation."):
            world.create()
    world.let(actions=("s3:GetBucketAcl",))
    failed = world.end_of(world.create(), "FAILED")
    assert failed["status"]["message"].startswith("PutObject call on the given bucket failed.")
    assert all_keys(world.s3, world.bucket) == []
    with refused("InvalidParameterException"):
        world.create(destination="nobody-has-this-bucket-of-logs")
    with refused("InvalidParameterException"):
        world.create(fromTime=2, to=1)
    with refused("InvalidParameterException"):
        world.create(fromTime=1, to=2)
    with refused("ResourceNotFoundException"):
        world.create(logGroupName="none")


def test_who_exports_must_be_allowed_to_write_there(world, other_account):
    put(world.logs, "g", [event("mine")])
    world.let()
    may = [statement("logs:*"), statement(["s3:Get*", "s3:List*"])]
    place = f"arn:aws:s3:::{world.bucket}/p/*"
    owner = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    wanted = {"logGroupName": "g", "fromTime": 0, "to": now_ms() + HOUR_MS, "destination": world.bucket, "destinationPrefix": "p"}
    for number, more in enumerate(([], [statement("s3:PutObject", Resource=f"arn:aws:s3:::{world.bucket}/q/*")])):
        with refused("InvalidParameterException", "PutObject call on the given bucket failed. Please check if CloudWatch Logs has "
                     "been granted permission to perform this operation."):
            world.account.user(f"u{number}", policy(*may, *more)).client("logs").create_export_task(**wanted)
    assert all_keys(world.s3, world.bucket) == []
    user = world.account.user("u2", policy(*may, statement("s3:PutObject", Resource=place, Condition=owner))).client("logs")
    world.end_of(user.create_export_task(**wanted)["taskId"])
    assert len(world.files()) == 1


def test_a_bucket_of_another_account(world, other_account):
    other, bucket = other_account.client("s3"), new_bucket(other_account)
    put(world.logs, "g", [event("mine")])
    arn, source = f"arn:aws:s3:::{bucket}", {"StringEquals": {"aws:SourceAccount": world.account.id}}
    service = [statement(action, Principal={"Service": SERVICE}, Resource=at, Condition=source)
               for action, at in (("s3:GetBucketAcl", arn), ("s3:PutObject", arn + "/*"))]
    other.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(*service)))
    with refused("InvalidParameterException", "PutObject call on the given bucket failed. Please check if CloudWatch Logs has "
                 "been granted permission to perform this operation."):
        world.create(destination=bucket)
    caller = statement("s3:PutObject", Principal={"AWS": f"arn:aws:iam::{world.account.id}:root"}, Resource=arn + "/*",
                       Condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}})
    other.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(*service, caller)))
    task = world.create(destination=bucket)
    world.end_of(task)
    assert f"exportedlogs/{task}/one/000000.gz" in all_keys(other, bucket)


def test_an_encrypted_group_needs_the_key(world):
    world.let()
    kms, root = world.account.client("kms"), {"AWS": f"arn:aws:iam::{world.account.id}:root"}
    crypt = ["kms:Decrypt", "kms:GenerateDataKey*", "kms:Describe*"]
    key = kms.create_key(Policy=json.dumps(policy(statement("kms:*", Principal=root),
                                                  statement(crypt, Principal={"Service": SERVICE}))))["KeyMetadata"]["Arn"]
    make_stream(world.logs, "secret", kmsKeyId=key)
    put(world.logs, "secret", [event("hidden")])
    wanted = {"logGroupName": "secret", "fromTime": 0, "to": now_ms() + HOUR_MS, "destination": world.bucket}
    with refused("AccessDeniedException"):
        world.account.user("u", policy("logs:*", "s3:*")).client("logs").create_export_task(**wanted)
    user = world.account.user("v", policy("logs:*", "s3:*", statement("kms:Decrypt", Resource=key))).client("logs")
    world.end_of(user.create_export_task(**wanted)["taskId"])
    assert [text.split(" ")[1] for text in world.files().values()] == ["hidden\n"]


def test_lists_and_cancelling(world):
    world.let()
    tasks = [world.create(taskName=str(number)) for number in range(1)]
    world.end_of(tasks[0])
    tasks.append(world.create(taskName="1"))
    world.end_of(tasks[1])
    assert [one["taskId"] for one in all_pages(world.logs.describe_export_tasks, "exportTasks", limit=1)] == tasks[::-1]
    assert len(world.logs.describe_export_tasks(statusCode="COMPLETED")["exportTasks"]) == 2
    assert world.logs.describe_export_tasks(statusCode="FAILED")["exportTasks"] == []
    with refused("InvalidOperationException"):
        world.logs.cancel_export_task(taskId=tasks[0])
    with refused("ResourceNotFoundException"):
        world.logs.cancel_export_task(taskId="none")
    user = world.account.user("u", policy("logs:Describe*")).client("logs")
    with denied("logs:CreateExportTask"):
        user.create_export_task(logGroupName="g", fromTime=0, to=now_ms(), destination=world.bucket)


def test_one_at_a_time_and_none_after_it_is_cancelled(world):
    world.let()
    for number in range(4):
        put(world.logs, "g", [event("x" * 500000, now_ms()), event("y" * 500000, now_ms())])
    task = world.create()
    try:
        world.create()
    except world.logs.exceptions.LimitExceededException:
        pass
    else:
        assert world.task(task)["status"]["code"] == "COMPLETED"
    try:
        world.logs.cancel_export_task(taskId=task)
    except world.logs.exceptions.InvalidOperationException:
        assert world.task(task)["status"]["code"] == "COMPLETED"
    else:
        assert world.task(task)["status"]["code"] == "CANCELLED"
    world.end_of(world.create(taskName="another", logStreamNamePrefix="none"))
