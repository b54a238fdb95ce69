"""Words, texts, signs, lines."""

import unittest

import support
from apigen.lexer import Lexer


def tokens(source):
    lexer, out = Lexer('f', source), []
    while lexer.peek().kind != 'end':
        out.append(lexer.next())
    return out


class LexerTest(unittest.TestCase):
    def texts(self, source):
        return [(t.kind, t.text) for t in tokens(source)]

    def test_signs_end_words(self):
        self.assertEqual([t for _, t in self.texts('list<Tag>(0..50)!')],
                         ['list', '<', 'Tag', '>', '(', '0..50', ')', '!'])

    def test_words_hold_what_aws_writes(self):
        for word in ('iam:CreateUser', 'AWS::IAM::User', 'https://iam.amazonaws.com/doc/2010-05-08/', 'text/csv', 'a#b'):
            self.assertEqual(self.texts(word), [('word', word)])

    def test_comments(self):
        self.assertEqual(self.texts('a # b "c\n# d\nb'), [('word', 'a'), ('word', 'b')])

    def test_lines(self):
        self.assertEqual([t.position.line for t in tokens('a\n\n# x\nb "c"\nd')], [1, 4, 4, 5])

    def test_texts_are_raw_but_for_quotes(self):
        self.assertEqual(self.texts(r'"a \w\"b\" \\"'), [('text', r'a \w"b" \\')])

    def test_text_that_does_not_end(self):
        for source in ('"a', '"a\nb"', '"a\\'):
            with self.assertRaisesRegex(support.ApiError, 'f:1: the closing quote is missing'):
                tokens(source)

    def test_raw_word(self):
        lexer = Lexer('f', 'http PUT /{Bucket}/{Key+}?x=1 200')
        self.assertEqual(lexer.next().text, 'http')
        self.assertEqual([lexer.raw_word().text, lexer.raw_word().text], ['PUT', '/{Bucket}/{Key+}?x=1'])
        self.assertEqual(lexer.next().text, '200')

    def test_raw_word_missing(self):
        with self.assertRaisesRegex(support.ApiError, 'f:2: a word is missing'):
            Lexer('f', '\n').raw_word()


if __name__ == '__main__':
    unittest.main()
