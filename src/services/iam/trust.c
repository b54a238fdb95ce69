#include "services/iam/trust.h"

#include "services/iam/document.h"
#include "services/iam/entity.h"
#include "services/iam/quota.h"

#include <jansson.h>
#include <stdlib.h>

static void json_done(json_t **json)
{
        json_decref(*json);
}

/* What is done with each AWS principal of a document: another text for it, the same, or an error. */
struct rewriter {
        struct txn *txn;
        struct arena *arena;
        int (*rewrite)(struct rewriter *rewriter, struct str value, struct str *ret);
        struct str refused; /* the principal that stopped it */
};

static struct str text_of(const json_t *json)
{
        return str_make(json_string_value(json), json_string_length(json));
}

static int rewrite_one(struct rewriter *rewriter, json_t *json, json_t **ret)
{
        struct str value = text_of(json), other = value;

        TRY(rewriter->rewrite(rewriter, value, &other));
        *ret = json_stringn(other.ptr, other.len);
        return *ret ? 0 : -ENOMEM;
}

/* "AWS": one string, or a list of them. */
static int rewrite_aws(struct rewriter *rewriter, json_t *principal, json_t *aws)
{
        json_t *other;
        size_t i;

        if (json_is_string(aws)) {
                TRY(rewrite_one(rewriter, aws, &other));
                return json_object_set_new(principal, "AWS", other) < 0 ? -ENOMEM : 0;
        }
        for (i = 0; i < json_array_size(aws); i++) {
                TRY(rewrite_one(rewriter, json_array_get(aws, i), &other));
                if (json_array_set_new(aws, i, other) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int rewrite_statement(struct rewriter *rewriter, json_t *statement)
{
        static const char *const ELEMENTS[] = {"Principal", "NotPrincipal"};

        for (size_t i = 0; i < ARRAY_LEN(ELEMENTS); i++) {
                json_t *principal = json_object_get(statement, ELEMENTS[i]);
                json_t *aws = json_object_get(principal, "AWS");

                if (aws)
                        TRY(rewrite_aws(rewriter, principal, aws));
        }
        return 0;
}

static int rewrite_document(struct rewriter *rewriter, json_t *document)
{
        json_t *statements = json_object_get(document, "Statement");

        if (json_is_object(statements))
                return rewrite_statement(rewriter, statements);
        for (size_t i = 0; i < json_array_size(statements); i++)
                TRY(rewrite_statement(rewriter, json_array_get(statements, i)));
        return 0;
}

static int rewrite_text(struct rewriter *rewriter, struct str text, struct str *ret)
{
        _cleanup_(json_done) json_t *document = json_loadb(text.ptr, text.len, 0, NULL);
        char *compact;

        if (!document)
                return -EBADMSG;
        TRY(rewrite_document(rewriter, document));
        compact = json_dumps(document, JSON_COMPACT);
        if (!compact)
                return -ENOMEM;
        *ret = arena_dup(rewriter->arena, str_of(compact));
        free(compact);
        return 0;
}

static bool is_account_id(struct str s)
{
        for (size_t i = 0; i < s.len; i++)
                if (s.ptr[i] < '0' || s.ptr[i] > '9')
                        return false;
        return s.len == IAM_ACCOUNT_ID_LEN;
}

static bool is_unique_id(struct str s)
{
        return str_starts(s, STR("AIDA")) || str_starts(s, STR("AROA"));
}

/* The ARN behind a unique id. -ENOENT: it is gone. */
static int arn_of_id(struct txn *txn, struct arena *arena, struct str id, struct str *ret)
{
        struct iam_user_record user;
        struct iam_role_record role;

        if (str_starts(id, STR("AIDA"))) {
                TRY(iam_user_by_unique_id(txn, arena, id, &user));
                *ret = iam_user_arn(arena, &user);
        } else {
                TRY(iam_role_by_unique_id(txn, arena, id, &role));
                *ret = iam_role_arn(arena, &role);
        }
        return 0;
}

/* A user or role must be there, whatever its account; other principals (accounts, sessions) are meant by what
 * they are called. */
static int to_stored(struct rewriter *rewriter, struct str value, struct str *ret)
{
        struct iam_arn_parts parts;
        struct iam_entity entity;
        struct str arn;
        int r = 0;

        if (is_account_id(value)) {
                *ret = iam_root_arn(rewriter->arena, value);
        } else if (is_unique_id(value)) {
                r = arn_of_id(rewriter->txn, rewriter->arena, value, &arn);
        } else if (iam_arn_parse(value, &parts) == 0 && is_account_id(parts.account)) {
                r = iam_find_entity(rewriter->txn, rewriter->arena, value, &entity);
                *ret = entity.owner.id;
        }
        if (r == -ENOENT) {
                rewriter->refused = arena_dup(rewriter->arena, value);
                return -EINVAL;
        }
        return r;
}

static int to_shown(struct rewriter *rewriter, struct str value, struct str *ret)
{
        int r;

        if (!is_unique_id(value))
                return 0;
        r = arn_of_id(rewriter->txn, rewriter->arena, value, ret);
        return r == -ENOENT ? 0 : r;
}

int iam_trust_store(struct call *call, struct str document, struct str *ret_stored)
{
        struct rewriter rewriter = {.txn = call->txn, .arena = &call->arena, .rewrite = to_stored};
        int r;

        TRY(iam_check_document(call, document, POLICY_TRUST));
        if (iam_document_length(document) > IAM_TRUST_POLICY_SIZE)
                return iam_over_quota(call, "ACLSizePerRole", IAM_TRUST_POLICY_SIZE);
        r = rewrite_text(&rewriter, document, ret_stored);
        if (r == -EINVAL)
                return fail(call, &iam_malformed_policy_document_exception,
                            "Invalid principal in policy: \"AWS\":\"%.*s\"", STR_ARG(rewriter.refused));
        return r;
}

int iam_trust_document(struct txn *txn, struct arena *arena, struct str stored, struct str *ret)
{
        struct rewriter rewriter = {.txn = txn, .arena = arena, .rewrite = to_shown};

        *ret = stored;
        if (str_find(stored, STR("\"AIDA")) < 0 && str_find(stored, STR("\"AROA")) < 0)
                return 0;
        return rewrite_text(&rewriter, stored, ret);
}
