"""docs/coverage.md: what is implemented and what is planned."""

HEAD = '''# Coverage

Made by `tools/apigen.py --update-surface` from `api/*.api`. An operation that is *planned* is routed, authorised and recorded, and
answered with 501.

'''


def coverage(services):
    services = sorted(services, key=lambda s: s.name)
    return HEAD + summary(services) + ''.join(section(service) for service in services)


def summary(services):
    lines = ['| service | operations | implemented | planned |', '|---|---:|---:|---:|']
    total = [0, 0]
    for service in services:
        done, planned = count(service)
        total = [total[0] + done, total[1] + planned]
        lines.append(f"| [{service.words['title']}](#{service.name}) | {done + planned} | {done} | {planned} |")
    lines.append(f'| **all** | {sum(total)} | {total[0]} | {total[1]} |')
    return '\n'.join(lines) + '\n'


def count(service):
    planned = sum(operation.is_planned() for operation in service.operations)
    return len(service.operations) - planned, planned


def section(service):
    lines = ['', f'## {service.name}', '', '| operation | | IAM action |', '|---|---|---|']
    for operation in sorted(service.operations, key=lambda o: o.name):
        state = 'planned' if operation.is_planned() else 'implemented'
        lines.append(f'| {operation.name} | {state} | {actions(operation)} |')
    return '\n'.join(lines) + '\n'


def actions(operation):
    if 'free' in operation.words:
        return 'none needed'
    return ', '.join(f'`{action}`' for action in dict.fromkeys(allow.action for allow in operation.allows))
