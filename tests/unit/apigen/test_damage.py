"""A damaged file gives mistakes with a place, never a traceback: words of good files are dropped, doubled and swapped."""

import random
import re
import unittest

import support
from support import mistakes
from apigen.header import header
from apigen.tables import tables

ROUNDS = 400
PIECES = re.compile(r'"(?:\\.|[^"\\\n])*"|\s+|[{}()<>!=,]|[^\s{}()<>!=,"]+')


def damaged(pieces, chance):
    out = list(pieces)
    for _ in range(chance.randint(1, 3)):
        at, other = chance.randrange(len(out)), chance.randrange(len(out))
        how = chance.randrange(5)
        if how == 0:
            del out[at]
        elif how == 1:
            out.insert(at, out[other])
        elif how == 2:
            out[at], out[other] = out[other], out[at]
        elif how == 3:
            out = out[:at + 1]
        else:
            out[at] = chance.choice(['"', '{', '0..', '-1', 'secret', '@wire', '9999999999999999999', '\u00e9', '@', '..'])
    return ''.join(out)


class Damage(unittest.TestCase):
    def test_files_of_every_word(self):
        for path in sorted(support.HERE.glob('*.api')):
            pieces = PIECES.findall(path.read_text(encoding='utf-8'))
            self.assertEqual(''.join(pieces), path.read_text(encoding='utf-8'))
            for seed in range(ROUNDS):
                self.check(damaged(pieces, random.Random(seed)), f'{path.name} {seed}')

    def check(self, source, which):
        with self.subTest(which):
            found = mistakes(source)
            for problem in found:
                self.assertRegex(problem, r'^demo\.api:[1-9][0-9]*: \S')
            if not found:
                service = support.compiled(source)
                self.assertTrue(header(service) and tables(service))


if __name__ == '__main__':
    unittest.main()
