/* Rest requests: routes and places. */
#include "wire_test.h"

#include "crate.h"
#include "parcel.h"

#define MAX_HEADERS 8

struct rest_bench {
        struct arena arena;
        struct http_header headers[MAX_HEADERS];
        size_t header_count;
        struct wire_rest rest;
        struct wire_fault fault;
};

static void bench_start(struct rest_bench *bench)
{
        *bench = (struct rest_bench){};
        arena_init(&bench->arena, 1 << 20);
}

static void bench_end(struct rest_bench *bench)
{
        arena_done(&bench->arena);
}

static void header(struct rest_bench *bench, const char *name, const char *value)
{
        bench->headers[bench->header_count++] = (struct http_header){str_of(name), str_of(value)};
}

/* "GET", "/a/b?c" */
static int find_in(struct rest_bench *bench, const struct api_service *service, const char *method,
                   const char *target)
{
        struct http_request http = {.headers = bench->headers, .header_count = bench->header_count};
        struct wire_address address = {.method = str_of(method), .query = str_of(target)};

        (void)str_cut(&address.query, '?', &address.path);
        return wire_find_rest_operation(service, &address, &http, &bench->arena, &bench->rest, &bench->fault);
}

static void expect(struct rest_bench *bench, const char *method, const char *target, const char *operation)
{
        int result = find_in(bench, &crate_service, method, target);

        if (!operation) {
                assert_int_equal(result, -ENOENT);
                return;
        }
        assert_int_equal(result, 0);
        if (!str_eq(bench->rest.route->operation->name, str_of(operation)))
                fail_msg("%s %s: %.*s", method, target, STR_ARG(bench->rest.route->operation->name));
}

static void routes(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};

        (void)state;
        bench_start(&b);
        expect(&b, "GET", "/", "ListCrates");
        expect(&b, "GET", "/?x-id=ListCrates", "ListCrates");
        expect(&b, "GET", "/c", "ListOfOne");
        expect(&b, "GET", "/c/", "ListOfOne");
        expect(&b, "GET", "/c?versions", "ListVersions");
        expect(&b, "GET", "/c?versions=", "ListVersions");
        expect(&b, "GET", "/c/?versions=any", "ListVersions");
        expect(&b, "GET", "/c?version", "ListOfOne");
        expect(&b, "GET", "/c?list-type=2", "ListContents");
        expect(&b, "GET", "/c?list-type=1", "ListOfOne");
        expect(&b, "GET", "/c?prefix=a&list-type=2&x-id=ListContents", "ListContents");
        expect(&b, "GET", "/c/k", "GetCrate");
        expect(&b, "GET", "/c/k?versions", NULL); /* a part that it has not is not the whole */
        expect(&b, "GET", "/c/k?version", "GetCrate");
        expect(&b, "PUT", "/c/k?contents", NULL);
        expect(&b, "HEAD", "/c/k", "HeadCrate");
        expect(&b, "HEAD", "/c", NULL);
        expect(&b, "POST", "/Respond", "Respond");
        expect(&b, "POST", "/respond", NULL);
        expect(&b, "POST", "/c?contents", NULL);
        expect(&b, "POST", "/c?contents&type=2", "PutDocument");
        expect(&b, "POST", "/c?type=2&contents", "PutDocument");
        expect(&b, "PATCH", "/c", NULL);
        expect(&b, "get", "/c", NULL);
        expect(&b, "GET", "", NULL);
        expect(&b, "GET", "c", NULL);
        expect(&b, "GET", "*", NULL);
        expect(&b, "GET", "//", NULL);
        expect(&b, "GET", "//k", NULL);
}

/* Required members tell apart what shares a URI. */
static void asks(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};

        (void)state;
        bench_start(&b);
        expect(&b, "PUT", "/c/k", "PutCrate");
        expect(&b, "PUT", "/c/k?partNumber=1", "PutCrate");
        expect(&b, "PUT", "/c/k?partNumber=1&uploadId=u", "PutPart");
        header(&b, "X-Crate-Copy-Source", "/a/b");
        expect(&b, "PUT", "/c/k", "CopyCrate");
        expect(&b, "PUT", "/c/k?partNumber=1&uploadId=u", "PutPart");
}

static void labels(void **state)
{
        static const struct {
                const char *target, *key;
        } GREEDY[] = {
                {"/c/k", "k"},         {"/c/a/b", "a/b"}, {"/c//k", "/k"},       {"/c/a//b", "a//b"},
                {"/c/a/", "a/"},       {"/c//", "/"},     {"/c/../x", "../x"},   {"/c/./.", "./."},
                {"/c/a%2Fb", "a%2Fb"}, {"/c/%", "%"},     {"/c/a;v=1", "a;v=1"},
        };
        _cleanup_(bench_end) struct rest_bench b = {};

        (void)state;
        bench_start(&b);
        for (size_t i = 0; i < ARRAY_LEN(GREEDY); i++) {
                expect(&b, "GET", GREEDY[i].target, "GetCrate");
                assert_true(str_eq(b.rest.labels[0], STR("c")));
                assert_true(str_eq(b.rest.labels[1], str_of(GREEDY[i].key)));
        }
        /* What stands behind a greedy label is taken from the end. */
        expect(&b, "POST", "/tags/a/b/tagging/c/tagging/7", "TagCrate");
        assert_str(b.rest.labels[1], "a/b/tagging/c");
        assert_str(b.rest.labels[3], "7");
        expect(&b, "POST", "/tags/tagging/7", NULL);
        expect(&b, "POST", "/tags//tagging/7", NULL);
        expect(&b, "POST", "/tags/a/tagging/", NULL);
}

static void bad_queries(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};

        (void)state;
        bench_start(&b);
        assert_int_equal(find_in(&b, &crate_service, "GET", "/c?a=%4"), -EBADMSG);
        assert_str(b.fault.error->code, "InvalidURI");
        assert_int_equal(find_in(&b, &crate_service, "GET", "/c?a=%ff"), -EBADMSG);
        assert_int_equal(find_in(&b, &parcel_service, "GET", "/2020-01-31/parcels?a=%ff"), -EBADMSG);
        assert_str(b.fault.error->code, "SerializationException");
        assert_int_equal(find_in(&b, &parcel_service, "GET", "/2020-01-31/parcels?a"), 0);
        assert_int_equal(find_in(&b, &parcel_service, "GET", "/2020-01-31/parcels/"), 0);
}

/* -- Places. */

static int decode(struct rest_bench *bench, const struct api_service *service, const char *method,
                  const char *target, const char *body, void *ret)
{
        struct http_request http = {.method = str_of(method),
                                    .headers = bench->headers,
                                    .header_count = bench->header_count,
                                    .body = body ? str_of(body) : STR("")};
        struct wire_request request = {.http = &http, .rest = &bench->rest};
        const struct api_operation *operation;

        bench->fault = (struct wire_fault){};
        assert_int_equal(find_in(bench, service, method, target), 0);
        operation = bench->rest.route->operation;
        memset(ret, 0, operation->input->size);
        return wire_decode(operation, operation->service->protocol, &request, &bench->arena, ret,
                           &bench->fault);
}

static void path(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};
        struct crate_get_crate_in in;
        struct crate_tag_crate_in tag;

        (void)state;
        bench_start(&b);
        assert_int_equal(decode(&b, &crate_service, "GET", "/c%41/a%2Fb+%20%e2%82%ac//../", NULL, &in), 0);
        assert_str(in.crate, "cA");
        assert_str(in.key, "a/b+ \u20ac//../");
        assert_int_equal(decode(&b, &crate_service, "GET", "/c/a%00b", NULL, &in), -EBADMSG);
        assert_str(b.fault.error->code, "InvalidURI");
        assert_str(b.fault.message, "Couldn't parse the specified URI.");
        assert_int_equal(decode(&b, &crate_service, "GET", "/c/a%ff", NULL, &in), -EBADMSG);
        assert_int_equal(decode(&b, &crate_service, "GET", "/c/a%4", NULL, &in), -EBADMSG);
        assert_int_equal(decode(&b, &crate_service, "GET", "/%zz/a", NULL, &in), -EBADMSG);
        assert_int_equal(decode(&b, &crate_service, "POST", "/tags/a/tagging/x", NULL, &tag), -EBADMSG);
        assert_str(b.fault.error->code, "InvalidArgument");
        assert_int_equal(decode(&b, &crate_service, "POST", "/tags/a/tagging/7?when=2026-01-01T00:00:00.5Z",
                                NULL, &tag),
                         0);
        assert_int_equal(tag.number.value, 7);
        assert_int_equal(tag.when.value, INT64_C(1767225600500));
}

static void query(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};
        struct crate_put_crate_in in;
        struct crate_list_contents_in list;

        (void)state;
        bench_start(&b);
        assert_int_equal(
                decode(&b, &crate_service, "PUT",
                       "/c/k?kind=a+b&partNumber=1&kind=&partNumber=2&force=TRUE&seen=1.5&weight=3&kind=%26"
                       "&expires=Thu,%2001%20Jan%202026%2000:00:00%20GMT",
                       NULL, &in),
                0);
        assert_int_equal(in.part.value, 2);
        assert_true(in.force.is_set && in.force.value);
        assert_int_equal(in.seen.value, 1500);
        assert_int_equal(in.expires.value, INT64_C(1767225600000));
        assert_int_equal(in.kinds.count, 3);
        assert_str(in.kinds.items[0], "a b");
        assert_str(in.kinds.items[1], "");
        assert_str(in.kinds.items[2], "&");
        assert_int_equal(in.weights.count, 1);
        assert_false(in.attributes.is_set);
        assert_int_equal(decode(&b, &crate_service, "GET", "/c?list-type=2&max-keys=ten", NULL, &list),
                         -EBADMSG);
        assert_str(b.fault.error->code, "InvalidArgument");
        assert_str(b.fault.message, "Provided max-keys not an integer or within integer range");
        assert_str(b.fault.details.items[0].value, "max-keys");
        assert_str(b.fault.details.items[1].value, "ten");
        assert_int_equal(decode(&b, &crate_service, "GET", "/c?list-type=2&max-keys=2147483648", NULL, &list),
                         -EBADMSG);
        assert_int_equal(decode(&b, &crate_service, "GET", "/c?list-type=2&max-keys=", NULL, &list),
                         -EBADMSG);
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c/k?force=yes", NULL, &in), -EBADMSG);
        assert_str(b.fault.message, "Invalid value for force.");
}

static void rest_of_query(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};
        struct crate_get_crate_in in;
        struct crate_put_document_in document;

        (void)state;
        bench_start(&b);
        assert_int_equal(decode(&b, &crate_service, "GET",
                                "/c/k?a=1&b&versionId=v&a=2&x-id=GetCrate&X-Amz-Signature=s", NULL, &in),
                         0);
        assert_str(in.version, "v");
        assert_int_equal(in.left.count, 2);
        assert_str(in.left.items[0].key, "a");
        assert_int_equal(in.left.items[0].value.count, 2);
        assert_str(in.left.items[0].value.items[1], "2");
        assert_str(in.left.items[1].value.items[0], "");
        assert_int_equal(decode(&b, &crate_service, "POST", "/c?contents&type=2&a=1&a=2", NULL, &document),
                         0);
        assert_int_equal(document.left.count, 1);
        assert_str(document.left.items[0].value, "2");
        assert_int_equal(decode(&b, &crate_service, "POST", "/c?contents&type=2", NULL, &document), 0);
        assert_false(document.left.is_set);
}

static void headers(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};
        struct crate_put_crate_in in;

        (void)state;
        bench_start(&b);
        header(&b, "X-CRATE-SIZE", "-5");
        header(&b, "x-crate-size", "6");
        header(&b, "x-crate-attributes", "a, \"b, \\\"c\\\\\" ,, d\"e");
        header(&b, "x-crate-attributes", "\"\"");
        header(&b, "x-crate-dates", "Thu, 01 Jan 2026 00:00:00 GMT, Fri, 02 Jan 2026 00:00:00 GMT");
        header(&b, "X-Crate-Meta-Some-Name", "one");
        header(&b, "x-crate-meta-some-name", "two");
        header(&b, "x-crate-metaphor", "other");
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c/k", "body", &in), 0);
        assert_int_equal(in.size.value, -5);
        assert_int_equal(in.attributes.count, 4);
        assert_str(in.attributes.items[0], "a");
        assert_str(in.attributes.items[1], "b, \"c\\");
        assert_str(in.attributes.items[2], "d\"e");
        assert_str(in.attributes.items[3], "");
        assert_int_equal(in.dates.count, 2);
        assert_int_equal(in.dates.items[1].value, INT64_C(1767312000000));
        assert_int_equal(in.metadata.count, 1);
        assert_str(in.metadata.items[0].key, "some-name");
        assert_str(in.metadata.items[0].value, "one,two");
        assert_str(in.body, "body");
}

static void refused_header(const char *name, const char *value)
{
        _cleanup_(bench_end) struct rest_bench b = {};
        struct crate_put_crate_in in;

        bench_start(&b);
        header(&b, name, value);
        if (decode(&b, &crate_service, "PUT", "/c/k", NULL, &in) != -EBADMSG)
                fail_msg("%s: %s", name, value);
        assert_str(b.fault.error->code, "InvalidArgument");
        assert_int_equal(b.fault.details.count, 2);
}

static void bad_headers(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};
        struct crate_put_crate_in in;

        (void)state;
        refused_header("x-crate-size", "5 6");
        refused_header("x-crate-size", "9223372036854775808");
        refused_header("x-crate-ratio", "inf");
        refused_header("x-crate-locked", "1");
        refused_header("x-crate-since", "yesterday");
        refused_header("x-crate-until", "31 June");
        refused_header("x-crate-digest", "***");
        refused_header("x-crate-kind", "\xff");
        refused_header("x-crate-attributes", "\"a");
        refused_header("x-crate-attributes", "\"a\" b, c");
        refused_header("x-crate-numbers", "1, x");
        refused_header("x-crate-dates", "Thu, 01 Jan 2026 00:00:00 GMT, Fri");
        refused_header("x-crate-meta-a", "\xff");
        bench_start(&b);
        header(&b, "x-crate-pin", "a secret");
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c/k", NULL, &in), -EBADMSG);
        assert_int_equal(b.fault.details.count, 1);
        assert_str(b.fault.details.items[0].value, "x-crate-pin");
        /* RFC 9110: such a condition is none. */
        b.header_count = 0;
        header(&b, "If-Modified-Since", "yesterday");
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c/k", NULL, &in), 0);
        assert_false(in.if_since.is_set);
        assert_null(b.fault.error);
}

/* What the fault of a valid request with values out of bounds is. */
static void refused_value(const char *target, const char *name, const char *value, const char *code,
                          const char *message, const char *argument)
{
        _cleanup_(bench_end) struct rest_bench b = {};
        struct wire_patterns *patterns;
        struct crate_put_crate_in in;

        bench_start(&b);
        if (name)
                header(&b, name, value);
        assert_int_equal(wire_patterns_new(&patterns), 0);
        assert_int_equal(decode(&b, &crate_service, "PUT", target, NULL, &in), 0);
        assert_int_equal(wire_validate(b.rest.route->operation, b.rest.route->operation->service->protocol,
                                       &in, patterns, &b.arena, &b.fault),
                         -EBADMSG);
        assert_true(str_eq(b.fault.error->code, str_of(code)));
        assert_true(str_eq(b.fault.message, str_of(message)));
        assert_int_equal(b.fault.details.count, 2);
        assert_str(b.fault.details.items[0].key, "ArgumentName");
        assert_true(str_eq(b.fault.details.items[0].value, str_of(argument)));
        assert_true(str_eq(b.fault.details.items[1].value, str_of(value)));
        wire_patterns_free(patterns);
}

static void values_out_of_bounds(void **state)
{
        (void)state;
        refused_value("/c/k", "x-crate-shape", "Odd", "OddShape", "No crate has this shape.",
                      "x-crate-shape");
        refused_value("/c/k", "x-crate-state", "Lost", "InvalidArgument", "Invalid value for x-crate-state.",
                      "x-crate-state");
        refused_value("/c/k?depth=10", NULL, "10", "InvalidArgument",
                      "Argument depth must be an integer between 0 and 9", "depth");
        refused_value("/c/k?level=4", NULL, "4", "InvalidArgument", "There are three levels.", "level");
}

static void texts_out_of_bounds(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};
        struct crate_put_crate_in in;

        (void)state;
        bench_start(&b);
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c/k?level=top", NULL, &in), -EBADMSG);
        assert_str(b.fault.message, "There are three levels.");
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c/k?depth=deep", NULL, &in), -EBADMSG);
        assert_str(b.fault.message, "Provided depth not an integer or within integer range");
        assert_str(b.fault.details.items[1].value, "deep");
}

static void documents_out_of_bounds(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};
        struct crate_put_contents_in in;
        struct wire_patterns *patterns;

        (void)state;
        bench_start(&b);
        assert_int_equal(wire_patterns_new(&patterns), 0);
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c?contents",
                                "<ContentsConfiguration><Status>Lost</Status></ContentsConfiguration>", &in),
                         0);
        assert_int_equal(wire_validate(b.rest.route->operation, b.rest.route->operation->service->protocol,
                                       &in, patterns, &b.arena, &b.fault),
                         -EBADMSG);
        assert_str(b.fault.error->code, "MalformedXML");
        assert_int_equal(b.fault.details.count, 0);
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c?contents",
                                "<Contents><Status>Active</Status></Contents>", &in),
                         0);
        assert_int_equal(wire_validate(b.rest.route->operation, b.rest.route->operation->service->protocol,
                                       &in, patterns, &b.arena, &b.fault),
                         0);
        wire_patterns_free(patterns);
}

static void payloads(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};
        struct crate_put_crate_in put;
        struct crate_put_note_in note;
        struct crate_put_contents_in contents;
        struct crate_put_document_in document;

        (void)state;
        bench_start(&b);
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c/k", "\xff", &put), 0);
        assert_str(put.body, "\xff");
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c/k", NULL, &put), 0);
        assert_true(str_is_set(put.body) && put.body.len == 0);
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c?note", "text", &note), 0);
        assert_str(note.note, "text");
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c?note", "\xff", &note), -EBADMSG);
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c?note", NULL, &note), -EBADMSG);
        assert_str(b.fault.error->code, "MissingRequestBodyError");
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c?contents", NULL, &contents), -EBADMSG);
        assert_str(b.fault.message, "Request Body is empty");
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c?contents",
                                "<ContentsConfiguration><Text>t</Text></ContentsConfiguration>", &contents),
                         0);
        assert_str(contents.contents->text, "t");
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c?contents", "{}", &contents), -EBADMSG);
        assert_str(b.fault.error->code, "MalformedXML");
        assert_int_equal(b.fault.error->status, 400);
        assert_str(b.fault.message,
                   "The XML you provided was not well-formed or did not validate against our "
                   "published schema");
        assert_int_equal(decode(&b, &crate_service, "PUT", "/c?contents", "<x><Text>t</Text></x>", &contents),
                         -EBADMSG);
        assert_str(b.fault.error->code, "MalformedXML");
        /* What travels elsewhere has no place in the document. */
        header(&b, "x-crate-kind", "of the header");
        assert_int_equal(decode(&b, &crate_service, "POST", "/c?contents&type=2",
                                "<Document><Kind>no</Kind><Text>t</Text></Document>", &document),
                         -EBADMSG);
        assert_int_equal(decode(&b, &crate_service, "POST", "/c?contents&type=2",
                                "<Document><Text>t</Text></Document>", &document),
                         0);
        assert_str(document.kind, "of the header");
        assert_str(document.crate, "c");
        assert_str(document.text, "t");
}

static void json_places(void **state)
{
        _cleanup_(bench_end) struct rest_bench b = {};
        struct parcel_create_parcel_in in;
        struct parcel_list_parcels_in list;
        struct parcel_put_node_in node;
        struct parcel_put_any_in any;
        const char *create = "/2020-01-31/parcels/n/5/true/2026-01-01T00%3A00%3A00Z";

        (void)state;
        bench_start(&b);
        assert_int_equal(decode(&b, &parcel_service, "POST", create,
                                "{\"Name\":\"no\",\"x-parcel-digest\":\"no\",\"text\":\"t\",\"Seen\":1.5,"
                                "\"Text\":\"no\"}",
                                &in),
                         0);
        assert_str(in.name, "n");
        assert_int_equal(in.number.value, 5);
        assert_true(in.flag.value);
        assert_int_equal(in.when.value, INT64_C(1767225600000));
        assert_str(in.text, "t");
        assert_int_equal(in.seen.value, 1500);
        assert_false(str_is_set(in.digest));
        assert_int_equal(decode(&b, &parcel_service, "POST", create, NULL, &in), 0);
        assert_false(str_is_set(in.text));
        assert_int_equal(decode(&b, &parcel_service, "POST", create, "<x/>", &in), -EBADMSG);
        assert_str(b.fault.error->code, "SerializationException");
        assert_int_equal(decode(&b, &parcel_service, "GET", "/2020-01-31/parcels?MaxItems=x", NULL, &list),
                         -EBADMSG);
        assert_str(b.fault.error->code, "SerializationException");
        assert_str(b.fault.message, "STRING_VALUE can not be converted to an Integer");
        assert_int_equal(decode(&b, &parcel_service, "PUT", "/2020-01-31/nodes/n", "{\"Name\":\"x\"}", &node),
                         0);
        assert_str(node.node->name, "x");
        assert_int_equal(decode(&b, &parcel_service, "PUT", "/2020-01-31/nodes/n", NULL, &node), 0);
        assert_null(node.node);
        assert_int_equal(decode(&b, &parcel_service, "PUT", "/2020-01-31/any", " [1, {}] ", &any), 0);
        assert_str(any.any, "[1, {}]");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(routes),
                cmocka_unit_test(asks),
                cmocka_unit_test(labels),
                cmocka_unit_test(bad_queries),
                cmocka_unit_test(path),
                cmocka_unit_test(query),
                cmocka_unit_test(rest_of_query),
                cmocka_unit_test(headers),
                cmocka_unit_test(bad_headers),
                cmocka_unit_test(payloads),
                cmocka_unit_test(json_places),
                cmocka_unit_test(values_out_of_bounds),
                cmocka_unit_test(texts_out_of_bounds),
                cmocka_unit_test(documents_out_of_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
