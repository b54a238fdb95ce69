"""Tags of objects and their versions, and the condition keys that speak of them."""
import pytest

from harness.account import policy, statement
from harness.objects import content_md5, make_bucket, s3_request, tag_set, tags_of
from harness.refusals import denied, refused


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    return make_bucket(account)


@pytest.fixture
def versioned(account):
    name = make_bucket(account)
    account.client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


# -- Put, told, taken off

def test_put_as_a_whole(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", Tagging="a=1&b=two%20words&c=")
    assert tags_of(s3, bucket, "key") == {"a": "1", "b": "two words", "c": ""}
    before = s3.head_object(Bucket=bucket, Key="key")
    answer = s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=tag_set(d="4"))
    assert "VersionId" not in answer and answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert tags_of(s3, bucket, "key") == {"d": "4"}
    assert s3.get_object(Bucket=bucket, Key="key")["TagCount"] == 1
    after = s3.head_object(Bucket=bucket, Key="key")
    assert (after["ETag"], after["LastModified"]) == (before["ETag"], before["LastModified"])
    assert s3.delete_object_tagging(Bucket=bucket, Key="key")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert tags_of(s3, bucket, "key") == {}
    s3.delete_object_tagging(Bucket=bucket, Key="key")
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging={"TagSet": []})
    answer = s3.get_object(Bucket=bucket, Key="key")
    assert "TagCount" not in answer and answer["Body"].read() == b"x"


def test_an_overwritten_object_has_tags_of_its_own(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", Tagging="a=1")
    s3.put_object(Bucket=bucket, Key="key", Body=b"y")
    assert tags_of(s3, bucket, "key") == {}


def test_each_version_has_its_own(s3, versioned):
    one = s3.put_object(Bucket=versioned, Key="key", Body=b"1", Tagging="n=1")["VersionId"]
    two = s3.put_object(Bucket=versioned, Key="key", Body=b"2")["VersionId"]
    assert s3.put_object_tagging(Bucket=versioned, Key="key", Tagging=tag_set(n="2"))["VersionId"] == two
    assert s3.get_object_tagging(Bucket=versioned, Key="key")["VersionId"] == two
    old = s3.get_object_tagging(Bucket=versioned, Key="key", VersionId=one)
    assert old["VersionId"] == one and old["TagSet"] == [{"Key": "n", "Value": "1"}]
    s3.put_object_tagging(Bucket=versioned, Key="key", VersionId=one, Tagging=tag_set(n="old"))
    assert (tags_of(s3, versioned, "key"), tags_of(s3, versioned, "key", VersionId=one)) == ({"n": "2"}, {"n": "old"})
    assert s3.delete_object_tagging(Bucket=versioned, Key="key", VersionId=one)["VersionId"] == one
    assert (tags_of(s3, versioned, "key"), tags_of(s3, versioned, "key", VersionId=one)) == ({"n": "2"}, {})
    assert s3.get_object(Bucket=versioned, Key="key", VersionId=one)["Body"].read() == b"1"


def test_the_longest_and_the_oddest(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    odd = {"k" * 128: "v" * 256, "鍵" * 128: "ß" * 256, "+ - = . _ : / @": " ", "AWS": "aws:x", "a": "", "A": "1"}
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=tag_set(**odd))
    assert tags_of(s3, bucket, "key") == odd


# -- Refusals

@pytest.mark.parametrize("tags, code, text", [
    ([{"Key": str(n), "Value": ""} for n in range(11)], "BadRequest", "Object tags cannot be greater than 10"),
    ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "InvalidTag",
     "Cannot provide multiple Tags with the same key"),
    ([{"Key": "k" * 129, "Value": ""}], "InvalidTag", "The TagKey you have provided is invalid"),
    ([{"Key": "k", "Value": "v" * 257}], "InvalidTag", "The TagValue you have provided is invalid"),
    ([{"Key": "aws:k", "Value": "v"}], "InvalidTag", "System tags cannot be added/updated by requester"),
])
def test_tags_out_of_bounds(s3, bucket, tags, code, text):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", Tagging="a=1")
    with refused(code, text, 400):
        s3.put_object_tagging(Bucket=bucket, Key="key", Tagging={"TagSet": tags})
    assert tags_of(s3, bucket, "key") == {"a": "1"}


@pytest.mark.parametrize("body", [b"", b"<Tagging/>", b"<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
                                  b"<Tagging><TagSet><Tag><Value>a</Value></Tag></TagSet></Tagging>", b"<Tagging>", b"x"])
def test_documents_that_are_none(account, s3, bucket, body):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    answer = s3_request(account, "PUT", f"/{bucket}/key?tagging", {"Content-MD5": content_md5(body)}, body)
    assert answer.status == 400 and answer.code in ("MalformedXML", "MissingRequestBodyError"), answer


@pytest.mark.parametrize("header", ["a=%zz", "a=1&a=2", "=1", "%ff=1", "&".join(f"k{n}=" for n in range(11)),
                                    "aws:a=1", "k" * 129 + "=1"])
def test_headers_out_of_bounds(account, s3, bucket, header):
    answer = s3_request(account, "PUT", f"/{bucket}/key", {"x-amz-tagging": header}, b"x")
    assert answer.status == 400 and answer.code in ("InvalidArgument", "InvalidTag", "BadRequest"), answer
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="key")


def test_what_is_not_there(s3, bucket, versioned):
    calls = (lambda **more: s3.get_object_tagging(**more), lambda **more: s3.delete_object_tagging(**more),
             lambda **more: s3.put_object_tagging(Tagging=tag_set(a="1"), **more))
    version = s3.put_object(Bucket=versioned, Key="key", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="key")["VersionId"]
    for call in calls:
        with refused("NoSuchKey", "The specified key does not exist.", 404):
            call(Bucket=bucket, Key="none")
        with refused("NoSuchBucket", "The specified bucket does not exist", 404):
            call(Bucket=f"{bucket}-none", Key="none")
        with refused("NoSuchVersion", "The specified version does not exist.", 404):
            call(Bucket=versioned, Key="other", VersionId=version)
        with refused("InvalidArgument", "Invalid version id specified", 400):
            call(Bucket=versioned, Key="key", VersionId="x")
        with refused("NoSuchKey", status=404):
            call(Bucket=versioned, Key="key")
        with refused("MethodNotAllowed", status=405):
            call(Bucket=versioned, Key="key", VersionId=marker)


# -- Permissions

def test_versions_have_actions_of_their_own(account, s3, versioned):
    version = s3.put_object(Bucket=versioned, Key="key", Body=b"1")["VersionId"]
    plain = ["s3:GetObjectTagging", "s3:PutObjectTagging", "s3:DeleteObjectTagging"]
    of_versions = [action.replace("Object", "ObjectVersion") for action in plain]
    user = account.user()
    client = user.client("s3")
    calls = (lambda **more: client.get_object_tagging(Bucket=versioned, Key="key", **more),
             lambda **more: client.put_object_tagging(Bucket=versioned, Key="key", Tagging=tag_set(a="1"), **more),
             lambda **more: client.delete_object_tagging(Bucket=versioned, Key="key", **more))
    for call, action, of_version in zip(calls, plain, of_versions):
        user.put_policy(policy([one for one in plain + of_versions if one != action]))
        call(VersionId=version)
        with denied(action, f"arn:aws:s3:::{versioned}/key"):
            call()
        user.put_policy(policy([one for one in plain + of_versions if one != of_version]))
        call()
        with denied(of_version, f"arn:aws:s3:::{versioned}/key"):
            call(VersionId=version)


def test_putting_tags_with_an_object_needs_both(account, bucket):
    user = account.user(policy=policy("s3:PutObject"))
    with denied("s3:PutObjectTagging"):
        user.client("s3").put_object(Bucket=bucket, Key="key", Body=b"x", Tagging="a=1")


def test_other_accounts_and_strangers(other_account, server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", Tagging="a=1")
    with refused("AccessDenied", status=403):
        other_account.client("s3").get_object_tagging(Bucket=bucket, Key="key")
    with refused("AccessDenied", status=403):
        other_account.client("s3", creds=None).get_object_tagging(Bucket=bucket, Key="key")


# -- Condition keys

def test_existing_tags_decide_who_reads(account, s3, versioned):
    red = s3.put_object(Bucket=versioned, Key="key", Body=b"red", Tagging="Colour=red")["VersionId"]
    blue = s3.put_object(Bucket=versioned, Key="key", Body=b"blue", Tagging="Colour=blue")["VersionId"]
    user = account.user(policy=policy(statement(
        ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:PutObject", "s3:DeleteObject"],
        Condition={"StringEquals": {"s3:ExistingObjectTag/colour": "red"}})))
    client = user.client("s3")
    assert client.get_object(Bucket=versioned, Key="key", VersionId=red)["Body"].read() == b"red"
    with denied("s3:GetObjectVersion"):
        client.get_object(Bucket=versioned, Key="key", VersionId=blue)
    with denied("s3:GetObject"):
        client.get_object(Bucket=versioned, Key="key")
    with denied("s3:GetObjectTagging"):
        client.get_object_tagging(Bucket=versioned, Key="key")
    s3.put_object_tagging(Bucket=versioned, Key="key", Tagging=tag_set(Colour="red"))
    assert client.get_object(Bucket=versioned, Key="key")["Body"].read() == b"blue"
    with denied("s3:PutObject"):
        client.put_object(Bucket=versioned, Key="key", Body=b"x")
    with denied("s3:DeleteObject"):
        client.delete_object(Bucket=versioned, Key="key")
    with denied("s3:GetObject"):
        client.get_object(Bucket=versioned, Key="none")


def test_existing_tags_of_the_source_of_a_copy(account, s3, bucket):
    for key, colour in (("one", "red"), ("two", "blue")):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x", Tagging=f"colour={colour}")
    user = account.user(policy=policy("s3:PutObject", statement(
        "s3:GetObject", Condition={"StringEquals": {"s3:ExistingObjectTag/colour": "red"}})))
    copy = user.client("s3").copy_object
    copy(Bucket=bucket, Key="to", CopySource=f"{bucket}/one", TaggingDirective="REPLACE")
    with denied("s3:GetObject"):
        copy(Bucket=bucket, Key="to", CopySource=f"{bucket}/two", TaggingDirective="REPLACE")


def test_tags_of_the_request(account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=b"x")
    user = account.user(policy=policy("s3:*", statement(
        ["s3:PutObject", "s3:PutObjectTagging"], "Deny",
        Condition={"StringNotEquals": {"s3:RequestObjectTag/Project": "X"}})))
    client = user.client("s3")
    client.put_object(Bucket=bucket, Key="key", Body=b"x", Tagging="Project=X&other=1")
    client.put_object_tagging(Bucket=bucket, Key="key", Tagging=tag_set(Project="X"))
    client.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/from", TaggingDirective="REPLACE",
                       Tagging="Project=X")
    with denied("s3:PutObject"):
        client.put_object(Bucket=bucket, Key="key", Body=b"x", Tagging="Project=Y")
    with denied("s3:PutObject"):
        client.put_object(Bucket=bucket, Key="key", Body=b"x")
    with denied("s3:PutObjectTagging"):
        client.put_object_tagging(Bucket=bucket, Key="key", Tagging=tag_set(Other="X"))
    for more in ({"TaggingDirective": "REPLACE", "Tagging": "Project=Y"}, {"Tagging": "Project=X"}):
        with denied("s3:PutObject"):
            client.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/from", **more)
    assert tags_of(s3, bucket, "copy") == {"Project": "X"}


def test_tag_keys_of_the_request(account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    user = account.user(policy=policy("s3:PutObject", statement("s3:PutObjectTagging", Condition={
        "ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["Owner", "Project"]}})))
    client = user.client("s3")
    client.put_object_tagging(Bucket=bucket, Key="key", Tagging=tag_set(Owner="1", Project="2"))
    client.put_object(Bucket=bucket, Key="other", Body=b"x", Tagging="Owner=1")
    with denied("s3:PutObjectTagging"):
        client.put_object_tagging(Bucket=bucket, Key="key", Tagging=tag_set(Owner="1", Secret="2"))
    with denied("s3:PutObjectTagging"):
        client.put_object(Bucket=bucket, Key="other", Body=b"x", Tagging="Owner=1&Secret=2")


def test_operations_that_create_objects(account, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html"""
    user = account.user(policy=policy("s3:PutObject", statement("s3:PutObject", "Deny", Condition={
        "Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}})))
    with denied("s3:PutObject"):
        user.client("s3").put_object(Bucket=bucket, Key="key", Body=b"x")
    answer = s3_request(account, "PUT", f"/{bucket}/key", {"If-None-Match": "*"}, b"x", creds=user.creds)
    assert answer.status == 200, answer


@pytest.mark.parametrize("prefix", ["", "/"])
def test_the_source_of_a_copy_however_it_is_written(account, s3, bucket, prefix):
    for key in ("open", "secret"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    user = account.user(policy=policy("s3:*", statement("s3:PutObject", "Deny", Condition={
        "StringLike": {"s3:x-amz-copy-source": f"{bucket}/secret*"}})))
    for source, status in (("open", 200), ("secret", 403), ("%73ecret", 403), ("s%65cret", 403)):
        answer = s3_request(account, "PUT", f"/{bucket}/to", {"x-amz-copy-source": f"{prefix}{bucket}/{source}"},
                            creds=user.creds)
        assert answer.status == status, answer


def test_parts_go_by_what_their_upload_was_begun_with(account, bucket):
    user = account.user(policy=policy("s3:*", statement("s3:PutObject", "Deny", Condition={
        "StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256", "s3:x-amz-storage-class": "STANDARD_IA"}})))
    client = user.client("s3")
    with denied("s3:PutObject"):
        client.create_multipart_upload(Bucket=bucket, Key="key")
    upload = {"Bucket": bucket, "Key": "key"}
    upload["UploadId"] = client.create_multipart_upload(**upload, ServerSideEncryption="AES256",
                                                        StorageClass="STANDARD_IA")["UploadId"]
    etag = client.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    client.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    with denied("s3:PutObject"):
        client.upload_part(**upload, PartNumber=1, Body=b"x")
