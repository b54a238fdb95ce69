"""One server process: started on a free port, known by its pid, stopped and cleaned up after."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from harness.admin import Admin
from harness.credentials import Credentials
from harness.environment import clean_environment

TOP = Path(__file__).resolve().parents[2]
START_S = 60
STOP_S = 60
SANITIZERS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "WARNING: ThreadSanitizer",
              "ThreadSanitizer: ")


def binary():
    return Path(os.environ.get("MERLON_BINARY", TOP / "build" / "merlon")).resolve()


class ServerFailed(Exception):
    """The process ended, or never served; what it wrote is in the text."""


class Server:
    """With data=None the server is --ephemeral; else it keeps its state in that folder, which the caller owns."""

    def __init__(self, data=None, arguments=(), env=None, test_clock=True, preexec_fn=None, listen="127.0.0.1:0"):
        self.folder = Path(tempfile.mkdtemp(prefix="merlon-test-"))
        self.kept_data = data
        self.arguments, self.env, self.test_clock = list(arguments), dict(env or {}), test_clock
        self.preexec_fn, self.listen = preexec_fn, listen
        self.process = None
        self.ready, self._admin = {}, None
        self.log_path = self.folder / "log"

    # -- life
    def command(self):
        command = [str(binary()), "serve", "--listen", self.listen, "--ready-file", str(self.folder / "ready")]
        command += ["--data", str(self.kept_data)] if self.kept_data else ["--ephemeral"]
        if self.test_clock:
            command.append("--test-clock")
        return command + self.arguments

    def spawn(self):
        """Starts the process without waiting for it to serve."""
        (self.folder / "ready").unlink(missing_ok=True)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env=clean_environment(self.folder, **self.env), preexec_fn=self.preexec_fn)
        return self

    def start(self):
        self.spawn()
        ready, end = self.folder / "ready", time.monotonic() + START_S
        while not ready.exists():
            if self.process.poll() is not None:
                status, self.process = self.process.returncode, None
                raise ServerFailed(f"ended with {status} at its start:\n{self.log()}")
            if time.monotonic() > end:
                self.kill()
                raise ServerFailed(f"did not serve within {START_S} s:\n{self.log()}")
            time.sleep(0.005)
        self.ready = json.loads(ready.read_text())
        return self

    def stop(self):
        """SIGTERM; the exit status. The process must end by itself, and sanitizers must have been silent."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise ServerFailed(f"did not stop within {STOP_S} s of SIGTERM:\n{self.log()}") from None
        self.process = None
        self.check_log()
        return status

    def kill(self):
        """SIGKILL, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self):
        """Stops it if it runs and removes what it left behind; a status other than 0 is a failure."""
        try:
            status = self.stop()
            if status not in (0, None):
                raise ServerFailed(f"stopped with {status}:\n{self.log()}")
        finally:
            self.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def check_alive(self):
        """A server that ended while tests use it is told as that, not as what they then run into."""
        if self.process is not None and self.process.poll() is not None:
            raise ServerFailed(f"ended by itself or by a stranger's signal, with {self.process.returncode}:\n"
                               f"{self.log()}")

    # -- what it says
    def log(self, last=8000):
        return self.log_path.read_text(errors="replace")[-last:] if self.log_path.exists() else ""

    def check_log(self):
        text = self.log(last=10_000_000)
        for mark in SANITIZERS:
            if mark in text:
                at = text.index(mark)
                raise ServerFailed("a sanitizer spoke:\n" + text[max(0, at - 500):at + 6000])

    # -- where it is
    @property
    def pid(self):
        return self.process.pid

    @property
    def endpoint(self):
        return self.ready["endpoint"]

    @property
    def tls_endpoint(self):
        return self.ready["tls_endpoint"]

    @property
    def address(self):
        parts = urlsplit(self.endpoint)
        return parts.hostname, parts.port

    @property
    def data(self):
        return Path(self.ready["data"])

    @property
    def admin(self):
        """The same one as long as the server keeps its folder: it knows when it last moved the clock."""
        path = str(self.data / "admin.sock")
        if self._admin is None or self._admin.socket_path != path:
            self._admin = Admin(path)
        return self._admin

    # -- operator's verbs
    def merlon(self, *arguments, data=True, check=True, stdin=None):
        """Runs the operator's command against this server; gives the finished process, output as text."""
        command = [str(binary()), *map(str, arguments)]
        if data:
            command += ["--data", str(self.data)]
        done = subprocess.run(command, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, cwd=self.folder,
                              env=clean_environment(self.folder))
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def root_credentials(self):
        """Of the management account."""
        lines = (self.data / "root-credentials").read_text().splitlines()
        values = dict(line.removeprefix("export ").split("=", 1) for line in lines if "=" in line)
        return Credentials(values["AWS_ACCESS_KEY_ID"].strip("'\""), values["AWS_SECRET_ACCESS_KEY"].strip("'\""))

    def as_service(self, principal, operation, data, **more):
        """A call in the name of one of AWS's services: (status, answer). more: region, source_arn, source_account."""
        body = {"principal": principal, "operation": operation, "input": data, **more}
        status, text = self.admin.request("POST", "/as-service", body)
        return status, json.loads(text) if text.lstrip().startswith("{") else text
