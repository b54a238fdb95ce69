"""KMS aliases: made, moved, listed, deleted; names, limits, types, regions."""
import pytest

from harness.account import policy, statement
from harness.json_client import JsonClient
from harness.kms import all_pages
from harness.refusals import refused


@pytest.fixture
def kms(account):
    return account.client("kms", parameter_validation=False)


def make(kms, **more):
    return kms.create_key(**more)["KeyMetadata"]["KeyId"]


def target(kms, alias):
    return kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]


def own(kms, **more):
    return [row for row in all_pages(kms.list_aliases, "Aliases", 100, **more)
            if not row["AliasName"].startswith("alias/aws/")]


def test_an_alias_is_made_moved_and_deleted(account, kms):
    first, second = make(kms), make(kms)
    assert kms.create_alias(AliasName="alias/app", TargetKeyId=first)["ResponseMetadata"]["HTTPStatusCode"] == 200
    row, = own(kms)
    assert row["AliasName"] == "alias/app" and row["TargetKeyId"] == first
    assert row["AliasArn"] == f"arn:aws:kms:us-east-1:{account.id}:alias/app"
    assert row["CreationDate"] == row["LastUpdatedDate"]
    kms.update_alias(AliasName="alias/app", TargetKeyId=f"arn:aws:kms:us-east-1:{account.id}:key/{second}")
    moved, = own(kms)
    assert moved["TargetKeyId"] == second and moved["CreationDate"] == row["CreationDate"]
    assert moved["LastUpdatedDate"] >= row["LastUpdatedDate"]
    assert target(kms, "alias/app") == second
    kms.delete_alias(AliasName="alias/app")
    assert own(kms) == []
    with refused("NotFoundException", f"Alias {row['AliasArn']} is not found.", 400):
        kms.describe_key(KeyId="alias/app")
    assert kms.describe_key(KeyId=second)["KeyMetadata"]["Enabled"] is True


def test_data_follow_the_key_and_not_the_alias(kms):
    first, second = make(kms), make(kms)
    kms.create_alias(AliasName="alias/app", TargetKeyId=first)
    blob = kms.encrypt(KeyId="alias/app", Plaintext=b"x")["CiphertextBlob"]
    kms.update_alias(AliasName="alias/app", TargetKeyId=second)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    with refused("IncorrectKeyException", status=400):
        kms.decrypt(CiphertextBlob=blob, KeyId="alias/app")


@pytest.mark.parametrize("name", ["alias/" + "a" * 250, "alias/a/b/c", "alias/A_-9", "alias/awsome", "alias/aws",
                                  "alias/alias/x"])
def test_names(kms, name):
    key = make(kms)
    kms.create_alias(AliasName=name, TargetKeyId=key)
    assert target(kms, name) == key


@pytest.mark.parametrize("name", ["alias/" + "a" * 251, "alias/a b", "alias/ä", "alias/a.b", "alias/a#", "", "alias/",
                                  "app", "Alias/app", "alias"])
def test_bad_names(kms, name):
    key = make(kms)
    for call, more in ((kms.create_alias, {"TargetKeyId": key}), (kms.update_alias, {"TargetKeyId": key}),
                       (kms.delete_alias, {})):
        with refused("ValidationException", status=400):
            call(AliasName=name, **more)


def test_colons(kms):
    with refused("InvalidAliasNameException", status=400):
        kms.create_alias(AliasName="alias/a:b", TargetKeyId=make(kms))


def test_names_that_aws_keeps_for_itself(kms):
    key = make(kms)
    for name in ("alias/aws/app", "alias/aws/s3"):
        for call, more in ((kms.create_alias, {"TargetKeyId": key}), (kms.update_alias, {"TargetKeyId": key}),
                           (kms.delete_alias, {})):
            with refused("NotAuthorizedException", status=400):
                call(AliasName=name, **more)


def test_the_alias_of_a_managed_key_stays(kms):
    managed, key = target(kms, "alias/aws/s3"), make(kms)
    with refused("NotAuthorizedException", status=400):
        kms.create_alias(AliasName="alias/aws/s3", TargetKeyId=key)
    for call, more in ((kms.update_alias, {"TargetKeyId": key}), (kms.delete_alias, {})):
        with refused("AccessDeniedException", status=400):  # says the policy of the managed key
            call(AliasName="alias/aws/s3", **more)
    with refused("AccessDeniedException", status=400):
        kms.create_alias(AliasName="alias/mine", TargetKeyId=managed)
    assert target(kms, "alias/aws/s3") == managed


def test_names_differ_by_case(kms):
    first, second = make(kms), make(kms)
    kms.create_alias(AliasName="alias/app", TargetKeyId=first)
    kms.create_alias(AliasName="alias/APP", TargetKeyId=second)
    assert (target(kms, "alias/app"), target(kms, "alias/APP")) == (first, second)


def test_a_name_is_taken_once(account, kms):
    first, second = make(kms), make(kms)
    kms.create_alias(AliasName="alias/app", TargetKeyId=first)
    arn = f"arn:aws:kms:us-east-1:{account.id}:alias/app"
    for key in (first, second):
        with refused("AlreadyExistsException", f"An alias with the name {arn} already exists", 400):
            kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    assert target(kms, "alias/app") == first


def test_an_alias_that_is_not_there(account, kms):
    text = f"Alias arn:aws:kms:us-east-1:{account.id}:alias/none is not found."
    for call, more in ((kms.update_alias, {"TargetKeyId": make(kms)}), (kms.delete_alias, {})):
        with refused("NotFoundException", text, 400):
            call(AliasName="alias/none", **more)


def test_targets(account, other_account, kms):
    kms.create_alias(AliasName="alias/there", TargetKeyId=make(kms))
    theirs = other_account.client("kms").create_key()["KeyMetadata"]["Arn"]
    abroad = account.client("kms", region="eu-west-1").create_key()["KeyMetadata"]
    for call, name in ((kms.create_alias, "alias/new"), (kms.update_alias, "alias/there")):
        for key in ("alias/there", "11111111-2222-3333-4444-555555555555", abroad["KeyId"], abroad["Arn"]):
            with refused("NotFoundException", status=400):
                call(AliasName=name, TargetKeyId=key)
        with refused("AccessDeniedException", status=400):
            call(AliasName=name, TargetKeyId=theirs)
        for key in ("", None):
            with refused("ValidationException", status=400):
                call(AliasName=name, **({} if key is None else {"TargetKeyId": key}))


def test_aliases_belong_to_a_region(account, kms):
    abroad = account.client("kms", region="eu-west-1")
    here, there = make(kms), make(abroad)
    kms.create_alias(AliasName="alias/app", TargetKeyId=here)
    abroad.create_alias(AliasName="alias/app", TargetKeyId=there)
    assert (target(kms, "alias/app"), target(abroad, "alias/app")) == (here, there)
    kms.delete_alias(AliasName="alias/app")
    assert target(abroad, "alias/app") == there and own(kms) == []


def test_aliases_of_another_account(account, other_account, kms):
    theirs = other_account.client("kms")
    kms.create_alias(AliasName="alias/app", TargetKeyId=make(kms))
    theirs.create_alias(AliasName="alias/app", TargetKeyId=make(theirs))
    assert target(kms, "alias/app") != target(theirs, "alias/app")
    with refused("AccessDeniedException", status=400):
        theirs.describe_key(KeyId=f"arn:aws:kms:us-east-1:{account.id}:alias/app")


def test_fifty_aliases_of_a_key(kms):
    key, other = make(kms), make(kms)
    for number in range(50):
        kms.create_alias(AliasName=f"alias/a{number}", TargetKeyId=key)
    kms.create_alias(AliasName="alias/other", TargetKeyId=other)
    with refused("LimitExceededException", status=400):
        kms.create_alias(AliasName="alias/one-more", TargetKeyId=key)
    with refused("LimitExceededException", status=400):
        kms.update_alias(AliasName="alias/other", TargetKeyId=key)
    assert target(kms, "alias/other") == other
    kms.update_alias(AliasName="alias/a7", TargetKeyId=key)  # where it was already
    kms.update_alias(AliasName="alias/a7", TargetKeyId=other)
    kms.update_alias(AliasName="alias/other", TargetKeyId=key)
    kms.delete_alias(AliasName="alias/a8")
    kms.create_alias(AliasName="alias/one-more", TargetKeyId=key)
    assert len(own(kms, KeyId=key)) == 50


RSA_SIGN = {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}
ECC_SIGN = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
ECC_OTHER = {"KeySpec": "ECC_NIST_P384", "KeyUsage": "SIGN_VERIFY"}
ECC_AGREE = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}
RSA_CRYPT = {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}
HMAC = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
HMAC_OTHER = {"KeySpec": "HMAC_512", "KeyUsage": "GENERATE_VERIFY_MAC"}


@pytest.mark.parametrize("first, second, is_alike", [
    ({}, {}, True), ({}, {"Origin": "EXTERNAL"}, True), ({}, {"MultiRegion": True}, True), ({}, RSA_CRYPT, False),
    ({}, HMAC, False), (HMAC, HMAC_OTHER, True), (HMAC, {}, False), (RSA_SIGN, ECC_SIGN, True),
    (ECC_SIGN, ECC_OTHER, True), (ECC_SIGN, ECC_AGREE, False), (RSA_SIGN, RSA_CRYPT, False), (RSA_CRYPT, {}, False)])
def test_an_alias_stays_with_its_type_and_usage(account, first, second, is_alike):
    kms = JsonClient(account)
    before, after = make(kms, **first), make(kms, **second)
    kms.create_alias(AliasName="alias/app", TargetKeyId=before)
    if is_alike:
        kms.update_alias(AliasName="alias/app", TargetKeyId=after)
        assert target(kms, "alias/app") == after
        return
    with refused("ValidationException", status=400):
        kms.update_alias(AliasName="alias/app", TargetKeyId=after)
    assert target(kms, "alias/app") == before


# -- ListAliases

def test_those_of_aws_are_listed_before_they_have_keys(kms):
    rows = kms.list_aliases()["Aliases"]
    assert {"alias/aws/s3", "alias/aws/ssm", "alias/aws/lambda", "alias/aws/dynamodb"} <= {
        row["AliasName"] for row in rows}
    assert all(set(row) == {"AliasName", "AliasArn"} for row in rows)
    key = target(kms, "alias/aws/s3")
    row, = [row for row in kms.list_aliases()["Aliases"] if row["AliasName"] == "alias/aws/s3"]
    assert row["TargetKeyId"] == key and row["CreationDate"]
    assert len(kms.list_aliases()["Aliases"]) == len(rows)


@pytest.mark.parametrize("size", [1, 4, 7, 100])
def test_pages_of_aliases(kms, size):
    predefined = [row["AliasName"] for row in kms.list_aliases()["Aliases"]]
    target(kms, "alias/aws/rds")
    key, other = make(kms), make(kms)
    names = [f"alias/{word}" for word in ("a", "aws", "awt", "b/c", "zz", "aws-", "Z")]
    for name in names:
        kms.create_alias(AliasName=name, TargetKeyId=key)
    kms.create_alias(AliasName="alias/other", TargetKeyId=other)
    every = [row["AliasName"] for row in all_pages(kms.list_aliases, "Aliases", size)]
    assert sorted(every) == sorted(names + predefined + ["alias/other"]) and len(set(every)) == len(every)
    of_key = [row["AliasName"] for row in all_pages(kms.list_aliases, "Aliases", size, KeyId=key)]
    assert sorted(of_key) == sorted(names)


def test_fifty_to_a_page(kms):
    first, second = make(kms), make(kms)
    for number in range(60):
        kms.create_alias(AliasName=f"alias/{number}", TargetKeyId=[first, second][number % 2])
    page = kms.list_aliases()
    assert len(page["Aliases"]) == 50 and page["Truncated"] is True
    assert len(kms.list_aliases(Limit=100)["Aliases"]) > 60


def test_what_a_listing_refuses(other_account, kms):
    for limit in (0, 101, 1001):
        with refused("ValidationException", status=400):
            kms.list_aliases(Limit=limit)
    key, other = make(kms), make(kms)
    for number in range(2):
        kms.create_alias(AliasName=f"alias/{number}", TargetKeyId=key)
    marker = kms.list_aliases(KeyId=key, Limit=1)["NextMarker"]
    for given, more in (("x", {}), (marker, {}), (marker, {"KeyId": other})):
        with refused("InvalidMarkerException", status=400):
            kms.list_aliases(Marker=given, **more)
    theirs = other_account.client("kms").create_key()["KeyMetadata"]["Arn"]
    for key_id in (theirs, "11111111-2222-3333-4444-555555555555", "alias/1"):
        with refused("NotFoundException", status=400):
            kms.list_aliases(KeyId=key_id)


# -- Permissions: on the alias and on the keys

def test_both_the_alias_and_the_key_must_be_allowed(account, kms):
    key, other = make(kms), make(kms)
    arn = f"arn:aws:kms:us-east-1:{account.id}:"
    operations = ["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"]
    only_alias = account.user(policy=policy(statement(operations, resource=arn + "alias/app"))).client("kms")
    only_key = account.user(policy=policy(statement(operations, resource=arn + "key/*"))).client("kms")
    both = account.user(policy=policy(statement(operations, resource=[arn + "alias/app", arn + "key/" + key])))
    for user in (only_alias, only_key):
        with refused("AccessDeniedException", status=400):
            user.create_alias(AliasName="alias/app", TargetKeyId=key)
    kms_of_both = both.client("kms")
    kms_of_both.create_alias(AliasName="alias/app", TargetKeyId=key)
    with refused("AccessDeniedException", status=400):
        kms_of_both.update_alias(AliasName="alias/app", TargetKeyId=other)  # not on the new key
    for user in (only_alias, only_key):
        with refused("AccessDeniedException", status=400):
            user.delete_alias(AliasName="alias/app")
    kms_of_both.delete_alias(AliasName="alias/app")


def test_an_alias_decides_who_may_use_the_key(account, kms):
    """https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html"""
    key = make(kms)
    user = account.user(policy=policy(
        statement("kms:Encrypt", Condition={"StringEquals": {"kms:RequestAlias": "alias/app"}}),
        statement("kms:DescribeKey", Condition={"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/a*"}})))
    mine = user.client("kms")
    kms.create_alias(AliasName="alias/zebra", TargetKeyId=key)
    with refused("AccessDeniedException", status=400):
        mine.describe_key(KeyId=key)
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    assert mine.describe_key(KeyId=key) and mine.encrypt(KeyId="alias/app", Plaintext=b"x")
    for name in (key, "alias/zebra"):
        with refused("AccessDeniedException", status=400):
            mine.encrypt(KeyId=name, Plaintext=b"x")
