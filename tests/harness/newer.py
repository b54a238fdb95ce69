"""Operations and parameters that are younger than Debian 12's boto3: signed by it, written by hand."""
import base64
import json
from datetime import datetime

from botocore.exceptions import ClientError

from harness import raw
from harness.account import REGION


def _to_wire(value):
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, dict):
        return {name: _to_wire(one) for name, one in value.items()}
    return [_to_wire(one) for one in value] if isinstance(value, list) else value


class NewerClient:
    """A service of protocol json with boto3's names of methods; blobs are bytes, times are seconds since 1970."""

    def __init__(self, account, service, target, blobs, creds="root", region=REGION, version="1.1"):
        self.account, self.service, self.target, self.blobs = account, service, target, blobs
        self.creds, self.region, self.version = account.root if creds == "root" else creds, region, version

    def __getattr__(self, name):
        operation = "".join(word.capitalize() for word in name.split("_"))
        return lambda **arguments: self.call(operation, json.dumps(_to_wire(arguments)).encode())

    def call(self, operation, body):
        """With a body of any bytes; refusals are raised as boto3 does."""
        answer = raw.json_call(self.account.server, self.creds, self.service, f"{self.target}.{operation}", body,
                               self.version, region=self.region)
        if answer.status != 200:
            raise ClientError({"Error": {"Code": answer.code, "Message": answer.message},
                               "ResponseMetadata": {"HTTPStatusCode": answer.status}}, operation)
        read = json.loads(answer.text or "{}")
        return {name: base64.b64decode(value) if name in self.blobs else value for name, value in read.items()}


KMS_BLOBS = {"CiphertextBlob", "ImportToken", "Mac", "Plaintext", "PrivateKeyCiphertextBlob", "PrivateKeyPlaintext",
             "PublicKey", "SharedSecret", "Signature"}


def newer_kms(account, **more):
    return NewerClient(account, "kms", "TrentService", KMS_BLOBS, **more)
