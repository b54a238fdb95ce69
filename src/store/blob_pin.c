/* Pins: who is to read a blob, and has not opened it yet. A deletion is one of its own kind, for as long as
 * the file system takes: nobody waits for a disk behind a shelf's lock. */
#include <errno.h>

#include "store/blob_dir.h"

void blob_pins_init(struct blobs *blobs)
{
        for (size_t i = 0; i < BLOB_PIN_SHELVES; i++)
                pthread_mutex_init(&blobs->pins[i].lock, NULL);
}

void blob_pins_done(struct blobs *blobs)
{
        for (size_t i = 0; i < BLOB_PIN_SHELVES; i++)
                pthread_mutex_destroy(&blobs->pins[i].lock);
}

/* By what is random from one id to the next: the first byte is not. */
static struct blob_shelf *shelf_of(struct blobs *blobs, const struct blob_id *id)
{
        return &blobs->pins[((size_t)id->bytes[1] << 8 | id->bytes[2]) % BLOB_PIN_SHELVES];
}

static struct blob_pin **pins_of(struct blob_shelf *shelf, bool are_deletions)
{
        return are_deletions ? &shelf->deletions : &shelf->readers;
}

/* Any that has it. With the lock held. */
static bool is_among(const struct blob_pin *pins, const struct blob_id *id)
{
        for (; pins; pins = pins->next)
                if (memcmp(&pins->id, id, sizeof(*id)) == 0)
                        return true;
        return false;
}

static void put(struct blob_pin **pins, struct blob_pin *pin)
{
        pin->next = *pins;
        pin->link = pins;
        if (pin->next)
                pin->next->link = &pin->next;
        *pins = pin;
}

/* Unless there is one of the other kind. */
static bool put_alone(struct blobs *blobs, struct blob_pin *pin)
{
        struct blob_shelf *shelf = shelf_of(blobs, &pin->id);

        pthread_mutex_lock(&shelf->lock);
        pin->is_in = !is_among(*pins_of(shelf, !pin->is_deletion), &pin->id);
        if (pin->is_in)
                put(pins_of(shelf, pin->is_deletion), pin);
        pthread_mutex_unlock(&shelf->lock);
        return pin->is_in;
}

int blob_pin(struct blobs *blobs, struct blob_pin *pin)
{
        pin->is_deletion = false;
        return put_alone(blobs, pin) ? 0 : -ENOENT;
}

void blob_unpin(struct blobs *blobs, struct blob_pin *pin)
{
        struct blob_shelf *shelf = shelf_of(blobs, &pin->id);

        if (!pin->is_in)
                return;
        pthread_mutex_lock(&shelf->lock);
        *pin->link = pin->next;
        if (pin->next)
                pin->next->link = pin->link;
        pthread_mutex_unlock(&shelf->lock);
        pin->is_in = false;
}

int blob_delete_unpinned(struct blobs *blobs, struct blob_id id)
{
        struct blob_pin deletion = {.id = id, .is_deletion = true};
        int r;

        if (!blob_thread_takes(&blobs->closing, id))
                return -EAGAIN;
        if (!put_alone(blobs, &deletion))
                return -EBUSY;
        r = blob_delete(blobs, id);
        blob_unpin(blobs, &deletion);
        return r;
}
