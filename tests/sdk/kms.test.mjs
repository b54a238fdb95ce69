// KMS through the AWS SDK for JavaScript v3, with node:crypto on the other side of every key.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';

import {
  CreateAliasCommand, CreateGrantCommand, CreateKeyCommand, DecryptCommand, DeriveSharedSecretCommand,
  DescribeKeyCommand, DisableKeyCommand, EncryptCommand, GenerateDataKeyCommand, GenerateDataKeyPairCommand,
  GenerateMacCommand, GenerateRandomCommand, GetParametersForImportCommand, GetPublicKeyCommand,
  ImportKeyMaterialCommand, IncorrectKeyException, InvalidCiphertextException, KMSInvalidMacException,
  KMSInvalidSignatureException, ListGrantsCommand, ListKeyRotationsCommand, NotFoundException, ReEncryptCommand,
  ReplicateKeyCommand, RetireGrantCommand, RotateKeyOnDemandCommand, ScheduleKeyDeletionCommand, SignCommand,
  VerifyCommand, VerifyMacCommand, paginateListKeys,
} from '@aws-sdk/client-kms';

import { Server, allow } from './server.mjs';

const server = new Server();
before(() => server.start());
after(() => server.stop());

const named = (name, status = 400) => (error) => {
  assert.equal(error.name, name);
  assert.equal(error.$metadata.httpStatusCode, status);
  return true;
};
const text = (string) => Buffer.from(string);
const message = text('The quick brown fox jumps over the lazy dog');

async function makeKey(kms, more = {}) {
  return (await kms.send(new CreateKeyCommand(more))).KeyMetadata;
}

async function publicKey(kms, KeyId) {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
  return crypto.createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
}

test('a key, encrypting and decrypting with a context', async () => {
  const account = await server.account('encrypt');
  const kms = account.kms();
  const key = await makeKey(kms, { Description: 'first' });
  assert.equal(key.Arn, `arn:aws:kms:us-east-1:${account.id}:key/${key.KeyId}`);
  assert.equal(key.KeyState, 'Enabled');
  assert.ok(key.CreationDate instanceof Date);
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/first', TargetKeyId: key.KeyId }));
  const EncryptionContext = { purpose: 'test', who: 'алиса' };
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({ KeyId: 'alias/first', Plaintext: message, EncryptionContext }),
  );
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  assert.deepEqual(Buffer.from(opened.Plaintext), message);
  assert.equal(opened.KeyId, key.Arn);
  assert.match(opened.KeyMaterialId, /^[0-9a-f]{64}$/);

  const other = await makeKey(kms);
  await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob })), InvalidCiphertextException);
  await assert.rejects(
    kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId: other.KeyId })), IncorrectKeyException);
  const moved = await kms.send(new ReEncryptCommand({
    CiphertextBlob, SourceEncryptionContext: EncryptionContext, DestinationKeyId: other.KeyId,
  }));
  assert.equal(moved.SourceKeyId, key.Arn);
  assert.equal((await kms.send(new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob }))).KeyId, other.Arn);

  const keys = [];
  for await (const page of paginateListKeys({ client: kms, pageSize: 1 }, {})) keys.push(...page.Keys);
  assert.deepEqual(keys.map((row) => row.KeyId).sort(), [key.KeyId, other.KeyId].sort());
});

test('an envelope', async () => {
  const account = await server.account('envelope');
  const kms = account.kms();
  const { KeyId } = await makeKey(kms);
  const EncryptionContext = { file: 'report.pdf' };
  const made = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }));
  const clear = crypto.randomBytes(1024 * 1024);
  const nonce = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv('aes-256-gcm', made.Plaintext, nonce);
  const sealed = Buffer.concat([cipher.update(clear), cipher.final()]);

  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, EncryptionContext }));
  const decipher = crypto.createDecipheriv('aes-256-gcm', Plaintext, nonce).setAuthTag(cipher.getAuthTag());
  assert.ok(Buffer.concat([decipher.update(sealed), decipher.final()]).equals(clear));
  const random = await kms.send(new GenerateRandomCommand({ NumberOfBytes: 48 }));
  assert.equal(random.Plaintext.length, 48);
});

const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = crypto.constants;
const pss = { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST };
for (const [KeySpec, SigningAlgorithm, digest, how] of [
  ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 'sha256', { padding: RSA_PKCS1_PADDING }],
  ['RSA_3072', 'RSASSA_PSS_SHA_384', 'sha384', pss],
  ['RSA_2048', 'RSASSA_PSS_SHA_512', 'sha512', pss],
  ['ECC_NIST_P256', 'ECDSA_SHA_256', 'sha256', {}],
  ['ECC_NIST_P384', 'ECDSA_SHA_384', 'sha384', {}],
  ['ECC_NIST_P521', 'ECDSA_SHA_512', 'sha512', {}],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256', 'sha256', {}],
  ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', null, {}],
]) {
  test(`signing: ${KeySpec}, ${SigningAlgorithm}`, async () => {
    const kms = (await server.account('sign')).kms();
    const { KeyId } = await makeKey(kms, { KeySpec, KeyUsage: 'SIGN_VERIFY' });
    const ask = { KeyId, Message: message, SigningAlgorithm };
    const { Signature } = await kms.send(new SignCommand(ask));
    const key = await publicKey(kms, KeyId);
    assert.ok(crypto.verify(digest, message, { key, ...how }, Signature));
    assert.ok(!crypto.verify(digest, text('else'), { key, ...how }, Signature));
    assert.equal((await kms.send(new VerifyCommand({ ...ask, Signature }))).SignatureValid, true);
    await assert.rejects(
      kms.send(new VerifyCommand({ ...ask, Message: text('else'), Signature })), KMSInvalidSignatureException);
  });
}

test('RSA encryption, each way', async () => {
  const kms = (await server.account('rsa')).kms();
  const { KeyId } = await makeKey(kms, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  const key = await publicKey(kms, KeyId);
  for (const [EncryptionAlgorithm, oaepHash] of [['RSAES_OAEP_SHA_1', 'sha1'], ['RSAES_OAEP_SHA_256', 'sha256']]) {
    const CiphertextBlob = crypto.publicEncrypt({ key, oaepHash }, message);
    const { Plaintext } = await kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));
    assert.deepEqual(Buffer.from(Plaintext), message);
  }
  const symmetric = await makeKey(kms);
  const pair = await kms.send(new GenerateDataKeyPairCommand({ KeyId: symmetric.KeyId, KeyPairSpec: 'RSA_2048' }));
  const own = crypto.createPrivateKey({ key: Buffer.from(pair.PrivateKeyPlaintext), format: 'der', type: 'pkcs8' });
  const sealed = crypto.publicEncrypt(
    { key: crypto.createPublicKey({ key: Buffer.from(pair.PublicKey), format: 'der', type: 'spki' }) }, message);
  assert.deepEqual(crypto.privateDecrypt(own, sealed), message);
});

test('key agreement', async () => {
  const kms = (await server.account('agree')).kms();
  const { KeyId } = await makeKey(kms, { KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' });
  const peer = crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const { SharedSecret, KeyOrigin } = await kms.send(new DeriveSharedSecretCommand({
    KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: peer.publicKey.export({ format: 'der', type: 'spki' }),
  }));
  const own = crypto.diffieHellman({ privateKey: peer.privateKey, publicKey: await publicKey(kms, KeyId) });
  assert.deepEqual(Buffer.from(SharedSecret), own);
  assert.equal(KeyOrigin, 'AWS_KMS');
});

test('imported key material', async () => {
  const kms = (await server.account('import')).kms();
  const { KeyId, KeyState } = await makeKey(kms, { KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC', Origin: 'EXTERNAL' });
  assert.equal(KeyState, 'PendingImport');
  const material = crypto.randomBytes(48);
  const given = await kms.send(new GetParametersForImportCommand({
    KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_3072',
  }));
  assert.ok(given.ParametersValidTo > new Date());
  const key = crypto.createPublicKey({ key: Buffer.from(given.PublicKey), format: 'der', type: 'spki' });
  const made = await kms.send(new ImportKeyMaterialCommand({
    KeyId, ImportToken: given.ImportToken, ValidTo: new Date(Date.now() + 3600_000),
    EncryptedKeyMaterial: crypto.publicEncrypt({ key, oaepHash: 'sha256' }, material),
  }));
  assert.match(made.KeyMaterialId, /^[0-9a-f]{64}$/);
  const ask = { KeyId, Message: message, MacAlgorithm: 'HMAC_SHA_384' };
  const { Mac } = await kms.send(new GenerateMacCommand(ask));
  assert.deepEqual(Buffer.from(Mac), crypto.createHmac('sha384', material).update(message).digest());
  assert.equal((await kms.send(new VerifyMacCommand({ ...ask, Mac }))).MacValid, true);
  await assert.rejects(kms.send(new VerifyMacCommand({ ...ask, Mac: Mac.slice(1) })), KMSInvalidMacException);
});

test('rotation, and the same key in another region', async () => {
  const account = await server.account('regions');
  const here = account.kms();
  const there = account.kms(account.root, 'eu-central-1');
  const { KeyId } = await makeKey(here, { MultiRegion: true });
  assert.match(KeyId, /^mrk-[0-9a-f]{32}$/);
  await here.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-central-1' }));
  const old = await here.send(new EncryptCommand({ KeyId, Plaintext: message }));
  await here.send(new RotateKeyOnDemandCommand({ KeyId }));
  const { Rotations } = await here.send(new ListKeyRotationsCommand({ KeyId }));
  assert.equal(Rotations.length, 1);
  assert.equal(Rotations[0].RotationType, 'ON_DEMAND');
  const fresh = await here.send(new EncryptCommand({ KeyId, Plaintext: message }));
  for (const { CiphertextBlob } of [old, fresh]) {
    const { Plaintext } = await there.send(new DecryptCommand({ CiphertextBlob }));
    assert.deepEqual(Buffer.from(Plaintext), message);
  }
});

test('a grant', async () => {
  const account = await server.account('grant');
  const kms = account.kms();
  const alice = account.kms(await account.user('alice'));
  const { KeyId, Arn } = await makeKey(kms);
  const ask = new EncryptCommand({ KeyId, Plaintext: message, EncryptionContext: { team: 'red', more: 'x' } });
  await assert.rejects(alice.send(ask), (error) => {
    assert.match(error.message, new RegExp(`is not authorized to perform: kms:Encrypt on resource: ${Arn}`));
    return named('AccessDeniedException')(error);
  });
  const grant = await kms.send(new CreateGrantCommand({
    KeyId, GranteePrincipal: `arn:aws:iam::${account.id}:user/alice`, Operations: ['Encrypt', 'RetireGrant'],
    Constraints: { EncryptionContextSubset: { team: 'red' } },
  }));
  assert.equal((await alice.send(ask)).KeyId, Arn);
  await assert.rejects(
    alice.send(new EncryptCommand({ KeyId, Plaintext: message, EncryptionContext: { team: 'blue' } })),
    named('AccessDeniedException'),
  );
  const { Grants } = await kms.send(new ListGrantsCommand({ KeyId }));
  assert.deepEqual(Grants[0].Constraints, { EncryptionContextSubset: { team: 'red' } });
  await alice.send(new RetireGrantCommand({ GrantToken: grant.GrantToken }));
  await assert.rejects(alice.send(ask), named('AccessDeniedException'));
});

test('refusals by name', async () => {
  const account = await server.account('refusals');
  const kms = account.kms();
  const { KeyId } = await makeKey(kms);
  const bob = account.kms(await account.user('bob', allow('kms:*')));
  await assert.rejects(
    bob.send(new DescribeKeyCommand({ KeyId: crypto.randomUUID() })), NotFoundException);
  await assert.rejects(kms.send(new EncryptCommand({ KeyId, Plaintext: crypto.randomBytes(4097) })),
    named('ValidationException'));
  await assert.rejects(
    kms.send(new SignCommand({ KeyId, Message: message, SigningAlgorithm: 'ECDSA_SHA_256' })),
    named('InvalidKeyUsageException'));
  await assert.rejects(
    kms.send(new EncryptCommand({ KeyId, Plaintext: message, DryRun: true })), named('DryRunOperationException'));
  await kms.send(new DisableKeyCommand({ KeyId }));
  await assert.rejects(kms.send(new EncryptCommand({ KeyId, Plaintext: message })), named('DisabledException'));
  const { DeletionDate } = await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  assert.ok(DeletionDate - Date.now() > 6 * 86400_000);
  await assert.rejects(kms.send(new EncryptCommand({ KeyId, Plaintext: message })), named('KMSInvalidStateException'));
});
