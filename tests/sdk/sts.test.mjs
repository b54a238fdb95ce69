// STS and CloudTrail through the AWS SDK for JavaScript v3.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { CreateRoleCommand, ListRolesCommand, ListUsersCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand, GetAccessKeyInfoCommand, GetCallerIdentityCommand, GetFederationTokenCommand,
  GetSessionTokenCommand, MalformedPolicyDocumentException,
} from '@aws-sdk/client-sts';

import { Server, allow, credentialsOf } from './server.mjs';

const server = new Server();
before(() => server.start());
after(() => server.stop());

const named = (name, status) => (error) => {
  assert.equal(error.name, name);
  if (status) assert.equal(error.$metadata.httpStatusCode, status);
  return true;
};

async function role(account, name, condition) {
  const row = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account.id}:root` }, Action: 'sts:AssumeRole' };
  const trust = { Version: '2012-10-17', Statement: [{ ...row, ...condition }] };
  const { Role } = await account.iam().send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  await account.iam().send(new PutRolePolicyCommand({
    RoleName: name, PolicyName: 'p', PolicyDocument: JSON.stringify(allow('iam:ListUsers', 'iam:ListRoles')),
  }));
  return Role.Arn;
}

test('who am I', async () => {
  const account = await server.account('who');
  const alice = await account.user('alice');
  assert.equal((await account.sts().send(new GetCallerIdentityCommand({}))).Arn, `arn:aws:iam::${account.id}:root`);
  const me = await account.sts(alice, 'eu-central-1').send(new GetCallerIdentityCommand({}));
  assert.equal(me.Arn, `arn:aws:iam::${account.id}:user/alice`);
  const info = await account.sts().send(new GetAccessKeyInfoCommand({ AccessKeyId: alice.accessKeyId }));
  assert.equal(info.Account, account.id);
});

test('wrong keys are told apart', async () => {
  const account = await server.account('wrong');
  const call = new GetCallerIdentityCommand({});
  const wrong = { ...account.root, secretAccessKey: 'x'.repeat(40) };
  await assert.rejects(account.sts(wrong).send(call), named('SignatureDoesNotMatch', 403));
  const unknown = { accessKeyId: 'AKIAQQQQQQQQQQQQQQQQ', secretAccessKey: 'x'.repeat(40) };
  await assert.rejects(account.sts(unknown).send(call), named('InvalidClientTokenId', 403));
  await assert.rejects(account.cloudtrail(unknown).send(new LookupEventsCommand({})), named('UnrecognizedClientException'));
});

test('a role with a session policy and an external id', async () => {
  const account = await server.account('roles');
  const alice = await account.user('alice', allow('sts:AssumeRole'));
  const arn = await role(account, 'partner', { Condition: { StringEquals: { 'sts:ExternalId': '4711' } } });
  const ask = { RoleArn: arn, RoleSessionName: 'monday' };
  await assert.rejects(account.sts(alice).send(new AssumeRoleCommand(ask)), named('AccessDenied', 403));
  await assert.rejects(
    account.sts(alice).send(new AssumeRoleCommand({ ...ask, ExternalId: '4711', Policy: '{' })),
    MalformedPolicyDocumentException,
  );
  const answer = await account.sts(alice).send(
    new AssumeRoleCommand({ ...ask, ExternalId: '4711', Policy: JSON.stringify(allow('iam:ListUsers')) }),
  );
  assert.match(answer.AssumedRoleUser.AssumedRoleId, /^AROA[A-Z2-7]{17}:monday$/);
  assert.ok(answer.Credentials.Expiration > new Date());
  const session = credentialsOf(answer);
  await account.iam(session).send(new ListUsersCommand({}));
  await assert.rejects(account.iam(session).send(new ListRolesCommand({})), (error) => {
    assert.match(error.message, /because no session policy allows the iam:ListRoles action$/);
    return named('AccessDenied', 403)(error);
  });
  await assert.rejects(
    account.iam({ ...session, sessionToken: undefined }).send(new ListUsersCommand({})),
    named('InvalidClientTokenId', 403),
  );
});

test('sessions of a user and of a federated guest', async () => {
  const account = await server.account('sessions');
  const alice = await account.user('alice', allow('sts:GetFederationToken', 'cloudtrail:*'));
  const session = credentialsOf(await account.sts(alice).send(new GetSessionTokenCommand({ DurationSeconds: 900 })));
  const me = await account.sts(session).send(new GetCallerIdentityCommand({}));
  assert.equal(me.Arn, `arn:aws:iam::${account.id}:user/alice`);
  const guest = credentialsOf(await account.sts(alice).send(
    new GetFederationTokenCommand({ Name: 'guest', Policy: JSON.stringify(allow('cloudtrail:LookupEvents')) }),
  ));
  await account.cloudtrail(guest).send(new LookupEventsCommand({ MaxResults: 1 }));
  await assert.rejects(account.iam(guest).send(new ListUsersCommand({})));
});

test('what was refused is on record', async () => {
  const account = await server.account('record');
  const alice = await account.user('alice', allow('cloudtrail:LookupEvents'));
  let refusal;
  await assert.rejects(account.iam(alice).send(new ListRolesCommand({})), (error) => {
    refusal = error;
    return true;
  });
  const ask = { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'ListRoles' }] };
  let events = [];
  for (let tries = 0; tries < 200 && events.length === 0; tries++) {
    await sleep(50);
    events = (await account.cloudtrail(alice).send(new LookupEventsCommand(ask))).Events;
  }
  assert.equal(events.length, 1);
  assert.equal(events[0].Username, 'alice');
  assert.ok(events[0].EventTime instanceof Date);
  const record = JSON.parse(events[0].CloudTrailEvent);
  assert.equal(record.errorCode, 'AccessDenied');
  assert.equal(record.requestID, refusal.$metadata.requestId);
  assert.match(record.userAgent, /aws-sdk-js\/3/);
});

test('looking up without permission', async () => {
  const account = await server.account('nolookup');
  const alice = await account.user('alice', allow('iam:*'));
  await assert.rejects(
    account.cloudtrail(alice).send(new LookupEventsCommand({})), named('AccessDeniedException'));
});
