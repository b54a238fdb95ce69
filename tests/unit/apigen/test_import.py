"""The drafts of tools/api_import.py: from a small model to an .api file that compiles."""

import argparse
import unittest

import support
from support import compiled, mistakes
import api_import

MODEL = {
    'metadata': {'apiVersion': '2020-01-01', 'endpointPrefix': 'demo', 'protocol': 'query', 'serviceFullName': 'AWS Demo',
                 'xmlNamespace': 'https://demo/', 'globalEndpoint': 'demo.amazonaws.com', 'signatureVersion': 'v4'},
    'operations': {
        'CreateThing': {'name': 'CreateThing', 'http': {'method': 'POST', 'requestUri': '/'},
                        'input': {'shape': 'CreateThingRequest'}, 'output': {'shape': 'CreateThingResponse'},
                        'errors': [{'shape': 'GoneException'}, {'shape': 'BrokenException'}, {'shape': 'GoneException'}]},
        'ListThings': {'name': 'ListThings', 'http': {'method': 'POST', 'requestUri': '/'}}},
    'shapes': {
        'CreateThingRequest': {'type': 'structure', 'required': ['ThingName'], 'documentation': 'Prose.', 'members': {
            'ThingName': {'shape': 'nameType', 'documentation': 'Prose.'}, 'Kind': {'shape': 'kindType'},
            'Password': {'shape': 'secretType'}, 'Tags': {'shape': 'tagList'}, 'secret': {'shape': 'plain'},
            'When': {'shape': 'date'}, 'Parent': {'shape': 'Thing'}}},
        'CreateThingResponse': {'type': 'structure', 'members': {'Thing': {'shape': 'Thing'}}},
        'Thing': {'type': 'structure', 'members': {'Name': {'shape': 'nameType'}, 'Children': {'shape': 'thingList'}}},
        'nameType': {'type': 'string', 'min': 1, 'max': 64, 'pattern': '[\\w+=,."@-]+\\u0020?'},
        'kindType': {'type': 'string', 'enum': ['A', 'two words', 'b']},
        'secretType': {'type': 'string', 'sensitive': True, 'min': 8},
        'plain': {'type': 'string'},
        'date': {'type': 'timestamp', 'timestampFormat': 'unixTimestamp'},
        'tagList': {'type': 'list', 'member': {'shape': 'plain', 'locationName': 'Tag'}, 'max': 50},
        'thingList': {'type': 'list', 'member': {'shape': 'Thing'}},
        'unusedType': {'type': 'string', 'min': 1},
        'GoneException': {'type': 'structure', 'members': {}, 'exception': True,
                          'error': {'code': 'Gone', 'httpStatusCode': 404, 'senderFault': True}},
        'BrokenException': {'type': 'structure', 'members': {}, 'exception': True, 'fault': True,
                            'error': {'code': 'BrokenException', 'httpStatusCode': 500}}}}
REFERENCE = {'demo': {
    'actions': {
        'CreateThing': {'access': 'Write', 'resources': ['my-thing*'], 'conditions': ['demo:Kind', 'demo:Other', 'aws:TagKeys'],
                        'dependent': ['iam:PassRole']},
        'ListThings': {'access': 'List', 'resources': [], 'conditions': [], 'dependent': []}},
    'resources': {'my-thing': {'arn': 'arn:${Partition}:demo:${Region}:${Account}:thing/${ThingName}', 'conditions': []}}}}


def draft(model=None, reference=REFERENCE, **options):
    args = argparse.Namespace(op=None, number=9, prefix=None, planned=False, implemented=None)
    for name, value in options.items():
        setattr(args, name, value)
    return api_import.draft(api_import.Model(model or MODEL), args, reference)


class Draft(unittest.TestCase):
    def test_compiles(self):
        service = compiled(draft())
        self.assertEqual([o.name for o in service.operations], ['CreateThing', 'ListThings'])
        self.assertTrue(service.is_global)

    def test_facts_come_along(self):
        service = compiled(draft())
        types = {t.name: t for t in service.types}
        self.assertEqual((types['nameType'].low, types['nameType'].high), (1, 64))
        self.assertEqual(types['nameType'].pattern, r'[\w+=,."@-]+\u0020?')
        self.assertEqual(types['kindType'].values, ['A', 'two words', 'b'])
        self.assertTrue(types['secretType'].is_secret)
        self.assertNotIn('unusedType', types)
        errors = {e.name: (e.code, e.status, e.is_receiver) for e in service.errors}
        self.assertEqual(errors, {'GoneException': ('Gone', 404, False), 'BrokenException': ('BrokenException', 500, True)})
        create = service.operations[0]
        self.assertTrue(create.input.member('ThingName').is_required)
        self.assertEqual(create.input.member('Tags').item_name, 'Tag')
        self.assertEqual(create.input.member('When').type.time, 'epoch')

    def test_authorisation(self):
        text = draft()
        self.assertIn('allow  demo:CreateThing on my-thing(ThingName)\n', text)
        self.assertIn('key    demo:Kind = Kind\n', text)
        self.assertIn('# check: keys demo:Other\n', text)
        self.assertIn('# check: also asks iam:PassRole\n', text)
        self.assertIn('op ListThings read {', text)
        self.assertIn('op CreateThing write {', text)

    def test_without_the_reference(self):
        text = draft(reference=None)
        self.assertIn('allow  demo:ListThings    # check: not in the authorization reference', text)
        self.assertIn('op ListThings read {', text)

    def test_no_prose(self):
        self.assertNotIn('Prose', draft())

    def test_planned(self):
        text = draft(planned=True, implemented=['ListThings'])
        self.assertIn('op CreateThing write planned {', text)
        self.assertIn('op ListThings read {', text)

    def test_some_operations(self):
        service = compiled(draft(op=['ListThings']))
        self.assertEqual(service.types, [])
        with self.assertRaises(SystemExit):
            draft(op=['Nothing'])

    def test_the_number_has_to_be_chosen(self):
        self.assertIn("expected the service's number, found 'N'", mistakes(draft(number='N'))[0])

    def test_rest(self):
        model = {**MODEL, 'metadata': {**MODEL['metadata'], 'protocol': 'rest-xml'}, 'operations': {
            'PutThing': {'name': 'PutThing', 'http': {'method': 'PUT', 'requestUri': '/v1/{name+}?thing', 'responseCode': 204},
                         'input': {'shape': 'PutThingRequest'}}}}
        model['shapes'] = {**MODEL['shapes'], 'body': {'type': 'blob', 'streaming': True}, 'PutThingRequest': {
            'type': 'structure', 'required': ['ThingName'], 'payload': 'Body', 'members': {
                'ThingName': {'shape': 'plain', 'location': 'uri', 'locationName': 'name'},
                'Kind': {'shape': 'kindType', 'location': 'querystring', 'locationName': 'kind'},
                'Body': {'shape': 'body'}}}}
        put = compiled(draft(model)).operations[0]
        self.assertEqual(put.http, ('PUT', '/v1/{ThingName+}?thing', 204))
        self.assertEqual([(m.place, m.wire_name) for m in put.input.members],
                         [('path', ''), ('query', 'kind'), ('payload', '')])


class RestXml(unittest.TestCase):
    """What S3's model says, in small."""

    MODEL = {
        'metadata': {'apiVersion': '2006-03-01', 'endpointPrefix': 's3', 'protocol': 'rest-xml', 'serviceFullName': 'S3', 'serviceId': 'S3'},
        'operations': {
            'PutAcl': {'name': 'PutAcl', 'http': {'method': 'PUT', 'requestUri': '/{Bucket}?acl'}, 'input': {'shape': 'PutAclRequest'}},
            'OldPutAcl': {'name': 'OldPutAcl', 'http': {'method': 'PUT', 'requestUri': '/{Bucket}?acl'}, 'deprecated': True,
                          'input': {'shape': 'PutAclRequest'}},
            'ListBuckets': {'name': 'ListBuckets', 'http': {'method': 'GET', 'requestUri': '/'}, 'output': {'shape': 'ListOutput'}},
            'ListOther': {'name': 'ListOther', 'http': {'method': 'GET', 'requestUri': '/'}, 'output': {'shape': 'ListOutput'}},
            'GetBucketLocation': {'name': 'GetBucketLocation', 'http': {'method': 'GET', 'requestUri': '/{Bucket}'},
                                  'input': {'shape': 'BucketRequest'}, 'output': {'shape': 'LocationOutput'}},
            'Select': {'name': 'Select', 'http': {'method': 'POST', 'requestUri': '/{Bucket}'}, 'input': {
                'shape': 'SelectRequest', 'locationName': 'SelectRoot'}, 'output': {'shape': 'SelectOutput'}}},
        'shapes': {
            'text': {'type': 'string'}, 'flatList': {'type': 'list', 'flattened': True, 'member': {'shape': 'text'}},
            'anyMap': {'type': 'map', 'key': {'shape': 'text', 'locationName': 'K'}, 'value': {'shape': 'text', 'locationName': 'V'}},
            'Bytes': {'type': 'blob'},
            'BucketRequest': {'type': 'structure', 'required': ['Bucket'], 'members': {
                'Bucket': {'shape': 'text', 'location': 'uri', 'locationName': 'Bucket'}}},
            'PutAclRequest': {'type': 'structure', 'required': ['Bucket'], 'payload': 'Acl', 'members': {
                'Bucket': {'shape': 'text', 'location': 'uri', 'locationName': 'Bucket'},
                'Rest': {'shape': 'anyMap', 'location': 'querystring'},
                'Acl': {'shape': 'Policy', 'locationName': 'AccessPolicy', 'xmlNamespace': {'uri': 'http://s3/'}}}},
            'Policy': {'type': 'structure', 'members': {
                'Grantee': {'shape': 'Grantee'}, 'Names': {'shape': 'flatList', 'locationName': 'Name'}, 'Map': {'shape': 'anyMap'},
                'Old': {'shape': 'text', 'locationName': 'Name', 'deprecated': True}}},
            'Grantee': {'type': 'structure', 'xmlNamespace': {'prefix': 'xsi', 'uri': 'http://xsi'}, 'members': {
                'Type': {'shape': 'text', 'xmlAttribute': True, 'locationName': 'xsi:type'},
                'Where': {'shape': 'text', 'location': 'header', 'locationName': 'ignored-here'}}},
            'ListOutput': {'type': 'structure', 'members': {'Prefix': {'shape': 'text'}}},
            'LocationOutput': {'type': 'structure', 'members': {'LocationConstraint': {'shape': 'text'}}},
            'SelectRequest': {'type': 'structure', 'required': ['Bucket'], 'members': {
                'Bucket': {'shape': 'text', 'location': 'uri', 'locationName': 'Bucket'}, 'Expression': {'shape': 'text'}}},
            'SelectOutput': {'type': 'structure', 'payload': 'Payload', 'members': {'Payload': {'shape': 'Stream'}}},
            'Stream': {'type': 'structure', 'eventstream': True, 'members': {'Records': {'shape': 'Bytes'}}}}}

    def setUp(self):
        self.text = draft(self.MODEL, reference=None)
        self.service = compiled(self.text)
        self.operations = {o.name: o for o in self.service.operations}

    def test_service(self):
        self.assertTrue(self.service.has_bare_errors)
        self.assertEqual(self.service.words['namespace'], 'http://s3/')

    def test_what_no_request_reaches_is_left_out(self):
        self.assertIn('# check: left out: OldPutAcl cannot be told from PutAcl\n', self.text)
        self.assertIn('# check: left out: ListOther cannot be told from ListBuckets\n', self.text)
        self.assertEqual(sorted(self.operations), ['GetBucketLocation', 'ListBuckets', 'PutAcl', 'Select'])

    def test_documents(self):
        acl = self.operations['PutAcl'].input.member('Acl')
        self.assertEqual((acl.place, acl.wire_name), ('payload', 'AccessPolicy'))
        self.assertEqual(self.operations['ListBuckets'].output.root, 'ListAllMyBucketsResult')
        self.assertEqual(self.operations['Select'].input.root, 'SelectRoot')
        location = self.operations['GetBucketLocation'].output
        self.assertEqual((location.root, location.is_unwrapped), ('LocationConstraint', True))

    def test_members(self):
        types = {t.name: t for t in self.service.types}
        grantee, policy = types['Grantee'], types['Policy']
        self.assertEqual(grantee.namespace, ('xsi', 'http://xsi'))
        self.assertTrue(grantee.member('Type').is_attribute)
        self.assertEqual(grantee.member('Where').place, '')     # no input: it has no places
        self.assertEqual((policy.member('Names').is_flat, policy.member('Names').wire_name), (True, 'Name'))
        self.assertIsNone(policy.member('Old'))                 # its name on the wire is taken by what is not deprecated
        self.assertEqual((policy.member('Map').key_name, policy.member('Map').item_name), ('K', 'V'))
        self.assertEqual(self.operations['PutAcl'].input.member('Rest').wire_name, '*')

    def test_event_streams(self):
        payload = self.operations['Select'].output.member('Payload')
        self.assertEqual((payload.place, payload.type.kind), ('payload', 'stream'))
        self.assertIn('# check: an event stream', self.text)


class Patterns(unittest.TestCase):
    def test_kept_as_they_are(self):
        for pattern in (r'[\u0020-\u00FF]+', r'[\w+=,.@-]+', r'^[\p{L}\p{Z}]*$', r'[\w-]*'):
            self.assertEqual(api_import.keep_pattern(pattern), pattern)

    def test_what_pcre2_refuses(self):
        self.assertEqual(api_import.keep_pattern(r'[\w-_]'), r'[\w\-_]')

    def test_quotes(self):
        for pattern, kept in (('a"b', 'a"b'), (r'a\"b', 'a"b'), (r'a\\', r'a\\'), (r'\\"', r'\\"')):
            text = api_import.quoted(pattern)
            service = support.parse('f', support.SERVICE + f'type A string pattern {text}')
            self.assertEqual(service.types[0].pattern, kept)


if __name__ == '__main__':
    unittest.main()
