"""Which C type holds a value. Containers are named after what they hold, whatever their shape is called."""

from .names import member_name, snake

VALUES = {'string': 'str', 'enum': 'str', 'blob': 'str', 'document': 'str', 'stream': 'str', 'boolean': 'opt_bool',
          'integer': 'opt_int', 'long': 'opt_int', 'timestamp': 'opt_int', 'double': 'opt_double'}


class CTypes:
    def __init__(self, service):
        self.prefix = snake(service.name) + '_'

    def name(self, shape):
        """Of the C struct that is a value in place, without the word struct."""
        if shape.kind == 'structure':
            return self.prefix + snake(shape.name)
        if shape.kind not in ('list', 'map'):
            return VALUES[shape.kind]
        tail = '_' + shape.kind
        inner = self.name(shape.element)
        if inner == 'str':
            return 'str' + tail
        return self.prefix + inner.removeprefix(self.prefix) + tail

    def value(self, shape):
        return 'struct ' + self.name(shape)

    def entry(self, shape):
        """Of the entries of a map."""
        inner = self.name(shape.element)
        return 'str_pair' if inner == 'str' else self.prefix + inner.removeprefix(self.prefix) + '_entry'

    def member(self, member):
        """The declaration of a member."""
        star = '*' if member.type.kind == 'structure' else ''
        return f'{self.value(member.type)} {star}{member_name(member.name)};'

    # -- What a service defines -------------------------------------------------------------------------------

    def operation(self, operation):
        return self.prefix + snake(operation.name)

    def record(self, record):
        return self.prefix + snake(record.name) + '_record'

    def error(self, error_name):
        return self.prefix + snake(error_name)

    def finder(self, resource_name):
        return self.prefix + snake(resource_name) + '_resource'

    def settle_address(self):
        return self.prefix + 'settle_address'

    def cross_origin(self):
        return self.prefix + 'cross_origin'

    def show_document(self):
        return self.prefix + 'show_document'

    def log_access(self):
        return self.prefix + 'log_access'

    def timer(self, timer):
        return self.prefix + snake(timer.name) + '_due'

    def timer_prepare(self, timer):
        return self.prefix + snake(timer.name) + '_prepare'

    def note(self, note):
        return self.prefix + snake(note.name) + '_noted'

    def index(self, record, index):
        return self.prefix + snake(record.name) + '_' + snake(index.name)

    def type(self, shape):
        return self.prefix + snake(shape.name) + '_type'


def bodies(service):
    """The structures without a shape: inputs, outputs, records; as (C name without prefix, structure)."""
    out = []
    for operation in service.operations:
        out.append((snake(operation.name) + '_in', operation.input))
        out.append((snake(operation.name) + '_out', operation.output))
    return out + [(snake(record.name) + '_record', record.type) for record in service.records]


def all_types(service):
    """Every type that occurs, declared or in place, inner ones first; each once."""
    seen, out = set(), []

    def visit(shape):
        if shape is None or id(shape) in seen:
            return
        seen.add(id(shape))
        for inner in [shape.element, shape.key] + [m.type for m in shape.members]:
            visit(inner)
        out.append(shape)

    for shape in service.types + [body for _, body in bodies(service)]:
        visit(shape)
    return out
