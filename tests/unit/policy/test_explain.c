/* The trace, AWS's words for a denial, the keys that a policy mentions.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
#include "support.h"

#include <jansson.h>

#define QUESTION(rest)                                                                                       \
        "{'id':1,'principal':'arn:aws:iam::123456789012:user/John','action':'codecommit:ListRepositories',"  \
        "'resource':'arn:aws:codecommit:us-east-1:123456789012:r','resource_account':'123456789012'" rest    \
        "}"
#define DENY_ALL "{'Version':'2012-10-17','Statement':{'Effect':'Deny','Action':'*','Resource':'*'}}"
#define ALLOW_S3 "{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':'s3:*','Resource':'*'}}"
#define ALLOW_S3_TO_ALL                                                                                      \
        "{'Version':'2012-10-17','Statement':{'Effect':'Allow','Principal':'*','Action':'s3:*','Resource':'" \
        "*'}}"
#define ALLOW "{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':'*','Resource':'*'}}"
#define FOR(effect, who)                                                                                     \
        "{'Version':'2012-10-17','Statement':{'Effect':'" effect                                             \
        "','Action':'*','Resource':'*','Principal':" who "}}"
#define USER                                                                                                 \
        "User: arn:aws:iam::123456789012:user/John is not authorized to perform: "                           \
        "codecommit:ListRepositories"

struct opened {
        struct arena arena;
        struct read_question read;
        struct policy_decision decision;
};

static void open_question(struct opened *opened, const char *quoted)
{
        char *json = json_of(quoted), problem[QUESTION_PROBLEM_MAX];

        arena_init(&opened->arena, 1 << 20);
        assert_int_equal(question_read(str_of(json), &opened->arena, &opened->read, problem), 0);
        policy_decide(&opened->read.question, &opened->decision);
        free(json);
}

static void close_question(struct opened *opened)
{
        read_question_done(&opened->read);
        arena_done(&opened->arena);
}

static const struct policy_denial_words NOTHING_SAID;

static void check_words(const char *quoted, const struct policy_denial_words *words, const char *expected)
{
        struct opened opened;
        struct buf text;

        open_question(&opened, quoted);
        buf_init(&text, 4096);
        policy_denial_text(&opened.read.question, &opened.decision, words, &text);
        buf_add_byte(&text, '\0');
        assert_string_equal(buf_str(&text).ptr, expected);
        buf_done(&text);
        close_question(&opened);
}

static void check_text(const char *quoted, const char *expected)
{
        check_words(quoted, &NOTHING_SAID, expected);
}

static void test_implicit(void **state)
{
#define BECAUSE(what) USER " because no " what " allows the codecommit:ListRepositories action"
        (void)state;
        check_text(QUESTION(""), BECAUSE("identity-based policy"));
        check_text(QUESTION(",'scps':[[" ALLOW_S3 "]]"), BECAUSE("service control policy"));
        check_text(QUESTION(",'rcps':[[" ALLOW_S3_TO_ALL "]]"), BECAUSE("resource control policy"));
        check_text(QUESTION(",'identity':[" ALLOW "],'boundary':" ALLOW_S3), BECAUSE("permissions boundary"));
        check_text(QUESTION(",'identity':[" ALLOW "],'session':[" ALLOW_S3 "]"), BECAUSE("session policy"));
        check_text(
                QUESTION(",'identity':[" ALLOW "],'endpoint_policy':" FOR("Allow", "{'AWS':'999999999999'}")),
                BECAUSE("VPC endpoint policy"));
        check_text("{'id':1,'principal':'arn:aws:iam::123456789012:user/"
                   "John','action':'a:b','resource':'*','resource_account':"
                   "'999999999999','identity':[" ALLOW "]}",
                   "User: arn:aws:iam::123456789012:user/John is not authorized to perform: a:b because no "
                   "resource-based policy allows the a:b action");
        check_text("{'id':1,'principal':'*','action':'a:b','resource':'*'}",
                   "User: anonymous is not authorized to perform: a:b");
}

static void test_explicit(void **state)
{
#define WITH(what) USER " with an explicit deny in " what
        (void)state;
        check_text(QUESTION(",'identity':[" DENY_ALL "]"), WITH("an identity-based policy"));
        check_text(QUESTION(",'boundary':" DENY_ALL), WITH("a permissions boundary"));
        check_text(QUESTION(",'session':[" DENY_ALL "]"), WITH("a session policy"));
        check_text(QUESTION(",'scps':[[" DENY_ALL "]]"), WITH("a service control policy"));
        check_text(QUESTION(",'rcps':[[" FOR("Deny", "'*'") "]]"), WITH("a resource control policy"));
        check_text(QUESTION(",'resource_policy':" FOR("Deny", "'*'")), WITH("a resource-based policy"));
        check_text(QUESTION(",'endpoint_policy':" FOR("Deny", "'*'")), WITH("a VPC endpoint policy"));
}

static void test_trust(void **state)
{
#define ASSUME(trust)                                                                                        \
        "{'id':1,'principal':'arn:aws:iam::123456789012:user/John','action':'sts:AssumeRole','resource':"    \
        "'arn:aws:iam::123456789012:role/r','resource_policy':{'Statement':{'Effect':" trust                 \
        ",'Action':'sts:AssumeRole'}}}"
#define JOHN "User: arn:aws:iam::123456789012:user/John is not authorized to perform: sts:AssumeRole "
        (void)state;
        check_text(ASSUME("'Allow','Principal':{'AWS':'999999999999'}"),
                   JOHN "because no role trust policy allows the sts:AssumeRole action");
        check_text(ASSUME("'Deny','Principal':'*'"), JOHN "with an explicit deny in the role trust policy");
}

/* The place is told with every reason, a reason of its own in place of the decision's. */
static void test_words(void **state)
{
        const struct policy_denial_words named = {.place = STR("resource: *")},
                                         hidden = {STR("this resource"), STR("nothing allows it")};

        (void)state;
        check_words(QUESTION(""), &named,
                    USER " on resource: * because no identity-based policy allows the "
                         "codecommit:ListRepositories action");
        check_words(QUESTION(",'identity':[" DENY_ALL "]"), &named,
                    USER " on resource: * with an explicit deny in an identity-based policy");
        check_words("{'id':1,'principal':'*','action':'a:b','resource':'*'}", &named,
                    "User: anonymous is not authorized to perform: a:b on resource: *");
        check_words(QUESTION(""), &hidden, USER " on this resource because nothing allows it");
        check_words(QUESTION(",'identity':[" DENY_ALL "]"), &hidden,
                    USER " on this resource because nothing allows it");
}

/* A managed policy is named; an inline one has no ARN. */
static void test_named_policy(void **state)
{
        struct opened opened;
        struct policy_ref named;
        struct buf text;

        (void)state;
        open_question(&opened, QUESTION(",'identity':[" DENY_ALL "]"));
        named = (struct policy_ref){opened.decision.policy->policy,
                                    STR("arn:aws:iam::123456789012:policy/P")};
        opened.decision.policy = &named;
        buf_init(&text, 4096);
        policy_denial_text(&opened.read.question, &opened.decision, &NOTHING_SAID, &text);
        assert_true(str_eq(buf_str(&text),
                           STR(WITH("an identity-based policy: arn:aws:iam::123456789012:policy/P"))));
        named.name = STR("inline");
        buf_clear(&text);
        policy_denial_text(&opened.read.question, &opened.decision, &NOTHING_SAID, &text);
        assert_true(str_eq(buf_str(&text), STR(WITH("an identity-based policy"))));
        buf_done(&text);
        close_question(&opened);
}

static json_t *explain(const char *quoted)
{
        struct opened opened;
        struct buf json;
        json_t *root;

        open_question(&opened, quoted);
        buf_init(&json, 1 << 16);
        assert_int_equal(policy_explain(&opened.read.question, &json), 0);
        root = json_loadb(buf_str(&json).ptr, buf_str(&json).len, 0, NULL);
        assert_non_null(root);
        buf_done(&json);
        close_question(&opened);
        return root;
}

/* A value of the trace by its path: "policies/0/statements/1/failedElement". */
static const char *at(json_t *json, const char *path)
{
        struct str rest = str_of(path), part;
        char name[64];

        while (str_cut(&rest, '/', &part)) {
                assert_int_equal(str_to_buffer(part, name, sizeof(name)), 0);
                json = json_is_array(json) ? json_array_get(json, (size_t)strtoul(name, NULL, 10))
                                           : json_object_get(json, name);
        }
        return json_is_string(json) ? json_string_value(json) : json_is_true(json) ? "true" : "false";
}

static void test_trace(void **state)
{
#define STATEMENT(action, resource, condition)                                                               \
        "{'Effect':'Allow','Action':'" action "','Resource':'" resource "','Condition':{" condition "}}"
        json_t *trace = explain(QUESTION(
                ",'context':{'k:x':['a','b']},'identity':[{'Version':'2012-10-17','Statement':"
                "[" STATEMENT("s3:*", "*", "") "," STATEMENT("*", "arn:aws:s3:::x", "") "," STATEMENT(
                        "*", "*", "'StringLike':{'k:x':['c']}") "," STATEMENT("*", "*",
                                                                              "") "]}],'resource_policy'"
                                                                                  ":" FOR("Allow",
                                                                                          "{'AWS':'"
                                                                                          "999999999999'"
                                                                                          "}")));

        (void)state;
        assert_string_equal(at(trace, "decision"), "Allow");
        assert_string_equal(at(trace, "by"), "identity");
        assert_string_equal(at(trace, "policies/0/type"), "resource");
        assert_string_equal(at(trace, "policies/0/statements/0/failedElement"), "Principal");
        assert_string_equal(at(trace, "policies/1/statements/0/failedElement"), "Action");
        assert_string_equal(at(trace, "policies/1/statements/1/failedElement"), "Resource");
        assert_string_equal(at(trace, "policies/1/statements/2/failedElement"), "Condition");
        assert_string_equal(at(trace, "policies/1/statements/2/condition/operator"), "StringLike");
        assert_string_equal(at(trace, "policies/1/statements/2/condition/key"), "k:x");
        assert_string_equal(at(trace, "policies/1/statements/2/condition/policyValues/0"), "c");
        assert_string_equal(at(trace, "policies/1/statements/2/condition/requestValues/1"), "b");
        assert_string_equal(at(trace, "policies/1/statements/3/matched"), "true");
        json_decref(trace);
}

static void test_trace_too_long(void **state)
{
        struct opened opened;
        struct buf json;

        (void)state;
        open_question(&opened, QUESTION(",'identity':[" ALLOW "]"));
        buf_init(&json, 32);
        assert_int_equal(policy_explain(&opened.read.question, &json), -EMSGSIZE);
        buf_done(&json);
        close_question(&opened);
}

static int join_name(void *arg, struct str name)
{
        struct buf *buf = arg;

        buf_addf(buf, "%.*s ", STR_ARG(name));
        return buf->len > 60 ? -ENOSPC : 0;
}

static void test_context_keys(void **state)
{
        char *json = json_of("{'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'*','Resource':"
                             "'arn:aws:s3:::${aws:username}/${s3:prefix, "
                             "`x`}${*}','Condition':{'StringEquals':{'aws:SourceIp':"
                             "['${aws:UserName}','${k:y}']},'Bool':{'AWS:sourceip':'true'}}},{'Effect':'"
                             "Allow','Action':'*',"
                             "'Resource':'*'}]}");
        char problem[POLICY_PROBLEM_MAX];
        struct policy *policy;
        struct buf names;

        (void)state;
        buf_init(&names, 1024);
        assert_int_equal(policy_compile(str_of(json), POLICY_IDENTITY, &policy, problem), 0);
        assert_int_equal(policy_each_context_key(policy, join_name, &names), 0);
        assert_true(str_eq(buf_str(&names), STR("aws:username s3:prefix aws:SourceIp k:y ")));
        buf_addf(&names, "%*s", 40, "");
        assert_int_equal(policy_each_context_key(policy, join_name, &names), -ENOSPC);
        buf_done(&names);
        policy_free(policy);
        free(json);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_implicit),       cmocka_unit_test(test_explicit),
                cmocka_unit_test(test_words),          cmocka_unit_test(test_trust),
                cmocka_unit_test(test_named_policy),   cmocka_unit_test(test_trace),
                cmocka_unit_test(test_trace_too_long), cmocka_unit_test(test_context_keys),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
