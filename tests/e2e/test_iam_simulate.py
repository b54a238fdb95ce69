"""The policy simulators, the context keys of policies, and the policies that grant access to a service."""
import json
import re

import pytest

from harness.account import policy, statement
from harness.raw import query
from harness.refusals import denied, refused

BUCKET = "arn:aws:s3:::bucket/key"
GET = policy("s3:GetObject")


def texts(*documents):
    return [json.dumps(d) if isinstance(d, dict) else d for d in documents]


def custom(account, documents, actions, resources=None, **more):
    if resources:
        more["ResourceArns"] = resources
    return account.iam.simulate_custom_policy(PolicyInputList=texts(*documents), ActionNames=actions,
                                              **more)["EvaluationResults"]


def context(name, *values, kind="string"):
    return {"ContextKeyName": name, "ContextKeyValues": list(values), "ContextKeyType": kind}


# -- Context keys

def test_context_keys(account):
    documents = [
        policy(statement("s3:*", resource="arn:aws:s3:::${aws:username}/*",
                         Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"},
                                    "Bool": {"aws:SecureTransport": "true"}})),
        policy(statement("iam:*", Condition={"StringLike": {"AWS:requestedregion": "x", "iam:PolicyARN": "${aws:PrincipalTag/a}"}}))]
    keys = account.iam.get_context_keys_for_custom_policy(PolicyInputList=texts(*documents))["ContextKeyNames"]
    assert {k.lower() for k in keys} == {"aws:username", "aws:requestedregion", "aws:securetransport", "iam:policyarn",
                                         "aws:principaltag/a"}
    assert len(keys) == 5
    assert account.iam.get_context_keys_for_custom_policy(PolicyInputList=texts(GET))["ContextKeyNames"] == []
    with refused("InvalidInput", status=400):
        account.iam.get_context_keys_for_custom_policy(PolicyInputList=["not json"])


def test_context_keys_of_a_principal(account):
    account.user("u", policy(statement("s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}})))
    account.iam.create_group(GroupName="crew")
    account.iam.put_group_policy(GroupName="crew", PolicyName="p", PolicyDocument=json.dumps(
        policy(statement("s3:*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))))
    account.iam.add_user_to_group(GroupName="crew", UserName="u")
    call = account.iam.get_context_keys_for_principal_policy
    assert set(call(PolicySourceArn=account.arn("user/u"))["ContextKeyNames"]) == {"aws:SecureTransport", "aws:SourceIp"}
    assert call(PolicySourceArn=account.arn("group/crew"))["ContextKeyNames"] == ["aws:SourceIp"]
    more = policy(statement("s3:*", Condition={"Null": {"aws:UserAgent": "true"}}))
    assert "aws:UserAgent" in call(PolicySourceArn=account.arn("user/u"), PolicyInputList=texts(more))["ContextKeyNames"]


# -- SimulateCustomPolicy

def test_decisions(account):
    documents = [GET, policy(statement("s3:Delete*", effect="Deny"))]
    results = custom(account, documents, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [BUCKET])
    assert [(r["EvalActionName"], r["EvalDecision"]) for r in results] == [
        ("s3:GetObject", "allowed"), ("s3:PutObject", "implicitDeny"), ("s3:DeleteObject", "explicitDeny")]
    assert [r["EvalResourceName"] for r in results] == [BUCKET] * 3
    assert [[m["SourcePolicyId"] for m in r["MatchedStatements"]] for r in results] == [
        ["PolicyInputList.1"], [], ["PolicyInputList.2"]]
    for result in results:
        assert result["MissingContextValues"] == [] and "PermissionsBoundaryDecisionDetail" not in result
        assert "OrganizationsDecisionDetail" not in result and result["EvalDecisionDetails"] == {}
        [one] = result["ResourceSpecificResults"]
        assert one["EvalResourceName"] == BUCKET and one["EvalResourceDecision"] == result["EvalDecision"]


def test_without_resources_it_is_about_any(account):
    [result] = custom(account, [GET], ["s3:GetObject"])
    assert result["EvalResourceName"] == "*" and result["EvalDecision"] == "allowed"
    assert "ResourceSpecificResults" not in result and "EvalDecisionDetails" not in result
    [result] = custom(account, [policy(statement("s3:GetObject", resource=BUCKET))], ["s3:GetObject"])
    assert result["EvalDecision"] == "implicitDeny"


def test_a_result_an_action_whatever_the_resources(account):
    other, third = "arn:aws:s3:::other/key", "arn:aws:s3:::third/key"
    documents = [policy(statement("s3:GetObject", resource=[BUCKET, third])),
                 policy(statement("s3:*", effect="Deny", resource=third))]
    [result] = custom(account, documents, ["s3:GetObject"], [BUCKET, other])
    assert result["EvalDecision"] == "implicitDeny" and result["MatchedStatements"] == []
    assert [(r["EvalResourceName"], r["EvalResourceDecision"]) for r in result["ResourceSpecificResults"]] == [
        (BUCKET, "allowed"), (other, "implicitDeny")]
    [result] = custom(account, documents, ["s3:GetObject"], [BUCKET, other, third])
    assert result["EvalDecision"] == "explicitDeny"
    assert [m["SourcePolicyId"] for m in result["MatchedStatements"]] == ["PolicyInputList.2"]


@pytest.mark.parametrize("document, start, end", [
    ('{\n  "Version":"2012-10-17",\n  "Statement":{\n    "Effect":"Allow",\n    "Action":"s3:GetObject",\n'
     '    "Resource":"*"\n  }\n}', (3, 16), (7, 4)),
    ('{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Effect": "Allow",\n      "Action": "*",\n'
     '      "Resource": "*"\n    }\n  ]\n}', (3, 17), (8, 6)),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:*","Resource":"}]"},'
     '{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}', None, None),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}', (1, 38), (1, 87))])
def test_where_a_matched_statement_stands(account, document, start, end):
    if start is None:
        document = document.replace('"}]"', '"arn:aws:ec2:*:*:instance/}]"')
        column = document.index(',{"Effect":"Allow"') + 2
        start, end = (1, column), (1, len(document) - 1)
    [result] = custom(account, [document], ["s3:GetObject"])
    [match] = result["MatchedStatements"]
    assert match["SourcePolicyType"] == "IAM Policy"
    assert (match["StartPosition"]["Line"], match["StartPosition"]["Column"]) == start
    assert (match["EndPosition"]["Line"], match["EndPosition"]["Column"]) == end


def test_context(account):
    document = policy(statement("s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
                                                           "NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}))
    [result] = custom(account, [document], ["s3:GetObject"])
    assert result["EvalDecision"] == "implicitDeny"
    assert set(result["MissingContextValues"]) == {"aws:SourceIp", "aws:MultiFactorAuthAge"}
    [result] = custom(account, [document], ["s3:GetObject"], ContextEntries=[
        context("aws:sourceip", "10.1.2.3", kind="ip"), context("aws:MultiFactorAuthAge", "30", kind="numeric")])
    assert result["EvalDecision"] == "allowed" and result["MissingContextValues"] == []
    [result] = custom(account, [document], ["s3:GetObject"], [BUCKET], ContextEntries=[
        context("aws:SourceIp", "192.168.0.1", kind="ip")])
    assert result["EvalDecision"] == "implicitDeny"
    assert result["ResourceSpecificResults"][0]["MissingContextValues"] == ["aws:MultiFactorAuthAge"]


def test_several_values(account):
    document = policy(statement("s3:*", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}))
    for given, decision in [(["a", "b"], "allowed"), (["a", "c"], "implicitDeny")]:
        [result] = custom(account, [document], ["s3:PutObject"], ContextEntries=[
            context("aws:TagKeys", *given, kind="stringList")])
        assert result["EvalDecision"] == decision


def test_boundary(account):
    for boundary, allowed in [(policy("s3:*"), True), (policy("iam:*"), False)]:
        [result] = custom(account, [GET], ["s3:GetObject"], [BUCKET],
                          PermissionsBoundaryPolicyInputList=texts(boundary))
        assert result["EvalDecision"] == ("allowed" if allowed else "implicitDeny")
        assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": allowed}
        [one] = result["ResourceSpecificResults"]
        assert one["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": allowed}
    with refused("InvalidInput", status=400):
        custom(account, [GET], ["s3:GetObject"], PermissionsBoundaryPolicyInputList=texts(GET, GET))


def test_resource_policy(account):
    arn = account.arn("user/ann")
    document = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket/*"}]})
    [result] = custom(account, [GET], ["s3:PutObject"], [BUCKET], ResourcePolicy=document, CallerArn=arn)
    assert result["EvalDecision"] == "allowed"
    [match] = result["MatchedStatements"]
    assert match["SourcePolicyId"] == "ResourcePolicy" and match["SourcePolicyType"] == "Resource Policy"
    [result] = custom(account, [GET], ["s3:PutObject"], [BUCKET], ResourcePolicy=document,
                      CallerArn=account.arn("user/bob"))
    assert result["EvalDecision"] == "implicitDeny"
    with refused("InvalidInput", "Invalid caller - Caller must be an IAM user in this context.", 400):
        custom(account, [GET], ["s3:PutObject"], [BUCKET], ResourcePolicy=document, CallerArn=account.arn("role/r"))
    with refused("InvalidInput", "Invalid caller - Caller must be an IAM user in this context.", 400):
        custom(account, [GET], ["s3:PutObject"], [BUCKET], ResourcePolicy=document)


def test_across_accounts(account, other_account):
    arn = account.arn("user/ann")
    document = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket/*"}]})
    more = {"ResourcePolicy": document, "CallerArn": arn, "ResourceOwner": other_account.arn("root")}
    [result] = custom(account, [GET], ["s3:PutObject"], [BUCKET], **more)
    assert result["EvalDecision"] == "implicitDeny" and result["MatchedStatements"] == []
    assert result["EvalDecisionDetails"] == {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}
    [one] = result["ResourceSpecificResults"]
    assert [m["SourcePolicyId"] for m in one["MatchedStatements"]] == ["ResourcePolicy"]
    [result] = custom(account, [policy("s3:*")], ["s3:PutObject"], [BUCKET], **more)
    assert result["EvalDecision"] == "allowed"
    assert result["EvalDecisionDetails"] == {"IAM Policy": "allowed", "Resource Policy": "allowed"}


@pytest.mark.parametrize("action", ["GetObject", "s3:", ":GetObject", "s3:Get*"])
def test_bad_actions(account, action):
    with refused("InvalidInput", status=400):
        custom(account, [GET], [action])


def test_bad_documents(account):
    for arguments in [{"documents": ["{}"]}, {"documents": [GET], "PermissionsBoundaryPolicyInputList": ["{}"]},
                      {"documents": [GET], "ResourcePolicy": json.dumps(GET), "CallerArn": account.arn("user/u")}]:
        with refused("InvalidInput", status=400):
            custom(account, actions=["s3:GetObject"], **arguments)


def test_scenarios(account):
    base = "arn:aws:ec2:us-east-1:%s:" % account.id
    resources = [base + "instance/i-1", "arn:aws:ec2:us-east-1::image/ami-1", base + "security-group/sg-1",
                 base + "network-interface/eni-1"]
    for option in ["EC2-VPC-InstanceStore-Subnet", "nonsense"]:
        with refused("InvalidInput", status=400):
            custom(account, [GET], ["ec2:RunInstances"], resources, ResourceHandlingOption=option)
    assert custom(account, [GET], ["ec2:RunInstances"], resources, ResourceHandlingOption="EC2-VPC-InstanceStore")


@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages(account, size):
    actions = [f"s3:Action{i}" for i in range(5)]
    seen, marker = [], {}
    while True:
        answer = account.iam.simulate_custom_policy(PolicyInputList=texts(GET), ActionNames=actions, MaxItems=size, **marker)
        assert len(answer["EvaluationResults"]) <= size
        seen += [r["EvalActionName"] for r in answer["EvaluationResults"]]
        if not answer["IsTruncated"]:
            break
        marker = {"Marker": answer["Marker"]}
    assert seen == actions


def test_a_page_has_no_more_decisions_than_can_be_made_in_a_moment(account):
    resources = [f"arn:aws:s3:::bucket/{i}" for i in range(150)]
    asked = {"PolicyInputList": texts(GET), "ActionNames": ["s3:GetObject"] * 20, "ResourceArns": resources}
    first = account.iam.simulate_custom_policy(**asked)
    assert first["IsTruncated"] and 0 < len(first["EvaluationResults"]) < 20
    second = account.iam.simulate_custom_policy(**asked, Marker=first["Marker"])
    assert not second["IsTruncated"]
    results = first["EvaluationResults"] + second["EvaluationResults"]
    assert [len(r["ResourceSpecificResults"]) for r in results] == [150] * 20
    with refused("InvalidInput", status=400):
        custom(account, [GET], ["s3:GetObject"], [f"arn:aws:s3:::bucket/{i}" for i in range(2001)])


# -- SimulatePrincipalPolicy

def principal(account, arn, actions, **more):
    return account.iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions, **more)["EvaluationResults"]


def sources(result):
    return sorted(m["SourcePolicyId"] for m in result["MatchedStatements"])


def test_policies_of_a_user_and_its_groups(account):
    iam = account.iam
    account.user("u", GET)
    iam.create_group(GroupName="crew")
    iam.put_group_policy(GroupName="crew", PolicyName="put", PolicyDocument=json.dumps(policy("s3:PutObject")))
    iam.attach_group_policy(GroupName="crew", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    iam.add_user_to_group(GroupName="crew", UserName="u")
    own = iam.create_policy(PolicyName="list", PolicyDocument=json.dumps(policy("s3:ListBucket")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="u", PolicyArn=own)
    actions = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "iam:ListUsers", "s3:DeleteObject"]
    results = principal(account, account.arn("user/u"), actions)
    assert [r["EvalDecision"] for r in results] == ["allowed"] * 4 + ["implicitDeny"]
    assert [sources(r) for r in results] == [["user_u_inline"], ["group_crew_put"], ["list"], ["IAMReadOnlyAccess"], []]
    results = principal(account, account.arn("group/crew"), actions)
    assert [r["EvalDecision"] for r in results] == ["implicitDeny", "allowed", "implicitDeny", "allowed", "implicitDeny"]
    more = principal(account, account.arn("user/u"), ["s3:DeleteObject"], PolicyInputList=texts(policy("s3:*")))
    assert more[0]["EvalDecision"] == "allowed" and sources(more[0]) == ["PolicyInputList.1"]


def test_a_role_and_its_boundary(account):
    account.role("r", policy=policy("s3:*", "iam:*"), PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    results = principal(account, account.arn("role/r"), ["s3:GetObject", "iam:ListUsers"])
    assert [r["EvalDecision"] for r in results] == ["allowed", "implicitDeny"]
    assert [r["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for r in results] == [True, False]
    assert sources(results[0]) == ["role_r_inline"]
    [result] = principal(account, account.arn("role/r"), ["iam:ListUsers"],
                         PermissionsBoundaryPolicyInputList=texts(policy("iam:*")))
    assert result["EvalDecision"] == "allowed"


def test_variables_of_the_principal(account):
    own = statement("s3:GetObject", resource="arn:aws:s3:::home/${aws:username}/*")
    account.user("u", policy(own))
    allowed = principal(account, account.arn("user/u"), ["s3:GetObject"], ResourceArns=["arn:aws:s3:::home/u/x"])
    assert allowed[0]["EvalDecision"] == "allowed"
    as_other = principal(account, account.arn("user/u"), ["s3:GetObject"], ResourceArns=["arn:aws:s3:::home/u/x"],
                         CallerArn=account.arn("user/v"))
    assert as_other[0]["EvalDecision"] == "implicitDeny"


def test_entities_that_are_not_there(account, other_account):
    with refused("NoSuchEntity", "The user with name nobody cannot be found.", 404):
        principal(account, account.arn("user/nobody"), ["s3:GetObject"])
    session = f"arn:aws:sts::{account.id}:assumed-role/r/session"
    with refused("InvalidInput", f"Invalid Entity Arn: {session} does not clearly define entity type and name.", 400):
        principal(account, session, ["s3:GetObject"])
    call = account.iam.get_context_keys_for_principal_policy
    with refused("NoSuchEntity", "The role with name nobody cannot be found.", 404):
        call(PolicySourceArn=account.arn("role/nobody"))


def test_without_permission(account):
    account.user("u", GET)
    client = account.user("poor").client("iam")
    with denied("iam:SimulateCustomPolicy"):
        client.simulate_custom_policy(PolicyInputList=texts(GET), ActionNames=["s3:GetObject"])
    with denied("iam:SimulatePrincipalPolicy"):
        client.simulate_principal_policy(PolicySourceArn=account.arn("user/u"), ActionNames=["s3:GetObject"])
    with denied("iam:GetContextKeysForCustomPolicy"):
        client.get_context_keys_for_custom_policy(PolicyInputList=texts(GET))
    with denied("iam:GetContextKeysForPrincipalPolicy"):
        client.get_context_keys_for_principal_policy(PolicySourceArn=account.arn("user/u"))
    with denied("iam:ListPoliciesGrantingServiceAccess"):
        client.list_policies_granting_service_access(Arn=account.arn("user/u"), ServiceNamespaces=["s3"])


# -- ListPoliciesGrantingServiceAccess

def test_policies_granting_access(account):
    iam = account.iam
    account.user("u", policy("s3:Get*", statement("ec2:*", effect="Deny")))
    iam.create_group(GroupName="crew")
    iam.put_group_policy(GroupName="crew", PolicyName="all-but-iam", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}))
    iam.add_user_to_group(GroupName="crew", UserName="u")
    iam.attach_user_policy(UserName="u", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    answer = iam.list_policies_granting_service_access(Arn=account.arn("user/u"), ServiceNamespaces=["iam", "s3", "ec2"])
    assert answer["IsTruncated"] is False
    inline = {"PolicyName": "inline", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": "u"}
    group = {"PolicyName": "all-but-iam", "PolicyType": "INLINE", "EntityType": "GROUP", "EntityName": "crew"}
    managed = {"PolicyName": "IAMReadOnlyAccess", "PolicyType": "MANAGED",
               "PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}
    assert [(e["ServiceNamespace"], e["Policies"]) for e in answer["PoliciesGrantingServiceAccess"]] == [
        ("iam", [managed]), ("s3", [inline, group]), ("ec2", [group])]
    with refused("NoSuchEntity", status=404):
        iam.list_policies_granting_service_access(Arn=account.arn("user/nobody"), ServiceNamespaces=["s3"])


# -- What this machine's SDK does not know yet

def raw(account, action, **parameters):
    answer = query(account.server, account.root, "iam", "2010-05-08", action, {
        "ActionNames.member.1": "s3:GetObject", "ResourceArns.member.1": BUCKET, **parameters})
    assert answer.status == 200, answer.text
    return answer.text


def decision(text):
    return re.search(r"<EvalDecision>(\w+)</EvalDecision>", text).group(1)


@pytest.mark.parametrize("levels, allowed, expected", [
    ([[policy("*")]], True, "allowed"), ([[policy("*")], [policy("ec2:*")]], False, "implicitDeny"),
    ([[policy("*"), policy(statement("s3:*", effect="Deny"))]], False, "explicitDeny"),
    ([[policy("ec2:*"), policy("s3:*")], [policy("s3:Get*")]], True, "allowed")])
def test_organization_policies(account, levels, allowed, expected):
    scps = {f"OrderedOrganizationPolicyInputList.member.{i + 1}.ServiceControlPolicyInputList.member.{k + 1}":
            json.dumps(one) for i, level in enumerate(levels) for k, one in enumerate(level)}
    text = raw(account, "SimulateCustomPolicy", **{"PolicyInputList.member.1": json.dumps(policy("s3:*")), **scps})
    assert decision(text) == expected
    assert f"<AllowedByOrganizations>{str(allowed).lower()}</AllowedByOrganizations>" in text
    assert ("<EvalDecisionDetails" in text) == allowed


def test_leaving_policies_out(account):
    account.user("u", policy("s3:*"))
    own = account.iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(policy("s3:*")))["Policy"]["Arn"]
    aws = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    boundary = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    for arn in (own, aws):
        account.iam.attach_user_policy(UserName="u", PolicyArn=arn)

    def ask(*exclusions):
        pairs = {"PolicySourceArn": account.arn("user/u")}
        for i, one in enumerate(exclusions):
            pairs.update({f"PolicyExclusionList.member.{i + 1}.{k}": v for k, v in one.items()})
        return raw(account, "SimulatePrincipalPolicy", **pairs)

    def left(*exclusions):
        return sorted(set(re.findall(r"<SourcePolicyId>([^<]*)</SourcePolicyId>", ask(*exclusions))))

    assert left() == ["AmazonS3ReadOnlyAccess", "own", "user_u_inline"]
    assert left({"PolicyType": "inline"}) == ["AmazonS3ReadOnlyAccess", "own"]
    assert left({"PolicyType": "aws-managed"}, {"PolicyType": "user-managed"}) == ["user_u_inline"]
    assert left({"PolicyArn": own}) == ["AmazonS3ReadOnlyAccess", "user_u_inline"]
    assert left({"PolicyArn": "arn:aws:iam::aws:policy/AmazonS3*"}) == ["own", "user_u_inline"]
    assert left({"InlinePolicyIdentifier.PolicyName": "inline", "InlinePolicyIdentifier.AttachmentType": "user",
                 "InlinePolicyIdentifier.AttachmentName": "u"}) == ["AmazonS3ReadOnlyAccess", "own"]
    assert left({"PolicyType": "scp"}) == left()
    account.iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=boundary)
    assert decision(ask()) == "implicitDeny"
    assert decision(ask({"PolicyType": "permission-boundary"})) == "allowed"
    answer = query(account.server, account.root, "iam", "2010-05-08", "SimulatePrincipalPolicy", {
        "PolicySourceArn": account.arn("user/u"), "ActionNames.member.1": "s3:GetObject",
        "PolicyExclusionList.member.1.PolicyArn": "not-an-arn-of-a-policy"})
    assert (answer.status, answer.code) == (400, "InvalidInput")
