"""S3 Control: how it is told from S3, and Block Public Access of an account, which acts on all of its buckets.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"""
import re

import pytest
from botocore.exceptions import ClientError

from harness import raw
from harness.account import policy, statement
from harness.buckets import anonymous, bucket_policy, grant, new_bucket
from harness.names import control
from harness.refusals import denied, refused

NAMES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
OFF = dict.fromkeys(NAMES, False)
TARGET = "/v20180820/configuration/publicAccessBlock"
ALL_USERS = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'


def put(account, client=None, **settings):
    (client or control(account)).put_public_access_block(AccountId=account.id, PublicAccessBlockConfiguration=settings)


def get(account, client=None):
    client = client or control(account)
    return client.get_public_access_block(AccountId=account.id)["PublicAccessBlockConfiguration"]


def none():
    return refused("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", 404)


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def open_bucket(account, s3):
    """One that blocks nothing itself, and whose ACLs have a say."""
    name = new_bucket(account, ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=name)
    return name


# -- Its operations


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_it_is_kept_told_and_removed(account, host):
    client = control(account, host=host)
    with none():
        get(account, client)
    put(account, client, BlockPublicAcls=True, RestrictPublicBuckets=True)
    assert get(account, client) == {**OFF, "BlockPublicAcls": True, "RestrictPublicBuckets": True}
    put(account, client, IgnorePublicAcls=True)
    assert get(account, client) == {**OFF, "IgnorePublicAcls": True}
    for _ in range(2):
        answer = client.delete_public_access_block(AccountId=account.id)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with none():
        get(account, client)


def test_something_has_to_be_named(account):
    with refused("InvalidRequest", "Must specify at least one configuration.", 400):
        put(account)
    with none():
        get(account)


def test_it_is_the_accounts_in_every_region(account):
    put(account, control(account, region="eu-west-1"), BlockPublicPolicy=True)
    assert get(account)["BlockPublicPolicy"] is True


def test_each_asks_for_its_own_action(account):
    calls = {"get_public_access_block": "s3:GetAccountPublicAccessBlock",
             "put_public_access_block": "s3:PutAccountPublicAccessBlock",
             "delete_public_access_block": "s3:PutAccountPublicAccessBlock"}
    put(account, BlockPublicAcls=True)
    all_but = account.user(policy=policy("s3:*", statement([*calls.values()], "Deny")))
    bucket_only = account.user(policy=policy("s3:*BucketPublicAccessBlock"))
    for name, action in calls.items():
        more = {"PublicAccessBlockConfiguration": OFF} if name.startswith("put") else {}
        for user in (all_but, bucket_only):
            with denied(action):
                getattr(control(account, user.creds), name)(AccountId=account.id, **more)
    assert get(account)["BlockPublicAcls"] is True
    for name, action in calls.items():
        more = {"PublicAccessBlockConfiguration": OFF} if name.startswith("put") else {}
        getattr(control(account, account.user(policy=policy(action)).creds), name)(AccountId=account.id, **more)


def test_another_account_has_no_say(account, other_account):
    put(account, BlockPublicAcls=True)
    for creds in (other_account.root, other_account.user(policy=policy("*")).creds):
        foreign = control(account, creds)
        for ask in (lambda c: get(account, c), lambda c: put(account, c, **OFF),
                    lambda c: c.delete_public_access_block(AccountId=account.id)):
            with pytest.raises(ClientError) as caught:
                ask(foreign)
            assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert get(account)["BlockPublicAcls"] is True


def test_changes_are_recorded(account):
    put(account, IgnorePublicAcls=True)
    event = account.event("PutAccountPublicAccessBlock")
    assert (event["eventSource"], event["readOnly"]) == ("s3.amazonaws.com", False)
    assert event["requestParameters"]["publicAccessBlockConfiguration"]["ignorePublicAcls"] is True
    assert event["requestParameters"]["accountId"] == account.id
    get(account)
    assert account.event("GetAccountPublicAccessBlock")["readOnly"] is True
    control(account).delete_public_access_block(AccountId=account.id)
    assert account.event("DeleteAccountPublicAccessBlock")["requestParameters"] == {"accountId": account.id}


# -- Told from S3


def ask(account, target=TARGET, creds="root", host=None, method="GET", **headers):
    creds = account.root if creds == "root" else creds
    headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return raw.signed(account.server, creds, "s3", b"", headers, method, target, host=host)


def test_hosts_and_headers_tell_it_from_s3(account, s3):
    put(account, BlockPublicAcls=True)
    bucket = f"b{account.id}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=TARGET[1:], Body=b"an object of this name")
    aws = f"{account.id}.s3-control.us-east-1.amazonaws.com"
    for host in (None, "localhost", f"{account.id}.localhost", f"{account.id}.localhost:4566", aws,
                 f"{account.id}.s3-control.dualstack.us-east-1.amazonaws.com", "s3-control.us-east-1.amazonaws.com"):
        answer = ask(account, host=host, x_amz_account_id=account.id)
        assert answer.status == 200 and "<BlockPublicAcls>true</BlockPublicAcls>" in answer.text, (host, answer.text)
    answer = ask(account, host=f"{bucket}.localhost")
    assert answer.body == b"an object of this name"
    answer = ask(account, host=f"{bucket}.s3.us-east-1.amazonaws.com", x_amz_account_id=account.id)
    assert answer.body == b"an object of this name", "the host says that S3 is meant"
    answer = ask(account, host=aws)
    assert (answer.status, answer.code) == (400, "InvalidRequest"), answer.text


def test_the_header_has_to_be_signed(account):
    put(account, BlockPublicAcls=True)
    headers, _ = raw.sign(account.server.endpoint + TARGET, account.root, "s3", method="GET")
    answer = raw.send(account.server, "GET", TARGET, {**headers, "x-amz-account-id": account.id})
    assert (answer.status, answer.code) == (403, "AccessDenied") and "not signed" in answer.text


def test_errors_are_wrapped(account):
    answer = ask(account, x_amz_account_id=account.id)
    assert answer.status == 404 and re.fullmatch(
        r"<\?xml [^>]*>\s*<ErrorResponse><Error><Code>NoSuchPublicAccessBlockConfiguration</Code><Message>[^<]*</Message>"
        rf"<AccountId>{account.id}</AccountId><Resource>[^<]*</Resource></Error><RequestId>[^<]*</RequestId>"
        r"<HostId>[^<]*</HostId></ErrorResponse>", answer.text), answer.text
    assert answer.headers["x-amz-request-id"] and answer.headers["x-amz-id-2"]


@pytest.mark.parametrize("creds", ["root", None])
def test_what_is_no_request_of_it(account, creds):
    answer = ask(account, creds=creds, method="POST", x_amz_account_id=account.id)
    assert answer.status == (405 if creds else 403), answer.text
    answer = ask(account, creds=creds, x_amz_account_id="12345")
    assert (answer.status, answer.code) == ((400, "InvalidArgument") if creds else (403, "AccessDenied")), answer.text


# -- What it does to buckets


def test_public_policies_are_refused(account, s3, open_bucket):
    public = bucket_policy(grant("*", "s3:GetObject", open_bucket + "/*"))
    put(account, BlockPublicPolicy=True)
    with refused("AccessDenied", status=403):
        s3.put_bucket_policy(Bucket=open_bucket, Policy=public)
    s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(grant(account.arn("root"), "s3:*", open_bucket)))
    put(account, **{**dict.fromkeys(NAMES, True), "BlockPublicPolicy": False})
    s3.put_bucket_policy(Bucket=open_bucket, Policy=public)


def test_public_buckets_are_restricted(account, other_account, s3, open_bucket):
    friend = other_account.user(policy=policy("s3:*"))
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"text")
    s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(grant("*", "s3:GetObject", open_bucket + "/*")))
    for client in (anonymous(account.server), friend.client("s3")):
        assert client.get_object(Bucket=open_bucket, Key="k")["Body"].read() == b"text"
    put(account, RestrictPublicBuckets=True)
    for client in (anonymous(account.server), friend.client("s3")):
        with refused("AccessDenied", status=403):
            client.get_object(Bucket=open_bucket, Key="k")
    assert s3.get_object(Bucket=open_bucket, Key="k")["Body"].read() == b"text"
    put(account, **{**dict.fromkeys(NAMES, True), "RestrictPublicBuckets": False})
    assert anonymous(account.server).get_object(Bucket=open_bucket, Key="k")["Body"].read() == b"text"
    s3.put_public_access_block(Bucket=open_bucket, PublicAccessBlockConfiguration={**OFF, "RestrictPublicBuckets": True})
    control(account).delete_public_access_block(AccountId=account.id)
    with refused("AccessDenied", status=403):
        anonymous(account.server).get_object(Bucket=open_bucket, Key="k")


def test_public_lists_are_refused(account, s3, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"text")
    put(account, BlockPublicAcls=True)
    for ask_for in (lambda: s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read"),
                    lambda: s3.put_object_acl(Bucket=open_bucket, Key="k", ACL="public-read"),
                    lambda: s3.put_object(Bucket=open_bucket, Key="l", Body=b"text", GrantRead=ALL_USERS)):
        with refused("AccessDenied", status=403):
            ask_for()
    with refused("InvalidBucketAclWithBlockPublicAccessError", status=400):
        new_bucket(account, ObjectOwnership="ObjectWriter", ACL="public-read")
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=open_bucket)["Contents"]] == ["k"]
    put(account, **{**dict.fromkeys(NAMES, True), "BlockPublicAcls": False})
    s3.put_object_acl(Bucket=open_bucket, Key="k", ACL="public-read")


def test_public_grants_are_ignored(account, s3, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"text", ACL="public-read")
    guest = anonymous(account.server)
    assert guest.get_object(Bucket=open_bucket, Key="k")["Body"].read() == b"text"
    put(account, IgnorePublicAcls=True)
    with refused("AccessDenied", status=403):
        guest.get_object(Bucket=open_bucket, Key="k")
    assert len(s3.get_object_acl(Bucket=open_bucket, Key="k")["Grants"]) == 1
    put(account, **{**dict.fromkeys(NAMES, True), "IgnorePublicAcls": False})
    assert guest.get_object(Bucket=open_bucket, Key="k")["Body"].read() == b"text"
    assert len(s3.get_object_acl(Bucket=open_bucket, Key="k")["Grants"]) == 2


def test_other_accounts_buckets_are_not_touched(account, other_account):
    bucket = new_bucket(other_account)
    theirs = other_account.client("s3")
    theirs.delete_public_access_block(Bucket=bucket)
    put(account, **dict.fromkeys(NAMES, True))
    theirs.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(grant("*", "s3:GetBucketVersioning", bucket)))
    anonymous(account.server).get_bucket_versioning(Bucket=bucket)
