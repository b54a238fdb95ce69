/* Which documents are policies, and what AWS says of the others. */
#include "support.h"

struct grammar_case {
        enum policy_kind kind;
        const char *document;
        const char *problem; /* NULL: a good policy */
};

#define S(statement)  "{'Version':'2012-10-17','Statement':[" statement "]}"
#define ALLOW         "{'Effect':'Allow','Action':'s3:*','Resource':'*'}"
#define WITH(element) "{'Effect':'Allow','Action':'s3:*','Resource':'*'," element "}"
#define ACTION(a)     "{'Effect':'Allow','Resource':'*','Action':" a "}"
#define RESOURCE(r)   "{'Effect':'Allow','Action':'s3:*','Resource':" r "}"
#define PRINCIPAL(p)  "{'Effect':'Allow','Action':'s3:*','Resource':'*','Principal':" p "}"
#define TRUST(a, p)   "{'Effect':'Allow','Action':" a ",'Principal':" p "}"
#define IAM_PATH                                                                                             \
        "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, "       \
        "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, "  \
        "report/, access-report/."
#define SYNTAX "Syntax errors in policy."
#define VENDOR "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."

static const struct grammar_case CASES[] = {
        /* the document */
        {POLICY_IDENTITY, S(ALLOW), NULL},
        {POLICY_IDENTITY, "\n  {'Statement':" ALLOW "}", NULL},
        {POLICY_IDENTITY, "{'Version':'2008-10-17','Id':'x','Statement':" ALLOW "}", NULL},
        {POLICY_IDENTITY, S(ALLOW "," ALLOW), NULL},
        {POLICY_IDENTITY, "", SYNTAX},
        {POLICY_IDENTITY, "[]", SYNTAX},
        {POLICY_IDENTITY, "{", SYNTAX},
        {POLICY_IDENTITY, "{'Version':'2012-10-17'}", SYNTAX},
        {POLICY_IDENTITY, "{'Version':'2012-10-17','Statement':[]}", SYNTAX},
        {POLICY_IDENTITY, "{'Version':'2012-10-18','Statement':" ALLOW "}", SYNTAX},
        {POLICY_IDENTITY, "{'Version':20121017,'Statement':" ALLOW "}", SYNTAX},
        {POLICY_IDENTITY, "{'version':'2012-10-17','Statement':" ALLOW "}", SYNTAX},
        {POLICY_IDENTITY, "{'Statement':" ALLOW ",'Statement':" ALLOW "}", SYNTAX},
        {POLICY_IDENTITY, S(ALLOW) "x", SYNTAX},
        {POLICY_IDENTITY, S("'x'"), SYNTAX},
        /* Sid */
        {POLICY_IDENTITY, S(WITH("'Sid':'Az09'")), NULL},
        {POLICY_IDENTITY, S(WITH("'Sid':''") "," WITH("'Sid':''")), NULL},
        {POLICY_IDENTITY, S(WITH("'Sid':1")), SYNTAX},
        {POLICY_IDENTITY, S(WITH("'Sid':'a b'")),
         "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
         "[0-9A-Za-z]*"},
        {POLICY_IDENTITY, S(WITH("'Sid':'a'") "," WITH("'Sid':'a'")),
         "Statement IDs (SID) in a single policy must be unique."},
        {POLICY_IDENTITY, S(WITH("'Sid':'a'") "," WITH("'Sid':'A'")), NULL},
        {POLICY_RESOURCE, S("{'Sid':'a b','Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}"),
         NULL},
        /* Effect and unknown elements */
        {POLICY_IDENTITY, S("{'Action':'s3:*','Resource':'*'}"), SYNTAX},
        {POLICY_IDENTITY, S("{'Effect':'allow','Action':'s3:*','Resource':'*'}"), SYNTAX},
        {POLICY_IDENTITY, S("{'Effect':['Allow'],'Action':'s3:*','Resource':'*'}"), SYNTAX},
        {POLICY_IDENTITY, S(WITH("'Bogus':'x'")), SYNTAX},
        {POLICY_IDENTITY, S("{'Effect':'Allow','Effect':'Deny','Action':'s3:*','Resource':'*'}"), SYNTAX},
        /* Action */
        {POLICY_IDENTITY, S(ACTION("'*'")), NULL},
        {POLICY_IDENTITY, S(ACTION("['s3:Get*','EC2:*','execute-api:Invoke?']")), NULL},
        {POLICY_IDENTITY, S("{'Effect':'Allow','NotAction':'iam:*','Resource':'*'}"), NULL},
        {POLICY_IDENTITY, S("{'Effect':'Allow','Resource':'*'}"), "Policy statement must contain actions."},
        {POLICY_IDENTITY, S(ACTION("[]")), "Policy statement must contain actions."},
        {POLICY_IDENTITY, S(ACTION("1")), SYNTAX},
        {POLICY_IDENTITY, S(ACTION("['s3:*',1]")), SYNTAX},
        {POLICY_IDENTITY, S("{'Effect':'Allow','Action':'a:b','NotAction':'a:b','Resource':'*'}"), SYNTAX},
        {POLICY_IDENTITY, S(ACTION("'GetObject'")), VENDOR},
        {POLICY_IDENTITY, S(ACTION("'**'")), VENDOR},
        {POLICY_IDENTITY, S(ACTION("''")), VENDOR},
        {POLICY_IDENTITY, S(ACTION("'s3:Get:Object'")), "Actions/Condition can contain only one colon."},
        {POLICY_IDENTITY, S(ACTION("'s 3:GetObject'")), "Vendor s 3 is not valid"},
        {POLICY_IDENTITY, S(ACTION("['*:*','*:Get*','*:GetObject']")), NULL},
        {POLICY_IDENTITY, S(ACTION("'s*:GetObject'")), "Vendor s* is not valid"},
        {POLICY_IDENTITY, S(ACTION("':GetObject'")), "Vendor  is not valid"},
        /* Resource */
        {POLICY_IDENTITY, S(RESOURCE("['*','arn:aws:s3:::b/*']")), NULL},
        {POLICY_IDENTITY, S("{'Effect':'Deny','Action':'s3:*','NotResource':'arn:aws:s3:::b'}"), NULL},
        {POLICY_IDENTITY, S("{'Effect':'Allow','Action':'s3:*'}"),
         "Policy statement must contain resources."},
        {POLICY_IDENTITY, S(RESOURCE("[]")), "Policy statement must contain resources."},
        {POLICY_KEY, S("{'Effect':'Allow','Principal':'*','Action':'kms:*'}"), NULL},
        {POLICY_KEY, S("{'Effect':'Allow','Principal':'*','Resource':'*'}"), NULL},
        {POLICY_KEY, S("{'Effect':'Allow','Action':'kms:*','Resource':'*'}"),
         "Missing required field Principal"},
        {POLICY_RESOURCE, S("{'Effect':'Allow','Principal':'*','Action':'kms:*'}"),
         "Policy statement must contain resources."},
        {POLICY_IDENTITY, S(RESOURCE("{}")), SYNTAX},
        {POLICY_IDENTITY, S(RESOURCE("'bucket'")), "Resource bucket must be in ARN format or \"*\"."},
        {POLICY_IDENTITY, S(RESOURCE("''")), "Resource  must be in ARN format or \"*\"."},
        {POLICY_IDENTITY, S(RESOURCE("'arn:bogus:s3:::b'")),
         "Partition \"bogus\" is not valid for resource \"arn:bogus:s3:::b\"."},
        {POLICY_IDENTITY, S(RESOURCE("'arn:*:s3:::b'")), NULL},
        {POLICY_IDENTITY, S(RESOURCE("'arn:aws-us-gov:s3:::b'")), NULL},
        {POLICY_IDENTITY, S(RESOURCE("'arn:aws:s*:::b'")),
         "Resource vendor must be fully qualified and cannot contain regexes."},
        {POLICY_IDENTITY, S(RESOURCE("'arn:aws:sqs'")), NULL},
        {POLICY_SESSION, S(RESOURCE("'arn:aws:sqs'")), "The policy failed legacy parsing"},
        {POLICY_IDENTITY, S(RESOURCE("'arn:aws:iam:us-east-1:123456789012:user/x'")),
         "IAM resource arn:aws:iam:us-east-1:123456789012:user/x cannot contain region information."},
        {POLICY_IDENTITY, S(RESOURCE("'arn:aws:iam::123456789012:thing/x'")), IAM_PATH},
        {POLICY_IDENTITY, S(RESOURCE("'arn:aws:iam::123456789012:user/${aws:username}'")), NULL},
        {POLICY_IDENTITY, S(RESOURCE("'arn:aws:iam::${aws:PrincipalAccount}:role/x'")), NULL},
        {POLICY_IDENTITY, S(RESOURCE("'arn:aws:iam::*:*'")), NULL},
        {POLICY_IDENTITY, S(RESOURCE("'arn:aws:s3:us-east-1::b'")),
         "Resource arn:aws:s3:us-east-1::b can not contain region information."},
        {POLICY_IDENTITY, S(RESOURCE("'arn:aws:s3:us-east-1:123456789012:accesspoint/a'")), NULL},
        {POLICY_IDENTITY, S(RESOURCE("'arn:aws:s3:*:*:*'")), NULL},
        {POLICY_TRUST, "assume-role-policy.json", "This policy contains invalid Json"},
        {POLICY_RESOURCE, S(PRINCIPAL("'*'")), NULL},
        /* Principal */
        {POLICY_IDENTITY, S(PRINCIPAL("'*'")), "Policy document should not specify a principal."},
        {POLICY_SESSION, S(PRINCIPAL("'*'")), "Policy document should not specify a principal."},
        {POLICY_SCP, S(PRINCIPAL("'*'")), "Policy document should not specify a principal."},
        {POLICY_RESOURCE, S(ALLOW), "Missing required field Principal"},
        {POLICY_RESOURCE, S(PRINCIPAL("'arn:aws:iam::123456789012:root'")), "Invalid principal in policy."},
        {POLICY_RESOURCE, S(PRINCIPAL("['*']")), SYNTAX},
        {POLICY_RESOURCE, S(PRINCIPAL("{}")), "Invalid principal in policy."},
        {POLICY_RESOURCE, S(PRINCIPAL("{'aws':'123456789012'}")), SYNTAX},
        {POLICY_RESOURCE, S(PRINCIPAL("{'AWS':['123456789012','*','arn:aws:iam::123456789012:root']}")),
         NULL},
        {POLICY_RESOURCE, S(PRINCIPAL("{'AWS':'arn:aws:iam::123456789012:user/a/b'}")), NULL},
        {POLICY_RESOURCE, S(PRINCIPAL("{'AWS':'arn:aws:iam::123456789012:role/r'}")), NULL},
        {POLICY_RESOURCE, S(PRINCIPAL("{'AWS':'arn:aws:sts::123456789012:assumed-role/r/s'}")), NULL},
        {POLICY_RESOURCE, S(PRINCIPAL("{'AWS':'arn:aws:sts::123456789012:federated-user/f'}")), NULL},
        {POLICY_RESOURCE, S(PRINCIPAL("{'AWS':'AROAEXAMPLEID1234567'}")), NULL},
        {POLICY_RESOURCE, S(PRINCIPAL("{'AWS':'arn:aws:iam::cloudfront:user/CloudFront Origin E1'}")), NULL},
        {POLICY_RESOURCE,
         S(PRINCIPAL("{'CanonicalUser':'79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8'}")), NULL},
        {POLICY_RESOURCE, S(PRINCIPAL("{'Service':['lambda.amazonaws.com']}")), NULL},
        {POLICY_RESOURCE, S(PRINCIPAL("{'Service':'*'}")), "Invalid principal in policy: \"SERVICE\":\"*\""},
        {POLICY_RESOURCE, S(PRINCIPAL("{'AWS':'arn:aws:iam::123456789012:user/*'}")),
         "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:user/*\""},
        {POLICY_RESOURCE, S(PRINCIPAL("{'AWS':'arn:aws:iam::123456789012:group/g'}")),
         "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:group/g\""},
        {POLICY_RESOURCE, S(PRINCIPAL("{'AWS':'arn:aws:iam::12345:root'}")),
         "Invalid principal in policy: \"AWS\":\"arn:aws:iam::12345:root\""},
        {POLICY_RESOURCE, S(PRINCIPAL("{'AWS':'arn:aws:sts::123456789012:assumed-role/r'}")),
         "Invalid principal in policy: \"AWS\":\"arn:aws:sts::123456789012:assumed-role/r\""},
        {POLICY_RESOURCE, S(PRINCIPAL("{'Federated':'evil.example'}")),
         "Invalid principal in policy: \"FEDERATED\":\"evil.example\""},
        {POLICY_RESOURCE,
         S("{'Effect':'Deny','Action':'s3:*','Resource':'*','NotPrincipal':{'AWS':'123456789012'}}"), NULL},
        {POLICY_RESOURCE,
         S("{'Effect':'Allow','Action':'s3:*','Resource':'*','NotPrincipal':{'AWS':'123456789012'}}"),
         "Allow with NotPrincipal is not allowed."},
        {POLICY_ENDPOINT, S(PRINCIPAL("'*'")), NULL},
        /* trust policies */
        {POLICY_TRUST, S(TRUST("'sts:AssumeRole'", "{'AWS':'123456789012'}")), NULL},
        {POLICY_TRUST,
         S(TRUST("['sts:AssumeRoleWithWebIdentity','sts:TagSession']",
                 "{'Federated':'accounts.google.com'}")),
         NULL},
        {POLICY_TRUST,
         S(TRUST("'sts:AssumeRoleWithSAML'", "{'Federated':'arn:aws:iam::123456789012:saml-provider/p'}")),
         NULL},
        {POLICY_TRUST, S(TRUST("'sts:TagSessions'", "{'AWS':'123456789012'}")),
         "AssumeRole policy may only specify STS AssumeRole actions."},
        {POLICY_TRUST, S(TRUST("'s3:GetObject'", "{'AWS':'123456789012'}")),
         "AssumeRole policy may only specify STS AssumeRole actions."},
        {POLICY_TRUST, S(PRINCIPAL("'*'")), "AssumeRole policy may only specify STS AssumeRole actions."},
        {POLICY_TRUST, S("{'Effect':'Allow','Action':'sts:AssumeRole','Principal':'*','Resource':'*'}"),
         "Has prohibited field Resource"},
        {POLICY_TRUST, S("{'Effect':'Deny','Action':'sts:AssumeRole','NotPrincipal':'*'}"),
         "Has prohibited field NotPrincipal"},
        {POLICY_TRUST, S("{'Effect':'Allow','Action':'sts:AssumeRole'}"), "Missing required field Principal"},
        /* organizations */
        {POLICY_SCP, S(ALLOW), NULL},
        {POLICY_SCP, S("{'Effect':'Allow','NotAction':'iam:*','Resource':'*'}"), NULL},
        {POLICY_RCP, S("{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'*'}"), NULL},
        {POLICY_RCP, S(ALLOW), "Missing required field Principal"},
        {POLICY_RCP, S("{'Effect':'Deny','Principal':{'AWS':'123456789012'},'Action':'s3:*','Resource':'*'}"),
         "The Principal of a resource control policy must be \"*\"."},
        {POLICY_RCP, S("{'Effect':'Deny','Principal':'*','NotAction':'s3:*','Resource':'*'}"),
         "Has prohibited field NotAction"},
        /* Condition */
        {POLICY_IDENTITY, S(WITH("'Condition':{}")), NULL},
        {POLICY_IDENTITY, S(WITH("'Condition':{'StringEquals':{'aws:x':['a','b']},'Bool':{'aws:y':true}}")),
         NULL},
        {POLICY_IDENTITY,
         S(WITH("'Condition':{'NumericLessThan':{'s3:max-keys':10},'NumericEquals':{'a:b':1.5}}")), NULL},
        {POLICY_IDENTITY, S(WITH("'Condition':{'ForAllValues:StringLikeIfExists':{'aws:x':'a'}}")), NULL},
        {POLICY_IDENTITY, S(WITH("'Condition':{'Null':{'aws:x':false}}")), NULL},
        {POLICY_IDENTITY, S(WITH("'Condition':{'NullIfExists':{'aws:x':'true'}}")), SYNTAX},
        {POLICY_IDENTITY, S(WITH("'Condition':{'StringMatches':{'aws:x':'a'}}")), SYNTAX},
        {POLICY_IDENTITY, S(WITH("'Condition':{'stringequals':{'aws:x':'a'}}")), SYNTAX},
        {POLICY_IDENTITY, S(WITH("'Condition':{'ForSomeValues:StringEquals':{'aws:x':'a'}}")), SYNTAX},
        {POLICY_IDENTITY, S(WITH("'Condition':{'StringEquals':'a'}")), SYNTAX},
        {POLICY_IDENTITY, S(WITH("'Condition':{'StringEquals':{'aws:x':{}}}")), SYNTAX},
        {POLICY_IDENTITY, S(WITH("'Condition':{'StringEquals':{'aws:x':null}}")), SYNTAX},
        {POLICY_IDENTITY, S(WITH("'Condition':{'StringEquals':{'':'a'}}")), SYNTAX},
        {POLICY_IDENTITY, S(WITH("'Condition':{'StringEquals':{'aws:x':[]}}")), SYNTAX},
        {POLICY_IDENTITY, S(WITH("'Condition':[]")), SYNTAX},
};

static void test_documents(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                char *json = json_of(CASES[i].document), problem[POLICY_PROBLEM_MAX];
                struct policy *policy;
                int r = policy_compile(str_of(json), CASES[i].kind, &policy, problem);

                if (strcmp(problem, CASES[i].problem ? CASES[i].problem : "") != 0)
                        print_error("document: %s\n", json);
                assert_string_equal(problem, CASES[i].problem ? CASES[i].problem : "");
                assert_int_equal(r, CASES[i].problem ? -EINVAL : 0);
                assert_true((policy != NULL) == (r == 0));
                if (policy)
                        assert_true(str_eq(policy_document(policy), str_of(json)));
                policy_free(policy);
                free(json);
        }
}

static void test_version(void **state)
{
        char problem[POLICY_PROBLEM_MAX], *json = json_of(S(WITH("'Sid':'One'")));
        struct policy *policy;

        (void)state;
        assert_int_equal(policy_compile(str_of(json), POLICY_IDENTITY, &policy, problem), 0);
        assert_true(policy_is_version_2012(policy));
        assert_int_equal(policy_statement_count(policy), 1);
        assert_true(str_eq(policy_statement_sid(policy, 0), STR("One")));
        assert_false(str_is_set(policy_statement_sid(policy, 1)));
        policy_free(policy);
        free(json);
        json = json_of("{'Statement':" ALLOW "}");
        assert_int_equal(policy_compile(str_of(json), POLICY_IDENTITY, &policy, problem), 0);
        assert_false(policy_is_version_2012(policy));
        policy_free(policy);
        free(json);
}

/* A text that does not fit is cut between characters. */
static void test_long_problem(void **state)
{
        char document[2048], problem[POLICY_PROBLEM_MAX];
        struct policy *policy;
        size_t n;

        (void)state;
        n = (size_t)snprintf(document, sizeof(document),
                             "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"x");
        for (int i = 0; i < 600; i++)
                n += (size_t)snprintf(document + n, sizeof(document) - n, "\xC3\xBC");
        (void)snprintf(document + n, sizeof(document) - n, "\"}}");
        assert_int_equal(policy_compile(str_of(document), POLICY_IDENTITY, &policy, problem), -EINVAL);
        assert_true(strlen(problem) > POLICY_PROBLEM_MAX - 4);
        assert_int_equal((unsigned char)problem[strlen(problem) - 1], 0xBC);
}

static void test_bad_bytes(void **state)
{
        static const struct str DOCUMENTS[] = {
                STR_INIT("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"arn:aws:s3::"
                         ":\xFF\"}}"),
                STR_INIT("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"arn:aws:s3::"
                         ":\\u0000\"}}"),
                STR_INIT("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"*\"}}\0"),
                STR_INIT("\xEF\xBB\xBF{}"),
        };
        char problem[POLICY_PROBLEM_MAX];
        struct policy *policy;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(DOCUMENTS); i++)
                assert_int_equal(policy_compile(DOCUMENTS[i], POLICY_IDENTITY, &policy, problem), -EINVAL);
        assert_int_equal(policy_compile(STR_NONE, POLICY_IDENTITY, &policy, problem), -EINVAL);
}

static void test_nesting(void **state)
{
        char *deep = malloc(200001), problem[POLICY_PROBLEM_MAX];
        struct policy *policy;

        (void)state;
        assert_non_null(deep);
        memset(deep, '[', 200000);
        assert_int_equal(policy_compile(str_make(deep, 200000), POLICY_IDENTITY, &policy, problem), -EINVAL);
        free(deep);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_documents),    cmocka_unit_test(test_version),
                cmocka_unit_test(test_long_problem), cmocka_unit_test(test_bad_bytes),
                cmocka_unit_test(test_nesting),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
