/* The grants of a question. */
#include "policy/question_reader.h"

#include <jansson.h>

static int read_text(struct arena *arena, const json_t *value, struct str *ret)
{
        *ret = arena_dup(arena, str_make(json_string_value(value), json_string_length(value)));
        return arena->failed ? -ENOMEM : 0;
}

static int fail(const char *why, const char **problem)
{
        *problem = why;
        return -EINVAL;
}

static int read_group(const json_t *group, struct policy_grant_ref *ret, const char **problem)
{
        static const enum policy_grantee GROUPS[] = {GRANTEE_ALL_USERS, GRANTEE_AUTHENTICATED_USERS};

        for (size_t i = 0; json_is_string(group) && i < ARRAY_LEN(GROUPS); i++)
                if (strcmp(json_string_value(group), policy_grantee_group(GROUPS[i])) == 0) {
                        ret->to = GROUPS[i];
                        return 0;
                }
        return fail("group must be AllUsers or AuthenticatedUsers", problem);
}

static int read_grant(struct arena *arena, json_t *json, struct policy_grant_ref *ret, const char **problem)
{
        json_t *grantee = json_object_get(json, "grantee"), *group = json_object_get(json, "group"),
               *name = json_object_get(json, "name");

        if (!json_is_object(json))
                return fail("each must be an object", problem);
        if (json_object_size(json) != (size_t)(grantee != NULL) + (group != NULL) + (name != NULL))
                return fail("has a member that is none of a grant's", problem);
        if (grantee && group)
                return fail("has both a grantee and a group", problem);
        if (!group && !json_is_string(grantee))
                return fail("grantee must be a string", problem);
        if (name && !json_is_string(name))
                return fail("name must be a string", problem);
        TRY(group ? read_group(group, ret, problem) : read_text(arena, grantee, &ret->grantee));
        return name ? read_text(arena, name, &ret->name) : 0;
}

int question_grants(struct arena *arena, const struct json_t *list, struct policy_question *question,
                    const char **problem)
{
        struct policy_grant_ref *grants;

        if (!list)
                return 0;
        if (!json_is_array(list))
                return fail("must be a list", problem);
        grants = arena_new_array(arena, struct policy_grant_ref, json_array_size(list));
        if (!grants)
                return -ENOMEM;
        for (size_t i = 0; i < json_array_size(list); i++)
                TRY(read_grant(arena, json_array_get(list, i), &grants[i], problem));
        question->grants = grants;
        question->grant_count = json_array_size(list);
        return 0;
}
