"""Looks for byte strings in the memory of a process, region by region.

The server makes itself undumpable, so that only root reads it: other users run this file through sudo."""
import base64
import json
import os
import re
import subprocess
import sys
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE")
CHUNK = 1 << 20
SANITIZERS_OWN = 1 << 40  # a region of this size is a sanitizer's shadow
IS_PRESENT = bytes(int(flags & 0xC0 != 0) for flags in range(256))  # the highest byte in /proc/PID/pagemap
HEAD = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$")


class Find(NamedTuple):
    name: str        # of what was found
    address: int
    region: str      # a file's name, "[heap]", "[stack]", or "" of anonymous memory
    is_marked: bool  # its region is marked MADV_DONTDUMP


def find(pid, needles):
    """needles: {name: bytes}; every place of every one of them."""
    told = json.dumps({name: base64.b64encode(bytes_).decode() for name, bytes_ in needles.items()})
    command = [sys.executable, "-I", os.path.abspath(__file__), str(pid)]
    if os.geteuid() != 0:
        command = ["sudo", "-n", *command]
    done = subprocess.run(command, input=told, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"cannot read the memory of {pid}: {done.stderr}"
    return [Find(*row) for row in json.loads(done.stdout)]


def dump_filter(pid):
    """Which kinds of memory go into a dump of the process, as core(5) numbers them; 0: none."""
    with open(f"/proc/{pid}/coredump_filter") as file:
        return int(file.read(), 16)


# -- What runs with the right to read

def regions(pid):
    """(begin, end, name, is_marked) of what is readable."""
    head = None
    with open(f"/proc/{pid}/smaps") as smaps:
        for line in smaps:
            match = HEAD.match(line)
            if match:
                head = match
            elif line.startswith("VmFlags:") and "r" in head.group(3) and not head.group(4).startswith("[v"):
                begin, end = int(head.group(1), 16), int(head.group(2), 16)
                if end - begin < SANITIZERS_OWN:
                    yield begin, end, head.group(4), " dd" in line


def present(pagemap, begin, end):
    """(begin, end) of each run of pages that are there: of the file that the store maps, most are not."""
    at, run = begin, None
    while at < end:
        pagemap.seek(at // PAGE * 8)
        flags = pagemap.read(min(CHUNK, (end - at) // PAGE * 8))[7::8].translate(IS_PRESENT)
        first = 0
        while 0 <= first < len(flags):
            first = flags.find(b"\0" if run is not None else b"\1", first)
            if first >= 0 and run is None:
                run = at + first * PAGE
            elif first >= 0:
                yield run, at + first * PAGE
                run = None
        at += len(flags) * PAGE
    if run is not None:
        yield run, end


def search(memory, begin, end, needles):
    """(name, address); chunks overlap by what a needle may be long."""
    overlap = max(map(len, needles.values())) - 1
    at, kept = begin, b""
    while at < end:
        memory.seek(at)
        try:
            data = memory.read(min(CHUNK, end - at))
        except OSError:  # unmapped since
            data = b""
        if not data:
            return
        text = kept + data
        for name, needle in needles.items():
            found = text.find(needle)
            while found >= 0:
                if found + len(needle) > len(kept):
                    yield name, at - len(kept) + found
                found = text.find(needle, found + 1)
        at += len(data)
        kept = text[-overlap:]


def main(pid):
    needles = {name: base64.b64decode(text) for name, text in json.load(sys.stdin).items()}
    finds = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory, open(f"/proc/{pid}/pagemap", "rb") as pagemap:
        for begin, end, region, is_marked in regions(pid):
            for first, last in present(pagemap, begin, end):
                finds += [(name, address, region, is_marked) for name, address in search(memory, first, last, needles)]
    print(json.dumps(finds))


if __name__ == "__main__":
    main(int(sys.argv[1]))
