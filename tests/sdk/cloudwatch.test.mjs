// CloudWatch through the AWS SDK for JavaScript v3, as it speaks by itself and in Smithy's RPC v2 in CBOR.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  CloudWatchClient, GetMetricDataCommand, GetMetricStatisticsCommand, InvalidParameterValueException, PutMetricDataCommand,
  paginateListMetrics,
} from '@aws-sdk/client-cloudwatch';
import { AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';

import { Server, allow } from './server.mjs';

const server = new Server();
before(() => server.start());
after(() => server.stop());

const protocols = {
  json: undefined,
  cbor: () => new AwsSmithyRpcV2CborProtocol({ defaultNamespace: 'com.amazonaws.cloudwatch', awsQueryCompatible: true }),
};
const minute = new Date(Math.floor(Date.now() / 60000) * 60000);
const later = (minutes) => new Date(minute.getTime() + minutes * 60000);

// The names under which the SDK says what it sends: only seen below it.
function spy(client, seen) {
  client.middlewareStack.add((next) => (args) => {
    seen.push(args.request.headers['content-type'], args.request.path);
    return next(args);
  }, { step: 'finalizeRequest' });
  return client;
}

for (const [name, protocol] of Object.entries(protocols)) {
  const clientOf = (account, creds) => {
    const Client = class extends CloudWatchClient {
      constructor(config) {
        // Compressed, a body in CBOR keeps the length that it had before: the SDK's mistake.
        super(protocol ? { ...config, protocol: protocol(), disableRequestCompression: true } : config);
      }
    };
    return account.client(Client, creds);
  };

  test(`${name}: put, listed and read`, async () => {
    const account = await server.account(`put-${name}`);
    const seen = [];
    const client = spy(clientOf(account), seen);
    const datum = (Value, at) => ({ MetricName: 'latency', Value, Timestamp: later(at), Unit: 'Milliseconds', Dimensions: [{ Name: 'host', Value: 'a' }] });
    await client.send(new PutMetricDataCommand({ Namespace: 'App', MetricData: [datum(1.5, 0), datum(2, 0), datum(-7, 1)] }));
    assert.ok(seen.every((one) => !one || (name === 'cbor' ? one === 'application/cbor' || one.startsWith('/service/Granite') : !one.includes('cbor'))), `${seen}`);
    const found = [];
    for await (const page of paginateListMetrics({ client }, { Namespace: 'App' })) found.push(...page.Metrics);
    assert.deepEqual(found, [{ Namespace: 'App', MetricName: 'latency', Dimensions: [{ Name: 'host', Value: 'a' }] }]);
    const range = { StartTime: minute, EndTime: later(2) };
    const { Datapoints } = await client.send(new GetMetricStatisticsCommand({
      ...range, Namespace: 'App', MetricName: 'latency', Dimensions: found[0].Dimensions, Period: 60, Statistics: ['Sum', 'Minimum'],
    }));
    Datapoints.sort((a, b) => a.Timestamp - b.Timestamp);
    assert.deepEqual(Datapoints.map((one) => [one.Timestamp.getTime(), one.Sum, one.Minimum, one.Unit]), [
      [minute.getTime(), 3.5, 1.5, 'Milliseconds'], [later(1).getTime(), -7, -7, 'Milliseconds']]);
    const { MetricDataResults } = await client.send(new GetMetricDataCommand({
      ...range,
      ScanBy: 'TimestampAscending',
      MetricDataQueries: [
        { Id: 'm1', ReturnData: false, MetricStat: { Metric: found[0], Period: 60, Stat: 'Sum' } },
        { Id: 'e1', Expression: 'ABS(m1) * 2', Label: 'twice' },
      ],
    }));
    assert.equal(MetricDataResults.length, 1);
    assert.equal(MetricDataResults[0].Label, 'twice');
    assert.deepEqual(MetricDataResults[0].Values, [7, 14]);
    assert.deepEqual(MetricDataResults[0].Timestamps.map(Number), [minute.getTime(), later(1).getTime()]);
  });

  test(`${name}: a thousand data`, async () => {
    const account = await server.account(`many-${name}`);
    const client = clientOf(account);
    await client.send(new PutMetricDataCommand({
      Namespace: 'Many', MetricData: Array.from({ length: 1000 }, (_, i) => ({ MetricName: `m${i}`, Value: i })),
    }));
    let count = 0;
    for await (const page of paginateListMetrics({ client }, {})) count += page.Metrics.length;
    assert.equal(count, 1000);
  });

  test(`${name}: refusals are the errors that the SDK knows`, async () => {
    const account = await server.account(`refusals-${name}`);
    const put = (client, Namespace) => client.send(new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: 'm', Value: 1 }] }));
    await assert.rejects(put(clientOf(account), 'AWS/EC2'), (error) => {
      assert.ok(error instanceof InvalidParameterValueException, `${error.name}`);
      assert.equal(error.message, 'The value AWS/EC2 for parameter Namespace is invalid.');
      return true;
    });
    const lacks = clientOf(account, await account.user('lacks', allow('cloudwatch:ListMetrics')));
    await assert.rejects(put(lacks, 'App'), (error) => /AccessDenied/.test(error.name));
    await assert.rejects(put(clientOf(account), ':x'), (error) => /Validation/.test(error.name));
  });
}
