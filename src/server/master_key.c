#include "server/master_key.h"

#include "base/log.h"
#include "crypto/key_cache.h"
#include "server/key_check.h"
#include "server/tls_material.h"
#include "wire/value.h"

#define BATCH       200
#define BATCH_ARENA ((size_t)64 * 1024 * 1024)

/* A walk over all records of one type, some in each transaction. */
struct walk {
        struct server *server;
        const struct record_type *type;
        struct arena arena;
        struct str after; /* where the batch before ended; in `place` */
        char place[STORE_KEY_MAX];
        bool is_done;
};

static bool has_sealed(const struct record_type *type)
{
        for (size_t i = 0; i < type->type->member_count; i++)
                if (type->type->members[i].flags & WIRE_SEALED)
                        return true;
        return false;
}

static int reseal_member(struct walk *walk, const struct wire_member *member, void *record)
{
        const struct keyring *keyring = walk->server->keyring;
        struct str *sealed = wire_at(member, record), bound;
        _cleanup_(secret_done) struct secret clear = {};

        bound = record_name(&walk->arena, walk->type, record);
        if (!str_is_set(bound))
                return -ENOMEM;
        TRY(keyring_open(keyring, SEAL_RECORD, bound, *sealed, &clear));
        return keyring_seal(keyring, SEAL_RECORD, bound, secret_str(&clear), &walk->arena, sealed);
}

static bool is_sealed(const struct wire_member *member, void *record)
{
        return member->flags & WIRE_SEALED && str_is_set(*(const struct str *)wire_at(member, record));
}

/* Many have nothing sealed in them: those stay as they are. */
static int reseal_record(struct walk *walk, struct txn *txn, void *record)
{
        const struct wire_type *type = walk->type->type;
        bool has_changed = false;

        for (size_t i = 0; i < type->member_count; i++)
                if (is_sealed(&type->members[i], record)) {
                        TRY(reseal_member(walk, &type->members[i], record));
                        has_changed = true;
                }
        return has_changed ? record_put(txn, walk->type, record) : 0;
}

static void keep_place(struct walk *walk, struct str place)
{
        memcpy(walk->place, place.ptr, place.len);
        walk->after = str_make(walk->place, place.len);
}

/* First all of the batch is read: a walk does not go on over what it changes. */
static int reseal_batch(struct txn *txn, void *arg)
{
        struct walk *walk = arg;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        void *records[BATCH];
        struct str place = walk->after;
        size_t count = 0;
        int r = 0;

        arena_reset(&walk->arena);
        TRY(record_scan_begin(&scan, txn, &walk->arena, walk->type, NULL, NULL, 0, walk->after));
        while (count < BATCH) {
                records[count] = arena_alloc(&walk->arena, walk->type->type->size);
                if (!records[count])
                        return -ENOMEM;
                r = record_scan_next(&scan, records[count]);
                if (r < 0)
                        break;
                place = record_scan_token(&scan, &walk->arena);
                count++;
        }
        if (r < 0 && r != -ENOENT)
                return r;
        walk->is_done = r == -ENOENT;
        for (size_t i = 0; i < count; i++)
                TRY(reseal_record(walk, txn, records[i]));
        if (str_is_set(place))
                keep_place(walk, place);
        return 0;
}

static int reseal_type(struct server *server, const struct record_type *type)
{
        struct walk walk = {.server = server, .type = type};
        int r = 0;

        arena_init(&walk.arena, BATCH_ARENA);
        while (r == 0 && !walk.is_done)
                r = store_write(server->store, reseal_batch, &walk);
        arena_done_wiped(&walk.arena);
        return r;
}

static int reseal_all(struct server *server)
{
        for (size_t i = 0; i < api_service_count; i++)
                for (size_t k = 0; k < api_services[i]->record_count; k++)
                        if (has_sealed(api_services[i]->records[k]))
                                TRY(reseal_type(server, api_services[i]->records[k]));
        return tls_material_reseal(server);
}

static int finish(struct server *server)
{
        TRY(reseal_all(server));
        TRY(key_check_renew(server));
        TRY(keyring_forget(server->keyring));
        key_cache_clear(server->keys);
        log_event(LOG_INFO, "the master key was rotated", NULL);
        return 0;
}

int master_key_rotate(struct server *server)
{
        TRY(keyring_rotate(server->keyring));
        return finish(server);
}

int master_key_resume(struct server *server)
{
        return keyring_has_earlier(server->keyring) ? finish(server) : 0;
}
