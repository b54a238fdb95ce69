"""What the words mean: resolves the names of types and finds every mistake. All mistakes of a run are reported."""

import re

from . import uris
from .model import (RECORD_INDEXES, RECORD_KEY_MEMBERS, RESOURCE_ARGS, WITH_TARGETS, ApiError, Type)
from .names import member_name, snake
from .patterns import pattern_problem

KEY_KINDS = ('string', 'enum', 'integer', 'long', 'timestamp')
RANGE_KINDS = ('string', 'integer', 'long', 'double', 'blob', 'list', 'map')
VALUE_KINDS = ('string', 'enum', 'integer', 'long', 'double', 'boolean', 'timestamp', 'blob')
COUNTED_KINDS = ('string', 'blob', 'list', 'map')
NAME = re.compile(r'[A-Za-z][A-Za-z0-9_]*')
SERVICE_NAME = re.compile(r'[a-z][a-z0-9]*')
RESOURCE_NAME = re.compile(r'[a-z][a-z0-9_-]*')
ACTION = re.compile(r'[a-z][a-z0-9-]*:[A-Za-z0-9]+')
CONDITION_KEY = re.compile(r'[A-Za-z][A-Za-z0-9.-]*:\S+')
RESOURCE_TYPE = re.compile(r'[A-Za-z0-9]+::[A-Za-z0-9]+::[A-Za-z0-9]+')


def check(services):
    """Completes the services in place; gives the mistakes, in order of file and line."""
    problems = []
    for service in services:
        problems += ServiceChecker(service).check()
    problems += check_together(services)
    return sorted(problems, key=lambda p: (p.position.file, p.position.line))


def check_together(services):
    out = []
    for what, value in (('name', lambda s: s.name), ('number', lambda s: s.words.get('number'))):
        seen = {}
        for service in services:
            first = seen.setdefault(value(service), service)
            if first is not service and value(service) is not None:
                out.append(ApiError(service.position, f'service {what} {value(service)} is used in {first.position}'))
    return out


class ServiceChecker:
    def __init__(self, service):
        self.service = service
        self.problems = []
        self.types = {}
        self.used = set()
        self.used_resources = set()

    def problem(self, position, message):
        self.problems.append(ApiError(position, message))

    def unique(self, items, what, value=lambda item: item.name):
        seen = {}
        for item in items:
            first = seen.setdefault(value(item), item)
            if first is not item:
                self.problem(item.position, f"{what} '{value(item)}' is declared twice (line {first.position.line})")

    def check(self):
        self.check_header()
        self.check_declarations()
        self.resolve_all()
        if self.problems:
            return self.problems    # what follows would only repeat them
        self.check_types()
        for operation in self.service.operations:
            self.check_operation(operation)
        self.check_routes()
        self.check_records()
        self.check_unused()
        return self.problems

    # -- The service --------------------------------------------------------------------------------------------

    def check_header(self):
        service, words = self.service, self.service.words
        if not SERVICE_NAME.fullmatch(service.name):
            self.problem(service.position, f"bad name of a service: '{service.name}'")
        for word in ('number', 'protocol', 'version', 'title', 'audit'):
            if word not in words:
                self.problem(service.position, f"service {service.name} does not say its '{word}'")
        if not 1 <= words.get('number', 1) <= 0xffff:
            self.problem(service.position, 'the number of a service is 1 to 65535')
        protocol = words.get('protocol', '')
        for word in ('denied', 'invalid', 'missing', 'dry-run'):
            if word in words and words[word] not in [error.name for error in service.errors]:
                self.problem(service.position, f"no error {words[word]}, which '{word}' names")
        for one in service.protocols:
            if one in ('query', 'ec2') and 'namespace' not in words:
                self.problem(service.position, f"protocol {one} needs a 'namespace'")
            if one in WITH_TARGETS and not service.targets:
                self.problem(service.position, f"protocol {one} needs a 'target'")
        self.check_several_protocols()
        if service.has_fractions and 'query' not in service.protocols:
            self.problem(service.position, f"protocol {protocol} has no 'fractions'")
        told = words.get('told-actions', 'lowercase')
        if told != 'lowercase' and told.lower() != service.name:
            self.problem(service.position, "'told-actions' is 'lowercase' or the service's name in another case")
        if not service.is_rest() and service.has_virtual_hosts:
            self.problem(service.position, f"protocol {protocol} has no 'virtual-hosts'")
        if not service.is_rest() and service.has_addresses:
            self.problem(service.position, f"protocol {protocol} has no 'addresses'")
        if not service.is_rest() and service.has_websites:
            self.problem(service.position, f"protocol {protocol} has no 'websites'")
        if not service.is_rest() and service.has_cross_origin:
            self.problem(service.position, f"protocol {protocol} has no 'cross-origin'")
        if service.document_prefix and not service.document_prefix.startswith('/'):
            self.problem(service.position, "what paths of 'documents' begin with begins with a slash")
        if not service.is_rest() and service.logs_accesses:
            self.problem(service.position, f"protocol {protocol} has no 'access-logs'")
        if service.own_path and not (service.is_rest() and service.own_path.startswith('/_merlon/')):
            self.problem(service.position, "an 'own-place' is for rest protocols, and its path begins with /_merlon/")
        if protocol != 'rest-xml' and service.has_s3_errors:
            word = 'bare-errors' if service.has_bare_errors else 'wrapped-errors'
            self.problem(service.position, f"protocol {protocol} has no '{word}'")
        if not service.is_rest() and service.marks:
            self.problem(service.position, f"protocol {protocol} has no 'marked'")
        if not service.speaks(*WITH_TARGETS) and service.targets:
            self.problem(service.position, f"protocol {protocol} has no 'target'")
        if not service.speaks('query') and 'path-names' in words:
            self.problem(service.position, f"protocol {protocol} has no 'path-names'")

    def check_several_protocols(self):
        """What tells them apart is X-Amz-Target: one protocol that has it, and one that has not; rpc-v2-cbor has an
        address of its own."""
        protocols = self.service.protocols
        kinds = sorted(protocol.partition('-')[0] for protocol in protocols if protocol != 'rpc-v2-cbor')
        if len(kinds) > 1 and kinds not in (['json', 'query'], ['ec2', 'json']) or set(kinds) == {'rest'} and len(protocols) > 1:
            self.problem(self.service.position, f"protocols {' and '.join(protocols)} do not go together")

    def check_declarations(self):
        service = self.service
        self.unique(service.types, 'type')
        self.unique(service.errors, 'error')
        self.unique(service.resources, 'resource')
        self.unique(service.operations, 'operation')
        self.unique(service.records, 'record')
        self.unique(service.timers, 'timer')
        self.unique(service.notes, 'note')
        for item in service.types + service.errors + service.operations + service.records + service.timers + service.notes:
            if not NAME.fullmatch(item.name):
                self.problem(item.position, f"bad name: '{item.name}'")
        for resource in service.resources:
            if not RESOURCE_NAME.fullmatch(resource.name):
                self.problem(resource.position, f"bad name of a resource: '{resource.name}'")
        for error in service.errors:
            low = 300 if service.is_rest() else 400     # S3 says NotModified and PermanentRedirect as errors
            if not low <= error.status <= 599:
                self.problem(error.position, f'status {error.status} of an error is not {low} to 599')
            error.code = error.code or error.name

    # -- Names of types -----------------------------------------------------------------------------------------

    def resolve_all(self):
        self.types = {shape.name: shape for shape in self.service.types}
        for shape in self.service.types:
            self.resolve_inside(shape)
        for operation in self.service.operations:
            operation.input = self.resolve_body(operation, operation.input)
            operation.has_result = operation.output is not None
            operation.output = self.resolve_body(operation, operation.output)
        for record in self.service.records:
            self.resolve_inside(record.type)

    def resolve_body(self, operation, body):
        body = body or Type('structure', operation.position)
        self.resolve_inside(body)
        return body

    def resolve_inside(self, shape):
        for member in shape.members:
            member.type = self.resolve(member.type)
        if shape.element is not None:
            shape.element = self.resolve(shape.element)
        if shape.key is not None:
            shape.key = self.resolve(shape.key)

    def resolve(self, shape):
        if shape.kind == 'ref':
            if shape.name not in self.types:
                self.problem(shape.position, f"unknown type '{shape.name}'")
                return shape
            return self.types[shape.name]
        self.resolve_inside(shape)
        return shape

    # -- Types --------------------------------------------------------------------------------------------------

    def check_types(self):
        for shape in self.service.types:
            self.check_type(shape)
        for shape in self.service.types:
            self.check_endless(shape)

    def check_words_of_refusal(self, shape):
        limited = shape.kind == 'enum' or (shape.kind == 'integer' and shape.high is not None)
        if shape.says is not None and shape.pattern is None and not (limited and self.service.has_s3_errors):
            self.problem(shape.position, 'says: there is no pattern to say it of')
        if shape.fails and shape.says is None:
            self.problem(shape.position, 'fails: there is nothing said with it')
        if shape.fails and shape.fails not in [error.name for error in self.service.errors]:
            self.problem(shape.position, f"unknown error '{shape.fails}'")

    def check_type(self, shape):
        """A declared type, or one in place."""
        self.check_limits(shape)
        self.check_words_of_refusal(shape)
        if shape.pattern is not None and shape.kind != 'string':
            self.problem(shape.position, f'a pattern is for strings, not for {shape.kind}')
        elif shape.pattern is not None and pattern_problem(shape.pattern):
            self.problem(shape.position, f'bad pattern "{shape.pattern}": {pattern_problem(shape.pattern)}')
        if shape.kind == 'enum' and not shape.values:
            self.problem(shape.position, 'an enum without values')
        if shape.kind == 'map' and not shape.key.is_text():
            self.problem(shape.position, f'the keys of a map are strings, not {shape.key.kind}')
        if shape.kind in ('list', 'map') and shape.element.kind == 'stream':
            self.problem(shape.position, f'a {shape.kind} of streams')
        if shape.namespace and (shape.kind != 'structure' or self.service.protocol != 'rest-xml'):
            self.problem(shape.position, '@namespace is for structures of protocol rest-xml')
        self.check_layout(shape, shape, shape.position)
        self.check_in_place(shape.element)
        self.check_in_place(shape.key)
        if shape.kind == 'structure':
            self.check_members(shape, shape.name)

    def check_in_place(self, shape):
        if shape is not None and not shape.name:
            self.check_type(shape)

    def check_limits(self, shape):
        if shape.low is None and shape.high is None:
            return
        if shape.kind not in RANGE_KINDS:
            self.problem(shape.position, f'{shape.kind} has no range')
        if shape.low is not None and shape.high is not None and shape.low > shape.high:
            self.problem(shape.position, f'bad range: {shape.low} is more than {shape.high}')
        if shape.kind in COUNTED_KINDS and min(shape.low or 0, shape.high or 0) < 0:
            self.problem(shape.position, f'bad range: the size of a {shape.kind} is not negative')

    def check_layout(self, owner, shape, position):
        if owner.is_flat and shape.kind not in ('list', 'map'):
            self.problem(position, f'@flat is for lists and maps, not for {shape.kind}')
        if owner.item_name and shape.kind not in ('list', 'map'):
            self.problem(position, f'@item is for lists and maps, not for {shape.kind}')
        if owner.key_name and shape.kind != 'map':
            self.problem(position, f'@key is for maps, not for {shape.kind}')

    def check_members(self, shape, owner, is_input=False, is_body=False):
        self.unique(shape.members, 'member')
        self.unique_in_c(shape.members, member_name, 'member')
        for member in shape.members:
            self.check_member(member, is_input)
            self.check_place(member, is_input, is_body)
        names = {m.name: m for m in shape.members}.values()    # a name said twice is reported once
        self.unique([m for m in names if m.place in ('', 'query', 'header')], 'wire name',
                    lambda m: f"{'attribute' if m.is_attribute else m.place} {m.wire_name or m.name}".strip())
        if shape.is_union and any(m.is_required for m in shape.members):
            self.problem(shape.position, f'a member of union {owner} is required')

    def unique_in_c(self, items, to_c, what):
        seen = {}
        for item in items:
            first = seen.setdefault(to_c(item.name), item)
            if first is not item and first.name != item.name:
                self.problem(item.position, f"{what}s '{first.name}' and '{item.name}' are both {to_c(item.name)} in C")

    def check_member(self, member, is_input):
        self.check_in_place(member.type)
        self.check_layout(member, member.type, member.position)
        if not snake(member.name):
            self.problem(member.position, f"bad name of a member: '{member.name}'")
        if member.is_nocase and not member.number:
            self.problem(member.position, f"nocase is for records, not for member '{member.name}'")
        is_mixed = self.service.speaks('query') and len(self.service.protocols) > 1
        if member.form_name and not (is_mixed or self.service.speaks('ec2')):
            self.problem(member.position, '@form is for services that speak ec2, or query and another protocol')
        if member.event_name and not self.service.speaks('ec2'):
            self.problem(member.position, '@event is for services that speak ec2')
        if member.is_bare and not (self.service.speaks('ec2') and member.type.kind == 'list'):
            self.problem(member.position, '@bare is for lists of services that speak ec2')
        if member.is_sealed and (not member.number or member.type.kind != 'blob'):
            self.problem(member.position, f"sealed is for blobs of records, not for member '{member.name}'")
        if member.is_attribute and (self.service.protocol != 'rest-xml' or member.place or member.type.kind not in VALUE_KINDS):
            self.problem(member.position, '@attribute is for values of protocol rest-xml')
        if member.type.kind == 'stream' and member.place != 'payload':
            self.problem(member.position, f"stream '{member.name}' is not the @payload")

    def check_place(self, member, is_input, is_body):
        if not member.place:
            return
        if not self.service.is_rest():
            self.problem(member.position, f'@{member.place} is for rest protocols')
            return
        if not is_body:
            self.problem(member.position, f'@{member.place} is for members of inputs and outputs')
        if member.place == 'status' and member.type.kind not in ('integer', 'long'):
            self.problem(member.position, '@status is an integer')
        if member.place == 'headers' and member.type.expression() != 'map<string,string>':
            self.problem(member.position, '@headers is a map<string,string>')
        if member.place in ('query', 'header'):
            self.check_values(member)
        if member.place in ('path', 'status') and member.place == ('status' if is_input else 'path'):
            where = 'an input' if is_input else 'anything but an input'
            self.problem(member.position, f'@{member.place} in {where}')

    def check_values(self, member):
        """What a query or header can carry."""
        inner = member.type.element if member.type.kind == 'list' else member.type
        is_rest_of_query = member.place == 'query' and member.wire_name == '*'
        if is_rest_of_query and member.type.expression() not in ('map<string,string>', 'map<string,list<string>>'):
            self.problem(member.position, '@query * is a map of strings, or of lists of strings')
        elif not is_rest_of_query and inner.kind not in VALUE_KINDS:
            self.problem(member.position, f'@{member.place} is a value or a list of values')

    def check_endless(self, shape):
        """A list of itself, or a structure that requires itself, can have no value."""
        if shape.kind in ('list', 'map'):
            seen, inner = set(), shape
            while inner.kind in ('list', 'map') and id(inner) not in seen:
                seen.add(id(inner))
                inner = inner.element
            if inner is shape:
                self.problem(shape.position, f"type '{shape.name}' contains itself without a structure between")
        if shape.kind == 'structure' and self.requires(shape, shape, set()):
            self.problem(shape.position, f"structure '{shape.name}' requires itself")

    def requires(self, shape, target, seen):
        for member in shape.members:
            inner = member.type
            if not member.is_required or inner.kind != 'structure' or id(inner) in seen:
                continue
            if inner is target:
                return True
            seen.add(id(inner))
            if self.requires(inner, target, seen):
                return True
        return False

    # -- Operations ---------------------------------------------------------------------------------------------

    def check_operation(self, operation):
        words = operation.words
        self.check_members(operation.input, operation.name, is_input=True, is_body=True)
        self.check_members(operation.output, operation.name, is_body=True)
        self.check_document(operation)
        if not {'read', 'write', 'readonly'} & set(words):
            self.problem(operation.position, f'operation {operation.name} is neither read nor write')
        if 'read' in words and {'write', 'readonly'} & set(words):
            self.problem(operation.position, f'operation {operation.name} is both read and write')
        if 'slow' in words and ('planned' in words or not operation.is_write()):
            self.problem(operation.position, f'operation {operation.name} is slow, but not a write that has a handler')
        if 'enclosed' in words and not self.service.speaks('ec2'):
            self.problem(operation.position, "'enclosed' is for services that speak ec2")
        if 'compressed' in words and self.service.is_rest():
            self.problem(operation.position, f'operation {operation.name} is compressed, but its body is an object')
        if not operation.allows and 'free' not in words:
            self.problem(operation.position, f"operation {operation.name} has no 'allow' and is not free")
        elif operation.allows and not self.always_asks(operation.allows) and 'free' not in words:
            self.problem(operation.position, f"every 'allow' of {operation.name} has a 'when': it may ask for nothing")
        if 'sign-in' in words and not {'write', 'public', 'free'} <= set(words):
            self.problem(operation.position, f'operation {operation.name} is a sign-in, and not write, public and free')
        if 'page' in words and not {'read', 'public', 'free'} <= set(words):
            self.problem(operation.position, f'operation {operation.name} is a page, and not read, public and free')
        for allow in operation.allows:
            self.check_allow(operation, allow)
        for key in operation.keys:
            self.check_key(operation, key)
        self.check_dry_run(operation)
        self.unique(operation.keys, 'condition key')
        self.check_operation_errors(operation)
        self.check_http(operation)

    def check_dry_run(self, operation):
        member = operation.input.member('DryRun')
        if member and 'dry-run' in self.service.words and member.type.kind != 'boolean':
            self.problem(member.position, 'DryRun is a boolean')

    @staticmethod
    def always_asks(allows):
        """One without a condition, or one for each case of one."""
        given, absent = {a.when for a in allows if a.when}, {a.unless for a in allows if a.unless}
        return any(not a.when and not a.unless for a in allows) or bool(given & absent)

    def input_member(self, operation, name, position, what):
        member = operation.input.member(name)
        if member is None:
            self.problem(position, f"{what} names member '{name}', which the input of {operation.name} has not")
        return member

    def check_allow(self, operation, allow):
        if not ACTION.fullmatch(allow.action):
            self.problem(allow.position, f"bad IAM action '{allow.action}'")
        if allow.resource and allow.resource not in {r.name for r in self.service.resources}:
            self.problem(allow.position, f"unknown resource '{allow.resource}'")
        self.used_resources.add(allow.resource)
        if len(allow.args) > RESOURCE_ARGS:
            self.problem(allow.position, f'a resource has at most {RESOURCE_ARGS} members')
        for arg in allow.args:
            member = self.input_member(operation, arg, allow.position, 'allow')
            if member and not member.type.is_text() and not self.is_list_of_text(member):
                self.problem(allow.position, f"allow names member '{arg}', which is no string")
            if member and self.is_list_of_text(member) and len(allow.args) > 1:
                self.problem(allow.position, f"allow names the list '{arg}' beside other members")
        if allow.when:
            self.input_member(operation, allow.when, allow.position, 'when')
        if allow.unless:
            self.input_member(operation, allow.unless, allow.position, 'unless')

    @staticmethod
    def is_list_of_text(member):
        return member.type.kind == 'list' and member.type.element.is_text()

    def check_key(self, operation, key):
        if not CONDITION_KEY.fullmatch(key.name):
            self.problem(key.position, f"bad condition key '{key.name}'")
        member = self.input_member(operation, key.member, key.position, 'key')
        kind = member.type.element.kind if member and member.type.kind == 'list' else member and member.type.kind
        if kind in ('structure', 'list', 'map', 'blob', 'document', 'stream'):
            self.problem(key.position, f"key names member '{key.member}', which is neither a value nor a list of values")

    def check_operation_errors(self, operation):
        known = {e.name for e in self.service.errors}
        seen = set()
        for name, position in operation.errors:
            if name not in known:
                self.problem(position, f"unknown error '{name}'")
            if name in seen:
                self.problem(position, f"error '{name}' is named twice")
            seen.add(name)

    def check_http(self, operation):
        if not self.service.is_rest():
            if operation.http:
                self.problem(operation.http_position, f"protocol {self.service.protocol} has no 'http'")
            return
        if not operation.http:
            self.problem(operation.position, f"operation {operation.name} has no 'http'")
            return
        for message in uris.problems(operation):
            self.problem(operation.http_position, message)
        for body in (operation.input, operation.output):
            payloads = [m for m in body.members if m.place == 'payload']
            if len(payloads) > 1:
                self.problem(payloads[1].position, 'two members are the @payload')

    def check_document(self, operation):
        for body in (operation.input, operation.output):
            if (body.root or body.is_unwrapped) and self.service.protocol != 'rest-xml':
                self.problem(body.position, 'the XML document of an operation is for protocol rest-xml')
        output = operation.output
        if output.is_summed or (operation.input.is_summed and not self.service.has_s3_errors):
            self.problem(operation.position, '@summed is for inputs, of services with bare errors')
        if output.is_form or (operation.input.is_form and not self.service.is_rest()):
            self.problem(operation.position, '@form is for inputs, of rest protocols')
        if operation.input.is_unwrapped:
            self.problem(operation.input.position, '@unwrapped is for outputs')
        inner = [m for m in output.members if not m.place]
        if output.is_unwrapped and (len(inner) != 1 or inner[0].type.kind not in VALUE_KINDS):
            self.problem(output.position, 'an @unwrapped output has one member in its document, and that is a value')

    def check_routes(self):
        if not self.service.is_rest() or self.problems:
            return
        for one, other in uris.unreachable(self.service):
            self.problem(other.http_position, f'operation {other.name} cannot be told from {one.name} by method, URI and '
                                              f'required members')

    # -- Records ------------------------------------------------------------------------------------------------

    def check_records(self):
        records = self.service.records
        self.unique(records, 'record number', lambda r: r.number)
        self.unique([i for r in records for i in r.indexes], 'index number of the service', lambda i: i.number)
        for record in records:
            if not 1 <= record.number <= 0x7fff:  # bit 15 marks the keys of indexes
                self.problem(record.position, 'the number of a record is 1 to 32767')
            if record.resource_type and not RESOURCE_TYPE.fullmatch(record.resource_type):
                self.problem(record.position, f"bad AWS resource type '{record.resource_type}'")
            self.check_fields(record)
            self.check_record_key(record)
            self.check_indexes(record)

    def check_fields(self, record):
        self.check_members(record.type, record.name)
        self.unique(record.type.members, 'field number', lambda m: m.number)
        for member in record.type.members:
            if member.number < 1:
                self.problem(member.position, 'the number of a field is 1 or more')
            if member.place or member.wire_name or member.event_name or member.is_bare or member.is_flat or member.item_name or member.key_name:
                self.problem(member.position, f"field '{member.name}' is not on the wire")
            if member.is_nocase and not member.type.is_text():
                self.problem(member.position, f"nocase is for strings, not for field '{member.name}'")

    def check_record_key(self, record):
        if len(record.key) > RECORD_KEY_MEMBERS:
            self.problem(record.key_position, f'a key has at most {RECORD_KEY_MEMBERS} fields')
        self.check_key_fields(record, record.key, record.key_position, 'key')

    def check_key_fields(self, record, names, position, what):
        for name in dict.fromkeys(names):
            member = record.type.member(name)
            if member is None:
                self.problem(position, f"{what} names field '{name}', which record {record.name} has not")
            elif member.type.kind not in KEY_KINDS:
                self.problem(position, f"{what} names field '{name}', which is neither string nor number")
            if names.count(name) > 1:
                self.problem(position, f"{what} names field '{name}' twice")

    def check_indexes(self, record):
        self.unique(record.indexes, 'index')
        if len(record.indexes) > RECORD_INDEXES:
            self.problem(record.position, f'record {record.name} has more than {RECORD_INDEXES} indexes')
        for index in record.indexes:
            if not 1 <= index.number <= 0xffffffff:
                self.problem(index.position, 'the number of an index is 1 or more')
            if len(index.members) > RECORD_KEY_MEMBERS:
                self.problem(index.position, f'an index has at most {RECORD_KEY_MEMBERS} fields')
            self.check_key_fields(record, index.members, index.position, f'index {index.name}')

    # -- What nobody uses ---------------------------------------------------------------------------------------

    def check_unused(self):
        for operation in self.service.operations:
            self.use(operation.input)
            self.use(operation.output)
        for record in self.service.records:
            self.use(record.type)
        for shape in self.service.types:
            if id(shape) not in self.used:
                self.problem(shape.position, f"type '{shape.name}' is used by no operation and no record")
        for resource in self.service.resources:
            if resource.name not in self.used_resources:
                self.problem(resource.position, f"resource '{resource.name}' is used by no operation")

    def use(self, shape):
        if shape is None or id(shape) in self.used:
            return
        self.used.add(id(shape))
        for inner in [m.type for m in shape.members] + [shape.element, shape.key]:
            self.use(inner)
