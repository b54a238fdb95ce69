"""What takes versions away, or hides them."""
import re

from soak.puts import md5_header


async def delete(client, key):
    answer = await client.ask("DELETE", key.target, 204)
    client.deleted(key, answer.headers.get("x-amz-version-id"))


async def delete_version(client, key):
    if key.versions:
        await client.remove_version(key, client.source.choice(key.versions))


async def delete_many(client, key):
    some = client.source.sample(client.keys, 3)
    document = f"<Delete>{''.join(f'<Object><Key>{one.name}</Key></Object>' for one in some)}</Delete>".encode()
    answer = (await client.ask("POST", f"/{client.bucket}?delete=", 200, md5_header(document), document)).body.decode()
    told = {re.search("<Key>(.*?)<", row).group(1): re.search("<DeleteMarkerVersionId>(.*?)<", row)
            for row in re.findall("<Deleted>(.*?)</Deleted>", answer, re.S)}
    client.same(set(told), {one.name for one in some}, f"deleted: {answer}")
    for one in some:
        client.deleted(one, told[one.name] and told[one.name].group(1))
        await client.trim(one)
