"""Access points of general purpose buckets: made, told, listed, removed; their policies and tags.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points.html"""
import json
import re
from xml.etree import ElementTree

import pytest

from harness import raw
from harness.account import make_client, policy, statement
from harness.buckets import bucket_policy, grant, new_bucket
from harness.names import control
from harness.points import OFF, Point, delegate
from harness.refusals import denied, refused

ON = dict.fromkeys(OFF, True)
ACTIONS = {"create_access_point": "s3:CreateAccessPoint", "get_access_point": "s3:GetAccessPoint",
           "list_access_points": "s3:ListAccessPoints", "put_access_point_policy": "s3:PutAccessPointPolicy",
           "get_access_point_policy": "s3:GetAccessPointPolicy",
           "get_access_point_policy_status": "s3:GetAccessPointPolicyStatus",
           "delete_access_point_policy": "s3:DeleteAccessPointPolicy", "delete_access_point": "s3:DeleteAccessPoint"}


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    return new_bucket(account)


@pytest.fixture
def point(account, bucket):
    return Point(account, bucket)


def create(account, bucket, name="point", client=None, **more):
    return (client or control(account)).create_access_point(AccountId=account.id, Name=name, Bucket=bucket, **more)


def get(point):
    answer = point.control.get_access_point(AccountId=point.account.id, Name=point.name)
    del answer["ResponseMetadata"]
    return answer


def no_point():
    return refused("NoSuchAccessPoint", "The specified accesspoint does not exist", 404)


def tags_call(account, point, method, target="", body="", creds=None):
    """Below boto3, which does not know tags of access points yet."""
    return raw.signed(account.server, creds or account.root, "s3", body.encode(), {
        "x-amz-account-id": account.id, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, method,
        "/v20180820/tags/" + point.arn.replace(":", "%3A") + target)


def tag_request(account, point, *tags, **more):
    space = 'xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"'
    items = "".join(f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in tags)
    return tags_call(account, point, "POST", body=f"<TagResourceRequest {space}><Tags>{items}</Tags></TagResourceRequest>", **more)


# -- Made and told


def test_one_is_made_told_and_removed(account, bucket):
    point = Point(account, bucket, "my-point")
    assert point.arn == f"arn:aws:s3:us-east-1:{account.id}:accesspoint/my-point"
    assert re.fullmatch(r"my-point-[a-z0-9]{34}-s3alias", point.alias)
    told = get(point)
    assert told.pop("CreationDate") and told.pop("Endpoints")["ipv4"] == "s3-accesspoint.us-east-1.amazonaws.com"
    assert told == {"Name": "my-point", "Bucket": bucket, "NetworkOrigin": "Internet", "Alias": point.alias,
                    "AccessPointArn": point.arn, "BucketAccountId": account.id, "PublicAccessBlockConfiguration": ON}
    answer = point.control.delete_access_point(AccountId=account.id, Name="my-point")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with no_point():
        get(point)
    with no_point():
        point.delete()


def test_what_it_blocks_and_where_it_is_reached_from_stay_so(account, bucket):
    block = {**OFF, "IgnorePublicAcls": True}
    inside = Point(account, bucket, VpcConfiguration={"VpcId": "vpc-1a2b3c4d"}, PublicAccessBlockConfiguration=block)
    told = get(inside)
    assert (told["NetworkOrigin"], told["VpcConfiguration"]) == ("VPC", {"VpcId": "vpc-1a2b3c4d"})
    assert told["PublicAccessBlockConfiguration"] == block
    named = Point(account, bucket, PublicAccessBlockConfiguration={"BlockPublicPolicy": True})
    assert get(named)["PublicAccessBlockConfiguration"] == {**OFF, "BlockPublicPolicy": True}


def test_aliases_of_long_names(account, bucket):
    point = Point(account, bucket, "a" * 19 + "-" + "b" * 30)
    assert re.fullmatch("a{19}-[a-z0-9]{34}-s3alias", point.alias) and len(point.alias) <= 63


@pytest.mark.parametrize("name", ["Upper", "under_score", "dot.dot", "-front", "end-", "x" * 51, "abc-s3alias", "a b",
                                  "xn--abc", "ext-s3alias"])
def test_names_that_are_none(account, bucket, name):
    with refused("InvalidAccessPoint", status=400):
        create(account, bucket, name)


def test_names_are_the_accounts_in_a_region(account, other_account, bucket):
    create(account, bucket)
    other_bucket = new_bucket(account)
    for name in (bucket, other_bucket):
        with refused("AccessPointAlreadyOwnedByYou", status=409):
            create(account, name)
    west = account.client("s3", region="eu-west-1")
    west.create_bucket(Bucket=f"west-{account.id}", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    there = Point(account, f"west-{account.id}", "point", region="eu-west-1")
    assert get(there)["Bucket"] == f"west-{account.id}" and ":eu-west-1:" in there.arn
    theirs = Point(other_account, new_bucket(other_account), "point")
    assert get(theirs)["AccessPointArn"].split(":")[4] == other_account.id


def test_the_bucket_has_to_be_there_and_of_its_owner(account, other_account, bucket):
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        create(account, "nobody-made-this-bucket")
    theirs = new_bucket(other_account)
    for more in ({}, {"BucketAccountId": account.id}, {"BucketAccountId": "123456789012"}):
        with refused("AccessDenied", status=403):
            create(account, theirs, **more)
    create(account, theirs, BucketAccountId=other_account.id)
    with refused("InvalidRequest", status=400):
        create(account, bucket, "elsewhere", control(account, region="eu-west-1"))


def test_no_name_that_another_accounts_bucket_has(account, other_account, bucket):
    """Clients put the label in front of the host of an endpoint URL, where such a bucket is first."""
    trap, own = f"payroll-{account.id}", f"wages-{account.id}"
    other_account.client("s3").create_bucket(Bucket=trap)
    account.client("s3").create_bucket(Bucket=own)
    with refused("InvalidAccessPoint", "The specified access point name or account is not valid.", 400):
        create(account, bucket, "payroll")
    west, name = account.client("s3", region="eu-west-1"), f"trapped-{account.id}"
    west.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with refused("InvalidAccessPoint", status=400):
        create(account, name, "payroll", control(account, region="eu-west-1"))
    assert control(account).list_access_points(AccountId=account.id)["AccessPointList"] == []
    create(account, bucket, "wages")
    other_account.client("s3").delete_bucket(Bucket=trap)
    create(account, bucket, "payroll")
    other_account.client("s3").create_bucket(Bucket=trap)
    with refused("AccessPointAlreadyOwnedByYou", status=409):
        create(account, bucket, "payroll")


def test_a_bucket_with_access_points_stays(account, other_account, s3, bucket, point):
    with refused("BucketHasAccessPointsAttached", status=400):
        s3.delete_bucket(Bucket=bucket)
    s3.head_bucket(Bucket=bucket)
    point.delete()
    Point(other_account, bucket, BucketAccountId=account.id)  # nobody else keeps a bucket from going
    s3.delete_bucket(Bucket=bucket)


# -- Listed


def test_listing_by_pages_and_by_bucket(account, bucket):
    other = new_bucket(account)
    names = [f"list-{i}" for i in range(7)]
    for i, name in enumerate(reversed(names)):
        create(account, other if i % 3 == 0 else bucket, name)
    client = control(account)

    def pages(**more):
        out, token = [], {}
        while True:
            answer = client.list_access_points(AccountId=account.id, MaxResults=2, **more, **token)
            assert len(answer["AccessPointList"]) <= 2
            out += answer["AccessPointList"]
            if "NextToken" not in answer:
                return out
            token = {"NextToken": answer["NextToken"]}

    assert [one["Name"] for one in pages()] == names
    assert [one["Name"] for one in pages(Bucket=other)] == ["list-0", "list-3", "list-6"]
    one = client.list_access_points(AccountId=account.id)["AccessPointList"][0]
    assert (one["NetworkOrigin"], one["Bucket"], one["BucketAccountId"]) == ("Internet", other, account.id)
    assert one["AccessPointArn"].endswith("accesspoint/list-0") and one["Alias"].endswith("-s3alias")
    token = client.list_access_points(AccountId=account.id, MaxResults=1)["NextToken"]
    for more in ({"NextToken": "x" * 20}, {"NextToken": token, "Bucket": other}):
        with refused("InvalidRequest", status=400):
            client.list_access_points(AccountId=account.id, **more)
    assert control(account, region="eu-west-1").list_access_points(AccountId=account.id)["AccessPointList"] == []


# -- Who may


def arguments(name, bucket, point):
    more = {} if name == "list_access_points" else {"Name": point.name}
    if name == "create_access_point":
        more = {"Name": "another", "Bucket": bucket}
    if name == "put_access_point_policy":
        more["Policy"] = json.dumps(policy(point.grant(point.account.arn("root"), "s3:GetObject")))
    return more


@pytest.mark.parametrize("name", ACTIONS)
def test_each_asks_for_its_own_action(account, other_account, bucket, point, name):
    point.allow(point.grant(account.arn("root"), "s3:GetObject"))
    more = arguments(name, bucket, point)
    without = account.user(policy=policy([action for key, action in ACTIONS.items() if key != name]))
    with denied(ACTIONS[name]):
        getattr(control(account, without.creds), name)(AccountId=account.id, **more)
    for foreign in (other_account.root, other_account.user(policy=policy("*")).creds):
        with refused("AccessDenied", status=403):
            getattr(control(account, foreign), name)(AccountId=account.id, **more)
    assert get(point)["Bucket"] == bucket
    having = account.user(policy=policy(ACTIONS[name]))
    getattr(control(account, having.creds), name)(AccountId=account.id, **more)


def test_permissions_by_arn_and_condition(account, bucket):
    here = statement("s3:CreateAccessPoint", resource=f"arn:aws:s3:us-east-1:{account.id}:accesspoint/mine-*",
                     Condition={"StringEquals": {"s3:AccessPointNetworkOrigin": "VPC"}})
    client = control(account, account.user(policy=policy(here)).creds)
    with denied("s3:CreateAccessPoint"):
        create(account, bucket, "mine-1", client)
    with denied("s3:CreateAccessPoint"):
        create(account, bucket, "yours", client, VpcConfiguration={"VpcId": "vpc-1"})
    create(account, bucket, "mine-1", client, VpcConfiguration={"VpcId": "vpc-1"})
    with denied("s3:PutAccessPointPublicAccessBlock"):
        create(account, bucket, "mine-2", client, VpcConfiguration={"VpcId": "vpc-1"}, PublicAccessBlockConfiguration=OFF)


def test_telling_of_one_knows_its_keys(account, bucket):
    """GetAccessPoint is asked of no ARN, and yet of one access point."""
    shown, hidden = Point(account, bucket, "shown"), Point(account, bucket, "hidden", VpcConfiguration={"VpcId": "vpc-1"})
    assert tag_request(account, hidden, ("team", "red")).status == 204

    def client(*rows):
        return control(account, account.user(policy=policy(*rows)).creds)

    for key, value in {"s3:DataAccessPointArn": hidden.arn, "s3:AccessPointNetworkOrigin": "VPC",
                       "s3:AccessPointTag/team": "red", "aws:ResourceTag/team": "red"}.items():
        when = {"Condition": {"StringEquals": {key: value}}}
        denied_by = client(statement("*"), statement("s3:GetAccessPoint", "Deny", **when))
        allowed_by = client(statement("s3:GetAccessPoint", **when))
        for one, name, other in ((denied_by, "hidden", "shown"), (allowed_by, "shown", "hidden")):
            with denied("s3:GetAccessPoint"):
                one.get_access_point(AccountId=account.id, Name=name)
            assert one.get_access_point(AccountId=account.id, Name=other)["Name"] == other
    owner = {"Condition": {"StringEquals": {"s3:DataAccessPointAccount": account.id}}}
    with denied("s3:GetAccessPoint"):
        client(statement("*"), statement("s3:GetAccessPoint", "Deny", **owner)).get_access_point(AccountId=account.id, Name="shown")
    with denied("s3:GetAccessPoint"):
        client(statement("s3:GetAccessPoint", resource=shown.arn)).get_access_point(AccountId=account.id, Name="shown")
    with no_point():
        control(account).get_access_point(AccountId=account.id, Name="none")


KEYS = {"s3:authType": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256", "s3:ResourceAccount": "{account}",
        "s3:x-amz-content-sha256": "*"}


def asks_of(client, account, bucket, point):
    """Of an access point, of other things, and of the account."""
    return (lambda: client.get_access_point(AccountId=account.id, Name=point.name),
            lambda: client.list_access_points(AccountId=account.id),
            lambda: client.delete_access_point_policy(AccountId=account.id, Name=point.name),
            lambda: create(account, bucket, "new", client),
            lambda: client.describe_job(AccountId=account.id, JobId="12345678-1234-1234-1234-123456789012"),
            lambda: client.get_storage_lens_configuration(AccountId=account.id, ConfigId="lens"),
            lambda: client.put_public_access_block(AccountId=account.id, PublicAccessBlockConfiguration=OFF),
            lambda: client.get_public_access_block(AccountId=account.id))


def all_are_denied(client, account, bucket, point):
    for ask in asks_of(client, account, bucket, point):
        with refused("AccessDenied", status=403):
            ask()


@pytest.mark.parametrize("key", KEYS)
def test_denials_by_what_every_request_says(account, bucket, point, key):
    value = KEYS[key].format(account=account.id)
    user = account.user(policy=policy(statement("*"), statement("*", "Deny", Condition={"StringLike": {key: value}})))
    all_are_denied(control(account, user.creds), account, bucket, point)
    for arn in (point.arn, f"arn:aws:s3:us-east-1:{account.id}:storage-lens-group/group"):
        answer = raw.signed(account.server, user.creds, "s3", b"", {
            "x-amz-account-id": account.id, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, "GET",
            "/v20180820/tags/" + arn.replace(":", "%3A"))
        assert (answer.status, answer.code) == (403, "AccessDenied")
    other = account.user(policy=policy(statement("*"), statement("*", "Deny", Condition={"StringLike": {key: "other"}})))
    assert control(account, other.creds).get_access_point(AccountId=account.id, Name=point.name)["Bucket"] == bucket


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_denials_by_the_version_of_tls(tls_account):
    account, bucket = tls_account, new_bucket(tls_account)
    point = Point(account, bucket)

    def client(**condition):
        user = account.user(policy=policy(statement("*"), statement("*", "Deny", Condition=condition)))
        port = account.server.tls_endpoint.rsplit(":", 1)[1]
        return make_client(account.server, "s3control", user.creds, endpoint=f"https://localhost:{port}", verify=False)

    all_are_denied(client(NumericLessThan={"s3:TlsVersion": "1.4"}), account, bucket, point)
    modern = client(NumericLessThan={"s3:TlsVersion": "1.2"})
    assert modern.get_access_point(AccountId=account.id, Name=point.name)["Bucket"] == bucket


def test_denials_by_the_age_of_a_signature(account, point):
    """Of presigned requests, which have one."""
    for over, code in (("-1", "AccessDenied"), ("900000", "")):
        user = account.user(policy=policy(statement("*"), statement("*", "Deny", Condition={
            "NumericGreaterThan": {"s3:signatureAge": over}})))
        target = f"/v20180820/accesspoint/{point.name}"
        headers, url = raw.sign(account.server.endpoint + target, user.creds, "s3", method="GET", presign_s=900,
                                headers={"x-amz-account-id": account.id})
        answer = raw.send(account.server, "GET", url.removeprefix(account.server.endpoint), headers)
        assert (answer.code, answer.status) == (code, 403 if code else 200), answer.text


# -- Policies


def test_a_policy_is_told_as_it_was_put(account, point):
    client, more = point.control, {"AccountId": account.id, "Name": point.name}
    for ask in (client.get_access_point_policy, client.get_access_point_policy_status):
        with refused("NoSuchAccessPointPolicy", "The specified accesspoint policy does not exist", 404):
            ask(**more)
    document = json.dumps(policy(point.grant(account.user().arn, "s3:GetObject")), indent=3)
    client.put_access_point_policy(Policy=document, **more)
    assert client.get_access_point_policy(**more)["Policy"] == document
    assert client.get_access_point_policy_status(**more)["PolicyStatus"] == {"IsPublic": False}
    for _ in range(2):
        assert client.delete_access_point_policy(**more)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchAccessPointPolicy", status=404):
        client.get_access_point_policy(**more)


def test_policies_speak_of_their_access_point_alone(account, bucket, point):
    user = account.user()
    for resource in (f"arn:aws:s3:::{bucket}/*", point.arn + "x", point.arn + "/objects/*", point.arn + "/*/x",
                     point.arn.replace("us-east-1", "us-west-2"), f"arn:aws:s3:us-east-1:{account.id}:accesspoint/other",
                     point.arn.replace(account.id, "123456789012") + "/object/*"):
        with refused("MalformedPolicy", "Policy has invalid resource", 400):
            point.allow(statement("s3:GetObject", resource=resource, Principal={"AWS": user.arn}))
    with refused("MalformedPolicy", "Action does not apply to any resource(s) in statement", 400):
        point.allow(point.grant(user.arn, "s3:GetObject", None))
    with refused("MalformedPolicy", "Action does not apply to any resource(s) in statement", 400):
        point.allow(point.grant(user.arn, "s3:ListBucket"))
    with refused("MalformedPolicy", "Policy has invalid action", 400):
        point.allow(point.grant(user.arn, "iam:GetUser"))
    with refused("MalformedPolicy", "Invalid principal in policy", 400):
        point.allow(point.grant(account.arn("user/nobody"), "s3:GetObject"))
    with refused("MalformedPolicy", "Policy exceeds the maximum allowed document size.", 400):
        point.allow(*[point.grant(user.arn, "s3:GetObject", "x" * 1000) for _ in range(20)])
    point.allow(point.grant(user.arn, "s3:GetObject", "a/object/*"), point.grant(user.arn, "s3:ListBucket", None),
                statement("s3:*", resource=[point.arn, point.objects], Principal={"AWS": user.arn}))


def test_public_policies(account, bucket, s3):
    shut = Point(account, bucket)
    opened = Point(account, bucket, PublicAccessBlockConfiguration=OFF)
    inside = Point(account, bucket, PublicAccessBlockConfiguration=OFF, VpcConfiguration={"VpcId": "vpc-1"})
    with refused("AccessDenied", status=403):
        shut.allow(shut.grant("*", "s3:GetObject"))
    with refused("AccessDenied", status=403):
        opened.allow(opened.grant("*", "s3:GetObject"))  # the bucket's own says so
    s3.delete_public_access_block(Bucket=bucket)
    opened.allow(opened.grant("*", "s3:GetObject"))
    inside.allow(inside.grant("*", "s3:GetObject"))
    told = [one.control.get_access_point_policy_status(AccountId=account.id, Name=one.name)["PolicyStatus"]["IsPublic"]
            for one in (opened, inside)]
    assert told == [True, False]
    control(account).put_public_access_block(AccountId=account.id, PublicAccessBlockConfiguration={**OFF, "BlockPublicPolicy": True})
    with refused("AccessDenied", status=403):
        opened.allow(opened.grant("*", "s3:GetObject", "x"))


def test_buckets_that_delegate_are_not_public(account, bucket, s3):
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(delegate(bucket, account.id)))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False


# -- Tags, below boto3, which does not know them yet


def test_tags(account, point):
    def ask(method, target="", **more):
        return tags_call(account, point, method, target, **more)

    def put(*tags, **more):
        return tag_request(account, point, *tags, **more)

    def tags():
        root = ElementTree.fromstring(ask("GET").body)
        names = "{http://awss3control.amazonaws.com/doc/2018-08-20/}"
        return {tag.find(f"{names}Key").text: tag.find(f"{names}Value").text for tag in root.iter(f"{names}Tag")}

    assert tags() == {}
    assert put(("team", "blue"), ("stage", "test")).status == 204
    assert put(("team", "red")).status == 204
    assert tags() == {"team": "red", "stage": "test"}
    assert ask("DELETE", "?tagKeys=stage&tagKeys=other").status == 204
    assert tags() == {"team": "red"}
    assert put(("aws:x", "1")).code == "InvalidTag" and put(("a", "1"), ("a", "2")).code == "InvalidTag"
    assert put(*((f"k{i}", "v") for i in range(50))).code == "InvalidTag"
    by_tag = account.user(policy=policy(statement("s3:*Tag*", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}})))
    assert put(("stage", "live"), creds=by_tag.creds).status == 204
    assert put(("team", "blue"), creds=by_tag.creds).status == 204
    assert put(("team", "red"), creds=by_tag.creds).code == "AccessDenied"
    assert ask("GET", "x").code == "NoSuchAccessPoint"


def test_changes_are_recorded(account, bucket):
    point = Point(account, bucket)
    event = account.event("CreateAccessPoint")
    assert (event["eventSource"], event["readOnly"]) == ("s3.amazonaws.com", False)
    assert event["requestParameters"]["name"] == point.name and event["requestParameters"]["bucket"] == bucket
    assert event["resources"] == [{"ARN": point.arn, "accountId": account.id, "type": "AWS::S3::AccessPoint"}]
    get(point)
    event = account.event("GetAccessPoint")
    assert event["readOnly"] and [one["ARN"] for one in event["resources"]] == [point.arn]
    point.allow(point.grant(account.arn("root"), "s3:GetObject"))
    assert point.objects in account.event("PutAccessPointPolicy")["requestParameters"]["policy"]
    point.delete()
    assert account.event("DeleteAccessPoint")["requestParameters"]["name"] == point.name
