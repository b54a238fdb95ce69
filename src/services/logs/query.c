#include "services/logs/query.h"

#include <endian.h>
#include <jansson.h>

#include "base/text.h"
#include "services/logs/pattern.h"

#define NO_CELL UINT32_MAX

int query_find(struct call *call, struct str id, struct logs_query_record *ret)
{
        *ret = (struct logs_query_record){.id = id};
        TRY(call_get(call, &logs_query_record_type, ret));
        return str_eq(ret->account, call->account) && str_eq(ret->region, call->region) ? 0 : -ENOENT;
}

int query_need(struct call *call, struct str id, struct logs_query_record *ret)
{
        int r = query_find(call, id, ret);

        return r == -ENOENT
                       ? fail(call, &logs_resource_not_found_exception, "The specified query does not exist.")
                       : r;
}

struct insights_terms query_terms(const struct call *call, const struct logs_query_record *query)
{
        (void)call;
        return (struct insights_terms){
                .start_ms = query->start_ms.value,
                .end_ms = query->end_ms.value,
                .now_ms = query->created.value,
                .limit = (size_t)query->limit.value,
        };
}

int query_end(struct call *call, struct logs_query_record *query, struct str status)
{
        struct logs_query_load_record load = {.account = query->account, .region = query->region};
        int r = call_get(call, &logs_query_load_record_type, &load);

        if (r < 0 && r != -ENOENT)
                return r;
        load.waiting = OPT_INT(load.waiting.value > 0 ? load.waiting.value - 1 : 0);
        TRY(call_put(call, &logs_query_load_record_type, &load));
        query->status = status;
        return call_put(call, &logs_query_record_type, query);
}

int query_authorise(struct call *call, struct str action, const struct logs_log_group_record *group)
{
        const struct resource resource = {
                .arn = arena_printf(&call->arena, "%.*s:log-stream:", STR_ARG(logs_group_arn(call, group))),
                .account = group->account,
                .type = STR("AWS::Logs::LogGroup"),
                .tags = group->tags,
        };

        return call->authorise(call, action, &resource);
}

/* -- Pointers. Who uses one must be allowed to read its group, so they are no secret. */

struct str query_pointer_text(struct arena *arena, const struct query_pointer *pointer)
{
        const uint64_t big[] = {htobe64((uint64_t)pointer->group), htobe64((uint64_t)pointer->first),
                                htobe64((uint64_t)pointer->number), htobe64((uint64_t)pointer->sequence)};

        return base64url_encode(arena, str_make(big, sizeof(big)));
}

int query_pointer_read(struct arena *arena, struct str text, struct query_pointer *ret)
{
        uint64_t big[4];
        struct str bytes;

        if (base64url_decode(arena, text, &bytes) < 0 || bytes.len != sizeof(big))
                return -EINVAL;
        memcpy(big, bytes.ptr, sizeof(big));
        *ret = (struct query_pointer){(int64_t)be64toh(big[0]), (int64_t)be64toh(big[1]),
                                      (int64_t)be64toh(big[2]), (int64_t)be64toh(big[3])};
        return 0;
}

/* -- Cells */

void query_add_cell(struct buf *page, struct str cell)
{
        uint32_t len = htobe32(str_is_set(cell) ? (uint32_t)cell.len : NO_CELL);

        buf_add_bytes(page, &len, sizeof(len));
        buf_add(page, cell);
}

int query_take_cell(struct str *page, struct str *ret)
{
        uint32_t big;
        size_t len;

        if (page->len < sizeof(big))
                return -EBADMSG;
        memcpy(&big, page->ptr, sizeof(big));
        *page = str_from(*page, sizeof(big));
        *ret = STR_NONE;
        len = be32toh(big);
        if (len == NO_CELL)
                return 0;
        if (len > page->len)
                return -EBADMSG;
        *ret = str_part(*page, 0, len);
        *page = str_from(*page, len);
        return 0;
}

/* -- Fields: "CloudWatch Logs Insights can extract a maximum of 200 log event fields from a JSON log" */

#define DEEP_MAX 20

static struct str scalar(const json_t *json, struct arena *arena)
{
        if (json_is_string(json))
                return arena_dup_bytes(arena, json_string_value(json), json_string_length(json));
        if (json_is_integer(json))
                return arena_printf(arena, "%lld", (long long)json_integer_value(json));
        if (json_is_real(json))
                return arena_printf(arena, "%.17g", json_real_value(json));
        return json_is_boolean(json) ? json_is_true(json) ? STR("true") : STR("false") : STR_NONE;
}

/* As deep as DEEP_MAX. */
static void add_all(const json_t *json, struct str path, unsigned int depth, struct arena *arena,
                    struct str_map *ret)
{
        json_t *all = (json_t *)(uintptr_t)json, *one;
        struct str value = scalar(json, arena);
        const char *dot = path.len ? "." : "";
        const char *name;
        size_t index;

        if (ret->count == QUERY_FIELDS_MAX || depth == DEEP_MAX)
                return;
        if (str_is_set(value) && path.len)
                ret->items[ret->count++] = (struct str_pair){path, value};
        json_object_foreach(all, name, one)
        {
                if (ret->count < QUERY_FIELDS_MAX)
                        add_all(one,
                                arena_printf(arena, "%.*s%s%s%s", STR_ARG(path), dot,
                                             path.len == 0 && name[0] == '@' ? "@" : "", name),
                                depth + 1, arena, ret);
        }
        json_array_foreach(all, index, one)
        {
                if (ret->count < QUERY_FIELDS_MAX)
                        add_all(one, arena_printf(arena, "%.*s%s%zu", STR_ARG(path), dot, index), depth + 1,
                                arena, ret);
        }
}

int query_flatten(struct str message, struct arena *arena, struct str_map *ret)
{
        struct logs_pattern_message reading = {.text = message};
        const json_t *json = logs_pattern_message_json(&reading);

        *ret = (struct str_map){.items = arena_new_array(arena, struct str_pair, QUERY_FIELDS_MAX + 1),
                                .is_set = true};
        if (json && ret->items)
                add_all(json, STR(""), 0, arena, ret);
        logs_pattern_message_done(&reading);
        return ret->items && !arena->failed ? 0 : -ENOMEM;
}
