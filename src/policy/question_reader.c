#include "policy/question_reader.h"

#include <jansson.h>

struct reader {
        struct read_question *read;
        struct arena *arena;
        json_t *root;
        char *problem;
};

static int fail(struct reader *r, const char *what, const char *why)
{
        (void)snprintf(r->problem, QUESTION_PROBLEM_MAX, "%s: %s", what, why);
        return -EINVAL;
}

static json_t *member(const struct reader *r, const char *name)
{
        json_t *value = json_object_get(r->root, name);

        return json_is_null(value) ? NULL : value;
}

/* A misspelt "boundary" must not silently leave a limit out. Notes of whoever wrote the question may stay. */
static int check_names(struct reader *r)
{
        static const char *const KNOWN[] = {
                "id",      "principal",   "action",          "resource", "resource_account",
                "context", "identity",    "boundary",        "session",  "resource_policy",
                "scps",    "rcps",        "endpoint_policy", "comment",  "name",
                "note",    "description", "expect",          "expected", "source",
                "grants",
        };
        const char *name;
        json_t *value;

        json_object_foreach(r->root, name, value)
        {
                size_t i = 0;

                while (i < ARRAY_LEN(KNOWN) && !str_eq(str_of(name), str_of(KNOWN[i])))
                        i++;
                if (i == ARRAY_LEN(KNOWN))
                        return fail(r, "unknown member", "is none of a question's");
        }
        return 0;
}

static int read_text(struct reader *r, const char *name, bool required, struct str *ret)
{
        json_t *value = member(r, name);

        *ret = STR("");
        if (!value && !required)
                return 0;
        if (!json_is_string(value))
                return fail(r, name, value ? "must be a string" : "is missing");
        *ret = arena_dup(r->arena, str_make(json_string_value(value), json_string_length(value)));
        return r->arena->failed ? -ENOMEM : 0;
}

static void read_id(struct reader *r)
{
        json_t *id = json_object_get(r->root, "id");
        char *text = id ? json_dumps(id, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

        if (text)
                r->read->id = arena_dup(r->arena, str_of(text));
        free(text);
}

static int read_value(struct reader *r, const json_t *json, struct str *ret)
{
        if (json_is_string(json))
                *ret = arena_dup(r->arena, str_make(json_string_value(json), json_string_length(json)));
        else if (json_is_boolean(json))
                *ret = json_is_true(json) ? STR("true") : STR("false");
        else if (json_is_integer(json))
                *ret = arena_printf(r->arena, "%lld", (long long)json_integer_value(json));
        else if (json_is_real(json))
                *ret = arena_printf(r->arena, "%.15g", json_real_value(json));
        else
                return fail(r, "context", "a value must be a string, number or boolean");
        return r->arena->failed ? -ENOMEM : 0;
}

static int read_key(struct reader *r, const char *name, json_t *value, struct policy_key *ret)
{
        size_t count = json_is_array(value) ? json_array_size(value) : !json_is_null(value);
        struct str *values = arena_new_array(r->arena, struct str, count);

        if (!values)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                TRY(read_value(r, json_is_array(value) ? json_array_get(value, i) : value, &values[i]));
        *ret = (struct policy_key){arena_dup(r->arena, str_of(name)), values, count};
        return 0;
}

static int read_context(struct reader *r)
{
        struct policy_question *q = &r->read->question;
        json_t *context = member(r, "context"), *value;
        struct policy_key *keys;
        const char *name;

        if (!context)
                return 0;
        if (!json_is_object(context))
                return fail(r, "context", "must be an object");
        keys = arena_new_array(r->arena, struct policy_key, json_object_size(context));
        if (!keys)
                return -ENOMEM;
        q->keys = keys;
        json_object_foreach(context, name, value) TRY(read_key(r, name, value, &keys[q->key_count++]));
        return 0;
}

static int keep_policy(struct reader *r, struct policy *policy)
{
        struct policy **more =
                realloc(r->read->policies, (r->read->policy_count + 1) * sizeof(*r->read->policies));

        if (!more) {
                policy_free(policy);
                return -ENOMEM;
        }
        r->read->policies = more;
        more[r->read->policy_count++] = policy;
        return 0;
}

static int compile(json_t *document, enum policy_kind kind, struct policy **ret,
                   char problem[POLICY_PROBLEM_MAX])
{
        char *text;
        int result;

        if (json_is_string(document))
                return policy_compile(str_make(json_string_value(document), json_string_length(document)),
                                      kind, ret, problem);
        text = json_dumps(document, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
        if (!text)
                return -ENOMEM;
        result = policy_compile(str_of(text), kind, ret, problem);
        free(text);
        return result;
}

static int read_document(struct reader *r, const char *what, json_t *document, enum policy_kind kind,
                         struct policy_ref *ret)
{
        char problem[POLICY_PROBLEM_MAX], ignored[POLICY_PROBLEM_MAX];
        struct policy *policy;
        int result = compile(document, kind, &policy, problem);

        /* What a question calls the policy of a role may be written as one that names its resource. */
        if (result == -EINVAL && kind == POLICY_TRUST)
                result = compile(document, POLICY_RESOURCE, &policy, ignored);
        if (result == -EINVAL)
                return fail(r, what, problem);
        TRY(result);
        TRY(keep_policy(r, policy));
        *ret = (struct policy_ref){.policy = policy};
        return 0;
}

static int read_documents(struct reader *r, const char *what, json_t *list, enum policy_kind kind,
                          struct policy_refs *ret)
{
        size_t count = json_is_array(list) ? json_array_size(list) : list != NULL;
        struct policy_ref *refs = arena_new_array(r->arena, struct policy_ref, count);

        if (!refs)
                return -ENOMEM;
        *ret = (struct policy_refs){refs, count};
        for (size_t i = 0; i < count; i++)
                TRY(read_document(r, what, json_is_array(list) ? json_array_get(list, i) : list, kind,
                                  &refs[i]));
        return 0;
}

static int read_one(struct reader *r, const char *name, enum policy_kind kind, const struct policy_ref **ret)
{
        struct policy_ref *ref;

        if (!member(r, name))
                return 0;
        ref = arena_new(r->arena, struct policy_ref);
        if (!ref)
                return -ENOMEM;
        *ret = ref;
        return read_document(r, name, member(r, name), kind, ref);
}

static int read_levels(struct reader *r, const char *name, enum policy_kind kind, struct policy_levels *ret)
{
        json_t *list = member(r, name);
        struct policy_refs *levels;

        if (!list)
                return 0;
        if (!json_is_array(list))
                return fail(r, name, "must be a list of levels");
        levels = arena_new_array(r->arena, struct policy_refs, json_array_size(list));
        if (!levels)
                return -ENOMEM;
        *ret = (struct policy_levels){levels, json_array_size(list)};
        for (size_t i = 0; i < ret->count; i++)
                TRY(read_documents(r, name, json_array_get(list, i), kind, &levels[i]));
        return 0;
}

/* Of a role, and of a KMS key, the resource policy must allow, whatever others say.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
static int read_resource_policy(struct reader *r)
{
        struct policy_question *q = &r->read->question;
        bool role = str_starts_nocase(q->action, STR("sts:")) && str_find(q->resource, STR(":role/")) > 0;
        bool key = str_starts_nocase(q->action, STR("kms:")) && str_find(q->resource, STR(":key/")) > 0;

        TRY(read_one(r, "resource_policy", role ? POLICY_TRUST : POLICY_RESOURCE, &q->resource_policy));
        q->resource_policy_required = q->resource_policy && (role || key);
        return 0;
}

static int read_grants(struct reader *r)
{
        const char *problem = "";
        int result = question_grants(r->arena, member(r, "grants"), &r->read->question, &problem);

        return result == -EINVAL ? fail(r, "grants", problem) : result;
}

static int read_policies(struct reader *r)
{
        struct policy_question *q = &r->read->question;

        TRY(read_documents(r, "identity", member(r, "identity"), POLICY_IDENTITY, &q->identity));
        TRY(read_one(r, "boundary", POLICY_IDENTITY, &q->boundary));
        TRY(read_documents(r, "session", member(r, "session"), POLICY_SESSION, &q->session));
        q->has_session = q->session.count > 0;
        TRY(read_resource_policy(r));
        TRY(read_grants(r));
        TRY(read_levels(r, "scps", POLICY_SCP, &q->scps));
        TRY(read_levels(r, "rcps", POLICY_RCP, &q->rcps));
        return read_one(r, "endpoint_policy", POLICY_ENDPOINT, &q->endpoint);
}

static int read_root(struct reader *r)
{
        struct policy_question *q = &r->read->question;
        struct str principal;

        if (!json_is_object(r->root))
                return fail(r, "question", "must be a JSON object");
        read_id(r);
        TRY(check_names(r));
        TRY(read_text(r, "principal", true, &principal));
        TRY(read_text(r, "action", true, &q->action));
        TRY(read_text(r, "resource", true, &q->resource));
        TRY(read_text(r, "resource_account", false, &q->resource_account));
        TRY(read_context(r));
        if (question_principal(r->arena, principal, q->action, q, &q->principal) < 0)
                return fail(r, "principal", "is no ARN, account, service or \"*\"");
        TRY(question_defaults(r->arena, q));
        return read_policies(r);
}

/* A name given twice, here or in a policy, makes the line bad; its id can still be told. */
static int refuse_json(struct reader *r, struct str json)
{
        const char *why = "is not JSON";

        r->root = json_loadb(json.ptr ? json.ptr : "", json.len, 0, NULL);
        if (json_is_object(r->root)) {
                why = "has a name twice in one object";
                read_id(r);
        }
        json_decref(r->root);
        return fail(r, "question", why);
}

int question_read(struct str json, struct arena *arena, struct read_question *ret,
                  char problem[QUESTION_PROBLEM_MAX])
{
        struct reader r = {.read = ret, .arena = arena, .problem = problem};
        int result;

        *ret = (struct read_question){.arena = arena, .id = STR("null")};
        problem[0] = '\0';
        if (json.len > QUESTION_MAX)
                return fail(&r, "question", "is too long");
        r.root = json_loadb(json.ptr ? json.ptr : "", json.len, JSON_REJECT_DUPLICATES, NULL);
        if (!r.root)
                return refuse_json(&r, json);
        result = read_root(&r);
        json_decref(r.root);
        return result;
}

void read_question_done(struct read_question *read)
{
        for (size_t i = 0; i < read->policy_count; i++)
                policy_free(read->policies[i]);
        free(read->policies);
        *read = (struct read_question){};
}
