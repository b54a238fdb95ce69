"""The snapshot: what shows, what is kept, and what stored data do not allow."""

import io
import contextlib
import unittest
from pathlib import Path

import support
from support import SERVICE, compiled
from apigen.coverage import coverage
from apigen.surface import broken_promises, surface

OP = '''error E 404 code Gone receiver
resource thing
op Get write data {
    allow demo:Get on thing(A) allow demo:Tag when B
    key demo:A = A
    in { A string B string }
    errors E
}
op Later read planned { allow demo:Later }
'''
RECORD = '''type Tag { Key string Value string(1..5) }
record Thing 3 A::B::C {
    1 account string
    2 name string nocase
    4 tags list<Tag>
    5 size integer
} key(account, name) index 2 by_size(size, name) unique
'''


def snapshot(text, old=''):
    return surface([compiled(SERVICE + text)], old)


class Snapshot(unittest.TestCase):
    def test_lines(self):
        self.assertEqual(snapshot(OP + RECORD), '\n'.join([
            'error demo E Gone 404 receiver',
            'op demo Get data write demo:Get on thing(A) demo:Tag when B key demo:A=A errors E',
            'op demo Later planned read demo:Later',
            'record demo Thing 3 A::B::C key(account,name) index:2:by_size(size,name):unique field:1:account:string '
            'field:2:name:string:nocase field:4:tags:list<Tag> field:5:size:integer',
            'service demo number 9 query 2020-01-01 demo.amazonaws.com',
            'stored demo Tag Key:string Value:string']) + '\n')

    def test_timers_and_notes(self):
        text = snapshot('timer RotateKey timer DeleteKey note Usage')
        self.assertEqual(text.splitlines(), ['note demo Usage', 'service demo number 9 query 2020-01-01 demo.amazonaws.com',
                                             'timer demo DeleteKey', 'timer demo RotateKey'])

    def test_same_again(self):
        text = snapshot(OP + RECORD)
        self.assertEqual(snapshot(OP + RECORD, text), text)

    def test_what_goes_is_remembered(self):
        old = snapshot(OP + RECORD)
        less = RECORD.replace('    5 size integer\n', '').replace(' index 2 by_size(size, name) unique', '')
        less = less.replace('Key string ', '')
        new = snapshot(OP + less, old)
        self.assertIn('\nretired demo field 3.5 size\n', new)
        self.assertIn('\nretired demo index 2 by_size\n', new)
        self.assertIn('\nretired demo member Tag.Key string\n', new)
        self.assertEqual(snapshot(OP + less, new), new)
        gone = snapshot(OP, new)
        self.assertIn('\nretired demo record 3 Thing\n', gone)
        self.assertIn('\nretired demo field 3.5 size\n', gone)


class Promises(unittest.TestCase):
    def broken(self, text, old=None):
        return broken_promises([compiled(SERVICE + text)], old or snapshot(OP + RECORD))

    def test_additions_are_fine(self):
        more = RECORD.replace('5 size integer', '5 size integer 6 more string').replace('Key string', 'Key string More blob')
        more = more.replace('unique', 'unique index 3 by_more(more)')
        self.assertEqual(self.broken(OP + more), [])

    def test_limits_and_names_may_change(self):
        other = RECORD.replace('string(1..5)', 'string(1..9)').replace('5 size', '5 bytes').replace('(size', '(bytes')
        other = other.replace('account', 'owner').replace('Thing', 'Item').replace('A::B::C', '')
        self.assertEqual(self.broken(OP + other), [])

    def one(self, before, after, message):
        self.assertIn(before, RECORD)
        found = self.broken(OP + RECORD.replace(before, after))
        self.assertEqual(len(found), 1, found)
        self.assertIn(message, found[0])

    def test_type_of_a_field(self):
        self.one('5 size integer', '5 size string', 'field 3.5 was size integer, now size string')

    def test_case_of_a_field(self):
        self.one('string nocase', 'string', 'field 3.2 was name string:nocase, now name string')

    def test_number_of_another_field(self):
        text = RECORD.replace('4 tags list<Tag>', '5 tags list<Tag>').replace('5 size integer', '4 size integer')
        self.assertEqual(len(self.broken(OP + text)), 3)    # two fields, and the index that holds one

    def test_key(self):
        self.one('key(account, name)', 'key(name, account)', 'record 3 was Thing key(1,2), now Thing key(2,1)')

    def test_members_of_an_index(self):
        self.one('by_size(size, name)', 'by_size(size)', 'index 2 was by_size of record 3 (5,2):unique')

    def test_uniqueness_of_an_index(self):
        self.one(' unique', '', 'index 2 was')

    def test_member_of_a_stored_structure(self):
        self.one('Key string', 'Key integer', 'member Tag.Key, stored in records, was string, now integer')

    def test_number_of_the_service(self):
        old = snapshot(RECORD + OP).replace('service demo', 'service other')
        self.assertIn('service number 9 was other, now demo', self.broken(OP + RECORD, old))

    def test_retired_numbers(self):
        old = snapshot(OP, snapshot(OP + RECORD))
        found = self.broken(OP + RECORD, old)
        self.assertEqual(len(found), 6, found)      # the record, four fields, an index
        self.assertIn('demo: record 3 was given before and is retired: retired demo record 3 Thing', found)

    def test_timers_stay(self):
        old = snapshot('timer DeleteKey timer RotateKey note Usage')
        self.assertEqual(self.broken('timer RotateKey', old),
                         ['demo: timer DeleteKey is gone, and what waits for its hour would never be done'])
        self.assertEqual(self.broken('timer RotateKey timer DeleteKey timer Another', old), [])
        self.assertEqual(self.broken(OP + RECORD, old.replace(' demo ', ' other ').replace('number 9', 'number 8')), [])

    def test_retired_member(self):
        old = snapshot(OP + RECORD.replace('Key string ', ''), snapshot(OP + RECORD))
        self.assertEqual(self.broken(OP + RECORD, old), [])
        self.assertEqual(len(self.broken(OP + RECORD.replace('Key string', 'Key blob'), old)), 1)


class Command(unittest.TestCase):
    """The options, on files of its own."""

    def setUp(self):
        self.folder = support.scratch()
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name)
        self.write(OP + RECORD)

    def write(self, text):
        (self.path / 'demo.api').write_text(SERVICE + text, encoding='utf-8')

    def run_with(self, *options):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = support.main([str(self.path / 'demo.api'), '--surface-file', str(self.path / 'surface.txt'),
                                 '--coverage-file', str(self.path / 'coverage.md'), *options])
        return code, out.getvalue(), err.getvalue()

    def test_stale_until_updated(self):
        self.assertEqual(self.run_with('--check-surface')[0], 1)
        self.assertEqual(self.run_with('--update-surface')[0], 0)
        self.assertEqual(self.run_with('--check-surface'), (0, '', ''))

    def test_a_change_shows(self):
        self.run_with('--update-surface')
        self.write(OP.replace('404', '410') + RECORD)
        code, out, err = self.run_with('--check-surface')
        self.assertEqual(code, 1)
        self.assertIn('-error demo E Gone 404 receiver\n+error demo E Gone 410 receiver', out)
        self.assertIn('is stale: run tools/apigen.py --update-surface', err)

    def test_coverage_is_checked_too(self):
        self.run_with('--update-surface')
        (self.path / 'coverage.md').write_text('old', encoding='utf-8')
        self.assertEqual(self.run_with('--check-surface')[0], 1)

    def test_a_broken_promise_is_not_written(self):
        self.run_with('--update-surface')
        before = (self.path / 'surface.txt').read_text(encoding='utf-8')
        self.write(OP + RECORD.replace('5 size integer', '5 size string'))
        code, _, err = self.run_with('--surface')
        self.assertEqual(code, 1)
        self.assertIn('field 3.5 was size integer', err)
        self.assertEqual((self.path / 'surface.txt').read_text(encoding='utf-8'), before)
        self.assertEqual(self.run_with('--check-surface')[0], 1)
        self.assertEqual(self.run_with('--surface', '--break-promises')[0], 0)
        self.assertEqual(self.run_with('--check-surface')[0], 0)

    def test_mistakes_end_it(self):
        self.write('op Get { }')
        code, _, err = self.run_with('--out', self.folder.name)
        self.assertEqual(code, 1)
        self.assertIn('demo.api:9: operation Get is neither read nor write', err)
        self.assertFalse((self.path / 'demo.c').exists())

    def test_a_file_that_is_not_there(self):
        (self.path / 'demo.api').unlink()
        code, _, err = self.run_with()
        self.assertEqual(code, 1)
        self.assertIn('demo.api', err)


class Coverage(unittest.TestCase):
    def test_numbers(self):
        text = coverage([compiled(SERVICE + OP)])
        self.assertIn('| [Demo](#demo) | 2 | 1 | 1 |', text)
        self.assertIn('| **all** | 2 | 1 | 1 |', text)
        self.assertIn('| Get | implemented | `demo:Get`, `demo:Tag` |', text)
        self.assertIn('| Later | planned | `demo:Later` |', text)


if __name__ == '__main__':
    unittest.main()
