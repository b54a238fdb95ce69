/* Memory of one request: taken piece by piece, bounded, given back at once.
 *
 * When the limit is reached, arena_alloc() gives NULL and the arena stays marked as failed; the functions
 * that give a struct str then give an empty one. The pipeline refuses a call whose arena has failed, so a
 * handler needs to check only the pointers that it writes through. */
#pragma once

#include "str.h"

#include <stdarg.h>

struct arena_block;

struct arena {
        struct arena_block *blocks; /* newest first */
        size_t used;                /* bytes handed out */
        size_t limit;               /* bytes that may be handed out */
        bool failed;
};

void arena_init(struct arena *arena, size_t limit);
void arena_done(struct arena *arena); /* frees all; a done arena may be inited again */
/* As done, with all that was handed out overwritten first: for memory that may have held secrets. */
void arena_done_wiped(struct arena *arena);
void arena_reset(struct arena *arena);        /* as new, but keeps one block for the next use */
size_t arena_held(const struct arena *arena); /* bytes of memory that it takes, used or not */

/* Zeroed, aligned to 16 bytes. NULL at the limit. */
void *arena_alloc(struct arena *arena, size_t size) must_check;
void *arena_alloc_array(struct arena *arena, size_t count, size_t size) must_check;
#define arena_new(arena, type)              ((type *)arena_alloc((arena), sizeof(type)))
#define arena_new_array(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))

/* Copies. An absent string stays absent. The copy is followed by a NUL byte that its length does not count.
 */
struct str arena_dup(struct arena *arena, struct str s);
struct str arena_dup_bytes(struct arena *arena, const void *bytes, size_t len);
char *arena_cstr(struct arena *arena, struct str s) must_check;
struct str arena_lower(struct arena *arena, struct str s); /* ASCII letters lowered */

struct str arena_printf(struct arena *arena, const char *format, ...) _printf_(2, 3);
struct str arena_vprintf(struct arena *arena, const char *format, va_list args) _printf_(2, 0);
