// S3 with the SDK's defaults: a CRC-32 with every body, as a header or, of streams, behind aws-chunked bodies.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';

import {
  AbortMultipartUploadCommand, BucketAlreadyOwnedByYou, CompleteMultipartUploadCommand, CopyObjectCommand,
  CreateBucketCommand, CreateMultipartUploadCommand, DeleteBucketCommand, DeleteObjectCommand, DeleteObjectsCommand,
  GetObjectCommand, HeadObjectCommand, ListBucketsCommand, NoSuchKey, NotFound, PutObjectCommand,
  UploadPartCommand, paginateListObjectsV2,
} from '@aws-sdk/client-s3';

import { Server, allow } from './server.mjs';

const KIB = 1024;
const MIB = 1024 * KIB;
const SIZES = [0, 1, 16 * KIB - 1, 16 * KIB, 16 * KIB + 1, MIB, 20 * MIB];
const ODD_NAMES = ['plain.txt', 'two words.bin', 'Ünïcödé 雪.dat', 'a+b&c=d;e,f.txt', '100%25.bin', "it's (1) [2] {3}!*",
  'deep/er folder/ναός/x', 'tilde~@$.txt', './dots/../x', 'double//slash'];

const server = new Server();
let folder;
before(async () => {
  await server.start();
  folder = await mkdtemp(join(tmpdir(), 'merlon-s3-'));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await server.stop();
});

let buckets = 0;
async function newBucket(s3) {
  const Bucket = `sdk-bucket-${++buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

async function bytesOf(s3, what) {
  const { Body } = await s3.send(new GetObjectCommand(what));
  return Buffer.from(await Body.transformToByteArray());
}

const md5 = (bytes) => crypto.createHash('md5').update(bytes).digest('hex');

// The headers of the last request that the client sent.
function watch(s3) {
  const seen = {};
  s3.middlewareStack.add((next) => (args) => {
    seen.headers = { ...args.request.headers };
    return next(args);
  }, { step: 'finalizeRequest', priority: 'low', name: 'watch' });
  return seen;
}

// CRC-32 as zlib's gzip writes it into its trailer, in network order.
function crc32(bytes) {
  const gzip = zlib.gzipSync(bytes, { level: 0 });
  return Buffer.from(gzip.subarray(-8, -4)).reverse().toString('base64');
}

test('buckets', async () => {
  const account = await server.account('buckets');
  const s3 = account.s3();
  const Bucket = await newBucket(s3);
  await assert.rejects(account.s3(account.root, 'eu-west-1').send(new CreateBucketCommand({ Bucket })),
    BucketAlreadyOwnedByYou);
  assert.deepEqual((await s3.send(new ListBucketsCommand({}))).Buckets.map((row) => row.Name), [Bucket]);
  await s3.send(new DeleteBucketCommand({ Bucket }));
  await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket })), (error) => error.name === 'NoSuchBucket');
  await assert.rejects(bytesOf(s3, { Bucket, Key: 'k' }), (error) => error.name === 'NoSuchBucket');
});

for (const size of SIZES) {
  test(`a buffer of ${size} bytes, its CRC-32 in a header`, async () => {
    const s3 = (await server.account('buffers')).s3();
    const Bucket = await newBucket(s3);
    const seen = watch(s3);
    const bytes = crypto.randomBytes(size);
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'a b/ü', Body: bytes }));
    assert.equal(seen.headers['x-amz-checksum-crc32'], crc32(bytes));
    assert.equal(put.ChecksumCRC32, crc32(bytes));
    assert.equal(put.ETag, `"${md5(bytes)}"`);
    assert.ok((await bytesOf(s3, { Bucket, Key: 'a b/ü' })).equals(bytes));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a b/ü', ChecksumMode: 'ENABLED' }));
    assert.deepEqual([head.ContentLength, head.ChecksumCRC32, head.ChecksumType, head.ServerSideEncryption],
      [size, crc32(bytes), 'FULL_OBJECT', 'AES256']);
  });

  test(`a stream of ${size} bytes, its CRC-32 behind it`, async () => {
    const s3 = (await server.account('streams')).s3();
    const Bucket = await newBucket(s3);
    const seen = watch(s3);
    const bytes = crypto.randomBytes(size);
    const path = join(folder, `stream-${size}`);
    await writeFile(path, bytes);
    const put = await s3.send(new PutObjectCommand({
      Bucket, Key: 'k', Body: createReadStream(path), ContentLength: size, ContentEncoding: 'gzip',
    }));
    assert.equal(seen.headers['x-amz-trailer'], 'x-amz-checksum-crc32');
    assert.match(seen.headers['content-encoding'], /aws-chunked/);
    assert.match(seen.headers['x-amz-content-sha256'], /^STREAMING-UNSIGNED-PAYLOAD-TRAILER$/);
    assert.equal(put.ChecksumCRC32, crc32(bytes));
    assert.ok((await bytesOf(s3, { Bucket, Key: 'k' })).equals(bytes));
    assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).ContentEncoding, 'gzip');
  });
}

test('other checksums', async () => {
  const s3 = (await server.account('sums')).s3();
  const Bucket = await newBucket(s3);
  const bytes = crypto.randomBytes(50_000);
  for (const [ChecksumAlgorithm, sum] of [['SHA1', 'sha1'], ['SHA256', 'sha256'], ['CRC32C'], ['CRC64NVME']]) {
    for (const Body of [bytes, Readable.from([bytes])]) {
      const put = await s3.send(new PutObjectCommand({
        Bucket, Key: 'k', Body, ContentLength: bytes.length, ChecksumAlgorithm,
      })).catch((error) => {
        // CRC-64/NVME wants a package of its own, of which the SDK tells.
        assert.match(error.message, /crc64-nvme|CRC64NVME/i);
        return undefined;
      });
      if (!put) continue;
      const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
      assert.ok(Buffer.from(await got.Body.transformToByteArray()).equals(bytes));
      assert.equal(got[`Checksum${ChecksumAlgorithm}`], put[`Checksum${ChecksumAlgorithm}`]);
      if (sum) assert.equal(put[`Checksum${ChecksumAlgorithm}`], crypto.createHash(sum).update(bytes).digest('base64'));
    }
  }
});

test('odd names, listed by the page, and removed', async () => {
  const s3 = (await server.account('names')).s3();
  const Bucket = await newBucket(s3);
  const objects = new Map(ODD_NAMES.map((name) => [name, crypto.randomBytes(100)]));
  for (const [Key, Body] of objects) await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const keys = [];
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket })) {
    keys.push(...page.Contents.map((row) => row.Key));
  }
  assert.deepEqual(keys, [...objects.keys()].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))));
  for (const [Key, bytes] of objects) assert.ok((await bytesOf(s3, { Bucket, Key })).equals(bytes), Key);
  const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({
    Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) },
  }));
  assert.deepEqual(Deleted.map((row) => row.Key), keys);
  assert.equal(Errors, undefined);
});

test('ranges, metadata, types', async () => {
  const s3 = (await server.account('ranges')).s3();
  const Bucket = await newBucket(s3);
  const bytes = crypto.randomBytes(MIB);
  await s3.send(new PutObjectCommand({
    Bucket, Key: 'k', Body: bytes, ContentType: 'text/x-test', Metadata: { colour: 'green' }, CacheControl: 'no-store',
  }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=65530-65545' }));
  assert.deepEqual([got.ContentRange, got.ContentType, got.CacheControl, got.Metadata],
    [`bytes 65530-65545/${MIB}`, 'text/x-test', 'no-store', { colour: 'green' }]);
  assert.ok(Buffer.from(await got.Body.transformToByteArray()).equals(bytes.subarray(65530, 65546)));
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range: `bytes=${MIB}-` })),
    (error) => error.name === 'InvalidRange' && error.$metadata.httpStatusCode === 416);
});

test('an upload in parts', async () => {
  const s3 = (await server.account('parts')).s3();
  const Bucket = await newBucket(s3);
  const bytes = crypto.randomBytes(12 * MIB + 5);
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'é', ChecksumAlgorithm: 'CRC32' }));
  const Parts = [];
  for (let at = 0; at < bytes.length; at += 5 * MIB) {
    const PartNumber = Parts.length + 1;
    const Body = bytes.subarray(at, at + 5 * MIB);
    const part = await s3.send(new UploadPartCommand({ Bucket, Key: 'é', UploadId, PartNumber, Body }));
    assert.equal(part.ChecksumCRC32, crc32(Body));
    Parts.push({ PartNumber, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 });
  }
  const done = await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'é', UploadId, MultipartUpload: { Parts } }));
  assert.match(done.ETag, /^"[0-9a-f]{32}-3"$/);
  assert.ok((await bytesOf(s3, { Bucket, Key: 'é' })).equals(bytes));
  await assert.rejects(s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'é', UploadId: `${UploadId}x` })),
    (error) => error.name === 'NoSuchUpload');
});

test('a copy', async () => {
  const s3 = (await server.account('copies')).s3();
  const Bucket = await newBucket(s3);
  const bytes = crypto.randomBytes(100_000);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'from é', Body: bytes, Metadata: { a: '1' } }));
  const { CopyObjectResult } = await s3.send(
    new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/${encodeURIComponent('from é')}` }));
  assert.equal(CopyObjectResult.ETag, `"${md5(bytes)}"`);
  assert.ok((await bytesOf(s3, { Bucket, Key: 'to' })).equals(bytes));
  assert.deepEqual((await s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }))).Metadata, { a: '1' });
});

test('refusals by name', async () => {
  const account = await server.account('refusals');
  const s3 = account.s3();
  const Bucket = await newBucket(s3);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  await assert.rejects(bytesOf(s3, { Bucket, Key: 'none' }), NoSuchKey);
  await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: 'none' })), NotFound);
  const nobody = account.s3(await account.user('nobody'));
  const reader = account.s3(await account.user('reader', allow('s3:GetObject')));
  const denied = (error) => error.name === 'AccessDenied' && error.$metadata.httpStatusCode === 403;
  assert.equal((await bytesOf(reader, { Bucket, Key: 'k' })).toString(), 'x');
  await assert.rejects(bytesOf(nobody, { Bucket, Key: 'k' }), denied);
  await assert.rejects(reader.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y' })), denied);
  await assert.rejects(
    reader.send(new PutObjectCommand({ Bucket, Key: 'k', Body: Readable.from([Buffer.alloc(MIB)]), ContentLength: MIB })),
    denied);
  await assert.rejects(reader.send(new DeleteObjectCommand({ Bucket, Key: 'k' })), denied);
  assert.equal((await bytesOf(s3, { Bucket, Key: 'k' })).toString(), 'x');
  await assert.rejects(
    s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', ChecksumCRC32: crc32(Buffer.from('z')) })),
    (error) => error.name === 'BadDigest');
  assert.equal((await bytesOf(s3, { Bucket, Key: 'k' })).toString(), 'x');
});
