"""SQS in both of its protocols: today's JSON and the query protocol of older clients, on the same queues."""
import json
import re

import pytest
from botocore.exceptions import ClientError

from harness import raw
from harness.queues import bodies, json_sqs, make_queue, receive
from harness.refusals import refused

NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"


def query(account, body, target="/"):
    return raw.signed(account.server, account.root, "sqs", body.encode(),
                      {"Content-Type": "application/x-www-form-urlencoded"}, "POST", target)


def in_json(account, operation, **data):
    return raw.json_call(account.server, account.root, "sqs", f"AmazonSQS.{operation}", json.dumps(data).encode(),
                         version="1.0")


def test_what_one_protocol_sends_the_other_receives(account):
    old, new = account.client("sqs"), json_sqs(account)
    url = new.create_queue(QueueName="both", Attributes={"VisibilityTimeout": "0"}, tags={"a": "1"})["QueueUrl"]
    assert old.get_queue_url(QueueName="both")["QueueUrl"] == url
    assert old.list_queue_tags(QueueUrl=url)["Tags"] == new.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "1"}
    attributes = {"kind": {"DataType": "String", "StringValue": "ü<&>"}}
    sent = new.send_message(QueueUrl=url, MessageBody="from json", MessageAttributes=attributes)
    [got] = receive(old, url, MessageAttributeNames=["All"])
    assert got["Body"] == "from json" and got["MessageAttributes"] == attributes
    assert (got["MD5OfBody"], got["MD5OfMessageAttributes"]) == (sent["MD5OfMessageBody"], sent["MD5OfMessageAttributes"])
    old.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    old.send_message(QueueUrl=url, MessageBody="from query <&>\r\n")
    [got] = new.receive_message(QueueUrl=url)["Messages"]
    assert got["Body"] == "from query <&>\r\n"


def test_an_answer_in_json(account):
    answer = in_json(account, "CreateQueue", QueueName="plain")
    assert answer.status == 200 and answer.headers["content-type"] == "application/x-amz-json-1.0"
    assert json.loads(answer.text) == {"QueueUrl": f"{account.server.endpoint}/{account.id}/plain"}
    assert json.loads(in_json(account, "ReceiveMessage", QueueUrl=f"{account.server.endpoint}/{account.id}/plain").text) == {}


def test_an_answer_in_xml(account):
    answer = query(account, "Action=CreateQueue&Version=2012-11-05&QueueName=plain&Attribute.1.Name=DelaySeconds"
                            "&Attribute.1.Value=7&Tag.1.Key=k&Tag.1.Value=v")
    url = f"{account.server.endpoint}/{account.id}/plain"
    assert answer.status == 200
    assert re.fullmatch(rf'<CreateQueueResponse xmlns="{NAMESPACE}"><CreateQueueResult><QueueUrl>{re.escape(url)}</QueueUrl>'
                        r'</CreateQueueResult><ResponseMetadata><RequestId>[^<]+</RequestId></ResponseMetadata>'
                        r'</CreateQueueResponse>', answer.text)
    answer = query(account, f"Action=GetQueueAttributes&QueueUrl={url}&AttributeName.1=DelaySeconds")
    assert "<Attribute><Name>DelaySeconds</Name><Value>7</Value></Attribute>" in answer.text


def test_one_item_of_a_list_or_map_needs_no_number(account):
    """As the samples of API_SetQueueAttributes, API_GetQueueAttributes and API_SendMessage write them."""
    url = make_queue(account.client("sqs"), "samples")
    assert query(account, f"Action=SetQueueAttributes&QueueUrl={url}&Attribute.Name=VisibilityTimeout&Attribute.Value=35").status == 200
    answer = query(account, f"Action=GetQueueAttributes&QueueUrl={url}&AttributeName=All")
    assert "<Attribute><Name>VisibilityTimeout</Name><Value>35</Value></Attribute>" in answer.text
    assert "<Name>QueueArn</Name>" in answer.text
    assert query(account, f"Action=SendMessage&QueueUrl={url}&MessageBody=x&MessageAttribute.Name=kind&MessageAttribute.Value.StringValue=a"
                          "&MessageAttribute.Value.DataType=String").status == 200
    answer = query(account, f"Action=ReceiveMessage&QueueUrl={url}&MessageAttributeName=All&AttributeName=SenderId")
    assert "<MessageAttribute><Name>kind</Name>" in answer.text and "<Name>SenderId</Name>" in answer.text


def test_the_path_of_a_form_names_the_queue(account):
    sqs = account.client("sqs")
    url = make_queue(sqs, "by-path")
    path = f"/{account.id}/by-path"
    assert query(account, "Action=SendMessage&Version=2012-11-05&MessageBody=hello", path).status == 200
    assert query(account, "Action=SendMessage&Version=2012-11-05&MessageBody=again", path + "/").status == 200
    assert sorted(bodies(sqs, url)) == ["again", "hello"]
    answer = query(account, "Action=SendMessage&Version=2012-11-05&MessageBody=hello", f"/{account.id}/other")
    assert "<Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in answer.text and answer.status == 400


def test_errors_have_a_name_in_each(account):
    url = f"{account.server.endpoint}/{account.id}/none"
    answer = in_json(account, "DeleteQueue", QueueUrl=url)
    assert answer.status == 400
    assert json.loads(answer.text) == {"__type": "com.amazonaws.sqs#QueueDoesNotExist",
                                       "message": "The specified queue does not exist."}
    assert answer.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    answer = query(account, f"Action=DeleteQueue&Version=2012-11-05&QueueUrl={url}")
    assert answer.status == 400 and "x-amzn-query-error" not in answer.headers
    assert "<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in answer.text


def test_common_errors_have_a_name_in_each(account):
    nobody = account.user("nobody").creds
    answer = raw.json_call(account.server, nobody, "sqs", "AmazonSQS.ListQueues", version="1.0")
    assert (answer.status, answer.code) == (400, "AccessDeniedException")
    assert answer.headers["x-amzn-query-error"] == "AccessDenied;Sender"
    with refused("AccessDenied", status=403):
        account.client("sqs", creds=nobody).list_queues()
    wrong = nobody._replace(secret_key="x" * 40)
    answer = raw.json_call(account.server, wrong, "sqs", "AmazonSQS.ListQueues", version="1.0")
    assert answer.code == "InvalidSignatureException"
    assert answer.headers["x-amzn-query-error"] == "SignatureDoesNotMatch;Sender"


@pytest.mark.parametrize("operation, parameter", [
    ("CreateQueue", "QueueName"), ("GetQueueUrl", "QueueName"), ("SendMessage", "MessageBody"), ("DeleteMessage", "ReceiptHandle"),
    ("ChangeMessageVisibility", "ReceiptHandle"), ("ReceiveMessage", "QueueUrl"), ("AddPermission", "Label"), ("UntagQueue", "TagKey"),
    ("SetQueueAttributes", "Attribute.Name"), ("TagQueue", "Tags"), ("StartMessageMoveTask", "SourceArn")])
def test_missing_parameters_have_one_text_in_both(account, operation, parameter):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html (MissingParameter)"""
    url = make_queue(account.client("sqs"), "missing")
    given = {} if parameter == "QueueUrl" else {"QueueUrl": url}
    text = f"The request must contain the parameter {parameter}."
    answer = in_json(account, operation, **given)
    assert (answer.status, json.loads(answer.text)["message"]) == (400, text), answer.text
    assert answer.headers["x-amzn-query-error"] == "MissingParameter;Sender"
    answer = query(account, f"Action={operation}" + "".join(f"&{name}={value}" for name, value in given.items()))
    assert (answer.status, answer.code) == (400, "MissingParameter") and text in answer.text, answer.text


def test_empty_maps_and_batches_are_missing(account):
    url = make_queue(account.client("sqs"), "nothing")
    for operation, empty, parameter in (("SetQueueAttributes", {"Attributes": {}}, "Attribute.Name"), ("TagQueue", {"Tags": {}}, "Tags")):
        answer = in_json(account, operation, QueueUrl=url, **empty)
        assert json.loads(answer.text)["message"] == f"The request must contain the parameter {parameter}."
    for operation in ("SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"):
        answer = query(account, f"Action={operation}&QueueUrl={url}")
        assert (answer.status, answer.code) == (400, "AWS.SimpleQueueService.EmptyBatchRequest"), answer.text
        assert f"There should be at least one {operation}RequestEntry in the request." in answer.text
        assert in_json(account, operation, QueueUrl=url).headers["x-amzn-query-error"] == "AWS.SimpleQueueService.EmptyBatchRequest;Sender"
    answer = query(account, f"Action=SendMessageBatch&QueueUrl={url}&SendMessageBatchRequestEntry.1.Id=a"
                            "&SendMessageBatchRequestEntry.1.MessageBody=x&SendMessageBatchRequestEntry.2.MessageBody=y")
    assert answer.code == "MissingParameter"
    assert "The request must contain the parameter SendMessageBatchRequestEntry.2.Id." in answer.text


@pytest.mark.parametrize("call", [query, lambda account, body: in_json(account, "Nonsense")])
def test_unknown_operations(account, call):
    answer = call(account, "Action=Nonsense&Version=2012-11-05")
    assert answer.code in ("InvalidAction", "UnknownOperationException"), answer.text


def test_another_version_has_no_operations(account):
    answer = query(account, "Action=ListQueues&Version=2009-02-01")
    assert (answer.status, answer.code) == (400, "InvalidAction")
    assert "Could not find operation ListQueues for version 2009-02-01" in answer.text


def test_lists_in_json_are_lists(account):
    url = json_sqs(account).create_queue(QueueName="batch")["QueueUrl"]
    out = json_sqs(account).send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}, {"Id": "b", "MessageBody": "\x01"}])
    assert [one["Id"] for one in out["Successful"]] == ["a"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in out["Failed"]] == [("b", "InvalidMessageContents", True)]
    with pytest.raises(ClientError):
        json_sqs(account).send_message_batch(QueueUrl=url, Entries={"Id": "a"})


def test_the_command_line_client_sends_and_receives(account):
    url = account.cli("sqs create-queue --queue-name shell")["QueueUrl"]
    account.cli(f"sqs send-message --queue-url {url} --message-body hello")
    got = account.cli(f"sqs receive-message --queue-url {url} --attribute-names All")
    assert got["Messages"][0]["Body"] == "hello"
    account.cli(f"sqs delete-queue --queue-url {url}")
