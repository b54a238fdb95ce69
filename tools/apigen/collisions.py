"""Two things of an .api file that would have the same name in C."""

from .ctypes_of import CTypes, all_types, bodies
from .model import ApiError


def check_collisions(service):
    return Collisions(service).check()


class Collisions:
    def __init__(self, service):
        self.service = service
        self.c = CTypes(service)
        self.seen = {}
        self.problems = []

    def check(self):
        self.identifiers()
        self.structs()
        return self.problems

    def claim(self, space, name, what, position):
        first = self.seen.setdefault((space, name), what)
        if first != what:
            self.problems.append(ApiError(position, f'{what} and {first} are both {name} in C'))

    def identifiers(self):
        service, c = self.service, self.c
        self.claim('name', c.prefix + 'service', f'service {service.name}', service.position)
        for shape in service.types:
            self.claim('name', c.type(shape), f"type '{shape.name}'", shape.position)
        for error in service.errors:
            self.claim('name', c.error(error.name), f"error '{error.name}'", error.position)
        for operation in service.operations:
            self.claim('name', c.operation(operation), f"operation '{operation.name}'", operation.position)
        for resource in service.resources:
            self.claim('name', c.finder(resource.name), f"resource '{resource.name}'", resource.position)
        for timer in service.timers:
            self.claim('name', c.timer(timer), f"timer '{timer.name}'", timer.position)
            if timer.is_slow:
                self.claim('name', c.timer_prepare(timer), f"timer '{timer.name}'", timer.position)
        for note in service.notes:
            self.claim('name', c.note(note), f"note '{note.name}'", note.position)
        for record in service.records:
            self.claim('name', c.record(record) + '_type', f"record '{record.name}'", record.position)
            for index in record.indexes:
                self.claim('name', c.index(record, index), f"index '{record.name} {index.name}'", index.position)

    def structs(self):
        for shape in all_types(self.service):
            if shape.kind == 'structure' and shape.name:
                self.claim('struct', self.c.name(shape), f"structure '{shape.name}'", shape.position)
            elif shape.kind in ('list', 'map'):
                what = f'{shape.kind} of {self.c.name(shape.element)}'
                self.claim('struct', self.c.name(shape), what, shape.position)
            if shape.kind == 'map':
                self.claim('struct', self.c.entry(shape), 'entries of ' + what, shape.position)
        for name, body in bodies(self.service):
            self.claim('struct', self.c.prefix + name, f"'{name}'", body.position)
