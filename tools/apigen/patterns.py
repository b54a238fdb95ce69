"""Whether a pattern is one: asks PCRE2 itself, which the program is built with, else does not know. Patterns are in
the notation of AWS's models, Java's; src/wire/pattern_java.c rewrites the same at run time."""

import ctypes
import re

PCRE2_UTF = 0x00080000
LIBRARIES = ('libpcre2-8.so.0', 'libpcre2-8.so')


def _load():
    for name in LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.pcre2_compile_8.restype = ctypes.c_void_p
        library.pcre2_compile_8.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_void_p,
                                            ctypes.c_void_p, ctypes.c_void_p]
        library.pcre2_code_free_8.argtypes = [ctypes.c_void_p]
        return library
    return None


_LIBRARY = _load()
_KNOWN = {}


def pattern_problem(pattern):
    """A text, or None when the pattern is good."""
    if pattern not in _KNOWN:
        _KNOWN[pattern] = _compile(pattern)
    return _KNOWN[pattern]


def _compile(pattern):
    if not pattern:
        return 'it is empty'
    if _LIBRARY is None:
        return None
    encoded = from_java(pattern).encode()
    number, offset = ctypes.c_int(), ctypes.c_size_t()
    code = _LIBRARY.pcre2_compile_8(encoded, len(encoded), PCRE2_UTF, ctypes.byref(number), ctypes.byref(offset), None)
    if not code:
        return f'{_message(number.value)} at {offset.value}'
    _LIBRARY.pcre2_code_free_8(code)
    return None


def from_java(pattern):
    """\\uXXXX, pairs of surrogates, and the POSIX classes, which here may be any character: only the form counts."""
    pattern = re.sub(r'\\u[Dd][89ABab]..\\u[Dd][C-Fc-f]..', r'\\x{10000}', pattern)
    pattern = re.sub(r'\\u([0-9A-Fa-f]{4})', r'\\x{\1}', pattern)
    return re.sub(r'\\p\{(ASCII|Print|Alnum|Alpha|Digit|Lower|Upper|Punct|Graph|Blank|Cntrl|XDigit|Space)\}', 'a', pattern)


def _message(number):
    buffer = ctypes.create_string_buffer(256)
    _LIBRARY.pcre2_get_error_message_8(ctypes.c_int(number), buffer, ctypes.c_size_t(len(buffer)))
    return buffer.value.decode()
