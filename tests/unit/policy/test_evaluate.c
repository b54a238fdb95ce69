/* `merlon policy evaluate` and what it fills in. */
#include "support.h"

#include "cli/policy_evaluate.h"

static void check_stream(const char *quoted, int status, const char *quoted_answers)
{
        char *input = json_of(quoted), *expected = json_of(quoted_answers), *output = NULL;
        size_t size = 0;
        FILE *in = fmemopen(input, strlen(input), "r"), *out = open_memstream(&output, &size);

        assert_non_null(in);
        assert_non_null(out);
        assert_int_equal(cli_policy_evaluate(in, out), status);
        (void)fclose(in);
        (void)fclose(out);
        assert_string_equal(output, expected);
        free(output);
        free(expected);
        free(input);
}

#define ASK(id, rest)                                                                                        \
        "{'id':" id ",'principal':'arn:aws:iam::111122223333:user/team/alice','action':'s3:GetObject',"      \
        "'resource':'arn:aws:s3:::b','resource_account':'111122223333'" rest "}"
#define ALLOW_TWICE                                                                                          \
        "{'Statement':[{'Sid':'A','Effect':'Allow','Action':'s3:*','Resource':'*'},{'Effect':'Allow','"      \
        "Action':'*','Resource':'*'}]}"
#define DENY                                                                                                 \
        "{'Statement':[{'Effect':'Allow','Action':'*','Resource':'*'},{'Sid':'D','Effect':'Deny','Action':'" \
        "s3:Get*','Resource':'*'}]}"

static void test_stream(void **state)
{
        (void)state;
        check_stream(ASK("'one'", ",'identity':[" ALLOW_TWICE
                                  "]") "\n\n" ASK("2", ",'identity':[" ALLOW_TWICE "," DENY "],'scps':[[" DENY
                                                       "]]") "\r\n" ASK("null", ""),
                     0,
                     "{'id':'one','decision':'Allow','by':'identity','statements':["
                     "{'type':'identity','policy':0,'index':0,'sid':'A','effect':'Allow'},"
                     "{'type':'identity','policy':0,'index':1,'effect':'Allow'}]}\n"
                     "{'id':2,'decision':'ExplicitDeny','by':'scp','statements':["
                     "{'type':'scp','level':0,'policy':0,'index':1,'sid':'D','effect':'Deny'},"
                     "{'type':'identity','policy':1,'index':1,'sid':'D','effect':'Deny'}]}\n"
                     "{'id':null,'decision':'ImplicitDeny','by':'identity','statements':[]}\n");
        check_stream(" ", 0, "");
}

/* One bad line is answered and costs the exit status, not the lines behind it. */
static void test_bad_lines(void **state)
{
        (void)state;
#define NONE "'decision':'ImplicitDeny','by':'none','statements':[],'error':"
        check_stream("nonsense\n" ASK("1", ",'identity':[" ALLOW_TWICE "]") "\n", 1,
                     "{'id':null," NONE "'question: is not JSON'}\n"
                     "{'id':1,'decision':'Allow','by':'identity','statements':["
                     "{'type':'identity','policy':0,'index':0,'sid':'A','effect':'Allow'},"
                     "{'type':'identity','policy':0,'index':1,'effect':'Allow'}]}\n");
        check_stream("[]", 1, "{'id':null," NONE "'question: must be a JSON object'}\n");
        check_stream("{'id':7}", 1, "{'id':7," NONE "'principal: is missing'}\n");
        check_stream(ASK("1", ",'identity':[{'Statement':[]}]"), 1,
                     "{'id':1," NONE "'identity: Syntax errors in policy.'}\n");
        check_stream(ASK("1", ",'boundry':" DENY), 1,
                     "{'id':1," NONE "'unknown member: is none of a question`s'}\n");
        check_stream(ASK("1", ",'scps':{}"), 1, "{'id':1," NONE "'scps: must be a list of levels'}\n");
        check_stream(ASK("1", ",'context':{'a:b':[{}]}"), 1,
                     "{'id':1," NONE "'context: a value must be a string, number or boolean'}\n");
        check_stream(ASK("1", ",'context':[]"), 1, "{'id':1," NONE "'context: must be an object'}\n");
        check_stream(ASK("1", ",'identity':[{'Statement':{'Effect':'Allow','Effect':'Deny'}}]"), 1,
                     "{'id':1," NONE "'question: has a name twice in one object'}\n");
        check_stream("{'id':5", 1, "{'id':null," NONE "'question: is not JSON'}\n");
}

#define KEYED(principal, rest, key, value)                                                                   \
        "{'id':1,'principal':'" principal "','action':'s3:GetObject','resource':'arn:aws:sqs:us-east-1:"     \
        "444455556666:q'" rest                                                                               \
        ",'resource_policy':{'Version':'2012-10-17','Statement':{'Effect':'Deny','Principal':'*',"           \
        "'Action':'*','Resource':'*','Condition':{'StringEquals':{'" key "':'" value "'}}}}}"
#define assert_key(principal, key, value)                                                                    \
        assert_decision(KEYED(principal, "", key, value), "ExplicitDeny by resource")

/* The keys that every request carries are known without being told. */
static void test_defaults(void **state)
{
        (void)state;
#define ALICE "arn:aws:iam::111122223333:user/team/alice"
        assert_key(ALICE, "aws:username", "alice");
        assert_key(ALICE, "aws:PrincipalArn", ALICE);
        assert_key(ALICE, "aws:PrincipalAccount", "111122223333");
        assert_key(ALICE, "aws:PrincipalType", "User");
        assert_key(ALICE, "aws:ResourceAccount", "444455556666");
        assert_key(ALICE, "aws:PrincipalIsAWSService", "false");
        assert_key(ALICE, "aws:ViaAWSService", "false");
        assert_key("arn:aws:sts::111122223333:assumed-role/app/s", "aws:PrincipalArn",
                   "arn:aws:iam::111122223333:role/app");
        assert_key("arn:aws:sts::111122223333:assumed-role/app/s", "aws:PrincipalType", "AssumedRole");
        assert_key("arn:aws:iam::111122223333:role/p/app", "aws:PrincipalArn",
                   "arn:aws:iam::111122223333:role/p/app");
        assert_key("arn:aws:iam::111122223333:root", "aws:userid", "111122223333");
        assert_key("arn:aws:iam::111122223333:root", "aws:PrincipalType", "Account");
        assert_key("arn:aws:sts::111122223333:federated-user/f", "aws:userid", "111122223333:f");
        assert_key("lambda.amazonaws.com", "aws:PrincipalServiceName", "lambda.amazonaws.com");
        assert_key("lambda.amazonaws.com", "aws:PrincipalIsAWSService", "true");
        assert_key("*", "aws:PrincipalType", "Anonymous");
        assert_key("*", "aws:userid", "anonymous");
}

/* What the question says counts; an empty list says that the key is absent. */
static void test_given_keys(void **state)
{
        (void)state;
        assert_decision(KEYED(ALICE, ",'context':{'AWS:USERNAME':'bob'}", "aws:username", "bob"),
                        "ExplicitDeny by resource");
        assert_decision(KEYED(ALICE, ",'context':{'aws:username':[]}", "aws:username", "alice"),
                        "ImplicitDeny by identity");
        assert_decision(KEYED(ALICE, ",'context':{'aws:username':null}", "aws:username", "alice"),
                        "ImplicitDeny by identity");
        assert_decision(
                KEYED(ALICE, ",'resource_account':'999999999999'", "aws:ResourceAccount", "999999999999"),
                "ExplicitDeny by resource");
}

/* The ARN of a session lacks the path of its role; aws:PrincipalArn supplies it, but only of the same role.
 */
static void test_role_path(void **state)
{
        (void)state;
#define PATHS(role, session)                                                                                 \
        "{'id':1,'principal':'arn:aws:sts::111122223333:assumed-role/" session                               \
        "/s','action':'s3:GetObject','resource':'*',"                                                        \
        "'context':{'aws:PrincipalArn':'arn:aws:iam::111122223333:role/" role                                \
        "'},'resource_policy':{'Statement':{'Effect':"                                                       \
        "'Allow','Principal':{'AWS':'arn:aws:iam::111122223333:role/" role                                   \
        "'},'Action':'*','Resource':'*'}}}"
        assert_decision(PATHS("p/q/app", "app"), "Allow by resource");
        assert_decision(PATHS("p/q/app", "ops"), "ImplicitDeny by identity");
}

/* Documents may be JSON inside strings, as other tools write them. */
static void test_quoted_documents(void **state)
{
        (void)state;
        assert_decision(ASK("1", ",'identity':['{\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\","
                                 "\\\"Action\\\":\\\"*\\\",\\\"Resource\\\":\\\"*\\\"}}']"),
                        "Allow by identity");
}

static void test_validate(void **state)
{
        char good[] = "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}",
             *output = NULL;
        size_t size = 0;
        FILE *in = fmemopen(good, strlen(good), "r"), *out = open_memstream(&output, &size);

        (void)state;
        assert_int_equal(cli_policy_validate(in, out, STR("identity")), 0);
        rewind(in);
        assert_int_equal(cli_policy_validate(in, out, STR("resource")), 1);
        assert_int_equal(cli_policy_validate(in, out, STR("bogus")), 1);
        (void)fclose(in);
        (void)fclose(out);
        assert_string_equal(output, "Missing required field Principal\nunknown kind of policy: bogus\n");
        free(output);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stream),    cmocka_unit_test(test_bad_lines),
                cmocka_unit_test(test_defaults),  cmocka_unit_test(test_given_keys),
                cmocka_unit_test(test_role_path), cmocka_unit_test(test_quoted_documents),
                cmocka_unit_test(test_validate),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
