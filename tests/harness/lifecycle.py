"""Lifecycles for tests of S3."""
import json
import time
from datetime import datetime, timedelta, timezone

DAY_S = 24 * 3600


def rule(name="one", **more):
    """Of the whole bucket, unless a Filter says otherwise."""
    return {"ID": name, "Status": "Enabled", "Filter": {"Prefix": ""}, **more}


def put_rules(s3, bucket, *rules):
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)})


def put_rules_of_small_objects(s3, bucket, *rules):
    """With a header that the installed SDK does not know: small objects may move to where it is cold."""
    def add(params, **_):
        params["headers"]["x-amz-transition-default-minimum-object-size"] = "varies_by_storage_class"

    event = "before-call.s3.PutBucketLifecycleConfiguration"
    s3.meta.events.register(event, add)
    put_rules(s3, bucket, *rules)
    s3.meta.events.unregister(event, add)


def expire(days, name="one", **more):
    return rule(name, Expiration={"Days": days}, **more)


def now(server):
    """By the server's clock."""
    advanced_ms = json.loads(server.admin.call("GET", "/status"))["clock_advanced_ms"]
    return datetime.fromtimestamp(time.time() + advanced_ms / 1000, timezone.utc)


def midnight(server, days=1):
    """The next one, or one of those after it."""
    return now(server).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)


def go_to_noon(server):
    """So that no midnight passes by itself."""
    seconds = (12 * 3600 - int(now(server).timestamp())) % DAY_S
    server.admin.advance(f"{seconds or DAY_S}s")


def keys_of(s3, bucket, **more):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, **more)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def class_of(s3, bucket, key, **more):
    return s3.head_object(Bucket=bucket, Key=key, **more).get("StorageClass", "STANDARD")
