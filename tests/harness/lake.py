"""Event data stores of CloudTrail Lake, and what their queries answer."""
import time

QUERY_S = 30


def new_store(account, name="store", region="us-east-1", **more):
    """Its ARN."""
    more = {"TerminationProtectionEnabled": False, **more}
    return account.client("cloudtrail", region=region).create_event_data_store(Name=name, **more)["EventDataStoreArn"]


def id_of(arn):
    return arn.rsplit("/", 1)[1]


def await_query(trails, query_id, store=None):
    """What DescribeQuery says of one that has come to its end."""
    end = time.monotonic() + QUERY_S
    while True:
        told = trails.describe_query(QueryId=query_id)
        if told["QueryStatus"] not in ("QUEUED", "RUNNING"):
            return told
        assert time.monotonic() < end, told
        time.sleep(0.05)


def rows_of(trails, query_id, **more):
    """All rows as dicts, page by page."""
    rows, token = [], {}
    while True:
        answer = trails.get_query_results(QueryId=query_id, **token, **more)
        rows += [{name: value for column in row for name, value in column.items()} for row in answer["QueryResultRows"]]
        if "NextToken" not in answer:
            return rows
        token = {"NextToken": answer["NextToken"]}


def ask(account, statement, **stores):
    """The rows of a statement, in which {store} stands for a store's ARN."""
    trails = account.client("cloudtrail")
    statement = statement.format(**{name: id_of(arn) for name, arn in stores.items()})
    query_id = trails.start_query(QueryStatement=statement)["QueryId"]
    told = await_query(trails, query_id)
    assert told["QueryStatus"] == "FINISHED", told
    return rows_of(trails, query_id)


def await_events(account, store, name, count=1):
    """So many events of a name are in the store."""
    end = time.monotonic() + QUERY_S
    while True:
        rows = ask(account, f"SELECT count(*) AS n FROM {{store}} WHERE eventName = '{name}'", store=store)
        if int(rows[0]["n"]) >= count:
            return
        assert time.monotonic() < end
        time.sleep(0.1)
