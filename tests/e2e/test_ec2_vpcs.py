"""VPCs: made, changed, deleted. https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html"""
import pytest
from botocore.exceptions import ClientError

from harness.account import Account, policy, statement
from harness.refusals import refused


@pytest.fixture
def ec2(account):
    return account.client("ec2")


def new_vpc(ec2, cidr="10.0.0.0/16", **more):
    return ec2.create_vpc(CidrBlock=cidr, **more)["Vpc"]["VpcId"]


def groups_of(ec2, vpc):
    return ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]


def permission(**peer):
    return {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, **(peer or {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]})}


def test_a_vpc_is_made_and_deleted(account, ec2):
    made = ec2.create_vpc(CidrBlock="10.1.2.3/20", InstanceTenancy="dedicated", TagSpecifications=[
        {"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "back"}]}])["Vpc"]
    assert (made["CidrBlock"], made["InstanceTenancy"], made["IsDefault"], made["OwnerId"]) == ("10.1.0.0/20", "dedicated", False, account.id)
    vpc = made["VpcId"]
    (found,) = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["back"]}])["Vpcs"]
    assert found == made and ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"] == [made]
    (default,) = groups_of(ec2, vpc)
    assert default["GroupName"] == "default" and default["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == default["GroupId"]
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    with refused("DependencyViolation", f"The vpc '{vpc}' has dependencies and cannot be deleted.", 400):
        ec2.delete_vpc(VpcId=vpc)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=vpc)
    with refused("InvalidVpcID.NotFound", f"The vpc ID '{vpc}' does not exist", 400):
        ec2.delete_vpc(VpcId=vpc)
    assert groups_of(ec2, vpc) == [] and len(ec2.describe_security_group_rules()["SecurityGroupRules"]) == 2
    assert account.event("CreateVpc")["responseElements"]["vpc"]["vpcId"] == vpc
    assert account.event("DeleteVpc")["requestParameters"] == {"vpcId": vpc}


@pytest.mark.parametrize("arguments, code", [
    ({"CidrBlock": "10.0.0.0/8"}, "InvalidVpc.Range"), ({"CidrBlock": "10.0.0.0/29"}, "InvalidVpc.Range"),
    *(({"CidrBlock": block}, "InvalidVpc.Range") for block in ("0.0.0.0/16", "127.0.0.0/24", "169.254.8.0/24", "224.0.0.0/16", "239.255.0.0/16")),
    ({"CidrBlock": "10.0.0.0"}, "InvalidParameterValue"), ({"CidrBlock": "::/16"}, "InvalidParameterValue"), ({}, "MissingParameter"),
    ({"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "host"}, "InvalidParameterValue"),
    ({"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": True}, "UnsupportedOperation"),
    ({"Ipv4IpamPoolId": "ipam-pool-0123456789abcdef0"}, "UnsupportedOperation")])
def test_vpcs_that_are_none(ec2, arguments, code):
    with refused(code, status=400):
        ec2.create_vpc(**arguments)


def test_no_more_than_five(ec2):
    for number in range(4):
        new_vpc(ec2, f"10.{number}.0.0/16")
    with refused("VpcLimitExceeded", "The maximum number of VPCs has been reached.", 400):
        new_vpc(ec2)
    with refused("DryRunOperation", status=412):
        new_vpc(ec2, DryRun=True)
    assert len(ec2.describe_vpcs()["Vpcs"]) == 5


def test_groups_of_several_vpcs(account, ec2):
    vpc = new_vpc(ec2)
    near = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    far = ec2.create_security_group(GroupName="web", Description="d")["GroupId"]
    with refused("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.", 400):
        ec2.authorize_security_group_ingress(GroupId=near, IpPermissions=[permission(UserIdGroupPairs=[{"GroupId": far}])])
    ec2.authorize_security_group_ingress(GroupName="web", IpPermissions=[permission()])
    assert [one["GroupId"] for one in ec2.describe_security_groups(GroupNames=["web"])["SecurityGroups"]] == [far]
    assert groups_of(ec2, vpc)[0]["IpPermissions"] == [] or groups_of(ec2, vpc)[1]["IpPermissions"] == []
    with refused("InvalidPermission.NotFound", "The specified rule does not exist in this security group.", 400):
        ec2.revoke_security_group_ingress(GroupId=near, IpPermissions=[permission()])
    arn = f"arn:aws:ec2:us-east-1:{account.id}:vpc/{vpc}"
    alice = account.user(policy=policy(statement("ec2:CreateSecurityGroup", resource=[arn, f"arn:aws:ec2:*:{account.id}:security-group/*"])))
    alice.client("ec2").create_security_group(GroupName="hers", Description="d", VpcId=vpc)
    other = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    with pytest.raises(ClientError, match=f"UnauthorizedOperation.*on resource: arn:aws:ec2:us-east-1:{account.id}:vpc/{other}"):
        alice.client("ec2").create_security_group(GroupName="hers", Description="d", VpcId=other)
    for unnamed in ({}, {"VpcId": ""}):
        with pytest.raises(ClientError, match=f"UnauthorizedOperation.*on resource: arn:aws:ec2:us-east-1:{account.id}:vpc/{other}"):
            alice.client("ec2").create_security_group(GroupName="hers", Description="d", **unnamed)


def test_the_default_vpc_must_be_allowed_before_it_is_stored_too(account):
    arns = [f"arn:aws:ec2:*:{account.id}:security-group/*", f"arn:aws:ec2:*:{account.id}:vpc/*"]
    for tenancy, is_let in (("dedicated", False), ("default", True)):
        user = account.user(policy=policy(statement("ec2:CreateSecurityGroup", resource=arns[0]), statement(
            "ec2:CreateSecurityGroup", resource=arns[1], Condition={"StringEquals": {"ec2:Tenancy": tenancy}}))).client("ec2")
        if is_let:
            user.create_security_group(GroupName="web", Description="d")
        else:
            with pytest.raises(ClientError, match="UnauthorizedOperation.*:vpc/vpc-0"):
                user.create_security_group(GroupName="web", Description="d")


def test_the_default_vpc_may_go_and_come_again(ec2):
    (old,) = ec2.describe_vpcs()["Vpcs"]
    with refused("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.", 400):
        ec2.create_default_vpc()
    ec2.delete_vpc(VpcId=old["VpcId"])
    assert ec2.describe_vpcs()["Vpcs"] == ec2.describe_security_groups()["SecurityGroups"] == []
    with refused("MissingParameter"):
        ec2.create_security_group(GroupName="web", Description="d")
    with refused("InvalidGroup.NotFound"):
        ec2.authorize_security_group_ingress(GroupName="default", IpPermissions=[permission()])
    new = ec2.create_default_vpc()["Vpc"]
    assert new["IsDefault"] and new["CidrBlock"] == "172.31.0.0/16" and new["VpcId"] != old["VpcId"]
    ec2.authorize_security_group_ingress(GroupName="default", IpPermissions=[permission()])


def test_attributes(account, ec2):
    vpc = new_vpc(ec2)
    def value(name):
        answer = ec2.describe_vpc_attribute(VpcId=vpc, Attribute=name)
        assert answer["VpcId"] == vpc
        return answer[name[:1].upper() + name[1:]]["Value"]
    names = ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")
    assert [value(name) for name in names] == [True, False, False]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableNetworkAddressUsageMetrics={"Value": True})
    assert [value(name) for name in names] == [True, True, True]
    with refused("InvalidParameterCombination"):
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True}, EnableDnsSupport={"Value": True})
    for other in ("EnableDnsHostnames", "EnableDnsSupport"):  # a policy may allow one of them alone
        with refused("InvalidParameterCombination"):
            ec2.modify_vpc_attribute(VpcId=vpc, EnableNetworkAddressUsageMetrics={"Value": False}, **{other: {"Value": True}})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    with refused("InvalidParameterValue"):
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    with refused("MissingParameter"):
        ec2.modify_vpc_attribute(VpcId=vpc)
    assert account.event("ModifyVpcAttribute")["eventSource"] == "ec2.amazonaws.com"
    alice = account.user(policy=policy(statement("ec2:ModifyVpcAttribute", Condition={"StringEquals": {"ec2:Attribute": "EnableDnsSupport"}})))
    alice.client("ec2").modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        alice.client("ec2").modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})


def test_what_is_stored_is_there_after_a_restart(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    ec2 = account.client("ec2")
    vpc = new_vpc(ec2)
    ec2.authorize_security_group_ingress(GroupName="default", IpPermissions=[permission()])
    before = [ec2.describe_vpcs()["Vpcs"], ec2.describe_security_groups()["SecurityGroups"], ec2.describe_security_group_rules()["SecurityGroupRules"]]
    server.kill()
    again = Account(new_server(data=tmp_path / "data"), account.id, account.root, home).client("ec2")
    assert [again.describe_vpcs()["Vpcs"], again.describe_security_groups()["SecurityGroups"],
            again.describe_security_group_rules()["SecurityGroupRules"]] == before
    assert vpc in {one["VpcId"] for one in before[0]}
