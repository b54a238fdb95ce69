"""Buckets for tests: their names are unique on a server, whichever account makes them."""
import itertools
import json
import os

from harness.account import make_client, statement

_numbers = itertools.count(1)


def new_bucket(account, **more):
    """The name of a bucket that root made."""
    name = f"bucket-{os.getpid()}-{next(_numbers)}"
    account.client("s3").create_bucket(Bucket=name, **more)
    return name


def anonymous(server):
    return make_client(server, "s3", None)


def bucket_policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def grant(principal, actions, resource, effect="Allow", **more):
    """A statement of a bucket's policy. principal: an ARN, a list of them, "*", or a whole Principal element;
    resource: the bucket's name, "NAME/*", or a list of them."""
    if not isinstance(principal, dict) and principal != "*":
        principal = {"AWS": principal}
    resources = [resource] if isinstance(resource, str) else resource
    return statement(actions, effect, [f"arn:aws:s3:::{name}" for name in resources], Principal=principal, **more)
