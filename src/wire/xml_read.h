/* Reading XML piece by piece, by expat. Internal to the codecs.
 *
 * All memory of the parser comes from the arena, so that a document takes no more than the call may take, and
 * goes with it. A document type declaration is refused where it begins: without one there are no entities but
 * the five, nothing external, and nothing that grows. UTF-8 and UTF-16 are read, no other encoding. */
#pragma once

#include "base/arena.h"

/* Names are without their namespace prefixes. A function that gives a negative errno ends the reading. */
struct xml_handler {
        int (*start)(void *arg, struct str name, const char **attributes); /* name, value, ..., NULL */
        int (*end)(void *arg);
        int (*text)(void *arg, struct str text); /* in pieces */
        void *arg;
};

/* -EINVAL: not a well-formed document, or one that is refused; -ENOMEM; or what a handler gave. */
must_check int xml_read(struct str document, struct arena *arena, const struct xml_handler *handler);

/* "xsi:type" is "type"; a declaration of a namespace is nothing. */
struct str xml_local_name(struct str name);
