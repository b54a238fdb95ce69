"""What AWS's services publish. https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html"""
import json

import pytest

from harness.topics import make_topic, subscribed

ALARMS = "cloudwatch.amazonaws.com"


def publish(account, topic, principal, source_account=None, **more):
    return account.server.as_service(principal, "sns:Publish", {"TopicArn": topic, "Message": principal}, region="us-east-1",
                                     source_account=source_account or account.id, **more)


def test_alarms_of_the_same_account_need_no_policy(account, other_account):
    topic = make_topic(account)
    queue = subscribed(account, topic)
    status, answer = publish(account, topic, ALARMS, source_arn=f"arn:aws:cloudwatch:us-east-1:{account.id}:alarm:x")
    assert status == 200, answer
    for principal, source in (("s3.amazonaws.com", account.id), ("events.amazonaws.com", account.id), (ALARMS, other_account.id)):
        status, answer = publish(account, topic, principal, source)
        assert status == 403 and "AuthorizationError" in json.dumps(answer), (principal, answer)
    assert json.loads(queue.receive()[0]["Body"])["Message"] == ALARMS and queue.is_empty()


@pytest.mark.parametrize("condition, status", [
    ({"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/mine"}}, 200), ({"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/x"}}, 403),
    ({"StringEquals": {"aws:SourceAccount": "999988887777"}}, 403)])
def test_a_policy_lets_services_by_what_they_tell_of(account, condition, status):
    topic = make_topic(account)
    account.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", "Resource": topic,
         "Condition": condition}]}))
    found, answer = publish(account, topic, "events.amazonaws.com", source_arn=f"arn:aws:events:us-east-1:{account.id}:rule/mine")
    assert found == status, answer
