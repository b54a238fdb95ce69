"""Subscriptions: whose they are, confirmed and ended; dead letters.
https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html"""
import json
import urllib.error
import urllib.request

import pytest

from harness.account import Account, policy, statement
from harness.refusals import refused
from harness.topics import SNS, attributes_of, failures, make_queue, make_topic, subscribe, subscribed


@pytest.fixture
def sns(account):
    return account.client("sns")


def let(account, topic, other, actions=("Subscribe",), **condition):
    row = {"Sid": "other", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other.id}:root"},
           "Action": [f"SNS:{one}" for one in actions], "Resource": topic, **({"Condition": condition} if condition else {})}
    account.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(
        {"Version": "2012-10-17", "Statement": [row]}))


def get(url):
    """(status, text) of what a browser gets."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_subscription_is_there_once(account, sns):
    topic, queue = make_topic(account), make_queue(account)
    arn = subscribe(account, topic, queue)
    assert arn.startswith(topic + ":") and subscribe(account, topic, queue) == arn
    with refused("InvalidParameter", "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"):
        subscribe(account, topic, queue, RawMessageDelivery="true")
    told = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert told == {"SubscriptionArn": arn, "TopicArn": topic, "Protocol": "sqs", "Endpoint": queue.arn, "Owner": account.id,
                    "SubscriptionPrincipal": f"arn:aws:iam::{account.id}:root", "PendingConfirmation": "false",
                    "ConfirmationWasAuthenticated": "true", "RawMessageDelivery": "false"}
    row = {"SubscriptionArn": arn, "Owner": account.id, "Protocol": "sqs", "Endpoint": queue.arn, "TopicArn": topic}
    assert sns.list_subscriptions()["Subscriptions"] == sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == [row]
    sns.unsubscribe(SubscriptionArn=arn)
    with refused("NotFound", "Subscription does not exist", 404):
        sns.get_subscription_attributes(SubscriptionArn=arn)
    assert sns.list_subscriptions()["Subscriptions"] == []
    counts = attributes_of(account, topic)
    assert (counts["SubscriptionsConfirmed"], counts["SubscriptionsDeleted"]) == ("0", "1")


@pytest.mark.parametrize("protocol, endpoint", [
    ("sqs", "x"), ("sqs", "arn:aws:sqs:us-east-1:1:x"), ("sqs", "arn:aws:sns:us-east-1:111122223333:x"), ("sqs", ""),
    ("sqs", "arn:aws:sqs:us-east-1:111122223333:x.fifo"), ("carrier-pigeon", "x"), ("lambda", "arn:aws:lambda:us-east-1:1:function:f"),
    ("firehose", "arn:aws:firehose:us-east-1:1:deliverystream/x"), ("sms", "+15555550100"), ("application", "x")])
def test_endpoints_that_are_none(account, sns, protocol, endpoint):
    topic = make_topic(account)
    with refused("InvalidParameter", status=400):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)


def test_attributes_that_are_none(account, sns):
    topic = make_topic(account)
    arn = subscribe(account, topic, make_queue(account))
    for name, value in (("Nonsense", "x"), ("RawMessageDelivery", "maybe"), ("DeliveryPolicy", "{}"), ("SubscriptionRoleArn", "x"),
                        ("ReplayPolicy", "{}"), ("RedrivePolicy", "x"), ("RedrivePolicy", '{"deadLetterTargetArn":"x"}'),
                        ("RedrivePolicy", json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:eu-west-1:{account.id}:x"})),
                        ("RedrivePolicy", json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{account.id}:x.fifo"}))):
        with refused("InvalidParameter"):
            sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(account, sns):
    topic, dead = make_topic(account), make_queue(account)
    arn = subscribe(account, topic, f"arn:aws:sqs:us-east-1:{account.id}:gone", RedrivePolicy={"deadLetterTargetArn": dead.arn})
    assert json.loads(sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["RedrivePolicy"]) == {
        "deadLetterTargetArn": dead.arn}
    sent = sns.publish(TopicArn=topic, Message="x", MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}})
    letter, = dead.receive()
    body = json.loads(letter["Body"])
    assert (body["MessageId"], body["Message"], body["MessageAttributes"]["a"]["Value"]) == (sent["MessageId"], "x", "b")
    assert "ErrorCode" in letter["MessageAttributes"] and "ErrorMessage" in letter["MessageAttributes"]
    told, = failures(account, topic)
    assert told["deadLetterArn"] == dead.arn and "deadLetterErrorMessage" not in told
    dead.let({"Service": "s3.amazonaws.com"})
    sns.publish(TopicArn=topic, Message="y")
    assert "deadLetterErrorMessage" in max(failures(account, topic, 2), key=len)


def test_the_owner_of_a_queue_subscribes_it(account, other_account):
    topic, queue = make_topic(account), make_queue(other_account)
    with refused("AuthorizationError", status=403):
        subscribe(other_account, topic, queue)
    let(account, topic, other_account)
    arn = subscribe(other_account, topic, queue)
    theirs = other_account.client("sns")
    assert theirs.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"
    account.client("sns").publish(TopicArn=topic, Message="x")
    assert json.loads(queue.receive()[0]["Body"])["Message"] == "x"
    assert [row["Owner"] for row in account.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]] == [other_account.id]
    assert account.client("sns").list_subscriptions()["Subscriptions"] == []
    with refused("AuthorizationError", "Only the owner of the subscription may change it."):
        account.client("sns").set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="true")
    theirs.unsubscribe(SubscriptionArn=arn)


def test_who_is_not_confirmed_is_asked_again(account, other_account, sns):
    """And the owner of the endpoint need not be."""
    topic, queue = make_topic(account), make_queue(other_account)
    first = subscribe(account, topic, queue)
    assert subscribe(account, topic, queue) == first
    old, new = queue.events(2)
    with refused("InvalidParameter", "Invalid parameter: Token"):
        sns.confirm_subscription(TopicArn=topic, Token=old["Token"])
    let(account, topic, other_account)
    assert subscribe(other_account, topic, queue) == first
    told = other_account.client("sns").get_subscription_attributes(SubscriptionArn=first)["Attributes"]
    assert (told["Owner"], told["PendingConfirmation"]) == (other_account.id, "false")
    assert told["SubscriptionPrincipal"] == f"arn:aws:iam::{other_account.id}:root"
    counts = attributes_of(account, topic)
    assert (counts["SubscriptionsConfirmed"], counts["SubscriptionsPending"]) == ("1", "0")
    assert new["Token"] != old["Token"]


def test_what_another_may_subscribe(account, other_account):
    """sns:Protocol and sns:Endpoint."""
    topic, queue = make_topic(account), make_queue(other_account)
    let(account, topic, other_account, StringEquals={"sns:Protocol": "sqs"}, StringLike={"sns:Endpoint": f"*:{other_account.id}:good*"})
    with refused("AuthorizationError"):
        subscribe(other_account, topic, queue)
    assert subscribe(other_account, topic, make_queue(other_account, "good-queue"))


def test_a_queue_of_another_account_has_to_confirm(account, other_account, sns):
    topic, queue = make_topic(account), make_queue(other_account)
    answer = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    assert answer["SubscriptionArn"] == "pending confirmation"
    row, = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert row["SubscriptionArn"] == "PendingConfirmation"
    asked, = queue.events()
    assert asked["Type"] == "SubscriptionConfirmation" and asked["TopicArn"] == topic and asked["Token"] in asked["SubscribeURL"]
    sns.publish(TopicArn=topic, Message="too early")
    for token in ("x", asked["Token"][:-1], asked["Token"][:-1] + ("0" if asked["Token"][-1] != "0" else "1")):
        with refused("InvalidParameter", "Invalid parameter: Token"):
            sns.confirm_subscription(TopicArn=topic, Token=token)
    nobody, bob = other_account.user("nobody"), other_account.user("bob", policy("sns:ConfirmSubscription"))
    ours = account.user("ours")
    for user in (nobody, ours):
        with refused("AuthorizationError"):
            user.client("sns").confirm_subscription(TopicArn=topic, Token=asked["Token"])
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "sns:ConfirmSubscription", "Resource": topic}]}))
    assert get(asked["SubscribeURL"])[0] == 403
    with refused("AuthorizationError"):
        bob.client("sns").confirm_subscription(TopicArn=topic, Token=asked["Token"])
    let(account, topic, other_account, ("Publish",))
    arn = bob.client("sns").confirm_subscription(TopicArn=topic, Token=asked["Token"],
                                                 AuthenticateOnUnsubscribe="true")["SubscriptionArn"]
    told = other_account.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (told["Owner"], told["ConfirmationWasAuthenticated"], told["PendingConfirmation"]) == (other_account.id, "true", "false")
    sns.publish(TopicArn=topic, Message="now")
    assert [one["Message"] for one in queue.events()] == ["now"]
    status, text = get(queue_url(account, arn))
    assert status == 403 and "AuthorizationError" in text


def queue_url(account, arn):
    return f"{account.server.endpoint}/?Version=2010-03-31&Action=Unsubscribe&SubscriptionArn={arn}"


def test_who_has_the_urls_confirms_and_unsubscribes(account, other_account, sns):
    topic, queue = make_topic(account), make_queue(other_account)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    asked, = queue.events()
    status, text = get(asked["SubscribeURL"] + "&AuthenticateOnUnsubscribe=true")
    assert status == 403
    status, text = get(asked["SubscribeURL"])
    assert status == 200 and "<SubscriptionArn>arn:" in text
    sns.publish(TopicArn=topic, Message="x")
    message, = queue.events()
    told = sns.get_subscription_attributes(SubscriptionArn=text.split("<SubscriptionArn>")[1].split("<")[0])["Attributes"]
    assert told["ConfirmationWasAuthenticated"] == "false"
    assert get(message["UnsubscribeURL"])[0] == 200
    assert get(message["UnsubscribeURL"])[0] == 404
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    account.event("Unsubscribe")  # what came before it is there then
    rows = account.events_named("Unsubscribe") + account.events_named("ConfirmSubscription")
    assert {(row["eventName"], row["userIdentity"]["accountId"]) for row in rows if "errorCode" not in row} == {
        ("Unsubscribe", "ANONYMOUS_PRINCIPAL"), ("ConfirmSubscription", "ANONYMOUS_PRINCIPAL")}
    assert asked["Token"] not in json.dumps(rows)


def test_what_belongs_to_an_account_is_not_ended_by_everybody(account, other_account, sns):
    topic = make_topic(account)
    arn = subscribe(account, topic, make_queue(account))
    assert get(queue_url(account, arn))[0] == 403
    with refused("AuthorizationError"):
        other_account.client("sns").unsubscribe(SubscriptionArn=arn)
    with refused("NotFound"):
        other_account.client("sns").get_subscription_attributes(SubscriptionArn=arn)
    with refused("NotFound"):
        other_account.client("sns").set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery",
                                                                AttributeValue="true")
    alice = account.user("alice", policy("sns:Publish"))
    with refused("AuthorizationError"):
        alice.client("sns").unsubscribe(SubscriptionArn=arn)


def test_permissions_by_label(account, other_account, sns):
    topic = make_topic(account)
    theirs = other_account.client("sns")
    with refused("AuthorizationError"):
        theirs.publish(TopicArn=topic, Message="x")
    sns.add_permission(TopicArn=topic, Label="theirs", AWSAccountId=[other_account.id], ActionName=["Publish", "GetTopicAttributes"])
    assert theirs.publish(TopicArn=topic, Message="x")["MessageId"]
    row = json.loads(attributes_of(account, topic)["Policy"])["Statement"][1]
    assert row == {"Sid": "theirs", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other_account.id}:root"},
                   "Action": ["SNS:Publish", "SNS:GetTopicAttributes"], "Resource": topic}
    with refused("InvalidParameter", "Invalid parameter: Statement already exists"):
        sns.add_permission(TopicArn=topic, Label="theirs", AWSAccountId=[other_account.id], ActionName=["Publish"])
    for more in ({"AWSAccountId": ["x"]}, {"ActionName": ["Nonsense"]}, {"Label": "a b"}):
        with refused("InvalidParameter"):
            sns.add_permission(**{"TopicArn": topic, "Label": "new", "AWSAccountId": [other_account.id], "ActionName": ["Publish"], **more})
    sns.remove_permission(TopicArn=topic, Label="theirs")
    with refused("AuthorizationError"):
        theirs.publish(TopicArn=topic, Message="x")
    sns.add_permission(TopicArn=topic, Label="all", AWSAccountId=["*"], ActionName=["Publish"])
    assert json.loads(attributes_of(account, topic)["Policy"])["Statement"][1]["Principal"] == {"AWS": "*"}
    assert theirs.publish(TopicArn=topic, Message="x")["MessageId"]


def test_users_need_a_permission_in_spite_of_the_default_policy(account):
    topic = make_topic(account)
    nobody, alice = account.user("nobody"), account.user("alice", policy(statement("sns:Publish", resource=topic)))
    with refused("AuthorizationError"):
        nobody.client("sns").publish(TopicArn=topic, Message="x")
    assert alice.client("sns").publish(TopicArn=topic, Message="x")["MessageId"]
    with refused("AuthorizationError"):
        alice.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{account.id}:x")


def test_who_does_not_confirm_is_forgotten(traveller):
    traveller.server.admin.past_the_jump()
    sns, topic = traveller.client("sns"), make_topic(traveller)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:999988887777:x")
    assert attributes_of(traveller, topic)["SubscriptionsPending"] == "1"
    traveller.server.admin.advance("47h")
    traveller.server.admin.past_the_jump()
    assert attributes_of(traveller, topic)["SubscriptionsPending"] == "1"
    traveller.server.admin.advance("1h")
    traveller.server.admin.past_the_jump()
    assert attributes_of(traveller, topic)["SubscriptionsPending"] == "0"
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_listing_in_pages(account, sns):
    topic = make_topic(account)
    for number in range(101):
        subscribe(account, topic, f"arn:aws:sqs:us-east-1:{account.id}:q{number}")
    for call, given in ((sns.list_subscriptions, {}), (sns.list_subscriptions_by_topic, {"TopicArn": topic})):
        first = call(**given)
        rest = call(NextToken=first["NextToken"], **given)
        assert (len(first["Subscriptions"]), len(rest["Subscriptions"])) == (100, 1) and "NextToken" not in rest
    with refused("InvalidParameter"):
        sns.list_subscriptions(NextToken=first["NextToken"])


def test_the_cli(account):
    topic, queue = make_topic(account), make_queue(account, policy=SNS)
    arn = account.cli(f"sns subscribe --topic-arn {topic} --protocol sqs --notification-endpoint {queue.arn}")["SubscriptionArn"]
    sent = account.cli(["sns", "publish", "--topic-arn", topic, "--message", "by CLI", "--subject", "S"])
    body = json.loads(queue.receive()[0]["Body"])
    assert (body["MessageId"], body["Message"], body["Subject"]) == (sent["MessageId"], "by CLI", "S")
    account.cli(f"sns unsubscribe --subscription-arn {arn}")
    assert account.cli(f"sns list-subscriptions-by-topic --topic-arn {topic}")["Subscriptions"] == []
    assert subscribed(account, topic).is_empty()


def test_arns_of_queues_are_bounded(account, sns):
    topic = make_topic(account)
    ok = f"arn:aws:sqs:us-east-1:{account.id}:"
    for arn in (ok, ok + "a" * 81, ok + "a" * 100000, ok + "a b", ok + "a:b", f"arn:aws:sqs:nowhere:{account.id}:a", "arn:aws:sqs:us-east-1:12:a",
                f"arn:aws:sqs:{'r' * 100000}:{account.id}:a"):
        with refused("InvalidParameter"):
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        with refused("InvalidParameter"):
            subscribe(account, topic, ok + "a", RedrivePolicy={"deadLetterTargetArn": arn})
    subscribe(account, topic, ok + "a" * 80, RedrivePolicy={"deadLetterTargetArn": ok + "b" * 80})


def test_nobody_is_asked_without_end(account, other_account, sns):
    topic, queue = make_topic(account), make_queue(other_account)
    for _ in range(14):
        assert sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)["SubscriptionArn"] == "pending confirmation"
    asked = [json.loads(message["Body"]) for message in queue.receive(10)]
    assert len(asked) == 10 and queue.is_empty()
    arn = sns.confirm_subscription(TopicArn=topic, Token=asked[-1]["Token"])["SubscriptionArn"]
    assert sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)["SubscriptionArn"] == arn


@pytest.mark.parametrize("how", ["confirm", "subscribe"])
def test_dead_letters_do_not_go_to_who_asked_for_another(account, other_account, sns, how):
    """A subscription becomes another account's, and its dead-letter queue does not."""
    topic, queue, dead = make_topic(account), make_queue(other_account), make_queue(account)
    let(account, topic, other_account)
    arn = subscribe(account, topic, queue, RedrivePolicy={"deadLetterTargetArn": dead.arn}, RawMessageDelivery="true")
    theirs = other_account.client("sns")
    if how == "confirm":
        assert theirs.confirm_subscription(TopicArn=topic, Token=queue.events()[0]["Token"])["SubscriptionArn"] == arn
    else:
        assert theirs.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)["SubscriptionArn"] == arn
    told = theirs.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert told["Owner"] == other_account.id and "RedrivePolicy" not in told and told["RawMessageDelivery"] == "true"
    other_account.client("sqs").delete_queue(QueueUrl=queue.url)
    sns.publish(TopicArn=topic, Message="theirs alone")
    assert "deadLetterArn" not in failures(account, topic)[0]
    assert dead.is_empty()


def called(sns, host):
    """Subscribe under another host's name, from now on."""
    def pretend(request, **_):
        request.headers["Host"] = host
    sns.meta.events.register("before-sign.sns.Subscribe", pretend, unique_id="host")
    return lambda: sns.meta.events.unregister("before-sign.sns.Subscribe", unique_id="host")


def test_who_asks_again_gets_an_address_of_his_own(account, other_account, sns):
    topic, queue = make_topic(account), make_queue(other_account)
    no_more = called(sns, "there.localhost:1234")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    no_more()
    assert queue.events()[0]["SubscribeURL"].startswith("http://there.localhost:1234/?")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    assert get(queue.events()[0]["SubscribeURL"])[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "evil-localhost",
                                  "mine.s3.us-east-1.amazonaws.com", "sns.nowhere.amazonaws.com", "sns.us-east-1.amazonaws.com.evil.example",
                                  "127.0.0.1@evil.example", "evil.example/?x=", "a" * 300, "a b"])
def test_a_host_that_is_not_ours_stands_in_no_message(account, sns, host):
    topic, queue = make_topic(account), make_queue(account)
    called(sns, host)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    sns.publish(TopicArn=topic, Message="x")
    message = json.loads(queue.receive()[0]["Body"])
    for url in (message["UnsubscribeURL"], message["SigningCertURL"]):
        assert url.startswith(account.server.endpoint + "/")


@pytest.mark.parametrize("host", ["localhost:99", "127.0.0.2", "sns.eu-west-1.amazonaws.com"])
def test_a_host_that_is_ours_stands_in_messages(account, sns, host):
    topic, queue = make_topic(account), make_queue(account)
    called(sns, host)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    sns.publish(TopicArn=topic, Message="x")
    assert json.loads(queue.receive()[0]["Body"])["UnsubscribeURL"].startswith(f"http://{host}/?")


@pytest.mark.parametrize("given", [{"arguments": ["--public-url", "https://merlon.example:8443"]},
                                   {"env": {"MERLON_PUBLIC_URL": "https://merlon.example:8443"}}])
def test_the_operator_says_where_links_lead(new_server, home, given):
    account = Account.create(new_server(**given), home)
    topic, queue = make_topic(account), make_queue(account)
    called(account.client("sns"), "localhost:99")
    subscribe(account, topic, queue)
    account.client("sns").publish(TopicArn=topic, Message="x")
    message = json.loads(queue.receive()[0]["Body"])
    assert message["UnsubscribeURL"].startswith("https://merlon.example:8443/?Version=2010-03-31&Action=Unsubscribe&")
    assert message["SigningCertURL"].startswith("https://merlon.example:8443/SimpleNotificationService-")
