"""Bodies of objects as they lie on a server's disk: objects of every encryption, and the files that they lie in."""
import os
from pathlib import Path

from harness.trees import KIB, MIB

FRAME, TAG, HEADER = 64 * KIB, 16, 32  # of a blob's file: src/store/blob_format.h


def blob_files(data):
    """Files of bodies in a data folder: they begin so."""
    return sorted(path for path in Path(data).rglob("*") if path.is_file() and path.open("rb").read(8) == b"mrlnblob")


def encryptions(key):
    """{name: arguments of a put}; key: the ARN of a customer managed one."""
    return {"s3": {}, "kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key},
            "aws-kms": {"ServerSideEncryption": "aws:kms"},
            "dsse": {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": key},
            "customer": {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}}


def reading(headers):
    """What of them a get wants."""
    return {name: value for name, value in headers.items() if name.startswith("SSECustomer")}


def put_in_parts(s3, bucket, key, headers, parts=(5 * MIB, 100), complete=True):
    """The body and its id as an upload."""
    bodies = [os.urandom(size) for size in parts]
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **headers)["UploadId"]
    named = []
    for number, body in enumerate(bodies, 1):
        answer = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body, **reading(headers))
        named.append({"PartNumber": number, "ETag": answer["ETag"]})
    if complete:
        s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": named})
    return b"".join(bodies), upload


class FileOf:
    """The one file that came to be meanwhile:  with FileOf(data) as file: put(...)   file.path"""

    def __init__(self, data):
        self.data, self.path, self.sealed = data, None, None

    def __enter__(self):
        self.before = set(blob_files(self.data))
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.path, = set(blob_files(self.data)) - self.before
            self.sealed = self.path.read_bytes()

    def flip(self, at):
        sealed = bytearray(self.sealed)
        sealed[at] ^= 1 << at % 8
        self.path.write_bytes(sealed)

    def mend(self):
        self.path.write_bytes(self.sealed)
