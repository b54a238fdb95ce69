"""Buckets through access points: what works, by which names, and who may.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-access-points.html"""
import json
import os
from urllib.parse import urlsplit

import pytest

from harness import raw
from harness.account import Account, policy, statement
from harness.buckets import anonymous, bucket_policy, grant, new_bucket
from harness.forms import post, presigned_post
from harness.names import control, local_client
from harness.points import OFF, Point, delegate, through
from harness.refusals import OF_CIPHERTEXT, denied, refused

LONG = os.urandom(300_000)


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    return new_bucket(account)


@pytest.fixture
def point(account, bucket):
    return Point(account, bucket)


def put_policy(s3, bucket, *statements):
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(*statements))


def is_denied():
    return refused("AccessDenied", status=403)


def read(client, name, key="k"):
    return client.get_object(Bucket=name, Key=key)["Body"].read()


def tag(point, **tags):
    """Below boto3, which does not know tags of access points yet."""
    items = "".join(f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in tags.items())
    body = (f'<TagResourceRequest xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Tags>{items}</Tags>'
            "</TagResourceRequest>").encode()
    answer = raw.signed(point.account.server, point.account.root, "s3", body, {
        "x-amz-account-id": point.account.id, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, "POST",
        "/v20180820/tags/" + point.arn.replace(":", "%3A"))
    assert answer.status == 204, answer.text


# -- By which names

WAYS = {"arn": lambda a, p: (through(a), p.arn),
        "arn on an address": lambda a, p: (through(a, host="127.0.0.1"), p.arn),
        "arn with a colon": lambda a, p: (through(a), p.arn.replace("accesspoint/", "accesspoint:")),
        "alias": lambda a, p: (a.client("s3"), p.alias),
        "alias in the host": lambda a, p: (local_client(a, "s3", s3={"addressing_style": "virtual"}), p.alias)}


@pytest.mark.parametrize("way", WAYS)
def test_objects_by_every_way(account, s3, bucket, point, way):
    client, name = WAYS[way](account, point)
    client.put_object(Bucket=name, Key="a/b c", Body=b"text", Tagging="k=v")
    assert read(s3, bucket, "a/b c") == b"text"
    assert read(client, name, "a/b c") == b"text"
    assert client.head_object(Bucket=name, Key="a/b c")["ContentLength"] == 4
    assert [o["Key"] for o in client.list_objects_v2(Bucket=name)["Contents"]] == ["a/b c"]
    assert client.get_object_tagging(Bucket=name, Key="a/b c")["TagSet"] == [{"Key": "k", "Value": "v"}]
    headers = client.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-access-point-alias"] == ("true" if way.startswith("alias") else "false")
    client.delete_object(Bucket=name, Key="a/b c")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_aws_own_hosts(account, s3, bucket, point):
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}

    def ask(host, method="GET"):
        return raw.signed(account.server, account.root, "s3", b"", headers, method, "/k", host=host)

    tail = "s3-accesspoint.us-east-1.amazonaws.com"
    for host in (f"{point.name}-{account.id}.{tail}", f"{point.alias}.s3.us-east-1.amazonaws.com",
                 f"{point.name}-{account.id}.s3-accesspoint.dualstack.us-east-1.amazonaws.com"):
        assert ask(host).body == b"text", host
    assert (ask(f"other-{account.id}.{tail}").status, ask(f"other-{account.id}.{tail}").code) == (404, "NoSuchAccessPoint")
    for label in ("other", "other-12345678901x", f"-{account.id}", bucket):
        assert ask(f"{label}.{tail}").code == "InvalidAccessPoint", label
    assert ask(f"{'x' * 20}-{'0' * 34}-s3alias.s3.us-east-1.amazonaws.com").code == "InvalidAccessPointAliasError"
    assert ask(f"{point.name}-{account.id}.s3.us-east-1.amazonaws.com").code == "NoSuchBucket", "a bucket is meant"


def test_no_bucket_is_made_on_a_host_of_access_points(account, s3, point):
    headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    tail = "s3-accesspoint.us-east-1.amazonaws.com"
    for label, code in ((f"new-{account.id}", "NoSuchAccessPoint"), ("newbucketname", "InvalidAccessPoint"),
                        (f"{point.name}-{account.id}", "MethodNotAllowed")):
        answer = raw.signed(account.server, account.root, "s3", b"", headers, "PUT", "/", host=f"{label}.{tail}")
        assert (answer.code, answer.status >= 400) == (code, True), label
        with refused("404", status=404):
            s3.head_bucket(Bucket=label)
    own = f"own-{account.id}"
    answer = raw.signed(account.server, account.root, "s3", b"", headers, "PUT", "/", host=f"{own}.s3.us-east-1.amazonaws.com")
    assert answer.status == 200 and s3.head_bucket(Bucket=own)


def test_on_hosts_of_ones_own_the_older_has_the_name(account, other_account, s3, bucket):
    """Neither a bucket nor an access point takes over what is sent to the other."""
    name = f"first-{account.id}"
    account.client("s3").create_bucket(Bucket=name)
    Point(account, bucket, "first")
    there = local_client(account, "s3", s3={"addressing_style": "virtual"})
    there.put_object(Bucket=name, Key="k", Body=b"for the bucket")
    assert read(s3, name) == b"for the bucket" and "Contents" not in s3.list_objects_v2(Bucket=bucket)
    point = Point(account, bucket, "second")
    thief = f"second-{account.id}"
    other_account.client("s3").create_bucket(Bucket=thief)
    other_account.client("s3").put_bucket_policy(Bucket=thief, Policy=bucket_policy(grant(
        account.arn("root"), "s3:*", [thief, thief + "/*"])))
    through(account).put_object(Bucket=point.arn, Key="l", Body=b"for the access point")
    assert read(s3, bucket, "l") == b"for the access point"
    assert "Contents" not in other_account.client("s3").list_objects_v2(Bucket=thief)


def test_it_belongs_to_its_region(account):
    west, name = account.client("s3", region="eu-west-1"), f"west-{account.id}"
    west.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    point = Point(account, name, region="eu-west-1")
    through(account).put_object(Bucket=point.arn, Key="k", Body=b"text")  # signed for the ARN's region
    assert read(west, point.alias) == b"text"
    target = f"/{point.alias}/k"
    answer = raw.signed(account.server, account.root, "s3", b"", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, "GET", target)
    assert (answer.status, answer.code) == (400, "AuthorizationHeaderMalformed") and "'eu-west-1'" in answer.message


# -- What works


def test_uploads_in_parts_and_long_bodies(account, s3, bucket, point):
    client = through(account)
    client.put_object(Bucket=point.arn, Key="long", Body=LONG)
    assert read(s3, bucket, "long") == LONG
    upload = client.create_multipart_upload(Bucket=point.arn, Key="parts")
    assert upload["Bucket"] == bucket
    more = {"Bucket": point.arn, "Key": "parts", "UploadId": upload["UploadId"]}
    first = client.upload_part(PartNumber=1, Body=LONG * 20, **more)["ETag"]
    copied = client.upload_part_copy(PartNumber=2, CopySource={"Bucket": point.arn, "Key": "long"}, **more)
    assert [part["PartNumber"] for part in client.list_parts(**more)["Parts"]] == [1, 2]
    assert [one["Key"] for one in client.list_multipart_uploads(Bucket=point.arn)["Uploads"]] == ["parts"]
    done = client.complete_multipart_upload(MultipartUpload={"Parts": [
        {"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": copied["CopyPartResult"]["ETag"]}]}, **more)
    assert done["Bucket"] == bucket and read(s3, bucket, "parts") == LONG * 21
    again = client.create_multipart_upload(Bucket=point.arn, Key="gone")["UploadId"]
    client.abort_multipart_upload(Bucket=point.arn, Key="gone", UploadId=again)


def test_copies_from_and_to(account, s3, bucket, point):
    other = Point(account, new_bucket(account))
    s3.put_object(Bucket=bucket, Key="a/object/ü", Body=b"text", Tagging="k=v")
    client = through(account)
    for source in ({"Bucket": point.arn, "Key": "a/object/ü"}, {"Bucket": point.alias, "Key": "a/object/ü"},
                   {"Bucket": bucket, "Key": "a/object/ü"}):
        client.copy_object(Bucket=other.arn, Key="copy", CopySource=source)
        assert read(s3, other.bucket, "copy") == b"text"
        assert s3.get_object_tagging(Bucket=other.bucket, Key="copy")["TagSet"] == [{"Key": "k", "Value": "v"}]
        s3.delete_object(Bucket=other.bucket, Key="copy")
    for source in (point.arn, point.arn + "/object/", point.arn + "/k", point.arn + "x/object/k"):
        with pytest.raises(s3.exceptions.ClientError):
            s3.copy_object(Bucket=other.bucket, Key="copy", CopySource=source)
    assert "Contents" not in s3.list_objects_v2(Bucket=other.bucket)


def test_batches_versions_locks_lists(account, s3):
    bucket = new_bucket(account, ObjectLockEnabledForBucket=True, ObjectOwnership="ObjectWriter")
    point, client = Point(account, bucket), through(account)
    for key in "abc":
        client.put_object(Bucket=point.arn, Key=key, Body=b"text")
    version = client.list_object_versions(Bucket=point.arn)["Versions"][0]["VersionId"]
    client.put_object_legal_hold(Bucket=point.arn, Key="a", LegalHold={"Status": "ON"})
    with refused("AccessDenied", "Access Denied because object protected by object lock.", 403):
        client.delete_object(Bucket=point.arn, Key="a", VersionId=version)
    assert client.get_object_legal_hold(Bucket=point.arn, Key="a")["LegalHold"] == {"Status": "ON"}
    client.put_object_acl(Bucket=point.arn, Key="a", ACL="bucket-owner-full-control")
    assert client.get_object_acl(Bucket=point.arn, Key="a")["Grants"] and client.get_bucket_acl(Bucket=point.arn)["Grants"]
    answer = client.delete_objects(Bucket=point.arn, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    assert [one["Key"] for one in answer["Deleted"]] == ["a", "b"]
    assert [o["Key"] for o in client.list_objects(Bucket=point.arn)["Contents"]] == ["c"]


def test_presigned(account, s3, bucket, point):
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    client = through(account, signature_version="s3v4")
    url = urlsplit(client.generate_presigned_url("get_object", Params={"Bucket": point.arn, "Key": "k"}))
    assert url.hostname == f"{point.name}-{account.id}.localhost"
    answer = raw.send(account.server, "GET", f"{url.path}?{url.query}", {"Host": url.netloc})
    assert answer.body == b"text", answer.text
    answer = raw.send(account.server, "GET", f"{url.path}?{url.query}", {"Host": url.netloc.replace(point.name, "other")})
    assert answer.status == 403


def test_what_does_not_go_through(account, s3, bucket, point):
    client = account.client("s3")
    for ask in (lambda: client.delete_bucket(Bucket=point.alias), lambda: client.get_bucket_versioning(Bucket=point.alias),
                lambda: client.put_bucket_policy(Bucket=point.alias, Policy=bucket_policy(delegate(bucket, account.id))),
                lambda: client.delete_bucket_policy(Bucket=point.alias),
                lambda: client.put_public_access_block(Bucket=point.alias, PublicAccessBlockConfiguration=OFF),
                lambda: client.put_bucket_acl(Bucket=point.alias, ACL="private")):
        with refused("MethodNotAllowed", "The specified method is not allowed against this resource.", 405):
            ask()
    with refused("InvalidBucketName", status=400):
        client.create_bucket(Bucket=point.alias)
    for guest in (anonymous(account.server), through(account, None)):
        with is_denied():
            guest.get_object(Bucket=point.alias, Key="k")
    with refused("InvalidRequest", status=400):
        account.client("s3", signature_version="s3").get_object(Bucket=point.alias, Key="k")


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_no_form_goes_through(account, s3, bucket, version):
    """A form does not sign the host that it is sent to: one that is for a bucket is not for the access point that has
    the bucket's name on another host."""
    name = f"named-{account.id}"
    s3.create_bucket(Bucket=name)
    point = Point(account, bucket, "named")
    code = ("InvalidRequest", 400) if version == "s3" else ("MethodNotAllowed", 405)
    for signed_for, host, target in ((name, f"{name}.s3-accesspoint.us-east-1.amazonaws.com", "/"),
                                     (point.alias, f"{point.alias}.s3.us-east-1.amazonaws.com", "/"),
                                     (point.alias, "localhost", f"/{point.alias}")):
        fields = presigned_post(account, signed_for, "k", version=version)
        answer = post(account.server, None, fields, b"text", {"Host": host}, target)
        assert (answer.code, answer.status) == code, (host, answer.text)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    fields = presigned_post(account, name, "k", version=version)
    assert post(account.server, None, fields, b"text", {"Host": f"{name}.s3.us-east-1.amazonaws.com"}, "/").status == 204
    assert read(s3, name) == b"text"


def test_encryption_stays_the_buckets(account, s3, bucket, point):
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    through(account).put_object(Bucket=point.arn, Key="k", Body=b"text", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert read(s3, bucket) == b"text" and read(through(account), point.arn) == b"text"
    event = account.event("GenerateDataKey")
    assert event["requestParameters"]["encryptionContext"] == {"aws:s3:arn": f"arn:aws:s3:::{bucket}/k"}
    reader = account.user(policy=policy("s3:*"))
    with denied("kms:Decrypt", place=OF_CIPHERTEXT):
        read(through(account, reader.creds), point.arn)


# -- Who may: both the access point and the bucket must permit


@pytest.fixture
def filled(s3, bucket):
    for key in ("k", "mine/k"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"text")
    return bucket


def reader(account, *resources):
    rows = [statement("s3:GetObject", resource=list(resources))] if resources else []
    return account.user(policy=policy(*rows) if rows else None)


def test_identity_policies_are_asked_of_the_access_point_and_of_the_bucket(account, filled, point):
    objects = f"arn:aws:s3:::{filled}/*"
    for resources, may_through, may_directly in (((point.objects, objects), True, True), ((objects,), False, True),
                                                 ((point.objects,), False, False), ((), False, False)):
        user = reader(account, *resources)
        for client, name, may in ((through(account, user.creds), point.arn, may_through),
                                  (account.client("s3", creds=user.creds), point.alias, may_through),
                                  (account.client("s3", creds=user.creds), filled, may_directly)):
            if may:
                assert read(client, name) == b"text"
            else:
                with denied("s3:GetObject"):
                    read(client, name)


def test_a_bucket_may_delegate_to_its_access_points(account, s3, filled, point):
    """What a person has by the access point alone is nothing until the bucket agrees, and nothing more then."""
    jane = account.user()
    client = through(account, jane.creds)
    point.allow(point.grant(jane.arn, ["s3:GetObject", "s3:PutObject"], "mine/*"))
    with denied("s3:GetObject", f"arn:aws:s3:::{filled}/mine/k"):
        read(client, point.arn, "mine/k")
    put_policy(s3, filled, delegate(filled, account.id))
    assert read(client, point.arn, "mine/k") == b"text"
    client.put_object(Bucket=point.arn, Key="mine/l", Body=b"text")
    with denied("s3:GetObject", f"{point.arn}/object/k"):
        read(client, point.arn)
    with denied("s3:GetObject", f"arn:aws:s3:::{filled}/mine/k"):
        read(account.client("s3", creds=jane.creds), filled, "mine/k")
    with denied("s3:ListBucket", point.arn):
        client.list_objects_v2(Bucket=point.arn)
    other = Point(account, filled)
    with denied("s3:GetObject", f"{other.arn}/object/mine/k"):
        read(client, other.arn, "mine/k")
    point.control.delete_access_point_policy(AccountId=account.id, Name=point.name)
    with denied("s3:GetObject"):
        read(client, point.arn, "mine/k")


def test_delegation_by_arn_and_origin(account, s3, filled, point):
    other = Point(account, filled)
    by_identity = account.user(policy=policy(statement("s3:GetObject", resource=[point.objects, other.objects])))
    client = through(account, by_identity.creds)
    for condition, may in (({"ArnLike": {"s3:DataAccessPointArn": point.arn}}, (True, False)),
                           ({"StringLike": {"s3:DataAccessPointArn": f"arn:aws:s3:*:{account.id}:accesspoint/*"}}, (True, True)),
                           ({"StringEquals": {"s3:AccessPointNetworkOrigin": "Internet"}}, (True, True)),
                           ({"StringEquals": {"s3:AccessPointNetworkOrigin": "VPC"}}, (False, False)),
                           ({"StringEquals": {"s3:DataAccessPointAccount": "123456789012"}}, (False, False))):
        put_policy(s3, filled, grant(account.arn("root"), "s3:ListBucket", filled),
                   grant({"AWS": by_identity.arn}, "s3:GetObject", filled + "/*", Condition=condition))
        for one, allowed in zip((point, other), may):
            if allowed:
                assert read(client, one.arn) == b"text"
            else:
                with denied("s3:GetObject"):
                    read(client, one.arn)
        with denied("s3:GetObject"):
            read(account.client("s3", creds=by_identity.creds), filled)


def test_every_denial_counts(account, s3, filled, point):
    """Of the identity, by either name; of the access point; of the bucket."""
    put_policy(s3, filled, delegate(filled, account.id))
    everything = statement("s3:*")
    for resource in (point.objects, f"arn:aws:s3:::{filled}/*", point.arn + "/object/k"):
        user = account.user(policy=policy(everything, statement("s3:GetObject", "Deny", resource)))
        with denied("s3:GetObject"):
            read(through(account, user.creds), point.arn)
    user = account.user(policy=policy(everything))
    client = through(account, user.creds)
    assert read(client, point.arn) == b"text"
    point.allow(point.grant(user.arn, "s3:GetObject", "k", "Deny"))
    with denied("s3:GetObject"):
        read(client, point.arn)
    with denied("s3:GetObject"):
        read(client, point.alias)
    assert read(account.client("s3", creds=user.creds), filled) == b"text", "restrictions are the access point's alone"
    point.allow(point.grant(user.arn, "s3:GetObject", "k"))
    put_policy(s3, filled, delegate(filled, account.id), grant(user.arn, "s3:GetObject", filled + "/mine/*", "Deny"))
    assert read(client, point.arn) == b"text"
    with denied("s3:GetObject"):
        read(client, point.arn, "mine/k")
    with denied("s3:GetObject"):
        client.copy_object(Bucket=point.arn, Key="copy", CopySource={"Bucket": point.arn, "Key": "mine/k"})
    answer = client.delete_objects(Bucket=point.arn, Delete={"Objects": [{"Key": "k"}]})
    assert len(answer["Deleted"]) == 1


def test_denials_by_access_point_hold_for_roots_too(account, s3, filled, point):
    """A bucket that is open through access points of a VPC alone."""
    put_policy(s3, filled, grant("*", "s3:GetObject", filled + "/*", "Deny",
                                 Condition={"StringNotEquals": {"s3:AccessPointNetworkOrigin": "VPC"}}))
    for client, name in ((s3, filled), (through(account), point.arn)):
        with is_denied():
            read(client, name)
    inside = Point(account, filled, VpcConfiguration={"VpcId": "vpc-1a2b3c4d"})
    for client in (through(account), through(account, account.user(policy=policy("*")).creds)):
        with is_denied():  # nothing comes from a VPC
            read(client, inside.arn)
        with is_denied():
            read(client, inside.alias)
        with is_denied():
            client.list_objects_v2(Bucket=inside.arn)
        with is_denied():
            client.copy_object(Bucket=point.arn, Key="copy", CopySource={"Bucket": inside.arn, "Key": "k"})


def test_tags_of_the_access_point_are_its_objects_too(account, s3, filled, point):
    """Of what is asked on its ARNs."""
    tag(point, team="red")
    for condition in ({"aws:ResourceTag/team": "red"}, {"s3:AccessPointTag/team": "red"}):
        denied_by = account.user(policy=policy(statement("s3:*"), statement("s3:*", "Deny", Condition={"StringEquals": condition})))
        for ask in (lambda c: read(c, point.arn), lambda c: c.delete_object(Bucket=point.arn, Key="k"),
                    lambda c: c.list_objects_v2(Bucket=point.arn)):
            with is_denied():
                ask(through(account, denied_by.creds))
    allowed_by = account.user(policy=policy(
        statement("s3:GetObject", resource=f"arn:aws:s3:::{filled}/*"),
        statement("s3:GetObject", resource=point.objects, Condition={"StringEquals": {"aws:ResourceTag/team": "red"}})))
    assert read(through(account, allowed_by.creds), point.arn) == b"text"
    tag(point, team="blue")
    with is_denied():
        read(through(account, allowed_by.creds), point.arn)


def test_batches_are_asked_key_by_key(account, s3, filled, point):
    user = account.user(policy=policy(statement("s3:DeleteObject", resource=[
        point.arn + "/object/mine/*", f"arn:aws:s3:::{filled}/*"])))
    answer = through(account, user.creds).delete_objects(
        Bucket=point.arn, Delete={"Objects": [{"Key": "k"}, {"Key": "mine/k"}]})
    assert [one["Key"] for one in answer["Deleted"]] == ["mine/k"]
    assert [(one["Key"], one["Code"]) for one in answer["Errors"]] == [("k", "AccessDenied")]
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=filled)["Contents"]] == ["k"]


def test_what_is_not_there_is_told_to_whoever_may_list(account, filled, point):
    get = statement("s3:GetObject", resource=[point.objects, f"arn:aws:s3:::{filled}/*"])
    lists = statement("s3:ListBucket", resource=[point.arn, f"arn:aws:s3:::{filled}"])
    half = statement("s3:ListBucket", resource=f"arn:aws:s3:::{filled}")
    for rows, code in (((get,), "AccessDenied"), ((get, half), "AccessDenied"), ((get, lists), "NoSuchKey")):
        with refused(code):
            read(through(account, account.user(policy=policy(*rows)).creds), point.arn, "none")


def test_sources_of_copies_are_named_by_their_bucket(account, s3, filled, point):
    """No denial is written around by another name of the source."""
    other = new_bucket(account)
    put_policy(s3, other, grant(account.arn("root"), "s3:PutObject", other + "/*", "Deny",
                                Condition={"StringLike": {"s3:x-amz-copy-source": f"{filled}/mine/*"}}))
    for source in ({"Bucket": name, "Key": "mine/k"} for name in (filled, point.arn, point.alias)):
        with is_denied():
            s3.copy_object(Bucket=other, Key="copy", CopySource=source)
    s3.copy_object(Bucket=other, Key="copy", CopySource={"Bucket": point.arn, "Key": "k"})


def test_long_policies_are_read_once_however_many_keys(account, s3, bucket, point):
    root = account.arn("root")
    put_policy(s3, bucket, *[grant(root, "s3:GetObject", f"{bucket}/{'x' * 900}{i}") for i in range(17)])
    point.allow(*[point.grant(root, "s3:GetObject", f"{'x' * 900}{i}") for i in range(17)])
    answer = s3.delete_objects(Bucket=point.alias, Delete={"Objects": [{"Key": f"k{i}"} for i in range(1000)]})
    assert len(answer["Deleted"]) == 1000


# -- Across accounts


def test_other_accounts_need_the_word_of_all(account, other_account, s3, filled, point):
    """Their own account's, the access point's and the bucket's."""
    friend = other_account.user(policy=policy(statement("s3:GetObject", resource=point.objects)))
    without = other_account.user()
    client = through(other_account, friend.creds)
    with is_denied():
        read(client, point.arn)
    put_policy(s3, filled, delegate(filled, account.id))
    with is_denied():
        read(client, point.arn)
    point.allow(point.grant([friend.arn, without.arn], "s3:GetObject"))
    assert read(client, point.arn) == b"text"
    with is_denied():
        read(through(other_account, without.creds), point.arn)
    s3.delete_bucket_policy(Bucket=filled)
    with is_denied():
        read(client, point.arn)
    put_policy(s3, filled, grant(friend.arn, "s3:GetObject", filled + "/k"))
    assert read(client, point.arn) == b"text"
    with is_denied():
        read(client, point.arn, "mine/k")


def test_an_access_point_to_another_accounts_bucket_gives_nothing_by_itself(account, other_account, s3, filled):
    point = Point(other_account, filled, BucketAccountId=account.id)
    user = other_account.user(policy=policy("s3:*"))
    for creds in (other_account.root, user.creds):
        with is_denied():
            read(through(other_account, creds), point.arn)
    put_policy(s3, filled, delegate(filled, other_account.id, ["s3:GetObject", "s3:ListBucket"]))
    for creds in (other_account.root, user.creds):
        assert read(through(other_account, creds), point.arn) == b"text"
        assert read(other_account.client("s3", creds=creds), point.alias) == b"text"
        with is_denied():
            read(other_account.client("s3", creds=creds), filled)
        with is_denied():
            through(other_account, creds).put_object(Bucket=point.arn, Key="k", Body=b"other")
    by_point = other_account.user()
    point.allow(point.grant(by_point.arn, "s3:GetObject", "k"))
    assert read(through(other_account, by_point.creds), point.arn) == b"text"
    with is_denied():
        read(through(other_account, by_point.creds), point.arn, "mine/k")
    assert read(s3, filled) == b"text"
    with is_denied():  # the bucket's owner has no say on the access point
        read(through(account), point.arn)


def test_another_bucket_of_the_name_is_not_meant(account, other_account, s3):
    name = f"again-{account.id}"
    s3.create_bucket(Bucket=name)
    put_policy(s3, name, delegate(name, other_account.id))
    point = Point(other_account, name, BucketAccountId=account.id)
    through(other_account).put_object(Bucket=point.arn, Key="k", Body=b"text")
    s3.delete_object(Bucket=name, Key="k")
    s3.delete_bucket(Bucket=name)
    other_account.client("s3").create_bucket(Bucket=name)
    with refused("NoSuchBucket", status=404):
        through(other_account).put_object(Bucket=point.arn, Key="k", Body=b"text")


def test_public_access_points_are_restricted(account, other_account, s3, filled):
    friend = through(other_account, other_account.user(policy=policy("s3:*")).creds)
    s3.delete_public_access_block(Bucket=filled)
    put_policy(s3, filled, delegate(filled, account.id))
    lax, strict = (Point(account, filled, PublicAccessBlockConfiguration={**OFF, "RestrictPublicBuckets": on})
                   for on in (False, True))
    for point in (lax, strict):
        point.allow(point.grant("*", "s3:GetObject"))
    assert read(friend, lax.arn) == b"text"
    with is_denied():
        read(friend, strict.arn)
    assert read(through(account), strict.arn) == b"text"
    control(account).put_public_access_block(AccountId=account.id, PublicAccessBlockConfiguration={
        **OFF, "RestrictPublicBuckets": True})
    with is_denied():
        read(friend, lax.arn)


def test_access_points_block_public_lists(account, s3):
    bucket = new_bucket(account, ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=bucket)
    point = Point(account, bucket, PublicAccessBlockConfiguration={**OFF, "BlockPublicAcls": True})
    with is_denied():
        through(account).put_object(Bucket=point.arn, Key="k", Body=b"text", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="k", Body=b"text", ACL="public-read")


# -- On record


def test_events_name_the_access_point(account, bucket, point):
    account.client("s3").get_bucket_location(Bucket=point.alias)
    event = account.event("GetBucketLocation")
    assert sorted((one["type"], one["ARN"], one["accountId"]) for one in event["resources"]) == [
        ("AWS::S3::AccessPoint", point.arn, account.id), ("AWS::S3::Bucket", f"arn:aws:s3:::{bucket}", account.id)]
    user = account.user(policy=policy("s3:Nothing"))
    with denied("s3:GetBucketLocation", point.arn):
        user.client("s3").get_bucket_location(Bucket=point.alias)


def test_all_of_it_outlives_the_server(new_server, tmp_path):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, tmp_path / "home")
    bucket = new_bucket(account)
    point = Point(account, bucket)
    point.allow(point.grant(account.arn("root"), "s3:PutObject", effect="Deny"))
    account.client("s3").put_object(Bucket=bucket, Key="k", Body=b"text")
    server.kill()
    server.start()
    assert read(through(account), point.arn) == b"text"
    with is_denied():
        through(account).put_object(Bucket=point.arn, Key="k", Body=b"other")
    assert json.loads(control(account).get_access_point_policy(AccountId=account.id, Name=point.name)["Policy"])
