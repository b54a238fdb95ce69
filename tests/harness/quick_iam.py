"""IAM's calls over one connection, without an SDK's cost: for tests that make many hundreds of them."""
import http.client
import re
from urllib.parse import urlencode

from harness import raw


class QuickIam:
    def __init__(self, server, creds, timeout=30):
        self.server, self.creds = server, creds
        self.connection = http.client.HTTPConnection(*server.address, timeout=timeout)

    def call(self, action, **fields):
        """Status and request id."""
        body = urlencode({"Action": action, "Version": "2010-05-08", **fields}).encode()
        headers, _ = raw.sign(self.server.endpoint + "/", self.creds, "iam", headers={"Content-Type": raw.FORM}, body=body)
        self.connection.request("POST", "/", body=body, headers=headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        return answer.status, re.search(r"<RequestId>([^<]+)</RequestId>", text).group(1)
