// SQS through the AWS SDK for JavaScript v3, which speaks JSON to it and checks the MD5 of what it sends and receives.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  ChangeMessageVisibilityCommand, CreateQueueCommand, DeleteMessageBatchCommand, DeleteMessageCommand, DeleteQueueCommand,
  GetQueueAttributesCommand, ListMessageMoveTasksCommand, QueueDoesNotExist, ReceiveMessageCommand, SendMessageBatchCommand,
  SendMessageCommand, StartMessageMoveTaskCommand, paginateListQueues,
} from '@aws-sdk/client-sqs';

import { Server, allow } from './server.mjs';

const server = new Server();
before(() => server.start());
after(() => server.stop());

const named = (name, status = 400) => (error) => {
  assert.equal(error.name, name);
  assert.equal(error.$metadata.httpStatusCode, status);
  return true;
};

async function makeQueue(sqs, QueueName, Attributes) {
  return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
}

async function receive(sqs, QueueUrl, more = {}) {
  return (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more }))).Messages ?? [];
}

test('messages, their attributes, their receipts', async () => {
  const sqs = (await server.account('messages')).sqs();
  const QueueUrl = await makeQueue(sqs, 'first');
  const MessageAttributes = {
    text: { DataType: 'String', StringValue: 'алиса' },
    bytes: { DataType: 'Binary', BinaryValue: Uint8Array.from([0, 255]) },
  };
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello', MessageAttributes }));
  const [message] = await receive(sqs, QueueUrl, { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] });
  assert.equal(message.MessageId, sent.MessageId);
  assert.equal(message.Body, 'hello');
  assert.equal(message.MessageAttributes.text.StringValue, 'алиса');
  assert.deepEqual([...message.MessageAttributes.bytes.BinaryValue], [0, 255]);
  assert.equal(message.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
  assert.equal(message.Attributes.ApproximateReceiveCount, '1');
  const { ReceiptHandle } = message;
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  const [again] = await receive(sqs, QueueUrl);
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again.ReceiptHandle }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  assert.equal(Attributes.ApproximateNumberOfMessages, '0');
  assert.equal(Attributes.ApproximateNumberOfMessagesNotVisible, '0');
});

test('batches, and what fails of them', async () => {
  const sqs = (await server.account('batches')).sqs();
  const QueueUrl = await makeQueue(sqs, 'batch');
  const out = await sqs.send(new SendMessageBatchCommand({
    QueueUrl, Entries: [{ Id: 'a', MessageBody: '1' }, { Id: 'b', MessageBody: '\u0001' }, { Id: 'c', MessageBody: '3' }],
  }));
  assert.deepEqual(out.Successful.map((one) => one.Id), ['a', 'c']);
  assert.deepEqual(out.Failed.map((one) => [one.Id, one.Code, one.SenderFault]), [['b', 'InvalidMessageContents', true]]);
  const Entries = (await receive(sqs, QueueUrl)).map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
  const gone = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  assert.equal(gone.Successful.length, 2);
});

test('a long poll', async () => {
  const sqs = (await server.account('polls')).sqs();
  const QueueUrl = await makeQueue(sqs, 'poll');
  const waiting = receive(sqs, QueueUrl, { WaitTimeSeconds: 20 });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'at last' }));
  assert.deepEqual((await waiting).map((message) => message.Body), ['at last']);
});

test('groups, and a dead letter that is moved back', async () => {
  const sqs = (await server.account('groups')).sqs();
  const dead = await makeQueue(sqs, 'dead.fifo', { FifoQueue: 'true' });
  const { Attributes: { QueueArn: SourceArn } } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }));
  const QueueUrl = await makeQueue(sqs, 'live.fifo', {
    FifoQueue: 'true', ContentBasedDeduplication: 'true', VisibilityTimeout: '0',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: SourceArn, maxReceiveCount: 1 }),
  });
  for (const MessageBody of ['a', 'b']) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: 'g' }));
  }
  assert.deepEqual((await receive(sqs, QueueUrl)).map((one) => one.Body), ['a', 'b']);
  assert.deepEqual(await receive(sqs, QueueUrl), []);
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  const back = [...await receive(sqs, QueueUrl, { WaitTimeSeconds: 20 })];
  assert.equal(back[0].Body, 'a');
  const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
  assert.ok(['RUNNING', 'COMPLETED'].includes(Results[0].Status));
});

test('errors by the names that the SDK has for them', async () => {
  const account = await server.account('errors');
  const sqs = account.sqs();
  const QueueUrl = await makeQueue(sqs, 'gone');
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  await assert.rejects(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })), (error) => {
    assert.ok(error instanceof QueueDoesNotExist);
    return named('QueueDoesNotExist')(error) || true;
  });
  const nobody = account.sqs(await account.user('nobody', allow('sqs:ListQueues')));
  await assert.rejects(makeQueue(nobody, 'mine'), (error) => /is not authorized to perform: sqs:createqueue/.test(error.message));
  const urls = [];
  for await (const page of paginateListQueues({ client: sqs, pageSize: 10 }, {})) urls.push(...page.QueueUrls ?? []);
  assert.deepEqual(urls, []);
});
