"""KMS tags: put, replaced, taken off, listed; limits and reserved names."""
import pytest

from harness.account import policy, statement
from harness.kms import all_pages
from harness.refusals import refused


@pytest.fixture
def kms(account):
    return account.client("kms", parameter_validation=False)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["KeyId"]


def tags(**pairs):
    return [{"TagKey": name, "TagValue": value} for name, value in pairs.items()]


def tags_of(kms, key):
    return {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=key)["Tags"]}


def test_put_replace_and_take_off(account, kms, key):
    assert kms.list_resource_tags(KeyId=key)["Tags"] == []
    kms.tag_resource(KeyId=key, Tags=tags(team="red", stage="test"))
    kms.tag_resource(KeyId=f"arn:aws:kms:us-east-1:{account.id}:key/{key}", Tags=tags(team="blue", empty=""))
    assert tags_of(kms, key) == {"team": "blue", "stage": "test", "empty": ""}
    kms.untag_resource(KeyId=key, TagKeys=["team", "never-there"])
    kms.untag_resource(KeyId=key, TagKeys=["team"])
    assert tags_of(kms, key) == {"stage": "test", "empty": ""}


def test_tags_at_creation_are_tags(kms):
    made = kms.create_key(Tags=tags(team="red"))["KeyMetadata"]["KeyId"]
    kms.tag_resource(KeyId=made, Tags=tags(Team="blue"))
    assert tags_of(kms, made) == {"team": "red", "Team": "blue"}


def test_the_longest_and_the_oddest(kms, key):
    odd = {"k" * 128: "v" * 256, "鍵" * 128: "🔑" * 256, "Größe + - = . _ : / @": " spaces ", "AWS": "aws:value"}
    kms.tag_resource(KeyId=key, Tags=tags(**odd))
    assert tags_of(kms, key) == odd


@pytest.mark.parametrize("tag", [{"TagKey": "", "TagValue": "v"}, {"TagKey": "k" * 129, "TagValue": "v"},
                                 {"TagKey": "k", "TagValue": "v" * 257}, {"TagKey": "k"}, {"TagValue": "v"}])
def test_tags_out_of_bounds(kms, key, tag):
    for call, more in ((kms.tag_resource, {"KeyId": key}), (kms.create_key, {})):
        with refused("ValidationException", status=400):
            call(Tags=[tag], **more)


@pytest.mark.parametrize("given", [tags(**{"aws:team": "x"}), tags(**{"AWS:x": "x"}), tags(a="1") + tags(a="2"),
                                   tags(a="1") + tags(a="1")])
def test_reserved_and_doubled_names(kms, key, given):
    for call, more in ((kms.tag_resource, {"KeyId": key}), (kms.create_key, {})):
        with refused("TagException", status=400):
            call(Tags=given, **more)
    assert tags_of(kms, key) == {}


def test_fifty_tags(kms, key):
    fifty = tags(**{f"k{number}": "v" for number in range(50)})
    kms.tag_resource(KeyId=key, Tags=fifty[:30])
    kms.tag_resource(KeyId=key, Tags=fifty[20:])
    with refused("LimitExceededException", status=400):
        kms.tag_resource(KeyId=key, Tags=tags(more="v"))
    with refused("LimitExceededException", status=400):
        kms.create_key(Tags=fifty + tags(more="v"))
    kms.tag_resource(KeyId=key, Tags=tags(k7="new"))
    assert len(tags_of(kms, key)) == 50 and tags_of(kms, key)["k7"] == "new"
    kms.untag_resource(KeyId=key, TagKeys=["k7"])
    kms.tag_resource(KeyId=key, Tags=tags(more="v"))
    assert len(kms.create_key(Tags=fifty)["KeyMetadata"]["KeyId"]) == 36


@pytest.mark.parametrize("size", [1, 3, 50])
def test_pages_of_tags(kms, key, size):
    names = [f"k{number}" for number in range(7)] + ["Größe", "鍵"]
    kms.tag_resource(KeyId=key, Tags=tags(**dict.fromkeys(names, "v")))
    rows = all_pages(kms.list_resource_tags, "Tags", size, KeyId=key)
    assert sorted(row["TagKey"] for row in rows) == sorted(names)


def test_what_a_listing_refuses(kms, key):
    for limit in (0, 51, 1001):
        with refused("ValidationException", status=400):
            kms.list_resource_tags(KeyId=key, Limit=limit)
    kms.tag_resource(KeyId=key, Tags=tags(a="1", b="2"))
    marker = kms.list_resource_tags(KeyId=key, Limit=1)["NextMarker"]
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    for given, of in (("x", key), (marker, other)):
        with refused("InvalidMarkerException", status=400):
            kms.list_resource_tags(KeyId=of, Marker=given)


def test_a_key_that_is_not_there(kms):
    for call, more in ((kms.tag_resource, {"Tags": []}), (kms.untag_resource, {"TagKeys": []}),
                       (kms.list_resource_tags, {})):
        with refused("NotFoundException", status=400):
            call(KeyId="11111111-2222-3333-4444-555555555555", **more)


def test_which_tags_may_be_put(account, kms, key):
    user = account.user(policy=policy(statement("kms:TagResource", Condition={
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}, "StringEquals": {"aws:RequestTag/team": "red"}}),
        statement("kms:UntagResource", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}})))
    mine = user.client("kms")
    for given in (tags(team="blue"), tags(team="red", more="x"), tags(other="red")):
        with refused("AccessDeniedException", status=400):
            mine.tag_resource(KeyId=key, Tags=given)
    with refused("AccessDeniedException", status=400):
        mine.untag_resource(KeyId=key, TagKeys=["team"])
    mine.tag_resource(KeyId=key, Tags=tags(team="red"))
    mine.untag_resource(KeyId=key, TagKeys=["team"])
    assert tags_of(kms, key) == {}
