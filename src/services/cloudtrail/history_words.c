#include "services/cloudtrail/history.h"

#define WORD_BITS 46

static bool lists(const struct cloudtrail_resource_list *list, enum history_attribute attribute,
                  struct str value)
{
        for (size_t i = 0; i < list->count; i++)
                if (str_eq(attribute == HISTORY_RESOURCE_NAME ? list->items[i].resource_name
                                                              : list->items[i].resource_type,
                           value))
                        return true;
        return false;
}

bool history_is(const struct cloudtrail_history_recent_record *event, enum history_attribute attribute,
                struct str value)
{
        switch (attribute) {
        case HISTORY_ALL:
                return true;
        case HISTORY_EVENT_ID:
                return str_eq(event->id, value);
        case HISTORY_EVENT_NAME:
                return str_eq(event->name, value);
        case HISTORY_EVENT_SOURCE:
                return str_eq(event->source, value);
        case HISTORY_USERNAME:
                return str_eq(event->username, value);
        case HISTORY_ACCESS_KEY_ID:
                return str_eq(event->access_key_id, value);
        case HISTORY_READ_ONLY:
                return str_eq(event->read_only, value);
        case HISTORY_RESOURCE_NAME:
        case HISTORY_RESOURCE_TYPE:
                return lists(&event->resources, attribute, value);
        }
        return false;
}

/* FNV-1a, its bits mixed once more. Part of what is stored: it stays as it is. */
uint64_t history_word(enum history_attribute attribute, struct str value)
{
        uint64_t hash = UINT64_C(0xcbf29ce484222325);

        /* A resource has many names, which end alike. */
        if (attribute == HISTORY_RESOURCE_NAME)
                value = history_last_part(value);
        hash = (hash ^ (uint64_t)attribute) * UINT64_C(0x100000001b3);
        for (size_t i = 0; i < value.len; i++)
                hash = (hash ^ (unsigned char)value.ptr[i]) * UINT64_C(0x100000001b3);
        hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
        return hash >> (64 - WORD_BITS);
}

void history_word_write(char out[HISTORY_WORD_LEN], uint64_t word)
{
        for (size_t i = 0; i < HISTORY_WORD_LEN; i++)
                out[i] = (char)(word >> (8 * (HISTORY_WORD_LEN - 1 - i)));
}

/* -- Of events */

#define OWN_WORDS 6

#define SEEN_BITS 10

struct words {
        uint64_t *items;
        size_t count;
        uint64_t seen[1U << SEEN_BITS]; /* some of those that are there: most come again and again */
};

static void add(struct words *words, enum history_attribute attribute, struct str value)
{
        uint64_t word = history_word(attribute, value);
        uint64_t *seen = &words->seen[word & ((1U << SEEN_BITS) - 1)];

        if (value.len == 0 || *seen == word)
                return;
        *seen = word;
        words->items[words->count++] = word;
}

static void add_event(struct words *words, const struct cloudtrail_history_recent_record *event)
{
        add(words, HISTORY_EVENT_ID, event->id);
        add(words, HISTORY_EVENT_NAME, event->name);
        add(words, HISTORY_EVENT_SOURCE, event->source);
        add(words, HISTORY_USERNAME, event->username);
        add(words, HISTORY_ACCESS_KEY_ID, event->access_key_id);
        add(words, HISTORY_READ_ONLY, event->read_only);
        for (size_t i = 0; i < event->resources.count; i++) {
                add(words, HISTORY_RESOURCE_NAME, event->resources.items[i].resource_name);
                add(words, HISTORY_RESOURCE_TYPE, event->resources.items[i].resource_type);
        }
}

static int compare(const void *a, const void *b)
{
        uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

        return left < right ? -1 : left > right;
}

static int write_words(struct arena *arena, const struct words *words, struct str *ret)
{
        char *out = arena_alloc(arena, words->count * HISTORY_WORD_LEN + 1);
        size_t len = 0;

        if (!out)
                return -ENOMEM;
        for (size_t i = 0; i < words->count; i++) {
                if (i > 0 && words->items[i] == words->items[i - 1])
                        continue;
                history_word_write(out + len, words->items[i]);
                len += HISTORY_WORD_LEN;
        }
        *ret = str_make(out, len);
        return 0;
}

int history_words(struct arena *arena, const struct cloudtrail_history_recent_record *events, size_t count,
                  struct str *ret)
{
        struct words words = {};
        size_t most = 0;

        for (size_t i = 0; i < count; i++)
                most += OWN_WORDS + 2 * events[i].resources.count;
        words.items = arena_new_array(arena, uint64_t, most + 1);
        if (!words.items)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                add_event(&words, &events[i]);
        qsort(words.items, words.count, sizeof(*words.items), compare);
        return write_words(arena, &words, ret);
}

/* -- In a sorted list */

static int compare_entry(struct str list, size_t at, const char *bytes, size_t len)
{
        return memcmp(list.ptr + at * HISTORY_WORD_LEN, bytes, len);
}

struct str history_find(struct str list, const char *bytes, size_t len)
{
        size_t count = list.len / HISTORY_WORD_LEN, low = 0, high = count, end;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (compare_entry(list, middle, bytes, len) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        for (end = low; end < count && compare_entry(list, end, bytes, len) == 0; end++)
                ;
        return str_part(list, low * HISTORY_WORD_LEN, (end - low) * HISTORY_WORD_LEN);
}
