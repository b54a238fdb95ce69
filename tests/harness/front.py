"""A way to the server for clients that know AWS's own host names only: a proxy for HTTPS that leads every name to the
server's TLS listener, whose certificate says S3's."""
import socket
import threading

from harness.openssl import OpenSSL

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")


def make_s3_certificate(folder):
    """Files of a fresh certificate of S3's hosts, with a bucket's name in front or without, and of its key."""
    folder.mkdir(parents=True, exist_ok=True)
    hosts = ["s3.amazonaws.com", *(f"s3.{region}.amazonaws.com" for region in REGIONS)]
    names = ",".join(f"DNS:{host},DNS:*.{host}" for host in hosts)
    OpenSSL(folder).run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=merlon.test", "-addext", f"subjectAltName=IP:127.0.0.1,{names}", "-keyout",
                        "key.pem", "-out", "cert.pem")
    return str(folder / "cert.pem"), str(folder / "key.pem")


def _carry(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Front:
    """with Front(server, certificate) as front: environment of a client that goes through it is front.env."""

    def __init__(self, server, certificate):
        self.host, _, port = server.tls_endpoint.removeprefix("https://").rpartition(":")
        self.port, self.listener = int(port), socket.create_server(("127.0.0.1", 0))
        self.env = {"HTTPS_PROXY": f"http://127.0.0.1:{self.listener.getsockname()[1]}", "NO_PROXY": "127.0.0.1",
                    "AWS_CA_BUNDLE": certificate[0]}

    def _connect(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            data = client.recv(4096)
            if not data:
                client.close()
                return
            head += data
        assert head.startswith(b"CONNECT "), head
        server = socket.create_connection((self.host, self.port))
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=_carry, args=(client, server), daemon=True).start()
        _carry(server, client)

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
