"""Security groups and their rules, through boto3 and the command line.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html"""
import json
import re
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError

from harness import raw
from harness.account import policy, statement
from harness.refusals import refused

VERSION = "2016-11-15"
ANYWHERE = [{"CidrIp": "0.0.0.0/0"}]


@pytest.fixture
def ec2(account):
    return account.client("ec2")


def tcp(port, to=None, **peers):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": to or port, **(peers or {"IpRanges": ANYWHERE})}


def new_group(ec2, name="web", **more):
    return ec2.create_security_group(GroupName=name, Description="a group", **more)["GroupId"]


def let_in(ec2, group, *permissions, **more):
    return ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=list(permissions), **more)["SecurityGroupRules"]


def group_of(ec2, group):
    return ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]


def names(answer):
    return sorted(one["GroupName"] for one in answer["SecurityGroups"])


# -- What is there from the beginning

def test_every_region_has_a_default_vpc(account, ec2):
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    assert (vpc["CidrBlock"], vpc["IsDefault"], vpc["State"], vpc["OwnerId"]) == ("172.31.0.0/16", True, "available", account.id)
    assert vpc["InstanceTenancy"] == "default" and vpc["VpcId"].startswith("vpc-0") and len(vpc["VpcId"]) == 21
    assert vpc["CidrBlockAssociationSet"][0]["CidrBlockState"] == {"State": "associated"}
    (other,) = account.client("ec2", region="eu-west-1").describe_vpcs()["Vpcs"]
    assert other["VpcId"] != vpc["VpcId"]


def test_the_default_group_lets_its_members_in_and_all_out(account, ec2):
    (group,) = ec2.describe_security_groups()["SecurityGroups"]
    assert (group["GroupName"], group["Description"], group["OwnerId"]) == ("default", "default VPC security group", account.id)
    shown = call(account, {"Action": "DescribeSecurityGroups"}).text
    arn = f"arn:aws:ec2:us-east-1:{account.id}:security-group/{group['GroupId']}"
    assert f"<securityGroupArn>{arn}</securityGroupArn>" in shown
    assert group["IpPermissions"] == [{
        "IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [],
        "UserIdGroupPairs": [{"GroupId": group["GroupId"], "UserId": account.id}]}]
    assert group["IpPermissionsEgress"] == [{
        "IpProtocol": "-1", "IpRanges": ANYWHERE, "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}]
    rules = ec2.describe_security_group_rules()["SecurityGroupRules"]
    assert {(rule["IsEgress"], rule["FromPort"], rule["ToPort"]) for rule in rules} == {(True, -1, -1), (False, -1, -1)}
    with refused("CannotDelete", f'the specified group: "{group["GroupId"]}" name: "default" cannot be deleted by a user', 400):
        ec2.delete_security_group(GroupId=group["GroupId"])


# -- Groups

def test_a_group_is_made_found_and_deleted(account, ec2):
    group = ec2.create_security_group(GroupName="Web Servers", Description="port 443 (all)")["GroupId"]
    found = group_of(ec2, group)
    assert (found["GroupName"], found["Description"], found["IpPermissions"]) == ("Web Servers", "port 443 (all)", [])
    assert found["IpPermissionsEgress"][0]["IpRanges"] == ANYWHERE
    assert found["VpcId"] == ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    assert names(ec2.describe_security_groups(GroupNames=["Web Servers"])) == ["Web Servers"]
    assert f"<return>true</return><groupId>{group}<" in call(account, {"Action": "DeleteSecurityGroup", "GroupName": "Web Servers"}).text
    with refused("InvalidGroup.NotFound", f"The security group '{group}' does not exist", 400):
        ec2.describe_security_groups(GroupIds=[group])
    with refused("InvalidGroup.NotFound"):
        ec2.delete_security_group(GroupId=group)
    assert ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"] == []


def test_names_are_there_once_in_a_vpc_whatever_their_case(ec2):
    new_group(ec2, "web")
    with pytest.raises(ClientError, match="InvalidGroup.Duplicate.*The security group 'WEB' already exists for VPC 'vpc-"):
        new_group(ec2, "WEB")
    with refused("InvalidGroup.Duplicate"):
        new_group(ec2, "web  ")
    with refused("InvalidParameterValue", "Cannot use reserved security group name: default", 400):
        new_group(ec2, "default ")
    assert group_of(ec2, new_group(ec2, " data "))["GroupName"] == " data"


@pytest.mark.parametrize("name, description, code", [
    ("default", "d", "InvalidParameterValue"), ("sg-1", "d", "InvalidParameterValue"), ("x" * 256, "d", "InvalidParameterValue"),
    ("a'b", "d", "InvalidParameterValue"), ("a", "Zürich", "InvalidParameterValue"), ("a", "x" * 256, "InvalidParameterValue"),
    ("a", "", "MissingParameter"), ("", "d", "MissingParameter")])
def test_names_and_descriptions_that_are_none(ec2, name, description, code):
    with refused(code, status=400):
        ec2.create_security_group(GroupName=name, Description=description)


def test_ids_that_are_none(ec2):
    with refused("InvalidGroupId.Malformed", 'Invalid id: "web" (expecting "sg-...")', 400):
        ec2.describe_security_groups(GroupIds=["web"])
    with refused("InvalidVpcID.NotFound", "The vpc ID 'vpc-0123456789abcdef0' does not exist", 400):
        new_group(ec2, VpcId="vpc-0123456789abcdef0")
    with refused("InvalidVpcID.Malformed"):
        ec2.describe_vpcs(VpcIds=["nonsense"])
    with refused("MissingParameter", "The request must contain the parameter groupName or groupId", 400):
        ec2.delete_security_group()
    with refused("InvalidParameterCombination"):
        ec2.delete_security_group(GroupId="sg-0123456789abcdef0", GroupName="web")


def test_a_group_that_another_names_stays(ec2):
    front, back = new_group(ec2, "front"), new_group(ec2, "back")
    let_in(ec2, back, tcp(5432, UserIdGroupPairs=[{"GroupId": front}]), tcp(22, UserIdGroupPairs=[{"GroupId": back}]))
    with refused("DependencyViolation", f"resource {front} has a dependent object", 400):
        ec2.delete_security_group(GroupId=front)
    ec2.delete_security_group(GroupId=back)
    ec2.delete_security_group(GroupId=front)


# -- Rules

def test_rules_are_added_and_told(account, ec2):
    group, peer = new_group(ec2), new_group(ec2, "peer")
    rules = let_in(ec2, group, tcp(80, 443, IpRanges=[{"CidrIp": "100.68.0.18/18", "Description": "the office"}],
                                   Ipv6Ranges=[{"CidrIpv6": "2001:DB8::1/32"}], UserIdGroupPairs=[{"GroupId": peer}]),
                   {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": ANYWHERE},
                   {"IpProtocol": "58", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
                   {"IpProtocol": "50", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]})
    assert [(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in rules] == [
        ("tcp", 80, 443)] * 3 + [("icmp", 8, -1), ("icmpv6", -1, -1), ("50", -1, -1)]
    assert rules[0]["CidrIpv4"] == "100.68.0.0/18" and rules[0]["Description"] == "the office"
    assert rules[1]["CidrIpv6"] == "2001:db8::/32"
    assert rules[2]["ReferencedGroupInfo"] == {"GroupId": peer, "UserId": account.id}
    assert {rule["GroupOwnerId"] for rule in rules} == {account.id} and not any(rule["IsEgress"] for rule in rules)
    first = rules[0]["SecurityGroupRuleId"]
    arn = f"arn:aws:ec2:us-east-1:{account.id}:security-group-rule/{first}"
    assert f"<securityGroupRuleArn>{arn}<" in call(account, {"Action": "DescribeSecurityGroupRules"}).text
    told = group_of(ec2, group)["IpPermissions"]
    assert [one["IpProtocol"] for one in told] == ["tcp", "icmp", "icmpv6", "50"]
    assert (told[0]["FromPort"], told[0]["ToPort"]) == (80, 443) and "FromPort" not in told[3]
    assert told[0]["IpRanges"] == [{"CidrIp": "100.68.0.0/18", "Description": "the office"}]
    assert told[0]["UserIdGroupPairs"] == [{"GroupId": peer, "UserId": account.id}]
    (again,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[first])["SecurityGroupRules"]
    assert again == rules[0]


def test_a_rule_is_there_once(ec2):
    group = new_group(ec2)
    let_in(ec2, group, tcp(22))
    with refused("InvalidPermission.Duplicate",
                 'the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists', 400):
        let_in(ec2, group, tcp(23), tcp(22, IpRanges=[{"CidrIp": "1.2.3.4/0", "Description": "other"}]))
    assert len(group_of(ec2, group)["IpPermissions"]) == 1
    with refused("InvalidPermission.Duplicate", 'the specified rule "peer: 0.0.0.0/0, ALL, ALLOW" already exists'):
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": ANYWHERE}])
    with refused("InvalidParameterValue", "The same permission must not appear multiple times", 400):
        let_in(ec2, group, tcp(80), tcp(80))


def test_the_older_form(ec2):
    group = new_group(ec2)
    ec2.authorize_security_group_ingress(GroupName="web", IpProtocol="udp", FromPort=53, ToPort=53, CidrIp="10.1.2.3/16")
    (permission,) = group_of(ec2, group)["IpPermissions"]
    assert (permission["IpProtocol"], permission["IpRanges"]) == ("udp", [{"CidrIp": "10.1.0.0/16"}])
    ec2.authorize_security_group_ingress(GroupId=group, SourceSecurityGroupName="default")
    assert [one["IpProtocol"] for one in group_of(ec2, group)["IpPermissions"]] == ["udp", "-1"]
    with refused("InvalidParameterCombination"):
        ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", IpPermissions=[tcp(1)])
    with refused("InvalidParameterCombination", "The parameter 'sourceSecurityGroupName' may not be used in combination with 'ipProtocol'", 400):
        ec2.authorize_security_group_ingress(GroupId=group, SourceSecurityGroupName="web", IpProtocol="tcp", FromPort=22, ToPort=22)
    with refused("InvalidParameterValue"):
        ec2.authorize_security_group_egress(GroupId=group, CidrIp="10.0.0.0/8", IpProtocol="-1")


@pytest.mark.parametrize("permission, code, message", [
    ({"IpProtocol": "tcp", "IpRanges": ANYWHERE}, "InvalidParameterValue",
     "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."),
    (tcp(443, 80), "InvalidParameterValue", "Invalid TCP/UDP port range (443:80)"),
    (tcp(65536), "InvalidParameterValue", "TCP/UDP port (65536) out of range"),
    ({"IpProtocol": "icmp", "FromPort": 256, "ToPort": -1, "IpRanges": ANYWHERE}, "InvalidParameterValue", "ICMP type (256) out of range"),
    ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": 0, "IpRanges": ANYWHERE}, "InvalidParameterValue", None),
    ({"IpProtocol": "tcpx", "IpRanges": ANYWHERE}, "InvalidParameterValue", "Invalid value 'tcpx' for IP protocol. Unknown protocol."),
    ({"IpProtocol": "256", "IpRanges": ANYWHERE}, "InvalidParameterValue", None),
    ({"IpRanges": ANYWHERE}, "MissingParameter", None),
    (tcp(1, IpRanges=[]), "MissingParameter", "Missing source specification: include source security group or CIDR information"),
    (tcp(1, IpRanges=[{"CidrIp": "10.0.0.0"}]), "InvalidParameterValue", "CIDR block 10.0.0.0 is malformed"),
    (tcp(1, IpRanges=[{"CidrIp": "10.0.0.0/33"}]), "InvalidParameterValue", "CIDR block 10.0.0.0/33 is malformed"),
    (tcp(1, IpRanges=[{"CidrIp": "::/0"}]), "InvalidParameterValue", "CIDR block ::/0 is malformed"),
    (tcp(1, Ipv6Ranges=[{"CidrIpv6": "1.2.3.4/0"}]), "InvalidParameterValue", "CIDR block 1.2.3.4/0 is malformed"),
    (tcp(1, IpRanges=[{"CidrIp": "1.2.3.4/0", "Description": "Let's"}]), "InvalidParameterValue",
     "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:"
     "  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"),
    (tcp(1, UserIdGroupPairs=[{"GroupId": "sg-0123456789abcdef0"}]), "InvalidGroup.NotFound",
     "The security group 'sg-0123456789abcdef0' does not exist"),
    (tcp(1, UserIdGroupPairs=[{"GroupId": "web"}]), "InvalidGroupId.Malformed", None),
    (tcp(1, PrefixListIds=[{"PrefixListId": "pl-0123456789abcdef0"}]), "InvalidPrefixListID.NotFound",
     "The prefix list ID 'pl-0123456789abcdef0' does not exist"),
    (tcp(1, PrefixListIds=[{"PrefixListId": "x"}]), "InvalidPrefixListID.Malformed", None)])
def test_permissions_that_are_none(ec2, permission, code, message):
    group = new_group(ec2)
    with refused(code, message, 400):
        let_in(ec2, group, permission)
    assert group_of(ec2, group)["IpPermissions"] == []


def test_groups_of_others_cannot_be_reached(account, other_account, ec2):
    """There is no VPC peering connection that would lead to them."""
    theirs = new_group(other_account.client("ec2"))
    for pair in ({"GroupId": theirs}, {"GroupId": theirs, "UserId": other_account.id}):
        with refused("InvalidGroup.NotFound", f"The security group '{theirs}' does not exist", 400):
            let_in(ec2, new_group(ec2, f"g{len(pair)}"), tcp(1, UserIdGroupPairs=[pair]))
    with refused("InvalidGroup.NotFound"):
        ec2.delete_security_group(GroupId=theirs)


@pytest.mark.parametrize("number, name", [("06", "tcp"), ("0017", "udp"), ("001", "icmp"), ("058", "icmpv6"), ("TCP", "tcp"), ("050", "50")])
def test_a_protocol_has_one_form_however_it_is_written(ec2, number, name):
    """What is not known to be tcp would let all ports in."""
    group = new_group(ec2)
    (rule,) = let_in(ec2, group, {"IpProtocol": number, "FromPort": 22, "ToPort": 22, "IpRanges": ANYWHERE})
    assert (rule["IpProtocol"], rule["FromPort"]) == (name, -1 if name == "50" else 22)
    with refused("InvalidPermission.Duplicate"):
        let_in(ec2, group, {"IpProtocol": name, "FromPort": 22, "ToPort": 22, "IpRanges": ANYWHERE})


def test_the_group_of_another_account_is_none_of_the_same_name_here(account, other_account, ec2):
    group = new_group(ec2)
    new_group(ec2, "web-2")
    for peer in ("default", "web-2"):
        with refused("InvalidGroup.NotFound", f"The security group '{peer}' does not exist", 400):
            let_in(ec2, group, tcp(1, UserIdGroupPairs=[{"GroupName": peer, "UserId": other_account.id}]))
        with refused("InvalidGroup.NotFound", status=400):
            ec2.authorize_security_group_ingress(GroupId=group, SourceSecurityGroupName=peer, SourceSecurityGroupOwnerId=other_account.id)
    assert group_of(ec2, group)["IpPermissions"] == []
    ec2.authorize_security_group_ingress(GroupId=group, SourceSecurityGroupName="web-2", SourceSecurityGroupOwnerId=account.id)
    (permission,) = group_of(ec2, group)["IpPermissions"]
    (pair,) = permission["UserIdGroupPairs"]
    theirs = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": pair["GroupId"], "UserId": other_account.id}]}
    assert ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[theirs])["UnknownIpPermissions"]
    assert group_of(ec2, group)["IpPermissions"] == [permission]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])
    assert group_of(ec2, group)["IpPermissions"] == []


def test_no_more_rules_than_sixty_of_a_family_and_a_direction(ec2):
    group = new_group(ec2)
    let_in(ec2, group, tcp(1, IpRanges=[{"CidrIp": f"10.0.{number}.0/24"} for number in range(60)]))
    let_in(ec2, group, tcp(1, Ipv6Ranges=[{"CidrIpv6": f"2001:db8:{number:x}::/48"} for number in range(59)]))
    with refused("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.", 400):
        let_in(ec2, group, tcp(2))
    with refused("RulesPerSecurityGroupLimitExceeded"):
        let_in(ec2, group, tcp(1, UserIdGroupPairs=[{"GroupId": group}]))
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[tcp(2)])
    assert len(group_of(ec2, group)["IpPermissions"][0]["IpRanges"]) == 60


def test_rules_are_revoked_by_what_they_say(account, ec2):
    group = new_group(ec2)
    let_in(ec2, group, tcp(22, IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "ssh"}]), tcp(80))
    answer = ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[
        tcp(22, IpRanges=[{"CidrIp": "10.9.9.9/8"}]), tcp(80, IpRanges=[{"CidrIp": "0.0.0.0/0", "Description": "other"}]), tcp(443)])
    (revoked,) = account.event("RevokeSecurityGroupIngress")["responseElements"]["revokedSecurityGroupRuleSet"]["items"]
    assert (revoked["groupId"], revoked["cidrIpv4"], revoked["description"], revoked["fromPort"]) == (group, "10.0.0.0/8", "ssh", 22)
    assert [one["FromPort"] for one in answer["UnknownIpPermissions"]] == [80, 443]
    assert [one["FromPort"] for one in group_of(ec2, group)["IpPermissions"]] == [80]
    ec2.revoke_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0")
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": ANYWHERE}])
    found = group_of(ec2, group)
    assert found["IpPermissions"] == found["IpPermissionsEgress"] == []


def test_rules_are_revoked_by_their_ids(ec2):
    group, other = new_group(ec2), new_group(ec2, "other")
    ids = [rule["SecurityGroupRuleId"] for rule in let_in(ec2, group, tcp(22), tcp(80))]
    (theirs,) = let_in(ec2, other, tcp(22))
    for bad, code in ((theirs["SecurityGroupRuleId"], "NotFound"), ("sgr-0123456789abcdef0", "NotFound"), ("22", "Malformed")):
        with refused(f"InvalidSecurityGroupRuleId.{code}", status=400):
            ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[ids[0], bad])
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=ids)
    assert len(group_of(ec2, group)["IpPermissions"]) == 2
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=ids)
    assert group_of(ec2, group)["IpPermissions"] == []
    with refused("MissingParameter", "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided.", 400):
        ec2.revoke_security_group_ingress(GroupId=group)


def test_rules_are_modified(ec2):
    group = new_group(ec2)
    ssh, web = let_in(ec2, group, tcp(22), tcp(80))
    def change(rule, **request):
        ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=[
            {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": request}])
    change(ssh, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIpv4="10.0.0.1/24", Description="narrow")
    (rule,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[ssh["SecurityGroupRuleId"]])["SecurityGroupRules"]
    assert (rule["CidrIpv4"], rule["Description"]) == ("10.0.0.0/24", "narrow")
    with refused("InvalidPermission.Duplicate"):
        change(web, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIpv4="10.0.0.0/24")
    with refused("InvalidParameterValue"):
        change(web, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIpv4="10.0.0.0/24", CidrIpv6="::/0")
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        change({"SecurityGroupRuleId": "sgr-0123456789abcdef0"}, IpProtocol="-1", CidrIpv4="10.0.0.0/24")


def test_descriptions_are_changed(ec2):
    group = new_group(ec2)
    (rule,) = let_in(ec2, group, tcp(22))
    def described():
        return group_of(ec2, group)["IpPermissions"][0]["IpRanges"][0].get("Description")
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, IpPermissions=[
        tcp(22, IpRanges=[{"CidrIp": "0.0.0.0/0", "Description": "by permission"}])])
    assert described() == "by permission"
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, SecurityGroupRuleDescriptions=[
        {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "Description": "by id"}])
    assert described() == "by id"
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, IpPermissions=[tcp(22)])
    assert described() is None
    with refused("InvalidPermission.NotFound", "The specified rule does not exist in this security group.", 400):
        ec2.update_security_group_rule_descriptions_egress(GroupId=group, IpPermissions=[tcp(22)])


# -- Listings

def test_filters(account, ec2):
    web, data = new_group(ec2, "web-1"), new_group(ec2, "data")
    let_in(ec2, web, tcp(443), tcp(80))
    let_in(ec2, data, tcp(5432, UserIdGroupPairs=[{"GroupId": web}]), tcp(22, Ipv6Ranges=[{"CidrIpv6": "2001:db8::/32"}]))
    ec2.create_tags(Resources=[data], Tags=[{"Key": "Team", "Value": "storage"}])
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    for name, values, expected in (
            ("group-name", ["web-*"], ["web-1"]), ("group-name", ["web-?", "data"], ["data", "web-1"]), ("group-name", ["web-\\*"], []),
            ("group-id", [web], ["web-1"]), ("description", ["default*"], ["default"]), ("owner-id", [account.id], ["data", "default", "web-1"]),
            ("vpc-id", [vpc], ["data", "default", "web-1"]), ("vpc-id", ["vpc-0"], []), ("ip-permission.cidr", ["0.0.0.0/0"], ["web-1"]),
            ("ip-permission.from-port", ["443", "22"], ["data", "web-1"]), ("ip-permission.to-port", ["80"], ["web-1"]),
            ("ip-permission.group-id", [web], ["data"]), ("ip-permission.group-name", ["web-1"], ["data"]),
            ("ip-permission.ipv6-cidr", ["2001:db8::/32"], ["data"]), ("ip-permission.user-id", [account.id], ["data", "default"]),
            ("ip-permission.protocol", ["-1"], ["default"]), ("ip-permission.prefix-list-id", ["*"], []),
            ("egress.ip-permission.cidr", ["0.0.0.0/0"], ["data", "default", "web-1"]), ("egress.ip-permission.group-id", ["*"], []),
            ("tag:Team", ["stor*"], ["data"]), ("tag:team", ["*"], []), ("tag-key", ["Team"], ["data"])):
        assert names(ec2.describe_security_groups(Filters=[{"Name": name, "Values": values}])) == expected, (name, values)
    both = [{"Name": "ip-permission.from-port", "Values": ["443"]}, {"Name": "ip-permission.to-port", "Values": ["80"]}]
    assert names(ec2.describe_security_groups(Filters=both)) == ["web-1"]
    with refused("InvalidParameterValue", "The filter 'nonsense' is invalid", 400):
        ec2.describe_security_groups(Filters=[{"Name": "nonsense", "Values": ["1"]}])
    with refused("FilterLimitExceeded"):
        ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": ["x"] * 201}])
    for name, values, count in (("is-default", ["true"], 1), ("is-default", ["false"], 0), ("cidr", ["172.31.0.0/16"], 1), ("state", ["available"], 1),
                                ("ipv6-cidr-block-association.state", ["*"], 0), ("tag:a", ["b"], 0)):
        assert len(ec2.describe_vpcs(Filters=[{"Name": name, "Values": values}])["Vpcs"]) == count, name


def hostile(name, filters=1):
    """Each pattern goes over the text once for each of its characters; the last one lets it through."""
    return [{"Name": name, "Values": [f"*{'a' * 127}b"] * 199 + ["*"]} for _ in range(filters)]


def test_filters_that_take_long_end_the_page(ec2):
    made = {ec2.create_security_group(GroupName=f"g{number}", Description="a" * 255)["GroupId"] for number in range(2)}
    pages = list(ec2.get_paginator("describe_security_groups").paginate(Filters=hostile("description", 18)))
    assert made < {group["GroupId"] for page in pages for group in page["SecurityGroups"]}
    assert len(pages) >= 2 and max(len(page["SecurityGroups"]) for page in pages) < 3


def test_filters_that_do_not_end_are_refused(ec2):
    group = new_group(ec2)
    ec2.create_tags(Resources=[group], Tags=[{"Key": "Name", "Value": "a" * 256}])
    for listing, more in ((ec2.describe_security_groups, {}), (ec2.describe_tags, {}), (ec2.describe_security_groups, {"GroupIds": [group]})):
        with refused("FilterLimitExceeded", "The filters of this call take too long to evaluate.", 400):
            listing(Filters=hostile("tag:Name", 40), **more)
    assert names(ec2.describe_security_groups(Filters=hostile("tag:Name"))) == ["web"]


def test_the_groups_of_a_vpc(account, ec2):
    """By hand: this is younger than the clients here."""
    group, vpc = new_group(ec2, "data"), ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    new_group(ec2, "web")
    answer = call(account, {"Action": "GetSecurityGroupsForVpc", "VpcId": vpc, "Filter.1.Name": "group-name", "Filter.1.Value.1": "da*"})
    assert re.findall("<groupId>(.*?)</groupId>", answer.text) == [group] and f"<primaryVpcId>{vpc}</primaryVpcId>" in answer.text
    assert call(account, {"Action": "GetSecurityGroupsForVpc", "VpcId": vpc}).text.count("<groupId>") == 3
    assert ec2.describe_security_group_references(GroupId=[group])["SecurityGroupReferenceSet"] == []


def test_pages(ec2):
    made = {new_group(ec2, f"g{number}") for number in range(11)}
    let_in(ec2, max(made), *[tcp(port) for port in range(1, 12)])
    seen = [group["GroupId"] for page in ec2.get_paginator("describe_security_groups").paginate(PaginationConfig={"PageSize": 5})
            for group in page["SecurityGroups"]]
    assert len(seen) == len(set(seen)) == 12 and made < set(seen)
    rules = [rule["SecurityGroupRuleId"] for page in ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [max(made)]}], PaginationConfig={"PageSize": 5}) for rule in page["SecurityGroupRules"]]
    assert len(rules) == len(set(rules)) == 12
    for one in (ec2.describe_security_groups, ec2.describe_security_group_rules, ec2.describe_vpcs, ec2.describe_tags):
        with refused("InvalidNextToken", status=400):
            one(NextToken="nonsense")


# -- Tags

def test_tags(account, ec2):
    tags = [{"Key": f"k{number}", "Value": str(number)} for number in range(4)]
    made = ec2.create_security_group(GroupName="web", Description="d", TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}])
    group, vpc = made["GroupId"], ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    assert made["Tags"] == group_of(ec2, group)["Tags"] == tags
    (rule,) = let_in(ec2, group, tcp(22), TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": ""}]}])
    assert rule["Tags"] == [{"Key": "a", "Value": ""}]
    ec2.create_tags(Resources=[group, vpc, rule["SecurityGroupRuleId"]], Tags=[{"Key": "k0", "Value": "new"}, {"Key": "b", "Value": "c"}])
    assert ec2.describe_vpcs(Filters=[{"Name": "tag:b", "Values": ["c"]}])["Vpcs"][0]["Tags"] == [
        {"Key": "k0", "Value": "new"}, {"Key": "b", "Value": "c"}]
    pages = list(ec2.get_paginator("describe_tags").paginate(PaginationConfig={"PageSize": 5}))
    rows = [(row["ResourceType"], row["ResourceId"], row["Key"], row["Value"]) for page in pages for row in page["Tags"]]
    assert [len(page["Tags"]) for page in pages] == [5, 5] and len(set(rows)) == 10, rows
    assert rows[:2] == [("vpc", vpc, "k0", "new"), ("vpc", vpc, "b", "c")]
    found = ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["security-group"]}, {"Name": "value", "Values": ["new"]}])["Tags"]
    assert found == [{"ResourceType": "security-group", "ResourceId": group, "Key": "k0", "Value": "new"}]
    ec2.delete_tags(Resources=[group], Tags=[{"Key": "k0"}, {"Key": "k1", "Value": "other"}, {"Key": "k2", "Value": "2"}])
    assert [tag["Key"] for tag in group_of(ec2, group)["Tags"]] == ["k1", "k3", "b"]
    ec2.delete_tags(Resources=[group])
    assert "Tags" not in group_of(ec2, group) or group_of(ec2, group)["Tags"] == []


def test_tags_that_are_none(ec2):
    group = new_group(ec2)
    for tag, code in (({"Key": "aws:a", "Value": ""}, "InvalidParameterValue"), ({"Key": "x" * 128, "Value": ""}, "InvalidParameterValue"),
                      ({"Key": "a", "Value": "x" * 257}, "InvalidParameterValue")):
        with refused(code, status=400):
            ec2.create_tags(Resources=[group], Tags=[tag])
    ec2.create_tags(Resources=[group], Tags=[{"Key": str(number), "Value": ""} for number in range(50)])
    with refused("TagLimitExceeded", status=400):
        ec2.create_tags(Resources=[group], Tags=[{"Key": "more", "Value": ""}])
    for resource, code in (("i-0123456789abcdef0", "InvalidID"), ("sg-0123456789abcdef0", "InvalidGroup.NotFound"),
                           ("sgr-0123456789abcdef0", "InvalidSecurityGroupRuleId.NotFound")):
        with refused(code, status=400):
            ec2.create_tags(Resources=[resource], Tags=[{"Key": "a", "Value": "b"}])
    with refused("InvalidParameterValue", "'vpc' is not a valid taggable resource type for this operation.", 400):
        new_group(ec2, "tagged", TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}])


# -- Who may

def unauthorised(action, resource):
    return pytest.raises(ClientError, match=r"UnauthorizedOperation.*You are not authorized to perform this operation\. User: .* is not "
                         rf"authorized to perform: {action} on resource: {resource}.*Encoded authorization failure message: ")


def test_a_dry_run_says_what_would_be(account, ec2):
    group = new_group(ec2)
    nobody = account.user("nobody").client("ec2")
    with refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412):
        let_in(ec2, group, tcp(22), DryRun=True)
    with refused("DryRunOperation", status=412):
        ec2.describe_security_groups(DryRun=True)
    with unauthorised("ec2:AuthorizeSecurityGroupIngress", f"arn:aws:ec2:us-east-1:{account.id}:security-group/{group}"):
        let_in(nobody, group, tcp(22), DryRun=True)
    assert group_of(ec2, group)["IpPermissions"] == []
    assert account.event("AuthorizeSecurityGroupIngress")["errorCode"] in ("Client.DryRunOperation", "Client.UnauthorizedOperation")


def test_denials_can_be_decoded(account, ec2):
    with pytest.raises(ClientError) as caught:
        account.user("nobody").client("ec2").delete_security_group(GroupId=new_group(ec2))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    encoded = caught.value.response["Error"]["Message"].rpartition(" ")[2]
    message = json.loads(account.client("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert message["context"]["action"] == "ec2:DeleteSecurityGroup" and not message["allowed"]


def test_permissions_are_asked_on_the_group(account, ec2):
    mine, other = new_group(ec2, "mine"), new_group(ec2, "other")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    ec2.create_tags(Resources=[mine], Tags=[{"Key": "Owner", "Value": "alice"}])
    arn = f"arn:aws:ec2:us-east-1:{account.id}:security-group/"
    for number, rule in enumerate((
            statement("ec2:*Ingress", resource=arn + mine),
            statement("ec2:*Ingress", Condition={"StringEquals": {"ec2:ResourceTag/Owner": "alice"}}),
            statement("ec2:*Ingress", Condition={"StringEquals": {"aws:ResourceTag/Owner": "alice"}}),
            statement("ec2:*Ingress", Condition={"StringEquals": {"ec2:SecurityGroupID": mine}}))):
        alice = account.user(f"alice{number}", policy(rule)).client("ec2")
        let_in(alice, mine, tcp(100 + number))
        with unauthorised("ec2:AuthorizeSecurityGroupIngress", arn + other):
            let_in(alice, other, tcp(22))
    by_name = account.user("name", policy(statement("ec2:*Ingress", resource=arn + mine))).client("ec2")
    by_name.authorize_security_group_ingress(GroupName="mine", IpPermissions=[tcp(99)])
    for key, value, is_let in (("ec2:Vpc", f"arn:aws:ec2:us-east-1:{account.id}:vpc/{vpc}", True), ("ec2:Vpc", "x", False),
                               ("ec2:Region", "us-east-1", True), ("ec2:Region", "eu-west-1", False)):
        user = account.user(policy=policy(statement("ec2:*", Condition={"StringEquals": {key: value}}))).client("ec2")
        if is_let:
            user.delete_security_group(GroupId=new_group(ec2, "short-lived"))
        else:
            with unauthorised("ec2:DeleteSecurityGroup", arn + other):
                user.delete_security_group(GroupId=other)
    abroad = account.user("abroad", policy(statement("ec2:Describe*", Condition={"StringEquals": {"ec2:Region": "eu-west-1"}}))).creds
    account.client("ec2", creds=abroad, region="eu-west-1").describe_vpcs()
    with unauthorised("ec2:DescribeVpcs", r"\*|ec2:DescribeVpcs because"):
        account.client("ec2", creds=abroad).describe_vpcs()


def test_tags_at_creation_need_a_permission_of_their_own(account, ec2):
    tagged = [{"ResourceType": "security-group", "Tags": [{"Key": "Team", "Value": "a"}]}]
    creator = account.user("creator", policy("ec2:CreateSecurityGroup")).client("ec2")
    new_group(creator, "plain")
    with unauthorised("ec2:CreateTags", f"arn:aws:ec2:us-east-1:{account.id}:security-group/"):
        new_group(creator, "tagged", TagSpecifications=tagged)
    tagger = account.user("tagger", policy(
        statement("ec2:CreateSecurityGroup", Condition={"StringEquals": {"aws:RequestTag/Team": "a"}}),
        statement("ec2:CreateTags", Condition={"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"},
                                               "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}))).client("ec2")
    group = new_group(tagger, "tagged", TagSpecifications=tagged)
    with unauthorised("ec2:CreateSecurityGroup", "arn:"):
        new_group(tagger, "untagged")
    with unauthorised("ec2:CreateTags", "arn:"):
        tagger.create_tags(Resources=[group], Tags=[{"Key": "Team", "Value": "b"}])


def test_each_rule_that_is_modified_must_be_allowed(account, ec2):
    group = new_group(ec2)
    one, other = let_in(ec2, group, tcp(1), tcp(2))
    arn = f"arn:aws:ec2:us-east-1:{account.id}:security-group"
    alice = account.user("alice", policy(statement("ec2:ModifySecurityGroupRules", resource=[
        f"{arn}/{group}", f"{arn}-rule/{one['SecurityGroupRuleId']}"]))).client("ec2")
    def change(*rules):
        alice.modify_security_group_rules(GroupId=group, SecurityGroupRules=[
            {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": {
                "IpProtocol": "tcp", "FromPort": rule["FromPort"], "ToPort": rule["ToPort"], "CidrIpv4": "10.0.0.0/8"}} for rule in rules])
    change(one)
    for rules in ((other,), (one, other), (other, one)):
        with unauthorised("ec2:ModifySecurityGroupRules", f"{arn}-rule/{other['SecurityGroupRuleId']}"):
            change(*rules)


# -- What is recorded

def test_events(account, ec2):
    group = new_group(ec2)
    rule = let_in(ec2, group, tcp(22, IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "ssh"}]))[0]["SecurityGroupRuleId"]
    event = account.event("AuthorizeSecurityGroupIngress")
    assert (event["eventSource"], event["readOnly"], event["managementEvent"]) == ("ec2.amazonaws.com", False, True)
    assert event["requestParameters"] == {"groupId": group, "ipPermissions": {"items": [{
        "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {}, "ipv6Ranges": {}, "prefixListIds": {},
        "ipRanges": {"items": [{"cidrIp": "10.0.0.0/8", "description": "ssh"}]}}]}}
    answered = event["responseElements"]
    assert answered["_return"] is True and answered["requestId"] == event["requestID"]
    assert answered["securityGroupRuleSet"]["items"][0]["securityGroupRuleId"] == rule
    ec2.describe_security_groups(GroupIds=[group], Filters=[{"Name": "vpc-id", "Values": ["vpc-*"]}])
    assert account.event("DescribeSecurityGroups")["requestParameters"] == {
        "securityGroupIdSet": {"items": [{"groupId": group}]},
        "filterSet": {"items": [{"name": "vpc-id", "valueSet": {"items": [{"value": "vpc-*"}]}}]}}
    ec2.create_tags(Resources=[group], Tags=[{"Key": "a", "Value": "b"}])
    assert account.event("CreateTags")["requestParameters"] == {
        "resourcesSet": {"items": [{"resourceId": group}]}, "tagSet": {"items": [{"key": "a", "value": "b"}]}}
    created = account.event("CreateSecurityGroup")
    assert created["requestParameters"] == {"groupName": "web", "groupDescription": "a group"}
    assert created["responseElements"]["groupId"] == group
    assert created["resources"][0]["ARN"].endswith(f":security-group/{group}")
    with refused("InvalidGroup.NotFound"):
        ec2.delete_security_group(GroupName="other")
    assert account.event("DeleteSecurityGroup")["errorCode"] == "Client.InvalidGroup.NotFound"


def test_events_of_younger_operations_are_enclosed(account, ec2):
    """As AWS's events have them, which tools look into for ModifySecurityGroupRulesRequest.GroupId."""
    group = new_group(ec2, TagSpecifications=[{"ResourceType": "security-group", "Tags": [{"Key": "a", "Value": "b"}]}])
    assert account.event("CreateSecurityGroup")["requestParameters"]["tagSpecificationSet"] == {
        "items": [{"resourceType": "security-group", "tags": [{"key": "a", "value": "b"}]}]}
    ids = [rule["SecurityGroupRuleId"] for rule in let_in(ec2, group, tcp(22), tcp(80))]
    def change(*chosen):
        answer = ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": {
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIpv4": "10.0.0.0/8"}} for port, rule in enumerate(chosen, 1)])
        return account.event("ModifySecurityGroupRules", answer["ResponseMetadata"]["RequestId"])
    def told(number, rule):
        return {"tag": number, "SecurityGroupRuleId": rule, "SecurityGroupRule": {
            "IpProtocol": "tcp", "FromPort": number, "ToPort": number, "CidrIpv4": "10.0.0.0/8"}}
    event = change(ids[0])
    assert event["requestParameters"] == {"ModifySecurityGroupRulesRequest": {"GroupId": group, "SecurityGroupRule": told(1, ids[0])}}
    assert event["responseElements"] == {"ModifySecurityGroupRulesResponse": {
        "xmlns": f"http://ec2.amazonaws.com/doc/{VERSION}/", "requestId": event["requestID"], "return": True}}
    assert change(*ids)["requestParameters"]["ModifySecurityGroupRulesRequest"]["SecurityGroupRule"] == [told(1, ids[0]), told(2, ids[1])]
    ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    assert account.event("DescribeSecurityGroupRules")["requestParameters"] == {"DescribeSecurityGroupRulesRequest": {
        "Filter": {"tag": 1, "Name": "group-id", "Value": {"tag": 1, "content": group}}}}


# -- On the wire

def call(account, parameters):
    body = urlencode({"Version": VERSION, **parameters}).encode()
    return raw.signed(account.server, account.root, "ec2", body, {"Content-Type": raw.FORM})


def test_answers_look_as_aws_has_them(account, ec2):
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    answer = call(account, {"Action": "DescribeSecurityGroups", "GroupId.1": group})
    assert answer.status == 200 and answer.headers["content-type"] == "text/xml;charset=UTF-8"
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/'
                                  f'doc/{VERSION}/"><requestId>{answer.request_id}</requestId><securityGroupInfo><item><ownerId>')
    assert "<ipRanges></ipRanges>" in answer.text or "<ipRanges/>" in answer.text
    refusal = call(account, {"Action": "DescribeSecurityGroups", "GroupId.1": "sg-0123456789abcdef0"})
    assert refusal.text == ('<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>InvalidGroup.NotFound</Code><Message>The '
                            "security group 'sg-0123456789abcdef0' does not exist</Message></Error></Errors>"
                            f"<RequestID>{refusal.request_id}</RequestID></Response>")


@pytest.mark.parametrize("parameters, code, message", [
    ({"Action": "RunInstances"}, "InvalidAction", None),
    ({"Action": "DescribeVpcs", "Version": "2010-01-01"}, "InvalidAction", None),
    ({"Action": "DescribeVpcs", "Nonsense": "1"}, "UnknownParameter", "The parameter Nonsense is not recognized"),
    ({"Action": "DescribeVpcs", "Filter.1.Nonsense": "1"}, "UnknownParameter", "The parameter Filter.1.Nonsense is not recognized"),
    ({"Action": "DescribeVpcs", "VpcId.member.1": "vpc-1"}, "InvalidParameterValue", None),
    ({"Action": "DescribeVpcs", "MaxResults": "4"}, "InvalidParameterValue",
     "Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5."),
    ({"Action": "DescribeVpcs", "MaxResults": "many"}, "InvalidParameterValue", None),
    ({"Action": "DescribeVpcs", "DryRun": "perhaps"}, "InvalidParameterValue", None),
    ({"Action": "CreateSecurityGroup", "GroupName": "x"}, "MissingParameter", "The request must contain the parameter GroupDescription"),
    ({"Action": "CreateTags", "ResourceId": "", "Tag.1.Key": "a"}, "MissingParameter", "The request must contain the parameter ResourceId"),
    ({"Action": "DeleteTags", "ResourceId": ""}, "MissingParameter", "The request must contain the parameter ResourceId"),
    ({"Action": "CreateTags", "ResourceId.1": "sg-0123456789abcdef0", "Tag": ""}, "MissingParameter", "The request must contain the parameter Tag"),
    ({"Action": "ModifySecurityGroupRules", "GroupId": "sg-0123456789abcdef0", "SecurityGroupRule": ""}, "MissingParameter",
     "The request must contain the parameter SecurityGroupRule"),
    ({}, "MissingAction", None)])
def test_requests_that_are_none(account, parameters, code, message):
    answer = call(account, parameters)
    assert (answer.status, answer.code) == (400, code), answer.text
    assert message is None or answer.message == message


def test_an_id_that_is_too_long_is_recorded_all_the_same(account):
    """Without the resource that it would name: nobody may ask unseen."""
    nobody = account.user("nobody").creds
    for who, code in ((account.root, "InvalidGroupId.Malformed"), (nobody, "UnauthorizedOperation")):
        body = urlencode({"Version": VERSION, "Action": "DeleteSecurityGroup", "GroupId": "sg-" + "a" * 3900000}).encode()
        answer = raw.signed(account.server, who, "ec2", body, {"Content-Type": raw.FORM})
        assert answer.code == code
        event = account.event("DeleteSecurityGroup", answer.request_id)
        assert (event["errorCode"], event["resources"], event["omitted"]) == (f"Client.{code}", [], True)
        assert event["requestParameters"]["omitted"] is True


def test_the_command_line(account, ec2):
    group = account.cli("ec2 create-security-group --group-name cli --description made")["GroupId"]
    account.cli(f"ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port 22-23 --cidr 203.0.113.0/24")
    account.cli(f"ec2 authorize-security-group-ingress --group-id {group} --protocol all --source-group {group}")
    (permission, everything) = group_of(ec2, group)["IpPermissions"]
    assert (permission["FromPort"], permission["ToPort"], permission["IpRanges"]) == (22, 23, [{"CidrIp": "203.0.113.0/24"}])
    assert everything["IpProtocol"] == "-1" and everything["UserIdGroupPairs"][0]["GroupId"] == group
    rules = account.cli(f"ec2 describe-security-group-rules --filters Name=group-id,Values={group}")
    assert len(rules["SecurityGroupRules"]) == 3
    account.cli(f"ec2 revoke-security-group-ingress --group-id {group} --protocol tcp --port 22-23 --cidr 203.0.113.0/24")
    account.cli(f"ec2 delete-security-group --group-id {group}")
    assert names(ec2.describe_security_groups()) == ["default"]


def test_regions_and_accounts_are_apart(account, other_account, ec2):
    group = new_group(ec2)
    for other in (account.client("ec2", region="eu-west-1"), other_account.client("ec2")):
        with refused("InvalidGroup.NotFound"):
            other.describe_security_groups(GroupIds=[group])
        assert names(other.describe_security_groups()) == ["default"]
