#include "policy/match.h"

#include "policy/condition.h"

void request_init(struct request *request, const struct policy_question *question)
{
        struct str action = question->action;
        size_t vendor_len = 0;

        request->question = question;
        request->action = STR_NONE;
        if (action.len > ACTION_MAX)
                return;
        for (size_t i = 0; i < action.len; i++) {
                char c = action.ptr[i];

                request->buffer[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
                if (c == ':' && vendor_len == 0)
                        vendor_len = i + 1;
        }
        request->action = str_make(request->buffer, action.len);
        request->vendor = str_make(request->buffer, vendor_len);
        request->action_hash = action_hash(request->action);
        request->vendor_hash = action_hash(request->vendor);
}

static bool any_pattern_matches(const struct pattern *patterns, size_t count, struct str text,
                                const struct policy_question *question)
{
        for (size_t i = 0; i < count; i++)
                if (pattern_match(&patterns[i], text, question))
                        return true;
        return false;
}

bool statement_has_action(const struct statement *s, struct str lowered_action)
{
        return any_pattern_matches(s->actions, s->action_count, lowered_action, NULL) != s->not_action;
}

bool statement_has_resource(const struct statement *s, const struct policy_question *q)
{
        if (!s->has_resource)
                return true;
        return any_pattern_matches(s->resources, s->resource_count, q->resource, q) != s->not_resource;
}

enum policy_grant statement_applies(const struct statement *s, const struct policy_question *q)
{
        enum policy_grant grant;

        if (!statement_has_resource(s, q))
                return GRANT_NONE;
        grant = principal_match(s, q);
        for (size_t i = 0; grant != GRANT_NONE && i < s->condition_count; i++)
                if (!condition_holds(&s->conditions[i], q))
                        return GRANT_NONE;
        return grant;
}

/* Looks at one statement that the index suggests. True for a Deny that applies. */
static bool look_at(const struct request *request, const struct policy_ref *ref, size_t i, bool sure,
                    struct finding *allow, struct finding *deny)
{
        const struct statement *s = &ref->policy->statements[i];
        enum policy_grant grant;

        if (!sure && !statement_has_action(s, request->action))
                return false;
        grant = statement_applies(s, request->question);
        if (grant == GRANT_NONE)
                return false;
        if (s->deny) {
                *deny = (struct finding){ref, (int)i, grant};
                return true;
        }
        if (grant > allow->grant)
                *allow = (struct finding){ref, (int)i, grant};
        return false;
}

bool policy_scan(const struct request *request, const struct policy_ref *ref, struct finding *allow,
                 struct finding *deny)
{
        const struct action_index *index = &ref->policy->index;
        const uint64_t *spelt = action_index_find(index, request->action, request->action_hash);
        const uint64_t *vendor = action_index_find(index, request->vendor, request->vendor_hash);

        for (size_t w = 0; w < index->words; w++) {
                uint64_t sure = index->always[w] | (spelt ? spelt[w] : 0);
                uint64_t left = sure | index->unsorted[w] | (vendor ? vendor[w] : 0);

                while (left) {
                        unsigned bit = (unsigned)__builtin_ctzll(left);

                        left &= left - 1;
                        /* Once the strongest Allow is known, only a Deny can change anything. */
                        if (allow->grant == GRANT_DIRECT && !(index->denies[w] >> bit & 1))
                                continue;
                        if (look_at(request, ref, w * 64 + bit, sure >> bit & 1, allow, deny))
                                return true;
                }
        }
        return false;
}
