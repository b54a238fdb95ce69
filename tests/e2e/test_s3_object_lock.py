"""Retention and legal holds: put, told, extended, weakened by whoever may; their condition keys."""
from datetime import datetime, timedelta, timezone

import pytest

from harness.account import policy, statement
from harness.objects import content_md5, make_bucket, s3_request
from harness.refusals import denied, refused

LOCKED = "Access Denied because object protected by object lock."
NO_LOCK = "The specified object does not have a ObjectLock configuration"
NO_SUM = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"


def hour(**delta):
    return (datetime.now(timezone.utc) + timedelta(**delta)).replace(microsecond=0)


def governance(**delta):
    return {"Mode": "GOVERNANCE", "RetainUntilDate": hour(**delta)}


def compliance(**delta):
    return {"Mode": "COMPLIANCE", "RetainUntilDate": hour(**delta)}


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    return make_bucket(account, ObjectLockEnabledForBucket=True)


@pytest.fixture
def version(s3, bucket):
    return s3.put_object(Bucket=bucket, Key="key", Body=b"x")["VersionId"]


def retention(s3, bucket, **more):
    return s3.get_object_retention(Bucket=bucket, Key="key", **more)["Retention"]


def retain(s3, bucket, wanted, **more):
    return s3.put_object_retention(Bucket=bucket, Key="key", Retention=wanted, **more)


def hold(s3, bucket, status, **more):
    return s3.put_object_legal_hold(Bucket=bucket, Key="key", LegalHold={"Status": status}, **more)


# -- Retention

def test_retention_is_put_and_extended(s3, bucket, version):
    with refused("NoSuchObjectLockConfiguration", NO_LOCK, 404):
        retention(s3, bucket)
    for wanted in (governance(days=1), governance(days=2), governance(days=400)):
        retain(s3, bucket, wanted)
        assert retention(s3, bucket) == retention(s3, bucket, VersionId=version) == wanted
    head = s3.head_object(Bucket=bucket, Key="key")
    assert (head["ObjectLockMode"], head["ObjectLockRetainUntilDate"]) == ("GOVERNANCE", wanted["RetainUntilDate"])
    assert "ObjectLockLegalHoldStatus" not in head
    retain(s3, bucket, wanted)


def test_the_newest_version_is_meant(s3, bucket, version):
    other = s3.put_object(Bucket=bucket, Key="key", Body=b"y")["VersionId"]
    retain(s3, bucket, governance(days=1))
    assert retention(s3, bucket, VersionId=other)["Mode"] == "GOVERNANCE"
    with refused("NoSuchObjectLockConfiguration"):
        retention(s3, bucket, VersionId=version)
    s3.delete_object(Bucket=bucket, Key="key", VersionId=version)


def test_governance_is_weakened_with_the_header_alone(s3, bucket, version):
    retain(s3, bucket, governance(days=10))
    before = retention(s3, bucket)
    for wanted in (governance(days=9), {}, compliance(days=9), compliance(days=11)):
        with refused("AccessDenied", LOCKED, 403):
            retain(s3, bucket, wanted)
        assert retention(s3, bucket) == before
    wanted = governance(days=9)
    retain(s3, bucket, wanted, BypassGovernanceRetention=True)
    assert retention(s3, bucket) == wanted
    retain(s3, bucket, {}, BypassGovernanceRetention=True)
    with refused("NoSuchObjectLockConfiguration"):
        retention(s3, bucket)
    retain(s3, bucket, governance(days=9))
    retain(s3, bucket, compliance(days=1), BypassGovernanceRetention=True)
    assert retention(s3, bucket)["Mode"] == "COMPLIANCE"


def test_compliance_grows_only(s3, bucket, version):
    retain(s3, bucket, compliance(days=10))
    before = retention(s3, bucket)
    for wanted in (compliance(days=9), {}, governance(days=11)):
        for more in ({}, {"BypassGovernanceRetention": True}):
            with refused("AccessDenied", LOCKED, 403):
                retain(s3, bucket, wanted, **more)
    assert retention(s3, bucket) == before
    retain(s3, bucket, compliance(days=11))


@pytest.mark.parametrize("body, code", [
    (b"", "MalformedXML"), (b"<Retention><Mode>GOVERNANCE</Mode></Retention>", "MalformedXML"),
    (b"<Retention><RetainUntilDate>2099-01-01T00:00:00Z</RetainUntilDate></Retention>", "MalformedXML"),
    (b"<Retention><Mode>governance</Mode><RetainUntilDate>2099-01-01T00:00:00Z</RetainUntilDate></Retention>",
     "MalformedXML"),
    (b"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>soon</RetainUntilDate></Retention>", "MalformedXML"),
    (b"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2020-01-01T00:00:00Z</RetainUntilDate></Retention>",
     "InvalidArgument"),
])
def test_retentions_that_are_none(account, s3, bucket, version, body, code):
    answer = s3_request(account, "PUT", f"/{bucket}/key?retention", {"Content-MD5": content_md5(body)}, body)
    assert (answer.status, answer.code) == (400, code), answer
    if code == "InvalidArgument":
        assert answer.message == "The retain until date must be in the future!"
    with refused("NoSuchObjectLockConfiguration"):
        retention(s3, bucket)


# -- Legal holds

def test_holds_are_put_and_lifted(s3, bucket, version):
    with refused("NoSuchObjectLockConfiguration", NO_LOCK, 404):
        s3.get_object_legal_hold(Bucket=bucket, Key="key")
    for status in ("ON", "ON", "OFF", "ON"):
        hold(s3, bucket, status)
        assert s3.get_object_legal_hold(Bucket=bucket, Key="key", VersionId=version)["LegalHold"] == {"Status": status}
        assert s3.head_object(Bucket=bucket, Key="key")["ObjectLockLegalHoldStatus"] == status
    retain(s3, bucket, governance(days=1))
    hold(s3, bucket, "OFF")
    with refused("AccessDenied", LOCKED, 403):
        s3.delete_object(Bucket=bucket, Key="key", VersionId=version)


@pytest.mark.parametrize("body", [b"", b"<LegalHold/>", b"<LegalHold><Status>on</Status></LegalHold>"])
def test_holds_that_are_none(account, s3, bucket, version, body):
    answer = s3_request(account, "PUT", f"/{bucket}/key?legal-hold", {"Content-MD5": content_md5(body)}, body)
    assert (answer.status, answer.code) == (400, "MalformedXML"), answer


# -- Where there is nothing to lock

def everything(s3, bucket, key="key", **more):
    yield lambda: s3.get_object_retention(Bucket=bucket, Key=key, **more)
    yield lambda: s3.put_object_retention(Bucket=bucket, Key=key, Retention=governance(days=1), **more)
    yield lambda: s3.get_object_legal_hold(Bucket=bucket, Key=key, **more)
    yield lambda: s3.put_object_legal_hold(Bucket=bucket, Key=key, LegalHold={"Status": "ON"}, **more)


def test_buckets_without_locks(account, s3):
    plain = make_bucket(account)
    s3.put_object(Bucket=plain, Key="key", Body=b"x")
    for call in everything(s3, plain):
        with refused("InvalidRequest", "Bucket is missing Object Lock Configuration", 400):
            call()
    for more in ({"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": hour(days=1)},
                 {"ObjectLockLegalHoldStatus": "ON"}):
        with refused("InvalidRequest", "Bucket is missing ObjectLockConfiguration", 400):
            s3.put_object(Bucket=plain, Key="new", Body=b"x", ContentMD5=content_md5(b"x"), **more)
    bypass = "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets."
    with refused("InvalidArgument", bypass, 400):
        s3.delete_object(Bucket=plain, Key="key", BypassGovernanceRetention=True)
    with refused("InvalidArgument", bypass, 400):
        s3.delete_objects(Bucket=plain, Delete={"Objects": [{"Key": "key"}]}, BypassGovernanceRetention=True)


def test_what_is_not_there(s3, bucket, version):
    for call in everything(s3, f"{bucket}-none"):
        with refused("NoSuchBucket", "The specified bucket does not exist", 404):
            call()
    for call in everything(s3, bucket, "none"):
        with refused("NoSuchKey", "The specified key does not exist.", 404):
            call()
    for call in everything(s3, bucket, "none", VersionId=version):
        with refused("NoSuchVersion", status=404):
            call()
    marker = s3.delete_object(Bucket=bucket, Key="key")["VersionId"]
    for call in everything(s3, bucket, VersionId=marker):
        with refused("MethodNotAllowed", status=405):
            call()
    s3.delete_object(Bucket=bucket, Key="key", VersionId=marker)


# -- New objects

def test_new_objects_are_locked_by_their_headers_or_the_default(s3, bucket):
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}})
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", ContentMD5=content_md5(b"x"))
    made = s3.head_object(Bucket=bucket, Key="key")
    assert retention(s3, bucket)["Mode"] == "GOVERNANCE"
    assert timedelta(days=3) <= retention(s3, bucket)["RetainUntilDate"] - made["LastModified"] < timedelta(days=3, seconds=1)
    until = hour(days=1)
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", ContentMD5=content_md5(b"x"), ObjectLockMode="COMPLIANCE",
                  ObjectLockRetainUntilDate=until, ObjectLockLegalHoldStatus="ON")
    assert retention(s3, bucket) == {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    assert s3.get_object_legal_hold(Bucket=bucket, Key="key")["LegalHold"] == {"Status": "ON"}


def test_a_lock_needs_a_sum(account, s3, bucket):
    def put(**headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return s3_request(account, "PUT", f"/{bucket}/key", headers, b"x")

    until = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    lock = {"x_amz_object_lock_mode": "GOVERNANCE", "x_amz_object_lock_retain_until_date": until}
    for more in (lock, {"x_amz_object_lock_legal_hold": "ON"}):
        answer = put(**more)
        assert (answer.status, answer.code, answer.message) == (400, "InvalidRequest", NO_SUM)
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="key")
    for good in ({"x_amz_checksum_crc32": "jNwWgw=="}, {"Content_MD5": content_md5(b"x")}):
        assert put(**lock, **good).status == 200, put(**lock, **good)
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}})
    assert put().message == NO_SUM
    assert put(Content_MD5=content_md5(b"x")).status == 200


def test_half_a_lock_is_none(s3, bucket):
    body = {"Body": b"x", "ContentMD5": content_md5(b"x")}
    both = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
    for more in ({"ObjectLockMode": "GOVERNANCE"}, {"ObjectLockRetainUntilDate": hour(days=1)}):
        with refused("InvalidArgument", both, 400):
            s3.put_object(Bucket=bucket, Key="key", **body, **more)
    with refused("InvalidArgument", "The retain until date must be in the future!", 400):
        s3.put_object(Bucket=bucket, Key="key", **body, ObjectLockMode="GOVERNANCE",
                      ObjectLockRetainUntilDate=hour(days=-1))


# -- Permissions

def test_each_has_a_permission_of_its_own(account, s3, bucket, version):
    actions = ["s3:GetObjectRetention", "s3:PutObjectRetention", "s3:GetObjectLegalHold", "s3:PutObjectLegalHold"]
    retain(s3, bucket, governance(hours=1))
    hold(s3, bucket, "ON")
    user = account.user()
    for number, action in enumerate(actions):
        for more in ({}, {"VersionId": version}):
            user.put_policy(policy([one for one in actions if one != action] + ["s3:GetObject"]))
            with denied(action, f"arn:aws:s3:::{bucket}/key"):
                list(everything(user.client("s3"), bucket, **more))[number]()
            user.put_policy(policy(action))
            list(everything(user.client("s3"), bucket, **more))[number]()


def test_bypass_is_a_permission(account, s3, bucket, version):
    retain(s3, bucket, governance(days=10))
    user = account.user(policy=policy("s3:PutObjectRetention", "s3:DeleteObjectVersion"))
    with denied("s3:BypassGovernanceRetention", f"arn:aws:s3:::{bucket}/key"):
        retain(user.client("s3"), bucket, {}, BypassGovernanceRetention=True)
    with denied("s3:BypassGovernanceRetention", f"arn:aws:s3:::{bucket}/key"):
        user.client("s3").delete_object(Bucket=bucket, Key="key", VersionId=version, BypassGovernanceRetention=True)
    user.put_policy(policy("s3:PutObjectRetention", "s3:BypassGovernanceRetention"))
    with refused("AccessDenied", LOCKED, 403):
        retain(user.client("s3"), bucket, {})
    retain(user.client("s3"), bucket, {}, BypassGovernanceRetention=True)


def test_new_locks_need_permissions(account, bucket):
    user = account.user(policy=policy("s3:PutObject"))
    body = {"Bucket": bucket, "Key": "key", "Body": b"x", "ContentMD5": content_md5(b"x")}
    with denied("s3:PutObjectRetention"):
        user.client("s3").put_object(**body, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=hour(days=1))
    with denied("s3:PutObjectLegalHold"):
        user.client("s3").put_object(**body, ObjectLockLegalHoldStatus="ON")


def test_locks_and_tags_are_seen_by_those_who_may(account, s3, bucket, version):
    retain(s3, bucket, governance(days=1))
    hold(s3, bucket, "ON")
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    seen = {"s3:GetObjectRetention": {"ObjectLockMode", "ObjectLockRetainUntilDate"},
            "s3:GetObjectLegalHold": {"ObjectLockLegalHoldStatus"}, "s3:GetObjectTagging": {"TagCount"}}
    user = account.user(policy=policy("s3:GetObject"))
    for action in [None, *seen]:
        user.put_policy(policy(["s3:GetObject"] + ([action] if action else [])))
        answer = user.client("s3").get_object(Bucket=bucket, Key="key")
        assert answer["Body"].read() == b"x"
        shown = {name for name in answer if name.startswith("ObjectLock") or name == "TagCount"}
        assert shown == seen.get(action, set())


# -- Condition keys

def test_limits_of_retention(account, s3, bucket, version):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html, retention limits"""
    user = account.user(policy=policy("s3:*", statement("s3:PutObjectRetention", "Deny", Condition={
        "NumericGreaterThan": {"s3:object-lock-remaining-retention-days": "10"}})))
    client = user.client("s3")
    body = {"Bucket": bucket, "Key": "new", "Body": b"x", "ContentMD5": content_md5(b"x"), "ObjectLockMode": "GOVERNANCE"}
    retain(client, bucket, governance(days=10))
    client.put_object(**body, ObjectLockRetainUntilDate=hour(days=9))
    with denied("s3:PutObjectRetention"):
        retain(client, bucket, governance(days=10, hours=2))
    with denied("s3:PutObjectRetention"):
        client.put_object(**body, ObjectLockRetainUntilDate=hour(days=11))


@pytest.mark.parametrize("key, value, good, bad", [
    ("s3:object-lock-mode", "GOVERNANCE", governance(days=2), compliance(days=2)),
    ("s3:object-lock-retain-until-date", "2098-01-01T00:00:00Z",
     {"Mode": "GOVERNANCE", "RetainUntilDate": datetime(2098, 1, 1, tzinfo=timezone.utc)},
     {"Mode": "GOVERNANCE", "RetainUntilDate": datetime(2098, 1, 2, tzinfo=timezone.utc)}),
])
def test_what_is_retained_how(account, bucket, version, key, value, good, bad):
    user = account.user(policy=policy("s3:PutObject", statement("s3:PutObjectRetention", Condition={
        "StringEquals": {key: value}})))
    client = user.client("s3")

    def put(wanted):
        client.put_object(Bucket=bucket, Key="new", Body=b"x", ContentMD5=content_md5(b"x"),
                          ObjectLockMode=wanted["Mode"], ObjectLockRetainUntilDate=wanted["RetainUntilDate"])

    with denied("s3:PutObjectRetention"):
        retain(client, bucket, bad)
    with denied("s3:PutObjectRetention"):
        put(bad)
    retain(client, bucket, good)
    put(good)


def test_who_may_lift_a_hold(account, s3, bucket, version):
    user = account.user(policy=policy("s3:PutObject", statement("s3:PutObjectLegalHold", Condition={
        "StringEquals": {"s3:object-lock-legal-hold": "ON"}})))
    client = user.client("s3")
    hold(client, bucket, "ON")
    with denied("s3:PutObjectLegalHold"):
        hold(client, bucket, "OFF")
    client.put_object(Bucket=bucket, Key="key", Body=b"x", ContentMD5=content_md5(b"x"), ObjectLockLegalHoldStatus="ON")
    with denied("s3:PutObjectLegalHold"):
        client.put_object(Bucket=bucket, Key="key", Body=b"x", ContentMD5=content_md5(b"x"),
                          ObjectLockLegalHoldStatus="OFF")
