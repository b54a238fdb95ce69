"""Stock programs that speak S3, run in a clean environment. They are Debian packages (tools/setup.sh)."""
import shutil
import subprocess

from harness.environment import clean_environment


class ProgramFailed(Exception):
    """It ended with another status than 0; .output is all that it said."""

    def __init__(self, command, status, output):
        super().__init__(f"{' '.join(command)}: exit {status}\n{output[-6000:]}")
        self.status, self.output = status, output


class Program:
    """program("ls", "s3://bucket"): runs it and gives what it wrote, as text."""

    def __init__(self, name, home, arguments=(), env=None):
        assert shutil.which(name), f"no {name} on this machine: run tools/setup.sh test"
        self.name, self.home, self.arguments, self.env = name, home, list(map(str, arguments)), dict(env or {})

    def __call__(self, *arguments, cwd=None, data=None, as_bytes=False, timeout=300):
        self.home.mkdir(parents=True, exist_ok=True)
        command = [self.name, *self.arguments, *map(str, arguments)]
        env = clean_environment(self.home, **{"LC_ALL": "C.UTF-8", **self.env})
        done = subprocess.run(command, input=data, stdin=None if data is not None else subprocess.DEVNULL,
                              capture_output=True, timeout=timeout, env=env, cwd=cwd or self.home)
        if done.returncode != 0:
            raise ProgramFailed(command, done.returncode, (done.stderr + done.stdout).decode(errors="replace"))
        return done.stdout if as_bytes else done.stdout.decode()
