"""Versions, the version "null" and delete markers, in every order of enabled and suspended versioning, against a model."""
import itertools

import pytest

from harness.account import policy
from harness.objects import make_bucket, read, versions_of
from harness.refusals import denied, refused


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    return make_bucket(account)


def versioning(s3, bucket, status):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


class Model:
    """What S3 says lies under a key: (id, body or None for a marker), newest first."""

    def __init__(self, s3, bucket, key):
        self.s3, self.bucket, self.key, self.rows, self.count = s3, bucket, key, [], 0

    def put(self, is_enabled):
        self.count += 1
        body = f"{self.key} {self.count}".encode()
        answer = self.s3.put_object(Bucket=self.bucket, Key=self.key, Body=body)
        self.add(answer.get("VersionId", "null"), body, is_enabled)

    def delete(self, is_enabled):
        answer = self.s3.delete_object(Bucket=self.bucket, Key=self.key)
        assert answer["DeleteMarker"] is True
        self.add(answer["VersionId"], None, is_enabled)

    def add(self, version, body, is_enabled):
        assert (version == "null") is not is_enabled and (version == "null" or version not in dict(self.rows))
        self.rows = [(version, body)] + [row for row in self.rows if row[0] != version]

    def remove(self, version):
        answer = self.s3.delete_object(Bucket=self.bucket, Key=self.key, VersionId=version)
        was_marker = (version, None) in self.rows
        assert answer["VersionId"] == version and answer.get("DeleteMarker", False) is was_marker
        self.rows = [row for row in self.rows if row[0] != version]

    def check(self):
        assert versions_of(self.s3, self.bucket, self.key) == [(version, body is None) for version, body in self.rows]
        for version, body in self.rows:
            if body is None:
                with refused("MethodNotAllowed", status=405):
                    self.s3.get_object(Bucket=self.bucket, Key=self.key, VersionId=version)
            else:
                got = self.s3.get_object(Bucket=self.bucket, Key=self.key, VersionId=version)
                assert (got["Body"].read(), got["VersionId"]) == (body, version)
        if self.rows and self.rows[0][1] is not None:
            got = self.s3.get_object(Bucket=self.bucket, Key=self.key)
            assert (got["Body"].read(), got["VersionId"]) == (self.rows[0][1], self.rows[0][0])
        else:
            with refused("NoSuchKey", status=404):
                self.s3.get_object(Bucket=self.bucket, Key=self.key)
        if all(version != "null" for version, _ in self.rows):
            with refused("NoSuchVersion", status=404):
                self.s3.get_object(Bucket=self.bucket, Key=self.key, VersionId="null")


STEPS = ["put enabled", "put suspended", "delete enabled", "delete suspended", "remove null", "remove newest"]


@pytest.mark.ordinary
@pytest.mark.parametrize("was_there", [False, True])
@pytest.mark.parametrize("length", [3, pytest.param(4, marks=pytest.mark.long)])
def test_every_order_of_steps(s3, bucket, was_there, length):
    models = {}
    for sequence in itertools.product(STEPS, repeat=length):
        model = models[sequence] = Model(s3, bucket, "/".join(sequence))
        if was_there:
            s3.put_object(Bucket=bucket, Key=model.key, Body=b"before")
            model.rows = [("null", b"before")]
    for number in range(length):
        for state in ("Enabled", "Suspended"):
            versioning(s3, bucket, state)
            for sequence, model in models.items():
                step = sequence[number]
                if step.endswith(state.lower()):
                    getattr(model, step.split()[0])(state == "Enabled")
                elif state == "Enabled" and step == "remove null":
                    model.remove("null")
                elif state == "Suspended" and step == "remove newest" and model.rows:
                    model.remove(model.rows[0][0])
    for model in models.values():
        model.check()


def test_versioning_off(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"1")
    s3.put_object(Bucket=bucket, Key="key", Body=b"2")
    assert versions_of(s3, bucket, "key") == [("null", False)]
    assert read(s3, bucket, "key", VersionId="null") == b"2"
    answer = s3.delete_object(Bucket=bucket, Key="key")
    assert "DeleteMarker" not in answer and "VersionId" not in answer
    assert versions_of(s3, bucket, "key") == []


def test_markers(s3, bucket):
    versioning(s3, bucket, "Enabled")
    marker = s3.delete_object(Bucket=bucket, Key="never")["VersionId"]
    assert versions_of(s3, bucket, "never") == [(marker, True)]
    one = s3.put_object(Bucket=bucket, Key="key", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="key")["VersionId"]
    with pytest.raises(s3.exceptions.NoSuchKey) as caught:
        s3.get_object(Bucket=bucket, Key="key")
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-delete-marker"] == "true" and headers["x-amz-version-id"] == marker
    with refused("405", status=405):
        s3.head_object(Bucket=bucket, Key="key", VersionId=marker)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert s3.delete_object(Bucket=bucket, Key="key", VersionId=marker)["DeleteMarker"] is True
    assert read(s3, bucket, "key") == b"1"
    assert s3.get_object(Bucket=bucket, Key="key")["VersionId"] == one


def test_a_batch_of_versions(s3, bucket):
    versioning(s3, bucket, "Enabled")
    one, two = (s3.put_object(Bucket=bucket, Key="key", Body=body)["VersionId"] for body in (b"1", b"2"))
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "key", "VersionId": one}, {"Key": "key"},
                                                                 {"Key": "other", "VersionId": two}]})
    gone, marked, none = answer["Deleted"]
    assert gone == {"Key": "key", "VersionId": one} and none == {"Key": "other", "VersionId": two}
    assert marked["DeleteMarker"] is True and "VersionId" not in marked
    assert versions_of(s3, bucket, "key") == [(marked["DeleteMarkerVersionId"], True), (two, False)]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [
        {"Key": "key", "VersionId": marked["DeleteMarkerVersionId"]}]})
    assert answer["Deleted"] == [{"Key": "key", "VersionId": marked["DeleteMarkerVersionId"], "DeleteMarker": True,
                                  "DeleteMarkerVersionId": marked["DeleteMarkerVersionId"]}]
    assert read(s3, bucket, "key") == b"2"


def test_ids_of_others(s3, bucket):
    versioning(s3, bucket, "Enabled")
    version = s3.put_object(Bucket=bucket, Key="key", Body=b"1")["VersionId"]
    with refused("NoSuchVersion", "The specified version does not exist.", 404):
        s3.get_object(Bucket=bucket, Key="other", VersionId=version)
    flipped = version[:-1] + ("A" if version[-1] != "A" else "B")
    with refused("NoSuchVersion", status=404):
        s3.get_object(Bucket=bucket, Key="key", VersionId=flipped)
    for wrong in ("x", "0", "nul", "null ", version + "A", version[1:], "../" + version):
        with refused("InvalidArgument", "Invalid version id specified", 400):
            s3.get_object(Bucket=bucket, Key="key", VersionId=wrong)
        with refused("InvalidArgument", "Invalid version id specified", 400):
            s3.delete_object(Bucket=bucket, Key="key", VersionId=wrong)
    assert read(s3, bucket, "key") == b"1"


def test_whoever_may_delete_may_not_delete_versions(account, s3, bucket):
    versioning(s3, bucket, "Enabled")
    version = s3.put_object(Bucket=bucket, Key="key", Body=b"1")["VersionId"]
    client = account.user(policy=policy("s3:DeleteObject")).client("s3")
    with denied("s3:DeleteObjectVersion", f"arn:aws:s3:::{bucket}/key"):
        client.delete_object(Bucket=bucket, Key="key", VersionId=version)
    client.delete_object(Bucket=bucket, Key="key")
    assert read(s3, bucket, "key", VersionId=version) == b"1"


def test_metadata_is_of_each_version(s3, bucket):
    versioning(s3, bucket, "Enabled")
    ids = [s3.put_object(Bucket=bucket, Key="key", Body=b"x" * n, Metadata={"n": str(n)})["VersionId"] for n in range(3)]
    for number, version in enumerate(ids):
        head = s3.head_object(Bucket=bucket, Key="key", VersionId=version)
        assert (head["Metadata"], head["ContentLength"], head["VersionId"]) == ({"n": str(number)}, number, version)
