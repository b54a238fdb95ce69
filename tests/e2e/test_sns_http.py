"""Topics with HTTP and HTTPS subscribers: confirmed, told, tried again, given up.
https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html"""
import json
import threading

import pytest
from botocore.exceptions import ClientError
from harness.account import Account
from harness.endpoints import Endpoint, failures, get, is_signed, subscribe
from harness.event_rules import Queue
from harness.server import Server
from harness.tls import make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("endpoint"))


@pytest.fixture(scope="module")
def outward(certificate):
    """A server that may send to this machine, and trusts the endpoints' certificate."""
    with Server(arguments=["--outbound-networks", "127.0.0.0/8", "--outbound-ca", certificate[0],
                           "--admin-listen", "127.0.0.1:0"]) as running:
        yield running


@pytest.fixture
def account(outward, home):
    return Account.create(outward, home)


@pytest.fixture
def sns(account):
    return account.client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="alarms")["TopicArn"]


@pytest.fixture
def endpoint():
    with Endpoint() as one:
        yield one


def dead_letters(account, name="dead"):
    return Queue(account, name, policy={"Service": "sns.amazonaws.com"})


def redrive(queue):
    return json.dumps({"deadLetterTargetArn": queue.arn})


def refusal(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# -- Confirming

def test_the_request_to_confirm(sns, topic, endpoint, openssl):
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url + "/a?b=c")
    assert answer["SubscriptionArn"] == "pending confirmation"
    post, = endpoint.wait(1)
    message = post.message
    assert post.path == "/a?b=c" and post.type == message["Type"] == "SubscriptionConfirmation"
    assert post.headers["x-amz-sns-message-id"] == message["MessageId"]
    assert post.headers["x-amz-sns-topic-arn"] == message["TopicArn"] == topic
    assert post.headers["content-type"] == "text/plain; charset=UTF-8"
    assert post.headers["user-agent"] == "Amazon Simple Notification Service Agent"
    assert "x-amz-sns-subscription-arn" not in post.headers and "expect" not in post.headers
    assert message["Token"] in message["SubscribeURL"] and topic in message["Message"]
    assert message["SignatureVersion"] == "1" and is_signed(openssl, message)
    assert not is_signed(openssl, {**message, "Token": message["Token"][:-1]})
    subscription, = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert subscription["SubscriptionArn"] == "PendingConfirmation"


def test_whoever_visits_the_url_confirms_and_unsubscribes(sns, topic, endpoint):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    sns.publish(TopicArn=topic, Message="before")
    status, _, text = get(endpoint.wait(1)[0].message["SubscribeURL"])
    subscription, = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert status == 200 and f"<SubscriptionArn>{subscription['SubscriptionArn']}</SubscriptionArn>" in text
    sns.publish(TopicArn=topic, Message="after")
    post = endpoint.wait(2)[1]
    assert post.message["Message"] == "after"
    assert post.headers["x-amz-sns-subscription-arn"] == subscription["SubscriptionArn"]
    status, _, _ = get(post.message["UnsubscribeURL"])
    assert status == 200 and not sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]


def test_an_unsigned_call_is_of_the_region_of_the_arn(account, endpoint):
    sns = account.client("sns", region="eu-west-1")
    topic = sns.create_topic(Name="abroad")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    status, _, text = get(endpoint.wait(1)[0].message["SubscribeURL"])
    subscription, = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert status == 200 and subscription["SubscriptionArn"] in text
    sns.publish(TopicArn=topic, Message="x")
    assert get(endpoint.wait(2)[1].message["UnsubscribeURL"])[0] == 200
    assert not sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert get(endpoint.posts[1].message["UnsubscribeURL"].replace("eu-west-1", "nowhere"))[0] == 400


def test_retries_end_within_an_hour(sns, topic, endpoint):
    arn = subscribe(sns, topic, endpoint)
    retry = {"minDelayTarget": 60, "maxDelayTarget": 60, "numRetries": 60, "numMaxDelayRetries": 60}
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="DeliveryPolicy",
                                    AttributeValue=json.dumps({"healthyRetryPolicy": retry}))
    retry["numRetries"] += 1
    for call, names, policy in [(sns.set_subscription_attributes, {"SubscriptionArn": arn}, {"healthyRetryPolicy": retry}),
                                (sns.set_topic_attributes, {"TopicArn": topic}, {"http": {"defaultHealthyRetryPolicy": retry}})]:
        code, text = refusal(call, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(policy), **names)
        assert code == "InvalidParameter" and "3600 seconds" in text


def test_a_content_type_is_one_line(sns, topic, endpoint):
    arn = subscribe(sns, topic, endpoint)
    for kind in ["text/plain\r\nX-Other: 1", "text", "/plain", "text/", "text/\u00fc", "a/" + "b" * 300, 1]:
        policy = json.dumps({"requestPolicy": {"headerContentType": kind}})
        code, text = refusal(sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName="DeliveryPolicy",
                             AttributeValue=policy)
        assert code == "InvalidParameter" and "headerContentType" in text, kind
        assert refusal(sns.set_topic_attributes, TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(
            {"http": {"defaultRequestPolicy": {"headerContentType": kind}}}))[0] == "InvalidParameter", kind


def test_a_wrong_token_confirms_nothing(sns, topic, endpoint):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    message = endpoint.wait(1)[0].message
    wrong = message["SubscribeURL"].replace(message["Token"], message["Token"][::-1])
    status, _, text = get(wrong)
    assert status == 400 and "InvalidParameter" in text
    assert refusal(sns.confirm_subscription, TopicArn=topic, Token="0" * 128)[0] == "InvalidParameter"


def test_who_confirms_with_a_signature_may_keep_others_from_unsubscribing(sns, topic, endpoint):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    message = endpoint.wait(1)[0].message
    status, _, _ = get(message["SubscribeURL"] + "&AuthenticateOnUnsubscribe=true")
    assert status == 403
    arn = sns.confirm_subscription(TopicArn=topic, Token=message["Token"],
                                   AuthenticateOnUnsubscribe="true")["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="x")
    status, _, _ = get(endpoint.wait(2)[1].message["UnsubscribeURL"])
    assert status == 403
    sns.unsubscribe(SubscriptionArn=arn)
    assert not sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]


def test_what_is_no_endpoint(sns, topic):
    for protocol, url in [("http", "https://example.com"), ("https", "http://example.com"), ("http", "ftp://example.com"),
                          ("http", "example.com"), ("http", "http://"), ("http", "http:///x"), ("http", "http://a b/"),
                          ("http", "http://example.com/\r\nX: y"), ("http", "http://me:secret@example.com/")]:
        code, _ = refusal(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=url)
        assert code == "InvalidParameter", url
    fifo = sns.create_topic(Name="a.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    assert refusal(sns.subscribe, TopicArn=fifo, Protocol="http", Endpoint="http://example.com")[0] == "InvalidParameter"


# -- Messages

@pytest.mark.parametrize("version", ["1", "2"])
def test_a_message_is_signed(account, sns, endpoint, openssl, version):
    topic = sns.create_topic(Name=f"signed-{version}", Attributes={"SignatureVersion": version})["TopicArn"]
    arn = subscribe(sns, topic, endpoint)
    text = 'two\nlines, "quotes", \u00fc, \t'
    published = sns.publish(TopicArn=topic, Subject="It burns", Message=text, MessageAttributes={
        "level": {"DataType": "Number", "StringValue": "3"}})
    post = endpoint.wait(2)[1]
    message = post.message
    assert message["Message"] == text and message["Subject"] == "It burns" and post.type == "Notification"
    assert message["MessageId"] == post.headers["x-amz-sns-message-id"] == published["MessageId"]
    assert post.headers["x-amz-sns-subscription-arn"] == arn
    assert message["MessageAttributes"] == {"level": {"Type": "Number", "Value": "3"}}
    assert message["SignatureVersion"] == version and is_signed(openssl, message)
    assert not is_signed(openssl, {**message, "Message": text + "."})
    assert not is_signed(openssl, {**message, "Subject": "It does not"})
    assert is_signed(openssl, {name: value for name, value in message.items() if name != "MessageAttributes"})


def test_without_a_subject(sns, topic, endpoint, openssl):
    subscribe(sns, topic, endpoint)
    sns.publish(TopicArn=topic, Message="x")
    message = endpoint.wait(2)[1].message
    assert "Subject" not in message and is_signed(openssl, message)


def test_messages_of_queues_are_signed_too(account, sns, topic, openssl):
    queue = dead_letters(account, "signed")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    sns.publish(TopicArn=topic, Message="x")
    message, = queue.events()
    assert message["Message"] == "x" and is_signed(openssl, message)


def test_certificates_that_are_not_there(outward):
    for name in ["0" * 32 + ".pem", "0" * 31 + ".pem", "..%2f..%2fmaster.key", "", "x" * 5000 + ".pem"]:
        status, _, text = get(f"{outward.endpoint}/SimpleNotificationService-{name}")
        assert status == 404 and not text


def test_raw(sns, topic, endpoint):
    arn = subscribe(sns, topic, endpoint, RawMessageDelivery="true", DeliveryPolicy=json.dumps(
        {"requestPolicy": {"headerContentType": "application/json"}}))
    sns.publish(TopicArn=topic, Message='{"a": 1}', Subject="ignored")
    post = endpoint.wait(2)[1]
    assert post.body == b'{"a": 1}' and post.headers["x-amz-sns-rawdelivery"] == "true"
    assert post.type == "Notification" and post.headers["x-amz-sns-subscription-arn"] == arn
    assert post.headers["content-type"] == "application/json"


def test_a_text_of_its_own(sns, topic, endpoint):
    subscribe(sns, topic, endpoint)
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "d", "http": "for http"}))
    assert endpoint.wait(2)[1].message["Message"] == "for http"


def test_https_is_verified(sns, topic, certificate, tmp_path):
    with Endpoint(tls=certificate) as trusted, Endpoint(tls=make_certificate(tmp_path)) as stranger:
        subscribe(sns, topic, trusted)
        sns.publish(TopicArn=topic, Message="x")
        assert trusted.wait(2)[1].message["Message"] == "x"
        sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=stranger.url)
        sns.publish(TopicArn=topic, Message="y")
        trusted.wait(3)
        assert not stranger.posts


# -- When it fails

def test_client_errors_are_final(account, sns, topic):
    queue = dead_letters(account)
    with Endpoint(200, 404) as endpoint:
        arn = subscribe(sns, topic, endpoint, RedrivePolicy=redrive(queue))
        sns.publish(TopicArn=topic, Message="lost")
        letter, = queue.receive()
        assert json.loads(letter["Body"])["Message"] == "lost"
        assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "404"
        assert len(endpoint.posts) == 2
    told, = failures(account)
    assert told["topicArn"] == topic and told["failures"][0]["subscriptionArn"] == arn
    assert told["failures"][0]["errorCode"] == "404" and told["failures"][0]["attempts"] == 1


def test_redirects_are_not_followed(account, sns, topic):
    queue = dead_letters(account)
    with Endpoint(200, 302) as endpoint:
        subscribe(sns, topic, endpoint, RedrivePolicy=redrive(queue))
        sns.publish(TopicArn=topic, Message="x")
        assert queue.receive()[0]["MessageAttributes"]["ErrorCode"]["StringValue"] == "302"
        assert [post.path for post in endpoint.posts] == ["/hook", "/hook"]


def test_immediate_retries(sns, topic):
    policy = {"healthyRetryPolicy": {"numRetries": 3, "numNoDelayRetries": 3, "minDelayTarget": 1, "maxDelayTarget": 1}}
    with Endpoint(200, 500, 503, 429, 200) as endpoint:
        subscribe(sns, topic, endpoint, DeliveryPolicy=json.dumps(policy))
        sns.publish(TopicArn=topic, Message="x")
        posts = endpoint.wait(5)[1:]
        assert len({post.message["MessageId"] for post in posts}) == 1
        assert len({post.message["Signature"] for post in posts}) == 1


def test_addresses_that_are_closed(account, sns, topic, outward):
    admin = outward.ready["admin_endpoint"]
    queue = dead_letters(account)
    for url in ["http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]:1/", admin + "/status"]:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url, Attributes={"RedrivePolicy": redrive(queue)})
    for told in failures(account, 4):
        assert told["errorCode"] == "EndpointNotAllowed" and told["type"] == "SubscriptionConfirmation"
        assert told["attempts"] == 1


def test_nothing_is_sent_to_this_machine_unless_it_is_opened(new_server, home):
    account = Account.create(new_server(), home)
    sns = account.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    with Endpoint() as endpoint:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
        told, = failures(account)
        assert told["errorCode"] == "EndpointNotAllowed" and told["endpoint"] == endpoint.url
        assert not endpoint.posts


def test_who_is_slow_keeps_nobody_waiting(sns, topic, endpoint):
    hold = threading.Event()
    with Endpoint() as slow:
        subscribe(sns, topic, slow)
        subscribe(sns, topic, endpoint)
        slow.hold = hold
        for number in range(20):
            sns.publish(TopicArn=topic, Message=str(number))
        quick = endpoint.wait(21)[1:]
        assert sorted(int(post.message["Message"]) for post in quick) == list(range(20))
        assert len(slow.posts) <= 1 + 4
        hold.set()
        slow.wait(21)


# -- By the clock

@pytest.fixture(scope="module")
def later(certificate):
    with Server(arguments=["--outbound-networks", "127.0.0.0/8"]) as running:
        yield running


def moved(server, duration):
    server.admin.advance(duration)
    server.admin.past_the_jump()


def test_retries_by_the_clock_then_the_dead_letter(later, home):
    account = Account.create(later, home)
    sns, queue = account.client("sns"), dead_letters(account)
    topic = sns.create_topic(Name="t")["TopicArn"]
    with Endpoint(200, 500) as endpoint:
        subscribe(sns, topic, endpoint, RedrivePolicy=redrive(queue))
        sns.publish(TopicArn=topic, Message="x")
        endpoint.wait(2)
        later.admin.advance("15s")
        assert len(endpoint.posts) == 2
        later.admin.advance("6s")
        assert len(endpoint.posts) == 3
        moved(later, "1h")
        assert len(endpoint.posts) == 5 and len({post.message["MessageId"] for post in endpoint.posts[1:]}) == 1
        letter, = queue.receive()
        assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "500"


def test_a_policy_of_its_own(later, home):
    account = Account.create(later, home)
    sns = account.client("sns")
    policy = {"http": {"defaultHealthyRetryPolicy": {
        "minDelayTarget": 5, "maxDelayTarget": 100, "numRetries": 4, "numNoDelayRetries": 0, "numMinDelayRetries": 2,
        "numMaxDelayRetries": 2, "backoffFunction": "linear"}}}
    topic = sns.create_topic(Name="own", Attributes={"DeliveryPolicy": json.dumps(policy)})["TopicArn"]
    with Endpoint(200, 503) as endpoint:
        subscribe(sns, topic, endpoint)
        sns.publish(TopicArn=topic, Message="x")
        endpoint.wait(2)
        seen = []
        for pause in ["6s", "6s", "80s", "30s", "70s", "60s"]:
            later.admin.advance(pause)
            seen.append(len(endpoint.posts))
        assert seen == [3, 4, 4, 5, 5, 6]


def test_a_confirmation_is_tried_again_and_a_token_ends(later, home):
    account = Account.create(later, home)
    sns = account.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    with Endpoint(500, 200) as endpoint:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
        endpoint.wait(1)
        later.admin.advance("21s")
        first, second = endpoint.wait(2)
        assert first.body == second.body and first.headers["x-amz-sns-message-id"] == second.headers["x-amz-sns-message-id"]
        later.admin.advance("3d")
        assert get(second.message["SubscribeURL"])[0] == 400
        assert len(endpoint.posts) == 2


def test_the_key_is_renewed_and_old_certificates_stay(later, home, openssl):
    account = Account.create(later, home)
    sns = account.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    with Endpoint() as endpoint:
        subscribe(sns, topic, endpoint)
        sns.publish(TopicArn=topic, Message="x")
        before = endpoint.wait(2)[1].message
        moved(later, "380d")
        sns.publish(TopicArn=topic, Message="y")
        after = endpoint.wait(3)[2].message
        assert before["SigningCertURL"] != after["SigningCertURL"]
        assert get(before["SigningCertURL"])[0] == get(after["SigningCertURL"])[0] == 200
        assert is_signed(openssl, before)
