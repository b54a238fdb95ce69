#!/usr/bin/env python3
"""Drafts an .api file (see api/README.md) from a service model of the AWS SDKs.

    tools/api_import.py MODEL.json [--op NAME ...] [--auth service_authorization_reference.json]
                        [--number N] [--planned] [--implemented NAME ...]

Facts only: names, types, limits, patterns, errors, and (with --auth) IAM actions and their resources. No prose of
the model comes along. What the model does not say is guessed, and the line says `# check`: a draft is read by a
person before it is committed.
"""

import argparse
import json
import re
import sys
from types import SimpleNamespace

from apigen import uris

WIDTH = 120
PROTOCOLS = {'query': 'query', 'ec2': 'ec2', 'rest-json': 'rest-json', 'rest-xml': 'rest-xml'}
BASES = {'string': 'string', 'character': 'string', 'integer': 'integer', 'long': 'long', 'float': 'double',
         'double': 'double', 'boolean': 'boolean', 'timestamp': 'timestamp', 'blob': 'blob'}
TIMES = {'iso8601': 'iso', 'unixTimestamp': 'epoch', 'rfc822': 'http'}
# What the reference calls the documents that S3 answers with, where the model keeps silent (the "Response Syntax" of each
# operation: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html).
S3_ROOTS = {
    'GetBucketAccelerateConfiguration': 'AccelerateConfiguration', 'GetBucketAcl': 'AccessControlPolicy',
    'GetBucketCors': 'CORSConfiguration', 'GetBucketLifecycleConfiguration': 'LifecycleConfiguration',
    'GetBucketLocation': 'LocationConstraint', 'GetBucketLogging': 'BucketLoggingStatus',
    'GetBucketNotificationConfiguration': 'NotificationConfiguration',
    'GetBucketRequestPayment': 'RequestPaymentConfiguration', 'GetBucketTagging': 'Tagging',
    'GetBucketVersioning': 'VersioningConfiguration', 'GetBucketWebsite': 'WebsiteConfiguration',
    'GetObjectAcl': 'AccessControlPolicy', 'GetObjectAttributes': 'GetObjectAttributesResponse', 'GetObjectTagging': 'Tagging',
    'ListBuckets': 'ListAllMyBucketsResult', 'ListDirectoryBuckets': 'ListAllMyDirectoryBucketsResult',
    'CompleteMultipartUpload': 'CompleteMultipartUploadResult', 'CreateMultipartUpload': 'InitiateMultipartUploadResult',
    'CreateSession': 'CreateSessionResult', 'DeleteObjects': 'DeleteResult', 'ListMultipartUploads': 'ListMultipartUploadsResult',
    'ListObjects': 'ListBucketResult', 'ListObjectsV2': 'ListBucketResult', 'ListObjectVersions': 'ListVersionsResult',
    'ListParts': 'ListPartsResult', 'ListBucketAnalyticsConfigurations': 'ListBucketAnalyticsConfigurationResult',
    'ListBucketInventoryConfigurations': 'ListInventoryConfigurationsResult',
    'ListBucketMetricsConfigurations': 'ListMetricsConfigurationsResult'}
S3_UNWRAPPED = ('GetBucketLocation',)
READ_WORDS = ('Get', 'List', 'Describe', 'Lookup', 'Search', 'Simulate', 'Batch', 'Head', 'Query', 'Scan')


def plain_word(text):
    return re.fullmatch(r'[^\s{}()<>!=,"#@][^\s{}()<>!=,"]*', text) is not None


def word(text):
    return text if plain_word(text) else quoted(text)


def quoted(text):
    """A backslash in front of a quote or of the end has to be doubled; elsewhere it is itself."""
    return '"' + re.sub(r'(?<!\\)((?:\\\\)*)"', r'\1\"', text) + '"'


# -- Patterns ---------------------------------------------------------------------------------------------------

def keep_pattern(pattern):
    """AWS's own text, which clients see in messages (src/wire reads Java's notation), but for what PCRE2 refuses:
    a hyphen between a class and something else."""
    pattern = re.sub(r'(\\[wdsWDS])-(?=[^\]])', r'\1\-', pattern)
    return pattern.replace('\n', r'\n').replace('\t', r'\t')


# -- Types ------------------------------------------------------------------------------------------------------

def bounds(shape):
    if 'min' not in shape and 'max' not in shape:
        return ''
    low, high = shape.get('min', ''), shape.get('max', '')
    return f'({whole(low)}..{whole(high)})'


def whole(value):
    return str(int(value)) if value != '' else ''


class Model:
    def __init__(self, model):
        self.shapes = model['shapes']
        self.operations = model['operations']
        self.metadata = model['metadata']
        self.used = {}

    def is_xml(self):
        return self.metadata['protocol'] == 'rest-xml'

    def in_place(self, name):
        """The text of a type that needs no declaration of its own, or None."""
        shape = self.shapes[name]
        kind = shape['type']
        if kind in BASES and not shape.get('sensitive') and 'enum' not in shape and 'pattern' not in shape \
                and 'timestampFormat' not in shape and not shape.get('streaming') and not bounds(shape):
            return BASES[kind]
        return None

    def reference(self, name):
        """How a member names its type; remembers that the type is used."""
        shape = self.shapes[name]
        if shape.get('document'):
            return 'document'
        if shape.get('streaming') or shape.get('eventstream'):
            return 'stream'
        text = self.in_place(name)
        if text is None:
            text = name
            if name not in self.used:
                self.used[name] = None
                self.used[name] = self.definition(name)
        return text

    def definition(self, name):
        shape = self.shapes[name]
        kind = shape['type']
        secret = ' secret' if shape.get('sensitive') else ''
        if 'enum' in shape:
            return 'enum { ' + ' '.join(word(v) for v in shape['enum']) + ' }' + secret
        if kind == 'structure':
            return ('union ' if shape.get('union') else '') + self.members(shape) + self.namespace(shape) + secret
        if kind == 'list':
            return f"list<{self.reference(shape['member']['shape'])}>{bounds(shape)}{secret}"
        if kind == 'map':
            key, value = self.reference(shape['key']['shape']), self.reference(shape['value']['shape'])
            return f'map<{key},{value}>{bounds(shape)}{secret}'
        text = BASES[kind] + bounds(shape)
        if 'timestampFormat' in shape:
            text += ' ' + TIMES[shape['timestampFormat']]
        if 'pattern' in shape:
            text += ' pattern ' + quoted(keep_pattern(shape['pattern']))
        return text + secret

    def namespace(self, shape):
        """One with a prefix; the service's own stands at the root of every document."""
        space = shape.get('xmlNamespace', {})
        if not self.is_xml() or not isinstance(space, dict) or 'prefix' not in space:
            return ''
        return f" @namespace {word(space['prefix'])} {word(space['uri'])}"

    def members(self, shape, is_body=False):
        """Of an input or output when is_body: only these have places."""
        required = set(shape.get('required', ()))
        members = shape.get('members', {})
        names = [m.get('locationName', name) for name, m in members.items() if not m.get('deprecated')]
        parts = [self.member(name, m, name in required, shape if is_body else {}) for name, m in members.items()
                 if not (m.get('deprecated') and m.get('locationName', name) in names)]
        return braces(parts)

    def member(self, name, member, required, owner):
        target = self.shapes[member['shape']]
        is_stream = owner.get('payload') == name and member.get('streaming')
        type_text = 'stream' if is_stream else self.reference(member['shape'])
        text = f"{word(name)} {type_text}{'!' if required else ''}"
        if name in ('secret', 'nocase'):
            text = f'"{name}"' + text[len(name):]
        if owner.get('payload') == name:
            text += ' @payload'
        if member.get('xmlAttribute'):
            return text + f" @attribute {word(member['locationName'])}"
        return text + (self.place(name, member, target) if owner else '') + self.wire(name, member, target)

    @staticmethod
    def place(name, member, target):
        where, name = member.get('location'), member.get('locationName', name)
        if where == 'querystring' and target['type'] == 'map':
            return ' @query *'
        return {'uri': ' @path', 'querystring': f' @query {word(name)}', 'header': f' @header {word(name)}',
                'headers': f' @headers {word(name)}', 'statusCode': ' @status'}.get(where, '')

    @staticmethod
    def wire(name, member, target):
        text = ''
        flat = member.get('flattened') or target.get('flattened')
        inner = target.get('member', {}).get('locationName') if target['type'] == 'list' else None
        on_wire = member.get('locationName') if 'location' not in member else None
        if flat:
            text += ' @flat'
            on_wire = on_wire or inner
        elif inner and inner != 'member':
            text += f' @item {word(inner)}'
        if target['type'] == 'map':
            text += Model.map_names(target)
        if on_wire and on_wire != name:
            text += f' @wire {word(on_wire)}'
        return text

    @staticmethod
    def map_names(target):
        key, value = target['key'].get('locationName', 'key'), target['value'].get('locationName', 'value')
        text = f' @key {word(key)}' if key != 'key' else ''
        return text + (f' @item {word(value)}' if value != 'value' else '')


def braces(parts, indent=8):
    """`{ a  b }`, on lines of their own when they do not fit."""
    if not parts:
        return '{ }'
    one_line = '{ ' + '  '.join(parts) + ' }'
    if len(one_line) < WIDTH - 40:
        return one_line
    pad = ' ' * indent
    return '{\n' + '\n'.join(pad + p for p in parts) + '\n' + ' ' * (indent - 4) + '}'


# -- Authorisation ----------------------------------------------------------------------------------------------

class Authorisation:
    """What the service authorization reference says of one service."""

    def __init__(self, prefix, reference):
        self.prefix = prefix
        entry = (reference or {}).get(prefix, {})
        self.actions = entry.get('actions', {})
        self.arns = {name: r['arn'] for name, r in entry.get('resources', {}).items()}
        self.used = {}

    def is_read(self, operation):
        action = self.actions.get(operation)
        if action:
            return action['access'] in ('Read', 'List')
        return operation.startswith(READ_WORDS)

    def argument(self, kind, members):
        """The members of the input that name a resource of this kind."""
        variables = re.findall(r'\$\{(\w+)\}', self.arns.get(kind, ''))
        own = [v.replace('WithPath', '') for v in variables if v not in ('Partition', 'Region', 'Account')]
        stem = ''.join(p.capitalize() for p in resource_name(kind).split('-'))
        if own and all(self.find(v, members) for v in own):
            return [self.find(v, members) for v in own]
        guesses = own + [stem + tail for tail in ('Name', 'Arn', 'ARN', 'Id', '')]
        guesses += ['Name', 'Arn', 'ResourceArn', 'ResourceARN', 'ResourceId', 'ResourceName', 'SerialNumber']
        return next(([self.find(g, members)] for g in guesses if self.find(g, members)), [])

    @staticmethod
    def find(name, members):
        return next((m for m in members if m.lower() == name.lower()), None)

    def on(self, kind, members):
        name = resource_name(kind)
        self.used[name] = True
        args = self.argument(kind, members)
        return f' on {name}' + (f"({', '.join(args)})" if args else '')

    def allow(self, action, members):
        """The `allow` lines of one action, as texts."""
        name = f'{self.prefix}:{action}'
        entry = self.actions.get(action)
        if entry is None:
            return [f'allow  {name}    # check: not in the authorization reference']
        needed = [r[:-1] for r in entry['resources'] if r.endswith('*')]
        optional = [r for r in entry['resources'] if not r.endswith('*')]
        if needed:
            return [f'allow  {name}{self.on(kind, members)}' for kind in needed]
        named = [kind for kind in optional if self.argument(kind, members)]
        if not named:
            return [f'allow  {name}']
        rest = [kind for kind in optional if kind != named[0]]
        note = f"    # check: or on {' '.join(rest)}" if rest else ''
        return [f'allow  {name}{self.on(named[0], members)}{note}']

    def lines(self, operation, members, values):
        """members: of the input, those that are strings; values: those that a condition key may take its value from."""
        out = self.allow(operation, members)
        entry = self.actions.get(operation, {})
        for action in entry.get('dependent', ()):
            own = action.split(':')[0] == self.prefix and self.actions.get(action.split(':')[1])
            if own and any(self.argument(r.rstrip('*'), members) for r in own['resources']):
                out += [line + '    # check: when' for line in self.allow(action.split(':')[1], members)]
            else:
                out.append(f'# check: also asks {action}')
        return out + self.keys(entry, values)

    def keys(self, entry, members):
        out, unknown = [], []
        for key in entry.get('conditions', ()):
            name = key.split(':', 1)[-1]
            if key.startswith('aws:') or '${' in key:
                continue
            member = self.find(name, members)
            if member:
                out.append(f'key    {key} = {member}')
            else:
                unknown.append(key)
        return out + (wrap('# check: keys ', unknown, 2) if unknown else [])


def resource_name(kind):
    """ArchiveRule, listener-rule/app: archive-rule, listener-rule-app"""
    return re.sub(r'[^a-z0-9]+', '-', re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '-', kind).lower())


# -- The draft --------------------------------------------------------------------------------------------------

def header(model, args):
    meta = model.metadata
    name = meta['endpointPrefix'].split('.')[-1] if '-' in meta['endpointPrefix'] else meta['endpointPrefix']
    name = (meta.get('signingName') or name).replace('-', '').lower()
    protocol = PROTOCOLS.get(meta['protocol']) or 'json-' + meta.get('jsonVersion', '1.0')
    lines = [f'service {name} {{', f'    number    {args.number}', f'    protocol  {protocol}',
             f"    version   {meta['apiVersion']}", f"    title     \"{meta['serviceFullName']}\"",
             f'    audit     {name}.amazonaws.com']
    if meta.get('signingName', name) != name:
        lines.append(f"    signing   {meta['signingName']}")
    if meta['endpointPrefix'] != name:
        lines.append(f"    endpoint  {meta['endpointPrefix']}")
    if namespace(model):
        lines.append(f'    namespace {namespace(model)}')
    if meta.get('serviceId') == 'S3':
        lines.append('    bare-errors')
    if 'targetPrefix' in meta:
        lines.append(f"    target    {meta['targetPrefix']}")
    if 'globalEndpoint' in meta:
        lines.append('    global')
    return name, lines + ['}']


def namespace(model):
    """Of the service; where the model has none, that of its first input that is a document."""
    if 'xmlNamespace' in model.metadata:
        return model.metadata['xmlNamespace']
    for name, operation in sorted(model.operations.items()):
        members = model.shapes[operation.get('input', {}).get('shape')]['members'] if 'input' in operation else {}
        for space in [operation.get('input', {})] + list(members.values()):
            if model.is_xml() and 'uri' in space.get('xmlNamespace', {}):
                return space['xmlNamespace']['uri']
    return ''


def error_line(model, name):
    shape = model.shapes[name]
    trait = shape.get('error', {})
    status = trait.get('httpStatusCode', 500 if shape.get('fault') else 400)
    text = f'error {name} {status}'
    if trait.get('code', name) != name:
        text += f" code {trait['code']}"
    is_sender = trait.get('senderFault', status < 500) and not shape.get('fault')
    return text + ('' if is_sender else ' receiver')


def http_line(operation, shape):
    """The model's URI has names of the wire; ours has members."""
    http, uri = operation['http'], operation['http']['requestUri']
    for name, member in shape.get('members', {}).items():
        if member.get('location') == 'uri':
            uri = re.sub(r'\{' + re.escape(member['locationName']) + r'(\+?)\}', '{@' + name + r'\1}', uri)
    code = f" {http['responseCode']}" if http.get('responseCode', 200) != 200 else ''
    return f"http   {http['method']} {uri.replace('{@', '{')}{code}"


def values(model, shape):
    """The members that are values, or lists of values."""
    def is_value(target):
        inner = model.shapes[target['member']['shape']] if target['type'] == 'list' else target
        return inner['type'] not in ('structure', 'list', 'map', 'blob')
    return [name for name, m in shape.get('members', {}).items() if is_value(model.shapes[m['shape']])]


def texts(model, shape):
    """The members that are strings, and so can name a resource."""
    return [name for name, m in shape.get('members', {}).items() if model.shapes[m['shape']]['type'] == 'string']


def root(model, operation, body):
    """The name of the document that the members without a place make up, when it is not the usual one."""
    shape = model.shapes[operation[body]['shape']] if body in operation else {}
    if not model.is_xml() or 'payload' in shape or all('location' in m for m in shape.get('members', {}).values()):
        return ''
    usual = operation['name'] + {'input': 'Request', 'output': 'Result'}[body]
    name = operation[body].get('locationName') or shape.get('locationName') or operation[body]['shape']
    if body == 'output' and model.metadata.get('serviceId') == 'S3':
        name = S3_ROOTS.get(operation['name'], name)
    text = f'@wire {word(name)} ' if name != usual else ''
    return text + ('@unwrapped ' if body == 'output' and operation['name'] in S3_UNWRAPPED else '')


def event_stream(model, shape):
    payload = shape.get('members', {}).get(shape.get('payload'), {})
    return '    # check: an event stream' if model.shapes.get(payload.get('shape'), {}).get('eventstream') else ''


def operation_lines(model, authorisation, name, args):
    operation = model.operations[name]
    shape_in = model.shapes[operation['input']['shape']] if 'input' in operation else {}
    words = ['read' if authorisation.is_read(name) else 'write']
    if args.planned and name not in (args.implemented or ()):
        words.append('planned')
    if operation.get('authtype') == 'none':
        words.append('public')
    lines = [f"op {name} {' '.join(words)} {{"]
    if model.metadata['protocol'].startswith('rest'):
        lines.append('    ' + http_line(operation, shape_in))
    lines += ['    ' + line for line in authorisation.lines(name, texts(model, shape_in), values(model, shape_in))]
    lines.append(f"    in     {root(model, operation, 'input')}{model.members(shape_in, is_body=True)}")
    if 'output' in operation:
        shape_out = model.shapes[operation['output']['shape']]
        lines.append(f"    out    {root(model, operation, 'output')}{model.members(shape_out, is_body=True)}{event_stream(model, shape_out)}")
    errors = list(dict.fromkeys(e['shape'] for e in operation.get('errors', ())))
    if errors:
        lines += wrap('    errors ', errors)
    return lines + ['}', ''], errors


def wrap(start, words, indent=None):
    lines, line = [], start.rstrip()
    for item in words:
        if len(line) + 1 + len(item) > WIDTH:
            lines.append(line)
            line = ('#' if start.startswith('#') else ' ') + ' ' * ((indent or len(start)) - 2)
        line += ' ' + item
    return lines + [line]


def type_lines(model):
    scalars = {n: t for n, t in model.used.items() if model.shapes[n]['type'] != 'structure'}
    structures = {n: t for n, t in model.used.items() if n not in scalars}
    width = min(40, max([len(n) for n in scalars] or [0]))
    lines = []
    for name, text in sorted(scalars.items()):
        line = f'type {name:{width}} {text}'
        lines += [line] if len(line) <= WIDTH or not text.startswith('enum') else long_enum(name, text)
    return lines + [''] + [f'type {n} {outdent(t)}' for n, t in sorted(structures.items())]


def long_enum(name, text):
    words = re.findall(r'"(?:\\.|[^"\\])*"|\S+', text)
    return wrap(f'type {name} ' + ' '.join(words[:2]) + ' ', words[2:], 8)


def outdent(text):
    """Definitions stand at the margin, members of operations do not."""
    return text.replace('\n    ', '\n')


def kept_operations(model, lines):
    """All, but for those that a request could never reach: of two that it cannot tell apart, the one that is deprecated,
    or stands behind the other."""
    names = sorted(model.operations)
    if not model.metadata['protocol'].startswith('rest'):
        return names
    service = SimpleNamespace(operations=[addressed(model, name) for name in names])
    lines.append('')
    while True:
        lost = uris.unreachable(service)
        if not lost:
            return [operation.name for operation in service.operations]
        first, second = lost[0]
        if model.operations[first.name].get('deprecated'):
            first, second = second, first
        lines.append(f'# check: left out: {second.name} cannot be told from {first.name}')
        service.operations = [one for one in service.operations if one is not second]


def addressed(model, name):
    """What apigen.uris looks at."""
    operation = model.operations[name]
    shape = model.shapes[operation['input']['shape']] if 'input' in operation else {}
    places = {'querystring': 'query', 'header': 'header'}
    members = [SimpleNamespace(is_required=member in shape.get('required', ()), place=places.get(m.get('location'), ''),
                               wire_name=m.get('locationName', member)) for member, m in shape.get('members', {}).items()]
    return SimpleNamespace(name=name, http=(operation['http']['method'], operation['http']['requestUri'], 200),
                           input=SimpleNamespace(members=members))


def draft(model, args, reference):
    name, lines = header(model, args)
    prefix = args.prefix or model.metadata.get('signingName') or model.metadata['endpointPrefix']
    authorisation = Authorisation(prefix, reference)
    bodies, errors = [], set()
    for operation in args.op or kept_operations(model, lines):
        if operation not in model.operations:
            sys.exit(f'api_import: the model has no operation {operation}')
        body, own = operation_lines(model, authorisation, operation, args)
        bodies += body
        errors.update(own)
    lines += [''] + [error_line(model, e) for e in sorted(errors)]
    lines += [''] + type_lines(model)
    lines += [''] + [f'resource {kind}' for kind in sorted(authorisation.used)] + ['']
    return '\n'.join(lines + bodies).rstrip() + '\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('model')
    parser.add_argument('--op', nargs='+', action='extend', help='only these operations')
    parser.add_argument('--auth', help='service authorization reference, JSON')
    parser.add_argument('--prefix', help='prefix of the IAM actions, when it is not the signing name')
    parser.add_argument('--number', default='N', help="the service's number")
    parser.add_argument('--planned', action='store_true', help='mark the operations as planned')
    parser.add_argument('--implemented', nargs='+', action='extend', help='with --planned: except these')
    args = parser.parse_args()
    with open(args.model, encoding='utf-8') as file:
        model = Model(json.load(file))
    reference = None
    if args.auth:
        with open(args.auth, encoding='utf-8') as file:
            reference = json.load(file)
    sys.stdout.write(draft(model, args, reference))


if __name__ == '__main__':
    main()
