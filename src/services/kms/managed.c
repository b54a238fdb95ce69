/* AWS managed keys: made when a service first needs one, or somebody looks at it.
 * https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key */
#include "base/ids.h"
#include "services/kms/directory.h"
#include "services/kms/kms.h"

/* The aliases that accounts have from the start, in order; the services that may use their keys are those of
 * their names. */
static const struct managed {
        struct str alias;   /* "alias/aws/s3" */
        struct str service; /* of kms:ViaService */
        struct str title;   /* in the key's policy and description */
} MANAGED[] = {
        {STR_INIT("alias/aws/dynamodb"), STR_INIT("dynamodb"), STR_INIT("Amazon DynamoDB")},
        {STR_INIT("alias/aws/ebs"), STR_INIT("ec2"), STR_INIT("EBS")},
        {STR_INIT("alias/aws/lambda"), STR_INIT("lambda"), STR_INIT("AWS Lambda")},
        {STR_INIT("alias/aws/rds"), STR_INIT("rds"), STR_INIT("RDS")},
        {STR_INIT("alias/aws/s3"), STR_INIT("s3"), STR_INIT("S3")},
        {STR_INIT("alias/aws/secretsmanager"), STR_INIT("secretsmanager"), STR_INIT("AWS Secrets Manager")},
        {STR_INIT("alias/aws/sns"), STR_INIT("sns"), STR_INIT("SNS")},
        {STR_INIT("alias/aws/sqs"), STR_INIT("sqs"), STR_INIT("SQS")},
        {STR_INIT("alias/aws/ssm"), STR_INIT("ssm"), STR_INIT("SSM")},
};

struct str kms_predefined_alias(size_t number)
{
        return number < ARRAY_LEN(MANAGED) ? MANAGED[number].alias : STR_NONE;
}

static const struct managed *find(struct str alias)
{
        for (size_t i = 0; i < ARRAY_LEN(MANAGED); i++)
                if (str_eq(MANAGED[i].alias, alias))
                        return &MANAGED[i];
        return NULL;
}

bool kms_is_predefined_alias(struct str alias)
{
        return find(alias) != NULL;
}

/* Everyone in the account whom the service lets, through the service alone; and the account may look.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account */
static struct str policy_of(struct call *call, const struct managed *managed)
{
        struct str account = call->account, name = str_from(managed->alias, strlen("alias/aws/"));

        return arena_printf(
                &call->arena,
                "{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"auto-%.*s-1\",\n  \"Statement\" : [ {\n"
                "    \"Sid\" : \"Allow access through %.*s for all principals in the account that are "
                "authorized "
                "to use %.*s\",\n"
                "    \"Effect\" : \"Allow\",\n    \"Principal\" : {\n      \"AWS\" : \"*\"\n    },\n"
                "    \"Action\" : [ \"kms:Encrypt\", \"kms:Decrypt\", \"kms:ReEncrypt*\", "
                "\"kms:GenerateDataKey*\", \"kms:CreateGrant\", \"kms:DescribeKey\" ],\n"
                "    \"Resource\" : \"*\",\n    \"Condition\" : {\n      \"StringEquals\" : {\n"
                "        \"kms:CallerAccount\" : \"%.*s\",\n"
                "        \"kms:ViaService\" : \"%.*s.%.*s.amazonaws.com\"\n      }\n    }\n  }, {\n"
                "    \"Sid\" : \"Allow direct access to key metadata to the account\",\n"
                "    \"Effect\" : \"Allow\",\n    \"Principal\" : {\n      \"AWS\" : "
                "\"arn:aws:iam::%.*s:root\"\n    },\n"
                "    \"Action\" : [ \"kms:Describe*\", \"kms:Get*\", \"kms:List*\", \"kms:RevokeGrant\" ],\n"
                "    \"Resource\" : \"*\"\n  } ]\n}",
                STR_ARG(name), STR_ARG(managed->title), STR_ARG(managed->title), STR_ARG(account),
                STR_ARG(managed->service), STR_ARG(call->region), STR_ARG(account));
}

static int make_material(struct call *call, struct kms_key_record *key)
{
        _cleanup_(secret_done) struct secret bytes = {};
        struct kms_material_record material;

        TRY(secret_new(&bytes, kms_spec_find(key->spec)->material_len));
        random_fill(bytes.bytes, bytes.len);
        return kms_add_material(call, key, secret_str(&bytes), &material);
}

static int make_alias(struct call *call, struct str name, const struct kms_key_record *key)
{
        const struct kms_alias_record alias = {.account = key->account,
                                               .region = key->region,
                                               .name = name,
                                               .key_id = key->id,
                                               .created = OPT_INT(call->now_ms),
                                               .updated = OPT_INT(call->now_ms)};

        return call_insert(call, &kms_alias_record_type, &alias);
}

/* "KMS always rotates the key material of AWS managed keys every year." */
int kms_make_managed_key(struct call *call, struct str alias)
{
        const struct managed *managed = find(alias);
        struct kms_key_record key;

        if (!managed)
                return -EINVAL;
        key = (struct kms_key_record){
                .account = call->account,
                .region = call->region,
                .id = id_uuid(&call->arena),
                .created = OPT_INT(call->now_ms),
                .description = arena_printf(
                        &call->arena, "Default key that protects my %.*s data when no other key is defined",
                        STR_ARG(managed->title)),
                .state = KMS_ENABLED,
                .spec = KMS_DEFAULT,
                .usage = KMS_ENCRYPT_DECRYPT,
                .origin = STR("AWS_KMS"),
                .manager = STR("AWS"),
                .policy = policy_of(call, managed),
                .rotation_period_days = OPT_INT(KMS_ROTATION_DAYS_DEFAULT),
        };
        TRY(make_material(call, &key));
        TRY(kms_plan_rotation(call, &key, OPT_INT(call->now_ms + KMS_ROTATION_DAYS_DEFAULT * MS_PER_DAY)));
        TRY(call_insert(call, &kms_key_record_type, &key));
        call_touch(call, kms_arn_of(&call->arena, &key), STR("AWS::KMS::Key"));
        return make_alias(call, managed->alias, &key);
}

int kms_service_key(struct call *call, struct str alias, struct str *ret_key_arn)
{
        struct kms_alias_record there = {.account = call->account, .region = call->region, .name = alias};
        int r = call_get(call, &kms_alias_record_type, &there);

        if (r == -ENOENT) {
                if (!kms_is_predefined_alias(alias))
                        return -EINVAL;
                TRY(call_need_write(call));
                TRY(kms_make_managed_key(call, alias));
                r = call_get(call, &kms_alias_record_type, &there);
        }
        TRY(r);
        *ret_key_arn = kms_key_arn(&call->arena, call->account, call->region, there.key_id);
        return 0;
}
