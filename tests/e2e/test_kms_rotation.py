"""Rotation of KMS keys: by schedule and on demand, on the one clock; earlier material still opens what it sealed.
https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"""
import base64

import pytest

from harness.json_client import JsonClient
from harness.kms import all_pages, import_material
from harness.refusals import refused

DAY = 86400


@pytest.fixture
def kms(account):
    return JsonClient(account)


@pytest.fixture
def timed(traveller):
    return JsonClient(traveller)


def make(kms, **more):
    return kms.create_key(**more)["KeyMetadata"]["KeyId"]


def current(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]


def seal(kms, key, text=b"text"):
    return kms.encrypt(KeyId=key, Plaintext=base64.b64encode(text).decode())["CiphertextBlob"]


def unseal(kms, blob, **more):
    return base64.b64decode(kms.decrypt(CiphertextBlob=blob, **more)["Plaintext"])


def rotations(kms, key, **more):
    return kms.list_key_rotations(KeyId=key, **more)["Rotations"]


def status(kms, key):
    return kms.get_key_rotation_status(KeyId=key)


# -- Turning it on and off

def test_a_new_key_does_not_rotate_by_itself(kms):
    key = make(kms)
    answer = status(kms, key)
    assert answer["KeyRotationEnabled"] is False
    for member in ("RotationPeriodInDays", "NextRotationDate", "OnDemandRotationStartDate"):
        assert member not in answer
    assert rotations(kms, key) == []


@pytest.mark.parametrize("asked, period", [(None, 365), (90, 90), (365, 365), (2560, 2560)])
def test_periods(kms, asked, period):
    made = kms.create_key()["KeyMetadata"]
    key = made["KeyId"]
    assert kms.enable_key_rotation(KeyId=key, **({} if asked is None else {"RotationPeriodInDays": asked})) == {}
    answer = status(kms, made["Arn"])
    assert answer["KeyRotationEnabled"] is True and answer["RotationPeriodInDays"] == period
    assert answer["KeyId"].endswith(key)
    assert 0 <= answer["NextRotationDate"] - made["CreationDate"] - period * DAY < 60
    kms.disable_key_rotation(KeyId=key)
    assert status(kms, key) == {"KeyRotationEnabled": False, "KeyId": answer["KeyId"]}
    kms.disable_key_rotation(KeyId=key)


@pytest.mark.parametrize("period", [0, 1, 89, 2561, -90, 100000])
def test_periods_out_of_bounds(kms, period):
    key = make(kms)
    with refused("ValidationException", status=400):
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=period)
    assert status(kms, key)["KeyRotationEnabled"] is False


def test_the_period_changes(kms):
    key = make(kms)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    first = status(kms, key)["NextRotationDate"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    assert 89 * DAY < status(kms, key)["NextRotationDate"] - first < 91 * DAY
    kms.enable_key_rotation(KeyId=key)
    assert status(kms, key)["RotationPeriodInDays"] == 365


@pytest.mark.parametrize("spec, usage", [("HMAC_256", "GENERATE_VERIFY_MAC"), ("ECC_NIST_P256", "SIGN_VERIFY"),
                                         ("RSA_2048", "ENCRYPT_DECRYPT")])
def test_only_symmetric_encryption_keys_rotate(kms, spec, usage):
    key = make(kms, KeySpec=spec, KeyUsage=usage)
    for call in (kms.enable_key_rotation, kms.disable_key_rotation, kms.get_key_rotation_status,
                 kms.rotate_key_on_demand, kms.list_key_rotations):
        with refused("UnsupportedOperationException", status=400):
            call(KeyId=key)


def test_imported_keys_rotate_on_demand_alone(kms):
    made = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    import_material(kms, made["KeyId"])
    text = f"{made['Arn']} origin is EXTERNAL which is not valid for this operation."
    for call in (kms.enable_key_rotation, kms.disable_key_rotation, kms.get_key_rotation_status):
        with refused("UnsupportedOperationException", text, 400):
            call(KeyId=made["KeyId"])
    with refused("KMSInvalidStateException", status=400):  # nothing to rotate to
        kms.rotate_key_on_demand(KeyId=made["KeyId"])


# -- By schedule

def test_it_rotates_at_each_of_its_hours(timed, later):
    made = timed.create_key()["KeyMetadata"]
    key = made["KeyId"]
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    due = status(timed, key)["NextRotationDate"]
    blobs, materials = [seal(timed, key, b"0")], [current(timed, key)]
    later("89d")
    assert current(timed, key) == materials[0] and rotations(timed, key) == []
    for number in range(1, 4):
        later("1d1m" if number == 1 else "90d")
        blobs.append(seal(timed, key, str(number).encode()))
        materials.append(current(timed, key))
        assert status(timed, key)["NextRotationDate"] == pytest.approx(due + number * 90 * DAY, abs=0.01)
    assert len(set(materials)) == 4
    for number, blob in enumerate(blobs):
        answer = timed.decrypt(CiphertextBlob=blob)
        assert base64.b64decode(answer["Plaintext"]) == str(number).encode()
        assert answer["KeyMaterialId"] == materials[number]
    rows = rotations(timed, key)
    assert [row["KeyMaterialId"] for row in rows] == materials[1:]
    for number, row in enumerate(rows):
        assert row["RotationType"] == "AUTOMATIC" and row["KeyId"].endswith(key)
        assert row["RotationDate"] == pytest.approx(due + number * 90 * DAY, abs=0.01)
    now = timed.describe_key(KeyId=key)["KeyMetadata"]
    made.pop("CurrentKeyMaterialId"), now.pop("CurrentKeyMaterialId")
    assert now == made


def test_hours_that_are_skipped_together_are_made_good(timed, later):
    key = make(timed)
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    due = status(timed, key)["NextRotationDate"]
    later("300d")
    assert [row["RotationDate"] for row in rotations(timed, key)] == pytest.approx(
        [due, due + 90 * DAY, due + 180 * DAY], abs=0.01)


def test_after_it_is_turned_off_nothing_rotates(timed, later):
    key = make(timed)
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    later("91d")
    timed.disable_key_rotation(KeyId=key)
    later("400d")
    assert len(rotations(timed, key)) == 1
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=100)  # from this day on
    later("99d")
    assert len(rotations(timed, key)) == 1
    later("2d")
    assert len(rotations(timed, key)) == 2


def test_a_disabled_key_does_not_rotate_and_makes_good_what_it_missed(timed, later):
    key = make(timed)
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    timed.disable_key(KeyId=key)
    later("200d")
    assert rotations(timed, key) == []
    answer = status(timed, key)
    assert answer["KeyRotationEnabled"] is True and answer["RotationPeriodInDays"] == 90
    timed.enable_key(KeyId=key)
    planned = status(timed, key)["NextRotationDate"]  # at once, or 90 days from then if that is done already
    later("1s")
    row, = rotations(timed, key)
    assert row["RotationType"] == "AUTOMATIC"
    coming = status(timed, key)["NextRotationDate"]  # from when it was enabled, however late the server came to it
    assert coming - planned in (pytest.approx(90 * DAY, abs=0.01), pytest.approx(0, abs=0.01))
    assert coming - 90 * DAY - 0.01 <= row["RotationDate"] < coming


def test_a_disabled_key_that_missed_nothing_keeps_its_schedule(timed, later):
    key = make(timed)
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    due = status(timed, key)["NextRotationDate"]
    timed.disable_key(KeyId=key)
    later("30d")
    timed.enable_key(KeyId=key)
    assert status(timed, key)["NextRotationDate"] == due
    later("61d")
    assert [row["RotationDate"] for row in rotations(timed, key)] == pytest.approx([due], abs=0.01)


def test_a_key_pending_deletion_does_not_rotate(timed, later):
    key = make(timed)
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    later("80d")
    timed.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    assert status(timed, key)["KeyRotationEnabled"] is False
    later("20d")
    assert rotations(timed, key) == []
    timed.cancel_key_deletion(KeyId=key)
    assert status(timed, key)["KeyRotationEnabled"] is True
    timed.enable_key(KeyId=key)
    later("1s")
    assert len(rotations(timed, key)) == 1


def test_the_event_of_a_rotation(traveller, timed, later):
    made = timed.create_key()["KeyMetadata"]
    timed.enable_key_rotation(KeyId=made["KeyId"], RotationPeriodInDays=90)
    later("91d")
    event = traveller.event("RotateKey")
    assert event["userIdentity"] == {"accountId": traveller.id, "invokedBy": "AWS Internal"}
    expected = {
        "eventSource": "kms.amazonaws.com", "sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal",
        "requestParameters": None, "responseElements": None, "readOnly": False, "eventType": "AwsServiceEvent",
        "recipientAccountId": traveller.id, "awsRegion": "us-east-1",
        "resources": [{"accountId": traveller.id, "type": "AWS::KMS::Key", "ARN": made["Arn"]}],
        "serviceEventDetails": {
            "rotationType": "AUTOMATIC", "keyOrigin": "AWS_KMS", "keyId": made["KeyId"],
            "previousKeyMaterialId": made["CurrentKeyMaterialId"],
            "currentKeyMaterialId": current(timed, made["KeyId"])}}
    assert {name: event.get(name) for name in expected} == expected


def test_a_managed_key_rotates_every_year(timed, later):
    key = timed.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"]
    assert status(timed, key)["KeyRotationEnabled"] is True and status(timed, key)["RotationPeriodInDays"] == 365
    for call in (timed.enable_key_rotation, timed.disable_key_rotation, timed.rotate_key_on_demand):
        with refused("AccessDeniedException", status=400):
            call(KeyId=key)
    later("364d")
    assert rotations(timed, key) == []
    later("2d")
    later("365d")
    assert [row["RotationType"] for row in rotations(timed, key)] == ["AUTOMATIC"] * 2


# -- On demand

def test_on_demand(kms):
    made = kms.create_key()["KeyMetadata"]
    key, first = made["KeyId"], made["CurrentKeyMaterialId"]
    blob = seal(kms, key, b"old")
    assert kms.rotate_key_on_demand(KeyId=made["Arn"])["KeyId"].endswith(key)
    assert current(kms, key) != first and unseal(kms, blob) == b"old"
    assert kms.decrypt(CiphertextBlob=seal(kms, key))["KeyMaterialId"] == current(kms, key)
    row, = rotations(kms, key)
    assert row["RotationType"] == "ON_DEMAND" and row["KeyMaterialId"] == current(kms, key)
    assert status(kms, key)["KeyRotationEnabled"] is False


def test_on_demand_changes_no_schedule(timed, later):
    key = make(timed)
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    due = status(timed, key)["NextRotationDate"]
    later("86d")
    timed.rotate_key_on_demand(KeyId=key)
    assert status(timed, key)["NextRotationDate"] == due
    later("5d")
    assert [row["RotationType"] for row in rotations(timed, key)] == ["ON_DEMAND", "AUTOMATIC"]


def test_not_shortly_before_the_schedule_s_hour(timed, later):
    """"...scheduled to begin within the next 20 minutes": ConflictException."""
    key = make(timed)
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    later("89d23h30m")
    timed.rotate_key_on_demand(KeyId=key)
    later("15m")
    with refused("ConflictException", status=400):
        timed.rotate_key_on_demand(KeyId=key)
    later("20m")
    timed.rotate_key_on_demand(KeyId=key)
    assert len(rotations(timed, key)) == 3


def test_twenty_five_times(kms):
    key = make(kms)
    blobs = [seal(kms, key, b"0")]
    for number in range(25):
        kms.rotate_key_on_demand(KeyId=key)
        blobs.append(seal(kms, key, str(number + 1).encode()))
    with refused("LimitExceededException", status=400):
        kms.rotate_key_on_demand(KeyId=key)
    assert [unseal(kms, blob) for blob in blobs] == [str(number).encode() for number in range(26)]
    assert len(rotations(kms, key)) == 25
    kms.enable_key_rotation(KeyId=key)


def test_the_events_of_a_rotation_on_demand(account, kms):
    made = kms.create_key()["KeyMetadata"]
    key = made["KeyId"]
    kms.rotate_key_on_demand(KeyId=key)
    asked = account.event("RotateKeyOnDemand")
    assert asked["requestParameters"] == {"keyId": key} and asked["eventType"] == "AwsApiCall"
    event = account.event("RotateKey")
    assert event["eventType"] == "AwsServiceEvent" and event["requestParameters"] is None
    assert event["serviceEventDetails"] == {
        "rotationType": "ON_DEMAND", "keyOrigin": "AWS_KMS", "previousKeyMaterialId": made["CurrentKeyMaterialId"],
        "currentKeyMaterialId": current(kms, key), "keyId": key}
    assert event["resources"] == [{"accountId": account.id, "type": "AWS::KMS::Key", "ARN": made["Arn"]}]


def test_imported_material_is_rotated_to_on_demand(account, kms):
    key = make(kms, Origin="EXTERNAL")
    first = import_material(kms, key)[1]["KeyMaterialId"]
    blob = seal(kms, key, b"old")
    second = import_material(kms, key, ImportType="NEW_KEY_MATERIAL")[1]["KeyMaterialId"]
    assert current(kms, key) == first
    assert [row["KeyMaterialState"] for row in rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")] == [
        "CURRENT", "PENDING_ROTATION"]
    kms.rotate_key_on_demand(KeyId=key)
    assert current(kms, key) == second and unseal(kms, blob) == b"old"
    details = account.event("RotateKey")["serviceEventDetails"]
    assert (details["keyOrigin"], details["previousKeyMaterialId"], details["currentKeyMaterialId"]) == (
        "EXTERNAL", first, second)


# -- ListKeyRotations

def test_the_list_with_all_material(kms):
    made = kms.create_key()["KeyMetadata"]
    key, first = made["KeyId"], made["CurrentKeyMaterialId"]
    for include in ({}, {"IncludeKeyMaterial": "ROTATIONS_ONLY"}):
        assert rotations(kms, key, **include) == []
    row, = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert row["KeyMaterialId"] == first and row["KeyMaterialState"] == "CURRENT"
    for member in ("RotationDate", "RotationType", "ImportState", "ExpirationModel", "KeyMaterialDescription"):
        assert member not in row
    kms.rotate_key_on_demand(KeyId=key)
    rows = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert [(r["KeyMaterialId"], r["KeyMaterialState"]) for r in rows] == [
        (first, "NON_CURRENT"), (current(kms, key), "CURRENT")]
    with refused("ValidationException", status=400):
        rotations(kms, key, IncludeKeyMaterial="EVERYTHING")


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_pages_of_rotations(kms, size):
    key = make(kms)
    for _ in range(5):
        kms.rotate_key_on_demand(KeyId=key)
    assert all_pages(kms.list_key_rotations, "Rotations", size, KeyId=key) == rotations(kms, key)
    every = all_pages(kms.list_key_rotations, "Rotations", size, KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert len(every) == 6
    for limit in (0, 1001):
        with refused("ValidationException", status=400):
            kms.list_key_rotations(KeyId=key, Limit=limit)
    with refused("InvalidMarkerException", status=400):
        kms.list_key_rotations(KeyId=key, Marker="x")


# -- Multi-Region keys: the primary is rotated, and shares it

def test_all_regions_rotate_together(traveller, timed, later):
    abroad = JsonClient(traveller, region="eu-west-1")
    key = make(timed, MultiRegion=True)
    timed.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    assert {**status(abroad, key), "KeyId": None} == {**status(timed, key), "KeyId": None}
    for call in (abroad.enable_key_rotation, abroad.disable_key_rotation, abroad.rotate_key_on_demand):
        with refused("UnsupportedOperationException", status=400):
            call(KeyId=key)
    old = seal(timed, key, b"old")
    later("91d")
    assert len(rotations(timed, key)) == len(rotations(abroad, key)) == 1
    timed.rotate_key_on_demand(KeyId=key)
    assert current(timed, key) == current(abroad, key)
    assert unseal(abroad, old, KeyId=key) == b"old"
    assert unseal(timed, seal(abroad, key, b"new"), KeyId=key) == b"new"
    timed.disable_key_rotation(KeyId=key)
    assert status(abroad, key)["KeyRotationEnabled"] is False


def test_a_later_replica_has_all_earlier_material(account, kms):
    key = make(kms, MultiRegion=True)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=200)
    blobs = []
    for _ in range(3):
        blobs.append(seal(kms, key))
        kms.rotate_key_on_demand(KeyId=key)
    kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    abroad = JsonClient(account, region="eu-west-1")
    assert [unseal(abroad, blob, KeyId=key) for blob in blobs] == [b"text"] * 3
    assert status(abroad, key)["RotationPeriodInDays"] == 200
    assert current(abroad, key) == current(kms, key)


def test_the_schedule_moves_with_the_primary(traveller, timed, later):
    abroad = JsonClient(traveller, region="eu-west-1")
    key = make(timed, MultiRegion=True)
    timed.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    timed.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    for _ in range(24):
        timed.rotate_key_on_demand(KeyId=key)
    due = status(timed, key)["NextRotationDate"]
    timed.update_primary_region(KeyId=key, PrimaryRegion="eu-west-1")
    assert status(abroad, key)["NextRotationDate"] == status(timed, key)["NextRotationDate"] == due
    with refused("UnsupportedOperationException", status=400):
        timed.rotate_key_on_demand(KeyId=key)
    abroad.rotate_key_on_demand(KeyId=key)
    with refused("LimitExceededException", status=400):  # it is one key, wherever its primary is
        abroad.rotate_key_on_demand(KeyId=key)
    later("91d")
    assert len(rotations(timed, key)) == len(rotations(abroad, key)) == 26
    assert current(timed, key) == current(abroad, key)
    assert traveller.event("RotateKey", region="eu-west-1")["serviceEventDetails"]["rotationType"] == "AUTOMATIC"
