#include "server/scrub_report.h"

#include "base/clock.h"
#include "base/log.h"

#define LINE_MAX ((size_t)8 * 1024)

void scrub_verdict_fault(struct scrub_verdict *verdict, const char *fault, int64_t number)
{
        if (verdict->fault) {
                verdict->more++;
                return;
        }
        verdict->fault = fault;
        verdict->number = number;
}

/* -- Lines */

/* Keys are their writers': none is to break a line or a field, or to speak to a terminal. C1 controls are
 * "\xc2" and 0x80 to 0x9f in UTF-8. */
static bool is_control(struct str text, size_t at)
{
        unsigned char c = (unsigned char)text.ptr[at];
        unsigned char before = at > 0 ? (unsigned char)text.ptr[at - 1] : 0;
        unsigned char behind = at + 1 < text.len ? (unsigned char)text.ptr[at + 1] : 0xFF;

        return c < ' ' || c == 0x7F || c == '\\' || (c == 0xC2 && behind < 0xA0) ||
               (before == 0xC2 && c < 0xA0);
}

static void add_field(struct buf *line, struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (is_control(text, i))
                        buf_addf(line, "\\x%02x", (unsigned char)text.ptr[i]);
                else
                        buf_add_byte(line, text.ptr[i]);
        buf_add_byte(line, '\t');
}

static void tell(struct scrub_report *report, struct buf *line)
{
        if (buf_check(line) == 0)
                job_tell(report->job, buf_str(line));
        buf_add_byte(line, '\0');
        log_event(LOG_ERROR, "the scrub found damage", "found", buf_check(line) == 0 ? line->data : "", NULL);
        buf_done(line);
}

static void tell_damage(struct scrub_report *report, const struct s3_roll_item *item,
                        const struct scrub_verdict *verdict)
{
        struct buf line;

        buf_init(&line, LINE_MAX);
        add_field(&line, item->bucket);
        add_field(&line, item->key);
        if (item->is_upload)
                buf_add(&line, STR("upload "));
        add_field(&line, item->row.version_id);
        if (verdict->number)
                buf_addf(&line, "part %lld: ", (long long)verdict->number);
        buf_add(&line, str_of(verdict->fault));
        if (verdict->more)
                buf_addf(&line, "; and %llu more", (unsigned long long)verdict->more);
        tell(report, &line);
}

void scrub_report_item(struct scrub_report *report, const struct s3_roll_item *item,
                       const struct scrub_verdict *verdict)
{
        report->bodies++;
        if (verdict->fault) {
                report->damaged++;
                tell_damage(report, item, verdict);
        } else if (verdict->is_gone) {
                report->gone++;
        } else if (verdict->is_unproven) {
                report->unproven++;
        } else {
                report->proven++;
        }
}

void scrub_report_records(struct scrub_report *report, struct str bucket, size_t count)
{
        struct buf line;

        report->records += count;
        buf_init(&line, LINE_MAX);
        add_field(&line, bucket.len ? bucket : STR("-"));
        buf_addf(&line, "-\t-\trecords that cannot be read, of keys or buckets: %zu", count);
        tell(report, &line);
}

void scrub_report_history(struct scrub_report *report, const char *what, struct str account,
                          struct str region, int64_t time_ms)
{
        char until[TIME_ISO_LEN];
        struct buf line;

        report->records++;
        time_iso_write(until, time_ms);
        buf_init(&line, LINE_MAX);
        add_field(&line, account);
        add_field(&line, region);
        add_field(&line, str_make(until, sizeof(until)));
        buf_addf(&line, "%s cannot be read", what);
        tell(report, &line);
}

/* No damage: nothing of anybody's is lost. */
void scrub_report_orphan(struct scrub_report *report, struct blob_id id)
{
        struct buf line;

        report->orphans++;
        buf_init(&line, LINE_MAX);
        buf_add(&line, STR("-\tblobs/"));
        for (size_t i = 0; i < BLOB_ID_LEN; i++)
                buf_addf(&line, i == 1 ? "/%02x" : "%02x", id.bytes[i]);
        buf_add(&line, STR("\t-\tno object has this file; it goes at the next start"));
        if (buf_check(&line) == 0)
                job_tell(report->job, buf_str(&line));
        buf_done(&line);
}

/* -- The end */

static void add_count(struct buf *text, uint64_t count, const char *what)
{
        if (count)
                buf_addf(text, ", %llu %s", (unsigned long long)count, what);
}

static void sum_up(const struct scrub_report *report, struct buf *text)
{
        buf_addf(text, "%llu bodies examined: %llu proven, %llu damaged", (unsigned long long)report->bodies,
                 (unsigned long long)report->proven, (unsigned long long)report->damaged);
        add_count(text, report->unproven, "not provable");
        add_count(text, report->gone, "deleted meanwhile");
        add_count(text, report->records, "records damaged");
        add_count(text, report->orphans, "files of no object");
        buf_add_byte(text, '\0');
}

static enum job_result result_of(const struct scrub_report *report, int result)
{
        if (result < 0 && result != -ECANCELED)
                return JOB_FAILED;
        return result == 0 && report->damaged + report->unproven + report->records == 0 ? JOB_GOOD : JOB_BAD;
}

void scrub_report_end(struct scrub_report *report, struct job *job, int result)
{
        char text[JOB_SUMMARY_MAX];
        struct buf sum;

        buf_init(&sum, sizeof(text));
        sum_up(report, &sum);
        if (result < 0 && result != -ECANCELED)
                (void)snprintf(text, sizeof(text), "%s; it failed: %s", sum.data, strerrordesc_np(-result));
        else
                (void)snprintf(text, sizeof(text), "%s%s", sum.data, result < 0 ? "; stopped" : "");
        buf_done(&sum);
        log_event(result_of(report, result) == JOB_GOOD ? LOG_INFO : LOG_ERROR, "a scrub has ended", "result",
                  text, NULL);
        job_end(job, result_of(report, result), "%s", text);
}
