"""rclone: sync, then check, which compares every byte; its settings come from the environment."""
import os

import pytest

from harness import buckets
from harness.trees import (MIB, SIZES, get_objects, list_keys, odd_files, put_objects, read_tree, same,
                             write_tree)
from harness.programs import Program, ProgramFailed


def new_bucket(account):
    """This rclone sends x-amz-acl: private with whatever it writes: only buckets that take ACLs take that."""
    return buckets.new_bucket(account, ObjectOwnership="BucketOwnerPreferred")


@pytest.fixture
def rclone(account):
    return rclone_of(account, account.root)


@pytest.fixture
def s3(account):
    return account.client("s3")


def rclone_of(account, creds):
    settings = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": account.server.endpoint, "REGION": "us-east-1",
                "ACCESS_KEY_ID": creds.access_key, "SECRET_ACCESS_KEY": creds.secret_key}
    env = {f"RCLONE_CONFIG_MERLON_{name}": value for name, value in settings.items()}
    env.update(RCLONE_CONFIG="/dev/null", RCLONE_LOW_LEVEL_RETRIES="1", RCLONE_RETRIES="1")
    return Program("rclone", account.home, env=env)


def test_sync_then_check_then_back(account, rclone, tmp_path):
    files = odd_files()
    folder, there = write_tree(tmp_path / "here", files), f"merlon:{new_bucket(account)}/base"
    rclone("sync", folder, there)
    rclone("check", "--one-way", folder, there)
    rclone("check", "--download", folder, there)
    rclone("sync", there, tmp_path / "back")
    same(read_tree(tmp_path / "back"), files)


def test_uploads_in_parts_and_by_ranges(account, rclone, s3, tmp_path):
    bucket, files = new_bucket(account), {"big": os.urandom(20 * MIB), "exact": os.urandom(10 * MIB)}
    folder = write_tree(tmp_path / "here", files)
    rclone("copy", "--s3-upload-cutoff", "5M", "--s3-chunk-size", "5M", folder, f"merlon:{bucket}")
    same(get_objects(s3, bucket), files)
    assert s3.head_object(Bucket=bucket, Key="big")["ETag"].endswith('-4"')
    rclone("copy", "--multi-thread-cutoff", "5M", "--multi-thread-streams", "4", f"merlon:{bucket}", tmp_path / "back")
    same(read_tree(tmp_path / "back"), files)
    rclone("check", "--download", folder, f"merlon:{bucket}")


def test_sync_deletes_and_replaces(account, rclone, s3, tmp_path):
    bucket = new_bucket(account)
    folder = write_tree(tmp_path / "here", {"a": b"1", "b": b"2", "c/d": b"3"})
    rclone("sync", folder, f"merlon:{bucket}")
    (folder / "a").unlink()
    (folder / "b").write_bytes(b"22")
    rclone("sync", folder, f"merlon:{bucket}")
    same(get_objects(s3, bucket), {"b": b"22", "c/d": b"3"})


def test_a_bucket_of_its_own_making_takes_no_acls(account, rclone, s3):
    """As those that AWS makes since April 2023."""
    rclone("mkdir", f"merlon:rclone-{account.id}")
    assert [row["Name"] for row in s3.list_buckets()["Buckets"]] == [f"rclone-{account.id}"]
    with pytest.raises(ProgramFailed, match="AccessControlListNotSupported: The bucket does not allow ACLs"):
        rclone("rcat", f"merlon:rclone-{account.id}/k", data=b"x")


def test_check_tells_what_differs(account, rclone, s3, tmp_path):
    bucket = new_bucket(account)
    folder = write_tree(tmp_path / "here", {"a": b"1", "b": b"2"})
    put_objects(s3, bucket, {"a": b"1", "b": b"3"})
    with pytest.raises(ProgramFailed, match="1 differences found"):
        rclone("check", folder, f"merlon:{bucket}")


@pytest.mark.parametrize("size", SIZES)
def test_a_pipe(account, rclone, size):
    bucket, data = new_bucket(account), os.urandom(size)
    rclone("rcat", f"merlon:{bucket}/a b/ü", data=data)
    assert rclone("cat", f"merlon:{bucket}/a b/ü", as_bytes=True) == data


def test_copies_on_the_server(account, rclone, s3):
    one, two, files = new_bucket(account), new_bucket(account), odd_files()
    put_objects(s3, one, files)
    rclone("copy", f"merlon:{one}", f"merlon:{two}/copy")
    same(get_objects(s3, two), {f"copy/{name}": data for name, data in files.items()})


def test_lists_sizes_and_removals(account, rclone, s3):
    bucket = new_bucket(account)
    put_objects(s3, bucket, {"a": b"123", "two words/é": b"4567"})
    assert rclone("lsf", "-R", "--files-only", "--format", "ps", f"merlon:{bucket}").splitlines() == [
        "a;3", "two words/é;4"]
    assert rclone("lsd", "merlon:").split()[-1] == bucket
    rclone("moveto", f"merlon:{bucket}/a", f"merlon:{bucket}/b")
    assert list_keys(s3, bucket) == ["b", "two words/é"]
    rclone("purge", f"merlon:{bucket}")
    assert s3.list_buckets()["Buckets"] == []


def test_a_user_who_may_only_read(account, s3, tmp_path):
    bucket = new_bucket(account)
    put_objects(s3, bucket, {"a": b"1"})
    reader = rclone_of(account, account.user(policy={"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}]}).creds)
    assert reader("cat", f"merlon:{bucket}/a") == "1"
    with pytest.raises(ProgramFailed, match="AccessDenied"):
        reader("copyto", write_tree(tmp_path / "x", {"f": b"2"}) / "f", f"merlon:{bucket}/a", "--s3-no-check-bucket")
    with pytest.raises(ProgramFailed, match="AccessDenied"):
        reader("deletefile", f"merlon:{bucket}/a")
    same(get_objects(s3, bucket), {"a": b"1"})
