#include "policy/glob.h"

#include "policy/policy.h"

struct alphabet {
        unsigned char many, one;
        bool nocase;
};

static unsigned char fold(unsigned char c)
{
        return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool is_continuation(unsigned char c)
{
        return (c & 0xC0) == 0x80;
}

/* Bytes of the character at text; 0 in the middle of one, so that '?' never matches half a character. */
static size_t character_length(const unsigned char *text, size_t left)
{
        size_t n = 1;

        if (left == 0 || is_continuation(text[0]))
                return 0;
        while (n < left && is_continuation(text[n]))
                n++;
        return n;
}

/* On a mismatch only the last '*' needs to take one byte more: an earlier one could never do better. */
static inline __attribute__((always_inline)) bool match(struct str pattern, struct str text,
                                                        struct alphabet alphabet)
{
        const unsigned char *p = (const unsigned char *)pattern.ptr;
        const unsigned char *t = (const unsigned char *)text.ptr;
        size_t i = 0, j = 0, star = SIZE_MAX, resume = 0;

        while (j < text.len) {
                size_t step = 1;
                bool ok = false;

                if (i < pattern.len && p[i] == alphabet.many) {
                        star = i++;
                        resume = j;
                        continue;
                }
                if (i < pattern.len && p[i] == alphabet.one) {
                        step = character_length(t + j, text.len - j);
                        ok = step > 0;
                } else if (i < pattern.len) {
                        ok = p[i] == t[j] || (alphabet.nocase && fold(p[i]) == fold(t[j]));
                }
                if (ok) {
                        i++;
                        j += step;
                } else if (star != SIZE_MAX) {
                        i = star + 1;
                        j = ++resume;
                } else {
                        return false;
                }
        }
        while (i < pattern.len && p[i] == alphabet.many)
                i++;
        return i == pattern.len;
}

bool glob_match(struct str pattern, struct str text)
{
        return match(pattern, text, (struct alphabet){GLOB_MANY, GLOB_ONE, false});
}

bool policy_wildcard_match(struct str pattern, struct str text, bool nocase)
{
        return match(pattern, text, (struct alphabet){'*', '?', nocase});
}

static bool is_many(unsigned char c)
{
        return c == GLOB_MANY || c == GLOB_MANY_NARROW;
}

/* One step of the set of reachable pattern positions over one character of the text. */
static bool advance(const unsigned char *p, size_t m, const unsigned char *t, size_t step, const bool *from,
                    bool *to)
{
        bool any = false, colon = t[0] == ':';

        memset(to, 0, m + 1);
        for (size_t i = 0; i < m; i++) {
                if (!from[i])
                        continue;
                if (p[i] == GLOB_MANY || (p[i] == GLOB_MANY_NARROW && !colon))
                        to[i] = true;
                else if (p[i] == GLOB_ONE || (p[i] == GLOB_ONE_NARROW && !colon))
                        to[i + 1] = true;
                else if (p[i] < GLOB_FIRST && i + step <= m && memcmp(p + i, t, step) == 0)
                        to[i + step] = true;
        }
        for (size_t i = 0; i < m; i++)
                if (to[i] && is_many(p[i]))
                        to[i + 1] = true;
        for (size_t i = 0; i <= m; i++)
                any |= to[i];
        return any;
}

#define NARROW_MAX 8192

/* Narrow wildcards break the rule that only the last '*' matters, so all positions are followed at once. */
bool glob_match_narrow(struct str pattern, struct str text)
{
        const unsigned char *p = (const unsigned char *)pattern.ptr;
        const unsigned char *t = (const unsigned char *)text.ptr;
        bool sets[2][NARROW_MAX + 1];
        int now = 0;

        if (pattern.len > NARROW_MAX)
                return false;
        memset(sets[0], 0, pattern.len + 1);
        sets[0][0] = true;
        for (size_t i = 0; i < pattern.len && sets[0][i] && is_many(p[i]); i++)
                sets[0][i + 1] = true;
        for (size_t j = 0, step; j < text.len; j += step, now = !now) {
                step = character_length(t + j, text.len - j);
                if (step == 0 || !advance(p, pattern.len, t + j, step, sets[now], sets[!now]))
                        return false;
        }
        return sets[now][pattern.len];
}
