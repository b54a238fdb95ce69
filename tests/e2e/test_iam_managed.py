"""AWS managed policies: there for every account, attached by all, changed by none; the rest can be imported."""
import json

import pytest

from harness.account import policy
from harness.refusals import denied, pages, refused

ARN = "arn:aws:iam::aws:policy/"
JOBS = ["Billing", "DatabaseAdministrator", "DataScientist", "NetworkAdministrator", "SupportUser",
        "SystemAdministrator", "ViewOnlyAccess"]
SOME = ["AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "SecurityAudit", "IAMFullAccess",
        "IAMReadOnlyAccess", "IAMUserChangePassword", "IAMSelfManageServiceSpecificCredentials", "IAMUserSSHKeys",
        "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonDynamoDBFullAccess", "AmazonDynamoDBReadOnlyAccess",
        "AmazonEC2FullAccess", "AmazonEC2ReadOnlyAccess", "AmazonVPCFullAccess", "AmazonVPCReadOnlyAccess",
        "AWSCloudTrail_FullAccess", "AWSCloudTrail_ReadOnlyAccess", "CloudWatchFullAccess", "CloudWatchReadOnlyAccess",
        "CloudWatchLogsFullAccess", "CloudWatchLogsReadOnlyAccess", "AmazonEventBridgeFullAccess",
        "AmazonEventBridgeReadOnlyAccess", "AmazonSNSFullAccess", "AmazonSNSReadOnlyAccess", "AmazonSQSFullAccess",
        "AmazonSQSReadOnlyAccess", "AWSLambda_FullAccess", "AWSLambda_ReadOnlyAccess", "AmazonAthenaFullAccess",
        "AWSKeyManagementServicePowerUser", "SecretsManagerReadWrite", "AmazonSSMFullAccess", "AmazonSSMReadOnlyAccess",
        "AWSCertificateManagerFullAccess", "AWSCertificateManagerReadOnly", "AWSCertificateManagerPrivateCAFullAccess",
        "AWSCertificateManagerPrivateCAReadOnly", "AWSCloudHSMFullAccess", "AWSCloudHSMReadOnlyAccess",
        "AmazonRDSFullAccess", "AmazonRDSReadOnlyAccess", "AmazonGlacierFullAccess", "AmazonGlacierReadOnlyAccess",
        "AmazonGuardDutyFullAccess_v2", "AmazonGuardDutyReadOnlyAccess", "AWSSecurityHubFullAccess",
        "AWSSecurityHubReadOnlyAccess", "AmazonDetectiveFullAccess", "AmazonInspector2FullAccess",
        "AmazonInspector2ReadOnlyAccess", "IAMAccessAnalyzerFullAccess", "IAMAccessAnalyzerReadOnlyAccess",
        "AWSOrganizationsFullAccess", "AWSOrganizationsReadOnlyAccess", "AmazonCognitoPowerUser",
        "AmazonCognitoReadOnly", "ElasticLoadBalancingFullAccess", "ElasticLoadBalancingReadOnly",
        "CloudFrontFullAccess", "CloudFrontReadOnlyAccess", "AWSWAFFullAccess", "AWSWAFReadOnlyAccess",
        "AWSFMAdminFullAccess", "AWSFMAdminReadOnlyAccess", "AWSNetworkFirewallFullAccess",
        "AWSNetworkFirewallReadOnlyAccess", "AmazonRoute53FullAccess", "AmazonRoute53ReadOnlyAccess",
        "AmazonRoute53ResolverFullAccess", "AWSConfigUserAccess", "AWSCloudFormationFullAccess",
        "AWSCloudFormationReadOnlyAccess", "AWSArtifactReportsReadOnlyAccess", "AWSDenyAll",
        "AWSCompromisedKeyQuarantineV2", "AWSCompromisedKeyQuarantineV3", "EC2InstanceConnect",
        "service-role/AWSLambdaBasicExecutionRole", "service-role/AmazonEC2RoleforSSM", "service-role/AWSConfigRole",
        "service-role/AWS_ConfigRole", "AmazonSSMManagedInstanceCore"]


def test_administrator_access(account):
    got = account.iam.get_policy(PolicyArn=ARN + "AdministratorAccess")["Policy"]
    assert got["PolicyName"] == "AdministratorAccess" and got["Path"] == "/" and got["DefaultVersionId"] == "v1"
    assert got["PolicyId"] == "ANPAIWMBCKSKIEE64ZLYK" and got["AttachmentCount"] == 0 and got["IsAttachable"] is True
    assert got["CreateDate"].isoformat() == "2015-02-06T18:39:46+00:00"
    version = account.iam.get_policy_version(PolicyArn=ARN + "AdministratorAccess", VersionId="v1")["PolicyVersion"]
    assert version["Document"] == policy("*") and version["IsDefaultVersion"] is True
    versions = account.iam.list_policy_versions(PolicyArn=ARN + "AdministratorAccess")["Versions"]
    assert [v["VersionId"] for v in versions] == ["v1"]


@pytest.mark.parametrize("name", ["job-function/" + job for job in JOBS] + SOME)
def test_it_is_there(account, name):
    got = account.iam.get_policy(PolicyArn=ARN + name)["Policy"]
    assert got["Arn"] == ARN + name and got["PolicyName"] == name.split("/")[-1]
    assert got["Path"] == "/" + name[:-len(got["PolicyName"])] and got["UpdateDate"] >= got["CreateDate"]
    version = account.iam.get_policy_version(PolicyArn=got["Arn"], VersionId=got["DefaultVersionId"])["PolicyVersion"]
    assert version["Document"]["Version"] == "2012-10-17" and version["Document"]["Statement"]


def test_every_one_can_be_asked(account):
    """Each document of the table is one that the policy language takes: the simulator compiles them all."""
    listed = pages(account.iam.list_policies, "Policies", 1000, Scope="AWS")
    assert len(listed) > 500
    documents = []
    for one in listed:
        version = account.iam.get_policy_version(PolicyArn=one["Arn"], VersionId=one["DefaultVersionId"])
        documents.append(json.dumps(version["PolicyVersion"]["Document"]))
    for start in range(0, len(documents), 20):
        account.iam.get_context_keys_for_custom_policy(PolicyInputList=documents[start:start + 20])


def test_listed_under_their_paths(account):
    jobs = account.iam.list_policies(Scope="AWS", PathPrefix="/job-function/", MaxItems=1000)["Policies"]
    assert set(JOBS) <= {p["PolicyName"] for p in jobs} and all(p["Path"] == "/job-function/" for p in jobs)
    assert account.iam.list_policies(Scope="Local")["Policies"] == []


def test_a_name_under_the_wrong_path(account):
    for name in ["Billing", "service-role/Billing", "job-function/billing", "administratoraccess"]:
        with refused("NoSuchEntity", f"Policy {ARN}{name} was not found.", 404):
            account.iam.get_policy(PolicyArn=ARN + name)


def test_counts_are_those_of_the_account(account, other_account):
    account.iam.create_user(UserName="u")
    account.iam.attach_user_policy(UserName="u", PolicyArn=ARN + "PowerUserAccess")
    assert account.iam.get_policy(PolicyArn=ARN + "PowerUserAccess")["Policy"]["AttachmentCount"] == 1
    assert other_account.iam.get_policy(PolicyArn=ARN + "PowerUserAccess")["Policy"]["AttachmentCount"] == 0
    assert other_account.iam.list_entities_for_policy(PolicyArn=ARN + "PowerUserAccess")["PolicyUsers"] == []


@pytest.mark.parametrize("call, arguments", [
    ("delete_policy", {}), ("delete_policy_version", {"VersionId": "v1"}),
    ("set_default_policy_version", {"VersionId": "v1"}),
    ("create_policy_version", {"PolicyDocument": json.dumps(policy("*"))}),
    ("tag_policy", {"Tags": [{"Key": "k", "Value": "v"}]}), ("untag_policy", {"TagKeys": ["k"]})])
def test_nobody_changes_them(account, call, arguments):
    admin = account.user("admin", policy("*")).client("iam")
    action = "iam:" + "".join(part.capitalize() for part in call.split("_"))
    for client in (account.iam, admin):
        with denied(action):
            getattr(client, call)(PolicyArn=ARN + "AdministratorAccess", **arguments)


def test_their_permissions_hold(account):
    iam = account.iam
    user = account.user("u")
    client = user.client("iam")
    iam.attach_user_policy(UserName="u", PolicyArn=ARN + "IAMReadOnlyAccess")
    client.list_users()
    with denied("iam:CreateUser"):
        client.create_user(UserName="v")
    iam.attach_user_policy(UserName="u", PolicyArn=ARN + "PowerUserAccess")
    with denied("iam:CreateUser"):
        client.create_user(UserName="v")
    iam.attach_user_policy(UserName="u", PolicyArn=ARN + "IAMFullAccess")
    client.create_user(UserName="v")
    iam.attach_user_policy(UserName="u", PolicyArn=ARN + "AWSDenyAll")
    with denied("iam:ListUsers"):
        client.list_users()
