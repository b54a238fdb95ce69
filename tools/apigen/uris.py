"""URIs of rest operations: `/{Bucket}/{Key+}?list-type=2`. A segment is a literal or one member; `+` takes what is left."""

import re

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
