"""Uploads in parts for tests of S3."""
import base64
import hashlib

from harness.objects import s3_request

MIB = 1024 * 1024
PART_MIN = 5 * MIB


def begin(s3, bucket, key, **more):
    return s3.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"]


def send(s3, bucket, key, upload, number, body, **more):
    """What CompleteMultipartUpload wants to hear of the part."""
    answer = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body, **more)
    said = {name: value for name, value in answer.items() if name == "ETag" or name.startswith("Checksum")}
    return {"PartNumber": number, **said}


def complete(s3, bucket, key, upload, parts, **more):
    return s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **more)


def put_in_parts(s3, bucket, key, bodies, numbers=None, sent=None, **more):
    """bodies as parts 1, 2, ... or of these numbers; sent: arguments of each part; more: of the beginning."""
    upload = begin(s3, bucket, key, **more)
    numbers = numbers or range(1, len(bodies) + 1)
    parts = [send(s3, bucket, key, upload, number, body, **(sent or {})) for number, body in zip(numbers, bodies)]
    return complete(s3, bucket, key, upload, parts)


def etag_of(bodies):
    """Of an object that S3 encrypts by itself."""
    sums = b"".join(hashlib.md5(body).digest() for body in bodies)
    return f'"{hashlib.md5(sums).hexdigest()}-{len(bodies)}"'


def composite(name, bodies):
    """The checksum of the checksums of the parts; name: as of hashlib."""
    sums = b"".join(hashlib.new(name, body).digest() for body in bodies)
    return f"{base64.b64encode(hashlib.new(name, sums).digest()).decode()}-{len(bodies)}"


def uploads_of(s3, bucket, **more):
    return [(row["Key"], row["UploadId"]) for row in s3.list_multipart_uploads(Bucket=bucket, **more).get("Uploads", [])]


def part_numbers(s3, bucket, key, upload, **more):
    listed = s3.list_parts(Bucket=bucket, Key=key, UploadId=upload, **more)
    return [row["PartNumber"] for row in listed.get("Parts", [])]


def complete_raw(account, bucket, key, upload, body, headers=None):
    """With headers that the installed SDK does not know, or another body."""
    return s3_request(account, "POST", f"/{bucket}/{key}?uploadId={upload}", headers, body)


def part_list(*parts):
    rows = "".join(f"<Part><PartNumber>{part['PartNumber']}</PartNumber><ETag>{part['ETag']}</ETag></Part>" for part in parts)
    return f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode()
