"""Buckets as websites, read as browsers do.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html"""
import json
import re

import pytest

from harness import raw
from harness.access_logs import lines_of, new_target, put_logging
from harness.buckets import bucket_policy, grant, new_bucket
from harness.refusals import refused

INDEX = {"IndexDocument": {"Suffix": "index.html"}}
ERROR = {**INDEX, "ErrorDocument": {"Key": "error.html"}}


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(account):
    return new_bucket(account)


def open_up(s3, bucket, *statements):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(grant("*", "s3:GetObject", f"{bucket}/*"), *statements))


@pytest.fixture
def site(s3, bucket):
    """A website that everyone may read."""
    open_up(s3, bucket)
    configure(s3, bucket, INDEX)
    put(s3, bucket, "index.html", "home")
    return bucket


def configure(s3, bucket, website, *rules):
    more = {"RoutingRules": list(rules)} if rules else {}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={**website, **more})


def put(s3, bucket, key, text, **more):
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), **{"ContentType": "text/html", **more})


def host_of(bucket, region="us-east-1"):
    return f"{bucket}.s3-website-{region}.localhost"


def visit(server, bucket, path="/", method="GET", host=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return raw.send(server, method, path, {"Host": host or host_of(bucket), **named})


def shown(answer):
    """What an error page lists: of the error, and of the error document's own."""
    assert answer.headers["content-type"] == "text/html; charset=utf-8", answer
    title = re.search("<title>(.*)</title>", answer.text).group(1)
    assert f"<h1>{title}</h1>" in answer.text and title.startswith(str(answer.status))
    lists = [dict(re.findall("<li>([A-Za-z]+): (.*)</li>", part)) for part in answer.text.split("<h3>")]
    assert lists[0]["RequestId"] == answer.headers["x-amz-request-id"] and lists[0]["HostId"]
    assert answer.headers["x-amz-error-code"] == lists[0]["Code"]
    assert answer.headers["x-amz-error-message"] == lists[0]["Message"]
    return lists[0] if len(lists) == 1 else (lists[0], lists[1])


def fails(answer, status, code, **more):
    told = shown(answer)
    assert isinstance(told, dict), told
    assert (answer.status, told["Code"]) == (status, code), answer.text
    for name, value in more.items():
        assert told[name] == value


def redirects(answer, status, location):
    assert (answer.status, answer.headers.get("location")) == (status, location), answer


# -- Pages

def test_pages_and_index_documents(server, s3, site):
    put(s3, site, "photos/index.html", "photos", CacheControl="max-age=9", Metadata={"a": "b"})
    put(s3, site, "style.css", "css", ContentType="text/css")
    for path, text in (("/", "home"), ("/index.html", "home"), ("/photos/", "photos"), ("/photos/index.html", "photos")):
        answer = visit(server, site, path)
        assert (answer.status, answer.text, answer.headers["content-type"]) == (200, text, "text/html"), path
    answer = visit(server, site, "/photos/")
    assert (answer.headers["cache-control"], answer.headers["x-amz-meta-a"]) == ("max-age=9", "b")
    assert visit(server, site, "/style.css").headers["content-type"] == "text/css"
    head = visit(server, site, "/", "HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "4")


def test_long_pages(server, s3, site):
    text = "".join(f"{i:07}\n" for i in range(40000))
    put(s3, site, "long.txt", text)
    assert visit(server, site, "/long.txt").text == text
    part = visit(server, site, "/long.txt", Range="bytes=80000-80015")
    assert (part.status, part.text) == (206, "0010000\n0010001\n")
    put(s3, site, "error.html", text)
    configure(s3, site, ERROR)
    answer = visit(server, site, "/missing")
    assert (answer.status, answer.text) == (404, text)


def test_hosts(server, s3, site):
    for host in (host_of(site), f"{site}.s3-website.us-east-1.localhost", f"{site}.s3-website.localhost",
                 f"{site}.s3-website-us-east-1.amazonaws.com", f"{site}.s3-website.us-east-1.amazonaws.com",
                 host_of(site) + ":4566", host_of(site).upper().replace("US-EAST-1", "us-east-1")):
        assert visit(server, site, host=host).text == "home", host
    redirects(visit(server, site, host="s3-website-us-east-1.amazonaws.com"), 301, "https://aws.amazon.com/s3/")


def test_folders(server, s3, site):
    put(s3, site, "photos/index.html", "photos")
    put(s3, site, "a b/\u00fc/index.html", "deep")
    put(s3, site, "gone/index.html", "gone")
    answer = visit(server, site, "/photos")
    redirects(answer, 302, "/photos/")
    fails(answer, 302, "Found", Message="Resource Found")
    redirects(visit(server, site, "/photos?x=y"), 302, "/photos/")
    redirects(visit(server, site, "/a%20b/%C3%BC"), 302, "/a%20b/%C3%BC/")
    head = visit(server, site, "/photos", "HEAD")
    assert (head.status, head.headers["location"], head.body) == (302, "/photos/", b"")
    put(s3, site, "photos", "an object of this name comes first")
    assert visit(server, site, "/photos").status == 200
    s3.delete_object(Bucket=site, Key="gone/index.html")
    fails(visit(server, site, "/gone"), 404, "NoSuchKey", Key="gone")


def test_folders_that_nobody_may_read(server, s3, site):
    """That there is one is told to those who may read its index."""
    put(s3, site, "secret/index.html", "secret")
    open_up(s3, site, grant("*", "s3:GetObject", f"{site}/secret/*", effect="Deny"))
    fails(visit(server, site, "/secret"), 404, "NoSuchKey", Key="secret")
    fails(visit(server, site, "/secret/"), 403, "AccessDenied")


def test_ranges_and_conditions(server, s3, site):
    etag = s3.head_object(Bucket=site, Key="index.html")["ETag"]
    part = visit(server, site, Range="bytes=1-2")
    assert (part.status, part.text, part.headers["content-range"]) == (206, "om", "bytes 1-2/4")
    same = visit(server, site, If_None_Match=etag)
    assert (same.status, same.body, same.headers["etag"]) == (304, b"", etag)
    assert visit(server, site, If_None_Match='"x"').text == "home"
    fails(visit(server, site, If_Match='"x"'), 412, "PreconditionFailed")
    fails(visit(server, site, Range="bytes=9-"), 416, "InvalidRange")


def test_what_means_something_to_the_api_alone(server, s3, site):
    """A website's requests have no parameters, no signature, no headers of the API."""
    for query in ("?versionId=nonsense", "?acl", "?policy", "?response-content-type=text/x", "?partNumber=1", "?uploads",
                  "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0", "?Action=ListUsers&Version=2010-05-08",
                  "?AWSAccessKeyId=x&Signature=y&Expires=1"):
        answer = visit(server, site, "/" + query)
        assert (answer.status, answer.text, answer.headers["content-type"]) == (200, "home", "text/html"), query
    for headers in ({"x-amz-expected-bucket-owner": "000000000000"}, {"Authorization": "Basic eDp5"},
                    {"Authorization": "AWS4-HMAC-SHA256 Credential=x/20200101/us-east-1/sts/aws4_request, "
                                      "SignedHeaders=host, Signature=0"},
                    {"X-Amz-Target": "TrentService.ListKeys"}, {"x-amz-checksum-mode": "ENABLED"}):
        answer = visit(server, site, **headers)
        assert (answer.status, answer.text) == (200, "home"), headers
        assert not any(name.startswith("x-amz-checksum") for name in answer.headers)


# -- Who may

def test_nobody_is_let_in_by_default(server, account, s3, bucket):
    configure(s3, bucket, INDEX)
    put(s3, bucket, "index.html", "home")
    fails(visit(server, bucket), 403, "AccessDenied", Message="Access Denied")
    fails(visit(server, bucket, "/missing"), 403, "AccessDenied")
    headers, _ = raw.sign(f"http://{host_of(bucket)}/index.html", account.root, "s3", method="GET")
    fails(raw.send(server, "GET", "/index.html", {**headers, "Host": host_of(bucket)}), 403, "AccessDenied")


def test_policies_public_access_and_acls(server, s3, bucket):
    configure(s3, bucket, INDEX)
    put(s3, bucket, "index.html", "home")
    open_up(s3, bucket, grant("*", "s3:GetObject", f"{bucket}/private/*", effect="Deny"))
    put(s3, bucket, "private/x", "x")
    assert visit(server, bucket).status == 200
    fails(visit(server, bucket, "/private/x"), 403, "AccessDenied")
    fails(visit(server, bucket, "/missing"), 404, "NoSuchKey", Key="missing")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    fails(visit(server, bucket), 403, "AccessDenied")
    s3.delete_bucket_policy(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    fails(visit(server, bucket), 403, "AccessDenied")
    s3.put_object_acl(Bucket=bucket, Key="index.html", ACL="public-read")
    assert visit(server, bucket).text == "home"
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
    fails(visit(server, bucket), 403, "AccessDenied")


def test_conditions_of_policies(server, s3, site):
    open_up(s3, site, grant("*", "s3:GetObject", f"{site}/*", effect="Deny",
                            Condition={"StringNotEquals": {"aws:Referer": "https://friend.example/"}}))
    fails(visit(server, site), 403, "AccessDenied")
    assert visit(server, site, Referer="https://friend.example/").text == "home"


def test_requester_pays(server, s3, site):
    s3.put_bucket_request_payment(Bucket=site, RequestPaymentConfiguration={"Payer": "Requester"})
    fails(visit(server, site), 403, "AccessDenied")
    fails(visit(server, site, x_amz_request_payer="requester"), 403, "AccessDenied")
    configure(s3, site, {"RedirectAllRequestsTo": {"HostName": "example.com"}})
    fails(visit(server, site), 403, "AccessDenied")


def test_encrypted_objects(server, account, s3, site):
    """Nobody may use a key of KMS, and nobody has one of their own to give."""
    put(s3, site, "kms.html", "hidden words", ServerSideEncryption="aws:kms")
    answer = visit(server, site, "/kms.html")
    assert answer.status in (400, 403) and "hidden" not in answer.text and shown(answer)
    put(s3, site, "error.html", "hidden words", ServerSideEncryption="aws:kms")
    configure(s3, site, ERROR)
    answer = visit(server, site, "/missing")
    assert answer.status == 404 and "hidden" not in answer.text
    page, document = shown(answer)
    assert (page["Code"], page["Key"]) == ("NoSuchKey", "missing") and document["Code"] != "NoSuchKey"


def test_refusals_are_explained(server, account, s3, site):
    s3.put_bucket_policy(Bucket=site, Policy=bucket_policy(grant("*", "s3:GetObject", f"{site}/index.html")))
    denied = visit(server, site, "/private.html")
    assert denied.status == 403
    trace = server.merlon("explain", denied.request_id).stdout
    assert "s3:GetObject" in trace and f"arn:aws:s3:::{site}/private.html" in trace
    assert f"arn:aws:s3:::{site}" not in denied.text


def test_the_trace_is_that_of_the_page(server, s3, site):
    configure(s3, site, ERROR)
    put(s3, site, "page", "x")
    put(s3, site, "error.html", "sorry")
    s3.put_bucket_policy(Bucket=site, Policy=bucket_policy(grant("*", "s3:GetObject", f"{site}/error.html")))
    served = visit(server, site, "/page")
    assert (served.status, served.text) == (403, "sorry")
    s3.put_bucket_policy(Bucket=site, Policy=bucket_policy(grant("*", "s3:GetObject", f"{site}/nothing")))
    bare = visit(server, site, "/page")
    assert bare.status == 403
    for answer in (served, bare):
        trace = json.loads(server.merlon("explain", answer.request_id).stdout)
        assert (trace["action"], trace["resource"]) == ("s3:GetObject", f"arn:aws:s3:::{site}/page")


def test_lines_of_access_logs(traveller, later):
    s3, server = traveller.client("s3"), traveller.server
    target, site = new_target(traveller), new_bucket(traveller)
    put_logging(s3, site, target)
    open_up(s3, site)
    put(s3, site, "index.html", "home")
    put(s3, site, "error.html", "sorry")
    put(s3, site, "dir/index.html", "x")
    configure(s3, site, ERROR, rule({"KeyPrefixEquals": "old/"}, HostName="example.com"))
    answers = {path: visit(server, site, path) for path in ("/", "/missing?x=y", "/old/a", "/dir")}
    later("61s")
    told = {line.request_id: line for line in lines_of(s3, target) if line.operation.startswith("WEBSITE.")}
    assert len(told) == 4
    for path, key, status, error, sent in (("/", "index.html", "200", "-", "4"), ("/dir", "dir", "302", "-", None),
                                           ("/missing?x=y", "missing", "404", "NoSuchKey", "5"),
                                           ("/old/a", "old/a", "301", "-", "-")):
        line = told[answers[path].request_id]
        assert (line.operation, line.key, line.status, line.error) == ("WEBSITE.GET.OBJECT", key, status, error), path
        assert (line.requester, line.request_line) == ("-", f"GET {path} HTTP/1.1")
        assert sent in (None, line.sent)


# -- What is no page

def test_errors(server, s3, site):
    fails(visit(server, "no-such-bucket-here"), 404, "NoSuchBucket", BucketName="no-such-bucket-here")
    s3.delete_bucket_website(Bucket=site)
    fails(visit(server, site), 404, "NoSuchWebsiteConfiguration", BucketName=site,
          Message="The specified bucket does not have a website configuration")
    fails(visit(server, site, host=host_of(site, "eu-west-1")), 400, "IncorrectEndpoint",
          Endpoint=f"{site}.s3-website-us-east-1.amazonaws.com")
    configure(s3, site, INDEX)
    fails(visit(server, site, "/missing"), 404, "NoSuchKey", Key="missing", Message="The specified key does not exist.")
    fails(visit(server, site, "/missing/"), 404, "NoSuchKey", Key="missing/index.html")
    head = visit(server, site, "/missing", "HEAD")
    assert (head.status, head.body, head.headers["x-amz-error-code"]) == (404, b"", "NoSuchKey")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods(server, s3, site, method):
    answer = visit(server, site, "/index.html", method)
    if method != "TRACE":
        fails(answer, 405, "MethodNotAllowed", Method=method)
    assert answer.status >= 400
    assert s3.get_object(Bucket=site, Key="index.html")["Body"].read() == b"home"


def test_long_bodies_that_nobody_wants(server, s3, site):
    answer = raw.send(server, "PUT", "/index.html", {"Host": host_of(site)}, b"x" * 100000)
    fails(answer, 405, "MethodNotAllowed")
    assert visit(server, site).text == "home"


def test_error_documents(server, s3, site):
    configure(s3, site, ERROR)
    page, document = shown(visit(server, site, "/missing"))
    assert (page["Code"], page["Key"]) == ("NoSuchKey", "missing")
    assert (document["Code"], document["Key"]) == ("NoSuchKey", "error.html")
    put(s3, site, "error.html", "sorry", CacheControl="no-cache")
    answer = visit(server, site, "/missing")
    assert (answer.status, answer.text, answer.headers["content-type"]) == (404, "sorry", "text/html")
    assert (answer.headers["x-amz-error-code"], answer.headers["cache-control"]) == ("NoSuchKey", "no-cache")
    head = visit(server, site, "/missing", "HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (404, b"", "5")
    for headers in ({"Range": "bytes=1-2"}, {"If-None-Match": answer.headers["etag"]}, {"If-Match": '"x"'}):
        again = visit(server, site, "/missing", **headers)
        assert (again.status, again.text) == (404, "sorry"), headers
    assert (visit(server, site, Range="bytes=9-").status, visit(server, site, If_Match='"x"').status) == (416, 412)
    assert visit(server, site, Range="bytes=9-").text == "sorry"
    put(s3, site, "private", "x")
    open_up(s3, site, grant("*", "s3:GetObject", f"{site}/private", effect="Deny"))
    answer = visit(server, site, "/private")
    assert (answer.status, answer.text, answer.headers["x-amz-error-code"]) == (403, "sorry", "AccessDenied")


def test_error_documents_that_nobody_may_read(server, s3, site):
    configure(s3, site, ERROR)
    put(s3, site, "error.html", "sorry")
    open_up(s3, site, grant("*", "s3:GetObject", f"{site}/error.html", effect="Deny"))
    answer = visit(server, site, "/missing")
    page, document = shown(answer)
    assert answer.status == 404 and page["Code"] == "NoSuchKey"
    assert document == {"Code": "AccessDenied", "Message": "Access Denied"}


def test_delete_markers(server, s3, site):
    s3.put_bucket_versioning(Bucket=site, VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(Bucket=site, Key="index.html")
    fails(visit(server, site), 404, "NoSuchKey", Key="index.html")


# -- Redirects

def rule(condition=None, **redirect):
    return {**({"Condition": condition} if condition else {}), "Redirect": redirect}


def test_redirects_of_all(server, s3, site):
    configure(s3, site, {"RedirectAllRequestsTo": {"HostName": "www.example.com"}})
    redirects(visit(server, site, "/a%20b/?x=y"), 301, "http://www.example.com/a%20b/")
    assert visit(server, site, "/").body == b""
    configure(s3, site, {"RedirectAllRequestsTo": {"HostName": "www.example.com/base", "Protocol": "https"}})
    redirects(visit(server, site, "/", "HEAD"), 301, "https://www.example.com/base/")


def test_rules_by_prefix(server, s3, site):
    put(s3, site, "docs/here.html", "here")
    host = host_of(site)
    configure(s3, site, INDEX, rule({"KeyPrefixEquals": "docs/"}, ReplaceKeyPrefixWith="documents/"),
              rule({"KeyPrefixEquals": "images/"}, ReplaceKeyWith="folderdeleted.html", HttpRedirectCode="307"),
              rule({"KeyPrefixEquals": "app/"}, HostName="api.example.com", Protocol="https",
                   ReplaceKeyPrefixWith="prod/resize?key="),
              rule({"KeyPrefixEquals": "d"}, HostName="late.example.com"))
    redirects(visit(server, site, "/docs/here.html"), 301, f"http://{host}/documents/here.html")
    redirects(visit(server, site, "/images/x/y.png"), 307, f"http://{host}/folderdeleted.html")
    redirects(visit(server, site, "/app/300x300/a%26b"), 301, "https://api.example.com/prod/resize?key=300x300/a%26b")
    redirects(visit(server, site, "/down"), 301, "http://late.example.com/down")
    redirects(visit(server, site, "/down", host=host + ":4566"), 301, "http://late.example.com/down")
    redirects(visit(server, site, "/docs/", host=host + ":4566"), 301, f"http://{host}:4566/documents/")
    assert visit(server, site, "/").text == "home"


def test_rules_by_error(server, s3, site):
    put(s3, site, "error.html", "sorry")
    put(s3, site, "folder/index.html", "folder")
    put(s3, site, "private", "x")
    open_up(s3, site, grant("*", "s3:GetObject", f"{site}/private", effect="Deny"))
    configure(s3, site, ERROR,
              rule({"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "old/"}, HostName="old.example.com"),
              rule({"HttpErrorCodeReturnedEquals": "404"}, HostName="ec2.example.com", ReplaceKeyPrefixWith="report-404/"),
              rule({"HttpErrorCodeReturnedEquals": "403"}, ReplaceKeyWith="#!/login", HttpRedirectCode="302"))
    redirects(visit(server, site, "/ExamplePage.html"), 301, "http://ec2.example.com/report-404/ExamplePage.html")
    redirects(visit(server, site, "/old/x"), 301, "http://old.example.com/old/x")
    redirects(visit(server, site, "/private"), 302, f"http://{host_of(site)}/#!/login")
    redirects(visit(server, site, "/folder"), 302, "/folder/")
    assert visit(server, site, Range="bytes=9-").text == "sorry"
    assert visit(server, site).text == "home"


def test_redirects_of_objects(server, s3, site):
    put(s3, site, "page1.html", "old", WebsiteRedirectLocation="/page2.html")
    put(s3, site, "away", "", WebsiteRedirectLocation="https://www.example.com/x?y=z#top")
    redirects(visit(server, site, "/page1.html"), 301, "/page2.html")
    redirects(visit(server, site, "/away", "HEAD"), 301, "https://www.example.com/x?y=z#top")
    got = s3.get_object(Bucket=site, Key="page1.html")
    assert (got["Body"].read(), got["WebsiteRedirectLocation"]) == (b"old", "/page2.html")
    assert raw.send(server, "GET", f"/{site}/page1.html").status == 200
    for location in ("page2.html", "ftp://example.com", "javascript:x", "HTTP//x"):
        with refused("InvalidRedirectLocation", "The website redirect location must have a prefix of 'http://' or "
                                                "'https://' or '/'."):
            put(s3, site, "bad", "x", WebsiteRedirectLocation=location)
    put(s3, site, "index.html", "private redirect", WebsiteRedirectLocation="/elsewhere")
    s3.delete_bucket_policy(Bucket=site)
    fails(visit(server, site), 403, "AccessDenied")


def test_an_error_document_that_redirects(server, s3, site):
    """Its content is served: the visitor keeps the address that failed."""
    configure(s3, site, ERROR)
    put(s3, site, "error.html", "sorry", WebsiteRedirectLocation="/missing")
    answer = visit(server, site, "/missing")
    assert (answer.status, answer.text) == (404, "sorry")


def test_loops_are_the_visitors(server, s3, site):
    """Each request has one answer, whatever it leads to."""
    configure(s3, site, ERROR, rule({"KeyPrefixEquals": ""}, ReplaceKeyWith="again"))
    redirects(visit(server, site, "/again"), 301, f"http://{host_of(site)}/again")
    configure(s3, site, {**INDEX, "ErrorDocument": {"Key": "missing"}})
    page, document = shown(visit(server, site, "/missing"))
    assert page["Key"] == document["Key"] == "missing"


# -- Breaking it

def test_dots_slashes_and_encodings(server, s3, site):
    put(s3, site, "a/../b", "dots")
    put(s3, site, "//x", "slashes")
    put(s3, site, "50%/\u00e9+", "encoded")
    for path, text in (("/a/../b", "dots"), ("/a/%2E%2E/b", "dots"), ("/a%2f..%2fb", "dots"), ("///x", "slashes"),
                       ("/%2F/x", "slashes"), ("/50%25/%C3%A9+", "encoded")):
        answer = visit(server, site, path)
        assert (answer.status, answer.text) == (200, text), path
    for path in ("/../index.html", "/..%2f..%2fetc/passwd", "/b", "/x", "/./index.html", "/%00", "/index.html%00", "/%ff%fe"):
        answer = visit(server, site, path)
        assert answer.status in (400, 404), path
        assert shown(answer)
    fails(visit(server, site, "/100%"), 400, "InvalidURI")


def test_other_buckets_are_not_reached(server, account, s3, site):
    other = new_bucket(account)
    put(s3, other, "index.html", "of the other")
    configure(s3, other, INDEX)
    for path in (f"/../{other}/index.html", f"/{other}/index.html", f"//{other}/index.html", f"/%2e%2e/{other}/index.html"):
        fails(visit(server, site, path), 404, "NoSuchKey")
    fails(visit(server, site, host=f"{site}%2F{other}.s3-website-us-east-1.localhost"), 404, "NoSuchBucket")
    for host in (f"{other}.s3-website-us-east-1.localhost/{site}", f"x/{site}.s3-website-us-east-1.localhost",
                 f"{site}/index.html?.s3-website-us-east-1.localhost", "..s3-website-us-east-1.localhost"):
        answer = visit(server, site, host=host)
        assert answer.status >= 400 and "home" not in answer.text, host


def test_the_api_is_not_reached(server, account, s3, site):
    """By its own host a bucket answers as the API does, and never the other way round."""
    for path in ("/?website", "/?policy", "/", "/index.html"):
        headers, _ = raw.sign(f"http://{host_of(site)}{path}", account.root, "s3", method="DELETE")
        fails(raw.send(server, "DELETE", path, {**headers, "Host": host_of(site)}), 405, "MethodNotAllowed")
    assert raw.send(server, "GET", "/missing", {"Host": f"{site}.s3.localhost"}).code == "AccessDenied"
    assert "<Error>" in raw.send(server, "GET", f"/{site}/missing").text
    form = "Action=GetCallerIdentity&Version=2011-06-15"
    answer = raw.send(server, "POST", "/", {"Host": host_of(site), "Content-Type": raw.FORM}, form.encode())
    fails(answer, 405, "MethodNotAllowed")


def test_markup_is_shown_as_text(server, s3, site):
    configure(s3, site, {**INDEX, "ErrorDocument": {"Key": "<script>alert(1)</script>"}})
    answer = visit(server, site, "/%3Cscript%3Ealert(1)%3C/script%3E%22%26")
    assert "<script>" not in answer.text
    page, document = shown(answer)
    assert page["Key"] == "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&amp;"
    assert document["Key"] == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_no_header_is_injected(server, s3, site):
    evil = "x\r\nSet-Cookie: a=b\r\n\r\n<p>"
    configure(s3, site, INDEX, rule({"KeyPrefixEquals": "host"}, HostName=f"h{evil}"),
              rule({"KeyPrefixEquals": "key"}, ReplaceKeyWith=evil),
              rule({"KeyPrefixEquals": "prefix"}, ReplaceKeyPrefixWith=evil),
              rule({"KeyPrefixEquals": "client"}, HostName="example.com"))
    put(s3, site, "folder\r\nSet-Cookie: a=b/index.html", "x")
    for path in ("/host", "/key", "/prefix", "/client%0D%0ASet-Cookie:%20a=b", "/folder%0D%0ASet-Cookie:%20a=b"):
        answer = visit(server, site, path)
        assert answer.status in (301, 302), path
        assert "set-cookie" not in answer.headers and b"<p>" not in answer.body, path
        assert re.fullmatch("[!-~]+", answer.headers["location"]), path
    configure(s3, site, {"RedirectAllRequestsTo": {"HostName": f"h{evil}"}})
    answer = visit(server, site)
    assert answer.status == 301 and "set-cookie" not in answer.headers
    assert "set-cookie" not in visit(server, site, "/%0D%0ASet-Cookie:%20a=b").headers
    configure(s3, site, INDEX)
    answer = visit(server, site, "/%0D%0ASet-Cookie:%20a=b")
    assert answer.status == 404 and "set-cookie" not in answer.headers


def test_no_redirect_to_other_hosts(server, s3, site):
    """A browser takes a location of two slashes for a host."""
    put(s3, site, "/evil.example/index.html", "x")
    redirects(visit(server, site, "//evil.example"), 302, f"http://{host_of(site)}//evil.example/")
    configure(s3, site, INDEX, rule({"KeyPrefixEquals": "/"}, HttpRedirectCode="302"))
    redirects(visit(server, site, "//evil.example"), 302, f"http://{host_of(site)}//evil.example")
    for port in (":80@evil.example", ":x", ":80/evil"):
        answer = visit(server, site, "//a", host=host_of(site) + port)
        assert "evil.example" not in answer.headers.get("location", ""), port


def test_long_keys(server, s3, site):
    key = "k" * 1024
    put(s3, site, key, "long")
    assert visit(server, site, "/" + key).text == "long"
    fails(visit(server, site, f"/{key}k"), 400, "KeyTooLongError")
    fails(visit(server, site, "/" + "k" * 1020), 404, "NoSuchKey")
    fails(visit(server, site, "/" + "k" * 1020 + "/"), 400, "KeyTooLongError")
    answer = visit(server, site, "/" + "%61" * 9000)
    assert answer.status in (400, 414, 431)
    configure(s3, site, {"RedirectAllRequestsTo": {"HostName": "example.com"}})
    assert visit(server, site, "/" + "%01" * 2000).status == 301
    fails(visit(server, site, "/" + "%01" * 3000), 400, "KeyTooLongError")


def test_long_redirects(server, s3, site):
    """Of what the owner wrote: as a rule of all, as one of errors, and as one of the error that it is itself."""
    put(s3, site, "error.html", "sorry")
    long = {"ReplaceKeyWith": "k" * 9000}
    configure(s3, site, INDEX, rule({"KeyPrefixEquals": "a"}, **long), rule({"HttpErrorCodeReturnedEquals": "404"}, **long))
    for path in ("/a", "/missing"):
        fails(visit(server, site, path), 400, "KeyTooLongError")
    configure(s3, site, INDEX, rule({"KeyPrefixEquals": "a"}, **long), rule({"HttpErrorCodeReturnedEquals": "400"}, **long))
    fails(visit(server, site, "/a"), 400, "KeyTooLongError")
    configure(s3, site, ERROR, rule({"KeyPrefixEquals": "a"}, **long))
    answer = visit(server, site, "/a")
    assert (answer.status, answer.text) == (400, "sorry")
    assert visit(server, site).text == "home"
    assert "Message too long" not in server.log()


# -- Beside it

def test_other_origins(server, s3, site):
    s3.put_bucket_cors(Bucket=site, CORSConfiguration={"CORSRules": [
        {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://friend.example"]}]})
    answer = visit(server, site, Origin="https://friend.example")
    assert answer.headers["access-control-allow-origin"] == "https://friend.example"
    assert visit(server, site, "/missing", Origin="https://friend.example").headers[
        "access-control-allow-origin"] == "https://friend.example"
    assert "access-control-allow-origin" not in visit(server, site, Origin="https://foe.example").headers
    asked = {"Origin": "https://friend.example", "Access-Control-Request-Method": "GET"}
    assert visit(server, site, "/", "OPTIONS", **asked).status == 200
    assert visit(server, site, "/", "OPTIONS", **{**asked, "Origin": "https://foe.example"}).status == 403


def test_a_website_by_the_settings_of_the_api(s3, site):
    """What is kept and given back is unchanged by what serves it."""
    configure(s3, site, ERROR, rule({"KeyPrefixEquals": "a"}, HostName="example.com"))
    got = s3.get_bucket_website(Bucket=site)
    assert json.dumps([got["IndexDocument"], got["ErrorDocument"], got["RoutingRules"]]) == json.dumps(
        [{"Suffix": "index.html"}, {"Key": "error.html"}, [rule({"KeyPrefixEquals": "a"}, HostName="example.com")]])
