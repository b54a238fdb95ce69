"""Names in C."""

import unittest

from support import snake, member_name

SNAKE = {
    'CreateUser': 'create_user', 'GetSSHPublicKey': 'get_ssh_public_key',
    'CreateOpenIDConnectProvider': 'create_open_id_connect_provider', 'userNameType': 'user_name_type',
    'ListMFADevices': 'list_mfa_devices', 'MFADevices': 'mfa_devices', 'S3BucketName': 's3_bucket_name',
    'SubnetIDs': 'subnet_ids', 'CidrIPv6': 'cidr_ipv6', 'ETag': 'etag', 'SSEKMSKeyId': 'ssekms_key_id',
    'AddClientIDToOpenIDConnectProvider': 'add_client_id_to_open_id_connect_provider', 'TopicARN': 'topic_arn',
    'instance-profile': 'instance_profile', 'by_id': 'by_id', 'MD5OfBody': 'md5_of_body', 'Ed25519Key': 'ed25519_key',
    'EC2InstanceIDs': 'ec2_instance_ids', 'OAuthFlow': 'oauth_flow', 'SizeInMiB': 'size_in_mib', 'A': 'a',
    'HTTPSOnly': 'https_only', 'x-amz-date': 'x_amz_date'}


class Names(unittest.TestCase):
    def test_snake(self):
        for name, expected in SNAKE.items():
            with self.subTest(name):
                self.assertEqual(snake(name), expected)

    def test_no_letter_is_lost(self):
        for name in SNAKE:
            letters = ''.join(c for c in name.lower() if c.isalnum())
            self.assertEqual(snake(name).replace('_', ''), letters)

    def test_keywords(self):
        self.assertEqual(member_name('Default'), 'default_')
        self.assertEqual(member_name('Bool'), 'bool_')
        self.assertEqual(member_name('unix'), 'unix_')
        self.assertEqual(member_name('Version'), 'version')

    def test_no_identifier_begins_with_a_digit(self):
        self.assertEqual(member_name('3DModel')[0], '_')


if __name__ == '__main__':
    unittest.main()
