/* A message that is asked several patterns: its JSON is read once, when the first asks for it. */
#include <stdlib.h>

#include "base/text.h"
#include "services/logs/pattern_inside.h"

#define REPLACED "\\ufffd"

/* -- Escapes that the library refuses
 *
 * Who writes a zero byte or half of a surrogate pair into a property shall not make the whole message
 * invisible to the filters of those who watch him. */

static bool read_unit(struct str text, unsigned int *ret)
{
        unsigned char bytes[2];

        if (text.len < 6 || text.ptr[0] != '\\' || text.ptr[1] != 'u' ||
            hex_decode(str_part(text, 2, 4), bytes, sizeof(bytes)) < 0)
                return false;
        *ret = (unsigned int)bytes[0] << 8 | bytes[1];
        return true;
}

/* How many bytes of an escape stay as they are; 0: it is replaced. */
static size_t kept(struct str text)
{
        unsigned int unit, other;

        if (!read_unit(text, &unit))
                return 2;
        if (unit == 0 || (unit >= 0xDC00 && unit < 0xE000))
                return 0;
        if (unit < 0xD800 || unit >= 0xE000)
                return 6;
        return read_unit(str_from(text, 6), &other) && other >= 0xDC00 && other < 0xE000 ? 12 : 0;
}

static size_t replace(struct str text, char *out)
{
        size_t len = 0;

        for (size_t i = 0; i < text.len;) {
                size_t keep = text.ptr[i] == '\\' ? kept(str_from(text, i)) : 1;

                if (keep > text.len - i)
                        keep = text.len - i;
                memcpy(out + len, keep ? text.ptr + i : REPLACED, keep ? keep : strlen(REPLACED));
                len += keep ? keep : strlen(REPLACED);
                i += keep ? keep : strlen(REPLACED);
        }
        return len;
}

/* Numbers that are too long for an integer are still numbers. */
static json_t *parse(struct str text)
{
        json_t *root = json_loadb(text.ptr, text.len, 0, NULL);

        return root ? root : json_loadb(text.ptr, text.len, JSON_DECODE_INT_AS_REAL, NULL);
}

static json_t *parse_replaced(struct str text)
{
        char *room = malloc(text.len);
        json_t *root = room ? parse(str_make(room, replace(text, room))) : NULL;

        free(room);
        return root;
}

const json_t *logs_pattern_message_json(struct logs_pattern_message *message)
{
        struct logs_pattern_text text = {.rest = message->text};

        if (message->is_read)
                return message->root;
        message->is_read = true;
        logs_pattern_skip_blanks(&text);
        if (!str_starts(text.rest, STR("{")))
                return NULL;
        message->root = parse(message->text);
        if (!message->root)
                message->root = parse_replaced(message->text);
        return message->root;
}

void logs_pattern_message_done(struct logs_pattern_message *message)
{
        json_decref(message->root);
        *message = (struct logs_pattern_message){};
}
