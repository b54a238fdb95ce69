"""The stock SDK for Python and our rest protocols: requests that it serialises from random parameters are decoded to the
same, and random answers of ours are parsed to what they were made of, for every operation of S3, Lambda and Route 53."""

import base64
import io
import json
import os
import random
import subprocess
import sys
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import botocore.handlers
import botocore.parsers
import botocore.serialize
import botocore.session
from botocore.awsrequest import HeadersDict, create_request_object, prepare_request_dict

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from harness import api                                     # noqa: E402 (its folder has to be on the path first)

ROUNDS = 12
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SERVICES = {'s3': 'rest-xml', 'route53': 'rest-xml', 'lambda': 'rest-json'}
LETTERS = 'abcXYZ 019-_./~!$&\'()*+,;=:@%<>"\\#?\u00e9\u65e5\U0001f600'
UNREACHABLE = ('ListDirectoryBuckets',)    # its URI is that of ListBuckets
NESTED = 5      # deeper than that, only what is required


class Peer:
    def __init__(self):
        self.process = subprocess.Popen([os.environ['STOCK_PEER']], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **line):
        self.process.stdin.write(json.dumps(line).encode() + b'\n')
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        if not said:
            raise AssertionError(f'the peer died of {line}')
        return json.loads(said)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def milliseconds(when):
    return (when - EPOCH) // timedelta(milliseconds=1)


class Maker:
    """Random parameters that the place of a member can carry."""

    def __init__(self, seed, has_milliseconds):
        self.random = random.Random(seed)
        self.has_milliseconds = has_milliseconds

    def text(self, low=0):
        return ''.join(self.random.choice(LETTERS) for _ in range(self.random.randint(low, 12)))

    def header_text(self):
        return ''.join(self.random.choice(LETTERS[:-3]) for _ in range(self.random.randint(1, 12))).strip() or 'x'

    def name(self):
        return ''.join(self.random.choice('abc019-') for _ in range(self.random.randint(1, 8)))

    def time(self, is_whole):
        ms = self.random.randrange(4_000_000_000_000)
        return EPOCH + timedelta(milliseconds=ms - ms % 1000 if is_whole or not self.has_milliseconds else ms)

    def scalar(self, shape, place):
        kind = shape.type_name
        if kind == 'boolean':
            return self.random.random() < 0.5
        if kind == 'integer':
            return self.random.randint(-2**31, 2**31 - 1)
        if kind == 'long':
            return self.random.randint(-2**63, 2**63 - 1)
        if kind in ('float', 'double'):
            return self.random.uniform(-1e6, 1e6)
        if kind == 'timestamp':
            return self.time(is_whole=place in ('header', 'uri', 'querystring') or
                             shape.serialization.get('timestampFormat') == 'rfc822')
        if kind == 'blob':
            return self.random.randbytes(self.random.randint(1, 40))
        if shape.serialization.get('hostLabel'):
            return self.name()
        if getattr(shape, 'enum', None) and self.random.random() < 0.5:
            return self.random.choice(shape.enum)
        if place == 'header':
            return self.header_text()
        return self.text(low=1 if place in ('uri', 'payload') else 0)

    def value(self, shape, place, depth):
        kind = shape.type_name
        if kind == 'structure':
            return self.structure(shape, depth)
        if kind == 'list':
            inner = [self.value(shape.member, place, depth + 1) for _ in range(self.random.randint(0, 3) if depth < NESTED else 0)]
            return inner
        if kind == 'map':
            key = self.name if place == 'headers' else self.text
            return {key(): self.value(shape.value, 'header' if place == 'headers' else place, depth + 1)
                    for _ in range(self.random.randint(0, 3) if depth < NESTED else 0)}
        return self.scalar(shape, place)

    def structure(self, shape, depth=0):
        payload = shape.serialization.get('payload')
        members = {name: member for name, member in shape.members.items() if wanted(member)}
        if getattr(shape, 'is_tagged_union', False):
            name = self.random.choice(list(members))
            return {name: self.value(members[name], '', depth + 1)}
        out = {}
        for name, member in members.items():
            place = member.serialization.get('location') or ('payload' if name == payload else '')
            is_needed = name in shape.required_members
            if is_needed or (depth < NESTED and self.random.random() < 0.5):
                out[name] = self.value(member, place, depth + 1)
        return out


def wanted(member):
    return not (member.metadata.get('deprecated') or member.serialization.get('jsonvalue') or
                member.metadata.get('jsonvalue') or member.serialization.get('eventstream'))


def plain(shape, value, place=''):
    """As the peer shows it; what cannot be told from nothing is nothing."""
    kind = shape.type_name
    if kind == 'structure':
        return plain_structure(shape, value)
    if kind == 'list':
        return [plain(shape.member, item) for item in value]
    if kind == 'map':
        return {key: plain(shape.value, item) for key, item in value.items()}
    if kind == 'timestamp':
        return milliseconds(value)
    if kind == 'blob':
        value = value.read() if hasattr(value, 'read') else value
        return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()
    return value


def is_nothing(member, value):
    if member.type_name not in ('list', 'map'):
        return False
    return not value and (member.serialization.get('flattened') or 'location' in member.serialization)


def plain_structure(shape, value):
    out = {name: plain(shape.members[name], item) for name, item in value.items()
           if name in shape.members and not is_nothing(shape.members[name], item)}
    payload = shape.serialization.get('payload')
    if payload and shape.members[payload].serialization.get('streaming'):
        out.setdefault(payload, '')     # an empty body is an empty stream
    return out


class Stock(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.peer = Peer()
        session = botocore.session.Session()
        cls.models = {name: session.get_service_model(name) for name in SERVICES}

    @classmethod
    def tearDownClass(cls):
        cls.peer.close()

    def known(self, service):
        """The operations, but for those that a request cannot tell from others."""
        model = self.models[service]
        operations = [model.operation_model(name) for name in model.operation_names]
        return [o for o in operations if not o.deprecated and o.name not in UNREACHABLE]

    def serialised(self, service, operation, params):
        serializer = botocore.serialize.create_serializer(SERVICES[service], include_validation=False)
        request = serializer.serialize_to_request(params, operation)
        prepare_request_dict(request, 'http://host', context={})
        return create_request_object(request).prepare()

    def decoded(self, service, prepared):
        url = urlsplit(prepared.url)
        body = prepared.body or b''
        headers = [[name, value.decode() if isinstance(value, bytes) else str(value)] for name, value in prepared.headers.items()]
        return self.peer.ask(service=service, method=prepared.method, path=url.path, query=url.query, headers=headers,
                             body=base64.b64encode(body if isinstance(body, bytes) else body.read()).decode())

    def requests(self, service):
        for operation in self.known(service):
            for seed in range(ROUNDS):
                with self.subTest(operation=operation.name, seed=seed):
                    self.request(service, operation, seed)

    def request(self, service, operation, seed):
        maker = Maker(f'{operation.name} {seed}', SERVICES[service] == 'rest-xml')
        shape = operation.input_shape
        params = maker.structure(shape) if shape else {}
        said = self.decoded(service, self.serialised(service, operation, params))
        self.assertEqual(said.get('operation'), operation.name, said)
        expected = plain_structure(shape, params) if shape else {}
        for one in (expected, said['input']):
            one.pop('ContentLength', None)      # the client computes it, whatever it was told
        payload = shape.serialization.get('payload') if shape else None
        if payload not in params and said['input'].get(payload) == {}:
            del said['input'][payload]          # in JSON it sends an empty object for none
        self.assertEqual(said['input'], expected)

    def parsed(self, service, shape, said):
        parser = botocore.parsers.create_parser(SERVICES[service])
        body = base64.b64decode(said['body'])
        payload = shape.serialization.get('payload') if shape else None
        is_stream = payload and shape.members[payload].type_name == 'blob'
        response = {'status_code': said['status'], 'headers': HeadersDict({name: value for name, value in said['headers']}),
                    'body': io.BytesIO(body) if is_stream else body, 'context': {}}
        return parser.parse(response, shape)

    def answers(self, service):
        for operation in self.known(service):
            if operation.has_event_stream_output or operation.name == 'GetBucketLocation':
                continue
            for seed in range(ROUNDS):
                with self.subTest(operation=operation.name, seed=seed):
                    self.answer(service, operation, seed)

    def answer(self, service, operation, seed):
        said = self.peer.ask(service=service, answer=operation.name, seed=seed)
        shape = operation.output_shape
        parsed = self.parsed(service, shape, said)
        self.assertEqual(parsed.pop('ResponseMetadata')['RequestId'], 'request-id')
        expected = said['output']
        if operation.http['method'] != 'HEAD':
            expected.pop('ContentLength', None)     # of the server
        have = plain_structure(shape, parsed) if shape else {}
        if shape:
            expected = {name: value for name, value in expected.items() if not is_nothing(shape.members[name], value)}
            self.drop_what_nobody_sent(operation, shape, expected, have)
        self.assertEqual(have, expected)

    @staticmethod
    def drop_what_nobody_sent(operation, shape, expected, have):
        """The parser gives a payload also when there was none, a Content-Type that we said, and the status."""
        payload = shape.serialization.get('payload')
        for name in list(have):
            member = shape.members[name]
            is_said = member.serialization.get('name') == 'Content-Type' or member.serialization.get('location') == 'statusCode'
            if name not in expected and (is_said or (name == payload and not have[name])):
                del have[name]

    def test_s3_requests(self):
        self.requests('s3')

    def test_route53_requests(self):
        self.requests('route53')

    def test_lambda_requests(self):
        self.requests('lambda')

    def test_s3_answers(self):
        self.answers('s3')

    def test_route53_answers(self):
        self.answers('route53')

    def test_lambda_answers(self):
        self.answers('lambda')

    def test_location_of_a_bucket(self):
        """Its document is the value itself."""
        for seed in range(ROUNDS):
            said = self.peer.ask(service='s3', answer='GetBucketLocation', seed=seed)
            response = SimpleNamespace(raw=True, content=base64.b64decode(said['body']))
            parsed = {}
            botocore.handlers.parse_get_bucket_location(parsed, response)
            self.assertEqual(parsed['LocationConstraint'] or '', said['output'].get('LocationConstraint', ''))

    def test_requests_of_the_harness(self):
        """What the end-to-end tests send is read too: the smallest valid input of every operation."""
        for path in sorted(Path(os.environ['STOCK_API']).glob('*.api')):
            service = api.parse_file(path)
            for shape in service.types:
                shape.pattern = None    # a value that matches is not the point here
            for model in service.operations:
                with self.subTest(service=service.name, operation=model.name):
                    operation = api.Operation(service, model)
                    data = api.minimal_input(operation)
                    method, target, headers, body = api.encode(operation, data)
                    path, _, query = target.partition('?')
                    said = self.peer.ask(service=service.name, method=method, path=path, query=query, headers=list(headers.items()),
                                         body=base64.b64encode(body).decode())
                    self.assertEqual(said.get('operation'), model.name, said)
                    self.assertEqual(said['input'].keys() - {'Body'}, data.keys() - {'Body'})

    def test_errors(self):
        for service, name in (('s3', 'NoSuchKey'), ('lambda', 'ResourceNotFoundException'), ('route53', 'NoSuchHostedZone')):
            said = self.peer.ask(service=service, refuse=name)
            parsed = self.parsed(service, None, said)
            self.assertEqual(parsed['Error']['Code'], name)
            self.assertEqual(parsed['Error']['Message'], 'It <cannot> be.')
            self.assertEqual(parsed['ResponseMetadata']['RequestId'], 'request-id')
        parsed = self.parsed('s3', None, self.peer.ask(service='s3', refuse='NoSuchKey'))
        self.assertEqual(parsed['Error']['Resource'], '/bucket/key')
        self.assertEqual(parsed['ResponseMetadata']['HostId'], 'request-id')
        said = self.peer.ask(service='s3', refuse='NoSuchKey', is_head=True)
        self.assertEqual(said['body'], '')
        self.assertEqual(self.parsed('s3', None, said)['Error']['Code'], str(said['status']))


if __name__ == '__main__':
    unittest.main()
