"""CloudWatch metrics: data put, listed and read by statistics; what is refused, and what is kept how long.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
import datetime
import gzip

import pytest

from harness import raw
from harness.account import Account, policy, statement
from harness.json_client import JsonClient
from harness.refusals import refused
from harness.server import Server

MINUTE, HOUR, DAY = (datetime.timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days"))
DIMENSIONS = [{"Name": "host", "Value": "a"}, {"Name": "zone", "Value": "x"}]


@pytest.fixture
def metrics(account):
    return account.client("cloudwatch", parameter_validation=False)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def this_minute():
    return now().replace(second=0, microsecond=0)


def put(client, name="latency", namespace="App", **datum):
    client.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": name, **datum}])


def read(client, start, end, period=60, name="latency", namespace="App", **more):
    if "ExtendedStatistics" not in more:
        more.setdefault("Statistics", ["Sum"])
    answer = client.get_metric_statistics(Namespace=namespace, MetricName=name, StartTime=start, EndTime=end, Period=period,
                                          **more)
    assert answer["Label"] == name
    return sorted(answer["Datapoints"], key=lambda point: (point["Timestamp"], point["Unit"]))


def listed(client, **more):
    return sorted(metric["MetricName"] for metric in client.list_metrics(**more)["Metrics"])


# -- Put and read

def test_every_statistic_of_what_was_put(metrics):
    minute = this_minute()
    for value in (4, 1, 7):
        put(metrics, Value=value, Unit="Milliseconds", Timestamp=minute)
    put(metrics, Value=10, Unit="Milliseconds", Timestamp=minute + MINUTE)
    names = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]
    first, second = read(metrics, minute, minute + 2 * MINUTE, Statistics=names)
    assert first == {"Timestamp": minute, "SampleCount": 3.0, "Average": 4.0, "Sum": 12.0, "Minimum": 1.0, "Maximum": 7.0,
                     "Unit": "Milliseconds"}
    assert second["Timestamp"] == minute + MINUTE and second["Sum"] == 10.0
    both, = read(metrics, minute, minute + 2 * MINUTE, period=120, Statistics=["Sum", "SampleCount"])
    assert both == {"Timestamp": minute, "Sum": 22.0, "SampleCount": 4.0, "Unit": "Milliseconds"}
    assert read(metrics, minute + 2 * MINUTE, minute + 3 * MINUTE) == []


def test_values_with_counts_and_statistic_sets(metrics):
    minute = this_minute()
    put(metrics, Values=[1.5, 2], Counts=[3, 1], Timestamp=minute)
    put(metrics, Values=[10.0], Timestamp=minute)
    put(metrics, StatisticValues={"SampleCount": 4, "Sum": 20, "Minimum": 2, "Maximum": 9}, Timestamp=minute)
    point, = read(metrics, minute, minute + MINUTE, Statistics=["SampleCount", "Sum", "Minimum", "Maximum"])
    assert (point["SampleCount"], point["Sum"], point["Minimum"], point["Maximum"]) == (9, 36.5, 1.5, 10)
    assert point["Unit"] == "None"


def test_extended_statistics(metrics):
    minute = this_minute()
    put(metrics, Values=list(range(1, 101)), Timestamp=minute)
    wanted = {"p0": 1, "p50": 50, "p95": 95, "p99.9": 100, "p100": 100, "tm90": 45.5, "TM(10%:90%)": 50.5, "IQM": 50.5,
              "TC(10:20)": 10, "TS(:3)": 6}
    point, = read(metrics, minute, minute + MINUTE, ExtendedStatistics=list(wanted))
    assert point["ExtendedStatistics"] == wanted
    more = {"PR(:50)": 50, "PR(90:)": 10, "TM(150:)": None, "WM(:50)": 37.75, "wm98": 50.47, "tc90": 90, "ts90": 4095}
    point, = read(metrics, minute, minute + MINUTE, ExtendedStatistics=list(more))
    assert point["ExtendedStatistics"] == {name: value for name, value in more.items() if value is not None}


def test_percentiles_need_samples_that_are_not_negative(metrics):
    """"CloudWatch needs raw data points to calculate percentile statistics.\""""
    minute = this_minute()
    same = {"SampleCount": 2, "Sum": 6, "Minimum": 3, "Maximum": 3}
    put(metrics, "same", StatisticValues=same, Timestamp=minute)
    put(metrics, "sets", StatisticValues={**same, "Maximum": 4, "Minimum": 2}, Timestamp=minute)
    put(metrics, "below", Values=[-1.0, 5.0], Timestamp=minute)
    point, = read(metrics, minute, minute + MINUTE, name="same", ExtendedStatistics=["p90"])
    assert point["ExtendedStatistics"] == {"p90": 3}
    for name in ("sets", "below"):
        assert read(metrics, minute, minute + MINUTE, name=name, ExtendedStatistics=["p90"]) == []


def test_many_values_keep_their_distribution_nearly(metrics):
    minute = this_minute()
    for part in range(10):
        put(metrics, Values=[1 + part * 150 + number for number in range(150)], Timestamp=minute)
    point, = read(metrics, minute, minute + MINUTE, ExtendedStatistics=["p50", "p99"])
    assert point["ExtendedStatistics"]["p50"] == pytest.approx(750, rel=0.035)
    assert point["ExtendedStatistics"]["p99"] == pytest.approx(1485, rel=0.035)
    point, = read(metrics, minute, minute + MINUTE, Statistics=["Sum", "SampleCount", "Maximum"])
    assert (point["Sum"], point["SampleCount"], point["Maximum"]) == (1500 * 1501 / 2, 1500, 1500)


def test_units_are_streams_of_their_own(metrics):
    minute = this_minute()
    put(metrics, Value=1, Unit="Seconds", Timestamp=minute)
    put(metrics, Value=2, Unit="Count", Timestamp=minute)
    both = read(metrics, minute, minute + MINUTE)
    assert [(point["Unit"], point["Sum"]) for point in both] == [("Count", 2), ("Seconds", 1)]
    one, = read(metrics, minute, minute + MINUTE, Unit="Seconds")
    assert one["Sum"] == 1
    assert read(metrics, minute, minute + MINUTE, Unit="Bytes") == []


def test_a_metric_is_all_of_its_dimensions_in_any_order(metrics):
    minute = this_minute()
    put(metrics, Value=1, Dimensions=DIMENSIONS, Timestamp=minute)
    put(metrics, Value=2, Dimensions=DIMENSIONS[::-1], Timestamp=minute)
    put(metrics, Value=4, Dimensions=DIMENSIONS[:1], Timestamp=minute)
    put(metrics, Value=8, Timestamp=minute)
    sums = [read(metrics, minute, minute + MINUTE, Dimensions=some)[0]["Sum"]
            for some in (DIMENSIONS, DIMENSIONS[::-1], DIMENSIONS[:1], [])]
    assert sums == [3, 3, 4, 8]
    assert read(metrics, minute, minute + MINUTE, Dimensions=DIMENSIONS[1:]) == []


def test_high_resolution(metrics):
    start = now().replace(microsecond=0) - MINUTE
    start -= datetime.timedelta(seconds=start.second % 10)
    for second in (0, 1, 11):
        put(metrics, Value=1, StorageResolution=1, Timestamp=start + datetime.timedelta(seconds=second))
    put(metrics, "slow", Value=1, Timestamp=start)
    end = start + datetime.timedelta(seconds=20)
    assert [point["Sum"] for point in read(metrics, start, end, period=1)] == [1, 1, 1]
    assert [point["Sum"] for point in read(metrics, start, end, period=10)] == [2, 1]
    assert sum(point["Sum"] for point in read(metrics, start, end)) == 3
    assert read(metrics, start, end, period=10, name="slow") == []


def test_accounts_and_regions_have_their_own(account, other_account):
    minute = this_minute()
    here, elsewhere = account.client("cloudwatch"), account.client("cloudwatch", region="eu-west-1")
    put(here, Value=1, Timestamp=minute)
    for client in (elsewhere, other_account.client("cloudwatch")):
        assert client.list_metrics()["Metrics"] == [] and read(client, minute, minute + MINUTE) == []


def test_a_compressed_body(account, metrics):
    """"You can send a payload compressed by gzip.\""""
    body = b"Action=PutMetricData&Version=2010-08-01&Namespace=App&MetricData.member.1.MetricName=zipped&MetricData.member.1.Value=3"

    def send(content):
        return raw.signed(account.server, account.root, "monitoring", content,
                          {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}, "POST", "/")

    assert send(gzip.compress(body)).status == 200
    assert listed(metrics) == ["zipped"]
    for damaged in (body, gzip.compress(body)[:-9], gzip.compress(body) + b"x"):
        assert send(damaged).status == 400
    bomb = gzip.compress(body + b"&x=" + b"0" * (64 << 20))
    assert len(bomb) < 1 << 20 and send(bomb).status == 413


def test_where_none_is_compressed(account):
    """"requestCompression" is a trait of PutMetricData alone: nothing else is opened, whatever a header says."""
    def send(service, content, **headers):
        return raw.signed(account.server, account.root, service, content, {
            "Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip", **headers}, "POST", "/")

    listing, creation = b"Action=ListMetrics&Version=2010-08-01", b"Action=CreateUser&Version=2010-05-08&UserName=x"
    assert send("monitoring", gzip.compress(listing)).status == 400
    assert send("iam", gzip.compress(creation)).status == 400 and send("iam", creation).status == 200
    json_headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.ListKeys"}
    assert send("kms", gzip.compress(b"{}"), **json_headers).status == 400
    assert send("kms", b"{}", **json_headers).status == 200


# -- What is refused

def faults(metrics, **datum):
    with pytest.raises(metrics.exceptions.ClientError) as caught:
        put(metrics, **datum)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_namespaces(metrics):
    for namespace in ("AWS/EC2", "AWS/"):
        with refused("InvalidParameterValue", f"The value {namespace} for parameter Namespace is invalid.", 400):
            put(metrics, Value=1, namespace=namespace)
    for namespace in ("   ", "\u00fc", "a\tb"):
        with refused("InvalidParameterValue"):
            put(metrics, Value=1, namespace=namespace)
    for namespace in (":a", "x" * 256):
        with refused("ValidationError"):
            put(metrics, Value=1, namespace=namespace)
    put(metrics, Value=1, namespace="AWSome/x #:-_.1")


@pytest.mark.parametrize("datum, code, text", [
    ({}, "MissingParameter", "At least one of the parameters"),
    ({"Value": 1, "Values": [1.0]}, "InvalidParameterCombination",
     "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both."),
    ({"Value": 2.0 ** 361}, "InvalidParameterValue", "MetricData.member.1.Value is invalid."),
    ({"Values": [1.0, 2.0], "Counts": [1.0]}, "InvalidParameterValue", "must be of the same size."),
    ({"Values": [1.0], "Counts": [-1.0]}, "InvalidParameterValue", "MetricData.member.1.Counts is invalid."),
    ({"Values": [float(one) for one in range(151)]}, "InvalidParameterValue",
     "The collection MetricData.member.1.Values must not have a size greater than 150."),
    ({"StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 2, "Maximum": 1}}, "InvalidParameterCombination", "Maximum"),
    ({"Value": 1, "StorageResolution": 30}, "InvalidParameterValue", "MetricData.member.1.StorageResolution is invalid."),
    ({"Value": 1, "Unit": "Parsec"}, "ValidationError", "Parsec"),
    ({"Value": 1, "Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]}, "InvalidParameterValue", "twice"),
    ({"Value": 1, "Dimensions": [{"Name": ":a", "Value": "1"}]}, "InvalidParameterValue", "Dimensions.member.1.Name"),
    ({"Value": 1, "Dimensions": [{"Name": f"n{number}", "Value": "1"} for number in range(31)]}, "ValidationError", "30"),
])
def test_data_that_are_none(metrics, datum, code, text):
    have, message = faults(metrics, **datum)
    assert have == code and text in message
    assert listed(metrics) == []


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_values_are_finite(account, metrics, value):
    """In every protocol: "Special values (for example, NaN, +Infinity, -Infinity) are not supported.\""""
    text = f"The value {value} for parameter MetricData.member.1.Value is invalid."
    answer = raw.query(account.server, account.root, "monitoring", "2010-08-01", "PutMetricData", {
        "Namespace": "App", "MetricData.member.1.MetricName": "m", "MetricData.member.1.Value": value})
    assert (answer.status, answer.code) == (400, "InvalidParameterValue") and text in answer.text
    client = JsonClient(account, "monitoring", "GraniteServiceVersion20100801")
    for member, datum in (("Value", {"Value": value}), ("Values", {"Values": [1, value]}),
                          ("StatisticValues.Sum", {"StatisticValues": {"SampleCount": 1, "Sum": value, "Minimum": 1, "Maximum": 1}})):
        with refused("InvalidParameterValueException", text.replace("Value is", f"{member} is"), 400):
            client.put_metric_data(Namespace="App", MetricData=[{"MetricName": "m", **datum}])
    bits = {"NaN": b"\x7f\xc0\x00\x00", "Infinity": b"\x7f\x80\x00\x00", "-Infinity": b"\xff\x80\x00\x00"}[value]
    body = b"\xa2\x69Namespace\x63App\x6aMetricData\x81\xa2\x6aMetricName\x61m\x65Value\xfa" + bits
    answer = raw.signed(account.server, account.root, "monitoring", body, {
        "Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, "POST",
        "/service/GraniteServiceVersion20100801/operation/PutMetricData")
    assert answer.status == 400 and text.encode() in answer.body
    with refused("ValidationException", "Threshold must be a finite number", 400):
        client.put_metric_alarm(AlarmName="a", Namespace="App", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1,
                                ComparisonOperator="GreaterThanThreshold", Threshold=value)
    assert listed(metrics) == []


def test_times(metrics):
    for early in (14 * DAY, 400 * DAY):
        assert faults(metrics, Value=1, Timestamp=now() - early) == (
            "InvalidParameterValue", "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.")
    assert faults(metrics, Value=1, Timestamp=now() + 2 * HOUR + MINUTE)[1].endswith("no more than two hours in the future.")
    old = this_minute() - 13 * DAY
    for moment in (old, now() + 2 * HOUR - MINUTE):
        put(metrics, Value=1, Timestamp=moment)
    assert [point["Timestamp"] for point in read(metrics, old, old + HOUR)] == [old]


def test_all_that_is_wrong_is_told_and_nothing_is_put(metrics):
    data = [{"MetricName": "good", "Value": 1}, *({"MetricName": "old", "Value": 1, "Timestamp": now() - 20 * DAY} for _ in "ab")]
    text = "The parameter MetricData.member.{}.Timestamp must specify a time within the past two weeks."
    with refused("InvalidParameterValue", "\n".join(text.format(number) for number in (2, 3)), 400):
        metrics.put_metric_data(Namespace="App", MetricData=data)
    with refused("InvalidParameterValue", "The collection MetricData must not have a size greater than 1000.", 400):
        metrics.put_metric_data(Namespace="App", MetricData=[{"MetricName": "m", "Value": 1}] * 1001)
    with refused("MissingParameter"):
        metrics.put_metric_data(Namespace="App", MetricData=[])
    assert listed(metrics) == []


def test_questions_that_are_none(metrics):
    minute = this_minute()
    for more, code, text in (
            ({"period": 61}, "InvalidParameterValue", "The parameter Period must be"),
            ({"end": minute - HOUR}, "InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime."),
            ({"Statistics": []}, "ValidationError", "greater than or equal to 1"),
            ({"Statistics": ["Sum"], "ExtendedStatistics": ["p9"]}, "InvalidParameterCombination", "mutually exclusive"),
            ({"ExtendedStatistics": ["p101"]}, "InvalidParameterValue", "ExtendedStatistics.member.1"),
            ({"Statistics": ["Median"]}, "ValidationError", "Median"),
            ({"period": 1}, "InvalidParameterCombination",
             "You have requested up to 3600 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested "
             "by increasing Period, or decreasing the time range.")):
        with pytest.raises(metrics.exceptions.ClientError) as caught:
            read(metrics, **{"start": minute, "end": minute + HOUR, **more})
        error = caught.value.response["Error"]
        assert error["Code"] == code and text in error["Message"], error
    with refused("InvalidParameterCombination"):
        metrics.get_metric_statistics(Namespace="App", MetricName="m", StartTime=minute, EndTime=minute + HOUR, Period=60)


# -- Lists

def test_listed_by_every_filter(metrics):
    put(metrics, "cpu", Value=1, Dimensions=DIMENSIONS)
    put(metrics, "cpu", Value=1, Dimensions=DIMENSIONS[:1], namespace="Other")
    put(metrics, "disk", Value=1, Dimensions=[{"Name": "host", "Value": "b"}])
    put(metrics, "plain", Value=1)
    answer = metrics.list_metrics(Namespace="App", MetricName="cpu")
    assert answer["Metrics"] == [{"Namespace": "App", "MetricName": "cpu", "Dimensions": DIMENSIONS}] and "NextToken" not in answer
    assert listed(metrics) == ["cpu", "cpu", "disk", "plain"]
    assert listed(metrics, MetricName="cpu") == ["cpu", "cpu"]
    assert listed(metrics, Namespace="Other") == ["cpu"]
    assert listed(metrics, Dimensions=[{"Name": "host"}]) == ["cpu", "cpu", "disk"]
    assert listed(metrics, Dimensions=[{"Name": "host", "Value": "a"}, {"Name": "zone"}]) == ["cpu"]
    assert listed(metrics, RecentlyActive="PT3H") == ["cpu", "cpu", "disk", "plain"]
    assert listed(metrics, Namespace="None") == []
    with refused("ValidationError"):
        metrics.list_metrics(RecentlyActive="PT1H")
    with refused("InvalidParameterValue"):
        metrics.list_metrics(NextToken="none")


def test_pages_of_five_hundred(metrics):
    for part in range(2):
        metrics.put_metric_data(Namespace="Many", MetricData=[{"MetricName": f"m{part}{number:03}", "Value": 1}
                                                              for number in range(300)])
    first = metrics.list_metrics(Namespace="Many")
    second = metrics.list_metrics(Namespace="Many", NextToken=first["NextToken"])
    assert len(first["Metrics"]) == 500 and len(second["Metrics"]) == 100 and "NextToken" not in second
    assert len({metric["MetricName"] for page in (first, second) for metric in page["Metrics"]}) == 600
    with refused("InvalidParameterValue"):
        metrics.list_metrics(Namespace="Other", NextToken=first["NextToken"])


def test_entities(account):
    client = account.client("cloudwatch", parameter_validation=False)
    call = {"Action": "PutMetricData", "Version": "2010-08-01", "Namespace": "App",
            "EntityMetricData.member.1.MetricData.member.1.MetricName": "m", "EntityMetricData.member.1.MetricData.member.1.Value": "1"}

    def send(keys, **more):
        entity = {f"EntityMetricData.member.1.Entity.KeyAttributes.entry.{number}.{part}": text
                  for number, pair in enumerate(keys.items(), 1) for part, text in zip(("key", "value"), pair)}
        body = "&".join(f"{name}={value}" for name, value in {**call, **entity, **more}.items())
        return raw.signed(account.server, account.root, "monitoring", body.encode(),
                          {"Content-Type": "application/x-www-form-urlencoded"}, "POST", "/")

    service = {"Type": "Service", "Name": "web", "Environment": "test"}
    answer = send(service)
    assert answer.status == 400 and answer.code == "MissingParameter"
    answer = send({"Type": "Service"}, StrictEntityValidation="true")
    assert answer.status == 400 and answer.message == "MissingRequiredFields"
    assert listed(client) == []
    answer = send({"Type": "Planet", "Name": "x"}, StrictEntityValidation="false")
    assert answer.status == 200 and answer.headers["x-amzn-failure-message"] == "InvalidTypeValue"
    answer = send(service, StrictEntityValidation="true")
    assert answer.status == 200 and "x-amzn-failure-message" not in answer.headers
    assert listed(client) == ["m"]


# -- Permissions

def test_permissions(account, metrics):
    minute = this_minute()
    writer = account.user("writer", policy(statement("cloudwatch:PutMetricData", Condition={
        "StringEquals": {"cloudwatch:namespace": "Mine"}}))).client("cloudwatch")
    put(writer, Value=1, namespace="Mine", Timestamp=minute)
    for attempt, action in ((lambda: put(writer, Value=1), "PutMetricData"), (lambda: writer.list_metrics(), "ListMetrics"),
                            (lambda: read(writer, minute, minute + MINUTE), "GetMetricStatistics")):
        with pytest.raises(writer.exceptions.ClientError) as caught:
            attempt()
        error = caught.value.response["Error"]
        assert error["Code"] == "AccessDenied" and f"cloudwatch:{action}" in error["Message"]
    assert [metric["Namespace"] for metric in metrics.list_metrics()["Metrics"]] == ["Mine"]


# -- With time

@pytest.fixture(scope="module")
def later_server():
    with Server() as running:
        yield running


def test_data_age(later_server, home):
    """Seconds for three hours, minutes for 15 days, five minutes for 63 days, hours for 455 days; then nothing is left."""
    account = Account.create(later_server, home)
    admin = later_server.admin
    admin.past_the_jump()
    client = account.client("cloudwatch")
    hour = now().replace(minute=0, second=0, microsecond=0) - HOUR
    put(client, Value=1, StorageResolution=1, Timestamp=hour + 31 * MINUTE)
    put(client, Values=[2.0, 6.0], StorageResolution=1, Timestamp=hour + 31 * MINUTE + datetime.timedelta(seconds=1))

    def seen(period):
        admin.past_the_jump()
        points = read(client, hour, hour + HOUR, period=period, Statistics=["Sum", "SampleCount"]) if period >= 60 else \
            read(client, hour + 31 * MINUTE, hour + 32 * MINUTE, period=period, Statistics=["Sum", "SampleCount"])
        return [(point["Timestamp"] - hour, point["Sum"], point["SampleCount"]) for point in points]

    assert [one[1] for one in seen(1)] == [1, 8]
    for advance, gone, kept, place in (("4h", 1, 60, 31), ("15d", 60, 300, 30), ("50d", 300, 3600, 0), ("300d", 300, 3600, 0)):
        admin.advance(advance)
        assert seen(gone) == [] and seen(kept) == [(place * MINUTE, 9, 3)]
    point, = read(client, hour, hour + HOUR, period=3600, ExtendedStatistics=["p50"])
    assert point["ExtendedStatistics"] == {"p50": 2}
    assert client.list_metrics()["Metrics"] == []
    admin.advance("100d")
    assert seen(3600) == []


def test_metrics_that_have_not_come_are_not_listed(later_server, home):
    account = Account.create(later_server, home)
    later_server.admin.past_the_jump()
    client = account.client("cloudwatch")
    put(client, "old", Value=1)
    later_server.admin.advance("4h")
    later_server.admin.past_the_jump()
    put(client, "new", Value=1)
    assert listed(client) == ["new", "old"] and listed(client, RecentlyActive="PT3H") == ["new"]
    later_server.admin.advance("14d")
    later_server.admin.past_the_jump()
    assert listed(client) == []
