/* Folders and files that only this program may write, and what to tell the operator about them. Inside this
 * folder. */
#pragma once

#include <unistd.h>

#include "store/engine.h"

static inline void closep(int *fd)
{
        if (*fd >= 0)
                (void)close(*fd);
}

/* Takes it from the variable that would close it. */
static inline int steal(int *fd)
{
        int taken = *fd;

        *fd = -1;
        return taken;
}

/* Each notes what is wrong with a path, and gives the error. */
must_check int folder_refuse(int error, char *problem, const char *path, const char *what);
must_check int folder_errno(char *problem, const char *path, const char *doing); /* "read": of errno */

/* -EPERM: others who could write into the folder could put files of their own in place of ours. */
must_check int folder_check(const char *folder, char *problem);
