"""A browser at the sign-in page, as far as it takes no script: it sends forms and keeps cookies."""
import html
import json
import re
import time
from urllib.parse import urlencode, urlsplit

from harness import raw

PATH = "/_merlon/signin"
PASSWORD = "Sw0rd-fish-1"
FORM = "application/x-www-form-urlencoded"


class Page:
    """What came back."""

    def __init__(self, answer):
        self.answer, self.status, self.headers, self.text = answer, answer.status, answer.headers, answer.text

    @property
    def alert(self):
        found = re.search(r'<p role="alert">(.*?)</p>', self.text)
        return html.unescape(found.group(1)) if found else None

    @property
    def who(self):
        """The ARN of who is signed in; None: nobody."""
        found = re.search(r'<b id="who">(.*?)</b>', self.text)
        return html.unescape(found.group(1)) if found else None

    @property
    def action(self):
        return html.unescape(re.search(r'<form method="post" action="([^"]*)"', self.text).group(1))

    @property
    def hidden(self):
        return {name: html.unescape(value)
                for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.text)}


class Browser:
    """host: the name that the browser believes to call; None: the address itself, and the path that is kept for it."""

    def __init__(self, server, host=None, agent="Mozilla/5.0 (test)", **headers):
        self.server, self.host, self.cookies = server, host, {}
        self.path = "" if host else PATH
        self.headers = {"User-Agent": agent, **headers, **({"Host": host} if host else {})}

    def ask(self, method, target, body=b"", headers=None):
        headers = {**self.headers, **(headers or {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        page = Page(raw.send(self.server, method, target, headers, body))
        self.keep(page.headers.get("set-cookie"))
        return page

    def keep(self, cookie):
        if not cookie:
            return
        name, _, value = cookie.split(";")[0].partition("=")
        if "Max-Age=0" in cookie:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value

    def get(self, path="/"):
        return self.ask("GET", self.path + path)

    def post(self, path, headers=None, **fields):
        return self.send(self.path + path, fields, headers)

    def send(self, target, fields, headers=None):
        return self.ask("POST", target, urlencode(fields).encode(), {"Content-Type": FORM, **(headers or {})})

    def submit(self, page, **fields):
        """The form of a page, filled in."""
        return self.send(page.action, {**page.hidden, **fields})

    def sign_in(self, account, username, password=PASSWORD, mfacode="", **headers):
        return self.post("/authenticate", headers, account=getattr(account, "id", account), username=username, password=password,
                         mfacode=mfacode)

    @property
    def who(self):
        return self.get("/").who

    def signin_token(self, creds, **parameters):
        """The answer of the federation endpoint."""
        session = json.dumps({"sessionId": creds.access_key, "sessionKey": creds.secret_key, "sessionToken": creds.token})
        return self.get("/federation?" + urlencode({"Action": "getSigninToken", "Session": session, **parameters}))

    def post_signin_token(self, creds, **parameters):
        session = json.dumps({"sessionId": creds.access_key, "sessionKey": creds.secret_key, "sessionToken": creds.token})
        return self.post("/federation", Action="getSigninToken", Session=session, **parameters)

    def federate(self, token, destination="https://console.aws.amazon.com/", **parameters):
        return self.get("/federation?" + urlencode({
            "Action": "login", "Issuer": "https://example.com", "Destination": destination, "SigninToken": token, **parameters}))


def is_in(page):
    """Signed in: sent on, with a cookie."""
    place = urlsplit(page.headers.get("location", ""))
    return page.status in (302, 303) and (place.scheme in ("http", "https") or place.path.startswith("/")) and \
        "merlon-session=" in page.headers.get("set-cookie", "")


def login(account, name, policy=None, password=PASSWORD, **more):
    """A user with a password."""
    user = account.user(name, policy)
    account.iam.create_login_profile(UserName=name, Password=password, **more)
    return user


def sign_ins(account, count=1, name="ConsoleLogin", **more):
    """All records of sign-ins, the newest first, when there are so many: the history follows by some tenths of a second."""
    end = time.monotonic() + 20
    while True:
        rows = account.events_named(name, **more)
        if len(rows) >= count or time.monotonic() > end:
            assert len(rows) == count, rows
            return rows
        time.sleep(0.02)
