"""A fresh account and its people."""
import itertools
import json
import time
from functools import cached_property

import boto3
import botocore.regions
from botocore import UNSIGNED
from botocore.config import Config

from harness.aws_cli import run_cli
from harness.credentials import Credentials

REGION = "us-east-1"
EVENT_S = 20
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

_session = None
_numbers = itertools.count(1)


def shared_session():
    """One for the process: loading AWS's models is most of a client's cost."""
    global _session
    if _session is None:
        _session = boto3.Session(region_name=REGION)
        botocore.regions.EndpointProvider = shared_rules(botocore.regions.EndpointProvider)
    return _session


def shared_rules(provider):
    """A third of what is left: botocore reads a service's rules for endpoints anew for each client, from the same data."""
    known = {}

    def of(ruleset_data, partition_data):
        if id(ruleset_data) not in known:
            known[id(ruleset_data)] = (provider(ruleset_data, partition_data), ruleset_data)  # so that its id stays its own
        return known[id(ruleset_data)][0]

    return of


def make_client(server, service, creds, region=REGION, endpoint=None, **config):
    """A boto3 client without retries. creds=None: unsigned calls. Further arguments go to botocore's Config."""
    settings = {"retries": {"total_max_attempts": 1, "mode": "standard"}, "connect_timeout": 20, "read_timeout": 60}
    settings.update(config)
    verify = settings.pop("verify", None)
    if creds is None:
        settings["signature_version"] = UNSIGNED
    return shared_session().client(service, region_name=region, endpoint_url=endpoint or server.endpoint,
                                   config=Config(**settings), verify=verify,
                                   **(creds.for_client() if creds else {}))


def statement(actions, effect="Allow", resource="*", **more):
    return {"Effect": effect, "Action": actions, "Resource": resource, **more}


def policy(*statements):
    """policy("iam:Get*") or policy(statement(...), statement(...)): a document as a dict."""
    rows = [statement(s) if isinstance(s, (str, list)) else s for s in statements]
    return {"Version": "2012-10-17", "Statement": rows}


class User:
    """An IAM user with one access key."""

    def __init__(self, account, name, arn, creds):
        self.account, self.name, self.arn, self.creds = account, name, arn, creds

    def client(self, service, **more):
        return self.account.client(service, creds=self.creds, **more)

    def cli(self, command, **more):
        return self.account.cli(command, creds=self.creds, **more)

    def put_policy(self, document, name="inline"):
        self.account.iam.put_user_policy(UserName=self.name, PolicyName=name, PolicyDocument=json.dumps(document))


class Account:
    """.id, .root (Credentials of its root user), .iam (root's client), and makers of what tests need."""

    def __init__(self, server, account_id, root, home):
        self.server, self.id, self.root, self.home = server, account_id, root, home
        self._clients = {}

    @classmethod
    def create(cls, server, home, name=None):
        name = name or f"test-{next(_numbers)}"
        server.check_alive()
        # As `merlon account create` does, without the start of a program.
        made = json.loads(server.admin.call("POST", "/accounts", {"name": name}))
        account_id = made["id"]
        return cls(server, account_id, Credentials(made["access_key_id"], made["secret_access_key"]), home)

    @cached_property
    def iam(self):
        return self.client("iam")

    def client(self, service, creds="root", region=REGION, **more):
        """Of the same arguments the same one: to make a client costs more than a dozen calls."""
        made_by = (self.server.endpoint, service, creds, region, repr(more))
        if made_by not in self._clients:
            self._clients[made_by] = make_client(self.server, service, self.root if creds == "root" else creds, region,
                                                 **more)
        return self._clients[made_by]

    def cli(self, command, creds="root", **more):
        return run_cli(self.server, command, self.root if creds == "root" else creds, self.home, **more)

    def arn(self, resource, service="iam"):
        return f"arn:aws:{service}::{self.id}:{resource}"

    def user(self, name=None, policy=None, **more):
        """An IAM user with an access key and, if given, an inline policy (a dict)."""
        name = name or f"user-{next(_numbers)}"
        arn = self.iam.create_user(UserName=name, **more)["User"]["Arn"]
        if policy is not None:
            self.iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=json.dumps(policy))
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return User(self, name, arn, Credentials.of(key))

    def role(self, name=None, trusted=None, policy=None, **more):
        """A role's ARN. trusted: ARN or list (default: this account's root), or a whole trust policy as a dict."""
        name = name or f"role-{next(_numbers)}"
        if not isinstance(trusted, dict):
            principal = {"AWS": trusted or f"arn:aws:iam::{self.id}:root"}
            trusted = {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession",
                                                                        "sts:SetSourceIdentity"]}]}
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusted), **more)["Role"]["Arn"]
        if policy is not None:
            self.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(policy))
        return arn

    def assume(self, role_arn, creds, session="session", **more):
        """Temporary Credentials of the role, asked for with creds."""
        answer = self.client("sts", creds=creds).assume_role(RoleArn=role_arn, RoleSessionName=session, **more)
        return Credentials.of(answer["Credentials"])

    def events(self, creds="root", region=REGION, **more):
        """The account's CloudTrail records as dicts, newest first; arguments as of lookup_events."""
        pages = self.client("cloudtrail", creds=creds, region=region).get_paginator("lookup_events").paginate(**more)
        return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]

    def events_named(self, name, **more):
        return self.events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}], **more)

    def event(self, name, request_id=None, fits=lambda row: True, **more):
        """The newest record of this name (and request) that fits; the history follows the calls by some tenths of a second."""
        end = time.monotonic() + EVENT_S
        while True:
            rows = [row for row in self.events_named(name, **more) if request_id in (None, row.get("requestID")) and fits(row)]
            if rows:
                return rows[0]
            if time.monotonic() > end:
                raise AssertionError(f"no event {name} {request_id or ''} within {EVENT_S} s")
            time.sleep(0.05)
