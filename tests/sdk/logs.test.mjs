// CloudWatch Logs through the AWS SDK for JavaScript v3, which knows the newer members of its operations.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand, DeleteLogGroupCommand, FilterLogEventsCommand,
  GetLogEventsCommand, InvalidParameterException, PutLogEventsCommand, PutLogGroupDeletionProtectionCommand,
  PutRetentionPolicyCommand, ResourceAlreadyExistsException, ResourceNotFoundException, TestMetricFilterCommand,
  paginateDescribeLogGroups, paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';

import { Server, allow } from './server.mjs';

const server = new Server();
before(() => server.start());
after(() => server.stop());

const logGroupName = '/sdk/group';
const logStreamName = 'stream';
const messages = ({ events }) => events.map((event) => event.message);

async function withStream(name) {
  const account = await server.account(name);
  const logs = account.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName, tags: { team: 'red' } }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  return { account, logs };
}

const put = (logs, ...texts) => logs.send(new PutLogEventsCommand({
  logGroupName, logStreamName, logEvents: texts.map((message) => ({ message, timestamp: Date.now() })),
}));

test('events, put, read and filtered', async () => {
  const { logs } = await withStream('events');
  const answer = await put(logs, 'one', '{"level":"ERROR","ms":250}', 'three');
  assert.ok(answer.nextSequenceToken);
  assert.equal(answer.rejectedLogEventsInfo, undefined);
  const read = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true }));
  assert.deepEqual(messages(read), ['one', '{"level":"ERROR","ms":250}', 'three']);
  const filterPattern = '{ $.level = "ERR*" && $.ms > 200 }';
  const found = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern }));
  assert.deepEqual(messages(found), ['{"level":"ERROR","ms":250}']);
  assert.equal(found.events[0].logStreamName, logStreamName);
  const all = [];
  for await (const page of paginateFilterLogEvents({ client: logs, pageSize: 1 }, { logGroupName })) {
    all.push(...messages(page));
  }
  assert.deepEqual(all, ['one', '{"level":"ERROR","ms":250}', 'three']);
});

test('groups, protected and kept', async () => {
  const { account, logs } = await withStream('groups');
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 14 }));
  const protect = (deletionProtectionEnabled) => logs.send(
    new PutLogGroupDeletionProtectionCommand({ logGroupIdentifier: logGroupName, deletionProtectionEnabled }),
  );
  await protect(true);
  const groups = [];
  for await (const page of paginateDescribeLogGroups({ client: logs }, {})) groups.push(...page.logGroups);
  assert.equal(groups.length, 1);
  assert.equal(groups[0].logGroupArn, `arn:aws:logs:us-east-1:${account.id}:log-group:${logGroupName}`);
  assert.equal(groups[0].retentionInDays, 14);
  assert.equal(groups[0].deletionProtectionEnabled, true);
  await assert.rejects(logs.send(new DeleteLogGroupCommand({ logGroupName })), { name: 'ValidationException' });
  await protect(false);
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
});

test('refusals are the errors that the SDK knows', async () => {
  const { account, logs } = await withStream('refusals');
  await assert.rejects(logs.send(new CreateLogGroupCommand({ logGroupName })), ResourceAlreadyExistsException);
  await assert.rejects(logs.send(new DeleteLogGroupCommand({ logGroupName: 'none' })), ResourceNotFoundException);
  await assert.rejects(logs.send(new CreateLogGroupCommand({ logGroupName: 'a b' })), InvalidParameterException);
  const lacks = account.client(CloudWatchLogsClient, await account.user('lacks', allow('logs:GetLogEvents')));
  await assert.rejects(put(lacks, 'x'), { name: 'AccessDeniedException' });
});

test('a pattern on trial', async () => {
  const { logs } = await withStream('patterns');
  const { matches } = await logs.send(new TestMetricFilterCommand({
    filterPattern: '[ip, ..., status=4*, size]', logEventMessages: ['10.0.0.1 - "GET /" 404 12', '10.0.0.1 - "GET /" 200 1'],
  }));
  assert.equal(matches.length, 1);
  assert.equal(matches[0].extractedValues.$status, '404');
});
