"""Dashboards: put, read, listed, deleted, tagged; they are of an account and of no region.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html"""
import json

import pytest

from harness.account import policy, statement
from harness.json_client import JsonClient
from harness.refusals import denied, refused

BODY = json.dumps({"widgets": [{"type": "text", "x": 0, "y": 7, "width": 3, "height": 3, "properties": {"markdown": "Hello \u00fc"}}]})


@pytest.fixture
def boards(account):
    return account.client("cloudwatch", parameter_validation=False)


def names(client, **more):
    return [entry["DashboardName"] for entry in client.list_dashboards(**more)["DashboardEntries"]]


def test_put_read_and_deleted(account, boards):
    arn = f"arn:aws:cloudwatch::{account.id}:dashboard/main"
    assert boards.put_dashboard(DashboardName="main", DashboardBody=BODY)["DashboardValidationMessages"] == []
    got = boards.get_dashboard(DashboardName="main")
    assert (got["DashboardArn"], got["DashboardName"], got["DashboardBody"]) == (arn, "main", BODY)
    entry, = account.client("cloudwatch", region="eu-west-1").list_dashboards()["DashboardEntries"]
    assert entry.pop("LastModified") and entry == {"DashboardName": "main", "DashboardArn": arn, "Size": len(BODY.encode())}
    boards.put_dashboard(DashboardName="main", DashboardBody='{"widgets":[]}')
    assert boards.get_dashboard(DashboardName="main")["DashboardBody"] == '{"widgets":[]}'
    for name in ("Main-2", "other_1"):
        boards.put_dashboard(DashboardName=name, DashboardBody=BODY)
    assert names(boards) == ["Main-2", "main", "other_1"] and names(boards, DashboardNamePrefix="ma") == ["main"]
    with refused("ResourceNotFound", "Dashboard none does not exist", 404):
        boards.delete_dashboards(DashboardNames=["main", "none"])
    boards.delete_dashboards(DashboardNames=["main", "other_1", "main"])
    assert names(boards) == ["Main-2"]
    with refused("ResourceNotFound", "Dashboard main does not exist", 404):
        boards.get_dashboard(DashboardName="main")


def test_what_is_none(boards):
    for name in ("a b", "a.b", "x" * 256, ""):
        with refused("InvalidParameterInput"):
            boards.put_dashboard(DashboardName=name, DashboardBody=BODY)
    for body in ("", "text", "[]", "{}x", '{"widgets":1}', json.dumps({"widgets": [{}] * 501})):
        with refused("InvalidParameterInput"):
            boards.put_dashboard(DashboardName="a", DashboardBody=body)
    with refused("InvalidParameterValue"):
        boards.list_dashboards(DashboardNamePrefix="a b")
    with refused("InvalidParameterValue"):
        boards.list_dashboards(NextToken="none")
    for count, code in ((101, "InvalidParameterValue"), (1000, "InvalidParameterValue"), (1500, "RequestEntityTooLarge")):
        with refused(code):
            boards.delete_dashboards(DashboardNames=[f"n{number}" for number in range(count)])
    assert names(boards) == []


def test_tags_and_permissions(account):
    boards = JsonClient(account, "monitoring", "GraniteServiceVersion20100801")
    arn = f"arn:aws:cloudwatch::{account.id}:dashboard/{{}}".format
    boards.put_dashboard(DashboardName="mine", DashboardBody=BODY, Tags=[{"Key": "team", "Value": "red"}])
    boards.put_dashboard(DashboardName="yours", DashboardBody=BODY)
    boards.tag_resource(ResourceARN=arn("mine"), Tags=[{"Key": "stage", "Value": "test"}])
    assert boards.list_tags_for_resource(ResourceARN=arn("mine"))["Tags"] == [
        {"Key": "team", "Value": "red"}, {"Key": "stage", "Value": "test"}]
    boards.untag_resource(ResourceARN=arn("mine"), TagKeys=["stage"])
    boards.put_dashboard(DashboardName="mine", DashboardBody=BODY, Tags=[{"Key": "ignored", "Value": "x"}])
    assert boards.list_tags_for_resource(ResourceARN=arn("mine"))["Tags"] == [{"Key": "team", "Value": "red"}]
    with refused("ResourceNotFoundException", status=404):
        boards.list_tags_for_resource(ResourceARN=arn("none"))
    user = account.user("red", policy(
        statement("cloudwatch:GetDashboard", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}}),
        statement("cloudwatch:DeleteDashboards", resource=arn("mine")),
        statement("cloudwatch:PutDashboard", resource=arn("new")))).client("cloudwatch", parameter_validation=False)
    assert user.get_dashboard(DashboardName="mine")["DashboardBody"] == BODY
    with denied("cloudwatch:GetDashboard", arn("yours")):
        user.get_dashboard(DashboardName="yours")
    with denied("cloudwatch:DeleteDashboards", arn("yours")):
        user.delete_dashboards(DashboardNames=["mine", "yours"])
    user.put_dashboard(DashboardName="new", DashboardBody=BODY)
    user.delete_dashboards(DashboardNames=["mine"])
    assert names(account.client("cloudwatch")) == ["new", "yours"]
