// A server process for these tests, and fresh accounts on it. What tests/harness/ is to the Python tests.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';

const top = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.MERLON_BINARY ?? join(top, 'build/merlon');
const run = promisify(execFile);

// Nothing of the machine's own settings, here and in the server.
for (const name of Object.keys(process.env)) {
  if (/^(AWS|MERLON)_/.test(name)) delete process.env[name];
}
process.env.AWS_EC2_METADATA_DISABLED = 'true';
process.env.AWS_CONFIG_FILE = '/dev/null';
process.env.AWS_SHARED_CREDENTIALS_FILE = '/dev/null';

export class Server {
  async start() {
    this.folder = await mkdtemp(join(tmpdir(), 'merlon-sdk-'));
    const ready = join(this.folder, 'ready');
    this.process = spawn(
      program,
      ['serve', '--ephemeral', '--listen', '127.0.0.1:0', '--test-clock', '--ready-file', ready],
      { stdio: 'ignore', cwd: this.folder },
    );
    this.ended = new Promise((done) => this.process.once('exit', done));
    for (let tries = 0; !existsSync(ready); tries++) {
      if (this.process.exitCode !== null || tries > 6000) throw new Error('the server did not start');
      await sleep(10);
    }
    Object.assign(this, JSON.parse(await readFile(ready, 'utf8')));
    return this;
  }

  async stop() {
    this.process.kill('SIGTERM');
    const status = await this.ended;
    await rm(this.folder, { recursive: true, force: true });
    if (status !== 0) throw new Error(`the server stopped with ${status}`);
  }

  async account(name) {
    const { stdout } = await run(program, ['account', 'create', '--data', this.data, '--name', name, '--json']);
    const made = JSON.parse(stdout);
    return new Account(this, made.id, {
      accessKeyId: made.access_key_id,
      secretAccessKey: made.secret_access_key,
    });
  }
}

export class Account {
  constructor(server, id, root) {
    Object.assign(this, { server, id, root });
  }

  client(Kind, credentials = this.root, region = 'us-east-1') {
    return new Kind({ endpoint: this.server.endpoint, region, credentials, maxAttempts: 1 });
  }

  iam(credentials) {
    return this.client(IAMClient, credentials);
  }

  sts(credentials, region) {
    return this.client(STSClient, credentials, region);
  }

  kms(credentials, region) {
    return this.client(KMSClient, credentials, region);
  }

  s3(credentials, region) {
    return this.client(S3Client, credentials, region);
  }

  sqs(credentials, region) {
    return this.client(SQSClient, credentials, region);
  }

  cloudtrail(credentials) {
    return this.client(CloudTrailClient, credentials);
  }

  // An IAM user's credentials, with an inline policy when one is given.
  async user(name, policy) {
    const iam = this.iam();
    await iam.send(new CreateUserCommand({ UserName: name }));
    if (policy) {
      await iam.send(
        new PutUserPolicyCommand({ UserName: name, PolicyName: 'inline', PolicyDocument: JSON.stringify(policy) }),
      );
    }
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
    return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
  }
}

export function credentialsOf(answer) {
  const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

export function allow(...actions) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
}
