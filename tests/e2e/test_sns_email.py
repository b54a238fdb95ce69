"""Topics with subscribers by e-mail: https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html"""
import base64
import json
import re
import socket

import pytest
from botocore.exceptions import ClientError
from harness.account import Account
from harness.endpoints import Endpoint, failures, get, is_signed, subscribe
from harness.mailbox import Mailbox
from harness.server import Server

GONE = "gone@example.com"


@pytest.fixture(scope="module")
def mailbox():
    with Mailbox(refuses={GONE: "550 nobody of that name"}) as one:
        yield one


@pytest.fixture(scope="module")
def mailing(mailbox):
    with Server(arguments=["--smtp", mailbox.address, "--smtp-from", "alarms@merlon.example"]) as running:
        yield running


@pytest.fixture
def account(mailing, home):
    return Account.create(mailing, home)


@pytest.fixture
def sns(account):
    return account.client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="alarms")["TopicArn"]


def url_in(text):
    return re.search(r"https?://\S+", text).group()


def test_a_subscriber_confirms_is_told_and_leaves(sns, topic, mailbox):
    answer = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")
    assert answer["SubscriptionArn"] == "pending confirmation"
    mail, = mailbox.wait(1, "ann@example.com")
    assert mail["Subject"] == "AWS Notification - Subscription Confirmation"
    assert mail["From"] == "AWS Notifications <alarms@merlon.example>" and topic in mail.get_content()
    assert get(url_in(mail.get_content()))[0] == 200
    text = "the root user signed in\n.\n..and \u00fcmlauts" + " and much more" * 500
    sns.publish(TopicArn=topic, Subject="Alarm: root", Message=text)
    mail = mailbox.wait(2, "ann@example.com")[1]
    said, footer = mail.get_content().replace("\r\n", "\n").split("\n\n--\n")
    assert mail["Subject"] == "Alarm: root" and said == text
    assert get(url_in(footer))[0] == 200
    assert not sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]


@pytest.mark.parametrize("subject", ["\u00fc" * 100, "a" + "\u20ac" * 60, "=?UTF-8?Q?other?=", "x" * 100, "a\u00fc"])
def test_subjects_are_told_as_they_are(sns, mailbox, subject):
    topic = sns.create_topic(Name="subjects")["TopicArn"]
    address = f"s{abs(hash(subject))}@example.com"
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    assert get(url_in(mailbox.wait(1, address)[0].get_content()))[0] == 200
    sns.publish(TopicArn=topic, Subject=subject, Message="x")
    mail = mailbox.wait(2, address)[1]
    assert mail["Subject"] == subject
    words = re.findall(r"=\?UTF-8\?B\?(\S+)\?=", dict(mail.raw_items())["Subject"])
    assert "".join(base64.b64decode(word).decode() for word in words) in (subject, "")  # each of whole characters


def test_json(sns, topic, mailbox, openssl):
    sns.subscribe(TopicArn=topic, Protocol="email-json", Endpoint="bob@example.com")
    mail, = mailbox.wait(1, "bob@example.com")
    message = json.loads(mail.get_content())
    assert message["Type"] == "SubscriptionConfirmation" and is_signed(openssl, message)
    sns.confirm_subscription(TopicArn=topic, Token=message["Token"])
    sns.publish(TopicArn=topic, Message="x")
    mail = mailbox.wait(2, "bob@example.com")[1]
    message = json.loads(mail.get_content())
    assert mail["Subject"] == "AWS Notification Message"
    assert message["Message"] == "x" and is_signed(openssl, message)


@pytest.mark.parametrize("address", ["nobody", "@example.com", "a@", "a b@example.com", "a@b@c", "a@example.com\r\nBcc: b@c",
                                     "<a@example.com>", "a@example.com>", "x" * 255 + "@example.com"])
def test_what_is_no_address(sns, topic, address):
    with pytest.raises(ClientError, match="InvalidParameter"):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)


def test_who_is_not_there(account, sns, topic):
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=GONE)
    told, = failures(account)
    assert told["errorCode"] == "MailNotAccepted" and told["attempts"] == 1 and "550" in told["errorMessage"]


def test_without_a_mail_server(new_server, home):
    sns = Account.create(new_server(), home).client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    with pytest.raises(ClientError, match="--smtp"):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")


def test_a_busy_mail_server_is_asked_again(new_server, home):
    with Mailbox(busy=1) as mailbox:
        server = new_server(arguments=["--smtp", mailbox.address])
        sns = Account.create(server, home).client("sns")
        topic = sns.create_topic(Name="t")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")
        mailbox.wait_attempts(1)
        server.admin.advance("11s")
        assert mailbox.wait(1)[0]["From"] == "AWS Notifications <no-reply@sns.amazonaws.com>"


def test_a_mail_server_that_is_silent_keeps_nobody_else_waiting(home):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with Server(arguments=["--smtp", address, "--outbound-networks", "127.0.0.0/8"]) as server, Endpoint() as endpoint:
            sns = Account.create(server, home).client("sns")
            topic = sns.create_topic(Name="alarms")["TopicArn"]
            for number in range(20):
                sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"a{number}@example.com")
            subscribe(sns, topic, endpoint)
            sns.publish(TopicArn=topic, Message="here")
            assert endpoint.wait(2)[-1].message["Message"] == "here"
