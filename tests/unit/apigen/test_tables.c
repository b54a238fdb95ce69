/* What apigen makes of gadget.api and shelf.api: descriptors, and structs that the descriptors describe. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "gadget.h"
#include "shelf.h"

/* The handlers and finders that the tables name. */
int gadget_create_thing(struct call *call, const struct gadget_create_thing_in *in,
                        struct gadget_create_thing_out *out)
{
        (void)call;
        out->names = in->names;
        return 7;
}

int gadget_describe_thing(struct call *call, const struct gadget_describe_thing_in *in,
                          struct gadget_describe_thing_out *out)
{
        (void)call;
        (void)in;
        (void)out;
        return 0;
}

int gadget_whoami(struct call *call, const struct gadget_whoami_in *in, struct gadget_whoami_out *out)
{
        (void)call;
        (void)in;
        (void)out;
        return 0;
}

int gadget_thing_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)call;
        (void)args;
        (void)ret;
        return 1;
}

int gadget_thing_group_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)call;
        (void)args;
        (void)ret;
        return 2;
}

int shelf_settle_address(struct call *call, void *in)
{
        (void)call;
        (void)in;
        return 0;
}

int shelf_show_document(struct call *call, struct str path, struct api_document *ret)
{
        (void)call;
        (void)path;
        (void)ret;
        return 0;
}

int shelf_cross_origin(struct call *call, const struct api_cross_origin *asked)
{
        (void)call;
        (void)asked;
        return 0;
}

int gadget_delete_thing_due(struct call *call, struct str subject)
{
        (void)call;
        return (int)subject.len;
}

int gadget_rotate_thing_due(struct call *call, struct str subject)
{
        (void)call;
        (void)subject;
        return -3;
}

int gadget_thing_usage_noted(struct txn *txn, struct arena *arena, struct str subject,
                             const struct api_noted *noted)
{
        (void)txn;
        (void)arena;
        return (int)subject.len + (int)noted->time_ms;
}

int shelf_put_book_receive(struct call *call, const struct shelf_put_book_in *in, struct body_sink **ret)
{
        (void)call;
        (void)in;
        (void)ret;
        return -ENOSYS;
}

int shelf_put_book(struct call *call, const struct shelf_put_book_in *in, struct shelf_put_book_out *out)
{
        (void)call;
        (void)in;
        (void)out;
        return 0;
}

int shelf_book_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)call;
        (void)args;
        (void)ret;
        return 0;
}

#define assert_str(actual, expected)                                                                         \
        do {                                                                                                 \
                struct str actual_ = (actual);                                                               \
                assert_non_null(actual_.ptr);                                                                \
                assert_int_equal(actual_.len, strlen(expected));                                             \
                assert_memory_equal(actual_.ptr, expected, actual_.len);                                     \
        } while (0)

static const struct api_operation *operation(const char *name)
{
        const struct api_service *service = &gadget_service;

        for (size_t i = 0; i < service->operation_count; i++)
                if (str_eq(service->operations[i].name, str_of(name)))
                        return &service->operations[i];
        fail_msg("no operation %s", name);
        return NULL;
}

static const struct wire_member *member(const struct wire_type *type, const char *name)
{
        for (size_t i = 0; i < type->member_count; i++)
                if (str_eq(type->members[i].name, str_of(name)))
                        return &type->members[i];
        fail_msg("no member %s", name);
        return NULL;
}

static const struct wire_member *input(const char *name)
{
        return member(operation("CreateThing")->input, name);
}

static const void *at(const void *in_struct, const struct wire_member *m)
{
        return (const char *)in_struct + m->offset;
}

static void test_services(void **state)
{
        (void)state;
        assert_int_equal(api_service_count, 2);
        assert_ptr_equal(api_services[0], &gadget_service);
        assert_ptr_equal(api_services[1], &shelf_service);
}

static void test_service(void **state)
{
        const struct api_service *s = &gadget_service;

        (void)state;
        assert_str(s->name, "gadget");
        assert_str(s->signing_name, "feat");
        assert_str(s->endpoint_prefix, "feat-api");
        assert_str(s->event_source, "gadget.example.com");
        assert_str(s->title, "A \"Service\" of Features");
        assert_str(s->version, "2020-01-02");
        assert_str(s->xml_namespace, "https://gadget.example.com/doc/2020-01-02/");
        assert_int_equal(s->protocol, API_QUERY);
        assert_str(s->told_actions, "Gadget");
        assert_true(s->quotes_resources);
        assert_true(s->has_fractions);
        assert_true(s->is_global);
        assert_false(str_is_set(s->target_prefix));
        assert_int_equal(s->error_count, 3);
        assert_int_equal(s->record_count, 2);
        assert_ptr_equal(s->records[0], &gadget_thing_record_type);
        assert_str(shelf_service.signing_name, "shelf");
        assert_str(shelf_service.endpoint_prefix, "shelf");
        assert_false(shelf_service.is_global);
        assert_false(shelf_service.has_fractions);
}

static void test_operations_are_sorted(void **state)
{
        const struct api_service *s = &gadget_service;

        (void)state;
        assert_int_equal(s->operation_count, 4);
        for (size_t i = 1; i < s->operation_count; i++)
                assert_true(str_cmp(s->operations[i - 1].name, s->operations[i].name) < 0);
        for (size_t i = 0; i < s->operation_count; i++)
                assert_ptr_equal(s->operations[i].service, s);
}

static void test_words_of_operations(void **state)
{
        const struct api_operation *create = operation("CreateThing"), *describe = operation("DescribeThing");
        const struct api_operation *planned = operation("GetSSHPublicKey"), *free_one = operation("Whoami");

        (void)state;
        assert_true(create->is_write && !create->event_read_only && !create->is_planned &&
                    !create->is_public);
        assert_int_equal(create->audit, API_AUDIT_MANAGEMENT);
        assert_true(create->has_result_wrapper && !create->needs_no_permission);
        assert_true(describe->is_write && describe->event_read_only);
        assert_int_equal(describe->audit, API_AUDIT_DATA);
        assert_true(!planned->is_write && planned->event_read_only && planned->is_planned);
        assert_true(planned->handler == NULL && planned->has_result_wrapper);
        assert_true(free_one->needs_no_permission && free_one->is_public && !free_one->has_result_wrapper);
        assert_int_equal(free_one->permission_count, 0);
        assert_int_equal(free_one->input->member_count, 0);
        assert_true(free_one->input->size > 0);
}

static void test_handler(void **state)
{
        const struct api_operation *create = operation("CreateThing");
        struct gadget_create_thing_in in = {.names = {.count = 3, .is_set = true}};
        struct gadget_create_thing_out out = {0};

        (void)state;
        assert_int_equal(create->input->size, sizeof(in));
        assert_int_equal(create->output->size, sizeof(out));
        assert_int_equal(((api_handler)create->handler)(NULL, &in, &out), 7);
        assert_int_equal(out.names.count, 3);
}

static void test_errors(void **state)
{
        const struct api_operation *create = operation("CreateThing");

        (void)state;
        assert_int_equal(create->error_count, 2);
        assert_ptr_equal(create->errors[0], &gadget_no_such_thing_exception);
        assert_ptr_equal(create->errors[1], &gadget_broken_exception);
        assert_str(gadget_no_such_thing_exception.name, "NoSuchThingException");
        assert_str(gadget_no_such_thing_exception.code, "NoSuchThing");
        assert_int_equal(gadget_no_such_thing_exception.status, 404);
        assert_true(gadget_no_such_thing_exception.is_sender);
        assert_str(gadget_broken_exception.code, "BrokenException");
        assert_int_equal(gadget_broken_exception.status, 503);
        assert_false(gadget_broken_exception.is_sender);
        assert_str(gadget_service.errors[2].name, "UnusedException");
}

static void test_permissions(void **state)
{
        const struct api_operation *create = operation("CreateThing");
        const struct api_permission *p = create->permissions;

        (void)state;
        assert_int_equal(create->permission_count, 3);
        assert_str(p[0].action, "gadget:CreateThing");
        assert_str(p[0].resource->name, "thing-group");
        assert_int_equal(p[0].resource->find(NULL, NULL, NULL), 2);
        assert_int_equal(p[0].arg_count, 2);
        assert_ptr_equal(p[0].args[0], input("Group"));
        assert_ptr_equal(p[0].args[1], input("Name"));
        assert_null(p[0].args[2]);
        assert_null(p[0].when);
        assert_int_equal(p[1].resource->find(NULL, NULL, NULL), 1);
        assert_ptr_equal(p[1].when, input("Tags"));
        assert_null(p[2].resource);
        assert_int_equal(p[2].arg_count, 0);
}

static void test_condition_keys(void **state)
{
        const struct api_operation *create = operation("CreateThing");

        (void)state;
        assert_int_equal(create->key_count, 2);
        assert_str(create->keys[0].name, "gadget:Status");
        assert_ptr_equal(create->keys[0].member, input("Status"));
        assert_ptr_equal(create->keys[1].member, input("Names"));
}

static void test_timers_and_notes(void **state)
{
        const struct api_service *s = &gadget_service;
        const struct api_noted noted = {.time_ms = 100};

        (void)state;
        assert_int_equal(s->timer_count, 2);
        assert_str(s->timers[0].name, "DeleteThing");
        assert_int_equal(s->timers[0].fire(NULL, STR("seven..")), 7);
        assert_str(s->timers[1].name, "RotateThing");
        assert_int_equal(s->timers[1].fire(NULL, STR("")), -3);
        assert_false(s->timers[0].is_at_start);
        assert_true(s->timers[1].is_at_start);
        assert_int_equal(s->note_count, 1);
        assert_str(s->notes[0].name, "ThingUsage");
        assert_int_equal(s->notes[0].noted(NULL, NULL, STR("four"), &noted), 104);
        assert_int_equal(shelf_service.timer_count, 0);
        assert_null(shelf_service.timers);
        assert_int_equal(shelf_service.note_count, 0);
        assert_null(shelf_service.notes);
}

static void test_unrecorded(void **state)
{
        (void)state;
        assert_int_equal(gadget_cipher_type_type.flags, WIRE_UNRECORDED | WIRE_HAS_MIN | WIRE_HAS_MAX);
        assert_int_equal(gadget_token_list_type.flags, WIRE_UNRECORDED);
        assert_int_equal(gadget_both_type_type.flags, WIRE_UNRECORDED | WIRE_SECRET);
        assert_int_equal(input("Cipher")->flags, WIRE_UNRECORDED);
        assert_int_equal(input("Tokens")->flags, WIRE_UNRECORDED);
        assert_int_equal(input("Both")->flags, WIRE_UNRECORDED | WIRE_SECRET);
        /* A member's own word makes no other type of it. */
        assert_int_equal(input("Bulky")->flags, WIRE_UNRECORDED);
        assert_int_equal(input("Bulky")->type->flags, 0);
        assert_int_equal(input("Name")->flags, 0);
        assert_int_equal(input("Data")->flags, WIRE_SECRET);
}

/* Values are written through the struct and read by offset, and the other way about. */
static void test_offsets(void **state)
{
        struct gadget_create_thing_in in = {.name = STR("n"),
                                            .count = OPT_INT(-3),
                                            .share = {true, 0.5},
                                            .enabled = OPT_BOOL(true),
                                            .when = OPT_INT(123),
                                            .secret = STR("zz")};
        struct gadget_pin pin = {.value = STR("1234")};

        (void)state;
        in.code = &pin;
        assert_str(*(const struct str *)at(&in, input("Name")), "n");
        assert_int_equal(((const struct opt_int *)at(&in, input("Count")))->value, -3);
        assert_true(((const struct opt_double *)at(&in, input("Share")))->value > 0.4);
        assert_true(((const struct opt_bool *)at(&in, input("Enabled")))->value);
        assert_int_equal(((const struct opt_int *)at(&in, input("When")))->value, 123);
        assert_str(*(const struct str *)at(&in, input("secret")), "zz");
        assert_ptr_equal(*(void *const *)at(&in, input("Code")), &pin);
        assert_ptr_equal(input("Code")->type, &gadget_pin_type);
}

static void test_scalar_types(void **state)
{
        (void)state;
        assert_int_equal(gadget_name_type_type.kind, WIRE_STRING);
        assert_str(gadget_name_type_type.name, "nameType");
        assert_int_equal(gadget_name_type_type.size, sizeof(struct str));
        assert_int_equal(gadget_name_type_type.flags, WIRE_HAS_MIN | WIRE_HAS_MAX);
        assert_int_equal(gadget_name_type_type.min, 1);
        assert_int_equal(gadget_name_type_type.max, 64);
        assert_str(gadget_name_type_type.pattern, "[\\w+=,.@-]+\\x{0020}?");
        assert_str(gadget_quoted_type_type.pattern, "a\"b?\?c");
        assert_int_equal(gadget_secret_type_type.flags, WIRE_SECRET | WIRE_HAS_MIN);
        assert_int_equal(gadget_count_type_type.kind, WIRE_INTEGER);
        assert_int_equal(gadget_count_type_type.min, -5);
        assert_int_equal(gadget_widest_type_type.kind, WIRE_LONG);
        assert_true(gadget_widest_type_type.min == INT64_MIN && gadget_widest_type_type.max == INT64_MAX);
        assert_int_equal(gadget_share_type_type.kind, WIRE_DOUBLE);
        assert_int_equal(gadget_share_type_type.size, sizeof(struct opt_double));
        assert_int_equal(gadget_date_type_type.time, WIRE_TIME_HTTP);
        assert_int_equal(gadget_data_type_type.flags, WIRE_SECRET | WIRE_HAS_MAX);
        assert_int_equal(input("Policy")->type->kind, WIRE_DOCUMENT);
        assert_int_equal(input("secret")->type->max, 2);
}

static void test_enum(void **state)
{
        const struct wire_type *type = &gadget_status_type_type;

        (void)state;
        assert_int_equal(type->kind, WIRE_STRING);
        assert_int_equal(type->value_count, 4);
        assert_str(type->values[0], "Active");
        assert_str(type->values[2], "two words");
        assert_str(type->values[3], "text/csv");
}

static void test_secrets(void **state)
{
        (void)state;
        assert_true(input("Password")->flags & WIRE_SECRET);
        assert_true(input("Pin")->flags & WIRE_SECRET);
        assert_true(input("Code")->flags & WIRE_SECRET);
        assert_true(input("Data")->flags & WIRE_SECRET);
        assert_false(input("Name")->flags & WIRE_SECRET);
        assert_false(input("Pin")->type->flags & WIRE_SECRET);
}

static void test_members(void **state)
{
        (void)state;
        assert_true(input("Name")->required);
        assert_false(input("Group")->required);
        assert_str(input("Group")->name, "Group");
        assert_str(input("Group")->wire_name, "GroupName");
        assert_str(input("Name")->wire_name, "Name");
        assert_int_equal(input("Name")->number, 0);
        assert_int_equal(input("Name")->place, WIRE_IN_BODY);
        assert_true(input("Names")->flags & WIRE_FLATTENED);
        assert_false(gadget_name_list_type.flags & WIRE_FLATTENED);
        assert_true(gadget_flat_list_type.flags & WIRE_FLATTENED);
        assert_true(member(&gadget_thing_type, "IPv4CIDRs")->flags & WIRE_FLATTENED);
}

static void test_lists(void **state)
{
        struct gadget_thing things[2] = {{.name = STR("a")}, {.name = STR("b")}};
        struct gadget_create_thing_in in = {.things = {things, 2, true}};
        const struct wire_list *list = at(&in, input("Things"));
        const struct wire_type *type = &gadget_thing_list_type;
        const struct wire_type *row = gadget_matrix_type_type.element;

        (void)state;
        assert_int_equal(type->kind, WIRE_LIST);
        assert_int_equal(type->size, sizeof(struct wire_list));
        assert_ptr_equal(type->element, &gadget_thing_type);
        assert_int_equal(type->element->size, sizeof(struct gadget_thing));
        assert_str(type->element_name, "Thing");
        assert_str(gadget_name_list_type.element_name, "member");
        assert_ptr_equal(list->items, things);
        assert_int_equal(list->count, 2);
        assert_true(list->is_set);
        assert_int_equal(row->kind, WIRE_LIST);
        assert_int_equal(row->element->kind, WIRE_DOUBLE);
        assert_int_equal(sizeof(*in.matrix.items), row->size);
        assert_int_equal(sizeof(*in.matrix.items->items), row->element->size);
        assert_int_equal(sizeof(*in.counts.items), sizeof(struct opt_int));
        assert_int_equal(sizeof(*in.names.items), sizeof(struct str));
}

/* A member's own item name makes a type of its own that differs in nothing else. */
static void test_item_name_of_member(void **state)
{
        const struct wire_type *own = input("Counts")->type;

        (void)state;
        assert_ptr_not_equal(own, &gadget_count_list_type);
        assert_str(own->element_name, "Count");
        assert_str(own->name, "countList");
        assert_ptr_equal(own->element, &gadget_count_type_type);
        assert_str(gadget_count_list_type.element_name, "member");
}

static void test_maps(void **state)
{
        struct gadget_thing_entry entries[2] = {{.key = STR("k")}, {.value = {.name = STR("v")}}};
        struct gadget_create_thing_in in = {.by_name = {entries, 2, true}};
        const struct wire_map *map = at(&in, input("ByName"));
        const struct wire_type *type = &gadget_thing_map_type, *switches = &gadget_switch_map_type;

        (void)state;
        assert_int_equal(type->kind, WIRE_MAP);
        assert_int_equal(type->value_offset, offsetof(struct gadget_thing_entry, value));
        assert_int_equal(type->value_offset + type->element->size, sizeof(struct gadget_thing_entry));
        assert_int_equal(type->key->kind, WIRE_STRING);
        assert_str(type->key_name, "key");
        assert_str(type->element_name, "value");
        assert_ptr_equal(map->items, entries);
        assert_str(gadget_label_map_type.key_name, "Name");
        assert_str(gadget_label_map_type.element_name, "Text");
        assert_ptr_equal(gadget_label_map_type.key, &gadget_name_type_type);
        assert_int_equal(gadget_label_map_type.value_offset, offsetof(struct str_pair, value));
        assert_true(input("Switches")->flags & WIRE_FLATTENED);
        assert_int_equal(switches->value_offset, offsetof(struct gadget_opt_bool_entry, value));
        assert_int_equal(input("Tags")->type->size, sizeof(struct str_map));
}

static void test_structures(void **state)
{
        const struct wire_type *type = &gadget_thing_type;

        (void)state;
        assert_int_equal(type->kind, WIRE_STRUCT);
        assert_str(type->name, "Thing");
        assert_int_equal(type->member_count, 6);
        assert_str(type->members[0].name, "Name");
        assert_ptr_equal(member(type, "Child")->type, type);
        assert_int_equal(member(type, "default")->offset, offsetof(struct gadget_thing, default_));
        assert_int_equal(member(type, "IPv4CIDRs")->offset, offsetof(struct gadget_thing, ipv4_cidrs));
        assert_true(gadget_choice_type.flags & WIRE_UNION);
        assert_false(type->flags & WIRE_UNION);
        assert_true(gadget_pin_type.flags & WIRE_SECRET);
}

static void test_record(void **state)
{
        const struct record_type *record = &gadget_thing_record_type;
        const struct wire_type *type = record->type;

        (void)state;
        assert_str(record->name, "Thing");
        assert_int_equal(record->id, 77 << 16 | 1);
        assert_str(record->resource_type, "Features::Test::Thing");
        assert_int_equal(type->size, sizeof(struct gadget_thing_record));
        assert_int_equal(member(type, "size")->number, 4);
        assert_int_equal(member(type, "notes")->number, 3);
        assert_int_equal(member(type, "name")->flags, WIRE_NOCASE);
        assert_int_equal(member(type, "sealed")->flags, WIRE_SECRET);
        assert_int_equal(record->key_count, 2);
        assert_ptr_equal(record->key[0], member(type, "account"));
        assert_ptr_equal(record->key[1], member(type, "name"));
        assert_null(record->key[2]);
        assert_int_equal(gadget_plain_record_type.id, 77 << 16 | 300);
        assert_false(str_is_set(gadget_plain_record_type.resource_type));
        assert_int_equal(gadget_plain_record_type.index_count, 0);
}

static void test_indexes(void **state)
{
        const struct record_type *record = &gadget_thing_record_type;

        (void)state;
        assert_int_equal(record->index_count, 2);
        assert_ptr_equal(gadget_thing_by_size, &record->indexes[0]);
        assert_ptr_equal(gadget_thing_by_account, &record->indexes[1]);
        assert_str(gadget_thing_by_size->name, "by_size");
        assert_int_equal(gadget_thing_by_size->id, 1);
        assert_true(gadget_thing_by_size->is_unique);
        assert_int_equal(gadget_thing_by_size->member_count, 2);
        assert_ptr_equal(gadget_thing_by_size->members[0], member(record->type, "size"));
        assert_int_equal(gadget_thing_by_account->id, 4);
        assert_false(gadget_thing_by_account->is_unique);
}

static const struct api_operation *shelf_operation(const char *name)
{
        for (size_t i = 0; i < shelf_service.operation_count; i++)
                if (str_eq(shelf_service.operations[i].name, str_of(name)))
                        return &shelf_service.operations[i];
        fail_msg("no operation %s", name);
        return NULL;
}

static void test_rest(void **state)
{
        const struct api_operation *put = shelf_operation("PutBook");
        const struct wire_type *in = put->input, *out = put->output;

        (void)state;
        assert_int_equal(shelf_service.protocol, API_REST_XML);
        assert_str(put->http_method, "PUT");
        assert_str(put->http_uri, "/{Shelf}/{Book+}?book");
        assert_int_equal(put->http_status, 201);
        assert_false(put->has_result_wrapper);
        assert_int_equal(member(in, "Shelf")->place, WIRE_IN_PATH);
        assert_int_equal(member(in, "Part")->place, WIRE_IN_QUERY);
        assert_str(member(in, "Part")->wire_name, "partNumber");
        assert_int_equal(member(in, "Kind")->place, WIRE_IN_HEADER);
        assert_str(member(in, "Kind")->wire_name, "x-shelf-kind");
        assert_int_equal(member(in, "Metadata")->place, WIRE_IN_HEADERS);
        assert_str(member(in, "Metadata")->wire_name, "x-shelf-meta-");
        assert_int_equal(member(in, "Body")->place, WIRE_IN_PAYLOAD);
        assert_int_equal(member(in, "Body")->type->kind, WIRE_STREAM);
        assert_int_equal(member(out, "Status")->place, WIRE_IN_STATUS);
        assert_int_equal(member(out, "Flag")->place, WIRE_IN_BODY);
        assert_int_equal(member(out, "ETag")->offset, offsetof(struct shelf_put_book_out, etag));
}

static void test_documents(void **state)
{
        const struct wire_type *owner = &shelf_owner_type;

        (void)state;
        assert_true(shelf_service.has_bare_errors);
        assert_true(shelf_service.has_s3_errors);
        assert_str(shelf_service.marks, "x-shelf-room x-shelf-row");
        assert_false(str_is_set(gadget_service.marks));
        assert_ptr_equal(shelf_service.cross_origin, shelf_cross_origin);
        assert_null(gadget_service.cross_origin);
        assert_str(shelf_service.document_prefix, "/Shelf-");
        assert_ptr_equal(shelf_service.show_document, shelf_show_document);
        assert_null(gadget_service.show_document);
        assert_ptr_equal(shelf_service.settle_address, shelf_settle_address);
        assert_null(gadget_service.settle_address);
        assert_true(shelf_service.has_websites);
        assert_false(gadget_service.has_websites);
        assert_int_equal(shelf_unchanged.status, 304);
        assert_int_equal(member(owner, "Kind")->flags, WIRE_ATTRIBUTE);
        assert_str(member(owner, "Kind")->wire_name, "xsi:type");
        assert_str(owner->xml_prefix, "xsi");
        assert_str(owner->xml_uri, "https://example.com/xsi");
        assert_str(member(&shelf_place_type, "Owners")->type->element_name, "Owner");
        assert_str(member(shelf_operation("PutPlace")->input, "Place")->wire_name, "Place");
        assert_str(member(shelf_operation("PutPlace")->output, "Place")->wire_name, "Where");
        assert_int_equal(member(shelf_operation("PutPlace")->input, "Left")->place, WIRE_IN_QUERY);
        assert_str(shelf_operation("CopyBook")->output->root_name, "CopyResult");
        assert_false(str_is_set(shelf_operation("PutBook")->output->root_name));
        assert_str(shelf_operation("ListBooks")->input->root_name, "Wanted");
        assert_int_equal(shelf_operation("GetPlace")->output->flags, WIRE_UNWRAPPED);
}

/* In the order in which they are tried. */
static void test_routes(void **state)
{
        static const char *const ORDER[] = {"ListShelves", "ListBooks", "GetPlace", "GetShelf",
                                            "CopyBook",    "PutBook",   "PutPlace"};
        const struct api_route *routes = shelf_service.routes;

        (void)state;
        assert_int_equal(shelf_service.route_count, 7);
        for (size_t i = 0; i < ARRAY_LEN(ORDER); i++)
                assert_ptr_equal(routes[i].operation, shelf_operation(ORDER[i]));
        assert_int_equal(routes[0].segment_count, 1);
        assert_str(routes[0].segments[0].literal, "shelves");
        assert_int_equal(routes[1].query_count, 2); /* x-id is none */
        assert_str(routes[1].query[0].value, "2");
        assert_str(routes[1].query[1].key, "books");
        assert_false(str_is_set(routes[1].query[1].value));
        assert_int_equal(routes[3].segment_count, 1);
        assert_int_equal(routes[4].ask_count, 1);
        assert_ptr_equal(routes[4].asks[0], member(routes[4].operation->input, "Source"));
        assert_int_equal(routes[5].segment_count, 2);
        assert_false(str_is_set(routes[5].segments[1].literal));
        assert_ptr_equal(routes[5].segments[1].label, member(routes[5].operation->input, "Book"));
        assert_true(routes[5].segments[1].is_greedy);
        assert_false(routes[5].segments[0].is_greedy);
        assert_int_equal(routes[5].ask_count, 0);
        assert_int_equal(gadget_service.route_count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_services),
                cmocka_unit_test(test_service),
                cmocka_unit_test(test_operations_are_sorted),
                cmocka_unit_test(test_words_of_operations),
                cmocka_unit_test(test_handler),
                cmocka_unit_test(test_errors),
                cmocka_unit_test(test_permissions),
                cmocka_unit_test(test_condition_keys),
                cmocka_unit_test(test_timers_and_notes),
                cmocka_unit_test(test_unrecorded),
                cmocka_unit_test(test_offsets),
                cmocka_unit_test(test_scalar_types),
                cmocka_unit_test(test_enum),
                cmocka_unit_test(test_secrets),
                cmocka_unit_test(test_members),
                cmocka_unit_test(test_lists),
                cmocka_unit_test(test_item_name_of_member),
                cmocka_unit_test(test_maps),
                cmocka_unit_test(test_structures),
                cmocka_unit_test(test_record),
                cmocka_unit_test(test_indexes),
                cmocka_unit_test(test_rest),
                cmocka_unit_test(test_documents),
                cmocka_unit_test(test_routes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
