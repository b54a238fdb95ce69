"""Every operation of every service x every way to be refused. The operations come from api/*.api, so that a new one
cannot be forgotten, and each call is a valid one in all but what it is refused for: the last column is the proof, in
which the same bytes with permission are let through."""
import base64
import hashlib
import time

import pytest

from harness import api, raw
from harness.account import Account, policy, statement
from harness.credentials import Credentials

OPERATIONS = api.operations()
SIGNED = [one for one in OPERATIONS if not one.is_public]
PUBLIC = [one for one in OPERATIONS if one.is_public and not one.is_page]
PAGES = [one for one in OPERATIONS if one.is_page]
# All that is let in without a signature, and proves otherwise who asks.
WITHOUT_SIGNATURE = {"sts.AssumeRoleWithSAML", "sts.AssumeRoleWithWebIdentity", "signin.ConsoleLogin", "signin.FederatedLogin",
                     "signin.GetSigninToken", "signin.PostFederation",
                     "signin.SetPassword", "signin.SignOut", "signin.SubmitMFACode",
                     "sns.ConfirmSubscription", "sns.Unsubscribe"}
# Free in their files, and asked for each of a list: refused as a whole.
BY_RESOURCE = {"cloudtrail.ListTags": "cloudtrail:ListTags"}
GUARDED = [one for one in SIGNED if not one.is_free or str(one) in BY_RESOURCE]
BY_ITEM = [one for one in SIGNED if str(one) == "s3.DeleteObjects"]  # asked for each of its keys
FREE = [one for one in SIGNED if one not in GUARDED and one not in BY_ITEM]
UNSIGNED = [one for one in SIGNED if one not in BY_ITEM]

# (query, json, S3): AWS's codes. https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
CODES = {
    "unsigned": ("MissingAuthenticationToken", "MissingAuthenticationTokenException", "AccessDenied"),
    "unknown key": ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"),
    "wrong secret": ("SignatureDoesNotMatch", "InvalidSignatureException", "SignatureDoesNotMatch"),
    "forged token": ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidToken"),
    "expired token": ("ExpiredToken", "ExpiredTokenException", "ExpiredToken"),
    "denied": ("AccessDenied", "AccessDeniedException", "AccessDenied"),
}
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors
CODES_OF_EC2 = {
    "unsigned": ("MissingAuthenticationToken", 403),
    "unknown key": ("AuthFailure", 401),
    "wrong secret": ("AuthFailure", 401),
    "forged token": ("AuthFailure", 401),
    "expired token": ("RequestExpired", 400),
    "denied": ("UnauthorizedOperation", 403),
}
BAD_REQUESTS_OF_S3 = ("forged token", "expired token")
REFUSALS = {code for codes in CODES.values() for code in codes} | {code for code, _ in CODES_OF_EC2.values()} | {"AuthorizationError"}


class World:
    """One account whose users differ only in what they may do."""

    def __init__(self, account):
        self.account, self.server = account, account.server
        self.nobody = account.user("nobody").creds
        self.denied = account.user("denied", policy("*", statement("*", "Deny"))).creds
        self.allowed = account.user("allowed", policy("*")).creds
        account.role("matrix")
        sts = account.client("sts", creds=self.allowed)
        self.expired = Credentials.of(sts.get_session_token(DurationSeconds=900)["Credentials"])
        account.server.admin.advance("16m")
        alive = Credentials.of(sts.get_session_token(DurationSeconds=129600)["Credentials"])
        middle = len(alive.token) // 2
        swapped = "A" if alive.token[middle] != "A" else "B"
        self.forged = alive._replace(token=alive.token[:middle] + swapped + alive.token[middle + 1:])
        self.wrong_secret = self.allowed._replace(secret_key="x" * 40)
        self.unknown_key = Credentials("AKIA" + "Q" * 16, "x" * 40)
        self.has_bucket = False
        self.calls = {}  # request id -> (operation, answer), of all calls whose key names the account

    def call(self, operation, creds):
        method, target, headers, body = api.encode(operation)
        target = target.replace(api.ACCOUNT, self.account.id)
        headers = {name: value.replace(api.ACCOUNT, self.account.id) for name, value in headers.items()}
        body = body.replace(api.ACCOUNT.encode(), self.account.id.encode())
        if operation.is_s3:
            self.make_bucket()
            headers["Content-MD5"] = base64.b64encode(hashlib.md5(body).digest()).decode()
        answer = raw.signed(self.server, creds, operation.signing_name, body, headers, method, target,
                            host=operation.host)
        self.has_bucket &= creds is not self.allowed or operation.name != "DeleteBucket"
        # Of some the account is not known; data events are in no history, and pages in none unless they are refused.
        is_shown = operation.is_page and creds is self.allowed
        if creds not in (None, self.unknown_key, self.forged) and not operation.is_data and not is_shown:
            self.calls[answer.request_id] = (operation, answer)
        return answer

    def make_bucket(self):
        """Once, and again after the call that removes it."""
        if not self.has_bucket:
            self.account.client("s3").create_bucket(Bucket=f"matrix-{self.account.id}")
            self.has_bucket = True

    def records(self):
        """Of all the calls, by request id."""
        end = time.monotonic() + 60
        while True:
            rows = {row.get("requestID"): row for row in self.account.events()}
            if self.calls.keys() <= rows.keys() or time.monotonic() > end:
                return rows
            time.sleep(0.2)


@pytest.fixture(scope="session")
def world(clock_server, tmp_path_factory):
    return World(Account.create(clock_server, tmp_path_factory.mktemp("matrix")))


def expect(operation, answer, case):
    if case == "unsigned" and operation.service.takes_anonymous:
        case = "denied"  # policies of resources may let in nobody in particular
    if operation.is_ec2:
        assert (answer.code, answer.status) == CODES_OF_EC2[case], answer.text
        return
    query, json, s3 = CODES[case]
    if case == "denied" and "denied" in operation.service.words:
        query = json = operation.service.words["denied"].removesuffix("Exception")
    if operation.is_s3:
        assert answer.code == ("" if operation.is_head else s3), answer.text
        assert answer.status == (400 if case in BAD_REQUESTS_OF_S3 else 403), answer.text
        return
    assert answer.code == (query if operation.is_query else json), answer.text
    assert answer.status == (403 if operation.is_query else 400) or answer.status == 403, answer.status


def says(operation, answer, text):
    return operation.is_head or text in answer.message


@pytest.mark.parametrize("operation", UNSIGNED, ids=str)
def test_unsigned(world, operation):
    expect(operation, world.call(operation, None), "unsigned")


@pytest.mark.parametrize("operation", SIGNED, ids=str)
def test_unknown_key(world, operation):
    expect(operation, world.call(operation, world.unknown_key), "unknown key")


@pytest.mark.parametrize("operation", SIGNED, ids=str)
def test_wrong_secret(world, operation):
    expect(operation, world.call(operation, world.wrong_secret), "wrong secret")


@pytest.mark.parametrize("operation", SIGNED, ids=str)
def test_forged_token(world, operation):
    expect(operation, world.call(operation, world.forged), "forged token")


@pytest.mark.parametrize("operation", SIGNED, ids=str)
def test_expired_token(world, operation):
    expect(operation, world.call(operation, world.expired), "expired token")


def told(service, action):
    """As the service's texts write it: `told-actions` of its .api file."""
    how = service.words.get("told-actions")
    prefix, _, name = action.partition(":")
    if prefix != service.name or not how:
        return action
    return action.lower() if how == "lowercase" else f"{how}:{name}"


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_no_permission(world, operation):
    answer = world.call(operation, world.nobody)
    expect(operation, answer, "denied")
    actions = {allow.action for allow in operation.model.allows} or {BY_RESOURCE[str(operation)]}
    assert any(says(operation, answer, f"is not authorized to perform: {told(operation.service, action)} ") for action in actions), answer.text


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_explicit_deny(world, operation):
    answer = world.call(operation, world.denied)
    expect(operation, answer, "denied")
    assert says(operation, answer, "with an explicit deny in an identity-based policy"), answer.text


@pytest.mark.parametrize("operation", FREE, ids=str)
def test_free_operations_answer_even_under_an_explicit_deny(world, operation):
    """As AWS documents it of sts:GetCallerIdentity and sts:GetSessionToken: they give nothing that the caller has not."""
    answer = world.call(operation, world.denied)
    assert answer.status == 200, answer.text


@pytest.mark.parametrize("caller", ["nobody", "denied", None])
@pytest.mark.parametrize("operation", BY_ITEM, ids=str)
def test_what_is_asked_for_each_item_is_refused_for_each(world, operation, caller):
    answer = world.call(operation, caller and getattr(world, caller))
    if operation.is_planned:
        assert (answer.status, answer.code) == (501, "NotImplemented"), answer.text
        return
    assert answer.status == 200 and "<Deleted>" not in answer.text, answer.text
    assert answer.code == "AccessDenied", answer.text


@pytest.mark.parametrize("operation", [one for one in SIGNED if one.is_planned], ids=str)
def test_planned_with_permission_says_so(world, operation):
    answer = world.call(operation, world.allowed)
    assert answer.status == 501, answer.text
    name = "NotImplemented" if operation.is_query or operation.is_s3 or operation.is_ec2 else "NotImplementedException"
    assert answer.code == ("" if operation.is_head else name)


@pytest.mark.parametrize("operation", [one for one in SIGNED if not one.is_planned], ids=str)
def test_with_permission_the_same_bytes_pass(world, operation):
    """They may be refused for what they ask (NoSuchEntity), not for who asks; and never as a fault of the server."""
    answer = world.call(operation, world.allowed)
    assert answer.code not in REFUSALS, answer.text
    assert answer.status < 500, answer.text


@pytest.mark.parametrize("operation", PUBLIC, ids=str)
def test_public_operations_need_no_signature_and_prove_otherwise(world, operation):
    """AssumeRoleWithSAML and its kin: unsigned, their own proof is looked at, and the role's trust policy."""
    answer = world.call(operation, None)
    assert "set-cookie" not in answer.headers or "Max-Age=0" in answer.headers["set-cookie"]
    assert answer.code != CODES["unsigned"][0 if operation.is_query else 1], answer.text
    assert answer.status == 501 if operation.is_planned and answer.status >= 500 else 400 <= answer.status < 500


@pytest.mark.parametrize("operation", PAGES, ids=str)
def test_pages_are_shown_to_everybody_and_give_nothing(world, operation):
    expect(operation, world.call(operation, world.wrong_secret), "wrong secret")
    answer = world.call(operation, None)
    assert answer.status == 200 and "set-cookie" not in answer.headers
    assert world.account.id not in answer.text and world.call(operation, world.allowed).text == answer.text


def test_the_matrix_covers_what_the_server_knows(world):
    """Each operation of each file in api/ stands in a column; each known to the server is in a file."""
    assert {str(one) for one in SIGNED + PUBLIC + PAGES} == {str(one) for one in OPERATIONS}
    assert {str(one) for one in PUBLIC} == WITHOUT_SIGNATURE
    assert {str(one) for one in PAGES} == {"signin.ShowForm", "signin.ShowSession"}
    assert {one.name for one in FREE} == {"GetCallerIdentity", "GetSessionToken"}
    assert len(OPERATIONS) > 180


def wrong_with(operation, answer, record):
    """What the record of a call says other than its answer; None: nothing."""
    if record is None:
        return "no record"
    if (record["eventName"], record["eventSource"]) != (operation.event, operation.service.words["audit"]):
        return f"named {record['eventName']} of {record['eventSource']}"
    if answer.status < 400:
        return "an error of a call that succeeded" if "errorCode" in record else None
    if record.get("responseElements") is not None:
        return "response elements of a call that failed"
    codes = {error.name: error.query_code for error in operation.service.errors if error.query_code}
    recorded = record.get("errorCode", "")
    if operation.is_ec2:
        recorded = recorded.removeprefix("Client.").removeprefix("Server.")
    same = recorded.removesuffix("Exception") == answer.code.removesuffix("Exception") or codes.get(recorded) == answer.code
    return None if same else f"{recorded} for {answer.code}"


def test_every_one_of_these_calls_is_on_record(world):
    """Stands last: all that the tests above sent with a key of the account, refused or not."""
    if not world.calls:
        world.call(FREE[0], world.nobody)
    records = world.records()
    wrong = [(str(operation), answer.code, request_id, why) for request_id, (operation, answer) in world.calls.items()
             if (why := wrong_with(operation, answer, records.get(request_id)))]
    assert wrong == []
