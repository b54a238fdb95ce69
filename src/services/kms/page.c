#include "services/kms/page.h"

int kms_page_begin(struct kms_page *page, struct call *call, struct str marker, struct opt_int limit,
                   struct kms_page_limits limits, struct str subject)
{
        *page = (struct kms_page){
                .call = call,
                .subject = subject,
                .limit = (size_t)(limit.is_set ? limit.value : limits.usual),
        };
        if (limit.is_set && limit.value > limits.most)
                return call_invalid(call,
                                    "1 validation error detected: Value '%lld' at 'limit' failed to satisfy "
                                    "constraint: Member must have value less than or equal to %lld",
                                    (long long)limit.value, (long long)limits.most);
        if (str_is_set(marker) && marker_read(call, subject, marker, &page->after) < 0)
                return fail(call, &kms_invalid_marker_exception, "Could not deserialize marker '%.*s'",
                            STR_ARG(marker));
        return 0;
}

int kms_page_end(struct kms_page *page, bool is_more, struct opt_bool *ret_truncated, struct str *ret_next)
{
        *ret_truncated = OPT_BOOL(is_more);
        return is_more ? marker_make(page->call, page->subject, page->last, ret_next) : 0;
}
