"""The command line."""

import argparse
import sys
from pathlib import Path

from .checker import check
from .collisions import check_collisions
from .coverage import coverage
from .header import header
from .model import ApiError
from .parser import parse_file
from .surface import broken_promises, differences, surface
from .tables import services_table, tables

ROOT = Path(__file__).resolve().parents[2]


def load(files, problems):
    """The services of all files that have no mistake of grammar."""
    services = []
    for file in files:
        try:
            services.append(parse_file(file, shown(file)))
        except ApiError as problem:
            problems.append(problem)
        except (OSError, UnicodeDecodeError) as problem:
            problems.append(f'{shown(file)}: {problem}')
    return services


def shown(file):
    path = Path(file).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(file)


def compile_files(files):
    """(services, mistakes)"""
    problems = []
    services = load(files, problems)
    found = check(services)
    if not problems and not found:
        found = [p for service in services for p in check_collisions(service)]
    return services, problems + found


def write_if_new(path, text):
    """An unchanged file keeps its time, so that nothing is compiled again for it."""
    path = Path(path)
    if not path.exists() or path.read_text(encoding='utf-8') != text:
        path.write_text(text, encoding='utf-8')


def read(path):
    return Path(path).read_text(encoding='utf-8') if Path(path).exists() else ''


def emit(services, folder):
    for service in services:
        write_if_new(Path(folder) / f'{service.name}.h', header(service))
        write_if_new(Path(folder) / f'{service.name}.c', tables(service))
    write_if_new(Path(folder) / 'services.c', services_table(services))


def update_surface(services, args):
    old = read(args.surface_file)
    if not args.break_promises and report(broken_promises(services, old)):
        return 1
    write_if_new(args.surface_file, surface(services, '' if args.break_promises else old))
    return 0


def check_surface(services, args):
    old = read(args.surface_file)
    if report(broken_promises(services, old)):
        return 1
    return stale(old, surface(services, old), args.surface_file)


def stale(old, new, path):
    lines = differences(old, new, shown(path))
    for line in lines:
        print(line)
    if lines:
        print(f'{shown(path)} is stale: run tools/apigen.py --update-surface', file=sys.stderr)
    return 1 if lines else 0


def report(problems):
    for problem in problems:
        print(problem if isinstance(problem, ApiError) else f'apigen: {problem}', file=sys.stderr)
    return bool(problems)


def parser():
    out = argparse.ArgumentParser(prog='apigen.py', description='Compiles api/*.api (see api/README.md).')
    out.add_argument('files', nargs='*', help='default: all of api/')
    out.add_argument('--out', metavar='FOLDER', help='write C headers and tables')
    out.add_argument('--surface', action='store_true', help='write api/surface.txt')
    out.add_argument('--coverage', action='store_true', help='write docs/coverage.md')
    out.add_argument('--update-surface', action='store_true', help='write both')
    out.add_argument('--check-surface', action='store_true', help='fail if one of them is stale')
    out.add_argument('--break-promises', action='store_true',
                     help='with --surface: forget retired numbers and accept changes that old data do not survive')
    out.add_argument('--surface-file', default=ROOT / 'api' / 'surface.txt', help=argparse.SUPPRESS)
    out.add_argument('--coverage-file', default=ROOT / 'docs' / 'coverage.md', help=argparse.SUPPRESS)
    return out


def main(arguments=None):
    args = parser().parse_args(arguments)
    files = args.files or sorted((ROOT / 'api').glob('*.api'))
    services, problems = compile_files(files)
    if report(problems):
        return 1
    result = 0
    if args.out:
        emit(services, args.out)
    if args.surface or args.update_surface:
        result |= update_surface(services, args)
    if args.coverage or args.update_surface:
        write_if_new(args.coverage_file, coverage(services))
    if args.check_surface:
        result |= check_surface(services, args)
        result |= stale(read(args.coverage_file), coverage(services), args.coverage_file)
    return result
