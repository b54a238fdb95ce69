#!/usr/bin/python3
"""The server's rows of make bench: each a ratio to a named peer measured in the same run, side by side.

    server_bench.py BUILD     (the folder of an optimised build)

Prints one line a row: name, ratio, what it is a ratio of. The bare figures stand in parentheses, for the curious: they
say more of the machine than of the program."""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
os.environ["MERLON_BINARY"] = str(Path(sys.argv[1]).resolve() / "merlon")

from harness import raw  # noqa: E402 (its folder and the binary have to be known first)
from harness.account import Account, make_client  # noqa: E402
from harness.credentials import Credentials  # noqa: E402
from harness.server import Server, binary  # noqa: E402
from peers import Nginx, free_port, fsyncs_per_second, openssl_speed, row  # noqa: E402

SECONDS = int(os.environ.get("BENCH_SECONDS", "8"))
ROUNDS = 3
CONNECTIONS = 64
WRITERS = 64
WRITE_SECONDS = 4
WRITE_ACCOUNTS, USERS_IN_ACCOUNT = 24, 4900
BODY = b"Action=GetCallerIdentity&Version=2011-06-15"


# -- Requests a second, against nginx giving the same bytes

def wrk_script(folder, headers, body=BODY):
    lines = ["wrk.method = 'POST'", f"wrk.body = [[{body.decode()}]]"]
    lines += [f"wrk.headers['{name}'] = '{value}'" for name, value in headers.items()]
    path = Path(folder) / "request.lua"
    path.write_text("\n".join(lines) + "\n")
    return path


def wrk(endpoint, script, seconds, connections=CONNECTIONS):
    done = subprocess.run(["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", str(script), endpoint],
                          capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout:
        raise SystemExit(f"not all were answered with success:\n{done.stdout}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1))


def against_nginx(server, headers, body, seconds):
    """(ratio, ours, theirs) of the round in the middle: requests a second for one signed request, over and over."""
    answer = raw.send(server, headers=headers, body=body)
    assert answer.status == 200, answer.text
    host, port = server.address
    script = wrk_script(server.folder, {**headers, "Host": f"{host}:{port}"}, body)
    rounds = []
    with Nginx.with_answer(answer.text) as nginx:
        for _ in range(ROUNDS):
            theirs = wrk(f"http://127.0.0.1:{nginx.port}/", script, seconds)
            ours = wrk(server.endpoint + "/", script, seconds)
            rounds.append((ours / theirs, ours, theirs))
    return sorted(rounds)[ROUNDS // 2]


def signed_small_call():
    with Server() as server:
        account = Account.create(server, server.folder / "home")
        # What an SDK sends: a form, signed over host, date and type.
        headers, _ = raw.sign(server.endpoint + "/", account.user("bench").creds, "sts",
                              headers={"Content-Type": raw.FORM}, body=BODY)
        ratio, ours, theirs = against_nginx(server, headers, BODY, SECONDS)
        row("signed GetCallerIdentity", ratio, "of nginx's requests/s for the same bytes", f"{ours:.0f} against {theirs:.0f}")


# -- KMS: against nginx giving as many bytes, and against what the primitive alone costs

CLEAR = bytes(range(256)) * 4
MESSAGE = b"a message of thirty-two bytes.  "


def b64(data):
    return base64.b64encode(data).decode()


def primitives():
    """Of one thread, a second: {operation: (what, how often)}."""
    (kilobytes,) = openssl_speed(r"(?i)AES-256-GCM\s+([\d.]+)k", "-bytes", str(len(CLEAR)), "-evp", "aes-256-gcm")
    signs, verifies = openssl_speed(r"256 bits ecdsa \(nistp256\)\s+[\d.]+s\s+[\d.]+s\s+([\d.]+)\s+([\d.]+)", "ecdsap256")
    seals = "aes-256-gcm of 1 KB", kilobytes * 1000 / len(CLEAR)
    return {"Encrypt": seals, "Decrypt": seals, "Sign": ("ecdsap256 sign", signs), "Verify": ("ecdsap256 verify", verifies)}


def kms_requests(account):
    """{operation: input}"""
    client = account.client("kms")
    key = client.create_key()["KeyMetadata"]["KeyId"]
    pair = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    sealed = client.encrypt(KeyId=key, Plaintext=CLEAR)["CiphertextBlob"]
    signing = {"KeyId": pair, "Message": b64(MESSAGE), "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = client.sign(KeyId=pair, Message=MESSAGE, SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    return {"Encrypt": {"KeyId": key, "Plaintext": b64(CLEAR)}, "Decrypt": {"CiphertextBlob": b64(sealed)},
            "GenerateDataKey": {"KeyId": key, "KeySpec": "AES_256"}, "Sign": signing,
            "Verify": {**signing, "Signature": b64(signature)}}


def kms_calls():
    alone = primitives()
    with Server() as server:
        account = Account.create(server, server.folder / "home")
        for operation, given in kms_requests(account).items():
            body = json.dumps(given).encode()
            headers, _ = raw.sign(server.endpoint + "/", account.root, "kms", body=body, headers={
                "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{operation}"})
            ratio, ours, theirs = against_nginx(server, headers, body, max(2, SECONDS // 4))
            name = f"kms {operation}" + (" 1 KB" if operation in ("Encrypt", "Decrypt") else "")
            row(name, ratio, "of nginx's requests/s for the same bytes", f"{ours:.0f} against {theirs:.0f}")
            if operation in alone:
                what, often = alone[operation]
                row(name, ours / often, f"of openssl speed's {what}, one thread", f"{ours:.0f} against {often:.0f}")


# -- Acknowledged writes, against the disk's fsync

class Signer:
    """Signature Version 4 for one host, service and day, without botocore's cost: tens of thousands are made."""

    def __init__(self, server, creds, service):
        host, port = server.address
        self.host, self.creds, self.service = f"{host}:{port}", creds, service
        self.date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        self.scope = f"{self.date[:8]}/us-east-1/{service}/aws4_request"
        key = ("AWS4" + creds.secret_key).encode()
        for part in self.scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        self.key = key

    def authorization(self, body):
        canonical = (f"POST\n/\n\ncontent-type:{raw.FORM}\nhost:{self.host}\nx-amz-date:{self.date}\n\n"
                     f"content-type;host;x-amz-date\n{hashlib.sha256(body).hexdigest()}")
        text = f"AWS4-HMAC-SHA256\n{self.date}\n{self.scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self.key, text.encode(), "sha256").hex()
        return (f"AWS4-HMAC-SHA256 Credential={self.creds.access_key}/{self.scope}, "
                f"SignedHeaders=content-type;host;x-amz-date, Signature={signature}")


def write_script(folder, server, accounts):
    """A wrk script that makes users, each by a request signed beforehand. More of them than one account may have."""
    signers = [Signer(server, account.root, "iam") for account in accounts]
    rows = Path(folder) / "writes"
    with open(rows, "w", encoding="ascii") as file:
        for number in range(USERS_IN_ACCOUNT):
            body = f"Action=CreateUser&Version=2010-05-08&UserName=w{number}"
            for signer in signers:
                file.write(f"{body}\n{signer.authorization(body.encode())}\n")
    path = Path(folder) / "writes.lua"
    path.write_text(f"""
local file = io.open("{rows}")
local headers = {{["Content-Type"] = "{raw.FORM}", ["X-Amz-Date"] = "{signers[0].date}",
                  ["Host"] = "{signers[0].host}"}}
function request()
        local body = file:read("*l") or "Action=OutOfRequests"
        headers["Authorization"] = file:read("*l")
        return wrk.format("POST", "/", headers, body)
end
""")
    return path


def acknowledged_writes():
    # Beside the repository's build: a temporary folder may lie in memory, where fsync costs nothing.
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder, Server(data=Path(folder) / "data") as server:
        accounts = [Account.create(server, server.folder / "home") for _ in range(WRITE_ACCOUNTS)]
        script = write_script(server.folder, server, accounts)
        before = fsyncs_per_second(folder)
        metrics = server.admin.metrics()
        rate = wrk(server.endpoint + "/", script, WRITE_SECONDS, WRITERS)
        after = fsyncs_per_second(folder)
        commits = commits_of(server.admin.metrics()) - commits_of(metrics)
        made = server.admin.metrics()["merlon_store_jobs_total"] - metrics["merlon_store_jobs_total"]
        probe = statistics.mean([before, after])
        row("acknowledged iam writes", rate / probe, f"of the disk's fsync rate, {WRITERS} clients",
            f"{rate:.0f}/s against {probe:.0f}/s")
        row("writes in one commit", made / commits, "acknowledged writes a commit of the store")


def commits_of(metrics):
    return sum(value for name, value in metrics.items() if name == "merlon_store_commits_total")


# -- Start, memory, size

def start_to_first_answer():
    """From exec to the first signed answer, on an empty folder; against the same of `openssl version`, a process that
    starts and ends."""
    times, peers = [], []
    for _ in range(15):
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            subprocess.run(["openssl", "version"], stdout=subprocess.DEVNULL, check=True)
            peers.append(time.monotonic() - began)
            port = free_port()
            access, secret = "AKIABENCHBENCHBENCH1", "s" * 40
            one = Server(data=Path(folder) / "data", listen=f"127.0.0.1:{port}",
                         arguments=["--root-access-key-id", access, "--root-secret-access-key", secret])
            url = f"http://127.0.0.1:{port}/"
            headers, _ = raw.sign(url, Credentials(access, secret), "sts", headers={"Content-Type": raw.FORM}, body=BODY)
            began = time.monotonic()
            one.spawn()
            times.append(first_answer(port, headers) - began)
            one.ready = {"endpoint": url}
            one.close()
    ours, theirs = statistics.median(times), statistics.median(peers)
    row("start to first signed answer", ours / theirs, "of one `openssl version`",
        f"{ours * 1000:.1f} ms against {theirs * 1000:.1f} ms")


def first_answer(port, headers):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("POST", "/", body=BODY, headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            return time.monotonic()
        except ConnectionRefusedError:
            time.sleep(0.0005)
    raise SystemExit("the server did not answer")


def resident_kb(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


def memory_and_size():
    with Server() as server:
        client = make_client(server, "sts", server.root_credentials())
        client.get_caller_identity()
        ours = resident_kb(server.pid)
    with Nginx.with_answer("ok") as nginx:
        children = Path(f"/proc/{nginx.process.pid}/task/{nginx.process.pid}/children").read_text().split()
        theirs = sum(resident_kb(pid) for pid in [nginx.process.pid, *children])
    row("resident memory, one call served", ours / theirs, "of nginx's, all its processes",
        f"{ours / 1024:.1f} MB against {theirs / 1024:.1f} MB")
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "merlon"
        subprocess.run(["strip", "-o", str(stripped), str(binary())], check=True)
        size = stripped.stat().st_size
    peer = os.stat(shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"])).st_size
    row("program file, stripped", size / peer, "of nginx's", f"{size / 1e6:.2f} MB against {peer / 1e6:.2f} MB")


def main():
    signed_small_call()
    kms_calls()
    acknowledged_writes()
    start_to_first_answer()
    memory_and_size()


if __name__ == "__main__":
    main()
