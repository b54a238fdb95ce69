"""Flags, environment, configuration file: each setting is taken from where it stands, and what is unknown or cannot be
stops the start with a text that names it. A security setting never falls back silently."""
import re
import subprocess
from pathlib import Path

import pytest

from harness.account import make_client
from harness.credentials import Credentials
from harness.environment import clean_environment
from harness.server import TOP, binary


def refused(tmp_path, *arguments, env=None):
    """Runs a start that must fail at once; gives what it said."""
    done = subprocess.run([str(binary()), "serve", "--ephemeral", "--listen", "127.0.0.1:0", *arguments],
                          capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, cwd=tmp_path,
                          env=clean_environment(tmp_path, **(env or {})))
    assert done.returncode != 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("arguments, named", [
    (["--colour", "blue"], "--colour"),
    (["--tls-lisen", "127.0.0.1:0"], "--tls-lisen"),
    (["serve"], "serve"),
    (["--threads", "many"], "--threads"),
    (["--threads", "0"], "--threads"),
    (["--max-body=-1"], "--max-body"),
    (["--account-id", "12345"], "account-id"),
    (["--account-id"], "--account-id"),
    (["--root-access-key-id", "AKIAEXAMPLE"], "root-secret-access-key"),
    (["--tls-certificate", "cert.pem"], "tls-key"),
    (["--log-level", "loud"], "log-level"),
    (["--store", "paper:"], "store"),
    (["--threads", "1", "--threads", "2"], "--threads"),
    (["--config", "missing.conf"], "missing.conf"),
    (["--data", ""], "--data"),
    (["--admin-listen", "not an address"], "admin-listen"),
    (["--admin-listen", "0.0.0.0:0"], "admin-listen"),
    (["--tls-listen", "nowhere"], "nowhere"),
    (["--outbound-networks", "everywhere"], "outbound-networks"),
    (["--outbound-networks", "10.0.0.0/33"], "outbound-networks"),
    (["--outbound-ca", "missing.pem"], "outbound-ca"),
    (["--outbound-ca", "/etc/hostname"], "outbound-ca"),
    (["--smtp", "localhost"], "smtp"),
    (["--smtp-from", "nobody"], "smtp-from"),
    (["--public-url", "merlon.example"], "public-url"),
    (["--public-url", "https://"], "public-url"),
    (["--public-url", "https://merlon.example/api"], "public-url"),
    (["--public-url", "https://me@merlon.example"], "public-url"),
])
def test_a_flag_that_cannot_be(tmp_path, arguments, named):
    assert named in refused(tmp_path, *arguments)


@pytest.mark.parametrize("name, value", [
    ("MERLON_COLOUR", "blue"), ("MERLON_THREADS", "many"), ("MERLON_TEST_CLOCK", "perhaps"), ("MERLON_REGION", ""),
])
def test_an_environment_that_cannot_be(tmp_path, name, value):
    assert name in refused(tmp_path, env={name: value})


@pytest.mark.parametrize("line, named", [
    ("colour = blue", "colour"), ("threads = many", "threads"), ("threads", "threads"), ("= 5", "line 2"),
    ("[section]", "[section]"),
])
def test_a_file_that_cannot_be(tmp_path, line, named):
    path = tmp_path / "merlon.conf"
    path.write_text(f"# settings\n{line}\n")
    said = refused(tmp_path, "--config", str(path))
    assert named in said and "merlon.conf" in said


def test_a_secret_is_not_repeated_in_a_complaint(tmp_path):
    said = refused(tmp_path, "--root-secret-access-key", "sesame-open-1234")
    assert "sesame" not in said


def test_an_account_id_and_root_keys_of_the_operators_choice(new_server, home):
    server = new_server(arguments=["--account-id", "210987654321", "--root-access-key-id", "AKIACHOSENBYOPERATOR",
                                   "--root-secret-access-key", "s" * 40])
    creds = Credentials("AKIACHOSENBYOPERATOR", "s" * 40)
    assert make_client(server, "sts", creds).get_caller_identity()["Arn"] == "arn:aws:iam::210987654321:root"


@pytest.mark.parametrize("secret", [["--root-secret-access-key", "sesame-open-1234"],
                                    ["--root-secret-access-key=sesame-open-1234"]])
def test_a_secret_does_not_stay_among_the_arguments(new_server, secret):
    """Which everyone on the machine may read."""
    server = new_server(arguments=["--root-access-key-id", "AKIACHOSENBYOPERATOR", *secret])
    arguments = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
    assert b"AKIACHOSENBYOPERATOR" in arguments and b"sesame" not in arguments
    creds = Credentials("AKIACHOSENBYOPERATOR", "sesame-open-1234")
    assert make_client(server, "sts", creds).get_caller_identity()


def test_flags_come_before_the_environment_and_that_before_the_file(new_server, tmp_path):
    path = tmp_path / "merlon.conf"
    path.write_text("account-id = 111111111111\nlog-level = debug\n")
    of_file = new_server(arguments=["--config", str(path)])
    of_environment = new_server(arguments=["--config", str(path)], env={"MERLON_ACCOUNT_ID": "222222222222"})
    of_flag = new_server(arguments=["--config", str(path), "--account-id", "333333333333"],
                         env={"MERLON_ACCOUNT_ID": "222222222222"})
    for server, account in [(of_file, "1" * 12), (of_environment, "2" * 12), (of_flag, "3" * 12)]:
        identity = make_client(server, "sts", server.root_credentials()).get_caller_identity()
        assert identity["Account"] == account


def test_the_file_may_be_named_by_the_environment(new_server, tmp_path):
    path = tmp_path / "merlon.conf"
    path.write_text("account-id = 111111111111\n")
    server = new_server(env={"MERLON_CONFIG": str(path)})
    assert make_client(server, "sts", server.root_credentials()).get_caller_identity()["Account"] == "1" * 12


def test_help_names_every_setting():
    said = subprocess.run([str(binary()), "--help"], capture_output=True, text=True, check=True).stdout
    serve = subprocess.run([str(binary()), "serve", "--help"], capture_output=True, text=True, check=True).stdout
    for verb in ("serve", "env", "account", "explain", "policy", "snapshot", "reset", "clock", "status"):
        assert verb in said
    for flag in ("--listen", "--tls-listen", "--data", "--ephemeral", "--account-id", "--root-access-key-id",
                 "--region", "--admin-listen", "--test-clock", "--ready-file", "--config", "--store"):
        assert flag in said + serve


def test_version():
    said = subprocess.run([str(binary()), "--version"], capture_output=True, text=True, check=True).stdout
    assert said.split()[0] == "merlon" and said.split()[1][0].isdigit()


def test_an_unknown_verb(tmp_path):
    done = subprocess.run([str(binary()), "conjure"], capture_output=True, text=True)
    assert done.returncode != 0 and "conjure" in done.stderr


def test_the_manual_describes_every_setting_and_verb():
    serve = subprocess.run([str(binary()), "serve", "--help"], capture_output=True, text=True, check=True).stdout
    settings = re.findall(r"^  --([a-z-]+) ", serve, re.M)
    manual = (TOP / "dist/man/merlon.conf.5").read_text().replace("\\-", "-")
    assert len(settings) > 15
    assert [name for name in settings if not re.search(rf"(?<![a-z]-)(?<![a-z]){name}(?![a-z-])", manual)] == []
    said = subprocess.run([str(binary()), "--help"], capture_output=True, text=True, check=True).stdout
    verbs = re.findall(r"^  ([a-z]+(?: [a-z][a-z-]*)?)(?: |$)", said, re.M)
    manual = (TOP / "dist/man/merlon.1").read_text().replace("\\-", "-")
    assert [verb for verb in verbs if f"merlon {verb}" not in manual] == []
