"""Settings of which a bucket has many, with ids: metrics, analytics, inventories, tiering."""
import pytest

from harness.account import policy, statement
from harness.bucket_settings import arn_of, bucket, make_bucket, nobody, s3, signed  # noqa: F401 (fixtures)
from harness.refusals import denied, refused


class Kind:
    """One of the four that have ids: how its operations and arguments are called, and a configuration of it."""

    def __init__(self, name, action, make, member=None):
        self.name, self.action, self.make = name, action, make
        self.member = f"{member or name}Configuration"
        self.snake = {"IntelligentTiering": "intelligent_tiering"}.get(name, name.lower())

    def __str__(self):
        return self.name

    def call(self, client, verb, bucket, plural="", **more):
        return getattr(client, f"{verb}_bucket_{self.snake}_configuration{plural}")(Bucket=bucket, **more)

    def put(self, client, bucket, name, configuration=None):
        return self.call(client, "put", bucket, Id=name, **{self.member: configuration or self.make(name)})

    def get(self, client, bucket, name):
        return self.call(client, "get", bucket, Id=name)[self.member]

    def delete(self, client, bucket, name):
        return self.call(client, "delete", bucket, Id=name)

    def list(self, client, bucket, **more):
        return self.call(client, "list", bucket, "s", **more)


def inventory(name, **more):
    return {"Id": name, "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"},
            "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "CSV", "Prefix": "p",
                                                    "AccountId": "123456789012", "Encryption": {"SSES3": {}}}},
            "Filter": {"Prefix": "a/"}, "OptionalFields": ["Size", "ETag"], **more}


def analytics(name, **more):
    export = {"Bucket": "arn:aws:s3:::reports", "Format": "CSV", "BucketAccountId": "123456789012", "Prefix": "p"}
    return {"Id": name, "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}},
            "StorageClassAnalysis": {"DataExport": {"OutputSchemaVersion": "V_1",
                                                    "Destination": {"S3BucketDestination": export}}}, **more}


def tiering(name, **more):
    return {"Id": name, "Status": "Enabled", "Filter": {"Tag": {"Key": "k", "Value": ""}},
            "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}, {"Days": 730, "AccessTier": "DEEP_ARCHIVE_ACCESS"}],
            **more}


def metrics(name, **more):
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    return {"Id": name, "Filter": {"And": {"Prefix": "a/", "Tags": tags}}, **more}


KINDS = [Kind("Metrics", "MetricsConfiguration", metrics), Kind("Analytics", "AnalyticsConfiguration", analytics),
         Kind("Inventory", "InventoryConfiguration", inventory),
         Kind("IntelligentTiering", "IntelligentTieringConfiguration", tiering)]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
MISSING = "The specified configuration does not exist."


@each_kind
def test_named_put_get_replace_delete(s3, bucket, kind):
    with refused("NoSuchConfiguration", MISSING, 404):
        kind.get(s3, bucket, "one")
    for name in ("one", "Two.2-2_2", "x" * 64):
        kind.put(s3, bucket, name)
        assert kind.get(s3, bucket, name) == kind.make(name)
    changed = {**kind.make("one"), "Filter": {"Prefix": "other"}}
    kind.put(s3, bucket, "one", changed)
    assert kind.get(s3, bucket, "one") == changed
    listed = kind.list(s3, bucket)
    assert listed["IsTruncated"] is False and "NextContinuationToken" not in listed
    assert listed[f"{kind.member}List"] == [kind.make("Two.2-2_2"), changed, kind.make("x" * 64)]
    assert kind.delete(s3, bucket, "one")["ResponseMetadata"]["HTTPStatusCode"] == 204
    for call in (kind.get, kind.delete):
        with refused("NoSuchConfiguration", MISSING, 404):
            call(s3, bucket, "one")
    assert len(kind.list(s3, bucket)[f"{kind.member}List"]) == 2


@each_kind
def test_named_ids(account, s3, bucket, kind):
    for bad in ("a b", "x" * 65, "a/b", "ä", ""):
        with refused("InvalidArgument", status=400):
            kind.put(s3, bucket, bad)
    with refused("MalformedXML", status=400):
        kind.put(s3, bucket, "one", kind.make("other"))
    subresource = kind.snake.replace("_", "-")
    for method in ("PUT", "DELETE"):
        answer = signed(account, bucket, subresource, b"<A/>" if method == "PUT" else b"", method)
        assert 400 <= answer.status < 500, answer
    s3.head_bucket(Bucket=bucket)
    assert f"{kind.member}List" not in kind.list(s3, bucket)


@each_kind
def test_named_pages(s3, bucket, make_bucket, kind):
    names = sorted(f"n{number:03}" for number in range(101))
    for name in names:
        kind.put(s3, bucket, name)
    first = kind.list(s3, bucket)
    assert first["IsTruncated"] is True and "ContinuationToken" not in first
    token = first["NextContinuationToken"]
    second = kind.list(s3, bucket, ContinuationToken=token)
    assert second["IsTruncated"] is False and second["ContinuationToken"] == token and "NextContinuationToken" not in second
    pages = [[one["Id"] for one in page[f"{kind.member}List"]] for page in (first, second)]
    assert pages == [names[:100], names[100:]]
    kind.delete(s3, bucket, names[100])
    whole = kind.list(s3, bucket)
    assert whole["IsTruncated"] is False and len(whole[f"{kind.member}List"]) == 100
    assert f"{kind.member}List" not in kind.list(s3, bucket, ContinuationToken=token)
    for of, given in ((make_bucket(), token), (bucket, "x"), (bucket, token[:-1])):
        with refused("InvalidArgument", "The continuation token provided is incorrect", 400):
            kind.list(s3, of, ContinuationToken=given)


def test_a_thousand_of_a_kind(account, s3, bucket):
    for number in range(1000):
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id=f"m{number}", MetricsConfiguration={"Id": f"m{number}"})
    with refused("TooManyConfigurations", status=400):
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id="more", MetricsConfiguration={"Id": "more"})
    s3.put_bucket_metrics_configuration(Bucket=bucket, Id="m7", MetricsConfiguration={"Id": "m7", "Filter": {"Prefix": "p"}})
    KINDS[1].put(s3, bucket, "more")
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    for kind in KINDS:
        assert f"{kind.member}List" not in kind.list(s3, bucket)


@each_kind
def test_named_permissions(account, other_account, s3, bucket, nobody, kind):
    calls = [("Put", lambda client: kind.put(client, bucket, "one")), ("Get", lambda client: kind.get(client, bucket, "one")),
             ("Get", lambda client: kind.list(client, bucket)), ("Put", lambda client: kind.delete(client, bucket, "one"))]
    for verb, call in calls:
        with denied(f"s3:{verb}{kind.action}", arn_of(bucket)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
    none = f"none-{account.id}"
    for call in (lambda: kind.put(s3, none, "one"), lambda: kind.get(s3, none, "one"), lambda: kind.list(s3, none),
                 lambda: kind.delete(s3, none, "one")):
        with refused("NoSuchBucket", status=404):
            call()
    mine = account.user(policy=policy(statement(f"s3:*{kind.action}", resource=arn_of(bucket)))).client("s3")
    kind.put(mine, bucket, "one")
    assert kind.get(mine, bucket, "one")["Id"] == "one"


TAG = {"Key": "k", "Value": "v"}


@pytest.mark.parametrize("kind", [KINDS[0], KINDS[1], KINDS[3]], ids=str)
@pytest.mark.parametrize("given,code", [
    ({"Prefix": "a", "Tag": TAG}, "MalformedXML"), ({}, "MalformedXML"), ({"And": {"Prefix": "a"}}, "MalformedXML"),
    ({"And": {"Tags": [TAG]}}, "MalformedXML"), ({"And": {"Tags": [TAG, TAG]}}, "InvalidTag"),
    ({"Tag": {"Key": "k" * 129, "Value": "v"}}, "InvalidTag"), ({"Tag": {"Key": "k"}}, "MalformedXML")])
def test_filters_that_are_none(s3, bucket, kind, given, code):
    with refused(code, status=400):
        kind.put(s3, bucket, "one", {**kind.make("one"), "Filter": given})
    assert f"{kind.member}List" not in kind.list(s3, bucket)


def test_metrics_of_all_and_of_access_points(s3, bucket):
    point = "arn:aws:s3:us-east-1:123456789012:accesspoint/mine"
    for given in ({"Id": "one"}, metrics("one", Filter={"AccessPointArn": point}), metrics("one", Filter={"Tag": TAG}),
                  metrics("one", Filter={"And": {"Prefix": "p", "AccessPointArn": point}})):
        KINDS[0].put(s3, bucket, "one", given)
        assert KINDS[0].get(s3, bucket, "one") == given
    with refused("MalformedXML", status=400):
        KINDS[0].put(s3, bucket, "one", metrics("one", Filter={"AccessPointArn": point, "Prefix": "a"}))


def destination(**more):
    return {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "CSV", **more}}


@pytest.mark.parametrize("change,code", [
    ({"Schedule": {"Frequency": "Hourly"}}, "MalformedXML"), ({"IncludedObjectVersions": "Some"}, "MalformedXML"),
    ({"OptionalFields": ["Size", "Nothing"]}, "MalformedXML"), ({"OptionalFields": ["Size", "Size"]}, "MalformedXML"),
    ({"Destination": destination(Format="JSON")}, "MalformedXML"), ({"Destination": {}}, "MalformedXML"),
    ({"Destination": destination(Bucket="reports")}, "InvalidS3DestinationBucket"),
    ({"Destination": destination(Bucket="arn:aws:s3:::A_B")}, "InvalidS3DestinationBucket"),
    ({"Destination": destination(AccountId="me")}, "InvalidArgument"),
    ({"Destination": destination(Encryption={})}, "MalformedXML"),
    ({"Destination": destination(Encryption={"SSES3": {}, "SSEKMS": {"KeyId": "k"}})}, "MalformedXML"),
    ({"IsEnabled": None}, "MalformedXML"), ({"Schedule": None}, "MalformedXML")])
def test_inventories_that_are_none(s3, bucket, change, code):
    given = {name: value for name, value in inventory("one", **change).items() if value is not None}
    with refused(code, status=400):
        KINDS[2].put(s3, bucket, "one", given)
    with refused("NoSuchConfiguration"):
        KINDS[2].get(s3, bucket, "one")


def test_inventories_of_few_words(s3, bucket):
    least = {name: value for name, value in inventory("one", Destination=destination(
        Encryption={"SSEKMS": {"KeyId": "arn:aws:kms:us-east-1:123456789012:key/k"}})).items()
        if name not in ("Filter", "OptionalFields")}
    KINDS[2].put(s3, bucket, "one", least)
    assert KINDS[2].get(s3, bucket, "one") == least


def test_fields_that_an_inventory_may_tell(account, s3, bucket):
    limited = {"ForAllValues:StringEquals": {"s3:InventoryAccessibleOptionalFields": ["Size", "ETag"]}}
    mine = account.user(policy=policy(statement("s3:PutInventoryConfiguration", Condition=limited))).client("s3")
    KINDS[2].put(mine, bucket, "one", inventory("one", OptionalFields=["ETag"]))
    with denied("s3:PutInventoryConfiguration"):
        KINDS[2].put(mine, bucket, "two", inventory("two", OptionalFields=["ETag", "ObjectAccessControlList"]))


@pytest.mark.parametrize("change,code", [
    ({"Tierings": [{"Days": 89, "AccessTier": "ARCHIVE_ACCESS"}]}, "InvalidArgument"),
    ({"Tierings": [{"Days": 179, "AccessTier": "DEEP_ARCHIVE_ACCESS"}]}, "InvalidArgument"),
    ({"Tierings": [{"Days": 731, "AccessTier": "ARCHIVE_ACCESS"}]}, "InvalidArgument"),
    ({"Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}] * 2}, "MalformedXML"), ({"Tierings": []}, "MalformedXML"),
    ({"Tierings": [{"Days": 90, "AccessTier": "COLD"}]}, "MalformedXML"), ({"Status": "On"}, "MalformedXML")])
def test_tierings_that_are_none(s3, bucket, change, code):
    with refused(code, status=400):
        KINDS[3].put(s3, bucket, "one", tiering("one", **change))


def test_analytics_without_an_export(s3, bucket):
    given = {"Id": "one", "StorageClassAnalysis": {}}
    KINDS[1].put(s3, bucket, "one", given)
    assert KINDS[1].get(s3, bucket, "one") == given
    for export, code in (({"Bucket": "reports"}, "InvalidS3DestinationBucket"), ({"BucketAccountId": "12"}, "InvalidArgument")):
        given = {"OutputSchemaVersion": "V_1", "Destination": destination(**export)}
        with refused(code, status=400):
            KINDS[1].put(s3, bucket, "one", {"Id": "one", "StorageClassAnalysis": {"DataExport": given}})
