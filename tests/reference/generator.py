"""Random questions whose policies are likely to match them.

Everything is drawn from small alphabets, and patterns are made from the very texts that requests carry, so that
statements match often, narrowly miss often, and all policy types meet. A group is one set of policies with several
requests.
"""
import json
import random
import re

HOME, AWAY = "111122223333", "444455556666"
ACCOUNTS = (HOME, AWAY)
NAMES = ("alice", "bob")

PRINCIPALS = (
    ["arn:aws:iam::%s:user/%s" % (a, n) for a in ACCOUNTS for n in NAMES]
    + ["arn:aws:iam::%s:user/team/carol" % HOME]
    + ["arn:aws:sts::%s:assumed-role/%s/%s" % (a, r, s) for a in ACCOUNTS for r in ("app", "ops") for s in ("s1", "s2")]
    + ["arn:aws:iam::%s:role/app" % a for a in ACCOUNTS]
    + ["arn:aws:iam::%s:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX" % HOME]
    + ["arn:aws:sts::%s:federated-user/%s" % (HOME, n) for n in NAMES]
    + ["arn:aws:iam::%s:root" % a for a in ACCOUNTS]
    + ["lambda.amazonaws.com", "*", "arn:aws:iam::%s:oidc-provider/idp.example" % HOME,
       "arn:aws:iam::%s:saml-provider/corp" % HOME])

NAMED = (
    [("AWS", p) for p in PRINCIPALS if p.startswith("arn:") and "-provider/" not in p]
    + [("AWS", a) for a in ACCOUNTS] + [("AWS", "arn:aws:iam::%s:root" % a) for a in ACCOUNTS] + [("AWS", "*")]
    + [("Service", s) for s in ("lambda.amazonaws.com", "s3.amazonaws.com")]
    + [("Federated", p) for p in PRINCIPALS if "-provider/" in p])

ACTIONS = ("s3:GetObject", "s3:PutObject", "S3:getobject", "iam:PassRole", "sts:AssumeRole", "sts:AssumeRoleWithSAML",
           "kms:Decrypt", "sqs:SendMessage")
ACTION_PATTERNS = ("*", "s3:*", "s3:Get*", "S3:getobject", "s3:?etObject", "s3:*Object", "s3:P*t*", "kms:*", "kms:De*t",
                   "sts:Assume*", "sts:*", "sqs:SendMessage", "iam:PassRole", "iam:*", "s3:", "s3:GetObject?", "s3:**", "*:*", "*:Get*", "*:SendMessage")
TRUST_ACTIONS = ("sts:AssumeRole", "sts:Assume*", "sts:AssumeRoleWithSAML", "sts:*", "sts:AssumeRol?")

RESOURCES = ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket/alice/key", "arn:aws:s3:::bucket/bob", "arn:aws:s3:::bucket/k:y",
             "arn:aws:s3:::bucket/\u00fc\u4e2d", "arn:aws:s3:::bucket/*", "arn:aws:sqs:us-east-1:%s:alice" % HOME,
             "arn:aws:sqs:us-west-1:%s:queue" % AWAY, "arn:aws:iam::%s:role/app" % HOME, "arn:aws:iam::%s:role/app" % AWAY,
             "arn:aws:kms:us-east-1:%s:key/alice" % HOME, "arn:aws:logs:us-east-1:%s:log-group:g:log-stream:s" % HOME, "arn:aws:s3:::bucket/a:b:c:d", "*")

KMS_KEYS = tuple("arn:aws:kms:us-east-1:%s:key/alice" % a for a in ACCOUNTS)


def key_policy(who):
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "kms:*", "Resource": "*"}}


KEY_OF_NOBODY, KEY_OF_ACCOUNT = key_policy("777788889999"), key_policy(list(ACCOUNTS))

TEXTS = ("alice", "alice", "*", "?", "$", "arn", "bob", "Alice", "", "a*", "team", "key", "arn:aws:iam::%s:role/app" % HOME, "x:y", "\u00fc")
NUMBERS = ("0", "1", "01", "1.50", "1.5", "-1", "10", "9", "-0", "+1", "2.", "x", "99999999999999999999", "1e1", ".5", "0.5", "9007199254740993", "9007199254740992")
DATES = ("2020-01-01T00:00:00Z", "2020-01-01", "2020", "2020-01", "1577836800", "1577836800.000", "2020-01-01T01:00:00+01:00",
         "2019-12-31T23:59:59Z", "2020-01-01T00:00Z", "2020-01-01T00:00:00.5Z", "2020-02-30", "-1", "0", "1970", "soon", "2016-12-31T23:59:60Z", "2017-01-01", "1577836800.5", "1577836800.50",
         "2020-01-01T00:00:00", "2020-01-01T25:00Z")
ADDRESSES = ("203.0.113.7", "203.0.113.8", "198.51.100.1", "2001:db8::1", "2001:DB8:0:0::2", "::ffff:203.0.113.7", "1.2.3", "x")
NETWORKS = ADDRESSES + ("203.0.113.0/24", "203.0.113.7/31", "0.0.0.0/0", "::/0", "2001:db8::/64", "203.0.113.0/33", "203.0.113.7/x")
ARNS = tuple(p for p in PRINCIPALS if p.startswith("arn:")) + RESOURCES
BOOLS = ("true", "false", "True", "FALSE", "yes", "")
BINARIES = ("QUJD", "QUI=", "QQ==", "QUJ", "alice")

GRANTEES = (tuple(value for kind, value in NAMED if kind != "Federated" and value != "*")
            + ("*", "arn:aws:iam::%s:user/*" % HOME, "arn:aws:iam::%s:oidc-provider/idp.example" % HOME, "nobody", ""))

KEYS = {"aws:username": TEXTS, "aws:SourceIp": ADDRESSES, "aws:CurrentTime": DATES, "s3:max-keys": NUMBERS,
        "aws:SecureTransport": BOOLS, "aws:TagKeys": TEXTS, "aws:PrincipalArn": ARNS, "aws:PrincipalTag/Team": TEXTS,
        "aws:RequestTag/Team": TEXTS, "aws:SourceArn": ARNS, "app:blob": BINARIES, "aws:PrincipalType": ("User", "AssumedRole"),
        "aws:PrincipalAccount": ACCOUNTS, "aws:ResourceAccount": ACCOUNTS}

ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
FAMILIES = (
    (("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"),
     ("aws:username", "aws:TagKeys", "aws:PrincipalTag/Team", "aws:RequestTag/Team", "aws:PrincipalType",
      "aws:PrincipalAccount", "aws:ResourceAccount", "aws:PrincipalArn"), TEXTS + ACCOUNTS + ("User", "Assumed*")),
    (tuple("Numeric" + o for o in ORDERS), ("s3:max-keys",), NUMBERS),
    (tuple("Date" + o for o in ORDERS), ("aws:CurrentTime",), DATES),
    (("Bool",), ("aws:SecureTransport",), BOOLS),
    (("BinaryEquals",), ("app:blob",), BINARIES),
    (("IpAddress", "NotIpAddress"), ("aws:SourceIp",), NETWORKS),
    (("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"), ("aws:PrincipalArn", "aws:SourceArn"), ARNS),
    (("Null",), tuple(KEYS), ("true", "false", "TRUE", "maybe")),
)
VARIABLES = ("${aws:username}", "${aws:PrincipalTag/Team}", "${AWS:USERNAME}", "${aws:TagKeys}",
             "${aws:PrincipalTag/Team, 'alice'}", "${aws:RequestTag/Team, 'a*}b'}", "${aws:PrincipalAccount}", "${*}", "${?}",
             "${$}", "${", "${}", "$", "${aws:none}")


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.number = 0
        self.refocus()

    def refocus(self):
        """What most of a group's policies and requests are about."""
        self.principal, self.resource = self.random.choice(PRINCIPALS), self.random.choice(RESOURCES)
        self.action = self.random.choice(ACTIONS)
        self.values = {key: self.random.choice(values) for key, values in KEYS.items()}

    def focused(self, focus, others):
        return focus if self.chance(0.6) else self.pick(others)

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, values):
        return self.random.choice(values)

    def some(self, make, most=3):
        """One thing, or a list of a few."""
        if self.chance(0.5):
            return make()
        return [make() for _ in range(self.random.randint(1, most))]

    # -- patterns -------------------------------------------------------------------------------------------
    def loosen(self, text):
        """A pattern that probably still matches the text, or just misses it."""
        for _ in range(self.random.randint(0, 3)):
            i = self.random.randint(0, len(text))
            j = self.random.randint(i, min(len(text), i + 6))
            text = text[:i] + self.pick(("*", "*", "?", "", "x", self.pick(VARIABLES))) + text[j:]
        if self.chance(0.2):
            text = text.replace("alice", self.pick(VARIABLES))
        if self.chance(0.1):
            text += "*"
        return text

    def loosened_arn(self, fields, kind):
        """Loosened with no regard to its colons."""
        rest = ":".join(fields[3:])
        for _ in range(self.random.randint(1, 3)):
            if self.chance(0.5) and rest.count(":"):
                at = self.pick([i for i, c in enumerate(rest) if c == ":"])
                around = self.random.randint(0, 2)
                rest = rest[:max(0, at - around)] + self.pick("*?*") + rest[at + 1 + self.random.randint(0, 2):]
            else:
                rest = self.loosen(rest)
        pattern = ":".join(fields[:3]) + ":" + rest
        # Session policies may not leave fields out; braces may hide some.
        return pattern if kind != "session" or ("$" not in rest and pattern.count(":") >= 5) else "*"

    def resource_pattern(self, kind):
        pattern = self.any_resource_pattern(kind)
        # IAM refuses a region in the ARN of a bucket.
        return "*" if re.match(r"arn:aws:s3:[^:*?]", pattern) else pattern

    def any_resource_pattern(self, kind):
        if self.chance(0.25):
            return "*"
        fields = self.focused(self.resource, RESOURCES).split(":", 5)
        if len(fields) < 6:
            return "*"
        iam = fields[2] == "iam"
        if not iam and self.chance(0.3):
            return self.loosened_arn(fields, kind)
        for i in (3, 4):
            if self.chance(0.25):
                loose = self.loosen(fields[i])
                fields[i] = loose if not set(loose) & set("$:") and not (iam and i == 3) else "*"
        if self.chance(0.6):
            fields[5] = "role/" + self.loosen(fields[5][5:]) if iam else self.loosen(fields[5])
        if kind != "session" and self.chance(0.08):
            fields = fields[:self.random.randint(2, 5)]
        return ":".join(fields)

    # -- conditions -----------------------------------------------------------------------------------------
    def case(self, name):
        return name if self.chance(0.8) else self.pick((name.lower(), name.upper()))

    def condition_value(self, key, values):
        value = self.values[key] if self.chance(0.5) else self.pick(values)
        if self.chance(0.1):
            value = self.pick(VARIABLES)
        elif self.chance(0.3):
            value = self.loosen(value)
        if value in ("true", "false") and self.chance(0.5):
            return value == "true"
        if value in ("0", "1", "10", "9", "-1") and self.chance(0.5):
            return int(value)
        if value == "1.5" and self.chance(0.5):
            return 1.5
        return value

    def condition(self):
        names, keys, values = self.pick(FAMILIES)
        if self.chance(0.05):
            keys = tuple(KEYS)
        name = self.pick(names)
        if name != "Null":
            name = self.pick(("", "", "", "ForAllValues:", "ForAnyValue:")) + name + self.pick(("", "", "IfExists"))
        key = self.pick(keys)
        return name, self.case(key), self.some(lambda: self.condition_value(key, values))

    def conditions(self, count):
        out = {}
        for _ in range(count):
            name, key, value = self.condition()
            out.setdefault(name, {})[key] = value
        return out

    # -- policies -------------------------------------------------------------------------------------------
    def principals(self):
        if self.chance(0.2):
            return "*"
        out = {}
        for _ in range(self.random.randint(1, 3)):
            kind, value = self.pick(self.near() or NAMED) if self.chance(0.7) else self.pick(NAMED)
            out.setdefault(kind, []).append(value)
        return {kind: values[0] if len(values) == 1 and self.chance(0.5) else values for kind, values in out.items()}

    def near(self):
        """The ways to name the principal that the group is about, and its account."""
        fields = self.principal.split(":", 5)
        if len(fields) < 6:
            return [("Service", self.principal)] if "." in self.principal else []
        out = [named for named in NAMED if named[1] == self.principal]
        if "-provider/" not in self.principal:
            out += [("AWS", fields[4]), ("AWS", "arn:aws:iam::%s:root" % fields[4])]
        if "assumed-role" in fields[5]:
            out += [("AWS", "arn:aws:iam::%s:role/%s" % (fields[4], fields[5].split("/")[1]))]
        return out

    def action_pattern(self):
        if self.chance(0.5):
            return self.pick(("*", self.action, self.action.split(":")[0] + ":*", self.loosen_action(self.action)))
        return self.pick(ACTION_PATTERNS)

    def loosen_action(self, action):
        vendor, name = action.split(":")
        i = self.random.randint(0, len(name))
        return vendor + ":" + name[:i] + self.pick(("*", "?", "")) + name[i + self.random.randint(0, 3):]

    def statement(self, kind):
        out = {"Effect": "Allow" if self.chance(0.87) else "Deny"}
        if kind in ("resource", "trust", "endpoint"):
            out["Principal"] = self.principals()
            if out["Effect"] == "Deny" and kind != "trust" and self.chance(0.4):
                out["NotPrincipal"] = out.pop("Principal")
        if kind == "rcp":
            out["Principal"] = "*"
        action = "NotAction" if kind != "rcp" and self.chance(0.1) else "Action"
        out[action] = self.some(lambda: self.pick(TRUST_ACTIONS) if kind == "trust" else self.action_pattern())
        if kind != "trust":
            resource = "NotResource" if self.chance(0.1) else "Resource"
            out[resource] = self.some(lambda: self.resource_pattern(kind))
        conditions = self.conditions(self.pick((0, 0, 0, 0, 1, 1, 2)))
        if conditions:
            out["Condition"] = conditions
        return out

    def policy(self, kind):
        if kind in ("scp", "rcp", "endpoint", "boundary") and self.chance(0.6):
            statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
            if kind in ("rcp", "endpoint"):
                statement["Principal"] = "*"
            return {"Version": "2012-10-17", "Statement": statement}
        out = {}
        version = self.pick(("2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", None))
        if version:
            out["Version"] = version
        out["Statement"] = self.some(lambda: self.statement(kind), 3)
        return out

    def policies(self, kind, most):
        return [self.policy(kind) for _ in range(self.random.randint(0 if self.chance(0.3) else 1, most))]

    # -- questions ------------------------------------------------------------------------------------------
    def bare_set(self):
        """One statement, of which only one element can fail: its Condition, its Resource or its Action."""
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        kind = self.pick(("condition", "condition", "condition", "resource", "action"))
        if kind == "condition":
            statement["Condition"] = self.conditions(1)
        elif kind == "resource":
            name = "NotResource" if self.chance(0.2) else "Resource"
            del statement["Resource"]
            statement[name] = self.some(lambda: self.resource_pattern("identity"), 2)
        else:
            statement["Action"] = self.some(self.action_pattern, 2)
        version = self.pick(("2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17"))
        return {"identity": [{"Version": version, "Statement": statement}]}

    def policy_set(self):
        out = {"trust": self.chance(0.2)}
        out["identity"] = self.policies("identity", 3)
        if self.chance(0.25):
            out["boundary"] = self.policy("boundary")
        if self.chance(0.3):
            out["session"] = self.policies("session", 2)
        if self.chance(0.5):
            out["resource_policy"] = self.policy("trust" if out["trust"] else "resource")
        for name, kind in (("scps", "scp"), ("rcps", "rcp")):
            if self.chance(0.2):
                out[name] = [self.policies(kind, 2) for _ in range(self.random.randint(1, 2))]
        if self.chance(0.15):
            out["endpoint_policy"] = self.policy("endpoint")
        if self.chance(0.1):
            out["grants"] = self.grants()
        return out

    def grantee(self):
        near = [value for kind, value in self.near() if kind != "Federated"]
        return self.pick(near) if near and self.chance(0.7) else self.pick(GRANTEES)

    def grants(self):
        out = [{"grantee": self.grantee()} for _ in range(self.pick((0, 1, 1, 1, 2, 3)))]
        for grant in out:
            if self.chance(0.5):
                grant["name"] = self.pick(TEXTS)
        return out

    def key_set(self):
        """A KMS key with grants, whose policy often leaves it to them."""
        self.action, self.resource = "kms:Decrypt", self.pick(KMS_KEYS)
        if self.principal == "*" or "-provider/" in self.principal:
            self.principal = self.pick(PRINCIPALS)
        out = self.policy_set()
        out["trust"] = False
        out["grants"] = self.grants()
        if self.chance(0.5):
            out["resource_policy"] = self.pick((KEY_OF_NOBODY, KEY_OF_ACCOUNT))
        else:
            out["resource_policy"] = self.policy("resource")
        if self.chance(0.4):
            out["identity"] = []
        return out

    def request(self, trust):
        out = {"principal": self.focused(self.principal, PRINCIPALS),
               "action": self.pick(ACTIONS[4:6]) if trust else self.focused(self.action, ACTIONS),
               "resource": "arn:aws:iam::%s:role/app" % self.pick(ACCOUNTS) if trust else self.focused(self.resource, RESOURCES)}
        if self.chance(0.9):
            out["resource_account"] = self.pick((HOME, HOME, HOME, AWAY))
        context = {}
        for name, values in KEYS.items():
            if name.startswith(("aws:Principal", "aws:ResourceA", "aws:username")) and self.chance(0.6):
                continue
            if self.chance(0.5):
                count = self.random.choice((0, 1, 1, 1, 1, 2, 3))
                context[self.case(name)] = [self.focused(self.values[name], values) for _ in range(count)]
        # The derived role of a session depends on it, which is tested elsewhere.
        for name in list(context):
            if name.lower() == "aws:principalarn" and "assumed-role" in out["principal"]:
                del context[name]
        if context:
            out["context"] = context
        return out

    def group(self, requests):
        """Questions that share their policies."""
        self.refocus()
        bare, keyed = self.chance(0.5), self.chance(0.4)
        if bare and not self.principal.endswith(("/alice", "/bob", "/s1")):
            self.principal = PRINCIPALS[0]
        policies = self.bare_set() if bare else self.key_set() if keyed else self.policy_set()
        trust = policies.pop("trust", False)
        out = []
        for _ in range(requests):
            self.number += 1
            question = {"id": self.number, **self.request(trust), **policies}
            if bare:
                question["principal"] = self.principal
                question.pop("resource_account", None)
            out.append(question)
        return out


def main():
    import sys
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    generator = Generator(seed)
    while generator.number < count:
        for question in generator.group(8):
            print(json.dumps(question, ensure_ascii=False))


if __name__ == "__main__":
    main()
