"""Resource policies of CloudWatch Logs: kept, and asked of services alone.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html"""
import json

import pytest

from harness.account import policy, statement
from harness.logs import all_pages, event, make_stream, newer_logs, read_all
from harness.refusals import denied, refused

SERVICE = "route53.amazonaws.com"


@pytest.fixture
def logs(account):
    client = account.client("logs", parameter_validation=False)
    make_stream(client, "g")
    return client


def document(resource="*", actions=("logs:CreateLogStream", "logs:PutLogEvents"), service=SERVICE, **more):
    return json.dumps(policy(statement(list(actions), resource=resource, Principal={"Service": service}, **more)))


def arn_of(account, group="g", tail=":*"):
    return f"arn:aws:logs:us-east-1:{account.id}:log-group:{group}{tail}"


class Route53:
    """A service that has something to put."""

    def __init__(self, account):
        self.account = account

    def ask(self, operation, data, service=SERVICE, **more):
        more.setdefault("source_account", self.account.id)
        return self.account.server.as_service(service, f"logs:{operation}", data, **more)

    def put(self, message, stream="one", group="g", **more):
        return self.ask("PutLogEvents", {"logGroupName": group, "logStreamName": stream, "logEvents": [event(message)]},
                        **more)


def refuses(answer):
    return answer[0] == 400 and answer[1]["__type"] == "AccessDeniedException"


def test_services_need_one(account, logs):
    service = Route53(account)
    assert refuses(service.put("too early"))
    logs.put_resource_policy(policyName="p", policyDocument=document(arn_of(account)))
    assert service.put("first")[0] == 200
    assert service.ask("CreateLogStream", {"logGroupName": "g", "logStreamName": "two"})[0] == 200
    assert read_all(logs, "g") == ["first"]
    assert refuses(service.put("x", service="cloudtrail.amazonaws.com"))
    assert refuses(service.put("x", group="other"))
    assert refuses(service.ask("DeleteLogGroup", {"logGroupName": "g"}))
    assert refuses(service.ask("GetLogEvents", {"logGroupName": "g", "logStreamName": "one"}))
    logs.delete_resource_policy(policyName="p")
    assert refuses(service.put("too late"))
    assert read_all(logs, "g") == ["first"]


def test_several_count_together_and_denials_win(account, logs):
    service = Route53(account)
    logs.put_resource_policy(policyName="a", policyDocument=document(arn_of(account, "other")))
    logs.put_resource_policy(policyName="b", policyDocument=document(
        arn_of(account), Condition={"ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"},
                                    "StringEquals": {"aws:SourceAccount": account.id}}))
    assert refuses(service.put("x"))
    assert refuses(service.put("x", source_arn="arn:aws:s3:::bucket"))
    assert service.put("x", source_arn="arn:aws:route53:::hostedzone/Z1")[0] == 200
    logs.put_resource_policy(policyName="c", policyDocument=json.dumps(policy(
        statement("logs:PutLogEvents", "Deny", Principal={"Service": SERVICE}))))
    assert refuses(service.put("x", source_arn="arn:aws:route53:::hostedzone/Z1"))


def test_only_what_policies_speak_of(account, logs):
    """"Policy only supports logs:PutLogEvents and logs:CreateLogStream actions", and services."""
    user = account.user()
    rows = policy(statement("logs:*", Principal={"Service": SERVICE}), statement("logs:*", Principal={"AWS": user.arn}))
    logs.put_resource_policy(policyName="p", policyDocument=json.dumps(rows))
    service = Route53(account)
    assert service.put("x")[0] == 200
    assert refuses(service.ask("DeleteLogStream", {"logGroupName": "g", "logStreamName": "one"}))
    with denied("logs:PutLogEvents"):
        user.client("logs").put_log_events(logGroupName="g", logStreamName="one", logEvents=[event("x")])


def test_kept_and_described(account, logs):
    for number in range(10):
        logs.put_resource_policy(policyName=f"p{number}", policyDocument=document())
    with refused("LimitExceededException", "Resource limit exceeded."):
        logs.put_resource_policy(policyName="p10", policyDocument=document())
    changed = logs.put_resource_policy(policyName="p3", policyDocument=document(arn_of(account)))["resourcePolicy"]
    assert changed["policyName"] == "p3" and json.loads(changed["policyDocument"])["Statement"][0]["Resource"] == arn_of(account)
    kept = all_pages(logs.describe_resource_policies, "resourcePolicies", limit=3)
    assert [one["policyName"] for one in kept] == [f"p{number}" for number in range(10)]
    assert kept[3]["policyDocument"] == changed["policyDocument"] and kept[3]["lastUpdatedTime"] > 0
    logs.delete_resource_policy(policyName="p3")
    with refused("ResourceNotFoundException"):
        logs.delete_resource_policy(policyName="p3")
    for wrong in ({"policyName": "x"}, {"policyDocument": document()}, {"policyName": "", "policyDocument": document()},
                  {"policyName": "x", "policyDocument": "{"}, {"policyName": "x", "policyDocument": "{}"},
                  {"policyName": "x", "policyDocument": json.dumps(policy("logs:*"))},
                  {"policyName": "x", "policyDocument": document("x" * 5120)}):
        with refused("InvalidParameterException"):
            logs.put_resource_policy(**wrong)


def test_of_one_group(account, logs):
    client, arn, service = newer_logs(account), arn_of(account, tail=""), Route53(account)
    made = client.put_resource_policy(resourceArn=arn, policyName="mine", policyDocument=document(arn_of(account)))
    assert made["resourcePolicy"]["policyScope"] == "RESOURCE" and made["resourcePolicy"]["resourceArn"] == arn
    assert service.put("x")[0] == 200
    for expected in ({}, {"expectedRevisionId": "x"}):
        with refused("OperationAbortedException"):
            client.put_resource_policy(resourceArn=arn, policyName="mine", policyDocument=document(), **expected)
    with refused("OperationAbortedException"):
        client.delete_resource_policy(resourceArn=arn)
    found, = client.describe_resource_policies(resourceArn=arn, policyScope="RESOURCE")["resourcePolicies"]
    assert found["revisionId"] == made["revisionId"]
    assert client.describe_resource_policies()["resourcePolicies"] == []
    client.delete_resource_policy(resourceArn=arn, expectedRevisionId=made["revisionId"])
    assert refuses(service.put("x"))
    client.put_resource_policy(resourceArn=arn, policyName="mine", policyDocument=document())
    logs.delete_log_group(logGroupName="g")
    make_stream(logs, "g")
    assert refuses(service.put("x")), "another group has not the policy of the first one"
    with refused("ResourceNotFoundException"):
        client.put_resource_policy(resourceArn=arn + "x", policyName="p", policyDocument=document())


def test_permissions(account, logs):
    client = account.user().client("logs")
    with denied("logs:PutResourcePolicy"):
        client.put_resource_policy(policyName="p", policyDocument=document())
    with denied("logs:DescribeResourcePolicies"):
        client.describe_resource_policies()
    with denied("logs:DeleteResourcePolicy"):
        client.delete_resource_policy(policyName="p")
