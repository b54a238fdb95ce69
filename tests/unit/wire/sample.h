/* A service with a shape of every kind, as the generator would write it. */
#pragma once

#include "wire/wire.h"

struct sample_tag {
        struct str key;
        struct str value;
};

struct sample_tag_list {
        struct sample_tag *items;
        size_t count;
        bool is_set;
};

struct sample_node;

struct sample_node_list {
        struct sample_node *items;
        size_t count;
        bool is_set;
};

struct sample_node {
        struct str name;
        struct sample_node *left;
        struct sample_node_list children;
};

struct sample_tag_entry {
        struct str key;
        struct sample_tag value;
};

struct sample_tag_map {
        struct sample_tag_entry *items;
        size_t count;
        bool is_set;
};

struct sample_in {
        struct str user_name;
        struct str password;
        struct str status;
        struct opt_bool enabled;
        struct opt_int max_items;
        struct opt_int size;
        struct opt_double ratio;
        struct opt_int since;
        struct opt_int seen;
        struct opt_int changed;
        struct str data;
        struct sample_tag_list tags;
        struct str_list tag_keys;
        struct str_map attributes;
        struct str_list flat;
        struct str_map flat_map;
        struct sample_tag_map tag_map;
        struct sample_node *tree;
        struct wire_list matrix;
        struct str secret_data;
        struct wire_list numbers;
        struct str mfa_device;
};

extern const struct wire_type sample_in_type;
extern const struct api_service sample_query, sample_json_1_0, sample_json_1_1, sample_ec2;
extern const struct api_operation *const sample_query_operation;
extern const struct api_operation *const sample_json_operation;
