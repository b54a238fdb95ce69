"""Topics with a key of KMS. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"""
import json

import pytest

from harness.account import policy, statement
from harness.refusals import refused
from harness.server import Server
from harness.account import Account
from harness.topics import make_queue, make_topic, subscribe, subscribed


@pytest.fixture
def sns(account):
    return account.client("sns")


def test_who_publishes_needs_the_key(account, sns):
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    topic = make_topic(account, KmsMasterKeyId=key)
    queue = subscribed(account, topic)
    sns.publish(TopicArn=topic, Message="by root")
    alice = account.user("alice", policy(statement("sns:Publish")))
    with refused("KMSAccessDenied", status=400):
        alice.client("sns").publish(TopicArn=topic, Message="by alice")
    context = {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic}, "StringLike": {"kms:ViaService": "sns.us-east-1.*"}}
    alice.put_policy(policy(statement("sns:Publish"), statement(["kms:GenerateDataKey*", "kms:Decrypt"], Condition=context)))
    alice.client("sns").publish(TopicArn=topic, Message="by alice")
    assert [json.loads(one["Body"])["Message"] for one in queue.receive(2)] == ["by root", "by alice"]
    account.client("kms").disable_key(KeyId=key)
    with refused("KMSDisabled"):
        sns.publish(TopicArn=topic, Message="x")
    assert queue.is_empty()


def test_keys_that_are_not_there(account, sns):
    topic = make_topic(account, KmsMasterKeyId="alias/nothing")
    with refused("KMSNotFound"):
        sns.publish(TopicArn=topic, Message="x")
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "x"}])
    assert [row["Code"] for row in answer["Failed"]] == ["KMSNotFound"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns")
    queue = subscribed(account, topic)
    sns.publish(TopicArn=topic, Message="x")
    assert json.loads(queue.receive()[0]["Body"])["Message"] == "x"


def test_a_refused_message_may_be_sent_again(account, sns):
    """It does not count as sent."""
    topic = make_topic(account, "again.fifo", ContentBasedDeduplication="true", KmsMasterKeyId="alias/nothing")
    queue = subscribed(account, topic, "again.fifo")
    entry = {"Id": "a", "Message": "x", "MessageGroupId": "g"}
    assert sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[entry])["Failed"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="")
    assert sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[entry])["Successful"]
    assert json.loads(queue.receive()[0]["Body"])["Message"] == "x"


def test_an_encrypted_queue(account, sns):
    """Its key has to let SNS."""
    kms, topic = account.client("kms"), make_topic(account)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    dead, queue = make_queue(account), make_queue(account, KmsMasterKeyId=key)
    subscribe(account, topic, queue, RedrivePolicy={"deadLetterTargetArn": dead.arn})
    sns.publish(TopicArn=topic, Message="x")
    letter, = dead.receive()
    assert "KMS" in letter["MessageAttributes"]["ErrorCode"]["StringValue"].upper()
    document = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    document["Statement"].append({"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Resource": "*",
                                  "Action": ["kms:GenerateDataKey*", "kms:Decrypt"]})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
    sns.publish(TopicArn=topic, Message="y")
    assert json.loads(queue.receive()[0]["Body"])["Message"] == "y"


def test_messages_are_sealed_on_their_way(tmp_path):
    """One that is held up by its page is on the disk: neither it nor its subject can be read there."""
    with Server(tmp_path / "data") as server:
        account = Account.create(server, tmp_path / "home")
        sns, topic = account.client("sns"), make_topic(account)
        sent = [subscribed(account, topic) for _ in range(3)]
        sns.publish(TopicArn=topic, Message="the-secret-message-7713", Subject="the-subject-7713")
        for queue in sent:
            queue.receive()
    files = [path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert files and not [one for one in files if b"the-secret-message-7713" in one or b"the-subject-7713" in one]
