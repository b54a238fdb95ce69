/* What an upload in parts was begun with holds for its parts and for its end, which do not say it again: else
 * no policy that wants it said could let them through.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html */
#include "services/s3/encryption.h"
#include "services/s3/upload.h"

static struct str value_of(const struct s3_object_record *upload, struct str name)
{
        if (str_eq_nocase(name, STR("s3:x-amz-storage-class")))
                return upload->storage_class;
        if (s3_is_customers(upload))
                return STR_NONE;
        if (str_eq_nocase(name, STR("s3:x-amz-server-side-encryption")))
                return upload->encryption;
        if (str_eq_nocase(name, STR("s3:x-amz-server-side-encryption-aws-kms-key-id")))
                return upload->kms_key;
        return STR_NONE;
}

static bool continues_upload(const struct call *call)
{
        static const struct str OPERATIONS[] = {STR_INIT("CompleteMultipartUpload"), STR_INIT("UploadPart"),
                                                STR_INIT("UploadPartCopy")};

        for (size_t i = 0; i < ARRAY_LEN(OPERATIONS); i++)
                if (str_eq(call->operation->name, OPERATIONS[i]))
                        return true;
        return false;
}

int s3_find_upload_condition(struct call *call, const struct s3_target *target, struct str name,
                             struct policy_key *ret)
{
        struct s3_version upload;
        int r;

        if (!target->is_there || !str_eq(target->action, STR("s3:PutObject")) || !continues_upload(call))
                return 0;
        r = s3_get_upload(call, &target->bucket, target->key,
                          http_query_value(call->request, STR("uploadId")), &upload);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return s3_give_key(call, value_of(&upload.row, name), ret);
}
