"""The end of KMS keys: waiting periods, cancelling, what goes at the hour, replicas before their primary.
https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"""
import base64
import json

import pytest

from harness.account import Account
from harness.json_client import JsonClient
from harness.kms import import_material
from harness.refusals import refused

DAY = 86400
TEXT = base64.b64encode(b"text").decode()


@pytest.fixture
def kms(account):
    return JsonClient(account)


@pytest.fixture
def timed(traveller):
    return JsonClient(traveller)


def make(kms, **more):
    return kms.create_key(**more)["KeyMetadata"]


def describe(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]


def is_gone(kms, key):
    with refused("NotFoundException", status=400):
        kms.describe_key(KeyId=key)
    return key not in [row["KeyId"] for row in kms.list_keys()["Keys"]]


# -- Waiting periods

@pytest.mark.parametrize("asked, days", [(None, 30), (7, 7), (20, 20), (30, 30)])
def test_waiting_periods(kms, asked, days):
    made = make(kms)
    more = {} if asked is None else {"PendingWindowInDays": asked}
    answer = kms.schedule_key_deletion(KeyId=made["KeyId"], **more)
    date = answer.pop("DeletionDate")
    assert answer == {"KeyId": made["Arn"], "KeyState": "PendingDeletion", "PendingWindowInDays": days}
    assert 0 <= date - made["CreationDate"] - days * DAY < 60
    now = describe(kms, made["KeyId"])
    assert (now["KeyState"], now["Enabled"], now["DeletionDate"]) == ("PendingDeletion", False, date)
    assert "PendingDeletionWindowInDays" not in now


@pytest.mark.parametrize("days", [0, 1, 6, 31, 365, 366, -7])
def test_waiting_periods_out_of_bounds(kms, days):
    made = make(kms)
    with refused("ValidationException", status=400):
        kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=days)
    assert describe(kms, made["KeyId"]) == made


def test_it_is_scheduled_once(kms):
    made = make(kms)
    first = kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=7)
    with refused("KMSInvalidStateException", f"{made['Arn']} is pending deletion.", 400):
        kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=30)
    assert describe(kms, made["KeyId"])["DeletionDate"] == first["DeletionDate"]


def test_the_condition_on_the_waiting_period(account, kms):
    user = account.user(policy={"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:ScheduleKeyDeletion", "Resource": "*", "Condition": {
            "NumericGreaterThanEquals": {"kms:ScheduleKeyDeletionPendingWindowInDays": "20"}}}]})
    mine = JsonClient(account, creds=user.creds)
    with refused("AccessDeniedException", status=400):
        mine.schedule_key_deletion(KeyId=make(kms)["KeyId"], PendingWindowInDays=19)
    mine.schedule_key_deletion(KeyId=make(kms)["KeyId"])
    mine.schedule_key_deletion(KeyId=make(kms)["KeyId"], PendingWindowInDays=20)


# -- Cancelling

def test_cancel(timed, later):
    made = make(timed)
    blob = timed.encrypt(KeyId=made["KeyId"], Plaintext=TEXT)["CiphertextBlob"]
    timed.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=7)
    later("6d")
    assert timed.cancel_key_deletion(KeyId=made["Arn"]) == {"KeyId": made["Arn"]}
    now = describe(timed, made["KeyId"])
    assert now["KeyState"] == "Disabled" and "DeletionDate" not in now
    later("30d")
    timed.enable_key(KeyId=made["KeyId"])
    assert timed.decrypt(CiphertextBlob=blob)["Plaintext"] == TEXT


def test_cancel_and_schedule_again(timed, later):
    key = make(timed)["KeyId"]
    timed.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    later("6d")
    timed.cancel_key_deletion(KeyId=key)
    timed.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    later("6d")  # past the first hour
    assert describe(timed, key)["KeyState"] == "PendingDeletion"
    later("2d")
    assert is_gone(timed, key)


def test_cancelling_gives_back_a_key_without_its_material(kms):
    key = make(kms, Origin="EXTERNAL")["KeyId"]
    kms.schedule_key_deletion(KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    assert describe(kms, key)["KeyState"] == "PendingImport"
    import_material(kms, key)
    kms.schedule_key_deletion(KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    assert describe(kms, key)["KeyState"] == "Disabled"


# -- The hour

def test_at_its_hour_everything_is_gone(traveller, timed, later):
    made, other = make(timed, Tags=[{"TagKey": "team", "TagValue": "red"}]), make(timed)
    key = made["KeyId"]
    blob = timed.encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
    for name in ("alias/one", "alias/two"):
        timed.create_alias(AliasName=name, TargetKeyId=key)
    timed.create_alias(AliasName="alias/other", TargetKeyId=other["KeyId"])
    root = traveller.arn("root")
    grant = timed.create_grant(KeyId=key, GranteePrincipal=root, RetiringPrincipal=root, Operations=["Decrypt"])
    assert len(timed.list_retirable_grants(RetiringPrincipal=root)["Grants"]) == 1
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    timed.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    later("6d23h")
    assert describe(timed, key)["KeyState"] == "PendingDeletion"
    assert [row["AliasName"] for row in timed.list_aliases(KeyId=key)["Aliases"]] == ["alias/one", "alias/two"]
    later("2h")
    assert is_gone(timed, key) and is_gone(timed, "alias/one") and is_gone(timed, "alias/two")
    assert describe(timed, "alias/other")["KeyId"] == other["KeyId"]
    assert timed.list_retirable_grants(RetiringPrincipal=root)["Grants"] == []
    for call, more in ((timed.list_grants, {}), (timed.get_key_policy, {}), (timed.list_resource_tags, {}),
                       (timed.cancel_key_deletion, {}), (timed.get_key_last_usage, {}), (timed.list_aliases, {}),
                       (timed.revoke_grant, {"GrantId": grant["GrantId"]}), (timed.encrypt, {"Plaintext": TEXT}),
                       (timed.decrypt, {"CiphertextBlob": blob})):
        with refused("NotFoundException", f"Key '{made['Arn']}' does not exist", 400):
            call(KeyId=key, **more)
    with refused("AccessDeniedException", status=400):  # of a ciphertext alone nothing more is told
        timed.decrypt(CiphertextBlob=blob)
    timed.create_alias(AliasName="alias/one", TargetKeyId=other["KeyId"])
    event = traveller.event("DeleteKey")
    expected = {
        "userIdentity": {"accountId": traveller.id, "invokedBy": "AWS Internal"}, "eventName": "DeleteKey",
        "eventSource": "kms.amazonaws.com", "sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal",
        "requestParameters": None, "responseElements": {"keyId": made["Arn"]}, "readOnly": False,
        "resources": [{"accountId": traveller.id, "type": "AWS::KMS::Key", "ARN": made["Arn"]}],
        "eventType": "AwsServiceEvent", "recipientAccountId": traveller.id, "managementEvent": True}
    assert {name: event.get(name) for name in expected} == expected
    assert len(traveller.events_named("DeleteKey")) == 1
    later("84d")  # past the hour of its rotation, of which nothing is left
    assert len(traveller.events_named("DeleteKey")) == 1 and traveller.events_named("RotateKey") == []


@pytest.mark.parametrize("spec, usage", [("RSA_2048", "SIGN_VERIFY"), ("ECC_NIST_P256", "KEY_AGREEMENT"),
                                         ("HMAC_256", "GENERATE_VERIFY_MAC")])
def test_keys_of_every_kind_end(timed, later, spec, usage):
    key = make(timed, KeySpec=spec, KeyUsage=usage)["KeyId"]
    timed.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    later("8d")
    assert is_gone(timed, key)


def test_a_deleted_key_may_be_named_in_policies_of_iam(timed, traveller, later):
    made = make(timed)
    user = traveller.user(policy={"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:*", "Resource": made["Arn"]}]})
    mine = JsonClient(traveller, creds=user.creds)
    mine.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=7)
    later("8d")
    with refused("NotFoundException", status=400):
        mine.describe_key(KeyId=made["KeyId"])
    with refused("AccessDeniedException", status=400):
        JsonClient(traveller, creds=traveller.user().creds).describe_key(KeyId=made["KeyId"])


def test_the_hour_comes_after_a_restart_too(disk_server, home):
    account = Account.create(disk_server, home)
    kms = JsonClient(account)
    key, stays = make(kms)["KeyId"], make(kms)["KeyId"]
    blob = kms.encrypt(KeyId=stays, Plaintext=TEXT)["CiphertextBlob"]
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    for name in (key, stays):
        kms.schedule_key_deletion(KeyId=name, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=stays)
    disk_server.admin.advance("6d")
    disk_server.stop()
    disk_server.start()
    assert describe(kms, "alias/app")["KeyState"] == "PendingDeletion"
    disk_server.admin.advance("8d")
    assert is_gone(kms, key) and is_gone(kms, "alias/app")
    disk_server.stop()
    disk_server.start()
    assert is_gone(kms, key)
    kms.enable_key(KeyId=stays)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == TEXT


def test_an_hour_that_passed_before_the_start_is_made_good(disk_server, home):
    account = Account.create(disk_server, home)
    kms = JsonClient(account)
    key = make(kms)["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    disk_server.kill()
    disk_server.start()
    disk_server.admin.advance("7d1m")
    assert is_gone(kms, key)
    assert account.event("DeleteKey")["resources"][0]["ARN"].endswith(key)


# -- Multi-Region keys

def replicated(account, kms, *regions):
    made = make(kms, MultiRegion=True)
    for region in regions:
        kms.replicate_key(KeyId=made["KeyId"], ReplicaRegion=region)
    return made["KeyId"], [JsonClient(account, region=region) for region in regions]


def test_a_primary_waits_for_its_replicas(traveller, timed, later):
    key, (ireland, frankfurt) = replicated(traveller, timed, "eu-west-1", "eu-central-1")
    answer = timed.schedule_key_deletion(KeyId=key, PendingWindowInDays=10)
    assert answer["KeyState"] == "PendingReplicaDeletion" and answer["PendingWindowInDays"] == 10
    assert "DeletionDate" not in answer
    now = describe(timed, key)
    assert now["KeyState"] == "PendingReplicaDeletion" and now["PendingDeletionWindowInDays"] == 10
    assert "DeletionDate" not in now
    later("40d")
    assert describe(timed, key)["KeyState"] == "PendingReplicaDeletion"
    assert describe(ireland, key)["KeyState"] == "Enabled"
    ireland.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    frankfurt.schedule_key_deletion(KeyId=key, PendingWindowInDays=9)
    later("8d")  # one is left
    assert is_gone(ireland, key) and describe(timed, key)["KeyState"] == "PendingReplicaDeletion"
    assert [row["Region"] for row in describe(timed, key)["MultiRegionConfiguration"]["ReplicaKeys"]] == [
        "eu-central-1"]
    last = describe(frankfurt, key)["DeletionDate"]
    later("1d1h")
    assert is_gone(frankfurt, key)
    now = describe(timed, key)
    assert now["KeyState"] == "PendingDeletion" and "PendingDeletionWindowInDays" not in now
    assert now["DeletionDate"] == pytest.approx(last + 10 * DAY, abs=1)
    later("10d")
    assert is_gone(timed, key)


def test_a_primary_that_waits_may_be_kept(traveller, timed, later):
    key, (ireland,) = replicated(traveller, timed, "eu-west-1")
    timed.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    ireland.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    timed.cancel_key_deletion(KeyId=key)
    now = describe(timed, key)
    assert now["KeyState"] == "Disabled" and "PendingDeletionWindowInDays" not in now
    later("8d")
    assert is_gone(ireland, key) and describe(timed, key)["KeyState"] == "Disabled"
    timed.enable_key(KeyId=key)
    timed.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")


def test_a_replica_ends_by_itself_and_may_be_made_again(traveller, timed, later):
    key, (ireland,) = replicated(traveller, timed, "eu-west-1")
    blob = ireland.encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
    assert ireland.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
    assert describe(timed, key)["KeyState"] == "Enabled"
    with refused("AlreadyExistsException", status=400):
        timed.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    later("8d")
    assert timed.decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"] == TEXT
    timed.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    assert ireland.decrypt(CiphertextBlob=blob)["Plaintext"] == TEXT
    event = traveller.event("DeleteKey", region="eu-west-1")
    assert event["awsRegion"] == "eu-west-1" and ":eu-west-1:" in event["resources"][0]["ARN"]
    assert traveller.events_named("DeleteKey") == []


def test_a_former_primary_may_go_before_its_former_replica(traveller, timed, later):
    key, (ireland,) = replicated(traveller, timed, "eu-west-1")
    blob = timed.encrypt(KeyId=key, Plaintext=TEXT)["CiphertextBlob"]
    timed.update_primary_region(KeyId=key, PrimaryRegion="eu-west-1")
    assert timed.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
    later("8d")
    assert is_gone(timed, key)
    assert describe(ireland, key)["MultiRegionConfiguration"]["ReplicaKeys"] == []
    assert ireland.decrypt(CiphertextBlob=blob)["Plaintext"] == TEXT


def test_aliases_and_grants_of_other_regions_stay(traveller, timed, later):
    key, (ireland,) = replicated(traveller, timed, "eu-west-1")
    for client in (timed, ireland):
        client.create_alias(AliasName="alias/app", TargetKeyId=key)
        client.create_grant(KeyId=key, GranteePrincipal=traveller.arn("root"), Operations=["Decrypt"])
    ireland.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    later("8d")
    assert is_gone(ireland, "alias/app") and describe(timed, "alias/app")["KeyId"] == key
    assert len(timed.list_grants(KeyId=key)["Grants"]) == 1


# -- Events

def test_the_events_of_scheduling_and_cancelling(account, kms):
    made = make(kms)
    answer = kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=20)
    kms.cancel_key_deletion(KeyId=made["KeyId"])
    event = account.event("ScheduleKeyDeletion")
    assert event["requestParameters"] == {"keyId": made["KeyId"], "pendingWindowInDays": 20}
    elements = event["responseElements"]
    assert (elements["keyId"], elements["keyState"], elements["pendingWindowInDays"]) == (
        made["Arn"], answer["KeyState"], 20)
    assert isinstance(elements["deletionDate"], str) and event["readOnly"] is False
    event = account.event("CancelKeyDeletion")
    assert event["responseElements"] == {"keyId": made["Arn"]}
    assert json.dumps(event["resources"]).count(made["Arn"]) == 1
