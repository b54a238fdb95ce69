#include "xml_read.h"

#include <expat.h>
#include <limits.h>

/* -- The parser's memory. Expat gives its functions no argument of ours; it parses on one thread and in one
 * go. What it gives back is not used again: it keeps what it needs often in lists of its own. */

static _Thread_local struct arena *parser_arena;

#define BLOCK_HEAD 16 /* keeps the alignment of the arena */

static void *take_memory(size_t size)
{
        size_t *head = size < SIZE_MAX - BLOCK_HEAD ? arena_alloc(parser_arena, size + BLOCK_HEAD) : NULL;

        if (!head)
                return NULL;
        *head = size;
        return (char *)head + BLOCK_HEAD;
}

static void give_back(void *block)
{
        (void)block;
}

static void *change_size(void *block, size_t size)
{
        size_t held = block ? *(const size_t *)(const void *)((const char *)block - BLOCK_HEAD) : 0;
        void *more;

        if (block && size <= held)
                return block;
        more = take_memory(size);
        if (more && held)
                memcpy(more, block, held);
        return more;
}

/* -- Events. */

struct reading {
        XML_Parser parser;
        const struct xml_handler *handler;
        int result;
};

static void stop(struct reading *reading, int result)
{
        if (reading->result == 0)
                reading->result = result;
        (void)XML_StopParser(reading->parser, XML_FALSE);
}

struct str xml_local_name(struct str name)
{
        ptrdiff_t colon = str_find_byte(name, ':');

        if (str_eq(name, STR("xmlns")) || str_starts(name, STR("xmlns:")))
                return STR_NONE;
        return str_from(name, (size_t)(colon + 1));
}

static void XMLCALL on_start(void *arg, const char *name, const char **attributes)
{
        struct reading *reading = arg;
        int result;

        if (reading->result < 0)
                return;
        result = reading->handler->start(reading->handler->arg, xml_local_name(str_of(name)), attributes);
        if (result < 0)
                stop(reading, result);
}

static void XMLCALL on_end(void *arg, const char *name)
{
        struct reading *reading = arg;
        int result;

        (void)name;
        if (reading->result < 0)
                return;
        result = reading->handler->end(reading->handler->arg);
        if (result < 0)
                stop(reading, result);
}

static void XMLCALL on_text(void *arg, const char *bytes, int len)
{
        struct reading *reading = arg;
        int result;

        if (reading->result < 0)
                return;
        result = reading->handler->text(reading->handler->arg, str_make(bytes, (size_t)len));
        if (result < 0)
                stop(reading, result);
}

/* -- What is refused. */

static void XMLCALL on_doctype(void *arg, const char *name, const char *system_id, const char *public_id,
                               int has_internal_subset)
{
        (void)name;
        (void)system_id;
        (void)public_id;
        (void)has_internal_subset;
        stop(arg, -EINVAL);
}

static void XMLCALL on_entity(void *arg, const char *name, int is_parameter, const char *value, int len,
                              const char *base, const char *system_id, const char *public_id,
                              const char *notation)
{
        (void)name;
        (void)is_parameter;
        (void)value;
        (void)len;
        (void)base;
        (void)system_id;
        (void)public_id;
        (void)notation;
        stop(arg, -EINVAL);
}

static void XMLCALL on_declaration(void *arg, const char *version, const char *encoding, int standalone)
{
        struct str name = str_of(encoding);

        (void)version;
        (void)standalone;
        if (str_is_set(name) && !str_eq_nocase(name, STR("UTF-8")) && !str_eq_nocase(name, STR("UTF-16")))
                stop(arg, -EINVAL);
}

static void set_handlers(struct reading *reading)
{
        XML_Parser parser = reading->parser;

        XML_SetUserData(parser, reading);
        XML_SetElementHandler(parser, on_start, on_end);
        XML_SetCharacterDataHandler(parser, on_text);
        XML_SetStartDoctypeDeclHandler(parser, on_doctype);
        XML_SetEntityDeclHandler(parser, on_entity);
        XML_SetXmlDeclHandler(parser, on_declaration);
        (void)XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_NEVER);
}

static int parse(struct reading *reading, struct str document)
{
        enum XML_Status status;

        set_handlers(reading);
        status = XML_Parse(reading->parser, document.ptr, (int)document.len, XML_TRUE);
        if (reading->result < 0)
                return reading->result;
        if (status == XML_STATUS_OK)
                return 0;
        return XML_GetErrorCode(reading->parser) == XML_ERROR_NO_MEMORY ? -ENOMEM : -EINVAL;
}

int xml_read(struct str document, struct arena *arena, const struct xml_handler *handler)
{
        static const XML_Memory_Handling_Suite MEMORY = {take_memory, change_size, give_back};
        struct reading reading = {.handler = handler};
        int result = -ENOMEM;

        if (document.len > INT_MAX / 4)
                return -ENOMEM;
        parser_arena = arena;
        reading.parser = XML_ParserCreate_MM(NULL, &MEMORY, NULL);
        if (reading.parser) {
                result = parse(&reading, document);
                XML_ParserFree(reading.parser);
        }
        parser_arena = NULL;
        return result;
}
