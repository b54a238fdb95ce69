#include "services/logs/selection.h"

#include <stdlib.h>

#include "services/logs/logs.h"

void logs_selection_init(struct logs_selection *selection, size_t limit, bool is_backward)
{
        *selection = (struct logs_selection){.limit = limit, .is_backward = is_backward};
}

static void drop_message(struct logs_chosen *chosen)
{
        free((void *)(uintptr_t)chosen->event.message.ptr);
}

void logs_selection_done(struct logs_selection *selection)
{
        for (size_t i = 0; i < selection->count; i++)
                drop_message(&selection->chosen[i]);
        free(selection->chosen);
        selection->chosen = NULL;
        selection->count = 0;
}

/* In the order of reading. */
static bool is_later(const struct logs_selection *selection, struct logs_place a, struct logs_place b)
{
        int order = logs_place_compare(a, b);

        return selection->is_backward ? order < 0 : order > 0;
}

bool logs_selection_is_behind(const struct logs_selection *selection, struct logs_place place)
{
        return selection->is_cut && !is_later(selection, selection->cut, place);
}

/* -- The heap */

static bool above(const struct logs_selection *selection, size_t a, size_t b)
{
        return is_later(selection, selection->chosen[a].event.place, selection->chosen[b].event.place);
}

static void swap(struct logs_selection *selection, size_t a, size_t b)
{
        struct logs_chosen chosen = selection->chosen[a];

        selection->chosen[a] = selection->chosen[b];
        selection->chosen[b] = chosen;
}

static void rise(struct logs_selection *selection, size_t at)
{
        for (; at > 0 && above(selection, at, (at - 1) / 2); at = (at - 1) / 2)
                swap(selection, at, (at - 1) / 2);
}

static void sink(struct logs_selection *selection, size_t at)
{
        for (;;) {
                size_t top = at;

                for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < selection->count; child++)
                        if (above(selection, child, top))
                                top = child;
                if (top == at)
                        return;
                swap(selection, at, top);
                at = top;
        }
}

static void pop(struct logs_selection *selection)
{
        selection->bytes -= selection->chosen[0].event.message.len + LOGS_EVENT_OVERHEAD;
        drop_message(&selection->chosen[0]);
        selection->chosen[0] = selection->chosen[--selection->count];
        sink(selection, 0);
}

/* -- Offers */

void logs_selection_cut(struct logs_selection *selection, struct logs_place place)
{
        if (logs_selection_is_behind(selection, place))
                return;
        selection->is_cut = true;
        selection->cut = place;
        while (selection->count && logs_selection_is_behind(selection, selection->chosen[0].event.place))
                pop(selection);
}

static int make_room(struct logs_selection *selection)
{
        size_t room = selection->room ? 2 * selection->room : 64;
        struct logs_chosen *grown;

        if (selection->count < selection->room)
                return 0;
        grown = reallocarray(selection->chosen, room, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        selection->chosen = grown;
        selection->room = room;
        return 0;
}

/* One alone is given however long it is. */
static bool is_too_much(const struct logs_selection *selection)
{
        return selection->count > selection->limit ||
               (selection->bytes > LOGS_PAGE_BYTES && selection->count > 1);
}

/* Its message is taken along, and freed when it is let go. */
static int take(struct logs_selection *selection, const struct logs_event *event, int64_t stream)
{
        struct logs_chosen *chosen = &selection->chosen[selection->count];
        char *message = malloc(event->message.len + 1);

        if (!message)
                return -ENOMEM;
        memcpy(message, event->message.ptr, event->message.len);
        *chosen = (struct logs_chosen){.event = *event, .stream = stream};
        chosen->event.message.ptr = message;
        selection->count++;
        selection->bytes += event->message.len + LOGS_EVENT_OVERHEAD;
        return 0;
}

int logs_selection_offer(struct logs_selection *selection, const struct logs_event *event, int64_t stream)
{
        if (logs_selection_is_behind(selection, event->place))
                return 0;
        TRY(make_room(selection));
        TRY(take(selection, event, stream));
        rise(selection, selection->count - 1);
        while (is_too_much(selection))
                logs_selection_cut(selection, selection->chosen[0].event.place);
        return 0;
}

static int compare(const void *a, const void *b)
{
        return logs_place_compare(((const struct logs_chosen *)a)->event.place,
                                  ((const struct logs_chosen *)b)->event.place);
}

void logs_selection_end(struct logs_selection *selection)
{
        if (selection->count)
                qsort(selection->chosen, selection->count, sizeof(*selection->chosen), compare);
}
