/* XML documents of requests: what is read, and what is refused. */
#include "wire_test.h"

#include "crate.h"
#include "wire/protocol.h"

struct xml_bench {
        struct arena arena;
        struct crate_contents in;
};

static void xml_end(struct xml_bench *bench)
{
        arena_done(&bench->arena);
}

static int read_bytes(struct xml_bench *bench, struct str document)
{
        arena_done(&bench->arena);
        arena_init(&bench->arena, 1 << 21);
        bench->in = (struct crate_contents){};
        return wire_xml_decode(&crate_contents_type, (struct wire_xml_root){}, document, &bench->arena,
                               &bench->in);
}

static int read_text(struct xml_bench *bench, const char *document)
{
        return read_bytes(bench, str_of(document));
}

static void values(void **state)
{
        _cleanup_(xml_end) struct xml_bench b = {};

        (void)state;
        assert_int_equal(
                read_text(&b, "<any><Text> a&amp;<![CDATA[<b>]]>&#x43;&#10; </Text><Status>Active</Status>"
                              "<Enabled> true\n</Enabled><Count>\t-5 </Count><Size>9223372036854775807</Size>"
                              "<Ratio>1e3</Ratio><Since>2009-10-12T17:50:30.000Z</Since>"
                              "<Changed>1.5</Changed><Served>Thu, 01 Jan 2026 00:00:00 GMT</Served><Data> "
                              "aGk= </Data></any>"),
                0);
        assert_str(b.in.text, " a&<b>C\n ");
        assert_str(b.in.status, "Active");
        assert_true(b.in.enabled.value);
        assert_int_equal(b.in.count.value, -5);
        assert_int_equal(b.in.size.value, INT64_MAX);
        assert_true(b.in.ratio.value == 1000);
        assert_int_equal(b.in.since.value, INT64_C(1255369830000));
        assert_int_equal(b.in.changed.value, 1500);
        assert_int_equal(b.in.served.value, INT64_C(1767225600000));
        assert_str(b.in.data, "hi");
        assert_int_equal(read_text(&b, "<any/>"), 0);
        assert_false(str_is_set(b.in.text));
        assert_int_equal(read_text(&b, "<any><Text/></any>"), 0);
        assert_true(str_is_set(b.in.text) && b.in.text.len == 0);
}

static void containers(void **state)
{
        _cleanup_(xml_end) struct xml_bench b = {};

        (void)state;
        assert_int_equal(
                read_text(&b,
                          "<any><Rule><ID>1</ID><Prefix>a</Prefix><Days>1</Days><Prefix>b</Prefix></Rule>"
                          "<Names><member>x</member><member/></Names>"
                          "<Rule><ID>2</ID></Rule><Text>t</Text><Rule/>"
                          "<Labels><entry><value>v</value><key>k</key></entry></Labels>"
                          "<RuleMap><entry><Name>n</Name><Rule><ID>3</ID></Rule></entry></RuleMap>"
                          "<Flat><key>a</key><value>1</value></Flat><Statuses/>"
                          "<Flat><key>b</key><value>2</value></Flat><Flat><key>a</key><value>3</value></Flat>"
                          "</any>"),
                0);
        assert_int_equal(b.in.rules.count, 3);
        assert_int_equal(b.in.rules.items[0].prefixes.count, 2);
        assert_str(b.in.rules.items[0].prefixes.items[1], "b");
        assert_str(b.in.rules.items[1].id, "2");
        assert_int_equal(b.in.names.count, 2);
        assert_str(b.in.names.items[1], "");
        assert_true(b.in.statuses.is_set && b.in.statuses.count == 0);
        assert_str(b.in.labels.items[0].key, "k");
        assert_str(b.in.labels.items[0].value, "v");
        assert_str(b.in.rule_map.items[0].value.id, "3");
        assert_int_equal(b.in.flat.count, 2);
        assert_str(b.in.flat.items[1].value, "3");
}

static void twice(void **state)
{
        _cleanup_(xml_end) struct xml_bench b = {};

        (void)state;
        assert_int_equal(
                read_text(&b, "<any><Text>1</Text><Tree><Name>a</Name><Children><Child/></Children></Tree>"
                              "<Names><member>a</member><member>b</member></Names><Text>2</Text>"
                              "<Tree><Left/></Tree><Names><member>c</member></Names></any>"),
                0);
        assert_str(b.in.text, "2");
        assert_false(str_is_set(b.in.tree->name));
        assert_false(b.in.tree->children.is_set);
        assert_non_null(b.in.tree->left);
        assert_int_equal(b.in.names.count, 1);
        assert_str(b.in.names.items[0], "c");
}

static void namespaces_and_attributes(void **state)
{
        _cleanup_(xml_end) struct xml_bench b = {};
        const struct crate_grant *grants;

        (void)state;
        assert_int_equal(
                read_text(&b,
                          "<a:any xmlns:a='urn:a' xmlns='urn:b' Text='no'><a:Text x='y'>t</a:Text>"
                          "<!-- c --><?p i?><Grants><Grant><Grantee xmlns:xsi='urn:x' "
                          "xsi:type='a&quot;b' weight=' 5 '><ID>i</ID></Grantee></Grant>"
                          "<Grant><Grantee xmlns:type='urn:type' x:type='other'/></Grant></Grants></a:any>"),
                0);
        assert_str(b.in.text, "t");
        grants = b.in.grants.items;
        assert_int_equal(b.in.grants.count, 2);
        assert_str(grants[0].grantee->type, "a\"b");
        assert_str(grants[0].grantee->id, "i");
        assert_int_equal(grants[0].grantee->weight.value, 5);
        assert_str(grants[1].grantee->type, "other");
        assert_false(str_is_set(grants[1].grantee->id));
}

static void refused(const char *document)
{
        _cleanup_(xml_end) struct xml_bench b = {};

        if (read_text(&b, document) != -EINVAL)
                fail_msg("%s", document);
}

static void not_well_formed(void **state)
{
        static const char *const BAD[] = {
                " ",
                "text",
                "<any>",
                "<any></other>",
                "<any><Text>a</any>",
                "<any/><any/>",
                "<any/>text",
                "text<any/>",
                "<any a='1' a='2'/>",
                "<any a=1/>",
                "<any><Text>&other;</Text></any>",
                "<any><Text>&#0;</Text></any>",
                "<any><Text>&#xD800;</Text></any>",
                "<any><Text>&#x1;</Text></any>",
                "<any><Text>\x01</Text></any>",
                "<any><Text>\xff</Text></any>",
                "<any><Text>\xc0\x80</Text></any>",
                "<any><Text>\xed\xa0\x80</Text></any>",
                "<any><Text>]]></Text></any>",
                "<any><Text>a</Text",
                "<any><!-- -- --></any>",
                " <?xml version='1.0'?><any/>",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                refused(BAD[i]);
}

/* Cut short anywhere, a document is none. */
static void cut_short(void **state)
{
        const char *whole =
                "<any xmlns='urn:x'><Text>a&amp;b</Text><Rule><ID>1</ID></Rule><![CDATA[ ]]></any>";
        _cleanup_(xml_end) struct xml_bench b = {};

        (void)state;
        assert_int_equal(read_text(&b, whole), 0);
        for (size_t len = 0; len < strlen(whole); len++)
                assert_int_equal(read_bytes(&b, str_make(whole, len)), -EINVAL);
        assert_int_equal(read_bytes(&b, STR("<any>\0</any>")), -EINVAL);
        assert_int_equal(read_bytes(&b, STR("<any/>\0")), -EINVAL);
        assert_int_equal(read_bytes(&b, STR("<any><Text>a\0b</Text></any>")), -EINVAL);
}

static void declarations(void **state)
{
        static const char *const BAD[] = {
                "<!DOCTYPE any><any/>",
                "<!DOCTYPE any SYSTEM 'file:///etc/passwd'><any/>",
                "<!DOCTYPE any PUBLIC 'x' 'http://127.0.0.1/x.dtd'><any/>",
                "<!DOCTYPE any [<!ENTITY a 'b'>]><any><Text>&a;</Text></any>",
                "<!DOCTYPE any [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><any><Text>&a;</Text></any>",
                "<!DOCTYPE any [<!ENTITY % a SYSTEM 'http://127.0.0.1/'> %a;]><any/>",
                "<!DOCTYPE any [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'><!ENTITY c "
                "'&b;&b;&b;&b;&b;'>]>"
                "<any><Text>&c;&c;&c;&c;</Text></any>",
                "<!DOCTYPE any [<!ATTLIST any Text CDATA 'x'>]><any/>",
                "<!DOCTYPE any []><any/>",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                refused(BAD[i]);
}

/* In UTF-16, with its byte order mark. */
static struct str widened(struct arena *arena, const char *text, bool is_big)
{
        size_t len = strlen(text);
        char *out = arena_alloc(arena, 2 * len + 2);

        assert_non_null(out);
        out[!is_big] = (char)0xfe;
        out[is_big] = (char)0xff;
        for (size_t i = 0; i < len; i++)
                out[2 + 2 * i + is_big] = text[i];
        return (struct str){out, 2 * len + 2};
}

static void encodings(void **state)
{
        _cleanup_(xml_end) struct xml_bench b = {};
        struct arena arena;

        (void)state;
        arena_init(&arena, 1 << 16);
        assert_int_equal(
                read_text(&b, "<?xml version='1.0' encoding='utf-8'?><any><Text>\u00e9</Text></any>"), 0);
        assert_str(b.in.text, "\u00e9");
        assert_int_equal(read_text(&b, "\xef\xbb\xbf<any><Text>t</Text></any>"), 0);
        assert_str(b.in.text, "t");
        for (int is_big = 0; is_big < 2; is_big++) {
                assert_int_equal(read_bytes(&b, widened(&arena, "<any><Text>t</Text></any>", is_big)), 0);
                assert_str(b.in.text, "t");
                assert_int_equal(
                        read_bytes(&b,
                                   widened(&arena, "<?xml version='1.0' encoding='UTF-16'?><any/>", is_big)),
                        0);
                assert_int_equal(read_bytes(&b, widened(&arena, "<!DOCTYPE any><any/>", is_big)), -EINVAL);
        }
        refused("<?xml version='1.0' encoding='ISO-8859-1'?><any/>");
        refused("<?xml version='1.0' encoding='US-ASCII'?><any/>");
        refused("<?xml version='1.0' encoding='UTF-7'?><any/>");
        refused("<?xml version='1.0' encoding='UTF-16'?><any/>");
        refused("<?xml version='1.0' encoding='x-unknown'?><any/>");
        arena_done(&arena);
}

static void wrong_values(void **state)
{
        static const char *const BAD[] = {
                "<any><Count>x</Count></any>",
                "<any><Count/></any>",
                "<any><Count>2147483648</Count></any>",
                "<any><Size>9223372036854775808</Size></any>",
                "<any><Ratio>inf</Ratio></any>",
                "<any><Enabled>yes</Enabled></any>",
                "<any><Since>today</Since></any>",
                "<any><Data>*</Data></any>",
                "<any><Text><b>x</b></Text></any>",
                "<any>text</any>",
                "<any><Names>text</Names></any>",
                "<any><Rule>text</Rule></any>",
                "<any><Labels>text</Labels></any>",
                "<any><Labels><entry>text<key>k</key><value>v</value></entry></Labels></any>",
                "<any><Labels><entry><key>k</key></entry></Labels></any>",
                "<any><Labels><entry><value>v</value></entry></Labels></any>",
                "<any><Labels><entry/></Labels></any>",
                "<any><Grants><Grant><Grantee weight='x'/></Grant></Grants></any>",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                refused(BAD[i]);
}

static void repeat(struct buf *text, const char *piece, unsigned int times)
{
        for (unsigned int i = 0; i < times; i++)
                buf_add(text, str_of(piece));
}

static int read_nested(struct xml_bench *bench, const char *open, const char *close, unsigned int depth)
{
        _cleanup_(buf_done) struct buf text = {};
        int result;

        buf_init(&text, 1 << 20);
        buf_add(&text, STR("<any><Tree>"));
        repeat(&text, open, depth);
        repeat(&text, close, depth);
        buf_add(&text, STR("</Tree></any>"));
        result = read_bytes(bench, buf_str(&text));
        return result;
}

static void depth(void **state)
{
        _cleanup_(xml_end) struct xml_bench b = {};

        (void)state;
        assert_int_equal(read_nested(&b, "<Left>", "</Left>", 62), 0);
        assert_int_equal(read_nested(&b, "<Left>", "</Left>", 63), -EINVAL);
        assert_int_equal(read_nested(&b, "<Left>", "</Left>", 50000), -EINVAL);
}

/* A name that is misspelt says something that nobody would hear. */
static void elements_that_nobody_asks_for(void **state)
{
        static const char *const REFUSED[] = {
                "<any><Texts>t</Texts></any>",
                "<any><text>t</text></any>",
                "<any><Text>t</Text><x/></any>",
                "<any><Rule><Nights>1</Nights></Rule></any>",
                "<any><Names><other>y</other></Names></any>",
                "<any><Labels><x><value>v</value><key>k</key></x></Labels></any>",
                "<any><Flat><key>a</key><value>1</value><x/></Flat></any>"};
        _cleanup_(xml_end) struct xml_bench b = {};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(REFUSED); i++)
                assert_int_equal(read_text(&b, REFUSED[i]), -EINVAL);
}

static void roots(void **state)
{
        const struct wire_xml_root root = {.name = STR("Contents"), .or_name = STR("Other")};
        static const struct {
                const char *document;
                int result;
        } ROOTS[] = {
                {"<Contents/>", 0},       {"<Other/>", 0},           {"<a:Contents xmlns:a='urn:a'/>", 0},
                {"<contents/>", -EINVAL}, {"<Contents2/>", -EINVAL}, {"<x><Contents/></x>", -EINVAL}};
        _cleanup_(xml_end) struct xml_bench b = {};

        (void)state;
        arena_init(&b.arena, 1 << 21);
        for (size_t i = 0; i < ARRAY_LEN(ROOTS); i++)
                assert_int_equal(wire_xml_decode(&crate_contents_type, root, str_of(ROOTS[i].document),
                                                 &b.arena, &b.in),
                                 ROOTS[i].result);
}

/* Nothing takes more than the arena has, whatever it is made of. */
static void memory(void **state)
{
        static const char *const PIECES[] = {"<Rule/>", "<Flat><key/><value/></Flat>", "<Names/>",
                                             "<Text a='b'/>"};
        _cleanup_(xml_end) struct xml_bench b = {};
        struct buf text;
        int result;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(PIECES); i++) {
                buf_init(&text, 1 << 24);
                buf_add(&text, STR("<any>"));
                repeat(&text, PIECES[i], 100000);
                buf_add(&text, STR("</any>"));
                result = read_bytes(&b, buf_str(&text));
                assert_true(result == -ENOMEM || (result == 0 && i > 1));
                assert_true(b.arena.used <= 1 << 21);
                buf_done(&text);
        }
        buf_init(&text, 1 << 24);
        for (unsigned int i = 0; i < 30000; i++)
                buf_addf(&text, "%s<Text b%u=''/>", i ? "" : "<any>", i);
        buf_add(&text, STR("</any>"));
        assert_int_equal(read_bytes(&b, buf_str(&text)), -ENOMEM);
        buf_done(&text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(elements_that_nobody_asks_for),
                cmocka_unit_test(roots),
                cmocka_unit_test(values),
                cmocka_unit_test(containers),
                cmocka_unit_test(twice),
                cmocka_unit_test(namespaces_and_attributes),
                cmocka_unit_test(not_well_formed),
                cmocka_unit_test(cut_short),
                cmocka_unit_test(declarations),
                cmocka_unit_test(encodings),
                cmocka_unit_test(wrong_values),
                cmocka_unit_test(depth),
                cmocka_unit_test(memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
