"""restic: a backup, sealed and deduplicated by the client, restored byte for byte."""
import os

import pytest

from harness.buckets import new_bucket
from harness.trees import list_keys, odd_files, read_tree, same, write_tree
from harness.programs import Program, ProgramFailed


@pytest.fixture
def restic(account):
    bucket = new_bucket(account)
    program = Program("restic", account.home, ["--no-cache"], env={
        "RESTIC_REPOSITORY": f"s3:{account.server.endpoint}/{bucket}/repository", "RESTIC_PASSWORD": "correct horse",
        "AWS_DEFAULT_REGION": "us-east-1", **account.root.for_environment()})
    program.bucket = bucket
    return program


def test_backup_restore_and_check(restic, tmp_path):
    files = odd_files()
    folder = write_tree(tmp_path / "here", files)
    restic("init")
    restic("backup", ".", cwd=folder)
    files["plain.txt"] = os.urandom(100_000)
    write_tree(folder, files)
    restic("backup", ".", cwd=folder)
    assert len(restic("snapshots", "--compact").split("\n")) >= 4
    restic("check", "--read-data")
    restic("restore", "latest", "--target", tmp_path / "back")
    same(read_tree(tmp_path / "back"), files)


def test_what_is_forgotten_is_pruned(account, restic, tmp_path):
    folder = write_tree(tmp_path / "here", {"a": os.urandom(3_000_000)})
    restic("init")
    restic("backup", ".", cwd=folder)
    before = list_keys(account.client("s3"), restic.bucket, Prefix="repository/data/")
    write_tree(folder, {"a": b"small"})
    restic("backup", ".", cwd=folder)
    restic("forget", "--keep-last", "1", "--prune")
    after = list_keys(account.client("s3"), restic.bucket, Prefix="repository/data/")
    assert before and not set(before) <= set(after)
    restic("check", "--read-data")
    restic("restore", "latest", "--target", tmp_path / "back")
    same(read_tree(tmp_path / "back"), {"a": b"small"})


def test_a_lost_object_is_told(account, restic, tmp_path):
    restic("init")
    restic("backup", ".", cwd=write_tree(tmp_path / "here", {"a": os.urandom(100_000)}))
    s3 = account.client("s3")
    for key in list_keys(s3, restic.bucket, Prefix="repository/data/"):
        s3.delete_object(Bucket=restic.bucket, Key=key)
    with pytest.raises(ProgramFailed, match="not found|does not exist"):
        restic("check")
