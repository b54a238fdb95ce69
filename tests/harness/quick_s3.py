"""Requests of S3 as bytes, signed without botocore's cost: for tests that send many thousands of them."""
import asyncio
import hashlib
import hmac
import re
import time
from typing import NamedTuple
from urllib.parse import quote

EMPTY = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"
RESIGN_S = 600  # a signature's date may be fifteen minutes old


class Signer:
    """Signature version 4 of one key for one server."""

    def __init__(self, server, creds, region="us-east-1"):
        host, port = server.address
        self.host, self.creds, self.region = f"{host}:{port}", creds, region
        self.until = 0

    def begin(self):
        """The date and the key of that day."""
        now = time.time()
        if now < self.until:
            return
        self.until = now + RESIGN_S
        self.date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        self.scope = f"{self.date[:8]}/{self.region}/s3/aws4_request"
        key = ("AWS4" + self.creds.secret_key).encode()
        for part in self.scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        self.key = key

    def sign(self, canonical):
        text = f"AWS4-HMAC-SHA256\n{self.date}\n{self.scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        return hmac.digest(self.key, text.encode(), "sha256").hex()

    def head(self, method, target, length=0, headers=(), digest=EMPTY):
        """The request up to its body. target: path?query, encoded, its parameters in order and with "="."""
        self.begin()
        path, _, query = target.partition("?")
        named = sorted([("host", self.host), ("x-amz-content-sha256", digest), ("x-amz-date", self.date),
                        *((name.lower(), value) for name, value in headers)])
        names = ";".join(name for name, _ in named)
        lines = "".join(f"{name}:{value}\n" for name, value in named)
        signature = self.sign(f"{method}\n{path}\n{query}\n{lines}\n{names}\n{digest}")
        lines = "".join(f"{name}: {value}\r\n" for name, value in named)
        return (f"{method} {target} HTTP/1.1\r\n{lines}Content-Length: {length}\r\n"
                f"Authorization: AWS4-HMAC-SHA256 Credential={self.creds.access_key}/{self.scope}, "
                f"SignedHeaders={names}, Signature={signature}\r\n\r\n").encode()

    def presigned(self, method, path, expires_s=2 * RESIGN_S):
        """The target of a URL that is good for so long from the signer's date on."""
        self.begin()
        scope = quote(f"{self.creds.access_key}/{self.scope}", safe="")
        query = (f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}&X-Amz-Date={self.date}"
                 f"&X-Amz-Expires={expires_s}&X-Amz-SignedHeaders=host")
        signature = self.sign(f"{method}\n{path}\n{query}\nhost:{self.host}\n\nhost\n{UNSIGNED}")
        return f"{path}?{query}&X-Amz-Signature={signature}"


def digest_of(body):
    return hashlib.sha256(body).hexdigest()


def put_request(signer, target, body, headers=()):
    return signer.head("PUT", target, len(body), headers, digest_of(body)) + body


class Answer(NamedTuple):
    status: int
    headers: dict  # lower-case names
    body: bytes

    @property
    def code(self):
        found = re.search(rb"<Code>([^<]*)</Code>", self.body)
        return found.group(1).decode() if found else ""


class Connection:
    """One that is kept, and opened again when the server has closed it."""

    def __init__(self, server):
        self.address, self.reader, self.writer = server.address, None, None

    async def open(self):
        if self.writer is None or self.writer.is_closing():
            self.reader, self.writer = await asyncio.open_connection(*self.address, limit=1 << 20)

    def close(self):
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    async def send(self, request, is_head=False):
        await self.open()
        self.writer.write(request)
        if len(request) > 65536:
            await self.writer.drain()
        return await self.answer(is_head)

    async def answer(self, is_head=False):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head[9:12])
        headers = {name.lower(): value for name, _, value in
                   (line.partition(": ") for line in head.split("\r\n")[1:-2])}
        body = b"" if is_head or status in (204, 304) else await self.body(headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body)

    async def body(self, headers):
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return await self.reader.readexactly(int(headers.get("content-length", 0)))
        pieces = []
        while length := int(await self.reader.readuntil(b"\r\n"), 16):
            pieces.append(await self.reader.readexactly(length))
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)
        return b"".join(pieces)
