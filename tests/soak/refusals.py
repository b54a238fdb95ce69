"""What must have no effect: reads that follow would find one."""
import asyncio

from harness.quick_s3 import Connection, UNSIGNED
from soak.bodies import body, some_body

MIB = 1 << 20
LIE = "403 SignatureDoesNotMatch"


async def put_with_wrong_signature(client, key):
    await client.ask("PUT", key.target, LIE, content=some_body(client.source).bytes, signer=client.liar)


async def delete_with_wrong_signature(client, key):
    await client.ask("DELETE", key.target, LIE, signer=client.liar)


async def get_with_wrong_presignature(client, key):
    await client.ask_unsigned("GET", client.liar.presigned("GET", key.target), LIE)


async def put_without_signature(client, key):
    await client.ask_unsigned("PUT", key.target, "403 AccessDenied", b"x" * client.source.randint(0, 1000))


async def put_with_wrong_sum(client, key):
    content = some_body(client.source)
    await client.ask("PUT", key.target, "400 BadDigest", [("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")], content.bytes)


async def put_other_bytes(client, key):
    """Than those whose hash was signed."""
    content = some_body(client.source)
    await client.ask("PUT", key.target, "400 XAmzContentSHA256Mismatch", content=content.bytes + b"!", digest="0" * 64)


async def leave_in_the_middle(client, key):
    """Of a body, on a connection of its own."""
    content = body(client.source, client.source.choice([10_000, 100_000, MIB]))
    connection = Connection(client.server)
    await connection.open()
    request = client.signer.head("PUT", key.target, content.size, digest=UNSIGNED) + content.bytes[:content.size // 2]
    connection.writer.write(request)
    await connection.writer.drain()
    await asyncio.sleep(client.source.random() / 10)
    connection.close()
