/* Encryption contexts: authenticated with what is encrypted, in one form whatever the order of their pairs.
 * https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html */
#include "services/kms/context.h"

int kms_check_context(struct call *call, const struct str_map *context)
{
        size_t size = 0;

        for (size_t i = 0; i < context->count; i++)
                size += context->items[i].key.len + context->items[i].value.len;
        if (size > KMS_CONTEXT_SIZE)
                return call_invalid(call, "The encryption context is longer than %d bytes.",
                                    KMS_CONTEXT_SIZE);
        return 0;
}

static int compare(const void *a, const void *b)
{
        const struct str_pair *first = a, *second = b;

        return str_cmp(first->key, second->key);
}

static char *add(char *at, struct str s)
{
        *at++ = (char)(s.len >> 24);
        *at++ = (char)(s.len >> 16);
        *at++ = (char)(s.len >> 8);
        *at++ = (char)s.len;
        if (s.len)
                memcpy(at, s.ptr, s.len);
        return at + s.len;
}

/* The head of the ciphertext, then each pair in the order of keys, every text with its length before it: no
 * two contexts have the same form. */
int kms_bound(struct call *call, struct str head, const struct str_map *context, struct str *ret)
{
        struct str_pair *pairs;
        size_t size = head.len;
        char *bytes, *at;

        if (!context || context->count == 0) {
                *ret = head;
                return 0;
        }
        pairs = arena_new_array(&call->arena, struct str_pair, context->count);
        for (size_t i = 0; i < context->count; i++)
                size += 8 + context->items[i].key.len + context->items[i].value.len;
        bytes = arena_alloc(&call->arena, size);
        if (!pairs || !bytes)
                return -ENOMEM;
        memcpy(pairs, context->items, context->count * sizeof(*pairs));
        qsort(pairs, context->count, sizeof(*pairs), compare);
        memcpy(bytes, head.ptr, head.len);
        at = bytes + head.len;
        for (size_t i = 0; i < context->count; i++)
                at = add(add(at, pairs[i].key), pairs[i].value);
        *ret = str_make(bytes, size);
        return 0;
}
