/* The peer of what reads or writes bytes: one algorithm of `openssl speed`, on one core. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes a second, by the clock on the wall as everything here. Ends the program when there is no such peer.
 */
static inline double openssl_speed(const char *algorithm)
{
        char command[128], line[256];
        double speed = 0;
        FILE *pipe;

        (void)snprintf(command, sizeof(command),
                       "openssl speed -mr -elapsed -seconds 1 -bytes 65536 -evp %s 2>/dev/null", algorithm);
        pipe = popen(command, "r");
        while (pipe && fgets(line, sizeof(line), pipe)) {
                const char *last = strrchr(line, ':');

                if (strncmp(line, "+F:", 3) == 0 && last)
                        speed = strtod(last + 1, NULL);
        }
        if (pipe && pclose(pipe) == 0 && speed > 0)
                return speed;
        (void)fprintf(stderr, "openssl speed %s: no result\n", algorithm);
        exit(1);
}
