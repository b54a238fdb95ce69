"""Uploads whose payload is signed as the test says; bodies of Content-Encoding: aws-chunked, as an SDK would write them,
so that tests may spoil them.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html"""
import hashlib
import hmac
import re

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
EMPTY = hashlib.sha256(b"").hexdigest()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class _AsSaid(S3SigV4Auth):
    def payload(self, request):
        return request.context["payload"]


def sign_put(server, creds, target, payload, headers=None):
    """The headers of a PUT whose x-amz-content-sha256 is this, whatever the body will be."""
    request = AWSRequest(method="PUT", url=server.endpoint + target, headers=dict(headers or {}))
    request.context["payload"] = payload
    _AsSaid(BotocoreCredentials(creds.access_key, creds.secret_key, creds.token), "s3", "us-east-1").add_auth(request)
    return dict(request.headers.items())


class Chunked:
    """.headers and .body of an upload of these pieces. trailer: (name, value) behind them. declared: what the decoded
    length is said to be."""

    def __init__(self, server, creds, target, pieces, payload=SIGNED, trailer=None, declared=None, headers=None):
        length = sum(map(len, pieces)) if declared is None else declared
        headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(length), **(headers or {})}
        if trailer:
            headers["x-amz-trailer"] = trailer[0]
        self.headers = sign_put(server, creds, target, payload, headers)
        match = re.search(r"Credential=[^/]*/(([^/]*)/([^/]*)/[^,]*), .*Signature=([0-9a-f]{64})",
                          self.headers["Authorization"])
        self.scope, day, region, self.previous = match.groups()
        self.date, self.payload = self.headers["X-Amz-Date"], payload
        key = b"AWS4" + creds.secret_key.encode()
        for word in (day, region, "s3", "aws4_request"):
            key = hmac.digest(key, word.encode(), "sha256")
        self.key = key
        self.chunks = [self._chunk(piece) for piece in [*pieces, b""]]
        self.end = self._trailer(trailer) if trailer else b"\r\n"

    @property
    def body(self):
        return b"".join(self.chunks) + self.end

    def _sign(self, kind, *lines):
        text = "\n".join([kind, self.date, self.scope, self.previous, *lines])
        self.previous = hmac.new(self.key, text.encode(), "sha256").hexdigest()
        return self.previous

    def _chunk(self, piece):
        size = f"{len(piece):x}"
        if self.payload != UNSIGNED_TRAILER:
            size += ";chunk-signature=" + self._sign("AWS4-HMAC-SHA256-PAYLOAD", EMPTY, sha256(piece))
        return size.encode() + b"\r\n" + piece + (b"\r\n" if piece else b"")

    def _trailer(self, trailer):
        line = f"{trailer[0]}:{trailer[1]}"
        if self.payload == UNSIGNED_TRAILER:
            return f"{line}\r\n\r\n".encode()
        signature = self._sign("AWS4-HMAC-SHA256-TRAILER", sha256(f"{line}\n".encode()))
        return f"{line}\r\nx-amz-trailer-signature:{signature}\r\n\r\n".encode()
