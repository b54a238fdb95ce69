"""What events of S3 say of how a request came and how much it carried.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html"""
import json
from urllib.request import Request, urlopen

from botocore.exceptions import ClientError
import pytest

from harness.buckets import new_bucket
from harness.lake import ask, await_events, new_store
from harness.tls import tls_client

HEADER = {"SignatureVersion": "SigV4", "AuthenticationMethod": "AuthHeader"}


@pytest.fixture
def data_events(account):
    """A function: what the data event of a request says. LookupEvents has none of those."""
    store = new_store(account, AdvancedEventSelectors=[{"FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}]}])

    def find(name, request_id):
        await_events(account, store, name)
        row, = ask(account, f"SELECT eventJson FROM {{store}} WHERE requestID = '{request_id}'", store=store)
        return json.loads(row["eventJson"])["additionalEventData"]
    return find


def told(answer, data):
    """Without the id, which must be the answer's."""
    assert data.pop("x-amz-id-2") == answer["ResponseMetadata"]["HostId"]
    return data


def id_of(answer):
    return answer["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize("size", [0, 3, 3_000_000])
def test_bytes(account, data_events, size):
    s3, bucket = account.client("s3"), new_bucket(account)
    put = s3.put_object(Bucket=bucket, Key="a", Body=b"x" * size)
    got = s3.get_object(Bucket=bucket, Key="a")
    assert len(got["Body"].read()) == size
    assert told(put, data_events("PutObject", id_of(put))) == {**HEADER, "bytesTransferredIn": size}
    assert told(got, data_events("GetObject", id_of(got))) == {**HEADER, "bytesTransferredIn": 0, "bytesTransferredOut": size}
    head = s3.head_object(Bucket=bucket, Key="a")
    assert told(head, data_events("HeadObject", id_of(head)))["bytesTransferredOut"] == 0


def test_of_management_and_refusals(account):
    s3, bucket = account.client("s3"), new_bucket(account)
    answer = s3.list_buckets()
    listed = told(answer, account.event("ListBuckets", id_of(answer))["additionalEventData"])
    assert listed.pop("bytesTransferredOut") > 0 and listed == {**HEADER, "bytesTransferredIn": 0}
    with pytest.raises(ClientError) as caught:
        s3.get_bucket_policy(Bucket=bucket)
    answer = caught.value.response
    refused = told(answer, account.event("GetBucketPolicy", id_of(answer))["additionalEventData"])
    assert refused.pop("bytesTransferredOut") > 0 and refused == {**HEADER, "bytesTransferredIn": 0}


def test_addresses_that_are_signed(account, data_events):
    bucket = new_bucket(account)
    url = account.client("s3", signature_version="s3v4").generate_presigned_url("put_object", {"Bucket": bucket, "Key": "a"})
    with urlopen(Request(url, data=b"12345", method="PUT")) as answer:
        assert data_events("PutObject", answer.headers["x-amz-request-id"]) == {
            "SignatureVersion": "SigV4", "AuthenticationMethod": "QueryString", "bytesTransferredIn": 5,
            "x-amz-id-2": answer.headers["x-amz-id-2"]}


def test_the_cipher(tls_account, certificate):
    answer = tls_client(tls_account, certificate).list_buckets()
    event = tls_account.event("ListBuckets", answer["ResponseMetadata"]["RequestId"])
    assert event["additionalEventData"]["CipherSuite"] == event["tlsDetails"]["cipherSuite"]


def test_other_services_say_nothing_of_it(account):
    account.iam.list_users()
    assert "additionalEventData" not in account.event("ListUsers")
