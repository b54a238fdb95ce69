/* The order of evaluation, rule by rule.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html */
#include "support.h"

#define HOME      "111122223333"
#define AWAY      "444455556666"
#define USER      "arn:aws:iam::" HOME ":user/alice"
#define ROLE      "arn:aws:iam::" HOME ":role/app"
#define SESSION   "arn:aws:sts::" HOME ":assumed-role/app/s1"
#define FEDERATED "arn:aws:sts::" HOME ":federated-user/fred"
#define ROOT      "arn:aws:iam::" HOME ":root"
#define LINKED    "arn:aws:iam::" HOME ":role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"

#define DOC(statements)   "{'Version':'2012-10-17','Statement':[" statements "]}"
#define ALLOW(action)     "{'Effect':'Allow','Action':'" action "','Resource':'*'}"
#define DENY(action)      "{'Effect':'Deny','Action':'" action "','Resource':'*'}"
#define TO(effect, who)   "{'Effect':'" effect "','Action':'*','Resource':'*','Principal':" who "}"
#define NOT_TO(who)       "{'Effect':'Deny','Action':'*','Resource':'*','NotPrincipal':" who "}"
#define ELSEWHERE(effect) "{'Effect':'" effect "','Action':'ec2:*','Resource':'*','Principal':'*'}"
#define AWS(who)          "{'AWS':'" who "'}"
#define YES               DOC(ALLOW("*"))
#define OTHER             DOC(ALLOW("ec2:*"))
#define NO                DOC(DENY("s3:GetObject"))
#define EVERYONE          DOC(TO("Allow", "'*'"))
#define GRANT(who)        DOC(TO("Allow", AWS(who)))

#define IDENTITY(documents) ",'identity':[" documents "]"
#define BOUNDARY(document)  ",'boundary':" document
#define SESSIONS(documents) ",'session':[" documents "]"
#define POLICY(document)    ",'resource_policy':" document
#define SCPS(levels)        ",'scps':[" levels "]"
#define RCPS(levels)        ",'rcps':[" levels "]"
#define ENDPOINT(document)  ",'endpoint_policy':" document

struct decision_case {
        const char *principal, *account, *policies, *expected;
};

static const struct decision_case CASES[] = {
        /* one account, identity policies */
        {USER, HOME, "", "ImplicitDeny by identity"},
        {USER, HOME, IDENTITY(YES), "Allow by identity"},
        {USER, HOME, IDENTITY(OTHER), "ImplicitDeny by identity"},
        {USER, HOME, IDENTITY(OTHER "," YES), "Allow by identity"},
        {USER, HOME, IDENTITY(YES "," NO), "ExplicitDeny by identity"},
        {USER, HOME, IDENTITY(NO "," YES), "ExplicitDeny by identity"},
        {ROLE, HOME, IDENTITY(YES), "Allow by identity"},
        {SESSION, HOME, IDENTITY(YES), "Allow by identity"},
        /* boundary: the intersection; it grants nothing */
        {USER, HOME, IDENTITY(YES) BOUNDARY(YES), "Allow by identity"},
        {USER, HOME, IDENTITY(YES) BOUNDARY(OTHER), "ImplicitDeny by boundary"},
        {USER, HOME, IDENTITY(OTHER) BOUNDARY(YES), "ImplicitDeny by identity"},
        {USER, HOME, IDENTITY(YES) BOUNDARY(DOC(ALLOW("*") "," DENY("s3:*"))), "ExplicitDeny by boundary"},
        /* session policies: the intersection of all three */
        {SESSION, HOME, IDENTITY(YES) SESSIONS(YES), "Allow by identity"},
        {SESSION, HOME, IDENTITY(YES) SESSIONS(OTHER), "ImplicitDeny by session"},
        {SESSION, HOME, IDENTITY(YES) SESSIONS(OTHER "," YES), "Allow by identity"},
        {SESSION, HOME, IDENTITY(OTHER) SESSIONS(YES), "ImplicitDeny by identity"},
        {SESSION, HOME, IDENTITY(YES) SESSIONS(NO), "ExplicitDeny by session"},
        {SESSION, HOME, IDENTITY(YES) BOUNDARY(OTHER) SESSIONS(YES), "ImplicitDeny by boundary"},
        {SESSION, HOME, IDENTITY(YES) SESSIONS(""), "Allow by identity"},
        /* a federated user has nothing without a session policy */
        {FEDERATED, HOME, IDENTITY(YES), "ImplicitDeny by session"},
        {FEDERATED, HOME, IDENTITY(YES) SESSIONS(YES), "Allow by identity"},
        {FEDERATED, HOME, IDENTITY(OTHER) SESSIONS(YES), "ImplicitDeny by identity"},
        {FEDERATED, HOME, IDENTITY(YES) SESSIONS(OTHER), "ImplicitDeny by session"},
        /* a resource policy that names the user, the session or the federated user grants by itself */
        {USER, HOME, POLICY(GRANT(USER)), "Allow by resource"},
        {USER, HOME, IDENTITY(OTHER) BOUNDARY(OTHER) POLICY(GRANT(USER)), "Allow by resource"},
        {USER, HOME, IDENTITY(YES) BOUNDARY(NO) POLICY(GRANT(USER)), "ExplicitDeny by boundary"},
        {USER, HOME, POLICY(GRANT("arn:aws:iam::" HOME ":user/bob")), "ImplicitDeny by identity"},
        {USER, HOME, POLICY(GRANT("arn:aws:iam::" HOME ":user/Alice")), "ImplicitDeny by identity"},
        {SESSION, HOME, IDENTITY(OTHER) BOUNDARY(OTHER) SESSIONS(OTHER) POLICY(GRANT(SESSION)),
         "Allow by resource"},
        {FEDERATED, HOME, SESSIONS(OTHER) POLICY(GRANT(FEDERATED)), "Allow by resource"},
        {FEDERATED, HOME, POLICY(GRANT(FEDERATED)), "Allow by resource"},
        /* one that names the role is limited by boundary and session policies, not by identity policies */
        {SESSION, HOME, POLICY(GRANT(ROLE)), "Allow by resource"},
        {SESSION, HOME, IDENTITY(OTHER) POLICY(GRANT(ROLE)), "Allow by resource"},
        {SESSION, HOME, BOUNDARY(OTHER) POLICY(GRANT(ROLE)), "ImplicitDeny by boundary"},
        {SESSION, HOME, BOUNDARY(YES) POLICY(GRANT(ROLE)), "Allow by resource"},
        {SESSION, HOME, SESSIONS(OTHER) POLICY(GRANT(ROLE)), "ImplicitDeny by session"},
        {SESSION, HOME, SESSIONS(YES) POLICY(GRANT(ROLE)), "Allow by resource"},
        {ROLE, HOME, BOUNDARY(OTHER) POLICY(GRANT(ROLE)), "ImplicitDeny by boundary"},
        {SESSION, HOME, IDENTITY(NO) POLICY(GRANT(ROLE)), "ExplicitDeny by identity"},
        {SESSION, HOME, POLICY(GRANT("arn:aws:iam::" HOME ":role/ops")), "ImplicitDeny by identity"},
        {SESSION, HOME, POLICY(GRANT("arn:aws:sts::" HOME ":assumed-role/app/s2")),
         "ImplicitDeny by identity"},
        /* both a role and its session named: the stronger counts */
        {SESSION, HOME, BOUNDARY(OTHER) POLICY(DOC(TO("Allow", AWS(ROLE)) "," TO("Allow", AWS(SESSION)))),
         "Allow by resource"},
        /* everyone: "no other permissions are required", boundaries and session policies do not limit */
        {USER, HOME, POLICY(EVERYONE), "Allow by resource"},
        {SESSION, HOME, BOUNDARY(OTHER) SESSIONS(OTHER) POLICY(EVERYONE), "Allow by resource"},
        {USER, HOME, POLICY(GRANT("*")), "Allow by resource"},
        /* the account: delegates to its identity policies */
        {USER, HOME, POLICY(GRANT(HOME)), "ImplicitDeny by identity"},
        {USER, HOME, POLICY(GRANT(ROOT)), "ImplicitDeny by identity"},
        {USER, HOME, IDENTITY(YES) POLICY(GRANT(ROOT)), "Allow by identity"},
        {USER, HOME, IDENTITY(YES) POLICY(GRANT(AWAY)), "Allow by identity"},
        /* explicit deny of a resource policy, by each kind of principal */
        {USER, HOME, IDENTITY(YES) POLICY(DOC(TO("Deny", "'*'"))), "ExplicitDeny by resource"},
        {USER, HOME, IDENTITY(YES) POLICY(DOC(TO("Deny", AWS(HOME)))), "ExplicitDeny by resource"},
        {USER, HOME, IDENTITY(YES) POLICY(DOC(TO("Deny", AWS(USER)))), "ExplicitDeny by resource"},
        {SESSION, HOME, IDENTITY(YES) POLICY(DOC(TO("Deny", AWS(ROLE)))), "ExplicitDeny by resource"},
        {SESSION, HOME, IDENTITY(YES) POLICY(DOC(TO("Deny", AWS(AWAY)))), "Allow by identity"},
        /* NotPrincipal */
        {USER, HOME, IDENTITY(YES) POLICY(DOC(NOT_TO("{'AWS':['" USER "','" ROOT "']}"))),
         "Allow by identity"},
        {"arn:aws:iam::" HOME ":user/bob", HOME,
         IDENTITY(YES) POLICY(DOC(NOT_TO("{'AWS':['" USER "','" ROOT "']}"))), "ExplicitDeny by resource"},
        {SESSION, HOME, IDENTITY(YES) POLICY(DOC(NOT_TO("{'AWS':['" SESSION "','" ROLE "','" ROOT "']}"))),
         "Allow by identity"},
        {SESSION, HOME, IDENTITY(YES) POLICY(DOC(NOT_TO("{'AWS':['" ROLE "','" ROOT "']}"))),
         "Allow by identity"},
        {USER, HOME, IDENTITY(YES) POLICY(DOC(NOT_TO(AWS(HOME)))), "Allow by identity"},
        {USER, HOME, IDENTITY(YES) POLICY(DOC(NOT_TO(AWS(AWAY)))), "ExplicitDeny by resource"},
        {USER, HOME, IDENTITY(YES) BOUNDARY(YES) POLICY(DOC(NOT_TO(AWS(USER)))), "ExplicitDeny by resource"},
        {"lambda.amazonaws.com", HOME,
         POLICY(DOC(TO("Allow", "'*'") "," NOT_TO("{'Service':'lambda.amazonaws.com'}"))),
         "Allow by resource"},
        {"*", HOME, POLICY(DOC(TO("Allow", "'*'") "," NOT_TO(AWS(USER)))), "ExplicitDeny by resource"},
        /* the root user: no identity policy limits it; SCPs, RCPs, resource policies do */
        {ROOT, HOME, "", "Allow by root"},
        {HOME, HOME, "", "Allow by root"},
        {ROOT, HOME, POLICY(GRANT(USER)), "Allow by root"},
        {ROOT, HOME, POLICY(DOC(TO("Deny", "'*'"))), "ExplicitDeny by resource"},
        {ROOT, HOME, POLICY(DOC(TO("Deny", AWS(HOME)))), "ExplicitDeny by resource"},
        {ROOT, HOME, SCPS("[" YES "," NO "]"), "ExplicitDeny by scp"},
        {ROOT, HOME, SCPS("[" OTHER "]"), "ImplicitDeny by scp"},
        {ROOT, AWAY, "", "ImplicitDeny by resource"},
        {ROOT, AWAY, POLICY(GRANT(HOME)), "Allow by root"},
        /* SCPs: each level must allow */
        {USER, HOME, IDENTITY(YES) SCPS("[" YES "],[" YES "],[" YES "]"), "Allow by identity"},
        {USER, HOME, IDENTITY(YES) SCPS("[" YES "],[" OTHER "],[" YES "]"), "ImplicitDeny by scp"},
        {USER, HOME, IDENTITY(YES) SCPS("[" YES "],[" OTHER "," YES "]"), "Allow by identity"},
        {USER, HOME, IDENTITY(YES) SCPS("[" YES "],[]"), "ImplicitDeny by scp"},
        {USER, HOME, IDENTITY(YES) SCPS("[" YES "],[" YES "," NO "]"), "ExplicitDeny by scp"},
        {USER, HOME, IDENTITY(YES) SCPS(""), "Allow by identity"},
        {USER, HOME, SCPS("[" YES "]"), "ImplicitDeny by identity"},
        {USER, HOME, POLICY(GRANT(USER)) SCPS("[" OTHER "]"), "ImplicitDeny by scp"},
        {LINKED, HOME, IDENTITY(YES) SCPS("[" NO "]"), "Allow by identity"},
        {"lambda.amazonaws.com", HOME,
         POLICY(DOC(TO("Allow", "{'Service':'lambda.amazonaws.com'}"))) SCPS("[" NO "]"),
         "Allow by resource"},
        /* RCPs: bind whoever asks */
        {USER, HOME, IDENTITY(YES) RCPS("[" EVERYONE "]"), "Allow by identity"},
        {USER, HOME, IDENTITY(YES) RCPS("[" EVERYONE "," DOC(TO("Deny", "'*'")) "]"), "ExplicitDeny by rcp"},
        {USER, HOME, IDENTITY(YES) RCPS("[]"), "Allow by identity"}, /* RCPFullAWSAccess is always there */
        {USER, HOME, IDENTITY(YES) RCPS("[" DOC(ELSEWHERE("Deny")) "]"), "Allow by identity"},
        {USER, HOME, IDENTITY(YES) RCPS("[" DOC(ELSEWHERE("Allow")) "]"), "ImplicitDeny by rcp"},
        {USER, HOME, IDENTITY(YES) RCPS("[" EVERYONE "],[" DOC(ELSEWHERE("Allow")) "]"),
         "ImplicitDeny by rcp"},
        {ROOT, HOME, RCPS("[" DOC(TO("Deny", "'*'")) "]"), "ExplicitDeny by rcp"},
        {"*", HOME, POLICY(EVERYONE) RCPS("[" DOC(TO("Deny", "'*'")) "]"), "ExplicitDeny by rcp"},
        {"lambda.amazonaws.com", HOME, POLICY(EVERYONE) RCPS("[" DOC(TO("Deny", "'*'")) "]"),
         "ExplicitDeny by rcp"},
        {LINKED, HOME, IDENTITY(YES) RCPS("[" DOC(TO("Deny", "'*'")) "]"), "Allow by identity"},
        /* two accounts: both must allow */
        {USER, AWAY, IDENTITY(YES), "ImplicitDeny by resource"},
        {USER, AWAY, POLICY(GRANT(USER)), "ImplicitDeny by identity"},
        {USER, AWAY, IDENTITY(YES) POLICY(GRANT(USER)), "Allow by identity"},
        {USER, AWAY, IDENTITY(YES) POLICY(GRANT(HOME)), "Allow by identity"},
        {USER, AWAY, IDENTITY(YES) POLICY(EVERYONE), "Allow by identity"},
        {USER, AWAY, POLICY(EVERYONE), "ImplicitDeny by identity"},
        {USER, AWAY, IDENTITY(YES) POLICY(GRANT(AWAY)), "ImplicitDeny by resource"},
        {USER, AWAY, IDENTITY(YES) BOUNDARY(OTHER) POLICY(GRANT(USER)), "ImplicitDeny by boundary"},
        {SESSION, AWAY, IDENTITY(YES) SESSIONS(OTHER) POLICY(GRANT(SESSION)), "ImplicitDeny by session"},
        {SESSION, AWAY, IDENTITY(YES) POLICY(GRANT(ROLE)), "Allow by identity"},
        {SESSION, AWAY, POLICY(GRANT(ROLE)), "ImplicitDeny by identity"},
        {USER, AWAY, IDENTITY(YES "," NO) POLICY(GRANT(USER)), "ExplicitDeny by identity"},
        {USER, AWAY, IDENTITY(YES) POLICY(DOC(TO("Allow", AWS(USER)) "," TO("Deny", AWS(HOME)))),
         "ExplicitDeny by resource"},
        /* nobody's users: only the resource policy speaks of them */
        {"*", HOME, "", "ImplicitDeny by none"},
        {"anonymous", HOME, POLICY(EVERYONE), "Allow by resource"},
        {"*", HOME, POLICY(GRANT("*")), "Allow by resource"},
        {"*", HOME, POLICY(GRANT(HOME)), "ImplicitDeny by resource"},
        {"*", HOME, IDENTITY(YES), "ImplicitDeny by none"},
        {"lambda.amazonaws.com", HOME, POLICY(DOC(TO("Allow", "{'Service':'lambda.amazonaws.com'}"))),
         "Allow by resource"},
        {"lambda.amazonaws.com", HOME, POLICY(DOC(TO("Allow", "{'Service':['s3.amazonaws.com']}"))),
         "ImplicitDeny by resource"},
        {"lambda.amazonaws.com", HOME, IDENTITY(YES), "ImplicitDeny by none"},
        /* VPC endpoint policies limit, whoever asks; they grant nothing */
        {USER, HOME, IDENTITY(YES) ENDPOINT(EVERYONE), "Allow by identity"},
        {USER, HOME, IDENTITY(YES) ENDPOINT(GRANT("arn:aws:iam::" HOME ":user/bob")),
         "ImplicitDeny by endpoint"},
        {USER, HOME, ENDPOINT(EVERYONE), "ImplicitDeny by identity"},
        {USER, HOME, IDENTITY(YES) ENDPOINT(DOC(TO("Deny", "'*'"))), "ExplicitDeny by endpoint"},
        {ROOT, HOME, ENDPOINT(GRANT(AWAY)), "ImplicitDeny by endpoint"},
        {"*", HOME, POLICY(EVERYONE) ENDPOINT(GRANT(HOME)), "ImplicitDeny by endpoint"},
};

static void test_cases(void **state)
{
        char question[8192];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                (void)snprintf(
                        question, sizeof(question),
                        "{'id':1,'principal':'%s','action':'s3:GetObject','resource':'arn:aws:s3:::b/k',"
                        "'resource_account':'%s'%s}",
                        CASES[i].principal, CASES[i].account, CASES[i].policies);
                if (strcmp(decide(question), CASES[i].expected) != 0)
                        print_error("%s\n", question);
                assert_decision(question, CASES[i].expected);
        }
}

#define KMS(principal, account, policies)                                                                    \
        "{'id':1,'principal':'" principal "','action':'kms:Decrypt','resource':'arn:aws:kms:us-east-1:" HOME \
        ":key/k','resource_account':'" account "'" policies "}"

/* A key's policy must allow; naming the account lets identity policies do so. */
static void test_kms(void **state)
{
        (void)state;
        assert_decision(KMS(USER, HOME, IDENTITY(YES) POLICY(GRANT(HOME))), "Allow by identity");
        assert_decision(KMS(USER, HOME, POLICY(GRANT(HOME))), "ImplicitDeny by identity");
        assert_decision(KMS(USER, HOME, POLICY(GRANT(USER))), "Allow by resource");
        assert_decision(KMS(USER, HOME, IDENTITY(YES) POLICY(GRANT(AWAY))), "ImplicitDeny by resource");
        assert_decision(KMS(ROOT, HOME, POLICY(GRANT(AWAY))), "ImplicitDeny by resource");
        assert_decision(KMS(ROOT, HOME, POLICY(GRANT(HOME))), "Allow by root");
}

#define ASSUME(principal, policies)                                                                          \
        "{'id':1,'principal':'" principal "','action':'sts:AssumeRole','resource':'" ROLE                    \
        "','resource_account':'" HOME "'" policies "}"
#define TRUSTS(who)                                                                                          \
        POLICY("{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':'sts:AssumeRole','Principal'" \
               ":" who "}}")
#define AWAY_USER "arn:aws:iam::" AWAY ":user/eve"

static void test_trust(void **state)
{
        (void)state;
        assert_decision(ASSUME(USER, TRUSTS(AWS(USER))), "Allow by resource");
        assert_decision(ASSUME(USER, TRUSTS(AWS(HOME))), "ImplicitDeny by identity");
        assert_decision(ASSUME(USER, IDENTITY(YES) TRUSTS(AWS(HOME))), "Allow by identity");
        assert_decision(ASSUME(USER, IDENTITY(YES) TRUSTS(AWS(AWAY))), "ImplicitDeny by resource");
        assert_decision(ASSUME(AWAY_USER, IDENTITY(YES) TRUSTS(AWS(AWAY))), "Allow by identity");
        assert_decision(ASSUME(AWAY_USER, TRUSTS(AWS(AWAY_USER))), "ImplicitDeny by identity");
        assert_decision(ASSUME("lambda.amazonaws.com", TRUSTS("{'Service':'lambda.amazonaws.com'}")),
                        "Allow by resource");
        assert_decision(
                "{'id':1,'principal':'accounts.google.com','action':'sts:AssumeRoleWithWebIdentity','"
                "resource':'" ROLE
                "','resource_policy':{'Statement':{'Effect':'Allow','Action':'sts:AssumeRoleWithWebIdentity',"
                "'Principal':{'Federated':'accounts.google.com'},'Condition':{'StringEquals':{"
                "'accounts.google.com:aud':'app'}}}},'context':{'accounts.google.com:aud':'app'}}",
                "Allow by resource");
        assert_decision("{'id':1,'principal':'arn:aws:iam::" HOME
                        ":saml-provider/p','action':'sts:AssumeRoleWithSAML',"
                        "'resource':'" ROLE
                        "','resource_policy':{'Statement':{'Effect':'Allow','Action':'sts:*',"
                        "'Principal':{'Federated':'arn:aws:iam::" HOME ":saml-provider/p'}}}}",
                        "Allow by resource");
}

/* Unique ids: what IAM stores in place of an ARN, so that a new user of an old name is somebody else. */
static void test_unique_ids(void **state)
{
        (void)state;
#define BY_ID(principal, id, userid)                                                                         \
        "{'id':1,'principal':'" principal                                                                    \
        "','action':'s3:GetObject','resource':'*','context':{'aws:userid':'" userid                          \
        "'},'resource_policy':" GRANT(id) ",'boundary':" OTHER "}"
        assert_decision(BY_ID(USER, "AIDAEXAMPLEEXAMPLE01", "AIDAEXAMPLEEXAMPLE01"), "Allow by resource");
        assert_decision(BY_ID(USER, "AIDAEXAMPLEEXAMPLE01", "AIDAEXAMPLEEXAMPLE02"),
                        "ImplicitDeny by identity");
        assert_decision(BY_ID(SESSION, "AROAEXAMPLEEXAMPLE01", "AROAEXAMPLEEXAMPLE01:s1"),
                        "ImplicitDeny by boundary");
        assert_decision(BY_ID(SESSION, "AROAEXAMPLEEXAMPLE01", "AROAEXAMPLEEXAMPLE012:s1"),
                        "ImplicitDeny by identity");
}

/* The example of the cross-account page: Carlos, his role Demo and the production bucket. */
static void test_carlos(void **state)
{
        (void)state;
#define CARLOS(bucket, policy)                                                                               \
        "{'id':1,'principal':'arn:aws:sts::111111111111:assumed-role/Demo/carlos','action':'s3:PutObject',"  \
        "'resource':'arn:aws:s3:::" bucket "/x','resource_account':'222222222222','identity':[" DOC(         \
                "{'Effect':'Allow','Action':'s3:ListAllMyBuckets','Resource':'*'},"                          \
                "{'Effect':'Allow','Action':'s3:*Object*','Resource':'arn:aws:s3:::amzn-s3-demo-bucket-"     \
                "production/*'},"                                                                            \
                "{'Effect':'Deny','Action':'s3:*','Resource':['arn:aws:s3:::*log*','arn:aws:s3:::*log*/"     \
                "*']}") "]" policy "}"
        assert_decision(CARLOS("amzn-s3-demo-bucket-production-logs", ""), "ExplicitDeny by identity");
        assert_decision(CARLOS("amzn-s3-demo-bucket-production",
                               POLICY(DOC("{'Effect':'Allow','Action':['s3:GetObject*','s3:PutObject*'],'"
                                          "Principal':{'AWS':"
                                          "'arn:aws:iam::111111111111:role/Demo'},'Resource':"
                                          "'arn:aws:s3:::amzn-s3-demo-bucket-production/*'}"))),
                        "Allow by identity");
}

/* Shirley of the boundaries page: a boundary grants nothing. */
static void test_shirley(void **state)
{
        (void)state;
        assert_decision(
                "{'id':1,'principal':'arn:aws:iam::123456789012:user/"
                "Shirley','action':'iam:CreateUser','resource':'*',"
                "'identity':[" DOC(ALLOW("iam:CreateUser")) "],'boundary':" DOC(
                        "{'Effect':'Allow','Action':['s3:*','cloudwatch:*','ec2:*'],'Resource':'*'}") "}",
                "ImplicitDeny by boundary");
}

/* A user with a session of GetSessionToken, whose issuer is the user, is still granted to directly; keys may
 * come from a callback. */
static bool find_team(void *arg, struct str name, struct policy_key *ret)
{
        static const struct str RED[] = {STR_INIT("red")};

        (*(int *)arg)++;
        *ret = (struct policy_key){name, RED, str_eq_nocase(name, STR("aws:PrincipalTag/team"))};
        return true;
}

static void test_direct_question(void **state)
{
        char *json = json_of(
                "{'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'AWS':'" USER
                "'},'Action':'*','Resource':'*','Condition':{'StringEquals':{'AWS:PRINCIPALTAG/TEAM':'red',"
                "'a:b':'x'},'Null':{'a:c':'true'}}}]}");
        const struct str x[] = {STR("x")};
        const struct policy_key keys[] = {{STR("A:B"), x, 1}, {STR("a:c"), x, 0}};
        char *limit = json_of(OTHER), problem[POLICY_PROBLEM_MAX];
        struct policy_ref resource = {}, boundary = {};
        struct policy_decision decision;
        int asked = 0;
        struct policy_question question = {
                .principal = {PRINCIPAL_USER, STR(USER), STR(HOME), .issuer_arn = STR(USER)},
                .action = STR("s3:GetObject"),
                .resource = STR("*"),
                .keys = keys,
                .key_count = 2,
                .find_key = find_team,
                .find_arg = &asked,
                .resource_policy = &resource,
                .boundary = &boundary,
        };
        struct policy *policies[2];

        (void)state;
        assert_int_equal(policy_compile(str_of(json), POLICY_RESOURCE, &policies[0], problem), 0);
        assert_int_equal(policy_compile(str_of(limit), POLICY_IDENTITY, &policies[1], problem), 0);
        resource.policy = policies[0];
        boundary.policy = policies[1];
        policy_decide(&question, &decision);
        assert_int_equal(decision.effect, POLICY_ALLOW);
        assert_int_equal(decision.by, POLICY_BY_RESOURCE);
        assert_ptr_equal(decision.policy, &resource);
        assert_int_equal(decision.statement, 0);
        assert_int_equal(asked, 1);
        policy_free(policies[0]);
        policy_free(policies[1]);
        free(json);
        free(limit);
}

/* More statements than fit into one word of the index. */
static void test_many_statements(void **state)
{
        char question[65536];
        size_t n;

        (void)state;
        for (int deny = 0; deny < 200; deny += 63) {
                n = (size_t)snprintf(question, sizeof(question),
                                     "{'id':1,'principal':'" USER
                                     "','action':'s3:GetObject','resource':'*','identity':["
                                     "{'Statement':[");
                for (int i = 0; i < 200; i++)
                        n += (size_t)snprintf(question + n, sizeof(question) - n,
                                              "{'Effect':'%s','%s':['ec2:Run%d','s3:%s*'],'Resource':'*'},",
                                              i == deny ? "Deny" : "Allow",
                                              i == deny ? "NotAction" : "Action", i,
                                              i == deny ? "Put" : "Get");
                (void)snprintf(question + n, sizeof(question) - n,
                               "{'Effect':'Allow','Action':'a:b','Resource':'*'}]}]}");
                assert_decision(question, "ExplicitDeny by identity");
        }
}

/* An action that is none is never allowed, not even to the root user; an unknown principal is refused. */
static void test_nonsense(void **state)
{
        char question[1024], action[512];

        (void)state;
        memset(action, 'a', sizeof(action) - 1);
        action[sizeof(action) - 1] = '\0';
        (void)snprintf(question, sizeof(question),
                       "{'id':1,'principal':'" ROOT "','action':'s3:%s','resource':'*'}", action);
        assert_decision(question, "ImplicitDeny by none");
        assert_decision("{'id':1,'principal':'arn:aws:iam::" HOME ":group/g','action':'s3:x','resource':'*'}",
                        "principal: is no ARN, account, service or \"*\"");
        assert_decision("{'id':1,'principal':'arn:aws:iam::1:user/g','action':'s3:x','resource':'*'}",
                        "principal: is no ARN, account, service or \"*\"");
        assert_decision("{'id':1,'principal':'alice','action':'s3:x','resource':'*'}",
                        "principal: is no ARN, account, service or \"*\"");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),           cmocka_unit_test(test_kms),
                cmocka_unit_test(test_trust),           cmocka_unit_test(test_unique_ids),
                cmocka_unit_test(test_carlos),          cmocka_unit_test(test_shirley),
                cmocka_unit_test(test_nonsense),        cmocka_unit_test(test_direct_question),
                cmocka_unit_test(test_many_statements),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
