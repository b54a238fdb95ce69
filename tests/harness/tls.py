"""S3 over TLS, to a server whose certificate the test knows."""
from harness.account import make_client
from harness.openssl import OpenSSL


def make_certificate(folder):
    """Files of a fresh certificate of 127.0.0.1 and of its key."""
    OpenSSL(folder).run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=merlon.test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem",
                        "-out", "cert.pem")
    return str(folder / "cert.pem"), str(folder / "key.pem")


def tls_client(account, certificate, creds="root", **more):
    """A client of S3 over TLS; further arguments as of make_client()."""
    return make_client(account.server, "s3", account.root if creds == "root" else creds,
                       **{"endpoint": account.server.tls_endpoint, "verify": certificate[0], **more})
