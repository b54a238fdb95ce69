"""s3cmd: put, get, sync, ls, cp, mv, del, signed URLs."""
import json
import os
import urllib.request

import pytest

from harness.buckets import new_bucket
from harness.trees import (MIB, SIZES, SMALL_SIZES, get_objects, list_keys, odd_files, put_objects,
                             read_tree, same, write_tree)
from harness.programs import Program, ProgramFailed


@pytest.fixture
def s3cmd(account):
    host, port = account.server.address
    account.home.mkdir(parents=True, exist_ok=True)
    (account.home / "s3cfg").write_text(
        f"[default]\naccess_key = {account.root.access_key}\nsecret_key = {account.root.secret_key}\n"
        f"host_base = {host}:{port}\nhost_bucket = {host}:{port}\nuse_https = False\nbucket_location = us-east-1\n"
        "multipart_chunk_size_mb = 8\n")
    return Program("s3cmd", account.home, ["--config", account.home / "s3cfg", "--no-progress"])


@pytest.fixture
def s3(account):
    return account.client("s3")


def test_a_bucket_comes_and_goes(account, s3cmd):
    bucket = f"s3cmd-{account.id}"
    s3cmd("mb", f"s3://{bucket}")
    assert s3cmd("ls").split()[2:] == [f"s3://{bucket}"]
    s3cmd("rb", f"s3://{bucket}")
    assert s3cmd("ls") == ""


@pytest.mark.parametrize("size", SIZES)
def test_put_and_get(account, s3cmd, tmp_path, size):
    bucket, data = new_bucket(account), os.urandom(size)
    (tmp_path / "two words é").write_bytes(data)
    s3cmd("put", tmp_path / "two words é", f"s3://{bucket}/a b/ü+")
    s3cmd("get", f"s3://{bucket}/a b/ü+", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == data


def test_sync_there_and_back(account, s3cmd, s3, tmp_path):
    bucket, files = new_bucket(account), odd_files()
    folder = write_tree(tmp_path / "here", files)
    s3cmd("sync", f"{folder}/", f"s3://{bucket}/")
    same(get_objects(s3, bucket), files)
    (tmp_path / "there").mkdir()
    s3cmd("sync", f"s3://{bucket}/", f"{tmp_path}/there/")
    same(read_tree(tmp_path / "there"), files)
    assert "upload:" not in s3cmd("sync", f"{folder}/", f"s3://{bucket}/"), "nothing has changed"
    (folder / "plain.txt").unlink()
    s3cmd("sync", "--delete-removed", f"{folder}/", f"s3://{bucket}/")
    assert "plain.txt" not in list_keys(s3, bucket)


def test_ls_copies_moves_and_removals(account, s3cmd, s3):
    bucket, data = new_bucket(account), os.urandom(17000)
    put_objects(s3, bucket, {"from here": data, "folder/x": b"123"})
    rows = [line.split() for line in s3cmd("ls", f"s3://{bucket}").splitlines()]
    assert rows[0] == ["DIR", f"s3://{bucket}/folder/"] and rows[1][2] == "17000"
    s3cmd("cp", f"s3://{bucket}/from here", f"s3://{bucket}/to there é")
    s3cmd("mv", f"s3://{bucket}/from here", f"s3://{bucket}/moved")
    same(get_objects(s3, bucket), {"to there é": data, "moved": data, "folder/x": b"123"})
    s3cmd("del", "--recursive", "--force", f"s3://{bucket}")
    assert list_keys(s3, bucket) == []


def test_many_are_removed_at_once(account, s3cmd, s3):
    bucket, files = new_bucket(account), odd_files(SMALL_SIZES)
    put_objects(s3, bucket, files)
    s3cmd("rb", "--recursive", "--force", f"s3://{bucket}")
    assert s3.list_buckets()["Buckets"] == []


def test_a_pipe(account, s3cmd):
    bucket, data = new_bucket(account), os.urandom(MIB + 1)
    s3cmd("put", "-", f"s3://{bucket}/piped", data=data)
    assert s3cmd("get", f"s3://{bucket}/piped", "-", as_bytes=True) == data


def test_info(account, s3cmd, s3):
    bucket = new_bucket(account)
    put_objects(s3, bucket, {"k": b"12345"})
    said = s3cmd("info", f"s3://{bucket}/k")
    assert "File size: 5" in said and "827ccb0eea8a706c4c34a16891f84e7b" in said and "SSE:       AES256" in said


def test_a_wrong_secret(account, s3cmd, s3):
    bucket = new_bucket(account)
    config = account.home / "s3cfg"
    config.write_text(config.read_text().replace("secret_key = ", "secret_key = x"))
    with pytest.raises(ProgramFailed, match="SignatureDoesNotMatch|signature we calculated"):
        s3cmd("put", config, f"s3://{bucket}/k")
    assert list_keys(s3, bucket) == []


def test_signed_urls(account, s3cmd, s3):
    """By version 2 of signatures, without the region."""
    bucket = new_bucket(account)
    put_objects(s3, bucket, {"two words": b"hello"})
    url = s3cmd("signurl", f"s3://{bucket}/two words", "+600").strip()
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.read() == b"hello"


def test_settings(account, s3cmd, s3, tmp_path):
    """Some come with Content-MD5, others, which S3 takes too, with no sum at all."""
    bucket = new_bucket(account)
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account.id}:root"}, "Action": "s3:GetObject",
         "Resource": f"arn:aws:s3:::{bucket}/*"}]}
    (tmp_path / "policy").write_text(json.dumps(document))
    (tmp_path / "cors").write_text("<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*"
                                   "</AllowedOrigin></CORSRule></CORSConfiguration>")
    s3cmd("setpolicy", tmp_path / "policy", f"s3://{bucket}")
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == document
    s3cmd("setcors", tmp_path / "cors", f"s3://{bucket}")
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]
    s3cmd("expire", "--expiry-days=3", "--expiry-prefix=old/", f"s3://{bucket}")
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]["Expiration"] == {"Days": 3}
    s3cmd("ws-create", "--ws-index=index.html", f"s3://{bucket}")
    assert s3.get_bucket_website(Bucket=bucket)["IndexDocument"] == {"Suffix": "index.html"}
    s3cmd("payer", "--requester-pays", f"s3://{bucket}")
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
