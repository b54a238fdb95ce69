"""A mail server of the test's own: as much of SMTP as it takes to be handed mails."""
import email
import email.policy
import socketserver
import threading

ARRIVAL_S = 20


class Mailbox:
    """refuses: {address: answer} to RCPT TO; busy: how many times DATA is answered with 451 first."""

    def __init__(self, refuses=None, busy=0):
        self.refuses, self.busy, self.mails, self.changed = refuses or {}, busy, [], threading.Condition()
        self.attempts = 0
        mailbox = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, text):
                self.wfile.write(text.encode() + b"\r\n")

            def handle(self):
                self.say("220 test")
                for line in self.rfile:
                    word = line.decode().strip()
                    if word.upper().startswith("RCPT"):
                        self.to = word.split("<")[1].rstrip(">")
                        self.say(mailbox.refuses.get(self.to, "250 ok"))
                    elif word.upper() == "DATA":
                        self.data()
                    elif word.upper() == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.sender = word.split("<")[1].rstrip(">") if word.upper().startswith("MAIL") else None
                        self.say("250 ok")

            def data(self):
                self.say("354 go on")
                lines = []
                for line in self.rfile:
                    if line == b".\r\n":
                        break
                    lines.append(line[1:] if line.startswith(b".") else line)
                self.say(mailbox.take(self.to, b"".join(lines)))

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def take(self, to, data):
        with self.changed:
            self.attempts += 1
            self.changed.notify_all()
            if self.busy > 0:
                self.busy -= 1
                return "451 later"
            mail = email.message_from_bytes(data, policy=email.policy.default)
            assert mail["To"] == to
            self.mails.append(mail)
            return "250 taken"

    def wait(self, count, to=None):
        """The mails (to somebody), when so many have come."""
        def found():
            return [mail for mail in self.mails if to is None or mail["To"] == to]

        with self.changed:
            came = self.changed.wait_for(lambda: len(found()) >= count, ARRIVAL_S)
            assert came, f"{len(found())} of {count} came"
            return found()

    def wait_attempts(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: self.attempts >= count, ARRIVAL_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
