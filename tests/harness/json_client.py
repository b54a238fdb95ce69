"""Calls of a JSON service that the installed SDK does not know yet, or does not know whole: signed by it, written by hand."""
import base64
import functools
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


class JsonClient:
    """client.rotate_key_on_demand(KeyId=...): snake case as in boto3. Answers are as on the wire: times in seconds, and
    in base64 what is not named in blobs; errors are botocore's ClientError."""

    def __init__(self, account, service="kms", target="TrentService", creds="root", region=REGION, blobs=()):
        self.server, self.service, self.target, self.region = account.server, service, target, region
        self.creds, self.blobs = account.root if creds == "root" else creds, blobs

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self.call, "".join(word.capitalize() for word in name.split("_")))

    def call(self, operation, **data):
        return self.send(operation, json.dumps(_to_wire(data)).encode())

    def send(self, operation, body):
        """With a body of any bytes."""
        answer = raw.json_call(self.server, self.creds, self.service, f"{self.target}.{operation}", body,
                               region=self.region)
        if answer.status != 200:
            raise ClientError({"Error": {"Code": answer.code, "Message": answer.message},
                               "ResponseMetadata": {"HTTPStatusCode": answer.status}}, operation)
        read = json.loads(answer.text or "{}")
        return {name: base64.b64decode(value) if name in self.blobs else value for name, value in read.items()}


KMS_BLOBS = {"CiphertextBlob", "ImportToken", "Mac", "Plaintext", "PrivateKeyCiphertextBlob", "PrivateKeyPlaintext",
             "PublicKey", "SharedSecret", "Signature"}


def newer_kms(account, **more):
    """KMS with blobs as bytes, both ways, as boto3 has them."""
    return JsonClient(account, blobs=KMS_BLOBS, **more)
