"""Words, texts and signs of an .api file, on demand, so that the parser may ask for a raw word (a URI)."""

import re
from typing import NamedTuple

from .model import ApiError, Position

SIGNS = '{}()<>!=,'
WORD = re.compile(r'[^\s{}()<>!=,"]+')
RAW_WORD = re.compile(r'\S+')
BLANK = re.compile(r'(?:\s+|#[^\n]*)+')


class Token(NamedTuple):
    kind: str          # word, text, sign, end
    text: str
    position: Position

    def __str__(self):
        return 'the end of the file' if self.kind == 'end' else f"'{self.text}'"


class Lexer:
    def __init__(self, file, source):
        self.file = file
        self.source = source
        self.offset = 0
        self.line = 1
        self.ahead = None

    def peek(self):
        if self.ahead is None:
            self.ahead = self._read()
        return self.ahead

    def next(self):
        token = self.peek()
        self.ahead = None
        return token

    def raw_word(self):
        """Everything up to the next blank, signs too."""
        assert self.ahead is None
        self._skip_blanks()
        match = RAW_WORD.match(self.source, self.offset)
        position = Position(self.file, self.line)
        if not match:
            raise ApiError(position, 'a word is missing at the end of the file')
        self.offset = match.end()
        return Token('word', match.group(), position)

    def _skip_blanks(self):
        match = BLANK.match(self.source, self.offset)
        if match:
            self.line += match.group().count('\n')
            self.offset = match.end()

    def _read(self):
        self._skip_blanks()
        position = Position(self.file, self.line)
        if self.offset >= len(self.source):
            return Token('end', '', position)
        char = self.source[self.offset]
        if char in SIGNS:
            self.offset += 1
            return Token('sign', char, position)
        if char == '"':
            return Token('text', self._text(position), position)
        match = WORD.match(self.source, self.offset)
        self.offset = match.end()
        return Token('word', match.group(), position)

    def _text(self, position):
        """A text in quotes: `\\"` is a quote, every other backslash is itself (patterns are full of them)."""
        out = []
        at = self.offset + 1
        while at < len(self.source) and self.source[at] not in '"\n':
            step = 2 if self.source[at] == '\\' else 1
            piece = self.source[at:at + step]
            out.append('"' if piece == '\\"' else piece)
            at += step
        if at >= len(self.source) or self.source[at] != '"':
            raise ApiError(position, 'the closing quote is missing')
        self.offset = at + 1
        return ''.join(out)
