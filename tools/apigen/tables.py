"""api/<service>.c: the constant tables. What other files may name is extern; the rest is static, under names that do
not begin with the service's prefix."""

import copy

from . import uris
from .ctypes_of import CTypes, all_types
from .literals import c_flags, c_int64, c_str
from .names import member_name, snake

KINDS = {'string': 'STRING', 'enum': 'STRING', 'blob': 'BLOB', 'boolean': 'BOOLEAN', 'integer': 'INTEGER',
         'long': 'LONG', 'double': 'DOUBLE', 'timestamp': 'TIMESTAMP', 'list': 'LIST', 'map': 'MAP',
         'structure': 'STRUCT', 'document': 'DOCUMENT', 'stream': 'STREAM'}
PROTOCOLS = {'query': 'API_QUERY', 'ec2': 'API_EC2', 'json-1.0': 'API_JSON_1_0', 'json-1.1': 'API_JSON_1_1',
             'rest-json': 'API_REST_JSON', 'rest-xml': 'API_REST_XML', 'rpc-v2-cbor': 'API_CBOR'}


def tables(service):
    return Tables(service).text()


def services_table(services):
    names = sorted(service.name for service in services)
    lines = ['/* Made by tools/apigen.py: every service of this server. */', '#include "wire/descriptor.h"', '']
    lines += [f'extern const struct api_service {snake(name)}_service;' for name in names]
    lines += ['', 'const struct api_service *const api_services[] = {']
    lines += [f'        &{snake(name)}_service,' for name in names]
    return '\n'.join(lines + ['};', '', f'const size_t api_service_count = {len(names)};']) + '\n'


class Tables:
    def __init__(self, service):
        self.service = service
        self.c = CTypes(service)
        self.lines = []
        self.in_place = {}      # id of a type in place, or a variant of one: its C name
        self.kept = []          # the first of each that are alike
        self.variants = []      # alive as long as their ids stand in in_place
        self.operations = sorted(service.operations, key=lambda o: o.name.encode())

    def text(self):
        name = self.service.name
        self.add(f'/* Made by tools/apigen.py from api/{name}.api. */', f'#include "{name}.h"', '', '#include <stddef.h>')
        self.errors()
        self.types()
        self.resources()
        for operation in self.operations:
            self.operation_parts(operation)
        self.records()
        self.timers()
        self.operation_table()
        self.routes()
        self.service_table()
        return '\n'.join(self.lines) + '\n'

    # -- Writing --------------------------------------------------------------------------------------------------

    def add(self, *lines):
        self.lines += lines

    def object(self, head, fields):
        """`head = { .a = b, ... };`; fields without a value are left out: zero."""
        self.add('', head + ' = {', *[f'        .{name} = {value},' for name, value in fields if value], '};')

    def array(self, head, items):
        """Gives False and writes nothing when there are no items: C has no empty arrays."""
        if items:
            self.add('', head + '[] = {', *[f'        {item},' for item in items], '};')
        return bool(items)

    # -- Errors ---------------------------------------------------------------------------------------------------

    def error_initializer(self, error):
        sender = '' if error.is_receiver else ', .is_sender = true'
        query = f', .query_code = {c_str(error.query_code)}, .query_status = {error.query_status}' if error.query_code else ''
        return f'{{.name = {c_str(error.name)}, .code = {c_str(error.code)}, .status = {error.status}{sender}{query}}}'

    def errors(self):
        for error in self.service.errors:
            self.add('', f'const struct api_error {self.c.error(error.name)} = {self.error_initializer(error)};')
        # An array of the service needs copies: an object's value is no constant in C.
        self.array('static const struct api_error all_errors',
                   [self.error_initializer(error) for error in self.service.errors])

    # -- Types ----------------------------------------------------------------------------------------------------

    def types(self):
        """Types in place stand before what names them; declared ones are known from the header, in any order."""
        shapes = all_types(self.service)
        used = self.used_as_they_are(shapes)
        for shape in shapes:
            if shape.kind == 'structure':
                continue
            if shape.name:
                self.type(f'const struct wire_type {self.c.type(shape)}', shape, snake(shape.name))
            elif id(shape) in used:
                self.type_in_place(shape)
        for shape in self.service.types:
            if shape.kind == 'structure':
                self.structure(f'const struct wire_type {self.c.type(shape)}', snake(shape.name), shape,
                               self.c.name(shape), shape.name)

    @staticmethod
    def used_as_they_are(shapes):
        """What a member gives names of its own is used as a variant."""
        used = {id(inner) for shape in shapes for inner in (shape.element, shape.key)}
        return used | {id(m.type) for shape in shapes for m in shape.members if not m.item_name and not m.key_name}

    def type_in_place(self, shape):
        same = self.same_in_place(shape)
        if same is None:
            same = f'{shape.kind}_in_place_{len(self.kept)}'
            self.type(f'static const struct wire_type {same}', shape, same)
        self.in_place[id(shape)] = same

    def same_in_place(self, shape):
        for other in self.kept:
            if self.alike(other, shape):
                return self.in_place[id(other)]
        self.kept.append(shape)
        return None

    def alike(self, a, b):
        return self.form(a) == self.form(b)

    def form(self, shape):
        inner = [self.in_place.get(id(s), id(s)) for s in (shape.element, shape.key)]
        return (shape.kind, shape.name, shape.low, shape.high, shape.values, shape.pattern, shape.says, shape.fails,
                shape.is_flat,
                shape.is_secret, shape.is_unrecorded, shape.item_name, shape.key_name, inner)

    def reference(self, shape):
        if id(shape) in self.in_place:
            return self.in_place[id(shape)]
        return self.c.type(shape)

    def member_type(self, member):
        """Of a member, with its own names of items and keys when it says them."""
        shape = member.type
        if not member.item_name and not member.key_name:
            return self.reference(shape)
        variant = copy.copy(shape)
        variant.item_name = member.item_name or shape.item_name
        variant.key_name = member.key_name or shape.key_name
        self.variants.append(variant)
        self.type_in_place(variant)
        return self.in_place[id(variant)]

    def type(self, head, shape, name):
        if shape.values:
            self.array(f'static const struct str values_of_{name}', [c_str(v) for v in shape.values])
        values = [('values', f'values_of_{name}'), ('value_count', str(len(shape.values)))] if shape.values else []
        self.object(head, [
            ('name', c_str(shape.name or shape.kind)), ('kind', 'WIRE_' + KINDS[shape.kind]),
            ('size', f'sizeof({self.c.value(shape)})'), ('flags', c_flags(self.flags(shape))),
            ('min', c_int64(shape.low) if shape.low is not None else ''),
            ('max', c_int64(shape.high) if shape.high is not None else ''),
            ('pattern', c_str(shape.pattern) if shape.pattern is not None else ''),
            ('says', c_str(shape.says) if shape.says is not None else ''),
            ('fails', f'&{self.c.error(shape.fails)}' if shape.fails else ''), *values, *self.contents(shape),
            ('time', f'WIRE_TIME_{shape.time.upper()}' if shape.time else '')])

    @staticmethod
    def flags(shape):
        return [flag for flag, is_on in (
            ('WIRE_SECRET', shape.is_secret), ('WIRE_UNRECORDED', shape.is_unrecorded), ('WIRE_HAS_MIN', shape.low is not None),
            ('WIRE_HAS_MAX', shape.high is not None), ('WIRE_FLATTENED', shape.is_flat),
            ('WIRE_UNION', shape.is_union), ('WIRE_UNWRAPPED', shape.is_unwrapped), ('WIRE_FORM', shape.is_form)) if is_on]

    @staticmethod
    def document(shape):
        """Of a structure as XML."""
        prefix, uri = shape.namespace or ('', '')
        return [('root_name', c_str(shape.root) if shape.root else ''), ('xml_prefix', c_str(prefix) if prefix else ''),
                ('xml_uri', c_str(uri) if uri else '')]

    def usual_item(self):
        return 'item' if self.service.speaks('ec2') else 'member'

    def contents(self, shape):
        """The fields of lists and maps."""
        if shape.kind == 'list':
            return [('element', '&' + self.reference(shape.element)), ('element_name', c_str(shape.item_name or self.usual_item()))]
        if shape.kind == 'map':
            return [('element', '&' + self.reference(shape.element)), ('key', '&' + self.reference(shape.key)),
                    ('value_offset', f'offsetof(struct {self.c.entry(shape)}, value)'),
                    ('element_name', c_str(shape.item_name or 'value')), ('key_name', c_str(shape.key_name or 'key'))]
        return []

    def structure(self, head, name, shape, struct, shown):
        types = [self.member_type(m) for m in shape.members]    # writes variants first
        items = [self.member(m, t, struct) for m, t in zip(shape.members, types)]
        fields = [('name', c_str(shown)), ('kind', 'WIRE_STRUCT'), ('size', f'sizeof(struct {struct})'),
                  ('flags', c_flags(self.flags(shape))), *self.document(shape)]
        if self.array(f'static const struct wire_member members_of_{name}', items):
            fields += [('members', f'members_of_{name}'), ('member_count', str(len(items)))]
        self.object(head, fields)

    def names_of(self, member):
        """On the wire, and in forms where that is another one. ec2's documents begin names in lower case, its forms in
        upper case: https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html#query-key-resolution"""
        if self.service.speaks('ec2') and not member.number:
            wire = member.wire_name or member.name[:1].lower() + member.name[1:]
            return wire, member.form_name or wire[:1].upper() + wire[1:]
        # The document that is the payload has the name of its shape.
        own_name = member.type.name if member.place == 'payload' and member.type.kind == 'structure' else member.name
        return member.wire_name or own_name, member.form_name

    def member(self, member, type_name, struct):
        flags = [flag for flag, is_on in (
            ('WIRE_SECRET', member.is_secret or member.type.is_secret),
            ('WIRE_UNRECORDED', member.is_unrecorded or member.type.is_unrecorded), ('WIRE_NOCASE', member.is_nocase),
            ('WIRE_SEALED', member.is_sealed), ('WIRE_ATTRIBUTE', member.is_attribute), ('WIRE_BARE', member.is_bare),
            ('WIRE_FLATTENED', member.is_flat or member.type.is_flat)) if is_on]
        wire_name, form_name = self.names_of(member)
        parts = [f'.name = {c_str(member.name)}', f'.wire_name = {c_str(wire_name)}',
                 f'.type = &{type_name}', f'.offset = offsetof(struct {struct}, {member_name(member.name)})']
        parts += [f'.form_name = {c_str(form_name)}'] if form_name and form_name != wire_name else []
        parts += [f'.event_name = {c_str(member.event_name)}'] if member.event_name else []
        parts += [f'.number = {member.number}'] if member.number else []
        parts += [f'.flags = {c_flags(flags)}'] if flags else []
        parts += ['.required = true'] if member.is_required else []
        parts += [f'.place = WIRE_IN_{member.place.upper()}'] if member.place else []
        return '{' + ', '.join(parts) + '}'

    # -- Operations -----------------------------------------------------------------------------------------------

    def resources(self):
        for resource in self.service.resources:
            self.object(f'static const struct api_resource resource_{snake(resource.name)}',
                        [('name', c_str(resource.name)), ('find', self.c.finder(resource.name))])

    def operation_parts(self, operation):
        name = snake(operation.name)
        for tail, body in (('in', operation.input), ('out', operation.output)):
            self.structure(f'static const struct wire_type type_of_{name}_{tail}', f'{name}_{tail}', body,
                           f'{self.c.prefix}{name}_{tail}', operation.name + {'in': 'Input', 'out': 'Output'}[tail])
        self.array(f'static const struct api_error *const errors_of_{name}',
                   ['&' + self.c.error(error) for error, _ in operation.errors])
        self.array(f'static const struct api_permission permissions_of_{name}',
                   [self.permission(operation, allow) for allow in operation.allows])
        self.array(f'static const struct api_key keys_of_{name}',
                   [f'{{.name = {c_str(key.name)}, .member = {self.input_member(operation, key.member)}}}'
                    for key in operation.keys])

    @staticmethod
    def input_member(operation, name):
        at = [m.name for m in operation.input.members].index(name)
        return f'&members_of_{snake(operation.name)}_in[{at}]'

    def permission(self, operation, allow):
        parts = [f'.action = {c_str(allow.action)}']
        if allow.resource:
            parts.append(f'.resource = &resource_{snake(allow.resource)}')
        if allow.args:
            args = ', '.join(self.input_member(operation, arg) for arg in allow.args)
            parts += [f'.args = {{{args}}}', f'.arg_count = {len(allow.args)}']
        if allow.when:
            parts.append(f'.when = {self.input_member(operation, allow.when)}')
        if allow.unless:
            parts.append(f'.unless = {self.input_member(operation, allow.unless)}')
        return '{' + ', '.join(parts) + '}'

    def operation_table(self):
        if not self.operations:
            return
        self.add('', 'static const struct api_operation all_operations[] = {')
        for operation in self.operations:
            fields = self.operation_fields(operation)
            self.add('        {', *[f'                .{key} = {value},' for key, value in fields if value], '        },')
        self.add('};')

    def operation_fields(self, operation):
        name, words = snake(operation.name), operation.words
        method, uri, status = operation.http or ('', '', 0)
        is_query = self.service.speaks('query')
        return [
            ('service', f'&{self.c.prefix}service'), ('name', c_str(operation.name)),
            ('event_name', c_str(operation.event or operation.name)), ('is_write', true(operation.is_write())), ('event_read_only', true('write' not in words or 'readonly' in words)),
            ('is_planned', true('planned' in words)), ('is_public', true('public' in words)),
            ('is_sign_in', true('sign-in' in words)), ('is_page', true('page' in words)),
            ('needs_no_permission', true('free' in words)), ('needs_sum', true(operation.input.is_summed)),
            ('takes_compressed', true('compressed' in words)), ('is_enclosed', true('enclosed' in words)),
            ('audit', 'API_AUDIT_DATA' if 'data' in words else 'API_AUDIT_MANAGEMENT'),
            ('http_method', c_str(method) if method else ''), ('http_uri', c_str(uri) if uri else ''),
            ('http_status', str(status) if status else ''),
            ('input', f'&type_of_{name}_in'), ('output', f'&type_of_{name}_out'),
            ('has_result_wrapper', true(is_query and operation.has_result)),
            *counted('errors', 'error_count', f'errors_of_{name}', operation.errors),
            *counted('permissions', 'permission_count', f'permissions_of_{name}', operation.allows),
            *counted('keys', 'key_count', f'keys_of_{name}', operation.keys),
            ('prepare', f'(void (*)(void)){self.c.operation(operation)}_prepare' if 'slow' in words else ''),
            ('receive', f'(void (*)(void)){self.c.operation(operation)}_receive' if operation.receives() else ''),
            ('handler', '' if operation.is_planned() else f'(void (*)(void)){self.c.operation(operation)}')]

    # -- Routes ---------------------------------------------------------------------------------------------------

    def routes(self):
        if not self.service.is_rest():
            return
        order = {operation.name: at for at, operation in enumerate(self.operations)}
        self.array('static const struct api_route all_routes',
                   [self.route(one, order[one.operation.name]) for one in uris.routes(self.service)])

    def route(self, one, number):
        name = snake(one.operation.name)
        self.array(f'static const struct api_segment segments_of_{name}',
                   [self.segment(one.operation, *segment) for segment in one.segments])
        self.array(f'static const struct str_pair query_of_{name}',
                   [f"{{.key = {c_str(key)}{'' if value is None else f', .value = {c_str(value)}'}}}" for key, value in one.query])
        self.array(f'static const struct wire_member *const asks_of_{name}',
                   [self.input_member(one.operation, member.name) for member in one.asks])
        fields = [('operation', f'&all_operations[{number}]'), *counted('segments', 'segment_count', f'segments_of_{name}', one.segments),
                  *counted('query', 'query_count', f'query_of_{name}', one.query),
                  *counted('asks', 'ask_count', f'asks_of_{name}', one.asks)]
        return '{' + ', '.join(f'.{field} = {value}' for field, value in fields) + '}'

    def segment(self, operation, literal, member, is_greedy):
        if literal:
            return f'{{.literal = {c_str(literal)}}}'
        greedy = ', .is_greedy = true' if is_greedy else ''
        return f'{{.label = {self.input_member(operation, member)}{greedy}}}'

    # -- Records --------------------------------------------------------------------------------------------------

    def records(self):
        for record in self.service.records:
            self.record(record)
        self.array('static const struct record_type *const all_records',
                   [f'&{self.c.record(record)}_type' for record in self.service.records])

    def record(self, record):
        name, struct = snake(record.name) + '_record', self.c.record(record)
        self.structure(f'static const struct wire_type type_of_{name}', name, record.type, struct, record.name)
        self.array(f'static const struct record_index indexes_of_{name}', [self.index(record, i) for i in record.indexes])
        for at, index in enumerate(record.indexes):
            self.add('', f'const struct record_index *const {self.c.index(record, index)} = &indexes_of_{name}[{at}];')
        self.object(f'const struct record_type {struct}_type', [
            ('name', c_str(record.name)), ('id', f'{self.service.number}U << 16 | {record.number}U'),
            ('type', f'&type_of_{name}'), ('key', self.fields(record, record.key)), ('key_count', str(len(record.key))),
            *counted('indexes', 'index_count', f'indexes_of_{name}', record.indexes),
            ('resource_type', c_str(record.resource_type) if record.resource_type else '')])

    @staticmethod
    def fields(record, names):
        order = [m.name for m in record.type.members]
        array = f'members_of_{snake(record.name)}_record'
        return '{' + ', '.join(f'&{array}[{order.index(name)}]' for name in names) + '}'

    def index(self, record, index):
        unique = ', .is_unique = true' if index.is_unique else ''
        return (f'{{.name = {c_str(index.name)}, .id = {index.number}, .members = {self.fields(record, index.members)}, '
                f'.member_count = {len(index.members)}{unique}}}')

    # -- Timers and notes ----------------------------------------------------------------------------------------------

    def timers(self):
        self.array('static const struct api_timer all_timers',
                   [f'{{.name = {c_str(timer.name)}, .fire = {self.c.timer(timer)}'
                    f'{", .prepare = " + self.c.timer_prepare(timer) if timer.is_slow else ""}'
                    f'{", .is_at_start = true" if timer.is_at_start else ""}}}' for timer in self.service.timers])
        self.array('static const struct api_note all_notes',
                   [f'{{.name = {c_str(note.name)}, .noted = {self.c.note(note)}}}' for note in self.service.notes])

    # -- The service ----------------------------------------------------------------------------------------------

    def service_table(self):
        service, words = self.service, self.service.words
        self.object(f'const struct api_service {self.c.prefix}service', [
            ('name', c_str(service.name)), ('signing_name', c_str(words.get('signing', service.name))),
            ('endpoint_prefix', c_str(words.get('endpoint', service.name))), ('event_source', c_str(words['audit'])),
            ('title', c_str(words['title'])), ('protocol', PROTOCOLS[service.protocol]),
            ('protocols', ' | '.join(f'1U << {PROTOCOLS[protocol]}' for protocol in service.protocols)),
            ('version', c_str(words['version'])),
            ('target_prefix', c_str(' '.join(service.targets)) if service.targets else ''),
            ('xml_namespace', c_str(words['namespace']) if 'namespace' in words else ''),
            ('path_member', c_str(words['path-names']) if 'path-names' in words else ''),
            ('denied', '&' + self.c.error(words['denied']) if 'denied' in words else ''),
            ('invalid', '&' + self.c.error(words['invalid']) if 'invalid' in words else ''),
            ('missing', '&' + self.c.error(words['missing']) if 'missing' in words else ''),
            ('told_actions', c_str(words['told-actions']) if 'told-actions' in words else ''),
            ('quotes_resources', true(service.quotes_resources)),
            ('has_fractions', true(service.has_fractions)),
            ('dry_run', '&' + self.c.error(words['dry-run']) if 'dry-run' in words else ''),
            ('is_global', true(service.is_global)), ('has_s3_errors', true(service.has_s3_errors)),
            ('has_bare_errors', true(service.has_bare_errors)),
            ('marks', c_str(' '.join(service.marks)) if service.marks else ''),
            ('has_virtual_hosts', true(service.has_virtual_hosts)), ('has_websites', true(service.has_websites)),
            ('takes_anonymous', true(service.takes_anonymous)),
            ('settle_address', self.c.settle_address() if service.has_addresses else ''),
            ('cross_origin', self.c.cross_origin() if service.has_cross_origin else ''),
            ('document_prefix', c_str(service.document_prefix) if service.document_prefix else ''),
            ('show_document', self.c.show_document() if service.document_prefix else ''),
            ('log_access', self.c.log_access() if service.logs_accesses else ''),
            ('own_host', c_str(service.own_host) if service.own_host else ''),
            ('own_path', c_str(service.own_path) if service.own_path else ''),
            *counted('operations', 'operation_count', 'all_operations', service.operations),
            *counted('routes', 'route_count', 'all_routes', service.operations if service.is_rest() else ()),
            *counted('errors', 'error_count', 'all_errors', service.errors),
            *counted('records', 'record_count', 'all_records', service.records),
            *counted('timers', 'timer_count', 'all_timers', service.timers),
            *counted('notes', 'note_count', 'all_notes', service.notes)])


def true(condition):
    return 'true' if condition else ''


def counted(field, count, name, items):
    return [(field, name), (count, str(len(items)))] if items else []
