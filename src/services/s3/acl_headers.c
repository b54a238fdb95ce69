/* x-amz-acl and x-amz-grant-*.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
#include "services/s3/acl.h"

/* -- Canned ones */

enum meant { NOBODY, ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY, EC2, BUCKET_OWNER };

/* Beside what each grants its owner: FULL_CONTROL. */
static const struct canned {
        struct str name;
        struct {
                enum meant who;
                struct str permission;
        } grants[2];
} CANNED[] = {
        {STR_INIT("private"), {}},
        {STR_INIT("public-read"), {{ALL_USERS, STR_INIT("READ")}}},
        {STR_INIT("public-read-write"), {{ALL_USERS, STR_INIT("READ")}, {ALL_USERS, STR_INIT("WRITE")}}},
        {STR_INIT("authenticated-read"), {{AUTHENTICATED_USERS, STR_INIT("READ")}}},
        {STR_INIT("aws-exec-read"), {{EC2, STR_INIT("READ")}}},
        {STR_INIT("bucket-owner-read"), {{BUCKET_OWNER, STR_INIT("READ")}}},
        {STR_INIT("bucket-owner-full-control"), {{BUCKET_OWNER, STR_INIT("FULL_CONTROL")}}},
        {STR_INIT("log-delivery-write"),
         {{LOG_DELIVERY, STR_INIT("WRITE")}, {LOG_DELIVERY, STR_INIT("READ_ACP")}}},
};

static const struct canned *find_canned(struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(CANNED); i++)
                if (str_eq(CANNED[i].name, name))
                        return &CANNED[i];
        return NULL;
}

/* Of a bucket, and where the bucket's owner is the object's, there is nothing to add. */
static bool is_left_out(const struct s3_acl_subject *subject, enum meant who)
{
        return who == NOBODY || (who == BUCKET_OWNER &&
                                 (!subject->is_object || str_eq(subject->owner, subject->bucket->account)));
}

static struct s3_grant canned_grant(struct arena *arena, const struct s3_acl_subject *subject, enum meant who,
                                    struct str permission)
{
        static const struct str GROUPS[] = {
                [ALL_USERS] = STR_INIT("http://acs.amazonaws.com/groups/global/AllUsers"),
                [AUTHENTICATED_USERS] = STR_INIT("http://acs.amazonaws.com/groups/global/AuthenticatedUsers"),
                [LOG_DELIVERY] = STR_INIT("http://acs.amazonaws.com/groups/s3/LogDelivery"),
        };

        if (who == BUCKET_OWNER)
                return s3_grant_to_owner(arena, subject->bucket->account, permission);
        if (who == EC2)
                return s3_grant_to_id(arena, S3_EC2_ID, permission);
        return s3_grant_to_group(arena, GROUPS[who], permission);
}

static int refuse_argument(struct call *call, const char *text, struct str name, struct str value)
{
        call_detail(call, STR("ArgumentName"), name);
        call_detail(call, STR("ArgumentValue"), value);
        return text ? fail(call, &s3_invalid_argument, "%s", text)
                    : fail_silently(call, &s3_invalid_argument);
}

static int add(struct call *call, struct s3_grant_list *list, struct s3_grant grant)
{
        if (list->count == S3_GRANTS_MAX)
                return s3_refuse_acl(call);
        return s3_acl_add(&call->arena, list, grant) ? 0 : -ENOMEM;
}

static int of_canned(struct call *call, struct str name, const struct s3_acl_subject *subject,
                     struct s3_grant_list *ret)
{
        const struct canned *canned = find_canned(name);

        if (!canned)
                return refuse_argument(call, NULL, STR("x-amz-acl"), name);
        TRY(add(call, ret, s3_grant_to_owner(&call->arena, subject->owner, STR("FULL_CONTROL"))));
        for (size_t i = 0; i < ARRAY_LEN(canned->grants); i++)
                if (!is_left_out(subject, canned->grants[i].who))
                        TRY(add(call, ret,
                                canned_grant(&call->arena, subject, canned->grants[i].who,
                                             canned->grants[i].permission)));
        return 0;
}

/* -- Grants: id="...", uri="...", with quotes or without */

static bool cut_value(struct str *rest, struct str *ret)
{
        ptrdiff_t end;

        *rest = str_trim(*rest);
        if (rest->len == 0 || rest->ptr[0] != '"') {
                str_cut(rest, ',', ret);
                *ret = str_trim(*ret);
                return ret->len > 0;
        }
        *rest = str_from(*rest, 1);
        end = str_find_byte(*rest, '"');
        if (end <= 0)
                return false;
        *ret = str_part(*rest, 0, (size_t)end);
        *rest = str_trim(str_from(*rest, (size_t)end + 1));
        if (rest->len > 0 && rest->ptr[0] != ',')
                return false;
        *rest = rest->len > 1 ? str_from(*rest, 1) : STR_NONE;
        return true;
}

int s3_grantee_next(struct str *rest, struct str *ret_kind, struct str *ret_value)
{
        ptrdiff_t equals;

        if (!str_is_set(*rest))
                return 0;
        equals = str_find_byte(*rest, '=');
        if (equals <= 0)
                return -EINVAL;
        *ret_kind = str_trim(str_part(*rest, 0, (size_t)equals));
        *rest = str_from(*rest, (size_t)equals + 1);
        return cut_value(rest, ret_value) ? 1 : -EINVAL;
}

struct grant_header {
        struct str name, value, permission;
};

static int add_grantee(struct call *call, const struct grant_header *header, struct str kind,
                       struct str value, struct s3_grant_list *list)
{
        if (str_eq_nocase(kind, STR("id"))) {
                TRY(s3_check_canonical_id(call, "id", value));
                return add(call, list, s3_grant_to_id(&call->arena, value, header->permission));
        }
        if (str_eq_nocase(kind, STR("uri"))) {
                TRY(s3_check_group(call, "uri", value));
                return add(call, list, s3_grant_to_group(&call->arena, value, header->permission));
        }
        if (str_eq_nocase(kind, STR("emailAddress")))
                return s3_refuse_email(call);
        return refuse_argument(call, "Argument format not recognized", header->name, header->value);
}

static int add_header(struct call *call, const struct grant_header *header, struct s3_grant_list *list)
{
        struct str rest = header->value, kind, value;
        int r;

        while ((r = s3_grantee_next(&rest, &kind, &value)) > 0)
                TRY(add_grantee(call, header, kind, value, list));
        return r == -EINVAL
                       ? refuse_argument(call, "Argument format not recognized", header->name, header->value)
                       : r;
}

/* The owner gets nothing that the headers do not say; as its owner it may still change the list. */
static int of_grants(struct call *call, const struct s3_acl_headers *given, struct s3_grant_list *ret)
{
        const struct grant_header headers[] = {
                {STR("x-amz-grant-full-control"), given->full_control, STR("FULL_CONTROL")},
                {STR("x-amz-grant-read"), given->read, STR("READ")},
                {STR("x-amz-grant-read-acp"), given->read_acp, STR("READ_ACP")},
                {STR("x-amz-grant-write"), given->write, STR("WRITE")},
                {STR("x-amz-grant-write-acp"), given->write_acp, STR("WRITE_ACP")},
        };

        for (size_t i = 0; i < ARRAY_LEN(headers); i++)
                if (headers[i].value.len > 0)
                        TRY(add_header(call, &headers[i], ret));
        return 0;
}

static bool has_grants(const struct s3_acl_headers *given)
{
        return given->full_control.len || given->read.len || given->read_acp.len || given->write.len ||
               given->write_acp.len;
}

bool s3_acl_is_given(const struct s3_acl_headers *given)
{
        return given->canned.len > 0 || has_grants(given);
}

int s3_acl_of_headers(struct call *call, const struct s3_acl_headers *given,
                      const struct s3_acl_subject *subject, struct s3_grant_list *ret)
{
        if (given->canned.len == 0)
                return of_grants(call, given, ret);
        if (has_grants(given))
                return fail(call, &s3_invalid_request,
                            "Specifying both Canned ACLs and Header Grants is not allowed");
        return of_canned(call, given->canned, subject, ret);
}
