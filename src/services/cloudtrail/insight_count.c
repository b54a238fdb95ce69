/* Calls and errors, counted by the minute. */
#include <jansson.h>

#include "events/timers.h"
#include "services/cloudtrail/insight.h"

#define PART_MAX   100 /* of a series' name, which is part of keys */
#define VALUE_MAX  256
#define SHARES_MAX 10             /* of each attribute */
#define GRACE_MS   (2 * MS_PER_S) /* events of reads come some tenths of a second late */

/* -- Series */

static struct str series_of(struct arena *arena, const struct event *event, const char *type,
                            struct str error)
{
        return arena_printf(arena, "%s %s %.*s %.*s %.*s", type, event->is_data ? "Data" : "Management",
                            STR_ARG(str_part(event->source, 0, PART_MAX)),
                            STR_ARG(str_part(event->name, 0, PART_MAX)),
                            STR_ARG(str_part(error, 0, PART_MAX)));
}

void insight_read_series(struct str text, struct insight_series *ret)
{
        *ret = (struct insight_series){};
        (void)str_cut(&text, ' ', &ret->type);
        (void)str_cut(&text, ' ', &ret->category);
        (void)str_cut(&text, ' ', &ret->source);
        (void)str_cut(&text, ' ', &ret->name);
        ret->error = text;
}

/* -- Shares */

static int grow(struct arena *arena, struct cloudtrail_insight_share_list *shares)
{
        struct cloudtrail_insight_share *items =
                arena_new_array(arena, struct cloudtrail_insight_share, shares->count + 1);

        if (!items)
                return -ENOMEM;
        if (shares->count)
                memcpy(items, shares->items, shares->count * sizeof(*items));
        shares->items = items;
        shares->is_set = true;
        return 0;
}

/* The one of this value, or NULL; and the least of the attribute, when there are as many as may be. */
static struct cloudtrail_insight_share *find_share(const struct cloudtrail_insight_share_list *shares,
                                                   const struct cloudtrail_insight_share *share,
                                                   struct cloudtrail_insight_share **ret_least)
{
        struct cloudtrail_insight_share *least = NULL;
        size_t count = 0;

        for (size_t i = 0; i < shares->count; i++) {
                struct cloudtrail_insight_share *item = &shares->items[i];

                if (!str_eq(item->attribute, share->attribute))
                        continue;
                if (str_eq(item->value, share->value))
                        return item;
                count++;
                if (!least || item->count.value < least->count.value)
                        least = item;
        }
        *ret_least = count >= SHARES_MAX ? least : NULL;
        return NULL;
}

/* When there is no room for it, it takes the place of a smaller one. */
int insight_share(struct arena *arena, struct cloudtrail_insight_share_list *shares,
                  const struct cloudtrail_insight_share *share, int64_t sign)
{
        struct cloudtrail_insight_share *least = NULL, *item = find_share(shares, share, &least);

        if (item) {
                item->count = OPT_INT(item->count.value + sign * share->count.value);
                if (item->count.value <= 0)
                        *item = shares->items[--shares->count];
                return 0;
        }
        if (sign < 0)
                return 0;
        if (least) {
                if (share->count.value > least->count.value)
                        *least = *share;
                return 0;
        }
        TRY(grow(arena, shares));
        shares->items[shares->count++] = *share;
        return 0;
}

/* One more. When there is no room for it, it takes the place and the count of the least ("space saving",
 * Metwally and others, 2005): whoever has more than a tenth of all is there, however many came before him. */
static int share_once(struct arena *arena, struct cloudtrail_insight_share_list *shares, struct str attribute,
                      struct str value)
{
        const struct cloudtrail_insight_share share = {attribute, value, OPT_INT(1)};
        struct cloudtrail_insight_share *least = NULL;

        if (!find_share(shares, &share, &least) && least) {
                least->value = value;
                least->count = OPT_INT(least->count.value + 1);
                return 0;
        }
        return insight_share(arena, shares, &share, 1);
}

/* -- An event */

struct told {
        struct str arn, agent, error, resource;
};

static struct str member(struct arena *arena, const json_t *object, const char *name)
{
        const json_t *value = json_object_get(object, name);

        return json_is_string(value)
                       ? arena_dup(arena,
                                   str_part(str_make(json_string_value(value), json_string_length(value)), 0,
                                            VALUE_MAX))
                       : STR("");
}

/* "arn:aws:sts::012345678901:assumed-role/CodeDeployRole1": without the session. */
static struct str identity_of(struct str arn)
{
        ptrdiff_t at = str_find(arn, STR(":assumed-role/"));
        ptrdiff_t last = str_find_last_byte(arn, '/');

        return at >= 0 && last > at + (ptrdiff_t)STR(":assumed-role/").len ? str_part(arn, 0, (size_t)last)
                                                                           : arn;
}

static void read_told(struct arena *arena, const struct event *event, struct told *ret)
{
        json_t *record = json_loadb(event->json.ptr, event->json.len, 0, NULL);
        const json_t *identity = json_object_get(record, "userIdentity");

        ret->arn = identity_of(member(arena, identity, "arn"));
        if (ret->arn.len == 0)
                ret->arn = member(arena, identity, "invokedBy");
        ret->agent = member(arena, record, "userAgent");
        ret->error = member(arena, record, "errorCode");
        ret->resource = event->is_data && event->resource_count
                                ? str_part(event->resources[0].arn, 0, VALUE_MAX)
                                : STR("");
        json_decref(record);
}

static int add_shares(struct arena *arena, const struct told *told,
                      struct cloudtrail_insight_share_list *shares)
{
        const struct {
                struct str attribute, value;
        } parts[] = {
                {STR("userIdentityArn"), told->arn},
                {STR("userAgent"), told->agent},
                {STR("errorCode"), told->error.len ? told->error : STR("null")},
                {STR("resourceArn"), told->resource},
        };

        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
                if (parts[i].value.len)
                        TRY(share_once(arena, shares, parts[i].attribute, parts[i].value));
        return 0;
}

static int add(struct txn *txn, struct arena *arena, const struct event *event, const struct told *told,
               struct str series)
{
        struct cloudtrail_insight_minute_record minute = {
                .account = event->account,
                .region = event->region,
                .minute = OPT_INT(event->time_ms / INSIGHT_MINUTE_MS),
                .series = series,
        };
        int r = record_get(txn, arena, &cloudtrail_insight_minute_record_type, &minute);

        if (r < 0 && r != -ENOENT)
                return r;
        minute.count = OPT_INT(minute.count.value + 1);
        TRY(add_shares(arena, told, &minute.shares));
        return record_put(txn, &cloudtrail_insight_minute_record_type, &minute);
}

/* -- When it is judged */

static struct timer timer_of(struct arena *arena, const struct cloudtrail_insight_desk_record *desk,
                             int64_t due_ms)
{
        return (struct timer){
                .due_ms = due_ms,
                .name = STR("cloudtrail.JudgeInsights"),
                .subject = arena_printf(arena, "%.*s %.*s", STR_ARG(desk->account), STR_ARG(desk->region)),
        };
}

int insight_wait(struct txn *txn, struct arena *arena, struct cloudtrail_insight_desk_record *desk,
                 int64_t due_ms)
{
        struct timer timer;

        if (desk->due.is_set && desk->due.value <= due_ms)
                return 0;
        if (desk->due.is_set) {
                timer = timer_of(arena, desk, desk->due.value);
                TRY(timer_take_back(txn, &timer));
        }
        desk->due = OPT_INT(due_ms);
        timer = timer_of(arena, desk, due_ms);
        TRY(timer_set(txn, &timer));
        return record_put(txn, &cloudtrail_insight_desk_record_type, desk);
}

static int wait_for_end(struct txn *txn, struct arena *arena, const struct event *event)
{
        struct cloudtrail_insight_desk_record desk = {.account = event->account, .region = event->region};
        int64_t minute = event->time_ms / INSIGHT_MINUTE_MS;
        int r = record_get(txn, arena, &cloudtrail_insight_desk_record_type, &desk);

        if (r < 0 && r != -ENOENT)
                return r;
        if (!desk.judged.is_set)
                desk.judged = OPT_INT(minute - 1);
        return insight_wait(txn, arena, &desk, (minute + 1) * INSIGHT_MINUTE_MS + GRACE_MS);
}

int insight_count(struct txn *txn, struct arena *arena, const struct event *event, unsigned int which)
{
        struct told told;

        read_told(arena, event, &told);
        if (which & INSIGHT_CALLS)
                TRY(add(txn, arena, event, &told, series_of(arena, event, "ApiCallRateInsight", STR(""))));
        if ((which & INSIGHT_ERRORS) && told.error.len)
                TRY(add(txn, arena, event, &told,
                        series_of(arena, event, "ApiErrorRateInsight", told.error)));
        return wait_for_end(txn, arena, event);
}
