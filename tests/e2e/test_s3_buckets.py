"""Buckets: made in every way, found, listed, removed.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"""
import datetime
import itertools
import re
from urllib.parse import quote

import pytest

from harness import raw
from harness.account import policy, statement
from harness.refusals import denied, refused

_numbers = itertools.count(1)
TAKEN = ("The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
         "Please select a different name and try again.")
OWNED = "Your previous request to create the named bucket succeeded and you already own it."
ABSENT = "The specified bucket does not exist"


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def name(account):
    """A name that nobody has."""
    return f"bucket-{account.id}-{next(_numbers)}"


def at(region):
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}


def names(s3, **arguments):
    return [one["Name"] for one in s3.list_buckets(**arguments)["Buckets"]]


def ask(account, target, method="GET", creds=None, **more):
    return raw.signed(account.server, creds or account.root, "s3", method=method, target=target, **more)


# -- Made

def test_a_bucket_is_made_and_there(s3, account, name):
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=5)
    answer = s3.create_bucket(Bucket=name)
    assert answer["Location"] == f"/{name}"
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-arn"] == f"arn:aws:s3:::{name}"
    listed = s3.list_buckets()
    assert [one["Name"] for one in listed["Buckets"]] == [name]
    assert before < listed["Buckets"][0]["CreationDate"] < before + datetime.timedelta(minutes=1)
    assert re.fullmatch("[0-9a-f]{64}", listed["Owner"]["ID"])
    assert s3.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    record = account.event("CreateBucket")
    assert record["requestParameters"]["bucketName"] == name
    assert [one["ARN"] for one in record["resources"]] == [f"arn:aws:s3:::{name}"]


@pytest.mark.parametrize("asked_in, wanted, is_in", [
    ("us-east-1", "eu-west-1", "eu-west-1"), ("us-east-1", "EU", "eu-west-1"), ("eu-west-1", "eu-west-1", "eu-west-1"),
    ("eu-west-1", "EU", "eu-west-1"), ("ap-southeast-2", "ap-southeast-2", "ap-southeast-2")])
def test_where_a_bucket_may_be(account, name, asked_in, wanted, is_in):
    answer = account.client("s3", region=asked_in).create_bucket(Bucket=name, **at(wanted))
    assert answer["Location"] == f"http://{name}.s3.amazonaws.com/"
    there = account.client("s3", region=is_in)
    assert there.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == is_in
    assert there.get_bucket_location(Bucket=name)["LocationConstraint"] == is_in


def test_the_oldest_region_takes_an_empty_document(account, name):
    assert ask(account, f"/{name}", "PUT", body=b"<CreateBucketConfiguration/>").status == 200
    body = b"<CreateBucketConfiguration><LocationConstraint></LocationConstraint></CreateBucketConfiguration>"
    assert ask(account, f"/{name}2", "PUT", body=body).status == 200


@pytest.mark.parametrize("asked_in, arguments, code, message", [
    ("us-east-1", at("us-east-1"), "InvalidLocationConstraint", "The specified location-constraint is not valid"),
    ("us-east-1", at("moon-north-1"), "InvalidLocationConstraint", "The specified location-constraint is not valid"),
    ("us-east-1", at("eu"), "InvalidLocationConstraint", "The specified location-constraint is not valid"),
    ("eu-west-1", {}, "IllegalLocationConstraintException",
     "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."),
    ("eu-west-1", at("us-west-2"), "IllegalLocationConstraintException",
     "The us-west-2 location constraint is incompatible for the region specific endpoint this request was sent to."),
    ("us-west-2", at("EU"), "IllegalLocationConstraintException",
     "The EU location constraint is incompatible for the region specific endpoint this request was sent to."),
])
def test_where_no_bucket_can_be(account, s3, name, asked_in, arguments, code, message):
    with refused(code, message, 400):
        account.client("s3", region=asked_in).create_bucket(Bucket=name, **arguments)
    assert names(s3) == []


def test_a_name_is_taken_for_everyone(account, other_account, s3, name):
    s3.create_bucket(Bucket=name)
    other = other_account.client("s3")
    with refused("BucketAlreadyExists", TAKEN, 409):
        other.create_bucket(Bucket=name)
    with refused("BucketAlreadyExists", TAKEN, 409):
        other_account.client("s3", region="eu-west-1").create_bucket(Bucket=name, **at("eu-west-1"))
    assert names(other) == [] and names(s3) == [name]


def test_ones_own_name_again(account, s3, name):
    """The oldest region has always taken it; the others say so."""
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    assert s3.create_bucket(Bucket=name)["Location"] == f"/{name}"
    assert names(s3) == [name]
    for region in ("eu-west-1", "us-west-2"):
        with refused("BucketAlreadyOwnedByYou", OWNED, 409):
            account.client("s3", region=region).create_bucket(Bucket=name, **at(region))
    abroad = account.client("s3", region="eu-west-1")
    abroad.create_bucket(Bucket=name + "-eu", **at("eu-west-1"))
    with refused("BucketAlreadyOwnedByYou", OWNED, 409):
        abroad.create_bucket(Bucket=name + "-eu", **at("eu-west-1"))
    with refused("BucketAlreadyOwnedByYou", OWNED, 409):
        s3.create_bucket(Bucket=name + "-eu")


def test_a_name_is_free_again_when_its_bucket_is_gone(other_account, s3, name):
    s3.create_bucket(Bucket=name)
    s3.delete_bucket(Bucket=name)
    other = other_account.client("s3")
    other.create_bucket(Bucket=name)
    assert names(other) == [name] and names(s3) == []
    with refused("BucketAlreadyExists", TAKEN, 409):
        s3.create_bucket(Bucket=name)


def test_acls_of_buckets_whose_owner_owns_all(other_account, s3, name):
    """None that lets others in."""
    other = other_account.client("s3").list_buckets()["Owner"]["ID"]
    for arguments in ({"ACL": "public-read"}, {"ACL": "authenticated-read"}, {"GrantRead": f'id="{other}"'}):
        with refused("InvalidBucketAclWithObjectOwnership",
                     "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting", 400):
            s3.create_bucket(Bucket=name, **arguments)
    assert names(s3) == []
    s3.create_bucket(Bucket=name, ACL="private")


def test_values_that_no_bucket_has(account, name):
    answer = ask(account, f"/{name}", "PUT", headers={"x-amz-object-ownership": "Everyone"})
    assert (answer.status, answer.code) == (400, "InvalidArgument"), answer.text
    answer = ask(account, f"/{name}", "PUT", headers={"x-amz-acl": "everyone"})
    assert (answer.status, answer.code) == (400, "InvalidArgument"), answer.text
    assert names(account.client("s3")) == []


# -- Tags at birth

def tagged(name, *tags):
    rows = "".join(f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in tags)
    return f"<CreateBucketConfiguration><Tags>{rows}</Tags></CreateBucketConfiguration>".encode()


def test_tags_decide_from_the_first_moment(account, name):
    answer = ask(account, f"/{name}", "PUT", body=tagged(name, ("team", "blue")))
    assert answer.status == 200, answer.text
    blue = account.user(policy=policy(statement("s3:GetBucketLocation", Condition={
        "StringEquals": {"aws:ResourceTag/team": "blue"}}))).client("s3")
    red = account.user(policy=policy(statement("s3:GetBucketLocation", Condition={
        "StringEquals": {"aws:ResourceTag/team": "red"}}))).client("s3")
    assert blue.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    with denied("s3:GetBucketLocation"):
        red.get_bucket_location(Bucket=name)


@pytest.mark.parametrize("tags, code", [
    ([("k", "1"), ("k", "2")], "InvalidTag"), ([("aws:k", "1")], "InvalidTag"), ([("", "1")], "InvalidTag"),
    ([("k" * 129, "1")], "InvalidTag"), ([("k", "v" * 257)], "InvalidTag"),
    ([(f"k{number}", "v") for number in range(51)], "BadRequest")])
def test_tags_that_no_bucket_can_have(account, name, tags, code):
    answer = ask(account, f"/{name}", "PUT", body=tagged(name, *tags))
    assert answer.status == 400 and answer.code in (code, "MalformedXML"), answer.text
    assert names(account.client("s3")) == []


def test_tags_need_a_permission_of_their_own(account, name):
    maker = account.user(policy=policy("s3:CreateBucket")).creds
    answer = ask(account, f"/{name}", "PUT", creds=maker, body=tagged(name, ("team", "blue")))
    assert answer.status == 403 and "is not authorized to perform: s3:TagResource" in answer.message, answer.text
    assert names(account.client("s3")) == []


# -- Permissions

@pytest.mark.parametrize("arguments, action", [
    ({"ACL": "private"}, "s3:PutBucketAcl"), ({"ObjectLockEnabledForBucket": True}, "s3:PutBucketObjectLockConfiguration"),
    ({"ObjectOwnership": "BucketOwnerPreferred"}, "s3:PutBucketOwnershipControls"),
    ({"GrantRead": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'}, "s3:PutBucketAcl")])
def test_more_than_a_bucket_needs_more_than_its_permission(account, s3, name, arguments, action):
    maker = account.user(policy=policy("s3:CreateBucket")).client("s3")
    with denied(action, f"arn:aws:s3:::{name}"):
        maker.create_bucket(Bucket=name, **arguments)
    assert names(s3) == []
    maker.create_bucket(Bucket=name)
    assert names(s3) == [name]


def test_versions_of_locked_objects_need_their_permission(account, name):
    maker = account.user(policy=policy("s3:CreateBucket", "s3:PutBucketObjectLockConfiguration")).client("s3")
    with denied("s3:PutBucketVersioning", f"arn:aws:s3:::{name}"):
        maker.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)


def test_where_buckets_may_be_is_a_matter_of_policy(account, s3, name):
    maker = account.user(policy=policy(statement("s3:CreateBucket", Condition={
        "StringEquals": {"s3:locationconstraint": "eu-west-1"}}))).client("s3")
    with denied("s3:CreateBucket", f"arn:aws:s3:::{name}"):
        maker.create_bucket(Bucket=name)
    with denied("s3:CreateBucket", f"arn:aws:s3:::{name}"):
        maker.create_bucket(Bucket=name, **at("us-west-2"))
    maker.create_bucket(Bucket=name, **at("eu-west-1"))
    assert names(s3) == [name]


def test_nobody_without_permission(account, s3, name):
    s3.create_bucket(Bucket=name)
    user = account.user().client("s3")
    with denied("s3:CreateBucket", f"arn:aws:s3:::{name}-2"):
        user.create_bucket(Bucket=name + "-2")
    with denied("s3:DeleteBucket", f"arn:aws:s3:::{name}"):
        user.delete_bucket(Bucket=name)
    with denied("s3:GetBucketLocation", f"arn:aws:s3:::{name}"):
        user.get_bucket_location(Bucket=name)
    with refused("AccessDenied", status=403):
        user.list_buckets()
    with refused("403", "Forbidden", 403):
        user.head_bucket(Bucket=name)
    assert names(s3) == [name]


def test_a_denial_names_resources_in_quotation_marks(account, s3, name):
    """And none where the action has none."""
    s3.create_bucket(Bucket=name)
    nobody, never = account.user(), account.user(policy=policy(statement("s3:*", "Deny")))
    where, why = f' on resource: "arn:aws:s3:::{name}"', " because no identity-based policy allows the s3:{} action"
    who = "User: {.arn} is not authorized to perform: s3:{}"
    with refused("AccessDenied", who.format(nobody, "ListBucket") + where + why.format("ListBucket"), 403):
        nobody.client("s3").list_objects_v2(Bucket=name)
    with refused("AccessDenied", who.format(nobody, "ListAllMyBuckets") + why.format("ListAllMyBuckets"), 403):
        nobody.client("s3").list_buckets()
    with refused("AccessDenied", f'{who.format(never, "ListBucket")}{where} with an explicit deny in an identity-based policy', 403):
        never.client("s3").list_objects_v2(Bucket=name)


def test_another_account_has_no_say(other_account, s3, name):
    s3.create_bucket(Bucket=name)
    other = other_account.client("s3")
    with refused("AccessDenied", "Access Denied", 403):
        other.delete_bucket(Bucket=name)
    with refused("AccessDenied", "Access Denied", 403):
        other.get_bucket_location(Bucket=name)
    with refused("403", "Forbidden", 403):
        other.head_bucket(Bucket=name)
    assert names(s3) == [name]


# -- Found and removed

def test_what_is_not_there(s3, account, name):
    with refused("NoSuchBucket", ABSENT, 404):
        s3.get_bucket_location(Bucket=name)
    with refused("NoSuchBucket", ABSENT, 404):
        s3.delete_bucket(Bucket=name)
    with refused("404", "Not Found", 404):
        s3.head_bucket(Bucket=name)
    assert f"<BucketName>{name}</BucketName>" in ask(account, f"/{name}?location").text


def test_removed(s3, account, name):
    s3.create_bucket(Bucket=name)
    assert s3.delete_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert names(s3) == []
    with refused("NoSuchBucket", ABSENT, 404):
        s3.delete_bucket(Bucket=name)
    assert account.event("DeleteBucket").get("errorCode") in (None, "NoSuchBucket")


def test_what_has_something_in_it_stays(s3, name):
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="key", Body=b"body")
    with refused("BucketNotEmpty", "The bucket you tried to delete is not empty", 409):
        s3.delete_bucket(Bucket=name)
    assert names(s3) == [name]


def test_versions_keep_a_bucket_too(s3, name):
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=name, Key="key", Body=b"body")
    with refused("BucketNotEmpty",
                 "The bucket you tried to delete is not empty. You must delete all versions in the bucket.", 409):
        s3.delete_bucket(Bucket=name)


# -- Listed

def listed(account, query):
    """What the installed SDK does not know to ask for: raw."""
    answer = ask(account, f"/?{query}")
    assert answer.status == 200, answer.text
    return re.findall("<Name>([^<]*)</Name>", answer.text), answer.text


@pytest.fixture
def many(account, name):
    """Five buckets, two of them in another region; in order."""
    made = [f"{name}-{letter}" for letter in "caebd"]
    for one in made:
        region = "eu-west-1" if one[-1] in "bd" else "us-east-1"
        account.client("s3", region=region).create_bucket(Bucket=one, **(at(region) if region != "us-east-1" else {}))
    return sorted(made)


def test_listed_in_order_wherever_they_are(account, other_account, many):
    for region in ("us-east-1", "eu-west-1"):
        assert names(account.client("s3", region=region)) == many
    assert names(other_account.client("s3")) == []


def test_listed_by_prefix(account, many, name):
    found, text = listed(account, f"prefix={name}-b")
    assert found == [name + "-b"]
    assert f"<Prefix>{name}-b</Prefix>" in text and "<BucketRegion>eu-west-1</BucketRegion>" in text
    assert f"<BucketArn>arn:aws:s3:::{name}-b</BucketArn>" in text
    assert listed(account, f"prefix={name}")[0] == many
    assert listed(account, "prefix=other")[0] == []


def test_listed_by_region(account, many):
    assert listed(account, "bucket-region=eu-west-1")[0] == [one for one in many if one[-1] in "bd"]
    assert listed(account, "bucket-region=us-east-1")[0] == [one for one in many if one[-1] in "ace"]
    assert listed(account, "bucket-region=ap-southeast-2")[0] == []


def pages(account, query):
    token, found = "", []
    while True:
        page, text = listed(account, query + token)
        found.append(page)
        more = re.search("<ContinuationToken>([^<]*)</ContinuationToken>", text)
        if not more:
            return found
        token = "&continuation-token=" + quote(more.group(1), safe="")


def test_listed_in_pages(account, many):
    assert pages(account, "max-buckets=2") == [many[:2], many[2:4], many[4:]]
    assert pages(account, "max-buckets=5") == [many]
    assert pages(account, "max-buckets=1&bucket-region=eu-west-1") == [[many[1]], [many[3]]]
    plain, text = listed(account, "")
    assert plain == many and "<BucketRegion>" not in text and "<ContinuationToken>" not in text


@pytest.mark.parametrize("query, message", [
    ("max-buckets=0", "Argument maxBuckets must be an integer between 1 and 10000"),
    ("max-buckets=10001", "Argument maxBuckets must be an integer between 1 and 10000"),
    ("max-buckets=x", "Provided max-buckets not an integer or within integer range"),
    ("continuation-token=x", "The continuation token provided is incorrect")])
def test_pages_that_there_are_not(account, query, message):
    answer = ask(account, f"/?{query}")
    assert (answer.status, answer.code, answer.message) == (400, "InvalidArgument", message), answer.text


def test_a_token_is_good_for_its_account_alone(account, other_account, many):
    _, text = listed(account, "max-buckets=2")
    token = re.search("<ContinuationToken>([^<]*)</ContinuationToken>", text).group(1)
    answer = ask(other_account, "/?continuation-token=" + quote(token, safe=""))
    assert (answer.status, answer.code) == (400, "InvalidArgument"), answer.text
