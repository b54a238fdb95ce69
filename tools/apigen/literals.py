"""C literals."""


def c_string(text):
    """In quotes; bytes beyond ASCII as octal, and `?` escaped so that no trigraph comes about."""
    out = []
    for byte in text.encode():
        char = chr(byte)
        if char in '"\\':
            out.append('\\' + char)
        elif char == '?':
            out.append('\\?')
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append(f'\\{byte:03o}')
    return '"' + ''.join(out) + '"'


def c_str(text):
    return f'STR_INIT({c_string(text)})'


def c_int64(value):
    """INT64_MIN has no literal of its own."""
    return 'INT64_MIN' if value == -2**63 else f'INT64_C({value})'


def c_flags(flags):
    return ' | '.join(flags)
