"""api/<service>.h: structs, and the names that services write and use."""

from .ctypes_of import CTypes, all_types, bodies


def header(service):
    return '\n'.join(Header(service).lines()) + '\n'


class Header:
    def __init__(self, service):
        self.service = service
        self.c = CTypes(service)
        self.shapes = all_types(service)

    def lines(self):
        name = self.service.name
        out = [f'/* Made by tools/apigen.py from api/{name}.api. */', '#pragma once', '',
               '#include "wire/descriptor.h"', '', 'struct arena;', 'struct call;', 'struct resource;', 'struct txn;', '',
               f'extern const struct api_service {self.c.prefix}service;', '']
        for part in (self.forward(), self.containers(), self.entries(), self.structures(), self.bodies(),
                     self.externs(), self.prototypes()):
            out += part + [''] if part else []
        return out[:-1]

    def forward(self):
        """Lists point to their items, so that names are enough."""
        structs = [self.c.name(s) for s in self.shapes if s.kind == 'structure' and s.name]
        entries = [self.c.entry(s) for s in self.shapes if s.kind == 'map' and self.c.entry(s) != 'str_pair']
        return [f'struct {name};' for name in once(structs + entries)]

    def containers(self):
        out = {}
        for shape in self.shapes:
            if shape.kind not in ('list', 'map') or self.c.name(shape) in ('str_list', 'str_map'):
                continue
            item = self.c.value(shape.element) if shape.kind == 'list' else 'struct ' + self.c.entry(shape)
            out[self.c.name(shape)] = struct(self.c.name(shape), [f'{item} *items;', 'size_t count;', 'bool is_set;'])
        return joined(out)

    def structures(self):
        return joined({s.name: self.structure(self.c.name(s), s) for s in self.shapes
                       if s.kind == 'structure' and s.name and self.c.name(s) not in self.before_entries()})

    def before_entries(self):
        """Structures that are values of maps lie in the entries, which come before everything else."""
        return {self.c.name(s.element) for s in self.shapes if s.kind == 'map' and s.element.kind == 'structure'}

    def entries(self):
        out = {}
        for shape in self.shapes:
            if shape.kind != 'map' or self.c.entry(shape) == 'str_pair':
                continue
            if shape.element.kind == 'structure':
                out[self.c.name(shape.element)] = self.structure(self.c.name(shape.element), shape.element)
            fields = ['struct str key;', f'{self.c.value(shape.element)} value;']
            out[self.c.entry(shape)] = struct(self.c.entry(shape), fields)
        return joined(out)

    def bodies(self):
        return joined({name: self.structure(self.c.prefix + name, body) for name, body in bodies(self.service)})

    def structure(self, name, shape):
        return struct(name, [self.c.member(m) for m in shape.members] or ['void *nothing;'])

    def externs(self):
        service, c = self.service, self.c
        out = [f'extern const struct wire_type {c.type(shape)};' for shape in service.types]
        out += [f'extern const struct api_error {c.error(e.name)};' for e in service.errors]
        for record in service.records:
            out.append(f'extern const struct record_type {c.record(record)}_type;')
            out += [f'extern const struct record_index *const {c.index(record, i)};' for i in record.indexes]
        return out

    def prototypes(self):
        """Written by hand in the service's folder."""
        out = []
        for operation in self.service.operations:
            if not operation.is_planned():
                name = self.c.operation(operation)
                out.append(f'int {name}(struct call *call, const struct {name}_in *in, struct {name}_out *out);')
                if operation.receives():
                    out.append(f'int {name}_receive(struct call *call, const struct {name}_in *in, struct body_sink **ret);')
                if 'slow' in operation.words:
                    out.append(f'int {name}_prepare(struct call *call, const struct {name}_in *in);')
        if self.service.has_addresses:
            out.append(f'int {self.c.settle_address()}(struct call *call, void *in);')
        if self.service.has_cross_origin:
            out.append(f'int {self.c.cross_origin()}(struct call *call, const struct api_cross_origin *asked);')
        if self.service.document_prefix:
            out.append(f'int {self.c.show_document()}(struct call *call, struct str path, struct api_document *ret);')
        if self.service.logs_accesses:
            out.append(f'int {self.c.log_access()}(struct call *call, const struct api_access *access);')
        for resource in self.service.resources:
            finder = self.c.finder(resource.name)
            out.append(f'int {finder}(struct call *call, const struct str *args, struct resource *ret);')
        out += [f'int {self.c.timer(timer)}(struct call *call, struct str subject);' for timer in self.service.timers]
        out += [f'int {self.c.timer_prepare(timer)}(struct call *call, struct str subject);'
                for timer in self.service.timers if timer.is_slow]
        out += [f'int {self.c.note(note)}(struct txn *txn, struct arena *arena, struct str subject, '
                f'const struct api_noted *noted);' for note in self.service.notes]
        return out


def once(items):
    return list(dict.fromkeys(items))


def struct(name, fields):
    return [f'struct {name} {{'] + ['        ' + field for field in fields] + ['};']


def joined(structs):
    """With an empty line between."""
    return [line for lines in structs.values() for line in lines + ['']][:-1]
