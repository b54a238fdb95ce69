#include "services/cloudtrail/sql.h"

static bool is_one_of(struct str word, const struct str *list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq_nocase(word, list[i]))
                        return true;
        return false;
}

bool sql_is_keyword(struct str word)
{
        static const struct str WORDS[] = {
                STR_INIT("select"), STR_INIT("distinct"), STR_INIT("all"),       STR_INIT("as"),
                STR_INIT("from"),   STR_INIT("where"),    STR_INIT("group"),     STR_INIT("by"),
                STR_INIT("having"), STR_INIT("order"),    STR_INIT("asc"),       STR_INIT("desc"),
                STR_INIT("nulls"),  STR_INIT("first"),    STR_INIT("last"),      STR_INIT("limit"),
                STR_INIT("offset"), STR_INIT("and"),      STR_INIT("or"),        STR_INIT("not"),
                STR_INIT("in"),     STR_INIT("is"),       STR_INIT("null"),      STR_INIT("like"),
                STR_INIT("escape"), STR_INIT("between"),  STR_INIT("case"),      STR_INIT("when"),
                STR_INIT("then"),   STR_INIT("else"),     STR_INIT("end"),       STR_INIT("cast"),
                STR_INIT("join"),   STR_INIT("left"),     STR_INIT("right"),     STR_INIT("inner"),
                STR_INIT("outer"),  STR_INIT("cross"),    STR_INIT("on"),        STR_INIT("using"),
                STR_INIT("union"),  STR_INIT("except"),   STR_INIT("intersect"), STR_INIT("true"),
                STR_INIT("false"),  STR_INIT("with"),     STR_INIT("exists"),
        };

        return is_one_of(word, WORDS, ARRAY_LEN(WORDS));
}

bool sql_is_refused(struct str word)
{
        static const struct str WORDS[] = {
                STR_INIT("glob"),         STR_INIT("regexp"),      STR_INIT("match"),
                STR_INIT("collate"),      STR_INIT("indexed"),     STR_INIT("rowid"),
                STR_INIT("oid"),          STR_INIT("_rowid_"),     STR_INIT("recursive"),
                STR_INIT("raise"),        STR_INIT("isnull"),      STR_INIT("notnull"),
                STR_INIT("pragma"),       STR_INIT("attach"),      STR_INIT("interval"),
                STR_INIT("try_cast"),     STR_INIT("try"),         STR_INIT("natural"),
                STR_INIT("values"),       STR_INIT("over"),        STR_INIT("partition"),
                STR_INIT("filter"),       STR_INIT("insert"),      STR_INIT("update"),
                STR_INIT("delete"),       STR_INIT("create"),      STR_INIT("drop"),
                STR_INIT("alter"),        STR_INIT("unnest"),      STR_INIT("lateral"),
                STR_INIT("array"),        STR_INIT("row"),         STR_INIT("fetch"),
                STR_INIT("grouping"),     STR_INIT("cube"),        STR_INIT("rollup"),
                STR_INIT("current_time"), STR_INIT("localtime"),   STR_INIT("localtimestamp"),
                STR_INIT("full"),         STR_INIT("window"),      STR_INIT("materialized"),
                STR_INIT("any"),          STR_INIT("some"),        STR_INIT("extract"),
                STR_INIT("at"),           STR_INIT("tablesample"),
        };

        return is_one_of(word, WORDS, ARRAY_LEN(WORDS)) || str_starts_nocase(word, STR("sqlite_")) ||
               str_starts_nocase(word, STR("merlon_"));
}

/* Those that mean the same in both, and ours. */
bool sql_is_function(struct str word)
{
        static const struct str WORDS[] = {
                STR_INIT("count"),
                STR_INIT("sum"),
                STR_INIT("avg"),
                STR_INIT("min"),
                STR_INIT("max"),
                STR_INIT("abs"),
                STR_INIT("round"),
                STR_INIT("lower"),
                STR_INIT("upper"),
                STR_INIT("length"),
                STR_INIT("substr"),
                STR_INIT("substring"),
                STR_INIT("trim"),
                STR_INIT("ltrim"),
                STR_INIT("rtrim"),
                STR_INIT("replace"),
                STR_INIT("coalesce"),
                STR_INIT("nullif"),
                STR_INIT("concat"),
                STR_INIT("strpos"),
                STR_INIT("split_part"),
                STR_INIT("starts_with"),
                STR_INIT("greatest"),
                STR_INIT("least"),
                STR_INIT("now"),
                STR_INIT("date_trunc"),
                STR_INIT("date_add"),
                STR_INIT("date_diff"),
                STR_INIT("date_format"),
                STR_INIT("from_unixtime"),
                STR_INIT("to_unixtime"),
                STR_INIT("second"),
                STR_INIT("day_of_week"),
                STR_INIT("day_of_month"),
                STR_INIT("day_of_year"),
                STR_INIT("dow"),
                STR_INIT("doy"),
                STR_INIT("arbitrary"),
                STR_INIT("any_value"),
                STR_INIT("max_by"),
                STR_INIT("min_by"),
                STR_INIT("count_if"),
                STR_INIT("cardinality"),
                STR_INIT("element_at"),
                STR_INIT("json_extract_scalar"),
                STR_INIT("from_iso8601_timestamp"),
                STR_INIT("date"),
                STR_INIT("year"),
                STR_INIT("month"),
                STR_INIT("day"),
                STR_INIT("hour"),
                STR_INIT("minute"),
        };

        return is_one_of(word, WORDS, ARRAY_LEN(WORDS));
}

bool sql_is_aggregate(struct str word)
{
        static const struct str WORDS[] = {STR_INIT("count"),
                                           STR_INIT("sum"),
                                           STR_INIT("avg"),
                                           STR_INIT("min"),
                                           STR_INIT("max"),
                                           STR_INIT("arbitrary"),
                                           STR_INIT("any_value"),
                                           STR_INIT("max_by"),
                                           STR_INIT("min_by"),
                                           STR_INIT("count_if"),
                                           STR_INIT("approx_distinct")};

        return is_one_of(word, WORDS, ARRAY_LEN(WORDS));
}

bool sql_gives_moment(struct str word)
{
        static const struct str WORDS[] = {STR_INIT("now"),           STR_INIT("date"),
                                           STR_INIT("date_add"),      STR_INIT("date_trunc"),
                                           STR_INIT("from_unixtime"), STR_INIT("from_iso8601_timestamp")};

        return is_one_of(word, WORDS, ARRAY_LEN(WORDS));
}
