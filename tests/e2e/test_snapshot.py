"""merlon snapshot: state and bodies as one file, and back; whole, or not at all."""
import os
import pty
import re
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from harness.account import Account, make_client
from harness.bodies import blob_files, encryptions, put_in_parts, reading
from harness.buckets import new_bucket
from harness.environment import clean_environment
from harness.key_policies import new_key
from harness.replication import set_up
from harness.server import Server, binary
from harness.tls import tls_client
from harness.trees import KIB, MIB


def load(saved, folder, server=None):
    """Into a folder, with the master key of the server that saved it."""
    done = subprocess.run([binary(), "snapshot", "load", saved, "--data", folder], capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode == 0 and server:
        shutil.copy(server.data / "master.key", folder)
    return done


def objects_of(s3, bucket, headers=None):
    """{key: body}"""
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {one["Key"]: s3.get_object(Bucket=bucket, Key=one["Key"], **(headers or {}))["Body"].read() for one in listed}


def assert_sound(server):
    done = server.merlon("scrub", "--rate", "100000", check=False)
    assert done.returncode == 0 and " 0 damaged" in done.stdout, done.stdout


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A server with some bodies: (server, account, bucket, {key: body})"""
    folder = tmp_path_factory.mktemp("snapshot")
    with Server(data=folder / "data") as server:
        account = Account.create(server, folder / "home")
        bucket, s3 = new_bucket(account), account.client("s3")
        bodies = {str(size): os.urandom(size) for size in (0, 1, 16 * KIB, 16 * KIB + 1, 64 * KIB, 300 * KIB)}
        for key, body in bodies.items():
            s3.put_object(Bucket=bucket, Key=key, Body=body)
        yield server, account, bucket, bodies


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A server with so much that saving and loading take a while."""
    folder = tmp_path_factory.mktemp("large")
    with Server(data=folder / "data") as server:
        account = Account.create(server, folder / "home")
        bucket, s3, body = new_bucket(account), account.client("s3"), os.urandom(2 * MIB)
        for number in range(40):
            s3.put_object(Bucket=bucket, Key=f"{number:02}", Body=body)
        yield server, account, bucket, body


# -- There and back

def test_all_that_there_is_comes_back(new_server, tmp_path, home, certificate):
    """Of every encryption, in parts and small; what came later is not there, what went later is."""
    tls = ["--tls-listen", "127.0.0.1:0", "--tls-certificate", certificate[0], "--tls-key", certificate[1]]
    server = new_server(data=tmp_path / "data", arguments=tls)
    account = Account.create(server, home)
    bucket, s3, bodies = new_bucket(account), tls_client(account, certificate), {}
    kinds = encryptions(new_key(account))
    for name, headers in kinds.items():
        bodies[name], bodies[f"small {name}"] = os.urandom(200 * KIB), os.urandom(100)
        for key in (name, f"small {name}"):
            s3.put_object(Bucket=bucket, Key=key, Body=bodies[key], **headers)
        bodies[f"parts {name}"], _ = put_in_parts(s3, bucket, f"parts {name}", headers)
    _, upload = put_in_parts(s3, bucket, "going on", {}, parts=(20 * KIB, 20 * KIB), complete=False)
    saved = tmp_path / "saved.merlon"
    done = server.merlon("snapshot", "save", saved)
    assert done.stdout == f"saved, with {len(blob_files(server.data))} bodies in files\n" and done.stderr == ""
    assert saved.stat().st_mode & 0o777 == 0o600 and not Path(f"{saved}.new").exists()
    s3.put_object(Bucket=bucket, Key="later", Body=os.urandom(20 * KIB))
    s3.put_object(Bucket=bucket, Key="kms", Body=b"overwritten")
    s3.delete_object(Bucket=bucket, Key="s3")
    server.admin.advance("1m")  # files of what was deleted go
    files = {path.name: path.read_bytes() for path in blob_files(server.data)}

    done = load(saved, tmp_path / "restored", server)
    assert (done.returncode, done.stderr) == (0, "") and re.fullmatch(r"loaded, with \d+ bodies in files\n", done.stdout)
    copies = {path.name: path.read_bytes() for path in blob_files(tmp_path / "restored")}
    assert {name for name in copies if name in files and copies[name] != files[name]} == set()
    assert len(copies.keys() - files.keys()) == 2 and len(files.keys() - copies.keys()) == 1
    server.stop()
    restored = new_server(data=tmp_path / "restored", arguments=tls)
    assert_sound(restored)
    account.server = restored
    s3 = tls_client(account, certificate)
    for name, headers in kinds.items():
        for key in (name, f"small {name}", f"parts {name}"):
            assert s3.get_object(Bucket=bucket, Key=key, **reading(headers))["Body"].read() == bodies[key], key
    assert sorted(one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]) == sorted(bodies)
    parts = s3.list_parts(Bucket=bucket, Key="going on", UploadId=upload)["Parts"]
    done = s3.complete_multipart_upload(Bucket=bucket, Key="going on", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": parts[0]["ETag"]}]})
    assert done["ETag"].endswith('-1"')
    assert len(blob_files(restored.data)) >= len(copies) - 1


def test_a_file_that_two_bodies_have(new_server, tmp_path, home, certificate):
    """A replica of what is under a customer's key has the file of its source."""
    tls = ["--tls-listen", "127.0.0.1:0", "--tls-certificate", certificate[0], "--tls-key", certificate[1]]
    server = new_server(data=tmp_path / "data", arguments=tls)
    account = Account.create(server, home)
    s3, body, headers = tls_client(account, certificate), os.urandom(200 * KIB), encryptions("")["customer"]
    source, target = set_up(account)
    s3.put_object(Bucket=source, Key="key", Body=body, **headers)
    server.admin.advance("1s")
    saved = tmp_path / "saved.merlon"
    assert server.merlon("snapshot", "save", saved).stdout == "saved, with 1 bodies in files\n"
    done = load(saved, tmp_path / "restored", server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "loaded, with 1 bodies in files\n", "")
    server.stop()
    restored = new_server(data=tmp_path / "restored", arguments=tls)
    assert_sound(restored)
    s3 = tls_client(Account(restored, account.id, account.root, home), certificate)
    for bucket in (source, target):
        assert s3.get_object(Bucket=bucket, Key="key", **headers)["Body"].read() == body
    s3.delete_object(Bucket=source, Key="key", VersionId=s3.head_object(Bucket=source, Key="key", **headers)["VersionId"])
    restored.admin.advance("1m")
    assert s3.get_object(Bucket=target, Key="key", **headers)["Body"].read() == body
    s3.delete_object(Bucket=target, Key="key", VersionId=s3.head_object(Bucket=target, Key="key", **headers)["VersionId"])
    restored.admin.advance("1m")
    assert blob_files(restored.data) == []


@pytest.mark.parametrize("name", ["master.key", "store.mdb", "new", "blobs/x"])
def test_it_does_not_take_the_place_of_what_the_server_keeps(store, name):
    server, *_ = store
    before = tree(server.data)
    done = server.merlon("snapshot", "save", server.data / name, check=False)
    assert done.returncode == 1 and "data folder" in done.stderr
    assert tree(server.data) == before


def test_what_is_deleted_while_it_is_saved_does_not_break_it(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    bucket, stopped, errors = new_bucket(account), threading.Event(), []

    def work(number):
        s3 = account.client("s3")
        try:
            while not stopped.is_set():
                for turn in range(6):
                    s3.put_object(Bucket=bucket, Key=f"{number}-{turn}", Body=f"{number}-{turn}".encode() * 20 * KIB)
                s3.delete_object(Bucket=bucket, Key=f"{number}-0")
                server.admin.advance("6s")  # the files go now
        except Exception as error:  # told by the test
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(4):
            done = server.merlon("snapshot", "save", tmp_path / f"saved-{turn}")
            assert "missing" not in done.stdout
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert list((server.data / "blobs" / "kept").iterdir()) == []
    for turn in range(4):
        folder = tmp_path / f"restored-{turn}"
        assert load(tmp_path / f"saved-{turn}", folder, server).returncode == 0
        with Server(data=folder) as restored:
            assert_sound(restored)
            bodies = objects_of(make_client(restored, "s3", account.root), bucket)
        assert all(body == key.encode() * 20 * KIB for key, body in bodies.items())


def test_a_body_that_is_missing_is_told_and_holds_up_no_other(new_server, tmp_path, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    bucket, s3 = new_bucket(account), account.client("s3")
    for key in "abc":
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode() * 20 * KIB)
    blob_files(server.data)[0].unlink()
    done = server.merlon("snapshot", "save", tmp_path / "saved", check=False)
    assert done.returncode == 1 and "2 bodies" in done.stdout and "1 more are missing" in done.stdout
    done = load(tmp_path / "saved", tmp_path / "restored")
    assert done.returncode == 1 and "1 bodies were missing" in done.stderr and "2 bodies" in done.stdout
    assert len(blob_files(tmp_path / "restored")) == 2


# -- What cannot be loaded

def test_a_damaged_snapshot_changes_nothing(store, tmp_path):
    server, *_ = store
    saved, bad = tmp_path / "saved", tmp_path / "bad"
    server.merlon("snapshot", "save", saved)
    data = saved.read_bytes()
    first_blob = data.index(b"mrlnblob")
    (tmp_path / "there").mkdir()
    for change in [data[:-1], data[:len(data) // 2], data[:first_blob + 5], data[:20], b"", data + b"x", b"x" * 1000,
                   *(data[:at] + bytes([data[at] ^ 4]) + data[at + 1:]
                     for at in (0, 16, 3000, first_blob - 30, first_blob + 50, len(data) - 100_000, len(data) - 5))]:
        bad.write_bytes(change)
        for folder in ("none", "there"):
            done = load(bad, tmp_path / folder)
            assert done.returncode == 1 and "nothing was loaded" in done.stderr, done.stderr
    assert not (tmp_path / "none").exists() and tree(tmp_path / "there") == []
    bad.write_bytes(data.replace(b"merlon-store 2", b"merlon-store 3", 1))
    assert "newer program" in load(bad, tmp_path / "none").stderr
    assert "No such file" in load(tmp_path / "nowhere", tmp_path / "none").stderr
    assert not (tmp_path / "none").exists()


def test_nothing_is_loaded_over_a_store(store, tmp_path):
    server, account, bucket, bodies = store
    server.merlon("snapshot", "save", tmp_path / "saved")
    assert load(tmp_path / "saved", tmp_path / "restored").returncode == 0
    before = {path: path.read_bytes() for path in blob_files(tmp_path / "restored")}
    done = load(tmp_path / "saved", tmp_path / "restored")
    assert done.returncode == 1 and "has a store already" in done.stderr
    assert {path: path.read_bytes() for path in blob_files(tmp_path / "restored")} == before
    done = load(tmp_path / "saved", server.data)
    assert done.returncode == 1 and "in use" in done.stderr
    assert objects_of(account.client("s3"), bucket) == bodies


def test_where_it_cannot_be_saved(store, tmp_path):
    server, *_ = store
    done = server.merlon("snapshot", "save", tmp_path / "none" / "saved", check=False)
    assert done.returncode == 1 and "No such file" in done.stderr
    (tmp_path / "folder").mkdir()
    done = server.merlon("snapshot", "save", tmp_path / "folder", check=False)
    assert done.returncode == 1 and "directory" in done.stderr.lower() and os.listdir(tmp_path) == ["folder"]
    status, text = server.admin.request("POST", "/snapshot", {"file": "relative"})
    assert status == 400 and "absolute" in text


# -- Ended in the middle

def wait_until(condition, process):
    while not condition():
        assert process.poll() is None, "it was done before it could be killed"
        time.sleep(0.0005)


def test_a_save_that_is_killed_leaves_the_one_before(large, tmp_path):
    server, account, bucket, body = large
    saved, new = tmp_path / "saved", tmp_path / "saved.new"
    server.merlon("snapshot", "save", saved)
    before = saved.stat()
    for size in (0, 10 * MIB, 50 * MIB):
        saving = subprocess.Popen([binary(), "snapshot", "save", saved, "--data", server.data], stderr=subprocess.PIPE,
                                  env=clean_environment(server.folder))
        wait_until(lambda: new.exists() and new.stat().st_size >= size, saving)
        server.kill()
        assert saving.wait() == 1 and saving.stderr.read()
        assert (saved.stat().st_ino, saved.stat().st_size) == (before.st_ino, before.st_size)
        server.start()
    assert load(saved, tmp_path / "restored").returncode == 0
    server.merlon("snapshot", "save", saved)
    assert not new.exists() and saved.stat().st_ino != before.st_ino
    assert objects_of(account.client("s3"), bucket) == {f"{number:02}": body for number in range(40)}


def test_a_load_that_is_killed_leaves_a_folder_to_load_into(large, tmp_path):
    server, account, bucket, body = large
    saved, folder = tmp_path / "saved", tmp_path / "restored"
    server.merlon("snapshot", "save", saved)
    unfinished = folder / "blobs" / "new"
    for count in (1, 20, 39):
        loading = subprocess.Popen([binary(), "snapshot", "load", saved, "--data", folder])
        wait_until(lambda: unfinished.exists() and len(os.listdir(unfinished)) >= count, loading)
        loading.send_signal(signal.SIGKILL)
        loading.wait()
        assert [path for path in blob_files(folder) if path.parent != unfinished] == []
        assert os.listdir(folder) == ["blobs"]
    with Server(data=tmp_path / "restored") as empty:  # as if nothing had been
        assert os.listdir(unfinished) == [] and blob_files(folder) == []
        assert make_client(empty, "s3", empty.root_credentials()).list_buckets()["Buckets"] == []
    shutil.rmtree(folder)
    assert load(saved, folder, server).returncode == 0
    with Server(data=folder) as restored:
        assert objects_of(make_client(restored, "s3", account.root), bucket) == {f"{n:02}": body for n in range(40)}


def test_a_load_that_was_killed_may_be_done_again(large, tmp_path):
    server, account, bucket, body = large
    saved, folder = tmp_path / "saved", tmp_path / "restored"
    server.merlon("snapshot", "save", saved)
    loading = subprocess.Popen([binary(), "snapshot", "load", saved, "--data", folder])
    wait_until(lambda: (folder / "blobs" / "new").exists() and len(os.listdir(folder / "blobs" / "new")) > 20, loading)
    loading.send_signal(signal.SIGKILL)
    loading.wait()
    assert load(saved, folder, server).returncode == 0
    with Server(data=folder) as restored:
        assert objects_of(make_client(restored, "s3", account.root), bucket) == {f"{n:02}": body for n in range(40)}
        assert_sound(restored)


# -- What is shown

def on_a_terminal(*arguments, folder):
    ours, its = pty.openpty()
    process = subprocess.Popen([binary(), *map(str, arguments)], stdout=its, stderr=its, env=clean_environment(folder))
    os.close(its)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # the terminal has closed
        pass
    os.close(ours)
    assert process.wait() == 0, shown
    return shown


def test_bars_on_a_terminal(large, tmp_path):
    server, *_ = large
    bar = rb"\[#*\.*\] +\d+%  \d+ of \d+ bodies, [\d.]+ [KMG]?i?B of [\d.]+ [KMG]?i?B"
    shown = on_a_terminal("snapshot", "save", tmp_path / "saved", "--data", server.data, folder=server.folder)
    assert re.search(bar, shown) and shown.rstrip().endswith(b"\x1b[Ksaved, with 40 bodies in files")
    shown = on_a_terminal("snapshot", "load", tmp_path / "saved", "--data", tmp_path / "restored", folder=tmp_path)
    assert re.search(bar, shown) and shown.rstrip().endswith(b"\x1b[Kloaded, with 40 bodies in files")
