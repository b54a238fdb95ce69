"""Topics that alarms tell, with a queue behind them."""
import json

from harness.event_rules import Queue


class Topic:
    """A topic, and a queue that gets what is published to it."""

    def __init__(self, account, name):
        self.account, self.sns = account, account.client("sns")
        self.arn = self.sns.create_topic(Name=name)["TopicArn"]
        self.queue = Queue(account, name, policy={"Service": "sns.amazonaws.com"})
        self.sns.subscribe(TopicArn=self.arn, Protocol="sqs", Endpoint=self.queue.arn)

    def let(self, *statements):
        """In place of its policy."""
        rows = [{"Effect": "Allow", "Action": "sns:Publish", "Resource": self.arn, **one} for one in statements]
        self.sns.set_topic_attributes(TopicArn=self.arn, AttributeName="Policy", AttributeValue=json.dumps(
            {"Version": "2012-10-17", "Statement": rows}))

    def let_alarms(self, name="*"):
        self.let({"Principal": {"Service": "cloudwatch.amazonaws.com"}, "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{self.account.id}:alarm:{name}"},
            "StringEquals": {"aws:SourceAccount": self.account.id}}})

    def let_only_the_account(self):
        self.let({"Principal": {"AWS": f"arn:aws:iam::{self.account.id}:root"}})

    def messages(self, count=1):
        """What was published, of JSON."""
        return [json.loads(envelope["Message"]) for envelope in self.queue.events(count)]
