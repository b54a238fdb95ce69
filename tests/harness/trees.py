"""What the tests of S3's clients share: files of telling sizes under odd names."""
import itertools
import os
from pathlib import Path

KIB, MIB = 1024, 1024 * 1024
SIZES = (0, 1, 16 * KIB - 1, 16 * KIB, 16 * KIB + 1, MIB, 20 * MIB)  # around what lies in the store itself, and parts
SMALL_SIZES = SIZES[:-2]
ODD_NAMES = ("plain.txt", "two words.bin", "Ünïcödé 雪.dat", "a+b&c=d;e,f.txt", "100%25.bin", "it's (1) [2] {3}.txt",
             "deep/er folder/ναός/x", "deep/er folder/-dash", "tilde~@$!.txt")


def odd_files(sizes=SIZES):
    """{name: random bytes}: each odd name, and each size at least once."""
    count = max(len(sizes), len(ODD_NAMES))
    names = itertools.chain(ODD_NAMES, (f"more {number}" for number in itertools.count()))
    small = itertools.chain(sizes, itertools.cycle(SMALL_SIZES))
    return {name: os.urandom(size) for _, name, size in zip(range(count), names, small)}


def write_tree(folder, files):
    for name, data in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return Path(folder)


def read_tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(Path(folder).rglob("*"))
            if path.is_file()}


def same(one, other):
    """Two {name: bytes} are the same; what differs is told by name and size, not by megabytes."""
    assert sorted(one) == sorted(other)
    wrong = [f"{name}: {len(one[name])} bytes, {len(other[name])} bytes" for name in one if one[name] != other[name]]
    assert wrong == []


def put_objects(s3, bucket, files):
    for name, data in files.items():
        s3.put_object(Bucket=bucket, Key=name, Body=data)


def list_keys(s3, bucket, **more):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, **more)
    return [row["Key"] for page in pages for row in page.get("Contents", [])]


def get_objects(s3, bucket):
    """All objects of the bucket: {key: bytes}."""
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in list_keys(s3, bucket)}
