"""Customer managed policies: documents, versions, quotas, attachments, lists."""
import json

import pytest

from harness.account import policy, statement
from harness.refusals import denied, pages, refused

GET = policy("s3:Get*")
PUT = policy("s3:Put*")
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def make(account, name, document=GET, **more):
    return account.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document), **more)["Policy"]


def add_version(account, arn, document=PUT, **more):
    return account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), **more)["PolicyVersion"]


def sized(length):
    """A document of so many characters that are not white space."""
    empty = policy(statement("s3:GetObject", resource=["arn:aws:s3:::"]))
    short = len(json.dumps(empty, separators=(",", ":")))
    return json.dumps(policy(statement("s3:GetObject", resource=["arn:aws:s3:::" + "b" * (length - short)])), indent=4)


def test_create_and_get(account):
    made = make(account, "Readers", Path="/team/", Description="Reads", Tags=[{"Key": "k", "Value": "v"}])
    assert made["Arn"] == account.arn("policy/team/Readers") and made["Path"] == "/team/"
    assert made["PolicyId"].startswith("ANPA") and len(made["PolicyId"]) == 21
    assert made["DefaultVersionId"] == "v1" and made["AttachmentCount"] == 0 and made["IsAttachable"] is True
    assert made["PermissionsBoundaryUsageCount"] == 0 and made["CreateDate"] == made["UpdateDate"]
    got = account.iam.get_policy(PolicyArn=made["Arn"])["Policy"]
    assert got["Description"] == "Reads" and got["Tags"] == [{"Key": "k", "Value": "v"}]
    assert {k: got[k] for k in made} == made
    version = account.iam.get_policy_version(PolicyArn=made["Arn"], VersionId="v1")["PolicyVersion"]
    assert version["Document"] == GET and version["IsDefaultVersion"] is True and version["VersionId"] == "v1"


def test_names_are_one_whatever_their_path_and_case(account):
    make(account, "Readers")
    for name, path in [("Readers", "/"), ("readers", "/"), ("Readers", "/other/")]:
        with refused("EntityAlreadyExists",
                     f"A policy called {name} already exists. Duplicate names are not allowed.", 409):
            make(account, name, Path=path)


@pytest.mark.parametrize("document", [
    "not json", "{}", "[]", json.dumps({"Version": "2012-10-17"}), json.dumps({"Statement": GET["Statement"]}),
    json.dumps({"Version": "2008-10-17", "Statement": GET["Statement"]}),
    json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]}),
    json.dumps(policy(statement("s3:*", Principal="*"))), json.dumps(policy(statement("s3:*", effect="allow"))),
    json.dumps(policy(statement("no-colon"))), json.dumps(policy(statement("s3:*", resource="bucket"))),
    json.dumps(policy(statement("s3:*", Sid="a"), statement("s3:*", Sid="a")))])
def test_malformed_documents(account, document):
    with refused("MalformedPolicyDocument", status=400):
        account.iam.create_policy(PolicyName="p", PolicyDocument=document)
    arn = make(account, "p")["Arn"]
    with refused("MalformedPolicyDocument", status=400):
        account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=document)
    assert len(account.iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 1


def test_words_of_malformed_documents(account):
    for document, text in [
            ("not json", "Syntax errors in policy."),
            (json.dumps({"Version": "2008-10-17", "Statement": GET["Statement"]}),
             "Policy document must be version 2012-10-17 or greater."),
            (json.dumps(policy(statement("s3:*", Principal="*"))),
             "Policy document should not specify a principal.")]:
        with refused("MalformedPolicyDocument", text, 400):
            account.iam.create_policy(PolicyName="p", PolicyDocument=document)


def test_size_without_white_space(account):
    assert len(sized(6144)) > 6144
    account.iam.create_policy(PolicyName="fits", PolicyDocument=sized(6144))
    with refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409):
        account.iam.create_policy(PolicyName="big", PolicyDocument=sized(6145))
    with refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409):
        account.iam.create_policy_version(PolicyArn=account.arn("policy/fits"), PolicyDocument=sized(6145))


def test_versions(account):
    arn = make(account, "p")["Arn"]
    second = add_version(account, arn)
    assert second["VersionId"] == "v2" and second["IsDefaultVersion"] is False and "Document" not in second
    third = add_version(account, arn, policy("s3:List*"), SetAsDefault=True)
    assert third["VersionId"] == "v3" and third["IsDefaultVersion"] is True
    versions = account.iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(v["VersionId"], v["IsDefaultVersion"]) for v in versions] == [("v3", True), ("v2", False), ("v1", False)]
    assert all("Document" not in v for v in versions)
    got = account.iam.get_policy(PolicyArn=arn)["Policy"]
    assert got["DefaultVersionId"] == "v3" and got["UpdateDate"] >= got["CreateDate"]
    account.iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert account.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    assert account.iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"] == PUT


def test_at_most_five_versions(account):
    arn = make(account, "p")["Arn"]
    for _ in range(4):
        add_version(account, arn)
    with refused("LimitExceeded", "A managed policy can have up to 5 versions. Before you create a new version, you "
                 "must delete an existing version.", 409):
        add_version(account, arn)
    account.iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    assert add_version(account, arn)["VersionId"] == "v6"
    account.iam.delete_policy_version(PolicyArn=arn, VersionId="v6")
    assert add_version(account, arn)["VersionId"] == "v7"


def test_the_default_version_stays(account):
    arn = make(account, "p")["Arn"]
    with refused("DeleteConflict", "Cannot delete the default version of a policy.", 409):
        account.iam.delete_policy_version(PolicyArn=arn, VersionId="v1")


def test_a_version_that_is_not_there(account):
    arn = make(account, "p")["Arn"]
    text = f"Policy {arn} version v9 does not exist or is not attachable."
    for call in ("get_policy_version", "set_default_policy_version", "delete_policy_version"):
        with refused("NoSuchEntity", text, 404):
            getattr(account.iam, call)(PolicyArn=arn, VersionId="v9")
        with refused("ValidationError", status=400):
            getattr(account.iam, call)(PolicyArn=arn, VersionId="9")


@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages_of_versions(account, size):
    arn = make(account, "p")["Arn"]
    for _ in range(4):
        add_version(account, arn)
    listed = pages(account.iam.list_policy_versions, "Versions", size, PolicyArn=arn)
    assert [v["VersionId"] for v in listed] == ["v5", "v4", "v3", "v2", "v1"]


@pytest.mark.parametrize("call, arguments", [
    ("get_policy", {}), ("delete_policy", {}), ("list_policy_versions", {}), ("list_policy_tags", {}),
    ("list_entities_for_policy", {}), ("get_policy_version", {"VersionId": "v1"}),
    ("set_default_policy_version", {"VersionId": "v1"}), ("delete_policy_version", {"VersionId": "v1"}),
    ("create_policy_version", {"PolicyDocument": json.dumps(GET)}),
    ("tag_policy", {"Tags": [{"Key": "k", "Value": "v"}]}), ("untag_policy", {"TagKeys": ["k"]})])
def test_a_policy_that_is_not_there(account, call, arguments):
    arn = account.arn("policy/nothing")
    with refused("NoSuchEntity", f"Policy {arn} was not found.", 404):
        getattr(account.iam, call)(PolicyArn=arn, **arguments)
    for wrong in ["arn:aws:iam::aws:role/x/yyyyyyyyy", "nothing-like-an-arn-at-all"]:
        with refused("InvalidInput", f"ARN {wrong} is not valid.", 400):
            getattr(account.iam, call)(PolicyArn=wrong, **arguments)


def test_an_arn_is_right_to_the_letter(account):
    make(account, "Readers", Path="/team/")
    for arn in [account.arn("policy/Readers"), account.arn("policy/team/readers"), account.arn("policy/other/Readers")]:
        with refused("NoSuchEntity", status=404):
            account.iam.get_policy(PolicyArn=arn)


def test_delete(account):
    arn = make(account, "p")["Arn"]
    add_version(account, arn)
    with refused("DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete "
                 "the policy's versions. The default version is deleted with the policy.", 409):
        account.iam.delete_policy(PolicyArn=arn)
    account.iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    account.iam.create_user(UserName="u")
    for tie, untie in [
            (lambda: account.iam.attach_user_policy(UserName="u", PolicyArn=arn),
             lambda: account.iam.detach_user_policy(UserName="u", PolicyArn=arn)),
            (lambda: account.iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=arn),
             lambda: account.iam.delete_user_permissions_boundary(UserName="u"))]:
        tie()
        with refused("DeleteConflict", "Cannot delete a policy attached to entities.", 409):
            account.iam.delete_policy(PolicyArn=arn)
        untie()
    account.iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", status=404):
        account.iam.get_policy(PolicyArn=arn)
    again = make(account, "p")
    assert account.iam.list_policy_versions(PolicyArn=again["Arn"])["Versions"][0]["VersionId"] == "v1"


def test_tags(account):
    arn = make(account, "p", Tags=[{"Key": "a", "Value": "1"}])["Arn"]
    account.iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}])
    account.iam.untag_policy(PolicyArn=arn, TagKeys=["b"])
    assert account.iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}]


def names(answer):
    return [p["PolicyName"] for p in answer]


def test_list(account):
    for name, path in [("zoe", "/"), ("Adam", "/a/"), ("beth", "/a/b/")]:
        make(account, name, Path=path, Description="d", Tags=[{"Key": "k", "Value": "v"}])
    listed = account.iam.list_policies(Scope="Local")
    assert names(listed["Policies"]) == ["Adam", "beth", "zoe"] and listed["IsTruncated"] is False
    assert all("Tags" not in p and "Description" not in p for p in listed["Policies"])
    assert names(account.iam.list_policies(Scope="Local", PathPrefix="/a/")["Policies"]) == ["Adam", "beth"]
    assert names(account.iam.list_policies(Scope="Local", OnlyAttached=True)["Policies"]) == []
    account.iam.create_user(UserName="u")
    account.iam.attach_user_policy(UserName="u", PolicyArn=account.arn("policy/zoe"))
    account.iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=account.arn("policy/a/Adam"))
    account.iam.attach_user_policy(UserName="u", PolicyArn=READ_ONLY)
    assert names(account.iam.list_policies(Scope="Local", OnlyAttached=True,
                                           PolicyUsageFilter="PermissionsPolicy")["Policies"]) == ["zoe"]
    assert names(account.iam.list_policies(PolicyUsageFilter="PermissionsBoundary")["Policies"]) == ["Adam"]
    assert names(account.iam.list_policies(Scope="AWS", OnlyAttached=True)["Policies"]) == ["ReadOnlyAccess"]
    assert names(account.iam.list_policies(OnlyAttached=True, PolicyUsageFilter="PermissionsPolicy")["Policies"]) == [
        "zoe", "ReadOnlyAccess"]


def test_listing_policies_is_allowed_on_all_alone(account):
    """AWS's own are listed too, so no ARN stands for it."""
    user = account.user(policy=policy(statement("iam:ListPolicies", resource=account.arn("policy/*"))))
    with denied("iam:ListPolicies", "policy path /"):
        user.client("iam").list_policies()
    user.put_policy(policy("iam:ListPolicies"))
    user.client("iam").list_policies(MaxItems=1)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_pages(account, size):
    made = [f"p-{i}" for i in range(7)]
    for name in made:
        make(account, name)
    assert names(pages(account.iam.list_policies, "Policies", size, Scope="Local")) == made


def test_pages_through_all_scopes(account):
    for name in ("mine-1", "mine-2"):
        make(account, name)
    every = names(pages(account.iam.list_policies, "Policies", 97))
    assert every[:2] == ["mine-1", "mine-2"] and len(every) == len(set(every)) > 500
    assert every[2:] == names(pages(account.iam.list_policies, "Policies", 1000, Scope="AWS"))


def test_entities(account):
    arn = make(account, "p")["Arn"]
    iam = account.iam
    users = {name: iam.create_user(UserName=name, Path="/x/")["User"]["UserId"] for name in ("ann", "bob")}
    group = iam.create_group(GroupName="crew")["Group"]["GroupId"]
    account.role("r")
    for name in users:
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=arn)
    iam.attach_group_policy(GroupName="crew", PolicyArn=arn)
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=arn)

    def entities(**more):
        answer = iam.list_entities_for_policy(PolicyArn=arn, **more)
        return ([u["UserName"] for u in answer["PolicyUsers"]], [g["GroupName"] for g in answer["PolicyGroups"]],
                [r["RoleName"] for r in answer["PolicyRoles"]])

    assert entities() == (["ann", "bob"], ["crew"], ["r"])
    assert entities(EntityFilter="User") == (["ann", "bob"], [], [])
    assert entities(EntityFilter="Group") == ([], ["crew"], [])
    assert entities(EntityFilter="Role") == ([], [], ["r"])
    assert entities(PolicyUsageFilter="PermissionsBoundary") == (["ann"], [], ["r"])
    assert entities(PolicyUsageFilter="PermissionsPolicy") == (["ann", "bob"], ["crew"], [])
    assert entities(PathPrefix="/x/") == (["ann", "bob"], [], [])
    answer = iam.list_entities_for_policy(PolicyArn=arn)
    assert {u["UserName"]: u["UserId"] for u in answer["PolicyUsers"]} == users
    assert answer["PolicyGroups"][0]["GroupId"] == group
    got = iam.get_policy(PolicyArn=arn)["Policy"]
    assert got["AttachmentCount"] == 3 and got["PermissionsBoundaryUsageCount"] == 2
    seen, marker = [], {}
    while True:
        page = iam.list_entities_for_policy(PolicyArn=arn, MaxItems=1, **marker)
        seen += [e[k] for kind, k in [("PolicyGroups", "GroupName"), ("PolicyRoles", "RoleName"),
                                      ("PolicyUsers", "UserName")] for e in page[kind]]
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert seen == ["crew", "r", "ann", "bob"]


def test_a_new_default_version_works_at_once(account):
    arn = make(account, "p", policy("iam:ListUsers"))["Arn"]
    user = account.user("u")
    account.iam.attach_user_policy(UserName="u", PolicyArn=arn)
    client = user.client("iam")
    client.list_users()
    add_version(account, arn, policy("iam:ListRoles"), SetAsDefault=True)
    with denied("iam:ListUsers"):
        client.list_users()
    client.list_roles()
    account.iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    client.list_users()


@pytest.mark.parametrize("call, arguments", [
    ("create_policy", {"PolicyName": "new", "PolicyDocument": json.dumps(GET)}), ("list_policies", {})])
def test_without_permission(account, call, arguments):
    action = "iam:" + "".join(part.capitalize() for part in call.split("_"))
    with denied(action):
        getattr(account.user("poor").client("iam"), call)(**arguments)


@pytest.mark.parametrize("call, arguments", [
    ("get_policy", {}), ("delete_policy", {}), ("list_policy_versions", {}), ("list_policy_tags", {}),
    ("list_entities_for_policy", {}), ("get_policy_version", {"VersionId": "v1"}),
    ("set_default_policy_version", {"VersionId": "v1"}), ("delete_policy_version", {"VersionId": "v1"}),
    ("create_policy_version", {"PolicyDocument": json.dumps(GET)}),
    ("tag_policy", {"Tags": [{"Key": "k", "Value": "v"}]}), ("untag_policy", {"TagKeys": ["k"]})])
def test_one_policy_without_permission(account, call, arguments):
    arn = make(account, "p")["Arn"]
    action = "iam:" + "".join(part.capitalize() for part in call.split("_"))
    with denied(action):
        getattr(account.user("poor").client("iam"), call)(PolicyArn=arn, **arguments)


def test_policies_of_other_accounts(account, other_account):
    arn = make(other_account, "p")["Arn"]
    account.iam.create_user(UserName="u")
    with refused("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404):
        account.iam.attach_user_policy(UserName="u", PolicyArn=arn)
    admin = account.user("admin", policy("*")).client("iam")
    for client in (account.iam, admin):
        with denied("iam:GetPolicy", arn):
            client.get_policy(PolicyArn=arn)
        with denied("iam:DeletePolicy", arn):
            client.delete_policy(PolicyArn=arn)
        with denied("iam:SimulatePrincipalPolicy", other_account.arn("user/u")):
            client.simulate_principal_policy(PolicySourceArn=other_account.arn("user/u"), ActionNames=["s3:GetObject"])
