/* Descriptors by hand, for the tests of records: one of every kind of member, and an older and a newer form.
 */
#pragma once

#include "store/record.h"

struct tag {
        struct str key, value;
        struct opt_int count;
};

struct tag_list {
        struct tag *items;
        size_t count;
        bool is_set;
};

struct tag_entry {
        struct str key;
        struct tag value;
};

struct tag_map {
        struct tag_entry *items;
        size_t count;
        bool is_set;
};

struct int_list {
        struct opt_int *items;
        size_t count;
        bool is_set;
};

/* May hold itself. */
struct node {
        struct str name;
        struct node *inner;
        struct tag_list tags;
};

struct thing {
        struct str account, name, id, path;
        struct str secret; /* blob */
        struct str document;
        struct opt_bool flag;
        struct opt_int number, created;
        struct opt_double ratio;
        struct str_list words;
        struct str_map attributes;
        struct tag_list tags;
        struct tag_map tags_by_name;
        struct int_list numbers;
        struct tag *tag;
        struct node *node;
};

extern const struct wire_type tag_type, node_type, thing_type;

/* Key (account, name nocase); unique index by_id(id), index by_path(account, path), by_number(account,
 * number). */
extern const struct record_type thing_record_type;
enum { BY_ID, BY_PATH, BY_NUMBER, THING_INDEXES };

/* Key (number). */
extern const struct record_type numbered_record_type;

/* A tag whose members stand in another order, with one more and one fewer. */
struct newer_tag {
        struct opt_double weight;
        struct str value, key;
};
extern const struct wire_type newer_tag_type;

/* Fields 1, 2, 3 and 17 of a thing, and two that a thing knows nothing of. */
struct newer_thing {
        struct str account, name, id, extra;
        struct newer_tag *tag, *more;
};
extern const struct wire_type newer_thing_type;
