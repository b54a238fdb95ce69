"""Bucket policies: what may be one, whom it lets in, whom it keeps out, and Block Public Access."""
import base64
import json
from hashlib import md5

import pytest

from harness.account import policy
from harness.buckets import anonymous, bucket_policy, grant, new_bucket
from harness.raw import signed
from harness.refusals import denied, refused

NOT_JSON = "Policies must be valid JSON and the first byte must be '{'"
ACTIONS = {"put": "s3:PutBucketPolicy", "get": "s3:GetBucketPolicy", "delete": "s3:DeleteBucketPolicy",
           "status": "s3:GetBucketPolicyStatus"}
OFF = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    return new_bucket(account)


def call(client, name, bucket, document=None):
    if name == "put":
        return client.put_bucket_policy(Bucket=bucket, Policy=document)
    if name == "get":
        return client.get_bucket_policy(Bucket=bucket)["Policy"]
    if name == "status":
        return client.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"]
    return client.delete_bucket_policy(Bucket=bucket)


def put(s3, bucket, *statements):
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(*statements))


def block(s3, bucket, **settings):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**OFF, **settings})


def root_of(account):
    return account.arn("root")


def harmless(account, bucket):
    return bucket_policy(grant(root_of(account), "s3:GetBucketLocation", bucket))


def no_policy():
    return refused("NoSuchBucketPolicy", "The bucket policy does not exist", 404)


# -- Put, told, taken back


def test_a_document_is_told_as_it_was_put(account, s3, bucket):
    user = account.user()
    with no_policy():
        call(s3, "get", bucket)
    with no_policy():
        call(s3, "status", bucket)
    document = ('{ "Statement" : [ {"Sid": "Größe 1", "Effect": "Allow", "Resource": ["arn:aws:s3:::%s/*"],\n'
                ' "Principal": {"AWS": "%s"}, "Action": "s3:GetObject"} ], "Version":"2012-10-17" }\n' % (bucket, user.arn))
    answer = call(s3, "put", bucket, document)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert call(s3, "get", bucket) == document
    assert call(s3, "status", bucket) is False
    answer = signed(account.server, account.root, "s3", b"", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, "GET",
                    f"/{bucket}?policy")
    assert (answer.status, answer.headers["content-type"], answer.text) == (200, "application/json", document)
    other = harmless(account, bucket)
    call(s3, "put", bucket, other)
    assert call(s3, "get", bucket) == other
    for _ in range(2):
        assert call(s3, "delete", bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with no_policy():
        call(s3, "get", bucket)


@pytest.mark.parametrize("name", ACTIONS)
def test_each_asks_for_its_own_action(account, s3, bucket, name):
    document = harmless(account, bucket)
    call(s3, "put", bucket, document)
    without = account.user(policy=policy([action for key, action in ACTIONS.items() if key != name])).client("s3")
    with denied(ACTIONS[name], f"arn:aws:s3:::{bucket}"):
        call(without, name, bucket, document)
    assert call(s3, "get", bucket) == document
    call(account.user(policy=policy(ACTIONS[name])).client("s3"), name, bucket, document)


@pytest.mark.parametrize("name", ACTIONS)
def test_no_such_bucket(account, s3, name):
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        call(s3, name, "nobody-made-this-bucket", harmless(account, "nobody-made-this-bucket"))


def test_a_policy_goes_with_its_bucket(account, s3, bucket):
    call(s3, "put", bucket, harmless(account, bucket))
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    with no_policy():
        call(s3, "get", bucket)


# -- What may be one


def rest_of(bucket, **changed):
    """A good statement with elements changed; None takes one off."""
    good = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def malformed(s3, bucket, document, message):
    before = None
    with refused("MalformedPolicy", message, 400):
        call(s3, "put", bucket, document if isinstance(document, str) else json.dumps(document))
    with no_policy():
        before = call(s3, "get", bucket)
    assert before is None


@pytest.mark.parametrize("document", ["x", "[]", '"{}"', "{", '{"Version": }', ' {"Version": "2012-10-17"}', "null",
                                      '{"Version": "2012-10-17", "Version": "2012-10-17"}', "{} {}"])
def test_what_is_no_json(s3, bucket, document):
    malformed(s3, bucket, document, NOT_JSON)


def test_documents_without_form(s3, bucket):
    good = rest_of(bucket)
    malformed(s3, bucket, {}, "Missing required field Statement")
    malformed(s3, bucket, {"Version": "2012-10-17"}, "Missing required field Statement")
    malformed(s3, bucket, {"Statement": []}, "Could not parse the policy: Statement is empty!")
    malformed(s3, bucket, {"Version": "2024-01-01", "Statement": [good]}, "The policy must contain a valid version string")
    malformed(s3, bucket, {"Version": 1, "Statement": [good]}, "The policy must contain a valid version string")
    malformed(s3, bucket, {"Statement": [good], "Staement": 1}, "Unknown field Staement")
    malformed(s3, bucket, {"Statement": ["x"]}, "Invalid policy syntax.")
    malformed(s3, bucket, {"Statement": "x"}, "Invalid policy syntax.")


@pytest.mark.parametrize("changed, message", [
    ({"Effect": None}, "Missing required field Effect"), ({"Principal": None}, "Missing required field Principal"),
    ({"Action": None}, "Missing required field Action"), ({"Resource": None}, "Missing required field Resource"),
    ({"Effect": "Permit"}, "Invalid effect: Permit"), ({"Effect": []}, "Invalid policy syntax."),
    ({"Principals": "*"}, "Unknown field Principals"),
    ({"NotAction": "s3:*"}, "Invalid policy syntax."),
    ({"Principal": None, "NotPrincipal": {"AWS": "*"}}, "Allow with NotPrincipal is not allowed."),
    ({"Condition": "x"}, "Invalid policy syntax.")])
def test_statements_without_form(s3, bucket, changed, message):
    malformed(s3, bucket, {"Version": "2012-10-17", "Statement": [rest_of(bucket), rest_of(bucket, **changed)]}, message)


@pytest.mark.parametrize("action", ["iam:GetUser", "s3:GetObjekt", "GetObject", "s3", "kms:*", "s3:", "", 7, ["s3:GetObject", "ec2:*"]])
def test_actions_are_those_of_s3(s3, bucket, action):
    malformed(s3, bucket, {"Statement": rest_of(bucket, Action=action)}, "Policy has invalid action")


@pytest.mark.parametrize("actions, at, is_fine", [
    ("s3:GetObject", ["{}"], False), ("s3:ListBucket", ["{}/*"], False), ("s3:ListAllMyBuckets", ["{}", "{}/*"], False),
    (["s3:GetObject", "s3:ListBucket"], ["{}/*"], False), ("s3:PutLifecycleConfiguration", ["{}/*"], False),
    ("s3:ReplicateObject", ["{}"], False),
    (["s3:GetObject", "s3:ListBucket"], ["{}", "{}/x"], True), ("s3:*", ["{}"], True), ("s3:*", ["{}/a/b*"], True),
    ("S3:getobject", ["{}/*"], True), ("s3:Get*", ["{}"], True), ("*", ["{}"], True), ("s3:GetObject", ["{}*"], True),
    ("s3:BypassGovernanceRetention", ["{}/*"], True), ("s3:ListBucket", ["{}*"], True)])
def test_actions_have_to_fit_their_resources(s3, bucket, actions, at, is_fine):
    block(s3, bucket)
    document = {"Statement": rest_of(bucket, Action=actions, Resource=[f"arn:aws:s3:::{one.format(bucket)}" for one in at])}
    if not is_fine:
        malformed(s3, bucket, document, "Action does not apply to any resource(s) in statement")
    else:
        call(s3, "put", bucket, json.dumps(document))
        assert json.loads(call(s3, "get", bucket)) == document


@pytest.mark.parametrize("key, is_fine", [
    ("s3:prefx", False), ("S3:x-amz-acll", False), ("s3:ExistingObjectTag/", False), ("s3:ExistingObjectTag", False), ("s3:", False),
    ("s3:ExistingObjectTag/a b", True), ("S3:X-AMZ-ACL", True), ("s3:VersionId", True), ("s3:object-lock-mode", True),
    ("aws:PrincipalTag/x", True), ("ec2:SourceInstanceARN", True)])
def test_condition_keys_of_s3_have_to_be_known(s3, bucket, key, is_fine):
    block(s3, bucket)
    document = {"Statement": rest_of(bucket, Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "true"},
                                                                       "StringEquals": {key: "x"}})}
    if not is_fine:
        malformed(s3, bucket, document, "Policy has an invalid condition key")
    else:
        call(s3, "put", bucket, json.dumps(document))
        assert json.loads(call(s3, "get", bucket)) == document


@pytest.mark.parametrize("resource", ["{}", "arn:aws:s3:::other/*", "arn:aws:s3:::{}x/*", "arn:aws:s3:::x{}/*", "arn:aws:s3:::",
                                      "arn:aws:sqs:::{}/*", "arn:aws-cn:s3:::{}/*", "arn:aws:s3:::{}*.x/*", "", 7,
                                      "arn:aws:s3:::${{aws:username}}/*", ["arn:aws:s3:::{}/*", "arn:aws:s3:::other/*"]])
def test_resources_are_the_bucket_and_its_objects(s3, bucket, resource):
    block(s3, bucket)
    named = json.loads(json.dumps(resource).replace("{}", bucket).replace("{{", "{").replace("}}", "}"))
    malformed(s3, bucket, {"Statement": rest_of(bucket, Resource=named)}, "Policy has invalid resource")


@pytest.mark.parametrize("principal", [
    "x", {"AWS": "x"}, {"AWS": "arn:aws:iam::{account}:user/nobody"}, {"AWS": "arn:aws:iam::{account}:role/nobody"},
    {"AWS": "arn:aws:iam::{account}:group/g"}, {"AWS": "arn:aws:iam::{account}:user/*"}, {"AWS": "arn:aws:iam::999999999999:root"},
    {"AWS": "999999999999"}, {"AWS": "AIDAAAAAAAAAAAAAAAAAA"}, {"AWS": ["*", "arn:aws:iam::{account}:user/nobody"]},
    {"Service": "x"}, {"CanonicalUser": "0" * 64}, {"Nobody": "x"}, {}, {"AWS": []}])
def test_principals_have_to_be_there(account, s3, bucket, principal):
    block(s3, bucket)
    named = json.loads(json.dumps(principal).replace("{account}", account.id))
    with refused("MalformedPolicy", status=400):
        put(s3, bucket, rest_of(bucket, Principal=named))
    if principal not in ({"Nobody": "x"}, {"AWS": []}, {}):
        malformed(s3, bucket, bucket_policy(rest_of(bucket, Principal=named)), "Invalid principal in policy")


def test_the_detail_names_the_principal(account, s3, bucket):
    nobody = account.arn("user/nobody")
    document = bucket_policy(rest_of(bucket, Principal={"AWS": nobody})).encode()
    headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", "Content-MD5": base64.b64encode(md5(document).digest()).decode()}
    answer = signed(account.server, account.root, "s3", document, headers, "PUT", f"/{bucket}?policy")
    assert f'<Detail>"AWS" : "{nobody}"</Detail>' in answer.text.replace("&quot;", '"'), answer.text


def test_twenty_kilobytes(account, s3, bucket):
    def document(size):
        one = bucket_policy(grant(root_of(account), "s3:*", bucket, Sid=""))
        one = json.dumps(json.loads(one), separators=(",", ":"))
        return one.replace('"Sid":""', '"Sid":"%s"' % ("x" * (size - len(one))))

    malformed(s3, bucket, document(20 * 1024 + 1), "Policy exceeds the maximum allowed document size.")
    largest = document(20 * 1024)
    spaced = json.dumps(json.loads(largest), indent=8)
    for one in (largest, spaced):
        call(s3, "put", bucket, one)
        assert call(s3, "get", bucket) == one


# -- Whom it lets in, whom it keeps out


def test_users_of_other_accounts(account, other_account, s3, bucket):
    """Both accounts have to agree."""
    let_in = other_account.user(policy=policy("s3:GetBucketLocation"))
    not_allowed = other_account.user()
    not_named = other_account.user(policy=policy("s3:*"))
    put(s3, bucket, grant([let_in.arn, not_allowed.arn], ["s3:GetBucketLocation", "s3:GetBucketVersioning"], bucket))
    assert "LocationConstraint" in let_in.client("s3").get_bucket_location(Bucket=bucket)
    for user in (not_allowed, not_named):
        with refused("AccessDenied", status=403):
            user.client("s3").get_bucket_location(Bucket=bucket)
    with refused("AccessDenied", status=403):
        let_in.client("s3").get_bucket_versioning(Bucket=bucket)
    call(s3, "delete", bucket)
    with refused("AccessDenied", status=403):
        let_in.client("s3").get_bucket_location(Bucket=bucket)


def test_within_the_account_the_policy_is_enough_and_its_deny_is_final(account, s3, bucket):
    named, administrator = account.user(), account.user(policy=policy("*"))
    put(s3, bucket, grant(named.arn, "s3:GetBucketVersioning", bucket),
        grant(administrator.arn, "s3:GetBucketVersioning", bucket, effect="Deny"))
    assert named.client("s3").get_bucket_versioning(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    with denied("s3:GetBucketVersioning", f"arn:aws:s3:::{bucket}"):
        administrator.client("s3").get_bucket_versioning(Bucket=bucket)
    administrator.client("s3").get_bucket_location(Bucket=bucket)


def test_conditions(account, other_account, s3, bucket):
    user = other_account.user(policy=policy("s3:*")).client("s3")
    put(s3, bucket, grant("*", "s3:GetBucketLocation", bucket, Condition={
        "StringEquals": {"aws:PrincipalAccount": other_account.id}, "Bool": {"aws:SecureTransport": "false"}}))
    user.get_bucket_location(Bucket=bucket)
    put(s3, bucket, grant("*", "s3:GetBucketLocation", bucket, Condition={
        "StringEquals": {"aws:PrincipalAccount": account.id}}))
    with refused("AccessDenied", status=403):
        user.get_bucket_location(Bucket=bucket)


def test_who_is_made_anew_has_no_access(account, s3, bucket):
    """Users and roles are kept by their ids, and told by their ids once they are gone."""
    user = account.user()
    user_id = account.iam.get_user(UserName=user.name)["User"]["UserId"]
    document = bucket_policy(grant(user.arn, "s3:GetBucketVersioning", bucket))
    call(s3, "put", bucket, document)
    user.client("s3").get_bucket_versioning(Bucket=bucket)
    for key in account.iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"]:
        account.iam.delete_access_key(UserName=user.name, AccessKeyId=key["AccessKeyId"])
    account.iam.delete_user(UserName=user.name)
    gone = call(s3, "get", bucket)
    assert json.loads(gone)["Statement"][0]["Principal"] == {"AWS": user_id}
    again = account.user(name=user.name)
    with denied("s3:GetBucketVersioning", f"arn:aws:s3:::{bucket}"):
        again.client("s3").get_bucket_versioning(Bucket=bucket)
    assert call(s3, "get", bucket) == gone
    with refused("MalformedPolicy", "Invalid principal in policy", 400):
        call(s3, "put", bucket, gone)
    call(s3, "put", bucket, document)
    again.client("s3").get_bucket_versioning(Bucket=bucket)
    assert call(s3, "get", bucket) == document


def test_roles(account, other_account, s3, bucket):
    role = other_account.role(policy=policy("s3:*"))
    put(s3, bucket, grant(role, "s3:GetBucketVersioning", bucket))
    session = other_account.assume(role, other_account.user(policy=policy("sts:AssumeRole")).creds)
    other_account.client("s3", creds=session).get_bucket_versioning(Bucket=bucket)


def test_another_account_by_its_number(account, other_account, s3, bucket):
    document = bucket_policy(grant(other_account.id, "s3:GetBucketVersioning", bucket))
    call(s3, "put", bucket, document)
    assert call(s3, "get", bucket) == document
    other_account.client("s3").get_bucket_versioning(Bucket=bucket)


def test_an_account_by_its_canonical_id(account, other_account, s3, bucket):
    canonical = other_account.client("s3").list_buckets()["Owner"]["ID"]
    document = bucket_policy(grant({"CanonicalUser": canonical}, "s3:GetBucketVersioning", bucket))
    call(s3, "put", bucket, document)
    assert call(s3, "get", bucket) == document and call(s3, "status", bucket) is False
    other_account.client("s3").get_bucket_versioning(Bucket=bucket)
    with refused("AccessDenied", status=403):
        anonymous(account.server).get_bucket_versioning(Bucket=bucket)


def test_objects_under_a_prefix(account, other_account, s3, bucket):
    """What the policy's resource does not cover is closed; so is the list, and what another bucket has of that name."""
    for key in ("open/a", "closed/a", "open"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    put(s3, bucket, grant(root_of(other_account), "s3:GetObject", f"{bucket}/open/*"))
    theirs = other_account.client("s3")
    assert theirs.get_object(Bucket=bucket, Key="open/a")["Body"].read() == b"open/a"
    for key in ("closed/a", "open"):
        with refused("AccessDenied", status=403):
            theirs.get_object(Bucket=bucket, Key=key)
    for refuse in (lambda: theirs.list_objects_v2(Bucket=bucket), lambda: theirs.delete_object(Bucket=bucket, Key="open/a"),
                   lambda: theirs.put_object(Bucket=bucket, Key="open/a", Body=b"x")):
        with refused("AccessDenied", status=403):
            refuse()
    assert s3.get_object(Bucket=bucket, Key="open/a")["Body"].read() == b"open/a"


# -- Whose policy it is


@pytest.mark.parametrize("name", ["put", "get", "delete"])
def test_other_accounts_may_not_whatever_they_are_allowed(account, other_account, s3, bucket, name):
    document = bucket_policy(grant(root_of(other_account), "s3:*", [bucket, f"{bucket}/*"]))
    call(s3, "put", bucket, document)
    with refused("MethodNotAllowed", "The specified method is not allowed against this resource.", 405):
        call(other_account.client("s3"), name, bucket, document)
    assert call(s3, "get", bucket) == document
    call(s3, "put", bucket, harmless(account, bucket))
    with refused("AccessDenied", status=403):
        call(other_account.client("s3"), name, bucket, document)


def test_root_cannot_lock_itself_out(account, s3, bucket):
    administrator = account.user(policy=policy("*")).client("s3")
    document = bucket_policy(grant("*", "s3:*", [bucket, f"{bucket}/*"], effect="Deny"))
    call(administrator, "put", bucket, document)
    for name, action in ACTIONS.items():
        with denied(action, f"arn:aws:s3:::{bucket}"):
            call(administrator, name, bucket, document)
    with denied("s3:GetBucketPolicyStatus", f"arn:aws:s3:::{bucket}"):
        call(s3, "status", bucket)
    with denied("s3:GetBucketVersioning", f"arn:aws:s3:::{bucket}"):
        s3.get_bucket_versioning(Bucket=bucket)
    assert call(s3, "get", bucket) == document
    call(s3, "put", bucket, document)
    call(s3, "delete", bucket)
    s3.get_bucket_versioning(Bucket=bucket)


# -- Block Public Access


def public(bucket):
    return bucket_policy(grant("*", "s3:GetBucketVersioning", bucket))


def test_public_policies_are_blocked(account, s3, bucket):
    user = account.user(policy=policy("s3:*"))
    for client, arn in ((s3, root_of(account)), (user.client("s3"), user.arn)):
        with refused("AccessDenied", f'User: {arn} is not authorized to perform: s3:PutBucketPolicy on resource: '
                     f'"arn:aws:s3:::{bucket}" because public policies are prevented by the BlockPublicPolicy setting in '
                     'S3 Block Public Access.', 403):
            call(client, "put", bucket, public(bucket))
    with no_policy():
        call(s3, "get", bucket)
    put(s3, bucket, grant("*", "s3:GetBucketVersioning", bucket, Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}))
    assert call(s3, "status", bucket) is False


def test_what_is_public_already_stays(s3, bucket):
    block(s3, bucket)
    call(s3, "put", bucket, public(bucket))
    assert call(s3, "status", bucket) is True
    block(s3, bucket, BlockPublicPolicy=True)
    assert call(s3, "get", bucket) == public(bucket)
    with refused("AccessDenied", status=403):
        call(s3, "put", bucket, public(bucket))
    assert call(s3, "status", bucket) is True


@pytest.mark.parametrize("lifted", ["off", "deleted"])
def test_everyone_may_what_is_public(account, other_account, s3, bucket, lifted):
    if lifted == "off":
        block(s3, bucket)
    else:
        s3.delete_public_access_block(Bucket=bucket)
    with refused("AccessDenied", status=403):
        anonymous(account.server).get_bucket_versioning(Bucket=bucket)
    call(s3, "put", bucket, public(bucket))
    for client in (anonymous(account.server), other_account.client("s3"), s3):
        assert client.get_bucket_versioning(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
        if client is not s3:
            with refused("AccessDenied", status=403):
                client.get_bucket_request_payment(Bucket=bucket)


def test_a_restricted_bucket_keeps_others_out_while_its_policy_is_public(account, other_account, s3, bucket):
    """Those named beside everyone too; the own account stays, by the policy alone if need be."""
    friend, own = other_account.user(policy=policy("s3:*")), account.user()
    named = grant(friend.arn, "s3:GetBucketVersioning", bucket)
    everyone = grant("*", "s3:GetBucketVersioning", bucket)
    block(s3, bucket)
    put(s3, bucket, named, everyone)
    for client in (anonymous(account.server), friend.client("s3"), own.client("s3")):
        client.get_bucket_versioning(Bucket=bucket)
    block(s3, bucket, RestrictPublicBuckets=True)
    for client in (anonymous(account.server), friend.client("s3"), other_account.client("s3")):
        with refused("AccessDenied", status=403):
            client.get_bucket_versioning(Bucket=bucket)
    own.client("s3").get_bucket_versioning(Bucket=bucket)
    put(s3, bucket, named)
    friend.client("s3").get_bucket_versioning(Bucket=bucket)
    with refused("AccessDenied", status=403):
        anonymous(account.server).get_bucket_versioning(Bucket=bucket)


def test_a_restricted_bucket_still_denies(account, s3, bucket):
    block(s3, bucket)
    user = account.user(policy=policy("s3:*"))
    put(s3, bucket, grant("*", "s3:GetBucketVersioning", bucket), grant(user.arn, "s3:GetBucketTagging", bucket, effect="Deny"))
    block(s3, bucket, RestrictPublicBuckets=True)
    with denied("s3:GetBucketTagging", f"arn:aws:s3:::{bucket}"):
        user.client("s3").get_bucket_tagging(Bucket=bucket)


# -- Events


def test_changes_are_recorded_with_their_document(account, s3, bucket):
    document = harmless(account, bucket)
    call(s3, "put", bucket, document)
    event = account.event("PutBucketPolicy")
    assert event["requestParameters"]["bucketName"] == bucket and event["readOnly"] is False
    assert event["requestParameters"]["bucketPolicy"] == json.loads(document)
    call(s3, "delete", bucket)
    assert account.event("DeleteBucketPolicy")["requestParameters"]["bucketName"] == bucket
