/* Values of headers and of query parameters. */
#include "../check.h"

#include "net/http.h"

static void headers(void **state)
{
        const struct http_header rows[] = {{STR("Host"), STR("a")},
                                           {STR("X-Amz-Date"), STR("1")},
                                           {STR("x-amz-date"), STR("2")},
                                           {STR("Empty"), STR("")}};
        struct http_request request = {.headers = rows, .header_count = ARRAY_LEN(rows)};

        (void)state;
        assert_str(http_header_value(&request, STR("x-AMZ-date")), STR("1")); /* the first */
        assert_str(http_header_value(&request, STR("empty")), STR(""));
        assert_str(http_header_value(&request, STR("x-amz")), STR_NONE);
        request.header_count = 0;
        assert_str(http_header_value(&request, STR("Host")), STR_NONE);
}

static void query_parameters(void **state)
{
        struct http_request request = {.query = STR("a=1&b=&c&a=2&d=x=y&%61=z&=q&&e=+%20")};

        (void)state;
        assert_str(http_query_value(&request, STR("a")), STR("1"));
        assert_str(http_query_value(&request, STR("b")), STR(""));
        assert_str(http_query_value(&request, STR("c")), STR(""));
        assert_str(http_query_value(&request, STR("d")), STR("x=y"));
        assert_str(http_query_value(&request, STR("%61")), STR("z")); /* names are raw too */
        assert_str(http_query_value(&request, STR("")), STR("q"));
        assert_str(http_query_value(&request, STR("e")), STR("+%20"));
        assert_str(http_query_value(&request, STR("A")), STR_NONE);
        request.query = STR_NONE;
        assert_str(http_query_value(&request, STR("a")), STR_NONE);
        request.query = STR("");
        assert_str(http_query_value(&request, STR("a")), STR_NONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(headers),
                cmocka_unit_test(query_parameters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
