"""What makes versions: puts, copies, uploads in parts, tags."""
import base64
import hashlib
import re

from harness.quick_s3 import UNSIGNED
from soak.bodies import body, some_body

PART_MIN = 5 << 20


async def put(client, key):
    content = some_body(client.source)
    answer = await client.ask("PUT", key.target, 200, content=content.bytes)
    client.same(answer.headers["etag"], f'"{hashlib.md5(content.bytes).hexdigest()}"', f"ETag of {key.target}")
    client.stored(key, content, answer)


async def put_presigned(client, key):
    content = some_body(client.source)
    target = client.signer.presigned("PUT", key.target)
    client.stored(key, content, await client.ask_unsigned("PUT", target, 200, content.bytes))


async def put_where_none_is(client, key):
    content = some_body(client.source)
    expected = "412 PreconditionFailed" if key.newest else 200
    answer = await client.ask("PUT", key.target, expected, [("if-none-match", "*")], content.bytes)
    if not key.newest:
        client.stored(key, content, answer)


async def put_with_checksum(client, key):
    content = some_body(client.source)
    digest = hashlib.sha256(content.bytes)
    headers = [("x-amz-checksum-sha256", base64.b64encode(digest.digest()).decode())]
    client.stored(key, content, await client.ask("PUT", key.target, 200, headers, content.bytes, digest.hexdigest()))


async def copy(client, key):
    source = client.source.choice(client.keys)
    if source is key or not source.newest:
        return
    newest = source.newest
    answer = await client.ask("PUT", key.target, 200, [("x-amz-copy-source", source.target)])
    client.stored(key, newest.body, answer, etag_in(answer), tag=newest.tag)


async def tag(client, key):
    if not key.newest:
        return await client.ask("GET", f"{key.target}?tagging=", "404 NoSuchKey")
    value = f"v{client.source.randrange(1000)}"
    document = f"<Tagging><TagSet><Tag><Key>k</Key><Value>{value}</Value></Tag></TagSet></Tagging>".encode()
    await client.ask("PUT", f"{key.target}?tagging=", 200, md5_header(document), document)
    key.newest.tag = value


async def untag(client, key):
    if key.newest:
        await client.ask("DELETE", f"{key.target}?tagging=", 204)
        key.newest.tag = None


# -- In parts

async def begin_upload(client, key):
    answer = await client.ask("POST", f"{key.target}?uploads=", 200)
    return re.search(rb"<UploadId>([^<]*)<", answer.body).group(1).decode()


async def send_part(client, key, upload, number, content):
    answer = await client.ask("PUT", f"{key.target}?partNumber={number}&uploadId={upload}", 200, content=content.bytes,
                              digest=UNSIGNED)
    return f"<Part><ETag>{answer.headers['etag']}</ETag><PartNumber>{number}</PartNumber></Part>"


async def put_parts(client, key, sizes):
    upload, content = await begin_upload(client, key), body(client.source, sum(sizes))
    parts = [content.part(sum(sizes[:one]), sum(sizes[:one + 1])) for one in range(len(sizes))]
    rows = [await send_part(client, key, upload, number, part) for number, part in enumerate(parts, 1)]
    document = f"<CompleteMultipartUpload>{''.join(rows)}</CompleteMultipartUpload>".encode()
    answer = await client.ask("POST", f"{key.target}?uploadId={upload}", 200, content=document)
    client.stored(key, content, answer, etag_in(answer), files=sum(part.files for part in parts))


async def put_one_part(client, key):
    await put_parts(client, key, [client.source.randint(1, 100_000)])


async def put_large_parts(client, key):
    await put_parts(client, key, [PART_MIN, client.source.randint(1, 100_000)])


async def abort_upload(client, key):
    upload = await begin_upload(client, key)
    await send_part(client, key, upload, 1, some_body(client.source))
    await client.ask("DELETE", f"{key.target}?uploadId={upload}", 204)
    await client.ask("GET", f"{key.target}?uploadId={upload}", "404 NoSuchUpload")


def etag_in(answer):
    return re.search(rb"<ETag>(.*?)</ETag>", answer.body).group(1).decode().replace("&quot;", '"')


def md5_header(document):
    return [("content-md5", base64.b64encode(hashlib.md5(document).digest()).decode())]
