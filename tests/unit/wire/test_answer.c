/* Outputs and errors on the wire. */
#include "wire_test.h"

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

static void encode(struct answer *a, const struct api_operation *operation, const struct sample_in *out)
{
        buf_clear(&a->body);
        assert_int_equal(wire_encode(operation, operation->service->protocol, out, STR("req-1"), &a->arena,
                                     &a->body, &a->response),
                         0);
}

static void query(void **state)
{
        struct sample_node left = {.name = STR("<&>\"\r\x01")};
        struct sample_node tree = {.left = &left};
        struct sample_in out = {
                .user_name = STR("alice"),
                .enabled = OPT_BOOL(false),
                .since = OPT_INT(INT64_C(1767225600123)),
                .seen = OPT_INT(INT64_C(1767225600123)),
                .changed = OPT_INT(-1500),
                .ratio = {true, 3},
                .data = STR("hello"),
                .tags = {(struct sample_tag[]){{STR("k"), STR("")}}, 1, true},
                .tag_keys = {.is_set = true},
                .attributes = {(struct str_pair[]){{STR("a"), STR("b")}}, 1, true},
                .flat = {(struct str[]){STR("1"), STR("2")}, 2, true},
                .flat_map = {(struct str_pair[]){{STR("c"), STR("d")}}, 1, true},
                .tree = &tree,
                .mfa_device = STR("\xff\u00e9"),
        };
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        encode(&a, sample_query_operation, &out);
        assert_int_equal(a.response.status, 200);
        assert_str(header(&a, STR("content-type")), "text/xml");
        assert_str(header(&a, STR("x-amzn-requestid")), "req-1");
        assert_str(a.response.body,
                   "<CreateSampleResponse "
                   "xmlns=\"https://sample.example.com/doc/2020-01-31/\"><CreateSampleResult>"
                   "<UserName>alice</UserName><Enabled>false</Enabled><Ratio>3.0</"
                   "Ratio><Since>2026-01-01T00:00:00Z</Since>"
                   "<Seen>2026-01-01T00:00:00.123Z</Seen><Changed>-1.500</Changed>"
                   "<Data>aGVsbG8=</Data><Tags><member><Key>k</Key><Value></Value></member></Tags><TagKeys></"
                   "TagKeys>"
                   "<Attributes><entry><key>a</key><value>b</value></entry></Attributes><Flat>1</"
                   "Flat><Flat>2</Flat>"
                   "<FlatMap><key>c</key><value>d</value></FlatMap>"
                   "<Tree><Left><Name>&lt;&amp;&gt;&quot;&#xD;\ufffd</Name></Left></"
                   "Tree><Device>\ufffd\u00e9</Device>"
                   "</CreateSampleResult><ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></"
                   "CreateSampleResponse>");
}

static void query_without_output(void **state)
{
        _cleanup_(answer_done) struct answer a = {};
        struct sample_in none = {};

        (void)state;
        answer_init(&a);
        encode(&a, wire_find_operation(&sample_query, STR("DeleteSample")), &none);
        assert_str(a.response.body, "<DeleteSampleResponse "
                                    "xmlns=\"https://sample.example.com/doc/2020-01-31/\"><ResponseMetadata>"
                                    "<RequestId>req-1</RequestId></ResponseMetadata></DeleteSampleResponse>");
}

static void json(void **state)
{
        struct sample_node tree = {.name = STR("n")};
        struct sample_in out = {
                .user_name = STR("al\"\n"),
                .enabled = OPT_BOOL(true),
                .size = OPT_INT(INT64_MIN),
                .ratio = {true, 0.1},
                .since = OPT_INT(INT64_C(1767225600000)),
                .seen = OPT_INT(INT64_C(1767225600123)),
                .changed = OPT_INT(INT64_C(1767225600123)),
                .data = STR("hello"),
                .tags = {.is_set = true},
                .attributes = {(struct str_pair[]){{STR("a"), STR("b")}}, 1, true},
                .tree = &tree,
                .numbers = {(struct opt_int[]){OPT_INT(1), OPT_INT(2)}, 2, true},
        };
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        encode(&a, sample_json_operation, &out);
        assert_str(header(&a, STR("Content-Type")), "application/x-amz-json-1.1");
        assert_str(header(&a, STR("x-amzn-RequestId")), "req-1");
        assert_str(a.response.body,
                   "{\"UserName\":\"al\\\"\\n\",\"Enabled\":true,\"Size\":-9223372036854775808,\"Ratio\":0.1,"
                   "\"Since\":1767225600,"
                   "\"Seen\":\"2026-01-01T00:00:00.123Z\",\"Changed\":1767225600.123,\"Data\":\"aGVsbG8=\","
                   "\"Tags\":[],"
                   "\"Attributes\":{\"a\":\"b\"},\"Tree\":{\"Name\":\"n\"},\"Numbers\":[1,2]}");
        encode(&a, sample_json_operation, &(struct sample_in){});
        assert_str(a.response.body, "{}");
}

static void too_large(void **state)
{
        struct sample_in out = {.user_name = STR("a long enough name")};
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        a.body.max = 20;
        assert_int_equal(wire_encode(sample_json_operation, sample_json_operation->service->protocol, &out,
                                     STR("r"), &a.arena, &a.body, &a.response),
                         -EMSGSIZE);
        buf_clear(&a.body);
        assert_int_equal(wire_encode(sample_query_operation, sample_query_operation->service->protocol, &out,
                                     STR("r"), &a.arena, &a.body, &a.response),
                         -EMSGSIZE);
}

static void error(struct answer *a, const struct api_service *service, enum api_protocol protocol,
                  const struct wire_error *what)
{
        buf_clear(&a->body);
        assert_int_equal(wire_encode_error(service, protocol, what, &a->arena, &a->body, &a->response), 0);
}

static void errors(void **state)
{
        static const struct api_error GONE = {.name = STR_INIT("NoSuchEntityException"),
                                              .code = STR_INIT("NoSuchEntity"),
                                              .status = 404,
                                              .is_sender = true};
        struct wire_error what = {.error = &GONE, .message = STR("no <x>"), .request_id = STR("req-1")};
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        error(&a, &sample_query, API_QUERY, &what);
        assert_int_equal(a.response.status, 404);
        assert_str(header(&a, STR("content-type")), "text/xml");
        assert_str(a.response.body,
                   "<ErrorResponse "
                   "xmlns=\"https://sample.example.com/doc/2020-01-31/\"><Error><Type>Sender</Type>"
                   "<Code>NoSuchEntity</Code><Message>no "
                   "&lt;x&gt;</Message></Error><RequestId>req-1</RequestId></ErrorResponse>");
        error(&a, &sample_ec2, API_EC2, &what);
        assert_str(a.response.body,
                   "<?xml version=\"1.0\" "
                   "encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>NoSuchEntity</Code>"
                   "<Message>no &lt;x&gt;</Message></Error></Errors><RequestID>req-1</RequestID></Response>");
        error(&a, &sample_json_1_1, API_JSON_1_1, &what);
        assert_str(a.response.body, "{\"__type\":\"NoSuchEntity\",\"message\":\"no <x>\"}");
        assert_str(header(&a, STR("x-amzn-errortype")), "NoSuchEntity");
        error(&a, &sample_json_1_0, API_JSON_1_0, &what);
        assert_str(a.response.body,
                   "{\"__type\":\"com.amazonaws.sample.v20200131#NoSuchEntity\",\"message\":\"no <x>\"}");
        error(&a, NULL, API_REST_JSON, &what);
        assert_str(a.response.body, "{\"message\":\"no <x>\"}");
        assert_str(header(&a, STR("x-amzn-ErrorType")), "NoSuchEntity");
        what.resource = STR("/bucket/key");
        error(&a, NULL, API_REST_XML, &what);
        assert_str(header(&a, STR("x-amz-request-id")), "req-1");
        assert_str(header(&a, STR("Content-Type")), "application/xml");
        assert_str(
                a.response.body,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchEntity</Code><Message>no "
                "&lt;x&gt;</Message>"
                "<Resource>/bucket/key</Resource><RequestId>req-1</RequestId><HostId>req-1</HostId></Error>");
}

static void common_errors(void **state)
{
        struct wire_error what = {.message = STR("m"), .request_id = STR("r")};
        _cleanup_(answer_done) struct answer a = {};

        (void)state;
        answer_init(&a);
        for (enum api_protocol protocol = API_QUERY; protocol <= API_REST_XML; protocol++)
                for (enum wire_common which = 0; which < WIRE_ERROR_COUNT; which++) {
                        what.error = wire_common_error(protocol, which);
                        assert_true(what.error->code.len > 0);
                        assert_in_range(what.error->status, 400, 599);
                        assert_true(what.error->is_sender == (what.error->status < 500));
                        error(&a, NULL, protocol, &what);
                        assert_true(str_find(a.response.body, STR("m")) >= 0);
                }
        what.error = wire_common_error(API_QUERY, WIRE_ERROR_INTERNAL);
        error(&a, NULL, API_QUERY, &what);
        assert_str(a.response.body, "<ErrorResponse><Error><Type>Receiver</Type><Code>InternalFailure</"
                                    "Code><Message>m</Message></Error>"
                                    "<RequestId>r</RequestId></ErrorResponse>");
        what.error = wire_common_error(API_JSON_1_0, WIRE_ERROR_ACCESS_DENIED);
        error(&a, &sample_json_1_0, API_JSON_1_0, &what);
        assert_str(a.response.body,
                   "{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"message\":\"m\"}");
}

static void names(void **state)
{
        struct str prefix, operation;
        struct http_header headers[] = {
                {STR("content-type"), STR("application/x-www-form-urlencoded; charset=utf-8")}};
        struct http_request request = {.method = STR("POST"), .headers = headers, .header_count = 1};

        (void)state;
        assert_int_equal(
                wire_target_split(STR("com.example.v1.Sample_20200131.CreateSample"), &prefix, &operation),
                0);
        assert_str(prefix, "com.example.v1.Sample_20200131");
        assert_str(operation, "CreateSample");
        assert_true(wire_target_is(&sample_json_1_1, prefix));
        assert_true(wire_target_is(&sample_json_1_1, STR("Sample_20200131")));
        assert_false(wire_target_is(&sample_json_1_1, STR("Sample")));
        assert_false(wire_target_is(&sample_json_1_1, STR("")));
        assert_int_equal(wire_target_split(STR("CreateSample"), &prefix, &operation), -EINVAL);
        assert_int_equal(wire_target_split(STR(".CreateSample"), &prefix, &operation), -EINVAL);
        assert_int_equal(wire_target_split(STR("Sample."), &prefix, &operation), -EINVAL);
        assert_int_equal(wire_target_split(STR(""), &prefix, &operation), -EINVAL);
        assert_ptr_equal(wire_find_operation(&sample_query, STR("DeleteSample")),
                         &sample_query.operations[1]);
        assert_null(wire_find_operation(&sample_query, STR("deleteSample")));
        assert_null(wire_find_operation(&sample_json_1_0, STR("X")));
        assert_true(wire_is_form(&request));
        headers[0].value = STR("application/x-amz-json-1.1");
        assert_false(wire_is_form(&request));
        request.method = STR("GET");
        assert_true(wire_is_form(&request));
        request.method = STR("PUT");
        assert_false(wire_is_form(&request));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(query),  cmocka_unit_test(query_without_output),
                cmocka_unit_test(json),   cmocka_unit_test(too_large),
                cmocka_unit_test(errors), cmocka_unit_test(common_errors),
                cmocka_unit_test(names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
