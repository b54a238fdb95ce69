"""The operations that the server knows, read from api/*.api by the same parser that makes its tables; and for each a
smallest valid input, written for the wire."""
import base64
import json
import re
import sys
from functools import lru_cache
from typing import NamedTuple

from harness.server import TOP

sys.path.insert(0, str(TOP / "tools"))
from apigen.parser import parse_file  # noqa: E402 (its folder has to be on the path first)


class Operation(NamedTuple):
    service: object  # apigen.model.Service
    model: object    # apigen.model.Operation

    @property
    def name(self):
        return self.model.name

    @property
    def is_planned(self):
        return "planned" in self.model.words

    @property
    def is_public(self):
        return "public" in self.model.words

    @property
    def is_page(self):
        return "page" in self.model.words

    @property
    def is_free(self):
        return "free" in self.model.words

    @property
    def is_query(self):
        return self.service.protocol == "query"

    @property
    def is_ec2(self):
        return self.service.protocol == "ec2"

    @property
    def is_s3(self):
        return self.service.has_s3_errors

    @property
    def is_head(self):
        return bool(self.model.http) and self.model.http[0] == "HEAD"

    @property
    def is_data(self):
        return "data" in self.model.words

    @property
    def event(self):
        return self.model.event or self.name

    @property
    def signing_name(self):
        return self.service.words.get("signing", self.service.name)

    @property
    def host(self):
        """Where only the host can tell the service from others of its signing name; else None."""
        prefix = self.service.words.get("endpoint", self.service.name)
        return f"{prefix}.us-east-1.amazonaws.com" if self.service.marks else None

    def __str__(self):
        return f"{self.service.name}.{self.name}"


@lru_cache(maxsize=None)
def services():
    """Of every file in api/: a service cannot be forgotten."""
    return [parse_file(path) for path in sorted((TOP / "api").glob("*.api"))]


def operations():
    return [Operation(service, model) for service in services() for model in service.operations]


# -- Smallest valid values

ACCOUNT = "111122223333"
TEXTS = ("A" * 2000, "a" * 2000, "1" * 2000, "/" + "a" * 2000 + "/", "/", "v1", "p-" + "a" * 128, "o-" + "a" * 32,
         f"o-{'a' * 32}/r-{'a' * 32}", "https://example.com", "iam.amazonaws.com",
         f"arn:aws:iam::{ACCOUNT}:user/matrix", f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/matrix",
         "arn:aws:sso:::instance/matrix", "2026-01-01")
# Where a value has a form that the limits of its shape do not say.
BY_NAME = [
    (r"PolicyDocument$|^Policy$", json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]})),
    (r"PolicyArn$|PermissionsBoundary$", f"arn:aws:iam::{ACCOUNT}:policy/matrix"),
    (r"RoleArn$", f"arn:aws:iam::{ACCOUNT}:role/matrix"),
    (r"SAMLProviderArn$|PrincipalArn$", f"arn:aws:iam::{ACCOUNT}:saml-provider/matrix"),
    (r"OpenIDConnectProviderArn$", f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com"),
    (r"TargetPrincipal$", f"arn:aws:iam::{ACCOUNT}:root"),
    (r"AWSServiceName$", "elasticache.amazonaws.com"),
    (r"SerialNumber$", f"arn:aws:iam::{ACCOUNT}:mfa/matrix"),
    (r"^SourceArn$", f"arn:aws:sqs:us-east-1:{ACCOUNT}:matrix"),
    (r"^QueueUrl$", f"http://localhost/{ACCOUNT}/matrix"),
    (r"Arns?$|SourceArn", f"arn:aws:iam::{ACCOUNT}:user/matrix"),
    (r"EventSourceName", "aws.partner/matrix/matrix"),
    (r"^ConnectionArn$", f"arn:aws:events:us-east-1:{ACCOUNT}:connection/matrix/matrix"),
    (r"EventBusArn$|^ArchiveArn$", f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/matrix"),
    (r"^HealthCheck$", "arn:aws:route53:::healthcheck/matrix"),
    (r"^AliasName$", "alias/matrix"),
    (r"^KMSKeyArn$", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/matrix"),
    (r"^KmsKeyArn$", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"),
    (r"^Bucket$", f"matrix-{ACCOUNT}"),
    (r"AccountId$", ACCOUNT),
    (r"^CopySource$", f"matrix-{ACCOUNT}/key"),
    (r"^DatasetIdentifier$", "default"),
    (r"KeyId$", "11111111-2222-3333-4444-555555555555"),
    (r"GrantId$", "a" * 64),
    (r"(Replica|Primary)?Region$", "eu-west-1"),
]
# Names that mean other things elsewhere.
BY_SERVICE = {
    "ec2": [
        (r"^GroupIds?$", "sg-0123456789abcdef0"),
        (r"^VpcIds?$", "vpc-0123456789abcdef0"),
        (r"^Resources$", "vpc-0123456789abcdef0"),
        (r"^SecurityGroupRuleIds?$", "sgr-0123456789abcdef0"),
    ],
    "sns": [
        (r"^(Topic|Resource)Arn$", f"arn:aws:sns:us-east-1:{ACCOUNT}:matrix"),
        (r"^SubscriptionArn$", f"arn:aws:sns:us-east-1:{ACCOUNT}:matrix:11111111-2222-3333-4444-555555555555"),
        (r"^Name$", "matrix"),
        (r"^Protocol$", "sqs"),
        (r"^Endpoint$", f"arn:aws:sqs:us-east-1:{ACCOUNT}:matrix"),
    ],
}
# What the documentation demands beyond what the model marks as required.
ALSO_REQUIRED = {"kms.Decrypt": ["KeyId", "CiphertextBlob"], "kms.ReEncrypt": ["SourceKeyId", "CiphertextBlob"],
                 "kms.RetireGrant": ["KeyId", "GrantId"], "sns.Publish": ["TopicArn"], "sns.Subscribe": ["Endpoint"]}


def _python_pattern(pcre):
    """The pattern in Python's dialect."""
    pcre = re.sub(r"\\x\{([0-9A-Fa-f]{1,4})\}", lambda m: "\\u" + m.group(1).zfill(4), pcre)
    return pcre.replace(r"\p{L}", "A-Za-z").replace(r"\p{Z}", " ").replace(r"\p{N}", "0-9")


def _text_for(service, shape, name):
    low = shape.low or 0
    high = shape.high if shape.high is not None else 100_000
    known = BY_SERVICE.get(service.name, []) + BY_NAME
    wanted = [text for pattern, text in known if re.search(pattern, name) or re.search(pattern, shape.name or "")]
    for text in (*wanted, *TEXTS):
        for candidate in (text[:max(low, 1)], text[:max(low, 16)], text[:high], text):
            if text in wanted and candidate != text:
                continue
            if low <= len(candidate) <= high and (
                    not shape.pattern or re.fullmatch(_python_pattern(shape.pattern), candidate)):
                return candidate
    raise AssertionError(f"no value for {name}: {shape.name} ({shape.low}..{shape.high}) {shape.pattern}")


def resolve(service, shape):
    if shape.kind != "ref":
        return shape
    return next(declared for declared in service.types if declared.name == shape.name)


def value_for(service, shape, name, is_input=False):
    """As Python data; of a structure only what is required."""
    shape = resolve(service, shape)
    if shape.kind == "enum":
        return shape.values[0]
    if shape.kind in ("string", "document"):
        return _text_for(service, shape, name)
    if shape.kind in ("integer", "long"):
        return max(shape.low or 1, 1)
    if shape.kind == "double":
        return float(max(shape.low or 1, 1))
    if shape.kind == "boolean":
        return False
    if shape.kind == "timestamp":
        return 1767225600
    if shape.kind in ("blob", "stream"):
        return b"x" * max(shape.low or 0, 1)
    if shape.kind == "list":
        return [value_for(service, shape.element, name)] * max(shape.low or 0, 1)
    if shape.kind == "map":
        key = value_for(service, shape.key, name + "Key")
        return {key: value_for(service, shape.element, name + "Value")}
    if shape.kind == "structure":
        # One without a required member gets its first: written as a form, an empty structure is no structure.
        wanted = [m for m in shape.members if m.is_required] or ([] if is_input else shape.members[:1])
        return {m.name: value_for(service, m.type, m.name) for m in wanted}
    raise AssertionError(f"a kind without a value: {shape.kind}")


def minimal_input(operation):
    if operation.model.input is None:
        return {}
    data = value_for(operation.service, operation.model.input, operation.name, is_input=True)
    for name in ALSO_REQUIRED.get(str(operation), []):
        member = operation.model.input.member(name)
        data[name] = value_for(operation.service, member.type, name)
    return data


# -- On the wire

def capital(name):
    return name[:1].upper() + name[1:]


def _flatten(service, shape, prefix, value, member=None):
    shape = resolve(service, shape)
    is_ec2 = service.protocol == "ec2"
    is_flat = is_ec2 or shape.is_flat or (member is not None and member.is_flat)
    if shape.kind == "structure":
        for one in shape.members:
            if one.name in value:
                name = one.form_name or capital(one.wire_name or one.name) if is_ec2 else one.wire_name or one.name
                name = f"{prefix}.{name}" if prefix else name
                yield from _flatten(service, one.type, name, value[one.name], one)
    elif shape.kind == "list":
        item = (member.item_name if member else "") or shape.item_name or "member"
        for number, element in enumerate(value, 1):
            yield from _flatten(service, shape.element, f"{prefix}.{number}" if is_flat else f"{prefix}.{item}.{number}",
                                element)
    elif shape.kind == "map":
        for number, (key, element) in enumerate(value.items(), 1):
            entry = f"{prefix}.{number}" if is_flat else f"{prefix}.entry.{number}"
            yield f"{entry}.key", key
            yield from _flatten(service, shape.element, f"{entry}.value", element)
    elif isinstance(value, bytes):
        yield prefix, base64.b64encode(value).decode()
    elif isinstance(value, bool):
        yield prefix, str(value).lower()
    elif shape.kind == "timestamp":
        yield prefix, "2026-01-01T00:00:00Z"
    else:
        yield prefix, str(value)


def _jsonable(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _jsonable(one) for key, one in value.items()}
    return [_jsonable(one) for one in value] if isinstance(value, list) else value


def encode(operation, data=None):
    """(method, target, headers, body) of a request that carries data (default: the smallest valid input)."""
    data = minimal_input(operation) if data is None else data
    service = operation.service
    if operation.is_query or operation.is_ec2:
        from urllib.parse import urlencode
        pairs = [("Action", operation.name), ("Version", service.words["version"])]
        if operation.model.input is not None:
            pairs += _flatten(service, operation.model.input, "", data)
        return "POST", "/", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, urlencode(pairs).encode()
    if service.protocol in ("json-1.0", "json-1.1"):
        headers = {"Content-Type": "application/x-amz-json-" + service.protocol.removeprefix("json-"),
                   "X-Amz-Target": f"{service.targets[0]}.{operation.name}"}
        return "POST", "/", headers, json.dumps(_jsonable(data)).encode()
    if service.protocol in ("rest-json", "rest-xml"):
        from harness import rest
        return rest.encode(operation, data)
    raise AssertionError(f"{operation}: write how a {service.protocol} request is encoded before adding this service")
