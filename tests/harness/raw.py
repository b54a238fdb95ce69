"""HTTP below the SDKs: requests signed by botocore's signer or not at all, and bare sockets."""
import http.client
import re
import socket
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

FORM = "application/x-www-form-urlencoded; charset=utf-8"


class Answer(NamedTuple):
    status: int
    headers: dict  # lower-case names
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def request_id(self):
        return self.headers.get("x-amzn-requestid") or self.headers["x-amz-request-id"]

    @property
    def code(self):
        """AWS's error code, in whichever envelope it came; "" when there is none."""
        xml = re.search(r"<Code>([^<]*)</Code>", self.text)
        if xml:
            return xml.group(1)
        json_type = re.search(r'"__type"\s*:\s*"([^"]*)"', self.text)
        if json_type:
            return json_type.group(1).rsplit("#", 1)[-1]
        return self.headers.get("x-amzn-errortype", "") if self.status >= 400 else ""

    @property
    def message(self):
        xml = re.search(r"<Message>(.*?)</Message>", self.text, re.S)
        if xml:
            return xml.group(1)
        json_text = re.search(r'"[mM]essage"\s*:\s*"((?:[^"\\]|\\.)*)"', self.text)
        return json_text.group(1) if json_text else ""


def sign(url, creds, service, region="us-east-1", method="POST", headers=None, body=b"", presign_s=None):
    """Signed headers (dict) and URL; the URL differs only when presign_s is given."""
    request = AWSRequest(method=method, url=url, headers=dict(headers or {}), data=body)
    keys = BotocoreCredentials(creds.access_key, creds.secret_key, creds.token)
    if presign_s is None:
        (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, region).add_auth(request)
    else:
        signer = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
        signer(keys, service, region, expires=presign_s).add_auth(request)
    return dict(request.headers.items()), request.url


def send(server, method="POST", target="/", headers=None, body=b"", timeout=60):
    """One request on a fresh connection, exactly these headers beside Host and Content-Length."""
    connection = http.client.HTTPConnection(*server.address, timeout=timeout)
    try:
        connection.request(method, target, body=body, headers=dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def signed(server, creds, service, body=b"", headers=None, method="POST", target="/", region="us-east-1", host=None,
           **more):
    """Signs and sends. creds=None sends it unsigned. host: the name that the client believes to call."""
    headers = dict(headers or {})
    url = (f"http://{host}" if host else server.endpoint) + target
    if creds is not None:
        headers, _ = sign(url, creds, service, region, method, headers, body)
    if host:
        headers["Host"] = host
    return send(server, method, target, headers, body, **more)


def query(server, creds, service, version, action, parameters=None, **more):
    """A call of the query protocol; parameters: {"Tags.member.1.Key": "k"} or a list of pairs."""
    pairs = [("Action", action), ("Version", version)]
    pairs += list(parameters.items()) if isinstance(parameters, dict) else list(parameters or [])
    return signed(server, creds, service, urlencode(pairs).encode(), {"Content-Type": FORM}, **more)


def json_call(server, creds, service, target, body=b"{}", version="1.1", **more):
    """A call of the json protocols; target: the whole X-Amz-Target."""
    headers = {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": target}
    return signed(server, creds, service, body, headers, **more)


def presigned(server, creds, service, parameters, region="us-east-1", expires_s=900, **more):
    """A presigned GET."""
    target = "/?" + urlencode(parameters)
    _, url = sign(server.endpoint + target, creds, service, region, "GET", presign_s=expires_s)
    parts = urlsplit(url)
    return send(server, "GET", f"{parts.path}?{parts.query}", **more)


def raw_bytes(server, data, timeout=10, finish=True):
    """Sends bytes as they are and gives all that came back until the server closed or the time was over."""
    with socket.create_connection(server.address, timeout=timeout) as connection:
        connection.sendall(data)
        if finish:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        return received
