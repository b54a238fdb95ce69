"""Log groups under keys of KMS: who needs which permission, and what becomes of events when a key goes.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""
import json

import pytest

from harness.account import policy, statement
from harness.buckets import new_bucket
from harness.logs import HOUR_MS, answer_of, event, make_stream, now_ms, put, read_all, start
from harness.metrics import awaited
from harness.refusals import denied, refused

CRYPT = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]


class World:
    def __init__(self, account):
        self.account, self.kms, self.logs = account, account.client("kms"), account.client("logs")

    def key(self, group="g", service="logs.us-east-1.amazonaws.com"):
        """A key whose policy is the guide's, for one group."""
        context = {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": self.arn(group)}}
        rows = policy(statement("kms:*", Principal={"AWS": f"arn:aws:iam::{self.account.id}:root"}),
                      statement(CRYPT, Principal={"Service": service}, Condition=context))
        return self.kms.create_key(Policy=json.dumps(rows))["KeyMetadata"]["Arn"]

    def arn(self, group="g"):
        return f"arn:aws:logs:us-east-1:{self.account.id}:log-group:{group}"

    def key_of(self, group="g"):
        return self.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0].get("kmsKeyId")


@pytest.fixture
def world(account):
    return World(account)


def test_events_under_a_key(world):
    key = world.key()
    make_stream(world.logs, "g", kmsKeyId=key)
    assert world.key_of() == key
    put(world.logs, "g", [event("a")])
    put(world.logs, "g", [event("b")])
    assert read_all(world.logs, "g") == ["a", "b"]
    used = world.account.event("GenerateDataKeyWithoutPlaintext")
    assert used["userIdentity"]["invokedBy"] == "logs.us-east-1.amazonaws.com"
    assert used["requestParameters"]["encryptionContext"] == {"aws:logs:arn": world.arn()}


def test_a_key_that_the_service_may_not_use(world):
    for key in (world.key("other"), world.key(service="logs.eu-west-1.amazonaws.com"),
                world.kms.create_key()["KeyMetadata"]["Arn"]):
        with refused("AccessDeniedException", "The specified KMS key does not exist or is not allowed to be used "
                     f"with Arn '{world.arn()}'"):
            world.logs.create_log_group(logGroupName="g", kmsKeyId=key)
    assert world.logs.describe_log_groups()["logGroups"] == []


def test_keys_that_will_not_do(world):
    disabled = world.key()
    world.kms.disable_key(KeyId=disabled)
    signing = world.kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    for wrong in (disabled, signing, disabled.rsplit("/", 1)[0] + "/00000000-0000-4000-8000-000000000000", "alias/x"):
        with refused("InvalidParameterException"):
            world.logs.create_log_group(logGroupName="g", kmsKeyId=wrong)


def test_callers_need_the_key_too(world):
    key = world.key()
    make_stream(world.logs, "g")
    lacks = world.account.user(policy=policy("logs:*")).client("logs")
    with denied("kms:DescribeKey", key):
        lacks.associate_kms_key(logGroupName="g", kmsKeyId=key)
    via = {"StringEquals": {"kms:ViaService": "logs.us-east-1.amazonaws.com"}}
    has = world.account.user(policy=policy("logs:*", statement(CRYPT, resource=key, Condition=via))).client("logs")
    has.associate_kms_key(logGroupName="g", kmsKeyId=key)
    put(has, "g", [event("a")])
    assert read_all(has, "g") == ["a"]
    for call in (lambda: put(lacks, "g", [event("b")]), lambda: read_all(lacks, "g")):
        with refused("AccessDeniedException"):
            call()
    assert read_all(world.logs, "g") == ["a"]


def test_another_key_and_none(world):
    """What came under a key stays under it."""
    first, second = world.key(), world.key()
    make_stream(world.logs, "g")
    put(world.logs, "g", [event("plain")])
    for key in (first, second):
        world.logs.associate_kms_key(logGroupName="g", kmsKeyId=key)
        put(world.logs, "g", [event(key)])
    world.logs.disassociate_kms_key(logGroupName="g")
    assert world.key_of() is None
    put(world.logs, "g", [event("plain again")])
    assert read_all(world.logs, "g") == ["plain", first, second, "plain again"]
    world.kms.disable_key(KeyId=first)
    put(world.logs, "g", [event("still taken")])
    with refused("AccessDeniedException"):
        read_all(world.logs, "g")
    world.kms.enable_key(KeyId=first)
    assert read_all(world.logs, "g")[-1] == "still taken"


def test_queries_and_exports_read_by_the_key_that_sealed(world):
    """In the name of who began them: what he may not open of earlier keys fails them, and what they need not read does not."""
    first, second = world.key(), world.key()
    make_stream(world.logs, "g", kmsKeyId=first)
    put(world.logs, "g", [event("old", now_ms() - 5 * HOUR_MS)])
    world.logs.associate_kms_key(logGroupName="g", kmsKeyId=second)
    put(world.logs, "g", [event("new")])
    service = {"Service": "logs.us-east-1.amazonaws.com"}
    bucket = new_bucket(world.account)
    world.account.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(
        statement("s3:GetBucketAcl", Principal=service, Resource=f"arn:aws:s3:::{bucket}"),
        statement("s3:PutObject", Principal=service, Resource=f"arn:aws:s3:::{bucket}/*"))))

    def query(client, back):
        begin, end = now_ms() - (back + 1) * HOUR_MS, now_ms() + HOUR_MS
        answer = answer_of(client, client.start_query(startTime=begin, endTime=end, queryString="fields @message",
                                                      logGroupName="g")["queryId"])
        return answer["status"], [row[0]["value"] for row in answer["results"]]

    def export(client, back):
        task = client.create_export_task(logGroupName="g", fromTime=now_ms() - back * HOUR_MS, to=now_ms() + HOUR_MS,
                                         destination=bucket)["taskId"]

        def status():
            return world.logs.describe_export_tasks(taskId=task)["exportTasks"][0]["status"]["code"]

        awaited(lambda: status() in ("COMPLETED", "FAILED"), True)
        return status()

    lacks = world.account.user(policy=policy("logs:*", "s3:*", statement(CRYPT, resource=second))).client("logs")
    assert query(lacks, 0) == ("Complete", ["new"]) and query(lacks, 5) == ("Failed", [])
    assert export(lacks, 1) == "COMPLETED" and export(lacks, 6) == "FAILED"
    assert query(world.logs, 5) == ("Complete", ["new", "old"]) and export(world.logs, 6) == "COMPLETED"
    world.logs.disassociate_kms_key(logGroupName="g")
    assert query(lacks, 5) == ("Failed", []) and query(world.logs, 5) == ("Complete", ["new", "old"])
    world.kms.disable_key(KeyId=first)
    assert query(world.logs, 0) == ("Complete", ["new"]) and query(world.logs, 5) == ("Failed", [])
    assert export(world.logs, 6) == "FAILED"


def test_a_disabled_key_stops_what_comes(world):
    key = world.key()
    make_stream(world.logs, "g", kmsKeyId=key)
    world.kms.disable_key(KeyId=key)
    with refused("AccessDeniedException"):
        put(world.logs, "g", [event("a")])
    world.kms.enable_key(KeyId=key)
    assert read_all(world.logs, "g") == []


def test_nothing_is_on_the_disk_in_clear(disk_server, tmp_path, home):
    from harness.account import Account
    account = Account.create(disk_server, home)
    world = World(account)
    make_stream(world.logs, "plain")
    make_stream(world.logs, "g", kmsKeyId=world.key())
    for group in ("plain", "g"):
        put(world.logs, group, [event("SECRET-WORDS-OF-A-LOG")])
        put(world.logs, group, [event("SECRET-WORDS-OF-A-LOG")])
    read_all(world.logs, "g")
    disk_server.stop()
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            assert b"SECRET-WORDS" not in file.read_bytes(), file
