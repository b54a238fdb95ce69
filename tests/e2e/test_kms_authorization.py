"""KMS: who may use a key. Key policies, IAM policies, grants, boundaries, session policies, accounts, aliases."""
import base64
import json
from typing import NamedTuple, Optional

import pytest
from botocore.exceptions import ClientError

from harness.account import policy, statement
from harness.credentials import Credentials
from harness.key_policies import allow, deny, key_policy, new_key, set_policy
from harness.json_client import newer_kms
from harness.refusals import HIDDEN, HIDDEN_OF_CIPHERTEXT, OF_CIPHERTEXT, denied, refused

USE = ["kms:Encrypt", "kms:Decrypt"]
SERVICE = "dynamodb.amazonaws.com"
TEXT = b"attack at dawn"
ALL_KMS = policy("kms:*")


# -- The matrix: who asks x key policy x identity policy x grant, in the account of the key and from another

IDENTITIES = {"none": None, "allow": policy(USE), "deny": policy(USE, statement(USE, "Deny"))}
KEY_POLICIES = ("root", "principal", "issuer", "another", "deny", "other account", "everyone")
GRANTS = ("none", "principal", "issuer", "account", "another")
KINDS = ("root", "user", "session", "federated", "bare federated")


class Caller(NamedTuple):
    """arn: of who asks; issuer: the role or user behind it, if that is another."""
    creds: Credentials
    arn: str
    issuer: Optional[str] = None


def caller(account, kind, identity):
    if kind == "root":
        return Caller(account.root, account.arn("root"))
    if kind == "user":
        user = account.user(policy=IDENTITIES[identity])
        return Caller(user.creds, user.arn)
    if kind == "session":
        role = account.role(f"role-{identity}", policy=IDENTITIES[identity])
        creds = account.assume(role, account.user(policy=policy("sts:AssumeRole")).creds)
        return Caller(creds, account.arn(f"assumed-role/role-{identity}/session", "sts"), role)
    user = account.user(policy=IDENTITIES[identity])
    user.put_policy(policy("sts:GetFederationToken"), "federate")
    limit = {"Policy": json.dumps(ALL_KMS)} if kind == "federated" else {}
    answer = user.client("sts").get_federation_token(Name=f"guest-{identity}", **limit)
    return Caller(Credentials.of(answer["Credentials"]), answer["FederatedUser"]["Arn"], user.arn)


def reach_of_policy(kind, is_same, document):
    """How the key policy means the caller: not at all, by its account, by its role or user, by itself."""
    if document in ("principal", "everyone"):
        return "itself"
    if document == "issuer":
        return "issuer" if kind not in ("root", "user") else "none"
    names_account = document == "other account" or (document == "root" and is_same)
    return ("itself" if kind == "root" else "account") if names_account else "none"


def reach_of_grant(kind, grant):
    if grant == "account":
        return "itself" if kind == "root" else "account"
    if grant == "issuer":
        return "issuer" if kind not in ("root", "user") else "none"
    return "itself" if grant == "principal" else "none"


def policies_allow(kind, is_same, reach, identity):
    """In one account what means the caller, or its role, is enough; an account's name hands on to IAM policies.
    Across accounts both sides must allow. A federated user has no more than its session policy has, unless it is
    itself named in its own account."""
    if reach == "none":
        return False
    if kind == "root":
        return True
    if is_same and reach == "itself":
        return True
    if kind == "bare federated":
        return False
    return identity == "allow" or (is_same and reach == "issuer")


def grant_allows(kind, is_same, reach, identity):
    """A grant to the caller or its role needs no IAM policy, wherever they are; one to the account does."""
    if reach == "none" or (kind == "bare federated" and not (is_same and reach == "itself")):
        return False
    return kind == "root" or reach != "account" or identity == "allow"


def expected(kind, is_same, document, identity, grant):
    if document == "deny" or identity == "deny":
        return False
    return (policies_allow(kind, is_same, reach_of_policy(kind, is_same, document), identity) or
            grant_allows(kind, is_same, reach_of_grant(kind, grant), identity))


def statements_of(document, account, other, callers, stranger):
    root = account.arn("root")
    arns = [one.arn for one in callers]
    return {
        "root": [allow(root)],
        "principal": [allow(arns)],
        "issuer": [allow([one.issuer or stranger for one in callers])],
        "another": [allow(stranger)],
        "deny": [allow([root, *arns]), deny(arns, USE)],
        "other account": [allow(root), allow(other.arn("root"), USE)],
        "everyone": [allow("*", USE)],
    }[document]


def grantees_of(grant, caller_account, callers, stranger):
    return {
        "none": [],
        "principal": [one.arn for one in callers],
        "issuer": [one.issuer or stranger for one in callers],
        "account": [caller_account.arn("root")],
        "another": [stranger],
    }[grant]


def verdict(call, **arguments):
    try:
        call(**arguments)
        return True
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException", error.response
        assert " is not authorized to perform: kms:" in error.response["Error"]["Message"]
        return False


@pytest.mark.parametrize("is_same", [True, False], ids=["same account", "other account"])
@pytest.mark.parametrize("kind", KINDS)
def test_matrix(account, other_account, kind, is_same):
    of_caller = account if is_same else other_account
    callers = {identity: caller(of_caller, kind, identity)
               for identity in (["none"] if kind == "root" else IDENTITIES)}
    clients = {identity: of_caller.client("kms", creds=one.creds) for identity, one in callers.items()}
    stranger, kms = account.user().arn, account.client("kms")
    wrong = []
    for document in KEY_POLICIES:
        for grant in GRANTS:
            key = new_key(account)
            blob = kms.encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
            for grantee in set(grantees_of(grant, of_caller, callers.values(), stranger)):
                kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Encrypt", "Decrypt"])
            set_policy(account, key, *statements_of(document, account, other_account, callers.values(), stranger))
            for identity, client in clients.items():
                want = expected(kind, is_same, document, identity, grant)
                got = (verdict(client.encrypt, KeyId=key, Plaintext=TEXT),
                       verdict(client.decrypt, CiphertextBlob=blob))
                if got != (want, want):
                    wrong.append((document, identity, grant, want, got))
    assert not wrong


@pytest.mark.parametrize("document, grant, want", [
    ("root", False, False), ("service", False, True), ("another service", False, False), ("deny", False, False),
    ("root", True, True), ("another service", True, True), ("deny", True, False), ("other resource", False, False)])
def test_service_principals(server, account, document, grant, want):
    """Services have no IAM policies: the key policy or a grant must mean them by name."""
    table = f"arn:aws:dynamodb:us-east-1:{account.id}:table/orders"
    key, kms, root = new_key(account), account.client("kms"), allow(account.arn("root"))
    blob = kms.encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
    if grant:
        newer_kms(account).create_grant(KeyId=key, GranteeServicePrincipal=SERVICE, RetiringServicePrincipal=SERVICE,
                                        Operations=["Encrypt", "Decrypt"], Constraints={"SourceArn": table})
    me = {"Service": SERVICE}
    set_policy(account, key, *{
        "root": [root],
        "service": [root, allow(me, USE, Condition={"ArnEquals": {"aws:SourceArn": table},
                                                    "StringEquals": {"aws:SourceAccount": account.id}})],
        "other resource": [root, allow(me, USE, Condition={"ArnEquals": {"aws:SourceArn": table + "-2"}})],
        "another service": [root, allow({"Service": "s3.amazonaws.com"}, USE)],
        "deny": [root, allow(me, USE), deny(me, USE)],
    }[document])
    status, answer = server.as_service(SERVICE, "kms:Encrypt", {
        "KeyId": key, "Plaintext": base64.b64encode(TEXT).decode()}, source_arn=table)
    assert (status == 200) is want, answer
    status, answer = server.as_service(SERVICE, "kms:Decrypt", {
        "CiphertextBlob": base64.b64encode(blob).decode()}, source_arn=table)
    assert (status == 200) is want, answer
    if want:
        assert base64.b64decode(answer["Plaintext"]) == TEXT
    else:
        assert answer["__type"] == "AccessDeniedException"


def test_principals_are_those_that_were_there(account):
    """Another user or role of the same name is not the one that the key policy named."""
    user, role = account.user("alice"), account.role("deploy")
    key = new_key(account, allow(account.arn("root")), allow([user.arn, role]))
    assumer = account.user(policy=policy("sts:AssumeRole"))
    assert user.client("kms").encrypt(KeyId=key, Plaintext=TEXT)
    assert account.client("kms", creds=account.assume(role, assumer.creds)).encrypt(KeyId=key, Plaintext=TEXT)
    account.iam.delete_access_key(UserName="alice", AccessKeyId=user.creds.access_key)
    account.iam.delete_user(UserName="alice")
    account.iam.delete_role(RoleName="deploy")
    again, role = account.user("alice"), account.role("deploy")
    with denied("kms:Encrypt", key):
        again.client("kms").encrypt(KeyId=key, Plaintext=TEXT)
    with denied("kms:Encrypt", key):
        account.client("kms", creds=account.assume(role, assumer.creds)).encrypt(KeyId=key, Plaintext=TEXT)
    text = account.client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    assert "AIDA" in text and "AROA" in text and again.arn not in text


def test_a_renamed_user_keeps_what_it_has(account):
    user = account.user("alice")
    key = new_key(account, allow(account.arn("root")), allow(user.arn))
    account.iam.update_user(UserName="alice", NewUserName="bob")
    assert user.client("kms").encrypt(KeyId=key, Plaintext=TEXT)


# -- What limits: boundaries and session policies

LIMITS = {"within": policy("kms:*", "sts:*"), "elsewhere": policy("s3:*", "sts:*"),
          "denying": policy("kms:*", "sts:*", statement(USE, "Deny"))}


def bounded(account, name):
    return {"PermissionsBoundary": account.iam.create_policy(
        PolicyName="boundary", PolicyDocument=json.dumps(LIMITS[name]))["Policy"]["Arn"]}


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("how", ["key policy", "grant", "account"])
def test_a_boundary_of_a_user(account, limit, how):
    """What is given to the user itself is not limited by its boundary; what IAM policies give is."""
    user = account.user(policy=policy(USE), **bounded(account, limit))
    key = new_key(account, allow(account.arn("root")), *([allow(user.arn, USE)] if how == "key policy" else []))
    if how == "grant":
        account.client("kms").create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt"])
    want = limit == "within" or (limit == "elsewhere" and how != "account")
    assert verdict(user.client("kms").encrypt, KeyId=key, Plaintext=TEXT) is want


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("how", ["key policy", "grant", "account"])
def test_a_boundary_of_a_role(account, limit, how):
    role = account.role("deploy", policy=policy(USE), **bounded(account, limit))
    session = account.assume(role, account.user(policy=policy("sts:AssumeRole")).creds)
    key = new_key(account, allow(account.arn("root")), *([allow(role, USE)] if how == "key policy" else []))
    if how == "grant":
        account.client("kms").create_grant(KeyId=key, GranteePrincipal=role, Operations=["Encrypt"])
    want = limit == "within"
    assert verdict(account.client("kms", creds=session).encrypt, KeyId=key, Plaintext=TEXT) is want


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("to", ["role", "session"])
@pytest.mark.parametrize("how", ["key policy", "grant"])
@pytest.mark.parametrize("is_same", [True, False], ids=["same account", "other account"])
def test_session_policies(account, other_account, limit, to, how, is_same):
    """Only what is given to the session itself, in its own account, is not limited by its session policy."""
    home = account if is_same else other_account
    role = home.role("deploy", policy=policy(USE))
    session = home.assume(role, home.user(policy=policy("sts:AssumeRole")).creds, Policy=json.dumps(LIMITS[limit]))
    whom = role if to == "role" else home.arn("assumed-role/deploy/session", "sts")
    key = new_key(account, allow(account.arn("root")), *([allow(whom, USE)] if how == "key policy" else []))
    if how == "grant":
        account.client("kms").create_grant(KeyId=key, GranteePrincipal=whom, Operations=["Encrypt"])
    want = limit == "within" or (limit == "elsewhere" and to == "session" and is_same)
    assert verdict(home.client("kms", creds=session).encrypt, KeyId=key, Plaintext=TEXT) is want


def test_a_grant_across_accounts_stays_within_the_boundary(account, other_account):
    key = new_key(account)
    user = other_account.user(**bounded(other_account, "elsewhere"))
    account.client("kms").create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt"])
    with denied("kms:Encrypt", key):
        user.client("kms").encrypt(KeyId=key, Plaintext=TEXT)


def test_session_tokens_are_their_user(account):
    """A session of GetSessionToken has what its user has by name."""
    user = account.user()
    key = new_key(account, allow(account.arn("root")), allow(user.arn, "kms:Encrypt"))
    account.client("kms").create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["GenerateDataKey"])
    creds = Credentials.of(user.client("sts").get_session_token()["Credentials"])
    session = account.client("kms", creds=creds)
    assert session.encrypt(KeyId=key, Plaintext=TEXT)
    assert session.generate_data_key(KeyId=key, KeySpec="AES_256")
    with denied("kms:Decrypt", key):
        session.decrypt(KeyId=key, CiphertextBlob=session.encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"])


# -- Creating keys

def test_creating_needs_its_permission(account):
    with denied("kms:CreateKey"):
        account.user().client("kms").create_key()
    assert account.user(policy=policy("kms:CreateKey")).client("kms").create_key()


def test_creating_with_tags_needs_another(account):
    tags = [{"TagKey": "team", "TagValue": "red"}]
    with denied("kms:TagResource"):
        account.user(policy=policy("kms:CreateKey")).client("kms").create_key(Tags=tags)
    assert account.user(policy=policy("kms:CreateKey", "kms:TagResource")).client("kms").create_key(Tags=tags)


def test_nobody_locks_himself_out(account):
    """'The key policy must allow the calling principal to make a subsequent PutKeyPolicy request.'"""
    user = account.user(policy=ALL_KMS)
    mine = key_policy(allow(user.arn))
    theirs = key_policy(allow(account.arn("root"), "kms:Encrypt"), allow(account.user().arn))
    kms = user.client("kms")
    with refused("MalformedPolicyDocumentException",
                 "The new key policy will not allow you to update the key policy in the future.", 400):
        kms.create_key(Policy=theirs)
    key = kms.create_key(Policy=mine)["KeyMetadata"]["KeyId"]
    with refused("MalformedPolicyDocumentException"):
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=theirs)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=theirs, BypassPolicyLockoutSafetyCheck=True)
    with denied("kms:PutKeyPolicy"):
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=mine)


def test_root_is_nobody_special_to_a_key(account):
    user = account.user()
    key = new_key(account, allow(user.arn))
    kms = account.client("kms")
    for call, more in ((kms.describe_key, {}), (kms.encrypt, {"Plaintext": TEXT}), (kms.get_key_policy, {"PolicyName": "default"}),
                       (kms.schedule_key_deletion, {})):
        with refused("AccessDeniedException", status=400):
            call(KeyId=key, **more)
    assert key.split("/")[1] in [row["KeyId"] for row in kms.list_keys()["Keys"]]
    assert user.client("kms").describe_key(KeyId=key)


# -- Aliases: permissions on the alias and on each key

def aliased(account, name="alias/blue"):
    key = new_key(account)
    account.client("kms").create_alias(AliasName=name, TargetKeyId=key)
    return key, f"arn:aws:kms:us-east-1:{account.id}:{name}"


def test_an_alias_needs_permission_on_itself_and_on_its_key(account):
    key = new_key(account)
    alias = f"arn:aws:kms:us-east-1:{account.id}:alias/blue"
    for resource, other in ((alias, key), (key, alias)):
        user = account.user(policy=policy(statement("kms:CreateAlias", resource=resource)))
        with denied("kms:CreateAlias", other):
            user.client("kms").create_alias(AliasName="alias/blue", TargetKeyId=key)
    user = account.user(policy=policy(statement("kms:CreateAlias", resource=[alias, key])))
    user.client("kms").create_alias(AliasName="alias/blue", TargetKeyId=key)


def test_the_key_policy_has_no_say_on_aliases(account):
    """It gives the permission on the key; that on the alias is IAM's."""
    user = account.user()
    key = new_key(account, allow(account.arn("root")), allow(user.arn))
    alias = f"arn:aws:kms:us-east-1:{account.id}:alias/blue"
    with denied("kms:CreateAlias", alias):
        user.client("kms").create_alias(AliasName="alias/blue", TargetKeyId=key)
    user.put_policy(policy(statement("kms:*", resource=alias)))
    user.client("kms").create_alias(AliasName="alias/blue", TargetKeyId=key)
    user.client("kms").delete_alias(AliasName="alias/blue")


def test_deleting_an_alias_needs_both(account):
    key, alias = aliased(account)
    for resource, other in ((alias, key), (key, alias)):
        user = account.user(policy=policy(statement("kms:DeleteAlias", resource=resource)))
        with denied("kms:DeleteAlias", other):
            user.client("kms").delete_alias(AliasName="alias/blue")
    account.user(policy=policy(statement("kms:DeleteAlias", resource=[alias, key]))).client("kms").delete_alias(
        AliasName="alias/blue")


def test_moving_an_alias_needs_three(account):
    before, alias = aliased(account)
    after = new_key(account)
    three = (alias, before, after)
    for left_out in three:
        user = account.user(policy=policy(statement("kms:UpdateAlias", resource=[r for r in three if r != left_out])))
        with denied("kms:UpdateAlias", left_out):
            user.client("kms").update_alias(AliasName="alias/blue", TargetKeyId=after)
    user = account.user(policy=policy(statement("kms:UpdateAlias", resource=list(three))))
    user.client("kms").update_alias(AliasName="alias/blue", TargetKeyId=after)


def test_permission_is_on_the_key_not_on_its_alias(account):
    """'When an alias is the value of a resource element, the policy applies to the alias resource.'"""
    key, alias = aliased(account)
    with denied("kms:Encrypt", key):
        account.user(policy=policy(statement("kms:*", resource=alias))).client("kms").encrypt(
            KeyId="alias/blue", Plaintext=TEXT)
    user = account.user(policy=policy(statement("kms:Encrypt", resource=key)))
    for name in ("alias/blue", alias, key, key.split("/")[1]):
        assert user.client("kms").encrypt(KeyId=name, Plaintext=TEXT)["KeyId"] == key


# -- Across accounts

def share(account, other, actions="kms:*"):
    """A key of account for the other: its policy allows the account, whose user has every permission."""
    key = new_key(account, allow([account.arn("root"), other.arn("root")], actions))
    return key, other.user(policy=ALL_KMS).client("kms")


ONLY_AT_HOME = {
    "cancel_key_deletion": {}, "disable_key": {}, "disable_key_rotation": {}, "enable_key": {},
    "enable_key_rotation": {}, "get_key_last_usage": {}, "get_key_policy": {}, "list_key_policies": {},
    "list_key_rotations": {}, "list_resource_tags": {}, "rotate_key_on_demand": {}, "schedule_key_deletion": {},
    "delete_imported_key_material": {}, "put_key_policy": {"Policy": key_policy(allow("*"))},
    "tag_resource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, "untag_resource": {"TagKeys": ["a"]},
    "update_key_description": {"Description": "mine"}, "replicate_key": {"ReplicaRegion": "eu-west-1"},
    "update_primary_region": {"PrimaryRegion": "eu-west-1"},
    "get_parameters_for_import": {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"},
    "import_key_material": {"ImportToken": b"t", "EncryptedKeyMaterial": b"m"},
}


@pytest.mark.parametrize("operation", ONLY_AT_HOME)
def test_what_is_not_done_across_accounts(account, other_account, operation):
    """Even if the key policy allows everything, and the other account's root asks."""
    key, _ = share(account, other_account)
    user = other_account.user(policy=ALL_KMS)
    for creds in (user.creds, other_account.root):
        with refused("AccessDeniedException", status=400):
            getattr(newer_kms(other_account, creds=creds), operation)(KeyId=key, **ONLY_AT_HOME[operation])


@pytest.mark.parametrize("operation", ["create_alias", "update_alias"])
def test_no_alias_for_a_key_of_another_account(account, other_account, operation):
    key, kms = share(account, other_account)
    aliased(other_account)
    with refused("AccessDeniedException", status=400):
        getattr(kms, operation)(AliasName="alias/blue" if operation == "update_alias" else "alias/new",
                                TargetKeyId=key)


def test_no_list_of_another_accounts_aliases(account, other_account):
    key, kms = share(account, other_account)
    account.client("kms").create_alias(AliasName="alias/blue", TargetKeyId=key)
    with refused("NotFoundException", status=400):
        kms.list_aliases(KeyId=key)


def test_what_is_done_across_accounts(account, other_account):
    key, kms = share(account, other_account)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["AWSAccountId"] == account.id
    blob = kms.encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == key
    assert kms.decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"] == TEXT
    for call in (kms.generate_data_key, kms.generate_data_key_without_plaintext):
        assert call(KeyId=key, KeySpec="AES_256")["KeyId"] == key
    for call in (kms.generate_data_key_pair, kms.generate_data_key_pair_without_plaintext):
        assert call(KeyId=key, KeyPairSpec="ECC_NIST_P256")["KeyId"] == key
    mine = new_key(other_account)
    there = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=mine)
    assert (there["SourceKeyId"], there["KeyId"]) == (key, mine)
    assert kms.re_encrypt(CiphertextBlob=there["CiphertextBlob"], DestinationKeyId=key)["KeyId"] == key
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    grant = kms.create_grant(KeyId=key, GranteePrincipal=other_account.user().arn, Operations=["Decrypt"])["GrantId"]
    assert [row["IssuingAccount"] for row in kms.list_grants(KeyId=key)["Grants"]] == [other_account.arn("root")]
    kms.revoke_grant(KeyId=key, GrantId=grant)


def test_asymmetric_keys_are_used_across_accounts_too(account, other_account):
    both = allow([account.arn("root"), other_account.arn("root")])
    kms = newer_kms(other_account, creds=other_account.user(policy=ALL_KMS).creds)
    key = new_key(account, both, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    signed = {"KeyId": key, "Message": TEXT, "SigningAlgorithm": "ECDSA_SHA_256"}
    assert kms.verify(**signed, Signature=kms.sign(**signed)["Signature"])["SignatureValid"]
    public = kms.get_public_key(KeyId=key)["PublicKey"]
    mac = new_key(account, both, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    signed = {"KeyId": mac, "Message": TEXT, "MacAlgorithm": "HMAC_SHA_256"}
    assert kms.verify_mac(**signed, Mac=kms.generate_mac(**signed)["Mac"])["MacValid"]
    agreement = new_key(account, both, KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
    assert kms.derive_shared_secret(KeyId=agreement, KeyAgreementAlgorithm="ECDH", PublicKey=public)["KeyId"] == agreement


def test_a_bare_id_or_alias_means_the_callers_account(account, other_account):
    key, kms = share(account, other_account)
    account.client("kms").create_alias(AliasName="alias/blue", TargetKeyId=key)
    with refused("NotFoundException", status=400):
        kms.describe_key(KeyId=key.split("/")[1])
    with refused("NotFoundException", status=400):
        kms.encrypt(KeyId="alias/blue", Plaintext=TEXT)
    alias = f"arn:aws:kms:us-east-1:{account.id}:alias/blue"
    assert kms.encrypt(KeyId=alias, Plaintext=TEXT)["KeyId"] == key
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == key


def refusal(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize("is_denied", [False, True], ids=["not allowed", "denied"])
def test_nothing_is_told_of_another_accounts_keys(account, other_account, is_denied):
    """A key or alias that may not be used is refused in the same words as one that is not there."""
    root = allow(account.arn("root"))
    key = new_key(account, root, *([deny(other_account.arn("root"))] if is_denied else []))
    account.client("kms").create_alias(AliasName="alias/blue", TargetKeyId=key)
    prefix = f"arn:aws:kms:us-east-1:{account.id}:"
    for client in (other_account.user(policy=ALL_KMS).client("kms"), other_account.client("kms")):
        for there, not_there in ((key, prefix + "key/" + "0" * 8 + "-0000-0000-0000-" + "0" * 12),
                                 (prefix + "alias/blue", prefix + "alias/none")):
            for call, more in ((client.describe_key, {}), (client.encrypt, {"Plaintext": TEXT})):
                code, text = refusal(call, KeyId=there, **more)
                assert code == "AccessDeniedException" and text.endswith(f" on {HIDDEN}")
                assert (code, text) == refusal(call, KeyId=not_there, **more)
                assert account.id not in text


def test_who_has_no_permission_is_told_so_of_another_accounts_key(account, other_account):
    """Which says nothing of the key."""
    key, user = new_key(account), other_account.user()
    for one in (key, key[:-12] + "0" * 12):
        with denied("kms:Encrypt", f"{one} because no identity-based policy allows the kms:Encrypt action"):
            user.client("kms").encrypt(KeyId=one, Plaintext=TEXT)


def test_in_the_own_account_only_who_may_is_told_that_there_is_no_key(account):
    key = f"arn:aws:kms:us-east-1:{account.id}:key/00000000-0000-0000-0000-000000000000"
    with refused("NotFoundException", f"Key '{key}' does not exist", 400):
        account.user(policy=ALL_KMS).client("kms").describe_key(KeyId=key)
    with denied("kms:DescribeKey", key):
        account.user().client("kms").describe_key(KeyId=key)


def test_a_ciphertext_of_another_accounts_key(account, other_account):
    blob = account.client("kms").encrypt(KeyId=new_key(account), Plaintext=TEXT)["CiphertextBlob"]
    user = other_account.user(policy=ALL_KMS)
    with denied("kms:Decrypt", place=HIDDEN_OF_CIPHERTEXT):
        user.client("kms").decrypt(CiphertextBlob=blob)
    with denied("kms:Decrypt", place=OF_CIPHERTEXT):
        other_account.user().client("kms").decrypt(CiphertextBlob=blob)
    with denied("kms:ReEncryptFrom", place=HIDDEN_OF_CIPHERTEXT):
        user.client("kms").re_encrypt(CiphertextBlob=blob, DestinationKeyId=new_key(other_account))


def test_a_ciphertext_does_not_tell_its_key(account):
    """To who may not use that; who names the key knows it."""
    key, user = new_key(account), account.user()
    blob = account.client("kms").encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
    who = f"User: {user.arn} is not authorized to perform: kms:Decrypt on "
    why = " because no identity-based policy allows the kms:Decrypt action"
    with refused("AccessDeniedException", f"{who}the resource associated with this ciphertext{why}", 400):
        user.client("kms").decrypt(CiphertextBlob=blob)
    with refused("AccessDeniedException", f"{who}resource: {key}{why}", 400):
        user.client("kms").decrypt(CiphertextBlob=blob, KeyId=key)


def test_re_encryption_needs_both_keys(account):
    first, second = new_key(account), new_key(account)
    blob = account.client("kms").encrypt(KeyId=first, Plaintext=TEXT)["CiphertextBlob"]
    for actions, missing, place in ((("kms:ReEncryptFrom",), "kms:ReEncryptTo", f"resource: {second}"),
                                    (("kms:ReEncryptTo", "kms:Decrypt"), "kms:ReEncryptFrom", OF_CIPHERTEXT)):
        with denied(missing, place=place):
            account.user(policy=policy(list(actions))).client("kms").re_encrypt(
                CiphertextBlob=blob, DestinationKeyId=second)
    assert account.user(policy=policy("kms:ReEncrypt*")).client("kms").re_encrypt(
        CiphertextBlob=blob, DestinationKeyId=second)


# -- Both accounts have the event

def test_both_accounts_have_the_event(account, other_account):
    key, kms = share(account, other_account)
    request_id = kms.describe_key(KeyId=key)["ResponseMetadata"]["RequestId"]
    theirs = other_account.event("DescribeKey", request_id)
    mine = account.event("DescribeKey", request_id)
    assert theirs["sharedEventID"] == mine["sharedEventID"] and theirs["eventID"] != mine["eventID"]
    assert (theirs["recipientAccountId"], mine["recipientAccountId"]) == (other_account.id, account.id)
    for row in (theirs, mine):
        assert row["userIdentity"]["accountId"] == other_account.id
        assert row["resources"] == [{"ARN": key, "accountId": account.id, "type": "AWS::KMS::Key"}]


def test_a_refusal_stays_in_the_callers_history(account, other_account):
    key = new_key(account)
    with pytest.raises(ClientError) as caught:
        other_account.client("kms").describe_key(KeyId=key)
    request_id = caught.value.response["ResponseMetadata"]["RequestId"]
    assert other_account.event("DescribeKey", request_id)["errorCode"] == "AccessDeniedException"
    account.client("kms").describe_key(KeyId=key)
    account.event("DescribeKey")
    assert request_id not in [row["requestID"] for row in account.events_named("DescribeKey")]


def test_the_owner_of_a_key_is_told_that_a_grant_is_retired(account, other_account):
    """Also when the account that made the grant retires it, which is not the key's."""
    key, _ = share(account, other_account)
    kms, grantee = other_account.client("kms"), other_account.user().arn
    token = kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"])["GrantToken"]
    request_id = kms.retire_grant(GrantToken=token)["ResponseMetadata"]["RequestId"]
    row = account.event("RetireGrant", request_id)
    assert row["sharedEventID"] == other_account.event("RetireGrant", request_id)["sharedEventID"]
    assert row["resources"] == [{"ARN": key, "accountId": account.id, "type": "AWS::KMS::Key"}]
