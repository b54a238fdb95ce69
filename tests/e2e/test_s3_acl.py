"""Access control lists of buckets and objects: what is kept of them, what they allow, and what keeps them from it."""
import base64
import hashlib

import pytest

from harness.account import policy
from harness.buckets import bucket_policy, grant, new_bucket
from harness.raw import send, signed
from harness.refusals import denied, refused

GROUPS = "http://acs.amazonaws.com/groups/"
ALL = {"Type": "Group", "URI": GROUPS + "global/AllUsers"}
AUTHENTICATED = {"Type": "Group", "URI": GROUPS + "global/AuthenticatedUsers"}
LOGS = {"Type": "Group", "URI": GROUPS + "s3/LogDelivery"}
EC2 = {"Type": "CanonicalUser", "ID": "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"}
ANONYMOUS = "65a011a29cdf8ec533ec3d1ccaae921c"
XML = '<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/">%s</AccessControlPolicy>'
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


def canonical(account):
    return account.client("s3").list_buckets()["Owner"]["ID"]


def user(account):
    return {"Type": "CanonicalUser", "ID": canonical(account)}


def grants(*pairs):
    return [{"Grantee": who, "Permission": permission} for who, permission in pairs]


def open_bucket(account, ownership="ObjectWriter"):
    """One whose ACLs have a say, public ones too."""
    name = new_bucket(account, ObjectOwnership=ownership)
    account.client("s3").delete_public_access_block(Bucket=name)
    return name


def own(account, bucket, ownership):
    account.client("s3").put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})


def block(account, bucket, **settings):
    account.client("s3").put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=settings)


def put_raw(account, target, body, headers=None):
    md5 = base64.b64encode(hashlib.md5(body.encode()).digest()).decode()
    return signed(account.server, account.root, "s3", method="PUT", target=target, body=body.encode(),
                  headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD", "Content-MD5": md5, **(headers or {})})


def acl_of(s3, bucket, key=None, **more):
    answer = s3.get_object_acl(Bucket=bucket, Key=key, **more) if key else s3.get_bucket_acl(Bucket=bucket)
    return answer["Owner"], answer["Grants"]


def document(owner, *pairs):
    return {"Owner": {"ID": owner}, "Grants": grants(*pairs)}


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def other(other_account):
    return other_account.client("s3")


@pytest.fixture
def nobody(account):
    return account.client("s3", creds=None)


@pytest.fixture
def bucket(account):
    return open_bucket(account)


def may_list(s3, bucket):
    return [row["Key"] for row in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def may_read(s3, bucket, key, **more):
    return s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read()


# -- Kept and shown

def test_without_a_list_it_is_the_owners(account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    mine = ({"ID": canonical(account)}, grants((user(account), "FULL_CONTROL")))
    assert acl_of(s3, bucket) == mine
    assert acl_of(s3, bucket, "k") == mine


def test_canonical_ids_differ_and_last(account, other_account):
    assert canonical(account) == canonical(account) != canonical(other_account)
    assert len(canonical(account)) == 64 and int(canonical(account), 16) >= 0


CANNED = {
    "private": [], "public-read": [(ALL, "READ")], "public-read-write": [(ALL, "READ"), (ALL, "WRITE")],
    "authenticated-read": [(AUTHENTICATED, "READ")], "aws-exec-read": [(EC2, "READ")],
    "log-delivery-write": [(LOGS, "WRITE"), (LOGS, "READ_ACP")],
    "bucket-owner-read": [], "bucket-owner-full-control": [],
}


@pytest.mark.parametrize("canned", CANNED)
def test_canned_lists_of_buckets_and_objects(account, s3, bucket, canned):
    expected = grants((user(account), "FULL_CONTROL"), *CANNED[canned])
    s3.put_bucket_acl(Bucket=bucket, ACL=canned)
    assert acl_of(s3, bucket)[1] == expected
    s3.put_object(Bucket=bucket, Key="new", ACL=canned)
    s3.put_object(Bucket=bucket, Key="old")
    s3.put_object_acl(Bucket=bucket, Key="old", ACL=canned)
    assert acl_of(s3, bucket, "new")[1] == acl_of(s3, bucket, "old")[1] == expected
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    assert acl_of(s3, bucket)[1] == grants((user(account), "FULL_CONTROL"))


@pytest.mark.parametrize("canned, permission", [("bucket-owner-read", "READ"),
                                                ("bucket-owner-full-control", "FULL_CONTROL")])
def test_canned_lists_for_the_bucket_owner(account, other_account, s3, other, bucket, canned, permission):
    s3.put_bucket_acl(Bucket=bucket, GrantWrite=f"id={canonical(other_account)}")
    other.put_object(Bucket=bucket, Key="k", Body=b"theirs", ACL=canned)
    assert acl_of(other, bucket, "k") == (
        {"ID": canonical(other_account)},
        grants((user(other_account), "FULL_CONTROL"), (user(account), permission)))
    assert may_read(s3, bucket, "k") == b"theirs"


def test_grants_by_headers(account, other_account, s3, bucket):
    mine, theirs = canonical(account), canonical(other_account)
    s3.put_bucket_acl(Bucket=bucket, GrantFullControl=f'id="{mine}"', GrantWrite=f'uri="{LOGS["URI"]}", id="{theirs}"',
                      GrantRead=f'uri={ALL["URI"]} , ID = {theirs.upper()}', GrantReadACP=f'id={theirs}',
                      GrantWriteACP=f'id={theirs}')
    read = {"Type": "CanonicalUser", "ID": theirs}
    assert acl_of(s3, bucket)[1] == grants(
        (user(account), "FULL_CONTROL"), (ALL, "READ"), (read, "READ"), (read, "READ_ACP"), (LOGS, "WRITE"),
        (read, "WRITE"), (read, "WRITE_ACP"))


def test_the_owner_gets_only_what_is_granted_but_stays_the_owner(account, other_account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", GrantRead=f"id={canonical(other_account)}")
    assert acl_of(s3, bucket, "k")[1] == grants((user(other_account), "READ"))
    assert may_read(s3, bucket, "k") == b"x"
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="private")
    assert acl_of(s3, bucket, "k")[1] == grants((user(account), "FULL_CONTROL"))


def test_by_document(account, other_account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k")
    rows = [(user(account), "FULL_CONTROL"), (ALL, "READ"), (LOGS, "WRITE"), (user(other_account), "READ_ACP"),
            (AUTHENTICATED, "WRITE_ACP"), (EC2, "READ")]
    wanted = document(canonical(account), *rows)
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=wanted)
    s3.put_object_acl(Bucket=bucket, Key="k", AccessControlPolicy=wanted)
    assert acl_of(s3, bucket)[1] == acl_of(s3, bucket, "k")[1] == grants(*rows)


def test_a_hundred_grants(account, other_account, s3, bucket):
    rows = [(user(other_account), "READ")] * 100
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=document(canonical(account), *rows))
    assert len(acl_of(s3, bucket)[1]) == 100
    with refused("MalformedACLError", status=400):
        s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=document(canonical(account), *rows, (ALL, "READ")))
    with refused("MalformedACLError", status=400):
        s3.put_bucket_acl(Bucket=bucket, GrantRead=",".join([f"id={canonical(other_account)}"] * 60),
                          GrantWrite=",".join([f"id={canonical(other_account)}"] * 60))
    assert len(acl_of(s3, bucket)[1]) == 100


def test_lists_are_of_versions(account, s3, bucket, nobody):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"]
    s3.put_object_acl(Bucket=bucket, Key="k", VersionId=first, ACL="public-read")
    assert acl_of(s3, bucket, "k")[1] == acl_of(s3, bucket, "k", VersionId=second)[1]
    assert acl_of(s3, bucket, "k", VersionId=first)[1][1:] == grants((ALL, "READ"))
    assert may_read(nobody, bucket, "k", VersionId=first) == b"1"
    for more in ({}, {"VersionId": second}):
        with refused("AccessDenied", status=403):
            may_read(nobody, bucket, "k", **more)
    with refused("NoSuchVersion", status=404):
        s3.get_object_acl(Bucket=bucket, Key="k", VersionId=first[:-1] + ("A" if first[-1] != "A" else "B"))
    with refused("InvalidArgument", status=400):
        s3.get_object_acl(Bucket=bucket, Key="k", VersionId="nonsense")
    s3.delete_object(Bucket=bucket, Key="k")
    with refused("NoSuchKey", status=404):
        s3.get_object_acl(Bucket=bucket, Key="k")


# -- What is wrong

def test_not_there(account, s3, bucket):
    for call, more in ((s3.get_bucket_acl, {}), (s3.put_bucket_acl, {"ACL": "private"}),
                       (s3.get_object_acl, {"Key": "k"}), (s3.put_object_acl, {"Key": "k", "ACL": "private"})):
        with refused("NoSuchBucket", "The specified bucket does not exist", 404):
            call(Bucket=bucket + "-not", **more)
    for call, more in ((s3.get_object_acl, {}), (s3.put_object_acl, {"ACL": "private"})):
        with refused("NoSuchKey", "The specified key does not exist.", 404):
            call(Bucket=bucket, Key="k", **more)


def test_permissions_are_needed(account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k")
    s3.put_bucket_acl(Bucket=bucket, GrantFullControl=f"id={canonical(account)}")
    none = account.user().client("s3")
    version = {"Key": "k", "VersionId": "null"}
    for call, action, more in (
            (none.get_bucket_acl, "s3:GetBucketAcl", {}), (none.put_bucket_acl, "s3:PutBucketAcl", {"ACL": "private"}),
            (none.get_object_acl, "s3:GetObjectAcl", {"Key": "k"}),
            (none.get_object_acl, "s3:GetObjectVersionAcl", version),
            (none.put_object_acl, "s3:PutObjectAcl", {"Key": "k", "ACL": "private"}),
            (none.put_object_acl, "s3:PutObjectVersionAcl", {**version, "ACL": "private"})):
        with denied(action):
            call(Bucket=bucket, **more)
    puts = account.user(policy=policy("s3:PutObject")).client("s3")
    puts.put_object(Bucket=bucket, Key="mine")
    with denied("s3:PutObjectAcl"):
        puts.put_object(Bucket=bucket, Key="mine", ACL="private")


def test_canned_and_granted(s3, account, bucket):
    grant = {"GrantRead": f"id={canonical(account)}"}
    text = "Specifying both Canned ACLs and Header Grants is not allowed"
    for call in (lambda: s3.put_bucket_acl(Bucket=bucket, ACL="private", **grant),
                 lambda: s3.put_object(Bucket=bucket, Key="k", ACL="private", **grant),
                 lambda: s3.create_bucket(Bucket=bucket + "-2", ObjectOwnership="ObjectWriter", ACL="private",
                                          **grant)):
        with refused("InvalidRequest", text, 400):
            call()


def test_unknown_canned(account, s3, bucket):
    for canned in ("Private", "public", "public-read-"):
        answer = put_raw(account, f"/{bucket}?acl", "", {"x-amz-acl": canned})
        assert (answer.status, answer.code) == (400, "InvalidArgument"), answer
        assert f"<ArgumentName>x-amz-acl</ArgumentName><ArgumentValue>{canned}</ArgumentValue>" in answer.text
    with refused("InvalidArgument", status=400):
        s3.put_object(Bucket=bucket, Key="k", ACL="nonsense")


@pytest.mark.parametrize("text", ["nonsense", "id", "id=", 'id="', 'id=""', '="x"', 'who="x"', 'id="x" uri="y"'])
def test_grants_that_are_none(s3, bucket, text):
    with refused("InvalidArgument", "Argument format not recognized" if text != 'id="x" uri="y"' else None, 400):
        s3.put_bucket_acl(Bucket=bucket, GrantRead=text)


def test_grantees_that_are_none(account, s3, bucket):
    mine = canonical(account)
    wrong = mine[:-1] + ("0" if mine[-1] != "0" else "1")
    for who in ("0123", wrong, account.id, mine + "00"):
        with refused("InvalidArgument", "Invalid id", 400):
            s3.put_bucket_acl(Bucket=bucket, GrantRead=f'id="{who}"')
        with refused("InvalidArgument", "Invalid id", 400):
            s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=document(
                mine, ({"Type": "CanonicalUser", "ID": who}, "READ")))
    for uri in ("nonsense", GROUPS + "global/Everyone", ALL["URI"] + "/"):
        with refused("InvalidArgument", "Invalid group uri", 400):
            s3.put_object(Bucket=bucket, Key="k", GrantRead=f'uri="{uri}"')
        with refused("InvalidArgument", "Invalid group uri", 400):
            s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=document(
                mine, ({"Type": "Group", "URI": uri}, "READ")))
    with refused("MethodNotAllowed", status=405):
        s3.put_bucket_acl(Bucket=bucket, GrantRead='emailAddress="xyz@example.com"')
    with refused("MethodNotAllowed", status=405):
        s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=document(
            mine, ({"Type": "AmazonCustomerByEmail", "EmailAddress": "xyz@example.com"}, "READ")))
    assert acl_of(s3, bucket)[1] == grants((user(account), "FULL_CONTROL"))


GRANTEE = '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="%s">%s</Grantee>'
EVERYONE = GRANTEE % ("Group", f"<URI>{ALL['URI']}</URI>")
LIST = "<AccessControlList>%s</AccessControlList>"


@pytest.mark.parametrize("inner", [
    LIST % "",
    "<Owner></Owner>" + LIST % "",
    "OWNER",
    "OWNER" + LIST % f"<Grant>{EVERYONE}</Grant>",
    "OWNER" + LIST % f"<Grant>{EVERYONE}<Permission>EVERYTHING</Permission></Grant>",
    "OWNER" + LIST % "<Grant><Permission>READ</Permission></Grant>",
    "OWNER" + LIST % f"<Grant>{GRANTEE % ('Group', '<ID>x</ID>')}<Permission>READ</Permission></Grant>",
    "OWNER" + LIST % f"<Grant>{GRANTEE % ('Stranger', '<ID>x</ID>')}<Permission>READ</Permission></Grant>",
    "OWNER" + LIST % f"<Grant><Grantee><URI>{ALL['URI']}</URI></Grantee><Permission>READ</Permission></Grant>",
    "<Owner>",
])
def test_documents_that_are_none(account, s3, bucket, inner):
    s3.put_object(Bucket=bucket, Key="k")
    body = XML % inner.replace("OWNER", f"<Owner><ID>{canonical(account)}</ID></Owner>")
    for target in (f"/{bucket}?acl", f"/{bucket}/k?acl"):
        answer = put_raw(account, target, body)
        assert (answer.status, answer.code) == (400, "MalformedACLError"), answer
    assert acl_of(s3, bucket)[1] == acl_of(s3, bucket, "k")[1] == grants((user(account), "FULL_CONTROL"))


def test_body_and_headers(account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k")
    body = XML % (f"<Owner><ID>{canonical(account)}</ID></Owner>" + LIST % "")
    for target in (f"/{bucket}?acl", f"/{bucket}/k?acl"):
        answer = put_raw(account, target, body, {"x-amz-acl": "private"})
        assert (answer.status, answer.code) == (400, "UnexpectedContent")
        answer = put_raw(account, target, "")
        assert (answer.status, answer.code) == (400, "MissingSecurityHeader")
        assert answer.message == "Your request was missing a required header"
        assert "<MissingHeaderName>x-amz-acl</MissingHeaderName>" in answer.text
        assert put_raw(account, target, body).status == 200


def test_an_owner_cannot_be_changed(other_account, s3, bucket):
    with refused("AccessDenied", status=403):
        s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=document(canonical(other_account), (ALL, "READ")))


# -- Object ownership

def test_acls_are_disabled_by_default(account, other_account, s3):
    bucket = new_bucket(account)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k")
    mine = f"id={canonical(account)}"
    for given in ({"ACL": "private"}, {"ACL": "public-read"}, {"ACL": "bucket-owner-read"},
                  {"GrantRead": mine}, {"GrantFullControl": f"id={canonical(other_account)}"}):
        for call, more in ((s3.put_bucket_acl, {}), (s3.put_object_acl, {"Key": "k"}), (s3.put_object, {"Key": "k"})):
            with refused("AccessControlListNotSupported", "The bucket does not allow ACLs", 400):
                call(Bucket=bucket, **given, **more)
    with refused("AccessControlListNotSupported", status=400):
        s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=document(canonical(account), (ALL, "READ")))
    full = document(canonical(account), (user(account), "FULL_CONTROL"))
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=full)
    s3.put_object_acl(Bucket=bucket, Key="k", AccessControlPolicy=full)
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="bucket-owner-full-control")
    s3.put_object(Bucket=bucket, Key="k", ACL="bucket-owner-full-control")
    s3.put_object(Bucket=bucket, Key="k", GrantFullControl=mine)
    assert acl_of(s3, bucket)[1] == acl_of(s3, bucket, "k")[1] == grants((user(account), "FULL_CONTROL"))


def test_disabled_lists_are_asleep(account, other_account, s3, other, nobody, bucket):
    s3.put_bucket_acl(Bucket=bucket, GrantWrite=f"id={canonical(other_account)}")
    other.put_object(Bucket=bucket, Key="k", Body=b"theirs", ACL="public-read")
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    own(account, bucket, "BucketOwnerEnforced")
    assert may_read(s3, bucket, "k") == b"theirs"
    assert acl_of(s3, bucket, "k") == ({"ID": canonical(account)}, grants((user(account), "FULL_CONTROL")))
    assert s3.list_objects(Bucket=bucket)["Contents"][0]["Owner"]["ID"] == canonical(account)
    for client in (nobody, other):
        with refused("AccessDenied", status=403):
            may_read(client, bucket, "k")
    own(account, bucket, "ObjectWriter")
    assert may_read(nobody, bucket, "k") == may_read(other, bucket, "k") == b"theirs"
    assert s3.list_objects(Bucket=bucket)["Contents"][0]["Owner"]["ID"] == canonical(other_account)
    assert s3.list_object_versions(Bucket=bucket)["Versions"][0]["Owner"]["ID"] == canonical(other_account)


def test_a_bucket_that_is_shared_keeps_its_list(account, s3, bucket):
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    with refused("InvalidBucketAclWithObjectOwnership", status=400):
        own(account, bucket, "BucketOwnerEnforced")


def test_new_buckets(account, other_account, s3, bucket):
    for given in ({"ACL": "public-read"}, {"ACL": "authenticated-read"}, {"ACL": "log-delivery-write"},
                  {"GrantRead": f"id={canonical(other_account)}"}):
        with refused("InvalidBucketAclWithObjectOwnership",
                     "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting", 400):
            s3.create_bucket(Bucket=bucket + "-new", **given)
    for given in ({"ACL": "public-read"}, {"GrantRead": f"uri={AUTHENTICATED['URI']}"}):
        with refused("InvalidBucketAclWithBlockPublicAccessError",
                     "Bucket cannot have public ACLs set with BlockPublicAccess enabled", 400):
            s3.create_bucket(Bucket=bucket + "-new", ObjectOwnership="ObjectWriter", **given)
    s3.create_bucket(Bucket=bucket + "-new", ACL="private")
    assert acl_of(s3, bucket + "-new")[1] == grants((user(account), "FULL_CONTROL"))
    s3.create_bucket(Bucket=bucket + "-logs", ObjectOwnership="BucketOwnerPreferred", ACL="log-delivery-write")
    assert acl_of(s3, bucket + "-logs")[1][1:] == grants((LOGS, "WRITE"), (LOGS, "READ_ACP"))


@pytest.mark.parametrize("ownership, canned, owner", [
    ("ObjectWriter", None, "other"), ("ObjectWriter", "bucket-owner-full-control", "other"),
    ("BucketOwnerPreferred", None, "other"), ("BucketOwnerPreferred", "bucket-owner-read", "other"),
    ("BucketOwnerPreferred", "bucket-owner-full-control", "bucket")])
def test_who_owns_a_new_object(account, other_account, s3, other, ownership, canned, owner):
    bucket = open_bucket(account, ownership)
    s3.put_bucket_acl(Bucket=bucket, GrantWrite=f"id={canonical(other_account)}")
    other.put_object(Bucket=bucket, Key="k", Body=b"x", **({"ACL": canned} if canned else {}))
    owned = s3.list_objects(Bucket=bucket)["Contents"][0]["Owner"]["ID"]
    assert owned == canonical({"bucket": account, "other": other_account}[owner])
    if owner == "bucket":
        assert acl_of(s3, bucket, "k")[1] == grants((user(account), "FULL_CONTROL"))
        assert may_read(s3, bucket, "k") == b"x"
        with refused("AccessDenied", status=403):
            may_read(other, bucket, "k")
    else:
        assert may_read(other, bucket, "k") == b"x"
        other.put_object_acl(Bucket=bucket, Key="k", ACL="private")
        with refused("AccessDenied", status=403):
            may_read(s3, bucket, "k")
        with refused("AccessDenied", status=403):
            s3.get_object_acl(Bucket=bucket, Key="k")
    s3.delete_object(Bucket=bucket, Key="k")
    assert may_list(s3, bucket) == []


# -- Block Public Access

def test_public_lists_are_blocked(account, other_account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k")
    block(account, bucket, BlockPublicAcls=True)
    why = (" because public access control lists (ACLs) are blocked by the BlockPublicAcls block public access "
           "setting.")
    root = f"User: {account.arn('root', 'iam')} is not authorized to perform: "
    for given in ({"ACL": "public-read"}, {"ACL": "public-read-write"}, {"ACL": "authenticated-read"},
                  {"GrantReadACP": f"uri={ALL['URI']}"}):
        with refused("AccessDenied", f'{root}s3:PutBucketAcl on resource: "arn:aws:s3:::{bucket}"{why}', 403):
            s3.put_bucket_acl(Bucket=bucket, **given)
        with refused("AccessDenied", f'{root}s3:PutObjectAcl on resource: "arn:aws:s3:::{bucket}/k"{why}', 403):
            s3.put_object_acl(Bucket=bucket, Key="k", **given)
        with refused("AccessDenied", f'{root}s3:PutObject on resource: "arn:aws:s3:::{bucket}/n"{why}', 403):
            s3.put_object(Bucket=bucket, Key="n", **given)
    with refused("AccessDenied", status=403):
        s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=document(canonical(account), (ALL, "READ")))
    s3.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")
    s3.put_object(Bucket=bucket, Key="k", GrantRead=f"id={canonical(other_account)}")


def test_public_lists_are_ignored(account, other_account, s3, other, nobody, bucket):
    s3.put_bucket_acl(Bucket=bucket, GrantRead=f"uri={ALL['URI']}, id={canonical(other_account)}")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="public-read")
    assert may_read(nobody, bucket, "k") == b"x" and may_list(nobody, bucket) == ["k"]
    block(account, bucket, IgnorePublicAcls=True)
    for call in (lambda: may_read(nobody, bucket, "k"), lambda: may_list(nobody, bucket),
                 lambda: may_read(other, bucket, "k")):
        with refused("AccessDenied", status=403):
            call()
    assert may_list(other, bucket) == ["k"]
    assert acl_of(s3, bucket)[1] == grants((user(other_account), "READ"))
    assert acl_of(s3, bucket, "k")[1] == grants((user(account), "FULL_CONTROL"))
    s3.put_object(Bucket=bucket, Key="k2", ACL="public-read")
    s3.delete_public_access_block(Bucket=bucket)
    assert may_read(nobody, bucket, "k") == b"x" and may_list(nobody, bucket) == ["k", "k2"]
    assert may_read(nobody, bucket, "k2") == b""


# -- What lists allow

def test_everyone_may_list(account, s3, other, nobody, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for client in (nobody, other, account.user().client("s3")):
        with refused("AccessDenied", status=403):
            may_list(client, bucket)
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    for client in (nobody, other, account.user().client("s3")):
        assert may_list(client, bucket) == ["k"]
        assert client.list_object_versions(Bucket=bucket)["Versions"][0]["Key"] == "k"
    for client in (nobody, other):
        for call, more in ((client.get_object, {"Key": "k"}), (client.put_object, {"Key": "n"}),
                           (client.get_bucket_acl, {}), (client.get_bucket_location, {}),
                           (client.put_bucket_acl, {"ACL": "private"}), (client.delete_object, {"Key": "k"})):
            with refused("AccessDenied", status=403):
                call(Bucket=bucket, **more)


def test_whoever_may_list_learns_what_is_not_there(s3, other, nobody, bucket):
    s3.put_bucket_acl(Bucket=bucket, GrantRead=f"uri={ALL['URI']}")
    for client in (nobody, other):
        with refused("NoSuchKey", status=404):
            may_read(client, bucket, "k")
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    for client in (nobody, other):
        with refused("AccessDenied", status=403):
            may_read(client, bucket, "k")


def test_everyone_may_read(account, other_account, s3, other, nobody, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="public-read")
    raw = send(account.server, "GET", f"/{bucket}/k")
    assert (raw.status, raw.body) == (200, b"x")
    for client in (nobody, other, account.user().client("s3")):
        assert may_read(client, bucket, "k") == b"x"
        assert client.head_object(Bucket=bucket, Key="k")["ContentLength"] == 1
    for client in (nobody, other):
        for call, more in ((client.get_object_acl, {}), (client.put_object_acl, {"ACL": "private"}),
                           (client.put_object, {}), (client.delete_object, {})):
            with refused("AccessDenied", status=403):
                call(Bucket=bucket, Key="k", **more)
    s3.put_object(Bucket=bucket, Key="k", Body=b"y")
    with refused("AccessDenied", status=403):
        may_read(nobody, bucket, "k")


def test_users_of_other_accounts_need_their_own_accounts_word(other_account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="all", Body=b"x", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="signed", Body=b"x", ACL="authenticated-read")
    s3.put_object(Bucket=bucket, Key="id", Body=b"x", GrantRead=f"id={canonical(other_account)}")
    s3.put_object(Bucket=bucket, Key="none", Body=b"x")
    none = other_account.user().client("s3")
    some = other_account.user(policy=policy("s3:GetObject")).client("s3")
    for key in ("all", "signed", "id"):
        with refused("AccessDenied", status=403):
            may_read(none, bucket, key)
        assert may_read(some, bucket, key) == b"x"
    with refused("AccessDenied", status=403):
        may_read(some, bucket, "none")


def test_every_account_may_but_nobody_unsigned(account, s3, other, nobody, bucket):
    s3.put_bucket_acl(Bucket=bucket, ACL="authenticated-read")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="authenticated-read")
    assert may_list(other, bucket) == ["k"] and may_read(other, bucket, "k") == b"x"
    for call in (lambda: may_list(nobody, bucket), lambda: may_read(nobody, bucket, "k")):
        with refused("AccessDenied", status=403):
            call()
    with refused("AccessDenied", status=403):
        may_read(account.user().client("s3"), bucket, "k")


BUCKET_CALLS = {
    "list": ("READ", lambda s3, bucket: s3.list_objects(Bucket=bucket)),
    "versions": ("READ", lambda s3, bucket: s3.list_object_versions(Bucket=bucket)),
    "head": ("READ", lambda s3, bucket: s3.head_bucket(Bucket=bucket)),
    "put": ("WRITE", lambda s3, bucket: s3.put_object(Bucket=bucket, Key="n")),
    "delete": ("WRITE", lambda s3, bucket: s3.delete_object(Bucket=bucket, Key="n")),
    "get acl": ("READ_ACP", lambda s3, bucket: s3.get_bucket_acl(Bucket=bucket)),
    "put acl": ("WRITE_ACP", lambda s3, bucket: s3.put_bucket_acl(Bucket=bucket, ACL="private")),
    "location": (None, lambda s3, bucket: s3.get_bucket_location(Bucket=bucket)),
    "versioning": (None, lambda s3, bucket: s3.get_bucket_versioning(Bucket=bucket)),
    "remove": (None, lambda s3, bucket: s3.delete_bucket(Bucket=bucket)),
}
OBJECT_CALLS = {
    "get": ("READ", lambda s3, bucket: s3.get_object(Bucket=bucket, Key="k")),
    "head": ("READ", lambda s3, bucket: s3.head_object(Bucket=bucket, Key="k")),
    "get version": ("READ", lambda s3, bucket: s3.get_object(Bucket=bucket, Key="k", VersionId="null")),
    "get acl": ("READ_ACP", lambda s3, bucket: s3.get_object_acl(Bucket=bucket, Key="k")),
    "get version acl": ("READ_ACP", lambda s3, bucket: s3.get_object_acl(Bucket=bucket, Key="k", VersionId="null")),
    "put acl": ("WRITE_ACP", lambda s3, bucket: s3.put_object_acl(Bucket=bucket, Key="k", ACL="private")),
    "put": (None, lambda s3, bucket: s3.put_object(Bucket=bucket, Key="k")),
    "delete": (None, lambda s3, bucket: s3.delete_object(Bucket=bucket, Key="k")),
}
HEADERS = {"READ": "GrantRead", "WRITE": "GrantWrite", "READ_ACP": "GrantReadACP", "WRITE_ACP": "GrantWriteACP",
           "FULL_CONTROL": "GrantFullControl"}


def check_calls(calls, permission, share, client, bucket):
    """share() grants the permission anew before each call, for some of them take it away."""
    for name, (needs, call) in calls.items():
        share()
        if needs is not None and permission in (needs, "FULL_CONTROL"):
            call(client, bucket)
        else:
            with refused("403" if name == "head" else "AccessDenied", status=403):
                call(client, bucket)


@pytest.mark.parametrize("permission", HEADERS)
@pytest.mark.parametrize("who", ["account", "everyone"])
def test_permissions_on_a_bucket(account, other_account, s3, other, nobody, bucket, permission, who):
    grantee = f"id={canonical(other_account)}" if who == "account" else f"uri={ALL['URI']}"
    s3.put_object(Bucket=bucket, Key="k")
    check_calls(BUCKET_CALLS, permission, lambda: s3.put_bucket_acl(Bucket=bucket, **{HEADERS[permission]: grantee}),
                other if who == "account" else nobody, bucket)


@pytest.mark.parametrize("permission", HEADERS)
@pytest.mark.parametrize("who", ["account", "everyone"])
def test_permissions_on_an_object(account, other_account, s3, other, nobody, bucket, permission, who):
    grantee = f"id={canonical(other_account)}" if who == "account" else f"uri={ALL['URI']}"

    def share():
        s3.put_object(Bucket=bucket, Key="k")
        s3.put_object_acl(Bucket=bucket, Key="k", **{HEADERS[permission]: grantee})

    check_calls(OBJECT_CALLS, permission, share, other if who == "account" else nobody, bucket)


def test_a_grant_is_to_the_account_alone(account, other_account, s3, nobody, home, server, bucket):
    third = type(account).create(server, home)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", GrantRead=f"id={canonical(other_account)}")
    for client in (nobody, third.client("s3"), account.user(policy=policy("s3:List*")).client("s3")):
        with refused("AccessDenied", status=403):
            may_read(client, bucket, "k")


def test_write_adds_but_does_not_replace(account, other_account, s3, other, nobody, bucket):
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    s3.put_object(Bucket=bucket, Key="mine", Body=b"m")
    for client in (other, nobody):
        with refused("AccessDenied", status=403):
            client.put_object(Bucket=bucket, Key="mine", Body=b"!")
        with refused("AccessDenied", status=403):
            client.delete_object(Bucket=bucket, Key="mine")
    assert may_read(s3, bucket, "mine") == b"m"
    other.put_object(Bucket=bucket, Key="theirs", Body=b"1")
    other.put_object(Bucket=bucket, Key="theirs", Body=b"2")
    assert may_read(other, bucket, "theirs") == b"2"
    with refused("AccessDenied", status=403):
        nobody.delete_object(Bucket=bucket, Key="theirs")
    other.delete_object(Bucket=bucket, Key="theirs")
    assert may_list(s3, bucket) == ["mine"]


def test_objects_of_nobody(account, s3, other, nobody, bucket):
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    nobody.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert s3.list_objects(Bucket=bucket)["Contents"][0]["Owner"]["ID"] == ANONYMOUS
    for client in (s3, other):
        with refused("AccessDenied", status=403):
            may_read(client, bucket, "k")
    nobody.put_object(Bucket=bucket, Key="k", Body=b"2", ACL="public-read")
    with refused("AccessDenied", status=403):
        nobody.get_object_acl(Bucket=bucket, Key="k")
    assert may_read(s3, bucket, "k") == may_read(other, bucket, "k") == b"2"
    s3.delete_object(Bucket=bucket, Key="k")


def test_a_writer_shares_only_what_its_account_lets_it(account, other_account, s3, bucket):
    s3.put_bucket_acl(Bucket=bucket, GrantWrite=f"id={canonical(other_account)}")
    puts = other_account.user(policy=policy("s3:PutObject")).client("s3")
    puts.put_object(Bucket=bucket, Key="k")
    with refused("AccessDenied", status=403):
        puts.put_object(Bucket=bucket, Key="k", ACL="public-read")
    both = other_account.user(policy=policy(["s3:PutObject", "s3:PutObjectAcl"])).client("s3")
    both.put_object(Bucket=bucket, Key="k", ACL="public-read")
    assert acl_of(other_account.client("s3"), bucket, "k")[1][1:] == grants((ALL, "READ"))


def test_users_of_the_object_owner_need_no_list(other_account, s3, other, bucket):
    s3.put_bucket_acl(Bucket=bucket, GrantWrite=f"id={canonical(other_account)}")
    other.put_object(Bucket=bucket, Key="k", Body=b"x")
    reader = other_account.user(policy=policy("s3:GetObject")).client("s3")
    assert may_read(reader, bucket, "k") == b"x"
    with refused("AccessDenied", status=403):
        may_read(other_account.user().client("s3"), bucket, "k")


def test_copies_are_read_by_the_source_and_listed_anew(account, other_account, s3, other, nobody, bucket):
    s3.put_object(Bucket=bucket, Key="shared", Body=b"s", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="mine", Body=b"m")
    target = open_bucket(other_account)
    with refused("AccessDenied", status=403):
        other.copy_object(Bucket=target, Key="k", CopySource=f"{bucket}/mine")
    other.copy_object(Bucket=target, Key="k", CopySource=f"{bucket}/shared")
    assert acl_of(other, target, "k") == ({"ID": canonical(other_account)},
                                          grants((user(other_account), "FULL_CONTROL")))
    with refused("AccessDenied", status=403):
        may_read(nobody, target, "k")
    other.copy_object(Bucket=target, Key="k", CopySource=f"{bucket}/shared", ACL="public-read")
    assert may_read(nobody, target, "k") == b"s"
    with refused("AccessDenied", status=403):
        nobody.copy_object(Bucket=target, Key="n", CopySource=f"{bucket}/shared")


# -- Beside the bucket's policy

def test_the_policy_only_denies_objects_of_others(account, other_account, s3, other, nobody, bucket):
    s3.put_bucket_acl(Bucket=bucket, GrantWrite=f"id={canonical(other_account)}")
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(grant("*", "s3:GetObject", f"{bucket}/*")))
    s3.put_object(Bucket=bucket, Key="mine", Body=b"m")
    other.put_object(Bucket=bucket, Key="theirs", Body=b"t")
    other.put_object(Bucket=bucket, Key="shared", Body=b"s", ACL="public-read")
    assert may_read(nobody, bucket, "mine") == b"m" and may_read(nobody, bucket, "shared") == b"s"
    for client in (nobody, s3, account.user(policy=policy("s3:*")).client("s3")):
        with refused("AccessDenied", status=403):
            may_read(client, bucket, "theirs")
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(
        grant("*", "s3:GetObject", f"{bucket}/*", effect="Deny")))
    for client in (nobody, other, s3):
        for key in ("mine", "theirs", "shared"):
            with refused("AccessDenied", status=403):
                may_read(client, bucket, key)


def test_a_deny_is_above_every_list(account, s3, nobody, bucket):
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(
        grant("*", ["s3:ListBucket", "s3:PutObject"], [bucket, f"{bucket}/*"], effect="Deny")))
    for call in (lambda: may_list(nobody, bucket), lambda: nobody.put_object(Bucket=bucket, Key="k")):
        with refused("AccessDenied", status=403):
            call()
    assert nobody.list_object_versions(Bucket=bucket)["Name"] == bucket


def test_a_policy_may_demand_a_list(account, other_account, s3, other):
    """The user guide's own example lets PutObject in alone."""
    bucket = open_bucket(account, "BucketOwnerPreferred")
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(grant(
        other_account.arn("root", "iam"), "s3:PutObject", f"{bucket}/*",
        Condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}})))
    for given in ({}, {"ACL": "public-read"}):
        with refused("AccessDenied", status=403):
            other.put_object(Bucket=bucket, Key="k", **given)
    other.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="bucket-owner-full-control")
    assert may_read(s3, bucket, "k") == b"x"
    own(account, bucket, "BucketOwnerEnforced")
    other.put_object(Bucket=bucket, Key="k", Body=b"y", ACL="bucket-owner-full-control")
    assert may_read(s3, bucket, "k") == b"y"


def test_restricted_buckets_are_the_accounts_alone(account, other_account, s3, other, nobody, bucket):
    s3.put_bucket_acl(Bucket=bucket, GrantRead=f"id={canonical(other_account)}, uri={ALL['URI']}",
                      GrantWrite=f"id={canonical(other_account)}")
    other.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="public-read")
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(grant("*", "s3:GetBucketLocation", bucket)))
    block(account, bucket, RestrictPublicBuckets=True)
    for client in (other, nobody):
        for call in (lambda c: may_list(c, bucket), lambda c: may_read(c, bucket, "k"),
                     lambda c: c.get_bucket_location(Bucket=bucket), lambda c: c.put_object(Bucket=bucket, Key="k")):
            with refused("AccessDenied", status=403):
                call(client)
    assert may_list(s3, bucket) == ["k"] and may_read(s3, bucket, "k") == b"x"


def test_a_denial_shows_the_list(account, other_account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", ACL="authenticated-read")
    answer = send(account.server, "GET", f"/{bucket}/k")
    assert answer.status == 403
    trace = account.server.merlon("explain", answer.headers["x-amz-request-id"]).stdout
    assert "AuthenticatedUsers" in trace
