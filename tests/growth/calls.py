"""The calls whose cost must not grow with the bucket, each the same work in a bucket of any size."""
import random
import re
from urllib.parse import quote

from growth.fill import BODY
from growth.keys import IN_FOLDER, LONG_EVERY, folder, key
from harness.quick_s3 import put_request

DELETE = "<Delete><Quiet>true</Quiet>{}</Delete>"


def encoded(text):
    return quote(text, safe="")


class Bucket:
    """What the calls are made of: a bucket and how many objects it has. send(request) -> Answer."""

    def __init__(self, signer, name, count, send):
        self.signer, self.name, self.count, self.send = signer, name, count, send
        self.source = random.Random(name)
        self.fresh = 0

    def get(self, query, method="GET", target=None):
        return self.send(self.signer.head(method, (target or f"/{self.name}") + (f"?{query}" if query else "")),
                         is_head=method == "HEAD")

    def some_key(self):
        """Not one of the long keys: those have calls of their own."""
        number = self.source.randrange(self.count)
        return key(number + 1 if number % LONG_EVERY == 0 else number)

    def middle(self):
        """The last number before a folder in the middle, so that pages hold the same of keys and folders."""
        return self.count // 2 - 1

    def keys_of(self, answer):
        return re.findall(rb"<Key>([^<]*)</Key>", answer.body)


# -- Lists. Each says how many rows its page has.

def listed(bucket, query, keys, prefixes=0):
    answer = bucket.get(query)
    assert answer.status == 200, answer
    assert len(bucket.keys_of(answer)) == keys, query
    assert answer.body.count(b"<CommonPrefixes>") == prefixes, query
    return answer


def first_page(bucket):
    listed(bucket, "list-type=2&max-keys=900", 900)


def page_behind_key(bucket):
    listed(bucket, f"list-type=2&max-keys=100&start-after={encoded(key(bucket.middle()))}", 100)


def page_by_token(bucket):
    query = f"list-type=2&max-keys=1&start-after={encoded(key(bucket.middle()))}"
    token = re.search(rb"<NextContinuationToken>([^<]*)<", listed(bucket, query, 1).body).group(1).decode()
    listed(bucket, f"continuation-token={encoded(token)}&list-type=2&max-keys=100", 100)


def page_of_version_one(bucket):
    listed(bucket, f"marker={encoded(key(bucket.middle()))}&max-keys=100", 100)


def last_page(bucket):
    listed(bucket, f"list-type=2&max-keys=100&start-after={encoded(key(bucket.count - 51))}", 50)


def directories(bucket):
    listed(bucket, "delimiter=%2F&list-type=2&prefix=data%2F0000%2F", 0, 10)


def directories_behind_key(bucket):
    after = encoded(key(bucket.count - 5 * IN_FOLDER - 1))
    listed(bucket, f"delimiter=%2F&list-type=2&prefix={encoded(folder(bucket.count - 1)[:10])}&start-after={after}", 0, 5)


def directory(bucket):
    listed(bucket, f"delimiter=%2F&list-type=2&prefix={encoded(folder(bucket.middle()))}", 100)


def nothing_there(bucket):
    listed(bucket, "list-type=2&prefix=data%2F0000%2Fnothing", 0)


def versions(bucket):
    listed(bucket, "max-keys=900&versions=", 900)


def versions_behind_key(bucket):
    listed(bucket, f"key-marker={encoded(key(bucket.middle()))}&max-keys=100&versions=", 100)


# -- Objects

def get(bucket):
    answer = bucket.get("", target=f"/{bucket.name}/{bucket.some_key()}")
    assert answer.status == 200 and answer.body == BODY, answer


def get_long_key(bucket):
    number = bucket.source.randrange(bucket.count // LONG_EVERY) * LONG_EVERY
    answer = bucket.get("", target=f"/{bucket.name}/{key(number)}")
    assert answer.status == 200 and answer.body == BODY, answer


def get_what_is_not_there(bucket):
    answer = bucket.get("", target=f"/{bucket.name}/{bucket.some_key()}x")
    assert answer.status == 404, answer


def head(bucket):
    assert bucket.get("", "HEAD", f"/{bucket.name}/{bucket.some_key()}").status == 200


def put(bucket, name):
    answer = bucket.send(put_request(bucket.signer, f"/{bucket.name}/{name}", BODY))
    assert answer.status == 200, answer


def put_over(bucket):
    put(bucket, bucket.some_key())


def put_and_delete(bucket):
    """A key amid the others, which is gone again: the bucket stays as it is for the next call."""
    name = bucket.some_key() + "+"
    put(bucket, name.replace("+", "%2B"))
    assert bucket.get("", "DELETE", f"/{bucket.name}/{name.replace('+', '%2B')}").status == 204


def copy(bucket):
    source = f"/{bucket.name}/{bucket.some_key()}"
    answer = bucket.send(bucket.signer.head("PUT", f"/{bucket.name}/zz-copy", headers=[("x-amz-copy-source", source)]))
    assert answer.status == 200, answer
    assert bucket.get("", "DELETE", f"/{bucket.name}/zz-copy").status == 204


LISTS = [first_page, page_behind_key, page_by_token, page_of_version_one, last_page, directories,
         directories_behind_key, directory, nothing_there, versions, versions_behind_key]
OBJECTS = [get, get_long_key, get_what_is_not_there, head, put_over, put_and_delete, copy]
