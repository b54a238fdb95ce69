/* Wildcards, and how far they reach in Action and Resource.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html */
#include "support.h"

#include "policy/glob.h"
#include "policy/pattern.h"

struct pattern_case {
        const char *pattern, *text;
        bool match;
};

static const struct pattern_case RESOURCES[] = {
        {"*", "arn:aws:s3:::b", true},
        {"*", "*", true},
        {"arn:aws:s3:::b", "*", false},
        {"arn:aws:s3:::b", "arn:aws:s3:::b", true},
        {"arn:aws:s3:::b", "arn:aws:s3:::B", false},
        {"arn:aws:iam::111122223333:user/Bob", "arn:aws:iam::111122223333:user/bob", false},
        {"arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b/c", true},
        {"arn:aws:s3:::b/*", "arn:aws:s3:::b", false},
        {"arn:aws:s3:::b/*", "arn:aws:s3:::b/x:y", true},
        /* the page's own lists */
        {"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/test/object.jpg", true},
        {"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/2/test/object.jpg", true},
        {"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/2/test/3/object.jpg", true},
        {"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/2/3/test/4/object.jpg", true},
        {"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1///test///object.jpg", true},
        {"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/test/.jpg", true},
        {"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket//test/object.jpg", true},
        {"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/test/", true},
        {"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1-test/object.jpg", false},
        {"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/test/object.jpg", false},
        {"arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/2/test.jpg", false},
        /* segments */
        {"arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:us-east-1:111122223333:instance/i-1", true},
        {"arn:aws:ec2:us-*-1:*:instance/*", "arn:aws:ec2:us-east-1:111122223333:instance/i-1", true},
        {"arn:aws:ec2:us-east-?:*:instance/*", "arn:aws:ec2:us-east-1:111122223333:instance/i-1", true},
        {"arn:aws:logs:us*3:log-group:g", "arn:aws:logs:us-east-1:111122223333:log-group:g", false},
        {"arn:aws:logs:us-*:log-group:g:s", "arn:aws:logs:us-east-1:111122223333:log-group:g:s", true},
        {"arn:aws:logs:us-east-1?111122223333:log-group:g:s",
         "arn:aws:logs:us-east-1:111122223333:log-group:g:s", false},
        {"arn:aws:logs:us-east-1:111122223333:log-group?g:*",
         "arn:aws:logs:us-east-1:111122223333:log-group:g:s", true},
        {"arn:aws:logs:us-east-1:111122223333:log-group:*:s",
         "arn:aws:logs:us-east-1:111122223333:log-group:g:h:s", true},
        /* "AWS automatically completes the ARN by adding wildcard characters (*) to all missing fields" */
        {"arn:aws:sqs", "arn:aws:sqs:us-east-1:111122223333:q", true},
        {"arn:aws:sqs", "arn:aws:sns:us-east-1:111122223333:q", false},
        {"arn:aws:s3:*", "arn:aws:s3:::b/k", true},
        {"arn:aws:sqs:us-east-1", "arn:aws:sqs:us-east-2:111122223333:q", false},
        {"arn:*", "arn:aws-cn:sqs:us-east-1:111122223333:q", true},
        /* variables: the user is alice */
        {"arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/alice/k", true},
        {"arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/bob/k", false},
        {"arn:aws:s3:::b/${aws:none}*", "arn:aws:s3:::b/", false},
        {"arn:aws:s3:::b-${aws:none, `company-wide`}", "arn:aws:s3:::b-company-wide", true},
        {"arn:aws:s3:::b/${aws:none, `*`}", "arn:aws:s3:::b/x", false},
        {"arn:*:kms:*:${aws:PrincipalAccount}:key/*", "arn:aws:kms:us-east-1:111122223333:key/k", true},
        {"arn:*:kms:*:${aws:PrincipalAccount}:key/*", "arn:aws:kms:us-east-1:444455556666:key/k", false},
        {"arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", true},
        {"arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", false},
        {"arn:aws:s3:::b/?", "arn:aws:s3:::b/\xE4\xB8\xAD", true},
        {"arn:aws:s3:::b/??", "arn:aws:s3:::b/\xE4\xB8\xAD", false},
        {"arn:aws:s3:::b/*?c",
         "arn:aws:s3:::b/\xE4\xB8\xAD"
         "c",
         true},
};

static const struct pattern_case ACTIONS[] = {
        {"*", "s3:GetObject", true},
        {"s3:*", "s3:GetObject", true},
        {"S3:GETOBJECT", "s3:GetObject", true},
        {"s3:Get*", "s3:getobject", true},
        {"s3:?etObject", "s3:GetObject", true},
        {"s3:*Object", "s3:GetObject", true},
        {"s3:G*t*ct", "s3:GetObject", true},
        {"s3:Get", "s3:GetObject", false},
        {"s3:GetObject?", "s3:GetObject", false},
        {"s3-outposts:*", "s3:GetObject", false},
        {"s3:*", "s3-outposts:GetObject", false},
        {"iam:*", "s3:GetObject", false},
        {"s3:GetObject", "s3:GetObjectAcl", false},
        {"*:*", "s3:GetObject", true},
        {"*:Get*", "s3:GetObject", true},
        {"*:GetObject", "s3:GetObject", true},
        {"*:PutObject", "s3:GetObject", false},
};

static void check(const char *action, const struct pattern_case *c, const char *request_action)
{
        const char *expected = c->match ? "Allow by identity" : "ImplicitDeny by identity";
        char question[2048];

        (void)snprintf(
                question, sizeof(question),
                "{'id':1,'principal':'arn:aws:iam::111122223333:user/alice','action':'%s','resource':'%s',"
                "'resource_account':'111122223333','identity':[{'Version':'2012-10-17','Statement':"
                "{'Effect':'Allow','Action':'%s','Resource':'%s'}}]}",
                request_action ? request_action : c->text, request_action ? c->text : "*", action,
                request_action ? c->pattern : "*");
        if (strcmp(decide(question), expected) != 0)
                print_error("%s\n", question);
        assert_decision(question, expected);
}

static void test_resources(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(RESOURCES); i++)
                check("*", &RESOURCES[i], "s3:GetObject");
}

static void test_actions(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ACTIONS); i++)
                check(ACTIONS[i].pattern, &ACTIONS[i], NULL);
}

/* A resource whose variable has no value matches nothing: NotResource then speaks of everything. */
static void test_not_resource(void **state)
{
        (void)state;
#define NOT_RESOURCE(pattern)                                                                                \
        "{'id':1,'principal':'arn:aws:iam::111122223333:user/alice','action':'s3:GetObject','resource':"     \
        "'arn:aws:s3:::b','identity':[{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':'*',"   \
        "'NotResource':" pattern "}}]}"
        assert_decision(NOT_RESOURCE("'arn:aws:s3:::b'"), "ImplicitDeny by identity");
        assert_decision(NOT_RESOURCE("['arn:aws:s3:::a','arn:aws:s3:::?']"), "ImplicitDeny by identity");
        assert_decision(NOT_RESOURCE("'arn:aws:s3:::c'"), "Allow by identity");
        assert_decision(NOT_RESOURCE("'arn:aws:s3:::${aws:none}'"), "Allow by identity");
}

static void test_wildcard_match(void **state)
{
        (void)state;
        assert_true(policy_wildcard_match(STR("a*b?c"), STR("aXXbYc"), false));
        assert_false(policy_wildcard_match(STR("a*b?c"), STR("AxxBYC"), false));
        assert_true(policy_wildcard_match(STR("a*b?c"), STR("AxxBYC"), true));
        assert_true(policy_wildcard_match(STR("**"), STR(""), false));
        assert_false(policy_wildcard_match(STR("?"), STR(""), false));
        assert_true(policy_wildcard_match(STR(""), STR(""), false));
}

/* A pattern that makes naive matchers take forever ends at once; the work is counted by not hanging here. */
static void test_adversary(void **state)
{
        char pattern[6000], text[8000];

        (void)state;
        for (size_t i = 0; i < sizeof(pattern); i++)
                pattern[i] = i % 2 ? 'a' : '*';
        pattern[sizeof(pattern) - 1] = 'b';
        memset(text, 'a', sizeof(text));
        assert_false(policy_wildcard_match(str_make(pattern, sizeof(pattern)), str_make(text, sizeof(text)),
                                           false));
        for (size_t i = 0; i < sizeof(pattern); i++)
                pattern[i] = i % 2 ? 'a' : (char)GLOB_MANY_NARROW;
        pattern[sizeof(pattern) - 1] = 'b';
        assert_false(glob_match_narrow(str_make(pattern, sizeof(pattern)), str_make(text, sizeof(text))));
}

/* The bytes that mean wildcards inside cannot be brought in from outside. */
static void test_wildcard_bytes(void **state)
{
        static const struct str VALUE[] = {STR_INIT("\xF8")};
        static const struct policy_key KEYS[] = {{STR_INIT("k:y"), VALUE, 1}};
        const struct policy_question question = {.keys = KEYS, .key_count = 1};
        struct pattern pattern;
        struct arena arena;

        (void)state;
        arena_init(&arena, 4096);
        assert_int_equal(
                pattern_compile(&arena, STR("a${k:y}"), PATTERN_VARIABLES | PATTERN_WILDCARDS, &pattern), 0);
        assert_false(pattern_match(&pattern, STR("abc"), &question));
        assert_false(pattern_match(&pattern, STR("a\xF8"), &question));
        arena_done(&arena);
}

/* Whatever expands to more than a match could ever need matches nothing. */
static void test_long_value(void **state)
{
        static char bytes[PATTERN_EXPANDED_MAX + 1];
        const struct str value[] = {{bytes, sizeof(bytes)}};
        const struct policy_key keys[] = {{STR("k:y"), value, 1}};
        const struct policy_question question = {.keys = keys, .key_count = 1};
        struct pattern pattern;
        struct arena arena;

        (void)state;
        memset(bytes, 'x', sizeof(bytes));
        arena_init(&arena, 4096);
        assert_int_equal(pattern_compile(&arena, STR("${k:y}"), PATTERN_VARIABLES, &pattern), 0);
        assert_false(pattern_match(&pattern, value[0], &question));
        arena_done(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_resources),    cmocka_unit_test(test_actions),
                cmocka_unit_test(test_not_resource), cmocka_unit_test(test_wildcard_match),
                cmocka_unit_test(test_adversary),    cmocka_unit_test(test_wildcard_bytes),
                cmocka_unit_test(test_long_value),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
