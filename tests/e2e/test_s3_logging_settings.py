"""Where logs of a bucket may go."""
from harness.bucket_settings import arn_of, bucket, make_bucket, nobody, s3, signed, without_metadata  # noqa: F401 (fixtures)
from harness.refusals import denied, refused


def put_logging(s3, bucket, target=None, **more):
    status = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "logs/", **more}} if target else {}
    return s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)


def test_logging_put_get_replace_end(s3, bucket, make_bucket):
    assert without_metadata(s3.get_bucket_logging(Bucket=bucket)) == {}
    target = make_bucket()
    for of, more in ((target, {}), (bucket, {"TargetPrefix": ""})):
        put_logging(s3, bucket, of, **more)
        assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == {"TargetBucket": of, "TargetPrefix": "logs/", **more}
    for _ in range(2):
        put_logging(s3, bucket)
        assert without_metadata(s3.get_bucket_logging(Bucket=bucket)) == {}


def logging_document(target, key_format):
    return (f"<BucketLoggingStatus><LoggingEnabled><TargetBucket>{target}</TargetBucket><TargetPrefix/>"
            f"<TargetObjectKeyFormat>{key_format}</TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>").encode()


def test_forms_of_keys_of_logs(account, s3, bucket):
    simple, by_date = "<SimplePrefix/>", "<PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix>"
    for given, told in ((simple, (simple, "<SimplePrefix></SimplePrefix>")), (by_date, (by_date,))):
        assert signed(account, bucket, "logging", logging_document(bucket, given)).status == 200
        answer = signed(account, bucket, "logging", b"", "GET").text
        assert any(f"<TargetObjectKeyFormat>{one}</TargetObjectKeyFormat>" in answer for one in told), answer
    for given in ("", simple + by_date, by_date.replace("EventTime", "Now")):
        assert signed(account, bucket, "logging", logging_document(bucket, given)).code == "MalformedXML"


def test_logging_with_grants(s3, bucket, make_bucket):
    everyone = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
    me = s3.list_buckets()["Owner"]["ID"]
    grants = [{"Grantee": {"Type": "CanonicalUser", "ID": me}, "Permission": "READ"},
              {"Grantee": {"Type": "Group", "URI": everyone}, "Permission": "FULL_CONTROL"}]
    target = make_bucket(ObjectOwnership="ObjectWriter")
    put_logging(s3, bucket, target, TargetGrants=grants)
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetGrants"] == grants
    with refused("InvalidBucketAclWithObjectOwnership", status=400):
        put_logging(s3, bucket, make_bucket(), TargetGrants=grants)
    with refused("MethodNotAllowed", status=405):
        put_logging(s3, bucket, target, TargetGrants=[{"Grantee": {"Type": "AmazonCustomerByEmail", "EmailAddress": "a@b"},
                                                       "Permission": "READ"}])
    for grantee in ({"Type": "CanonicalUser", "ID": "nobody"}, {"Type": "Group", "URI": "http://example.com/all"}):
        with refused("InvalidArgument", status=400):
            put_logging(s3, bucket, target, TargetGrants=[{"Grantee": grantee, "Permission": "READ"}])
    for grant in ({"Permission": "READ"}, {"Grantee": {"Type": "Group"}, "Permission": "READ"},
                  {"Grantee": {"Type": "CanonicalUser", "URI": everyone}, "Permission": "READ"},
                  {"Grantee": {"Type": "Group", "URI": everyone}}, {"Grantee": {"Type": "Group", "URI": everyone}, "Permission": "ALL"}):
        with refused("MalformedXML", status=400):
            put_logging(s3, bucket, target, TargetGrants=[grant])


def test_targets_of_logging_that_are_none(account, other_account, s3, bucket, make_bucket):
    theirs = make_bucket(other_account.client("s3"))
    far = f"far-{account.id}"
    account.client("s3", region="eu-west-1").create_bucket(
        Bucket=far, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for target, code, message, status in (
            (f"none-{account.id}", "InvalidTargetBucketForLogging", "The target bucket for logging does not exist", 400),
            (arn_of(bucket), "InvalidTargetBucketForLogging", "The target bucket for logging does not exist", 400),
            (theirs, "InvalidTargetBucketForLogging",
             "The owner for the bucket to be logged and the target bucket must be the same.", 400),
            (far, "CrossLocationLoggingProhibited", "Cross-location logging not allowed. Buckets in one geographic location "
             "cannot log information to a bucket in another location.", 403)):
        with refused(code, message, status):
            put_logging(s3, bucket, target)
    for enabled in ({"TargetBucket": bucket}, {"TargetPrefix": "p"}, {}):
        with refused("MalformedXML", status=400):
            s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": enabled})
    assert without_metadata(s3.get_bucket_logging(Bucket=bucket)) == {}


def test_logging_permissions(account, other_account, s3, bucket, nobody):
    calls = {"s3:PutBucketLogging": lambda client, of=bucket: put_logging(client, of, bucket),
             "s3:GetBucketLogging": lambda client, of=bucket: client.get_bucket_logging(Bucket=of)}
    for action, call in calls.items():
        with denied(action, arn_of(bucket)):
            call(nobody)
        with refused("AccessDenied", status=403):
            call(other_account.client("s3"))
        with refused("NoSuchBucket", status=404):
            call(s3, f"none-{account.id}")
    put_logging(s3, bucket, bucket)
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert without_metadata(s3.get_bucket_logging(Bucket=bucket)) == {}
