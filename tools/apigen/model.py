"""What an .api file says, as plain objects; made by the parser, completed by the checker."""

from dataclasses import dataclass, field
from typing import NamedTuple, Optional

SCALARS = ('string', 'integer', 'long', 'double', 'boolean', 'timestamp', 'blob', 'document', 'stream')
PROTOCOLS = ('query', 'ec2', 'json-1.0', 'json-1.1', 'rest-json', 'rest-xml', 'rpc-v2-cbor')
WITH_TARGETS = ('json-1.0', 'json-1.1', 'rpc-v2-cbor')
PLACES = ('path', 'query', 'header', 'headers', 'payload', 'status')
TIMES = ('iso', 'epoch', 'http')

# Limits of src/wire/descriptor.h.
RESOURCE_ARGS = 3
URI_SEGMENTS = 16      # of src/wire/wire.h: WIRE_MAX_SEGMENTS
RECORD_KEY_MEMBERS = 4
RECORD_INDEXES = 6


class Position(NamedTuple):
    file: str
    line: int

    def __str__(self):
        return f'{self.file}:{self.line}'


class ApiError(Exception):
    """A mistake in an .api file."""

    def __init__(self, position, message):
        super().__init__(f'{position}: {message}')
        self.position = position
        self.message = message


@dataclass
class Type:
    """A shape. `kind` is a scalar, enum, list, map, structure, or ref: a name that the checker resolves."""
    kind: str
    position: Position
    name: str = ''             # of a declared shape, or of the one referred to; empty: written in place
    low: Optional[int] = None
    high: Optional[int] = None
    pattern: Optional[str] = None
    says: Optional[str] = None  # what a service says, in place of the constraint, of a value that breaks it
    fails: str = ''            # rest-xml: the error of such a value; empty: the protocol's
    is_secret: bool = False
    is_unrecorded: bool = False     # left out of events
    values: list = field(default_factory=list)
    members: list = field(default_factory=list)
    is_union: bool = False
    element: Optional['Type'] = None
    key: Optional['Type'] = None
    time: str = ''
    is_flat: bool = False
    item_name: str = ''
    key_name: str = ''
    root: str = ''             # of an input or output: the name of its XML document
    is_unwrapped: bool = False  # of an output: its only member is the XML document
    is_summed: bool = False    # of an input: its body comes with a sum
    is_form: bool = False      # of an input: its body is an HTML form's
    namespace: tuple = ()      # (prefix, URI) that the XML element of a structure declares

    def is_text(self):
        return self.kind in ('string', 'enum')

    def member(self, name):
        return next((m for m in self.members if m.name == name), None)

    def expression(self):
        """As it is written, without limits: what a stored value depends on."""
        if self.kind == 'list':
            return f'list<{self.element.expression()}>'
        if self.kind == 'map':
            return f'map<{self.key.expression()},{self.element.expression()}>'
        if self.kind == 'structure':
            return self.name
        return 'string' if self.kind == 'enum' else self.kind


@dataclass
class Member:
    name: str
    type: Type
    position: Position
    is_required: bool = False
    is_secret: bool = False
    is_unrecorded: bool = False
    is_sealed: bool = False         # of a record: under the master key, bound to the record's name
    is_nocase: bool = False
    is_flat: bool = False
    is_attribute: bool = False      # of the XML element that the structure is
    wire_name: str = ''
    form_name: str = ''             # in the query protocol, where the service speaks another one too; in ec2's forms
    event_name: str = ''            # ec2: in events
    is_bare: bool = False           # ec2: a list that is an array in events, without "items"
    item_name: str = ''
    key_name: str = ''
    place: str = ''
    number: int = 0


@dataclass
class Error:
    name: str
    status: int
    position: Position
    code: str = ''
    is_receiver: bool = False
    query_code: str = ''            # in the query protocol, where the service speaks another one too
    query_status: int = 0


@dataclass
class Resource:
    name: str
    position: Position


@dataclass
class Timer:
    """What falls due; its name is that of the event. is_slow: it has a part that is done before its transaction."""
    name: str
    position: Position
    is_slow: bool = False
    is_at_start: bool = False           # also once whenever the server starts, about nothing


@dataclass
class Note:
    """What a service stores with the event of a call."""
    name: str
    position: Position


@dataclass
class Allow:
    action: str
    position: Position
    resource: str = ''
    args: list = field(default_factory=list)
    when: str = ''
    unless: str = ''


@dataclass
class Key:
    name: str
    member: str
    position: Position


@dataclass
class Operation:
    name: str
    position: Position
    words: list = field(default_factory=list)
    allows: list = field(default_factory=list)
    keys: list = field(default_factory=list)
    input: Optional[Type] = None
    output: Optional[Type] = None
    has_result: bool = False                        # `out` is said, be it empty
    errors: list = field(default_factory=list)      # (name, position)
    http: Optional[tuple] = None                    # (method, uri, status)
    http_position: Optional[Position] = None
    event: str = ''                                 # eventName, where it is not the operation's

    def is_write(self):
        return 'write' in self.words or 'readonly' in self.words

    def is_planned(self):
        return 'planned' in self.words

    def receives(self):
        """Its body goes to where the service says, as it comes."""
        return not self.is_planned() and any(m.type.kind == 'stream' for m in self.input.members)


@dataclass
class Index:
    number: int
    name: str
    members: list
    position: Position
    is_unique: bool = False


@dataclass
class Record:
    name: str
    number: int
    position: Position
    resource_type: str = ''
    type: Optional[Type] = None
    key: list = field(default_factory=list)
    key_position: Optional[Position] = None
    indexes: list = field(default_factory=list)


@dataclass
class Service:
    name: str
    position: Position
    words: dict = field(default_factory=dict)       # number, version, ...; protocol: the first one
    protocols: list = field(default_factory=list)
    targets: list = field(default_factory=list)
    is_global: bool = False
    quotes_resources: bool = False      # texts of denials quote resources
    has_fractions: bool = False         # of seconds, in XML
    has_s3_errors: bool = False         # speaks S3's errors
    has_bare_errors: bool = False       # <Error> without <ErrorResponse> around it
    marks: list = field(default_factory=list)       # headers that tell it from others of its signing name
    has_virtual_hosts: bool = False     # the first label of a path may stand in the host name
    has_websites: bool = False          # hosts of its own show what is stored as websites
    takes_anonymous: bool = False       # unsigned callers are asked of policies like others
    has_addresses: bool = False         # says what the names in requests mean
    document_prefix: str = ''           # of paths at which it shows documents to everybody
    has_cross_origin: bool = False      # says what browsers may ask for pages of other origins
    logs_accesses: bool = False         # keeps logs of requests for its customers
    own_host: str = ''                  # the first word of hosts that are its own
    own_path: str = ''                  # what its paths begin with on all others
    errors: list = field(default_factory=list)
    types: list = field(default_factory=list)       # declared shapes
    resources: list = field(default_factory=list)
    operations: list = field(default_factory=list)
    records: list = field(default_factory=list)
    timers: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    @property
    def number(self):
        return self.words['number']

    @property
    def protocol(self):
        return self.words['protocol']

    def speaks(self, *protocols):
        return any(protocol in protocols for protocol in self.protocols)

    def is_rest(self):
        return self.words.get('protocol', '').startswith('rest-')
