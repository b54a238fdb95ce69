"""The AWS CLI on S3: what a person types, and what comes of it, byte for byte."""
import json
import os
import urllib.request
from urllib.error import HTTPError

import pytest

from harness.aws_cli import CliError, aws_program
from harness.buckets import new_bucket
from harness.trees import (MIB, SIZES, SMALL_SIZES, get_objects, list_keys, odd_files, put_objects,
                             read_tree, same, write_tree)
from harness.programs import Program


@pytest.fixture
def s3(account):
    return account.client("s3")


def test_a_bucket_is_made_listed_and_removed(account):
    bucket = f"made-by-hand-{account.id}"
    assert account.cli(f"s3 mb s3://{bucket}").strip() == f"make_bucket: {bucket}"
    assert account.cli("s3 ls").split()[2:] == [bucket]
    with pytest.raises(CliError, match="BucketAlreadyOwnedByYou") as caught:
        account.cli(f"s3api create-bucket --bucket {bucket} --create-bucket-configuration LocationConstraint=eu-west-1",
                    region="eu-west-1")
    assert caught.value.code == "BucketAlreadyOwnedByYou"
    assert account.cli(f"s3 rb s3://{bucket}").strip() == f"remove_bucket: {bucket}"
    assert account.cli("s3 ls") is None
    with pytest.raises(CliError, match="NoSuchBucket"):
        account.cli(f"s3 ls s3://{bucket}")


def test_a_bucket_in_another_region(account):
    bucket = f"far-away-{account.id}"
    account.cli(f"s3 mb s3://{bucket}", region="eu-central-1")
    answer = account.cli(f"s3api get-bucket-location --bucket {bucket}")
    assert answer == {"LocationConstraint": "eu-central-1"}
    account.cli(f"s3 rb s3://{bucket}", region="eu-central-1")


@pytest.mark.parametrize("size", SIZES)
def test_cp_there_and_back(account, tmp_path, size):
    bucket, data = new_bucket(account), os.urandom(size)
    (tmp_path / "two words é").write_bytes(data)
    account.cli(["s3", "cp", "--no-progress", str(tmp_path / "two words é"), f"s3://{bucket}/a b/ü"])
    head = account.cli(["s3api", "head-object", "--bucket", bucket, "--key", "a b/ü"])
    assert head["ContentLength"] == size and head["ServerSideEncryption"] == "AES256"
    account.cli(["s3", "cp", "--no-progress", f"s3://{bucket}/a b/ü", str(tmp_path / "back")])
    assert (tmp_path / "back").read_bytes() == data


def test_cp_guesses_the_type_and_takes_metadata(account, tmp_path):
    bucket = new_bucket(account)
    (tmp_path / "page.html").write_text("<p>hello")
    account.cli(["s3", "cp", str(tmp_path / "page.html"), f"s3://{bucket}/", "--metadata", "colour=green",
                 "--cache-control", "max-age=60", "--storage-class", "STANDARD_IA"])
    head = account.cli(f"s3api head-object --bucket {bucket} --key page.html")
    assert (head["ContentType"], head["CacheControl"], head["StorageClass"], head["Metadata"]) == (
        "text/html", "max-age=60", "STANDARD_IA", {"colour": "green"})


def test_sync_there_and_back(account, s3, tmp_path):
    bucket, files = new_bucket(account), odd_files()
    folder = write_tree(tmp_path / "here", files)
    said = account.cli(["s3", "sync", "--no-progress", str(folder), f"s3://{bucket}/base"])
    assert said.count("upload: ") == len(files)
    assert sorted(list_keys(s3, bucket)) == sorted(f"base/{name}" for name in files)
    account.cli(["s3", "sync", "--no-progress", f"s3://{bucket}/base", str(tmp_path / "there")])
    same(read_tree(tmp_path / "there"), files)
    assert account.cli(["s3", "sync", str(folder), f"s3://{bucket}/base"]) is None, "nothing has changed"


def test_sync_sees_what_changed_and_deletes_what_went(account, s3, tmp_path):
    bucket, files = new_bucket(account), odd_files(SMALL_SIZES)
    folder = write_tree(tmp_path / "here", files)
    account.cli(["s3", "sync", str(folder), f"s3://{bucket}"])
    (folder / "plain.txt").unlink()
    (folder / "two words.bin").write_bytes(b"other")
    said = account.cli(["s3", "sync", "--no-progress", "--delete", str(folder), f"s3://{bucket}"])
    assert sorted(line.split(":")[0] for line in said.splitlines()) == ["delete", "upload"]
    files["two words.bin"] = b"other"
    del files["plain.txt"]
    same(get_objects(s3, bucket), files)


def test_ls_of_folders_and_of_everything(account, s3):
    bucket = new_bucket(account)
    put_objects(s3, bucket, {"top": b"12345", "folder/one": b"1", "folder/two words": b"22", "other/x": b""})
    rows = [line.split() for line in account.cli(f"s3 ls s3://{bucket}").splitlines()]
    assert rows[:2] == [["PRE", "folder/"], ["PRE", "other/"]] and rows[2][2:] == ["5", "top"]
    said = account.cli(f"s3 ls --recursive --summarize s3://{bucket}")
    assert [line.split(None, 3)[2:] for line in said.splitlines()[:4]] == [
        ["1", "folder/one"], ["2", "folder/two words"], ["0", "other/x"], ["5", "top"]]
    assert "Total Objects: 4" in said and "Total Size: 8" in said
    with pytest.raises(CliError):
        account.cli(f"s3 ls s3://{bucket}/nothing-here")


@pytest.mark.parametrize("size", [0, 1, MIB + 1, 20 * MIB])
def test_streams_from_and_to_pipes(account, size):
    bucket, data = new_bucket(account), os.urandom(size)
    aws = Program(aws_program(), account.home, ["--endpoint-url", account.server.endpoint],
                  {"AWS_DEFAULT_REGION": "us-east-1", **account.root.for_environment()})
    aws("s3", "cp", "-", f"s3://{bucket}/piped", data=data)
    assert aws("s3", "cp", f"s3://{bucket}/piped", "-", as_bytes=True) == data


def test_cp_between_buckets(account, s3):
    one, two, files = new_bucket(account), new_bucket(account), odd_files()
    put_objects(s3, one, files)
    account.cli(["s3", "cp", "--no-progress", "--recursive", f"s3://{one}", f"s3://{two}/copy"])
    same(get_objects(s3, two), {f"copy/{name}": data for name, data in files.items()})


def test_mv_leaves_nothing_behind(account, s3, tmp_path):
    bucket, data = new_bucket(account), os.urandom(17000)
    (tmp_path / "file").write_bytes(data)
    account.cli(["s3", "mv", str(tmp_path / "file"), f"s3://{bucket}/first"])
    assert not (tmp_path / "file").exists()
    account.cli(["s3", "mv", f"s3://{bucket}/first", f"s3://{bucket}/second place"])
    same(get_objects(s3, bucket), {"second place": data})
    account.cli(["s3", "mv", f"s3://{bucket}/second place", str(tmp_path / "file")])
    assert (tmp_path / "file").read_bytes() == data and list_keys(s3, bucket) == []


def test_rm_of_one_and_of_all(account, s3):
    bucket, files = new_bucket(account), odd_files(SMALL_SIZES)
    put_objects(s3, bucket, files)
    account.cli(["s3", "rm", f"s3://{bucket}/plain.txt"])
    assert "plain.txt" not in list_keys(s3, bucket)
    with pytest.raises(CliError, match="BucketNotEmpty"):
        account.cli(f"s3 rb s3://{bucket}")
    account.cli(f"s3 rm --recursive s3://{bucket}/deep/")
    assert not [key for key in list_keys(s3, bucket) if key.startswith("deep")]
    account.cli(f"s3 rb --force s3://{bucket}")
    assert account.cli("s3api list-buckets")["Buckets"] == []


def test_presign(account, s3):
    bucket, data = new_bucket(account), os.urandom(20000)
    s3.put_object(Bucket=bucket, Key="a b/ü+", Body=data)
    url = account.cli(["s3", "presign", f"s3://{bucket}/a b/ü+", "--expires-in", "60"]).strip()
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.read() == data
    with pytest.raises(HTTPError) as caught:
        urllib.request.urlopen(url.replace("Expires=60", "Expires=61"), timeout=30)
    assert caught.value.code == 403 and b"SignatureDoesNotMatch" in caught.value.read()


def test_s3api_object_calls(account, tmp_path):
    bucket, data = new_bucket(account), os.urandom(30000)
    (tmp_path / "body").write_bytes(data)
    put = account.cli(["s3api", "put-object", "--bucket", bucket, "--key", "é 1", "--body", str(tmp_path / "body"),
                       "--checksum-algorithm", "SHA256", "--metadata", "a=1"])
    assert put["ChecksumSHA256"] and put["ServerSideEncryption"] == "AES256"
    got = account.cli(["s3api", "get-object", "--bucket", bucket, "--key", "é 1", "--checksum-mode", "ENABLED",
                       "--range", "bytes=10-19", str(tmp_path / "part")])
    assert (got["ContentRange"], got["ContentLength"], got["ETag"]) == ("bytes 10-19/30000", 10, put["ETag"])
    assert (tmp_path / "part").read_bytes() == data[10:20]
    head = account.cli(["s3api", "head-object", "--bucket", bucket, "--key", "é 1", "--checksum-mode", "ENABLED"])
    assert head["ChecksumSHA256"] == put["ChecksumSHA256"] and head["Metadata"] == {"a": "1"}
    rows = account.cli(f"s3api list-objects-v2 --bucket {bucket}")["Contents"]
    assert [(row["Key"], row["Size"]) for row in rows] == [("é 1", 30000)]
    rows = account.cli(f"s3api list-object-versions --bucket {bucket}")["Versions"]
    assert [(row["Key"], row["VersionId"], row["IsLatest"]) for row in rows] == [("é 1", "null", True)]
    wanted = json.dumps({"Objects": [{"Key": "é 1"}, {"Key": "never there"}]})
    answer = account.cli(["s3api", "delete-objects", "--bucket", bucket, "--delete", wanted])
    assert sorted(row["Key"] for row in answer["Deleted"]) == ["never there", "é 1"]
    with pytest.raises(CliError) as caught:
        account.cli(["s3api", "get-object", "--bucket", bucket, "--key", "é 1", str(tmp_path / "gone")])
    assert caught.value.code == "NoSuchKey"
    assert account.cli(f"s3api delete-object --bucket {bucket} --key never-there") is None


def test_without_permission_nothing_goes(account, s3, tmp_path):
    bucket, user = new_bucket(account), account.user()
    put_objects(s3, bucket, {"kept": b"x"})
    (tmp_path / "file").write_bytes(b"y")
    for command in (["cp", str(tmp_path / "file"), f"s3://{bucket}/new"], ["cp", f"s3://{bucket}/kept", "got"],
                    ["rm", f"s3://{bucket}/kept"], ["ls", f"s3://{bucket}"], ["rb", f"s3://{bucket}"]):
        with pytest.raises(CliError, match="AccessDenied|403"):
            user.cli(["s3", *command])
    same(get_objects(s3, bucket), {"kept": b"x"})
