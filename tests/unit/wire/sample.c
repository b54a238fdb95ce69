#include "sample.h"

static const struct str STATUSES[] = {STR_INIT("Active"), STR_INIT("Inactive")};

static const struct wire_type NAME = {.name = STR_INIT("userNameType"),
                                      .kind = WIRE_STRING,
                                      .size = sizeof(struct str),
                                      .flags = WIRE_HAS_MIN | WIRE_HAS_MAX,
                                      .min = 1,
                                      .max = 64,
                                      .pattern = STR_INIT("[\\w+=,.@-]+")};
static const struct wire_type PASSWORD = {.name = STR_INIT("passwordType"),
                                          .kind = WIRE_STRING,
                                          .size = sizeof(struct str),
                                          .flags = WIRE_HAS_MIN | WIRE_HAS_MAX | WIRE_SECRET,
                                          .min = 4,
                                          .max = 128};
static const struct wire_type STATUS = {.name = STR_INIT("statusType"),
                                        .kind = WIRE_STRING,
                                        .size = sizeof(struct str),
                                        .values = STATUSES,
                                        .value_count = 2};
static const struct wire_type STRING = {
        .name = STR_INIT("string"), .kind = WIRE_STRING, .size = sizeof(struct str)};
static const struct wire_type BOOLEAN = {
        .name = STR_INIT("boolean"), .kind = WIRE_BOOLEAN, .size = sizeof(struct opt_bool)};
static const struct wire_type MAX_ITEMS = {.name = STR_INIT("maxItemsType"),
                                           .kind = WIRE_INTEGER,
                                           .size = sizeof(struct opt_int),
                                           .flags = WIRE_HAS_MIN | WIRE_HAS_MAX,
                                           .min = 1,
                                           .max = 1000};
static const struct wire_type INTEGER = {
        .name = STR_INIT("integer"), .kind = WIRE_INTEGER, .size = sizeof(struct opt_int)};
static const struct wire_type LONG = {
        .name = STR_INIT("long"), .kind = WIRE_LONG, .size = sizeof(struct opt_int)};
static const struct wire_type DOUBLE = {
        .name = STR_INIT("double"), .kind = WIRE_DOUBLE, .size = sizeof(struct opt_double)};
static const struct wire_type DATE = {
        .name = STR_INIT("dateType"), .kind = WIRE_TIMESTAMP, .size = sizeof(struct opt_int)};
static const struct wire_type DATE_ISO = {.name = STR_INIT("isoDateType"),
                                          .kind = WIRE_TIMESTAMP,
                                          .size = sizeof(struct opt_int),
                                          .time = WIRE_TIME_ISO};
static const struct wire_type DATE_EPOCH = {.name = STR_INIT("epochDateType"),
                                            .kind = WIRE_TIMESTAMP,
                                            .size = sizeof(struct opt_int),
                                            .time = WIRE_TIME_EPOCH};
static const struct wire_type BLOB = {.name = STR_INIT("blobType"),
                                      .kind = WIRE_BLOB,
                                      .size = sizeof(struct str),
                                      .flags = WIRE_HAS_MAX,
                                      .max = 16};
static const struct wire_type SECRET_BLOB = {.name = STR_INIT("plaintextType"),
                                             .kind = WIRE_BLOB,
                                             .size = sizeof(struct str),
                                             .flags = WIRE_HAS_MAX | WIRE_SECRET,
                                             .max = 16};
static const struct wire_type TAG_KEY = {.name = STR_INIT("tagKeyType"),
                                         .kind = WIRE_STRING,
                                         .size = sizeof(struct str),
                                         .flags = WIRE_HAS_MIN | WIRE_HAS_MAX,
                                         .min = 1,
                                         .max = 128,
                                         .pattern = STR_INIT("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+")};
static const struct wire_type TAG_VALUE = {.name = STR_INIT("tagValueType"),
                                           .kind = WIRE_STRING,
                                           .size = sizeof(struct str),
                                           .flags = WIRE_HAS_MIN | WIRE_HAS_MAX,
                                           .min = 0,
                                           .max = 256,
                                           .pattern = STR_INIT("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*")};

#define MEMBER(text, container, field, kind_of)                                                              \
        {                                                                                                    \
                .name = STR_INIT(text), .wire_name = STR_INIT(text), .type = &(kind_of),                     \
                .offset = offsetof(struct container, field)                                                  \
        }

static const struct wire_member TAG_MEMBERS[] = {
        {.name = STR_INIT("Key"),
         .wire_name = STR_INIT("Key"),
         .type = &TAG_KEY,
         .offset = offsetof(struct sample_tag, key),
         .required = true},
        {.name = STR_INIT("Value"),
         .wire_name = STR_INIT("Value"),
         .type = &TAG_VALUE,
         .offset = offsetof(struct sample_tag, value),
         .required = true},
};
static const struct wire_type TAG = {.name = STR_INIT("Tag"),
                                     .kind = WIRE_STRUCT,
                                     .size = sizeof(struct sample_tag),
                                     .members = TAG_MEMBERS,
                                     .member_count = ARRAY_LEN(TAG_MEMBERS)};

#define LIST(of)                                                                                             \
        .kind = WIRE_LIST, .size = sizeof(struct wire_list), .element = &(of),                               \
        .element_name = STR_INIT("member")
#define MAP(of)                                                                                              \
        .kind = WIRE_MAP, .size = sizeof(struct wire_map), .key = &STRING, .element = &(of),                 \
        .value_offset = sizeof(struct str), .element_name = STR_INIT("value"), .key_name = STR_INIT("key")

static const struct wire_type TAGS = {
        .name = STR_INIT("tagListType"), LIST(TAG), .flags = WIRE_HAS_MAX, .max = 50};
static const struct wire_type TAG_KEYS = {
        .name = STR_INIT("tagKeyListType"), LIST(TAG_KEY), .flags = WIRE_HAS_MAX, .max = 50};
static const struct wire_type STRINGS = {.name = STR_INIT("stringList"), LIST(STRING)};
static const struct wire_type MATRIX = {.name = STR_INIT("matrixType"), LIST(STRINGS)};
static const struct wire_type NUMBERS = {.name = STR_INIT("numbersType"), LIST(INTEGER)};
static const struct wire_type ATTRIBUTES = {.name = STR_INIT("attributesType"), MAP(TAG_VALUE)};
static const struct wire_type TAG_MAP = {.name = STR_INIT("tagMapType"), MAP(TAG)};

static const struct wire_type NODE, NODES;
static const struct wire_member NODE_MEMBERS[] = {
        MEMBER("Name", sample_node, name, STRING),
        MEMBER("Left", sample_node, left, NODE),
        MEMBER("Children", sample_node, children, NODES),
};
static const struct wire_type NODE = {.name = STR_INIT("Node"),
                                      .kind = WIRE_STRUCT,
                                      .size = sizeof(struct sample_node),
                                      .members = NODE_MEMBERS,
                                      .member_count = ARRAY_LEN(NODE_MEMBERS)};
static const struct wire_type NODES = {.name = STR_INIT("nodeListType"), LIST(NODE)};

static const struct wire_member IN_MEMBERS[] = {
        {.name = STR_INIT("UserName"),
         .wire_name = STR_INIT("UserName"),
         .type = &NAME,
         .offset = offsetof(struct sample_in, user_name),
         .required = true},
        MEMBER("Password", sample_in, password, PASSWORD),
        MEMBER("Status", sample_in, status, STATUS),
        MEMBER("Enabled", sample_in, enabled, BOOLEAN),
        MEMBER("MaxItems", sample_in, max_items, MAX_ITEMS),
        MEMBER("Size", sample_in, size, LONG),
        MEMBER("Ratio", sample_in, ratio, DOUBLE),
        MEMBER("Since", sample_in, since, DATE),
        MEMBER("Seen", sample_in, seen, DATE_ISO),
        MEMBER("Changed", sample_in, changed, DATE_EPOCH),
        MEMBER("Data", sample_in, data, BLOB),
        MEMBER("Tags", sample_in, tags, TAGS),
        MEMBER("TagKeys", sample_in, tag_keys, TAG_KEYS),
        MEMBER("Attributes", sample_in, attributes, ATTRIBUTES),
        {.name = STR_INIT("Flat"),
         .wire_name = STR_INIT("Flat"),
         .type = &STRINGS,
         .flags = WIRE_FLATTENED,
         .offset = offsetof(struct sample_in, flat)},
        {.name = STR_INIT("FlatMap"),
         .wire_name = STR_INIT("FlatMap"),
         .type = &ATTRIBUTES,
         .flags = WIRE_FLATTENED,
         .offset = offsetof(struct sample_in, flat_map)},
        MEMBER("TagMap", sample_in, tag_map, TAG_MAP),
        MEMBER("Tree", sample_in, tree, NODE),
        MEMBER("Matrix", sample_in, matrix, MATRIX),
        {.name = STR_INIT("SecretData"),
         .wire_name = STR_INIT("SecretData"),
         .type = &SECRET_BLOB,
         .flags = WIRE_SECRET,
         .offset = offsetof(struct sample_in, secret_data)},
        MEMBER("Numbers", sample_in, numbers, NUMBERS),
        {.name = STR_INIT("MFADevice"),
         .wire_name = STR_INIT("Device"),
         .type = &STRING,
         .offset = offsetof(struct sample_in, mfa_device)},
};

const struct wire_type sample_in_type = {.name = STR_INIT("SampleRequest"),
                                         .kind = WIRE_STRUCT,
                                         .size = sizeof(struct sample_in),
                                         .members = IN_MEMBERS,
                                         .member_count = ARRAY_LEN(IN_MEMBERS)};
static const struct wire_type EMPTY = {.name = STR_INIT("Empty"), .kind = WIRE_STRUCT, .size = 1};

static const struct api_operation QUERY_OPERATIONS[] = {
        {.service = &sample_query,
         .name = STR_INIT("CreateSample"),
         .input = &sample_in_type,
         .output = &sample_in_type,
         .has_result_wrapper = true},
        {.service = &sample_query,
         .name = STR_INIT("DeleteSample"),
         .input = &sample_in_type,
         .output = &EMPTY},
};
static const struct api_operation JSON_OPERATIONS[] = {
        {.service = &sample_json_1_1,
         .name = STR_INIT("CreateSample"),
         .input = &sample_in_type,
         .output = &sample_in_type},
};
static const struct api_operation EC2_OPERATIONS[] = {
        {.service = &sample_ec2,
         .name = STR_INIT("CreateSample"),
         .input = &sample_in_type,
         .output = &sample_in_type},
};

const struct api_service sample_query = {.name = STR_INIT("sample"),
                                         .signing_name = STR_INIT("sample"),
                                         .protocol = API_QUERY,
                                         .version = STR_INIT("2020-01-31"),
                                         .xml_namespace =
                                                 STR_INIT("https://sample.example.com/doc/2020-01-31/"),
                                         .operations = QUERY_OPERATIONS,
                                         .operation_count = ARRAY_LEN(QUERY_OPERATIONS)};
const struct api_service sample_json_1_0 = {.name = STR_INIT("sample"),
                                            .signing_name = STR_INIT("sample"),
                                            .protocol = API_JSON_1_0,
                                            .version = STR_INIT("2020-01-31")};
const struct api_service sample_json_1_1 = {
        .name = STR_INIT("sample"),
        .signing_name = STR_INIT("sample"),
        .protocol = API_JSON_1_1,
        .version = STR_INIT("2020-01-31"),
        .target_prefix = STR_INIT("Sample_20200131 com.example.v1.Sample_20200131"),
        .operations = JSON_OPERATIONS,
        .operation_count = ARRAY_LEN(JSON_OPERATIONS)};
const struct api_service sample_ec2 = {.name = STR_INIT("sample"),
                                       .protocol = API_EC2,
                                       .operations = EC2_OPERATIONS,
                                       .operation_count = ARRAY_LEN(EC2_OPERATIONS)};

const struct api_operation *const sample_query_operation = &QUERY_OPERATIONS[0];
const struct api_operation *const sample_json_operation = &JSON_OPERATIONS[0];
