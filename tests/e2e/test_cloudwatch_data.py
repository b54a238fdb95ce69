"""GetMetricData: several metrics at once, pages, and metric math.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"""
import datetime

import pytest

from harness.account import policy
from harness.refusals import refused

MINUTE = datetime.timedelta(minutes=1)


class Charts:
    """Four minutes of two metrics: m1 is [30, 20, 0, 0], m2 is [20, -, 20, -], as in the guide."""

    def __init__(self, account):
        self.client = account.client("cloudwatch", parameter_validation=False)
        self.start = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0) - 10 * MINUTE
        self.put("a", 30, 20, 0, 0)
        self.put("b", 20, None, 20, None)

    def put(self, name, *values):
        self.client.put_metric_data(Namespace="App", MetricData=[
            {"MetricName": name, "Value": value, "Timestamp": self.start + number * MINUTE}
            for number, value in enumerate(values) if value is not None])

    @staticmethod
    def metric(query_id, name, stat="Sum", period=60, **more):
        return {"Id": query_id, "MetricStat": {"Metric": {"Namespace": "App", "MetricName": name}, "Period": period, "Stat": stat},
                **more}

    def get(self, *queries, **more):
        times = {"StartTime": self.start, "EndTime": self.start + 4 * MINUTE, "ScanBy": "TimestampAscending"}
        return self.client.get_metric_data(MetricDataQueries=list(queries), **{**times, **more})

    def results(self, *queries, **more):
        return [self.row(result) for result in self.get(*queries, **more)["MetricDataResults"]]

    def row(self, result):
        row = [None] * 4
        for time, value in zip(result["Timestamps"], result["Values"]):
            row[(time - self.start) // MINUTE] = value
        return row

    def math(self, expression, **more):
        return self.results(self.metric("m1", "a", ReturnData=False), self.metric("m2", "b", ReturnData=False),
                            {"Id": "e1", "Expression": expression, **more})


@pytest.fixture
def charts(account):
    return Charts(account)


def test_several_metrics(charts):
    answer = charts.get(charts.metric("m1", "a"), charts.metric("m2", "b", "Maximum", Label="second"),
                        charts.metric("hidden", "b", ReturnData=False), charts.metric("none", "c"), charts.metric("long", "a", period=120))
    assert answer["Messages"] == [] and "NextToken" not in answer
    results = {result["Id"]: result for result in answer["MetricDataResults"]}
    assert list(results) == ["m1", "m2", "none", "long"]
    times = [charts.start + number * MINUTE for number in range(4)]
    assert results["m1"] == {"Id": "m1", "Label": "a", "Timestamps": times, "Values": [30, 20, 0, 0], "StatusCode": "Complete"}
    assert results["m2"]["Label"] == "second" and results["m2"]["Timestamps"] == times[::2]
    assert results["none"]["Values"] == [] and results["none"]["StatusCode"] == "Complete"
    assert results["long"]["Values"] == [50, 0]
    newest_first, = charts.get(charts.metric("m1", "a"), ScanBy="TimestampDescending")["MetricDataResults"]
    assert newest_first["Timestamps"] == times[::-1] and newest_first["Values"] == [0, 0, 20, 30]


@pytest.mark.parametrize("up", [True, False])
def test_pages(charts, up):
    pages = charts.client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[charts.metric("m1", "a"), {"Id": "all", "Expression": "METRICS()"}], MaxDatapoints=3,
        StartTime=charts.start, EndTime=charts.start + 4 * MINUTE, ScanBy="TimestampAscending" if up else "TimestampDescending")
    found, sizes = [], []
    for page in pages:
        sizes.append(sum(len(result["Values"]) for result in page["MetricDataResults"]))
        found += [value for result in page["MetricDataResults"] for value in result["Values"]]
    assert found == ([30, 20, 0, 0] if up else [0, 0, 20, 30]) * 2 and sizes == [3, 3, 2]
    token = charts.get(charts.metric("m1", "a"), MaxDatapoints=1)["NextToken"]
    with refused("InvalidNextToken", "The next token specified is invalid.", 400):
        charts.get(charts.metric("m1", "a"), NextToken=token, EndTime=charts.start + MINUTE)


@pytest.mark.parametrize("expression, row", [
    ("m1 < m2", [0, 0, 1, 0]),
    ("m1 >= 30", [1, 0, 0, 0]),
    ("(m1 > 15 AND m2 > 15)", [1, 0, 0, 0]),
    ("m1 == 0 || m2 > 0", [1, 0, 1, 1]),
    ("m1 + m2 * 2", [70, 20, 40, 0]),
    ("m1 / m2", [1.5, None, 0, None]),
    ("-m2 ^ 2 + 2 ^ 3 ^ 2", [112, None, 112, None]),
    ("SUM([m1, m2])", [50, 20, 20, 0]),
    ("SUM(METRICS())", [50, 20, 20, 0]),
    ("SUM(METRICS('m2'))", [20, None, 20, None]),
    ("AVG(METRICS())", [25, 10, 10, 0]),
    ("MAX(METRICS())", [30, 20, 20, 0]),
    ("MIN([m1, m2])", [20, 20, 0, 0]),
    ("STDDEV(METRICS())", [5, 0, 10, 0]),
    ("DATAPOINT_COUNT(METRICS())", [2, 1, 2, 1]),
    ("m1 - AVG(m1)", [17.5, 7.5, -12.5, -12.5]),
    ("ABS(m1 - 25)", [5, 5, 25, 25]),
    ("CEIL(m1 / 40) + FLOOR(m1 / 40)", [1, 1, 0, 0]),
    ("LOG10(m1 * 10 / 3)", [2, pytest.approx(1.8239, abs=1e-4), None, None]),
    ("FILL(m2, 7)", [20, 7, 20, 7]),
    ("FILL(m2, REPEAT)", [20, 20, 20, 20]),
    ("FILL(m2, LINEAR)", [20, 20, 20, None]),
    ("FILL(m2, m1)", [20, 20, 20, 0]),
    ("IF(m1 > 15, m1, m2)", [30, 20, 20, 0]),
    ("IF(m1 > 15, m1)", [30, 20, None, None]),
    ("IF(1 > 2, m1, m2)", [20, None, 20, None]),
    ("DIFF(m1)", [None, -10, -20, 0]),
    ("RATE(m1) * 60", [None, -10, -20, 0]),
    ("DIFF_TIME(m2)", [None, None, 120, None]),
    ("RUNNING_SUM(m1)", [30, 50, 50, 50]),
    ("TIME_SERIES(SUM(m1))", [50, 50, 50, 50]),
    ("PERIOD(m1) * (m2 > 0)", [60, None, 60, None]),
    ("FIRST(SORT(METRICS(), SUM, ASC))", [20, None, 20, None]),
    ("LAST(SLICE(METRICS(), 0, 1))", [30, 20, 0, 0]),
    ("METRIC_COUNT(METRICS()) + m2", [22, None, 22, None]),
    ("SUM(REMOVE_EMPTY([m2]))", [20, None, 20, None]),
])
def test_metric_math(charts, expression, row):
    assert charts.math(expression) == [row]


def test_functions_of_time(charts):
    moments = [charts.start + number * MINUTE for number in range(4)]
    assert charts.math("MINUTE(m2)") == [[moment.minute for moment in moments]]
    assert charts.math("EPOCH(m2)") == [[moment.timestamp() for moment in moments]]
    assert charts.math("YEAR(m1) * 10000 + MONTH(m1) * 100 + DATE(m1)") == [[float(moment.strftime("%Y%m%d")) for moment in moments]]
    assert charts.math("DAY(m1) * 100 + HOUR(m1)") == [[moment.isoweekday() * 100 + moment.hour for moment in moments]]


def test_arrays_and_expressions_of_expressions(charts):
    assert charts.math("METRICS() / 10") == [[3, 2, 0, 0], [2, None, 2, None]]
    answer = charts.get(charts.metric("m1", "a", Label="errors"), {"Id": "e1", "Expression": "METRICS() * 2", "Label": "twice"},
                        {"Id": "e2", "Expression": "SUM(e1) + m1"})
    assert [(result["Id"], result["Label"], result["Values"]) for result in answer["MetricDataResults"]] == [
        ("m1", "errors", [30, 20, 0, 0]), ("e1", "twice errors", [60, 40, 0, 0]), ("e2", "e2", [90, 60, 0, 0])]


@pytest.mark.parametrize("expression, reason", [
    ("m1 +", "Unexpected end of expression"),
    ("(m1", "Unexpected end of expression"),
    ("m1 ) m2", "Unexpected ')'"),
    ("m1 \u00fc", "Unexpected '\u00fc'"),
    ("m9", "Id 'm9' is not defined"),
    ("e1 + 1", "Expressions depend on each other in a circle, or too deeply"),
    ("SUM(m1)", "The result of an expression must be a time series or an array of them"),
    ("MEDIAN(m1)", "Unsupported function 'MEDIAN'"),
    ("SEARCH('{App} a', 'Sum', 60)", "Unsupported function 'SEARCH'"),
    ("SUM()", "Invalid arguments of function 'SUM'"),
    ("SUM(m1, m2)", "Invalid arguments of function 'SUM'"),
    ("METRICS() + METRICS()", "Unsupported operand type(s) of an operator"),
    ("'text", "Unmatched quote"),
    ("(" * 100 + "m1" + ")" * 100, "The expression is nested too deeply"),
    ("m1" + "+m1" * 400, "Too many operators"),
])
def test_expressions_that_are_none(charts, expression, reason):
    with refused("ValidationError", f"Error in expression 'e1': {reason}", 400):
        charts.math(expression)


def test_questions_that_are_none(charts):
    metric = charts.metric
    for queries, more, text in (
            ([metric("m1", "a"), metric("m1", "b")], {}, "The values for parameter id in MetricDataQueries are not unique."),
            ([metric("M1", "a")], {}, "is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."),
            ([metric("m1", "a", "Median")], {}, "The value Median for parameter MetricDataQueries.member.1.MetricStat.Stat is not supported."),
            ([metric("m1", "a", period=61)], {}, "The parameter Period must be"),
            ([metric("m1", "a", Expression="m2")], {}, "Exactly one of the parameters"),
            ([{"Id": "m1"}], {}, "Exactly one of the parameters"),
            ([metric(f"m{number}", "a") for number in range(501)], {}, "must not have a size greater than 500."),
            ([metric("m1", "a")], {"EndTime": charts.start}, "The parameter StartTime must be less than the parameter EndTime."),
            ([metric("m1", "a")], {"MaxDatapoints": 100801}, "MaxDatapoints")):
        with pytest.raises(charts.client.exceptions.ClientError) as caught:
            charts.get(*queries, **more)
        error = caught.value.response["Error"]
        assert error["Code"] == "ValidationError" and text in error["Message"], error


def test_an_expression_that_would_take_too_much(charts):
    queries = [charts.metric(f"m{number}", "a", ReturnData=False) for number in range(400)]
    pile = {"Id": "pile", "Expression": f"[{','.join(['METRICS()'] * 100)}]", "ReturnData": False}
    with refused("ValidationError", "The expression needs more memory than one request may take.", 400):
        charts.get(*queries, pile, {"Id": "e1", "Expression": f"[{','.join(['pile'] * 100)}]"})


def test_pages_are_bounded_by_their_work(charts):
    """Five hundred percentiles of a busy hour are more than one page works out; each page goes on where the one before ended."""
    hour = charts.start.replace(minute=0) - 60 * MINUTE
    for half in range(2):
        charts.client.put_metric_data(Namespace="App", MetricData=[
            {"MetricName": "busy", "Values": list(range(150 * half, 150 * half + 150)), "Timestamp": hour + number * MINUTE}
            for number in range(60)])
    queries = [charts.metric(f"m{number}", "busy", "p50", 3600) for number in range(500)]
    pages = list(charts.client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=hour, EndTime=hour + 60 * MINUTE))
    found = [result for page in pages for result in page["MetricDataResults"]]
    assert [result["Id"] for result in found] == [query["Id"] for query in queries]
    assert all(result["StatusCode"] == "Complete" and len(result["Values"]) == 1 for result in found)
    assert len(pages) > 1 and all(page["MetricDataResults"] for page in pages)


@pytest.mark.parametrize("stat", ["p50", "Maximum"])
def test_a_long_series(charts, stat):
    """Distributions are read in pieces: none of the points is lost or doubled where these meet."""
    start = charts.start - 900 * MINUTE
    charts.client.put_metric_data(Namespace="App", MetricData=[
        {"MetricName": "long", "Values": [number, number + 1000], "Counts": [2, 1 if stat == "p50" else 0],
         "Timestamp": start + number * MINUTE} for number in range(900) if number % 9])
    result, = charts.get(charts.metric("m1", "long", stat), StartTime=start, EndTime=charts.start)["MetricDataResults"]
    assert result["Values"] == [number for number in range(900) if number % 9]
    assert result["Timestamps"] == [start + number * MINUTE for number in range(900) if number % 9]


def test_a_page_is_bounded_by_its_expressions(charts):
    """What only counts, and keeps nothing."""
    times = {"StartTime": charts.start, "EndTime": charts.start + datetime.timedelta(days=14)}
    grid = {"Id": "grid", "Expression": "TIME_SERIES(1)", "Period": 60, "ReturnData": False}
    sums = "+".join(["STDDEV(grid)"] * 100)
    queries = [grid, *({"Id": f"e{number}", "Expression": f"TIME_SERIES({sums})", "Period": 86400} for number in range(20))]
    pages = list(charts.client.get_paginator("get_metric_data").paginate(MetricDataQueries=queries, **times))
    assert [result["Id"] for page in pages for result in page["MetricDataResults"]] == [query["Id"] for query in queries[1:]]
    assert len(pages) > 1


def test_permissions(account, charts):
    lacks = account.user("lacks", policy("cloudwatch:GetMetricStatistics")).client("cloudwatch")
    with refused("AccessDenied"):
        lacks.get_metric_data(MetricDataQueries=[charts.metric("m1", "a")], StartTime=charts.start, EndTime=charts.start + MINUTE)
    other, = charts.get(charts.metric("m1", "a", AccountId="111122223333"))["MetricDataResults"]
    assert other["StatusCode"] == "Forbidden" and other["Values"] == []
