"""Topics: made, found, changed, deleted. https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"""
import json

import pytest

from harness.account import policy
from harness.refusals import refused
from harness.topics import attributes_of, make_topic, subscribed


@pytest.fixture
def sns(account):
    return account.client("sns")


def test_a_topic_is_made_once(account, sns):
    arn = make_topic(account, "orders", DisplayName="Orders")
    assert arn == f"arn:aws:sns:us-east-1:{account.id}:orders"
    assert make_topic(account, "orders") == make_topic(account, "orders", DisplayName="Orders") == arn
    with refused("InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes", 400):
        make_topic(account, "orders", DisplayName="Others")
    with refused("InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags"):
        sns.create_topic(Name="orders", Tags=[{"Key": "a", "Value": "b"}])


def test_its_attributes(account, sns):
    arn = make_topic(account)
    found = attributes_of(account, arn)
    assert found["TopicArn"] == arn and found["Owner"] == account.id and found["DisplayName"] == ""
    assert [found[f"Subscriptions{one}"] for one in ("Confirmed", "Pending", "Deleted")] == ["0", "0", "0"]
    default = json.loads(found["Policy"])
    assert default["Id"] == "__default_policy_ID" and default["Version"] == "2008-10-17"
    assert default["Statement"][0]["Condition"] == {"StringEquals": {"AWS:SourceOwner": account.id}}
    assert json.loads(found["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3
    for name, value in (("DisplayName", "Hello"), ("SignatureVersion", "2"), ("TracingConfig", "Active"),
                        ("MaximumMessageSize", "1048576"), ("KmsMasterKeyId", "alias/aws/sns")):
        sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
        assert attributes_of(account, arn)[name] == value
    sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue="")
    assert "KmsMasterKeyId" not in attributes_of(account, arn)


@pytest.mark.parametrize("name, value", [
    ("FifoTopic", "true"), ("Nonsense", "1"), ("SignatureVersion", "3"), ("TracingConfig", "Sometimes"),
    ("MaximumMessageSize", "1"), ("MaximumMessageSize", "1048577"), ("ContentBasedDeduplication", "true"), ("Policy", "{}"),
    ("Policy", ""), ("Policy", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}]}'),
    ("DeliveryPolicy", "no"), ("DeliveryPolicy", '{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}'),
    ("DeliveryPolicy", '{"http":{"nonsense":{}}}'), ("DisplayName", "x" * 101), ("SQSFailureFeedbackRoleArn", "arn:aws:iam::1:role/x"),
])
def test_attributes_that_are_none(account, sns, name, value):
    arn = make_topic(account)
    with refused("InvalidParameter", status=400):
        sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)


@pytest.mark.parametrize("name", ["", "a b", "x" * 257, "a.fifo", "a/b"])
def test_names_that_are_none(sns, name):
    with refused("InvalidParameter", "Invalid parameter: Topic Name"):
        sns.create_topic(Name=name)


def test_fifo_topics(account, sns):
    arn = make_topic(account, "lined.fifo", ContentBasedDeduplication="true")
    found = attributes_of(account, arn)
    assert (found["FifoTopic"], found["ContentBasedDeduplication"], found["FifoThroughputScope"]) == ("true", "true", "Topic")
    sns.set_topic_attributes(TopicArn=arn, AttributeName="FifoThroughputScope", AttributeValue="MessageGroup")
    assert attributes_of(account, arn)["FifoThroughputScope"] == "MessageGroup"
    for attribute in ({"FifoTopic": "true"}, {"ArchivePolicy": '{"MessageRetentionPeriod":"30"}'}):
        with refused("InvalidParameter"):
            sns.create_topic(Name="standard", Attributes=attribute)


@pytest.mark.parametrize("action, fits", [
    ("sns:CreateTopic", False), ("sns:Foo", False), ("SNS:ListTopics", False), ("sqs:SendMessage", False), (["sns:Publish", "sns:ListTopics"], False),
    ("sns:*", True), ("SNS:Get*", True), ("*", True), (["SNS:Publish", "sns:receive", "sns:ListTagsForResource"], True)])
def test_a_topic_policy_speaks_of_topics(account, sns, action, fits):
    arn = make_topic(account)
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": account.id}, "Action": action,
                                                                   "Resource": arn}]})
    if fits:
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document)
    else:
        with refused("InvalidParameter", "Invalid parameter: Policy statement action out of service scope!", 400):
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document)


def test_listing_in_pages(account, sns):
    arns = [make_topic(account, f"t{number:03}") for number in range(101)]
    first = sns.list_topics()
    assert len(first["Topics"]) == 100
    rest = sns.list_topics(NextToken=first["NextToken"])
    assert "NextToken" not in rest
    assert [row["TopicArn"] for row in first["Topics"] + rest["Topics"]] == sorted(arns)
    with refused("InvalidParameter", "Invalid parameter: NextToken"):
        sns.list_topics(NextToken="x")
    assert account.client("sns", region="eu-west-1").list_topics()["Topics"] == []


def test_deleting_takes_subscriptions_along(account, sns):
    arn = make_topic(account, "gone")
    subscribed(account, arn)
    sns.delete_topic(TopicArn=arn)
    sns.delete_topic(TopicArn=arn)  # "This action is idempotent"
    with refused("NotFound", "Topic does not exist", 404):
        sns.get_topic_attributes(TopicArn=arn)
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert make_topic(account, "gone") == arn
    assert sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"] == []


def test_arns_that_are_none(account, sns):
    with refused("InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"):
        sns.get_topic_attributes(TopicArn="x")
    for arn in (f"arn:aws:sns:eu-west-1:{account.id}:x", f"arn:aws:sqs:us-east-1:{account.id}:x", "arn:aws:sns:us-east-1:1:x"):
        with refused("InvalidParameter", "Invalid parameter: TopicArn"):
            sns.get_topic_attributes(TopicArn=arn)


def test_tags(account, sns):
    arn = sns.create_topic(Name="tagged", Tags=[{"Key": "team", "Value": "a"}])["TopicArn"]
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "b"}, {"Key": "x", "Value": ""}])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "b"}, {"Key": "x", "Value": ""}]
    sns.untag_resource(ResourceArn=arn, TagKeys=["x", "no"])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "b"}]
    with refused("TagLimitExceeded"):
        sns.tag_resource(ResourceArn=arn, Tags=[{"Key": str(number), "Value": ""} for number in range(50)])
    with refused("InvalidParameter"):
        sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "aws:x", "Value": ""}])
    with refused("ResourceNotFound", status=404):
        sns.list_tags_for_resource(ResourceArn=arn + "x")
    alice = account.user("alice", policy({"Effect": "Allow", "Action": "sns:*", "Resource": "*",
                                          "Condition": {"StringEquals": {"aws:ResourceTag/team": "b"}}}))
    assert alice.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["Owner"] == account.id
    other = make_topic(account)
    with refused("AuthorizationError", status=403):
        alice.client("sns").get_topic_attributes(TopicArn=other)


def test_a_denial_names_the_action_as_sns_does(account):
    topic, user = make_topic(account), account.user("nobody")
    for name, call in (("Publish", lambda sns: sns.publish(TopicArn=topic, Message="x")),
                       ("GetTopicAttributes", lambda sns: sns.get_topic_attributes(TopicArn=topic))):
        with refused("AuthorizationError", f"User: {user.arn} is not authorized to perform: SNS:{name} on resource: {topic} because no "
                                           f"identity-based policy allows the SNS:{name} action", 403):
            call(user.client("sns"))


def test_the_cli(account):
    made = account.cli("sns create-topic --name by-cli --attributes DisplayName=Hi")
    assert account.cli(f"sns get-topic-attributes --topic-arn {made['TopicArn']}")["Attributes"]["DisplayName"] == "Hi"
    assert account.cli("sns list-topics")["Topics"] == [made]
    account.cli(f"sns delete-topic --topic-arn {made['TopicArn']}")
    assert account.cli("sns list-topics")["Topics"] == []
