/* One file of an export task: some megabytes of a stream, each event on a line behind its time. */
#include <time.h>

#include "services/gzip.h"
#include "services/logs/export.h"
#include "services/logs/reader.h"

#define FILE_BYTES ((size_t)4 * 1024 * 1024)
#define FILE_MAX   ((size_t)8 * 1024 * 1024)

/* -- Which stream */

/* -ENOENT: there is no other. */
static int next_stream(struct call *call, struct logs_export_task_record *task,
                       struct logs_log_stream_record *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_log_stream_record like = {.group = task->group, .name = task->stream};
        struct str after = STR_NONE;
        int r;

        if (str_is_set(task->stream))
                TRY(record_scan_token_in(&call->arena, &logs_log_stream_record_type, logs_log_stream_by_name,
                                         &like, 1, 2, &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_log_stream_record_type,
                              logs_log_stream_by_name, &like, 1, after));
        do {
                *ret = (struct logs_log_stream_record){};
                r = record_scan_next(&scan, ret);
        } while (r == 0 && !str_starts(ret->name, task->stream_prefix));
        if (r < 0)
                return r;
        task->stream = arena_dup(&call->arena, ret->name);
        task->stream_done = OPT_BOOL(false);
        task->part = OPT_INT(0);
        task->next_ms = task->next_sequence = (struct opt_int){};
        return 0;
}

static int find_stream(struct call *call, struct logs_export_task_record *task,
                       struct logs_log_stream_record *ret)
{
        int r = -ENOENT;

        if (str_is_set(task->stream) && !task->stream_done.value)
                r = logs_find_stream(call, task->group.value, task->stream, ret);
        return r == -ENOENT ? next_stream(call, task, ret) : r;
}

/* -- Its events */

/* "2026-01-31T12:00:00.000Z message" */
static void add_event(struct buf *lines, const struct logs_event *event)
{
        time_t seconds = (time_t)(event->place.ms / 1000);
        struct tm tm = {};

        (void)gmtime_r(&seconds, &tm);
        buf_addf(lines, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                 tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(event->place.ms % 1000));
        buf_add(lines, event->message);
        buf_add_byte(lines, '\n');
}

static int read_page(struct call *call, const struct logs_log_group_record *group,
                     const struct logs_log_stream_record *stream, struct logs_export_task_record *task,
                     struct buf *lines)
{
        _cleanup_(logs_selection_done) struct logs_selection selection = {};
        struct logs_reader reader = {
                .call = call,
                .group = group,
                .stream = stream->number,
                .from = {task->from_ms.value, INT64_MIN},
                .to = {task->to_ms.value < INT64_MAX ? task->to_ms.value + 1 : INT64_MAX, INT64_MIN},
                .selection = &selection,
                .keys = {.allowed = task->keys_asked.value ? &task->keys : NULL},
        };

        if (task->next_ms.is_set)
                reader.from = (struct logs_place){task->next_ms.value, task->next_sequence.value};
        logs_selection_init(&selection, LOGS_PAGE_EVENTS, false);
        TRY(logs_read_events(&reader));
        for (size_t i = 0; i < selection.count; i++)
                add_event(lines, &selection.chosen[i].event);
        task->stream_done = OPT_BOOL(!selection.is_cut);
        task->next_ms = OPT_INT(selection.cut.ms);
        task->next_sequence = OPT_INT(selection.cut.sequence);
        return buf_check(lines);
}

/* The names of streams may have slashes; in keys they are hyphens. */
static struct str make_key(struct call *call, const struct logs_export_task_record *task, int64_t part)
{
        char *folder = arena_cstr(&call->arena, task->stream);

        for (size_t i = 0; folder && i < task->stream.len; i++)
                if (folder[i] == '/')
                        folder[i] = '-';
        return arena_printf(&call->arena, "%.*s/%.*s/%s/%06lld.gz", STR_ARG(task->prefix), STR_ARG(task->id),
                            folder ? folder : "", (long long)part);
}

static int fill(struct call *call, const struct logs_log_group_record *group,
                struct logs_export_task_record *task, struct buf *lines)
{
        struct logs_log_stream_record stream = {};

        while (lines->len < FILE_BYTES) {
                int r;

                if (*call->host->is_stopping)
                        return -ESHUTDOWN;
                if (lines->len && task->stream_done.value)
                        return 0;
                r = find_stream(call, task, &stream);
                TRY(r);
                TRY(read_page(call, group, &stream, task, lines));
                if (call->arena.used >
                    FILE_MAX) /* a group of many empty streams: the rest is for the next time */
                        return 0;
        }
        return 0;
}

int export_make_file(struct call *call, const struct logs_export_task_record *task, struct export_file *ret)
{
        struct logs_log_group_record group = {.number = task->group};
        struct buf lines;
        int r = call_get(call, &logs_log_group_record_type, &group);

        *ret = (struct export_file){.after = *task};
        if (r < 0)
                return r;
        buf_init(&lines, FILE_MAX);
        r = fill(call, &group, &ret->after, &lines);
        ret->is_last = r == -ENOENT;
        if ((r == 0 || r == -ENOENT) && lines.len) {
                ret->key = make_key(call, &ret->after, ret->after.part.value);
                ret->after.part = OPT_INT(ret->after.part.value + 1);
                r = gzip_compress(&call->arena, buf_str(&lines), &ret->body);
        }
        buf_done_wiped(&lines);
        return r == -ENOENT ? 0 : r;
}
