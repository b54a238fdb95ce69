"""The README's first five minutes, word for word, so that it cannot rot: each command of the transcript is typed into a
shell beside a running server, and what it prints is what the README shows, but for ids, keys and times."""
import re
import subprocess

import pytest

from harness.aws_cli import aws_program
from harness.environment import clean_environment
from harness.server import TOP, Server, binary

README = (TOP / "README.md").read_text()


def transcript():
    """[(command, what it prints)] of the blocks marked ```console in the section of the first five minutes."""
    section = README.split("## The first five minutes", 1)[1].split("\n## ", 1)[0]
    steps = []
    for block in re.findall(r"```console\n(.*?)```", section, re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            elif line.startswith("> "):
                steps[-1] = (steps[-1][0] + "\n" + line[2:], [])
            else:
                steps[-1][1].append(line)
    return [(command, "\n".join(printed).strip()) for command, printed in steps]


# What differs from run to run, in the order in which it is looked for.
CHANGING = [
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
    (r"\b(AKIA|ASIA|AIDA|AROA|ANPA|AGPA)[A-Z2-7]{16,17}\b", r"\1..."),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "TIME"),
    (r"\b\d{12}\b", "ACCOUNT"),
    (r'("(?:SecretAccessKey|SessionToken)": )"[^"]*"', r'\1"..."'),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
]


def settled(text):
    for pattern, instead in CHANGING:
        text = re.sub(pattern, instead, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines() if line.strip())


class Shell:
    """One bash for the whole transcript: what a command sets, the next one sees."""
    END = "--- end of this command ---"

    def __init__(self, folder, env):
        self.process = subprocess.Popen(["bash", "--norc", "--noprofile"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder, env=env)

    def run(self, command):
        self.process.stdin.write(f"{command}\necho; echo '{self.END}'\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.strip() == self.END:
                return "".join(lines).strip()
            lines.append(line)
        raise AssertionError(f"the shell ended at: {command}\n{''.join(lines)}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


@pytest.fixture
def shell(tmp_path):
    """A folder that looks like the repository after make build, with a server on ./merlon-data as make run leaves it."""
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "merlon").symlink_to(binary())
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "aws").symlink_to(aws_program())
    server = Server(data=tmp_path / "merlon-data")
    env = clean_environment(tmp_path / "home")
    del env["AWS_MAX_ATTEMPTS"]  # as a person's shell: the CLI would tell of its retries
    env["PATH"] = f"{tmp_path / 'bin'}:/usr/bin:/bin"
    with server:
        one = Shell(tmp_path, env)
        yield one
        one.close()


def test_the_first_five_minutes(shell):
    steps = transcript()
    assert len(steps) >= 8, "the transcript is gone"
    for command, shown in steps:
        printed = shell.run(command)
        assert settled(printed) == settled(shown), f"$ {command}"


def test_every_make_target_that_the_readme_names_exists():
    makefile = (TOP / "Makefile").read_text()
    named = set(re.findall(r"(?m)^\s*make ([a-z-]+)", README)) | set(re.findall(r"`make ([a-z-]+)`", README))
    assert named and not [name for name in named if not re.search(rf"(?m)^{name}:", makefile)]


@pytest.mark.parametrize("page", sorted(str(path.relative_to(TOP)) for path in [
    *TOP.glob("*.md"), *TOP.glob("docs/*.md"), *TOP.glob("tests/*/README.md")]))
def test_links_lead_somewhere(page):
    text = (TOP / page).read_text()
    links = [link for link in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in link]
    assert [link for link in links if not ((TOP / page).parent / link).exists()] == []


def quotations():
    """[(page, file, text)]: code that a page quotes, marked by <!-- from FILE --> above its block."""
    for page in sorted(TOP.glob("docs/*.md")):
        for file, text in re.findall(r"<!-- from (\S+) -->\n```\w*\n(.*?)```", page.read_text(), re.S):
            yield page.name, file, text


def test_code_that_the_docs_quote_is_the_code():
    quoted = list(quotations())
    assert quoted and [(page, file) for page, file, text in quoted if text not in (TOP / file).read_text()] == []
