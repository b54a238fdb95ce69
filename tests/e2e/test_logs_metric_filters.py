"""Metric filters: what they may be, and the data points that come of events.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html"""
import json

import pytest

from harness.account import Account, policy, statement
from harness.logs import HOUR_MS, all_pages, event, make_stream, newer_logs, now_ms, put
from harness.metrics import awaited, sums
from harness.refusals import denied, refused
from harness.server import Server

MINUTE_MS = 60000


@pytest.fixture
def logs(account):
    client = account.client("logs", parameter_validation=False)
    make_stream(client, "g")
    return client


@pytest.fixture(scope="module")
def own_server():
    """Whose clock is advanced."""
    with Server() as running:
        yield running


def put_filter(logs, pattern="ERROR", name="f", group="g", value="1", metric="m", namespace="ns", more=None, **transformation):
    logs.put_metric_filter(logGroupName=group, filterName=name, filterPattern=pattern, **(more or {}),
                           metricTransformations=[{"metricName": metric, "metricNamespace": namespace, "metricValue": value,
                                                   **transformation}])


def minute(ms):
    return ms - ms % MINUTE_MS


def found(account, metric="m", begin=None, **more):
    begin = minute(now_ms()) - HOUR_MS if begin is None else begin
    return sums(account.client("cloudwatch"), "ns", metric, begin, begin + 3 * HOUR_MS, **more)


def test_matches_are_counted_at_the_time_of_their_events(account, logs):
    at = minute(now_ms()) - 30 * MINUTE_MS
    put(logs, "g", [event("ERROR before the filter", at)])
    put_filter(logs)
    put(logs, "g", [event("ERROR one", at), event("INFO", at), event("ERROR two", at + 1), event("ERROR", at + MINUTE_MS)])
    put(logs, "g", [event("ERROR three", at + 5)])
    expected = {at: 3.0, at + MINUTE_MS: 1.0}
    assert awaited(lambda: found(account), expected) == expected
    assert found(account, statistic="SampleCount") == expected
    assert logs.describe_log_groups()["logGroups"][0]["metricFilterCount"] == 1


def test_values_units_and_dimensions(account, logs):
    at = minute(now_ms()) - 10 * MINUTE_MS
    put_filter(logs, '{ $.latency = * }', name="json", value="$.latency", metric="latency", unit="Milliseconds",
               dimensions={"Code": "$.code", "Who": "$.user.name"})
    put_filter(logs, "[ip, ..., size]", name="row", value="$size", metric="size")
    rows = [{"latency": 1.5, "code": 200, "user": {"name": "a"}}, {"latency": 2, "code": 200, "user": {"name": "a"}},
            {"latency": 7, "code": 500, "user": {"name": "a"}}, {"latency": "slow", "code": 200, "user": {"name": "a"}},
            {"latency": 9, "code": 200}]
    put(logs, "g", [event(json.dumps(row), at) for row in rows])
    put(logs, "g", [event("1.2.3.4 - 100", at), event("1.2.3.4 - 23", at), event("1.2.3.4 - -", at)])
    assert awaited(lambda: found(account, "size"), {at: 123.0}) == {at: 123.0}
    assert found(account, "latency", dimensions=[("Code", "200"), ("Who", "a")], unit="Milliseconds") == {at: 3.5}
    assert found(account, "latency", dimensions=[("Code", "500"), ("Who", "a")]) == {at: 7.0}
    assert found(account, "latency") == {}
    assert found(account, "size", statistic="SampleCount") == {at: 2.0}
    metrics = account.client("cloudwatch").list_metrics(Namespace="ns")["Metrics"]
    assert sorted((one["MetricName"], len(one["Dimensions"])) for one in metrics) == [("latency", 2), ("latency", 2), ("size", 0)]


def test_system_fields(account, logs):
    at = minute(now_ms())
    put_filter(newer_logs(account), more={"emitSystemFieldDimensions": ["@aws.account", "@aws.region"]})
    put(logs, "g", [event("ERROR", at)])
    where = [("@aws.account", account.id), ("@aws.region", "us-east-1")]
    assert awaited(lambda: found(account, dimensions=where), {at: 1.0}) == {at: 1.0}


def test_default_values(own_server, home):
    """Of minutes in which events came and none matched."""
    account = Account.create(own_server, home)
    logs = account.client("logs")
    make_stream(logs, "g")
    put_filter(logs, defaultValue=0.0)
    put_filter(logs, "WARN", name="w", metric="w", defaultValue=5.0)
    status = json.loads(own_server.admin.call("GET", "/status"))
    begin = now_ms() + status["clock_advanced_ms"]
    put(logs, "g", [event("ERROR", begin), event("INFO", begin)])
    own_server.admin.advance("3m")
    own_server.admin.past_the_jump()
    put(logs, "g", [event("INFO", begin + 3 * MINUTE_MS)])
    own_server.admin.advance("3m")
    own_server.admin.past_the_jump()
    errors, warnings = (found(account, one, begin=minute(begin) - HOUR_MS) for one in "mw")
    assert sorted(errors.values()) == [0.0, 1.0] and errors[minute(begin)] == 1.0
    assert list(warnings.values()) == [5.0, 5.0], "one for each minute, however many events"
    assert minute(begin) + 6 * MINUTE_MS not in errors, "nothing came in that minute"


def test_what_filters_must_be(account, logs):
    for wrong in ({"pattern": "{ $.a = }"}, {"value": "$.a"}, {"value": "many"}, {"pattern": "[a]", "value": "$b"},
                  {"pattern": "{ $.a = 1 }", "dimensions": {"A": "$.a"}, "defaultValue": 1.0},
                  {"pattern": "{ $.a = 1 }", "dimensions": {name: "$.a" for name in "abcd"}},
                  {"dimensions": {"A": "$.a"}}, {"pattern": "{ $.a = 1 }", "dimensions": {"A": "text"}},
                  {"namespace": "AWS/EC2"}, {"namespace": ""}, {"metric": ""}, {"metric": "a:b"}, {"name": "a*"},
                  {"unit": "Parsecs"}):
        with refused("InvalidParameterException"):
            put_filter(logs, **wrong)
    for wrong in ("NaN", "Infinity"):
        with refused("InvalidParameterException"):
            put_filter(newer_logs(account), defaultValue=wrong)
    with refused("ResourceNotFoundException", "The specified log group does not exist."):
        put_filter(logs, group="none")
    with refused("ResourceNotFoundException"):
        logs.delete_metric_filter(logGroupName="g", filterName="none")
    assert logs.describe_metric_filters()["metricFilters"] == []


def test_quotas(account, logs):
    for number in range(5):
        put_filter(logs, f"%a{number}%", name=f"r{number}")
    with refused("LimitExceededException"):
        put_filter(logs, "%b%", name="more")
    put_filter(logs, "%b%", name="r0")
    for number in range(95):
        put_filter(logs, name=f"f{number}")
    with refused("LimitExceededException"):
        put_filter(logs, name="another")
    put_filter(logs, name="f7")
    assert logs.describe_log_groups()["logGroups"][0]["metricFilterCount"] == 100
    assert len(all_pages(logs.describe_metric_filters, "metricFilters", logGroupName="g")) == 100


def test_lists(account, logs):
    logs.create_log_group(logGroupName="other")
    for name, group, metric in (("b", "g", "m"), ("a", "g", "n"), ("ab", "other", "m"), ("c", "other", "m")):
        put_filter(logs, name=name, group=group, metric=metric)

    def names(**more):
        return [one["filterName"] for one in all_pages(logs.describe_metric_filters, "metricFilters", limit=1, **more)]

    assert names() == ["a", "ab", "b", "c"]
    assert names(logGroupName="g") == ["a", "b"] and names(logGroupName="other", filterNamePrefix="a") == ["ab"]
    assert sorted(names(metricName="m", metricNamespace="ns")) == ["ab", "b", "c"]
    assert names(logGroupName="g", metricName="m", metricNamespace="ns") == ["b"]
    assert names(metricName="m", metricNamespace="other") == []
    with refused("InvalidParameterException"):
        names(metricName="m")
    with refused("ResourceNotFoundException"):
        names(logGroupName="none")
    first = logs.describe_metric_filters(logGroupName="g", limit=1)
    with refused("InvalidParameterException"):
        logs.describe_metric_filters(logGroupName="other", nextToken=first["nextToken"])
    one = first["metricFilters"][0]
    assert one["filterPattern"] == "ERROR" and one["logGroupName"] == "g" and abs(one["creationTime"] - now_ms()) < HOUR_MS
    assert one["metricTransformations"] == [{"metricName": "n", "metricNamespace": "ns", "metricValue": "1"}]


def test_deleted_filters_and_groups(account, logs):
    at = minute(now_ms())
    put_filter(logs)
    put_filter(logs, name="stays", metric="stays")
    logs.delete_metric_filter(logGroupName="g", filterName="f")
    put(logs, "g", [event("ERROR", at)])
    assert awaited(lambda: found(account, "stays"), {at: 1.0}) == {at: 1.0}
    assert found(account) == {}
    logs.delete_log_group(logGroupName="g")
    assert logs.describe_metric_filters()["metricFilters"] == []
    make_stream(logs, "g")
    assert logs.describe_log_groups()["logGroups"][0]["metricFilterCount"] == 0


def test_permissions(account, logs):
    user = account.user("u", policy("logs:PutMetricFilter", "logs:Describe*"))
    put_filter(user.client("logs"))
    with denied("logs:DeleteMetricFilter"):
        user.client("logs").delete_metric_filter(logGroupName="g", filterName="f")
    named = account.user("v", policy(statement("logs:PutMetricFilter", Resource=f"arn:aws:logs:*:{account.id}:log-group:h:*")))
    with denied("logs:PutMetricFilter"):
        put_filter(named.client("logs"))


def test_many_values_of_dimensions_disable_a_filter(account, logs):
    """So that nobody makes a metric of each request."""
    at = minute(now_ms())
    put_filter(logs, "[who, n]", value="1", dimensions={"Who": "$who"})
    put_filter(logs, "last", name="l", metric="last")
    for begin in range(0, 1200, 600):
        put(logs, "g", [event(f"user{number} x", at) for number in range(begin, begin + 600)])
    put(logs, "g", [event("last x", at)])
    assert awaited(lambda: found(account, "last"), {at: 1.0}) == {at: 1.0}
    pages = account.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace="ns", MetricName="m")
    assert 900 < sum(len(page["Metrics"]) for page in pages) <= 1000
    assert found(account, dimensions=[("Who", "user3")]) == {at: 1.0}
    assert found(account, dimensions=[("Who", "user1100")]) == {}


def test_encrypted_groups(account, logs):
    kms = account.client("kms")
    rows = policy(statement("kms:*", Principal={"AWS": f"arn:aws:iam::{account.id}:root"}),
                  statement(["kms:Decrypt", "kms:GenerateDataKey*", "kms:Describe*"],
                            Principal={"Service": "logs.us-east-1.amazonaws.com"}))
    key = kms.create_key(Policy=json.dumps(rows))["KeyMetadata"]["Arn"]
    make_stream(logs, "secret", kmsKeyId=key)
    at = minute(now_ms())
    put_filter(logs, group="secret")
    put(logs, "secret", [event("ERROR", at)])
    assert awaited(lambda: found(account), {at: 1.0}) == {at: 1.0}


def test_while_kms_refuses_little_is_done(new_server, home):
    """What waits for events that cannot be counted looks less often the longer that takes: half a day, and not each two seconds."""
    server = new_server()
    account = Account.create(server, home)
    logs, kms = account.client("logs"), account.client("kms")
    rows = policy(statement("kms:*", Principal={"AWS": f"arn:aws:iam::{account.id}:root"}),
                  statement(["kms:Decrypt", "kms:GenerateDataKey*", "kms:Describe*"],
                            Principal={"Service": "logs.us-east-1.amazonaws.com"}))
    key = kms.create_key(Policy=json.dumps(rows))["KeyMetadata"]["Arn"]
    make_stream(logs, "secret", kmsKeyId=key)
    put_filter(logs, group="secret", defaultValue=0.0)
    put(logs, "secret", [event("calm", now_ms())])
    for turn in range(1, 50):  # until the key is gone before they are counted
        put(logs, "secret", [event("ERROR", now_ms()) for _ in range(2000)])
        kms.disable_key(KeyId=key)
        server.admin.advance("1s")
        if sum(found(account).values()) < 2000 * turn:
            break
        kms.enable_key(KeyId=key)
    before = server.admin.metrics()["merlon_store_rows_written_total"]
    server.admin.advance("12h")
    assert server.admin.metrics()["merlon_store_rows_written_total"] - before < 10000
    kms.enable_key(KeyId=key)
    server.admin.advance("10m")
    assert sum(found(account, begin=minute(now_ms()) - HOUR_MS).values()) == 2000 * turn


def test_uploads_of_every_shape_are_counted_once(account, logs):
    """Blocks grow, are full, and lie between those of other streams."""
    at = minute(now_ms()) - HOUR_MS // 2
    put_filter(logs, "x", metric="all")
    logs.create_log_stream(logGroupName="g", logStreamName="two")
    count = 0
    for number in range(60):
        size = (1, 7, 400)[number % 3]
        put(logs, "g", [event("x" * (1 + number * 3), at + number) for _ in range(size)], stream=("one", "two")[number % 2])
        count += size
    assert awaited(lambda: sum(found(account, "all").values()), count) == count
    assert sum(found(account, "all", statistic="SampleCount").values()) == count
