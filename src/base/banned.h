/* Functions that this house does not use, made compile errors. Included by str.h, hence by everything.
 *
 * strcpy and its kin know no bounds; strtok keeps hidden state; sprintf knows no bounds; memcmp on secrets
 * leaks through time (use secret_equal of crypto/secret.h; memcmp on public bytes is fine); localtime and
 * gmtime share a buffer; atoi hides errors; rand is guessable. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef MERLON_BANNED_OFF
/* With FORTIFY, glibc makes macros of these two for a compiler without __builtin_va_arg_pack, and clang warns
 * of a macro that is poisoned. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets
#pragma GCC poison localtime gmtime ctime asctime atoi atol atoll rand srand
#endif
