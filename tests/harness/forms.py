"""What browsers send: forms as multipart/form-data, signed by boto3 or by hand, as plain HTTP."""
import base64
import hashlib
import hmac
import json
import time
from datetime import datetime, timedelta, timezone

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.raw import send

BOUNDARY = "----formBoundary7MA4YWxk"


def part(name, value, file_name=None, content_type=None):
    head = f'Content-Disposition: form-data; name="{name}"'
    if file_name is not None:
        head += f'; filename="{file_name}"'
    if content_type:
        head += f"\r\nContent-Type: {content_type}"
    value = value if isinstance(value, bytes) else value.encode()
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + value + b"\r\n"


def body_of_form(fields, content, file_name="photo.jpg", behind=None):
    """fields: a dict or pairs. behind: fields after the file."""
    pairs = fields.items() if isinstance(fields, dict) else fields
    return (b"".join(part(name, value) for name, value in pairs) + part("file", content, file_name, "image/jpeg")
            + b"".join(part(name, value) for name, value in (behind or {}).items()) + f"--{BOUNDARY}--\r\n".encode())


def post_body(server, bucket, body, headers=None, target=None):
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **(headers or {})}
    return send(server, "POST", target or f"/{bucket}", headers, body)


def post(server, bucket, fields, content=b"content", headers=None, target=None, **more):
    return post_body(server, bucket, body_of_form(fields, content, **more), headers, target)


def presigned_post(who, bucket, key, fields=None, conditions=(), version="s3v4", lifetime_s=300):
    """The fields that boto3 makes, each of `fields` with its condition; what are no such pairs says conditions."""
    fields = dict(fields or {})
    conditions = [{name: value} for name, value in fields.items()] + list(conditions)
    client = who.client("s3", signature_version=version, s3={"addressing_style": "path"})
    return client.generate_presigned_post(bucket, key, fields, conditions, lifetime_s)["fields"]


def end_in(seconds):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def sign_policy(creds, policy, version=4, region="us-east-1", day=None):
    """The fields that prove a policy: a text, or a document that gets the conditions of its own signature."""
    stamp = day or time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    fields = {"x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-date": stamp,
              "x-amz-credential": f"{creds.access_key}/{stamp[:8]}/{region}/s3/aws4_request"} if version == 4 else {}
    if not isinstance(policy, str):
        policy = json.dumps({**policy, "conditions": policy["conditions"] + [{k: v} for k, v in fields.items()]})
    encoded = base64.b64encode(policy.encode()).decode()
    if version == 2:
        mac = hmac.new(creds.secret_key.encode(), encoded.encode(), hashlib.sha1).digest()
        return {"AWSAccessKeyId": creds.access_key, "policy": encoded, "signature": base64.b64encode(mac).decode()}
    signer = SigV4Auth(Credentials(creds.access_key, creds.secret_key), "s3", region)
    request = AWSRequest("POST", "http://localhost/")
    request.context["timestamp"] = stamp
    return {**fields, "policy": encoded, "x-amz-signature": signer.signature(encoded, request)}
