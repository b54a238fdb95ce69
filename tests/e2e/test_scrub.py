"""merlon scrub: whatever is wrong with what lies on the disk is found and named, whoever's key it is sealed under."""
import json
import os
import pty
import re
import subprocess
import threading
import time

import pytest

from harness import raw
from harness.account import Account
from harness.admin import Admin
from harness.bodies import FRAME, HEADER, TAG, FileOf, blob_files, encryptions, put_in_parts, reading
from harness.buckets import new_bucket
from harness.environment import clean_environment
from harness.key_policies import new_key
from harness.server import Server, binary
from harness.tls import tls_client
from harness.trees import KIB, MIB


def scrub(server, *arguments):
    """(exit status, [(bucket, key, version, what)], summary)"""
    done = server.merlon("scrub", *arguments, check=False)
    *lines, summary = done.stdout.splitlines()
    return done.returncode, [tuple(line.split("\t")) for line in lines], summary


def damaged(server):
    """{(bucket, key): what} of a scrub that found something."""
    status, lines, summary = scrub(server)
    assert status == 1 and f" {len(lines)} damaged" in summary, (status, lines, summary)
    return {(bucket, key): what for bucket, key, _, what in lines}


def assert_sound(server):
    status, lines, summary = scrub(server)
    assert (status, lines) == (0, []) and " 0 damaged" in summary and "not provable" not in summary, (lines, summary)
    return int(summary.split()[0])


@pytest.fixture(scope="module")
def store(tmp_path_factory, certificate):
    """A server with objects of every encryption, in a file each: (server, account, s3, bucket, {key: FileOf})"""
    folder = tmp_path_factory.mktemp("scrub")
    with Server(data=folder / "data", arguments=["--tls-listen", "127.0.0.1:0", "--tls-certificate", certificate[0],
                                                 "--tls-key", certificate[1]]) as server:
        account = Account.create(server, folder / "home")
        bucket, s3, files = new_bucket(account), tls_client(account, certificate), {}
        for name, headers in encryptions(new_key(account)).items():
            with FileOf(server.data) as files[name]:
                s3.put_object(Bucket=bucket, Key=name, Body=os.urandom(3 * FRAME + 100), **headers)
            with FileOf(server.data) as files[f"{name} in parts"]:
                put_in_parts(s3, bucket, f"{name} in parts", headers)
            with FileOf(server.data) as files[f"copy of {name}"]:
                more = {f"Copy{key}" if key.startswith("S") else key: value for key, value in reading(headers).items()}
                s3.copy_object(Bucket=bucket, Key=f"copy of {name}", CopySource={"Bucket": bucket, "Key": name},
                               MetadataDirective="REPLACE", **{f"CopySource{key}": value for key, value in
                                                               reading(headers).items()}, **headers)
            s3.put_object(Bucket=bucket, Key=f"small {name}", Body=os.urandom(1000), **headers)
            s3.put_object(Bucket=bucket, Key=f"empty {name}", Body=b"", **headers)
        yield server, account, s3, bucket, files
        assert_sound(server)


# -- Files

PLACES = {"magic": 3, "frame length": 9, "zeros": 12, "id": 20, "first byte": HEADER, "first frame": HEADER + 1000,
          "first tag": HEADER + FRAME + 3, "second frame": HEADER + FRAME + TAG, "middle": HEADER + FRAME + TAG + 700,
          "last frame": -TAG - 1, "last tag": -TAG, "last byte": -1}


def test_what_is_sound_is_proven(store):
    server, *_, files = store
    assert assert_sound(server) == len(files) + 2 * len(files) // 3
    status, _, summary = scrub(server, "--rate", "1000")
    assert status == 0 and summary.startswith(f"{len(files) * 5 // 3} bodies examined: {len(files) * 5 // 3} proven")


@pytest.mark.parametrize("place", PLACES)
def test_a_flipped_bit_anywhere_is_found_in_each(store, place):
    server, _, _, bucket, files = store
    for file in files.values():
        file.flip(PLACES[place] % len(file.sealed))
    found = damaged(server)
    assert found.keys() == {(bucket, key) for key in files}
    assert all(what.startswith("part 1: ") == (key.endswith(" in parts")) for (_, key), what in found.items())
    for file in files.values():
        file.mend()


@pytest.mark.parametrize("new, what", [
    (lambda sealed: sealed[:-1], "too short"), (lambda sealed: b"", "too short"), (lambda sealed: sealed + b"x", "too long"),
    (lambda sealed: sealed[:HEADER + FRAME + TAG], "too short"), (lambda sealed: sealed + os.urandom(FRAME), "too long"),
    (lambda sealed: sealed[:HEADER] + os.urandom(len(sealed) - HEADER), "other bytes"), (None, "missing")])
def test_files_that_are_cut_longer_replaced_or_gone(store, new, what):
    server, _, _, bucket, files = store
    for file in files.values():
        file.path.unlink() if new is None else file.path.write_bytes(new(file.sealed))
    found = damaged(server)
    assert found.keys() == {(bucket, key) for key in files}
    assert all(what in told for told in found.values()), found
    for file in files.values():
        file.mend()


def test_files_of_two_objects_that_were_swapped(store):
    """Whole, or with each header in its place, or frames of the same file."""
    server, _, _, bucket, files = store
    for one, other in (("s3", "copy of s3"), ("kms", "copy of kms"), ("customer", "copy of customer"), ("s3", "customer")):
        a, b = files[one], files[other]
        for keep in (0, HEADER):
            a.path.write_bytes(a.sealed[:keep] + b.sealed[keep:])
            b.path.write_bytes(b.sealed[:keep] + a.sealed[keep:])
            assert damaged(server).keys() == {(bucket, one), (bucket, other)}
        a.mend(), b.mend()
        first, second = a.sealed[HEADER:HEADER + FRAME + TAG], a.sealed[HEADER + FRAME + TAG:HEADER + 2 * (FRAME + TAG)]
        a.path.write_bytes(a.sealed[:HEADER] + second + first + a.sealed[HEADER + 2 * (FRAME + TAG):])
        assert damaged(server).keys() == {(bucket, one)}
        a.mend()


def test_each_version_and_each_upload_is_named_by_its_id(store):
    server, account, s3, _, _ = store
    bucket, key = new_bucket(account), new_key(account)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    with FileOf(server.data) as old:
        version = s3.put_object(Bucket=bucket, Key="k", Body=os.urandom(20 * KIB), ServerSideEncryption="aws:kms",
                                SSEKMSKeyId=key)["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=os.urandom(20 * KIB))
    s3.delete_object(Bucket=bucket, Key="k")
    with FileOf(server.data) as part:
        _, upload = put_in_parts(s3, bucket, "u" * 1000, {"ServerSideEncryption": "aws:kms"}, complete=False)
    assert_sound(server)
    old.flip(100), part.flip(5000)
    status, lines, _ = scrub(server)
    assert status == 1 and sorted(line[:3] for line in lines) == [(bucket, "k", version), (bucket, "u" * 1000,
                                                                                         f"upload {upload}")]
    old.mend(), part.mend()


def test_a_key_breaks_no_line_and_speaks_to_no_terminal(store):
    server, account, s3, _, _ = store
    bucket = new_bucket(account)
    key = "a\tb\nc\x1b[2J\u009b1m\\ß" + "é" * 400
    with FileOf(server.data) as file:
        s3.put_object(Bucket=bucket, Key=key, Body=os.urandom(20 * KIB))
    file.path.unlink()
    assert damaged(server).keys() == {(bucket, "a\\x09b\\x0ac\\x1b[2J\\xc2\\x9b1m\\x5cß" + "é" * 400)}
    file.mend()


def test_many_damaged_objects_each_have_a_line(store):
    server, account, s3, _, _ = store
    bucket, before = new_bucket(account), set(blob_files(server.data))
    keys = [f"{number:03}" for number in range(130)]  # more than a page
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=bytes(17 * KIB))
    files = {path: path.read_bytes() for path in set(blob_files(server.data)) - before}
    for path in files:
        path.unlink()
    assert sorted(key for _, key in damaged(server)) == keys
    for path, sealed in files.items():
        path.write_bytes(sealed)


# -- In the store

def piece_in(data, etag):
    """Where in the store's file the record of a small body is: its MD5 stands behind the body there, which is noise. In
    the object's own record it stands among texts."""
    places = [match.start() for match in re.finditer(etag.encode(), data)]
    return [at for at in places if not re.search(rb"[ -~]{24}", data[at - 3000:at - 45])
            and data[at - 3000:at - 45].count(0) < 60]


def test_a_small_body_that_was_changed_in_the_store(tmp_path, new_server, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    bucket, s3 = new_bucket(account), account.client("s3")
    etags = {key: s3.put_object(Bucket=bucket, Key=key, Body=os.urandom(3000))["ETag"].strip('"') for key in "abc"}
    server.admin.advance("1s")  # all events are written: from here on nobody writes into the file but this test
    path = server.data / "store.mdb"
    data = path.read_bytes()
    places = piece_in(data, etags["b"])
    assert places
    with path.open("r+b") as file:
        for at in places:
            file.seek(at - 300)
            file.write(bytes([data[at - 300] ^ 1]))
    assert damaged(server).keys() == {(bucket, "b")}
    with path.open("r+b") as file:
        for at in places:
            file.seek(at - 300)
            file.write(data[at - 300:at - 299])
    assert assert_sound(server) == 3


# -- Files of nobody

def test_files_that_no_object_has_are_told_and_kept(store):
    server, _, _, _, files = store
    stray = server.data / "blobs" / "ab" / ("c" * 30)
    stray.parent.mkdir(mode=0o700, exist_ok=True)
    stray.write_bytes(files["s3"].sealed)
    status, lines, summary = scrub(server)
    assert (status, lines) == (0, []) and "files of no object" not in summary  # it may be an upload's
    os.utime(stray, (time.time() - 3600, time.time() - 3600))
    status, lines, summary = scrub(server)
    assert status == 0 and "1 files of no object" in summary
    (bucket, path, version, _), = lines
    assert (bucket, path, version) == ("-", "blobs/ab/" + "c" * 30, "-")
    stray.unlink()


def test_files_of_deleted_objects_are_nobodys_damage(store):
    """For some seconds they are still there."""
    server, account, s3, _, _ = store
    bucket = new_bucket(account)
    for _ in range(3):
        with FileOf(server.data) as file:
            s3.put_object(Bucket=bucket, Key="k", Body=os.urandom(20 * KIB))
        os.utime(file.path, (0, 0))
    s3.delete_object(Bucket=bucket, Key="k")
    assert_sound(server)


# -- While others work

def test_no_false_alarm_under_load(tmp_path, new_server, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    bucket, stopped, errors = new_bucket(account), threading.Event(), []
    kinds = [{}, {"ServerSideEncryption": "aws:kms"}, {"ServerSideEncryption": "aws:kms:dsse"}]

    def work(number):
        s3 = account.client("s3")
        try:
            for turn in range(100_000):
                key, headers = f"{number}-{turn % 5}", kinds[turn % 3]
                s3.put_object(Bucket=bucket, Key=key, Body=os.urandom(1000 if turn % 4 == 0 else 70 * KIB), **headers)
                if turn % 3 == 0:
                    s3.delete_object(Bucket=bucket, Key=key)
                if turn % 10 == 5:
                    put_in_parts(s3, bucket, key, headers, parts=(20 * KIB,))
                if stopped.is_set():
                    return
        except Exception as error:  # told by the test
            errors.append(error)

    def scrub_then(*arguments):
        for _ in range(3):
            status, lines, summary = scrub(server, "--rate", "1000000")
            assert (status, lines) == (0, []), (lines, summary)
        if arguments:
            server.merlon(*arguments)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        scrub_then("master-key", "rotate")
        for path in blob_files(server.data):  # old enough to be somebody's or nobody's
            try:
                os.utime(path, (0, 0))
            except FileNotFoundError:
                pass
        scrub_then("master-key", "rotate")
        scrub_then()
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert_sound(server)


def test_a_master_key_that_is_rotated_meanwhile_is_no_damage(store):
    server, *_ = store
    for _ in range(3):
        running = subprocess.Popen([binary(), "scrub", "--data", server.data], stdout=subprocess.PIPE, text=True,
                                   env=clean_environment(server.folder))
        server.merlon("master-key", "rotate")
        out, _ = running.communicate(timeout=60)
        assert running.returncode == 0 and " 0 damaged" in out, out


def test_one_at_a_time_and_it_may_be_stopped(store):
    server, account, s3, bucket, _ = store
    s3.put_object(Bucket=bucket, Key="large", Body=bytes(8 * MIB))
    running = subprocess.Popen([binary(), "scrub", "--rate", "1", "--data", server.data], stdout=subprocess.PIPE, text=True,
                               env=clean_environment(server.folder))
    while not json.loads(server.admin.call("GET", "/scrub/0"))["is_running"]:
        assert running.poll() is None
    second = server.merlon("scrub", check=False)
    assert second.returncode == 1 and "running already" in second.stderr
    s3.get_object(Bucket=bucket, Key="large")  # it serves
    assert server.merlon("scrub", "--stop").stdout == ""
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 1 and "stopped" in out
    s3.delete_object(Bucket=bucket, Key="large")
    server.merlon("scrub", "--stop")


def test_a_server_stops_amid_a_scrub(tmp_path, new_server, home):
    server = new_server(data=tmp_path / "data")
    account = Account.create(server, home)
    account.client("s3").put_object(Bucket=new_bucket(account), Key="large", Body=bytes(8 * MIB))
    server.admin.call("POST", "/scrub", {"rate": "1"})
    assert server.stop() == 0


# -- Who may, and what is said

def test_the_operator_alone_may(tmp_path, new_server):
    server = new_server(arguments=["--admin-listen", "127.0.0.1:0"])
    address = json.loads((server.data / "server.json").read_text())["admin_endpoint"].removeprefix("http://")
    for method, path in (("POST", "/scrub"), ("GET", "/scrub/0")):
        over_loopback = subprocess.run(["curl", "-s", "-o", tmp_path / "out", "-w", "%{http_code}", "-X", method, "-d", "{}",
                                        f"http://{address}{path}"], capture_output=True, text=True, check=True)
        assert over_loopback.stdout == "404"
    assert raw.send(server, "POST", "/_merlon/scrub").status >= 400
    assert Admin(server.data / "admin.sock").request("GET", "/scrub/x")[0] == 404
    assert Admin(server.data / "admin.sock").request("GET", "/scrub/99999999")[0] == 200
    assert (server.data / "admin.sock").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("rate", ["0", "-1", "x", "", "1e3", "1000001", "99999999999999999999"])
def test_rates_that_cannot_be(server, rate):
    done = server.merlon("scrub", f"--rate={rate}", check=False)
    assert done.returncode == 1 and "rate" in done.stderr


def test_without_a_server_it_says_so(tmp_path):
    done = subprocess.run([binary(), "scrub", "--data", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "no server runs" in done.stderr


def test_a_bar_on_a_terminal_only(store):
    server, *_ = store
    done = server.merlon("scrub")
    assert "\r" not in done.stdout and "[" not in done.stdout and done.stderr == ""
    ours, its = pty.openpty()
    process = subprocess.Popen([binary(), "scrub", "--data", server.data], stdout=its, stderr=its,
                               env=clean_environment(server.folder))
    os.close(its)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # the terminal has closed
        pass
    os.close(ours)
    assert process.wait() == 0
    assert re.search(rb"\[#*\.*\] +\d+%  \d+ of \d+ bodies, [\d.]+ [KMG]?i?B of [\d.]+ [KMG]?i?B", shown)
    assert shown.rstrip().split(b"\x1b[K")[-1].endswith(b" 0 damaged")
