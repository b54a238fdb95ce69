/* The event history against a plain list of the same events: every attribute, range and page size finds the
 * same events in the same order, wherever they are kept: rows, blocks, volumes, and what earlier builds left.
 */
#include "iam_fixture.h"

#include "api/cloudtrail.h"
#include "services/budgets.h"
#include "services/cloudtrail/history.h"

#define EVENTS_MOST 60000
#define NAME_MAX_   40
#define REGIONS     2

static const char *const REGION[REGIONS] = {"us-east-1", "eu-west-1"};

/* An event as the list has it. */
struct made {
        int64_t time_ms;
        uint64_t number;
        size_t region;
        char id[NAME_MAX_], name[NAME_MAX_], user[NAME_MAX_], key[NAME_MAX_], arn[120];
        bool is_read_only;
        bool is_lost; /* what has it is damaged */
};

struct world {
        struct fixture *fixture;
        struct made *made;
        size_t count;
        int64_t now_ms;
        uint64_t random;
};

static uint64_t draw(struct world *world, uint64_t below)
{
        world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (world->random >> 33) % below;
}

static void make(struct world *world, struct made *made)
{
        size_t number = world->count++;

        *made = (struct made){.time_ms = world->now_ms, .number = number + 1, .region = draw(world, 10) == 0};
        (void)snprintf(made->id, NAME_MAX_, "%08llx-%zu", (unsigned long long)draw(world, UINT32_MAX),
                       number);
        (void)snprintf(made->name, NAME_MAX_, "Name%llu", (unsigned long long)draw(world, 12));
        if (draw(world, 3000) == 0)
                (void)snprintf(made->name, NAME_MAX_, "Rare");
        (void)snprintf(made->user, NAME_MAX_, "user%llu", (unsigned long long)draw(world, 5));
        (void)snprintf(made->key, NAME_MAX_, "AKIA%llu", (unsigned long long)draw(world, 7));
        (void)snprintf(made->arn, sizeof(made->arn), "arn:aws:iam::123456789012:user/dir/made-%llu",
                       (unsigned long long)draw(world, 2000));
        made->is_read_only = draw(world, 4) > 0;
}

static void event_of(const struct made *made, struct event *ret)
{
        *ret = (struct event){
                .number = made->number,
                .time_ms = made->time_ms,
                .id = str_of(made->id),
                .account = ACCOUNT,
                .region = str_of(REGION[made->region]),
                .name = str_of(made->name),
                .source = STR("iam.amazonaws.com"),
                .username = str_of(made->user),
                .access_key_id = str_of(made->key),
                .is_read_only = made->is_read_only,
                .resources = {{str_of(made->arn), STR("AWS::IAM::User")}},
                .resource_count = 1,
                .json = str_of(made->arn),
        };
}

/* -- Keeping */

struct batch {
        struct world *world;
        size_t count;
        int64_t late_ms; /* some come so much later than others of their time */
        bool is_early;   /* as earlier builds did */
};

static int put_early(struct txn *txn, struct arena *arena, const struct event *event)
{
        struct cloudtrail_resource resources[] = {
                {.resource_type = event->resources[0].type,
                 .resource_name = history_last_part(event->resources[0].arn)},
                {.resource_type = event->resources[0].type, .resource_name = event->resources[0].arn},
        };
        const struct cloudtrail_history_event_record record = {
                .account = event->account,
                .region = event->region,
                .newest_first = OPT_INT(history_newest_first(event->time_ms, event->number)),
                .id = event->id,
                .name = event->name,
                .source = event->source,
                .username = event->username,
                .access_key_id = event->access_key_id,
                .read_only = event->is_read_only ? STR("true") : STR("false"),
                .resources = {resources, ARRAY_LEN(resources), true},
                .json = event->json,
        };
        const struct cloudtrail_history_resource_record row = {
                .account = event->account,
                .region = event->region,
                .what = arena_printf(arena, "name %.*s", STR_ARG(resources[0].resource_name)),
                .place = arena_printf(arena, "%016llx%.*s", (unsigned long long)record.newest_first.value,
                                      STR_ARG(event->id)),
        };

        TRY(record_put(txn, &cloudtrail_history_resource_record_type, &row));
        return record_put(txn, &cloudtrail_history_event_record_type, &record);
}

static int keep_batch(struct txn *txn, void *arg)
{
        const struct batch *batch = arg;
        struct world *world = batch->world;
        _cleanup_(arena_done) struct arena arena = {};

        arena_init(&arena, (size_t)16 << 20);
        for (size_t i = 0; i < batch->count; i++) {
                struct made *made = &world->made[world->count];
                struct event event;

                arena_reset(&arena);
                world->now_ms += (int64_t)draw(world, 3);
                make(world, made);
                if (batch->late_ms && draw(world, 50) == 0)
                        made->time_ms -= (int64_t)draw(world, (uint64_t)batch->late_ms);
                event_of(made, &event);
                TRY(batch->is_early ? put_early(txn, &arena, &event)
                                    : cloudtrail_history.handle(&world->fixture->host, txn, &arena, &event));
        }
        return 0;
}

static void keep(struct world *world, size_t count, int64_t late_ms, bool is_early)
{
        for (size_t done = 0; done < count; done += 500) {
                struct batch batch = {world, count - done < 500 ? count - done : 500, late_ms, is_early};

                assert_true(world->count + batch.count <= EVENTS_MOST);
                assert_int_equal(store_write(world->fixture->store, keep_batch, &batch), 0);
        }
        world->fixture->clock.advanced_ms = world->now_ms - clock_wall_ms();
}

/* -- What is expected */

struct question {
        const char *key;
        char value[120];
        int64_t start_ms, end_ms; /* 0: not given */
        size_t page;
        size_t region;
};

static bool fits(const struct made *made, const struct question *question)
{
        const char *value = question->value;
        int64_t second = made->time_ms - made->time_ms % MS_PER_S;

        if (made->is_lost || made->region != question->region ||
            (question->start_ms && second < question->start_ms) ||
            (question->end_ms && second > question->end_ms))
                return false;
        if (!question->key)
                return true;
        if (strcmp(question->key, "EventId") == 0)
                return strcmp(made->id, value) == 0;
        if (strcmp(question->key, "EventName") == 0)
                return strcmp(made->name, value) == 0;
        if (strcmp(question->key, "Username") == 0)
                return strcmp(made->user, value) == 0;
        if (strcmp(question->key, "AccessKeyId") == 0)
                return strcmp(made->key, value) == 0;
        if (strcmp(question->key, "ReadOnly") == 0)
                return made->is_read_only == (strcmp(value, "true") == 0);
        if (strcmp(question->key, "ResourceName") == 0)
                return strcmp(made->arn, value) == 0 || strcmp(strrchr(made->arn, '/') + 1, value) == 0;
        if (strcmp(question->key, "ResourceType") == 0)
                return strcmp(value, "AWS::IAM::User") == 0;
        return strcmp(value, "iam.amazonaws.com") == 0;
}

static int compare(const void *a, const void *b)
{
        const struct made *left = *(const struct made *const *)a, *right = *(const struct made *const *)b;

        if (left->time_ms != right->time_ms)
                return left->time_ms > right->time_ms ? -1 : 1;
        return left->number > right->number ? -1 : 1;
}

static size_t expect(const struct world *world, const struct question *question, const struct made **ret)
{
        size_t count = 0;

        for (size_t i = 0; i < world->count; i++)
                if (fits(&world->made[i], question))
                        ret[count++] = &world->made[i];
        qsort(ret, count, sizeof(*ret), compare);
        return count;
}

/* -- Asking */

struct asking {
        struct world *world;
        const struct question *question;
        const struct made **expected;
        size_t expected_count, at, most;
        char token[1200];
        size_t pages;
};

static int ask_page(struct call *call, struct asking *asking)
{
        const struct question *question = asking->question;
        struct cloudtrail_lookup_attribute attribute = {.attribute_key = str_of(question->key),
                                                        .attribute_value = str_of(question->value)};
        struct cloudtrail_lookup_events_in in = {
                .lookup_attributes = {&attribute, question->key ? 1 : 0, question->key != NULL},
                .start_time = {question->start_ms != 0, question->start_ms},
                .end_time = {question->end_ms != 0, question->end_ms},
                .max_results = OPT_INT((int64_t)question->page),
                .next_token = asking->token[0] ? str_of(asking->token) : STR_NONE,
        };
        struct cloudtrail_lookup_events_out out = {};

        call->region = str_of(REGION[question->region]);
        TRY(cloudtrail_lookup_events(call, &in, &out));
        for (size_t i = 0; i < out.events.count; i++) {
                const struct made *made = asking->expected[asking->at++];

                assert_true(asking->at <= asking->expected_count);
                assert_true(str_eq(out.events.items[i].event_id, str_of(made->id)));
                assert_true(str_eq(out.events.items[i].cloud_trail_event, str_of(made->arn)));
                assert_true(str_eq(out.events.items[i].resources.items[1].resource_name, str_of(made->arn)));
                assert_int_equal(out.events.items[i].event_time.value,
                                 made->time_ms - made->time_ms % MS_PER_S);
        }
        assert_true(str_to_buffer(str_is_set(out.next_token) ? out.next_token : STR(""), asking->token,
                                  sizeof(asking->token)) == 0);
        return 0;
}

/* As the pipeline does it: in a snapshot. */
static void run_page(struct asking *asking)
{
        struct fixture *fixture = asking->world->fixture;
        struct call call;

        call_init(&call, &fixture->host, (size_t)32 << 20);
        assert_int_equal(store_read_begin(fixture->store, &call.txn), 0);
        call.account = ACCOUNT;
        call.now_ms = clock_now_ms(&fixture->clock);
        assert_int_equal(ask_page(&call, asking), 0);
        assert_false(call.arena.failed);
        store_read_end(call.txn);
        call_done(&call);
}

/* All pages, or the first of them. */
static size_t ask(struct world *world, const struct question *question, size_t most_pages)
{
        struct asking asking = {.world = world, .question = question};

        asking.expected = calloc(world->count + 1, sizeof(struct made *));
        assert_non_null(asking.expected);
        asking.expected_count = expect(world, question, asking.expected);
        do {
                run_page(&asking);
                asking.pages++;
        } while (asking.token[0] && asking.pages < most_pages);
        if (!asking.token[0])
                assert_int_equal(asking.at, asking.expected_count);
        free(asking.expected);
        return asking.expected_count;
}

static void ask_at_random(struct world *world, const char *key, const char *value)
{
        struct question question = {.key = key, .page = 1 + draw(world, 50), .region = draw(world, 8) == 0};

        (void)snprintf(question.value, sizeof(question.value), "%s", value);
        if (draw(world, 2))
                question.start_ms = world->now_ms - (int64_t)draw(world, 60000);
        if (draw(world, 2))
                question.end_ms = (question.start_ms ? question.start_ms : world->now_ms - 60000) +
                                  (int64_t)draw(world, 60000);
        (void)ask(world, &question, 1 + draw(world, 20));
}

static void ask_everything(struct world *world, size_t rounds)
{
        static const char *const TYPES[] = {"AWS::IAM::User", "AWS::IAM::Role"};

        for (size_t i = 0; i < rounds; i++) {
                const struct made *any = &world->made[draw(world, world->count)];

                ask_at_random(world, NULL, "");
                ask_at_random(world, "EventId", any->id);
                ask_at_random(world, "EventName", i % 2 ? any->name : "Rare");
                ask_at_random(world, "EventSource", i % 4 ? "iam.amazonaws.com" : "sts.amazonaws.com");
                ask_at_random(world, "Username", any->user);
                ask_at_random(world, "AccessKeyId", any->key);
                ask_at_random(world, "ReadOnly", i % 2 ? "true" : "false");
                ask_at_random(world, "ResourceName", i % 2 ? any->arn : strrchr(any->arn, '/') + 1);
                ask_at_random(world, "ResourceType", TYPES[i % 4 == 0]);
        }
}

static size_t count_of(struct world *world, const char *key, const char *value, size_t page)
{
        struct question question = {.key = key, .page = page};

        (void)snprintf(question.value, sizeof(question.value), "%s", value);
        return ask(world, &question, SIZE_MAX);
}

/* -- What is stored */

struct counting {
        const struct record_type *type;
        size_t count;
};

static int count_rows(struct txn *txn, void *arg)
{
        struct counting *counting = arg;
        uint32_t id = __builtin_bswap32(counting->type->id);
        struct cursor *cursor;
        struct str key, value;

        TRY(cursor_open(txn, str_make(&id, sizeof(id)), STR_NONE, true, &cursor));
        for (counting->count = 0; cursor_next(cursor, &key, &value) == 0;)
                counting->count++;
        cursor_close(cursor);
        return 0;
}

static size_t rows_of(struct world *world, const struct record_type *type)
{
        struct counting counting = {.type = type};

        assert_int_equal(store_write(world->fixture->store, count_rows, &counting), 0);
        return counting.count;
}

static void begin(void **state, struct world *world)
{
        *world = (struct world){.fixture = *state, .random = 7};
        world->made = calloc(EVENTS_MOST, sizeof(struct made));
        assert_non_null(world->made);
        world->now_ms = clock_wall_ms() + 1000;
}

static void end(struct world *world)
{
        world->fixture->clock.advanced_ms = 0;
        free(world->made);
}

/* -- The tests */

static void questions_over_all_places(void **state)
{
        struct world world;

        begin(state, &world);
        for (int i = 0; i < 5; i++) {
                keep(&world, i == 0 ? 300 : 11300, 0, false);
                ask_everything(&world, 6);
        }
        assert_true(rows_of(&world, &cloudtrail_history_volume_record_type) > 0);
        assert_true(rows_of(&world, &cloudtrail_history_words_record_type) > 0);
        assert_in_range(rows_of(&world, &cloudtrail_history_recent_record_type), 512, 1024);
        assert_true(count_of(&world, "EventName", "Rare", 3) > 5);
        (void)count_of(&world, NULL, "", 50);
        (void)count_of(&world, "ReadOnly", "false", 47);
        end(&world);
}

static void what_comes_late_is_in_its_place(void **state)
{
        struct world world;

        begin(state, &world);
        keep(&world, 6000, 5000, false);
        ask_everything(&world, 12);
        (void)count_of(&world, NULL, "", 50);
        assert_true(count_of(&world, "EventName", "Name3", 7) > 100);
        end(&world);
}

static void what_earlier_builds_kept_is_found_and_moved(void **state)
{
        struct world world;

        begin(state, &world);
        keep(&world, 2000, 0, true);
        ask_everything(&world, 10);
        assert_true(count_of(&world, "EventName", "Name3", 7) > 50);
        for (int i = 0; i < 20; i++) {
                keep(&world, 23, 0, false);
                ask_everything(&world, 2);
        }
        keep(&world, 1500, 0, false);
        assert_int_equal(rows_of(&world, &cloudtrail_history_event_record_type), 0);
        assert_int_equal(rows_of(&world, &cloudtrail_history_resource_record_type), 0);
        ask_everything(&world, 10);
        (void)count_of(&world, NULL, "", 50);
        end(&world);
}

/* More rows than one page looks at: pages that are empty, and a token to go on. */
static void pages_of_little_among_much(void **state)
{
        struct world world;

        begin(state, &world);
        keep(&world, 55000, 0, true);
        assert_true(count_of(&world, "EventName", "Rare", 50) > 5);
        assert_int_equal(count_of(&world, "EventName", "None", 50), 0);
        end(&world);
}

static void what_is_too_old_goes_block_by_block(void **state)
{
        struct world world;
        size_t blocks;

        begin(state, &world);
        keep(&world, 25000, 3000, false);
        blocks = rows_of(&world, &cloudtrail_history_block_record_type);
        assert_true(rows_of(&world, &cloudtrail_history_volume_record_type) > 0);
        world.now_ms += 91 * MS_PER_DAY;
        world.count = 0;
        keep(&world, 2000, 0, false);
        ask_everything(&world, 5);
        assert_true(rows_of(&world, &cloudtrail_history_block_record_type) < blocks / 2);
        assert_int_equal(rows_of(&world, &cloudtrail_history_volume_record_type), 0);
        assert_int_equal(rows_of(&world, &cloudtrail_history_register_record_type), 0);
        (void)count_of(&world, NULL, "", 50);
        assert_in_range(count_of(&world, "EventName", "Name3", 50), 50, 300);
        end(&world);
}

/* -- Budgets */

static int lookup_all(struct call *call, void *arg)
{
        const struct cloudtrail_lookup_events_in in = {};
        struct cloudtrail_lookup_events_out out = {};

        (void)arg;
        call->region = STR("us-east-1");
        return cloudtrail_lookup_events(call, &in, &out);
}

static void who_has_looked_too_much_is_throttled(void **state)
{
        struct fixture *fixture = *state;
        struct budgets *budgets;

        assert_int_equal(budgets_new(10, 1, 0, &budgets), 0);
        fixture->host.lookups = budgets;
        assert_int_equal(run(fixture, lookup_all, NULL), 0);
        assert_int_equal(run(fixture, lookup_all, NULL), -ECALL);
        assert_true(str_eq(fixture->error, STR("ThrottlingException")));
        assert_true(str_eq(fixture->message, STR("Rate exceeded")));
        fixture->host.lookups = NULL;
        budgets_free(budgets);
}

/* -- Damage */

struct hurting {
        struct world *world;
        const struct record_type *type;
        size_t nth;
        bool within; /* not the record: what is compressed in it */
        int64_t newest, oldest;
        struct arena arena;
};

static int hurt_row(struct txn *txn, void *arg)
{
        struct hurting *hurting = arg;
        struct cloudtrail_history_block_record block = {};
        uint32_t id = __builtin_bswap32(hurting->type->id);
        struct cursor *cursor;
        struct str key, value;

        TRY(cursor_open(txn, str_make(&id, sizeof(id)), STR_NONE, true, &cursor));
        for (size_t i = 0; i <= hurting->nth; i++)
                TRY(cursor_next(cursor, &key, &value));
        key = arena_dup(&hurting->arena, key);
        cursor_close(cursor);
        if (hurting->type == &cloudtrail_history_block_record_type) {
                TRY(record_decode(hurting->type->type, value, &hurting->arena, true, &block));
                hurting->newest = block.newest.value;
                hurting->oldest = block.oldest.value;
        }
        if (!hurting->within)
                return txn_put(txn, key, STR("\xff\xff\xff\xff"));
        block.packed = STR("nothing that was compressed");
        return record_put(txn, hurting->type, &block);
}

/* The nth row of a type; what is in a block is lost with it, and nothing else. */
static void hurt(struct world *world, const struct record_type *type, size_t nth, bool within)
{
        struct hurting hurting = {.world = world, .type = type, .nth = nth, .within = within};

        arena_init(&hurting.arena, (size_t)4 << 20);
        assert_int_equal(store_write(world->fixture->store, hurt_row, &hurting), 0);
        for (size_t i = 0; hurting.oldest && i < world->count; i++) {
                struct made *made = &world->made[i];
                int64_t place = history_newest_first(made->time_ms, made->number);

                made->is_lost |= made->region == 0 && place >= hurting.newest && place <= hurting.oldest;
        }
        arena_done(&hurting.arena);
}

static void what_is_damaged_hides_nothing_else(void **state)
{
        struct damage damage = {};
        struct world world;
        size_t blocks;

        begin(state, &world);
        world.fixture->host.damage = &damage;
        keep(&world, 30000, 0, false);
        ask_everything(&world, 3);
        assert_int_equal(damage.met, 0);
        blocks = rows_of(&world, &cloudtrail_history_block_record_type);
        /* Of eu-west-1, which comes first, there are few. */
        hurt(&world, &cloudtrail_history_block_record_type, blocks - 3, false);
        hurt(&world, &cloudtrail_history_block_record_type, blocks - 20, true);
        hurt(&world, &cloudtrail_history_block_record_type,
             blocks - rows_of(&world, &cloudtrail_history_words_record_type) / 2, true);
        ask_everything(&world, 6);
        (void)count_of(&world, NULL, "", 50);
        (void)count_of(&world, "EventName", "Name3", 50);
        assert_true(damage.met > 3);
        hurt(&world, &cloudtrail_history_words_record_type,
             rows_of(&world, &cloudtrail_history_words_record_type) - 1, false);
        ask_everything(&world, 6);
        for (size_t i = 0; i < rows_of(&world, &cloudtrail_history_register_record_type); i++)
                hurt(&world, &cloudtrail_history_register_record_type, i, false);
        hurt(&world, &cloudtrail_history_volume_record_type, 0, false);
        ask_everything(&world, 6);
        (void)count_of(&world, "EventName", "Rare", 50);
        end(&world);
}

/* Nor does it stop those that come, and it goes in its time. */
static void what_is_damaged_holds_up_nobody(void **state)
{
        static const struct record_type *const TYPES[] = {
                &cloudtrail_history_state_record_type,  &cloudtrail_history_words_record_type,
                &cloudtrail_history_recent_record_type, &cloudtrail_history_block_record_type,
                &cloudtrail_history_volume_record_type, &cloudtrail_history_register_record_type};
        struct damage damage = {};
        struct world world;

        begin(state, &world);
        world.fixture->host.damage = &damage;
        keep(&world, 20000, 0, false);
        for (size_t i = 0; i < ARRAY_LEN(TYPES); i++)
                for (size_t nth = 0; nth < rows_of(&world, TYPES[i]); nth += 3)
                        hurt(&world, TYPES[i], nth, false);
        world.count = 0;
        world.now_ms += 10000;
        keep(&world, 24000, 0, false);
        world.now_ms += 91 * MS_PER_DAY;
        world.count = 0;
        keep(&world, 6000, 0, false);
        ask_everything(&world, 5);
        assert_int_equal(rows_of(&world, &cloudtrail_history_volume_record_type), 0);
        assert_int_equal(rows_of(&world, &cloudtrail_history_register_record_type), 0);
        (void)count_of(&world, NULL, "", 50);
        assert_true(damage.met > 0);
        end(&world);
}

/* A word may stand for two values: the events themselves decide. */
static void words(void **state)
{
        static const char NAMES[] = "abcabc";
        struct str list;
        char bytes[HISTORY_WORD_LEN];

        (void)state;
        assert_true(history_word(HISTORY_EVENT_NAME, STR("a")) != history_word(HISTORY_USERNAME, STR("a")));
        assert_true(history_word(HISTORY_RESOURCE_NAME, STR("arn:aws:iam::1:user/d/bob")) ==
                    history_word(HISTORY_RESOURCE_NAME, STR("bob")));
        /* Part of what is stored. */
        assert_true(history_word(HISTORY_EVENT_NAME, STR("CreateUser")) == UINT64_C(0x2051035f6ab6));
        history_word_write(bytes, UINT64_C(0x123456789abc));
        assert_memory_equal(bytes, "\x12\x34\x56\x78\x9a\xbc", sizeof(bytes));
        list = str_make("aaaaa1bbbbb1bbbbb2ddddd1", 24);
        assert_int_equal(history_find(list, "bbbbb", 5).len, 12);
        assert_ptr_equal(history_find(list, "bbbbb", 5).ptr, list.ptr + 6);
        assert_int_equal(history_find(list, "aaaaa1", 6).len, 6);
        assert_int_equal(history_find(list, "ddddd1", 6).len, 6);
        assert_int_equal(history_find(list, "ccccc", 5).len, 0);
        assert_int_equal(history_find(list, "zzzzz", 5).len, 0);
        assert_int_equal(history_find(STR(""), NAMES, 5).len, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(words),
                cmocka_unit_test_setup_teardown(questions_over_all_places, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(what_comes_late_is_in_its_place, fixture_setup,
                                                fixture_teardown),
                cmocka_unit_test_setup_teardown(what_earlier_builds_kept_is_found_and_moved, fixture_setup,
                                                fixture_teardown),
                cmocka_unit_test_setup_teardown(pages_of_little_among_much, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(what_is_too_old_goes_block_by_block, fixture_setup,
                                                fixture_teardown),
                cmocka_unit_test_setup_teardown(who_has_looked_too_much_is_throttled, fixture_setup,
                                                fixture_teardown),
                cmocka_unit_test_setup_teardown(what_is_damaged_hides_nothing_else, fixture_setup,
                                                fixture_teardown),
                cmocka_unit_test_setup_teardown(what_is_damaged_holds_up_nobody, fixture_setup,
                                                fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
