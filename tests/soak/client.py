"""One client of many: it works on keys of its own, knows what of them has been acknowledged, and finds it so."""
import random
from dataclasses import dataclass, field
from typing import Optional
from urllib.parse import quote

from harness.credentials import Credentials
from harness.quick_s3 import Connection, Signer, digest_of
from soak.bodies import Body

KEYS = 8
VERSIONS_OF_KEY = 4


class Surprise(Exception):
    """The server did something else than what S3 says."""


@dataclass
class Version:
    id: str  # "null" where there are no versions
    body: Optional[Body]  # None: a delete marker
    etag: str = ""
    files: int = 0
    tag: Optional[str] = None  # the value of its one tag


@dataclass
class Key:
    name: str
    target: str
    versions: list = field(default_factory=list)  # the newest first

    @property
    def newest(self):
        """What a client sees without saying which."""
        return self.versions[0] if self.versions and self.versions[0].body is not None else None


class Client:
    def __init__(self, server, creds, bucket, is_versioned, number):
        self.server, self.bucket, self.is_versioned, self.number = server, bucket, is_versioned, number
        self.connection, self.signer = Connection(server), Signer(server, creds)
        self.liar = Signer(server, Credentials(creds.access_key, creds.secret_key[::-1]))
        self.prefix, self.source = f"client-{number:03}/", random.Random(number)
        self.keys = [Key(name, f"/{bucket}/{name}") for name in (f"{self.prefix}{one}" for one in range(KEYS))]
        self.counts = {}

    async def run(self, operations, until):
        """operations: {function: how often}; as long as until() is false. Each client begins with another one, so that
        none is left out."""
        choices, weights = list(operations), list(operations.values())
        operation = choices[self.number % len(choices)]
        try:
            while not until():
                key = self.source.choice(self.keys)
                await operation(self, key)
                await self.trim(key)
                self.counts[operation.__name__] = self.counts.get(operation.__name__, 0) + 1
                (operation,) = self.source.choices(choices, weights)
        finally:
            self.connection.close()

    async def trim(self, key):
        while len(key.versions) > VERSIONS_OF_KEY:
            await self.remove_version(key, key.versions[-1])

    async def remove_version(self, key, version):
        await self.ask("DELETE", f"{key.target}?versionId={version.id}", 204)
        key.versions.remove(version)

    # -- Requests
    async def ask(self, method, target, expected, headers=(), content=b"", digest=None, signer=None):
        """The answer, which has to be expected: a status, or one with an error's code ("404 NoSuchKey")."""
        head = (signer or self.signer).head(method, target, len(content), headers, digest or digest_of(content))
        return self.expect(await self.connection.send(head + content, method == "HEAD"), expected, f"{method} {target}")

    async def ask_unsigned(self, method, target, expected, content=b""):
        head = f"{method} {target} HTTP/1.1\r\nHost: {self.signer.host}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        return self.expect(await self.connection.send(head + content), expected, f"{method} {target}")

    def of_bucket(self, query):
        return f"/{self.bucket}?{query.format(prefix=quote(self.prefix, safe=''))}"

    # -- What is found against what was expected
    def expect(self, answer, expected, what):
        said = f"{answer.status} {answer.code}".strip()
        if said != str(expected):
            raise Surprise(f"{what}: {said} and not {expected}: {answer.body[:500]!r}")
        return answer

    def same(self, found, expected, what):
        if found != expected:
            raise Surprise(f"{what}: {found!r:.500} and not {expected!r:.500}")

    # -- What has been acknowledged
    def put_on_top(self, key, version):
        if not self.is_versioned:
            key.versions.clear()
        key.versions.insert(0, version)

    def stored(self, key, content, answer, etag=None, files=None, tag=None):
        self.put_on_top(key, Version(answer.headers.get("x-amz-version-id", "null"), content, etag or answer.headers["etag"],
                                     content.files if files is None else files, tag))

    def deleted(self, key, marker_id):
        if self.is_versioned:
            self.put_on_top(key, Version(marker_id, None))
        else:
            key.versions.clear()
