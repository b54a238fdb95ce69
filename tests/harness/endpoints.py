"""Endpoints that subscribe to topics: an HTTP or HTTPS server of the test's own, and the messages that came to it, whose
signatures are verified as AWS says: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html"""
import base64
import json
import re
import ssl
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

ARRIVAL_S = 20
SIGNED = {
    "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
    "SubscriptionConfirmation": ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
}


class Post:
    """One request that came."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, {name.lower(): value for name, value in headers}, body

    @property
    def message(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.headers.get("x-amz-sns-message-type")


class Endpoint:
    """Answers each POST with the next of its statuses, then with the last. tls: files of a certificate and its key."""

    def __init__(self, *statuses, tls=None, hold=None):
        self.statuses, self.posts, self.changed = list(statuses) or [200], [], threading.Condition()
        self.hold = hold
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Else its two writes wait for the other side's acknowledgement of the first: 40 ms for each message.
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = endpoint.take(Post(self.path, self.headers.items(), body))
                if endpoint.hold is not None:
                    endpoint.hold.wait(ARRIVAL_S)
                self.send_response(status)
                self.send_header("Content-Length", "2")
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # who asked was killed
        self.server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def take(self, post):
        with self.changed:
            self.posts.append(post)
            self.changed.notify_all()
            return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    def wait(self, count):
        """The posts, when so many have come."""
        with self.changed:
            came = self.changed.wait_for(lambda: len(self.posts) >= count, ARRIVAL_S)
            assert came, f"{len(self.posts)} of {count} came: {[(post.type, post.body) for post in self.posts]}"
            return list(self.posts)

    def close(self):
        if self.hold is not None:
            self.hold.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def get(url, method="GET"):
    """Status, headers and text of the answer to an unsigned request."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def is_signed(openssl, message):
    """By the certificate that it names, which belongs to SNS."""
    assert re.fullmatch(r"/SimpleNotificationService-[0-9a-f]{32}\.pem", urlsplit(message["SigningCertURL"]).path)
    status, headers, certificate = get(message["SigningCertURL"])
    assert status == 200 and headers["Content-Type"] == "application/x-pem-file"
    file = openssl.file(certificate.encode())
    assert "CN = sns.amazonaws.com" in openssl.run("x509", "-in", file, "-noout", "-subject").decode()
    openssl.run("verify", "-CAfile", file, file)
    public = openssl.run("x509", "-in", file, "-noout", "-pubkey")
    names = [name for name in SIGNED[message["Type"]] if name in message]
    text = "".join(f"{name}\n{message[name]}\n" for name in names).encode()
    digest = {"1": "-sha1", "2": "-sha256"}[message["SignatureVersion"]]
    signature = openssl.file(base64.b64decode(message["Signature"], validate=True))
    return openssl.try_run("dgst", digest, "-verify", openssl.file(public), "-signature", signature,
                           openssl.file(text)).returncode == 0


def subscribe(sns, topic, endpoint, path="/hook", **attributes):
    """The ARN of a confirmed subscription of the endpoint."""
    arn = sns.subscribe(TopicArn=topic, Protocol=urlsplit(endpoint.url).scheme, Endpoint=endpoint.url + path,
                        Attributes=attributes, ReturnSubscriptionArn=True)["SubscriptionArn"]
    count = len(endpoint.posts) + 1 if not endpoint.posts else len(endpoint.posts)
    posts = endpoint.wait(max(count, 1))
    token = next(post.message["Token"] for post in reversed(posts) if post.type == "SubscriptionConfirmation"
                 and post.path == path)
    sns.confirm_subscription(TopicArn=topic, Token=token)
    return arn


def failures(account, count=1):
    """What the event history tells of deliveries that failed for good, when it tells of so many."""
    end = time.monotonic() + ARRIVAL_S
    while time.monotonic() < end:
        events = account.client("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "sns.amazonaws.com"}])["Events"]
        found = [json.loads(event["CloudTrailEvent"])["serviceEventDetails"] for event in events
                 if event["EventName"] in ("PostMessage", "PostLetter")]
        if len(found) >= count:
            return found
        time.sleep(0.1)
    raise AssertionError("not so many failures are told")
