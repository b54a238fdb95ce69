"""What a test expects of a call that AWS refuses."""
import contextlib

import pytest
from botocore.exceptions import ClientError

# What KMS calls a key whose ARN it does not tell.
OF_CIPHERTEXT = "the resource associated with this ciphertext because no identity-based policy allows"
HIDDEN_REASON = ("because the resource does not exist in this Region, no resource-based policies allow access, or a "
                 "resource-based policy explicitly denies access")
HIDDEN = f"this resource {HIDDEN_REASON}"
HIDDEN_OF_CIPHERTEXT = f"the resource associated with this ciphertext {HIDDEN_REASON}"


@contextlib.contextmanager
def refused(code, message=None, status=None):
    """with refused("NoSuchEntity", "The user ...", 404): the call in it must fail so. message: the whole text."""
    with pytest.raises(ClientError) as caught:
        yield
    answer = caught.value.response
    assert answer["Error"]["Code"] == code, answer
    if message is not None:
        assert answer["Error"]["Message"] == message
    if status is not None:
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == status


@contextlib.contextmanager
def denied(action, resource=None, place=None):
    """The caller lacks a permission; services that speak JSON call it an exception. place: what stands behind "on" where
    it is not the resource's ARN. S3 has that in quotation marks."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] in ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"), error
    place = place or f"resource: {resource or ''}"
    said = error["Message"].replace('"', "")
    assert f"is not authorized to perform: {action} on {place}" in said, error


def pages(call, key, size, **arguments):
    """Everything that a List operation gives, asked for in pages of this size; checks Marker and IsTruncated."""
    items, marker = [], {}
    while True:
        answer = call(MaxItems=size, **marker, **arguments)
        assert len(answer[key]) <= size
        items += answer[key]
        if not answer["IsTruncated"]:
            assert "Marker" not in answer
            return items
        assert answer[key], "a truncated page is not empty"
        marker = {"Marker": answer["Marker"]}


def refusal(code, call, **arguments):
    """The call must fail so: its Error, with Code and Message."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    return error
