"""Names in front of the server's own: clients of S3 Control and of access points put them before the host of an endpoint
URL. Names under localhost mean this machine (RFC 6761), as systemd-resolved and nss-myhostname have it; the resolver
of a machine without them is helped here."""
import socket

from harness.account import make_client

_resolve = socket.getaddrinfo


def _resolve_local(host, *arguments, **more):
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name.rstrip(".").endswith((".localhost", ".127.0.0.1")):
        host = "127.0.0.1"
    return _resolve(host, *arguments, **more)


socket.getaddrinfo = _resolve_local


def local_client(account, service, creds="root", host="localhost", **more):
    """A boto3 client that calls the server by a name; creds as Account.client takes them."""
    creds = account.root if creds == "root" else creds
    return make_client(account.server, service, creds, endpoint=f"http://{host}:{account.server.address[1]}", **more)


def control(account, creds="root", **more):
    """A client of S3 Control."""
    return local_client(account, "s3control", creds, **more)
