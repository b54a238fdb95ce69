"""The surface: what clients and stored data depend on, one line an item, sorted. Committed, so that a change shows.

Stored data have no second chance: a field's number, type or case rule, a record's key and an index's members never
change, and a number that was once given is never given again. Numbers that are gone stay in the file as `retired`.

    retired iam record 3 Group           retired iam field 1.4 path         retired iam index 2 by_path
"""

import difflib
import re

from .ctypes_of import all_types


def surface(services, old_text):
    """The new text, with what was retired before and what is retired now."""
    lines = set()
    for service in services:
        lines |= set(service_lines(service))
    old, new = Stored(old_text.splitlines()), Stored(lines)
    return '\n'.join(sorted(lines | set(new.retired_from(old)))) + '\n'


def differences(old_text, new_text, name):
    return list(difflib.unified_diff(old_text.splitlines(), new_text.splitlines(), name, name + ' (now)', lineterm=''))


def service_lines(service):
    out = [f'service {service.name} number {service.number} {",".join(service.protocols)} {service.words["version"]} '
           f'{service.words["audit"]}']
    out += [error_line(service, error) for error in service.errors]
    out += [operation_line(service, operation) for operation in service.operations]
    out += [record_line(service, record) for record in service.records]
    out += [f'timer {service.name} {timer.name}' for timer in service.timers]
    out += [f'note {service.name} {note.name}' for note in service.notes]
    return out + stored_lines(service)


def error_line(service, error):
    return f'error {service.name} {error.name} {error.code} {error.status}' + (
        ' receiver' if error.is_receiver else '') + (f' query {error.query_code} {error.query_status}' if error.query_code else '')


def operation_line(service, operation):
    parts = ['op', service.name, operation.name, *sorted(operation.words)]
    parts += [' '.join(operation.http[:2] + (str(operation.http[2]),))] if operation.http else []
    parts += [allow_text(allow) for allow in operation.allows]
    parts += [f'key {key.name}={key.member}' for key in operation.keys]
    parts += [f'event {operation.event}'] if operation.event else []
    errors = sorted(name for name, _ in operation.errors)
    return ' '.join(parts + (['errors'] + errors if errors else []))


def allow_text(allow):
    text = allow.action
    if allow.resource:
        text += f" on {allow.resource}({','.join(allow.args)})"
    return text + (f' when {allow.when}' if allow.when else '') + (f' unless {allow.unless}' if allow.unless else '')


def record_line(service, record):
    parts = ['record', service.name, record.name, str(record.number), record.resource_type or '-',
             f"key({','.join(record.key)})"]
    for index in record.indexes:
        parts.append(f"index:{index.number}:{index.name}({','.join(index.members)})" + (':unique' if index.is_unique else ''))
    for member in sorted(record.type.members, key=lambda m: m.number):
        nocase = ':nocase' if member.is_nocase else ''
        parts.append(f'field:{member.number}:{member.name}:{member.type.expression()}{nocase}')
    return ' '.join(parts)


def stored_lines(service):
    """Structures inside records are stored by the names of their members."""
    holder = type(service)(service.name, service.position, records=service.records)
    return [' '.join(['stored', service.name, shape.name, *(f'{m.name}:{m.type.expression()}' for m in shape.members)])
            for shape in all_types(holder) if shape.kind == 'structure' and shape.name]


# -- What may not change ----------------------------------------------------------------------------------------

class Stored:
    """What lines of a surface say of stored data."""

    def __init__(self, lines):
        self.numbers = {}       # (service, what, number): what a number stands for, and the line to retire it
        self.services = {}      # number: name
        self.members = {}       # (service, shape, member): type
        self.timers = set()     # (service, timer): rows that wait for their hour name it
        self.retired = {}       # (service, what, number): the line
        for line in lines:
            words = line.split(' ')
            read = {'service': self.service, 'record': self.record, 'stored': self.stored, 'timer': self.timer,
                    'retired': self.retire}
            if words[0] in read:
                read[words[0]](words, line)

    def service(self, words, _):
        self.services[words[3]] = words[1]

    def record(self, words, _):
        service, name, number, _, key = words[1:6]
        fields = [word[len('field:'):].split(':', 2) for word in words[6:] if word.startswith('field:')]
        numbers = {member: field for field, member, _ in fields}
        self.numbers[service, 'record', number] = f'{name} {numbered(key, numbers)}'
        for field, member, kind in fields:
            self.numbers[service, 'field', f'{number}.{field}'] = f'{member} {kind}'
        for word in words[6:]:
            if word.startswith('index:'):
                _, index, rest = word.split(':', 2)
                title, _, members = rest.partition('(')
                self.numbers[service, 'index', index] = f"{title} of record {number} {numbered('(' + members, numbers)}"

    def stored(self, words, _):
        for word in words[3:]:
            name, kind = word.split(':', 1)
            self.members[words[1], words[2], name] = kind

    def timer(self, words, _):
        self.timers.add((words[1], words[2]))

    def retire(self, words, line):
        self.retired[words[1], words[2], words[3]] = line

    def retired_from(self, old):
        """The lines that keep the memory of numbers that this one no longer has."""
        out = list(old.retired.values())
        for (service, what, number), meaning in old.numbers.items():
            if (service, what, number) not in self.numbers:
                out.append(f"retired {service} {what} {number} {meaning.split(' ')[0]}")
        for (service, shape, name), kind in old.members.items():
            if (service, shape, name) not in self.members:
                out.append(f'retired {service} member {shape}.{name} {kind}')
        return out


def broken_promises(services, old_text):
    """What the new files do to data that are already stored; texts."""
    old = Stored(old_text.splitlines())
    new = Stored([line for service in services for line in service_lines(service)])
    out = []
    for number, name in new.services.items():
        if old.services.get(number, name) != name:
            out.append(f'service number {number} was {old.services[number]}, now {name}')
    for key, meaning in sorted(new.numbers.items()):
        out += changed_number(key, meaning, old)
    here = set(new.services.values())
    out += [f'{service}: timer {timer} is gone, and what waits for its hour would never be done'
            for service, timer in sorted(old.timers - new.timers) if service in here]
    for (service, shape, name), kind in sorted(new.members.items()):
        before = old.members.get((service, shape, name)) or retired_kind(old, service, shape, name)
        if before not in (None, kind):
            out.append(f'{service}: member {shape}.{name}, stored in records, was {before}, now {kind}')
    return out


def numbered(text, numbers):
    """key(a,b) as key(1,2): a field that is renamed stays what it is."""
    return re.sub(r'[^(),]+(?=[,)])', lambda match: numbers[match.group()], text)


def retired_kind(old, service, shape, name):
    line = old.retired.get((service, 'member', f'{shape}.{name}'))
    return line.split(' ')[4] if line else None


def changed_number(key, meaning, old):
    """A name may change; what is said after it may not: key, type, members."""
    service, what, number = key
    if key in old.retired:
        return [f'{service}: {what} {number} was given before and is retired: {old.retired[key]}']
    before = old.numbers.get(key)
    if before and before.split(' ', 1)[1] != meaning.split(' ', 1)[1]:
        return [f'{service}: {what} {number} was {before}, now {meaning}']
    return []
