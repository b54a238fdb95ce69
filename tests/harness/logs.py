"""CloudWatch Logs: clients, batches of events, and pages in either direction."""
import time

from harness.json_client import JsonClient

TARGET = "Logs_20140328"
DAY_MS = 86400 * 1000
HOUR_MS = 3600 * 1000


def newer_logs(account, **more):
    """What the installed SDK does not know yet."""
    return JsonClient(account, service="logs", target=TARGET, **more)


def now_ms():
    """Of servers whose clock was not advanced."""
    return int(time.time() * 1000)


def event(message, at=None):
    return {"timestamp": now_ms() if at is None else at, "message": message}


def make_stream(logs, group, stream="one", **more):
    """A group and a stream in it."""
    logs.create_log_group(logGroupName=group, **more)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)


def put(logs, group, events, stream="one"):
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def messages(answer):
    return [one["message"] for one in answer["events"]]


def read_all(logs, group, stream="one", forward=True, **more):
    """All messages, page by page, until a token leads to itself."""
    found, token = [], {}
    while True:
        answer = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=forward, **token, **more)
        found = found + messages(answer) if forward else messages(answer) + found
        following = answer["nextForwardToken" if forward else "nextBackwardToken"]
        if token.get("nextToken") == following:
            assert answer["events"] == []
            return found
        token = {"nextToken": following}


def start(logs, query, at=None, **more):
    """A query of Insights, over the hour around; its id."""
    at = now_ms() if at is None else at
    more = more or {"logGroupName": "g"}
    return logs.start_query(startTime=at // 1000 - 3600, endTime=at // 1000 + 3600, queryString=query, **more)["queryId"]


def answer_of(logs, query_id, **more):
    """What came of it, when it is over."""
    def ask():
        answer = logs.get_query_results(queryId=query_id, **more)
        return answer, answer["status"] not in ("Scheduled", "Running")

    deadline = time.monotonic() + 30
    while True:
        answer, is_over = ask()
        if is_over or time.monotonic() > deadline:
            return answer
        time.sleep(0.03)


def all_pages(call, key, **arguments):
    """Everything that a Describe operation gives."""
    items, token = [], {}
    while True:
        answer = call(**token, **arguments)
        items += answer[key]
        if "nextToken" not in answer:
            return items
        token = {"nextToken": answer["nextToken"]}
