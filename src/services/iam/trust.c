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

/* What is done with each principal of a document: another text for it, the same, or an error. */
struct rewriter {
        struct txn *txn;
        struct arena *arena;
        int (*rewrite)(struct rewriter *rewriter, const char *type, struct str value, struct str *ret);
        struct str refused; /* the principal that stopped it */
        const char *refused_type;
};

static struct str text_of(const json_t *json)
{
        return str_make(json_string_value(json), json_string_length(json));
}

static int rewrite_one(struct rewriter *rewriter, const char *type, json_t *json, json_t **ret)
{
        struct str value = text_of(json), other = value;

        TRY(rewriter->rewrite(rewriter, type, value, &other));
        *ret = json_stringn(other.ptr, other.len);
        return *ret ? 0 : -ENOMEM;
}

/* One string, or a list of them. */
static int rewrite_values(struct rewriter *rewriter, json_t *principal, const char *type, json_t *values)
{
        json_t *other;

        if (json_is_string(values)) {
                TRY(rewrite_one(rewriter, type, values, &other));
                return json_object_set_new(principal, type, other) < 0 ? -ENOMEM : 0;
        }
        for (size_t i = 0; i < json_array_size(values); i++) {
                TRY(rewrite_one(rewriter, type, json_array_get(values, i), &other));
                if (json_array_set_new(values, i, other) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int rewrite_statement(struct rewriter *rewriter, json_t *statement)
{
        static const char *const ELEMENTS[] = {"Principal", "NotPrincipal"};
        static const char *const TYPES[] = {"AWS", "Service"};

        for (size_t i = 0; i < ARRAY_LEN(ELEMENTS); i++)
                for (size_t k = 0; k < ARRAY_LEN(TYPES); k++) {
                        json_t *principal = json_object_get(statement, ELEMENTS[i]);
                        json_t *values = json_object_get(principal, TYPES[k]);

                        if (values)
                                TRY(rewrite_values(rewriter, principal, TYPES[k], values));
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

static bool is_service_name(struct str name)
{
        static const struct str ENDS[] = {STR_INIT(".amazonaws.com"), STR_INIT(".amazonaws.com.cn"),
                                          STR_INIT(".amazon.com"), STR_INIT(".aws.internal")};

        for (size_t i = 0; i < ARRAY_LEN(ENDS); i++)
                if (str_ends(name, ENDS[i]) && name.len > ENDS[i].len)
                        return true;
        return false;
}

/* A user or role must be there, whatever its account; other principals (accounts, sessions) are meant by what
 * they are called. */
static int aws_to_stored(struct rewriter *rewriter, struct str value, struct str *ret)
{
        struct iam_arn_parts parts;
        struct iam_entity entity;
        struct str arn;

        if (is_account_id(value)) {
                *ret = iam_root_arn(rewriter->arena, value);
                return 0;
        }
        if (is_unique_id(value))
                return arn_of_id(rewriter->txn, rewriter->arena, value, &arn);
        if (iam_arn_parse(value, &parts) < 0 || !is_account_id(parts.account))
                return 0;
        TRY(iam_find_entity(rewriter->txn, rewriter->arena, value, &entity));
        *ret = entity.owner.id;
        return 0;
}

static int to_stored(struct rewriter *rewriter, const char *type, struct str value, struct str *ret)
{
        bool is_aws = str_eq(str_of(type), STR("AWS"));
        int r;

        if (is_aws)
                r = aws_to_stored(rewriter, value, ret);
        else
                r = is_service_name(value) ? 0 : -ENOENT;
        if (r != -ENOENT)
                return r;
        rewriter->refused = arena_dup(rewriter->arena, value);
        rewriter->refused_type = is_aws ? "AWS" : "SERVICE";
        return -EINVAL;
}

static int to_shown(struct rewriter *rewriter, const char *type, struct str value, struct str *ret)
{
        int r;

        if (!str_eq(str_of(type), STR("AWS")) || !is_unique_id(value))
                return 0;
        r = arn_of_id(rewriter->txn, rewriter->arena, value, ret);
        return r == -ENOENT ? 0 : r;
}

int iam_store_principals(struct txn *txn, struct arena *arena, struct str document, struct str *ret_stored,
                         struct str *ret_refused)
{
        struct rewriter rewriter = {.txn = txn, .arena = arena, .rewrite = to_stored};
        int r = rewrite_text(&rewriter, document, ret_stored);

        if (r == -EINVAL)
                *ret_refused = rewriter.refused;
        return r;
}

/* "arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION", "...:federated-user/NAME": meant by what they are called.
 */
static bool is_session_arn(struct str arn)
{
        struct str rest = arn, word;

        for (size_t i = 0; i < 2; i++)
                if (!str_cut(&rest, ':', &word))
                        return false;
        return str_starts(rest, STR("sts:")) &&
               (str_find(rest, STR(":assumed-role/")) > 0 || str_find(rest, STR(":federated-user/")) > 0);
}

int iam_principal_id(struct txn *txn, struct arena *arena, struct str principal, struct str *ret)
{
        const struct str root = STR("arn:aws:iam::"), end = STR(":root");
        struct iam_entity entity;

        *ret = STR("");
        if (is_session_arn(principal))
                return 0;
        if (str_starts(principal, root) && str_ends(principal, end))
                principal = str_part(principal, root.len, principal.len - root.len - end.len);
        if (is_account_id(principal))
                return iam_account_exists(txn, principal) ? 0 : -ENOENT;
        TRY(iam_find_entity(txn, arena, principal, &entity));
        if (str_eq(entity.owner.kind, STR("Group")))
                return -ENOENT;
        *ret = entity.owner.id;
        return 0;
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
                            "Invalid principal in policy: \"%s\":\"%.*s\"", rewriter.refused_type,
                            STR_ARG(rewriter.refused));
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
