"""What may be asked to be notified of."""
import pytest

from harness.bucket_settings import arn_of, bucket, make_bucket, nobody, s3, without_metadata  # noqa: F401 (fixtures)
from harness.refusals import denied, refused


def receiver(kind="queue", events=("s3:ObjectCreated:Put",), prefix=None, suffix=None, **more):
    service, member = {"queue": ("sqs", "QueueArn"), "topic": ("sns", "TopicArn"), "function": ("lambda", "LambdaFunctionArn")}[kind]
    rules = [{"Name": name, "Value": value} for name, value in (("prefix", prefix), ("suffix", suffix)) if value is not None]
    arn = f"arn:aws:{service}:us-east-1:123456789012:{'function:mine' if kind == 'function' else 'mine'}"
    made = {"Id": kind, member: arn, "Events": list(events), **({"Filter": {"Key": {"FilterRules": rules}}} if rules else {}), **more}
    return {name: value for name, value in made.items() if value is not None}


def put_notification(s3, bucket, queues=(), topics=(), functions=(), **more):
    given = {"QueueConfigurations": list(queues), "TopicConfigurations": list(topics), "LambdaFunctionConfigurations": list(functions)}
    s3.put_bucket_notification_configuration(Bucket=bucket, SkipDestinationValidation=True, NotificationConfiguration={
        **{name: value for name, value in given.items() if value}, **more})


def notification_of(s3, bucket):
    return without_metadata(s3.get_bucket_notification_configuration(Bucket=bucket))


def test_notification_put_get_replace_end(s3, bucket):
    assert notification_of(s3, bucket) == {}
    queue, topic = receiver(prefix="images/", suffix=".jpg"), receiver("topic", ["s3:ObjectRemoved:*", "s3:ObjectRestore:Post"])
    function = receiver("function", ["s3:ObjectCreated:*"], prefix="logs/")
    put_notification(s3, bucket, [queue], [topic], [function], EventBridgeConfiguration={})
    assert notification_of(s3, bucket) == {"QueueConfigurations": [queue], "TopicConfigurations": [topic],
                                           "LambdaFunctionConfigurations": [function], "EventBridgeConfiguration": {}}
    put_notification(s3, bucket, EventBridgeConfiguration={})
    assert notification_of(s3, bucket) == {"EventBridgeConfiguration": {}}
    put_notification(s3, bucket, topics=[topic])
    assert notification_of(s3, bucket) == {"TopicConfigurations": [topic]}
    put_notification(s3, bucket)
    assert notification_of(s3, bucket) == {}


def test_notification_ids(s3, bucket):
    put_notification(s3, bucket, [receiver(Id=None), receiver(events=["s3:ObjectAcl:Put"], Id="")], functions=[
        receiver("function", ["s3:ObjectTagging:*"], Id="mine")])
    made = [one["Id"] for one in notification_of(s3, bucket)["QueueConfigurations"]]
    assert len(set(made)) == 2 and all(made)
    assert notification_of(s3, bucket)["LambdaFunctionConfigurations"][0]["Id"] == "mine"
    with refused("InvalidArgument", "Same ID used for multiple configurations. IDs must be unique", 400):
        put_notification(s3, bucket, [receiver(Id="a")], [receiver("topic", ["s3:ObjectRemoved:*"], Id="a")])
    with refused("InvalidArgument", status=400):
        put_notification(s3, bucket, [receiver(Id="x" * 256)])


def test_notification_filters_that_do_not_meet(s3, bucket):
    for pair in ((receiver(prefix="images/"), receiver("topic", prefix="logs/")),
                 (receiver(suffix=".jpg"), receiver("topic", suffix=".png")),
                 (receiver(prefix="images", suffix=".jpg"), receiver("topic", prefix="images", suffix=".png")),
                 (receiver(prefix="a"), receiver("topic", ["s3:ObjectRemoved:*"], prefix="a"))):
        put_notification(s3, bucket, [pair[0]], [pair[1]])
    named = receiver(Filter={"Key": {"FilterRules": [{"Name": "Prefix", "Value": "a"}, {"Name": "Suffix", "Value": "b"}]}})
    put_notification(s3, bucket, [named])
    assert notification_of(s3, bucket) == {"QueueConfigurations": [named]}


OVERLAP = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
AMBIGUOUS = ("Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping "
             "for the same event type.")


@pytest.mark.parametrize("queue,topic,message", [
    ({}, {}, OVERLAP), ({"events": ["s3:ObjectAcl:Put", "s3:ObjectCreated:*"]}, {}, OVERLAP),
    ({"events": ["s3:ObjectCreated:*"]}, {"prefix": "images"}, AMBIGUOUS), ({"suffix": "jpg"}, {"suffix": "pg"}, AMBIGUOUS),
    ({"prefix": "images", "suffix": "jpg"}, {"suffix": "jpg"}, AMBIGUOUS), ({"prefix": "a"}, {"prefix": "ab"}, AMBIGUOUS),
    ({"prefix": "a", "suffix": "x"}, {"prefix": "ab"}, AMBIGUOUS), ({"prefix": ""}, {"suffix": "b"}, AMBIGUOUS)])
def test_notifications_that_meet(s3, bucket, queue, topic, message):
    with refused("InvalidArgument", message, 400):
        put_notification(s3, bucket, [receiver(**queue)], [receiver("topic", **topic)])
    assert notification_of(s3, bucket) == {}


def names(*pairs):
    return {"Filter": {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in pairs]}}}


@pytest.mark.parametrize("change,code,message", [
    ({"QueueArn": "mine"}, "InvalidArgument", "The ARN is not well formed"),
    ({"QueueArn": "arn:aws:sns:us-east-1:123456789012:mine"}, "InvalidArgument", "The ARN is not well formed"),
    ({"QueueArn": "arn:aws:sqs:us-east-1:1234:mine"}, "InvalidArgument", "The ARN is not well formed"),
    ({"QueueArn": "arn:aws:sqs:us-east-1:123456789012:"}, "InvalidArgument", "The ARN is not well formed"),
    ({"QueueArn": "arn:aws:sqs:us-east-1:123456789012"}, "InvalidArgument", "The ARN is not well formed"),
    ({"QueueArn": "arn:aws:sqs:us-west-2:123456789012:mine"}, "InvalidArgument",
     "The notification destination service region is not valid for the bucket location constraint"),
    ({"QueueArn": "arn:aws:sqs:us-east-1:123456789012:mine.fifo"}, "InvalidArgument",
     "Unable to validate the following destination configurations"),
    ({"Events": ["s3:ObjectCreated:Put"] * 50}, "MalformedXML", None), ({"QueueArn": None}, "MalformedXML", None), ({"Events": None}, "MalformedXML", None),
    ({"Events": ["s3:ObjectCreated:Get"]}, "MalformedXML", None),
    (names(("prefix", "a"), ("Prefix", "b")), "InvalidArgument", "Cannot specify more than one prefix rule in a filter."),
    (names(("suffix", "a"), ("suffix", "b")), "InvalidArgument", "Cannot specify more than one suffix rule in a filter."),
    (names(("infix", "a")), "InvalidArgument", "filter rule name must be either prefix or suffix"),
    (names(("prefix", "a" * 1025)), "InvalidArgument",
     "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation")])
def test_notifications_that_are_none(s3, bucket, change, code, message):
    with refused(code, message, 400):
        put_notification(s3, bucket, [receiver(**change)] if "Events" not in change or change["Events"] else [
            {name: value for name, value in receiver().items() if name != "Events"}])
    assert notification_of(s3, bucket) == {}


def test_a_hundred_notifications(s3, bucket):
    made = [receiver(Id=f"q{number}", prefix=f"p{number:03}") for number in range(101)]
    put_notification(s3, bucket, made[:60], functions=[receiver("function", Id=f"f{one}", prefix=f"f{one:03}") for one in range(40)])
    with refused("TooManyConfigurations", status=400):
        put_notification(s3, bucket, made)
    assert notification_of(s3, bucket)["QueueConfigurations"] == made[:60]


def test_notification_permissions(account, other_account, s3, bucket, nobody):
    calls = {"s3:PutBucketNotification": lambda client, of=bucket: put_notification(client, of, [receiver()]),
             "s3:GetBucketNotification": lambda client, of=bucket: client.get_bucket_notification_configuration(Bucket=of)}
    for action, call in calls.items():
        with denied(action, arn_of(bucket)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
        with refused("NoSuchBucket", status=404):
            call(s3, f"none-{account.id}")
    put_notification(s3, bucket, [receiver()])
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert notification_of(s3, bucket) == {}
