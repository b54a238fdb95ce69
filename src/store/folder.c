#include "store/folder.h"

#include <sys/stat.h>

int folder_refuse(int error, char *problem, const char *path, const char *what)
{
        store_problem(problem, "%s %s", path, what);
        return error;
}

int folder_errno(char *problem, const char *path, const char *doing)
{
        int error = errno;

        store_problem(problem, "%s cannot be %s: %s", path, doing, strerror(error));
        return -error;
}

int folder_check(const char *folder, char *problem)
{
        struct stat st;

        if (stat(folder, &st) < 0)
                return folder_errno(problem, folder, "read");
        if (!S_ISDIR(st.st_mode))
                return folder_refuse(-ENOTDIR, problem, folder, "is not a folder");
        if (st.st_uid != geteuid())
                return folder_refuse(-EPERM, problem, folder, "belongs to another user");
        if (st.st_mode & (S_IWGRP | S_IWOTH))
                return folder_refuse(-EPERM, problem, folder,
                                     "can be written by other users (chmod 700 would do)");
        return 0;
}
