"""What is sealed at rest, and under whose key."""
import os

import pytest

from harness.account import Account, policy, statement
from harness.key_policies import allow, new_key, set_policy
from harness.queues import arn_of, bodies, json_sqs, make_queue, receive
from harness.refusals import refused


def uses(account, name):
    return [event for event in account.events_named(name) if event["userIdentity"].get("invokedBy") == "sqs.amazonaws.com"]


def test_bodies_and_attributes_are_not_in_the_files(disk_server, home, tmp_path):
    account = Account.create(disk_server, home)
    sqs = account.client("sqs")
    url = make_queue(sqs, SqsManagedSseEnabled="false")
    for size in (10, 5000, 300000):
        sqs.send_message(QueueUrl=url, MessageBody="IN-CLEAR" * (size // 8 + 1), MessageAttributes={
            "a": {"DataType": "String", "StringValue": "ALSO-CLEAR"}})
    assert len(bodies(sqs, url)) == 3
    disk_server.stop()
    for folder, _, names in os.walk(tmp_path / "data"):
        for name in names:
            content = open(os.path.join(folder, name), "rb").read()
            assert b"IN-CLEAR" not in content and b"ALSO-CLEAR" not in content, name


def test_messages_outlive_a_restart(disk_server, home):
    account = Account.create(disk_server, home)
    sqs = account.client("sqs")
    url = make_queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="small")
    sqs.send_message(QueueUrl=url, MessageBody="large" * 1000)
    [got] = receive(sqs, url, 1)
    disk_server.stop()
    disk_server.start()
    sqs = account.client("sqs")
    url = sqs.list_queues()["QueueUrls"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    assert bodies(sqs, url) == [{"small": "large" * 1000}.get(got["Body"], "small")]


def test_a_key_of_kms_is_asked_for_once_in_its_period(traveller, later):
    account = traveller
    key = new_key(account)
    sqs = account.client("sqs")
    url = make_queue(sqs, "sealed", KmsMasterKeyId=key, KmsDataKeyReusePeriodSeconds=300, VisibilityTimeout=0)
    for text in "abc":
        sqs.send_message(QueueUrl=url, MessageBody=text)
    for _ in range(3):
        assert sorted(bodies(sqs, url)) == ["a", "b", "c"]
    sqs.tag_queue(QueueUrl=url, Tags={"all": "told"})
    account.event("TagQueue")  # and with it all that came before
    generated = uses(account, "GenerateDataKey")
    assert len(generated) == 1 and len(uses(account, "Decrypt")) == 2  # by who sent, and by who received
    assert generated[0]["requestParameters"]["encryptionContext"] == {"aws:sqs:arn": f"arn:aws:sqs:us-east-1:{account.id}:sealed"}
    later("301s")
    sqs.send_message(QueueUrl=url, MessageBody="d")
    assert sorted(bodies(sqs, url)) == ["a", "b", "c", "d"]


def test_who_may_not_use_the_key_neither_sends_nor_receives(account):
    key = new_key(account)
    sqs = account.client("sqs")
    url = make_queue(sqs, KmsMasterKeyId=key)
    user = account.user(policy=policy("sqs:*")).client("sqs")
    with refused("KMS.AccessDeniedException", status=400):
        user.send_message(QueueUrl=url, MessageBody="x")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    with refused("KMS.AccessDeniedException"):
        user.receive_message(QueueUrl=url)
    reader = account.user(policy=policy("sqs:*", statement("kms:Decrypt", Condition={
        "StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}}))).client("sqs")
    assert bodies(reader, url) == ["x"]
    with refused("KMS.AccessDeniedException"):
        reader.send_message(QueueUrl=url, MessageBody="y")


@pytest.mark.parametrize("kind", ["alias", "id", "managed"])
def test_another_account_seals_under_the_key_of_the_queue(account, other_account, kind):
    key, theirs = new_key(account), new_key(other_account)
    for owner, own in ((account, key), (other_account, theirs)):
        owner.client("kms").create_alias(AliasName="alias/same-name", TargetKeyId=own)
    set_policy(account, key, allow(f"arn:aws:iam::{account.id}:root"),
               allow({"AWS": other_account.id}, ["kms:GenerateDataKey", "kms:Decrypt"]))
    sqs, other = account.client("sqs"), other_account.client("sqs")
    url = make_queue(sqs, KmsMasterKeyId={"alias": "alias/same-name", "id": key.split("/")[-1], "managed": "alias/aws/sqs"}[kind])
    sqs.add_permission(QueueUrl=url, Label="other", AWSAccountIds=[other_account.id], Actions=["SendMessage"])
    sqs.send_message(QueueUrl=url, MessageBody="ours")
    if kind == "managed":  # which lets in its own account alone
        with refused("KMS.AccessDeniedException"):
            other.send_message(QueueUrl=url, MessageBody="theirs")
    else:
        other.send_message(QueueUrl=url, MessageBody="theirs")
    assert sorted(bodies(sqs, url)) == (["ours"] if kind == "managed" else ["ours", "theirs"])


def test_a_disabled_key_opens_nothing_after_its_period(traveller, later):
    account = traveller
    key = new_key(account)
    sqs, kms = account.client("sqs"), account.client("kms")
    url = make_queue(sqs, KmsMasterKeyId=key, KmsDataKeyReusePeriodSeconds=60, VisibilityTimeout=0)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    kms.disable_key(KeyId=key)
    later("61s")
    for call, more in ((sqs.send_message, {"MessageBody": "y"}), (sqs.receive_message, {})):
        with refused("KMS.DisabledException", status=400):
            call(QueueUrl=url, **more)
    kms.enable_key(KeyId=key)
    assert bodies(sqs, url) == ["x"]


def test_the_managed_key_and_keys_that_are_not_there(account):
    sqs = account.client("sqs")
    url = make_queue(sqs, KmsMasterKeyId="alias/aws/sqs")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert bodies(sqs, url) == ["x"]
    with refused("KMS.NotFoundException", status=400):
        sqs.send_message(QueueUrl=make_queue(sqs, KmsMasterKeyId="alias/none"), MessageBody="x")


def test_a_queue_that_changes_its_key_gives_out_what_it_had(account):
    sqs = account.client("sqs")
    url = make_queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="before")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": new_key(account)})
    sqs.send_message(QueueUrl=url, MessageBody="after")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": ""})
    sqs.send_message(QueueUrl=url, MessageBody="again")
    assert sorted(bodies(sqs, url)) == ["after", "again", "before"]


@pytest.fixture
def own(new_server, home):
    """An account of a server that is the test's own."""
    return Account.create(new_server(), home)


def test_a_message_that_is_sent_anew_keeps_its_data_key(own):
    sqs, later = own.client("sqs"), own.server.admin.advance
    dead = make_queue(sqs, "dead", MessageRetentionPeriod=1209600)
    url = make_queue(sqs, "sealed", KmsMasterKeyId=new_key(own), VisibilityTimeout=0, MessageRetentionPeriod=1209600,
                     RedrivePolicy={"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": "1"})
    sqs.send_message(QueueUrl=url, MessageBody="long lived")
    for _ in range(2):
        assert bodies(sqs, url) == ["long lived"] and bodies(sqs, url) == []
        later("10d")
        own.server.admin.past_the_jump()
        json_sqs(own).start_message_move_task(SourceArn=arn_of(sqs, dead))
        later("1s")
    later("5d")
    own.server.admin.past_the_jump()
    assert bodies(sqs, url) == ["long lived"]


def test_data_keys_go_when_nothing_can_be_sealed_by_them(own):
    sqs, later = own.client("sqs"), own.server.admin.advance
    url = make_queue(sqs, KmsMasterKeyId=new_key(own), KmsDataKeyReusePeriodSeconds=60)
    for _ in range(40):  # each under one of its own
        sqs.send_message(QueueUrl=url, MessageBody="x")
        later("61s")
    sqs.purge_queue(QueueUrl=url)
    later("1d")
    before = keys_of(own.server)
    later("16d")
    assert keys_of(own.server) <= before - 40


def keys_of(server):
    return server.admin.metrics()["merlon_store_keys"]
