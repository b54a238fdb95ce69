"""URIs of rest operations: `/{Bucket}/{Key+}?list-type=2`. A segment is a literal or one member; `+` takes what is left."""

import re
from typing import NamedTuple

from .model import URI_SEGMENTS

METHODS = ('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH')
LITERAL = re.compile(r"[A-Za-z0-9._~!$&'()*,;=:@%-]+")
MEMBER = re.compile(r'\{([A-Za-z0-9_.-]+)(\+?)\}')
QUERY = re.compile(r'[A-Za-z0-9._~-]+(=[A-Za-z0-9._~:/-]*)?')


def problems(operation):
    method, uri, status = operation.http
    out = []
    if method not in METHODS:
        out.append(f"unknown HTTP method '{method}'")
    if not 200 <= status <= 299:
        out.append(f'status {status} of a success is not 200 to 299')
    named = []
    path, _, query = uri.partition('?')
    out += path_problems(path, named)
    if '?' in uri and not all(QUERY.fullmatch(part) for part in query.split('&')):
        out.append(f"bad query in the URI '{uri}'")
    return out + member_problems(operation, named)


def path_problems(path, named):
    if not path.startswith('/'):
        return [f"the URI '{path}' does not begin with '/'"]
    out = []
    segments = path[1:].split('/')
    if len(segments) > URI_SEGMENTS:
        out.append(f'a URI has at most {URI_SEGMENTS} segments')
    for at, segment in enumerate(segments):
        match = MEMBER.fullmatch(segment)
        if match:
            named.append(match.group(1))
            if match.group(2) and any(MEMBER.fullmatch(s) and s.endswith('+}') for s in segments[at + 1:]):
                out.append(f"two greedy members in the URI '{path}'")
        elif segment and not LITERAL.fullmatch(segment):
            out.append(f"unsupported segment '{segment}' in the URI '{path}'")
        elif not segment and at != len(segments) - 1:
            out.append(f"empty segment in the URI '{path}'")
    return out


def member_problems(operation, named):
    out = []
    for name in named:
        member = operation.input.member(name)
        if member is None or member.place != 'path':
            out.append(f"the URI names '{name}', which is no @path member of the input")
        elif not member.is_required:
            out.append(f"member '{name}' is part of the URI and not required")
        elif member.type.kind not in ('string', 'enum', 'integer', 'long', 'boolean', 'timestamp'):
            out.append(f"member '{name}' of kind {member.type.kind} can not stand in a URI")
    for member in operation.input.members:
        if member.place == 'path' and member.name not in named:
            out.append(f"@path member '{member.name}' is not in the URI")
    if len(set(named)) < len(named):
        out.append('the URI names a member twice')
    return out


# -- Routes -------------------------------------------------------------------------------------------------------

class Route(NamedTuple):
    """An operation, and what a request must have to be of it."""
    operation: object
    method: str
    segments: tuple     # (literal, member, is greedy); one of the first two is empty
    query: tuple        # (name, value or None: any)
    asks: tuple         # members that tell it from others of the same URI

    def same_uri(self):
        return self.method, tuple((literal, is_greedy) for literal, _, is_greedy in self.segments), sorted(self.query)

    def order(self):
        """Literals before members before greedy ones, the longer before the shorter, what asks for more before what
        asks for less: the first that matches is the right one."""
        kinds = [0 if literal else 2 if is_greedy else 1 for literal, _, is_greedy in self.segments]
        values = [value for _, value in self.query if value is not None]
        return (self.method, kinds + [3], -len(self.query), -len(values), sorted(self.query, key=str), -len(self.asks),
                self.operation.name)


def route(operation):
    method, uri, _ = operation.http
    path, _, query = uri.partition('?')
    segments = []
    for segment in path[1:].rstrip('/').split('/') if path.strip('/') else []:
        match = MEMBER.fullmatch(segment)
        segments.append(('', match.group(1), bool(match.group(2))) if match else (segment, '', False))
    pairs = [part.partition('=') for part in query.split('&') if part and not part.startswith('x-id=')]
    asks = [m for m in operation.input.members if m.is_required and m.place in ('query', 'header')]
    return Route(operation, method, tuple(segments), tuple((name, value if equals else None) for name, equals, value in pairs),
                 tuple(asks))


def groups(service):
    """The routes that share method and URI, those that ask for most first."""
    out = {}
    for one in sorted((route(operation) for operation in service.operations), key=Route.order):
        out.setdefault(str(one.same_uri()), []).append(one)
    return list(out.values())


def routes(service):
    """In the order in which they are tried. The last of a group takes what is left, so that a client hears which required
    member it forgot."""
    out = [one for group in groups(service) for one in group[:-1] + [group[-1]._replace(asks=())]]
    return sorted(out, key=Route.order)


def unreachable(service):
    """Pairs of operations, the second of which would never be asked."""
    out = []
    for group in groups(service):
        seen = {}
        for one in group:
            asks = tuple(sorted((m.place, m.wire_name) for m in one.asks))
            first = seen.setdefault(asks, one)
            if first is not one:
                out.append((first.operation, one.operation))
    return out
