"""What the tests of apigen share."""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / 'tools'))

from apigen.checker import check                            # noqa: E402
from apigen.collisions import check_collisions              # noqa: E402
from apigen.main import main                                # noqa: E402
from apigen.model import ApiError                           # noqa: E402
from apigen.names import member_name, snake                 # noqa: E402
from apigen.parser import parse                             # noqa: E402

__all__ = ['ROOT', 'HERE', 'REST', 'SERVICE', 'ApiError', 'check', 'check_collisions', 'main', 'member_name', 'snake', 'parse',
           'compiled', 'mistakes', 'scratch']

# 8 lines: what a test adds begins at line 9.
SERVICE = '''service demo {
    number    9
    protocol  query
    version   2020-01-01
    title     Demo
    audit     demo.amazonaws.com
    namespace https://demo/
}
'''
REST = SERVICE.replace('query', 'rest-xml')


def compiled(source):
    service = parse('demo.api', source)
    problems = check([service]) or check_collisions(service)
    if problems:
        raise AssertionError([str(p) for p in problems])
    return service


def mistakes(source):
    """All mistakes as texts, `demo.api:LINE: ...`."""
    try:
        service = parse('demo.api', source)
    except ApiError as problem:
        return [str(problem)]
    return [str(p) for p in check([service]) or check_collisions(service)]


def scratch():
    return tempfile.TemporaryDirectory(prefix='apigen-')
