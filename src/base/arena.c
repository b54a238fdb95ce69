#include "arena.h"

#define BLOCK_SIZE ((size_t)16 * 1024 - sizeof(struct arena_block))

struct arena_block {
        struct arena_block *next;
        size_t size;
        size_t used;
        size_t unused_; /* keeps data aligned to 16 */
        _Alignas(16) char data[];
};

void arena_init(struct arena *arena, size_t limit)
{
        *arena = (struct arena){.limit = limit};
}

static void free_blocks(struct arena_block *block)
{
        while (block) {
                struct arena_block *next = block->next;

                free(block);
                block = next;
        }
}

void arena_done(struct arena *arena)
{
        free_blocks(arena->blocks);
        *arena = (struct arena){.limit = arena->limit};
}

void arena_done_wiped(struct arena *arena)
{
        for (struct arena_block *block = arena->blocks; block; block = block->next)
                explicit_bzero(block->data, block->used);
        arena_done(arena);
}

size_t arena_held(const struct arena *arena)
{
        size_t held = 0;

        for (const struct arena_block *block = arena->blocks; block; block = block->next)
                held += sizeof(*block) + block->size;
        return held;
}

void arena_reset(struct arena *arena)
{
        struct arena_block *keep = arena->blocks;

        if (keep) {
                free_blocks(keep->next);
                keep->next = NULL;
                keep->used = 0;
                if (keep->size != BLOCK_SIZE) {
                        free(keep);
                        keep = NULL;
                }
        }
        *arena = (struct arena){.blocks = keep, .limit = arena->limit};
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        struct arena_block *block = malloc(sizeof(*block) + room);

        if (!block)
                return NULL;
        *block = (struct arena_block){.next = arena->blocks, .size = room};
        arena->blocks = block;
        return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
        size_t rounded = (size + 15) & ~(size_t)15;
        struct arena_block *block = arena->blocks;
        void *memory;

        if (rounded < size || rounded > arena->limit - arena->used) {
                arena->failed = true;
                return NULL;
        }
        if (!block || block->size - block->used < rounded)
                block = add_block(arena, rounded);
        if (!block) {
                arena->failed = true;
                return NULL;
        }
        memory = block->data + block->used;
        block->used += rounded;
        arena->used += rounded;
        return memset(memory, 0, rounded);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
        size_t total;

        if (__builtin_mul_overflow(count, size, &total)) {
                arena->failed = true;
                return NULL;
        }
        return arena_alloc(arena, total);
}

struct str arena_dup_bytes(struct arena *arena, const void *bytes, size_t len)
{
        char *copy;

        if (len == SIZE_MAX || !(copy = arena_alloc(arena, len + 1)))
                return STR("");
        if (len)
                memcpy(copy, bytes, len);
        return (struct str){copy, len};
}

struct str arena_dup(struct arena *arena, struct str s)
{
        if (!str_is_set(s))
                return s;
        return arena_dup_bytes(arena, s.ptr, s.len);
}

char *arena_cstr(struct arena *arena, struct str s)
{
        char *copy = s.len == SIZE_MAX ? NULL : arena_alloc(arena, s.len + 1);

        if (copy && s.len)
                memcpy(copy, s.ptr, s.len);
        return copy;
}

struct str arena_lower(struct arena *arena, struct str s)
{
        char *copy;

        if (!str_is_set(s))
                return s;
        copy = arena_cstr(arena, s);
        if (!copy)
                return STR("");
        for (size_t i = 0; i < s.len; i++)
                if (copy[i] >= 'A' && copy[i] <= 'Z')
                        copy[i] = (char)(copy[i] + ('a' - 'A'));
        return (struct str){copy, s.len};
}

struct str arena_vprintf(struct arena *arena, const char *format, va_list args)
{
        char *text;
        va_list again;
        int len;

        va_copy(again, args);
        len = vsnprintf(NULL, 0, format, again);
        va_end(again);
        if (len < 0 || !(text = arena_alloc(arena, (size_t)len + 1))) {
                arena->failed = true;
                return STR("");
        }
        (void)vsnprintf(text, (size_t)len + 1, format, args);
        return (struct str){text, (size_t)len};
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
        struct str text;
        va_list args;

        va_start(args, format);
        text = arena_vprintf(arena, format, args);
        va_end(args);
        return text;
}
