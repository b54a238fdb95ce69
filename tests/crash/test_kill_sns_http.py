"""kill -9 amid messages on their way to an endpoint: each that was acknowledged comes, at least once, also those that were
to be tried again, and nothing comes that nobody published."""
import contextlib
import random
import threading
import time

import pytest

from harness.account import Account, make_client
from harness.endpoints import Endpoint, is_signed, subscribe

SHORT_ROUNDS = 3
LONG_ROUNDS = 20
PUBLISHERS = 3


class Publisher(threading.Thread):
    def __init__(self, server, creds, topic, name):
        super().__init__(daemon=True)
        self.client, self.topic, self.name_, self.number = make_client(server, "sns", creds), topic, name, 0
        self.tried, self.published = set(), set()

    def run(self):
        with contextlib.suppress(Exception):  # the server is gone
            while True:
                self.number += 1
                text = f"{self.name_} {self.number}"
                self.tried.add(text)
                self.client.publish(TopicArn=self.topic, Message=text)
                self.published.add(text)


def texts(endpoint):
    return {post.message["Message"] for post in endpoint.posts if post.type == "Notification"}


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.long)])
def test_messages_come_at_least_once(new_server, tmp_path, home, openssl, rounds):
    server = new_server(data=tmp_path / "data", arguments=["--outbound-networks", "127.0.0.0/8"])
    account = Account.create(server, home)
    topic = account.client("sns").create_topic(Name="alarms")["TopicArn"]
    tried, published = set(), set()
    with Endpoint() as endpoint:
        subscribe(account.client("sns"), topic, endpoint)
        for number in range(rounds):
            endpoint.statuses = [random.choice((200, 200, 503)) for _ in range(40)] + [200]
            threads = [Publisher(server, account.root, topic, f"r{number}p{one}") for one in range(PUBLISHERS)]
            for thread in threads:
                thread.start()
            time.sleep(random.uniform(0.5, 1.5))
            server.kill()
            for thread in threads:
                thread.join(60)
                assert not thread.is_alive()
                tried |= thread.tried
                published |= thread.published
            server.start()
        endpoint.statuses = [200]
        for _ in range(3):
            server.admin.advance("1m")
        came = texts(endpoint)
        assert published and published - came == set(), "lost"
        assert came - tried == set(), "invented"
        last = endpoint.posts[-1].message
        last["SigningCertURL"] = server.endpoint + last["SigningCertURL"][last["SigningCertURL"].index("/Simple"):]
        assert is_signed(openssl, last)
    print(f"{rounds} kills, {len(published)} published, {len(endpoint.posts)} posts")
