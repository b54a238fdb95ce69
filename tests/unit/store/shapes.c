#include "shapes.h"

#define MEMBER(struct_, field_, name_, number_, type_, flags_)                                               \
        {                                                                                                    \
                .name = STR_INIT(name_), .wire_name = STR_INIT(name_), .type = (type_),                      \
                .offset = offsetof(struct struct_, field_), .number = (number_), .flags = (flags_)           \
        }

static const struct wire_type string_type = {STR_INIT("string"), WIRE_STRING, sizeof(struct str)};
static const struct wire_type blob_type = {STR_INIT("blob"), WIRE_BLOB, sizeof(struct str)};
static const struct wire_type document_type = {STR_INIT("document"), WIRE_DOCUMENT, sizeof(struct str)};
static const struct wire_type boolean_type = {STR_INIT("boolean"), WIRE_BOOLEAN, sizeof(struct opt_bool)};
static const struct wire_type integer_type = {STR_INIT("integer"), WIRE_INTEGER, sizeof(struct opt_int)};
static const struct wire_type time_type = {STR_INIT("timestamp"), WIRE_TIMESTAMP, sizeof(struct opt_int)};
static const struct wire_type double_type = {STR_INIT("double"), WIRE_DOUBLE, sizeof(struct opt_double)};

static const struct wire_type words_type = {
        .kind = WIRE_LIST, .size = sizeof(struct wire_list), .element = &string_type};
static const struct wire_type numbers_type = {
        .kind = WIRE_LIST, .size = sizeof(struct wire_list), .element = &integer_type};
static const struct wire_type tags_type = {
        .kind = WIRE_LIST, .size = sizeof(struct wire_list), .element = &tag_type};
static const struct wire_type attributes_type = {.kind = WIRE_MAP,
                                                 .size = sizeof(struct wire_map),
                                                 .key = &string_type,
                                                 .element = &string_type,
                                                 .value_offset = offsetof(struct str_pair, value)};
static const struct wire_type tags_by_name_type = {.kind = WIRE_MAP,
                                                   .size = sizeof(struct wire_map),
                                                   .key = &string_type,
                                                   .element = &tag_type,
                                                   .value_offset = offsetof(struct tag_entry, value)};

static const struct wire_member tag_members[] = {
        MEMBER(tag, key, "Key", 0, &string_type, 0),
        MEMBER(tag, value, "Value", 0, &string_type, 0),
        MEMBER(tag, count, "Count", 0, &integer_type, 0),
};
const struct wire_type tag_type = {.name = STR_INIT("Tag"),
                                   .kind = WIRE_STRUCT,
                                   .size = sizeof(struct tag),
                                   .members = tag_members,
                                   .member_count = ARRAY_LEN(tag_members)};

static const struct wire_member node_members[] = {
        MEMBER(node, name, "Name", 0, &string_type, 0),
        MEMBER(node, inner, "Inner", 0, &node_type, 0),
        MEMBER(node, tags, "Tags", 0, &tags_type, 0),
};
const struct wire_type node_type = {.name = STR_INIT("Node"),
                                    .kind = WIRE_STRUCT,
                                    .size = sizeof(struct node),
                                    .members = node_members,
                                    .member_count = ARRAY_LEN(node_members)};

static const struct wire_member thing_members[] = {
        MEMBER(thing, account, "account", 1, &string_type, 0),
        MEMBER(thing, name, "name", 2, &string_type, WIRE_NOCASE),
        MEMBER(thing, id, "id", 3, &string_type, 0),
        MEMBER(thing, path, "path", 4, &string_type, 0),
        MEMBER(thing, secret, "secret", 5, &blob_type, WIRE_SECRET),
        MEMBER(thing, document, "document", 6, &document_type, 0),
        MEMBER(thing, flag, "flag", 7, &boolean_type, 0),
        MEMBER(thing, number, "number", 8, &integer_type, 0),
        MEMBER(thing, created, "created", 9, &time_type, 0),
        MEMBER(thing, ratio, "ratio", 10, &double_type, 0),
        MEMBER(thing, words, "words", 11, &words_type, 0),
        MEMBER(thing, attributes, "attributes", 12, &attributes_type, 0),
        MEMBER(thing, tags, "tags", 13, &tags_type, 0),
        MEMBER(thing, tags_by_name, "tags_by_name", 14, &tags_by_name_type, 0),
        MEMBER(thing, numbers, "numbers", 15, &numbers_type, 0),
        MEMBER(thing, tag, "tag", 17, &tag_type, 0),
        MEMBER(thing, node, "node", 1000, &node_type, 0),
};
const struct wire_type thing_type = {.name = STR_INIT("Thing"),
                                     .kind = WIRE_STRUCT,
                                     .size = sizeof(struct thing),
                                     .members = thing_members,
                                     .member_count = ARRAY_LEN(thing_members)};

static const struct record_index thing_indexes[THING_INDEXES] = {
        [BY_ID] = {STR_INIT("by_id"), 1, {&thing_members[2]}, 1, true},
        [BY_PATH] = {STR_INIT("by_path"), 2, {&thing_members[0], &thing_members[3]}, 2, false},
        [BY_NUMBER] = {STR_INIT("by_number"), 70000, {&thing_members[0], &thing_members[7]}, 2, false},
};
const struct record_type thing_record_type = {.name = STR_INIT("Thing"),
                                              .id = 1 << 16 | 1,
                                              .type = &thing_type,
                                              .key = {&thing_members[0], &thing_members[1]},
                                              .key_count = 2,
                                              .indexes = thing_indexes,
                                              .index_count = THING_INDEXES};
const struct record_type numbered_record_type = {.name = STR_INIT("Numbered"),
                                                 .id = 1 << 16 | 2,
                                                 .type = &thing_type,
                                                 .key = {&thing_members[7]},
                                                 .key_count = 1};

static const struct wire_member newer_tag_members[] = {
        MEMBER(newer_tag, weight, "Weight", 0, &double_type, 0),
        MEMBER(newer_tag, value, "Value", 0, &string_type, 0),
        MEMBER(newer_tag, key, "Key", 0, &string_type, 0),
};
const struct wire_type newer_tag_type = {.name = STR_INIT("Tag"),
                                         .kind = WIRE_STRUCT,
                                         .size = sizeof(struct newer_tag),
                                         .members = newer_tag_members,
                                         .member_count = ARRAY_LEN(newer_tag_members)};

static const struct wire_member newer_thing_members[] = {
        MEMBER(newer_thing, extra, "extra", 900, &string_type, 0),
        MEMBER(newer_thing, account, "account", 1, &string_type, 0),
        MEMBER(newer_thing, name, "name", 2, &string_type, WIRE_NOCASE),
        MEMBER(newer_thing, id, "id", 3, &string_type, 0),
        MEMBER(newer_thing, tag, "tag", 17, &newer_tag_type, 0),
        MEMBER(newer_thing, more, "more", 901, &newer_tag_type, 0),
};
const struct wire_type newer_thing_type = {.name = STR_INIT("Thing"),
                                           .kind = WIRE_STRUCT,
                                           .size = sizeof(struct newer_thing),
                                           .members = newer_thing_members,
                                           .member_count = ARRAY_LEN(newer_thing_members)};
