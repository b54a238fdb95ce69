#include "cli/verbs.h"

static int complain(const char *text, const char *what)
{
        (void)fprintf(stderr, "merlon: %s: %s\n", text, what);
        return -EINVAL;
}

static const struct option *find(const struct option *options, size_t count, struct str name)
{
        for (size_t i = 0; i < count; i++)
                if (options[i].name && str_eq(str_of(options[i].name), name))
                        return &options[i];
        return NULL;
}

/* The first word-option that has no value yet. */
static const struct option *find_word(const struct option *options, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (!options[i].name && !str_is_set(*options[i].value))
                        return &options[i];
        return NULL;
}

static int take(const struct option *option, struct str value, const char *word)
{
        if (str_is_set(*option->value))
                return complain("given twice", word);
        *option->value = value;
        return 0;
}

static int read_one(const struct option *options, size_t option_count, int count, char **arguments, int *i)
{
        struct str word = str_of(arguments[*i]);
        ptrdiff_t equals = str_find_byte(word, '=');
        struct str name = equals < 0 ? word : str_part(word, 0, (size_t)equals);
        const struct option *option;

        if (!str_starts(word, STR("--"))) {
                option = find_word(options, option_count);
                return option ? take(option, word, arguments[*i])
                              : complain("unexpected argument", arguments[*i]);
        }
        option = find(options, option_count, name);
        if (!option)
                return complain("unknown flag", arguments[*i]);
        if (option->flag) {
                if (equals >= 0)
                        return complain("takes no value", arguments[*i]);
                if (*option->flag)
                        return complain("given twice", arguments[*i]);
                *option->flag = true;
                return 0;
        }
        if (equals >= 0)
                return take(option, str_from(word, (size_t)equals + 1), arguments[*i]);
        if (*i + 1 >= count)
                return complain("wants a value", arguments[*i]);
        (*i)++;
        return take(option, str_of(arguments[*i]), arguments[*i - 1]);
}

int options_read(const struct option *options, size_t option_count, int count, char **arguments)
{
        for (int i = 0; i < count; i++)
                TRY(read_one(options, option_count, count, arguments, &i));
        for (size_t i = 0; i < option_count; i++)
                if (options[i].is_required && !str_is_set(*options[i].value))
                        return complain("missing", options[i].name ? options[i].name : "an argument");
        return 0;
}

struct str data_folder(struct str given)
{
        const char *from_environment = getenv("MERLON_DATA");

        if (str_is_set(given))
                return given;
        return from_environment && *from_environment ? str_of(from_environment) : STR("merlon-data");
}
