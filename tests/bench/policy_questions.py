#!/usr/bin/python3
"""The questions of the policy bench: ten policies of twenty statements, asked of both engines.

    policy_questions.py questions FILE     one question a line, as `merlon policy evaluate` reads them
    policy_questions.py cedar FILE         {"policies": text, "requests": [...]}, the same for Cedar

Each statement is drawn once and written twice. Cedar has no wildcards in its scope, so actions and resources become
attributes of its context that are compared with `like`.
"""
import json
import random
import sys

POLICIES, STATEMENTS, REQUESTS = 10, 20, 64
ACCOUNT = "111122223333"
SERVICES = {"sagemaker": ("Get", "Put", "List", "Delete"), "ec2": ("Describe", "Run", "Terminate"), "glue": ("Get", "List", "Create"),
            "kms": ("Encrypt", "Decrypt", "Describe"), "sqs": ("Send", "Receive"), "sns": ("Publish", "Subscribe"),
            "logs": ("Put", "Get", "Describe"), "dynamodb": ("Get", "Put", "Query"), "lambda": ("Invoke", "Get"),
            "secretsmanager": ("Get", "Put")}
NOUNS = ("Object", "Item", "Instance", "Key", "Message", "Role", "Function", "Value")
TEAMS = ("red", "green", "blue")


class Draw:
    def __init__(self, seed=7):
        self.random = random.Random(seed)

    def action(self, service=None):
        service = service or self.random.choice(list(SERVICES))
        return "%s:%s%s" % (service, self.random.choice(SERVICES[service]), self.random.choice(NOUNS))

    def resource(self, service):
        return "arn:aws:%s:us-east-1:%s:%s/%s" % (service, ACCOUNT, self.random.choice(("a", "b", "c")), self.random.choice(TEAMS))

    def statement(self):
        service = self.random.choice(list(SERVICES))
        actions = sorted({self.action(service) for _ in range(self.random.randint(1, 5))})
        if self.random.random() < 0.3:
            actions.append("%s:%s*" % (service, self.random.choice(SERVICES[service])))
        resource = self.random.choice(("*", "arn:aws:%s:us-east-1:%s:*" % (service, ACCOUNT), self.resource(service),
                                       self.resource(service)[:-2] + "*"))
        condition = self.random.choice((None, None, ("StringEquals", "aws:PrincipalTag/team", "team"),
                                        ("IpAddress", "aws:SourceIp", "ip")))
        values = {"StringEquals": self.random.choice(TEAMS), "IpAddress": "203.0.%d.0/24" % self.random.randint(112, 114)}
        return {"deny": self.random.random() < 0.05, "actions": actions, "resource": resource, "condition": condition,
                "value": condition and values[condition[0]]}

    def request(self):
        action = self.action()
        return {"action": action, "resource": self.resource(action.split(":")[0]), "team": self.random.choice(TEAMS),
                "ip": "203.0.%d.%d" % (self.random.randint(112, 114), self.random.randint(1, 254))}


def as_statement(s):
    out = {"Effect": "Deny" if s["deny"] else "Allow", "Action": s["actions"], "Resource": s["resource"]}
    if s["condition"]:
        operator, key, _ = s["condition"]
        out["Condition"] = {operator: {key: s["value"]}}
    return out


def as_question(number, request, policies):
    return {"id": number, "principal": "arn:aws:iam::%s:user/alice" % ACCOUNT, "action": request["action"],
            "resource": request["resource"], "resource_account": ACCOUNT,
            "context": {"aws:PrincipalTag/team": [request["team"]], "aws:SourceIp": [request["ip"]]},
            "identity": [{"Version": "2012-10-17", "Statement": [as_statement(s) for s in p]} for p in policies]}


def same_or_like(attribute, text):
    return "context.%s %s %s" % (attribute, "like" if "*" in text else "==", json.dumps(text))


def as_cedar(s):
    tests = ["(" + " || ".join(same_or_like("action", a) for a in s["actions"]) + ")"]
    if s["resource"] != "*":
        tests.append(same_or_like("arn", s["resource"]))
    if s["condition"]:
        _, _, attribute = s["condition"]
        value = json.dumps(s["value"])
        tests.append("context.team == " + value if attribute == "team" else "context.ip.isInRange(ip(%s))" % value)
    return "%s(principal, action, resource) when { %s };" % ("forbid" if s["deny"] else "permit", " && ".join(tests))


def as_cedar_request(request):
    return {"principal": {"type": "User", "id": "alice"}, "action": {"type": "Action", "id": "call"},
            "resource": {"type": "Resource", "id": request["resource"]},
            "context": {"action": request["action"], "arn": request["resource"], "team": request["team"],
                        "ip": {"__extn": {"fn": "ip", "arg": request["ip"]}}}}


def main():
    draw = Draw()
    policies = [[draw.statement() for _ in range(STATEMENTS)] for _ in range(POLICIES)]
    requests = [draw.request() for _ in range(REQUESTS)]
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        if sys.argv[1] == "questions":
            for i, request in enumerate(requests):
                out.write(json.dumps(as_question(i, request, policies)) + "\n")
        else:
            text = "\n".join(as_cedar(s) for p in policies for s in p)
            json.dump({"policies": text, "requests": [as_cedar_request(r) for r in requests]}, out)


if __name__ == "__main__":
    main()
