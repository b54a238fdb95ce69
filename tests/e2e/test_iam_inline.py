"""Inline policies of users, groups and roles."""
import json

import pytest

from harness.account import policy, statement
from harness.refusals import denied, pages, refused
from test_iam_attachments import Owner

GET = policy("s3:Get*")
QUOTAS = {"user": 2048, "group": 5120, "role": 10240}


class InlineOwner(Owner):
    def call(self, verb, client=None):
        noun = "policies" if verb == "list" else "policy"
        return getattr(client or self.iam, f"{verb}_{self.kind}_{noun}")

    def put(self, name, document=GET):
        text = document if isinstance(document, str) else json.dumps(document)
        self.call("put")(**self.name, PolicyName=name, PolicyDocument=text)

    def get(self, name):
        return self.call("get")(**self.name, PolicyName=name)

    def delete(self, name):
        self.call("delete")(**self.name, PolicyName=name)


@pytest.fixture(params=["user", "group", "role"])
def owner(request, account):
    return InlineOwner(account, request.param)


def sized(length):
    empty = policy(statement("s3:GetObject", resource=["arn:aws:s3:::"]))
    short = len(json.dumps(empty, separators=(",", ":")))
    return json.dumps(policy(statement("s3:GetObject", resource=["arn:aws:s3:::" + "b" * (length - short)])), indent=4)


def test_put_get_list_delete(owner):
    owner.put("First")
    owner.put("second", policy("s3:Put*"))
    got = owner.get("First")
    assert got["PolicyDocument"] == GET and got["PolicyName"] == "First"
    assert {k: got[k] for k in owner.name} == owner.name
    owner.put("First", policy("ec2:*"))  # replaces
    assert owner.get("First")["PolicyDocument"] == policy("ec2:*")
    listed = owner.call("list")(**owner.name)
    assert listed["PolicyNames"] == ["First", "second"] and listed["IsTruncated"] is False
    owner.delete("First")
    assert owner.call("list")(**owner.name)["PolicyNames"] == ["second"]


def test_a_policy_that_is_not_there(owner):
    text = f"The {owner.kind} policy with name none cannot be found."
    for call in (owner.get, owner.delete):
        with refused("NoSuchEntity", text, 404):
            call("none")


def test_an_owner_that_is_not_there(owner):
    nobody = {key: "nobody" for key in owner.name}
    text = f"The {owner.kind} with name nobody cannot be found."
    for verb, more in [("put", {"PolicyName": "p", "PolicyDocument": json.dumps(GET)}), ("get", {"PolicyName": "p"}),
                       ("delete", {"PolicyName": "p"}), ("list", {})]:
        with refused("NoSuchEntity", text, 404):
            owner.call(verb)(**nobody, **more)


@pytest.mark.parametrize("document", [
    "not json", "{}", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]}),
    json.dumps(policy(statement("s3:*", Principal="*"))), json.dumps(policy(statement("s3:*", resource="bucket")))])
def test_malformed_documents(owner, document):
    with refused("MalformedPolicyDocument", status=400):
        owner.put("p", document)


def test_older_documents_are_taken(owner):
    owner.put("old", {"Version": "2008-10-17", "Statement": GET["Statement"]})
    owner.put("none", {"Statement": GET["Statement"]})


def test_the_sizes_of_all_together_are_limited(owner):
    quota = QUOTAS[owner.kind]
    name = next(iter(owner.name.values()))
    text = f"Maximum policy size of {quota} bytes exceeded for {owner.kind} {name}"
    owner.put("half", sized(quota // 2))
    owner.put("rest", sized(quota - quota // 2))
    with refused("LimitExceeded", text, 409):
        owner.put("more", sized(200))
    with refused("LimitExceeded", text, 409):
        owner.put("half", sized(quota // 2 + 1))
    owner.put("half", sized(quota // 2))
    owner.delete("rest")
    owner.put("more", sized(200))


@pytest.mark.parametrize("size", [1, 2, 4])
def test_pages(owner, size):
    names = ["a", "b", "c", "d"]
    for name in names:
        owner.put(name)
    assert pages(owner.call("list"), "PolicyNames", size, **owner.name) == names


def test_documents_come_back_as_they_were(account, owner):
    text = '{ "Version": "2012-10-17",\n\t"Statement": {"Sid":"", "Effect":"Allow","Action":["s3:Get*"],"Resource":"arn:aws:s3:::b/\u00e9+%2F ~*"}}'
    owner.put("odd", text)
    assert owner.get("odd")["PolicyDocument"] == json.loads(text)


def test_without_permission(account, owner):
    owner.put("p")
    client = account.user("poor").client("iam")
    for verb, more in [("put", {"PolicyName": "p", "PolicyDocument": json.dumps(GET)}), ("get", {"PolicyName": "p"}),
                       ("delete", {"PolicyName": "p"}), ("list", {})]:
        noun = "Policies" if verb == "list" else "Policy"
        with denied(f"iam:{verb.capitalize()}{owner.kind.capitalize()}{noun}"):
            owner.call(verb, client)(**owner.name, **more)


def test_inline_policies_work_at_once(account):
    user = account.user("u", policy("iam:ListUsers"))
    client = user.client("iam")
    client.list_users()
    user.put_policy(policy("iam:*", statement("iam:ListUsers", effect="Deny")))
    with denied("iam:ListUsers"):
        client.list_users()
    account.iam.delete_user_policy(UserName="u", PolicyName="inline")
    with denied("iam:ListRoles"):
        client.list_roles()
