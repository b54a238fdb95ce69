/* Records: keys, indexes and walks, on both engines. */
#include "fixture.h"
#include "shapes.h"

struct session {
        struct arena arena;
        struct txn *txn;
};

static void session_begin(struct fixture *fixture, struct session *session)
{
        arena_init(&session->arena, (size_t)16 << 20);
        assert_int_equal(store_read_begin(fixture->store, &session->txn), 0);
}

static void session_end(struct session *session)
{
        store_read_end(session->txn);
        arena_done(&session->arena);
}

typedef int (*record_change)(struct txn *txn, const struct record_type *type, const void *record);

struct change {
        record_change change;
        const struct record_type *type;
        const void *record;
};

static int run_change(struct txn *txn, void *arg)
{
        const struct change *change = arg;

        return change->change(txn, change->type, change->record);
}

static int change(struct fixture *fixture, record_change how, const struct thing *thing)
{
        struct change arg = {how, &thing_record_type, thing};

        return store_write(fixture->store, run_change, &arg);
}

static struct thing make(const char *account, const char *name, const char *id, const char *path)
{
        return (struct thing){
                .account = str_of(account), .name = str_of(name), .id = str_of(id), .path = str_of(path)};
}

static void put_thing(struct fixture *fixture, const char *account, const char *name, const char *id,
                      const char *path)
{
        struct thing thing = make(account, name, id, path);

        assert_int_equal(change(fixture, record_put, &thing), 0);
}

/* Names in the order of a walk, each followed by a blank. */
static void assert_walk(struct fixture *fixture, const struct record_type *type,
                        const struct record_index *index, struct thing like, size_t members,
                        const char *names)
{
        char found[4096] = "";
        struct record_scan scan;
        struct session session;
        struct thing thing;
        size_t len = 0;
        int r;

        session_begin(fixture, &session);
        assert_int_equal(
                record_scan_begin(&scan, session.txn, &session.arena, type, index, &like, members, STR_NONE),
                0);
        while ((r = record_scan_next(&scan, &thing)) == 0)
                len += (size_t)snprintf(found + len, sizeof(found) - len, "%.*s ", STR_ARG(thing.name));
        assert_int_equal(r, -ENOENT);
        record_scan_end(&scan);
        session_end(&session);
        assert_string_equal(found, names);
}

static const struct record_index *index_of(int which)
{
        return &thing_record_type.indexes[which];
}

static void records_come_back(void **state)
{
        struct fixture *fixture = *state;
        struct session session;
        struct thing thing;

        put_thing(fixture, "1", "Alice", "A1", "/");
        session_begin(fixture, &session);
        thing = make("1", "aLICE", NULL, NULL);
        assert_true(record_exists(session.txn, &thing_record_type, &thing));
        assert_int_equal(record_get(session.txn, &session.arena, &thing_record_type, &thing), 0);
        assert_true(str_eq(thing.name, STR("Alice"))); /* as it was given */
        assert_true(str_eq(thing.id, STR("A1")));
        thing = make("2", "Alice", "keep", NULL);
        assert_false(record_exists(session.txn, &thing_record_type, &thing));
        assert_int_equal(record_get(session.txn, &session.arena, &thing_record_type, &thing), -ENOENT);
        assert_true(str_eq(thing.id, STR("keep")));
        session_end(&session);
}

static int get_none(struct txn *txn, const struct record_type *type, const void *record)
{
        struct thing thing = *(const struct thing *)record;
        struct arena arena;
        int r;

        arena_init(&arena, 4096);
        r = record_get(txn, &arena, type, &thing);
        arena_done(&arena);
        return r;
}

static void keys_are_needed_whole(void **state)
{
        struct fixture *fixture = *state;
        struct thing thing = make("1", NULL, "A1", "/");
        char name[600];

        assert_int_equal(change(fixture, record_put, &thing), -EINVAL);
        assert_int_equal(change(fixture, record_delete, &thing), -EINVAL);
        memset(name, 'n', sizeof(name));
        thing.name = (struct str){name, STORE_KEY_MAX - 4 - 3 - 2};
        assert_int_equal(change(fixture, record_put, &thing), 0);
        assert_int_equal(change(fixture, record_delete, &thing), 0);
        thing.name.len++;
        assert_int_equal(change(fixture, record_put, &thing), -ENAMETOOLONG);
        assert_int_equal(change(fixture, record_delete, &thing), -ENOENT);
        assert_int_equal(change(fixture, get_none, &thing), -ENOENT);
        thing.name = STR("");
        assert_int_equal(change(fixture, record_put, &thing), 0);
}

static void inserts_only_what_is_not_there(void **state)
{
        struct fixture *fixture = *state;
        struct thing thing = make("1", "bob", "B1", "/");

        assert_int_equal(change(fixture, record_insert, &thing), 0);
        thing.name = STR("BOB");
        assert_int_equal(change(fixture, record_insert, &thing), -EEXIST);
        assert_int_equal(change(fixture, record_delete, &thing), 0);
        assert_int_equal(change(fixture, record_delete, &thing), -ENOENT);
        assert_int_equal(change(fixture, record_insert, &thing), 0);
}

static void walks_by_key(void **state)
{
        struct fixture *fixture = *state;

        put_thing(fixture, "1", "b", "1", NULL);
        put_thing(fixture, "1", "a", "2", NULL);
        put_thing(fixture, "1", "B2", "3", NULL);
        put_thing(fixture, "11", "x", "4", NULL); /* "1" is no prefix of "11" */
        put_thing(fixture, "2", "y", "5", NULL);
        put_thing(fixture, "1", "", "6", NULL);
        assert_walk(fixture, &thing_record_type, NULL, make("1", NULL, NULL, NULL), 1, " a b B2 ");
        assert_walk(fixture, &thing_record_type, NULL, make(NULL, NULL, NULL, NULL), 0, " a b B2 x y ");
        assert_walk(fixture, &thing_record_type, NULL, make("1", "b2", NULL, NULL), 2, "B2 ");
        assert_walk(fixture, &thing_record_type, NULL, make("3", NULL, NULL, NULL), 1, "");
        assert_walk(fixture, &numbered_record_type, NULL, make(NULL, NULL, NULL, NULL), 0, "");
}

/* Behind the token of a record stand, downward, those before it. */
static void walk_down_from_a_record(struct session *session, const struct str *names, size_t count)
{
        struct thing thing = make("1", NULL, NULL, NULL);
        struct record_scan scan;
        struct str token;

        thing.name = names[count / 2];
        assert_int_equal(
                record_scan_token_in(&session->arena, &thing_record_type, NULL, &thing, 1, 2, &token), 0);
        assert_int_equal(record_scan_begin_down(&scan, session->txn, &session->arena, &thing_record_type,
                                                NULL, &thing, 1, token),
                         0);
        for (size_t i = count / 2; i-- > 0;) {
                assert_int_equal(record_scan_next(&scan, &thing), 0);
                assert_true(str_eq(thing.name, names[i]));
        }
        assert_int_equal(record_scan_next(&scan, &thing), -ENOENT);
        record_scan_end(&scan);
}

/* Zero bytes in a member neither end it nor disturb the order. */
static void strings_are_ordered_by_bytes(void **state)
{
        struct fixture *fixture = *state;
        static const struct str names[] = {
                STR_INIT(""),   STR_INIT("\0"),   STR_INIT("\0\0"), STR_INIT("\0\1"),    STR_INIT("\0\xff"),
                STR_INIT("\1"), STR_INIT("a"),    STR_INIT("a\0"),  STR_INIT("a\0b"),    STR_INIT("a\1"),
                STR_INIT("ab"), STR_INIT("\xfe"), STR_INIT("\xff"), STR_INIT("\xff\xff")};
        struct record_scan scan;
        struct session session;
        struct thing thing = make("1", NULL, NULL, NULL);

        for (size_t i = ARRAY_LEN(names); i-- > 0;) {
                thing.name = names[i];
                assert_int_equal(change(fixture, record_insert, &thing), 0);
        }
        session_begin(fixture, &session);
        assert_int_equal(record_scan_begin(&scan, session.txn, &session.arena, &thing_record_type, NULL,
                                           &thing, 1, STR_NONE),
                         0);
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                assert_int_equal(record_scan_next(&scan, &thing), 0);
                assert_true(str_eq(thing.name, names[i]));
        }
        assert_int_equal(record_scan_next(&scan, &thing), -ENOENT);
        record_scan_end(&scan);
        assert_int_equal(record_scan_begin_down(&scan, session.txn, &session.arena, &thing_record_type, NULL,
                                                &thing, 1, STR_NONE),
                         0);
        for (size_t i = ARRAY_LEN(names); i-- > 0;) {
                assert_int_equal(record_scan_next(&scan, &thing), 0);
                assert_true(str_eq(thing.name, names[i]));
        }
        assert_int_equal(record_scan_next(&scan, &thing), -ENOENT);
        record_scan_end(&scan);
        walk_down_from_a_record(&session, names, ARRAY_LEN(names));
        session_end(&session);
}

static void integers_are_ordered_by_value(void **state)
{
        struct fixture *fixture = *state;
        static const int64_t numbers[] = {0, 5, -1, INT64_MAX, INT64_MIN, 256, -256, 255, 1};
        char name[24], expected[256] = "";
        static const char *const sorted[] = {
                "-9223372036854775808", "-256", "-1", "0", "1", "5", "255", "256", "9223372036854775807"};

        for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
                struct thing thing = {.number = OPT_INT(numbers[i])};
                struct change arg = {record_insert, &numbered_record_type, &thing};

                (void)snprintf(name, sizeof(name), "%lld", (long long)numbers[i]);
                thing.name = str_of(name);
                assert_int_equal(store_write(fixture->store, run_change, &arg), 0);
        }
        for (size_t i = 0; i < ARRAY_LEN(sorted); i++)
                (void)snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s ",
                               sorted[i]);
        assert_walk(fixture, &numbered_record_type, NULL, (struct thing){}, 0, expected);
}

static int find(struct fixture *fixture, int which, struct thing like, const char *name)
{
        struct session session;
        int r;

        session_begin(fixture, &session);
        r = record_find(session.txn, &session.arena, &thing_record_type, index_of(which), &like);
        if (r == 0)
                assert_true(str_eq(like.name, str_of(name)));
        session_end(&session);
        return r;
}

static void finds_by_index(void **state)
{
        struct fixture *fixture = *state;
        struct thing thing;

        put_thing(fixture, "1", "a", "A", "/x/");
        put_thing(fixture, "1", "b", "B", "/x/");
        put_thing(fixture, "1", "c", "C", "/x/y/");
        put_thing(fixture, "2", "d", "D", "/x/");
        assert_int_equal(find(fixture, BY_ID, make(NULL, NULL, "B", NULL), "b"), 0);
        assert_int_equal(find(fixture, BY_ID, make(NULL, NULL, "b", NULL), ""), -ENOENT);
        assert_int_equal(find(fixture, BY_ID, make(NULL, NULL, NULL, NULL), ""), -EINVAL);
        assert_int_equal(find(fixture, BY_PATH, make("1", NULL, NULL, "/x/"), "a"), 0);
        assert_int_equal(find(fixture, BY_PATH, make("1", NULL, NULL, "/"), ""), -ENOENT);
        assert_walk(fixture, &thing_record_type, index_of(BY_PATH), make("1", NULL, NULL, "/x/"), 2, "a b ");
        assert_walk(fixture, &thing_record_type, index_of(BY_PATH), make("1", NULL, NULL, NULL), 1, "a b c ");
        assert_walk(fixture, &thing_record_type, index_of(BY_ID), make(NULL, NULL, NULL, NULL), 0,
                    "a b c d ");

        thing = make("1", "a", "A2", "/z/"); /* changed members leave no entry behind */
        assert_int_equal(change(fixture, record_put, &thing), 0);
        assert_int_equal(find(fixture, BY_ID, make(NULL, NULL, "A", NULL), ""), -ENOENT);
        assert_int_equal(find(fixture, BY_ID, make(NULL, NULL, "A2", NULL), "a"), 0);
        assert_walk(fixture, &thing_record_type, index_of(BY_PATH), make("1", NULL, NULL, NULL), 1, "b c a ");
        thing.id = thing.path = STR_NONE; /* an absent member: no entry */
        assert_int_equal(change(fixture, record_put, &thing), 0);
        assert_int_equal(find(fixture, BY_ID, make(NULL, NULL, "A2", NULL), ""), -ENOENT);
        assert_walk(fixture, &thing_record_type, index_of(BY_PATH), make("1", NULL, NULL, NULL), 1, "b c ");
        thing = make("1", "b", NULL, NULL);
        assert_int_equal(change(fixture, record_delete, &thing), 0);
        assert_walk(fixture, &thing_record_type, index_of(BY_ID), make(NULL, NULL, NULL, NULL), 0, "c d ");
}

static void a_unique_index_refuses_a_second(void **state)
{
        struct fixture *fixture = *state;
        struct thing thing = make("2", "x", "A", "/");

        put_thing(fixture, "1", "a", "A", "/");
        assert_int_equal(change(fixture, record_put, &thing), -EEXIST);
        assert_walk(fixture, &thing_record_type, NULL, make(NULL, NULL, NULL, NULL), 0, "a ");
        thing = make("1", "a", "A", "/other/"); /* its own */
        assert_int_equal(change(fixture, record_put, &thing), 0);
        put_thing(fixture, "2", "x", "B", "/");
        thing = make("2", "x", "A", "/");
        assert_int_equal(change(fixture, record_put, &thing), -EEXIST);
        assert_int_equal(find(fixture, BY_ID, make(NULL, NULL, "B", NULL), "x"), 0);
}

/* A path of 512 characters, as IAM allows, does not fit into a key. */
static void long_members_are_indexed_too(void **state)
{
        struct fixture *fixture = *state;
        char path[3][513], id[1001] = "";
        struct thing thing;

        for (int i = 0; i < 3; i++) {
                memset(path[i], 'p', 512);
                path[i][511] = (char)('x' + i % 2); /* the first and the third are the same */
                path[i][512] = '\0';
        }
        memset(id, 'i', 1000);
        put_thing(fixture, "1", "a", id, path[0]);
        put_thing(fixture, "1", "b", "B", path[1]);
        put_thing(fixture, "1", "c", "C", path[2]);
        put_thing(fixture, "1", "d", "D", "/");
        assert_walk(fixture, &thing_record_type, index_of(BY_PATH), make("1", NULL, NULL, path[1]), 2, "b ");
        assert_int_equal(find(fixture, BY_ID, make(NULL, NULL, id, NULL), "a"), 0);
        thing = make("2", "z", id, "/");
        assert_int_equal(change(fixture, record_put, &thing), -EEXIST);
        id[999] = 'j';
        assert_int_equal(find(fixture, BY_ID, make(NULL, NULL, id, NULL), ""), -ENOENT);
        thing = make("1", "a", "A", path[0]);
        assert_int_equal(change(fixture, record_put, &thing), 0);
        assert_walk(fixture, &thing_record_type, index_of(BY_ID), make(NULL, NULL, NULL, NULL), 0,
                    "a b c d ");
        assert_int_equal(change(fixture, record_delete, &thing), 0);
        assert_walk(fixture, &thing_record_type, index_of(BY_PATH), make("1", NULL, NULL, path[2]), 2, "c ");
}

/* -- Pages of a walk. */

static void assert_pages(struct fixture *fixture, const struct record_index *index, size_t page,
                         size_t expected)
{
        struct arena token_arena;
        struct thing like = make("1", NULL, NULL, "/"), thing;
        struct str token = STR_NONE, before = STR_NONE;
        size_t found = 0, last = page;

        arena_init(&token_arena, (size_t)1 << 20);
        while (last == page) {
                _cleanup_(record_scan_end) struct record_scan scan = {};
                struct session session;

                session_begin(fixture, &session);
                assert_int_equal(record_scan_begin(&scan, session.txn, &session.arena, &thing_record_type,
                                                   index, &like, index ? 2 : 1, token),
                                 0);
                for (last = 0; last < page && record_scan_next(&scan, &thing) == 0; last++) {
                        assert_true(!str_is_set(before) || str_cmp(before, thing.name) < 0);
                        before = arena_dup(&token_arena, thing.name);
                }
                found += last;
                token = record_scan_token(&scan, &token_arena);
                assert_false(str_starts(token, STR("\0\1"))); /* nothing of the prefix */
                record_scan_end(&scan);
                session_end(&session);
        }
        assert_int_equal(found, expected);
        arena_done(&token_arena);
}

static void walks_go_on_from_a_token(void **state)
{
        struct fixture *fixture = *state;
        char name[16];

        for (int i = 0; i < 100; i++) {
                (void)snprintf(name, sizeof(name), "n%03d", i);
                put_thing(fixture, "1", name, name, i % 2 ? "/" : "/even/");
        }
        put_thing(fixture, "0", "before", "x", "/");
        put_thing(fixture, "2", "after", "y", "/");
        for (size_t page = 1; page < 60; page += 7) {
                assert_pages(fixture, NULL, page, 100);
                assert_pages(fixture, index_of(BY_PATH), page, 50);
        }
}

static void assert_walk_from(struct fixture *fixture, struct thing like, const char *names)
{
        char found[256] = "";
        struct record_scan scan;
        struct session session;
        struct thing thing;
        struct str token;
        size_t len = 0;

        session_begin(fixture, &session);
        assert_int_equal(record_scan_token_at(&session.arena, &thing_record_type, &like, 0, 1, &token), 0);
        assert_int_equal(record_scan_begin(&scan, session.txn, &session.arena, &thing_record_type, NULL,
                                           &like, 0, token),
                         0);
        while (record_scan_next(&scan, &thing) == 0)
                len += (size_t)snprintf(found + len, sizeof(found) - len, "%.*s ", STR_ARG(thing.name));
        record_scan_end(&scan);
        session_end(&session);
        assert_string_equal(found, names);
}

static void walks_begin_in_the_middle(void **state)
{
        struct fixture *fixture = *state;
        struct thing nameless = make(NULL, NULL, NULL, NULL);
        struct arena arena;
        struct str token;

        put_thing(fixture, "0", "zoe", "0", "/");
        put_thing(fixture, "1", "ann", "1", "/");
        put_thing(fixture, "1", "bob", "2", "/");
        put_thing(fixture, "2", "dan", "5", "/");
        assert_walk_from(fixture, make("", NULL, NULL, NULL), "zoe ann bob dan ");
        assert_walk_from(fixture, make("1", NULL, NULL, NULL), "ann bob dan ");
        assert_walk_from(fixture, make("11", NULL, NULL, NULL), "dan ");
        assert_walk_from(fixture, make("3", NULL, NULL, NULL), "");
        arena_init(&arena, 4096);
        assert_int_equal(record_scan_token_at(&arena, &thing_record_type, &nameless, 0, 1, &token), -EINVAL);
        assert_int_equal(record_scan_token_at(&arena, &thing_record_type, &nameless, 1, 0, &token), -EINVAL);
        assert_int_equal(record_scan_token_at(&arena, &thing_record_type, &nameless, 0, 2, &token), -EINVAL);
        arena_done(&arena);
}

/* With all members a walk begins behind that record, be it there or not. */
static void assert_walk_behind(struct fixture *fixture, size_t prefix, const char *name, const char *names)
{
        struct thing like = make("1", name, NULL, NULL), thing;
        char found[256] = "";
        struct record_scan scan;
        struct session session;
        struct str token;
        size_t len = 0;

        session_begin(fixture, &session);
        assert_int_equal(record_scan_token_at(&session.arena, &thing_record_type, &like, prefix, 2, &token),
                         0);
        assert_int_equal(record_scan_begin(&scan, session.txn, &session.arena, &thing_record_type, NULL,
                                           &like, prefix, token),
                         0);
        while (record_scan_next(&scan, &thing) == 0)
                len += (size_t)snprintf(found + len, sizeof(found) - len, "%.*s ", STR_ARG(thing.name));
        record_scan_end(&scan);
        session_end(&session);
        assert_string_equal(found, names);
}

static void walks_begin_behind_a_record(void **state)
{
        struct fixture *fixture = *state;
        struct thing like = make("1", "bob", NULL, NULL);
        static char longest[600];
        struct arena arena;
        struct str token;

        put_thing(fixture, "0", "zoe", "0", "/");
        put_thing(fixture, "1", "Ann", "1", "/");
        put_thing(fixture, "1", "bob", "2", "/");
        put_thing(fixture, "1", "bobby", "3", "/");
        put_thing(fixture, "1", "carl", "4", "/");
        put_thing(fixture, "2", "dan", "5", "/");
        for (size_t prefix = 0; prefix < 2; prefix++) {
                const char *behind = prefix ? "" : "dan ";
                char expected[64];

                (void)snprintf(expected, sizeof(expected), "Ann bob bobby carl %s", behind);
                assert_walk_behind(fixture, prefix, "", expected);
                assert_walk_behind(fixture, prefix, "Aaron", expected);
                (void)snprintf(expected, sizeof(expected), "bob bobby carl %s", behind);
                assert_walk_behind(fixture, prefix, "ANN", expected); /* names here have no case */
                assert_walk_behind(fixture, prefix, "annette", expected);
                (void)snprintf(expected, sizeof(expected), "bobby carl %s", behind);
                assert_walk_behind(fixture, prefix, "bob", expected);
                (void)snprintf(expected, sizeof(expected), "carl %s", behind);
                assert_walk_behind(fixture, prefix, "bobby", expected);
                assert_walk_behind(fixture, prefix, "carl", behind);
                assert_walk_behind(fixture, prefix, "zzz", behind);
        }
        assert_walk_behind(fixture, 2, "bob", ""); /* of that one alone nothing is left */
        arena_init(&arena, 4096);
        assert_int_equal(record_scan_token_at(&arena, &thing_record_type, &like, 0, 3, &token), -EINVAL);
        assert_int_equal(record_scan_token_at(&arena, &thing_record_type, &like, 2, 1, &token), -EINVAL);
        memset(longest, 'x', sizeof(longest));
        like.name = str_make(longest, sizeof(longest)); /* under such a key nothing stands */
        assert_int_equal(record_scan_token_at(&arena, &thing_record_type, &like, 1, 2, &token), -EINVAL);
        arena_done(&arena);
        arena_init(&arena, 1);
        like.name = STR("bob");
        assert_int_equal(record_scan_token_at(&arena, &thing_record_type, &like, 1, 2, &token), -ENOMEM);
        arena_done(&arena);
}

static void a_token_cannot_lead_astray(void **state)
{
        struct fixture *fixture = *state;
        struct thing like = make("1", NULL, NULL, NULL), thing;
        static char longest[600];
        const struct str tokens[] = {STR(""), STR("\0"), STR("\xff\xff\xff"), STR("zzz"), {longest, 500}};
        struct session session;

        put_thing(fixture, "0", "before", "x", "/");
        put_thing(fixture, "1", "mine", "y", "/");
        put_thing(fixture, "2", "after", "z", "/");
        session_begin(fixture, &session);
        for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
                _cleanup_(record_scan_end) struct record_scan scan = {};
                int r;

                assert_int_equal(record_scan_begin(&scan, session.txn, &session.arena, &thing_record_type,
                                                   NULL, &like, 1, tokens[i]),
                                 0);
                while ((r = record_scan_next(&scan, &thing)) == 0)
                        assert_true(str_eq(thing.account, STR("1")));
                assert_int_equal(r, -ENOENT);
        }
        for (int absent = 0; absent < 2; absent++) {
                _cleanup_(record_scan_end) struct record_scan scan = {};

                if (absent)
                        like.account = STR_NONE;
                assert_int_equal(record_scan_begin(&scan, session.txn, &session.arena, &thing_record_type,
                                                   NULL, &like, 1,
                                                   absent ? STR_NONE : (struct str){longest, 600}),
                                 -EINVAL);
        }
        session_end(&session);
}

static int delete_while_walking(struct txn *txn, void *arg)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct thing like = make("1", NULL, NULL, "/"), thing;
        struct arena arena;
        int r;

        arena_init(&arena, (size_t)16 << 20);
        TRY(record_scan_begin(&scan, txn, &arena, &thing_record_type, arg, &like, arg ? 2 : 1, STR_NONE));
        while ((r = record_scan_next(&scan, &thing)) == 0)
                TRY(record_delete(txn, &thing_record_type, &thing));
        record_scan_end(&scan);
        arena_done(&arena);
        return r == -ENOENT ? 0 : r;
}

static void a_walk_may_delete_what_it_passes(void **state)
{
        struct fixture *fixture = *state;
        char name[16];

        for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 300; i++) {
                        (void)snprintf(name, sizeof(name), "n%03d", i);
                        put_thing(fixture, i % 50 ? "1" : "2", name, name, "/");
                }
                assert_int_equal(store_write(fixture->store, delete_while_walking,
                                             round ? (void *)(uintptr_t)index_of(BY_PATH) : NULL),
                                 0);
                assert_walk(fixture, &thing_record_type, NULL, make(NULL, NULL, NULL, NULL), 0,
                            "n000 n050 n100 n150 n200 n250 ");
                assert_walk(fixture, &thing_record_type, index_of(BY_ID), make(NULL, NULL, NULL, NULL), 0,
                            "n000 n050 n100 n150 n200 n250 ");
        }
}

/* -- Against a model: a plain array. */

#define MODEL 120

struct model {
        struct thing things[MODEL]; /* by number of its name; not there: absent account */
        char ids[MODEL][8], names[MODEL][8];
        uint64_t seed;
};

static uint32_t draw(struct model *model, uint32_t below)
{
        model->seed = model->seed * 6364136223846793005U + 1442695040888963407U;
        return (uint32_t)(model->seed >> 33) % below;
}

static bool id_is_taken(const struct model *model, uint32_t by_other_than, struct str id)
{
        for (uint32_t i = 0; i < MODEL; i++)
                if (i != by_other_than && str_is_set(model->things[i].account) && str_is_set(id) &&
                    str_is_set(model->things[i].id) && str_eq(model->things[i].id, id))
                        return true;
        return false;
}

static struct thing draw_thing(struct model *model, uint32_t i)
{
        static const char *const paths[] = {"/", "/a/", "/b/", NULL};
        uint32_t id = draw(model, MODEL * 2);
        struct thing thing = make(i % 3 ? "1" : "2", model->names[i], NULL, paths[draw(model, 4)]);

        if (id < MODEL)
                thing.id = str_of(model->ids[id]);
        if (draw(model, 3))
                thing.number = OPT_INT(draw(model, 5));
        return thing;
}

static int change_at_random(struct txn *txn, void *arg)
{
        struct model *model = arg;

        for (int n = 0; n < 30; n++) {
                uint32_t i = draw(model, MODEL);
                bool is_there = str_is_set(model->things[i].account);
                struct thing thing = draw_thing(model, i);

                if (draw(model, 3) == 0) {
                        assert_int_equal(record_delete(txn, &thing_record_type, &thing),
                                         is_there ? 0 : -ENOENT);
                        model->things[i].account = STR_NONE;
                        continue;
                }
                if (id_is_taken(model, i, thing.id))
                        continue; /* it would fail after some of its writes, and here nobody would undo those
                                   */
                assert_int_equal(record_put(txn, &thing_record_type, &thing), 0);
                model->things[i] = thing;
        }
        return 0;
}

/* Every thing of the model that is like this one is met once, and nothing else is. */
static void assert_index(struct fixture *fixture, const struct model *model, const struct record_index *index,
                         struct thing like, size_t members)
{
        bool seen[MODEL] = {};
        struct session session;
        struct record_scan scan;
        struct thing thing;

        session_begin(fixture, &session);
        assert_int_equal(record_scan_begin(&scan, session.txn, &session.arena, &thing_record_type, index,
                                           &like, members, STR_NONE),
                         0);
        while (record_scan_next(&scan, &thing) == 0) {
                uint64_t i;

                assert_int_equal(str_to_u64(str_from(thing.name, 1), &i), 0);
                assert_false(seen[i]);
                seen[i] = true;
                assert_true(str_eq(thing.path, model->things[i].path));
                assert_true(str_eq(thing.id, model->things[i].id));
        }
        for (size_t i = 0; i < MODEL; i++) {
                const struct thing *there = &model->things[i];
                bool expected = str_is_set(there->account);

                if (index == index_of(BY_ID))
                        expected = expected && str_is_set(there->id);
                else if (index == index_of(BY_PATH))
                        expected = expected && str_is_set(there->path) &&
                                   str_eq(there->account, like.account) && str_eq(there->path, like.path);
                else if (index == index_of(BY_NUMBER))
                        expected = expected && there->number.is_set && str_eq(there->account, like.account) &&
                                   there->number.value == like.number.value;
                assert_int_equal(seen[i], expected);
        }
        record_scan_end(&scan);
        session_end(&session);
}

static void indexes_agree_with_a_model(void **state)
{
        struct fixture *fixture = *state;
        static struct model model;

        model = (struct model){.seed = 5};
        for (size_t i = 0; i < MODEL; i++) {
                (void)snprintf(model.ids[i], sizeof(model.ids[i]), "ID%zu", i);
                (void)snprintf(model.names[i], sizeof(model.names[i]), "n%zu", i);
        }
        for (int round = 0; round < 60; round++) {
                assert_int_equal(store_write(fixture->store, change_at_random, &model), 0);
                assert_index(fixture, &model, NULL, (struct thing){}, 0);
                assert_index(fixture, &model, index_of(BY_ID), (struct thing){}, 0);
                for (int account = 1; account <= 2; account++) {
                        const char *text = account == 1 ? "1" : "2";
                        struct thing like = make(text, NULL, NULL, "/a/");

                        assert_index(fixture, &model, index_of(BY_PATH), like, 2);
                        like.number = OPT_INT(3);
                        assert_index(fixture, &model, index_of(BY_NUMBER), like, 2);
                }
        }
}

/* -- Evolution in the store: programs of different age have different indexes. */

static void prepare(struct fixture *fixture, size_t index_count, int expected)
{
        struct record_type type = thing_record_type;
        const struct record_type *const types[] = {&type, &numbered_record_type};

        type.index_count = index_count;
        assert_int_equal(record_prepare(fixture->store, types, ARRAY_LEN(types)), expected);
}

static void put_older(struct fixture *fixture, size_t index_count, struct thing thing)
{
        struct record_type type = thing_record_type;
        struct change arg = {record_put, &type, &thing};

        type.index_count = index_count;
        assert_int_equal(store_write(fixture->store, run_change, &arg), 0);
}

static void younger_indexes_are_built(void **state)
{
        struct fixture *fixture = *state;

        prepare(fixture, 0, 0);
        put_older(fixture, 0, make("1", "a", "A", "/x/"));
        put_older(fixture, 0, make("1", "b", "B", "/x/"));
        put_older(fixture, 0, make("1", "c", NULL, NULL));
        assert_int_equal(find(fixture, BY_ID, make(NULL, NULL, "A", NULL), ""), -ENOENT);
        prepare(fixture, THING_INDEXES, 0);
        assert_int_equal(find(fixture, BY_ID, make(NULL, NULL, "B", NULL), "b"), 0);
        assert_walk(fixture, &thing_record_type, index_of(BY_ID), (struct thing){}, 0, "a b ");
        assert_walk(fixture, &thing_record_type, index_of(BY_PATH), make("1", NULL, NULL, "/x/"), 2, "a b ");
        assert_walk(fixture, &thing_record_type, index_of(BY_NUMBER), make("1", NULL, NULL, NULL), 1, "");
        put_thing(fixture, "1", "a", "A2", "/x/");
        assert_walk(fixture, &thing_record_type, index_of(BY_ID), (struct thing){}, 0, "a b ");
}

/* What a program without an index writes is not missing from it later. */
static void an_older_program_in_between_leaves_no_gap(void **state)
{
        struct fixture *fixture = *state;

        prepare(fixture, THING_INDEXES, 0);
        put_thing(fixture, "1", "a", "A", "/x/");
        put_thing(fixture, "1", "b", "B", "/x/");
        prepare(fixture, 1, 0);
        put_older(fixture, 1, make("1", "a", "A", "/y/"));
        put_older(fixture, 1, make("1", "c", "C", "/x/"));
        prepare(fixture, THING_INDEXES, 0);
        assert_walk(fixture, &thing_record_type, index_of(BY_PATH), make("1", NULL, NULL, "/x/"), 2, "b c ");
        assert_walk(fixture, &thing_record_type, index_of(BY_PATH), make("1", NULL, NULL, "/y/"), 2, "a ");
        assert_walk(fixture, &thing_record_type, index_of(BY_ID), (struct thing){}, 0, "a b c ");
}

static void preparing_again_writes_nothing(void **state)
{
        struct fixture *fixture = *state;
        struct store_stats before, after;

        prepare(fixture, THING_INDEXES, 0);
        put_thing(fixture, "1", "a", "A", "/x/");
        store_get_stats(fixture->store, &before);
        prepare(fixture, THING_INDEXES, 0);
        store_get_stats(fixture->store, &after);
        assert_int_equal(before.jobs, after.jobs);
}

static void a_unique_index_is_not_built_over_twins(void **state)
{
        struct fixture *fixture = *state;

        prepare(fixture, 0, 0);
        put_older(fixture, 0, make("1", "a", "A", "/x/"));
        put_older(fixture, 0, make("1", "b", "A", "/x/"));
        prepare(fixture, THING_INDEXES, -EEXIST);
        assert_walk(fixture, &thing_record_type, index_of(BY_ID), (struct thing){}, 0, "");
}

static void assert_name(const struct record_type *type, struct thing thing, const char *expected)
{
        struct arena arena;
        struct str name;

        arena_init(&arena, 4096);
        name = record_name(&arena, type, &thing);
        if (expected)
                assert_true(str_eq(name, str_of(expected)));
        assert_true(str_is_set(name) == (expected != NULL));
        arena_done(&arena);
}

static void records_have_names(void **state)
{
        struct arena arena;
        struct thing thing = make("1", "Alice", "A1", "/");

        (void)state;
        assert_name(&thing_record_type, thing,
                    "Thing/1/Alice"); /* its key, as it is given, and nothing else */
        thing.id = STR_NONE;
        thing.path = STR("/other/");
        assert_name(&thing_record_type, thing, "Thing/1/Alice");
        thing.account = STR("");
        assert_name(&thing_record_type, thing, "Thing//Alice");
        thing.name = STR_NONE;
        assert_name(&thing_record_type, thing, NULL);
        assert_name(&numbered_record_type, (struct thing){}, NULL);
        assert_name(&numbered_record_type, (struct thing){.number = OPT_INT(0)}, "Numbered/0");
        assert_name(&numbered_record_type, (struct thing){.number = OPT_INT(-7)}, "Numbered/-7");
        assert_name(&numbered_record_type, (struct thing){.number = OPT_INT(INT64_MIN)},
                    "Numbered/-9223372036854775808");
        assert_name(&numbered_record_type, (struct thing){.number = OPT_INT(INT64_MAX)},
                    "Numbered/9223372036854775807");
        arena_init(&arena, 4);
        thing = make("1", "Alice", NULL, NULL);
        assert_false(str_is_set(record_name(&arena, &thing_record_type, &thing)));
        assert_true(arena.failed);
        arena_done(&arena);
}

static const struct CMUnitTest tests[] = {
        TEST_BOTH(records_come_back),
        TEST_BOTH(keys_are_needed_whole),
        TEST_BOTH(inserts_only_what_is_not_there),
        TEST_BOTH(walks_by_key),
        TEST_BOTH(strings_are_ordered_by_bytes),
        TEST_BOTH(integers_are_ordered_by_value),
        TEST_BOTH(finds_by_index),
        TEST_BOTH(a_unique_index_refuses_a_second),
        TEST_BOTH(long_members_are_indexed_too),
        TEST_BOTH(walks_go_on_from_a_token),
        TEST_BOTH(walks_begin_in_the_middle),
        TEST_BOTH(walks_begin_behind_a_record),
        TEST_BOTH(a_token_cannot_lead_astray),
        TEST_BOTH(a_walk_may_delete_what_it_passes),
        TEST_BOTH(indexes_agree_with_a_model),
        TEST_BOTH(younger_indexes_are_built),
        TEST_BOTH(an_older_program_in_between_leaves_no_gap),
        TEST_BOTH(preparing_again_writes_nothing),
        TEST_BOTH(a_unique_index_is_not_built_over_twins),
        TEST_BOTH(records_have_names),
};

int main(void)
{
        return cmocka_run_group_tests(tests, NULL, NULL);
}
