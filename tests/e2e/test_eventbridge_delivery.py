"""From an event to the targets of its rules.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html"""
import json

from harness.account import policy, statement
from harness.event_rules import Queue, failures, put_event, put_rule, put_slow_rules, role_for_rules
from harness.logs import HOUR_MS, now_ms
from harness.metrics import sums


def bus_arn(account, name, region="us-east-1"):
    return f"arn:aws:events:{region}:{account.id}:event-bus/{name}"


def test_an_event_comes_whole_to_a_queue(account):
    queue = Queue(account, "whole")
    put_rule(account, "orders", {"source": ["my.app"], "detail": {"total": [{"numeric": [">", 100]}]}}, queue.arn)
    put_event(account, detail={"total": 5})
    event_id = put_event(account, detail={"total": 500, "text": 'a "b" \u00fc'}, Resources=["arn:one", "two"])
    event, = queue.events()
    assert event == {"version": "0", "id": event_id, "detail-type": "Order", "source": "my.app", "account": account.id,
                     "time": event["time"], "region": "us-east-1", "resources": ["arn:one", "two"],
                     "detail": {"total": 500, "text": 'a "b" \u00fc'}}
    assert queue.is_empty()


def test_every_rule_and_every_target_gets_it_once(account):
    one, two = Queue(account, "one"), Queue(account, "two")
    put_rule(account, "a", {"source": ["my.app"]}, one.arn, two.arn)
    put_rule(account, "b", {"source": [{"prefix": "my."}]}, one.arn)
    put_rule(account, "c", {"detail-type": ["Order"], "source": ["my.app", "your.app"]}, one.arn)
    put_rule(account, "d", {"source": ["other.app"]}, one.arn)
    put_rule(account, "e", {"source": ["my.app"]}, one.arn, State="DISABLED")
    put_event(account)
    assert len(one.events(3)) == 3
    assert len(two.events(1)) == 1
    assert one.is_empty() and two.is_empty()


def test_input_forms(account):
    queue = Queue(account, "forms")
    rule = put_rule(
        account, "forms", {"source": ["my.app"]},
        {"Arn": queue.arn, "Input": '{"fixed": true}'},
        {"Arn": queue.arn, "InputPath": "$.detail.items[1]"},
        {"Arn": queue.arn, "InputTransformer": {
            "InputPathsMap": {"who": "$.detail.who", "items": "$.detail.items", "names": "$.detail.items[*].n", "gone": "$.no"},
            "InputTemplate": '{"who": <who>, "text": "it is <who><gone>, \\"<who>\\"", "items": <items>, "names": <names>,'
                             ' "flat": "<items>", "rule": "<aws.events.rule-name>", "arn": <aws.events.rule-arn>,'
                             ' "event": <aws.events.event>}'}},
        {"Arn": queue.arn, "InputTransformer": {"InputPathsMap": {"who": "$.detail.who"},
                                                "InputTemplate": '"<who> came at <aws.events.event.ingestion-time>"'}})
    event_id = put_event(account, detail={"who": "A \"b\"", "items": [{"n": 1}, {"n": "x"}]})
    bodies = [message["Body"] for message in queue.receive(4)]
    assert '{"fixed": true}' in bodies
    assert '{"n":"x"}' in bodies
    made, = [json.loads(body) for body in bodies if body.startswith('{"who"')]
    assert made["who"] == 'A "b"' and made["text"] == 'it is A "b", "A "b""'
    assert made["items"] == [{"n": 1}, {"n": "x"}] and made["names"] == [1, "x"] and made["flat"] == "[{n:1},{n:x}]"
    assert made["rule"] == "forms" and made["arn"] == rule
    assert made["event"]["id"] == event_id and "detail" not in made["event"]
    text, = [json.loads(body) for body in bodies if "came at" in body]
    assert text.startswith('A "b" came at 20') and text.endswith("Z")


def test_an_input_that_is_too_long_for_any_target(account):
    queue = Queue(account, "long")
    rule = put_rule(account, "long", {"source": ["my.app"]}, {"Arn": queue.arn, "InputTransformer": {
        "InputTemplate": "[" + ",".join(["<aws.events.event.json>"] * 300) + "]"}})
    put_event(account, detail={"text": "x" * 200000})
    told, = failures(account, rule)
    assert told["errorCode"] == "INVALID_PARAMETER" and told["errorMessage"] == "The input of the target is too long."
    assert queue.is_empty()


def test_a_fifo_queue_gets_its_group(account):
    queue = Queue(account, "lined.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    put_rule(account, "fifo", {"source": ["my.app"]}, {"Arn": queue.arn, "SqsParameters": {"MessageGroupId": "g1"}})
    put_event(account)
    message, = queue.receive()
    assert message["Attributes"]["MessageGroupId"] == "g1"


def test_the_group_of_a_message_may_come_from_the_event(account):
    queue = Queue(account, "grouped.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    put_rule(account, "fifo", {"source": ["my.app"]}, {"Arn": queue.arn, "SqsParameters": {"MessageGroupId": "$.detail.who"}})
    put_event(account, detail={"who": "bob"})
    put_event(account, detail={"who": 5})
    assert {message["Attributes"]["MessageGroupId"] for message in queue.receive(2)} == {"bob", "$.detail.who"}


def test_a_topic_tells_who_listens_to_it(account):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions"""
    sns, queue, dead = account.client("sns"), Queue(account, "ear", policy={"Service": "sns.amazonaws.com"}), Queue(account, "dead")
    topic = sns.create_topic(Name="told")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    rule = put_rule(account, "told", {"source": ["my.app"]}, {"Arn": topic, "DeadLetterConfig": {"Arn": dead.arn}})

    def let(source):
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy(statement(
            "sns:Publish", resource=topic, Principal={"Service": "events.amazonaws.com"},
            Condition={"ArnEquals": {"aws:SourceArn": source}}))))

    let(rule + "x")
    put_event(account)
    attributes = {name: value["StringValue"] for name, value in dead.receive()[0]["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "NO_PERMISSIONS" and attributes["TARGET_ARN"] == topic and attributes["ERROR_MESSAGE"]
    assert failures(account, rule)[0]["errorCode"] == "NO_PERMISSIONS" and queue.is_empty()
    let(rule)
    event_id = put_event(account, detail={"a": "\u00fc"})
    event, = queue.events()
    assert event["id"] == event_id and event["detail"] == {"a": "\u00fc"}
    sns.delete_topic(TopicArn=topic)
    put_event(account)
    attributes = {name: value["StringValue"] for name, value in dead.receive()[0]["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] in ("NO_RESOURCE", "NO_PERMISSIONS")


def test_a_fifo_queue_gets_events_in_their_order(account):
    queue = Queue(account, "order.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    put_rule(account, "order", {"source": ["my.app"]}, {"Arn": queue.arn, "SqsParameters": {"MessageGroupId": "g"}})
    entries = [{"Source": "my.app", "DetailType": "x", "Detail": json.dumps({"n": n})} for n in range(30)]
    for first in range(0, 30, 10):
        account.client("events").put_events(Entries=entries[first:first + 10])
    assert [event["detail"]["n"] for event in queue.events(30)] == list(range(30))


def test_a_queue_without_a_policy_gets_nothing_and_history_says_why(account):
    queue, dead = Queue(account, "shut", policy=None), Queue(account, "dead")
    rule = put_rule(account, "shut", {"source": ["my.app"]}, {"Arn": queue.arn, "DeadLetterConfig": {"Arn": dead.arn}})
    event_id = put_event(account)
    message, = dead.receive()
    assert json.loads(message["Body"])["id"] == event_id
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {"RULE_ARN": rule, "TARGET_ARN": queue.arn, "ERROR_CODE": "NO_PERMISSIONS", "RETRY_ATTEMPTS": "0"}
    told, = failures(account, rule)
    assert told["errorCode"] == "NO_PERMISSIONS" and told["targetArn"] == queue.arn and "deadLetterErrorMessage" not in told
    assert queue.is_empty()


def test_a_queue_whose_policy_names_another_rule(account):
    queue = Queue(account, "picky", policy=None)
    arn = f"arn:aws:events:us-east-1:{account.id}:rule/"
    queue.let({"Service": "events.amazonaws.com"}, Condition={"ArnEquals": {"aws:SourceArn": arn + "right"}})
    put_rule(account, "right", {"source": ["my.app"]}, queue.arn)
    wrong = put_rule(account, "wrong", {"source": ["my.app"]}, queue.arn)
    put_event(account)
    assert failures(account, wrong)[0]["errorCode"] == "NO_PERMISSIONS"
    queue.events(1)
    assert queue.is_empty()


def test_a_queue_that_has_gone(account):
    queue, dead = Queue(account, "gone"), Queue(account, "mourner", policy=None)
    rule = put_rule(account, "gone", {"source": ["my.app"]}, {"Arn": queue.arn, "DeadLetterConfig": {"Arn": dead.arn}})
    queue.sqs.delete_queue(QueueUrl=queue.url)
    put_event(account)
    told, = failures(account, rule)
    assert told["errorCode"] == "NO_PERMISSIONS"  # SQS tells nobody that has no permission what is there
    assert told["deadLetterArn"] == dead.arn and told["deadLetterErrorMessage"]


def test_calls_are_events(account):
    queue = Queue(account, "calls")
    put_rule(account, "calls", {"source": ["aws.iam"], "detail-type": ["AWS API Call via CloudTrail"],
                                "detail": {"eventName": ["CreateUser", "GetUser"]}}, queue.arn)
    account.iam.create_user(UserName="bob")
    account.iam.get_user(UserName="bob")
    event, = queue.events()
    assert event["detail"]["eventName"] == "CreateUser" and event["detail"]["requestParameters"] == {"userName": "bob"}
    assert event["account"] == account.id and event["region"] == "us-east-1" and event["resources"] == []
    assert event["detail"]["eventSource"] == "iam.amazonaws.com"
    account.client("events").put_rule(Name="calls", EventPattern=json.dumps({"detail": {"eventName": ["ListUsers"]}}),
                                      State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
    account.iam.list_users()
    event, = queue.events()
    assert event["detail"]["eventName"] == "ListUsers" and event["detail"]["readOnly"] is True
    assert queue.is_empty()


def test_refused_calls_are_events(account):
    queue = Queue(account, "refused")
    put_rule(account, "refused", {"detail": {"errorCode": [{"prefix": "AccessDenied"}]}}, queue.arn)
    user = account.user("nobody")
    try:
        user.client("iam").delete_user(UserName="x")
    except user.client("iam").exceptions.ClientError:
        pass
    event, = queue.events()
    assert event["detail"]["eventName"] == "DeleteUser" and event["detail"]["errorCode"] == "AccessDenied"


def test_bucket_events(account):
    queue, s3 = Queue(account, "bucket"), account.client("s3")
    put_rule(account, "bucket", {"source": ["aws.s3"], "detail-type": ["Object Created"]}, queue.arn)
    s3.create_bucket(Bucket=f"told-{account.id}")
    s3.put_bucket_notification_configuration(Bucket=f"told-{account.id}",
                                             NotificationConfiguration={"EventBridgeConfiguration": {}})
    s3.put_object(Bucket=f"told-{account.id}", Key="a/b", Body=b"123")
    event, = queue.events()
    assert event["detail"]["object"]["key"] == "a/b" and event["detail"]["object"]["size"] == 3
    assert event["resources"] == [f"arn:aws:s3:::told-{account.id}"]


# -- Bus to bus

def test_another_bus_of_the_account(account):
    queue, events = Queue(account, "second"), account.client("events")
    events.create_event_bus(Name="orders")
    put_rule(account, "on", {"source": ["my.app"]}, bus_arn(account, "orders"))
    put_rule(account, "all", {"source": [{"exists": True}]}, queue.arn, bus="orders")
    event_id = put_event(account, detail={"a": 1})
    event, = queue.events()
    assert event["id"] == event_id and event["detail"] == {"a": 1}


def test_the_policy_of_the_other_bus_may_deny(account):
    events = account.client("events")
    arn = events.create_event_bus(Name="closed")["EventBusArn"]
    events.put_permission(EventBusName="closed", Policy=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "events:PutEvents", "Resource": arn}]}))
    rule = put_rule(account, "on", {"source": ["my.app"]}, arn)
    put_event(account)
    told, = failures(account, rule)
    assert told["errorCode"] == "NO_PERMISSIONS" and "explicit deny" in told["errorMessage"]


def test_an_event_that_takes_another_bus_too_long(account, server):
    """It is no event of that bus, and the rule that sent it says so."""
    events, dead = account.client("events"), Queue(account, "dead")
    events.create_event_bus(Name="slow")
    put_slow_rules(events, bus="slow")
    rule = put_rule(account, "on", {"source": ["my.app"]}, {"Arn": bus_arn(account, "slow"), "DeadLetterConfig": {"Arn": dead.arn}})
    before = server.admin.metrics()['merlon_losses_total{of="rule_deliveries"}']
    put_event(account, detail={"a": ["00"] * 100000})
    told, = failures(account, rule)
    assert told["errorCode"] == "INVALID_PARAMETER"
    assert told["errorMessage"] == f"It takes too long to match the event with the rules of {bus_arn(account, 'slow')}."
    attributes = {name: value["StringValue"] for name, value in dead.receive()[0]["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "INVALID_PARAMETER" and attributes["RULE_ARN"] == rule
    assert server.admin.metrics()['merlon_losses_total{of="rule_deliveries"}'] > before
    at = now_ms()
    failed = sums(account.client("cloudwatch"), "AWS/Events", "FailedInvocations", at - HOUR_MS, at + HOUR_MS, dimensions=[("RuleName", "on")])
    assert sum(failed.values()) == 1.0


def test_an_event_is_sent_on_once(account):
    events = account.client("events")
    for name in ("one", "two"):
        events.create_event_bus(Name=name)
    put_rule(account, "on", {"source": ["my.app"]}, bus_arn(account, "one"))
    rule = put_rule(account, "further", {"source": ["my.app"]}, bus_arn(account, "two"), bus="one")
    put_event(account)
    assert failures(account, rule)[0]["errorCode"] == "THIRD_REGION_HOP_DETECTED"


def link(account, other, sources=("my.app",), name="central"):
    """A rule that sends to a bus of another account by a role that may."""
    arn = other.client("events").create_event_bus(Name=name)["EventBusArn"]
    role = role_for_rules(account, "sender", policy(statement("events:PutEvents", resource=arn)))
    rule = put_rule(account, "out", {"source": list(sources)}, {"Arn": arn, "RoleArn": role})
    return arn, role, rule


def test_a_bus_of_another_account(account, other_account):
    queue = Queue(other_account, "central")
    link(account, other_account, ("my.app", "aws.iam"))
    other_account.client("events").put_permission(EventBusName="central", StatementId="in", Action="events:PutEvents",
                                                  Principal=account.id)
    put_rule(other_account, "in", {"source": ["my.app", {"prefix": "aws.i"}], "detail": {"eventName": [{"exists": False},
             "CreateGroup"]}, "account": [account.id]}, queue.arn, bus="central")
    event_id = put_event(account)
    account.iam.create_group(GroupName="g")
    events = {event["source"]: event for event in queue.events(2)}
    assert events["my.app"]["id"] == event_id and events["my.app"]["account"] == account.id
    assert events["aws.iam"]["detail"]["eventName"] == "CreateGroup"


def test_a_bus_of_another_account_without_its_policy(account, other_account):
    _, _, rule = link(account, other_account)
    put_event(account)
    told, = failures(account, rule)
    assert told["errorCode"] == "NO_PERMISSIONS" and "resource-based policy" in told["errorMessage"], told


def test_a_bus_of_another_account_with_a_condition_on_the_rule(account, other_account):
    arn, _, rule = link(account, other_account)
    queue = Queue(other_account, "central")
    put_rule(other_account, "in", {"source": ["my.app"]}, queue.arn, bus="central")

    def let(rule_arn):
        other_account.client("events").put_permission(EventBusName="central", Policy=json.dumps(policy(statement(
            "events:PutEvents", resource=arn, Principal={"AWS": account.id},
            Condition={"ArnEquals": {"aws:SourceArn": rule_arn}, "StringEquals": {"events:source": "my.app"},
                       "Bool": {"events:eventBusInvocation": "true"}}))))

    let(rule + "x")
    put_event(account)
    assert failures(account, rule)[0]["errorCode"] == "NO_PERMISSIONS"
    let(rule)
    event_id = put_event(account)
    assert queue.events()[0]["id"] == event_id


def test_a_role_that_may_not(account, other_account):
    arn, role, rule = link(account, other_account)
    other_account.client("events").put_permission(EventBusName="central", StatementId="in", Action="events:PutEvents",
                                                  Principal=account.id)
    account.iam.delete_role_policy(RoleName="sender", PolicyName="inline")
    put_event(account)
    told, = failures(account, rule)
    assert told["errorCode"] == "NO_PERMISSIONS" and "identity-based policy" in told["errorMessage"]
    account.iam.update_assume_role_policy(RoleName="sender", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
    put_event(account)
    told = failures(account, rule, 2)[0]
    assert told["errorCode"] == "FAILED_TO_ASSUME_ROLE" and told["roleArn"] == role


def test_a_bus_in_another_region(account):
    far = account.client("events", region="eu-west-1")
    arn = far.create_event_bus(Name="far")["EventBusArn"]
    role = role_for_rules(account, "sender", policy(statement("events:PutEvents", resource=arn)))
    put_rule(account, "out", {"source": ["my.app"]}, {"Arn": arn, "RoleArn": role})
    sqs = account.client("sqs", region="eu-west-1")
    url = sqs.create_queue(QueueName="far")["QueueUrl"]
    queue = f"arn:aws:sqs:eu-west-1:{account.id}:far"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy(statement(
        "sqs:SendMessage", resource=queue, Principal={"Service": "events.amazonaws.com"})))})
    far.put_rule(Name="in", EventBusName="far", EventPattern=json.dumps({"source": ["my.app"]}))
    far.put_targets(Rule="in", EventBusName="far", Targets=[{"Id": "1", "Arn": queue}])
    event_id = put_event(account)
    message, = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert json.loads(message["Body"])["id"] == event_id and json.loads(message["Body"])["region"] == "us-east-1"


def test_another_account_puts_events_by_the_arn_of_a_bus(account, other_account):
    arn = account.client("events").create_event_bus(Name="open")["EventBusArn"]
    queue = Queue(account, "open")
    put_rule(account, "all", {"account": [other_account.id]}, queue.arn, bus="open")
    user = other_account.user("sender", policy(statement("events:PutEvents", resource=arn)))
    events = user.client("events")
    try:
        put_event(other_account, bus=arn, creds=user.creds)
        raise AssertionError("let in without a policy")
    except events.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException"
    account.client("events").put_permission(EventBusName="open", StatementId="x", Action="events:PutEvents",
                                            Principal=other_account.id)
    event_id = put_event(other_account, bus=arn, creds=user.creds)
    assert queue.events()[0]["id"] == event_id


# -- Nobody hides a call from the rules by what it says

def test_a_call_that_looks_like_one_of_eventbridge(account):
    """What tells EventBridge's own calls stands in userIdentity, and not in what the caller chose."""
    queue, logs = Queue(account, "disguised"), account.client("logs")
    put_rule(account, "disguised", {"detail": {"eventName": ["CreateLogGroup"]}}, queue.arn)
    logs.create_log_group(logGroupName="a", tags={"invokedBy": "events.amazonaws.com"})
    event, = queue.events()
    assert event["detail"]["requestParameters"]["tags"] == {"invokedBy": "events.amazonaws.com"}


def test_a_call_with_characters_that_are_none(account):
    queue, kms = Queue(account, "odd"), account.client("kms")
    put_rule(account, "odd", {"source": ["aws.kms"], "detail": {"requestParameters": {"description": [{"prefix": "a"}]}}}, queue.arn)
    kms.create_key(Description="a\0b\ud7ff\x01")
    event, = queue.events()
    assert event["detail"]["requestParameters"]["description"] == "a\0b\ud7ff\x01"


def test_odd_numbers_and_characters_in_details(account):
    queue = Queue(account, "numbers")
    put_rule(account, "numbers", {"source": ["my.app"], "detail": {"n": [{"exists": True}]}}, queue.arn)
    put_event(account, detail={"n": 2**63 - 1})
    put_event(account, detail={"n": "a\0b"})
    found = [event["detail"]["n"] for event in queue.events(2)]
    assert found == [2**63 - 1, "a\0b"]
