/* Answers of the rest protocols, byte for byte. */
#include "wire_test.h"

#include "crate.h"
#include "parcel.h"

struct answer {
        struct arena arena;
        struct buf body;
        struct http_response response;
};

static void answer_init(struct answer *a)
{
        *a = (struct answer){};
        arena_init(&a->arena, 1 << 16);
        buf_init(&a->body, 1 << 16);
}

static void answer_done(struct answer *a)
{
        arena_done(&a->arena);
        buf_done(&a->body);
}

static struct str header(const struct answer *a, struct str name)
{
        for (size_t i = 0; i < a->response.header_count; i++)
                if (str_eq_nocase(a->response.headers[i].name, name))
                        return a->response.headers[i].value;
        return STR_NONE;
}

static void encode(struct answer *a, const struct api_service *service, struct str operation, const void *out)
{
        buf_clear(&a->body);
        assert_int_equal(wire_encode(wire_find_operation(service, operation), service->protocol, out,
                                     STR("req-1"), &a->arena, &a->body, &a->response),
                         0);
}

static void document(void **state)
{
        struct crate_contents contents = {
                .text = STR("<&>"),
                .since = OPT_INT(INT64_C(1255369830000)),
                .seen = OPT_INT(INT64_C(1255369830120)),
                .changed = OPT_INT(1500),
                .served = OPT_INT(0),
                .names = {(struct str[]){STR("a")}, 1, true},
                .rules = {(struct crate_rule[]){{.id = STR("1")}, {.days = OPT_INT(2)}}, 2, true},
                .flat = {(struct str_pair[]){{STR("k"), STR("v")}}, 1, true},
                .grants = {(struct crate_grant[]){{.grantee = &(struct crate_grantee){.id = STR("i"),
                                                                                      .type = STR("a\"\n\t"),
                                                                                      .weight = OPT_INT(3)}}},
                           1, true},
                .renamed = STR("r"),
        };
        struct crate_put_document_out out = {.kind = STR("k"), .text = STR("t"), .contents = &contents};
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        encode(&a, &crate_service, STR("PutDocument"), &out);
        assert_int_equal(a.response.status, 200);
        assert_str(header(&a, STR("Content-Type")), "application/xml");
        assert_str(header(&a, STR("x-crate-kind")), "k");
        assert_str(header(&a, STR("x-amz-request-id")), "req-1");
        assert_str(header(&a, STR("x-amz-id-2")), "req-1");
        assert_str(
                a.response.body,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<DocumentResult xmlns=\"https://crate.example.com/doc/2020-01-31/\"><Text>t</Text><Contents>"
                "<Text>&lt;&amp;&gt;</Text><Since>2009-10-12T17:50:30.000Z</"
                "Since><Seen>2009-10-12T17:50:30.120Z</Seen>"
                "<Changed>1.500</Changed><Served>Thu, 01 Jan 1970 00:00:00 GMT</Served>"
                "<Names><member>a</member></Names><Rule><ID>1</ID></Rule><Rule><Days>2</Days></Rule>"
                "<Flat><key>k</key><value>v</value></Flat><Grants><Grant>"
                "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                "xsi:type=\"a&quot;&#xA;&#x9;\" "
                "weight=\"3\"><ID>i</ID></Grantee></Grant></Grants><x-renamed>r</x-renamed></Contents></"
                "DocumentResult>");
        encode(&a, &crate_service, STR("ListContents"), &(struct crate_list_contents_out){});
        assert_str(a.response.body,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListContentsResult "
                   "xmlns=\"https://crate.example.com/doc/2020-01-31/\"></ListContentsResult>");
}

static void payloads(void **state)
{
        struct crate_contents contents = {.text = STR("t")};
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        encode(&a, &crate_service, STR("PutContents"), &(struct crate_put_contents_out){&contents});
        assert_int_equal(a.response.status, 202);
        assert_str(a.response.body,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Contents "
                   "xmlns=\"https://crate.example.com/doc/2020-01-31/\"><Text>t</Text></Contents>");
        encode(&a, &crate_service, STR("PutContents"), &(struct crate_put_contents_out){});
        assert_str(a.response.body, "");
        assert_false(str_is_set(header(&a, STR("Content-Type"))));
        encode(&a, &crate_service, STR("CopyCrate"),
               &(struct crate_copy_crate_out){.result = &(struct crate_rule){}});
        assert_true(str_find(a.response.body, STR("<CopyResult xmlns=")) > 0);
        encode(&a, &crate_service, STR("PutNote"), &(struct crate_put_note_out){STR("note")});
        assert_str(a.response.body, "note");
        assert_str(header(&a, STR("Content-Type")), "text/plain");
        encode(&a, &crate_service, STR("GetPlace"), &(struct crate_get_place_out){STR("eu-west-1")});
        assert_str(a.response.body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Place "
                                    "xmlns=\"https://crate.example.com/doc/2020-01-31/\">eu-west-1</Place>");
        encode(&a, &crate_service, STR("GetPlace"), &(struct crate_get_place_out){});
        assert_str(a.response.body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Place "
                                    "xmlns=\"https://crate.example.com/doc/2020-01-31/\"></Place>");
}

static void streams(void **state)
{
        struct crate_get_crate_out out = {
                .body = STR("\xff\0x"), .length = OPT_INT(3), .range = STR("bytes 0-2/3")};
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        encode(&a, &crate_service, STR("GetCrate"), &out);
        assert_true(a.response.body.ptr == out.body.ptr); /* not copied */
        assert_int_equal(a.response.body.len, 3);
        assert_str(header(&a, STR("Content-Type")), "application/octet-stream");
        assert_false(str_is_set(header(&a, STR("Content-Length")))); /* the server's to say */
        out.type = STR("image/png");
        encode(&a, &crate_service, STR("GetCrate"), &out);
        assert_str(header(&a, STR("Content-Type")), "image/png");
        encode(&a, &crate_service, STR("HeadCrate"), &(struct crate_head_crate_out){.length = OPT_INT(3)});
        assert_str(header(&a, STR("Content-Length")), "3");
        assert_str(a.response.body, "");
}

static void statuses(void **state)
{
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        encode(&a, &crate_service, STR("DeleteCrate"), &(struct crate_delete_crate_out){});
        assert_int_equal(a.response.status, 204);
        assert_str(a.response.body, "");
        assert_false(str_is_set(header(&a, STR("Content-Type"))));
        encode(&a, &crate_service, STR("PutCrate"), &(struct crate_put_crate_out){.status = OPT_INT(206)});
        assert_int_equal(a.response.status, 206);
        encode(&a, &crate_service, STR("PutCrate"), &(struct crate_put_crate_out){.status = OPT_INT(7)});
        assert_int_equal(a.response.status, 200);
        encode(&a, &parcel_service, STR("CreateParcel"),
               &(struct parcel_create_parcel_out){.code = OPT_INT(304)});
        assert_int_equal(a.response.status, 304);
        assert_str(a.response.body, "");
        encode(&a, &parcel_service, STR("CreateParcel"), &(struct parcel_create_parcel_out){});
        assert_int_equal(a.response.status, 201);
        assert_str(a.response.body, "{}");
        assert_str(header(&a, STR("Content-Type")), "application/json");
        assert_str(header(&a, STR("x-amzn-RequestId")), "req-1");
        assert_false(str_is_set(header(&a, STR("x-amz-id-2"))));
}

static void headers(void **state)
{
        struct crate_put_crate_out out = {};
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        out.etag = STR("\"e\"\r\nSet-Cookie: x");
        out.since = OPT_INT(INT64_C(1767225600999));
        out.until = OPT_INT(INT64_C(1767225600999));
        out.changed = OPT_INT(1500);
        out.locked = OPT_BOOL(true);
        out.digest = STR("hi");
        out.attributes = (struct str_list){(struct str[]){STR("a b"), STR("c,\"d\\"), STR("")}, 3, true};
        out.dates.items = (struct opt_int[]){OPT_INT(0), OPT_INT(1000)};
        out.dates.count = 2;
        out.dates.is_set = true;
        out.metadata = (struct str_map){(struct str_pair[]){{STR("ok"), STR("\x01v")},
                                                            {STR("not ok"), STR("v")},
                                                            {STR("a:b"), STR("v")}},
                                        3, true};
        encode(&a, &crate_service, STR("PutCrate"), &out);
        assert_str(header(&a, STR("ETag")), "\"e\"  Set-Cookie: x");
        assert_str(header(&a, STR("x-crate-since")), "Thu, 01 Jan 2026 00:00:00 GMT");
        assert_str(header(&a, STR("x-crate-until")), "2026-01-01T00:00:00.999Z");
        assert_str(header(&a, STR("x-crate-changed")), "1.500");
        assert_str(header(&a, STR("x-crate-locked")), "true");
        assert_str(header(&a, STR("x-crate-digest")), "aGk=");
        assert_str(header(&a, STR("x-crate-attributes")), "a b, \"c,\\\"d\\\\\", \"\"");
        assert_str(header(&a, STR("x-crate-dates")),
                   "Thu, 01 Jan 1970 00:00:00 GMT, Thu, 01 Jan 1970 00:00:01 GMT");
        assert_str(header(&a, STR("x-crate-meta-ok")), " v");
        assert_int_equal(a.response.header_count, 11);
        assert_str(a.response.body, "");
}

static void errors(void **state)
{
        struct wire_error error = {
                .error = &crate_no_such_crate,
                .message = STR("None."),
                .request_id = STR("req-1"),
                .resource = STR("/c"),
                .details = {(struct str_pair[]){{STR("CrateName"), STR("<c>")}}, 1, true},
        };
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        assert_int_equal(
                wire_encode_error(&crate_service, API_REST_XML, &error, &a.arena, &a.body, &a.response), 0);
        assert_int_equal(a.response.status, 404);
        assert_str(header(&a, STR("x-amz-request-id")), "req-1");
        assert_str(header(&a, STR("x-amz-id-2")), "req-1");
        assert_str(a.response.body,
                   "<?xml version=\"1.0\" "
                   "encoding=\"UTF-8\"?>\n<Error><Code>NoSuchCrate</Code><Message>None.</Message>"
                   "<CrateName>&lt;c&gt;</CrateName><Resource>/c</Resource><RequestId>req-1</RequestId>"
                   "<HostId>req-1</HostId></Error>");
        buf_clear(&a.body);
        error.is_head = true;
        assert_int_equal(
                wire_encode_error(&crate_service, API_REST_XML, &error, &a.arena, &a.body, &a.response), 0);
        assert_str(a.response.body, "");
        error.is_head = false;
        error.error = &crate_unchanged;
        assert_int_equal(
                wire_encode_error(&crate_service, API_REST_XML, &error, &a.arena, &a.body, &a.response), 0);
        assert_int_equal(a.response.status, 304);
        assert_str(a.response.body, "");
}

/* Of a service that does not speak like S3. */
static void wrapped_errors(void **state)
{
        struct api_service service = crate_service;
        struct wire_error error = {
                .error = &crate_no_such_crate, .message = STR("None."), .request_id = STR("req-1")};
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        service.has_s3_errors = service.has_bare_errors = false;
        assert_int_equal(wire_encode_error(&service, API_REST_XML, &error, &a.arena, &a.body, &a.response),
                         0);
        assert_str(header(&a, STR("x-amzn-RequestId")), "req-1");
        assert_false(str_is_set(header(&a, STR("x-amz-id-2"))));
        assert_str(a.response.body,
                   "<ErrorResponse "
                   "xmlns=\"https://crate.example.com/doc/2020-01-31/\"><Error><Type>Sender</Type>"
                   "<Code>NoSuchCrate</Code><Message>None.</Message></Error><RequestId>req-1</RequestId></"
                   "ErrorResponse>");
}

/* Of S3's kin. */
static void wrapped_errors_of_s3(void **state)
{
        struct api_service service = crate_service;
        struct str_pair detail = {STR("Name"), STR("a")};
        struct wire_error error = {.error = &crate_no_such_crate,
                                   .message = STR("None."),
                                   .request_id = STR("req-1"),
                                   .resource = STR("/a"),
                                   .details = {&detail, 1, true}};
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        service.has_bare_errors = false;
        assert_int_equal(wire_encode_error(&service, API_REST_XML, &error, &a.arena, &a.body, &a.response),
                         0);
        assert_str(header(&a, STR("x-amz-request-id")), "req-1");
        assert_true(str_is_set(header(&a, STR("x-amz-id-2"))));
        assert_str(
                a.response.body,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse><Error><Code>NoSuchCrate</Code>"
                "<Message>None.</Message><Name>a</Name><Resource>/a</Resource></Error>"
                "<RequestId>req-1</RequestId><HostId>req-1</HostId></ErrorResponse>");
}

static void too_large(void **state)
{
        struct crate_put_document_out out = {.text = STR("a long enough text")};
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        a.body.max = 60;
        assert_int_equal(wire_encode(wire_find_operation(&crate_service, STR("PutDocument")), API_REST_XML,
                                     &out, STR("r"), &a.arena, &a.body, &a.response),
                         -EMSGSIZE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(document),       cmocka_unit_test(payloads),
                cmocka_unit_test(streams),        cmocka_unit_test(statuses),
                cmocka_unit_test(headers),        cmocka_unit_test(errors),
                cmocka_unit_test(wrapped_errors), cmocka_unit_test(wrapped_errors_of_s3),
                cmocka_unit_test(too_large),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
