"""What rows are made of: what a server is measured against, and how a row is printed."""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def row(name, ratio, of, detail=""):
    digits = 2 if ratio >= 0.1 else 4
    print(f"{name:34} {ratio:8.{digits}f}  {of}{'  (' + detail + ')' if detail else ''}", flush=True)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


# -- nginx

CONFIGURATION = """
{user}
worker_processes auto;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
        access_log off;
        keepalive_requests 100000000;
        client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
        uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
        server {{
                listen 127.0.0.1:{port};
                {serves}
        }}
}}
"""

# The same bytes for every request, with no work.
SAME_ANSWER = """
                location / {{
                        default_type text/xml;
                        add_header x-amzn-RequestId 00000000-0000-0000-0000-000000000000;
                        return 200 '{answer}';
                }}
"""

# Files, read and written as they are.
FILES = """
                root {files};
                client_max_body_size 0;
                sendfile on;
                tcp_nopush on;
                location / { dav_methods PUT; create_full_put_path on; }
"""


class Nginx:
    """serves: what stands in its server block. parent: where its files lie."""

    def __init__(self, serves, parent=None):
        self.folder = Path(tempfile.mkdtemp(prefix="merlon-bench-", dir=parent))
        self.port = free_port()
        self.files = self.folder / "files"
        self.files.mkdir()
        # Who is not root keeps its user anyway, and is warned of the line.
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(CONFIGURATION.format(
            user=user, folder=self.folder, port=self.port, serves=serves.replace("{files}", str(self.files))))
        program = shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"])
        self.process = subprocess.Popen([program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")],
                                        stderr=subprocess.DEVNULL)
        time.sleep(0.5)

    @classmethod
    def with_answer(cls, answer):
        return cls(SAME_ANSWER.format(answer=answer.replace("'", "\\'")))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


# -- A disk and a processor

def fsyncs_per_second(folder, seconds=3):
    """Appending a page and syncing it, over and over: the least that a durable write can cost."""
    path = Path(folder) / "probe"
    page, count = os.urandom(4096), 0
    with open(path, "wb", buffering=0) as file:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            file.write(page)
            os.fdatasync(file.fileno())
            count += 1
    path.unlink()
    return count / seconds


def write_one(path, piece, size):
    with open(path, "wb", buffering=0) as file:
        for _ in range(size // len(piece)):
            file.write(piece)
        os.fdatasync(file.fileno())
    path.unlink()


def written_per_second(folder, writers, size=64 << 20):
    """Bytes of files as long as that, written as they are and synced, by so many at once: the best of three."""
    piece, best = os.urandom(1 << 20), 0.0
    for _ in range(3):
        began = time.monotonic()
        with ThreadPoolExecutor(writers) as pool:
            list(pool.map(lambda number: write_one(Path(folder) / f"probe-{number}", piece, size), range(2 * writers)))
        best = max(best, 2 * writers * size / (time.monotonic() - began))
    return best


def openssl_speed(pattern, *arguments):
    """The numbers of the line that fits."""
    done = subprocess.run(["openssl", "speed", "-seconds", "2", *arguments], capture_output=True, text=True, check=True)
    return [float(number) for number in re.search(pattern, done.stdout).groups()]
