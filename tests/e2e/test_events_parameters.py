"""Every operation of every service: its event tells what was asked, by the names that AWS's events have, and nothing
secret. The calls are the smallest valid ones, made from api/*.api; their events come from the files of a trail, which
has data events too.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html"""
import base64
import datetime
import hashlib
import json
import re
from xml.etree import ElementTree

import pytest

from harness import api, raw
from harness.account import Account
from harness.buckets import bucket_policy, grant, new_bucket
from harness.server import Server
from harness.trails import SERVICE, records

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
# Data events of what no selector of a trail can name: they are in no file.
UNTOLD = ("events.PutEvents", "logs.PutLogEvents")
OPERATIONS = [one for one in api.operations() if not one.is_public and str(one) not in UNTOLD]
TIME = "Jan 1, 2026 12:00:00 AM"
KINDS = ("AWS::S3::Object", "AWS::CloudWatch::Metric", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Events::EventBus",
         "AWS::Logs::LogGroup", "AWS::Logs::LogStream")
CATEGORIES = [[("eventCategory", "Management")],
              *([("eventCategory", "Data"), ("resources.type", kind)] for kind in KINDS)]
EVERYTHING = [{"FieldSelectors": [{"Field": name, "Equals": [value]} for name, value in fields]} for fields in CATEGORIES]


# -- What is expected: CloudTrail's names begin with a small letter; secrets are hidden

def lowered(name):
    return name[:1].lower() + name[1:]


def is_left_out(service, shape, member=None):
    inner = api.resolve(service, shape.element) if shape.kind in ("list", "map") else shape
    return shape.kind == "stream" or any(one is not None and one.is_unrecorded for one in (shape, member, inner))


def told(service, shape, value):
    shape = api.resolve(service, shape)
    if shape.is_secret:
        return HIDDEN
    if shape.kind == "structure":
        return {lowered(member.name): HIDDEN if member.is_secret else told(service, member.type, value[member.name])
                for member in shape.members
                if member.name in value and not is_left_out(service, api.resolve(service, member.type), member)}
    if shape.kind == "list":
        return [told(service, shape.element, one) for one in value]
    if shape.kind == "map":
        return {key: told(service, shape.element, one) for key, one in value.items()}
    if shape.kind == "timestamp":
        return TIME
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


# -- EC2's have the names of its documents, and lists as {"items": [...]}

def name_of_ec2(member):
    name = member.event_name or member.wire_name or lowered(member.name)
    return "_return" if name == "return" else lowered(name)


def item_of_ec2(shape, member):
    return member and member.item_name or shape.item_name


def told_by_ec2(service, shape, value, member=None, depth=0):
    """A list that is not there is an empty object, but not at the top."""
    shape = api.resolve(service, shape)
    if shape.kind == "structure":
        found = {}
        for one in shape.members:
            inner = api.resolve(service, one.type)
            if inner.kind == "list" and depth and not value.get(one.name):
                found[name_of_ec2(one)] = {}
            elif one.name in value:
                found[name_of_ec2(one)] = told_by_ec2(service, one.type, value[one.name], one, depth + 1)
        return found
    if shape.kind == "list":
        items, name = [told_by_ec2(service, shape.element, one, None, depth + 1) for one in value], item_of_ec2(shape, member)
        if member and member.is_bare:
            return items
        return {"items": [{name: one} if name else one for one in items]}
    return value


def told_enclosed(service, shape, value):
    """Of the younger operations: the names of forms, and numbered items."""
    shape = api.resolve(service, shape)
    if shape.kind == "structure":
        found = {}
        for one in shape.members:
            if one.name in value:
                name = one.form_name or one.wire_name or one.name
                found[name[:1].upper() + name[1:]] = told_enclosed(service, one.type, value[one.name])
        return found
    if shape.kind == "list":
        items = [told_enclosed(service, shape.element, one) for one in value]
        items = [{"tag": number, **(one if isinstance(one, dict) else {"content": one})} for number, one in enumerate(items, 1)]
        return items[0] if len(items) == 1 else items
    return value


# -- S3's have the names of the wire, and the host

def told_in_document(service, shape, value, owner=None):
    """An element that is there once is a value, several are an array."""
    shape = api.resolve(service, shape)
    if shape.kind == "structure":
        return {member.wire_name or member.name: told_member(service, member, value[member.name])
                for member in shape.members if member.name in value}
    if shape.kind == "list":
        name = (owner and owner.item_name) or shape.item_name or "member"
        return {name: told_items(service, shape, value)}
    return "2026-01-01T00:00:00Z" if shape.kind == "timestamp" else value


def told_items(service, shape, value):
    items = [told_in_document(service, shape.element, one) for one in value]
    return items[0] if len(items) == 1 else items


def told_member(service, member, value):
    shape = api.resolve(service, member.type)
    if member.is_secret or shape.is_secret:
        return HIDDEN
    if shape.kind == "list" and (member.is_flat or shape.is_flat):
        return told_items(service, shape, value)
    return told_in_document(service, shape, value, member)


def text_of(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def told_by_s3(operation, data, host):
    service, found = operation.service, {"Host": host}
    uri = operation.model.http[1]
    for parameter in filter(None, uri.partition("?")[2].split("&")):
        name, _, value = parameter.partition("=")
        if name != "x-id":
            found[name] = value
    for member in (operation.model.input.members if operation.model.input else []):
        shape = api.resolve(service, member.type)
        if member.name not in data or is_left_out(service, shape, member):
            continue
        value = data[member.name]
        if member.place == "path":
            found[{"Bucket": "bucketName", "Key": "key"}.get(member.name, member.name)] = value
        elif member.place in ("query", "header"):
            if shape.kind == "list":
                found[member.wire_name] = [text_of(one) for one in value]
            elif shape.kind == "map":
                found |= value
            else:
                found[member.wire_name] = HIDDEN if member.is_secret or shape.is_secret else text_of(value)
        elif member.place == "headers":
            found |= {member.wire_name + key: one for key, one in value.items()}
        elif member.place == "payload" and shape.kind == "string":
            found["bucketPolicy"] = json.loads(value)
        else:
            found[member.wire_name or (shape.name if member.place else member.name)] = told_member(service, member, value)
    return found


# -- The calls

class Told:
    """.calls: {operation's name: (data, answer)}; .rows: {request id: record}."""

    def __init__(self, account):
        self.account, self.calls = account, {}
        s3, trails = account.client("s3"), account.client("cloudtrail")
        self.files = new_bucket(account)
        s3.put_bucket_policy(Bucket=self.files, Policy=bucket_policy(
            grant(SERVICE, "s3:GetBucketAcl", self.files), grant(SERVICE, "s3:PutObject", f"{self.files}/*")))
        trails.create_trail(Name="told", S3BucketName=self.files, IsMultiRegionTrail=True)
        trails.put_event_selectors(TrailName="told", AdvancedEventSelectors=EVERYTHING)
        trails.start_logging(Name="told")
        self.host = account.server.endpoint.removeprefix("http://")
        for operation in OPERATIONS:
            self.call(operation)
        account.server.admin.advance("6m")
        self.rows = {row["requestID"]: row for row in records(s3, self.files, account)}

    def call(self, operation):
        account = self.account
        data = api.minimal_input(operation)
        method, target, headers, body = api.encode(operation, data)
        target = target.replace(api.ACCOUNT, account.id)
        headers = {name: value.replace(api.ACCOUNT, account.id) for name, value in headers.items()}
        body = body.replace(api.ACCOUNT.encode(), account.id.encode())
        if operation.is_s3:
            if not account.client("s3").list_buckets()["Buckets"][1:]:
                account.client("s3").create_bucket(Bucket=f"matrix-{account.id}")
            headers["Content-MD5"] = base64.b64encode(hashlib.md5(body).digest()).decode()
        answer = raw.signed(account.server, account.root, operation.signing_name, body, headers, method, target,
                            host=operation.host)
        self.calls[str(operation)] = (data, answer)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Server() as server:
        yield Told(Account.create(server, tmp_path_factory.mktemp("home")))


# What is told where nothing is asked: https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html, ct-createkey.html
UNASKED = {
    "kms.CreateKey": {"description": "", "keyUsage": "ENCRYPT_DECRYPT", "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
                      "origin": "AWS_KMS", "bypassPolicyLockoutSafetyCheck": False},
    "kms.Decrypt": {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
    "kms.Encrypt": {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
    "kms.ReEncrypt": {"sourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT", "destinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT"},
}


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_what_was_asked(world, operation):
    data, answer = world.calls[str(operation)]
    row = world.rows[answer.request_id]
    assert row["eventName"] == operation.event, (row, answer)
    if operation.is_s3 and operation.service.name == "s3":
        expected = told_by_s3(operation, data, world.host)
    elif "enclosed" in operation.model.words:
        expected = data and {f"{operation.event}Request": told_enclosed(operation.service, operation.model.input, data)}
    elif operation.is_ec2:
        expected = told_by_ec2(operation.service, operation.model.input, data)
    else:
        shape = operation.model.input
        expected = UNASKED.get(str(operation), {}) | (told(operation.service, shape, data) if shape else {})
    expected = json.loads(json.dumps(expected).replace(api.ACCOUNT, world.account.id)) or None
    assert row["requestParameters"] == expected, answer.text
    if answer.status >= 400:
        assert row["errorCode"] and row["responseElements"] is None
    else:
        assert "errorCode" not in row


# -- What was answered

def parsed(service, shape, element, owner=None):
    """What an answer of the query protocol says, as Python data."""
    shape = api.resolve(service, shape)
    if shape.kind == "structure":
        lower = lowered if service.protocol == "ec2" else str
        names = {member.wire_name or lower(member.name): member for member in shape.members}
        return {names[child.tag].name: parsed(service, names[child.tag].type, child, names[child.tag]) for child in element}
    if shape.kind == "list":
        return [parsed(service, shape.element, child) for child in element]
    if shape.kind == "map":
        return {entry[0].text or "": parsed(service, shape.element, entry[1]) for entry in element}
    text = element.text or ""
    if shape.kind == "timestamp":
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    return {"integer": int, "long": int, "boolean": lambda word: word == "true"}.get(shape.kind, str)(text)


def read_answer(operation, answer):
    if not operation.is_query and not operation.is_ec2:
        return json.loads(answer.body or b"{}")
    root = ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", answer.text, count=1))
    if operation.is_ec2:
        root.remove(root.find("requestId"))
        return parsed(operation.service, operation.model.output, root)
    result = root.find(f"{operation.name}Result")
    return {} if result is None else parsed(operation.service, operation.model.output, result)


def answered(service, shape, value):
    """As told(), of what came over the wire."""
    shape = api.resolve(service, shape)
    if shape.is_secret:
        return HIDDEN
    if shape.kind == "structure":
        return {lowered(member.name): HIDDEN if member.is_secret else answered(service, member.type, value[member.name])
                for member in shape.members
                if member.name in value and not is_left_out(service, api.resolve(service, member.type), member)}
    if shape.kind == "list":
        return [answered(service, shape.element, one) for one in value]
    if shape.kind == "map":
        return {key: answered(service, shape.element, one) for key, one in value.items()}
    if shape.kind == "timestamp":
        when = datetime.datetime.fromtimestamp(int(value), datetime.timezone.utc)
        return when.strftime("%b %-d, %Y %-I:%M:%S %p")
    return value


def answered_by_s3(operation, answer):
    members = operation.model.output.members if operation.model.output else []
    return {member.wire_name: answer.headers[member.wire_name.lower()] for member in members
            if member.place == "header" and member.wire_name.startswith("x-amz-")
            and member.wire_name.lower() in answer.headers}


def test_what_was_answered(world):
    """Of all changes that came to pass: what the client got, without what is secret; of reads, nothing."""
    changes = []
    for operation in OPERATIONS:
        _, answer = world.calls[str(operation)]
        row = world.rows[answer.request_id]
        if answer.status >= 300:
            continue
        if "write" not in operation.model.words and "readonly" not in operation.model.words:
            assert row["responseElements"] is None, operation
            continue
        if operation.service.name == "s3":
            expected = answered_by_s3(operation, answer)
        elif operation.is_ec2:
            expected = {"requestId": answer.request_id,
                        **told_by_ec2(operation.service, operation.model.output, read_answer(operation, answer))}
        else:
            got = read_answer(operation, answer)
            expected = answered(operation.service, operation.model.output, got) if operation.model.output else {}
        changes.append(str(operation))
        assert row["responseElements"] == (expected or None), operation
    assert len(changes) > 40 and {one.split(".")[0] for one in changes} >= {"iam", "kms", "s3"}, changes


def test_no_secret_is_told(world):
    """Keys and passwords that were asked for or given."""
    text = json.dumps(list(world.rows.values()))
    secrets = set(re.findall(r"<SecretAccessKey>([^<]+)|<SessionToken>([^<]+)|\"Plaintext\":\"([^\"]+)",
                             "".join(answer.text for _, answer in world.calls.values())))
    assert secrets and world.account.root.secret_key not in text
    assert not [one for found in secrets for one in found if one and one in text]
