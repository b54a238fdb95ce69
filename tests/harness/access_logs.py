"""Server access logs of S3: where they are delivered to, and their lines taken apart."""
import re

from harness.buckets import bucket_policy, grant, new_bucket
from harness.lifecycle import keys_of

SERVICE = "logging.s3.amazonaws.com"
FIELDS = ("owner bucket time address requester request_id operation key request_line status error sent size total_ms "
          "turn_around_ms referer user_agent version_id host_id signature cipher authentication host tls access_point "
          "acl_required source_region").split()
FIELD = re.compile(r'"[^"]*"|\[[^\]]*\]|\S+')


class Line(dict):
    """Fields by name, quoted ones without their quotes."""

    def __init__(self, text):
        pieces = FIELD.findall(text)
        assert len(pieces) == len(FIELDS), text
        assert " ".join(pieces) == text, "one blank between fields"
        super().__init__(zip(FIELDS, (piece.strip('"') if piece.startswith('"') else piece for piece in pieces)))
        self.text = text
        self.pieces = dict(zip(FIELDS, pieces))

    def __getattr__(self, name):
        return self[name]


def allow_delivery(s3, account, target, source="*", **conditions):
    condition = {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"}, "StringEquals": {"aws:SourceAccount": account.id}}
    s3.put_bucket_policy(Bucket=target, Policy=bucket_policy(
        grant({"Service": SERVICE}, "s3:PutObject", f"{target}/*", Condition={**condition, **conditions})))


def put_logging(s3, bucket, target, prefix="", **more):
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={
        "LoggingEnabled": {"TargetBucket": target, "TargetPrefix": prefix, **more}})


def end_logging(s3, bucket):
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})


def new_target(account, source="*"):
    target = new_bucket(account)
    allow_delivery(account.client("s3"), account, target, source)
    return target


def log_keys(s3, target, prefix=""):
    return keys_of(s3, target, Prefix=prefix)


def lines_of(s3, target, prefix=""):
    """Of all log objects there, in the order of their keys."""
    texts = [s3.get_object(Bucket=target, Key=key)["Body"].read().decode("ascii") for key in log_keys(s3, target, prefix)]
    assert all(text.endswith("\n") for text in texts)
    return [Line(text) for body in texts for text in body.splitlines()]


def actions_of(lines):
    return sorted(line.operation for line in lines)
