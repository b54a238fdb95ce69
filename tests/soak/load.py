"""Many clients at once for some time, and what is then to be true of the server."""
import asyncio
import os
import re
import statistics
import time
from pathlib import Path

from harness.server import binary
from soak import deletions, puts, reads, refusals
from soak.client import Client, Surprise

CLIENTS = 100
OPERATIONS = {
    puts.put: 20, puts.put_presigned: 3, puts.put_where_none_is: 3, puts.put_with_checksum: 3, puts.copy: 4,
    puts.tag: 3, puts.untag: 1, puts.put_one_part: 3, puts.put_large_parts: 0.2, puts.abort_upload: 2,
    reads.get: 20, reads.get_range: 8, reads.get_behind_the_end: 1, reads.get_presigned: 4, reads.get_if_changed: 2,
    reads.get_version: 5, reads.head: 8, reads.get_tags: 3, reads.list_keys: 6, reads.list_folders: 2,
    reads.list_versions: 4,
    deletions.delete: 8, deletions.delete_version: 5, deletions.delete_many: 2,
    refusals.put_with_wrong_signature: 2, refusals.delete_with_wrong_signature: 1,
    refusals.get_with_wrong_presignature: 1, refusals.put_without_signature: 1, refusals.put_with_wrong_sum: 1,
    refusals.put_other_bytes: 1, refusals.leave_in_the_middle: 2,
}
SAMPLE_S = 1
REST_S = 60  # files that no row names any more go after some seconds; as long as it goes on
# Memory is flat when the last fifth of a run has no more of it, at its median, than the fifth behind the warm-up, but for:
SPARE_BYTES = {"allocated": 4 << 20, "resident": 16 << 20}

# What AddressSanitizer holds back from its reuse stays small.
SMALL_QUARANTINE = {"ASAN_OPTIONS": ":".join(filter(None, [
    os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=16", "thread_local_quarantine_size_kb=64"]))}


def anonymous_bytes(pid):
    """Resident memory, but for that of the store's file."""
    return int(re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024


def is_sanitized():
    """Of what is resident the sanitizer has most then, and takes more as long as new stacks and sizes come."""
    program = binary().read_bytes()
    return b"__asan_init" in program or b"__tsan_init" in program


def descriptors(pid):
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def blobs(server):
    return sum(path.is_file() for path in (server.data / "blobs").rglob("*/*"))


def await_that(number, most, what):
    """That number() is not above most. It has to come nearer at least once a while, however slow the machine."""
    end, last = time.monotonic() + REST_S, number()
    while last > most:
        if time.monotonic() > end:
            raise Surprise(f"{last} {what}, and not {most}")
        time.sleep(0.05)
        now = number()
        if now < last:
            end = time.monotonic() + REST_S
        last = now


def fifths(samples):
    """Medians of the five parts of a run."""
    length = len(samples) // 5
    return [statistics.median(samples[number * length:(number + 1) * length]) for number in range(5)]


class Memory:
    """Samples of it, one a second; and the most files of bodies that there were."""

    def __init__(self):
        self.samples, self.most_files = {"allocated": [], "resident": []}, 0

    async def watch(self, server, until):
        while not until():
            self.samples["allocated"].append(int(server.admin.metrics()["merlon_heap_bytes"]))
            self.samples["resident"].append(anonymous_bytes(server.pid))
            self.most_files = max(self.most_files, blobs(server))
            await asyncio.sleep(SAMPLE_S)

    def check(self, spare_bytes):
        for kind in ("allocated",) if is_sanitized() else ("allocated", "resident"):
            parts = fifths(self.samples[kind])
            if parts[4] > parts[1] + spare_bytes[kind]:
                raise Surprise(f"memory grows: {self}")

    def __str__(self):
        return "; ".join(" ".join(f"{part / 1e6:.1f}" for part in fifths(samples)) + f" MB {kind}"
                         for kind, samples in self.samples.items()) + ", the medians of five times"


class Load:
    def __init__(self, server, account, seconds, spare_bytes=SPARE_BYTES, clients=CLIENTS):
        self.server, self.account, self.seconds, self.memory = server, account, seconds, Memory()
        self.spare_bytes = spare_bytes
        s3 = account.client("s3")
        for bucket in ("soaked", "soaked-versions"):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket="soaked-versions", VersioningConfiguration={"Status": "Enabled"})
        s3.close()
        self.clients = [Client(server, account.root, ("soaked", "soaked-versions")[one % 2], one % 2 == 1, one)
                        for one in range(clients)]
        await_that(lambda: server.admin.metrics()["merlon_connections"], 0, "connections are open")
        self.files_before, self.blobs_before = descriptors(server.pid), blobs(server)

    def run(self):
        asyncio.run(self.all_at_once())
        self.check_rest()

    async def all_at_once(self):
        end = time.monotonic() + self.seconds
        tasks = [asyncio.create_task(client.run(OPERATIONS, lambda: time.monotonic() > end)) for client in self.clients]
        tasks.append(asyncio.create_task(self.memory.watch(self.server, lambda: time.monotonic() > end)))
        done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for task in done:
            task.result()
        await asyncio.gather(*(self.look_again(client) for client in self.clients))

    async def look_again(self, client):
        """At all that it has, when everything is over."""
        for key in client.keys:
            await reads.get(client, key)
            await reads.head(client, key)
            await reads.get_tags(client, key)
        await reads.list_keys(client, None)
        await reads.list_versions(client, None)
        client.connection.close()

    def check_rest(self):
        """No descriptor is left open and no file is left that no version has; and with the versions the rest goes."""
        files = sum(version.files for client in self.clients for key in client.keys for version in key.versions)
        self.files_at_end = blobs(self.server), files
        self.check_blobs(files)
        await_that(lambda: descriptors(self.server.pid), self.files_before + 2, "descriptors are open")
        self.memory.check(self.spare_bytes)
        asyncio.run(self.remove_all())
        self.check_blobs(0)
        s3 = self.account.client("s3")
        for bucket in ("soaked", "soaked-versions"):
            assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
            s3.delete_bucket(Bucket=bucket)

    def check_blobs(self, expected):
        await_that(lambda: blobs(self.server) - self.blobs_before, expected, "files of bodies")
        if blobs(self.server) - self.blobs_before != expected:
            raise Surprise(f"fewer files of bodies than the {expected} that versions have")

    async def remove_all(self):
        async def of(client):
            for key in client.keys:
                for version in list(key.versions):
                    await client.remove_version(key, version)
            client.connection.close()
        await asyncio.gather(*map(of, self.clients))

    def counts(self):
        """{operation: how often}"""
        total = {}
        for client in self.clients:
            for name, count in client.counts.items():
                total[name] = total.get(name, 0) + count
        return total
