"""Every mistake in an .api file has a message with file and line. What is right has none."""

import unittest

import support
from support import REST, SERVICE, mistakes


def op(body='', words='read', allow='allow demo:Get'):
    return f'op Get {words} {{ {allow} {body} }}\n'


class Mistakes(unittest.TestCase):
    def one(self, text, line, message, head=SERVICE):
        """Exactly this mistake, on this line of what the test adds."""
        found = mistakes(head + text)
        self.assertEqual(len(found), 1, found)
        lines = head.count('\n') + line
        self.assertTrue(found[0].startswith(f'demo.api:{lines}: '), found[0])
        self.assertIn(message, found[0])

    def none(self, text, head=SERVICE):
        self.assertEqual(mistakes(head + text), [])

    def whole(self, source, line, message):
        self.one(source, line, message, head='')


class Words(Mistakes):
    def test_not_a_service(self):
        self.whole('error X 400', 1, "begins with 'service'")

    def test_empty_file(self):
        self.whole('', 1, 'the end of the file')

    def test_unknown_declaration(self):
        self.one('\nshape X string', 2, "unknown word 'shape'")

    def test_unknown_word_of_operation(self):
        self.one(op(words='read quickly'), 1, "unknown word 'quickly'")

    def test_word_of_operation_twice(self):
        self.one(op(words='read read'), 1, "'read' is said twice")

    def test_unknown_part_of_operation(self):
        self.one(op('permit x'), 1, "unknown word 'permit'")

    def test_part_twice(self):
        self.one(op('in { }\nin { }'), 2, "'in' is said twice")
        self.one(op('out { }\nout { }'), 2, "'out' is said twice")

    def test_unknown_flag(self):
        self.one(op('in { A string @body }'), 1, "unknown word '@body'")
        self.one('type A list<string> @body', 1, "unknown word '@body'")

    def test_missing_brace(self):
        self.one(op('in { A string '), 2, 'found the end of the file')
        self.one('type A { B string', 1, 'expected a member')

    def test_wrong_sign(self):
        self.one('type A list(string)', 1, "expected '<'")


class Header(Mistakes):
    def test_unknown_word(self):
        self.whole(SERVICE.replace('title     Demo', 'name Demo'), 5, "unknown word 'name' in service")

    def test_twice(self):
        self.whole(SERVICE.replace('title     Demo', 'number 3'), 5, "'number' is said twice")

    def test_unknown_protocol(self):
        self.whole(SERVICE.replace('query', 'soap'), 3, "unknown protocol 'soap'")

    def test_several_protocols(self):
        both = SERVICE.replace('query', 'query protocol json-1.0 target X path-names Url')
        self.none(op('in { A string! @form B }') + 'error E 400 query Old.E 403\n', both)
        self.none(op('in { A string! @form B }'), SERVICE.replace('query', 'query protocol json-1.0 protocol rpc-v2-cbor target X'))
        self.whole(SERVICE.replace('query', 'rpc-v2-cbor'), 1, "protocol rpc-v2-cbor needs a 'target'")
        self.whole(SERVICE.replace('query', 'rest-json protocol rpc-v2-cbor target X'), 1,
                   'protocols rest-json and rpc-v2-cbor do not go together')
        self.whole(SERVICE.replace('query', 'query protocol query'), 3, 'protocol \'query\' is said twice')
        self.whole(SERVICE.replace('query', 'query protocol ec2'), 1, 'protocols query and ec2 do not go together')
        self.whole(SERVICE.replace('query', 'query protocol rest-xml'), 1, 'protocols query and rest-xml do not go together')
        self.none(op('in { A list<string> @bare }', words='read enclosed'), SERVICE.replace('query', 'ec2'))
        self.one(op('in { A string @bare }'), 1, '@bare is for lists of services that speak ec2')
        self.one(op(words='read enclosed'), 1, "'enclosed' is for services that speak ec2")
        self.one(op('in { A string @form B }'), 1, '@form is for services that speak ec2, or query and another protocol')
        self.whole(SERVICE.replace('query', 'json-1.0 target X path-names Url'), 1, "has no 'path-names'")

    def test_missing(self):
        for word in ('number', 'protocol', 'version', 'title', 'audit'):
            lines = [line for line in SERVICE.split('\n') if line.split()[:1] != [word]]
            found = mistakes('\n'.join(lines))
            self.assertIn(f"demo.api:1: service demo does not say its '{word}'", found)

    def test_namespace_of_query(self):
        self.whole(SERVICE.replace('namespace https://demo/\n', '\n'), 1, "needs a 'namespace'")

    def test_target(self):
        self.whole(SERVICE.replace('query', 'json-1.1'), 1, "needs a 'target'")
        self.whole(SERVICE.replace('version', 'target X version'), 1, "has no 'target'")

    def test_number(self):
        self.whole(SERVICE.replace('9', '65536'), 1, '1 to 65535')
        self.whole(SERVICE.replace('9', 'nine'), 2, "expected the service's number, found 'nine'")

    def test_name(self):
        self.whole(SERVICE.replace('service demo', 'service Demo-1'), 1, 'bad name of a service')

    def test_two_services(self):
        first, second = support.parse('a.api', SERVICE), support.parse('b.api', SERVICE)
        found = [str(p) for p in support.check([first, second])]
        self.assertEqual(found, ['b.api:1: service name demo is used in a.api:1', 'b.api:1: service number 9 is used in a.api:1'])


class Names(Mistakes):
    def test_unknown_type(self):
        self.one(op('in {\nA Foo }'), 2, "unknown type 'Foo'")
        self.one(op('in { A list<Foo> }'), 1, "unknown type 'Foo'")
        self.one(op('in { A map<string,\nFoo> }'), 2, "unknown type 'Foo'")
        self.one('record R 1 { 1 a Foo } key(a)', 1, "unknown type 'Foo'")
        self.one('type A Foo', 1, "unknown type 'Foo'")

    def test_unknown_error(self):
        self.one(op('errors\nFoo'), 2, "unknown error 'Foo'")

    def test_unknown_resource(self):
        self.one(op(allow='allow demo:Get on foo'), 1, "unknown resource 'foo'")

    def test_unknown_members(self):
        self.one(op('in { A string }', allow='allow demo:Get on thing(B)') + 'resource thing', 1, "allow names member 'B'")
        self.one(op('in { A string }\nkey demo:B = B'), 2, "key names member 'B'")
        self.one(op('in { A string }', allow='allow demo:X allow demo:Get when B'), 1, "when names member 'B'")

    def test_duplicates(self):
        use = op('in { A A }')
        self.one('type A string(1..2)\ntype A string(1..3)\n' + use, 2, "type 'A' is declared twice (line 9)")
        self.one('error E 400\nerror E 401', 2, "error 'E' is declared twice")
        self.one('resource thing\nresource thing\n' + op(allow='allow demo:Get on thing'), 2, "resource 'thing' is declared twice")
        self.one(op() + op(), 2, "operation 'Get' is declared twice")
        self.one(op('in { A string\nA string }'), 2, "member 'A' is declared twice")
        self.one('error E 400\n' + op('errors E E'), 2, "error 'E' is named twice")
        self.one(op('in { A string }\nkey demo:a = A\nkey demo:a = A'), 3, "condition key 'demo:a' is declared twice")
        self.one(op('in { A enum { a b a } }'), 1, "value 'a' is said twice")

    def test_duplicate_timers_and_notes(self):
        self.one('timer DeleteKey\ntimer RotateKey\ntimer DeleteKey', 3, "timer 'DeleteKey' is declared twice (line 9)")
        self.one('note Usage\nnote Usage', 2, "note 'Usage' is declared twice (line 9)")
        self.none('timer DeleteKey\nnote DeleteKey')      # ..._due and ..._noted

    def test_bad_names_of_timers_and_notes(self):
        for what in ('timer', 'note'):
            for name in ('kms.DeleteKey', '9Lives', 'Delete-Key', '"Delete Key"', '_'):
                self.one(f'{what} {name}', 1, 'bad name' if name[0] != '"' else "name")
            self.one(f'error E 400\n{what}', 2, 'the end of the file')
            self.one(f'{what} {{ }}', 1, f"the {what}'s name")

    def test_timers_and_notes_are_declarations(self):
        self.one('tymer DeleteKey', 1, 'expected error, type, resource, timer, note, op or record')

    def test_duplicate_wire_name(self):
        self.one(op('in { A string\nB string @wire A }'), 2, "wire name 'A' is declared twice")

    def test_unused(self):
        self.one('type A string(1..2)', 1, "type 'A' is used by no operation")
        self.one('resource thing', 1, "resource 'thing' is used by no operation")

    def test_a_circle_is_unused_as_a_whole(self):
        found = mistakes(SERVICE + 'type A { B B }\ntype B { A A }')
        self.assertEqual(len(found), 2, found)

    def test_same_name_in_c(self):
        self.one(op('in { UserName string\nuser_name string }'), 2, "are both user_name in C")

    def test_same_names_of_types_in_c(self):
        found = mistakes(SERVICE + 'type FooBar string(1..1)\ntype fooBar string(1..1)\n' + op('in { A FooBar B fooBar }'))
        self.assertEqual(found, ["demo.api:10: type 'fooBar' and type 'FooBar' are both demo_foo_bar_type in C"])

    def test_structure_named_like_a_list(self):
        found = mistakes(SERVICE + 'type Tag { A string }\ntype TagList { A string }\n' + op('in { A list<Tag> B TagList }'))
        self.assertEqual(len(found), 1)
        self.assertIn('are both demo_tag_list in C', found[0])

    def test_error_named_like_an_operation(self):
        self.one('error Get 400\n' + op(), 2, "operation 'Get' and error 'Get' are both demo_get in C")

    def test_timers_and_notes_named_alike_in_c(self):
        self.one('timer DeleteKey\ntimer deleteKey', 2, "timer 'deleteKey' and timer 'DeleteKey' are both demo_delete_key_due in C")
        self.one('note Usage\nnote usage', 2, "note 'usage' and note 'Usage' are both demo_usage_noted in C")

    def test_timers_and_notes_named_like_operations(self):
        due, noted = op().replace('Get', 'GetDue'), op().replace('Get', 'GetNoted')
        self.one(due + 'timer Get', 2, "timer 'Get' and operation 'GetDue' are both demo_get_due in C")
        self.one(noted + 'note Get', 2, "note 'Get' and operation 'GetNoted' are both demo_get_noted in C")


class Types(Mistakes):
    def bad(self, type_text, message, rest='', head=SERVICE):
        self.one(f'type A {type_text}\n' + op('in { A A }') + rest, 1, message, head)

    def test_ranges(self):
        self.bad('string(5..1)', 'bad range: 5 is more than 1')
        self.bad('integer(1..-1)', 'bad range')
        self.bad('string(5)', "bad range '5'")
        self.bad('string(..)', "bad range '..'")
        self.bad('string(a..b)', "found 'a'")
        self.bad('string(-1..5)', 'is not negative')
        self.bad('list<string>(-2..-1)', 'is not negative')
        self.bad('integer(..9223372036854775808)', 'does not fit in 64 bits')
        self.bad('boolean(0..1)', 'boolean has no range')
        self.bad('timestamp(0..1)', 'timestamp has no range')

    def test_patterns(self):
        self.bad('integer pattern "a"', 'a pattern is for strings')
        self.bad('string pattern "[a"', 'bad pattern "[a": missing terminating ]')
        self.bad('string pattern "(a"', 'bad pattern')
        self.bad('string pattern "*"', 'bad pattern')
        self.bad('string pattern ""', 'it is empty')
        self.bad('string says "Letters only."', 'there is no pattern to say it of')
        self.bad('enum { A } says "A alone."', 'there is no pattern to say it of')

    def test_words_of_refusal(self):
        bare = REST.replace('}', 'bare-errors }')
        error = 'error Odd 400\n'
        good = op('http GET / in { A A @query a }')
        for shape in ('enum { A } says "A."', 'integer(1..9) says "A."', 'enum { A } fails Odd says "A."',
                      'string pattern "a" says "A." fails Odd'):
            self.none(error + f'type A {shape}\n' + good, bare)
        self.one(error + 'type A string says "A."\n' + good, 2, 'there is no pattern to say it of', bare)
        self.one(error + 'type A enum { A } fails Odd\n' + good, 2, 'there is nothing said with it', bare)
        self.one(error + 'type A enum { A } fails Even says "A."\n' + good, 2, "unknown error 'Even'", bare)

    def test_patterns_of_java_are_good(self):
        for pattern in (r'[\u0020-\u00FF]+', r'[\uD800\uDC00-\uDBFF\uDFFF]', r'[\p{L}\p{Z}]*', r'\p{Print}+', r'[\p{ASCII}a]'):
            self.none(f'type A string pattern "{pattern}"\n' + op('in { A A }'))

    def test_enum_without_values(self):
        self.bad('enum { }', 'an enum without values')

    def test_maps(self):
        self.bad('map<integer,string>', 'the keys of a map are strings, not integer')
        self.bad('map<string>', "expected ','")

    def test_streams(self):
        self.bad('list<stream>', 'a list of streams')
        self.one(op('in { A stream }'), 1, "stream 'A' is not the @payload")

    def test_unrecorded(self):
        self.none('type A blob(1..5) unrecorded\n' + op('in { A A! unrecorded  B string unrecorded secret  C list<A> }'))
        self.none('type A string secret unrecorded\n' + op('in { A A }'))
        self.one('type A unrecorded\n' + op('in { A A }'), 1, "unknown type 'unrecorded'")

    def test_layout(self):
        self.bad('string @flat', '@flat is for lists and maps')
        self.bad('string @item x', '@item is for lists and maps')
        self.bad('list<string> @key x', '@key is for maps')
        self.one(op('in { A string @item x }'), 1, '@item is for lists and maps')

    def test_endless(self):
        self.bad('list<A>', 'contains itself without a structure between')
        self.bad('{ A A! }', "structure 'A' requires itself")
        found = mistakes(SERVICE + 'type A { B B! }\ntype B { A A! }\n' + op('in { A A }'))
        self.assertEqual(len(found), 2, found)

    def test_recursion_is_fine(self):
        self.none('type A { A A  Items list<A>  ByName map<string,A> }\n' + op('in { A A! }'))

    def test_declared_later_is_fine(self):
        self.none(op('in { A A }') + 'type A { B B }\ntype B string(1..1)')

    def test_union_with_required_member(self):
        self.bad('union { A string! }', 'a member of union A is required')

    def test_nocase_outside_records(self):
        self.one(op('in { A string nocase }'), 1, 'nocase is for records')

    def test_error_status(self):
        self.one('error E 200', 1, 'status 200 of an error is not 400 to 599')
        self.one('error E', 1, 'expected an HTTP status')


class Operations(Mistakes):
    def test_neither_read_nor_write(self):
        self.one(op(words=''), 1, 'operation Get is neither read nor write')

    def test_both(self):
        self.one(op(words='read write'), 1, 'both read and write')
        self.one(op(words='read readonly'), 1, 'both read and write')

    def test_no_allow(self):
        self.one(op(allow=''), 1, "operation Get has no 'allow' and is not free")
        self.one(op(allow='', words='read public'), 1, "has no 'allow'")
        self.none(op(allow='', words='read free'))

    def test_a_sign_in_is_a_public_write(self):
        self.none(op(words='write public free sign-in', allow=''))
        for words in ('read public free sign-in', 'write free sign-in', 'write public sign-in'):
            self.one(op(words=words), 1, 'operation Get is a sign-in, and not write, public and free')
        self.none(op(words='read public free page', allow=''))
        for words in ('write public free page', 'read free page', 'read public page'):
            self.one(op(words=words), 1, 'operation Get is a page, and not read, public and free')

    def test_slow_without_a_handler(self):
        self.one(op(words='read slow'), 1, 'slow, but not a write that has a handler')
        self.one(op(words='write planned slow'), 1, 'slow, but not a write that has a handler')
        self.none(op(words='write slow'))

    def test_asks_for_nothing(self):
        self.one(op('in { A string }', allow='allow demo:Get when A'), 1, 'it may ask for nothing')

    def test_bad_action(self):
        for action in ('Get', 'demo:', 'demo:Get*', 'Demo:Get'):
            self.one(op(allow=f'allow {action}'), 1, f"bad IAM action '{action}'")

    def test_bad_condition_key(self):
        self.one(op('in { A string } key Foo = A'), 1, "bad condition key 'Foo'")

    def test_key_of_a_structure(self):
        self.one(op('in { A list<T> } key demo:A = A') + 'type T { A string }', 1, 'neither a value nor a list of values')

    def test_argument_that_is_no_string(self):
        self.one(op('in { A integer }', allow='allow demo:Get on thing(A)') + 'resource thing', 1, 'which is no string')

    def test_argument_that_is_a_list(self):
        self.none(op('in { A list<string> }', allow='allow demo:Get on thing(A)') + 'resource thing')
        self.one(op('in { A list<string> B string }', allow='allow demo:Get on thing(A, B)') + 'resource thing', 1,
                 "names the list 'A' beside other members")

    def test_too_many_arguments(self):
        self.one(op('in { A string B string C string D string }', allow='allow demo:Get on thing(A, B, C, D)')
                 + 'resource thing', 1, 'at most 3 members')

    def test_bad_names(self):
        self.one(op().replace('op Get', 'op Get-It'), 1, "bad name: 'Get-It'")
        self.one('resource Thing\n' + op(allow='allow demo:Get on Thing'), 1, 'bad name of a resource')


class Rest(Mistakes):
    def rest(self, http, body, message, line=1):
        self.one(op(f'http {http}\nin {{ {body} }}'), line, message, REST)

    def test_http_is_needed(self):
        self.one(op(), 1, "has no 'http'", REST)

    def test_http_is_for_rest(self):
        self.one(op('http GET /'), 1, "protocol query has no 'http'")
        for place in ('@path', '@query x', '@header x', '@payload'):
            self.one(op(f'in {{ A string {place} }}'), 1, 'is for rest protocols')

    def test_http_twice(self):
        self.one(op('http GET /\nhttp GET /'), 2, "'http' is said twice", REST)

    def test_methods_and_statuses(self):
        self.rest('FETCH /', '', "unknown HTTP method 'FETCH'")
        self.rest('GET / 404', '', 'status 404 of a success')

    def test_templates(self):
        self.rest('GET a', '', "does not begin with '/'")
        self.rest('GET /a//b', '', 'empty segment')
        self.rest('GET /x{A}', 'A string', 'unsupported segment')
        self.rest('GET /{A', 'A string', 'unsupported segment')
        self.rest('GET /{A*}', 'A string', 'unsupported segment')
        self.rest('GET /a?b==', '', 'bad query')
        self.rest('GET /{A+}/{B+}', 'A string! @path B string! @path', 'two greedy members')

    def test_members_of_templates(self):
        self.rest('GET /{A}', 'A string!', "the URI names 'A', which is no @path member")
        self.rest('GET /{A}', 'A string @path', "part of the URI and not required")
        self.rest('GET /{A}', 'A list<string>! @path', 'can not stand in a URI')
        self.rest('GET /', 'A string! @path', "@path member 'A' is not in the URI")
        self.rest('GET /{A}/{A}', 'A string! @path', 'names a member twice')

    def test_places(self):
        self.rest('GET /', 'A string @query a @header b', "member 'A' has two places", 2)
        self.rest('GET /', 'A list<string> @headers x-', '@headers is a map<string,string>', 2)
        self.rest('GET /', 'A integer @status', '@status in an input', 2)
        self.one(op('http GET / out { A string @status }'), 1, '@status is an integer', REST)
        self.one(op('http GET / out { A string @path }'), 1, '@path in anything but an input', REST)
        self.one(op('http PUT / in { A stream @payload\nB stream @payload }'), 2, 'two members are the @payload', REST)
        self.rest('GET /', 'A map<string,string> @query a', '@query is a value or a list of values', 2)
        self.rest('GET /', 'A list<string> @query *', '@query * is a map of strings', 2)
        self.rest('GET /', 'A list<list<string>> @header a', '@header is a value or a list of values', 2)
        self.one('type A { B string @header x }\n' + op('http GET / in { A A }'), 1, '@header is for members of inputs and outputs',
                 REST)

    def test_maps_of_queries(self):
        for kind in ('map<string,string>', 'map<string,list<string>>'):
            self.none(op(f'http GET / in {{ A {kind} @query * }}'), REST)

    def test_errors_below_400(self):
        self.one('error E 299\n' + op('http GET /'), 1, 'status 299 of an error is not 300 to 599', REST)
        self.none('error E 304\n' + op('http GET /'), REST)

    def test_long_uris(self):
        self.rest('GET ' + '/a' * 17, '', 'at most 16 segments')
        self.none(op('http GET ' + '/a' * 16), REST)

    def routes(self, first, second, message=None):
        text = op(f'http {first}') + op(f'http {second}').replace('op Get', 'op Other')
        if message:
            self.one(text, 2, message, REST)
        else:
            self.none(text, REST)

    def test_operations_that_cannot_be_told_apart(self):
        lost = 'operation Other cannot be told from Get by method, URI and required members'
        self.routes('GET /a', 'GET /a', lost)
        self.routes('GET /{A} in { A string! @path }', 'GET /{B}/ in { B string! @path }', lost)
        self.routes('GET /?a&b', 'GET /?b&a&x-id=Other', lost)
        self.routes('GET / in { A string! @query a }', 'GET / in { B string! @query a }', lost)
        self.routes('GET / in { A string @query a }', 'GET / in { B string @query b }', lost)
        self.routes('GET /a', 'PUT /a')
        self.routes('GET /?a', 'GET /?b')
        self.routes('GET /?a', 'GET /?a=1')
        self.routes('GET /{A} in { A string! @path }', 'GET /{A+} in { A string! @path }')
        self.routes('GET / in { A string! @query a }', 'GET / in { A string! @header a }')
        self.routes('GET / in { A string! @query a }', 'GET /')


class Documents(Mistakes):
    JSON = REST.replace('rest-xml', 'rest-json')

    def test_attributes(self):
        self.one('type A { B list<string> @attribute b }\n' + op('http GET / in { A A }'), 1, '@attribute is for values', REST)
        self.one('type A { B string @attribute b }\n' + op('http GET / in { A A }'), 1, 'of protocol rest-xml', self.JSON)
        self.one(op('http GET / in { A string @attribute a @query b }'), 1, '@attribute is for values', REST)
        self.none('type A { B string @attribute b  C string @wire b }\n' + op('http GET / in { A A }'), REST)

    def test_namespaces(self):
        self.one('type A list<string> @namespace a b\n' + op('http GET / in { A A }'), 1, '@namespace is for structures', REST)
        self.one('type A { B string } @namespace a b\n' + op('http GET / in { A A }'), 1, 'of protocol rest-xml', self.JSON)
        self.one(op('http GET / in { A string @namespace a b }'), 1, "unknown word '@namespace'", REST)

    def test_roots(self):
        self.one(op('http GET / out @wire A { }'), 1, 'the XML document of an operation is for protocol rest-xml', self.JSON)
        self.one(op('http GET / out @root A { }'), 1, "unknown word '@root'", REST)
        self.none(op('http GET / in @wire A { } out @wire B { }'), REST)

    def test_unwrapped(self):
        self.one(op('http GET / in @unwrapped { }'), 1, '@unwrapped is for outputs', REST)
        self.one(op('http GET / out @unwrapped { A string B string }'), 1, 'an @unwrapped output has one member', REST)
        self.one(op('http GET / out @unwrapped { A list<string> }'), 1, 'an @unwrapped output has one member', REST)
        self.none(op('http GET / out @unwrapped { A string B string @header b }'), REST)

    def test_summed(self):
        bare = REST.replace('}', 'bare-errors }')
        self.none(op('http PUT / in @summed { A string }'), bare)
        self.one(op('http PUT / in @summed { A string }'), 1, '@summed is for inputs, of services with bare errors', REST)
        self.one(op('http PUT / out @summed { A string }'), 1, '@summed is for inputs, of services with bare errors', bare)

    def test_forms(self):
        self.none(op('http POST / in @form { A string }'), REST)
        self.one(op('in @form { A string }'), 1, '@form is for inputs, of rest protocols')
        self.one(op('http POST / out @form { A string }'), 1, '@form is for inputs, of rest protocols', REST)

    def test_own_places(self):
        self.none(op('http GET /'), REST.replace('}', 'own-place desk /_merlon/desk }'))
        wrong = "an 'own-place' is for rest protocols, and its path begins with /_merlon/"
        self.whole(REST.replace('}', 'own-place desk /desk }') + op('http GET /'), 1, wrong)
        self.whole(SERVICE.replace('}', 'own-place desk /_merlon/desk }') + op(), 1, wrong)

    def test_bare_errors(self):
        self.whole(SERVICE.replace('}', 'bare-errors }') + op(), 1, "protocol query has no 'bare-errors'")
        self.whole(SERVICE.replace('}', 'wrapped-errors }') + op(), 1, "protocol query has no 'wrapped-errors'")

    def test_the_error_of_invalid_input(self):
        for word in ('invalid', 'missing'):
            named = SERVICE.replace('}', f'{word} Odd }}')
            self.whole(named + op(), 1, f"no error Odd, which '{word}' names")
        self.none('error Odd 400\n' + op('errors Odd'), named)

    def test_marks(self):
        self.whole(SERVICE.replace('}', 'marked x-a }') + op(), 1, "protocol query has no 'marked'")
        self.none(op('http GET /'), REST.replace('}', 'marked x-a marked x-b }'))

    def test_websites(self):
        self.whole(SERVICE.replace('}', 'websites }') + op(), 1, "protocol query has no 'websites'")

    def test_addresses(self):
        self.whole(SERVICE.replace('}', 'addresses }') + op(), 1, "protocol query has no 'addresses'")

    def test_told_actions(self):
        for wrong in ('LOWERCASE ', 'Other'):
            self.whole(SERVICE.replace('}', f'told-actions {wrong.strip()} }}') + op(), 1,
                       "'told-actions' is 'lowercase' or the service's name in another case")

    def test_fractions(self):
        self.whole(SERVICE.replace('}', 'target T fractions }').replace('query', 'json-1.1') + op(), 1,
                   "protocol json-1.1 has no 'fractions'")

    def test_documents(self):
        self.whole(SERVICE.replace('}', 'documents x/ }') + op(), 1,
                   "what paths of 'documents' begin with begins with a slash")

    def test_cross_origin(self):
        self.whole(SERVICE.replace('}', 'cross-origin }') + op(), 1, "protocol query has no 'cross-origin'")


class Records(Mistakes):
    def record(self, text, message, line=1):
        self.one(text, line, message)

    def test_numbers(self):
        self.record('record A 1 { 1 a string } key(a)\nrecord B 1 { 1 a string } key(a)',
                    "record number '1' is declared twice", 2)
        self.record('record A 0 { 1 a string } key(a)', '1 to 32767')
        self.record('record A 1 { 0 a string } key(a)', 'the number of a field is 1 or more')
        self.record('record A 1 { 1 a string\n1 b string } key(a)', "field number '1' is declared twice", 2)
        self.record('record A 1 { a string } key(a)', "expected a field's number, found 'a'")

    def test_names(self):
        self.record('record A 1 { 1 a string } key(a)\nrecord A 2 { 1 a string } key(a)', "record 'A' is declared twice", 2)
        self.record('record A 1 { 1 a string\n2 a string } key(a)', "member 'a' is declared twice", 2)
        self.record('record A 1 AWS::IAM { 1 a string } key(a)', "bad AWS resource type 'AWS::IAM'")

    def test_key(self):
        self.record('record A 1 { 1 a string }', "expected 'key'", 1)
        self.record('record A 1 { 1 a string } key()', "expected a field")
        self.record('record A 1 { 1 a string }\nkey(b)', "key names field 'b', which record A has not", 2)
        self.record('record A 1 { 1 a string } key(a, a)', "key names field 'a' twice")
        self.record('record A 1 { 1 a list<string> } key(a)', 'neither string nor number')
        self.record('record A 1 { 1 a string 2 b string 3 c string 4 d string 5 e string } key(a, b, c, d, e)', 'at most 4')

    def test_indexes(self):
        record = 'record A 1 { 1 a string 2 b string } key(a)'
        self.record(record + ' index 1 by_b(c)', "index by_b names field 'c', which record A has not")
        self.record(record + ' index 1 by_b(b)\nindex 1 by_a(a)', "index number of the service '1' is declared twice", 2)
        self.record(record + ' index 1 by_b(b)\nindex 2 by_b(b)', "index 'by_b' is declared twice", 2)
        self.record(record + ' index 0 by_b(b)', 'the number of an index is 1 or more')
        self.record(record + ' index 1 by_b(b) ' + record.replace('A 1', 'B 2') + '\nindex 1 by_b(b)',
                    "index number of the service '1'", 2)
        self.record(record + ''.join(f' index {n} i{n}(b)' for n in range(1, 8)), 'more than 6 indexes')

    def test_fields(self):
        self.record('record A 1 { 1 a string 2 b integer nocase } key(a)', 'nocase is for strings')
        self.record('record A 1 { 1 a string 2 b string @wire B } key(a)', "field 'b' is not on the wire")


class Right(Mistakes):
    def test_files_of_this_project(self):
        for path in sorted((support.ROOT / 'api').glob('*.api')) + sorted(support.HERE.glob('*.api')):
            self.assertEqual(mistakes(path.read_text(encoding='utf-8')), [], path)

    def test_words_that_are_members(self):
        self.none(op('in { "secret" string  "nocase" string secret  read string }'))

    def test_all_mistakes_are_reported(self):
        self.assertEqual(len(mistakes(SERVICE + op('in { A Foo B Bar }', words='') + 'error E 1\nerror E 400')), 4)


if __name__ == '__main__':
    unittest.main()
