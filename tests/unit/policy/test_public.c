/* Which bucket policies are public: the examples of the page, and the ways around it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
#include "support.h"

#define REST                 "'Action':'s3:PutObject','Resource':'*'"
#define TO(who)              "{'Effect':'Allow','Principal':" who "," REST "}"
#define IF(condition)        "{'Effect':'Allow','Principal':'*'," REST ",'Condition':{" condition "}}"
#define BOTH(who, condition) "{'Effect':'Allow','Principal':" who "," REST ",'Condition':{" condition "}}"
#define EQUALS(key, value)   IF("'StringEquals':{'" key "':" value "}")
#define LIKE(key, value)     IF("'StringLike':{'" key "':" value "}")
#define ARN_LIKE(value)      IF("'ArnLike':{'aws:SourceArn':" value "}")
#define IP(value)            IF("'IpAddress':{'aws:SourceIp':" value "}")
#define POINT(value)         LIKE("s3:DataAccessPointArn", value)
#define VPC                  "'vpc-91237329'"
#define KMS_KEY              "'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'"
#define ROLE                 "arn:aws:iam::111122223333:role/JohnDoe"
#define EVERYONE             TO("'*'")
#define CLOUDTRAIL           TO("{'Service':'cloudtrail.amazonaws.com'}")
#define ACCOUNT_2            TO("{'AWS':'arn:aws:iam::444455556666:root'}")

struct public_case {
        bool is_public;
        const char *statements;
};

static const struct public_case EXAMPLES[] = {
        {true, TO("{'Federated':'graph.facebook.com'}")},
        {true, EVERYONE},
        {true, LIKE("aws:SourceVpc", "'vpc-*'")},
        {false, EQUALS("aws:SourceVpc", VPC)},
        {true, CLOUDTRAIL "," ACCOUNT_2 "," EVERYONE},
        {false, CLOUDTRAIL "," ACCOUNT_2},
        {true, IP("'0.0.0.0/1'")},
        {false, POINT("'arn:aws:s3:us-west-2:123456789012:accesspoint/*'")},
        /* "for an action that isn't supported by Amazon S3" */
        {true, "{'Effect':'Allow','Principal':'*','Action':'s3:NotASupportedAction','Resource':'*'}"},
};

static const struct public_case PRINCIPALS[] = {
        {true, TO("{'AWS':'*'}")},
        {true, TO("{'AWS':['111122223333','*']}")},
        {true, TO("{'AWS':'*','Service':'cloudtrail.amazonaws.com'}")},
        {false, TO("{'AWS':'111122223333'}")},
        {false, TO("{'AWS':['" ROLE "','arn:aws:iam::111122223333:user/a/b']}")},
        {false, TO("{'AWS':'arn:aws:sts::111122223333:assumed-role/r/s'}")},
        {false, TO("{'AWS':'AIDAEXAMPLEEXAMPLE01'}")},
        {false, TO("{'AWS':'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1'}")},
        {false, TO("{'CanonicalUser':'79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be'}")},
        {true, TO("{'AWS':'arn:aws:iam::111122223333:user/${aws:username}'}")},
        {true, TO("{'CanonicalUser':'${aws:userid}'}")},
        {true, TO("{'Federated':'arn:aws:iam::111122223333:saml-provider/corp'}")},
        {true, TO("{'Federated':'accounts.google.com','AWS':'111122223333'}")},
        {false, BOTH("{'Federated':'accounts.google.com'}", "'StringEquals':{'aws:SourceVpc':" VPC "}")},
        {false, BOTH("{'AWS':'" ROLE "'}", "'StringLike':{'aws:SourceVpc':'*'}")},
};

static const struct public_case STATEMENTS[] = {
        {false, "{'Effect':'Deny','Principal':'*'," REST "}"},
        {false, "{'Effect':'Deny','NotPrincipal':{'AWS':'111122223333'}," REST "}," ACCOUNT_2},
        {true, "{'Effect':'Deny','Principal':'*','Action':'*','Resource':'*'}," EVERYONE},
        {true, "{'Effect':'Deny','NotPrincipal':{'AWS':'111122223333'}," REST "}," EVERYONE},
        {true, EQUALS("aws:SourceVpc", VPC) "," EVERYONE},
        {true, "{'Effect':'Allow','Principal':'*','NotAction':'s3:*','NotResource':'*'}"},
        {true, IF("")},
};

static const struct public_case KEYS[] = {
        {false, EQUALS("aws:PrincipalAccount", "'111122223333'")},
        {false, EQUALS("aws:PrincipalArn", "'" ROLE "'")},
        {false, EQUALS("aws:PrincipalOrgID", "'o-a1b2c3d4e5'")},
        {false, EQUALS("aws:PrincipalOrgPaths", "'o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/'")},
        {false, EQUALS("aws:PrincipalServiceName", "'cloudtrail.amazonaws.com'")},
        {false, EQUALS("aws:SourceArn", "'arn:aws:s3:::b'")},
        {false, EQUALS("aws:SourceVpce", "'vpce-1a2b3c4d'")},
        {false, EQUALS("aws:SourceOwner", "'111122223333'")},
        {false, EQUALS("aws:SourceAccount", "'111122223333'")},
        {false, EQUALS("s3:DataAccessPointAccount", "'111122223333'")},
        {false, EQUALS("AWS:SOURCEVPC", VPC)},
        {true, LIKE("aws:PrincipalAccount", "'*'")},
        {true, LIKE("aws:PrincipalArn", "'arn:aws:iam::111122223333:role/*'")},
        {true, LIKE("aws:PrincipalOrgID", "'o-*'")},
        {true, LIKE("aws:SourceAccount", "'11112222333?'")},
        {true, LIKE("s3:DataAccessPointAccount", "'*'")},
        /* whoever does not sign is this one */
        {true, EQUALS("aws:PrincipalAccount", "'anonymous'")},
        {true, EQUALS("aws:userid", "'anonymous'")},
        {true, IF("'StringEqualsIgnoreCase':{'aws:userid':'ANONYMOUS'}")},
        /* ids of users, and sessions of roles */
        {false, EQUALS("aws:userid", "'AIDAEXAMPLEEXAMPLE01'")},
        {false, EQUALS("aws:userid", "['111122223333','111122223333:fred']")},
        {true, LIKE("aws:userid", "'AROAEXAMPLEEXAMPLE01:*'")},
        {true, EQUALS("aws:userid", "'AROAEXAMPLEEXAMPLE01:session'")},
        {true, EQUALS("aws:userid", "['AIDAEXAMPLEEXAMPLE01','AROAEXAMPLEEXAMPLE01:session']")},
        {true, LIKE("aws:userid", "'AIDA*'")},
        /* what anybody may bring along, and what is not on the page */
        {true, EQUALS("aws:username", "'alice'")},
        {true, EQUALS("aws:PrincipalTag/team", "'red'")},
        {true, EQUALS("aws:PrincipalType", "'User'")},
        {true, EQUALS("aws:Referer", "'https://example.com/'")},
        {true, EQUALS("aws:UserAgent", "'secret'")},
        {true, EQUALS("aws:SourceOrgID", "'o-a1b2c3d4e5'")},
        {true, EQUALS("aws:ResourceAccount", "'111122223333'")},
        {true, EQUALS("aws:SourceVpcX", VPC)},
        {true, EQUALS("s3:prefix", "'home/'")},
        {true, EQUALS("s3:x-amz-acl", "'bucket-owner-full-control'")},
        {true, EQUALS("s3:x-amz-server-side-encryption-aws-kms-key-id", KMS_KEY)},
        {true, IF("'Bool':{'aws:SecureTransport':'true'}")},
        {true, IF("'Bool':{'aws:PrincipalIsAWSService':'true'}")},
        {true, IF("'IpAddress':{'aws:VpcSourceIp':'10.0.0.0/16'}")},
};

static const struct public_case VALUES[] = {
        {false, EQUALS("aws:SourceVpc", "[" VPC ",'vpc-1']")},
        {true, EQUALS("aws:SourceVpc", "[" VPC ",'vpc-*']")},
        {true, LIKE("aws:SourceVpc", "['*'," VPC "]")},
        {true, EQUALS("aws:SourceVpc", "''")},
        {true, EQUALS("aws:SourceVpc", "'*'")},
        {true, EQUALS("aws:SourceVpc", "'vpc-1?'")},
        {true, EQUALS("aws:SourceVpc", "'${aws:SourceVpc}'")},
        {true, EQUALS("aws:SourceVpc", "'${aws:SourceVpc, `vpc-1`}'")},
        {true, EQUALS("aws:SourceVpc", "'vpc-${*}'")},
        {true, LIKE("aws:PrincipalArn", "'${aws:PrincipalArn}'")},
        {false, LIKE("aws:SourceVpc", VPC)},
        {false, ARN_LIKE("'arn:aws:sns:us-west-2:111122223333:topic'")},
        {true, ARN_LIKE("'arn:aws:sns:*:111122223333:topic'")},
        {true, ARN_LIKE("'arn:aws:sns:us-west-2:111122223333:*'")},
        {true, ARN_LIKE("'*'")},
};

static const struct public_case OPERATORS[] = {
        {false, IF("'StringEqualsIgnoreCase':{'aws:SourceVpc':" VPC "}")},
        {false, IF("'ArnEquals':{'aws:PrincipalArn':'" ROLE "'}")},
        {false, IF("'ForAnyValue:StringEquals':{'aws:SourceVpc':" VPC "}")},
        {true, IF("'ForAllValues:StringEquals':{'aws:SourceVpc':" VPC "}")},
        {true, IF("'StringEqualsIfExists':{'aws:SourceVpc':" VPC "}")},
        {true, IF("'ForAnyValue:StringEqualsIfExists':{'aws:SourceVpc':" VPC "}")},
        {true, IF("'StringNotEquals':{'aws:SourceVpc':" VPC "}")},
        {true, IF("'StringNotEqualsIgnoreCase':{'aws:SourceVpc':" VPC "}")},
        {true, IF("'StringNotLike':{'aws:SourceVpc':" VPC "}")},
        {true, IF("'ForAnyValue:StringNotEquals':{'aws:SourceVpc':" VPC "}")},
        {true, IF("'ArnNotEquals':{'aws:SourceArn':'arn:aws:s3:::b'}")},
        {true, IF("'ArnNotLike':{'aws:SourceArn':'arn:aws:s3:::b'}")},
        {true, IF("'Null':{'aws:SourceVpc':'false'}")},
        {true, IF("'Null':{'aws:SourceVpc':'true'}")},
        {true, IF("'NumericEquals':{'aws:SourceAccount':'111122223333'}")},
        {true, IF("'NumericGreaterThan':{'aws:SourceAccount':'0'}")},
        {true, IF("'DateGreaterThan':{'aws:SourceAccount':'0'}")},
        {true, IF("'Bool':{'aws:SourceAccount':'true'}")},
        {true, IF("'BinaryEquals':{'aws:SourceVpc':'QUJD'}")},
        /* all must hold: one that fixes is enough, and several that do not are none */
        {false, IF("'StringNotEquals':{'aws:SourceVpc':'vpc-1'},'StringEquals':{'aws:SourceVpc':" VPC "}")},
        {false, IF("'StringLike':{'aws:SourceVpc':'*','aws:SourceVpce':'vpce-1'}")},
        {true, IF("'StringLike':{'aws:SourceVpc':'*'},'Bool':{'aws:SecureTransport':'true'}")},
};

static const struct public_case NETWORKS[] = {
        {false, IP("'203.0.113.7'")},
        {false, IP("'203.0.113.0/24'")},
        {false, IP("'10.0.0.0/8'")},
        {false, IP("['10.0.0.0/8','172.16.0.0/12','192.168.0.0/16']")},
        {false, IP("'11.0.0.0/8'")},
        {true, IP("'10.0.0.0/7'")},
        {true, IP("'0.0.0.0/0'")},
        {true, IP("'203.0.113.0/0'")},
        {true, IP("['203.0.113.0/24','128.0.0.0/1']")},
        {false, IP("'2001:db8::/32'")},
        {false, IP("['2001:db8::1','203.0.113.0/24']")},
        {true, IP("'2001:db8::/31'")},
        {true, IP("'2001:db8::/8'")},
        {true, IP("['203.0.113.0/24','::/0']")},
        {true, IP("'203.0.113.0/33'")},
        {true, IP("'203.0.113.*'")},
        {true, IP("'${aws:SourceIp}'")},
        {true, IP("''")},
        {true, IF("'NotIpAddress':{'aws:SourceIp':'203.0.113.0/24'}")},
        {true, IF("'IpAddressIfExists':{'aws:SourceIp':'203.0.113.0/24'}")},
        {true, IF("'ForAllValues:IpAddress':{'aws:SourceIp':'203.0.113.0/24'}")},
        {true, EQUALS("aws:SourceIp", "'203.0.113.7'")},
        {true, IF("'IpAddress':{'aws:SourceVpc':'203.0.113.0/24'}")},
};

static const struct public_case ACCESS_POINTS[] = {
        {false, POINT("'arn:aws:s3:us-west-2:123456789012:accesspoint/mine'")},
        {false, POINT("'arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/m?ne-*'")},
        {false, IF("'ArnLike':{'s3:DataAccessPointArn':'arn:aws:s3:us-west-2:123456789012:accesspoint/*'}")},
        {true, POINT("'arn:aws:s3:us-west-2:*:accesspoint/*'")},
        {true, POINT("'arn:aws:s3:us-west-2:12345678901?:accesspoint/mine'")},
        {true, POINT("'arn:aws:s3:*:123456789012:accesspoint/mine'")},
        {true, POINT("'arn:*:s3:us-west-2:123456789012:accesspoint/mine'")},
        {true, POINT("'arn:aws:s3:us-west-2::accesspoint/mine'")},
        {true, POINT("'arn:aws:s3:us-west-2:123456789012:accesspoint*'")},
        {true, POINT("'arn:aws:s3:us-west-2:123456789012:access*/mine'")},
        {true, POINT("'arn:aws:s3:us-west-2:123456789012:accesspoint/'")},
        {true, POINT("'arn:aws:s3:us-west-2:123456789012:*'")},
        {true, POINT("'arn:aws:s3:us-west-2:123456789012'")},
        {true, POINT("'arn:aws:sns:us-west-2:123456789012:accesspoint/mine'")},
        {true, POINT("'x:aws:s3:us-west-2:123456789012:accesspoint/mine'")},
        {true, POINT("'arn:aws:s3:us-west-2:${aws:PrincipalAccount}:accesspoint/mine'")},
        {true, POINT("'arn:aws:s3:us-west-2:123456789012:accesspoint/${aws:username}'")},
        {true, POINT("['arn:aws:s3:us-west-2:123456789012:accesspoint/*','*']")},
        {true, POINT("'*:accesspoint/*'")},
        {true, POINT("''")},
        {true, IF("'StringNotLike':{'s3:DataAccessPointArn':'arn:aws:s3:us-west-2:1:accesspoint/x'}")},
        {true, IF("'StringLikeIfExists':{'s3:DataAccessPointArn':'arn:aws:s3:us-west-2:1:accesspoint/x'}")},
};

static void check(const struct public_case *c, const char *version)
{
        char document[2048], problem[POLICY_PROBLEM_MAX], *json;
        struct policy *policy;

        (void)snprintf(document, sizeof(document), "{%s'Statement':[%s]}", version, c->statements);
        json = json_of(document);
        assert_int_equal(policy_compile(str_of(json), POLICY_RESOURCE, &policy, problem), 0);
        if (policy_is_public(policy) != c->is_public)
                print_error("%s\n", json);
        assert_true(policy_is_public(policy) == c->is_public);
        policy_free(policy);
        free(json);
}

/* A policy of the old version, whose variables are text, is no less public. */
static void check_all(const struct public_case *cases, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                check(&cases[i], "'Version':'2012-10-17',");
                check(&cases[i], "");
        }
}

static void test_cases(void **state)
{
        (void)state;
        check_all(EXAMPLES, ARRAY_LEN(EXAMPLES));
        check_all(PRINCIPALS, ARRAY_LEN(PRINCIPALS));
        check_all(STATEMENTS, ARRAY_LEN(STATEMENTS));
        check_all(KEYS, ARRAY_LEN(KEYS));
        check_all(VALUES, ARRAY_LEN(VALUES));
        check_all(OPERATORS, ARRAY_LEN(OPERATORS));
        check_all(NETWORKS, ARRAY_LEN(NETWORKS));
        check_all(ACCESS_POINTS, ARRAY_LEN(ACCESS_POINTS));
}

/* A policy that names nobody grants to everybody, as far as it can be told from it. */
static void test_no_principal(void **state)
{
        char problem[POLICY_PROBLEM_MAX], *json = json_of("{'Statement':{'Effect':'Allow'," REST "}}");
        struct policy *policy;

        (void)state;
        assert_int_equal(policy_compile(str_of(json), POLICY_IDENTITY, &policy, problem), 0);
        assert_true(policy_is_public(policy));
        policy_free(policy);
        free(json);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_no_principal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
