"""From words to a model.Service. Stops at the first mistake of grammar; meaning is the checker's."""

from .lexer import Lexer
from .model import (PLACES, PROTOCOLS, SCALARS, TIMES, Allow, ApiError, Error, Index, Key, Member, Note, Operation, Record,
                    Resource, Service, Timer, Type)

SERVICE_WORDS = ('number', 'version', 'title', 'audit', 'signing', 'endpoint', 'namespace', 'path-names', 'denied',
                 'invalid', 'missing', 'told-actions', 'dry-run')
OPERATION_WORDS = ('read', 'write', 'readonly', 'data', 'planned', 'public', 'free', 'slow', 'sign-in', 'page', 'compressed', 'enclosed')
OPERATION_PARTS = ('http', 'event', 'allow', 'key', 'in', 'out', 'errors')
INT64_MIN, INT64_MAX = -2**63, 2**63 - 1


def parse_file(path, shown_as=None):
    with open(path, encoding='utf-8') as file:
        return parse(shown_as or str(path), file.read())


def parse(file, source):
    return Parser(Lexer(file, source)).service()


class Parser:
    def __init__(self, lexer):
        self.lexer = lexer

    # -- Words --------------------------------------------------------------------------------------------------

    def is_sign(self, sign):
        token = self.lexer.peek()
        return token.kind == 'sign' and token.text == sign

    def take_sign(self, sign):
        if self.is_sign(sign):
            self.lexer.next()
            return True
        return False

    def sign(self, sign):
        token = self.lexer.next()
        if token.kind != 'sign' or token.text != sign:
            raise ApiError(token.position, f"expected '{sign}', found {token}")
        return token

    def is_word(self, *words):
        token = self.lexer.peek()
        return token.kind == 'word' and token.text in words

    def take_word(self, *words):
        return self.lexer.next() if self.is_word(*words) else None

    def word(self, what):
        token = self.lexer.next()
        if token.kind != 'word':
            raise ApiError(token.position, f'expected {what}, found {token}')
        return token

    def text(self, what):
        """A word, or a text in quotes."""
        token = self.lexer.next()
        if token.kind not in ('word', 'text'):
            raise ApiError(token.position, f'expected {what}, found {token}')
        return token

    def number(self, what):
        token = self.word(what)
        return self.integer(token, token.text, what)

    @staticmethod
    def integer(token, text, what):
        digits = text[1:] if text.startswith('-') else text
        if not (digits.isascii() and digits.isdigit()):
            raise ApiError(token.position, f"expected {what}, found '{text}'")
        if not INT64_MIN <= int(text) <= INT64_MAX:
            raise ApiError(token.position, f'{text} does not fit in 64 bits')
        return int(text)

    def names(self, what):
        """`(a, b)`, at least one."""
        self.sign('(')
        out = [self.text(what).text]
        while self.take_sign(','):
            out.append(self.text(what).text)
        self.sign(')')
        return out

    # -- The file -----------------------------------------------------------------------------------------------

    def service(self):
        token = self.word("'service'")
        if token.text != 'service':
            raise ApiError(token.position, f"the file begins with 'service', not with {token}")
        service = self.service_block()
        parts = {'error': self.error, 'type': self.type, 'resource': self.resource, 'op': self.operation,
                 'record': self.record, 'timer': self.timer, 'note': self.note}
        while self.lexer.peek().kind != 'end':
            token = self.word('a declaration')
            if token.text not in parts:
                raise ApiError(token.position, f'unknown word {token}: expected error, type, resource, timer, note, op or record')
            parts[token.text](service, token.position)
        return service

    def service_block(self):
        name = self.word("the service's name")
        service = Service(name.text, name.position)
        self.sign('{')
        while not self.take_sign('}'):
            self.service_word(service, self.word('a word of the service'))
        return service

    def service_word(self, service, token):
        if token.text == 'target':
            service.targets.append(self.text('a target prefix').text)
        elif token.text == 'protocol':
            self.protocol(service)
        elif token.text == 'global':
            service.is_global = True
        elif token.text == 'fractions':
            service.has_fractions = True
        elif token.text == 'bare-errors':
            service.has_s3_errors = service.has_bare_errors = True
        elif token.text == 'wrapped-errors':
            service.has_s3_errors = True
        elif token.text == 'marked':
            service.marks.append(self.text('a header').text)
        elif token.text == 'virtual-hosts':
            service.has_virtual_hosts = True
        elif token.text == 'websites':
            service.has_websites = True
        elif token.text == 'quoted-resources':
            service.quotes_resources = True
        elif token.text == 'anonymous':
            service.takes_anonymous = True
        elif token.text == 'addresses':
            service.has_addresses = True
        elif token.text == 'cross-origin':
            service.has_cross_origin = True
        elif token.text == 'documents':
            service.document_prefix = self.text('what their paths begin with').text
        elif token.text == 'access-logs':
            service.logs_accesses = True
        elif token.text == 'own-place':
            service.own_host = self.text('the first word of its hosts').text
            service.own_path = self.text('what its paths begin with on other hosts').text
        elif token.text not in SERVICE_WORDS:
            raise ApiError(token.position, f'unknown word {token} in service')
        elif token.text in service.words:
            raise ApiError(token.position, f'{token} is said twice')
        elif token.text == 'number':
            service.words['number'] = self.number("the service's number")
        else:
            service.words[token.text] = self.text(f'a value for {token}').text

    def protocol(self, service):
        value = self.text("a value for 'protocol'")
        if value.text not in PROTOCOLS:
            raise ApiError(value.position, f"unknown protocol {value}: expected {', '.join(PROTOCOLS)}")
        if value.text in service.protocols:
            raise ApiError(value.position, f'protocol {value} is said twice')
        service.protocols.append(value.text)
        service.words.setdefault('protocol', value.text)

    def error(self, service, position):
        error = Error(self.word("the error's name").text, self.number('an HTTP status'), position)
        while self.is_word('code', 'receiver', 'query'):
            word = self.lexer.next().text
            if word == 'receiver':
                error.is_receiver = True
            elif word == 'query':
                error.query_code, error.query_status = self.text('an error code').text, self.number('an HTTP status')
            else:
                error.code = self.text('an error code').text
        service.errors.append(error)

    def resource(self, service, position):
        service.resources.append(Resource(self.word("the resource's name").text, position))

    def timer(self, service, position):
        timer = Timer(self.word("the timer's name").text, position)
        timer.is_slow = self.take_word('slow') is not None
        timer.is_at_start = self.take_word('at-start') is not None
        service.timers.append(timer)

    def note(self, service, position):
        service.notes.append(Note(self.word("the note's name").text, position))

    # -- Types --------------------------------------------------------------------------------------------------

    def type(self, service, position):
        name = self.word("the type's name")
        if self.is_sign('{') or (self.is_word('union')):
            is_union = self.take_word('union') is not None
            shape = Type('structure', position, members=self.members(), is_union=is_union)
        else:
            shape = self.type_expression()
            if shape.kind == 'ref':
                raise ApiError(position, f"unknown type '{shape.name}': a type is not declared as another type")
        shape.name = name.text
        shape.position = position
        self.type_words(shape)
        service.types.append(shape)

    def type_words(self, shape):
        while True:
            token = self.lexer.peek()
            if token.kind != 'word':
                return
            if token.text == 'secret':
                self.lexer.next()
                shape.is_secret = True
            elif token.text == 'unrecorded':
                self.lexer.next()
                shape.is_unrecorded = True
            elif token.text == 'pattern':
                self.lexer.next()
                shape.pattern = self.text('a pattern').text
            elif token.text == 'says':
                self.lexer.next()
                shape.says = self.text('what is said of a value that does not match').text
            elif token.text == 'fails':
                self.lexer.next()
                shape.fails = self.word("the error's name").text
            elif token.text in TIMES and shape.kind == 'timestamp':
                shape.time = self.lexer.next().text
            elif token.text.startswith('@'):
                self.layout(shape, self.lexer.next())
            else:
                return

    def layout(self, owner, token):
        """@flat, @item NAME, @key NAME: of a type, or of one member; @namespace PREFIX URI: of a type."""
        if token.text == '@flat':
            owner.is_flat = True
        elif token.text == '@item':
            owner.item_name = self.text('a name for the items').text
        elif token.text == '@key':
            owner.key_name = self.text('a name for the keys').text
        elif token.text == '@namespace' and isinstance(owner, Type):
            owner.namespace = (self.text('a prefix').text, self.text('a URI').text)
        else:
            raise ApiError(token.position, f'unknown word {token}')

    def type_expression(self):
        token = self.word('a type')
        shape = Type('ref', token.position)
        if token.text in SCALARS:
            shape.kind = token.text
        elif token.text == 'enum':
            shape.kind, shape.values = 'enum', self.enum_values()
        elif token.text == 'list':
            shape.kind = 'list'
            self.sign('<')
            shape.element = self.type_expression()
            self.sign('>')
        elif token.text == 'map':
            shape.kind = 'map'
            self.sign('<')
            shape.key = self.type_expression()
            self.sign(',')
            shape.element = self.type_expression()
            self.sign('>')
        else:
            shape.name = token.text
        if shape.kind not in ('enum', 'ref') and self.is_sign('('):
            self.range(shape)
        return shape

    def enum_values(self):
        self.sign('{')
        out = []
        while not self.take_sign('}'):
            token = self.text('a value of the enum')
            if token.text in out:
                raise ApiError(token.position, f'value {token} is said twice')
            out.append(token.text)
        return out

    def range(self, shape):
        """(min..max), (min..), (..max)"""
        self.sign('(')
        token = self.word('a range')
        low, dots, high = token.text.partition('..')
        if not dots or not low + high:
            raise ApiError(token.position, f"bad range '{token.text}': expected min..max, min.. or ..max")
        shape.low = self.integer(token, low, 'a number') if low else None
        shape.high = self.integer(token, high, 'a number') if high else None
        self.sign(')')

    # -- Members ------------------------------------------------------------------------------------------------

    def members(self):
        self.sign('{')
        out = []
        while not self.take_sign('}'):
            token = self.text('a member')
            out.append(self.member(token))
        return out

    def member(self, token):
        member = Member(token.text, self.type_expression(), token.position)
        while True:
            ahead = self.lexer.peek()
            if self.take_sign('!'):
                member.is_required = True
            elif self.take_word('secret'):
                member.is_secret = True
            elif self.take_word('unrecorded'):
                member.is_unrecorded = True
            elif self.take_word('sealed'):
                member.is_sealed = True
            elif self.take_word('nocase'):
                member.is_nocase = True
            elif ahead.kind == 'word' and ahead.text.startswith('@'):
                self.member_place(member, self.lexer.next())
            else:
                return member

    def member_place(self, member, token):
        word = token.text[1:]
        if word == 'wire':
            member.wire_name = self.text('a name').text
        elif word == 'form':
            member.form_name = self.text('a name').text
        elif word == 'event':
            member.event_name = self.text('a name').text
        elif word == 'bare':
            member.is_bare = True
        elif word == 'attribute':
            member.is_attribute, member.wire_name = True, self.text('a name').text
        elif word in PLACES:
            if member.place:
                raise ApiError(token.position, f"member '{member.name}' has two places")
            member.place = word
            if word in ('query', 'header', 'headers'):
                member.wire_name = self.text('a name').text
        else:
            self.layout(member, token)

    # -- Operations ---------------------------------------------------------------------------------------------

    def operation(self, service, position):
        operation = Operation(self.word("the operation's name").text, position)
        while not self.is_sign('{'):
            token = self.word('a word of the operation')
            if token.text not in OPERATION_WORDS:
                raise ApiError(token.position, f"unknown word {token}: expected {', '.join(OPERATION_WORDS)}")
            if token.text in operation.words:
                raise ApiError(token.position, f'{token} is said twice')
            operation.words.append(token.text)
        self.sign('{')
        while not self.take_sign('}'):
            self.operation_part(operation, self.word('a part of the operation'))
        service.operations.append(operation)

    def operation_part(self, operation, token):
        if token.text == 'allow':
            operation.allows.append(self.allow(token.position))
        elif token.text == 'key':
            name = self.text('a condition key')
            self.sign('=')
            operation.keys.append(Key(name.text, self.text('a member').text, token.position))
        elif token.text == 'errors':
            self.operation_errors(operation)
        elif token.text == 'http':
            self.once(operation.http, token)
            operation.http, operation.http_position = self.http(), token.position
        elif token.text == 'event':
            self.once(operation.event or None, token)
            operation.event = self.word('the name of its event').text
        elif token.text == 'in':
            self.once(operation.input, token)
            operation.input = self.body(token.position)
        elif token.text == 'out':
            self.once(operation.output, token)
            operation.output = self.body(token.position)
        else:
            raise ApiError(token.position, f"unknown word {token}: expected {', '.join(OPERATION_PARTS)}")

    def body(self, position):
        """An input or output: `@wire NAME` of its XML document, `@unwrapped`, `@summed` and `@form`."""
        shape = Type('structure', position)
        while not self.is_sign('{'):
            token = self.word("'{'")
            if token.text == '@wire':
                shape.root = self.text('a name').text
            elif token.text == '@unwrapped':
                shape.is_unwrapped = True
            elif token.text == '@summed':
                shape.is_summed = True
            elif token.text == '@form':
                shape.is_form = True
            else:
                raise ApiError(token.position, f'unknown word {token}')
        shape.members = self.members()
        return shape

    @staticmethod
    def once(part, token):
        if part is not None:
            raise ApiError(token.position, f'{token} is said twice')

    def allow(self, position):
        allow = Allow(self.word('an IAM action').text, position)
        if self.take_word('on'):
            allow.resource = self.word('a resource').text
            if self.is_sign('('):
                allow.args = self.names('a member')
        if self.take_word('when'):
            allow.when = self.text('a member').text
        elif self.take_word('unless'):
            allow.unless = self.text('a member').text
        return allow

    def operation_errors(self, operation):
        while self.lexer.peek().kind == 'word' and not self.is_word(*OPERATION_PARTS):
            token = self.lexer.next()
            operation.errors.append((token.text, token.position))

    def http(self):
        method = self.lexer.raw_word().text
        uri = self.lexer.raw_word().text
        ahead = self.lexer.peek()
        status = 200
        if ahead.kind == 'word' and ahead.text.isdigit():
            status = self.number('an HTTP status')
        return method, uri, status

    # -- Records ------------------------------------------------------------------------------------------------

    def record(self, service, position):
        record = Record(self.word("the record's name").text, self.number("the record's number"), position)
        if not self.is_sign('{'):
            record.resource_type = self.word('an AWS resource type').text
        record.type = Type('structure', position, members=self.fields())
        token = self.word("'key'")
        if token.text != 'key':
            raise ApiError(token.position, f"expected 'key', found {token}")
        record.key, record.key_position = self.names('a field'), token.position
        while self.is_word('index'):
            record.indexes.append(self.index(self.lexer.next().position))
        service.records.append(record)

    def fields(self):
        self.sign('{')
        out = []
        while not self.take_sign('}'):
            number = self.number("a field's number")
            member = self.member(self.text("a field's name"))
            member.number = number
            out.append(member)
        return out

    def index(self, position):
        number = self.number("the index's number")
        name = self.word("the index's name").text
        index = Index(number, name, self.names('a field'), position)
        index.is_unique = self.take_word('unique') is not None
        return index
