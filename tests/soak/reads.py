"""What finds versions as they were acknowledged, and what is gone as gone."""
import re


def check_body(client, answer, content, what):
    if answer.body != content.bytes:
        client.same(f"{len(answer.body)} bytes", f"the {content.size} bytes that were put", what)


async def get(client, key):
    if not key.newest:
        return await client.ask("GET", key.target, "404 NoSuchKey")
    check_body(client, await client.ask("GET", key.target, 200), key.newest.body, key.target)


async def get_range(client, key):
    if not key.newest or not key.newest.body.size:
        return
    content = key.newest.body
    first = client.source.randrange(content.size)
    last = client.source.randint(first, content.size + 10)
    answer = await client.ask("GET", key.target, 206, [("range", f"bytes={first}-{last}")])
    check_body(client, answer, content.part(first, last + 1), f"{key.target} from {first} to {last}")


async def get_behind_the_end(client, key):
    if key.newest:
        await client.ask("GET", key.target, "416 InvalidRange", [("range", f"bytes={key.newest.body.size}-")])


async def get_presigned(client, key):
    if key.newest:
        answer = await client.ask_unsigned("GET", client.signer.presigned("GET", key.target), 200)
        check_body(client, answer, key.newest.body, key.target)


async def get_if_changed(client, key):
    if key.newest:
        await client.ask("GET", key.target, 304, [("if-none-match", key.newest.etag)])


async def get_version(client, key):
    if not key.versions:
        return
    version = client.source.choice(key.versions)
    target = f"{key.target}?versionId={version.id}"
    if version.body is None:
        return await client.ask("GET", target, "405 MethodNotAllowed")
    check_body(client, await client.ask("GET", target, 200), version.body, target)


async def head(client, key):
    answer = await client.ask("HEAD", key.target, 200 if key.newest else 404)
    if key.newest:
        client.same((int(answer.headers["content-length"]), answer.headers["etag"]),
                    (key.newest.body.size, key.newest.etag), f"HEAD {key.target}")


async def get_tags(client, key):
    if key.newest:
        answer = await client.ask("GET", f"{key.target}?tagging=", 200)
        found = re.findall(rb"<Value>([^<]*)</Value>", answer.body)
        client.same(found, [key.newest.tag.encode()] if key.newest.tag else [], f"tags of {key.target}")


async def list_keys(client, _):
    answer = await client.ask("GET", client.of_bucket("list-type=2&prefix={prefix}"), 200)
    found = re.findall(r"<Key>([^<]*)</Key>.*?<Size>(\d+)</Size>", answer.body.decode(), re.S)
    client.same(found, [(key.name, str(key.newest.body.size)) for key in client.keys if key.newest], client.prefix)


async def list_folders(client, _):
    """Of all clients: what the others do must not disturb it, and its own keys are there."""
    answer = await client.ask("GET", f"/{client.bucket}?delimiter=%2F&list-type=2", 200)
    found = re.findall(r"<CommonPrefixes><Prefix>([^<]*)<", answer.body.decode())
    client.same(found, sorted(set(found)), "common prefixes")
    client.same(client.prefix in found, any(key.newest for key in client.keys), f"{client.prefix} is among them")


async def list_versions(client, _):
    answer = await client.ask("GET", client.of_bucket("prefix={prefix}&versions="), 200)
    rows = re.findall(r"<(Version|DeleteMarker)>(.*?)</\1>", answer.body.decode(), re.S)
    found = {(re.search("<Key>(.*?)<", row).group(1), re.search("<VersionId>(.*?)<", row).group(1), kind == "DeleteMarker")
             for kind, row in rows}
    client.same(found, {(key.name, version.id, version.body is None) for key in client.keys for version in key.versions},
                f"versions under {client.prefix}")
