/* Which alarms a composite alarm depends on, and which depend on an alarm. */
#include "services/cloudwatch/composite.h"

#define VISITED_MAX 1000 /* said in a text below */

static const struct record_type *const TYPE = &cloudwatch_alarm_parent_record_type;

/* By a child, or by the index of parents: all rows, into room of the call's. */
static int load(struct call *call, const struct cloudwatch_alarm_parent_record *like,
                const struct record_index *index, size_t max, struct cloudwatch_parents *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        *ret = (struct cloudwatch_parents){
                .items = arena_new_array(&call->arena, struct cloudwatch_alarm_parent_record, max)};
        if (!ret->items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, TYPE, index, like, 1, STR_NONE));
        while (ret->count < max && (r = record_scan_next(&scan, &ret->items[ret->count])) == 0)
                ret->count++;
        return r == -ENOENT ? 0 : r;
}

int cloudwatch_find_parents(struct call *call, int64_t child, struct cloudwatch_parents *ret)
{
        const struct cloudwatch_alarm_parent_record like = {.child = OPT_INT(child)};

        return load(call, &like, NULL, CLOUDWATCH_PARENTS, ret);
}

static int find_children(struct call *call, int64_t parent, struct cloudwatch_parents *ret)
{
        const struct cloudwatch_alarm_parent_record like = {.parent = OPT_INT(parent)};

        return load(call, &like, cloudwatch_alarm_parent_by_parent, CLOUDWATCH_CHILDREN + 1, ret);
}

int cloudwatch_list_family(struct call *call, int64_t alarm, bool of_children, const int64_t **ret,
                           size_t *ret_count)
{
        struct cloudwatch_parents rows;
        int64_t *numbers;
        size_t count = 0;

        TRY(of_children ? find_children(call, alarm, &rows) : cloudwatch_find_parents(call, alarm, &rows));
        numbers = arena_new_array(&call->arena, int64_t, rows.count + 1);
        if (!numbers)
                return -ENOMEM;
        for (size_t i = 0; i < rows.count; i++)
                if (rows.items[i].is_in_rule.value)
                        numbers[count++] =
                                of_children ? rows.items[i].child.value : rows.items[i].parent.value;
        *ret = numbers;
        *ret_count = count;
        return 0;
}

/* -- Changed */

int cloudwatch_drop_children(struct call *call, int64_t parent)
{
        struct cloudwatch_parents rows;

        TRY(find_children(call, parent, &rows));
        for (size_t i = 0; i < rows.count; i++)
                TRY(call_delete(call, TYPE, &rows.items[i]));
        return 0;
}

/* "Any single alarm can be included in the rule expressions of as many as 150 composite alarms"; here, those
 * that it is the suppressor of count too. */
static int check_parents(struct call *call, int64_t child)
{
        struct cloudwatch_parents parents;

        TRY(cloudwatch_find_parents(call, child, &parents));
        return parents.count < CLOUDWATCH_PARENTS
                       ? 0
                       : call_invalid(call,
                                      "An alarm can be in the rules of no more than %d composite alarms.",
                                      CLOUDWATCH_PARENTS);
}

int cloudwatch_set_children(struct call *call, int64_t parent, const int64_t *children, size_t count,
                            int64_t suppressor)
{
        bool is_child = false;

        TRY(cloudwatch_drop_children(call, parent));
        for (size_t i = 0; i < count; i++) {
                const struct cloudwatch_alarm_parent_record row = {
                        .child = OPT_INT(children[i]),
                        .parent = OPT_INT(parent),
                        .is_in_rule = OPT_BOOL(true),
                        .is_suppressor = OPT_BOOL(children[i] == suppressor),
                };

                is_child |= children[i] == suppressor;
                TRY(check_parents(call, children[i]));
                TRY(call_put(call, TYPE, &row));
        }
        if (suppressor == 0 || is_child)
                return 0;
        TRY(check_parents(call, suppressor));
        const struct cloudwatch_alarm_parent_record row = {
                .child = OPT_INT(suppressor), .parent = OPT_INT(parent), .is_suppressor = OPT_BOOL(true)};

        return call_put(call, TYPE, &row);
}

/* -- Cycles: "the evaluation of composite alarms stops if CloudWatch detects a cycle in the evaluation path"
 */

struct walk {
        int64_t numbers[VISITED_MAX];
        size_t count;
};

/* False: there is no more room. */
static bool visit(struct walk *walk, int64_t number)
{
        for (size_t i = 0; i < walk->count; i++)
                if (walk->numbers[i] == number)
                        return true;
        if (walk->count == VISITED_MAX)
                return false;
        walk->numbers[walk->count++] = number;
        return true;
}

static void lose(struct call *call, int64_t alarm)
{
        call_lose(call, LOSS_COMPOSITE_ALARMS, 1,
                  "a composite alarm is not evaluated: it depends on more than 1,000 alarms",
                  arena_printf(&call->arena, "alarm %lld", (long long)alarm));
}

int cloudwatch_is_in_cycle(struct call *call, int64_t alarm, bool *ret)
{
        struct walk *walk = arena_new(&call->arena, struct walk);

        if (!walk)
                return -ENOMEM;
        *ret = true;
        walk->numbers[walk->count++] = alarm;
        for (size_t i = 0; i < walk->count; i++) {
                struct cloudwatch_parents children;

                TRY(find_children(call, walk->numbers[i], &children));
                for (size_t k = 0; k < children.count; k++) {
                        if (!children.items[k].is_in_rule.value)
                                continue;
                        if (children.items[k].child.value == alarm)
                                return 0;
                        if (!visit(walk, children.items[k].child.value)) {
                                lose(call, alarm);
                                return 0;
                        }
                }
        }
        *ret = false;
        return 0;
}
