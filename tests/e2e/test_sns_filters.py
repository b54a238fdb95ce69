"""Filter policies. https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html"""
import json

import pytest

from harness.refusals import refused
from harness.topics import make_queue, make_topic, subscribe, subscribed


@pytest.fixture(scope="module")
def world(server, tmp_path_factory):
    from harness.account import Account
    account = Account.create(server, tmp_path_factory.mktemp("home"))
    return account, make_topic(account, "filtered")


def attributes(**values):
    """Text, number, list, bytes or, as a tuple, numbers, as attributes."""
    kinds = {str: "String", int: "Number", float: "Number", list: "String.Array", bytes: "Binary", tuple: "Number.Array"}
    return {name: {"DataType": kinds[type(value)],
                   **({"BinaryValue": value} if isinstance(value, bytes) else
                      {"StringValue": json.dumps(value) if isinstance(value, (list, tuple)) else str(value)})}
            for name, value in values.items()}


def wanted(account, topic, messages, **policy):
    """Which of the messages come, of those that are published with these attributes or bodies. The end is told by one
    that a second subscription, without a filter, gets last."""
    sns = account.client("sns")
    queue, all_of_them = subscribed(account, topic, RawMessageDelivery="true", **policy), subscribed(account, topic)
    for number, (body, given) in enumerate(messages):
        sns.publish(TopicArn=topic, Message=body or str(number), MessageAttributes=given)
    all_of_them.receive(len(messages))
    found = []
    while not found or got:
        got = queue.sqs.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10).get("Messages", [])
        found += [message["Body"] for message in got]
        if not got:
            break
    for row in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=row["SubscriptionArn"])
    return found


ATTRIBUTES = [
    ({"shop": ["a", "b"]}, [{"shop": "a"}, {"shop": "b"}], [{"shop": "c"}, {}, {"shop": "A"}]),
    ({"shop": [{"prefix": "or"}]}, [{"shop": "orders"}], [{"shop": "xor"}]),
    ({"shop": [{"suffix": ".eu"}]}, [{"shop": "x.eu"}], [{"shop": "x.eu."}]),
    ({"shop": [{"equals-ignore-case": "Ab"}]}, [{"shop": "aB"}], [{"shop": "b"}]),
    ({"shop": [{"anything-but": ["a", "b"]}]}, [{"shop": "c"}, {"shop": 5}], [{"shop": "a"}, {}]),
    ({"shop": [{"anything-but": {"prefix": "a"}}]}, [{"shop": "ba"}], [{"shop": "ab"}]),
    ({"shop": [{"anything-but": {"suffix": "a"}}]}, [{"shop": "ab"}], [{"shop": "ba"}]),
    ({"shop": [{"wildcard": "a*z"}]}, [{"shop": "abcz"}], [{"shop": "abc"}]),
    ({"price": [{"numeric": [">=", 1.5, "<", 100]}]}, [{"price": 1.5}, {"price": 99}], [{"price": 100}, {"price": "5"}]),
    ({"price": [{"numeric": ["=", 3]}]}, [{"price": 3}, {"price": 3.0}], [{"price": 4}]),
    ({"price": [{"exists": True}]}, [{"price": 3}, {"price": "x"}], [{}, {"price": b"ignored"}]),
    ({"price": [{"exists": False}]}, [{}, {"shop": "x"}], [{"price": 3}]),
    ({"from": [{"cidr": "10.0.0.0/24"}]}, [{"from": "10.0.0.77"}], [{"from": "10.0.1.1"}, {"from": "x"}]),
    ({"tags": ["b"]}, [{"tags": ["a", "b"]}, {"tags": "b"}], [{"tags": ["a"]}, {"tags": []}]),
    ({"price": [{"anything-but": [100, 500]}]}, [{"price": (100, 50)}, {"price": 101}], [{"price": 100}, {"price": (100, 500)}]),
    ({"price": [{"numeric": [">", 5]}]}, [{"price": (1, 6.5)}], [{"price": (1, 2)}, {"price": ()}]),
    ({"a": ["1"], "b": ["2"]}, [{"a": "1", "b": "2"}], [{"a": "1"}, {"b": "2"}]),
    ({"$or": [{"a": ["1"]}, {"b": ["2"]}]}, [{"a": "1"}, {"b": "2"}], [{"a": "2", "b": "1"}]),
]


@pytest.mark.parametrize("policy, come, stay", ATTRIBUTES, ids=lambda value: json.dumps(value) if isinstance(value, dict) else "")
def test_by_attributes(world, policy, come, stay):
    account, topic = world
    come, stay = [[(text, attributes(**values)) for values in list_] for list_, text in ((come, "come"), (stay, "stay"))]
    assert wanted(account, topic, stay + come, FilterPolicy=policy) == ["come"] * len(come)


BODIES = [
    ({"store": ["a"], "detail": {"price": [{"numeric": [">", 10]}]}},
     [{"store": "a", "detail": {"price": 11}}, {"store": ["b", "a"], "detail": [{"price": 1}, {"price": 20}]}],
     [{"store": "a", "detail": {"price": 9}}, {"store": "a"}]),
    ({"on": [True, None]}, [{"on": True}, {"on": None}], [{"on": False}, {"on": "true"}, {}]),
    ({"gone": [{"exists": False}]}, [{"x": 1}], [{"gone": 1}]),
]


@pytest.mark.parametrize("policy, come, stay", BODIES, ids=lambda value: json.dumps(value) if isinstance(value, dict) else "")
def test_by_bodies(world, policy, come, stay):
    account, topic = world
    messages = [(json.dumps(body), {}) for body in stay + come] + [(text, {}) for text in ("no JSON", "[]", "5")]
    found = wanted(account, topic, messages, FilterPolicy=policy, FilterPolicyScope="MessageBody")
    assert [json.loads(body) for body in found] == come


@pytest.mark.parametrize("policy, scope", [
    ("no JSON", "MessageAttributes"), ("[]", "MessageAttributes"), ('{"a":"b"}', "MessageAttributes"), ('{"a":[]}', "MessageAttributes"),
    ('{"a":{"b":["c"]}}', "MessageAttributes"), ('{"a":[{"nonsense":1}]}', "MessageBody"), ('{"a":[[1]]}', "MessageBody"),
    (json.dumps({str(number): ["x"] for number in range(6)}), "MessageAttributes"),
    (json.dumps({"a": list(map(str, range(13))), "b": list(map(str, range(12)))}), "MessageAttributes"),
    (json.dumps({"a": {"b": {"c": list(map(str, range(51)))}}}), "MessageBody"),
    ('{"a":[{"numeric":[">",1000000001]}]}', "MessageBody"), ('{"a":[{"wildcard":"a*b*c*d*e"}]}', "MessageBody"),
    (json.dumps({"a": [{"wildcard": f"{number}*"} for number in range(11)]}), "MessageBody"),
    ('{"a":["b"]}', "Nonsense"),
])
def test_policies_that_are_none(world, policy, scope):
    account, topic = world
    with refused("InvalidParameter", status=400):
        subscribe(account, topic, make_queue(account), FilterPolicy=policy, FilterPolicyScope=scope)


def test_limits_that_just_hold(world):
    account, topic = world
    for policy, scope in (({"a": list(map(str, range(15))), "b": list(map(str, range(10)))}, "MessageAttributes"),
                          ({"a": {"b": {"c": list(map(str, range(50)))}}}, "MessageBody"),
                          ({"a": [{"wildcard": f"{number}*"} for number in range(10)]}, "MessageBody")):
        subscribe(account, topic, make_queue(account), FilterPolicy=policy, FilterPolicyScope=scope)


def test_they_are_set_told_and_taken_away(account):
    sns, topic = account.client("sns"), make_topic(account)
    queue, all_of_them = make_queue(account), subscribed(account, topic)
    arn = subscribe(account, topic, queue)

    def put(name, value):
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)

    put("FilterPolicy", '{"a":["b"]}')
    told = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (told["FilterPolicy"], told["FilterPolicyScope"]) == ('{"a":["b"]}', "MessageAttributes")
    put("FilterPolicyScope", "MessageBody")
    put("FilterPolicy", '{"a":{"b":["c"]}}')
    with refused("InvalidParameter", "Invalid parameter: FilterPolicy: Filter policy scope MessageAttributes does not support "
                                     "nested filter policy"):
        put("FilterPolicyScope", "MessageAttributes")
    sns.publish(TopicArn=topic, Message='{"a":{"b":"x"}}')
    all_of_them.receive()
    put("FilterPolicy", "{}")
    sns.publish(TopicArn=topic, Message="y")
    put("FilterPolicy", "")
    assert "FilterPolicy" not in sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert [json.loads(one["Body"])["Message"] for one in queue.receive(1)] == ["y"]


def test_a_topic_has_two_hundred_at_most(account):
    topic = make_topic(account)
    arns = [f"arn:aws:sqs:us-east-1:{account.id}:q{number}" for number in range(201)]
    for arn in arns[:200]:
        subscribe(account, topic, arn, FilterPolicy={"a": ["b"]})
    with refused("FilterPolicyLimitExceeded", status=403):
        subscribe(account, topic, arns[200], FilterPolicy={"a": ["b"]})
    subscribe(account, topic, arns[200])
