"""AWS managed policies: there for every account, attached by all, changed by none; the rest can be imported."""
import json

import pytest

from harness.account import Account, policy
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


# -- Importing

def facts(name="Extra", path="", version="v3", document=None, **more):
    return {name: {"arn": f"{ARN}{path}{name}", "version": version, "createdate": "2020-01-02T03:04:05+00:00",
                   "updatedate": "2021-02-03T04:05:06Z", "document": document or policy("s3:*"), **more}}


def load(server, tmp_path, content):
    file = tmp_path / "policies.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return server.merlon("policy", "import-managed", str(file), check=False)


def test_import(account, other_account, server, tmp_path):
    answer = load(server, tmp_path, {**facts("Extra", "service-role/"), **facts("Withdrawn", arn=None)})
    assert answer.returncode == 0 and "1 policies imported, 1 passed over" in answer.stdout
    arn = ARN + "service-role/Extra"
    for one in (account, other_account):
        got = one.iam.get_policy(PolicyArn=arn)["Policy"]
        assert got["PolicyName"] == "Extra" and got["Path"] == "/service-role/" and got["DefaultVersionId"] == "v3"
        assert got["CreateDate"].isoformat() == "2020-01-02T03:04:05+00:00" and got["PolicyId"].startswith("ANPA")
    version = account.iam.get_policy_version(PolicyArn=arn, VersionId="v3")["PolicyVersion"]
    assert version["Document"] == policy("s3:*")
    listed = pages(account.iam.list_policies, "Policies", 300, Scope="AWS")
    assert [p["Arn"] for p in listed].count(arn) == 1
    assert "Extra" not in [p["PolicyName"] for p in account.iam.list_policies(Scope="Local")["Policies"]]
    with denied("iam:DeletePolicy"):
        account.iam.delete_policy(PolicyArn=arn)


def test_a_newer_import_takes_the_place_of_what_is_attached(account, server, tmp_path):
    user = account.user("u")
    assert load(server, tmp_path, facts("Changing", document=policy("iam:ListUsers"))).returncode == 0
    account.iam.attach_user_policy(UserName="u", PolicyArn=ARN + "Changing")
    before = account.iam.get_policy(PolicyArn=ARN + "Changing")["Policy"]
    user.client("iam").list_users()
    assert load(server, tmp_path, facts("Changing", version="v4", document=policy("iam:ListRoles"))).returncode == 0
    with denied("iam:ListUsers"):
        user.client("iam").list_users()
    user.client("iam").list_roles()
    after = account.iam.get_policy(PolicyArn=ARN + "Changing")["Policy"]
    assert after["PolicyId"] == before["PolicyId"] and after["AttachmentCount"] == 1
    assert [v["VersionId"] for v in account.iam.list_policy_versions(PolicyArn=ARN + "Changing")["Versions"]] == ["v4"]


def test_an_import_goes_before_the_table(new_server, home, tmp_path):
    server = new_server()
    account = Account.create(server, home)
    account.iam.create_user(UserName="u")
    account.iam.attach_user_policy(UserName="u", PolicyArn=ARN + "AWSDenyAll")
    total = len(pages(account.iam.list_policies, "Policies", 1000, Scope="AWS"))
    before = account.iam.get_policy(PolicyArn=ARN + "AWSDenyAll")["Policy"]
    assert load(server, tmp_path, facts("AWSDenyAll", version="v900")).returncode == 0
    after = account.iam.get_policy(PolicyArn=ARN + "AWSDenyAll")["Policy"]
    assert after["DefaultVersionId"] == "v900" and after["PolicyId"] == before["PolicyId"]
    assert after["AttachmentCount"] == 1
    assert len(pages(account.iam.list_policies, "Policies", 1000, Scope="AWS")) == total


@pytest.mark.parametrize("content, text", [
    ("not json", "file: "), ("[]", "file: is not a JSON object of policies by name"),
    (facts(version="3"), "Extra: version must be such as v1"),
    (facts(arn="arn:aws:iam::123456789012:policy/Extra"), "Extra: its arn is not that of an AWS managed policy"),
    (facts(createdate="yesterday"), "Extra: createdate and updatedate must be times"),
    (facts(document={"Version": "2012-10-17"}), "Extra: "), (facts(document="text"), "Extra: ")])
def test_a_file_that_is_wrong_changes_nothing(account, server, tmp_path, content, text):
    if isinstance(content, dict):
        content = {**facts("Before"), **content}
    answer = load(server, tmp_path, content)
    assert answer.returncode == 1 and text in answer.stderr
    with refused("NoSuchEntity", status=404):
        account.iam.get_policy(PolicyArn=ARN + "Before")
