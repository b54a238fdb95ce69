"""Event notifications of S3: a message for each receiver, stored with the change, in AWS's words."""
import json
from datetime import datetime
from urllib.parse import unquote_plus

import pytest

from harness.account import policy
from harness.forms import post, presigned_post
from harness.buckets import anonymous, bucket_policy, grant, new_bucket
from harness.lifecycle import expire, go_to_noon, now, put_rules, rule
from harness.event_rules import Queue, put_rule
from harness.notifications import arn, names_of, notify, receiver, records_of, rows_of
from harness.objects import body_of, content_md5, md5_of, tag_set
from harness.refusals import refused
from harness.replication import replicate, replicating_role, rule as replication_rule, set_up, versioned
from harness.topics import let_s3_publish, make_topic, subscribed

BODY = b"something happened"
ALL = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectRestore:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put",
       "s3:LifecycleExpiration:*", "s3:LifecycleTransition"]


@pytest.fixture
def s3(traveller):
    return traveller.client("s3")


@pytest.fixture
def queue(traveller):
    return arn(traveller, "sqs")


@pytest.fixture
def bucket(traveller, s3, queue):
    """Whose queue is told of everything."""
    name = new_bucket(traveller)
    notify(s3, name, receiver(queue, *ALL, name="all"))
    return name


@pytest.fixture
def told(traveller, bucket):
    """What has been told since it was last asked."""
    seen = []

    def news():
        records = records_of(traveller.server, bucket)[len(seen):]
        seen.extend(records)
        return records

    return news


def only(items):
    assert len(items) == 1, items
    return items[0]


# -- Records

def test_a_record_of_a_put(traveller, s3, bucket, told, queue):
    user = traveller.user(policy=policy("s3:*"))
    before = now(traveller.server).replace(microsecond=0)
    answer = user.client("s3").put_object(Bucket=bucket, Key="red flower+ä.jpg", Body=BODY)
    record = only(told())
    assert before <= datetime.fromisoformat(record.pop("eventTime").replace("Z", "+00:00")) <= now(traveller.server)
    owner = record["s3"]["bucket"].pop("ownerIdentity")
    assert list(owner) == ["principalId"] and owner["principalId"].startswith("A")
    sequencer = record["s3"]["object"].pop("sequencer")
    assert int(sequencer, 16) > 0
    user_id = traveller.iam.get_user(UserName=user.name)["User"]["UserId"]
    assert record == {
        "eventVersion": "2.6", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": f"AWS:{user_id}"}, "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": answer["ResponseMetadata"]["RequestId"],
                             "x-amz-id-2": answer["ResponseMetadata"]["HostId"]},
        "s3": {"s3SchemaVersion": "1.0", "configurationId": "all",
               "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
               "object": {"key": "red+flower%2B%C3%A4.jpg", "size": len(BODY), "eTag": md5_of(BODY)}}}
    assert unquote_plus(record["s3"]["object"]["key"]) == "red flower+ä.jpg"
    assert only(rows_of(traveller.server, bucket))["receiver"] == queue


def test_what_makes_objects(traveller, s3, bucket, told):
    s3.put_object(Bucket=bucket, Key="put", Body=BODY)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "put"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=BODY)["ETag"]
    whole = s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload,
                                         MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})["ETag"]
    records = told()
    assert names_of(records) == ["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectCreated:CompleteMultipartUpload"]
    assert [record["s3"]["object"]["key"] for record in records] == ["put", "copy", "parts"]
    assert records[2]["s3"]["object"]["eTag"] == whole.strip('"')


def test_a_browsers_form(traveller, s3, bucket, told):
    traveller.server.admin.past_the_jump()
    assert post(traveller.server, bucket, presigned_post(traveller, bucket, "form"), BODY).status == 204
    assert names_of(told()) == ["ObjectCreated:Post"]


def test_what_removes_objects(s3, bucket, told):
    s3.put_object(Bucket=bucket, Key="plain", Body=BODY)
    s3.delete_object(Bucket=bucket, Key="plain")
    s3.delete_object(Bucket=bucket, Key="never was")
    gone = told()[1]
    assert (gone["eventName"], sorted(gone["s3"]["object"])) == ("ObjectRemoved:Delete", ["key", "sequencer"])
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="key", Body=BODY)["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="key")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="key", VersionId=version)
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "key", "VersionId": marker}, {"Key": "other"}]})
    records = told()
    assert names_of(records) == ["ObjectCreated:Put", "ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete",
                                 "ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated"]
    objects = [record["s3"]["object"] for record in records]
    assert [item["versionId"] for item in objects[:4]] == [version, marker, version, marker]
    assert objects[1]["eTag"] == md5_of(b"") and "size" not in objects[1]


def test_sequencers_tell_the_order(s3, bucket, told):
    for number in range(20):
        s3.put_object(Bucket=bucket, Key="key", Body=b"x" * number)
    s3.delete_object(Bucket=bucket, Key="key")
    sequencers = [record["s3"]["object"]["sequencer"] for record in told()]
    assert len(set(sequencers)) == 21 and sequencers == sorted(sequencers)


def test_tags_and_lists(traveller, s3, bucket, told):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=tag_set(a="b"))
    s3.delete_object_tagging(Bucket=bucket, Key="key")
    for canned in ("aws-exec-read", "aws-exec-read", "private"):
        s3.put_object_acl(Bucket=bucket, Key="key", ACL=canned)
    records = told()[1:]
    assert names_of(records) == ["ObjectTagging:Put", "ObjectTagging:Delete", "ObjectAcl:Put", "ObjectAcl:Put"], \
        "what changes no list is no event"
    assert all(record["s3"]["object"] == {"key": "key", "eTag": md5_of(BODY)} for record in records)


def test_restores(traveller, s3, bucket, told, later):
    go_to_noon(traveller.server)
    s3.put_object(Bucket=bucket, Key="cold", Body=BODY, StorageClass="GLACIER")
    s3.restore_object(Bucket=bucket, Key="cold", RestoreRequest={"Days": 1})
    records = told()[1:]
    assert names_of(records) == ["ObjectRestore:Post", "ObjectRestore:Completed"]
    assert "glacierEventData" not in records[0]
    data = records[1]["glacierEventData"]["restoreEventData"]
    assert data["lifecycleRestoreStorageClass"] == "GLACIER"
    assert data["lifecycleRestorationExpiryTime"].endswith("T00:00:00.000Z")
    s3.restore_object(Bucket=bucket, Key="cold", RestoreRequest={"Days": 3})
    later("3d")
    assert told() == [], "it was restored for longer"
    later("1d")
    assert names_of(records_of(traveller.server, bucket)) == ["ObjectRestore:Delete"], "all else is more than a day old"


def test_lifecycles(traveller, s3, bucket, later):
    go_to_noon(traveller.server)
    s3.put_object(Bucket=bucket, Key="goes", Body=BODY)
    s3.put_object(Bucket=bucket, Key="cold/moves", Body=body_of(200000))
    put_rules(s3, bucket, expire(1, Filter={"Prefix": "goes"}),
              rule("cold", Filter={"Prefix": "cold/"}, Transitions=[{"Days": 1, "StorageClass": "GLACIER_IR"}]))
    later("36h")
    records = {record["eventName"]: record for record in records_of(traveller.server, bucket)}
    assert sorted(records) == ["LifecycleExpiration:Delete", "LifecycleTransition"]
    moved = records["LifecycleTransition"]
    assert moved["lifecycleEventData"] == {"transitionEventData": {"destinationStorageClass": "GLACIER_IR"}}
    assert moved["userIdentity"] == {"principalId": "s3.amazonaws.com"}
    assert moved["requestParameters"] == {"sourceIPAddress": "s3.amazonaws.com"}
    assert records["LifecycleExpiration:Delete"]["s3"]["object"]["key"] == "goes"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="goes", Body=BODY)
    later("48h")
    assert "LifecycleExpiration:DeleteMarkerCreated" in names_of(records_of(traveller.server, bucket))
    s3.delete_bucket_lifecycle(Bucket=bucket)


def test_what_is_refused_did_not_happen(traveller, s3, bucket, told):
    with refused("AccessDenied"):
        traveller.user().client("s3").put_object(Bucket=bucket, Key="key", Body=BODY)
    s3.put_object(Bucket=bucket, Key="made", Body=BODY)
    with refused("PreconditionFailed"):
        s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "made"}, CopySourceIfMatch='"none"')
    assert names_of(told()) == ["ObjectCreated:Put"]


def test_nobody(traveller, s3, bucket, told):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(grant("*", "s3:PutObject", f"{bucket}/*")))
    anonymous(traveller.server).put_object(Bucket=bucket, Key="key", Body=BODY)
    assert only(told())["userIdentity"] == {"principalId": "Anonymous"}


# -- Who is told

def test_filters(traveller, s3):
    bucket, images, logs = new_bucket(traveller), arn(traveller, "lambda", "images"), arn(traveller, "sns", "logs")
    notify(s3, bucket, receiver(images, "s3:ObjectCreated:*", prefix="images/", suffix=".jpg"),
           receiver(logs, "s3:ObjectCreated:Copy", prefix="my+logs/"))
    for key in ("images/a.jpg", "images/a.png", "a.jpg", "my logs/a"):
        s3.put_object(Bucket=bucket, Key=key, Body=BODY)
    for key in ("my logs/copy", "my+logs/copy", "images/copy.jpg"):
        s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": "a.jpg"})
    rows = rows_of(traveller.server, bucket)
    assert [(row["receiver"], row["message"]["Records"][0]["s3"]["object"]["key"]) for row in rows] == [
        (images, "images/a.jpg"), (logs, "my+logs/copy"), (images, "images/copy.jpg")]


def test_each_of_several_gets_a_message(traveller, s3):
    bucket = new_bucket(traveller)
    receivers = [arn(traveller, service) for service in ("sns", "sqs")]
    notify(s3, bucket, receiver(receivers[0], "s3:ObjectCreated:*", name="one"),
           receiver(receivers[1], "s3:ObjectRemoved:*", name="two"))
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    s3.delete_object(Bucket=bucket, Key="key")
    rows = rows_of(traveller.server, bucket)
    assert [(row["receiver"], row["event"]) for row in rows] == [
        (receivers[0], "ObjectCreated:Put"), (receivers[1], "ObjectRemoved:Delete")]
    assert rows[0]["message"]["Records"][0]["s3"]["configurationId"] == "one"


def test_nobody_is_told_once_it_is_off(traveller, s3, bucket, told):
    notify(s3, bucket)
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    assert told() == []


def test_test_messages(traveller, s3):
    bucket, topic = new_bucket(traveller), make_topic(traveller, "tested")
    let_s3_publish(traveller, topic)
    queue = subscribed(traveller, topic)
    notify(s3, bucket, receiver(topic, "s3:ObjectCreated:*"),
           receiver(arn(traveller, "lambda"), "s3:ObjectTagging:*"), bridge=True, skip=False)
    assert rows_of(traveller.server, bucket) == []
    envelope, = queue.events()
    assert envelope["Subject"] == "Amazon S3 Notification"
    message = json.loads(envelope["Message"])
    assert datetime.fromisoformat(message.pop("Time").replace("Z", "+00:00"))
    assert message.pop("RequestId") and message.pop("HostId")
    assert message == {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": bucket}


def test_a_refused_configuration_tests_nothing(traveller, s3):
    bucket = new_bucket(traveller)
    with refused("InvalidArgument"):
        notify(s3, bucket, receiver(arn(traveller, "sns"), "s3:ObjectCreated:*"),
               receiver(arn(traveller, "sqs"), "s3:ObjectCreated:Put"), skip=False)
    assert rows_of(traveller.server, bucket) == []


# -- EventBridge

@pytest.fixture
def bridged(traveller):
    """bridged(count): so many events that a rule has taken, by their types, reasons and ways of deletion."""
    queue = Queue(traveller, "bridged")
    put_rule(traveller, "bridged", {"source": ["aws.s3"], "detail-type": [{"prefix": "Object "}]}, queue.arn)

    def take(count):
        events = {}
        for event in queue.events(count):
            events[event["detail-type"], event["detail"].get("deletion-type")] = event
        return events

    return take


def test_events_of_eventbridge(traveller, s3, bridged):
    bucket = new_bucket(traveller)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    notify(s3, bucket, bridge=True)
    put = s3.put_object(Bucket=bucket, Key="example key", Body=BODY)
    marker = s3.delete_object(Bucket=bucket, Key="example key")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="example key", VersionId=marker)
    events = bridged(3)
    created = events["Object Created", None]
    hidden, gone = (events["Object Deleted", way] for way in ("Delete Marker Created", "Permanently Deleted"))
    assert len(created.pop("id")) == 36 and created.pop("time").endswith("Z")
    sequencer = created["detail"]["object"].pop("sequencer")
    assert created == {
        "version": "0", "detail-type": "Object Created", "source": "aws.s3", "account": traveller.id, "region": "us-east-1",
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {"version": "0", "event-version": "1.2", "bucket": {"name": bucket},
                   "object": {"key": "example key", "size": len(BODY), "etag": md5_of(BODY), "version-id": put["VersionId"]},
                   "request-id": put["ResponseMetadata"]["RequestId"], "requester": traveller.id,
                   "source-ip-address": "127.0.0.1", "reason": "PutObject"}}
    assert hidden["detail"]["object"]["etag"] == md5_of(b"") and hidden["detail"]["object"]["sequencer"] > sequencer
    assert gone["detail"]["reason"] == "DeleteObject"
    assert gone["detail"]["object"]["version-id"] == marker and "etag" not in gone["detail"]["object"]


def test_kinds_of_eventbridge(traveller, s3, bridged):
    bucket = new_bucket(traveller, ObjectLockEnabledForBucket=True)
    notify(s3, bucket, bridge=True)
    until = datetime.fromtimestamp(int(now(traveller.server).timestamp()) + 3600)
    s3.put_object(Bucket=bucket, Key="key", Body=BODY, ContentMD5=content_md5(BODY), StorageClass="GLACIER")
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=tag_set(a="b"))
    s3.delete_object_tagging(Bucket=bucket, Key="key")
    s3.restore_object(Bucket=bucket, Key="key", RestoreRequest={"Days": 1})
    s3.put_object_retention(Bucket=bucket, Key="key", Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until})
    events = {kind: event["detail"] for (kind, _), event in bridged(6).items()}
    assert sorted(events) == [
        "Object Created", "Object Restore Completed", "Object Restore Initiated", "Object Retention Updated",
        "Object Tags Added", "Object Tags Deleted"]
    restored = events["Object Restore Completed"]
    assert restored["source-storage-class"] == "GLACIER" and restored["restore-expiry-time"]
    assert events["Object Retention Updated"]["object-retention-event-data"]["mode"] == "GOVERNANCE"


# -- Replication

def test_replicas(traveller, s3, later):
    source, target = set_up(traveller)
    notify(s3, target, receiver(arn(traveller, "sqs"), "s3:ObjectCreated:*"))
    version = s3.put_object(Bucket=source, Key="key", Body=BODY)["VersionId"]
    later("1s")
    record = only(records_of(traveller.server, target))
    assert (record["eventName"], record["s3"]["object"]["versionId"]) == ("ObjectCreated:Put", version)
    assert record["userIdentity"]["principalId"].startswith("AWS:AROA")
    assert record["requestParameters"] == {"sourceIPAddress": "s3.amazonaws.com"}


def test_replication_that_fails(traveller, s3, later):
    source, target = versioned(traveller), versioned(traveller)
    role = replicating_role(traveller, source, target, but=["s3:ReplicateObject"])
    replicate(s3, source, role, replication_rule(target, to={"Metrics": {"Status": "Enabled"}}))
    notify(s3, source, receiver(arn(traveller, "sqs"), "s3:Replication:*"))
    s3.put_object(Bucket=source, Key="key", Body=BODY)
    later("1s")
    record = only(records_of(traveller.server, source))
    assert record["eventName"] == "Replication:OperationFailedReplication"
    data = record["replicationEventData"]
    assert (data["replicationRuleId"], data["destinationBucket"]) == ("one", f"arn:aws:s3:::{target}")
    assert data["s3Operation"] == "OBJECT_PUT" and data["requestTime"].endswith("Z")


# -- How long

def test_messages_wait_for_a_day(traveller, s3, bucket, later):
    s3.put_object(Bucket=bucket, Key="key", Body=BODY)
    later("23h")
    assert len(rows_of(traveller.server, bucket)) == 1
    before = traveller.server.admin.metrics()['merlon_losses_total{of="bucket_notifications"}']
    later("3h")
    assert rows_of(traveller.server, bucket) == []
    assert traveller.server.admin.metrics()['merlon_losses_total{of="bucket_notifications"}'] > before
    assert f'"whose":"{bucket}"' in traveller.server.log(last=1_000_000)


def test_where_the_operator_reads_on(traveller):
    assert traveller.server.admin.request("GET", "/notifications?after=x")[0] == 400
