/* A verb at work: its memory, and the server that it speaks to. */
#pragma once

#include "base/arena.h"

struct errand {
        struct arena arena;
        struct str data; /* the server's folder */
        struct str answer;
};

void errand_init(struct errand *errand, struct str data); /* as --data says, absent: as it is by default */
void errand_done(struct errand *errand);

/* 0 and the answer's body, or 1 after telling why not. */
int errand_ask(struct errand *errand, struct str method, struct str path, struct str body);
