/* Condition operators: the tables of AWS's documentation, and the corners between them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
#include "support.h"

struct condition_case {
        const char *condition;
        const char *context;
        bool match;
};

#define TEAM "'StringEquals':{'aws:PrincipalTag/job-category':'iamuser-admin'}"
#define TAGS                                                                                                 \
        "'StringEqualsIgnoreCase':{'aws:RequestTag/environment':['preprod','storage']},"                     \
        "'ForAnyValue:StringEquals':{'aws:TagKeys':'environment'}"
#define ORG                                                                                                  \
        "'ForAllValues:StringNotLike':{'aws:ResourceOrgPaths':['o-acorg/r-acroot/ou-acroot-mediaou/',"       \
        "'o-acorg/r-acroot/ou-acroot-sportsou/*']}"
#define ALL_TAGS "'ForAllValues:StringEquals':{'aws:TagKeys':['environment','cost-center']}"
#define ANY_TAGS "'ForAnyValue:StringEquals':{'aws:TagKeys':['environment','cost-center']}"
#define NOT_NULL "'Null':{'aws:TagKeys':'false'}"
#define LOGS                                                                                                 \
        "'ForAllValues:ArnLike':{'logs:Arns':['arn:aws::cloudfront:123456789012:distribution/*',"            \
        "'arn:aws::cloudfront:123456789012:distribution/support*']}"
#define TWO_KEYS                                                                                             \
        "'StringEquals':{'aws:PrincipalTag/department':['finance','hr','legal'],"                            \
        "'aws:PrincipalTag/role':['audit','security']},"                                                     \
        "'ArnLike':{'aws:PrincipalArn':['arn:aws:iam::222222222222:user/"                                    \
        "Ana','arn:aws:iam::222222222222:user/Mary']}"
#define MARY     "'aws:PrincipalArn':'arn:aws:iam::222222222222:user/Mary'"
#define INSTANCE "'StringLikeIfExists':{'ec2:InstanceType':['t1.*','t2.*','m3.*']}"
#define TEXT     "QmluYXJ5VmFsdWVJbkJhc2U2NA=="

static const struct condition_case CASES[] = {
        /* String, from the page */
        {TEAM, "'aws:PrincipalTag/job-category':'iamuser-admin'", true},
        {TEAM, "'aws:PrincipalTag/job-category':'dev-ops'", false},
        {TEAM, "", false},
        {TAGS, "'aws:TagKeys':['environment'],'aws:RequestTag/environment':'preprod'", true},
        {TAGS, "'aws:TagKeys':['environment','costcenter'],'aws:RequestTag/environment':'PreProd'", true},
        {TAGS, "'aws:TagKeys':['Environment'],'aws:RequestTag/Environment':'preprod'", false},
        {TAGS, "'aws:TagKeys':['costcenter'],'aws:RequestTag/environment':'preprod'", false},
        {TAGS, "'aws:RequestTag/environment':'storage'", false},
        {TAGS, "'aws:TagKeys':['environment']", false},
        {TAGS, "", false},
        {ORG, "'aws:ResourceOrgPaths':['o-acorg/r-acroot/ou-acroot-sportsou/costcenter/']", false},
        {ORG, "'aws:ResourceOrgPaths':['o-acorg/r-acroot/ou-acroot-mediaou/costcenter/']", true},
        {ORG, "", true},
        {ALL_TAGS "," NOT_NULL, "'aws:TagKeys':['environment']", true},
        {ALL_TAGS "," NOT_NULL, "'aws:TagKeys':['cost-center']", true},
        {ALL_TAGS "," NOT_NULL, "'aws:TagKeys':['environment','cost-center']", true},
        {ALL_TAGS "," NOT_NULL, "'aws:TagKeys':['environment','dept']", false},
        {ALL_TAGS "," NOT_NULL, "", false},
        {ALL_TAGS, "", true},
        {ALL_TAGS, "'aws:TagKeys':['']", true},
        {ALL_TAGS "," NOT_NULL, "'aws:TagKeys':['']", false},
        {ANY_TAGS, "'aws:TagKeys':['environment']", true},
        {ANY_TAGS, "'aws:TagKeys':['environment','dept']", true},
        {ANY_TAGS, "'aws:TagKeys':['dept']", false},
        {ANY_TAGS, "", false},
        {TWO_KEYS, "'aws:PrincipalTag/department':'legal','aws:PrincipalTag/role':'audit'," MARY, true},
        {TWO_KEYS,
         "'aws:PrincipalTag/department':'hr','aws:PrincipalTag/"
         "role':'audit','aws:PrincipalArn':'arn:aws:iam::222222222222:user/Nikki'",
         false},
        {TWO_KEYS, "'aws:PrincipalTag/department':'hr','aws:PrincipalTag/role':'payroll'," MARY, false},
        {TWO_KEYS, "'aws:PrincipalTag/department':'hr'," MARY, false},
        {TWO_KEYS, MARY, false},
        /* negation: NOR over the policy's values; a missing key is true, but not under ForAnyValue */
        {"'StringNotEquals':{'k:x':['a','b']}", "'k:x':'c'", true},
        {"'StringNotEquals':{'k:x':['a','b']}", "'k:x':'b'", false},
        {"'StringNotEquals':{'k:x':['a','b']}", "", true},
        {"'StringNotEquals':{'k:x':['a','b']}", "'k:x':['c','b']", false},
        {"'StringNotEqualsIfExists':{'k:x':'a'}", "", true},
        {"'ForAllValues:StringNotEquals':{'k:x':'a'}", "'k:x':['b','a']", false},
        {"'ForAllValues:StringNotEquals':{'k:x':'a'}", "", true},
        {"'ForAnyValue:StringNotEquals':{'k:x':'a'}", "'k:x':['b','a']", true},
        {"'ForAnyValue:StringNotEquals':{'k:x':'a'}", "'k:x':['a','a']", false},
        {"'ForAnyValue:StringNotEquals':{'k:x':'a'}", "", false},
        {"'ForAnyValue:StringEqualsIfExists':{'k:x':'a'}", "", true},
        {"'StringNotLike':{'k:x':'a*'}", "'k:x':'b'", true},
        {"'StringNotLike':{'k:x':'a*'}", "'k:x':'ab'", false},
        {"'StringNotEqualsIgnoreCase':{'k:x':'ABC'}", "'k:x':'abc'", false},
        /* several values without a set operator: any */
        {"'StringEquals':{'k:x':'a'}", "'k:x':['b','a']", true},
        /* case, wildcards */
        {"'StringEquals':{'K:X':'a'}", "'k:x':'a'", true},
        {"'StringEquals':{'k:x':'a'}", "'k:x':'A'", false},
        {"'StringEquals':{'k:x':'a*'}", "'k:x':'ab'", false},
        {"'StringEquals':{'k:x':'a*'}", "'k:x':'a*'", true},
        {"'StringLike':{'k:x':'a?c*'}", "'k:x':'abc'", true},
        {"'StringLike':{'k:x':'a?c'}",
         "'k:x':'a\xC3\xBC"
         "c'",
         true},
        {"'StringLike':{'k:x':'A*'}", "'k:x':'abc'", false},
        {"'StringLike':{'s3:prefix':['','home/']}", "'s3:prefix':''", true},
        {"'StringEqualsIgnoreCase':{'k:x':'a*'}", "'k:x':'A*'", true},
        {INSTANCE, "'ec2:InstanceType':'t1.micro'", true},
        {INSTANCE, "'ec2:InstanceType':'m2.micro'", false},
        {INSTANCE, "", true},
        /* variables */
        {"'StringEquals':{'k:x':'${aws:username}'}", "'k:x':'alice'", true},
        {"'StringEquals':{'k:x':'${AWS:UserName}'}", "'k:x':'alice'", true},
        {"'StringLike':{'k:x':'home/${aws:username}/*'}", "'k:x':'home/alice/y'", true},
        {"'StringLike':{'k:x':'home/${aws:username}/*'}", "'k:x':'home/bob/y'", false},
        {"'StringLike':{'k:x':'${k:y}'}", "'k:x':'abc','k:y':'a*'", false},
        {"'StringLike':{'k:x':'${k:y}'}", "'k:x':'a*','k:y':'a*'", true},
        {"'StringEquals':{'k:x':'${k:y}'}", "'k:x':''", false},
        {"'StringNotEquals':{'k:x':'${k:y}'}", "'k:x':'a'", true},
        {"'StringEquals':{'k:x':'${k:y}'}", "'k:x':'a','k:y':['a','b']", false},
        {"'StringEquals':{'k:x':'${k:y, `a`}'}", "'k:x':'a'", true},
        {"'StringEquals':{'k:x':'${k:y, `a`}'}", "'k:x':'b','k:y':'b'", true},
        {"'StringEquals':{'k:x':'${k:y, `a`}'}", "'k:x':'a','k:y':'b'", false},
        {"'StringEquals':{'k:x':'${k:y, ``}'}", "'k:x':''", true},
        {"'StringLike':{'k:x':'${*}${?}${$}'}", "'k:x':'*?$'", true},
        {"'StringLike':{'k:x':'${*}'}", "'k:x':'a'", false},
        {"'StringEquals':{'k:x':'${k:y'}", "'k:x':'${k:y','k:y':'z'", true},
        {"'Bool':{'k:x':'${k:y}'}", "'k:x':'true','k:y':'true'", true},
        {"'NumericEquals':{'k:x':'${k:y}'}", "'k:x':'1','k:y':'1'", false},
        {"'IpAddress':{'aws:SourceIp':'${k:y}'}", "'aws:SourceIp':'1.2.3.4','k:y':'1.2.3.4'", false},
        /* Numeric */
        {"'NumericLessThanEquals':{'s3:max-keys':'10'}", "'s3:max-keys':'10'", true},
        {"'NumericLessThanEquals':{'s3:max-keys':10}", "'s3:max-keys':'11'", false},
        {"'NumericLessThanEquals':{'s3:max-keys':10}", "'s3:max-keys':9", true},
        {"'NumericLessThanEquals':{'s3:max-keys':10}", "", false},
        {"'NumericEquals':{'k:x':'1.50'}", "'k:x':'01.5'", true},
        {"'NumericEquals':{'k:x':'-0'}", "'k:x':'0'", true},
        {"'NumericLessThan':{'k:x':'-1'}", "'k:x':'-1.5'", true},
        {"'NumericGreaterThan':{'k:x':'9007199254740992'}", "'k:x':'9007199254740993'", true},
        {"'NumericGreaterThanEquals':{'k:x':'3600'}", "'k:x':'3600'", true},
        {"'NumericEquals':{'k:x':'1'}", "'k:x':'one'", false},
        {"'NumericNotEquals':{'k:x':'1'}", "'k:x':'one'", true},
        {"'NumericNotEquals':{'k:x':['1','2']}", "'k:x':'2'", false},
        {"'NumericNotEquals':{'k:x':'1'}", "", true},
        /* Date */
        {"'DateGreaterThan':{'aws:TokenIssueTime':'2020-01-01T00:00:01Z'}",
         "'aws:TokenIssueTime':'2020-01-01T00:00:02Z'", true},
        {"'DateGreaterThan':{'aws:TokenIssueTime':'2020-01-01T00:00:01Z'}",
         "'aws:TokenIssueTime':'2020-01-01T00:00:01Z'", false},
        {"'DateGreaterThan':{'aws:TokenIssueTime':'2020-01-01T00:00:01Z'}", "", false},
        {"'DateEquals':{'aws:CurrentTime':'1577836800'}", "'aws:CurrentTime':'2020-01-01T00:00:00Z'", true},
        {"'DateLessThan':{'aws:EpochTime':'2020-01-01'}", "'aws:EpochTime':'1577836799'", true},
        {"'DateLessThanEquals':{'aws:CurrentTime':'2020-01-01T00:00:00Z'}",
         "'aws:CurrentTime':'2020-01-01T01:00:00+01:00'", true},
        {"'DateGreaterThanEquals':{'aws:CurrentTime':'2020-01-01T00:00Z'}",
         "'aws:CurrentTime':'2020-01-01T00:00:00.001Z'", true},
        {"'DateNotEquals':{'aws:CurrentTime':'2020-01-01'}", "'aws:CurrentTime':'2020-01-02'", true},
        {"'DateEquals':{'aws:CurrentTime':'never'}", "'aws:CurrentTime':'never'", false},
        /* Bool */
        {"'Bool':{'aws:SecureTransport':'false'}", "'aws:SecureTransport':'false'", true},
        {"'Bool':{'aws:SecureTransport':false}", "'aws:SecureTransport':false", true},
        {"'Bool':{'aws:SecureTransport':'false'}", "'aws:SecureTransport':'true'", false},
        {"'Bool':{'aws:SecureTransport':'false'}", "", false},
        {"'Bool':{'aws:SecureTransport':'TRUE'}", "'aws:SecureTransport':'true'", true},
        {"'Bool':{'aws:SecureTransport':'yes'}", "'aws:SecureTransport':'yes'", false},
        {"'BoolIfExists':{'aws:MultiFactorAuthPresent':'false'}", "", true},
        {"'ForAllValues:Bool':{'k:x':'true'}", "'k:x':['true','false']", false},
        {"'ForAnyValue:Bool':{'k:x':'true'}", "'k:x':['true','false']", true},
        /* Binary */
        {"'BinaryEquals':{'key':'" TEXT "'}", "'key':'" TEXT "'", true},
        {"'BinaryEquals':{'key':'" TEXT "'}", "'key':'ASIAIOSFODNN7EXAMPLE'", false},
        {"'BinaryEquals':{'key':'" TEXT "'}", "", false},
        {"'BinaryEquals':{'key':'no base64'}", "'key':'no base64'", false},
        /* IpAddress */
        {"'IpAddress':{'aws:SourceIp':'203.0.113.0/24'}", "'aws:SourceIp':'203.0.113.1'", true},
        {"'IpAddress':{'aws:SourceIp':'203.0.113.0/24'}", "'aws:SourceIp':'198.51.100.1'", false},
        {"'IpAddress':{'aws:SourceIp':'203.0.113.0/24'}", "", false},
        {"'IpAddress':{'aws:SourceIp':['203.0.113.0/24','2001:DB8:1234:5678::/64']}",
         "'aws:SourceIp':'2001:db8:1234:5678::9'", true},
        {"'IpAddress':{'aws:SourceIp':['203.0.113.0/24','2001:DB8:1234:5678::/64']}",
         "'aws:SourceIp':'2001:db8:1234:5679::9'", false},
        {"'IpAddress':{'aws:SourceIp':'203.0.113.7'}", "'aws:SourceIp':'203.0.113.7'", true},
        {"'IpAddress':{'aws:SourceIp':'203.0.113.7'}", "'aws:SourceIp':'203.0.113.6'", false},
        {"'IpAddress':{'aws:SourceIp':'203.0.113.99/25'}", "'aws:SourceIp':'203.0.113.127'", true},
        {"'IpAddress':{'aws:SourceIp':'203.0.113.99/25'}", "'aws:SourceIp':'203.0.113.128'", false},
        {"'IpAddress':{'aws:SourceIp':'0.0.0.0/0'}", "'aws:SourceIp':'::1'", false},
        {"'IpAddress':{'aws:SourceIp':'::/0'}", "'aws:SourceIp':'::1'", true},
        {"'IpAddress':{'aws:SourceIp':'203.0.113.0/33'}", "'aws:SourceIp':'203.0.113.0'", false},
        {"'NotIpAddress':{'aws:SourceIp':['203.0.113.0/24','198.51.100.0/24']}", "'aws:SourceIp':'192.0.2.1'",
         true},
        {"'NotIpAddress':{'aws:SourceIp':['203.0.113.0/24','198.51.100.0/24']}",
         "'aws:SourceIp':'198.51.100.9'", false},
        {"'NotIpAddress':{'aws:SourceIp':'203.0.113.0/24'}", "", true},
        /* Arn */
        {"'ArnEquals':{'aws:SourceArn':'arn:aws:sns:us-west-2:123456789012:T'}",
         "'aws:SourceArn':'arn:aws:sns:us-west-2:123456789012:T'", true},
        {"'ArnEquals':{'aws:SourceArn':'arn:aws:sns:us-west-2:123456789012:T'}",
         "'aws:SourceArn':'arn:aws:sns:us-west-2:777788889999:T'", false},
        {"'ArnEquals':{'aws:SourceArn':'arn:aws:sns:us-west-2:123456789012:T'}", "", false},
        {"'ArnEquals':{'aws:SourceArn':'arn:aws:sns:*:123456789012:T?'}",
         "'aws:SourceArn':'arn:aws:sns:us-west-2:123456789012:T1'", true},
        {"'ArnLike':{'aws:SourceArn':'arn:aws:sns:*:T'}",
         "'aws:SourceArn':'arn:aws:sns:us-west-2:123456789012:T'", false},
        {"'ArnLike':{'aws:SourceArn':'arn:aws:s3:::*'}", "'aws:SourceArn':'arn:aws:s3:::b/c:d'", true},
        {"'ArnLike':{'aws:SourceArn':'ARN:aws:s3:::*'}", "'aws:SourceArn':'arn:aws:s3:::b'", false},
        {"'ArnLike':{'aws:SourceArn':'*'}", "'aws:SourceArn':'arn:aws:s3:::b'", true},
        {"'ArnLike':{'aws:SourceArn':'${k:y}'}", "'aws:SourceArn':'arn:aws:s3:::b','k:y':'arn:aws:s3:::b'",
         true},
        {"'ArnNotLike':{'aws:SourceArn':'arn:aws:s3:::*'}", "'aws:SourceArn':'arn:aws:s3:::b'", false},
        {"'ArnNotEquals':{'aws:SourceArn':'arn:aws:s3:::x'}", "'aws:SourceArn':'arn:aws:s3:::b'", true},
        {"'ArnNotLike':{'aws:SourceArn':'arn:aws:s3:::*'}", "", true},
        {LOGS, "'logs:Arns':['arn:aws::cloudfront:123456789012:distribution/costcenter']", true},
        {LOGS,
         "'logs:Arns':['arn:aws::cloudfront:123456789012:distribution/"
         "costcenter','arn:aws::cloudfront:123456789012:distribution/support2025']",
         true},
        {LOGS, "'logs:Arns':['arn:aws::cloudfront:777788889999:distribution/costcenter']", false},
        {LOGS, "", true},
        /* Null */
        {"'Null':{'aws:TokenIssueTime':'true'}", "", true},
        {"'Null':{'aws:TokenIssueTime':'false'}", "", false},
        {"'Null':{'aws:TokenIssueTime':false}", "'aws:TokenIssueTime':'2020-01-01'", true},
        {"'Null':{'aws:TokenIssueTime':'true'}", "'aws:TokenIssueTime':[]", true},
        {"'Null':{'aws:TokenIssueTime':['true','false']}", "", true},
};

static void test_cases(void **state)
{
        char question[4096];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                const char *expected = CASES[i].match ? "Allow by identity" : "ImplicitDeny by identity";

                (void)snprintf(
                        question, sizeof(question),
                        "{'id':1,'principal':'arn:aws:iam::111122223333:user/alice','action':'s3:GetObject',"
                        "'resource':'*','context':{%s},'identity':[{'Version':'2012-10-17','Statement':{'"
                        "Effect':"
                        "'Allow','Action':'*','Resource':'*','Condition':{%s}}}]}",
                        CASES[i].context, CASES[i].condition);
                if (strcmp(decide(question), expected) != 0)
                        print_error("%s\n", question);
                assert_decision(question, expected);
        }
}

/* "If you don't include the Version element ... variables like ${aws:username} are treated as literal
 * strings". */
static void test_old_version(void **state)
{
        (void)state;
#define OLD(version, value)                                                                                  \
        "{'id':1,'principal':'arn:aws:iam::111122223333:user/alice','action':'s3:GetObject','resource':'*'," \
        "'context':{'k:x':'" value "'},'identity':[{" version "'Statement':{'Effect':'Allow','Action':'*',"  \
        "'Resource':'*','Condition':{'StringEquals':{'k:x':'${aws:username}'}}}}]}"
        assert_decision(OLD("", "alice"), "ImplicitDeny by identity");
        assert_decision(OLD("", "${aws:username}"), "Allow by identity");
        assert_decision(OLD("'Version':'2008-10-17',", "${aws:username}"), "Allow by identity");
        assert_decision(OLD("'Version':'2012-10-17',", "alice"), "Allow by identity");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_old_version),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
