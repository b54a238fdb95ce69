"""CloudWatch: what is in a metric, awaited where it comes behind something else."""
import datetime
import time

LONG_S = 30


def at(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)


def sums(cloudwatch, namespace, name, begin_ms, end_ms, dimensions=(), statistic="Sum", unit=None):
    """Minute by minute: {milliseconds: value}."""
    more = {} if unit is None else {"Unit": unit}
    answer = cloudwatch.get_metric_statistics(
        Namespace=namespace, MetricName=name, StartTime=at(begin_ms), EndTime=at(end_ms), Period=60,
        Statistics=[statistic], Dimensions=[{"Name": key, "Value": value} for key, value in dimensions], **more)
    return {int(point["Timestamp"].timestamp() * 1000): point[statistic] for point in answer["Datapoints"]}


def awaited(ask, expected):
    """What ask() gives as soon as it is what is expected; else what it gave at last."""
    deadline = time.monotonic() + LONG_S
    while True:
        found = ask()
        if found == expected or time.monotonic() > deadline:
            return found
        time.sleep(0.03)
