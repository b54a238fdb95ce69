"""A relay in front of the server that keeps what clients send. With a certificate it ends their TLS, and begins its own
to the server: what is kept is what came out of the client's TLS."""
import contextlib
import socket
import ssl
import threading
from urllib.parse import urlsplit

READ_LEN = 65536


class Wiretap:
    """with Wiretap(server.endpoint) as tap: tap.endpoint is for the client, tap.sent is what it sent.

    certificate: (file, key file) of the relay itself; the server's own certificate is not looked at."""

    def __init__(self, endpoint, certificate=None):
        self.to = urlsplit(endpoint)
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.sent, self.connections = b"", []

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.connections:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    @property
    def endpoint(self):
        return f"{self.to.scheme}://127.0.0.1:{self.listener.getsockname()[1]}"

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client):
        server = socket.create_connection((self.to.hostname, self.to.port))
        if self.context:
            trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            client, server = self.context.wrap_socket(client, server_side=True), trusting.wrap_socket(server)
        self.connections += [client, server]
        threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()
        self._pass(client, server, True)

    def _pass(self, source, sink, is_kept):
        with contextlib.suppress(OSError):
            while data := source.recv(READ_LEN):
                if is_kept:
                    self.sent += data
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
