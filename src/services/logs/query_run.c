/* A query at work: over a snapshot, on the lane of what takes long, for a minute at most. What comes of it is
 * sealed there, and stored in one transaction. */
#include "base/log.h"
#include "crypto/seal.h"
#include "services/logs/block.h"
#include "services/logs/data_key.h"
#include "services/logs/query.h"

#define TIME_MAX_NS  INT64_C(60000000000)
#define BLOCKS_ONCE  200
#define TOKEN_MAX    1024
#define SCAN_MEMORY  ((size_t)64 * 1024 * 1024)
#define STREAMS_KEPT 256

struct page {
        struct page *next;
        struct str sealed;
};

struct named_stream {
        int64_t number;
        struct str name; /* absent: it was deleted */
};

struct running {
        struct call *call;
        struct logs_query_record query;
        struct insights *insights;
        int64_t begun_ns;
        bool is_late, is_too_much;
        int64_t matched, scanned, bytes;

        /* Of the group that is looked at */
        struct logs_log_group_record group;
        struct str log;
        struct logs_keys keys;
        struct named_stream streams[STREAMS_KEPT]; /* by their numbers' remainders */

        struct str status;
        struct page *first, *last;
        size_t page_count;
};

/* -- Events */

static int name_stream(struct running *running, struct arena *arena, int64_t number, struct str *ret)
{
        struct named_stream *known = &running->streams[(uint64_t)number % STREAMS_KEPT];
        struct logs_log_stream_record stream = {.number = OPT_INT(number)};
        int r = 0;

        if (known->number != number) {
                r = record_get(running->call->txn, arena, &logs_log_stream_record_type, &stream);
                if (r < 0 && r != -ENOENT)
                        return r;
                *known = (struct named_stream){.number = number, .name = r == 0 ? stream.name : STR_NONE};
        }
        *ret = known->name;
        return 0;
}

static bool is_over(struct running *running)
{
        running->is_late |= clock_monotonic_ns() - running->begun_ns > TIME_MAX_NS;
        return running->is_late || running->is_too_much;
}

static int offer(struct running *running, const struct logs_block_record *block,
                 const struct logs_event *event, struct str stream, struct arena *arena)
{
        const struct query_pointer pointer = {block->group.value, block->first.value, block->number.value,
                                              event->place.sequence};
        const struct insights_event offered = {
                .ms = event->place.ms,
                .came_ms = event->came_ms,
                .message = event->message,
                .stream = stream,
                .log = running->log,
                .pointer = query_pointer_text(arena, &pointer),
        };
        int r = insights_offer(running->insights, &offered);

        running->is_too_much = r == -E2BIG;
        running->is_late |= r == -ETIME;
        if (r == -E2BIG || r == -ETIME)
                return 0;
        TRY(r);
        running->scanned++;
        running->matched += r;
        running->bytes += (int64_t)event->message.len + LOGS_EVENT_OVERHEAD;
        return 0;
}

static int offer_all(struct running *running, const struct logs_block_record *block, struct str events,
                     struct str stream, struct arena *arena)
{
        int64_t cutoff = logs_cutoff_ms(running->call, &running->group);
        struct logs_event event;
        bool is_there;

        while (!is_over(running)) {
                if (*running->call->host->is_stopping)
                        return -ESHUTDOWN;
                TRY(logs_block_next(&events, &event, &is_there));
                if (!is_there)
                        return 0;
                if (event.place.ms >= running->query.start_ms.value &&
                    event.place.ms <= running->query.end_ms.value && event.place.ms >= cutoff)
                        TRY(offer(running, block, &event, stream, arena));
        }
        return 0;
}

static int look_at(struct running *running, const struct logs_block_record *block, struct arena *arena)
{
        _cleanup_(secret_done) struct secret clear = {};
        const uint8_t *key;
        struct str stream;

        if (block->last.value < running->query.start_ms.value)
                return 0;
        TRY(name_stream(running, arena, block->stream.value, &stream));
        if (!str_is_set(stream))
                return 0;
        TRY(logs_key(&running->keys, block->data_key.value, &key));
        TRY(seal_open(key, record_name(arena, &logs_block_record_type, block), block->body, &clear));
        return offer_all(running, block, secret_str(&clear), stream, arena);
}

/* -- Blocks of a group, some at a time, so that the memory of looking has a bound */

struct place {
        char room[TOKEN_MAX];
        struct str token; /* absent: that was all */
};

static int keep_place(struct place *place, struct str token)
{
        if (token.len > sizeof(place->room))
                return -EMSGSIZE;
        memcpy(place->room, token.ptr, token.len);
        place->token = str_make(place->room, token.len);
        return 0;
}

static int begin(struct running *running, struct place *place, struct arena *arena)
{
        int64_t from = running->query.start_ms.value > LOGS_BLOCK_SPAN_MS
                               ? running->query.start_ms.value - LOGS_BLOCK_SPAN_MS
                               : 0;
        const struct logs_block_record like = {.group = running->group.number, .first = OPT_INT(from)};
        struct str token;

        TRY(record_scan_token_in(arena, &logs_block_record_type, NULL, &like, 1, 2, &token));
        return keep_place(place, token);
}

static int scan_some(struct running *running, struct place *place, struct arena *arena)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_block_record like = {.group = running->group.number};
        struct logs_block_record block = {};
        int r = 0;

        TRY(record_scan_begin(&scan, running->call->txn, arena, &logs_block_record_type, NULL, &like, 1,
                              place->token));
        for (size_t i = 0; i < BLOCKS_ONCE && (r = record_scan_next(&scan, &block)) == 0; i++) {
                if (block.first.value > running->query.end_ms.value || is_over(running)) {
                        r = -ENOENT;
                        break;
                }
                TRY(look_at(running, &block, arena));
                block = (struct logs_block_record){};
        }
        if (r == -ENOENT)
                place->token = STR_NONE;
        return r == 0 ? keep_place(place, record_scan_token(&scan, arena)) : r == -ENOENT ? 0 : r;
}

static int scan_all(struct running *running)
{
        struct place place = {};
        struct arena arena;
        int r;

        arena_init(&arena, SCAN_MEMORY);
        r = begin(running, &place, &arena);
        while (r == 0 && str_is_set(place.token)) {
                r = scan_some(running, &place, &arena);
                memset(running->streams, 0, sizeof(running->streams)); /* their names lie there */
                arena_reset(&arena);
        }
        arena_done(&arena);
        return r;
}

/* Groups that were deleted meanwhile have nothing. */
static int query_group(struct running *running, int64_t number)
{
        struct call *call = running->call;
        int r;

        running->group = (struct logs_log_group_record){.number = OPT_INT(number)};
        r = call_get(call, &logs_log_group_record_type, &running->group);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        running->log = arena_printf(&call->arena, "%.*s:%.*s", STR_ARG(running->group.account),
                                    STR_ARG(running->group.name));
        running->keys = (struct logs_keys){
                .call = call,
                .group = &running->group,
                .allowed = running->query.keys_asked.value ? &running->query.keys : NULL,
        };
        r = scan_all(running);
        logs_keys_done(&running->keys);
        return r;
}

/* -- Results */

static int seal_page(struct running *running, struct buf *rows)
{
        struct call *call = running->call;
        struct page *page = arena_new(&call->arena, struct page);
        const struct logs_query_page_record record = {.query = running->query.id,
                                                      .number = OPT_INT((int64_t)running->page_count)};

        if (!page)
                return -ENOMEM;
        TRY(buf_check(rows));
        TRY(call_seal(call, record_name(&call->arena, &logs_query_page_record_type, &record), buf_str(rows),
                      &page->sealed));
        if (running->last)
                running->last->next = page;
        else
                running->first = page;
        running->last = page;
        running->page_count++;
        buf_clear(rows);
        return 0;
}

static void add_row(struct running *running, size_t row, struct arena *arena, struct buf *rows)
{
        for (size_t i = 0; i < insights_column_count(running->insights); i++)
                query_add_cell(rows, insights_cell(running->insights, row, i, arena));
}

static int fill_pages(struct running *running, struct arena *arena, struct buf *rows)
{
        size_t total = 0;

        for (size_t i = 0; i < insights_row_count(running->insights); i++) {
                size_t before = rows->len;

                add_row(running, i, arena, rows);
                arena_reset(arena);
                TRY(buf_check(rows));
                total += rows->len - before;
                if (total > QUERY_RESULT_BYTES)
                        return -E2BIG;
                if (rows->len > QUERY_PAGE_BYTES)
                        TRY(seal_page(running, rows));
        }
        return rows->len ? seal_page(running, rows) : 0;
}

static int make_pages(struct running *running)
{
        struct arena arena;
        struct buf rows;
        int r;

        arena_init(&arena, (size_t)4 * 1024 * 1024);
        buf_init(&rows, QUERY_RESULT_BYTES + QUERY_PAGE_BYTES + (size_t)2 * 1024 * 1024);
        r = fill_pages(running, &arena, &rows);
        buf_done_wiped(&rows);
        arena_done_wiped(&arena);
        return r;
}

static int name_columns(struct running *running)
{
        struct str_list *columns = &running->query.columns;
        size_t count = insights_column_count(running->insights);

        *columns = (struct str_list){.items = arena_new_array(&running->call->arena, struct str, count + 1),
                                     .count = count,
                                     .is_set = true};
        if (!columns->items)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                columns->items[i] = arena_dup(&running->call->arena, insights_column(running->insights, i));
        return 0;
}

/* -- All of it */

static int end(struct running *running)
{
        int r = running->is_too_much ? -E2BIG : insights_end(running->insights);

        running->is_late |= r == -ETIME;
        if (running->is_late || r == -E2BIG) {
                running->status = running->is_late ? QUERY_TIMEOUT : QUERY_FAILED;
                return 0;
        }
        TRY(r);
        running->status = QUERY_COMPLETE;
        TRY(name_columns(running));
        return make_pages(running);
}

static int run(struct running *running)
{
        for (size_t i = 0; i < running->query.groups.count && !is_over(running); i++)
                TRY(query_group(running, running->query.groups.items[i].value));
        return end(running);
}

static int compile(struct running *running)
{
        const struct insights_terms terms = query_terms(running->call, &running->query);
        struct insights_error error;

        return insights_compile(running->query.text, &terms, &running->insights, &error);
}

static void fail_query(struct running *running, int r)
{
        if (r != -ECALL)
                log_errno(LOG_ERROR, r, "a query has failed", "query",
                          arena_cstr(&running->call->arena, running->query.id), NULL);
        call_forgive(running->call);
        running->status = QUERY_FAILED;
        running->first = NULL;
        running->page_count = 0;
}

static void tell(const struct running *running)
{
        bool is_complete = str_eq(running->status, QUERY_COMPLETE);

        call_lose(running->call, LOSS_LOG_QUERIES, is_complete ? 0 : 1,
                  running->is_late ? "a query of Logs Insights has timed out"
                                   : "a query of Logs Insights has failed",
                  running->query.id);
}

/* KMS may refuse what it gave when the query was begun: then the query has failed. */
static int work(struct running *running)
{
        int r = compile(running);

        if (r == 0)
                r = run(running);
        insights_free(running->insights);
        running->insights = NULL;
        if (r == -ESHUTDOWN)
                return r;
        if (r < 0)
                fail_query(running, r);
        tell(running);
        return 0;
}

int logs_run_query_prepare(struct call *call, struct str subject)
{
        struct running *running = arena_new(&call->arena, struct running);
        int r;

        if (!running)
                return -ENOMEM;
        call->prepared = running;
        running->call = call;
        running->begun_ns = clock_monotonic_ns();
        running->query.id = arena_dup(&call->arena, subject);
        r = call_get(call, &logs_query_record_type, &running->query);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        call->account = arena_dup(&call->arena, running->query.account);
        call->region = arena_dup(&call->arena, running->query.region);
        return str_eq(running->query.status, QUERY_SCHEDULED) ? work(running) : 0;
}

/* -- In the transaction */

static int store_pages(struct call *call, struct str id, const struct running *running)
{
        int64_t number = 0;

        for (const struct page *page = running->first; page; page = page->next) {
                const struct logs_query_page_record record = {
                        .query = id, .number = OPT_INT(number++), .rows = page->sealed};

                TRY(call_put(call, &logs_query_page_record_type, &record));
        }
        return 0;
}

int logs_run_query_due(struct call *call, struct str subject)
{
        const struct running *running = call->prepared;
        struct logs_query_record query = {.id = subject};
        int r = call_get(call, &logs_query_record_type, &query);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        if (!str_eq(query.status, QUERY_SCHEDULED) || !str_is_set(running->status))
                return 1; /* it was stopped meanwhile */
        TRY(store_pages(call, subject, running));
        query.columns = running->query.columns;
        query.pages = OPT_INT((int64_t)running->page_count);
        query.matched = OPT_INT(running->matched);
        query.scanned = OPT_INT(running->scanned);
        query.bytes = OPT_INT(running->bytes);
        query.duration_ms = OPT_INT((clock_monotonic_ns() - running->begun_ns) / 1000000);
        TRY(query_end(call, &query, running->status));
        return 1; /* AWS records nothing of it */
}

/* -- Its end */

int logs_drop_query_due(struct call *call, struct str subject)
{
        struct logs_query_record query = {.id = subject};
        int r = call_get(call, &logs_query_record_type, &query);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        for (int64_t i = 0; i < query.pages.value; i++) {
                const struct logs_query_page_record page = {.query = subject, .number = OPT_INT(i)};

                r = call_delete(call, &logs_query_page_record_type, &page);
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        if (str_eq(query.status, QUERY_SCHEDULED))
                TRY(query_end(call, &query, QUERY_CANCELLED));
        TRY(call_delete(call, &logs_query_record_type, &query));
        return 1;
}
