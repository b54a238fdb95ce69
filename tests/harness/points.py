"""Access points for tests."""
import itertools
import json

from harness.account import REGION, statement
from harness.names import control, local_client

_numbers = itertools.count(1)
OFF = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)


class Point:
    """.name, .arn, .alias of an access point that root made."""

    def __init__(self, account, bucket, name=None, region=REGION, **more):
        self.account, self.bucket = account, bucket
        self.name, self.region = name or f"point-{next(_numbers)}", region
        self.control = control(account, region=region)
        answer = self.control.create_access_point(AccountId=account.id, Name=self.name, Bucket=bucket, **more)
        self.arn, self.alias = answer["AccessPointArn"], answer["Alias"]

    @property
    def objects(self):
        return self.arn + "/object/*"

    def allow(self, *statements):
        self.control.put_access_point_policy(AccountId=self.account.id, Name=self.name, Policy=json.dumps(
            {"Version": "2012-10-17", "Statement": list(statements)}))

    def grant(self, principal, actions, objects="*", effect="Allow", **more):
        """A statement of its policy; objects=None: on the access point itself."""
        resource = self.arn if objects is None else f"{self.arn}/object/{objects}"
        return statement(actions, effect, resource, Principal=principal if principal == "*" else {"AWS": principal}, **more)

    def delete(self):
        self.control.delete_access_point(AccountId=self.account.id, Name=self.name)


def through(account, creds="root", host="localhost", **more):
    """A client of S3 that can use ARNs of access points as names of buckets."""
    return local_client(account, "s3", creds, host, s3={"use_arn_region": True}, **more)


def delegate(bucket, account_id, actions="*"):
    """A statement of a bucket's policy: all that comes through access points of the account is theirs to allow."""
    return statement(actions, resource=[f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"], Principal={"AWS": "*"},
                     Condition={"StringEquals": {"s3:DataAccessPointAccount": account_id}})
