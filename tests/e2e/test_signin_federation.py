"""Signing in with temporary credentials: the federation endpoint.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html"""
import json

import pytest

from harness.account import policy
from harness.credentials import Credentials
from harness.own_clock import later, past_the_jump, server  # noqa: F401 (fixtures)
from harness.sign_in import Browser, is_in, sign_ins

CONSOLE = "https://console.aws.amazon.com/"
BAD_TOKEN = "The sign-in token is not valid, or has expired."


@pytest.fixture
def browser(server):
    return Browser(server)


class Broker:
    """A user that assumes a role for others."""

    def __init__(self, account, **role):
        self.account = account
        self.user = account.user("broker", policy("*"))
        self.role = account.role("guest", **role)
        self.role_id = account.iam.get_role(RoleName="guest")["Role"]["RoleId"]

    def creds(self, **more):
        return self.account.assume(self.role, self.user.creds, "JohnDoe", **more)

    def federated(self):
        sts = self.user.client("sts")
        return Credentials.of(sts.get_federation_token(Name="bob", Policy=json.dumps(policy("s3:*")))["Credentials"])


@pytest.fixture
def broker(account):
    return Broker(account)


def token_of(page):
    assert page.status == 200 and page.headers["cache-control"] == "no-store", page.text
    return json.loads(page.text)["SigninToken"]


def refusal(page):
    assert page.status == 400 and "set-cookie" not in page.headers, page.text
    return json.loads(page.text)["message"]


def test_a_role(account, broker, browser):
    creds = broker.creds()
    token = token_of(browser.signin_token(creds))
    assert not {creds.token, creds.secret_key} & {token} and creds.token not in token
    page = browser.federate(token, CONSOLE + "s3/home?region=us-east-1#a")
    assert page.status == 302 and page.headers["location"] == CONSOLE + "s3/home?region=us-east-1#a" and is_in(page)
    arn = f"arn:aws:sts::{account.id}:assumed-role/guest/JohnDoe"
    assert browser.who == arn
    rows = {name: account.event(name) for name in ("GetSigninToken", "ConsoleLogin")}
    for row in rows.values():
        identity = row["userIdentity"]
        assert identity["type"] == "AssumedRole" and identity["arn"] == arn and identity["accessKeyId"] == creds.access_key
        assert identity["principalId"] == f"{broker.role_id}:JohnDoe" and identity["accountId"] == account.id
        assert identity["sessionContext"]["sessionIssuer"] == {
            "type": "Role", "principalId": broker.role_id, "arn": broker.role, "accountId": account.id, "userName": "guest"}
        assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
        assert row["additionalEventData"] == {"MobileVersion": "No", "MFAUsed": "No"}
        assert row["eventType"] == "AwsConsoleSignIn" and row["requestParameters"] is None and not row["readOnly"]
    assert rows["ConsoleLogin"]["responseElements"] == {"ConsoleLogin": "Success"}
    assert rows["GetSigninToken"]["responseElements"] == {
        "credentials": {"accessKeyId": creds.access_key}, "GetSigninToken": "Success"}
    history = json.dumps(account.events()) + account.server.log()
    assert not [secret for secret in (creds.secret_key, creds.token, token) if secret in history]


def test_by_forms(account, broker, browser):
    """No secret is in an address then."""
    creds = broker.creds()
    token = token_of(browser.post_signin_token(creds, SessionDuration=1800))
    given = account.event("GetSigninToken")["responseElements"]["credentials"]["accessKeyId"]
    page = browser.post("/federation", Action="login", Destination=CONSOLE, SigninToken=token)
    assert page.status == 302 and page.headers["location"] == CONSOLE and is_in(page) and browser.who
    row = account.event("ConsoleLogin")
    assert row["responseElements"] == {"ConsoleLogin": "Success"} and row["userIdentity"]["accessKeyId"] == given
    assert refusal(browser.post("/federation", Action="login", SigninToken="x")) == BAD_TOKEN
    assert "not valid" in refusal(browser.post_signin_token(creds._replace(secret_key="x")))
    assert "Action" in refusal(browser.post("/federation", Action="other"))
    assert "SessionDuration" in refusal(browser.post_signin_token(creds, SessionDuration=5))
    row = sign_ins(account, 2, "GetSigninToken")[0]
    assert row["responseElements"] == {"GetSigninToken": "Failure"}


def test_a_federated_user(account, broker, browser):
    creds = broker.federated()
    assert "GetFederationToken" in refusal(browser.signin_token(creds, SessionDuration=1800))
    assert is_in(browser.federate(token_of(browser.signin_token(creds))))
    assert browser.who == f"arn:aws:sts::{account.id}:federated-user/bob"
    assert account.event("ConsoleLogin")["userIdentity"]["type"] == "FederatedUser"


def test_credentials_that_are_none(account, broker, browser):
    creds = broker.creds()
    other = broker.creds()
    session = broker.user.client("sts").get_session_token()["Credentials"]
    middle = len(creds.token) // 2
    forged = creds.token[:middle] + ("A" if creds.token[middle] != "A" else "B") + creds.token[middle + 1:]
    for wrong in (creds._replace(secret_key=other.secret_key), creds._replace(access_key=other.access_key),
                  creds._replace(token=other.token), creds._replace(token=forged), creds._replace(secret_key=""),
                  broker.user.creds._replace(token="x")):
        assert refusal(browser.signin_token(wrong)) == "The credentials in the Session parameter are not valid, or have expired."
    assert refusal(browser.signin_token(Credentials.of(session))) == \
        "Only credentials of AssumeRole and GetFederationToken can be used."
    row = account.event("GetSigninToken", fits=lambda row: row["userIdentity"].get("userName") == "broker")
    assert row["responseElements"] == {"GetSigninToken": "Failure"}
    assert row["errorMessage"].startswith("Only credentials") and "errorCode" not in row
    for text in ("", "x", "[]", "{}", '{"sessionId": 1, "sessionKey": 2, "sessionToken": 3}', "null"):
        answer = browser.get("/federation?Action=getSigninToken&Session=" + text.replace('"', "%22").replace(" ", "+"))
        assert answer.status == 400, text
    assert browser.get("/federation?Action=getSigninToken").status == 400
    assert browser.get("/federation?Action=other").status == 400 and browser.get("/federation").status == 400


def test_a_role_that_is_gone(account, broker, browser):
    creds = broker.creds()
    token = token_of(browser.signin_token(creds))
    assert is_in(browser.federate(token)) and browser.who
    account.iam.delete_role(RoleName="guest")
    assert browser.who is None and refusal(browser.federate(token)) == BAD_TOKEN
    assert "not valid" in refusal(browser.signin_token(creds))


def test_tokens_that_are_none(broker, browser):
    token = token_of(browser.signin_token(broker.creds()))
    middle = len(token) // 2
    forged = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1:]
    for wrong in (forged, "", "x", token[:-8], broker.creds().token):
        assert refusal(browser.federate(wrong)) == BAD_TOKEN and not browser.cookies


def test_where_it_may_go_on_to(account, broker, server):
    token = token_of(Browser(server).signin_token(broker.creds()))
    host = server.endpoint.removeprefix("http://")
    good = [CONSOLE, "https://us-east-1.console.aws.amazon.com/ec2/home", f"http://{host}/x", "/_merlon/signin/", "/"]
    bad = ["https://evil.example/", "//evil.example/", "/\\evil.example", "http://console.aws.amazon.com/", "javascript:alert(1)",
           "https://console.aws.amazon.com.evil.example/", "https://console.aws.amazon.com@evil.example/", "https:evil.example",
           "https://evil.example/.aws.amazon.com", "https://evil.example#.aws.amazon.com", "https://evil.example\\.aws.amazon.com",
           f"http://{host}@evil.example/", f"http://{host}0/", "console.aws.amazon.com", "https://.aws.amazon.com:1@x/", "https://",
           "/a\r\nSet-Cookie: a=b", " /", "\thttps://console.aws.amazon.com/"]
    for destination in good:
        page = Browser(server).federate(token, destination)
        assert is_in(page), destination
        assert page.headers["location"] == destination
    for destination in bad:
        assert refusal(Browser(server).federate(token, destination)) == "The Destination parameter is not a page of the console."
    row = sign_ins(account, len(good) + len(bad))[0]
    assert row["responseElements"] == {"ConsoleLogin": "Failure"} and row["errorMessage"].startswith("The Destination")


def test_how_long_a_token_and_a_session_last(broker, browser, server, later):
    token = token_of(browser.signin_token(broker.creds()))
    later("14m")
    assert is_in(browser.federate(token))
    later("2m")
    assert refusal(Browser(server).federate(token)) == BAD_TOKEN
    assert browser.who
    later("45m")  # the credentials' hour is over
    assert browser.who is None


def test_a_session_duration(account, browser, later):
    broker = Broker(account, MaxSessionDuration=7200)
    creds = broker.creds()
    for seconds, why in ((899, "from 900 to 43200"), (43201, "from 900 to 43200"), (7200, "less than the role's maximum")):
        assert why in refusal(browser.signin_token(creds, SessionDuration=seconds)), seconds
    assert browser.signin_token(creds, SessionDuration="x").status == 400
    token = token_of(browser.signin_token(creds, SessionDuration=7199))
    row = account.event("GetSigninToken", fits=lambda row: row["responseElements"]["GetSigninToken"] == "Success")
    given = row["responseElements"]["credentials"]["accessKeyId"]
    assert given.startswith("ASIA") and given != creds.access_key
    assert is_in(browser.federate(token)) and account.event("ConsoleLogin")["userIdentity"]["accessKeyId"] == given
    later("119m")
    assert browser.who
    later("1m")
    assert browser.who is None


def test_role_chaining(account, broker, browser):
    second = account.role("second", trusted=broker.role)
    account.iam.put_role_policy(RoleName="guest", PolicyName="inline", PolicyDocument=json.dumps(policy("sts:AssumeRole")))
    chained = account.assume(second, broker.creds())
    assert "role chaining" in refusal(browser.signin_token(chained, SessionDuration=900))
    assert is_in(browser.federate(token_of(browser.signin_token(chained))))
