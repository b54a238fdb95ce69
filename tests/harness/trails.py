"""Trails of CloudTrail: buckets that take their files, the files, and the AWS CLI's own proof of them."""
import gzip
import json
import time

from harness.aws_cli import CliError
from harness.buckets import bucket_policy, grant, new_bucket
from harness.lifecycle import keys_of

FED_S = 20
SERVICE = {"Service": "cloudtrail.amazonaws.com"}
OWNED = {"s3:x-amz-acl": "bucket-owner-full-control"}


def trail_arn(account, name, region="us-east-1"):
    return f"arn:aws:cloudtrail:{region}:{account.id}:trail/{name}"


def trail_policy(bucket, *accounts, prefix="", source=None):
    """The policy of the user guide: the trails of each account into the account's folder; source: the ARNs that are let in
    (any of theirs)."""
    folder = f"{bucket}/{prefix}/" if prefix else f"{bucket}/"

    def of(*some):
        return {"ArnLike": {"aws:SourceArn": source or [f"arn:aws:cloudtrail:*:{one.id}:trail/*" for one in some]}}

    return bucket_policy(
        grant(SERVICE, "s3:GetBucketAcl", bucket, Condition=of(*accounts)),
        *(grant(SERVICE, "s3:PutObject", f"{folder}AWSLogs/{one.id}/*", Condition={"StringEquals": OWNED, **of(one)})
          for one in accounts))


def new_trail_bucket(account, *others, prefix="", **more):
    """A bucket of account's that takes the files of its trails and of the others'."""
    bucket = new_bucket(account, **more)
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=trail_policy(bucket, account, *others, prefix=prefix))
    return bucket


def new_trail(account, bucket, name="trail", region="us-east-1", start=True, **more):
    """Its ARN."""
    client = account.client("cloudtrail", region=region)
    arn = client.create_trail(Name=name, S3BucketName=bucket, **more)["TrailARN"]
    if start:
        client.start_logging(Name=arn)
    return arn


def log_keys(s3, bucket, account=None, region="", prefix=""):
    """Keys of log files, without the empty objects that stand for their folders."""
    folder = f"{prefix}AWSLogs/{account.id}/CloudTrail/{region}" if account else f"{prefix}AWSLogs/"
    return [key for key in keys_of(s3, bucket, Prefix=folder) if key.endswith(".json.gz") and "/CloudTrail/" in key]


def digest_keys(s3, bucket, account, region=""):
    return [key for key in keys_of(s3, bucket, Prefix=f"AWSLogs/{account.id}/CloudTrail-Digest/{region}")
            if key.endswith(".json.gz")]


def read_json(s3, bucket, key):
    return json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))


def records(s3, bucket, *where, **more):
    """All events in log files there."""
    return [record for key in log_keys(s3, bucket, *where, **more) for record in read_json(s3, bucket, key)["Records"]]


def event_names(rows):
    return [row["eventName"] for row in rows]


class Proof:
    """What `aws cloudtrail validate-logs` says of a trail: .ok, .valid and .invalid as lists of lines, .text."""

    def __init__(self, ok, text):
        self.ok, self.text = ok, text
        lines = [line for line in text.splitlines() if line.startswith(("Digest file", "Log file"))]
        self.valid = [line for line in lines if line.endswith("\tvalid")]
        self.invalid = [line for line in lines if "\tINVALID" in line]

    def says(self, key, what):
        """The file of this key is told to be wrong in these words."""
        return [line for line in self.invalid if f"/{key}\tINVALID: {what}" in line]


def validate(account, arn, begin, end, front, region="us-east-1", creds="root", **more):
    """The stock command, unchanged. begin, end: datetimes; more: s3_bucket, s3_prefix, account_id."""
    words = ["cloudtrail", "validate-logs", "--region", region, "--trail-arn", arn, "--verbose", "--start-time",
             begin.strftime("%Y-%m-%dT%H:%M:%SZ"), "--end-time", end.strftime("%Y-%m-%dT%H:%M:%SZ")]
    for name, value in more.items():
        words += [f"--{name.replace('_', '-')}", value]
    try:
        return Proof(True, account.cli(words, creds=creds, region=region, env=front.env) or "")
    except CliError as error:
        return Proof(False, error.output)


# -- Log groups

def feed_role(account, group, name="feed", region="us-east-1", trusted=None, actions=("logs:CreateLogStream", "logs:PutLogEvents")):
    """The role of the user guide, by which a trail of the region puts its events into the group."""
    streams = f"arn:aws:logs:{region}:{account.id}:log-group:{group}:log-stream:{account.id}_CloudTrail_{region}*"
    trust = trusted or {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": SERVICE, "Action": "sts:AssumeRole"}]}
    statements = [{"Effect": "Allow", "Action": action, "Resource": streams} for action in actions]
    return account.role(name, trusted=trust, policy={"Version": "2012-10-17", "Statement": statements} if statements else None)


def group_arn(account, group, region="us-east-1"):
    return f"arn:aws:logs:{region}:{account.id}:log-group:{group}:*"


def new_feed(account, group="trail", region="us-east-1", **more):
    """A group and a role: the arguments of CreateTrail."""
    account.client("logs", region=region).create_log_group(logGroupName=group)
    return {"CloudWatchLogsLogGroupArn": group_arn(account, group, region),
            "CloudWatchLogsRoleArn": feed_role(account, group, region=region, **more)}


def fed(account, group="trail", region="us-east-1"):
    """The records in the group, in their order."""
    pages = account.client("logs", region=region).get_paginator("filter_log_events").paginate(logGroupName=group)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]


def await_fed(account, wanted, group="trail", region="us-east-1"):
    """The records in the group, as soon as one is of this name, or wanted(rows) is true."""
    end = time.monotonic() + FED_S
    while True:
        rows = fed(account, group, region)
        if wanted(rows) if callable(wanted) else wanted in event_names(rows):
            return rows
        assert time.monotonic() < end, event_names(rows)
        time.sleep(0.1)
