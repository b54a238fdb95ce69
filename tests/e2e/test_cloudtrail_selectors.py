"""Event selectors: which are taken, and which events a trail gets by them.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html"""
import json

import pytest

from harness.account import Account
from harness.buckets import bucket_policy, grant, new_bucket
from harness.refusals import refusal
from harness.server import Server
from harness.trails import SERVICE, event_names, new_trail, new_trail_bucket, records, trail_arn


def field(name, **operators):
    return {"Field": name, **{key: [value] if isinstance(value, str) else value for key, value in operators.items()}}


def data(*fields, kind="AWS::S3::Object"):
    return {"FieldSelectors": [field("eventCategory", Equals="Data"), field("resources.type", Equals=kind), *fields]}


def management(*fields):
    return {"FieldSelectors": [field("eventCategory", Equals="Management"), *fields]}


# -- Which are taken

@pytest.fixture
def trails(account):
    new_trail(account, new_trail_bucket(account), start=False)
    return account.client("cloudtrail")


def test_the_usual_ones(trails):
    usual = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [],
             "ExcludeManagementEventSources": []}
    assert trails.get_event_selectors(TrailName="trail")["EventSelectors"] == [usual]
    given = [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::bucket/prefix"]}]}]
    answer = trails.put_event_selectors(TrailName="trail", EventSelectors=given)["EventSelectors"]
    assert answer == [{**usual, **given[0]}]
    assert trails.get_event_selectors(TrailName="trail")["EventSelectors"] == answer
    assert trails.get_trail(Name="trail")["Trail"]["HasCustomEventSelectors"] is True


def test_one_kind_takes_the_place_of_the_other(trails):
    given = [management(), {"Name": "puts", **data(field("eventName", Equals=["PutObject", "CopyObject"]))}]
    answer = trails.put_event_selectors(TrailName="trail", AdvancedEventSelectors=given)
    assert answer["AdvancedEventSelectors"] == given and not answer.get("EventSelectors")
    answer = trails.get_event_selectors(TrailName="trail")
    assert answer["AdvancedEventSelectors"] == given and not answer.get("EventSelectors")
    trails.put_event_selectors(TrailName="trail", EventSelectors=[{"ReadWriteType": "ReadOnly"}])
    answer = trails.get_event_selectors(TrailName="trail")
    assert answer["EventSelectors"][0]["ReadWriteType"] == "ReadOnly" and not answer.get("AdvancedEventSelectors")


def resource(*values, kind="AWS::S3::Object"):
    return {"DataResources": [{"Type": kind, "Values": list(values)}]}


@pytest.mark.parametrize("selectors", [
    [],
    [{"ReadWriteType": "All"}] * 6,
    [resource("arn:aws:s3:::*")],
    [resource("arn:aws:s3:::bucket")],
    [resource("bucket/")],
    [resource("arn:aws:lambda:*", kind="AWS::Lambda::Function")],
    [resource("arn:aws:s3:::bucket/", kind="AWS::SNS::Topic")],
    [{"IncludeManagementEvents": False}],
    [{"ExcludeManagementEventSources": ["iam.amazonaws.com"]}],
    [resource(*(f"arn:aws:s3:::bucket/{number}" for number in range(200)))] * 2,
    [resource("arn:aws:s3:::bucket/" + "a" * 2048)],
    [resource(*["arn:aws:s3"] * 1001)],
    [{"DataResources": [{"Type": "AWS::S3::Object"}] * 1001}],
    [{"ExcludeManagementEventSources": ["kms.amazonaws.com"] * 1001}],
])
def test_basic_ones_that_are_refused(trails, selectors):
    refusal("InvalidEventSelectorsException", trails.put_event_selectors, TrailName="trail", EventSelectors=selectors)


def test_basic_ones_at_their_limits(trails):
    trails.put_event_selectors(TrailName="trail", EventSelectors=[
        resource(*(f"arn:aws:s3:::bucket/{number}" for number in range(250))), resource("arn:aws:s3"),
        resource("arn:aws:lambda", kind="AWS::Lambda::Function"), resource("arn:aws:dynamodb", kind="AWS::DynamoDB::Table"),
        {"ExcludeManagementEventSources": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}])


@pytest.mark.parametrize("selector", [
    {"FieldSelectors": [field("readOnly", Equals="true")]},
    {"FieldSelectors": [field("eventCategory", Equals="Insight")]},
    {"FieldSelectors": [field("eventCategory", NotEquals="Data")]},
    {"FieldSelectors": [field("eventCategory", Equals="Data")]},
    management(field("eventName", Equals="CreateUser")),
    management(field("eventSource", Equals="kms.amazonaws.com")),
    management(field("eventSource", NotEquals="iam.amazonaws.com")),
    management(field("readOnly", Equals="yes")),
    management(field("eventCategory", Equals="Management")),
    data(field("readOnly", NotEquals="true")),
    data(field("resources.ARN")),
    data(field("resources.name", Equals="x")),
    data(field("sessionCredentialFromConsole", StartsWith="t")),
    data(field("eventName", Equals=[f"Event{number}" for number in range(499)])),
    {"FieldSelectors": [field("eventCategory", Equals="NetworkActivity")]},
])
def test_advanced_ones_that_are_refused(trails, selector):
    refusal("InvalidEventSelectorsException", trails.put_event_selectors, TrailName="trail",
            AdvancedEventSelectors=[selector])


def test_both_at_once_are_refused(trails):
    refusal("InvalidEventSelectorsException", trails.put_event_selectors, TrailName="trail",
            EventSelectors=[{"ReadWriteType": "All"}], AdvancedEventSelectors=[management()])


def test_insights_are_not_enabled(account, trails):
    error = refusal("InsightNotEnabledException", trails.get_insight_selectors, TrailName="trail")
    assert error["Message"] == f"Trail {trail_arn(account, 'trail')} does not have Insights enabled."
    refusal("TrailNotFoundException", trails.get_insight_selectors, TrailName="none")


# -- Which events they choose: four trails see the same calls, each of them by its own selectors

CHOICES = {
    "reads": {"EventSelectors": [{"ReadWriteType": "ReadOnly"}]},
    "writes": {"EventSelectors": [{"ReadWriteType": "WriteOnly"}]},
    "no-kms": {"EventSelectors": [{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}]},
    "no-kms-advanced": {"AdvancedEventSelectors": [management(field("eventSource", NotEquals="kms.amazonaws.com"))]},
    "prefix": {"EventSelectors": [{"IncludeManagementEvents": False, **resource("arn:aws:s3:::BUCKET/in/")}]},
    "bucket": {"EventSelectors": [{"IncludeManagementEvents": False, **resource("arn:aws:s3:::BUCKET/")}]},
    "writes-of-all": {"EventSelectors": [{"IncludeManagementEvents": False, "ReadWriteType": "WriteOnly",
                                          **resource("arn:aws:s3")}]},
    "reads-advanced": {"AdvancedEventSelectors": [management(field("readOnly", Equals="true"))]},
    "names": {"AdvancedEventSelectors": [
        data(field("eventName", Equals=["GetObject", "DeleteObject"]),
             field("resources.ARN", StartsWith="arn:aws:s3:::BUCKET/", NotEndsWith=".tmp"))]},
    "of-others": {"AdvancedEventSelectors": [
        data(field("resources.ARN", StartsWith="arn:aws:s3:::BUCKET/"), field("userIdentity.arn", NotEndsWith=":root"))]},
    "selects": {"AdvancedEventSelectors": [
        data(field("eventName", Equals="PutObject"),
             field("resources.ARN", Equals="arn:aws:s3:::BUCKET/in/a", EndsWith=".tmp",
                   NotStartsWith="arn:aws:s3:::BUCKET/out/"))]},
    "no-resource": {"AdvancedEventSelectors": [data(kind="AWS::Lambda::Function")]},
}
NAMES = list(CHOICES)


def play(account, names):
    """{name: what the trail with this choice got}; the bucket's name."""
    s3, trails = account.client("s3"), account.client("cloudtrail")
    bucket, files = new_bucket(account), new_bucket(account)
    user = account.user(policy={"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    s3.put_bucket_policy(Bucket=files, Policy=bucket_policy(
        grant(SERVICE, "s3:GetBucketAcl", files), grant(SERVICE, "s3:PutObject", f"{files}/*")))
    for name in names:
        trails.create_trail(Name=name, S3BucketName=files, S3KeyPrefix=name)
        choice = json.loads(json.dumps(CHOICES[name]).replace("BUCKET", bucket))
        trails.put_event_selectors(TrailName=name, **choice)
    for name in names:
        trails.start_logging(Name=name)
    account.iam.list_roles()
    account.client("kms").list_keys()
    for key in ("in/a", "in/b.tmp", "out/c.tmp", "d"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.get_object(Bucket=bucket, Key="in/a")
    s3.get_object(Bucket=bucket, Key="in/b.tmp")
    user.client("s3").get_object(Bucket=bucket, Key="d")
    s3.list_objects_v2(Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="d")
    account.server.admin.advance("6m")
    got = {name: [row for row in records(s3, files, account, prefix=f"{name}/") if row["eventName"] != "StartLogging"]
           for name in names}
    return got


def short(rows):
    """"PutObject in/a", of data events."""
    return sorted(f"{row['eventName']} {row['requestParameters'].get('key', '')}".strip() for row in rows)


@pytest.fixture(scope="module")
def got(tmp_path_factory):
    with Server() as server:
        found = {}
        for first in range(0, len(NAMES), 4):
            found |= play(Account.create(server, tmp_path_factory.mktemp("home")), NAMES[first:first + 4])
        yield found


def test_reads_and_writes(got):
    for name in ("reads", "reads-advanced"):
        assert event_names(got[name])[:2] == ["ListRoles", "ListKeys"] and all(row["readOnly"] for row in got[name])
    assert got["writes"] == []


def test_sources_that_are_left_out(got):
    for name in ("no-kms", "no-kms-advanced"):
        assert event_names(got[name]) == ["ListRoles"]


def test_objects_by_prefix(got):
    assert short(got["prefix"]) == ["GetObject in/a", "GetObject in/b.tmp", "PutObject in/a", "PutObject in/b.tmp"]
    assert short(got["bucket"]) == ["DeleteObject d", "GetObject d", "GetObject in/a", "GetObject in/b.tmp", "ListObjects",
                                    "PutObject d", "PutObject in/a", "PutObject in/b.tmp", "PutObject out/c.tmp"]


def test_all_objects(got):
    assert short(row for row in got["writes-of-all"] if row["userIdentity"].get("type") != "AWSService") == [
        "DeleteObject d", "PutObject d", "PutObject in/a", "PutObject in/b.tmp", "PutObject out/c.tmp"]


def test_fields(got):
    assert short(got["names"]) == ["DeleteObject d", "GetObject d", "GetObject in/a"]
    assert short(got["of-others"]) == ["GetObject d"]
    assert short(got["selects"]) == ["PutObject in/a", "PutObject in/b.tmp"]
    assert got["no-resource"] == []


def test_one_object_among_many(traveller):
    """A deletion of many names each of them: none is hidden by those beside it, be they so many that the record has no room."""
    s3, trails = traveller.client("s3"), traveller.client("cloudtrail")
    bucket, aside = new_bucket(traveller), new_bucket(traveller)
    files = new_trail_bucket(traveller)
    new_trail(traveller, files)
    trails.put_event_selectors(TrailName="trail", EventSelectors=[
        {"IncludeManagementEvents": False, **resource(f"arn:aws:s3:::{bucket}/secret/", f"arn:aws:s3:::{aside}/secret/")}])
    for where, keys in ((bucket, ["secret/a", *(f"b{number}" for number in range(20))]),
                        (aside, ["secret/a", *(f"{number:03}" + "b" * 1000 for number in range(999))]),
                        (bucket, [f"c{number}" for number in range(20)])):
        s3.delete_objects(Bucket=where, Delete={"Objects": [{"Key": key} for key in keys]})
    traveller.server.admin.advance("6m")
    rows = [row for row in records(s3, files) if row["eventName"] == "DeleteObjects"]
    assert len(rows) == 2 and rows[0]["requestParameters"]["bucketName"] == bucket
    assert rows[1]["omitted"] is True and len(rows[1]["resources"]) < 100
