"""Message move tasks: dead letters go back to where they came from, or to one queue."""
import pytest
from botocore.exceptions import ClientError

from harness.account import policy, statement
from harness.queues import arn_of, bodies, counts, json_sqs, make_queue, receive
from harness.refusals import denied, refused


@pytest.fixture
def sqs(traveller):
    return traveller.client("sqs")


@pytest.fixture
def new(traveller):
    """The client of today: that of Debian does not know tasks."""
    return json_sqs(traveller)


@pytest.fixture
def dead(sqs):
    return make_queue(sqs)


def source_of(sqs, dead):
    return make_queue(sqs, VisibilityTimeout=0, RedrivePolicy={"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 1})


def kill(sqs, url, *texts):
    for text in texts:
        sqs.send_message(QueueUrl=url, MessageBody=text)
    assert len(bodies(sqs, url)) == len(texts) and bodies(sqs, url) == []


def tasks_of(new, arn):
    return new.list_message_move_tasks(SourceArn=arn, MaxResults=10)["Results"]


def test_they_go_back_to_where_they_came_from(sqs, new, dead, later):
    one, other = source_of(sqs, dead), source_of(sqs, dead)
    kill(sqs, one, "a", "b")
    kill(sqs, other, "c" * 3000)
    assert counts(sqs, dead) == (3, 0, 0)
    new.start_message_move_task(SourceArn=arn_of(sqs, dead))
    later("10s")
    [task] = tasks_of(new, arn_of(sqs, dead))
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"], task["ApproximateNumberOfMessagesToMove"]) == ("COMPLETED", 3, 3)
    assert not {"TaskHandle", "DestinationArn", "MaxNumberOfMessagesPerSecond"} & task.keys()
    assert counts(sqs, dead) == (0, 0, 0)
    [got] = receive(sqs, other, AttributeNames=["All"])
    assert got["Body"] == "c" * 3000 and got["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "DeadLetterQueueSourceArn" not in got["Attributes"]
    assert sorted(bodies(sqs, one)) == ["a", "b"]


def test_they_go_to_one_queue_at_a_rate_until_it_is_cancelled(sqs, new, dead, later):
    kill(sqs, source_of(sqs, dead), *(str(i) for i in range(8)))
    to = make_queue(sqs)
    handle = new.start_message_move_task(SourceArn=arn_of(sqs, dead), DestinationArn=arn_of(sqs, to),
                                         MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    later("3s")
    [task] = tasks_of(new, arn_of(sqs, dead))
    assert (task["Status"], task["TaskHandle"], task["MaxNumberOfMessagesPerSecond"]) == ("RUNNING", handle, 1)
    with refused("UnsupportedOperation", status=400):
        new.start_message_move_task(SourceArn=arn_of(sqs, dead))
    moved = new.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    later("10s")
    assert 1 <= moved < 8 and counts(sqs, to) == (moved, 0, 0) and counts(sqs, dead) == (8 - moved, 0, 0)
    assert tasks_of(new, arn_of(sqs, dead))[0]["Status"] == "CANCELLED"
    with refused("ResourceNotFoundException"):
        new.cancel_message_move_task(TaskHandle=handle)


def test_what_has_no_source_fails(sqs, new, dead, later):
    source_of(sqs, dead)
    sqs.send_message(QueueUrl=dead, MessageBody="sent here")
    new.start_message_move_task(SourceArn=arn_of(sqs, dead))
    later("1s")
    [task] = tasks_of(new, arn_of(sqs, dead))
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert bodies(sqs, dead) == ["sent here"]


def test_none_goes_to_a_queue_that_was_not_asked_about(traveller, sqs, dead, new, later):
    asked, former, arn = source_of(sqs, dead), source_of(sqs, dead), arn_of(sqs, dead)
    kill(sqs, former, "theirs")
    sqs.set_queue_attributes(QueueUrl=former, Attributes={"RedrivePolicy": ""})
    user = traveller.user(policy=policy(
        statement(["sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], resource=arn),
        statement("sqs:SendMessage", resource=arn_of(sqs, asked))))
    json_sqs(traveller, creds=user.creds).start_message_move_task(SourceArn=arn)
    later("1s")
    assert tasks_of(new, arn)[0]["Status"] == "FAILED"
    assert counts(sqs, former) == (0, 0, 0) and bodies(sqs, dead) == ["theirs"]


def test_one_whose_queue_is_deleted_ends(sqs, new, later):
    dead = make_queue(sqs, "dead")
    kill(sqs, source_of(sqs, dead), *"abc")
    arn = arn_of(sqs, dead)
    new.start_message_move_task(SourceArn=arn, MaxNumberOfMessagesPerSecond=1)
    sqs.delete_queue(QueueUrl=dead)
    later("2m")
    make_queue(sqs, "dead")
    [task] = tasks_of(new, arn)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")
    new.start_message_move_task(SourceArn=arn)


def test_none_comes_back_whose_retention_has_ended(sqs, new, later):
    dead, to = make_queue(sqs, MessageRetentionPeriod=600), make_queue(sqs)
    source = source_of(sqs, dead)
    sqs.send_message(QueueUrl=source, MessageBody="old")
    later("5m")
    sqs.send_message(QueueUrl=dead, MessageBody="young")
    assert bodies(sqs, source) == ["old"] and bodies(sqs, source) == [] and counts(sqs, dead) == (2, 0, 0)
    later("6m")
    new.start_message_move_task(SourceArn=arn_of(sqs, dead), DestinationArn=arn_of(sqs, to))
    later("1s")
    assert bodies(sqs, to) == ["young"] and counts(sqs, dead) == (0, 0, 0)


def test_tasks_that_are_refused(traveller, sqs, new, dead):
    arn = arn_of(sqs, dead)
    with refused("InvalidParameterValueException", "Source queue must be configured as a Dead Letter Queue."):
        new.start_message_move_task(SourceArn=arn)
    source_of(sqs, dead)
    for given, code in (({"SourceArn": arn + "-none"}, "ResourceNotFoundException"),
                        ({"SourceArn": arn, "DestinationArn": arn}, "InvalidParameterValueException"),
                        ({"SourceArn": arn, "DestinationArn": arn + "-none"}, "ResourceNotFoundException"),
                        ({"SourceArn": arn, "DestinationArn": "x"}, "InvalidParameterValueException"),
                        ({"SourceArn": arn, "DestinationArn": arn.replace("aws", "aws-cn")}, "InvalidParameterValueException"),
                        ({"SourceArn": arn.replace("aws", "aws-cn")}, "InvalidAddress"),
                        ({"SourceArn": "x"}, "InvalidAddress"),
                        ({"SourceArn": arn, "MaxNumberOfMessagesPerSecond": 501}, "InvalidParameterValueException")):
        with refused(code, status=400):
            new.start_message_move_task(**given)
    with refused("InvalidParameterValueException"):
        new.cancel_message_move_task(TaskHandle="x")
    with refused("InvalidParameterValueException"):
        new.list_message_move_tasks(SourceArn=arn, MaxResults=11)
    assert tasks_of(new, arn) == []


def test_who_may_move_them(traveller, sqs, dead):
    source, arn = source_of(sqs, dead), arn_of(sqs, dead)
    needed = ["sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    for missing in needed:
        user = traveller.user(policy=policy(statement([one for one in needed if one != missing], resource=arn),
                                            statement("sqs:SendMessage", resource=arn_of(sqs, source))))
        with denied(missing.lower()):
            json_sqs(traveller, creds=user.creds).start_message_move_task(SourceArn=arn)
    user = traveller.user(policy=policy(statement(needed, resource=arn)))
    with denied("sqs:sendmessage"):
        json_sqs(traveller, creds=user.creds).start_message_move_task(SourceArn=arn)
    user = traveller.user(policy=policy(statement(needed, resource=arn), statement("sqs:SendMessage", resource=arn_of(sqs, source))))
    handle = json_sqs(traveller, creds=user.creds).start_message_move_task(SourceArn=arn)["TaskHandle"]
    with pytest.raises(ClientError):
        json_sqs(traveller, creds=traveller.user().creds).cancel_message_move_task(TaskHandle=handle)
