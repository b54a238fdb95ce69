"""Replication for tests of S3: buckets that keep versions, roles that may, rules."""
from harness.account import policy, statement
from harness.objects import make_bucket

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
READ_BUCKET = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
READ = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
READ_LOCKS = ["s3:GetObjectRetention", "s3:GetObjectLegalHold"]
WRITE = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]


def versioned(account, s3=None, **more):
    """A bucket that keeps versions."""
    s3 = s3 or account.client("s3")
    name = make_bucket(account, s3, **more)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def everywhere(name):
    return f"arn:aws:s3:::{name}/*"


def permissions(source, *targets, but=(), more=()):
    """What the user guide lets such a role do, but for some of its actions, and some statements more."""
    rows = [(READ_BUCKET, f"arn:aws:s3:::{source}"), (READ + READ_LOCKS, everywhere(source)),
            (WRITE, [everywhere(name) for name in targets])]
    kept = [([action for action in actions if action not in but], resource) for actions, resource in rows]
    return policy(*[statement(actions, resource=resource) for actions, resource in kept if actions and resource], *more)


def replicating_role(account, source, *targets, trusted=TRUST, **more):
    """Its ARN."""
    return account.role(trusted=trusted, policy=permissions(source, *targets, **more))


def rule(target, name="one", priority=1, to=None, markers="Disabled", **more):
    return {"ID": name, "Priority": priority, "Status": "Enabled", "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": markers},
            "Destination": {"Bucket": f"arn:aws:s3:::{target}", **(to or {})}, **more}


def replicate(s3, source, role, *rules):
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration={"Role": role, "Rules": list(rules)})


def status_of(s3, bucket, key, **more):
    return s3.head_object(Bucket=bucket, Key=key, **more).get("ReplicationStatus")


def set_up(account, **more):
    """Two buckets, the one replicated to the other by a rule."""
    s3 = account.client("s3")
    source, target = versioned(account), versioned(account)
    replicate(s3, source, replicating_role(account, source, target), rule(target, **more))
    return source, target
