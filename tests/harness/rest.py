"""Requests of the rest protocols, written for the wire from the descriptors."""
import base64
import json
from datetime import datetime, timezone
from email.utils import format_datetime
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape, quoteattr

from harness.api import resolve


def encode(operation, data):
    """(method, target, headers, body)"""
    service, shape = operation.service, operation.model.input
    method, uri, _ = operation.model.http
    path, _, literals = uri.partition("?")
    path = service.own_path + path
    members = [m for m in (shape.members if shape else []) if m.name in data]
    for member in (m for m in members if m.place == "path"):
        text = value_text(resolve(service, member.type), data[member.name], "iso")
        path = path.replace("{%s}" % member.name, quote(text, safe="")).replace("{%s+}" % member.name, quote(text))
    query = "&".join(filter(None, [literals, urlencode(list(query_pairs(service, members, data)))]))
    headers = dict(header_pairs(service, members, data))
    body = encode_body(operation, members, data)
    if shape and shape.is_form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    if body and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/xml" if service.protocol == "rest-xml" else "application/json"
    return method, path + (f"?{query}" if query else ""), headers, body


# -- Values of one piece

def value_text(shape, value, usual_time):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, bool):
        return str(value).lower()
    if shape.kind == "timestamp":
        return time_text(value, shape.time or usual_time)
    return str(value)


def time_text(seconds, form):
    when = datetime.fromtimestamp(seconds, timezone.utc)
    if form == "http":
        return format_datetime(when, usegmt=True)
    return str(seconds) if form == "epoch" else when.strftime("%Y-%m-%dT%H:%M:%SZ")


# -- Query and headers

def query_pairs(service, members, data):
    for member in (m for m in members if m.place == "query"):
        shape, value = resolve(service, member.type), data[member.name]
        pairs = value.items() if shape.kind == "map" else [(member.wire_name, value)]
        inner = resolve(service, shape.element) if shape.kind in ("list", "map") else shape
        inner = resolve(service, inner.element) if inner.kind == "list" else inner
        for name, values in pairs:
            for one in values if isinstance(values, list) else [values]:
                yield name, value_text(inner, one, "iso")


def header_pairs(service, members, data):
    for member in members:
        shape, value = resolve(service, member.type), data[member.name]
        if member.place == "headers":
            yield from ((member.wire_name + key, one) for key, one in value.items())
        elif member.place == "header" and shape.kind == "list":
            yield member.wire_name, ", ".join(value_text(resolve(service, shape.element), one, "http") for one in value)
        elif member.place == "header":
            yield member.wire_name, value_text(shape, value, "http")


# -- Bodies

def encode_body(operation, members, data):
    service = operation.service
    payload = next((m for m in members if m.place == "payload"), None)
    if payload:
        shape, value = resolve(service, payload.type), data[payload.name]
        if shape.kind in ("stream", "blob", "string", "enum", "document"):
            return value if isinstance(value, bytes) else value.encode()
        return document(service, payload.wire_name or shape.name, shape, value)
    inner = {m.name: data[m.name] for m in members if not m.place}
    if not inner:
        return b""
    if operation.model.input.is_form:
        names = {m.name: m.wire_name or m.name for m in members}
        return urlencode({names[name]: value for name, value in inner.items()}).encode()
    return document(service, operation.model.input.root or operation.name + "Request", operation.model.input, inner)


def document(service, root, shape, value):
    if service.protocol == "rest-json":
        return json.dumps(json_value(service, shape, value)).encode()
    space = service.words.get("namespace")
    return "".join(xml_element(service, root, shape, value, f" xmlns={quoteattr(space)}" if space else "")).encode()


def json_value(service, shape, value):
    shape = resolve(service, shape)
    if shape.kind == "structure":
        return {m.wire_name or m.name: json_value(service, m.type, value[m.name]) for m in shape.members if m.name in value}
    if shape.kind == "list":
        return [json_value(service, shape.element, one) for one in value]
    if shape.kind == "map":
        return {key: json_value(service, shape.element, one) for key, one in value.items()}
    if shape.kind == "document":
        return json.loads(value)
    if shape.kind == "timestamp":
        return time_text(value, shape.time) if shape.time in ("iso", "http") else value
    return value_text(shape, value, "epoch") if isinstance(value, bytes) else value


def xml_element(service, name, shape, value, attributes=""):
    shape = resolve(service, shape)
    if shape.namespace:
        attributes += f" xmlns:{shape.namespace[0]}={quoteattr(shape.namespace[1])}"
    for member in shape.members:
        if member.is_attribute and member.name in value:
            attributes += f" {member.wire_name}={quoteattr(value_text(resolve(service, member.type), value[member.name], 'iso'))}"
    yield f"<{name}{attributes}>"
    yield from xml_content(service, shape, shape, value)
    yield f"</{name}>"


def xml_content(service, owner, shape, value):
    """owner says the names of items: a member with names of its own, or the shape."""
    if shape.kind == "structure":
        for member in shape.members:
            if member.name in value and not member.place and not member.is_attribute:
                yield from xml_member(service, member, value[member.name])
    elif shape.kind == "list":
        for one in value:
            yield from xml_element(service, owner.item_name or shape.item_name or "member", shape.element, one)
    elif shape.kind == "map":
        yield from xml_entries(service, "entry", owner, shape, value)
    else:
        yield escape(value_text(shape, value, "iso"))


def xml_entries(service, name, owner, shape, value):
    for key, one in value.items():
        yield f"<{name}>"
        yield from xml_element(service, owner.key_name or shape.key_name or "key", shape.key, key)
        yield from xml_element(service, owner.item_name or shape.item_name or "value", shape.element, one)
        yield f"</{name}>"


def xml_member(service, member, value):
    shape, name = resolve(service, member.type), member.wire_name or member.name
    is_flat = member.is_flat or shape.is_flat
    if is_flat and shape.kind == "list":
        for one in value:
            yield from xml_element(service, name, shape.element, one)
    elif is_flat:
        yield from xml_entries(service, name, member, shape, value)
    elif shape.kind in ("list", "map"):
        yield f"<{name}>"
        yield from xml_content(service, member, shape, value)
        yield f"</{name}>"
    else:
        yield from xml_element(service, name, shape, value)
