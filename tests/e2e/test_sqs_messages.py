"""Messages: sent, received, deleted; what hides them, and what may be in them."""
import hashlib

import pytest

from harness.queues import attributes_of, bodies, counts, json_sqs, make_queue, receive
from harness.refusals import refused


@pytest.fixture
def sqs(account):
    return account.client("sqs")


@pytest.fixture
def url(sqs):
    return make_queue(sqs)


def test_sent_received_deleted(account, sqs, url):
    sent = sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert sent["MD5OfMessageBody"] == hashlib.md5(b"hello").hexdigest() and "SequenceNumber" not in sent
    assert counts(sqs, url) == (1, 0, 0)
    [got] = receive(sqs, url, AttributeNames=["All"])
    assert (got["MessageId"], got["Body"], got["MD5OfBody"]) == (sent["MessageId"], "hello", sent["MD5OfMessageBody"])
    told = got["Attributes"]
    assert told["SenderId"] == account.id and told["ApproximateReceiveCount"] == "1"
    assert 0 <= int(told["ApproximateFirstReceiveTimestamp"]) - int(told["SentTimestamp"]) < 60000
    assert set(told) == {"SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp"}
    assert counts(sqs, url) == (0, 1, 0) and bodies(sqs, url) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    assert counts(sqs, url) == (0, 0, 0)


def test_the_sender_is_named_by_id(account, sqs, url):
    user = account.user("sender", {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]})
    user.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    [got] = receive(sqs, url, AttributeNames=["SenderId"])
    assert got["Attributes"] == {"SenderId": account.iam.get_user(UserName="sender")["User"]["UserId"]}


def test_a_message_comes_back_when_its_time_is_over(traveller, later):
    sqs = traveller.client("sqs")
    url = make_queue(sqs, VisibilityTimeout=40)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    [first] = receive(sqs, url)
    later("39s")
    assert bodies(sqs, url) == []
    later("2s")
    assert counts(sqs, url) == (1, 0, 0)
    [again] = receive(sqs, url, AttributeNames=["All"], VisibilityTimeout=600)
    assert again["ReceiptHandle"] != first["ReceiptHandle"]
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])  # of an earlier receive: nothing happens
    assert counts(sqs, url) == (0, 1, 0)
    later("5m")
    assert bodies(sqs, url) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    assert counts(sqs, url) == (0, 0, 0)


def test_visibility_is_changed(traveller, later):
    sqs = traveller.client("sqs")
    url = make_queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    [got] = receive(sqs, url)
    handle = {"QueueUrl": url, "ReceiptHandle": got["ReceiptHandle"]}
    sqs.change_message_visibility(VisibilityTimeout=3600, **handle)
    later("50m")
    assert bodies(sqs, url) == []
    with refused("InvalidParameterValue", "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"):
        sqs.change_message_visibility(VisibilityTimeout=43200, **handle)
    sqs.change_message_visibility(VisibilityTimeout=0, **handle)
    [again] = receive(sqs, url)
    with refused("AWS.SimpleQueueService.MessageNotInflight", status=400):
        sqs.change_message_visibility(VisibilityTimeout=10, **handle)
    for seconds in (-1, 43201):
        with refused("InvalidParameterValue"):
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"], VisibilityTimeout=seconds)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    with refused("InvalidParameterValue"):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"], VisibilityTimeout=10)


def test_delays(traveller, later):
    sqs = traveller.client("sqs")
    url = make_queue(sqs, DelaySeconds=30)
    sqs.send_message(QueueUrl=url, MessageBody="as the queue says")
    sqs.send_message(QueueUrl=url, MessageBody="longer", DelaySeconds=900)
    sqs.send_message(QueueUrl=url, MessageBody="at once", DelaySeconds=0)
    assert counts(sqs, url) == (1, 0, 2)
    assert bodies(sqs, url, VisibilityTimeout=7200) == ["at once"]
    later("30s")
    assert bodies(sqs, url, VisibilityTimeout=7200) == ["as the queue says"]
    later("869s")
    assert bodies(sqs, url) == []
    later("2s")
    assert bodies(sqs, url) == ["longer"]
    for seconds in (-1, 901):
        with refused("InvalidParameterValue"):
            sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=seconds)


def test_retention_ends(traveller, later):
    sqs = traveller.client("sqs")
    url = make_queue(sqs, MessageRetentionPeriod=60)
    sqs.send_message(QueueUrl=url, MessageBody="old")
    later("30s")
    sqs.send_message(QueueUrl=url, MessageBody="young")
    later("31s")
    assert counts(sqs, url) == (1, 0, 0)
    assert bodies(sqs, url) == ["young"]
    later("1h")
    assert counts(sqs, url) == (0, 0, 0)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "86400"})
    sqs.send_message(QueueUrl=url, MessageBody="x")
    later("2m")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "60"})
    assert bodies(sqs, url) == []


def test_receipt_handles_cannot_be_made_up_or_carried_elsewhere(sqs, url):
    other = make_queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.send_message(QueueUrl=other, MessageBody="y")
    [got] = receive(sqs, url)
    handle = got["ReceiptHandle"]
    changed = ("B" if handle[20] != "B" else "C").join((handle[:20], handle[21:]))
    ours, none = 'The receipt handle "{}" is not valid for this queue.', 'The input receipt handle "{}" is not a valid receipt handle.'
    for queue, bad, text in ((url, "x", none), (url, changed, ours), (other, handle, ours), (url, handle[:-4], none)):
        with refused("ReceiptHandleIsInvalid", text.format(bad), 404):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=bad)
        with refused("ReceiptHandleIsInvalid"):
            sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=bad, VisibilityTimeout=1)
    assert counts(sqs, url) == (0, 1, 0) and counts(sqs, other) == (1, 0, 0)


def test_attributes_of_messages(sqs, url):
    given = {"text": {"DataType": "String", "StringValue": "ü"}, "text.more": {"DataType": "String.x", "StringValue": "y"},
             "number": {"DataType": "Number", "StringValue": "-1.5e3"}, "bytes": {"DataType": "Binary", "BinaryValue": b"\0\xff"}}
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=given,
                     MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988"}})
    for asked, told in ((["All"], given), ([".*"], given), (["number", "no"], {"number": given["number"]}),
                        (["text.*"], {"text": given["text"], "text.more": given["text.more"]})):
        [got] = receive(sqs, url, MessageAttributeNames=asked, AttributeNames=["AWSTraceHeader"], VisibilityTimeout=0)
        assert got["MessageAttributes"] == told  # botocore has checked the MD5s
        assert got["Attributes"] == {"AWSTraceHeader": "Root=1-5759e988"}
    [got] = receive(sqs, url)
    assert "MessageAttributes" not in got and "MD5OfMessageAttributes" not in got


@pytest.mark.parametrize("attributes", [
    {"": {"DataType": "String", "StringValue": "x"}}, {".a": {"DataType": "String", "StringValue": "x"}},
    {"a..b": {"DataType": "String", "StringValue": "x"}}, {"AWS.a": {"DataType": "String", "StringValue": "x"}},
    {"amazon.a": {"DataType": "String", "StringValue": "x"}}, {"a b": {"DataType": "String", "StringValue": "x"}},
    {"a" * 257: {"DataType": "String", "StringValue": "x"}}, {"a": {"DataType": "Text", "StringValue": "x"}},
    {"a": {"DataType": "String", "StringValue": ""}}, {"a": {"DataType": "Number", "StringValue": "x"}},
    {"a": {"DataType": "Binary", "StringValue": "x"}}, {"a": {"DataType": "String", "BinaryValue": b"x"}},
    {f"a{i}": {"DataType": "String", "StringValue": "x"} for i in range(11)}])
def test_attributes_that_are_refused(sqs, url, attributes):
    with refused("InvalidParameterValue", status=400):
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes)
    assert counts(sqs, url) == (0, 0, 0)


@pytest.mark.parametrize("value, text", [
    ({"DataType": "Text", "StringValue": "x"}, "The type of message (user) attribute 'a' is invalid. You must use only the following supported "
                                               "type prefixes: Binary, Number, String."),
    ({"DataType": "String.x", "StringValue": ""}, "Message (user) attribute 'a' must contain a non-empty value of type 'String'."),
    ({"DataType": "Binary", "BinaryValue": b""}, "Message (user) attribute 'a' must contain a non-empty value of type 'Binary'.")])
def test_what_is_said_of_attributes(sqs, url, value, text):
    with refused("InvalidParameterValue", text, 400):
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes={"a": value})


@pytest.mark.parametrize("asked, text", [
    ({"WaitTimeSeconds": 21}, "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."),
    ({"MaxNumberOfMessages": 11}, "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.")])
def test_limits_of_a_receive(sqs, url, asked, text):
    with refused("InvalidParameterValue", text, 400):
        sqs.receive_message(QueueUrl=url, **asked)


def test_bodies(account, sqs, url):
    for body in ("a", "\t\n\r ü\ud7ff\ue000\ufffd\U00010000\U0010ffff"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert len(bodies(sqs, url)) == 2
    for body in ("\x00", "x\x0b", "\ufffe"):
        with refused("InvalidMessageContents", status=400):
            sqs.send_message(QueueUrl=url, MessageBody=body)
    with refused("MissingParameter", "The request must contain the parameter MessageBody.", 400):
        sqs.send_message(QueueUrl=url, MessageBody="")


def test_the_largest_message(sqs, url):
    body = "x" * (1048576 - 14)
    name = {"name": {"DataType": "String", "StringValue": "1234"}}
    sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=name)
    [got] = receive(sqs, url, MessageAttributeNames=["All"])
    assert got["Body"] == body and got["MessageAttributes"] == name
    with refused("InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."):
        sqs.send_message(QueueUrl=url, MessageBody=body + "x", MessageAttributes=name)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "1024"})
    with refused("InvalidParameterValue"):
        sqs.send_message(QueueUrl=url, MessageBody="x" * 1025)


def test_batches(sqs, url):
    out = sqs.send_message_batch(QueueUrl=url, Entries=[
        {"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 901}, {"Id": "c", "MessageBody": "3"}])
    assert [one["Id"] for one in out["Successful"]] == ["a", "c"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in out["Failed"]] == [("b", "InvalidParameterValue", True)]
    got = receive(sqs, url)
    assert sorted(one["Body"] for one in got) == ["1", "3"]
    handles = [{"Id": str(i), "ReceiptHandle": one["ReceiptHandle"]} for i, one in enumerate(got)]
    out = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
        {**handles[0], "VisibilityTimeout": 0}, {**handles[1], "VisibilityTimeout": 43201}])
    assert [one["Id"] for one in out["Successful"]] == ["0"] and [one["Id"] for one in out["Failed"]] == ["1"]
    assert counts(sqs, url) == (1, 1, 0)
    out = sqs.delete_message_batch(QueueUrl=url, Entries=handles + [{"Id": "z", "ReceiptHandle": "bad"}])
    assert [one["Id"] for one in out["Successful"]] == ["0", "1"]
    assert [(one["Id"], one["Code"]) for one in out["Failed"]] == [("z", "ReceiptHandleIsInvalid")]
    assert counts(sqs, url) == (0, 0, 0)


def test_batches_that_are_refused_whole(account, sqs, url):
    one = {"Id": "a", "MessageBody": "x"}
    for entries, code in (([], "EmptyBatchRequest"), ([one, one], "BatchEntryIdsNotDistinct"),
                          ([{**one, "Id": str(i)} for i in range(11)], "TooManyEntriesInBatchRequest"),
                          ([{**one, "Id": "a b"}], "InvalidBatchEntryId"), ([{**one, "Id": "a" * 81}], "InvalidBatchEntryId")):
        answer_of = json_sqs(account) if not entries else sqs  # a form has no empty lists
        expected = code if not entries else f"AWS.SimpleQueueService.{code}"
        with refused(expected, status=400):
            answer_of.send_message_batch(QueueUrl=url, Entries=entries)
    with refused("AWS.SimpleQueueService.BatchRequestTooLong",
                 "Batch requests cannot be longer than 1048576 bytes. You have sent 1048578 bytes.", 400):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": i, "MessageBody": "x" * 524289} for i in "ab"])
    assert counts(sqs, url) == (0, 0, 0)


@pytest.mark.parametrize("more", [{"MaxNumberOfMessages": 0}, {"MaxNumberOfMessages": 11}, {"WaitTimeSeconds": -1},
                                  {"WaitTimeSeconds": 21}, {"VisibilityTimeout": -1}, {"VisibilityTimeout": 43201},
                                  {"ReceiveRequestAttemptId": "x"}])
def test_receives_that_are_refused(sqs, url, more):
    with refused("InvalidParameterValue", status=400):
        sqs.receive_message(QueueUrl=url, **more)


def test_no_more_than_was_asked_for_and_nothing_twice(sqs, url):
    for start in range(0, 30, 10):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": str(i)} for i in range(start, start + 10)])
    assert attributes_of(sqs, url, "ApproximateNumberOfMessages") == {"ApproximateNumberOfMessages": "30"}
    seen = []
    for most in (1, 3, 10, 10, 10):
        got = bodies(sqs, url, most)
        assert len(got) <= most
        seen += got
    assert sorted(seen, key=int) == [str(i) for i in range(30)]


def test_what_a_message_says_is_in_no_event(account, sqs, url):
    answer = sqs.send_message(QueueUrl=url, MessageBody="top-secret", MessageAttributes={
        "a": {"DataType": "String", "StringValue": "hidden-too"}})
    assert answer["MessageId"]
    assert not account.events_named("SendMessage")  # data events are in no history
