"""botocore signs random requests; the verifier must accept each as it is, and refuse it with any part changed."""

import random
import subprocess
import sys
import unittest
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
OK = 0
REFUSALS = range(1, 16)
TEXT = "abcXYZ019-._~ !\"#$%&'()*+,/:;<=>?@[]^`{|}\u00e4\u20ac\U0001f511"
random_source = random.Random(20150830)


class Verifier:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def check(self, wire):
        query = wire["query"]
        parts = [wire["method"], wire["path"], query or b"", wire["body"]]
        head = "%s %d %d %d %d %d %d\n" % (
            wire["service"], wire["literal"], len(wire["method"]), len(wire["path"]),
            -1 if query is None else len(query), len(wire["headers"]), len(wire["body"]))
        data = head.encode() + b"".join(parts)
        for name, value in wire["headers"]:
            data += b"%d %d\n" % (len(name), len(value)) + name + value
        self.process.stdin.write(data)
        self.process.stdin.flush()
        number, _, text = self.process.stdout.readline().decode().partition(" ")
        return int(number), text.strip()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()


def text(most):
    return "".join(random_source.choice(TEXT) for _ in range(random_source.randint(0, most)))


def random_path(literal):
    segments = [quote(text(8), safe="~") for _ in range(random_source.randint(0, 4))]
    if not literal:
        segments += random_source.choices(["", ".", "..", "a"], k=random_source.randint(0, 3))
        random_source.shuffle(segments)
    return "/" + "/".join(segments)


def random_query():
    pairs = [(text(6), text(10)) for _ in range(random_source.randint(0, 5))]
    pairs = [(name or "n", value) for name, value in pairs]
    pairs += [pairs[0]] if pairs and random_source.random() < 0.3 else []
    return "&".join(quote(name, safe="-_.~") + "=" + quote(value, safe="-_.~") for name, value in pairs)


def random_headers(may_be_unsigned):
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    for number in range(random_source.randint(0, 3)):
        words = ["".join(random_source.choice("abc,;=\"") for _ in range(3)) for _ in range(random_source.randint(1, 4))]
        headers["X-Test-%d" % number] = " ".join(words).replace(" ", random_source.choice([" ", "  ", "   "]))
    if may_be_unsigned and random_source.random() < 0.2:
        headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
    return headers


def sign(auth_class, service, literal, unsigned_body=None, **options):
    """unsigned_body: whether a body may go unsigned; as a rule S3's alone, which alone takes them."""
    unsigned_body = literal if unsigned_body is None else unsigned_body
    method = random_source.choice(["GET", "POST", "PUT", "DELETE"])
    in_header = auth_class in (SigV4Auth, S3SigV4Auth)
    body = text(200).encode() if in_header and method in ("POST", "PUT") else b""
    host = random_source.choice(["iam.amazonaws.com", "localhost:4566", "127.0.0.1:4566", "[::1]:4566"])
    query = random_query()
    url = "http://" + host + random_path(literal) + ("?" + query if query else "")
    region = random_source.choice(["us-east-1", "eu-central-1", "us-gov-west-1"])
    request = AWSRequest(method, url, headers=random_headers(unsigned_body) if in_header else {}, data=body)
    auth_class(KEY, service, region, **options).add_auth(request)
    split = urlsplit(request.url)
    headers = [(name.encode(), value.encode() if isinstance(value, str) else value)
               for name, value in request.headers.items()]
    if not any(name.lower() == b"host" for name, _ in headers):
        headers.append((b"Host", host.encode()))
    random_source.shuffle(headers)
    return {"service": service, "literal": literal, "method": method.encode(), "path": split.path.encode(),
            "query": split.query.encode() if split.query else None, "headers": headers, "body": body}


def flip(data):
    """Another byte at a random place: a letter or digit for one, so that the change means something."""
    places = [i for i, byte in enumerate(data) if chr(byte).isalnum()]
    if not places:
        return data + b"x"
    at = random_source.choice(places)
    other = random_source.choice([b for b in b"abcdef0123456789" if bytes([b]).lower() != data[at:at + 1].lower()])
    return data[:at] + bytes([other]) + data[at + 1:]


def signed_names(wire):
    for name, value in wire["headers"]:
        if name.lower() == b"authorization":
            return value.split(b"SignedHeaders=")[1].split(b",")[0].split(b";")
    return [b"host"]


def mutations(wire):
    """Each with one thing changed that the signature covers."""
    yield dict(wire, method=b"PATCH")
    yield dict(wire, path=wire["path"] + b"/x")
    yield dict(wire, query=(wire["query"] + b"&" if wire["query"] else b"") + b"extra=1")
    if wire["query"] and b"X-Amz-Algorithm" in wire["query"]:
        yield dict(wire, query=flip(wire["query"]))
    names = signed_names(wire)
    headers = wire["headers"]
    has_hash = any(name.lower() == b"x-amz-content-sha256" and value == b"UNSIGNED-PAYLOAD" for name, value in headers)
    if not has_hash and not (wire["literal"] and wire["query"] and b"X-Amz-Algorithm" in wire["query"]):
        yield dict(wire, body=wire["body"] + b"x")
    for at, (name, value) in enumerate(headers):
        if name.lower() in names or name.lower() == b"authorization":
            yield dict(wire, headers=headers[:at] + [(name, flip(value))] + headers[at + 1:])
            yield dict(wire, headers=headers[:at] + headers[at + 1:])
    yield dict(wire, headers=headers + [(b"X-Amz-Extra", b"1")])


class Botocore(unittest.TestCase):
    verifier = None

    def accept(self, wire):
        problem, words = self.verifier.check(wire)
        self.assertEqual(problem, OK, (words, wire))

    def refuse(self, wire):
        problem, words = self.verifier.check(wire)
        self.assertIn(problem, REFUSALS, wire)
        self.assertTrue(words)

    def run_form(self, count, *args, **options):
        for _ in range(count):
            wire = sign(*args, **options)
            self.accept(wire)
            for changed in mutations(wire):
                self.refuse(changed)

    def test_header_form(self):
        self.run_form(400, SigV4Auth, "iam", False)

    def test_an_unsigned_body_is_taken_by_s3_alone(self):
        count = 0
        while count < 50:
            wire = sign(SigV4Auth, "iam", False, unsigned_body=True)
            if (b"X-Amz-Content-SHA256", b"UNSIGNED-PAYLOAD") in wire["headers"]:
                self.refuse(wire)
                count += 1

    def test_query_form(self):
        self.run_form(200, SigV4QueryAuth, "sts", False, expires=60)

    def test_s3_header_form(self):
        self.run_form(200, S3SigV4Auth, "s3", True)

    def test_s3_query_form(self):
        self.run_form(200, S3SigV4QueryAuth, "s3", True, expires=3600)


if __name__ == "__main__":
    program = sys.argv.pop(1)
    Botocore.verifier = Verifier(program)
    result = unittest.main(exit=False, verbosity=1).result
    status = Botocore.verifier.close()
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
