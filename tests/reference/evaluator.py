#!/usr/bin/python3
"""The second evaluator: slow, obvious, and written from AWS's documentation alone.

It reads the same JSON lines as `merlon policy evaluate` and answers {"id", "decision", "by"}. Nothing here is shared
with the program: where both agree on a hundred thousand random questions, both have understood the same page.

Pages, all under https://docs.aws.amazon.com/IAM/latest/UserGuide/:
  [ops]      reference_policies_elements_condition_operators.html
  [multi]    reference_policies_condition-single-vs-multi-valued-context-keys.html
  [vars]     reference_policies_variables.html
  [resource] reference_policies_elements_resource.html
  [principal] reference_policies_elements_principal.html, [notprincipal] ..._notprincipal.html
  [logic]    reference_policies_evaluation-logic_policy-eval-denyallow.html
  [cross]    reference_policies_evaluation-logic-cross-account.html
and of KMS, under https://docs.aws.amazon.com/kms/latest/developerguide/:
  [grants]   grants.html, policy-evaluation.html
"""
import datetime
import functools
import ipaddress
import json
import re
import sys
from fractions import Fraction

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def as_list(value):
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def as_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else "%.15g" % value if isinstance(value, float) else str(value)


# -- text with variables: a list of ("text", s) and ("wild", c) -----------------------------------------------

VARIABLE = re.compile(r"\$\{([^}]+?), '(.*?)'\}|\$\{([^}]+)\}", re.S)


class Unresolved(Exception):
    """A variable has no value: there is no equal or like value [vars]."""


def pieces(text, context, wildcards, variables):
    """Splits a policy's string into literal characters and wildcards, with variables replaced [vars]."""
    out = []
    position = 0
    while position < len(text):
        found = VARIABLE.match(text, position) if variables else None
        if found:
            name, default = (found.group(1), found.group(2)) if found.group(1) else (found.group(3), None)
            if default is None and name in ("*", "?", "$"):
                value = name
            else:
                values = context.get(name.lower(), [])
                if len(values) > 1:
                    raise Unresolved  # "you can't use a multivalued condition key as a variable"
                if values:
                    value = values[0]
                elif default is not None:
                    value = default
                else:
                    raise Unresolved
            out += [("text", c) for c in value]
            position = found.end()
            continue
        character = text[position]
        out.append(("wild" if wildcards and character in "*?" else "text", character))
        position += 1
    return out


@functools.lru_cache(maxsize=100000)
def compiled(expression):
    return re.compile(expression, re.S)


def plain_regex(parts):
    wild = {"*": ".*", "?": "."}
    return "".join(wild[c] if kind == "wild" else re.escape(c) for kind, c in parts)


def like(pattern, value, context, variables):
    return compiled(plain_regex(pieces(pattern, context, True, variables))).fullmatch(value) is not None


def literal(pattern, context, variables):
    return "".join(c for _, c in pieces(pattern, context, False, variables))


def lower(text):
    """Only the letters of ASCII."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


# -- resources ------------------------------------------------------------------------------------------------

def resource_matches(pattern, resource, context, variables):
    """Wildcards work within the segments between colons; a '*' that ends its segment can match beyond [resource].

    The sixth segment, the resource, is everything after the fifth colon. Missing fields are wildcards (grammar page).
    """
    if pattern == "*":
        return True
    missing = 5 - VARIABLE.sub("", pattern).count(":")
    pattern += ":*" * max(0, missing)
    expression, segment = "", 0
    spans = []  # the source characters outside of variables, to see colons and what follows a star
    position = 0
    while position < len(pattern):
        found = VARIABLE.match(pattern, position) if variables else None
        if found:
            spans.append(("variable", found.group(0)))
            position = found.end()
        else:
            spans.append(("character", pattern[position]))
            position += 1
    for i, (kind, text) in enumerate(spans):
        following = spans[i + 1] if i + 1 < len(spans) else ("character", ":")
        if kind == "variable":
            expression += re.escape(literal(text, context, True))
        elif text == "*":
            beyond = segment >= 5 or following == ("character", ":")
            expression += ".*" if beyond else "[^:]*"
        elif text == "?":
            expression += "." if segment >= 5 else "[^:]"
        else:
            expression += re.escape(text)
            segment += text == ":"
    return compiled(expression).fullmatch(resource) is not None


def any_resource(patterns, resource, context, variables):
    for pattern in patterns:
        try:
            if resource_matches(pattern, resource, context, variables):
                return True
        except Unresolved:  # "will not match any resource"
            continue
    return False


# -- conditions -----------------------------------------------------------------------------------------------

NUMBER = re.compile(r"[+-]?(\d*\.\d+|\d+)", re.A)


def number(text):
    return Fraction(text) if NUMBER.fullmatch(text) else None


DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.A)


def date(text):
    """Milliseconds. W3C's ISO 8601, or epoch seconds [ops]."""
    found = DATE.fullmatch(text)
    if found:
        year, month, day, hour, minute, second, fraction, zone = found.groups()
        leap = second == "60"
        try:
            moment = datetime.datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0),
                                       59 if leap else int(second or 0), tzinfo=datetime.timezone.utc)
        except ValueError:
            moment = None
        if moment:
            ms = (moment - EPOCH) // datetime.timedelta(milliseconds=1) + (1000 if leap else 0)
            ms += int((fraction or ".0")[1:4].ljust(3, "0"))
            if zone and zone != "Z":
                hours, minutes = int(zone[1:3]), int(zone[4:6])
                if hours > 23 or minutes > 59:
                    return None
                ms -= (1 if zone[0] == "+" else -1) * (hours * 60 + minutes) * 60000
            return ms
    found = re.fullmatch(r"(-?)(\d{1,15})(\.\d+)?", text, re.A)
    if not found:
        return None
    ms = int(found.group(2)) * 1000 + int((found.group(3) or ".0")[1:4].ljust(3, "0"))
    return -ms if found.group(1) else ms


def address(text):
    try:
        return None if "%" in text or "/" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def network(text):
    base, slash, bits = text.partition("/")
    start = address(base)
    if start is None or (slash and not re.fullmatch(r"\d{1,3}", bits, re.A)):
        return None
    if slash and int(bits) > start.max_prefixlen:
        return None
    return ipaddress.ip_network((start, int(bits) if slash else start.max_prefixlen), strict=False)


def compare(order):
    tests = {"Equals": lambda a, b: a == b, "LessThan": lambda a, b: a < b, "LessThanEquals": lambda a, b: a <= b,
             "GreaterThan": lambda a, b: a > b, "GreaterThanEquals": lambda a, b: a >= b}
    return tests[order]


def ordered(parse, order):
    def test(policy, request, _context, _variables):
        a, b = parse(request), parse(policy)
        return a is not None and b is not None and compare(order)(a, b)
    return test


def string_equals(policy, request, context, variables):
    return literal(policy, context, variables) == request


def string_equals_nocase(policy, request, context, variables):
    return lower(literal(policy, context, variables)) == lower(request)


def string_like(policy, request, context, variables):
    return like(policy, request, context, variables)


def arn_like(policy, request, context, variables):
    """"Each of the six colon-delimited components of the ARN is checked separately" [ops]."""
    if policy == "*":
        return True
    parts = [[]]
    for piece in pieces(policy, context, True, variables):
        if piece == ("text", ":") and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(piece)
    given = request.split(":", 5)
    return len(parts) == 6 and len(given) == 6 and all(
        compiled(plain_regex(p)).fullmatch(g) is not None for p, g in zip(parts, given))


def boolean(policy, request, context, variables):
    return lower(request) in ("true", "false") and lower(literal(policy, context, variables)) == lower(request)


def binary(policy, request, _context, _variables):
    return len(policy) % 4 == 0 and bool(re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", policy)) and policy == request


def ip_in(policy, request, _context, _variables):
    a, n = address(request), network(policy)
    return a is not None and n is not None and a.version == n.version and a in n


def operators():
    """name -> (test of one value against one value, negated)."""
    table = {"StringEquals": (string_equals, False), "StringNotEquals": (string_equals, True),
             "StringEqualsIgnoreCase": (string_equals_nocase, False),
             "StringNotEqualsIgnoreCase": (string_equals_nocase, True),
             "StringLike": (string_like, False), "StringNotLike": (string_like, True),
             "Bool": (boolean, False), "BinaryEquals": (binary, False),
             "IpAddress": (ip_in, False), "NotIpAddress": (ip_in, True),
             "ArnEquals": (arn_like, False), "ArnLike": (arn_like, False),
             "ArnNotEquals": (arn_like, True), "ArnNotLike": (arn_like, True)}
    for family, parse in (("Numeric", number), ("Date", date)):
        for order in ("Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"):
            table[family + order] = (ordered(parse, order), False)
        table[family + "NotEquals"] = (ordered(parse, "Equals"), True)
    return table


OPERATORS = operators()


def one_condition(operator, key, policy_values, context, variables):
    values = context.get(key.lower(), [])
    policy_values = [as_text(v) for v in as_list(policy_values)]
    null = all(v == "" for v in values)  # no values at all, or "a null dataset, such as an empty string" [ops]
    if operator == "Null":
        return any(v.lower() == ("true" if null else "false") for v in policy_values)
    each = None
    for prefix in ("ForAllValues:", "ForAnyValue:"):
        if operator.startswith(prefix):
            each, operator = prefix, operator[len(prefix):]
    if operator.endswith("IfExists"):
        operator = operator[:-len("IfExists")]
        if not values:
            return True
    test, negated = OPERATORS[operator]

    def matches(value):
        """Does the request's value match any of the policy's."""
        for policy_value in policy_values:
            try:
                if test(policy_value, value, context, variables):
                    return True
            except Unresolved:
                continue
        return False

    if each == "ForAllValues:":
        return null or all(matches(v) != negated for v in values)
    if each == "ForAnyValue:":
        return any(matches(v) != negated for v in values)
    if negated:  # a missing key is not matched, hence true
        return not any(matches(v) for v in values)
    return any(matches(v) for v in values)


def conditions_hold(statement, context, variables):
    return all(one_condition(operator, key, values, context, variables)
               for operator, keys in statement.get("Condition", {}).items() for key, values in keys.items())


# -- principals -----------------------------------------------------------------------------------------------

class Who:
    """The principal of a question."""

    def __init__(self, question):
        text = question.get("principal") or "*"
        self.arn, self.account, self.issuer = text, "", None
        fields = text.split(":", 5)
        if text in ("*", "anonymous"):
            self.kind = "anonymous"
        elif len(fields) == 6:
            self.account = fields[4]
            resource = fields[5]
            kinds = {"root": "root", "user": "user", "role": "role", "assumed-role": "role",
                     "federated-user": "federated", "oidc-provider": "identity-provider",
                     "saml-provider": "identity-provider"}
            self.kind = kinds[resource.split("/")[0]]
            if resource.startswith("role/"):
                self.issuer = text
            elif resource.startswith("assumed-role/"):
                self.issuer = "arn:%s:iam::%s:role/%s" % (fields[1], fields[4], resource.split("/")[1])
            if self.kind == "identity-provider":
                self.account = ""
        elif re.fullmatch(r"\d{12}", text):
            self.kind, self.account, self.arn = "root", text, "arn:aws:iam::%s:root" % text
        else:
            self.kind = "service"
        self.member = self.kind in ("root", "user", "role", "federated")
        self.linked = self.kind == "role" and ":role/aws-service-role/" in self.issuer


def entries(element):
    if element == "*":
        return [("AWS", "*")]
    return [(kind, value) for kind, values in element.items() for value in as_list(values)]


def account_of(value):
    """The account that "123456789012" or "arn:aws:iam::123456789012:root" means."""
    if re.fullmatch(r"\d{12}", value):
        return value
    found = re.fullmatch(r"arn:[^:]+:iam::(\d{12}):root", value)
    return found and found.group(1)


def how_named(kind, value, who):
    """'everyone', 'self', 'entity' (the role behind a session), 'account' or None."""
    if (kind, value) == ("AWS", "*"):
        return "everyone"
    if kind == "AWS" and who.member:
        if account_of(value) is not None:
            if account_of(value) != who.account:
                return None
            return "self" if who.kind == "root" else "account"
        if value == who.issuer:
            return "entity"
        return "self" if value == who.arn else None
    if kind == "Service" and who.kind == "service" and value == who.arn:
        return "self"
    if kind == "Federated" and who.kind == "identity-provider" and value == who.arn:
        return "self"
    return None


def principal_reach(statement, who, bounded):
    """How a statement concerns the principal: the set of ways in which it is named."""
    if "Principal" in statement:
        return {how_named(k, v, who) for k, v in entries(statement["Principal"])} - {None}
    if "NotPrincipal" not in statement:
        return {"everyone"}
    # "will always deny any IAM principal that has a permissions boundary policy attached" [notprincipal]
    if bounded and who.kind in ("user", "role", "federated"):
        return {"everyone"}
    listed = entries(statement["NotPrincipal"])
    named = {how_named(k, v, who) for k, v in listed} - {None}
    if named & {"everyone", "self", "entity"}:
        return set()
    others = [v for k, v in listed if k == "AWS" and account_of(v) is None and v != "*" and
              v.split(":")[4] == who.account]
    return set() if "account" in named and not others else {"everyone"}


# -- statements and policies ----------------------------------------------------------------------------------

def action_matches(pattern, action):
    return like(lower(pattern), lower(action), {}, False)


class Asked:
    """A question, made ready."""

    def __init__(self, question):
        self.question = question
        self.who = Who(question)
        self.action, self.resource = question["action"], question["resource"]
        self.resource_account = question.get("resource_account") or self.guess_account()
        self.context = {}
        for name, values in question.get("context", {}).items():
            self.context[name.lower()] = [as_text(v) for v in as_list(values)]
        self.add_defaults()

    def guess_account(self):
        fields = self.resource.split(":", 5)
        if len(fields) == 6 and re.fullmatch(r"\d{12}", fields[4]):
            return fields[4]
        return self.who.account

    def add_defaults(self):
        who = self.who
        types = {"root": "Account", "user": "User", "role": "AssumedRole", "federated": "FederatedUser",
                 "anonymous": "Anonymous"}
        ids = {"root": who.account, "anonymous": "anonymous",
               "federated": "%s:%s" % (who.account, who.arn.split("/")[-1])}
        defaults = {"principalarn": (who.issuer or who.arn) if who.member else None,
                    "principalaccount": who.account, "principaltype": types.get(who.kind), "userid": ids.get(who.kind),
                    "username": who.arn.split("/")[-1] if who.kind == "user" else None,
                    "principalisawsservice": as_text(who.kind == "service"),
                    "principalservicename": who.arn if who.kind == "service" else None,
                    "viaawsservice": "false", "resourceaccount": self.resource_account}
        for name, value in defaults.items():
            if value:
                self.context.setdefault("aws:" + name, [value])

    def applies(self, statement, variables):
        """The ways in which a statement concerns this request; empty if it does not."""
        actions = as_list(statement.get("Action", statement.get("NotAction")))
        if any(action_matches(a, self.action) for a in actions) != ("Action" in statement):
            return set()
        if "Resource" in statement or "NotResource" in statement:
            patterns = as_list(statement.get("Resource", statement.get("NotResource")))
            if any_resource(patterns, self.resource, self.context, variables) != ("Resource" in statement):
                return set()
        reach = principal_reach(statement, self.who, self.question.get("boundary") is not None)
        if reach and conditions_hold(statement, self.context, variables):
            return reach
        return set()

    def search(self, policies):
        """(is there a Deny, the ways in which there is an Allow)."""
        denied, reach = False, set()
        for policy in policies:
            variables = policy.get("Version") == "2012-10-17"
            for statement in as_list(policy["Statement"]):
                found = self.applies(statement, variables)
                if found and statement["Effect"] == "Deny":
                    denied = True
                elif found:
                    reach |= found
        return denied, reach


# -- RCPFullAWSAccess [rcps]: "You cannot detach this policy." A level that is written with denials alone has it still.

def statements_of(document):
    found = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    return found if isinstance(found, list) else [found]


def with_full_access(level):
    if any(one["Effect"] == "Allow" for document in level for one in statements_of(document)):
        return level
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    return list(level) + [{"Version": "2012-10-17", "Statement": everything}]


# -- the decision [logic], [cross] ----------------------------------------------------------------------------

def decide(question):
    asked = Asked(question)
    who = asked.who
    levels = {"rcp": question.get("rcps") or [], "scp": question.get("scps") or []}
    if who.linked:
        levels = {"rcp": [], "scp": []}
    if not who.member:
        levels["scp"] = []
    levels["rcp"] = [with_full_access(level) for level in levels["rcp"]]
    organization = {name: [asked.search(level) for level in of] for name, of in levels.items()}
    resource_policy = [question["resource_policy"]] if question.get("resource_policy") else []
    resource = asked.search(resource_policy)
    limited = who.member and who.kind != "root"
    identity = asked.search(question.get("identity") or []) if limited else (False, set())
    boundary = asked.search([question["boundary"]]) if limited and question.get("boundary") else None
    session = asked.search(question["session"]) if limited and question.get("session") else None
    endpoint = asked.search([question["endpoint_policy"]]) if question.get("endpoint_policy") else None

    # An explicit deny in any of them.
    for name in ("rcp", "scp"):
        if any(denied for denied, _ in organization[name]):
            return "ExplicitDeny", name
    for name, found in (("resource", resource), ("identity", identity), ("boundary", boundary), ("session", session),
                        ("endpoint", endpoint)):
        if found and found[0]:
            return "ExplicitDeny", name

    # Every level of an organization.
    for name in ("rcp", "scp"):
        if not all(reach for _, reach in organization[name]):
            return "ImplicitDeny", name

    verdict = by_policies(question, asked, resource[1], identity[1], boundary, session)
    through = not endpoint or bool(endpoint[1])
    if verdict[0] == "Allow" and through:
        return verdict
    if through and granted(question, asked, identity[1], boundary, session):
        return "Allow", "grant"
    return verdict if verdict[0] != "Allow" else ("ImplicitDeny", "endpoint")


# -- grants of KMS keys [grants]: they allow where the policies do not -----------------------------------------

def granted(question, asked, identity, boundary, session):
    who = asked.who
    grantees = [g["grantee"] for g in question.get("grants") or [] if g["grantee"] != "*"]
    ways = {how_named(kind, grantee, who) for kind in ("AWS", "Service") for grantee in grantees} - {None}
    if not who.member:
        return bool(ways)
    at_home = asked.resource_account == who.account
    if at_home and "self" in ways:
        return True  # as a key policy that names the principal itself
    if boundary and not boundary[1]:
        return False
    if session and not session[1]:
        return False
    if who.kind == "federated" and not session:
        return False
    if ways & {"self", "entity"}:
        return True  # in another account too, whatever its identity policies leave unsaid
    return "account" in ways and bool(identity)


def by_policies(question, asked, resource, identity, boundary, session):
    who = asked.who
    required = bool(question.get("resource_policy")) and (
        (lower(asked.action).startswith("sts:") and ":role/" in asked.resource) or
        (lower(asked.action).startswith("kms:") and ":key/" in asked.resource))
    if not who.member:
        if resource:
            return "Allow", "resource"
        return "ImplicitDeny", "resource" if question.get("resource_policy") else "none"
    permitted = "root" if who.kind == "root" else "identity" if identity else None

    def limits():
        if who.kind == "root":
            return None
        if boundary and not boundary[1]:
            return "boundary"
        if session and not session[1]:
            return "session"
        # A federated user session that was given no session policy has no permissions of its user's.
        return "session" if who.kind == "federated" and not session else None

    if asked.resource_account != who.account:
        # Both accounts must allow.
        reason = None if permitted else "identity"
        reason = reason or limits() or (None if resource else "resource")
        return ("ImplicitDeny", reason) if reason else ("Allow", permitted)
    if required and not resource:
        return "ImplicitDeny", "resource"
    if who.kind != "root" and resource & {"everyone", "self"}:
        return "Allow", "resource"
    if not permitted and "entity" not in resource:
        return "ImplicitDeny", "identity"
    if limits():
        return "ImplicitDeny", limits()
    return "Allow", permitted or "resource"


def main():
    for line in sys.stdin:
        if line.strip():
            question = json.loads(line)
            decision, by = decide(question)
            print(json.dumps({"id": question.get("id"), "decision": decision, "by": by}))


if __name__ == "__main__":
    main()
