"""Calls of a JSON service that the installed SDK does not know yet, or does not know whole."""
import functools
import json

from botocore.exceptions import ClientError

from harness import raw
from harness.account import REGION


class JsonClient:
    """client.rotate_key_on_demand(KeyId=...): snake case as in boto3. Answers are as on the wire: blobs in base64,
    times in seconds; errors are botocore's ClientError."""

    def __init__(self, account, service="kms", target="TrentService", creds="root", region=REGION):
        self.server, self.service, self.target, self.region = account.server, service, target, region
        self.creds = account.root if creds == "root" else creds

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self.call, "".join(word.capitalize() for word in name.split("_")))

    def call(self, operation, **data):
        answer = raw.json_call(self.server, self.creds, self.service, f"{self.target}.{operation}",
                               json.dumps(data).encode(), region=self.region)
        if answer.status == 200:
            return json.loads(answer.text) if answer.text else {}
        error = json.loads(answer.text)
        raise ClientError({"Error": {"Code": answer.code, "Message": error.get("message", error.get("Message", ""))},
                           "ResponseMetadata": {"HTTPStatusCode": answer.status}}, operation)
