// IAM through the AWS SDK for JavaScript v3: what it sends is understood, what comes back is what it expects, and who
// may not is told so in the form that it knows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  AddUserToGroupCommand, AttachRolePolicyCommand, CreateGroupCommand, CreateLoginProfileCommand, CreatePolicyCommand,
  CreatePolicyVersionCommand, CreateRoleCommand, CreateUserCommand, DeleteConflictException, DeleteGroupCommand,
  DeletePolicyCommand, DeleteUserCommand, EntityAlreadyExistsException, GetAccountAuthorizationDetailsCommand,
  GetAccountPasswordPolicyCommand, GetAccountSummaryCommand, GetPolicyVersionCommand, GetRoleCommand, GetUserCommand,
  ListGroupsForUserCommand, ListPoliciesCommand, ListUsersCommand, MalformedPolicyDocumentException,
  NoSuchEntityException, PutGroupPolicyCommand, RemoveUserFromGroupCommand, TagUserCommand,
  UpdateAccountPasswordPolicyCommand, UntagUserCommand, paginateListUsers,
} from '@aws-sdk/client-iam';

import { Server, allow } from './server.mjs';

const server = new Server();
before(() => server.start());
after(() => server.stop());

const denied = (action) => (error) => {
  assert.equal(error.name, 'AccessDenied');
  assert.equal(error.$metadata.httpStatusCode, 403);
  assert.match(error.message, new RegExp(`is not authorized to perform: ${action} on resource: `));
  return true;
};

test('a user from its making to its end', async () => {
  const iam = (await server.account('users')).iam();
  const Tags = [{ Key: 'team', Value: 'blau + grün @ 1' }];
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'alice', Path: '/staff/', Tags }));
  assert.match(User.Arn, /^arn:aws:iam::\d{12}:user\/staff\/alice$/);
  assert.match(User.UserId, /^AIDA[A-Z2-7]{17}$/);
  assert.ok(Math.abs(User.CreateDate - new Date()) < 60_000);
  assert.deepEqual(User.Tags, Tags);
  await assert.rejects(iam.send(new CreateUserCommand({ UserName: 'ALICE' })), EntityAlreadyExistsException);

  await iam.send(new TagUserCommand({ UserName: 'alice', Tags: [{ Key: 'second', Value: '' }] }));
  await iam.send(new UntagUserCommand({ UserName: 'alice', TagKeys: ['team'] }));
  const got = await iam.send(new GetUserCommand({ UserName: 'alice' }));
  assert.deepEqual(got.User.Tags, [{ Key: 'second', Value: '' }]);

  await iam.send(new DeleteUserCommand({ UserName: 'alice' }));
  await assert.rejects(iam.send(new GetUserCommand({ UserName: 'alice' })), (error) => {
    assert.ok(error instanceof NoSuchEntityException);
    assert.equal(error.message, 'The user with name alice cannot be found.');
    return true;
  });
});

test('a group and its members', async () => {
  const account = await server.account('groups');
  const iam = account.iam();
  const creds = await account.user('alice');
  await iam.send(new CreateGroupCommand({ GroupName: 'readers' }));
  await iam.send(new PutGroupPolicyCommand({
    GroupName: 'readers', PolicyName: 'read', PolicyDocument: JSON.stringify(allow('iam:Get*', 'iam:List*')),
  }));
  await assert.rejects(account.iam(creds).send(new ListUsersCommand({})), denied('iam:ListUsers'));
  await iam.send(new AddUserToGroupCommand({ GroupName: 'readers', UserName: 'alice' }));
  const { Users } = await account.iam(creds).send(new ListUsersCommand({}));
  assert.deepEqual(Users.map((user) => user.UserName), ['alice']);
  const { Groups } = await account.iam(creds).send(new ListGroupsForUserCommand({ UserName: 'alice' }));
  assert.deepEqual(Groups.map((group) => group.GroupName), ['readers']);
  await assert.rejects(iam.send(new DeleteGroupCommand({ GroupName: 'readers' })), DeleteConflictException);
  await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'readers', UserName: 'alice' }));
  await assert.rejects(account.iam(creds).send(new ListUsersCommand({})), denied('iam:ListUsers'));
});

test('managed policies and their versions', async () => {
  const iam = (await server.account('policies')).iam();
  const { Policy } = await iam.send(new CreatePolicyCommand({
    PolicyName: 'p', PolicyDocument: JSON.stringify(allow('s3:Get*')), Description: 'one & two',
  }));
  assert.equal(Policy.DefaultVersionId, 'v1');
  await iam.send(new CreatePolicyVersionCommand({
    PolicyArn: Policy.Arn, PolicyDocument: JSON.stringify(allow('s3:Put*')), SetAsDefault: true,
  }));
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn: Policy.Arn, VersionId: 'v2' }));
  assert.deepEqual(JSON.parse(decodeURIComponent(PolicyVersion.Document)), allow('s3:Put*'));
  assert.equal(PolicyVersion.IsDefaultVersion, true);
  await assert.rejects(
    iam.send(new CreatePolicyCommand({ PolicyName: 'bad', PolicyDocument: '{"Version":"2012-10-17"' })),
    MalformedPolicyDocumentException,
  );
  await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn: Policy.Arn })), DeleteConflictException);
  const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: 'Local' }));
  assert.deepEqual(Policies.map((policy) => policy.PolicyName), ['p']);
});

test('a role, its trust policy and an AWS managed policy', async () => {
  const iam = (await server.account('roles')).iam();
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  };
  await iam.send(new CreateRoleCommand({
    RoleName: 'worker', AssumeRolePolicyDocument: JSON.stringify(trust), MaxSessionDuration: 7200,
  }));
  await iam.send(new AttachRolePolicyCommand({
    RoleName: 'worker', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
  }));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'worker' }));
  assert.equal(Role.MaxSessionDuration, 7200);
  assert.deepEqual(JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument)), trust);
});

test('pages join to the whole', async () => {
  const iam = (await server.account('pages')).iam();
  const names = Array.from({ length: 23 }, (_, number) => `user-${String(number).padStart(2, '0')}`);
  for (const name of names) await iam.send(new CreateUserCommand({ UserName: name }));
  const seen = [];
  for await (const page of paginateListUsers({ client: iam, pageSize: 5 }, {})) {
    assert.ok(page.Users.length <= 5);
    seen.push(...page.Users.map((user) => user.UserName));
  }
  assert.deepEqual(seen, names);
});

test('the account as a whole', async () => {
  const account = await server.account('whole');
  const iam = account.iam();
  await account.user('alice', allow('s3:*'));
  const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}));
  assert.equal(SummaryMap.Users, 1);
  const details = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['User'] }));
  assert.equal(details.UserDetailList[0].UserPolicyList[0].PolicyName, 'inline');
  await iam.send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 12, RequireNumbers: true }));
  const { PasswordPolicy } = await iam.send(new GetAccountPasswordPolicyCommand({}));
  assert.equal(PasswordPolicy.MinimumPasswordLength, 12);
  await assert.rejects(
    iam.send(new CreateLoginProfileCommand({ UserName: 'alice', Password: 'short' })),
    (error) => error.name === 'PasswordPolicyViolationException' || error.name === 'PasswordPolicyViolation',
  );
});

test('an explicit deny is told as one', async () => {
  const account = await server.account('deny');
  const document = allow('*');
  document.Statement.push({ Effect: 'Deny', Action: 'iam:DeleteUser', Resource: '*' });
  const creds = await account.user('admin', document);
  await account.iam(creds).send(new CreateUserCommand({ UserName: 'bob' }));
  await assert.rejects(account.iam(creds).send(new DeleteUserCommand({ UserName: 'bob' })), (error) => {
    assert.match(error.message, /with an explicit deny in an identity-based policy$/);
    return denied('iam:DeleteUser')(error);
  });
});
