"""Signing in with a password: who gets in, what is recorded of it, and what the pages keep safe.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html"""
import json
import re

import pytest

from harness import raw
from harness.account import Account, policy, statement
from harness.mfa import user_device
from harness.own_clock import later, past_the_jump, server  # noqa: F401 (fixtures)
from harness.sign_in import PASSWORD, Browser, is_in, login, sign_ins

OTHER = "Tr0ut-salmon-2"
WRONG = "Your authentication information is incorrect. Please try again."
IDENTITY = {"type", "principalId", "accountId", "accessKeyId", "userName"}


@pytest.fixture
def browser(server):
    return Browser(server)


# -- In

def test_without_mfa(account, browser):
    user = login(account, "Anaya")
    page = browser.sign_in(account, "Anaya")
    assert is_in(page), page.text
    assert browser.who == user.arn
    (row,) = sign_ins(account)
    host = account.server.endpoint
    assert row["userIdentity"] == {"type": "IAMUser", "principalId": account.iam.get_user(UserName="Anaya")["User"]["UserId"],
                                   "arn": user.arn, "accountId": account.id, "userName": "Anaya"}
    assert row["additionalEventData"] == {"LoginTo": f"{host}/_merlon/signin/", "MobileVersion": "No", "MFAUsed": "No"}
    assert row["responseElements"] == {"ConsoleLogin": "Success"} and row["requestParameters"] is None
    told = {key: row[key] for key in ("eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "readOnly",
                                      "eventType", "managementEvent", "recipientAccountId", "eventCategory")}
    assert told == {"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "awsRegion": "us-east-1",
                    "sourceIPAddress": "127.0.0.1", "userAgent": "Mozilla/5.0 (test)", "readOnly": False,
                    "eventType": "AwsConsoleSignIn", "managementEvent": True, "recipientAccountId": account.id,
                    "eventCategory": "Management"}
    assert not {"errorCode", "errorMessage", "requestID", "tlsDetails"} & row.keys()


def test_by_the_accounts_alias(account, server):
    login(account, "u")
    alias = f"alias-{account.id}"
    account.iam.create_account_alias(AccountAlias=alias)
    assert is_in(Browser(server).sign_in(alias, "u"))
    named = Browser(server, f"{alias}.signin.aws.amazon.com")
    assert f'value="{alias}"' in named.get("/console").text
    assert is_in(named.sign_in("", "U"))  # names of users are one whatever their case
    assert f'value="{alias}"' in Browser(server).get(f"/console?account={alias}").text


def test_with_mfa_in_one_form(account, browser):
    user = login(account, "Anaya")
    device, second = user_device(account, user), user_device(account, user)
    code = device.code()
    page = browser.sign_in(account, "Anaya", mfacode=code)
    assert is_in(page), page.text
    (row,) = sign_ins(account)
    data = row["additionalEventData"]
    assert data["MFAUsed"] == "Yes" and data["MFAIdentifier"] == device.serial
    assert "with MFA" in browser.get().text
    again = Browser(account.server).sign_in(account, "Anaya", mfacode=code)  # a code is good once
    assert again.status == 403 and again.alert == WRONG
    newest, _ = sign_ins(account, 2)
    assert newest["responseElements"] == {"ConsoleLogin": "Failure"} and newest["errorMessage"] == "Failed authentication"
    assert newest["additionalEventData"]["MFAUsed"] == "Yes" and "MFAIdentifier" not in newest["additionalEventData"]
    assert is_in(Browser(account.server).sign_in(account, "Anaya", mfacode=second.code()))


def test_with_mfa_in_two_steps(account, browser):
    user = login(account, "Alice")
    first, second = user_device(account, user), user_device(account, user)
    page = browser.sign_in(account, "Alice")
    assert page.status == 200 and not browser.cookies and "MFA code" in page.text and PASSWORD not in page.text
    (row,) = sign_ins(account, name="CheckMfa")
    assert row["userIdentity"].keys() == IDENTITY and row["userIdentity"]["accessKeyId"] == ""
    assert row["responseElements"] == {"CheckMfa": "Success"} and row["additionalEventData"] == {"MfaType": "Virtual MFA"}
    wrong = browser.submit(page, mfacode=first.wrong_code())
    assert wrong.status == 403 and wrong.alert == WRONG and not browser.cookies
    assert is_in(browser.submit(page, mfacode=second.code())) and browser.who == user.arn
    newest, older = sign_ins(account, 2)
    assert newest["additionalEventData"]["MFAIdentifier"] == second.serial
    assert older["errorMessage"] == "Failed authentication"


# -- Not in

def failed(account, browser, username, why, password="Wr0ng-wrong", mfa="No", count=1):
    page = browser.sign_in(account, username, password)
    assert (page.status, page.alert) == (403, WRONG) and not browser.cookies
    row = sign_ins(account, count)[0]
    assert row["errorMessage"] == why and "errorCode" not in row and row["requestParameters"] is None
    assert row["responseElements"] == {"ConsoleLogin": "Failure"}
    assert row["additionalEventData"]["MFAUsed"] == mfa and row["eventType"] == "AwsConsoleSignIn"
    return page, row


def test_a_wrong_password_and_a_name_that_nobody_has_are_told_alike(account, browser):
    login(account, "Paulo")
    account.user("no-password")
    page, row = failed(account, browser, "Paulo", "Failed authentication")
    assert row["userIdentity"].keys() == IDENTITY and row["userIdentity"]["userName"] == "Paulo"
    without, row = failed(account, browser, "no-password", "Failed authentication", count=2)
    assert row["userIdentity"]["userName"] == "no-password"
    nobody, row = failed(account, browser, "my-secret-password", "No username found in supplied account", count=3)
    assert row["userIdentity"] == {"type": "IAMUser", "accountId": account.id, "accessKeyId": "",
                                   "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    elsewhere = browser.sign_in("999999999999", "Paulo")
    assert page.text == without.text == nobody.text == elsewhere.text and elsewhere.status == 403
    names = ("my-secret-password", "Wr0ng-wrong", PASSWORD)
    history = json.dumps(account.events())
    assert not [name for name in names if name in history] and not [name for name in names if name in account.server.log()]
    assert not account.events(LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "my-secret-password"}])


def test_the_root_user_has_no_password(account, browser):
    _, row = failed(account, browser, "", "Failed authentication")
    assert row["userIdentity"] == {"type": "Root", "principalId": account.id, "arn": account.arn("root"),
                                   "accountId": account.id, "accessKeyId": ""}


def test_a_password_that_is_no_more(account, browser):
    login(account, "u")
    assert is_in(browser.sign_in(account, "u"))
    account.iam.delete_login_profile(UserName="u")
    assert browser.who is None  # and its sessions end with it
    assert browser.sign_in(account, "u").alert == WRONG


def test_a_session_ends_when_the_password_is_changed_elsewhere(account, browser):
    login(account, "u")
    assert is_in(browser.sign_in(account, "u"))
    account.iam.update_login_profile(UserName="u", Password=OTHER)
    assert browser.who is None and is_in(browser.sign_in(account, "u", OTHER)) and browser.who


def test_a_challenge_is_of_one_password_and_cannot_be_made_up(account, browser):
    user = login(account, "u")
    device = user_device(account, user)
    page = browser.sign_in(account, "u")
    challenge = page.hidden["challenge"]
    middle = len(challenge) // 2
    forged = challenge[:middle] + ("A" if challenge[middle] != "A" else "B") + challenge[middle + 1:]
    for wrong in (forged, "", "x", challenge[:-4]):
        answer = browser.post("/mfa", challenge=wrong, mfacode=device.wrong_code())
        assert answer.status == 403 and answer.alert == "This took too long. Please sign in again.", wrong
    assert browser.post("/password", challenge=challenge, newpassword=OTHER, confirmation=OTHER).status == 403
    account.iam.update_login_profile(UserName="u", Password=OTHER)
    assert browser.submit(page, mfacode=device.code()).alert == "This took too long. Please sign in again."


# -- A password that has to be changed

def reset(account, browser, device=None):
    page = browser.sign_in(account, "u", mfacode=device.code() if device else "")
    assert page.status == 200 and "You must change your password" in page.text and "set-cookie" not in page.headers
    return page


def test_a_password_that_has_to_be_reset(account, browser):
    user = login(account, "u", policy("iam:ChangePassword"), PasswordResetRequired=True)
    device, second = user_device(account, user), user_device(account, user)
    page = reset(account, browser, device)
    (row,) = sign_ins(account, name="CheckPassword")
    assert row["responseElements"] == {"CheckPassword": "Success"}
    for new, again, problem in ((OTHER, PASSWORD, "The passwords do not match."),
                                ("short", "short", "Password does not conform to the account password policy.")):
        answer = browser.submit(page, newpassword=new, confirmation=again)
        assert (answer.status, answer.alert) == (403, problem) and answer.hidden == page.hidden
    assert is_in(browser.submit(page, newpassword=OTHER, confirmation=OTHER)) and browser.who == user.arn
    (row,) = sign_ins(account)
    assert row["additionalEventData"]["MFAIdentifier"] == device.serial
    changed, refused = sign_ins(account, 2, "ChangePassword")
    assert changed["eventSource"] == "iam.amazonaws.com" and changed["userIdentity"]["arn"] == user.arn
    assert changed["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    assert changed["sourceIPAddress"] == "127.0.0.1" and "errorCode" not in changed
    assert refused["errorCode"] == "PasswordPolicyViolation" and OTHER not in json.dumps(account.events())
    assert {row["responseElements"]["PasswordUpdated"] for row in sign_ins(account, 2, "PasswordUpdated")} == {"Failure"}
    assert browser.submit(page, newpassword=PASSWORD, confirmation=PASSWORD).status == 403  # the old challenge is void
    assert is_in(browser.sign_in(account, "u", OTHER, second.code()))
    assert not account.iam.get_login_profile(UserName="u")["LoginProfile"]["PasswordResetRequired"]


def test_a_device_that_came_between_is_asked_for(account, browser):
    user = login(account, "u", policy("iam:ChangePassword"), PasswordResetRequired=True)
    page = reset(account, browser)
    device = user_device(account, user)
    answer = browser.submit(page, newpassword=OTHER, confirmation=OTHER)
    assert answer.status == 403 and answer.alert == "This took too long. Please sign in again." and not browser.cookies
    assert is_in(browser.submit(reset(account, browser, device), newpassword=OTHER, confirmation=OTHER))


def test_who_may_change_a_password(account, server):
    user = login(account, "u", PasswordResetRequired=True)
    browser = Browser(server)
    page = reset(account, browser)
    answer = browser.submit(page, newpassword=OTHER, confirmation=OTHER)
    assert answer.status == 403 and "is not authorized to perform: iam:ChangePassword" in answer.alert
    account.iam.update_account_password_policy(AllowUsersToChangePassword=True, MinimumPasswordLength=8)
    user.put_policy(policy(statement("iam:ChangePassword", "Deny")))
    answer = browser.submit(page, newpassword=OTHER, confirmation=OTHER)
    assert answer.status == 403 and "with an explicit deny" in answer.alert
    account.iam.delete_user_policy(UserName="u", PolicyName="inline")
    assert is_in(browser.submit(page, newpassword=OTHER, confirmation=OTHER))


# -- The page

def test_the_page(browser):
    for path in ("/", "/console", ""):
        page = browser.get(path)
        assert page.status == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-store" and page.headers["x-frame-options"] == "DENY"
        assert page.headers["content-security-policy"].startswith("default-src 'none'; form-action 'self'; ")
        assert "<script" not in page.text and page.action == "/_merlon/signin/authenticate"
    assert browser.get("/nothing").status == 400


def test_what_is_typed_is_told_as_text(browser):
    page = browser.get("/console?account=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script" not in page.text and "&quot;&gt;&lt;script&gt;" in page.text


def test_hosts_of_its_own(account, server):
    login(account, "u")
    told = {"us-east-1": 0, "eu-west-1": 0}
    for host, region in (("signin.aws.amazon.com", "us-east-1"), ("eu-west-1.signin.aws.amazon.com", "eu-west-1"),
                         (f"signin.localhost:{server.address[1]}", "us-east-1"), ("EU-WEST-1.signin.localhost", "eu-west-1")):
        browser = Browser(server, host)
        page = browser.sign_in(account, "u")
        assert is_in(page) and page.headers["location"] == "/" and "Path=/;" in page.headers["set-cookie"]
        assert browser.who and browser.get("/").action == "/signout"
        told[region] += 1
        row = sign_ins(account, told[region], region=region)[0]
        assert row["awsRegion"] == region and row["additionalEventData"]["LoginTo"] == f"http://{host}/"
    for host in ("xsignin.aws.amazon.com", "signin.example.com", "signin.aws.amazon.com.example.com", "a.b.signin.aws.amazon.com",
                 "photos.signin.localhost", ".signin.localhost"):
        page = Browser(server, host).get("/console")
        assert "Sign in" not in page.text and page.status in (400, 403, 404), (host, page.text)


def test_the_cookie(account, server, browser):
    login(account, "u")
    page = browser.sign_in(account, "u")
    name, *attributes = page.headers["set-cookie"].split("; ")
    assert attributes == ["Path=/_merlon/signin", "HttpOnly", "SameSite=Lax"]
    first = dict(browser.cookies)
    assert is_in(browser.sign_in(account, "u")) and browser.cookies != first  # always a new one
    stale = Browser(server)
    stale.cookies = first
    assert stale.who is None and browser.who
    stale.cookies = {"merlon-session": "chosen-by-somebody"}
    assert stale.who is None and is_in(stale.sign_in(account, "u")) and stale.cookies["merlon-session"] != "chosen-by-somebody"


@pytest.mark.parametrize("url, ends", [("https://merlon.example", "; Secure"), ("http://merlon.example", "; SameSite=Lax")])
def test_behind_a_proxy_the_cookie_is_for_what_others_reach(new_server, home, url, ends):
    account = Account.create(new_server(arguments=["--public-url", url]), home)
    login(account, "u")
    page = Browser(account.server).sign_in(account, "u")
    assert is_in(page) and page.headers["set-cookie"].endswith(ends)
    (row,) = sign_ins(account)
    assert row["additionalEventData"]["LoginTo"].startswith(url.partition("//")[0] + "//127.0.0.1:")


def test_over_tls_the_cookie_is_for_tls_alone(tls_account, certificate):
    import http.client
    import ssl
    from urllib.parse import urlencode, urlsplit
    login(tls_account, "u")
    address = urlsplit(tls_account.server.tls_endpoint)
    connection = http.client.HTTPSConnection(address.hostname, address.port, context=ssl.create_default_context(
        cafile=certificate[0]))
    connection.request("POST", "/_merlon/signin/authenticate", urlencode(
        {"account": tls_account.id, "username": "u", "password": PASSWORD}),
        {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{address.netloc}"})
    answer = connection.getresponse()
    assert answer.status == 303 and answer.getheader("set-cookie").endswith("; Secure")
    assert answer.getheader("location") == "/_merlon/signin/"
    connection.close()
    row = tls_account.event("ConsoleLogin")
    assert row["tlsDetails"]["clientProvidedHostHeader"] == address.netloc


def test_sign_out(account, browser):
    user = login(account, "u")
    browser.sign_in(account, "u")
    kept = dict(browser.cookies)
    page = browser.get()
    assert page.action == "/_merlon/signin/signout"
    out = browser.submit(page)
    assert out.status == 303 and "Max-Age=0" in out.headers["set-cookie"] and not browser.cookies
    browser.cookies = kept
    assert browser.who is None
    (row,) = sign_ins(account, name="SignOut")
    assert row["responseElements"] == {"SignOut": "Success"} and row["userIdentity"]["arn"] == user.arn
    assert browser.post("/signout").status == 403


def test_forms_of_other_sites(account, server):
    """Login CSRF: no other page may sign a browser in, or out."""
    login(account, "u")
    own = server.endpoint
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Sec-Fetch-Site": "same-site"}, {"Origin": own + "0"}, {"Origin": own, "Host": "evil.example"}):
        browser = Browser(server)
        page = browser.sign_in(account, "u", **headers)
        assert page.status == 403 and not browser.cookies and "another site" in page.text, headers
        for path in ("/signout", "/mfa", "/password"):
            assert browser.post(path, headers).status == 403
    for headers in ({"Origin": own}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": own, "Sec-Fetch-Site": "same-origin"}):
        assert is_in(Browser(server).sign_in(account, "u", **headers))


def test_what_is_no_form(account, browser):
    fields = json.dumps({"account": account.id, "username": "u", "password": PASSWORD})
    page = browser.ask("POST", "/_merlon/signin/authenticate", fields.encode(), {"Content-Type": "application/json"})
    assert page.status == 400 and PASSWORD not in page.text
    for body in (b"account=%zz", b"account=%ff", b"account=" + b"1" * 200):
        page = browser.ask("POST", "/_merlon/signin/authenticate", body, {"Content-Type": "application/x-www-form-urlencoded"})
        assert page.status == 400, body[:20]
    assert browser.post("/authenticate", account=account.id, username="u", password="x" * 2000).status == 400
    assert raw.send(account.server, "PUT", "/_merlon/signin/authenticate").status == 400


def test_a_signature_counts_for_nothing(account, browser):
    """A page is not signed: neither is anybody taken for who signs it, nor does it need to be right."""
    login(account, "u")
    body = f"account={account.id}&username=u&password=wrong".encode()
    answer = raw.signed(account.server, account.root, "signin", body, {"Content-Type": "application/x-www-form-urlencoded"},
                        target="/_merlon/signin/authenticate")
    assert answer.status == 403 and "set-cookie" not in answer.headers


# -- Last use

def test_password_last_used(account, later):
    user = login(account, "u", policy("iam:GetUser"))
    account.iam.create_user(UserName="v")
    browser = Browser(account.server)
    browser.sign_in(account, "u", "Wr0ng-wrong")
    assert "PasswordLastUsed" not in account.iam.get_user(UserName="u")["User"]
    assert is_in(browser.sign_in(account, "u"))
    used = account.iam.get_user(UserName="u")["User"]["PasswordLastUsed"]
    later("2m")
    assert is_in(browser.sign_in(account, "u"))  # within five minutes the first counts
    assert account.iam.get_user(UserName="u")["User"]["PasswordLastUsed"] == used
    later("4m")
    assert is_in(browser.sign_in(account, "u"))
    again = account.iam.get_user(UserName="u")["User"]["PasswordLastUsed"]
    assert (again - used).total_seconds() >= 360
    account.iam.generate_credential_report()
    report = account.iam.get_credential_report()["Content"].decode()
    assert re.search(rf"\nu,[^,]*,[^,]*,true,{re.escape(again.isoformat())},", report), report
    account.iam.delete_login_profile(UserName="u")  # and it is told of one that is gone
    users = {one["UserName"]: one.get("PasswordLastUsed") for one in account.iam.list_users()["Users"]}
    assert users == {"u": again, "v": None}
    assert user.client("iam").get_user()["User"]["PasswordLastUsed"] == again


# -- Time

def test_a_password_that_has_expired(account, later):
    login(account, "u")
    browser = Browser(account.server)
    account.iam.update_account_password_policy(MaxPasswordAge=30, AllowUsersToChangePassword=True,
                                                 PasswordReusePrevention=3, MinimumPasswordLength=8)
    assert is_in(browser.sign_in(account, "u"))
    later("31d")
    assert browser.who is None  # twelve hours
    page = reset(account, browser)
    answer = browser.submit(page, newpassword=PASSWORD, confirmation=PASSWORD)
    assert "password reuse prevention" in answer.alert
    assert is_in(browser.submit(page, newpassword=OTHER, confirmation=OTHER)) and browser.who
    account.iam.update_account_password_policy(MaxPasswordAge=30, HardExpiry=True, MinimumPasswordLength=8)
    later("31d")
    page = browser.sign_in(account, "u", OTHER)
    assert page.status == 403 and page.alert == "Your password has expired. An administrator must reset it."
    account.iam.update_login_profile(UserName="u", Password="P1ke-and-perch")
    page = browser.sign_in(account, "u", "P1ke-and-perch")
    assert is_in(page)


def test_a_challenge_lasts_minutes(account, later):
    user = login(account, "u")
    device = user_device(account, user)
    browser = Browser(account.server)
    page = browser.sign_in(account, "u")
    later("5m")
    assert browser.submit(page, mfacode=device.code()).alert == "This took too long. Please sign in again."


# -- Guesses

def test_guesses_at_one_user_end(account, browser):
    """Right ones between them are none."""
    login(account, "u")
    assert {browser.sign_in(account, "u", f"Gu3ss-{number}").status for number in range(9)} == {403}
    assert all(is_in(browser.sign_in(account, "u")) for _ in range(2))
    assert browser.sign_in(account, "u", "Gu3ss-9").status == 403
    page = Browser(account.server).sign_in(account, "u")
    assert page.status == 429 and page.alert == "There were too many attempts. Please try again in some minutes."
    assert browser.who
    row = sign_ins(account, 13)[0]
    assert row["responseElements"] == {"ConsoleLogin": "Failure"} and row["errorMessage"] == "Failed authentication"


def test_guesses_from_one_address_end(new_server, home):
    """And those that come then are in no history: who floods the page floods no account's."""
    account = Account.create(new_server(), home)
    login(account, "u")
    browser = Browser(account.server)
    assert [browser.sign_in(account, "nobody", "x").status for _ in range(100)] == [403] * 10 + [429] * 90
    sign_ins(account, 100)
    for name in ("u", "nobody"):
        page = browser.sign_in(account, name)
        assert page.status == 429 and not browser.cookies
    account.event("CreateLoginProfile")
    sign_ins(account, 100)
