#include "pattern.h"

#include "wire/pattern_java.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>

/* Steps and memory of one match. The patterns of AWS's models need a few steps a character; a value that
 * makes one of them take more is refused. */
#define MATCH_LIMIT   1000000
#define HEAP_LIMIT_KB 1024
#define SMALL_STACK   ((size_t)32 * 1024)
#define LARGE_STACK   ((size_t)8 * 1024 * 1024)
#define MAX_PATTERN   16384
#define BUCKETS       1024

struct compiled {
        struct compiled *next; /* in the bucket; never changes */
        struct str pattern;    /* of the descriptor: static */
        pcre2_code *code;
};

/* Readers take no lock: entries are only ever added at the front of a bucket, until all are freed. */
struct wire_patterns {
        _Atomic(struct compiled *) buckets[BUCKETS];
};

int wire_patterns_new(struct wire_patterns **ret)
{
        *ret = calloc(1, sizeof(**ret));
        return *ret ? 0 : -ENOMEM;
}

static void free_compiled(struct compiled *entry)
{
        pcre2_code_free(entry->code);
        free((char *)(uintptr_t)entry->pattern.ptr);
        free(entry);
}

void wire_patterns_free(struct wire_patterns *patterns)
{
        if (!patterns)
                return;
        for (size_t i = 0; i < BUCKETS; i++) {
                struct compiled *entry = atomic_load(&patterns->buckets[i]);

                while (entry) {
                        struct compiled *next = entry->next;

                        free_compiled(entry);
                        entry = next;
                }
        }
        free(patterns);
}

/* A pattern must match the whole value; '.' and '$' know all line ends, as in Java. */
static pcre2_code *compile_text(struct str text)
{
        pcre2_compile_context *context = pcre2_compile_context_create(NULL);
        pcre2_code *code = NULL;
        PCRE2_SIZE offset;
        int error;

        if (!context)
                return NULL;
        if (pcre2_set_newline(context, PCRE2_NEWLINE_ANY) == 0)
                code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len,
                                     PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY,
                                     &error, &offset, context);
        pcre2_compile_context_free(context);
        if (code)
                (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it the interpreter matches */
        return code;
}

static int compile(struct str pattern, struct compiled **ret)
{
        struct compiled *entry = calloc(1, sizeof(*entry));
        struct buf text;

        buf_init(&text, MAX_PATTERN);
        pattern_from_java(&text, pattern);
        if (entry && buf_check(&text) == 0) {
                entry->code = compile_text(buf_str(&text));
                entry->pattern = (struct str){strndup(pattern.ptr, pattern.len), pattern.len};
        }
        buf_done(&text);
        if (!entry)
                return -ENOMEM;
        if (!entry->code || !entry->pattern.ptr) {
                free_compiled(entry);
                return -EINVAL;
        }
        *ret = entry;
        return 0;
}

static struct compiled *find_from(struct compiled *entry, struct str pattern)
{
        while (entry && !str_eq(entry->pattern, pattern))
                entry = entry->next;
        return entry;
}

/* Two threads may compile the same pattern at its first use; the second one's is thrown away. */
static int find(struct wire_patterns *patterns, struct str pattern, const pcre2_code **ret)
{
        _Atomic(struct compiled *) *bucket = &patterns->buckets[str_hash(pattern, 0) % BUCKETS];
        struct compiled *first = atomic_load_explicit(bucket, memory_order_acquire);
        struct compiled *entry = find_from(first, pattern), *fresh;

        if (!entry) {
                TRY(compile(pattern, &fresh));
                do {
                        entry = find_from(first, pattern);
                        fresh->next = first;
                } while (!entry && !atomic_compare_exchange_weak(bucket, &first, fresh));
                if (entry)
                        free_compiled(fresh);
                else
                        entry = fresh;
        }
        *ret = entry->code;
        return 0;
}

/* -- Matching, with memory from the arena. */

static void *take_memory(size_t size, void *arena)
{
        return arena_alloc(arena, size);
}

static void leave_memory(void *memory, void *arena)
{
        (void)memory;
        (void)arena;
}

static int prepare(struct pattern_matcher *matcher)
{
        pcre2_general_context *general;

        if (matcher->match_data)
                return 0;
        general = pcre2_general_context_create(take_memory, leave_memory, matcher->arena);
        if (!general)
                return -ENOMEM;
        matcher->match_context = pcre2_match_context_create(general);
        matcher->match_data = pcre2_match_data_create(1, general);
        if (!matcher->match_context || !matcher->match_data)
                return -ENOMEM;
        pcre2_set_match_limit(matcher->match_context, MATCH_LIMIT);
        pcre2_set_heap_limit(matcher->match_context, HEAP_LIMIT_KB);
        return 0;
}

static int verdict(int result)
{
        if (result == PCRE2_ERROR_NOMEMORY)
                return -ENOMEM;
        return result >= 0; /* limits, malformed UTF-8 and mismatch: no match */
}

/* A long value of repeated groups, such as a chain of certificates, wants more than the machine stack gives.
 */
static int match_with_large_stack(struct pattern_matcher *matcher, const pcre2_code *code, struct str value)
{
        pcre2_jit_stack *stack = pcre2_jit_stack_create(SMALL_STACK, LARGE_STACK, NULL);
        int result;

        if (!stack)
                return PCRE2_ERROR_NOMEMORY;
        pcre2_jit_stack_assign(matcher->match_context, NULL, stack);
        result = pcre2_match(code, (PCRE2_SPTR)value.ptr, value.len, 0, 0, matcher->match_data,
                             matcher->match_context);
        pcre2_jit_stack_assign(matcher->match_context, NULL, NULL);
        pcre2_jit_stack_free(stack);
        return result;
}

int pattern_matches(struct pattern_matcher *matcher, struct str pattern, struct str value)
{
        PCRE2_SPTR subject = (PCRE2_SPTR)(value.ptr ? value.ptr : "");
        const pcre2_code *code;
        int result;

        TRY(find(matcher->patterns, pattern, &code));
        TRY(prepare(matcher));
        result = pcre2_match(code, subject, value.len, 0, 0, matcher->match_data, matcher->match_context);
        if (result == PCRE2_ERROR_JIT_STACKLIMIT)
                result = match_with_large_stack(matcher, code, value);
        return verdict(result);
}

int wire_pattern_match(struct wire_patterns *patterns, struct arena *arena, struct str pattern,
                       struct str value)
{
        struct pattern_matcher matcher = {.patterns = patterns, .arena = arena};

        return pattern_matches(&matcher, pattern, value);
}
