"""What the tables look like where a C test can not look: determinism, times of files, what is left out."""

import os
import re
import unittest
from pathlib import Path

import support
from support import SERVICE, compiled
from apigen.header import header
from apigen.literals import c_int64, c_string
from apigen.tables import services_table, tables


class Literals(unittest.TestCase):
    def test_strings(self):
        self.assertEqual(c_string('a"b\\c'), '"a\\"b\\\\c"')
        self.assertEqual(c_string('??/'), '"\\?\\?/"')
        self.assertEqual(c_string('é\n1'), '"\\303\\251\\0121"')

    def test_numbers(self):
        self.assertEqual(c_int64(-2**63), 'INT64_MIN')
        self.assertEqual(c_int64(5), 'INT64_C(5)')


class Emission(unittest.TestCase):
    def test_the_same_each_time(self):
        source = (support.HERE / 'gadget.api').read_text(encoding='utf-8')
        first, second = compiled(source), compiled(source)
        self.assertEqual(tables(first), tables(second))
        self.assertEqual(header(first), header(second))

    def test_planned_operations_have_no_handler(self):
        service = compiled(SERVICE + 'op Get read planned { allow demo:Get } op Put write { allow demo:Put }')
        self.assertNotIn('demo_get(', header(service) + tables(service))
        self.assertIn('int demo_put(struct call *call', header(service))

    def test_timers_and_notes(self):
        service = compiled(SERVICE + 'timer DeleteSSHKey note KeyUsage')
        self.assertIn('\nint demo_delete_ssh_key_due(struct call *call, struct str subject);\n', header(service))
        self.assertIn('\nint demo_key_usage_noted(struct txn *txn, struct arena *arena, struct str subject, '
                      'const struct api_noted *noted);\n', header(service))
        for name in ('arena', 'call', 'txn'):
            self.assertIn(f'\nstruct {name};\n', header(service))

    def test_slow_timers_have_a_preparation(self):
        service = compiled(SERVICE + 'timer Copy slow timer Forget')
        self.assertIn('\nint demo_copy_prepare(struct call *call, struct str subject);\n', header(service))
        self.assertIn('.fire = demo_copy_due, .prepare = demo_copy_prepare}', tables(service))
        self.assertIn('.fire = demo_forget_due}', tables(service))
        self.assertNotIn('demo_forget_prepare', header(service))

    def test_what_is_unrecorded_is_another_type_in_place(self):
        service = compiled(SERVICE + 'op Get read { allow demo:Get in { A list<string(1..2)> B string(1..2) unrecorded C string(1..2) } }')
        self.assertEqual(len(re.findall(r'static const struct wire_type string_in_place', tables(service))), 1)
        self.assertEqual(tables(service).count('.flags = WIRE_UNRECORDED'), 1)

    def test_types_in_place_are_shared(self):
        service = compiled(SERVICE + 'op Get read { allow demo:Get in { A string(1..2) B string(1..2) C string(1..3) } }')
        self.assertEqual(len(re.findall(r'static const struct wire_type string_in_place', tables(service))), 2)

    def test_order_of_operations_is_bytewise(self):
        names = ['bb', 'Ba', 'B', 'aB', 'B2', 'BAC']
        service = compiled(SERVICE + ''.join(f'op {n} read {{ allow demo:{n} }}\n' for n in names))
        found = re.findall(r'\.service = &demo_service,\n\s*\.name = STR_INIT\("(\w+)"\)', tables(service))
        self.assertEqual(found, sorted(found))
        self.assertEqual(len(found), 6)

    def test_services_are_sorted(self):
        one = compiled(SERVICE)
        two = compiled(SERVICE.replace('demo', 'abc').replace('9', '8'))
        text = services_table([one, two])
        self.assertLess(text.index('&abc_service'), text.index('&demo_service'))
        self.assertIn('api_service_count = 2', text)

    def test_a_service_without_anything(self):
        text = tables(compiled(SERVICE))
        self.assertNotIn('operations', text)
        self.assertNotIn('[]', text)

    def test_unchanged_files_keep_their_time(self):
        with support.scratch() as folder:
            (Path(folder) / 'demo.api').write_text(SERVICE, encoding='utf-8')
            arguments = [str(Path(folder) / 'demo.api'), '--out', folder]
            self.assertEqual(support.main(arguments), 0)
            made = Path(folder) / 'demo.c'
            os.utime(made, (1, 1))
            self.assertEqual(support.main(arguments), 0)
            self.assertEqual(made.stat().st_mtime, 1)


if __name__ == '__main__':
    unittest.main()
