/* One table a protocol; wire.c chooses. A NULL function: the protocol does not have it yet (-ENOSYS). */
#pragma once

#include "wire/wire.h"

struct wire_protocol {
        struct str content_type;
        struct str request_id_header; /* name of the header that carries the request id */
        int (*decode)(const struct wire_type *type, const struct wire_request *request, struct arena *arena,
                      void *ret_in, struct wire_fault *ret_fault);
        int (*encode)(const struct api_operation *operation, const void *out, struct str request_id,
                      struct buf *body);
        /* The service may be NULL. */
        void (*encode_error)(const struct api_service *service, enum api_protocol protocol,
                             const struct wire_error *error, struct buf *body);
        struct str error_header;       /* names the error; absent: none */
        struct http_header own_header; /* of every answer; absent: none */
        /* The whole answer, where more of it than the body comes from the output; else NULL. */
        int (*answer)(const struct api_operation *operation, const void *out, struct str request_id,
                      struct arena *arena, struct buf *body, struct http_response *ret);
};

const struct wire_protocol *wire_protocol_of(enum api_protocol protocol);

extern const struct wire_protocol wire_query;
extern const struct wire_protocol wire_ec2;
extern const struct wire_protocol wire_json_1_0;
extern const struct wire_protocol wire_json_1_1;
extern const struct wire_protocol wire_rest_json;
extern const struct wire_protocol wire_rest_xml;
extern const struct wire_protocol wire_cbor;

/* The steps that protocols share. */
must_check int wire_query_decode(const struct wire_type *type, const struct wire_request *request,
                                 struct arena *arena, void *ret_in, struct wire_fault *ret_fault);
must_check int wire_query_encode(const struct api_operation *operation, const void *out,
                                 struct str request_id, struct buf *body);
must_check int wire_ec2_decode(const struct wire_type *type, const struct wire_request *request,
                               struct arena *arena, void *ret_in, struct wire_fault *ret_fault);
must_check int wire_ec2_encode(const struct api_operation *operation, const void *out, struct str request_id,
                               struct buf *body);
must_check int wire_json_decode(const struct wire_type *type, const struct wire_request *request,
                                struct arena *arena, void *ret_in, struct wire_fault *ret_fault);
must_check int wire_json_encode(const struct api_operation *operation, const void *out, struct str request_id,
                                struct buf *body);
must_check int wire_cbor_decode(const struct wire_type *type, const struct wire_request *request,
                                struct arena *arena, void *ret_in, struct wire_fault *ret_fault);
must_check int wire_cbor_encode(const struct api_operation *operation, const void *out, struct str request_id,
                                struct buf *body);
void wire_query_error(const struct api_service *service, enum api_protocol protocol,
                      const struct wire_error *error, struct buf *body);
void wire_ec2_error(const struct api_service *service, enum api_protocol protocol,
                    const struct wire_error *error, struct buf *body);
void wire_json_error(const struct api_service *service, enum api_protocol protocol,
                     const struct wire_error *error, struct buf *body);
void wire_cbor_error(const struct api_service *service, enum api_protocol protocol,
                     const struct wire_error *error, struct buf *body);
/* "com.amazonaws.sqs#", what stands in front of an error's name. */
void wire_json_type_namespace(const struct api_service *service, const struct api_error *error,
                              struct buf *body);
void wire_rest_xml_error(const struct api_service *service, enum api_protocol protocol,
                         const struct wire_error *error, struct buf *body);

must_check int wire_rest_json_decode(const struct wire_type *type, const struct wire_request *request,
                                     struct arena *arena, void *ret_in, struct wire_fault *ret_fault);
must_check int wire_rest_xml_decode(const struct wire_type *type, const struct wire_request *request,
                                    struct arena *arena, void *ret_in, struct wire_fault *ret_fault);
must_check int wire_rest_answer(const struct api_operation *operation, const void *out, struct str request_id,
                                struct arena *arena, struct buf *body, struct http_response *ret);

/* A JSON text as a value of the type; of a structure that is an input or output only the members that travel
 * in the body. Faults as of the JSON protocols. */
must_check int wire_json_decode_text(const struct wire_type *type, struct str text, struct arena *arena,
                                     void *place, struct wire_fault *ret_fault);
/* An XML document as a structure. -EINVAL: not well-formed, refused, or not of this shape; -ENOMEM. */
/* What the root of a document may be called; absent: anything. */
struct wire_xml_root {
        struct str name, or_name;
};
must_check int wire_xml_decode(const struct wire_type *type, struct wire_xml_root root, struct str document,
                               struct arena *arena, void *place);

/* Is this member a part of its structure's JSON object or XML element? */
static inline bool wire_is_in_body(const struct wire_member *member)
{
        return member->place == WIRE_IN_BODY;
}

/* Room for one more item behind `count`; doubled as needed, so that the arena holds at most four times the
 * items. NULL: -ENOMEM. */
void *wire_grow(struct arena *arena, void **items, size_t count, size_t size) must_check;

/* Keeps the last of the entries with the same key, as AWS's maps do. -ENOMEM. */
must_check int wire_map_drop_duplicates(const struct wire_type *type, struct wire_map *map);
