"""Settings that lie in a bucket itself: put, told, taken back, refused."""
import base64
import re
from hashlib import md5

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.account import Account, make_client, policy
from harness.buckets import anonymous, bucket_policy, grant, new_bucket
from harness.raw import send, signed
from harness.refusals import denied, refused

MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
ALL_ON = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}

# Operation, its action, and further arguments.
OPERATIONS = [
    ("put_public_access_block", "s3:PutBucketPublicAccessBlock", {"PublicAccessBlockConfiguration": ALL_ON}),
    ("get_public_access_block", "s3:GetBucketPublicAccessBlock", {}),
    ("delete_public_access_block", "s3:PutBucketPublicAccessBlock", {}),
    ("put_bucket_ownership_controls", "s3:PutBucketOwnershipControls",
     {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}),
    ("get_bucket_ownership_controls", "s3:GetBucketOwnershipControls", {}),
    ("delete_bucket_ownership_controls", "s3:PutBucketOwnershipControls", {}),
    ("put_bucket_versioning", "s3:PutBucketVersioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
    ("get_bucket_versioning", "s3:GetBucketVersioning", {}),
    ("put_bucket_tagging", "s3:PutBucketTagging", {"Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}),
    ("get_bucket_tagging", "s3:GetBucketTagging", {}),
    ("delete_bucket_tagging", "s3:PutBucketTagging", {}),
    ("put_bucket_encryption", "s3:PutEncryptionConfiguration", {"ServerSideEncryptionConfiguration": {
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}),
    ("get_bucket_encryption", "s3:GetEncryptionConfiguration", {}),
    ("delete_bucket_encryption", "s3:PutEncryptionConfiguration", {}),
    ("put_object_lock_configuration", "s3:PutBucketObjectLockConfiguration",
     {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}),
    ("get_object_lock_configuration", "s3:GetBucketObjectLockConfiguration", {}),
    ("put_bucket_request_payment", "s3:PutBucketRequestPayment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}),
    ("get_bucket_request_payment", "s3:GetBucketRequestPayment", {}),
    ("put_bucket_accelerate_configuration", "s3:PutAccelerateConfiguration",
     {"AccelerateConfiguration": {"Status": "Enabled"}}),
    ("get_bucket_accelerate_configuration", "s3:GetAccelerateConfiguration", {}),
]
NAMES = [name for name, _, _ in OPERATIONS]


@pytest.fixture
def s3(account):
    return account.client("s3", parameter_validation=False)


@pytest.fixture
def bucket(account):
    return new_bucket(account)


@pytest.fixture
def locked(account):
    return new_bucket(account, ObjectLockEnabledForBucket=True)


def state(s3, bucket):
    """All that the settings say, for tests that nothing has changed."""
    answers = {}
    for name in NAMES:
        if name.startswith("get_"):
            try:
                answers[name] = getattr(s3, name)(Bucket=bucket)
            except s3.exceptions.ClientError as error:
                answers[name] = dict(error.response["Error"])
            answers[name].pop("ResponseMetadata", None)
    return answers


# -- Who may


def test_nothing_is_open_to_who_lacks_the_permission(account, s3, bucket):
    """Each operation asks for its own action."""
    before = state(s3, bucket)
    user = account.user(policy=policy("s3:ListBucket"))
    mine = user.client("s3")
    for name, action, more in OPERATIONS:
        with denied(action, f"arn:aws:s3:::{bucket}"):
            getattr(mine, name)(Bucket=bucket, **more)
    assert state(s3, bucket) == before


@pytest.mark.parametrize("name, action, more", OPERATIONS, ids=NAMES)
def test_the_one_action_is_enough(account, bucket, name, action, more):
    mine = account.user(policy=policy(action)).client("s3")
    try:
        getattr(mine, name)(Bucket=bucket, **more)
    except mine.exceptions.ClientError as error:  # there may be nothing to tell, or versioning is missing
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 409), error.response


@pytest.mark.parametrize("name, action, more", OPERATIONS, ids=NAMES)
def test_no_such_bucket(s3, name, action, more):
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        getattr(s3, name)(Bucket="nobody-made-this-bucket", **more)


def test_the_wrong_owner_is_expected(s3, other_account, bucket):
    with refused("AccessDenied", "Access Denied", 403):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"},
                                 ExpectedBucketOwner=other_account.id)
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)


def test_other_accounts_have_no_say(other_account, s3, bucket):
    theirs = other_account.client("s3")
    for name, _, more in OPERATIONS:
        with refused("AccessDenied", status=403):
            getattr(theirs, name)(Bucket=bucket, **more)


# -- Block Public Access


def test_public_access_is_blocked_until_told_otherwise(s3, bucket):
    told = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert told == ALL_ON
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"IgnorePublicAcls": True,
                                                                              "BlockPublicAcls": False})
    told = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert told == {**dict.fromkeys(ALL_ON, False), "IgnorePublicAcls": True}
    for _ in range(2):
        answer = s3.delete_public_access_block(Bucket=bucket)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", 404):
        s3.get_public_access_block(Bucket=bucket)


def test_a_block_of_nothing(s3, bucket):
    with refused("InvalidRequest", "Must specify at least one configuration.", 400):
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={})
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == ALL_ON


# -- Ownership


def test_ownership(s3, bucket):
    def told():
        return s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]

    assert told() == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    for ownership in ("ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"):
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})
        assert told() == {"Rules": [{"ObjectOwnership": ownership}]}
    for _ in range(2):
        answer = s3.delete_bucket_ownership_controls(Bucket=bucket)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", 404):
        told()


def test_acls_have_to_go_first(account, s3):
    bucket = new_bucket(account, ObjectOwnership="BucketOwnerPreferred")
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    with refused("InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's "
                 "BucketOwnerEnforced setting", 400):
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=enforced)
    anonymous(account.server).list_objects_v2(Bucket=bucket)
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=enforced)
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == enforced


@pytest.mark.parametrize("rules", [[], [{}], [{"ObjectOwnership": "Nobody"}],
                                   [{"ObjectOwnership": "ObjectWriter"}, {"ObjectOwnership": "ObjectWriter"}]])
def test_malformed_ownership(s3, bucket, rules):
    with refused("MalformedXML", MALFORMED, 400):
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": rules})


# -- Versioning


def test_versioning(s3, bucket):
    answer = s3.get_bucket_versioning(Bucket=bucket)
    assert "Status" not in answer and "MFADelete" not in answer
    for status in ("Enabled", "Suspended", "Enabled"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled", "MFADelete": "Disabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["MFADelete"] == "Disabled"


def test_a_status_has_to_be_named(s3, bucket):
    for given in ({}, {"MFADelete": "Disabled"}):
        with refused("IllegalVersioningConfigurationException", "The Versioning element must be specified", 400):
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=given)
    for given in ({"Status": "On"}, {"Status": ""}, {"Status": "Enabled", "MFADelete": "Maybe"}):
        with refused("MalformedXML", MALFORMED, 400):
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=given)
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)


def test_mfa_delete_needs_a_device(account, s3, bucket):
    wanted = {"Status": "Enabled", "MFADelete": "Enabled"}
    with refused("AccessDenied", "Mfa Authentication must be used for this request", 403):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=wanted)
    code = f"arn:aws:iam::{account.id}:mfa/root-account-mfa-device 123456"
    with refused("InvalidRequest", "Requests that include x-amz-mfa must use HTTPS.", 400):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=wanted, MFA=code)
    user = account.user(policy=policy("s3:*")).client("s3")
    with refused("InvalidRequest", "DevPay and Mfa are mutually exclusive authorization methods.", 400):
        user.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=wanted, MFA=code)
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)


def test_a_lock_holds_versioning(s3, locked):
    assert s3.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"
    with refused("InvalidBucketState", "An Object Lock configuration is present on this bucket, so the versioning "
                 "state cannot be changed.", 409):
        s3.put_bucket_versioning(Bucket=locked, VersioningConfiguration={"Status": "Suspended"})
    s3.put_bucket_versioning(Bucket=locked, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"


# -- Tags


def put_tags(s3, bucket, **pairs):
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in pairs.items()]})


def tags_of(s3, bucket):
    return {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}


def test_tags(s3, bucket):
    with refused("NoSuchTagSet", "The TagSet does not exist", 404):
        s3.get_bucket_tagging(Bucket=bucket)
    odd = {"k" * 128: "v" * 256, "鍵": "🔑 +-=._:/@", "empty": ""}
    put_tags(s3, bucket, **odd)
    assert tags_of(s3, bucket) == odd
    put_tags(s3, bucket, team="red")
    assert tags_of(s3, bucket) == {"team": "red"}
    for _ in range(2):
        assert s3.delete_bucket_tagging(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchTagSet", "The TagSet does not exist", 404):
        s3.get_bucket_tagging(Bucket=bucket)


def test_fifty_tags_and_no_more(s3, bucket):
    put_tags(s3, bucket, **{f"k{i}": "v" for i in range(50)})
    with refused("BadRequest", "Bucket tags cannot be greater than 50", 400):
        put_tags(s3, bucket, **{f"k{i}": "v" for i in range(51)})
    assert len(tags_of(s3, bucket)) == 50


@pytest.mark.parametrize("tags", [[{"Key": "k" * 129, "Value": "v"}], [{"Key": "k", "Value": "v" * 257}],
                                  [{"Key": "aws:x", "Value": "v"}], [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]])
def test_tags_out_of_bounds(s3, bucket, tags):
    with refused("InvalidTag", status=400):
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    with refused("NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=bucket)


@pytest.mark.parametrize("tag", [{"Key": "k"}, {"Value": "v"}, {"Key": "", "Value": "v"}])
def test_half_a_tag(s3, bucket, tag):
    with refused("MalformedXML", MALFORMED, 400):
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [tag]})


# -- Encryption. The stock client does not know yet of types that are blocked.

UNSET = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}


def raw(account, method, bucket, setting, body=b""):
    headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", "Content-MD5": base64.b64encode(md5(body).digest()).decode()}
    return signed(account.server, account.root, "s3", body, headers, method, f"/{bucket}?{setting}")


def encrypt(s3, bucket, *rules):
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": list(rules)})


def encryption_of(s3, bucket):
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert len(rules) == 1
    return rules[0]


def block(account, bucket, *types):
    types = "".join(f"<EncryptionType>{name}</EncryptionType>" for name in types)
    body = f"<BlockedEncryptionTypes>{types}</BlockedEncryptionTypes>"
    return raw(account, "PUT", bucket, "encryption",
               f"<ServerSideEncryptionConfiguration><Rule>{body}</Rule></ServerSideEncryptionConfiguration>".encode())


def blocked(account, bucket):
    answer = raw(account, "GET", bucket, "encryption")
    inside = re.search("<BlockedEncryptionTypes>(.*)</BlockedEncryptionTypes>", answer.text)
    return re.findall("<EncryptionType>(.*?)</EncryptionType>", inside.group(1))


def by_default(algorithm, key=None):
    return {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key is not None else {})}


def test_encryption_that_nobody_set(account, s3, bucket):
    assert encryption_of(s3, bucket) == UNSET
    assert blocked(account, bucket) == ["NONE"]


@pytest.mark.parametrize("key", [None, "alias/mine", "1234abcd-12ab-34cd-56ef-1234567890ab",
                                 "arn:aws:kms:us-east-1:111122223333:alias/mine",
                                 "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"])
@pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse"])
def test_keys_are_kept_as_they_are_named(s3, bucket, algorithm, key):
    wanted = by_default(algorithm, key)
    encrypt(s3, bucket, {"ApplyServerSideEncryptionByDefault": wanted, "BucketKeyEnabled": True})
    assert encryption_of(s3, bucket) == {"ApplyServerSideEncryptionByDefault": wanted, "BucketKeyEnabled": True}
    assert s3.delete_bucket_encryption(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert encryption_of(s3, bucket) == UNSET


def test_a_rule_leaves_alone_what_it_does_not_name(account, s3, bucket):
    with_key = {"ApplyServerSideEncryptionByDefault": by_default("aws:kms"), "BucketKeyEnabled": True}
    encrypt(s3, bucket, with_key)
    assert blocked(account, bucket) == ["NONE"]
    assert block(account, bucket, "SSE-C").status == 200
    assert (encryption_of(s3, bucket), blocked(account, bucket)) == (with_key, ["SSE-C"])
    encrypt(s3, bucket, {"ApplyServerSideEncryptionByDefault": by_default("AES256")})
    assert (encryption_of(s3, bucket), blocked(account, bucket)) == (UNSET, ["SSE-C"])
    assert block(account, bucket, "NONE").status == 200
    assert (encryption_of(s3, bucket), blocked(account, bucket)) == (UNSET, ["NONE"])
    assert block(account, bucket, "SSE-C").status == 200
    s3.delete_bucket_encryption(Bucket=bucket)
    assert blocked(account, bucket) == ["NONE"]


def test_blocked_keys_of_customers(new_server, home):
    """Such keys travel through TLS alone."""
    server = new_server(arguments=["--tls-listen", "127.0.0.1:0"])
    account = Account.create(server, home)
    authority = next(path for path in server.data.rglob("*ca*.pem") if b"BEGIN CERTIFICATE" in path.read_bytes())
    user, bucket = account.user(policy=policy("s3:*")), new_bucket(account)
    customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    s3, users = (make_client(server, "s3", creds, endpoint=server.tls_endpoint, verify=str(authority))
                 for creds in (account.root, user.creds))

    def upload(key, client=s3):
        return client.put_object(Bucket=bucket, Key=key, Body=b"body", **customer)

    upload("before")
    assert block(account, bucket, "SSE-C").status == 200
    for client, arn in ((s3, account.arn("root")), (users, user.arn)):
        with refused("AccessDenied", f'User: {arn} is not authorized to perform: s3:PutObject on resource: '
                     f'"arn:aws:s3:::{bucket}/after" because this bucket has blocked upload requests that specify Server '
                     'Side Encryption with Customer provided keys (SSE-C). Please specify a different server-side '
                     'encryption type', 403):
            upload("after", client)
    s3.put_object(Bucket=bucket, Key="after", Body=b"plain")
    assert s3.get_object(Bucket=bucket, Key="before", **customer)["Body"].read() == b"body"
    assert block(account, bucket, "NONE").status == 200
    upload("after")
    assert s3.get_object(Bucket=bucket, Key="after", **customer)["Body"].read() == b"body"


@pytest.mark.parametrize("types", [[], ["SSE-S3"], ["NONE", "SSE-C"]])
def test_malformed_types_to_block(account, bucket, types):
    answer = block(account, bucket, *types)
    assert (answer.status, answer.code, answer.message) == (400, "MalformedXML", MALFORMED)
    assert blocked(account, bucket) == ["NONE"]


def test_a_key_for_an_algorithm_without_keys(s3, bucket):
    with refused("InvalidArgument", "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
                 "aws:kms:dsse", 400):
        encrypt(s3, bucket, {"ApplyServerSideEncryptionByDefault": by_default("AES256", "alias/mine")})
    assert encryption_of(s3, bucket) == UNSET


@pytest.mark.parametrize("rules", [
    [], [{}], [{"ApplyServerSideEncryptionByDefault": {}}],
    [{"ApplyServerSideEncryptionByDefault": by_default("AES128")}],
    [{"ApplyServerSideEncryptionByDefault": by_default("aws:fsx")}],
    [{"ApplyServerSideEncryptionByDefault": by_default("AES256")}] * 2])
def test_malformed_encryption(s3, bucket, rules):
    with refused("MalformedXML", MALFORMED, 400):
        encrypt(s3, bucket, *rules)
    assert encryption_of(s3, bucket) == UNSET


# -- Object Lock


def lock(s3, bucket, **retention):
    wanted = {"ObjectLockEnabled": "Enabled"}
    if retention:
        wanted["Rule"] = {"DefaultRetention": retention}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=wanted)


def lock_of(s3, bucket):
    return s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]


@pytest.mark.parametrize("period", [{"Days": 1}, {"Days": 36500}, {"Years": 1}, {"Years": 100}])
def test_retention_of_new_objects(s3, locked, period):
    assert lock_of(s3, locked) == {"ObjectLockEnabled": "Enabled"}
    for mode in ("GOVERNANCE", "COMPLIANCE"):
        lock(s3, locked, Mode=mode, **period)
        assert lock_of(s3, locked) == {"ObjectLockEnabled": "Enabled",
                                       "Rule": {"DefaultRetention": {"Mode": mode, **period}}}
    lock(s3, locked)
    assert lock_of(s3, locked) == {"ObjectLockEnabled": "Enabled"}


def test_a_bucket_that_is_there_is_locked(s3, bucket):
    with refused("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket", 404):
        lock_of(s3, bucket)
    for status in (None, "Suspended"):
        if status:
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
        with refused("InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock "
                     "configuration", 409):
            lock(s3, bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    lock(s3, bucket, Mode="GOVERNANCE", Days=3)
    assert lock_of(s3, bucket)["Rule"] == {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}
    with refused("InvalidBucketState", status=409):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


@pytest.mark.parametrize("period, message", [
    ({"Days": 0}, "Default retention period must be a positive integer value."),
    ({"Years": 0}, "Default retention period must be a positive integer value."),
    ({"Days": -1}, "Default retention period must be a positive integer value."),
    ({"Days": 36501}, "Default retention period too large."), ({"Years": 101}, "Default retention period too large.")])
def test_retention_out_of_bounds(s3, locked, period, message):
    with refused("InvalidArgument", message, 400):
        lock(s3, locked, Mode="GOVERNANCE", **period)
    assert lock_of(s3, locked) == {"ObjectLockEnabled": "Enabled"}


@pytest.mark.parametrize("given", [
    {}, {"ObjectLockEnabled": "Disabled"}, {"Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}},
    *({"ObjectLockEnabled": "Enabled", "Rule": rule} for rule in (
        {}, {"DefaultRetention": {}}, {"DefaultRetention": {"Mode": "GOVERNANCE"}}, {"DefaultRetention": {"Days": 1}},
        {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1, "Years": 1}},
        {"DefaultRetention": {"Mode": "FOREVER", "Days": 1}}))])
def test_malformed_lock(s3, locked, given):
    with refused("MalformedXML", MALFORMED, 400):
        s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration=given)
    assert lock_of(s3, locked) == {"ObjectLockEnabled": "Enabled"}


# -- Who pays, and how fast


def test_payment(s3, bucket):
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    for payer in ("Requester", "BucketOwner"):
        s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": payer})
        assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == payer
    for given in ({}, {"Payer": "Nobody"}):
        with refused("MalformedXML", MALFORMED, 400):
            s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration=given)


def test_who_does_not_pay_is_kept_out(account, other_account, s3, bucket):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(ALL_ON, False))
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(
        grant("*", ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"], [bucket, f"{bucket}/*"])))
    s3.put_object(Bucket=bucket, Key="a", Body=b"body")
    theirs, nobody = other_account.client("s3"), anonymous(account.server)

    def read(client, **more):
        answer = client.get_object(Bucket=bucket, Key="a", **more)
        assert answer["Body"].read() == b"body"
        return answer

    for client in (theirs, nobody, s3):
        assert "RequestCharged" not in read(client)
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert "RequestCharged" not in read(s3)
    assert read(theirs, RequestPayer="requester")["RequestCharged"] == "requester"
    theirs.list_objects_v2(Bucket=bucket, RequestPayer="requester")
    theirs.get_bucket_location(Bucket=bucket)
    for refuse in (lambda: read(theirs), lambda: theirs.list_objects_v2(Bucket=bucket), lambda: read(nobody),
                   lambda: read(nobody, RequestPayer="requester"), lambda: nobody.get_bucket_location(Bucket=bucket)):
        with refused("AccessDenied", "Access Denied", 403):
            refuse()
    for query, status in (("?x-amz-request-payer=requester", 200), ("", 403)):
        request = AWSRequest("GET", f"{account.server.endpoint}/{bucket}/a{query}")
        S3SigV4QueryAuth(Credentials(other_account.root.access_key, other_account.root.secret_key), "s3", "us-east-1",
                         expires=60).add_auth(request)
        assert send(account.server, "GET", request.url.removeprefix(account.server.endpoint)).status == status


def test_a_default_retention_locks_new_objects(s3, locked):
    s3.put_object(Bucket=locked, Key="free", Body=b"x")
    lock(s3, locked, Mode="COMPLIANCE", Days=2)
    s3.put_object(Bucket=locked, Key="held", Body=b"x")
    held = s3.head_object(Bucket=locked, Key="held")
    assert held["ObjectLockMode"] == "COMPLIANCE"
    assert (held["ObjectLockRetainUntilDate"] - held["LastModified"]).total_seconds() == pytest.approx(2 * 86400, abs=2)
    assert "ObjectLockMode" not in s3.head_object(Bucket=locked, Key="free")
    with refused("AccessDenied", status=403):
        s3.delete_object(Bucket=locked, Key="held", VersionId=held["VersionId"])


def test_acceleration(s3, bucket):
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": status})
        assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == status
    for given in ({}, {"Status": "Fast"}):
        with refused("MalformedXML", MALFORMED, 400):
            s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration=given)


def test_names_with_dots_are_not_accelerated(s3, bucket):
    s3.create_bucket(Bucket=f"dots.{bucket}")
    with refused("InvalidRequest", "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names",
                 400):
        s3.put_bucket_accelerate_configuration(Bucket=f"dots.{bucket}", AccelerateConfiguration={"Status": "Enabled"})


# -- Documents


SETTINGS = ["publicAccessBlock", "ownershipControls", "versioning", "tagging", "encryption", "object-lock",
            "requestPayment", "accelerate"]


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("body", [b"{}", b"<a>", b"<a><b></a>", b"\xff\xfe", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_what_is_no_document(account, s3, bucket, setting, body):
    before = state(s3, bucket)
    answer = raw(account, "PUT", bucket, setting, body)
    assert (answer.status, answer.code, answer.message) == (400, "MalformedXML", MALFORMED)
    assert state(s3, bucket) == before


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_body(account, s3, bucket, setting):
    before = state(s3, bucket)
    answer = raw(account, "PUT", bucket, setting)
    assert answer.status == 400 and answer.code in ("MissingRequestBodyError", "MalformedXML"), answer
    assert state(s3, bucket) == before


# -- Events


def test_changes_are_recorded(account, s3, bucket):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=ALL_ON)
    event = account.event("PutBucketPublicAccessBlock")
    assert event["readOnly"] is False
    assert event["requestParameters"]["bucketName"] == bucket
    assert event["resources"][0]["ARN"] == f"arn:aws:s3:::{bucket}"
