"""The stock AWS CLI, run as a person would, in a clean home."""
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

from harness.environment import clean_environment
from harness.server import TOP


def aws_program():
    """The distribution's AWS CLI, or the one that tools/setup.sh put into the build folder."""
    for path in (os.environ.get("MERLON_AWS"), "/usr/bin/aws", TOP / "build" / "awscli" / "bin" / "aws"):
        if path and Path(path).exists():
            return str(path)
    raise AssertionError("no AWS CLI on this machine: run tools/setup.sh test")


class CliError(Exception):
    """The command failed. .code is AWS's error code ("AccessDenied"), .message its text, .output all of it."""

    def __init__(self, command, status, output):
        super().__init__(f"aws {command}: exit {status}\n{output}")
        self.status, self.output = status, output
        match = re.search(r"An error occurred \(([\w.]+)\) when calling the (\w+) operation(?: \([^)]*\))?: (.*)",
                          output, re.S)
        self.code, self.operation, self.message = match.groups() if match else (None, None, output)
        self.message = self.message.strip()


def run_cli(server, command, creds, home, region="us-east-1", env=None, cli=None):
    """Gives the answer as parsed JSON (None when there was none); a failure raises CliError."""
    words = shlex.split(command) if isinstance(command, str) else list(command)
    home = Path(home)
    home.mkdir(parents=True, exist_ok=True)
    more = {"AWS_DEFAULT_REGION": region, "AWS_DEFAULT_OUTPUT": "json", "AWS_ENDPOINT_URL": server.endpoint}
    more.update(creds.for_environment() if creds else {})
    more.update(env or {})
    done = subprocess.run([cli or aws_program(), "--endpoint-url", server.endpoint, *words],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                          env=clean_environment(home, **more), cwd=home)
    if done.returncode != 0:
        raise CliError(" ".join(words), done.returncode, done.stderr + done.stdout)
    if not done.stdout.strip():
        return None
    try:
        return json.loads(done.stdout)
    except ValueError:
        return done.stdout
