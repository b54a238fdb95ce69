#include "policy/question.h"

/* Most names share "aws:" and differ in length or in their last letter, so these are looked at first. */
static bool same_name(struct str a, struct str b)
{
        return a.len == b.len && a.len > 0 && ((a.ptr[a.len - 1] ^ b.ptr[b.len - 1]) & 0x1F) == 0 &&
               str_eq_nocase(a, b);
}

bool question_find_key(const struct policy_question *question, struct str name, struct policy_key *ret)
{
        for (size_t i = 0; i < question->key_count; i++)
                if (same_name(question->keys[i].name, name)) {
                        *ret = question->keys[i];
                        return ret->count > 0;
                }
        if (!question->find_key || !question->find_key(question->find_arg, name, ret))
                return false;
        return ret->count > 0;
}
