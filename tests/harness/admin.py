"""The admin interface of a running server, over its Unix socket."""
import http.client
import json
import socket
import time


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class AdminError(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:500]}")
        self.status, self.body = status, body


class Admin:
    def __init__(self, socket_path, timeout=60):
        self.socket_path, self.timeout, self._jumped_s = str(socket_path), timeout, 0

    def request(self, method, path, body=None):
        """Status and text of the answer, whatever they are."""
        connection = _UnixConnection(self.socket_path, self.timeout)
        try:
            data = None if body is None else json.dumps(body).encode()
            headers = {"Content-Type": "application/json"} if data is not None else {}
            connection.request(method, path, body=data, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def call(self, method, path, body=None):
        status, text = self.request(method, path, body)
        if status >= 300:
            raise AdminError(status, text)
        return text

    def advance(self, duration):
        """Moves the one clock by "7d", "1h30m", ...; back when everything that fell due has been done."""
        answer = self.call("POST", "/clock", {"advance": duration})
        self._jumped_s = int(time.time())
        return answer

    def past_the_jump(self):
        """Back when a signature's date, which has no fractions, is later than the last advance: one of the same
        second may be older than the advance, and a URL so signed is taken for as old."""
        while int(time.time()) <= self._jumped_s:
            time.sleep(0.05)

    def reset(self):
        return self.call("POST", "/reset")

    def health(self):
        return self.call("GET", "/health")

    def metrics(self):
        """{name with labels: value} of the Prometheus text."""
        lines = self.call("GET", "/metrics").splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}
