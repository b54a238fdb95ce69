/* Fields of encoded records, for the files of this folder. The format is told in record_codec.c. */
#pragma once

#include "store/record.h"

#define RECORD_FORM_BITS  2
#define RECORD_VARINT_MAX 10

enum record_form { FORM_NUMBER, FORM_DOUBLE, FORM_BYTES, FORM_NONE };

struct record_field {
        uint32_t id; /* the field's number; 0: it goes by its name */
        struct str name;
        enum record_form form;
        int64_t number; /* what the form says of these */
        double real;
        struct str bytes;
};

/* Takes one field off the front of what is left, which is not empty. -EBADMSG. */
must_check int record_take_field(struct str *left, struct record_field *ret);
