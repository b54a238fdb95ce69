"""Who may use a queue: policies of identities and of queues, other accounts, nobody in particular."""
import json

import pytest

from harness.account import make_client, policy, statement
from harness.queues import arn_of, attributes_of, bodies, make_queue
from harness.refusals import refused


@pytest.fixture
def sqs(account):
    return account.client("sqs")


@pytest.fixture
def url(sqs):
    return make_queue(sqs, "guarded")


def let(sqs, url, principal, actions, **more):
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": arn_of(sqs, url), **more}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(document)})
    return document


def test_a_user_may_do_what_is_allowed(account, sqs, url):
    user = account.user(policy=policy(statement("sqs:SendMessage", resource=arn_of(sqs, url)))).client("sqs")
    user.send_message(QueueUrl=url, MessageBody="x")
    user.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "y"}])
    for call in (user.receive_message, user.purge_queue, user.delete_queue):
        with refused("AccessDenied", status=403):
            call(QueueUrl=url)
    with refused("AccessDenied"):
        user.send_message(QueueUrl=url + "-other", MessageBody="x")
    assert sorted(bodies(sqs, url)) == ["x", "y"]


def test_a_denial_names_the_action_as_sqs_does(account, sqs, url):
    user = account.user("somebody")
    with refused("AccessDenied", f"User: {user.arn} is not authorized to perform: sqs:sendmessage on resource: {arn_of(sqs, url)} because no "
                                 "identity-based policy allows the sqs:sendmessage action", 403):
        user.client("sqs").send_message(QueueUrl=url, MessageBody="x")


def test_a_queue_that_is_not_there_is_told_to_who_may_use_it(account, url):
    user = account.user(policy=policy("sqs:SendMessage")).client("sqs")
    with refused("AWS.SimpleQueueService.NonExistentQueue"):
        user.send_message(QueueUrl=url + "-none", MessageBody="x")


def test_the_queue_lets_another_account(account, other_account, sqs, url):
    other = other_account.client("sqs")
    with refused("AccessDenied", f"User: arn:aws:iam::{other_account.id}:root is not authorized to perform: sqs:sendmessage on resource: "
                                 f"{arn_of(sqs, url)} because no resource-based policy allows the sqs:sendmessage action", 403):
        other.send_message(QueueUrl=url, MessageBody="x")
    document = let(sqs, url, {"AWS": other_account.id}, ["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:SetQueueAttributes",
                                                         "sqs:DeleteQueue", "sqs:TagQueue"])
    assert json.loads(attributes_of(sqs, url, "Policy")["Policy"]) == document
    other.send_message(QueueUrl=url, MessageBody="from afar")
    assert other.get_queue_url(QueueName="guarded", QueueOwnerAWSAccountId=account.id)["QueueUrl"] == url
    assert bodies(sqs, url) == ["from afar"]
    for call, more in ((other.set_queue_attributes, {"Attributes": {"DelaySeconds": "1"}}), (other.delete_queue, {}),
                       (other.tag_queue, {"Tags": {"a": "b"}}), (other.receive_message, {})):
        with refused("AccessDenied"):
            call(QueueUrl=url, **more)
    user = other_account.user().client("sqs")
    with refused("AccessDenied"):
        user.send_message(QueueUrl=url, MessageBody="its own account must let it, too")


def test_another_account_is_not_told_whether_a_queue_is_there(account, other_account, sqs, url):
    text = "The specified queue does not exist or you do not have access to it."
    other = other_account.client("sqs")
    for name in ("guarded", "none"):
        with refused("AWS.SimpleQueueService.NonExistentQueue", text, 400):
            other.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account.id)
    let(sqs, url, {"AWS": other_account.id}, "sqs:GetQueueUrl")
    user = other_account.user().client("sqs")
    with refused("AccessDenied"):
        user.get_queue_url(QueueName="guarded", QueueOwnerAWSAccountId=account.id)
    with refused("AccessDenied"):
        account.user().client("sqs").get_queue_url(QueueName="guarded")


def test_a_queue_can_deny_its_own_account(account, sqs, url):
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(document)})
    with refused("AccessDenied"):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    sqs.send_message(QueueUrl=url, MessageBody="x")


def test_a_user_of_the_same_name_is_another(account, sqs, url):
    first = account.user("sender")
    let(sqs, url, {"AWS": first.arn}, "sqs:SendMessage")
    first.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    account.iam.delete_access_key(UserName="sender", AccessKeyId=first.creds.access_key)
    account.iam.delete_user(UserName="sender")
    again = account.user("sender")
    with refused("AccessDenied"):
        again.client("sqs").send_message(QueueUrl=url, MessageBody="x")


def test_everybody(account, sqs, url):
    nobody = make_client(account.server, "sqs", None)
    with refused("AccessDenied", status=403):
        nobody.send_message(QueueUrl=url, MessageBody="x")
    let(sqs, url, "*", "sqs:SendMessage")
    nobody.send_message(QueueUrl=url, MessageBody="x")
    with refused("AccessDenied"):
        nobody.receive_message(QueueUrl=url)
    with refused("AccessDenied"):
        nobody.list_queues()
    assert bodies(sqs, url) == ["x"]


@pytest.mark.parametrize("document", ["x", "{}", json.dumps({"Statement": [{"Effect": "Allow"}]}), json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/none"},
                                             "Action": "sqs:*", "Resource": "*"}]})])
def test_policies_that_are_refused(sqs, url, document):
    with refused("InvalidAttributeValue", "Invalid value for the parameter Policy.", 400):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    assert "Policy" not in attributes_of(sqs, url)


@pytest.mark.parametrize("more", [{"Action": [f"sqs:{c}" for c in "abcdefgh"]}, {"Principal": {"AWS": ["*"] * 51}},
                                  {"Condition": {"StringEquals": {f"aws:RequestTag/{i}": "x" for i in range(11)}}}])
def test_quotas_of_policies(sqs, url, more):
    one = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    for statements in ([one | more], [one] * 21):
        with refused("OverLimit", status=403):
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": statements})})
    with refused("OverLimit", "21 statements were found in the submitted policy, max allowed is 20"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [one] * 21})})
    with refused("InvalidAttributeValue"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(
            {"Version": "2012-10-17", "Id": "x" * 8192, "Statement": [one]})})


def test_permissions_by_label(account, other_account, sqs, url):
    sqs.add_permission(QueueUrl=url, Label="send", AWSAccountIds=[other_account.id], Actions=["SendMessage"])
    other_account.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    found = json.loads(attributes_of(sqs, url, "Policy")["Policy"])
    assert found["Statement"] == [{"Sid": "send", "Effect": "Allow", "Principal": {"AWS": [f"arn:aws:iam::{other_account.id}:root"]},
                                   "Action": ["SQS:SendMessage"], "Resource": arn_of(sqs, url)}]
    with refused("InvalidParameterValue", status=400):
        sqs.add_permission(QueueUrl=url, Label="send", AWSAccountIds=[other_account.id], Actions=["*"])
    for more in ({"Label": "a b"}, {"Actions": ["CreateQueue"]}, {"AWSAccountIds": ["12"]}):
        with refused("InvalidParameterValue"):
            sqs.add_permission(**{"QueueUrl": url, "Label": "l", "AWSAccountIds": [other_account.id], "Actions": ["*"], **more})
    sqs.remove_permission(QueueUrl=url, Label="send")
    assert "Policy" not in attributes_of(sqs, url)
    with refused("InvalidParameterValue"):
        sqs.remove_permission(QueueUrl=url, Label="send")
    with refused("AccessDenied"):
        other_account.client("sqs").send_message(QueueUrl=url, MessageBody="x")


def test_tags_are_asked(account, sqs):
    url = sqs.create_queue(QueueName="tagged", tags={"team": "red"})["QueueUrl"]
    for team, lets in (("red", True), ("blue", False)):
        user = account.user(policy=policy(statement("sqs:SendMessage", Condition={
            "StringEquals": {"aws:ResourceTag/team": team}}))).client("sqs")
        if lets:
            user.send_message(QueueUrl=url, MessageBody=team)
        else:
            with refused("AccessDenied"):
                user.send_message(QueueUrl=url, MessageBody=team)
    maker = account.user(policy=policy("sqs:CreateQueue")).client("sqs")
    with refused("AccessDenied"):
        maker.create_queue(QueueName="new", tags={"a": "b"})
    maker.create_queue(QueueName="new")
