"""Event notifications of S3: what waits for receivers."""
import json

QUEUE, TOPIC, FUNCTION = "sqs", "sns", "lambda"


def arn(account, service, name="mine"):
    kind = "function:" if service == FUNCTION else ""
    return f"arn:aws:{service}:us-east-1:{account.id}:{kind}{name}"


def receiver(receiver_arn, *events, name=None, **rules):
    """rules: prefix, suffix."""
    kind = {"sqs": "QueueArn", "sns": "TopicArn", "lambda": "LambdaFunctionArn"}[receiver_arn.split(":")[2]]
    made = {kind: receiver_arn, "Events": list(events)}
    if name:
        made["Id"] = name
    if rules:
        made["Filter"] = {"Key": {"FilterRules": [{"Name": key, "Value": value} for key, value in rules.items()]}}
    return made


def notify(s3, bucket, *receivers, bridge=False, skip=True):
    lists = {"QueueArn": "QueueConfigurations", "TopicArn": "TopicConfigurations",
             "LambdaFunctionArn": "LambdaFunctionConfigurations"}
    wanted = {"EventBridgeConfiguration": {}} if bridge else {}
    for one in receivers:
        kind = next(name for key, name in lists.items() if key in one)
        wanted.setdefault(kind, []).append(one)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted,
                                             SkipDestinationValidation=skip)


def rows_of(server, bucket):
    """All that waits, in order, of one bucket."""
    rows, after = [], 0
    while True:
        page = json.loads(server.admin.call("GET", f"/notifications?after={after}"))
        if not page:
            return [row for row in rows if row["bucket"] == bucket]
        rows += page
        after = page[-1]["number"]


def records_of(server, bucket, receiver_arn=None):
    """The records of messages, for one receiver or for all but EventBridge."""
    rows = [row for row in rows_of(server, bucket) if row["receiver"] == (receiver_arn or row["receiver"])]
    return [record for row in rows for record in row["message"].get("Records", [])]


def names_of(records):
    return [record["eventName"] for record in records]
