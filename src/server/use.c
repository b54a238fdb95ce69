#include "server/use.h"

#include "base/map.h"
#include "server/server.h"
#include "server/trace.h"
#include "services/iam/directory.h"

#include <pthread.h>

#define INTERVAL_MS (60 * MS_PER_S)
#define TABLE_MAX   65536
#define NOTE_ARENA  ((size_t)64 * 1024)

struct used {
        int64_t noted_ms;
        struct str key;
};

struct use_table {
        pthread_mutex_t lock;
        struct map by_note;
};

int use_table_new(struct use_table **ret)
{
        struct use_table *table = calloc(1, sizeof(*table));

        if (!table)
                return -ENOMEM;
        pthread_mutex_init(&table->lock, NULL);
        map_init(&table->by_note);
        *ret = table;
        return 0;
}

static void forget_all(struct use_table *table)
{
        const struct map_slot *slot;

        for (size_t at = 0; (slot = map_next(&table->by_note, &at));)
                free(slot->value);
        map_done(&table->by_note);
}

void use_table_free(struct use_table *table)
{
        if (!table)
                return;
        forget_all(table);
        pthread_mutex_destroy(&table->lock);
        free(table);
}

static struct used *add(struct use_table *table, struct str note)
{
        struct used *used = calloc(1, sizeof(*used) + note.len + 1);

        if (!used)
                return NULL;
        memcpy(used + 1, note.ptr, note.len);
        used->key = str_make(used + 1, note.len);
        if (table->by_note.count >= TABLE_MAX)
                forget_all(table); /* costs some repeated notes, nothing else */
        if (map_put(&table->by_note, used->key, used) < 0) {
                free(used);
                return NULL;
        }
        return used;
}

/* Also when the clock was set back by as much: a test server that was reset. */
static bool is_over(int64_t noted_ms, int64_t now_ms)
{
        return now_ms - noted_ms >= INTERVAL_MS || noted_ms - now_ms >= INTERVAL_MS;
}

static bool is_due(struct use_table *table, struct str note, int64_t now_ms)
{
        struct used *used;
        bool due;

        pthread_mutex_lock(&table->lock);
        used = map_get(&table->by_note, note);
        due = !used || is_over(used->noted_ms, now_ms);
        if (due && !used)
                used = add(table, note);
        if (due && used)
                used->noted_ms = now_ms;
        pthread_mutex_unlock(&table->lock);
        return due;
}

/* "key AKIA... iam us-east-1" or "role AROA... - us-east-1" */
static struct str make_note(struct flight *flight)
{
        const struct call *call = &flight->call;
        const struct principal *principal = &call->principal;

        if (principal->kind == ASSUMED_ROLE)
                return arena_printf(&flight->call.arena, "role %.*s - %.*s",
                                    STR_ARG(principal->session.issuer_id), STR_ARG(call->region));
        return arena_printf(&flight->call.arena, "key %.*s %.*s %.*s", STR_ARG(principal->access_key_id),
                            STR_ARG(flight->service->signing_name), STR_ARG(call->region));
}

struct str use_to_note(struct flight *flight)
{
        const struct call *call = &flight->call;
        struct str note;

        if (flight->use_is_settled)
                return flight->use;
        flight->use_is_settled = true;
        if (flight->auth.problem != AUTH_OK || !flight->service || call->principal.access_key_id.len == 0)
                return STR_NONE;
        note = make_note(flight);
        if (is_due(flight->server->uses, note, call->now_ms))
                flight->use = note;
        return flight->use;
}

struct str use_notes(struct flight *flight)
{
        struct arena *arena = &flight->call.arena;

        if (flight->notes_are_settled)
                return flight->notes;
        flight->notes_are_settled = true;
        for (const struct call_note *note = flight->call.notes; note; note = note->next)
                if (is_due(flight->server->uses, note->text, flight->call.now_ms))
                        flight->notes = flight->notes.len
                                                ? arena_printf(arena, "%.*s\n%.*s", STR_ARG(flight->notes),
                                                               STR_ARG(note->text))
                                                : note->text;
        return flight->notes;
}

static int note_credential(struct txn *txn, struct str rest, int64_t time_ms)
{
        struct str kind, id, service;
        struct arena arena;
        int r;

        if (!str_cut(&rest, ' ', &kind) || !str_cut(&rest, ' ', &id) || !str_cut(&rest, ' ', &service))
                return -EBADMSG;
        arena_init(&arena, NOTE_ARENA);
        if (str_eq(kind, STR("role")))
                r = iam_note_role_use(txn, &arena, id, rest, time_ms);
        else
                r = iam_note_key_use(txn, &arena, id, service, rest, time_ms);
        arena_done(&arena);
        return r;
}

static const struct api_note *find_note(const struct api_service *service, struct str name)
{
        for (size_t i = 0; i < service->note_count; i++)
                if (str_eq(service->notes[i].name, name))
                        return &service->notes[i];
        return NULL;
}

/* "kms.KeyUsage SUBJECT" */
static int note_for_service(struct txn *txn, struct str rest, const struct event *event)
{
        const struct api_noted noted = {event->time_ms, event->id, event->request_id};
        struct str service, name;
        struct arena arena;
        int r = -EBADMSG;

        if (!str_cut(&rest, '.', &service) || !str_cut(&rest, ' ', &name))
                return -EBADMSG;
        arena_init(&arena, NOTE_ARENA);
        for (size_t i = 0; i < api_service_count; i++) {
                const struct api_note *note =
                        str_eq(api_services[i]->name, service) ? find_note(api_services[i], name) : NULL;

                if (note)
                        r = note->noted(txn, &arena, rest, &noted);
        }
        arena_done(&arena);
        return r;
}

static int note_line(struct txn *txn, struct str line, const struct event *event)
{
        if (str_starts(line, STR("key ")) || str_starts(line, STR("role ")))
                return note_credential(txn, line, event->time_ms);
        return note_for_service(txn, line, event);
}

int use_note_line(struct txn *txn, struct str line, int64_t time_ms)
{
        const struct event event = {.time_ms = time_ms};

        return note_for_service(txn, line, &event);
}

static int note_use(struct txn *txn, const struct event *event)
{
        struct str rest = event->use, line;

        while (str_cut(&rest, '\n', &line))
                TRY(note_line(txn, line, event));
        return 0;
}

int use_note(struct txn *txn, const struct event *event)
{
        if (event->trace.len)
                TRY(trace_put(txn, event->request_id, event->trace));
        return event->use.len ? note_use(txn, event) : 0;
}
