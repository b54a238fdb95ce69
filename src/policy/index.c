/* Which statements can concern an action, without looking at each.
 *
 * A table maps each action that a policy spells out to the set of statements that do, and each vendor to the
 * statements with a pattern of that vendor ("s3:Get*"). Two look-ups then replace a walk over all statements,
 * and a spelt-out action needs no comparison any more. */
#include "policy/glob.h"
#include "policy/model.h"

uint64_t action_hash(struct str lowered)
{
        return str_hash(lowered, 0);
}

const uint64_t *action_index_find(const struct action_index *index, struct str key, uint64_t hash)
{
        if (!index->slots)
                return NULL;
        for (size_t i = hash & index->mask;; i = (i + 1) & index->mask) {
                const struct action_slot *slot = &index->slots[i];

                if (!slot->key.ptr)
                        return NULL;
                if (str_eq(slot->key, key))
                        return slot->bits;
        }
}

static uint64_t *new_bits(struct policy *policy)
{
        return arena_alloc(&policy->arena, policy->index.words * sizeof(uint64_t));
}

static void set_bit(uint64_t *bits, size_t i)
{
        bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static int add(struct policy *policy, struct str key, size_t statement)
{
        struct action_index *index = &policy->index;
        size_t i = action_hash(key) & index->mask;

        while (index->slots[i].key.ptr && !str_eq(index->slots[i].key, key))
                i = (i + 1) & index->mask;
        if (!index->slots[i].key.ptr) {
                uint64_t *bits = new_bits(policy);

                if (!bits)
                        return -ENOMEM;
                index->slots[i] = (struct action_slot){key, bits};
        }
        set_bit(index->slots[i].bits, statement);
        return 0;
}

static int add_action(struct policy *policy, const struct pattern *action, size_t statement)
{
        ptrdiff_t colon = str_find_byte(action->text, ':');

        if (action->shape == PATTERN_SHAPE_LITERAL)
                return add(policy, action->text, statement);
        if (action->shape == PATTERN_SHAPE_ANY)
                set_bit(policy->index.always, statement);
        else if (colon <= 0 || (unsigned char)action->text.ptr[0] >= GLOB_FIRST) /* any vendor */
                set_bit(policy->index.unsorted, statement);
        else
                return add(policy, str_part(action->text, 0, (size_t)colon + 1), statement);
        return 0;
}

static int add_statement(struct policy *policy, size_t i)
{
        const struct statement *statement = &policy->statements[i];

        if (statement->deny)
                set_bit(policy->index.denies, i);
        if (statement->not_action) {
                set_bit(policy->index.unsorted, i);
                return 0;
        }
        for (size_t k = 0; k < statement->action_count; k++)
                TRY(add_action(policy, &statement->actions[k], i));
        return 0;
}

/* A power of two, at most half full. */
static size_t table_size(const struct policy *policy)
{
        size_t actions = 1, size = 4;

        for (size_t i = 0; i < policy->statement_count; i++)
                actions += policy->statements[i].action_count;
        while (size < actions * 2)
                size *= 2;
        return size;
}

int action_index_build(struct policy *policy)
{
        struct action_index *index = &policy->index;
        size_t size = table_size(policy);

        index->words = (policy->statement_count + 63) / 64;
        index->mask = size - 1;
        index->always = new_bits(policy);
        index->unsorted = new_bits(policy);
        index->denies = new_bits(policy);
        index->slots = arena_new_array(&policy->arena, struct action_slot, size);
        if (!index->always || !index->unsorted || !index->denies || !index->slots)
                return -ENOMEM;
        for (size_t i = 0; i < policy->statement_count; i++)
                TRY(add_statement(policy, i));
        return 0;
}
