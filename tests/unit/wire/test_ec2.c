/* EC2's protocol: lists without ".member", parameters that are unknown or missing, answers, and events. */
#include "wire_test.h"

static const struct api_operation *operation(void)
{
        return &sample_ec2.operations[0];
}

static int decode(struct bench *b, struct str body)
{
        struct http_request http = {.method = STR("POST"), .body = body};
        struct wire_form form;
        struct wire_request request = {.http = &http, .form = &form};

        TRY(wire_form_parse(&http, &b->arena, &form, &b->fault));
        b->in = (struct sample_in){};
        return wire_decode(operation(), API_EC2, &request, &b->arena, &b->in, &b->fault);
}

static void lists_are_flat(void **state)
{
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        assert_int_equal(
                decode(&b, STR("Action=CreateSample&Version=1&UserName=alice&Tags.2.Key=b&Tags.1.Key=a"
                               "&Tags.1.Value=x&Tags.10.Key=j&Flat.1=one&Matrix.1.1=p&Matrix.1.2=q")),
                0);
        assert_int_equal(b.in.tags.count, 3);
        assert_str(b.in.tags.items[0].value, "x");
        assert_str(b.in.tags.items[2].key, "j");
        assert_str(b.in.flat.items[0], "one");
        assert_str(((struct str_list *)b.in.matrix.items)->items[1], "q");
        assert_int_equal(decode(&b, STR("Tags=")), 0);
        assert_true(b.in.tags.is_set && b.in.tags.count == 0);
        assert_int_equal(decode(&b, STR("Tags.member.1.Key=a")), -EBADMSG);
        assert_str(b.fault.error->code, "InvalidParameterValue");
}

static void unknown_parameters_are_refused(void **state)
{
        static const struct {
                struct str body;
                const char *message;
        } CASES[] = {
                {STR_INIT("Nonsense=1"), "The parameter Nonsense is not recognized"},
                {STR_INIT("Nonsense.1.a=1"), "The parameter Nonsense is not recognized"},
                {STR_INIT("Tags.1.Nonsense=1"), "The parameter Tags.1.Nonsense is not recognized"},
                {STR_INIT("Tags.1.Action=1"), "The parameter Tags.1.Action is not recognized"},
        };
        _cleanup_(bench_done) struct bench b = {};

        (void)state;
        bench_init(&b);
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                assert_int_equal(decode(&b, CASES[i].body), -EBADMSG);
                assert_str(b.fault.error->code, "UnknownParameter");
                assert_true(str_eq(b.fault.message, str_of(CASES[i].message)));
        }
        assert_int_equal(decode(&b, STR("Action=a&Version=b&X-Amz-Date=c&AWSAccessKeyId=d&Signature=e")), 0);
}

static void answers(void **state)
{
        struct sample_tag tags[] = {{.key = STR("k"), .value = STR("<v>")}};
        struct sample_in out = {.user_name = STR("alice"), .tags = {tags, 1, true}};
        _cleanup_(bench_done) struct bench b = {};
        _cleanup_(buf_done) struct buf body = {};
        struct http_response response;

        (void)state;
        bench_init(&b);
        buf_init(&body, 1 << 16);
        assert_int_equal(wire_encode(operation(), API_EC2, &out, STR("req-1"), &b.arena, &body, &response),
                         0);
        assert_str(response.body,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CreateSampleResponse xmlns=\"\">"
                   "<requestId>req-1</requestId><UserName>alice</UserName><Tags><member><Key>k</Key>"
                   "<Value>&lt;v&gt;</Value></member></Tags></CreateSampleResponse>");
}

static void events(void **state)
{
        struct sample_tag tags[] = {{.key = STR("k"), .value = STR("v")}};
        struct sample_node tree = {.name = STR("n")};
        struct sample_in in = {
                .user_name = STR("alice"), .password = STR("hush"), .tags = {tags, 1, true}, .tree = &tree};
        _cleanup_(buf_done) struct buf text = {};
        struct json_out out = {.buf = &text};

        (void)state;
        buf_init(&text, 1 << 16);
        assert_int_equal(wire_audit_ec2(&sample_in_type, &in, STR_NONE, &out), 0);
        assert_true(str_find(buf_str(&text), STR("\"tags\":{\"items\":[{\"key\":\"k\",\"value\":\"v\"}]}")) >
                    0);
        assert_true(str_find(buf_str(&text), STR("\"tree\":{\"name\":\"n\",\"children\":{}}")) > 0);
        assert_true(str_find(buf_str(&text), STR("hush")) < 0);
        buf_clear(&text);
        out = (struct json_out){.buf = &text};
        assert_int_equal(wire_audit_ec2(&sample_in_type, &(struct sample_in){}, STR("r"), &out), 0);
        assert_str(buf_str(&text), "{\"requestId\":\"r\"}");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lists_are_flat),
                cmocka_unit_test(unknown_parameters_are_refused),
                cmocka_unit_test(answers),
                cmocka_unit_test(events),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
