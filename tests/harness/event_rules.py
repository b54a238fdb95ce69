"""What tests of EventBridge need: queues that rules may send to, and what comes there."""
import json
import time

import pytest
from botocore.exceptions import ClientError

DELIVERY_S = 20


class Queue:
    """A queue of an account whose policy lets EventBridge send to it."""

    def __init__(self, account, name, policy="events", **attributes):
        self.sqs = account.client("sqs")
        self.url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:{account.id}:{name}"
        if policy == "events":
            policy = {"Service": "events.amazonaws.com"}
        if policy:
            self.let(policy)

    def let(self, principal, **more):
        row = {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": self.arn, **more}
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={
            "Policy": json.dumps({"Version": "2012-10-17", "Statement": [row]})})

    def receive(self, count=1):
        """So many messages, as they are."""
        found, end = [], time.monotonic() + DELIVERY_S
        while len(found) < count:
            assert time.monotonic() < end, f"{len(found)} of {count} messages came: {found}"
            answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1,
                                              MessageAttributeNames=["All"], AttributeNames=["All"])
            for message in answer.get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                found.append(message)
        return found

    def events(self, count=1):
        """So many events, read."""
        return [json.loads(message["Body"]) for message in self.receive(count)]

    def is_empty(self):
        return not self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages")


def put_rule(account, name, pattern, *targets, bus="default", **more):
    """A rule with targets: ARNs, or dicts."""
    events = account.client("events")
    arn = events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern), **more)["RuleArn"]
    rows = [{"Arn": target} if isinstance(target, str) else target for target in targets]
    if rows:
        events.put_targets(Rule=name, EventBusName=bus,
                           Targets=[{"Id": str(number), **row} for number, row in enumerate(rows)])
    return arn


def put_slow_rules(events, bus="default"):
    """An event with {"a": ["00"] * 100000} takes them longer than events of clients may take."""
    others = [f"{number:02x}" for number in range(256)] * 3
    for number in range(8):
        events.put_rule(Name=f"slow{number}", EventBusName=bus, EventPattern=json.dumps(
            {"detail": {"a": [{"anything-but": others}]}}, separators=(",", ":")))


def put_event(account, source="my.app", detail_type="Order", detail=None, bus="default", creds="root", **more):
    answer = account.client("events", creds=creds).put_events(Entries=[
        {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail or {}), "EventBusName": bus, **more}])
    assert answer["FailedEntryCount"] == 0, answer
    return answer["Entries"][0]["EventId"]


def failures(account, rule_arn, count=1):
    """What the event history of the account says of deliveries of a rule that failed."""
    end = time.monotonic() + DELIVERY_S
    while True:
        rows = [row["serviceEventDetails"] for row in account.events_named("Deliver")]
        rows = [row for row in rows if row["ruleArn"] == rule_arn]
        if len(rows) >= count:
            return rows
        assert time.monotonic() < end, rows
        time.sleep(0.05)


def role_for_rules(account, name, policy=None):
    """A role that EventBridge may assume."""
    return account.role(name, trusted={"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}]}, policy=policy)


def refused(call, *arguments, **more):
    """(code, message)"""
    with pytest.raises(ClientError) as error:
        call(*arguments, **more)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
