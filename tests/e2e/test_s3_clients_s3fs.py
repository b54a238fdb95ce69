"""s3fs: a bucket as a folder of the file system (FUSE)."""
import os
import shutil
import subprocess
import time

import pytest

from harness.buckets import new_bucket
from harness.environment import clean_environment
from harness.trees import MIB, SMALL_SIZES, get_objects, list_keys, odd_files, put_objects, read_tree, same, write_tree

MOUNTED_S = 30


class Mount:
    """with Mount(account, bucket, folder) as path: the bucket's objects are files under path."""

    def __init__(self, account, bucket, folder, *options):
        self.account, self.bucket, self.path = account, bucket, folder / "mounted"
        self.password, self.log_path, self.options = folder / "passwd", folder / "s3fs.log", options

    def __enter__(self):
        creds, server = self.account.root, self.account.server
        self.path.mkdir()
        self.password.touch(mode=0o600)
        self.password.write_text(f"{creds.access_key}:{creds.secret_key}\n")
        settings = [f"url={server.endpoint}", "use_path_request_style", f"passwd_file={self.password}",
                    "endpoint=us-east-1", "sigv4", "retries=1", *self.options]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["s3fs", self.bucket, str(self.path), "-f", *(f"-o{one}" for one in settings)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=clean_environment(self.path.parent, LC_ALL="C.UTF-8"))
        end = time.monotonic() + MOUNTED_S
        while not os.path.ismount(self.path):
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise AssertionError(f"s3fs mounted nothing:\n{self.log_path.read_text()}")
            time.sleep(0.02)
        return self.path

    def __exit__(self, *_):
        if os.path.ismount(self.path):
            subprocess.run(["fusermount", "-u", str(self.path)], check=True)
        elif self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)


@pytest.fixture
def s3(account):
    return account.client("s3")


def test_files_are_objects_and_objects_are_files(account, s3, tmp_path):
    bucket, files = new_bucket(account), odd_files(SMALL_SIZES)
    with Mount(account, bucket, tmp_path) as path:
        write_tree(path, files)
        same(read_tree(path), files)
    objects = get_objects(s3, bucket)
    same({key: data for key, data in objects.items() if not key.endswith("/")}, files)
    assert [data for key, data in objects.items() if key.endswith("/")] == [b""] * 3, "a folder is an empty object"


def test_another_mount_sees_the_same(account, s3, tmp_path):
    bucket, files = new_bucket(account), {"from the API é": os.urandom(17000), "sub/x": os.urandom(MIB)}
    put_objects(s3, bucket, files)
    with Mount(account, bucket, tmp_path) as path:
        assert (path / "from the API é").read_bytes() == files["from the API é"]
        assert (path / "sub" / "x").read_bytes() == files["sub/x"]
        assert (path / "from the API é").stat().st_size == 17000
        with open(path / "sub" / "x", "rb") as file:
            file.seek(70000)
            assert file.read(10) == files["sub/x"][70000:70010]


def test_a_file_in_parts(account, s3, tmp_path):
    bucket, data = new_bucket(account), os.urandom(20 * MIB)
    with Mount(account, bucket, tmp_path, "multipart_size=5", "singlepart_copy_limit=5") as path:
        (path / "big file").write_bytes(data)
        assert s3.head_object(Bucket=bucket, Key="big file")["ETag"].endswith(('-3"', '-4"'))
        (path / "big file").rename(path / "moved")
        assert (path / "moved").read_bytes() == data
    same(get_objects(s3, bucket), {"moved": data})


def test_changes_in_place(account, s3, tmp_path):
    bucket, data = new_bucket(account), bytearray(os.urandom(100_000))
    with Mount(account, bucket, tmp_path) as path:
        (path / "k").write_bytes(data)
        with open(path / "k", "r+b") as file:
            file.seek(5)
            file.write(b"hello")
        with open(path / "k", "ab") as file:
            file.write(b"the end")
        os.chmod(path / "k", 0o640)
        assert (path / "k").stat().st_mode & 0o777 == 0o640
    data[5:10] = b"hello"
    same(get_objects(s3, bucket), {"k": bytes(data) + b"the end"})


def test_moves_and_removals(account, s3, tmp_path):
    bucket, data = new_bucket(account), os.urandom(20000)
    with Mount(account, bucket, tmp_path) as path:
        (path / "folder").mkdir()
        (path / "folder" / "a").write_bytes(data)
        (path / "folder").rename(path / "other é")
        assert (path / "other é" / "a").read_bytes() == data
        (path / "other é" / "a").rename(path / "b")
        assert sorted(one.name for one in path.iterdir()) == ["b", "other é"]
        shutil.rmtree(path / "other é")
        (path / "b").unlink()
    assert list_keys(s3, bucket) == []


def test_what_is_missing_is_no_file(account, tmp_path):
    with Mount(account, new_bucket(account), tmp_path) as path:
        with pytest.raises(FileNotFoundError):
            (path / "nothing").read_bytes()
        assert list(path.iterdir()) == []
